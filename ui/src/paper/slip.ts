// The receipt of a sale as rows, worded and laid out as the server does it
// (till/sale_slip.go, receipt/layout.go): the till prints it without a line.
// Both are examined against ui/test/vectors/paper.json.

import type { ReceiptDesign } from '../bundle/types.ts'
import type { Line, SaleBody, Tender } from '../journal/types.ts'

export type Lang = 'zh-Hans' | 'zh-Hant' | 'en'

export type Row =
  | { kind: 'text'; left: string; right?: string; centre?: boolean; end?: boolean; size: 'normal' | 'tall' | 'big' }
  | { kind: 'cells'; left: string; cells: [string, string, string] }
  | { kind: 'rule' }
  | { kind: 'blank' }
  | { kind: 'bars'; text: string }
  | { kind: 'logo'; url: string }

/** Place is what stands above the bill. */
export type Place = { shop: string; merchant: string; address: string; phone: string; till: string; cashier: string; time_zone: string }

export type Occasion = { at: string; copy?: boolean; training?: boolean; gift?: boolean; printed_at?: string }

const words = {
  copy: ['副本 COPY', '副本 COPY', 'COPY'],
  training: ['培训 无效', '培訓 無效', 'TRAINING - VOID'],
  tel: ['电话', '電話', 'Tel.'],
  sale: ['消费', '消費', 'SALE'],
  return: ['退货', '退貨', 'RETURN'],
  exchange: ['换货', '換貨', 'EXCHANGE'],
  gift: ['礼品小票', '禮品收據', 'GIFT RECEIPT'],
  number: ['小票号', '收據編號', 'Receipt no.'],
  original: ['原小票号', '原收據編號', 'Original receipt'],
  till: ['收银台', '收銀台', 'Till'],
  cashier: ['收银员', '收銀員', 'Cashier'],
  member: ['会员', '會員', 'Member'],
  at: ['交易时间', '交易時間', 'Time'],
  printed: ['打印时间', '列印時間', 'Printed'],
  name: ['品名', '品名', 'Item'],
  quantity: ['数量', '數量', 'Qty'],
  price: ['单价', '單價', 'Price'],
  amount: ['金额', '金額', 'Amount'],
  off: ['优惠', '優惠', 'Discount'],
  subtotal: ['小计', '小計', 'Subtotal'],
  total: ['合计', '合計', 'TOTAL'],
  back: ['退', '退', 'RETURN'],
  from: ['原小票', '原收據', 'of'],
  given: ['收款', '收款', 'Given'],
  change: ['找零', '找零', 'Change'],
  points: ['积分', '積分', 'Points'],
  no: ['编号', '編號', 'No.'],
  offline: ['离线码', '離線碼', 'Offline code'],
  signature: ['签名', '簽名', 'Signature'],
  cash: ['现金', '現金', 'Cash'],
  wallet: ['手机支付', '手機支付', 'Mobile payment'],
  cheque: ['支票', '支票', 'Cheque'],
  voucher: ['礼券', '禮券', 'Gift voucher'],
  'points.tender': ['积分抵扣', '積分抵扣', 'Points'],
  card: ['银行卡', '銀行卡', 'Card'],
  account: ['挂账', '記賬', 'Account'],
  wechat: ['微信支付', '微信支付', 'WeChat Pay'],
  alipay: ['支付宝', '支付寶', 'Alipay'],
  unionpay: ['银联云闪付', '銀聯雲閃付', 'UnionPay'],
} as const

const indent = '  '

/** columns: what is one byte in GB18030 takes one column of the printer, all else two. */
export function columns(s: string): number {
  let n = 0
  for (const c of s) n += c < '\u0080' ? 1 : 2
  return n
}

/** clean makes text fit to print, as receipt/clean.go. */
export function clean(s: string): string {
  let out = ''
  let n = 0
  let gap = false
  for (let c of s.slice(0, 3200).normalize('NFC')) {
    if (c !== '\u3000' && /[\s\u0085]/u.test(c) && c !== '\ufeff') {
      gap = n > 0
      continue
    }
    if (/[\p{Cc}\p{Cf}\ufe00-\ufe0f]/u.test(c)) continue
    if (c === '¥') c = '￥'
    if (n === 200) return out + '…'
    if (gap) out += ' '
    gap = false
    out += c
    n++
  }
  return out
}

const notAtStart = '，。、；：？！）》」』】”’…,.;:?!)%℃'

export function wrap(text: string, width: number): string[] {
  const rows: string[] = []
  let rest = [...text]
  while (rest.length) {
    let n = 0
    let used = 0
    while (n < rest.length && used + columns(rest[n]!) <= width) used += columns(rest[n++]!)
    if (n < rest.length) n = breakBefore(rest, n)
    rows.push(rest.slice(0, n).join('').replace(/ +$/, ''))
    rest = rest.slice(n)
    while (rest[0] === ' ') rest.shift()
  }
  return rows
}

