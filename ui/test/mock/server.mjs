// A stand-in for the server that lives only in these tests: it serves the built
// screens under the real content policy and answers /v1 from memory, so that a
// test can make the rare things happen (lost answers, doubt, late money).

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { departments, goods, staff, tills } from './shop.mjs'
import { paperSlip, problem, qrPicture } from './papers.mjs'

const dist = fileURLToPath(new URL('../../dist/', import.meta.url))
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; frame-src 'self'; object-src 'none'; base-uri 'none'"
const pages = { '/': 'index.html', '/till': 'till.html', '/screen': 'screen.html' }
const cny = (value) => ({ value, currency: 'CNY' })
const iso = (ms) => new Date(ms).toISOString()

export class Mock {
  payments = new Map()
  refunds = new Map()
  suspense = []
  session = null
  wrongPins = 0
  posts = [] // every POST /v1/payments that arrived
  lose = [] // [{ method, path, before }]: answers to lose; before: the request too
  expiry_ms = 180_000
  #streams = new Set()
  #news = 0
  #server

  async start() {
    this.#server = createServer((req, res) => this.#serve(req, res).catch((e) => res.destroy(e)))
    await new Promise((done) => this.#server.listen(0, '127.0.0.1', done))
    this.url = `http://127.0.0.1:${this.#server.address().port}`
    return this
  }

  async stop() {
    this.cutStreams()
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }

  cutStreams() {
    for (const res of this.#streams) res.destroy()
    this.#streams.clear()
  }

  /** change patches a payment and tells it. */
  change(id, patch) {
    const p = this.payments.get(id)
    Object.assign(p, patch, { updated_at: iso(Date.now()) })
    if (p.state !== 'waiting') delete p.code
    if (p.state === 'paid') Object.assign(p, { paid_at: p.updated_at, receipt_no: '20261121-0042', wallet_no: '4200002178202611219876543210', refundable: cny(p.amount.value - p.refunded.value), next: undefined })
    if (p.state === 'closed' || p.state === 'failed') p.next = undefined
    this.tell(`payment.${p.state}`, { payment: p })
    return p
  }

  tell(topic, more) {
    this.#news++
    const data = JSON.stringify({ n: this.#news, topic, at: iso(Date.now()), ...more })
    for (const res of this.#streams) res.write(`id: ${this.#news}\nevent: ${topic}\ndata: ${data}\n\n`)
  }

  latest() {
    return [...this.payments.values()].at(-1)
  }

  add(body) {
    const now = Date.now()
    const p = {
      id: body.id, kind: body.kind, state: 'waiting', amount: body.amount, refunded: cny(0), refundable: cny(0),
      wallet: body.wallet ?? (body.auth_code ? (/^1[0-5]/.test(body.auth_code) ? 'wechat' : /^62/.test(body.auth_code) ? 'unionpay' : 'alipay') : null),
      description: body.description, shop: 'shp_1', till: body.till, staff: 'stf_1', sale: body.sale, tender: body.tender,
      order_no: `GT${now}${String(this.payments.size).padStart(4, '0')}`, created_at: iso(now), updated_at: iso(now),
    }
    if (body.kind === 'show') Object.assign(p, { expires_at: iso(now + this.expiry_ms), code: { text: `weixin://wxpay/${p.id}`, expires_at: iso(now + this.expiry_ms), image: `/v1/payments/${p.id}/code.svg` } })
    this.payments.set(p.id, p)
    if (body.kind === 'scan') this.#decide(p, body.auth_code)
    this.tell(`payment.${p.state}`, { payment: p })
    return p
  }

  /** The last digit of a payer's code decides: 2 waits for the password, 3 is unknown, 4 is refused, others pay. */
  #decide(p, code) {
    const next = { action: 'ask', at: iso(Date.now() + 5000) }
    if (code.endsWith('2')) Object.assign(p, { state: 'waiting', next })
    else if (code.endsWith('3')) Object.assign(p, { state: 'unknown', next, error: { code: 'outcome_unknown', what: '钱包没有回答，钱可能已经扣了。', todo: '先不要交货。', money_moved: 'maybe' } })
    else if (code.endsWith('4')) Object.assign(p, { state: 'failed', error: { code: 'balance_too_low', what: '顾客的余额不够。', todo: '请顾客换一张卡，或者换一种方式付。', money_moved: 'no', wallet_code: 'NOTENOUGH' } })
    else this.change(p.id, { state: 'paid', payer: 'o***7f' })
  }

  async #serve(req, res) {
    const url = new URL(req.url, this.url)
    if (pages[url.pathname] || url.pathname.startsWith('/assets/')) return this.#file(pages[url.pathname] ?? url.pathname.slice(1), res)
    let raw = ''
    for await (const piece of req) raw += piece
    const lost = this.lose.findIndex((l) => l.method === req.method && l.path.test(url.pathname))
    const rule = lost >= 0 ? this.lose.splice(lost, 1)[0] : null
    if (rule?.before) return res.destroy()
    const answer = this.#answer(req, url, raw ? JSON.parse(raw) : {}, res)
    if (answer === undefined) return
    if (rule) return res.destroy()
    const [status, body, type = 'application/json', headers = {}] = answer
    res.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store', ...headers })
    res.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  async #file(name, res) {
    try {
      const body = await readFile(join(dist, name))
      res.writeHead(200, { 'Content-Type': types[extname(name)] ?? 'application/octet-stream', 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff' })
      res.end(body)
    } catch {
      res.writeHead(404).end()
    }
  }

  #answer(req, url, body, res) {
    const path = url.pathname
    const did = `${req.method} ${path}`
    if (did === 'GET /healthz') return [200, { state: 'ok', version: '0.1.0', store: 'ok' }]
    if (did === 'GET /links') return [200, { items: [{ name: 'sandbox', url: `${this.url}/phone` }] }]
    if (did === 'GET /v1/tills') return [200, { items: tills }]
    if (did === 'POST /v1/sessions') return this.#signIn(body)
    if (path === '/v1/session') {
      if (req.method === 'DELETE') this.session = null
      return req.method === 'DELETE' ? [204, ''] : this.session ? [200, this.session] : problem(401, 'signed_out')
    }
    if (!this.session) return problem(401, 'signed_out')
    if (req.method === 'POST' && req.headers['x-guitai'] !== '1') return problem(403, 'csrf')
    if (did === 'GET /v1/goods') return [200, { departments, items: goods }]
    if (did === 'GET /v1/events') return this.#stream(res)
    if (did === 'GET /v1/suspense') return [200, { items: this.suspense }]
    if (did === 'POST /v1/payments') return this.#take(body)
    if (did === 'GET /v1/payments') return this.#list(url.searchParams)
    const [, id, what] = /^\/v1\/payments\/([^/]+)\/?(.*)$/.exec(path) ?? []
    if (id) return this.#one(req.method, this.payments.get(id), what, body, url.searchParams)
    const [, sus, wish] = /^\/v1\/suspense\/([^/]+)\/(attach|return)$/.exec(path) ?? []
    return sus ? this.#settle(sus, wish) : problem(404, 'not_found')
  }

  #signIn({ till, number, pin }) {
    if (this.wrongPins >= 5) return [...problem(429, 'pin_locked'), { 'Retry-After': '90' }]
    if (pin !== '123456' || !staff[number]) {
      this.wrongPins++
      return problem(401, 'pin_wrong')
    }
    const t = tills.find((one) => one.id === till)
    this.wrongPins = 0
    this.session = { staff: staff[number], till: t, shop: t.shop, merchant: { id: 'mer_1', name: '青禾百货' }, expires_at: iso(Date.now() + 3.6e6), spoken: true }
    return [200, this.session]
  }

  #take(body) {
    this.posts.push(body)
    const had = this.payments.get(body.id)
    if (had) return [200, had]
    if (body.auth_code && !/^\d{16,24}$/.test(body.auth_code)) return problem(400, 'code_malformed')
    if (body.amount.value > 5_000_000) return problem(400, 'amount_large')
    return [200, this.add(body)]
  }

  #list(q) {
    const all = [...this.payments.values()].reverse().filter((p) => (!q.get('state') || p.state === q.get('state')) && (!q.get('till') || p.till === q.get('till')))
    const from = Number(q.get('cursor') ?? 0)
    const limit = Number(q.get('limit') ?? 50)
    return [200, { items: all.slice(from, from + limit), ...(all.length > from + limit ? { next_cursor: String(from + limit) } : {}) }]
  }

  #one(method, p, what, body, q) {
    if (!p) return problem(404, 'payment_missing')
    if (what === '') return [200, p]
    if (what === 'code.svg') return [200, qrPicture(p.id), 'image/svg+xml']
    if (what === 'receipt') return [200, paperSlip(p, q.get('lang')), 'text/html; charset=utf-8']
    if (what === 'timeline') return [200, { items: this.steps(p) }]
    if (what === 'print') return problem(409, 'printer_gone')
    if (what === 'ask') return [200, this.change(p.id, { next: { action: 'ask', at: iso(Date.now() + 5000) } })]
    if (what === 'close') return [200, this.change(p.id, { state: 'closed' })]
    if (what === 'refunds' && method === 'GET') return [200, { items: [...this.refunds.values()].filter((r) => r.payment === p.id) }]
    if (what === 'void' || what === 'refunds') return this.#giveBack(p, what, body)
    return problem(404, 'not_found')
  }

