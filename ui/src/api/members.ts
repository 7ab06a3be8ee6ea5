// Members, points, vouchers and approvals: the calls of /v1 and their shapes.

import type { Act } from '../bundle/types.ts'
import type { Line } from '../journal/types.ts'
import { ask } from './client.ts'

const at = encodeURIComponent
const query = (q: Record<string, string>) => {
  const set = Object.entries(q).filter(([, v]) => v !== '')
  return set.length > 0 ? `?${new URLSearchParams(set)}` : ''
}

export type Member = {
  id: string
  code: string
  phone?: string
  name: string
  segment?: string
  birth_month?: number
  birth_day?: number
  pool?: string
  pool_name?: string
  sharing?: Member[]
  points: number
  free: number
  worth_fen: number
  since: string
}
export type NewMember = { id?: string; code?: string; phone?: string; name: string; segment?: string; birth_month?: number; birth_day?: number; pool?: string; pool_name?: string }
export type PointEntry = { kind: string; points: number; member: string; sale?: string; note?: string; at: string }
export type Forecast = { earns: number; points: number; after: number; birthday: boolean }

export const findMember = (by: { phone?: string; code?: string; q?: string; after?: string }) => ask<{ items: Member[] }>('GET', `/v1/members${query({ phone: '', code: '', q: '', after: '', ...by })}`)
export const member = (id: string) => ask<Member>('GET', `/v1/members/${at(id)}`)
export const addMember = (m: NewMember) => ask<Member>('POST', '/v1/members', m)
export const changeMember = (id: string, m: NewMember) => ask<Member>('PUT', `/v1/members/${at(id)}`, m)
export const pointHistory = (id: string) => ask<{ items: PointEntry[] }>('GET', `/v1/members/${at(id)}/points`)
export const adjustPoints = (id: string, a: { id: string; points: number; note: string }) => ask<Member>('POST', `/v1/members/${at(id)}/points`, a)
export const previewPoints = (id: string, bill: { lines: Line[]; discount?: { off_fen: number } }) => ask<Forecast>('POST', `/v1/members/${at(id)}/points/preview`, bill)

export type Gift = { id: string; name: string; points: number; item?: string; voucher_fen?: number; days?: number }
export type PointRules = {
  on: boolean
  per_yuan_milli: Record<string, number>
  no_items: string[]
  no_departments: string[]
  rounding: 'half_up' | 'down'
  birthday: 'never' | 'day' | 'month'
  birthday_milli: number
  departments: { department: string; times_milli: number }[]
  stack: 'add' | 'highest' | 'multiply'
  worth_points: number
  worth_fen: number
  step: number
  gifts: Gift[]
}
export const pointRules = () => ask<PointRules>('GET', '/v1/points/rules')
export const setPointRules = (r: PointRules) => ask<PointRules>('PUT', '/v1/points/rules', r)
export const giveGift = (member: string, g: { id: string; gift: string }) => ask<{ gift: Gift; voucher?: string; points: number }>('POST', `/v1/members/${at(member)}/gifts`, g)

export type Voucher = { code: string; name: string; kind: 'single' | 'balance'; state: string; amount_fen: number; left_fen: number; held_fen: number; min_fen?: number; from: string; until: string; till?: string }
export type VoucherBatch = {
  id: string
  name: string
  kind: 'single' | 'balance'
  amount_fen: number
  min_fen?: number
  from: string
  until: string
  pieces: number
  till?: string
  left_fen: number
  spent_fen: number
  cancelled: number
  vouchers?: Voucher[]
}
export type NewVouchers = { id: string; name: string; kind: 'single' | 'balance'; amount_fen: number; min_fen?: number; until: string; pieces: number; till?: string }
export const batches = () => ask<{ items: VoucherBatch[] }>('GET', '/v1/vouchers')
export const vouchersOf = (batch: string) => ask<{ items: Voucher[] }>('GET', `/v1/vouchers/batches/${at(batch)}`)
export const issueVouchers = (v: NewVouchers) => ask<VoucherBatch>('POST', '/v1/vouchers', v)
export const voucher = (code: string) => ask<Voucher>('GET', `/v1/vouchers/${at(code)}`)
export const cancelVoucher = (code: string) => ask<Voucher>('POST', `/v1/vouchers/${at(code)}/cancel`)

export type Redemption = { id: string; state: 'held' | 'spent' | 'released'; amount_fen: number; points?: number; expires_at: string }
export type NewRedemption = { id: string; sale: string; tender: string; kind: 'voucher' | 'points'; voucher?: string; member?: string; amount_fen?: number; points?: number; bill_fen?: number }
export const redeem = (r: NewRedemption) => ask<Redemption>('POST', '/v1/redemptions', r)
export const release = (id: string) => ask<Redemption>('POST', `/v1/redemptions/${at(id)}/release`)

export type ActAsked = { act: Act; amount_fen: number; sale?: string; about?: string }
export type Allowed = { approval: string; act: string; amount_fen: number }
export type Named = { id: string; name: string; number?: string }
export type Ask = { id: string; state: 'open' | 'approved' | 'refused' | 'withdrawn' | 'expired'; act: Act; amount_fen: number; till: Named; staff: Named; about?: string; by?: Named; approval?: string; at: string; expires_at: string }
export type ApprovalRow = { id: string; act: string; amount_fen: number; by: Named; asked_by?: Named; till: Named; about?: string; how: 'pin' | 'phone' | 'code' | 'offline'; at: string; used_at?: string }
export type Leave = { till: string; act: Act; amount_fen: number; challenge?: string }

export const allowByPIN = (a: ActAsked, number: string, pin: string) => ask<Allowed>('POST', '/v1/approvals', { ...a, number, pin })
export const allowByCode = (a: ActAsked, code: string) => ask<Allowed>('POST', '/v1/approvals', { ...a, code })
export const approvals = () => ask<{ items: ApprovalRow[] }>('GET', '/v1/approvals')
export const askLeave = (id: string, a: ActAsked) => ask<Ask>('POST', '/v1/approval-requests', { id, ...a })
export const asks = () => ask<{ items: Ask[] }>('GET', '/v1/approval-requests?state=open')
export const askNow = (id: string) => ask<Ask>('GET', `/v1/approval-requests/${at(id)}`)
export const answerAsk = (id: string, how: 'approve' | 'refuse' | 'withdraw') => ask<Ask>('POST', `/v1/approval-requests/${at(id)}/${how}`)
export const leaveCode = (l: Leave) => ask<{ code: string; expires_at: string }>('POST', '/v1/approval-codes', l)
export const leaveDigits = (l: Leave) => ask<{ code: string; expires_at: string }>('POST', '/v1/approval-digits', l)
