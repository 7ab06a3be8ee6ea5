// The browser inside a wallet's app: a pay page in a frame over the phone. The
// frame is on a port of its own, which names the app to the page and lends it
// the app's bridge; an order that the page hands over is shown to the payer.
import { call, payer, state, tryIt } from './call.js'
import { h, icon, t } from './part.js'
import * as pay from './pay.js'

let host // where the frame is shown
let shown = null // {frame, title, address, key, id}
let read = () => {} // what happens when the phone has read a code

export function insideOf(el, scan) {
  host = el
  read = scan
}

const origin = () => `${location.protocol}//${location.hostname}:${new URL(state.window).port}`
const openAt = (address) => `${origin()}/-/open?${new URLSearchParams({ wallet: state.wallet, payer: payer()?.id ?? '', url: address })}`

/** local says whether an address is one that the apps' browser opens: on this machine. */
export function local(text) {
  try {
    const u = new URL(text)
    return /^https?:$/.test(u.protocol) && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(u.hostname)
  } catch {
    return false
  }
}

export function open(address) {
  const title = h('b', {}, t('inside_title'))
  const frame = h('iframe', { title: t('inside_app', { wallet: t(state.wallet) }), sandbox: 'allow-scripts allow-forms allow-same-origin', referrerpolicy: 'no-referrer', src: openAt(address) })
  shown = { frame, title, address, key: null, id: 0 }
  const el = h('section', { class: 'inside', role: 'dialog', 'aria-label': t('inside_app', { wallet: t(state.wallet) }), onkeydown: (e) => { if (e.key === 'Escape') shut() } },
    h('header', {},
      h('button', { type: 'button', class: 'round', 'aria-label': t('close'), onclick: shut }, icon('shut')),
      h('span', { class: 'grow' }, title, h('small', {}, t('inside_app', { wallet: t(state.wallet) }))),
      h('button', { type: 'button', class: 'round', 'aria-label': t('inside_again'), title: t('inside_again'), onclick: () => again() }, icon('fresh'))),
    frame)
  host.replaceChildren(el)
  el.querySelector('button').focus({ preventScroll: true })
}

function again() {
  if (shown) shown.frame.src = openAt(shown.address)
}

export function shut() {
  shown = null
  host?.replaceChildren()
}

// heard is a word of the page: its title, a wallet's code, or an order.
async function heard({ data, source, origin: from }) {
  if (!shown || !state.window || from !== origin() || source !== shown.frame.contentWindow || data?.sandbox !== 'page') return
  const here = shown
  if (typeof data.title === 'string') here.title.textContent = data.title.slice(0, 60) || t('inside_title')
  if (typeof data.code === 'string') {
    here.id = 0
    here.key = (await read(data.code)) ?? null
  }
  if (!data.params) return
  const o = await tryIt(() => call('POST', 'hand-over', { wallet: data.wallet, params: data.params }))
  if (shown !== here) return
  Object.assign(here, { id: data.id, key: o ? pay.keyOf(o) : null })
  if (!o) answer('fail')
  else if (o.state === 'notpay' && !o.waiting) pay.scanned(o)
  else if (o.waiting) pay.ask(o)
  else answer(o.state === 'success' || o.state === 'refund' ? 'ok' : 'fail')
}
addEventListener('message', heard)

// answer tells the page what became of its order; a page that sent the app to a
// code is opened again and looks for itself.
function answer(end) {
  if (shown.id) shown.frame.contentWindow.postMessage({ sandbox: 'phone', id: shown.id, end }, origin())
  else again()
  Object.assign(shown, { key: null, id: 0 })
}

pay.onEnd((key, end) => { if (shown?.key === key) answer(end) })
