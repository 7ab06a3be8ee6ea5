// Which colour and sign each state has. The colour never stands alone: StateBadge writes the word too.

import type { PaymentState, RefundState } from '../api/types.ts'
import type { IconName } from './icons.ts'
import type { Tone } from './toast.svelte.ts'

export type Look = { tone: Tone; icon: IconName }

const plain = (icon: IconName): Look => ({ tone: 'plain', icon })
const warn = (icon: IconName): Look => ({ tone: 'warn', icon })

export const paymentLook: Record<PaymentState, Look> = {
  created: plain('clock'),
  waiting: plain('clock'),
  unknown: warn('doubt'),
  held: plain('hand'),
  paid: { tone: 'good', icon: 'check' },
  failed: { tone: 'stop', icon: 'close' },
  closed: plain('minus'),
}

export const refundLook: Record<RefundState, Look> = {
  created: warn('clock'),
  asked: warn('clock'),
  pending: warn('clock'),
  unknown: warn('doubt'),
  done: { tone: 'good', icon: 'check' },
  failed: { tone: 'stop', icon: 'close' },
  stuck: { tone: 'stop', icon: 'alert' },
}
