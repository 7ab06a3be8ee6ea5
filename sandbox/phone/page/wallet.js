// The phone: wallet, payer, and its four pages.
import { call, chooseWallet, payer, state, tell, tryIt } from './call.js'
import { drawing, h, icon, left, moment, money, say, t, toast } from './part.js'
import * as inside from './inside.js'
import * as pay from './pay.js'
import { moods, refusals } from './say.js'

let page = 'code'
let code = null // the pay code on show: {code, expires_at, key}
let asking = false
const parts = {}

export function build(root) {
  Object.assign(parts, {
    clock: h('span', { class: 'clock' }),
    wallets: h('div', { class: 'wallets' }),
    who: h('button', { type: 'button', class: 'who', onclick: () => pay.payers() }),
    body: h('div', { class: 'page', tabindex: '-1' }),
    tabs: h('nav', { class: 'tabs' }),
  })
  const sheets = h('div', { class: 'sheets' })
  const frames = h('div', { class: 'frames' })
  inside.insideOf(frames, scan)
  pay.sheetsIn(sheets)
  parts.phone = h('div', { class: 'device' }, h('div', { class: 'screen' },
    h('div', { class: 'statusbar', 'aria-hidden': 'true' }, parts.clock, h('span', { class: 'island' }), h('span', { class: 'battery' }, h('i'))),
    h('div', { class: 'top' }, parts.wallets, parts.who),
    parts.body, parts.tabs, frames, sheets))
  root.replaceChildren(parts.phone)
  draw()
}

export function draw() {
  drawTop()
  parts.tabs.setAttribute('aria-label', t('tabs'))
  parts.tabs.replaceChildren(...['code', 'scan', 'bills', 'how'].map((name) =>
    h('button', { type: 'button', 'aria-current': name === page ? 'page' : null, onclick: () => turn(name) }, icon(name), h('span', {}, t('tab_' + name)))))
  parts.body.className = 'page page-' + page
  parts.body.setAttribute('aria-label', t('tab_' + page))
  stopCamera()
  parts.body.replaceChildren(...{ code: codePage, scan: scanPage, bills: billsPage, how: howPage }[page]())
  if (page === 'code') showCode()
}

function drawTop() {
  const p = payer()
  parts.phone.dataset.wallet = state.wallet
  parts.wallets.replaceChildren(...state.wallets.map(({ wallet }) =>
    h('button', { type: 'button', 'aria-pressed': String(wallet === state.wallet), onclick: () => chooseWallet(wallet) }, t(wallet))))
  parts.wallets.setAttribute('role', 'group')
  parts.wallets.setAttribute('aria-label', t('wallets'))
  if (!p) return
  parts.who.setAttribute('aria-label', `${t('payer')}: ${p.name}, ${t('balance')} ${money(p.balance_fen)}. ${t('change_payer')}`)
  parts.who.replaceChildren(pay.face(p), h('span', { class: 'grow' }, h('b', {}, p.name), state.how ? h('small', { class: 'mood' }, say(moods[state.how][0])) : null),
    h('span', { class: 'sum' }, h('small', {}, t('balance')), money(p.balance_fen)), icon('next'))
}

function turn(name) {
  page = name
  draw()
  parts.body.scrollTop = 0
}

// news came: redraw what shows it, but nothing that somebody is typing into.
export function onBook() {
  drawTop()
  if (page === 'bills') keepOpen(() => parts.body.replaceChildren(...billsPage()))
  if (page === 'scan' && parts.list) parts.list.replaceChildren(...streetList())
  pay.look()
}

export function onPayer() {
  code = null
  inside.shut()
  draw()
}

export function onMoved(before, now) {
  const was = new Set(before.map(pay.keyOf))
  if (now.some((o) => o.kind === 'scan' && !was.has(pay.keyOf(o)))) {
    code = null // a pay code serves once
    showCode()
  }
  pay.moved(before, now)
}

// tick is called each second.
export function tick() {
  const now = new Date()
  parts.clock.textContent = `${now.getHours()}:${String(now.getMinutes()).padStart(2, '0')}`
  for (const el of document.querySelectorAll('[data-until]')) el.textContent = t('expires_in', { t: left(Date.parse(el.dataset.until) - now) })
  if (page === 'code') showCode()
}

const wanted = () => `${state.wallet} ${state.payer[state.wallet]} ${state.how}`

function codePage() {
  parts.bars = h('div', { class: 'bars' })
  parts.digits = h('output', { class: 'digits', 'aria-label': t('code_digits') })
  parts.qr = h('div', { class: 'qr' })
  parts.fresh = h('span', { class: 'fresh' })
  return [h('div', { class: 'card code-card' },
    h('p', { class: 'lead' }, t('show_cashier')), parts.bars,
    h('div', { class: 'digits-line' }, parts.digits, h('button', { type: 'button', class: 'plain small', onclick: copy }, icon('copy'), t('copy'))),
    parts.qr,
    h('div', { class: 'fresh-line' }, parts.fresh, h('button', { type: 'button', class: 'plain small', onclick: () => { code = null; showCode() } }, icon('fresh'), t('refresh'))))]
}

