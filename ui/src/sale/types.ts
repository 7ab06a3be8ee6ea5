// The bill in the making, as the parts of the till share it. The sums are in
// sums.ts; their rules stand in docs/till-journal.md.

import type { Back, Discount, Line, SaleBody, Tender } from '../journal/types.ts'

export type { Back, Discount, Line, Tender }

/** What a member brings to a bill. */
export type MemberOnBill = { id: string; name: string; points: number; price_segment?: string }

/**
 * Bill is the one bill at the counter. Every change is kept in the browser before the screen shows it.
 * Lines are changed by who finds and edits goods, tenders by who takes the money.
 */
export interface Bill {
  readonly sale: string
  readonly began: string
  readonly lines: Line[]
  readonly discount: Discount | undefined
  readonly member: MemberOnBill | undefined
  readonly tenders: Tender[]
  /** cancelled: lines that were rung up and taken off again, for the record. */
  readonly cancelled: Line[]
  readonly before_fen: number
  readonly total_fen: number
  /** due: what is left to pay; below zero it goes to the customer. */
  readonly due_fen: number
  /** begun: some tender holds money, so the bill can neither be changed, held nor cancelled. */
  readonly begun: boolean
  readonly empty: boolean
  /** nextTender is the number for the next tender, the `tender` of /v1/payments; it is kept before it is used. */
  nextTender(): string
  /** took adds a tender that is sure: cash in the drawer, a payment the wallet has confirmed. Once per number. */
  took(tender: Tender): void
  /** untook removes a tender that never held money, or was given back. */
  untook(n: string): void
  /** body is the sale as the journal takes it; only when nothing is due. */
  body(shift: string): Omit<SaleBody, 'receipt_no'>
  /** clear begins a new bill. */
  clear(): void
}
