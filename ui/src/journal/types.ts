// The shapes of the till's journal: docs/till-journal.md. Amounts are whole
// fen, counts thousandths, times RFC 3339 UTC with milliseconds.

export type Kind =
  | 'sign_in'
  | 'sign_off'
  | 'lock'
  | 'unlock'
  | 'shift_open'
  | 'cash'
  | 'sale'
  | 'sale_cancelled'
  | 'sale_voided'
  | 'held'
  | 'resumed'
  | 'printed'
  | 'shift_close'

export type Entry = { seq: number; id: string; kind: Kind; at: string; staff: string; body: string; prev: string; hash: string }

export type Notes = { fen: number; n: number }[]
export type Discount = { percent_milli?: number; off_fen?: number; reason?: string; approval?: string }
export type Back = { sale: string; n: number; receipt_no?: string }

export type Line = {
  n: number
  item?: string
  barcode?: string
  name: string
  department?: string
  unit?: string
  count_milli: number
  list_fen: number
  price_fen: number
  discount?: Discount
  total_fen: number
  price_reason?: string
  approval?: string
  back?: Back
}

export type TenderKind = 'cash' | 'wallet' | 'cheque' | 'voucher' | 'points' | 'card' | 'account'

export type Tender = {
  n: string
  kind: TenderKind
  amount_fen: number
  given_fen?: number
  change_fen?: number
  payment?: string
  refund?: string
  wallet?: string
  offline?: string
  cheque_no?: string
  voucher?: string
  points?: number
  member?: string
  approval?: string
}

export type SaleBody = {
  sale: string
  receipt_no: string
  shift: string
  began: string
  lines: Line[]
  discount?: Discount
  total_fen: number
  tenders: Tender[]
  member?: string
  cancelled?: Line[]
  approvals?: string[]
}

export type Bodies = {
  sign_in: Record<string, never>
  sign_off: Record<string, never>
  lock: Record<string, never>
  unlock: Record<string, never>
  shift_open: { shift: string; float_fen: number; notes?: Notes }
  cash: { move: string; shift: string; what: 'pay_in' | 'pay_out' | 'drawer'; amount_fen: number; reason: string; approval?: string }
  sale: SaleBody
  sale_cancelled: { sale: string; shift: string; began: string; lines: Line[]; total_fen: number; reason: string; approval?: string }
  sale_voided: { void: string; sale: string; receipt_no: string; shift: string; reason: string; approval?: string; tenders: Tender[] }
  held: { hold: string; sale: string; total_fen: number; lines: Line[] }
  resumed: { hold: string; sale: string }
  printed: { sale: string; what: 'receipt' | 'copy' | 'gift' | 'slip' | 'z'; printer: string; ok: boolean; problem?: string }
  shift_close: {
    shift: string
    counted: { tender: TenderKind; fen: number; notes?: Notes }[]
    expected: { tender: TenderKind; fen: number }[]
    wallets: { asked_at?: string; agreed: number; open: number; differ: number }
    note?: string
    approval?: string
  }
}

export type Query = { code: string; what: string; todo: string; money_moved: 'no' | 'yes' | 'maybe'; about?: string }
export type Result = { seq: number; state: 'taken' | 'queried' | 'refused'; queries: Query[] }

/**
 * Journal is what the rest of the till knows of its book. `add` fulfils only when the entry is on the disk (strict
 * durability), and rejects when it cannot be written: nothing may then be shown as done.
 */
export interface Journal {
  /** ready: the book is open; without one nothing can be sold. */
  readonly ready: boolean
  /** training: nothing is kept or sent. */
  readonly training: boolean
  /** unsent: entries that the server has not answered for. */
  readonly unsent: number
  add<K extends Kind>(kind: K, body: Bodies[K]): Promise<Entry>
  /** addSale gives the sale its receipt number in the same transaction as its entry. */
  addSale(sale: Omit<SaleBody, 'receipt_no'>): Promise<{ entry: Entry; receipt_no: string }>
  /** entries reads back what this browser holds, oldest first. */
  entries(from: number, to?: number): Promise<Entry[]>
  /** saleOf finds a sale that this browser still holds. */
  saleOf(find: { sale?: string; receipt_no?: string }): Promise<SaleBody | null>
}
