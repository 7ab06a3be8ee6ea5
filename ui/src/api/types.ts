// The shapes of /v1 that the screens read. Times are RFC 3339 UTC with milliseconds.

import type { Money } from '../money/money.ts'
import type { Wallet } from '../money/wallet.ts'

export type { Money, Wallet }

export type PaymentState = 'created' | 'waiting' | 'unknown' | 'held' | 'paid' | 'failed' | 'closed'
export type PaymentKind = 'scan' | 'show' | 'card'
export type RefundState = 'created' | 'asked' | 'pending' | 'unknown' | 'done' | 'failed' | 'stuck'
export type SuspenseState = 'open' | 'attached' | 'returning' | 'returned'
export type MoneyMoved = 'no' | 'yes' | 'maybe'

/** Trouble is an error a person can meet, already in the person's language. */
export type Trouble = { code: string; what: string; todo: string; money_moved: MoneyMoved; wallet_code?: string; rule?: string }

export type Suspense = { id: string; payment?: string; amount: Money; reason: 'late' | 'double' | 'amount' | 'settled'; state: SuspenseState; return_at?: string; wallet?: Wallet | null }

export type Payment = {
  id: string
  kind: PaymentKind
  state: PaymentState
  amount: Money
  refunded: Money
  refundable: Money
  wallet: Wallet | null
  description?: string
  shop?: string
  till?: string
  staff?: string
  sale?: string
  tender?: string
  metadata?: Record<string, string>
  code?: { text: string; expires_at: string; image: string }
  next?: { action: 'ask' | 'close' | 'reverse' | 'send' | 'none'; at: string }
  error?: Trouble
  suspense?: Suspense[]
  wallet_no?: string
  order_no?: string
  receipt_no?: string
  payer?: string
  created_at: string
  updated_at: string
  paid_at?: string
  expires_at?: string
}

export type Refund = {
  id: string
  payment: string
  kind: 'refund' | 'void' | 'give_back'
  state: RefundState
  amount: Money
  reason?: string
  error?: Trouble
  created_at: string
  updated_at: string
  done_at?: string
}

export type Session = {
  staff: { id: string; name: string; number: string; role: 'cashier' | 'manager' | 'owner' }
  till: { id: string; name: string; number: string }
  shop: { id: string; name: string; time_zone?: string }
  merchant: { id: string; name: string }
  expires_at: string
  /** away: at the office on a phone of the manager's own; it looks and approves. */
  away?: boolean
  spoken: boolean
  /** ways: how a wallet's money can be taken here; older servers do not say. */
  ways?: string[]
}

export type Counter = { id: string; name: string; number: string; shop: { id: string; name: string }; bound?: boolean }
export type Department = { id: string; name: string }
export type Good = { id: string; code: string; barcode: string; name: string; name_en?: string; department: string; price: Money; unit: string }
export type Goods = { departments: Department[]; items: Good[] }

export type Step = {
  at: string
  kind: 'message' | 'state'
  op?: string
  out?: unknown
  in?: unknown
  http?: number
  took_ms?: number
  failure?: string
  attempt?: number
  from?: string
  to?: string
}

export type News = { n?: number; topic: string; at: string; payment?: Payment; refund?: Refund; till?: string }

export type NewPayment = {
  id: string
  amount: Money
  kind: 'scan' | 'show'
  auth_code?: string
  wallet?: Wallet
  till: string
  sale: string
  tender: string
  description: string
}

export type HouseKeys = { exchange: string; confirm: string; server_time: string }
export type OfflineSlot = { slot: number; salt: string; hash: string }
export type OfflineLoad = { slots: OfflineSlot[]; rounds: number; digits_limit: Money; code_life: number; address: string; reach: 'public' | 'private' | 'loopback' | 'none'; confirm: string; server_time: string }
export type OfflineBill = { sale: string; tender: string; settled: boolean; payment?: Payment }
