// The sheets that slide over the phone: a scanned order, the password, the
// result, and choosing a payer.
import { call, choosePayer, loadBook, payer, Refused, state, tell, tryIt } from './call.js'
import { fenOf, h, icon, money, say, t, toast, yuan } from './part.js'
import { moods, refusals } from './say.js'

let host // where sheets are shown
let shown = null // {el, kind, key, leave, from}
const hidden = new Set() // orders whose password page was put away
let tellEnd = () => {}

/** onEnd sets who is told how an order ended for the payer: ok, cancel or fail. */
export function onEnd(f) { tellEnd = f }

export function sheetsIn(el) { host = el }
export const keyOf = (o) => `${o.wallet}/${o.order_no}`
export const open = () => shown

function sheet(kind, key, title, ...kids) {
  shut()
  const el = h('section', { class: 'sheet ' + kind, role: 'dialog', 'aria-modal': 'true', 'aria-label': title, tabindex: '-1' },
    h('header', {}, h('h2', {}, title), h('button', { type: 'button', class: 'round', 'aria-label': t('close'), onclick: () => leave() }, icon('shut'))),
    h('div', { class: 'sheet-body' }, kids))
  el.addEventListener('keydown', onKey)
  shown = { el, kind, key, from: document.activeElement }
  const veil = h('div', { class: 'veil', onclick: (e) => { if (e.target === veil) leave() } }, el)
  for (const other of host.parentElement.children) if (other !== host) other.inert = true
  host.replaceChildren(veil)
  el.focus({ preventScroll: true })
  return shown
}

// leave is somebody who puts the sheet away; shut only takes it down.
function leave() {
  if (shown?.kind === 'ask') hidden.add(shown.key)
  if (shown?.kind === 'order') tellEnd(shown.key, 'cancel')
  shut()
}
export function shut() {
  if (!shown) return
  clearTimeout(shown.timer)
  const { from } = shown
  shown = null
  host.replaceChildren()
  for (const other of host.parentElement.children) other.inert = false
  if (from?.isConnected) from.focus({ preventScroll: true })
}

function onKey(e) {
  if (e.key === 'Escape') leave()
  if (e.key === 'Tab') {
    const all = [...shown.el.querySelectorAll('button, input, a[href]')].filter((x) => !x.disabled)
    const at = all.indexOf(document.activeElement)
    if (e.shiftKey ? at <= 0 : at === all.length - 1) {
      e.preventDefault()
      all.at(e.shiftKey ? -1 : 0)?.focus()
    }
  }
  if (shown?.type && /^\d$/.test(e.key)) shown.type(e.key)
  if (shown?.type && e.key === 'Backspace') shown.type('')
}

const fact = (name, value) => h('div', { class: 'fact' }, h('dt', {}, name), h('dd', {}, value))
const price = (fen) => h('p', { class: 'price' }, money(fen))
const subject = (o) => o.subject || t('no_subject')

// scanned shows an order before it is paid.
export function scanned(o) {
  const p = payer()
  const buttons = h('div', { class: 'two' },
    h('button', { type: 'button', class: 'plain', onclick: () => { leave(); toast(t('not_paid')) } }, t('refuse')),
    h('button', { type: 'button', class: 'plain', onclick: () => pay(o, 'password', buttons) }, t('pay_password')))
  const main = h('button', { type: 'button', class: 'main', onclick: () => pay(o, state.how, buttons) }, t('pay_now', { sum: money(o.amount_fen) }))
  sheet('order', keyOf(o), t('confirm'),
    h('p', { class: 'goods' }, subject(o)), price(o.amount_fen),
    h('dl', { class: 'facts' },
      fact(t('order_no'), h('code', {}, o.order_no)),
      fact(t('pay_from'), `${t(o.wallet)} · ${p?.name ?? ''} · ${money(p?.balance_fen ?? 0)}`),
      state.how ? fact(t('mood'), say(moods[state.how][0])) : null),
    main, buttons)
  main.focus({ preventScroll: true })
}

