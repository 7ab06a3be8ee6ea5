// Paper: what comes out of the till's printer. Printing is a step of its own:
// nothing here takes money, and a print that fails can be asked for again, at
// another printer, or be shown as a code.

import { ask, Lost, Refused } from '../api/client.ts'
import { bundle } from '../bundle/bundle.svelte.ts'
import type { BundlePage, Printer } from '../bundle/types.ts'
import { paperWords } from '../i18n/paper.ts'
import { t } from '../i18n/words.svelte.ts'
import { journal } from '../journal/journal.svelte.ts'
import type { Bodies, SaleBody } from '../journal/types.ts'
import { newID } from '../money/id.ts'
import { who } from '../till/who.svelte.ts'
import { commands } from './escpos.ts'
import { dotsOf, draw } from './raster.ts'
import { slip, type Lang, type Occasion, type Place, type Row } from './slip.ts'
import { byBrowser, byDevice, bySystem, deviceStates, drawerByDevice, hasLocal, nameOf, type Outcome, type PrinterState } from './ways.ts'

export type What = Bodies['printed']['what']
export type Printed = { ok: boolean; printer: string; problem?: string; code?: string; maybe?: boolean }
export type Light = { id: string; name: string; state: PrinterState }

/** A report of a shift, worded by who keeps it. */
export type Report = { number?: string; fields: { name: string; value?: string; head?: boolean }[] }

const at = encodeURIComponent
const till = () => who.session?.till.id ?? ''

/** own is the printer of a till whose settings name none: the one that the server has for it. */
const own: Printer = { id: '', name: '', kind: 'network', paper: 80, codepage: 'gb18030', drawer: true }

function printers(): Printer[] {
  return bundle.settings.printers.length ? bundle.settings.printers : [own]
}

/** chain is who is tried: the first that is nobody's substitute, then who stands in for it. */
export function chain(all: Printer[], first?: string): Printer[] {
  const begin = all.find((p) => (first ? p.id === first : !p.backup_of)) ?? (first ? undefined : all[0])
  const out: Printer[] = []
  const next = begin ? [begin] : []
  for (let p = next.shift(); p; p = next.shift()) {
    if (out.includes(p)) continue
    out.push(p)
    next.push(...all.filter((b) => b.backup_of === p!.id && p!.id))
  }
  return out
}

function place(): Place {
  const s = who.session
  const b = bundle as Partial<Pick<BundlePage, 'shop' | 'merchant'>>
  return {
    shop: b.shop?.name ?? s?.shop.name ?? '',
    merchant: b.merchant?.name ?? s?.merchant?.name ?? '',
    address: b.shop?.address ?? '',
    phone: b.shop?.phone ?? '',
    till: s?.till.number ?? '',
    cashier: s?.staff.number ?? '',
    time_zone: b.shop?.time_zone ?? s?.shop.time_zone ?? 'Asia/Shanghai',
  }
}

function lang(): Lang {
  const l = bundle.settings.receipt.language
  return l.startsWith('en') ? 'en' : /^zh-(HK|TW|MO|Hant)/i.test(l) ? 'zh-Hant' : 'zh-Hans'
}

const rank: PrinterState[] = ['ready', 'local', 'low', 'unpaired', 'offline', 'cover', 'out', 'gone']

class Paper {
  /** status: every printer of this till, as it was when last asked. */
  status: Light[] = $state.raw([])
  busy = $state(false)
  private sold = new Map<string, string>() // sale → when it was completed, as far as this page knows

  /** worst is the state that is shown: of the first printer, or that nothing prints. */
  get worst(): PrinterState | 'none' {
    const first = chain(printers())[0]
    return this.status.find((l) => l.id === first?.id)?.state ?? this.status[0]?.state ?? 'none'
  }

  /** look asks all printers how they are. */
  async look(): Promise<void> {
    const list = printers()
    const [server, device, local] = await Promise.all([
      list.some((p) => p.kind === 'network') && till() ? ask<{ items: Light[] }>('GET', `/v1/tills/${at(till())}/printers`).then((a) => a.items).catch(() => [] as Light[]) : [],
      list.some((p) => p.kind === 'device') ? deviceStates() : ({} as Record<string, PrinterState>),
      list.some((p) => p.kind === 'browser') ? hasLocal() : false,
    ])
    const found = list.flatMap((p): Light[] => {
      if (p === own) return server
      let state: PrinterState = 'local'
      if (p.kind === 'network') state = server.find((l) => l.id === p.id)?.state ?? 'gone'
      if (p.kind === 'device') state = typeof device === 'string' ? device : (device[nameOf(p)] ?? 'gone')
      if (p.kind === 'browser' && !local) state = 'unpaired'
      return [{ id: p.id, name: p.name, state }]
    })
    this.status = found.sort((a, b) => rank.indexOf(b.state) - rank.indexOf(a.state))
  }