async function copy() {
  if (!code) return
  try {
    await navigator.clipboard.writeText(code.code)
    toast(t('copied'))
  } catch {
    toast(t('copy_failed'), true)
  }
}

// showCode keeps a fresh pay code on show while somebody looks.
async function showCode() {
  const seen = page === 'code' && !document.hidden && parts.body.offsetParent !== null
  const old = !code || code.key !== wanted() || Date.parse(code.expires_at) <= Date.now() + 500
  if (old && seen && !asking && payer()) await newCode()
  if (page !== 'code') return
  const alive = code && code.key === wanted()
  parts.body.classList.toggle('stale', !alive)
  const n = alive ? Math.max(0, Math.round((Date.parse(code.expires_at) - Date.now()) / 1000)) : 0
  parts.fresh.textContent = alive ? t('fresh_in', { n }) : ''
  if (!alive || parts.digits.dataset.code === code.code) return
  parts.digits.dataset.code = code.code
  parts.digits.textContent = code.code.replace(/(.{4})(?=.)/g, '$1 ')
  parts.bars.replaceChildren(drawing(code.bars, t('code_bars')))
  parts.qr.replaceChildren(drawing(code.qr, t('code_qr')))
}

async function newCode() {
  asking = true
  const key = wanted()
  const got = await tryIt(async () => {
    const made = await call('POST', 'payer-code', { wallet: state.wallet, payer: state.payer[state.wallet], behaviour: state.how })
    return { ...made, ...await call('POST', 'draw', { text: made.code }), key }
  })
  asking = false
  if (got && key === wanted()) code = got
}

const expired = (o) => Date.parse(o.code_expires_at) <= Date.now() || Date.parse(o.expires_at) <= Date.now()

// streetList is the codes that wait, as buttons.
export function streetList() {
  const list = state.street.filter((o) => !expired(o))
  if (list.length === 0) return [h('p', { class: 'empty' }, t('street_empty'))]
  return list.map((o) => h('button', { type: 'button', class: 'ticket', 'data-wallet': o.wallet, 'data-order': o.order_no, onclick: () => scan(o.code) },
    h('span', { class: 'badge' }, t(o.wallet)),
    h('span', { class: 'grow' }, h('b', {}, o.subject || t('no_subject')),
      h('small', {}, o.opened_at ? t('scanned_elsewhere') + ' · ' : '', remaining(sooner(o.code_expires_at, o.expires_at)))),
    h('span', { class: 'sum' }, money(o.amount_fen))))
}
const remaining = (until) => h('span', { 'data-until': until }, t('expires_in', { t: left(Date.parse(until) - Date.now()) }))
const sooner = (x, y) => (Date.parse(x) < Date.parse(y) ? x : y)

// scan is what happens when the phone has read a text; it returns the name of the
// order that it shows.
export async function scan(text) {
  text = text.trim()
  if (!text) return
  const found = await tryIt(() => call('GET', 'orders?code=' + encodeURIComponent(text)))
  const o = found?.orders[0]
  if (!o) {
    if (found) nothing(text)
    return
  }
  if (o.wallet !== state.wallet) {
    chooseWallet(o.wallet)
    toast(t('switched', { wallet: t(o.wallet) }))
  }
  const key = pay.keyOf(o)
  if (o.state === 'notpay' && !o.waiting) pay.scanned(o)
  else if (o.waiting && o.payer === state.payer[o.wallet]) pay.ask(o)
  else toast(say(refusals[{ closed: 'order_closed', revoked: 'order_revoked', notpay: 'opened_by_other' }[o.state] ?? 'order_paid']), true)
  return key
}

