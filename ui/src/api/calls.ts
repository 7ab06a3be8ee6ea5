// Every call of /v1 that the screens make, by its trade name.

import { ask } from './client.ts'
import type { Counter, Goods, HouseKeys, Money, NewPayment, OfflineBill, OfflineLoad, Payment, Refund, Session, Step, Suspense } from './types.ts'

const at = encodeURIComponent

export const counters = () => ask<{ items: Counter[] }>('GET', '/v1/tills')
export const signIn = (till: string, number: string, pin: string, where: 'here' | 'away' = 'here') => ask<Session>('POST', '/v1/sessions', { till, number, pin, ...(where === 'away' ? { away: true } : {}) })
export const session = () => ask<Session>('GET', '/v1/session')
export const signOff = () => ask<void>('DELETE', '/v1/session')
export const goods = () => ask<Goods>('GET', '/v1/goods')

/** A manager's approval travels in a header of its own, with the one deed that it is for. */
const approved = (token: string): Record<string, string> => (token ? { 'Guitai-Approval': token } : {})

export const approve = (a: { number: string; pin: string; deed: 'payment' | 'refund'; amount: Money }) => ask<{ token: string }>('POST', '/v1/approvals', a)
export const take = (p: NewPayment, approval = '') => ask<Payment>('POST', '/v1/payments', p, approved(approval))
export const payment = (id: string) => ask<Payment>('GET', `/v1/payments/${at(id)}`)
export const askWallet = (id: string) => ask<Payment>('POST', `/v1/payments/${at(id)}/ask`)
export const close = (id: string) => ask<Payment>('POST', `/v1/payments/${at(id)}/close`)

export type DayQuery = { created_from: string; created_to?: string; state?: string; till?: string; cursor?: string; limit?: number }

export function payments(q: DayQuery) {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(q)) if (value) query.set(key, String(value))
  return ask<{ items: Payment[]; next_cursor?: string }>('GET', `/v1/payments?${query}`)
}

export const timeline = (id: string) => ask<{ items: Step[] }>('GET', `/v1/payments/${at(id)}/timeline`)
export const refunds = (id: string) => ask<{ items: Refund[] }>('GET', `/v1/payments/${at(id)}/refunds`)
export const voidPayment = (id: string, refund: { id: string; reason?: string }, approval = '') => ask<Refund>('POST', `/v1/payments/${at(id)}/void`, refund, approved(approval))
export const refund = (id: string, r: { id: string; amount: Money; reason?: string }, approval = '') =>
  ask<Refund>('POST', `/v1/payments/${at(id)}/refunds`, r, approved(approval))
export const print = (id: string, copy: boolean) => ask<{ state: string }>('POST', `/v1/payments/${at(id)}/print`, { copy })
export const receiptPath = (id: string, format: 'html' | 'text' | 'png', lang: string, width: 58 | 80 = 58) => `/v1/payments/${at(id)}/receipt?format=${format}&width=${width}&lang=${lang}`

export const suspense = () => ask<{ items: Suspense[] }>('GET', '/v1/suspense')
export const attach = (id: string) => ask<Payment>('POST', `/v1/suspense/${at(id)}/attach`)
export const giveBack = (id: string) => ask<Refund>('POST', `/v1/suspense/${at(id)}/return`)

export const houseKeys = () => ask<HouseKeys>('GET', '/v1/enrolments/keys')
export const enrol = (till: string, code: string, key: string) => ask<{ id: string }>('POST', '/v1/enrolments', { till, code, key })
export const enrolmentCode = (till: string, manager: { number: string; pin: string }) => ask<{ code: string; expires_at: string }>('POST', `/v1/tills/${at(till)}/enrolment-codes`, manager)
export const loadOffline = (want: number, clock: string) => ask<OfflineLoad>('POST', '/v1/offline/slots', { want, clock })
export const offlineBill = (sale: string, tender: string) => ask<OfflineBill>('GET', `/v1/offline/payments?${new URLSearchParams({ sale, tender })}`)
export const offlineSettled = (sale: string, tender: string) => ask<OfflineBill>('POST', '/v1/offline/settled', { sale, tender })
