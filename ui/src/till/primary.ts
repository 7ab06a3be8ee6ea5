// The one primary button: what it says and does on each page of a payment.

import type { Key } from '../i18n/catalogue.ts'
import type { Way } from './collect.svelte.ts'
import type { Stage } from './stage.ts'

export type NextStep = {
  does: 'pay' | 'code' | 'ask' | 'again' | 'finish' | 'none'
  words: Key
  note?: Key
  disabled: boolean
  busy: boolean
}

export type Facts = { way: Way; code: boolean; something: boolean; asking: boolean; waiting: boolean }

const wayNote: Record<Way, Key> = { scan: 'act.by.scan', wechat: 'act.by.wechat', alipay: 'act.by.alipay', unionpay: 'act.by.unionpay' }

const step = (does: NextStep['does'], words: Key, more: Partial<NextStep> = {}): NextStep => ({ does, words, disabled: false, busy: false, ...more })

export function nextStep(stage: Stage, f: Facts): NextStep {
  switch (stage) {
    case 'sale':
      return step('pay', f.something ? 'act.pay' : 'act.pay.none', { note: wayNote[f.way], disabled: !f.something })
    case 'code':
      return step('code', 'act.pay', { disabled: !f.code })
    case 'sending':
      return step('none', 'act.pay', { disabled: true, busy: true })
    case 'lost':
      return step('ask', 'pay.lost.try', { busy: !f.waiting })
    case 'qr':
    case 'payer':
    case 'unknown':
    case 'closing':
      return step('ask', 'pay.ask', { busy: f.asking })
    case 'expired':
      return step('again', 'pay.new')
    case 'failed':
    case 'refused':
    case 'closed':
      return step('again', f.way === 'scan' ? 'pay.again.scan' : 'pay.again')
    case 'paid':
    case 'held':
      return step('finish', 'pay.paid.next')
  }
}
