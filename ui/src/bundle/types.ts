// What a till keeps: docs/till-bundle.md. Amounts are whole fen, percentages
// thousandths of a percent.

export type Department = { id: string; name: string; name_en?: string; colour?: string; place: number; tax_milli?: number; gone?: boolean }

export type Item = {
  code: string
  barcodes: string[]
  name: string
  name_en?: string
  pinyin: string
  department: string
  price_fen: number
  unit: string
  weighed?: 'weight' | 'price'
  points_milli?: number
  no_discount?: boolean
  tile?: boolean
  place: number
  gone?: boolean
}

export type Price = { id: string; item: string; price_fen: number; from: string; until?: string; segment?: string; gone?: boolean }

export type Limits = { discount_milli: number; refund_fen: number; price_change: boolean; drawer: boolean; void: boolean }
export type Person = { id: string; number: string; name: string; role: 'cashier' | 'manager' | 'owner'; limits: Limits; gone?: boolean }

/** An act is free, free up to the person's limits, or a manager's. */
export type Act = 'void' | 'return' | 'return_without_receipt' | 'discount' | 'price_change' | 'drawer' | 'cancel_line' | 'cancel_bill' | 'pay_out' | 'reprint'
export type Approval = 'free' | 'limit' | 'manager'

export type Printer = {
  id: string
  name: string
  kind: 'network' | 'device' | 'browser' | 'system'
  address?: string
  paper: 58 | 80
  codepage: 'gb18030' | 'raster'
  drawer: boolean
  backup_of?: string
}

export type ReceiptDesign = {
  paper: 58 | 80
  logo: string
  header: string[]
  footer: string[]
  show: { cashier: boolean; member: boolean; discount: boolean; wallet_no: boolean; tax: boolean; invoice_code: boolean; receipt_code: boolean }
  copies: number
  density: number
  speed: number
  language: string
  raster: boolean
  signature: boolean
}

export type Settings = {
  blind_count: boolean
  float_fen: number
  lock_after_s: number
  number_pad: 'phone' | 'calculator'
  language: string
  voice: { on: boolean; language: 'zh-CN' | 'zh-HK' | 'en' }
  sounds: boolean
  approvals: Record<Act, Approval>
  tenders: string[]
  weighed: { prefix: string; holds: 'weight' | 'price' }[]
  shortcuts: Record<string, string>
  receipt: ReceiptDesign
  printers: Printer[]
}

export type BundlePage = {
  version: number
  full: boolean
  more: boolean
  shop: { id: string; name: string; address: string; phone: string; time_zone: string }
  merchant: { id: string; name: string }
  till: { id: string; number: string; name: string; mode: 'live' | 'training' }
  departments: Department[]
  items: Item[]
  prices: Price[]
  staff: Person[]
  settings: Settings
}

/** Bundle is what the rest of the till knows of it: kept in the browser, renewed by difference, the same with and without a line. */
export interface Bundle {
  /** ready: there is something to sell from, however old. */
  readonly ready: boolean
  /** renewed_ms: when it last agreed with the server. */
  readonly renewed_ms: number
  readonly departments: Department[]
  readonly items: Item[]
  readonly staff: Person[]
  readonly settings: Settings
  item(code: string): Item | undefined
  byBarcode(barcode: string): Item | undefined
  /** price is the list's price of one at that time: the latest that is in force, or the item's own. */
  price(item: Item, now_ms: number, segment?: string): number
}
