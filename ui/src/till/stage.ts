// Which page of a payment is on show. Pure: what is known gives the stage.

import type { Payment } from '../api/types.ts'

/** How far the asking has come, before the server's own state takes over ("live"). */
export type Step = 'none' | 'code' | 'sending' | 'lost' | 'refused' | 'live'

export type Stage =
  | 'sale' // nothing is being collected
  | 'code' // waiting for the payer's code to be scanned
  | 'sending' // asked for, no answer yet
  | 'lost' // the answer was lost; the same request is repeated
  | 'refused' // the server said no before storing anything
  | 'qr' // our code is on show
  | 'payer' // the payer must confirm on the phone
  | 'closing' // the order is being closed or reversed; that is not confirmed yet
  | 'unknown' // may have been taken
  | 'held'
  | 'paid'
  | 'failed'
  | 'expired' // the code ended, confirmed by the wallet
  | 'closed' // ended by the cashier, confirmed by the wallet

export type Known = { step: Step; payment: Payment | null; cancelled: boolean; now_ms: number }

/** stageOf never believes the clock over the server: a code past its time is "closing" until the server says closed. */
export function stageOf({ step, payment, cancelled, now_ms }: Known): Stage {
  if (step === 'none') return 'sale'
  if (step !== 'live' || !payment) return step === 'live' ? 'sending' : step
  switch (payment.state) {
    case 'paid':
    case 'held':
    case 'failed':
      return payment.state
    case 'closed':
      return payment.kind === 'show' && !cancelled ? 'expired' : 'closed'
    case 'unknown':
      return unknownStage(payment, cancelled, now_ms)
    case 'waiting':
      if (cancelled || ended(payment, now_ms)) return 'closing'
      if (payment.kind !== 'show') return 'payer'
      return payment.code ? 'qr' : 'sending'
    default:
      return cancelled ? 'closing' : 'sending'
  }
}

function unknownStage(payment: Payment, cancelled: boolean, now_ms: number): Stage {
  const shownOnly = payment.kind === 'show' && (cancelled || ended(payment, now_ms) || payment.next?.action === 'close')
  return shownOnly ? 'closing' : 'unknown'
}

function ended(payment: Payment, now_ms: number): boolean {
  const at = payment.code?.expires_at ?? payment.expires_at
  return payment.kind === 'show' && at !== undefined && Date.parse(at) <= now_ms
}

/** done: nothing more is expected, so the cashier may leave the payment. */
export const done = (stage: Stage): boolean => ['held', 'paid', 'failed', 'expired', 'closed', 'refused'].includes(stage)

/** newer says whether an answer tells more than the one at hand; answers overtake each other. */
export function newer(had: Payment | null, got: Payment): boolean {
  if (!had || had.id !== got.id) return true
  return Date.parse(got.updated_at) >= Date.parse(had.updated_at)
}