function breakBefore(r: string[], n: number): number {
  for (let i = n; i >= Math.max(1, Math.floor(n / 2)); i--) {
    const before = r[i - 1]!
    const after = r[i]!
    if (notAtStart.includes(after)) continue
    if (before === ' ' || after === ' ' || columns(before) === 2 || columns(after) === 2) return i
  }
  return Math.max(n, 1)
}

const padLeft = (s: string, width: number) => ' '.repeat(Math.max(0, width - columns(s))) + s

export function decimal(fen: number): string {
  const whole = Math.abs(fen)
  return `${fen < 0 ? '-' : ''}${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, '0')}`
}

const money = (fen: number) => (fen < 0 ? '-￥' : '￥') + decimal(Math.abs(fen))

function mask(s: string): string {
  const r = [...s]
  if (r.length <= 4) return '*'.repeat(r.length)
  if (r.length <= 8) return '****' + r.slice(-2).join('')
  return r.slice(0, 4).join('') + '****' + r.slice(-4).join('')
}

const weighs = (unit: string) => ['kg', 'g', '公斤', '千克', '斤', '克', '两', 'l', '升', 'm', '米'].includes(unit.toLowerCase())

function count(l: Line): string {
  const n = Math.abs(l.count_milli)
  const part = n % 1000
  let out = (l.count_milli < 0 ? '-' : '') + Math.floor(n / 1000)
  if (part) out += '.' + String(part).padStart(3, '0').replace(/0+$/, '')
  return part || weighs(l.unit ?? '') ? out + (l.unit ?? '') : out
}

function clock(at: string | undefined, zone: string): string {
  if (!at) return ''
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone || 'UTC', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).formatToParts(new Date(at))
  const p = (type: string) => parts.find((x) => x.type === type)?.value ?? ''
  return `${p('year')}-${p('month')}-${p('day')} ${p('hour')}:${p('minute')}:${p('second')}`
}

function originalOf(s: SaleBody): string {
  const all = new Set(s.lines.map((l) => l.back?.receipt_no).filter(Boolean))
  return all.size === 1 ? [...all][0]! : ''
}

/** slip lays a sale out for a paper. */
export function slip(s: SaleBody, place: Place, design: ReceiptDesign, lang: Lang, on: Occasion): Row[] {
  const l = new Layer(design.paper, lang)
  const show = design.show
  const head = place.shop || place.merchant
  if (on.training) l.large(l.w('training'))
  if (on.copy) l.large(l.w('copy'))
  if (design.logo) l.rows.push({ kind: 'logo', url: design.logo })
  l.large(head)
  if (place.merchant !== head) l.centred(place.merchant)
  l.centred(place.address)
  if (place.phone) l.centred(`${l.w('tel')} ${place.phone}`)
  for (const h of design.header) l.centred(h)
  l.rule()
  const back = s.lines.some((x) => x.count_milli < 0)
  const sold = s.lines.some((x) => x.count_milli >= 0)
  l.large(l.w(on.gift ? 'gift' : back && sold ? 'exchange' : back ? 'return' : 'sale'))
  l.field(l.w('number'), s.receipt_no)
  l.field(l.w('original'), originalOf(s))
  l.field(l.w('till'), place.till)
  if (show.cashier) l.field(l.w('cashier'), place.cashier)
  if (show.member && s.member && !on.gift) l.field(l.w('member'), mask(s.member))
  l.field(l.w('at'), clock(on.at, place.time_zone))
  if (on.copy) l.field(l.w('printed'), clock(on.printed_at, place.time_zone))
  if (s.lines.length) l.goods(s, design, on)
  if (!on.gift) {
    l.rule()
    const off = s.discount?.off_fen ?? 0
    if (off && show.discount) {
      l.field(l.w('subtotal'), money(s.total_fen + off))
      l.field(l.w('off'), money(-off))
    }
    l.largeField(l.w('total'), money(s.total_fen))
    if (s.tenders.length) l.rule()
    for (const x of s.tenders) l.tender(x, design)
    if (design.signature && s.total_fen) {
      l.rule()
      l.text(l.w('signature'))
      l.rows.push({ kind: 'blank' }, { kind: 'blank' })
    }
  }
  l.rule()
  if (s.receipt_no && s.receipt_no.length <= 24 && /^[ -~]+$/.test(s.receipt_no)) {
    l.rows.push({ kind: 'bars', text: s.receipt_no })
    l.centred(s.receipt_no)
  }
  for (const f of design.footer) l.centred(f)
  if (on.training) l.large(l.w('training'))
  return l.rows
}