async function pay(o, how, buttons) {
  for (const b of buttons.parentElement.querySelectorAll('button')) b.disabled = true
  try {
    const now = await call('POST', 'pay', { code: o.code, payer: payer().id, behaviour: how })
    if (!now.waiting) ended(now)
    else if (now.next_act) acting(now)
    else ask(now)
  } catch (e) {
    if (!(e instanceof Refused)) throw e
    failed(o, e.code, e.words)
  }
  loadBook()
}

function acting(o) {
  sheet('acting', keyOf(o), t('acting'), h('p', { class: 'goods' }, subject(o)), price(o.amount_fen), h('div', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')),
    h('p', { class: 'note' }, say(moods[o.behaviour]?.[1] ?? moods[''][1])))
}

// ask is the password page.
export function ask(o, wrong = o.wrong_passwords ?? 0) {
  hidden.delete(keyOf(o))
  let typed = ''
  const dots = h('div', { class: 'password', role: 'img' })
  const trouble = h('p', { class: 'trouble', role: 'alert' }, wrong ? t('tries_left', { n: 3 - wrong }) : '')
  const draw = () => {
    dots.setAttribute('aria-label', t('digits_typed', { n: typed.length }))
    dots.replaceChildren(...Array.from({ length: 6 }, (_, i) => h('i', { class: i < typed.length ? 'full' : '' })))
  }
  const enter = async (password) => {
    typed = password
    draw()
    try {
      ended(await call('POST', 'payer-act', { order_no: o.order_no, act: 'password', password }))
    } catch (e) {
      if (!(e instanceof Refused)) throw e
      if (e.code === 'password_wrong') ask(o, wrong + 1)
      else if (e.code === 'offline') { typed = ''; draw(); trouble.textContent = e.words }
      else failed(o, e.code, e.words)
    }
    loadBook()
  }
  const type = (d) => {
    if (typed.length === 6) return
    typed = d === '' ? typed.slice(0, -1) : typed + d
    draw()
    if (typed.length === 6) enter(typed)
  }
  const key = (d) => h('button', { type: 'button', onclick: () => type(d) }, d)
  draw()
  sheet('ask', keyOf(o), o.kind === 'scan' ? t('cashier_asks') : t('enter_password'),
    h('p', { class: 'goods' }, subject(o)), price(o.amount_fen), dots, trouble,
    h('div', { class: 'three' },
      h('button', { type: 'button', class: 'plain', onclick: () => refuse(o) }, t('refuse')),
      h('button', { type: 'button', class: 'plain', onclick: () => enter('000000') }, t('fill_wrong')),
      h('button', { type: 'button', class: 'main', onclick: () => enter('123456') }, t('fill_right'))),
    h('div', { class: 'pad' }, [...'123456789'].map(key), h('span', { class: 'note' }, t('password_hint')), key('0'),
      h('button', { type: 'button', 'aria-label': t('erase'), onclick: () => type('') }, icon('erase')))).type = type
}

async function refuse(o) {
  const now = await tryIt(() => call('POST', 'payer-act', { order_no: o.order_no, act: 'cancel' }))
  if (now) failed(now, 'payer_refused', say(refusals.payer_refused))
  loadBook()
}

// ended shows how an order ended, well or badly.
export function ended(o) {
  if (o.state === 'success' || o.state === 'refund') {
    tellEnd(keyOf(o), 'ok')
    const s = sheet('result good', keyOf(o), t(o.wallet), h('div', { class: 'sign' }, icon('good')), h('p', { class: 'verdict' }, t('paid')), price(o.amount_fen),
      h('p', { class: 'goods' }, subject(o)), h('button', { type: 'button', class: 'main', onclick: () => shut() }, t('done')))
    s.timer = setTimeout(() => { if (shown === s) shut() }, 6000)
  } else {
    const why = o.fail || { closed: 'order_closed', revoked: 'order_revoked' }[o.state] || ''
    failed(o, why, refusals[why] ? say(refusals[why]) : why)
  }
}

function failed(o, code, words) {
  tellEnd(keyOf(o), code === 'payer_refused' ? 'cancel' : 'fail')
  sheet('result bad', keyOf(o), t(o.wallet), h('div', { class: 'sign' }, icon('bad')), h('p', { class: 'verdict' }, code === 'payer_refused' ? t('not_paid') : t('failed')),
    h('p', { class: 'why' }, words), h('p', { class: 'note' }, `${subject(o)} · ${money(o.amount_fen)} · ${t('money_not_moved')}`),
    h('button', { type: 'button', class: 'main', onclick: () => shut() }, t('done')))
}

// moved is told what the payer's orders were and are.
export function moved(before, now) {
  const old = new Map(before.map((o) => [keyOf(o), o]))
  for (const o of now) {
    const was = old.get(keyOf(o))
    if (was && refunded(o) > refunded(was)) toast(t('refund_came', { sum: money(refunded(o) - refunded(was)) }))
    const ending = o.state !== 'notpay' && o.state !== 'userpaying'
    const fresh = was ? was.state !== o.state && (was.state === 'notpay' || was.state === 'userpaying') : o.kind === 'scan'
    const gaveUp = was?.waiting && !o.waiting && o.fail
    const here = shown && shown.key === keyOf(o)
    if (here && shown.kind.startsWith('result')) continue
    if ((ending && fresh) || gaveUp) ended(o)
  }
}
const refunded = (o) => o.given_back_fen

// look opens the password page when somebody waits for it.
export function look() {
  const o = state.mine.find((x) => x.waiting && !hidden.has(keyOf(x)))
  if (!o || shown) return
  if (o.next_act) acting(o)
  else ask(o)
}

// payers is where one says whose phone this is.
export function payers() {
  const list = h('div', { class: 'payers' })
  const sum = h('input', { type: 'text', inputmode: 'decimal', id: 'new-sum', value: '500', autocomplete: 'off' })
  const draw = () => list.replaceChildren(...state.payers.filter((p) => p.wallet === state.wallet).map(row))
  const row = (p) => h('div', { class: 'payer-row' },
    h('button', { type: 'button', class: 'payer-pick', 'aria-pressed': String(p.id === state.payer[state.wallet]), onclick: () => { shut(); choosePayer(p.id) } },
      face(p), h('span', { class: 'grow' }, h('b', {}, p.name), h('small', {}, p.free_per_day ? t('free_left', { n: p.free_per_day }) : p.logon_id)), h('span', { class: 'sum' }, money(p.balance_fen))),
    h('button', { type: 'button', class: 'plain small', onclick: () => balance(p) }, t('set_balance')))
  draw()
  sheet('choose', 'payers', t('whose_phone'), list,
    h('form', { class: 'line', onsubmit: (e) => { e.preventDefault(); add(sum.value) } },
      h('label', { for: 'new-sum' }, t('new_payer_with')), sum, h('button', { class: 'plain' }, t('add'))))
}

export const face = (p) => h('span', { class: 'face', 'data-hue': String([...p.id].reduce((n, c) => n + c.charCodeAt(0), 0) % 6), 'aria-hidden': 'true' }, p.name.slice(0, 1))

async function add(text) {
  const fen = fenOf(text)
  if (fen === null) return toast(t('bad_amount'), true)
  const made = await tryIt(() => call('POST', 'payer-code', { wallet: state.wallet, balance: fen }))
  if (!made) return
  await loadBook()
  shut()
  choosePayer(made.payer)
}

// balance sets how much money a payer has.
export function balance(p) {
  const sum = h('input', { type: 'text', inputmode: 'decimal', id: 'sum', value: yuan(p.balance_fen), autocomplete: 'off' })
  const save = async (fen) => {
    if (fen === null) return toast(t('bad_amount'), true)
    const now = await tryIt(() => call('POST', 'payers', { payer: p.id, balance_fen: fen }))
    if (!now) return
    Object.assign(state.payers.find((x) => x.id === p.id) ?? {}, now)
    tell('book')
    shut()
    toast(t('balance_set', { sum: money(now.balance_fen) }))
  }
  sheet('purse', 'purse', t('set_balance'),
    h('form', { class: 'line', onsubmit: (e) => { e.preventDefault(); save(fenOf(sum.value)) } },
      h('label', { for: 'sum' }, t('balance_of', { name: p.name })), sum, h('button', { class: 'main' }, t('save'))),
    h('div', { class: 'chips' }, [0, 1, 88_00, 1_000_00, 50_000_00, 10_000_000_00].map((fen) => h('button', { type: 'button', class: 'plain', onclick: () => save(fen) }, money(fen)))))
  sum.select()
}
