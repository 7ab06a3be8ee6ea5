// Limits as they are typed, and as they are sent.

import type { Limits } from '../api/goods.ts'
import { thousandths, thousandthsOf, yuan, yuanOf } from './amount.ts'

const whole = 100_000

export type TypedLimits = { discount: string; refund: string; price_change: boolean; drawer: boolean; void: boolean }

export const typedLimits = (l: Limits): TypedLimits => ({ discount: thousandths(l.discount_milli), refund: yuan(l.refund_fen), price_change: l.price_change, drawer: l.drawer, void: l.void })

const mostRefund_fen = 1_000_000_000

/** limitsFrom reads them; what is no number is null. */
export function limitsFrom(t: TypedLimits): Omit<Limits, 'discount_milli' | 'refund_fen'> & { discount_milli: number | null; refund_fen: number | null } {
  const large = t.refund.trim() === yuan(mostRefund_fen) ? mostRefund_fen : yuanOf(t.refund) // the owner's is larger than what is typed
  return { discount_milli: thousandthsOf(t.discount, whole), refund_fen: large, price_change: t.price_change, drawer: t.drawer, void: t.void }
}