class Layer {
  rows: Row[] = []
  readonly width: number
  private at: 0 | 1 | 2
  constructor(paper: 58 | 80, lang: Lang) {
    this.width = paper === 80 ? 48 : 32
    this.at = lang === 'en' ? 2 : lang === 'zh-Hant' ? 1 : 0
  }
  w(k: keyof typeof words): string {
    return words[k][this.at]
  }
  rule() {
    const last = this.rows.at(-1)
    if (last && last.kind !== 'rule') this.rows.push({ kind: 'rule' })
  }
  text(left: string) {
    this.rows.push({ kind: 'text', left, size: 'normal' })
  }
  wide(size: 'normal' | 'tall' | 'big') {
    return size === 'big' ? this.width / 2 : this.width
  }
  centred(text: string, size: 'normal' | 'tall' | 'big' = 'normal') {
    for (const part of text.split('\n')) for (const t of wrap(clean(part), this.wide(size))) this.rows.push({ kind: 'text', left: t, centre: true, size })
  }
  large(text: string) {
    this.centred(text, columns(clean(text)) > this.width / 2 ? 'tall' : 'big')
  }
  field(name: string, value: string, size: 'normal' | 'tall' | 'big' = 'normal') {
    const v = clean(value)
    if (v) this.pair(clean(name), v, size)
  }
  pair(left: string, right: string, size: 'normal' | 'tall' | 'big' = 'normal') {
    const width = this.wide(size)
    if (columns(left) + 1 + columns(right) <= width) {
      this.rows.push({ kind: 'text', left, right, size })
      return
    }
    for (const t of wrap(left, width)) this.rows.push({ kind: 'text', left: t, size })
    for (const t of wrap(right, width)) this.rows.push({ kind: 'text', left: t, end: true, size })
  }
  largeField(name: string, value: string) {
    this.field(name, value, columns(name) + 1 + columns(clean(value)) > this.width / 2 ? 'tall' : 'big')
  }
  goods(s: SaleBody, design: ReceiptDesign, on: Occasion) {
    this.rule()
    if (on.gift) {
      for (const x of s.lines) this.field(x.name, count(x))
      return
    }
    if (this.width === 48) this.rows.push({ kind: 'cells', left: this.w('name'), cells: [this.w('quantity'), this.w('price'), this.w('amount')] })
    else this.field(this.w('name'), this.w('amount'))
    for (const x of s.lines) this.line(x, design, originalOf(s) === '')
  }
  line(x: Line, design: ReceiptDesign, tellFrom: boolean) {
    const name = clean((x.count_milli < 0 ? `${this.w('back')} ` : '') + x.name)
    const quantity = clean(count(x))
    const price = decimal(x.price_fen)
    const amount = decimal(x.total_fen)
    if (this.width === 48 && columns(quantity) < 8 && price.length < 9 && amount.length < 10) {
      const rows = wrap(name, 48 - 27)
      this.rows.push({ kind: 'cells', left: rows[0] ?? '', cells: [quantity, price, amount] })
      for (const t of rows.slice(1)) this.text(t)
    } else {
      for (const t of wrap(name, this.width)) this.text(t)
      this.pair(`${indent}${quantity} x ${price}`, amount)
    }
    const off = x.discount?.off_fen ?? 0
    if (off && design.show.discount) this.pair(indent + this.w('off'), '-' + decimal(off))
    if (x.count_milli < 0 && x.back?.receipt_no && tellFrom) for (const t of wrap(clean(`${this.w('from')} ${x.back.receipt_no}`), this.width - 2)) this.text(indent + t)
  }
  tender(x: Tender, design: ReceiptDesign) {
    const wallet = x.kind === 'wallet' && x.wallet && x.wallet in words ? (x.wallet as 'wechat') : undefined
    const kind = x.kind === 'points' ? 'points.tender' : x.kind
    this.field(wallet ? this.w(wallet) : kind in words ? this.w(kind) : x.kind, money(x.amount_fen))
    const fact = (name: keyof typeof words, value: string | undefined) => {
      const v = clean(value ?? '')
      if (v) this.pair(indent + this.w(name), v)
    }
    if (x.kind === 'cash' && x.given_fen && x.given_fen !== x.amount_fen) {
      fact('given', decimal(x.given_fen))
      fact('change', decimal(x.change_fen ?? 0))
    }
    if (x.points) fact('points', String(x.points))
    if (x.kind === 'cheque') fact('no', mask(x.cheque_no ?? ''))
    if (x.kind === 'voucher') fact('no', mask(x.voucher ?? ''))
    if (design.show.wallet_no) {
      if (x.refund) fact('no', mask(x.refund))
      else if (x.payment) fact('no', mask(x.payment))
      else if (x.offline) fact('offline', mask(x.offline))
    }
  }
}

/** textOf is the slip as text, each row no wider than the paper. */
export function textOf(rows: Row[], paper: 58 | 80): string {
  const width = paper === 80 ? 48 : 32
  let out = ''
  for (const r of rows) {
    if (r.kind === 'bars' || r.kind === 'logo') continue
    out += lineOf(r, width).replace(/ +$/, '') + '\n'
  }
  return out
}

function lineOf(r: Exclude<Row, { kind: 'bars' | 'logo' }>, width: number): string {
  if (r.kind === 'rule') return '-'.repeat(width)
  if (r.kind === 'blank') return ''
  if (r.kind === 'cells') return r.left + padLeft(padLeft(r.cells[0], 8) + padLeft(r.cells[1], 9) + padLeft(r.cells[2], 10), width - columns(r.left))
  if (r.right) return r.left + padLeft(r.right, width - columns(r.left))
  if (r.centre) return ' '.repeat(Math.floor((width - columns(r.left)) / 2)) + r.left
  return r.end ? padLeft(r.left, width) : r.left
}