  steps(p) {
    return [
      { at: p.created_at, kind: 'state', from: 'created', to: 'asked' },
      { at: p.created_at, kind: 'message', op: 'native', took_ms: 84, http: 200, out: '{"out_trade_no":"GT17…"}', in: '{"code_url":"weixin://…"}' },
      { at: p.updated_at, kind: 'state', from: 'asked', to: p.state },
    ]
  }

  #giveBack(p, what, body) {
    const had = this.refunds.get(body.id)
    if (had) return [200, had]
    const amount = what === 'void' ? p.amount : body.amount
    if (amount.value > p.refundable.value) return problem(409, 'refund_too_large')
    const at = iso(Date.now())
    const r = { id: body.id, payment: p.id, kind: what === 'void' ? 'void' : 'refund', state: body.reason === 'slow' ? 'pending' : 'done', amount, reason: body.reason, created_at: at, updated_at: at, done_at: at }
    this.refunds.set(r.id, r)
    Object.assign(p, { refunded: cny(p.refunded.value + amount.value), refundable: cny(p.refundable.value - amount.value), updated_at: at })
    this.tell(`refund.${r.state}`, { refund: r, payment: p })
    return [200, r]
  }

  #settle(id, wish) {
    const s = this.suspense.find((one) => one.id === id)
    if (!s) return problem(404, 'not_found')
    s.state = wish === 'attach' ? 'attached' : 'returning'
    const p = this.payments.get(s.payment)
    for (const one of p.suspense ?? []) if (one.id === id) one.state = s.state
    if (wish === 'attach') this.change(p.id, { state: 'paid' })
    return [200, wish === 'attach' ? p : { id: 'ref_x', payment: p.id, kind: 'give_back', state: 'pending', amount: s.amount, created_at: iso(Date.now()), updated_at: iso(Date.now()) }]
  }

  #stream(res) {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    res.write(`event: hello\ndata: ${JSON.stringify({ n: this.#news, now: iso(Date.now()) })}\n\n`)
    this.#streams.add(res)
    res.on('close', () => this.#streams.delete(res))
    return undefined
  }
}