function nothing(text) {
  if (inside.local(text) && state.window) return inside.open(text)
  if (!/^https?:\/\//i.test(text)) return toast(t('alien_code'), true)
  pay.shut()
  toast(t('open_page') + ' ' + t('open_page_hint'))
  window.open(text, '_blank', 'noopener')
}

let camera = null
function stopCamera() {
  camera?.getTracks().forEach((track) => track.stop())
  camera = null
}

function scanPage() {
  const text = h('input', { type: 'text', id: 'scan-text', autocomplete: 'off', spellcheck: 'false', placeholder: t('paste_code') })
  const video = h('video', { playsinline: true, hidden: true })
  video.muted = true
  const file = h('input', { type: 'file', accept: 'image/*', hidden: true, onchange: () => readPicture(file.files[0]) })
  const canRead = 'BarcodeDetector' in window
  const cameraButton = h('button', { type: 'button', class: 'plain', onclick: () => (camera ? draw() : openCamera(video, cameraButton)) }, icon('camera'), h('span', {}, t('camera_on')))
  parts.list = h('div', { class: 'tickets' }, streetList())
  return [
    h('div', { class: 'finder' }, video, h('div', { class: 'corners', 'aria-hidden': 'true' }), h('p', {}, canRead ? t('scan_hint') : t('camera_none')),
      canRead ? h('div', { class: 'two' }, cameraButton, h('button', { type: 'button', class: 'plain', onclick: () => file.click() }, icon('picture'), t('picture')), file) : null),
    h('form', { class: 'line', onsubmit: (e) => { e.preventDefault(); scan(text.value); text.value = '' } },
      h('label', { for: 'scan-text', class: 'unseen' }, t('paste_code')), text, h('button', { class: 'main' }, t('scan_go'))),
    h('h2', {}, t('on_street')), parts.list]
}

async function openCamera(video, button) {
  try {
    camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  } catch {
    return toast(t('camera_refused'), true)
  }
  video.srcObject = camera
  video.hidden = false
  button.lastChild.textContent = t('camera_off')
  await video.play()
  const detector = new window.BarcodeDetector({ formats: ['qr_code'] })
  const mine = camera
  while (camera === mine) {
    const [found] = await detector.detect(video).catch(() => [])
    if (found && camera === mine) {
      draw()
      return scan(found.rawValue)
    }
    await new Promise((go) => setTimeout(go, 200))
  }
}

async function readPicture(file) {
  if (!file) return
  const found = await createImageBitmap(file).then((picture) => new window.BarcodeDetector({ formats: ['qr_code'] }).detect(picture)).catch(() => [])
  if (found.length === 0) return toast(t('picture_none'), true)
  scan(found[0].rawValue)
}

// keepOpen redraws and leaves open what was.
function keepOpen(redraw) {
  const openOnes = new Set([...parts.body.querySelectorAll('details[open]')].map((d) => d.dataset.key))
  const focused = parts.body.contains(document.activeElement) ? document.activeElement.parentElement?.dataset.key : null
  const { scrollTop } = parts.body
  redraw()
  for (const d of parts.body.querySelectorAll('details')) {
    d.open = openOnes.has(d.dataset.key)
    if (d.dataset.key === focused) d.firstChild.focus()
  }
  parts.body.scrollTop = scrollTop
}

function billsPage() {
  if (state.mine.length === 0) return [h('p', { class: 'empty' }, t('bills_empty'))]
  return [h('div', { class: 'bills' }, state.mine.map(bill))]
}

function bill(o) {
  const all = o.refunds.length > 0 && o.given_back_fen === o.amount_fen
  const fact = (name, value) => value ? h('div', { class: 'fact' }, h('dt', {}, name), h('dd', {}, value)) : null
  const paid = o.charged_fen > 0
  return h('details', { class: 'bill', 'data-key': pay.keyOf(o), 'data-state': o.state },
    h('summary', {}, h('span', { class: 'grow' }, h('b', {}, o.subject || t('no_subject')), h('small', {}, moment(o.paid_at ?? o.created_at).slice(5, 16))),
      h('span', { class: 'sum' }, h('b', {}, paid ? money(-o.amount_fen) : money(o.amount_fen)), h('small', { class: 'state' }, t(all ? 'state_refund_all' : 'state_' + o.state)))),
    h('dl', { class: 'facts' },
      fact(t('why'), o.fail && (refusals[o.fail] ? say(refusals[o.fail]) : o.fail)),
      o.refunds.map((r) => fact(t('refund_' + r.state), `${money(r.amount_fen)}${r.reason ? ' · ' + r.reason : ''}`)),
      fact(t('paid_at'), o.paid_at && moment(o.paid_at)),
      fact(t('pay_from'), t('kind_' + o.kind)),
      fact(t('order_no'), h('code', {}, o.order_no)),
      fact(t('number'), h('code', {}, o.number))),
    o.waiting && !o.next_act ? h('button', { type: 'button', class: 'main', onclick: () => pay.ask(o) }, t('enter_password')) : null)
}

function howPage() {
  return [h('h2', {}, t('how_title')), h('p', { class: 'note' }, t('how_note')),
    h('div', { class: 'moods', role: 'radiogroup', 'aria-label': t('how_title') }, Object.entries(moods).map(([how, [name, what]]) =>
      h('label', { class: 'mood-row' }, h('span', { class: 'grow' }, h('b', {}, say(name)), h('small', {}, say(what))),
        h('input', { type: 'radio', name: 'mood', value: how, checked: how === state.how, onchange: () => { state.how = how; code = null; drawTop(); tell('how') } }), h('i', { class: 'switch', 'aria-hidden': 'true' }))))]
}