  /** print brings a sale to paper. `printer` is "other printer"; each press is a job of its own. */
  async print(what: What, sale: string, printer?: string): Promise<Printed> {
    const body = await journal.saleOf({ sale })
    const on: Occasion = { at: this.time(sale, body), copy: what === 'copy', gift: what === 'gift', training: journal.training, printed_at: new Date().toISOString() }
    const job = { what, ...(body && !sale.startsWith('pay_') ? { document: { ...body, at: on.at } } : what === 'slip' ? { payment: sale } : { sale }), ...(journal.training ? { training: true } : {}) }
    const done = await this.send(job, body ? () => slip(body, place(), bundle.settings.receipt, lang(), on) : null, printer)
    if (!journal.training) {
      const told: Bodies['printed'] = { sale, what, printer: done.printer, ok: done.ok, ...(done.code ? { problem: done.code } : {}) }
      await journal.add('printed', told).catch(() => {}) // the paper is out; that it could not be written down stops nobody
    }
    return done
  }

  /** report prints an X or Z. */
  async report(what: 'x' | 'z', r: Report): Promise<Printed> {
    const rows = (): Row[] => r.fields.map((f) => ({ kind: 'text', left: f.name, right: f.value ?? '', size: f.head && f.value ? 'tall' : 'normal' }))
    return this.send({ what, report: r }, rows)
  }

  test = (printer?: string): Promise<Printed> => this.send({ what: 'test' }, () => [{ kind: 'text', left: `ABC ${t('guitai')} ￥0.01`, centre: true, size: 'big' }, { kind: 'bars', text: '1A-000001' }], printer)

  async drawer(): Promise<{ ok: boolean; problem?: string }> {
    for (const p of printers().filter((p) => p.drawer)) {
      if (p.kind === 'device' && (await drawerByDevice(p))) return { ok: true }
      if (p.kind !== 'network') continue
      try {
        await ask('POST', `/v1/tills/${at(till())}/drawer`)
        return { ok: true }
      } catch (e) {
        if (!(e instanceof Refused)) return { ok: false, problem: t('paper.drawer.maybe') }
      }
    }
    return { ok: false, problem: t('paper.drawer.none') }
  }

  private time(sale: string, body: SaleBody | null): string {
    const known = this.sold.get(sale) ?? (body && Date.now() - Date.parse(body.began) > 15 * 60_000 ? body.began : new Date().toISOString())
    this.sold.set(sale, known)
    return known
  }

  private async send(job: Record<string, unknown>, rows: (() => Row[]) | null, first?: string): Promise<Printed> {
    this.busy = true
    const id = newID('prt', Date.now())
    let server = false // it has tried its own substitutes
    let last: Printed = { ok: false, printer: '', problem: t('paper.none'), code: 'printer_none' }
    try {
      const list = printers()
      for (const p of chain(list, list[0] === own ? undefined : first)) {
        if (p.kind === 'network' && server) continue
        server ||= p.kind === 'network'
        const o = await this.one(p, id, job, rows)
        if (o.result === 'printed') return { ok: true, printer: o.printer ?? p.id }
        const known = last.code !== 'printer_none' ? last : undefined // the first one's trouble is what a person can mend
        last = { ok: false, printer: p.id, problem: o.problem ?? problem(o.code), code: o.code, ...(o.result === 'maybe' ? { maybe: true } : {}) }
        if (o.result === 'maybe') return last
        last = known ?? last
      }
      return last
    } finally {
      this.busy = false
      void this.look()
    }
  }

  private async one(p: Printer, id: string, job: Record<string, unknown>, rows: (() => Row[]) | null): Promise<Outcome & { problem?: string; printer?: string }> {
    if (p.kind === 'network') return this.byServer(p, id, job)
    if (!rows) return { result: 'not', code: 'receipt_no_sale' }
    const picture = await draw(rows(), p.paper)
    if (p.kind === 'system') return bySystem(picture, p.paper)
    const r = bundle.settings.receipt
    const data = commands(dotsOf(picture), { density: r.density, speed: r.speed, copies: job.what === 'receipt' ? r.copies : 1, drawer: false })
    return p.kind === 'device' ? byDevice(p, id, data) : byBrowser(data)
  }

  /** byServer asks under the same name again when the answer was lost: it is not printed twice. */
  private async byServer(p: Printer, id: string, job: Record<string, unknown>): Promise<Outcome & { problem?: string; printer?: string }> {
    const body = { id: p.id ? `${id}.${p.id}` : id, ...job, ...(p.id ? { printer: p.id } : {}) }
    for (let tries = 0; ; tries++) {
      try {
        const done = await ask<{ printer: string }>('POST', `/v1/tills/${at(till())}/print`, body)
        return { result: 'printed', code: '', printer: done.printer }
      } catch (e) {
        if (e instanceof Refused) return { result: e.kind === 'unknown' ? 'maybe' : 'not', code: e.trouble.code, problem: `${e.trouble.what} ${e.trouble.todo}` }
        if (!(e instanceof Lost) || tries > 0) return { result: navigator.onLine ? 'maybe' : 'not', code: navigator.onLine ? 'printer_maybe' : 'printer_unreachable' }
      }
    }
  }
}

function problem(code: string): string {
  const key = `paper.code.${code}`
  return key in paperWords ? t(key as keyof typeof paperWords) : t('paper.code.printer_unreachable')
}

export const paper = new Paper()
