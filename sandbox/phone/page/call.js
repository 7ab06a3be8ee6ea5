// What the page knows, and how it learns it: the control calls of the street.
import { kept, keep, say, toast } from './part.js'
import { refusals } from './say.js'

export const state = {
  wallets: [], // {wallet, ops, code_prefixes}
  window: '', // address of the browser of the wallets' apps
  payers: [],
  wallet: kept('wallet') ?? '',
  payer: {}, // wallet → the payer whose phone this is
  how: '', // behaviour
  street: [], // orders that show a code and are unpaid
  mine: [], // orders of the payer
  mineOf: '', // whose they are
  faults: [],
  printer: null,
  slips: new Map(),
}

const watchers = {}
export function watch(part, f) { (watchers[part] ??= []).push(f) }
export function tell(part) { for (const f of watchers[part] ?? []) f() }

export class Refused extends Error {
  constructor(code, message) {
    super(message)
    this.code = code
  }
  get words() { return refusals[this.code] ? say(refusals[this.code]) : this.message }
}

export async function call(method, path, body) {
  let answer
  try {
    answer = await fetch('/control/' + path, {
      method,
      headers: body ? { 'Content-Type': 'application/json' } : {},
      body: body && JSON.stringify(body),
      cache: 'no-store',
    })
  } catch {
    throw new Refused('offline', 'offline')
  }
  const out = await answer.json().catch(() => ({ code: 'internal', message: 'no JSON' }))
  if (!answer.ok) throw new Refused(out.code, out.message)
  return out
}

// tryIt runs f and says what was refused; undefined then.
export async function tryIt(f) {
  try {
    return await f()
  } catch (e) {
    if (!(e instanceof Refused)) throw e
    toast(e.words, true)
  }
}

export const payer = () => state.payers.find((p) => p.id === state.payer[state.wallet])

export function choosePayer(id) {
  const p = state.payers.find((x) => x.id === id)
  if (!p) return
  state.wallet = p.wallet
  state.payer[p.wallet] = id
  keep('wallet', p.wallet)
  keep('payer.' + p.wallet, id)
  state.mine = []
  tell('payer')
  loadBook()
}

// chooseWallet keeps the person: 王芳 has an account at each wallet.
export function chooseWallet(wallet) {
  if (wallet === state.wallet) return
  const person = (payer()?.id ?? '').replace(/^[^-]*-/, '')
  const same = state.payers.find((p) => p.wallet === wallet && p.id === `${wallet}-${person}`)
  const first = state.payers.find((p) => p.wallet === wallet && p.id === kept('payer.' + wallet)) ?? firstOf(wallet)
  choosePayer((same ?? first)?.id)
}
const firstOf = (wallet) => state.payers.find((p) => p.wallet === wallet && p.id.endsWith('-zhang')) ?? state.payers.find((p) => p.wallet === wallet)

// single runs f, and once more when it was asked for meanwhile.
function single(f) {
  let running = null
  let again = false
  return () => {
    if (running) {
      again = true
      return running
    }
    running = (async () => {
      do {
        again = false
        try {
          await f()
        } catch (e) {
          if (!(e instanceof Refused)) throw e
        }
      } while (again)
    })().finally(() => { running = null })
    return running
  }
}

export const loadBook = single(async () => {
  const [{ payers }, { orders }] = await Promise.all([call('GET', 'payers'), call('GET', 'orders?state=notpay&latest=60')])
  state.payers = payers
  const here = (w) => state.wallets.some((x) => x.wallet === w)
  if (!here(state.wallet)) state.wallet = state.wallets[0]?.wallet ?? ''
  for (const { wallet } of state.wallets) {
    const id = state.payer[wallet] ?? kept('payer.' + wallet)
    state.payer[wallet] = (payers.find((p) => p.id === id && p.wallet === wallet) ?? firstOf(wallet))?.id
  }
  state.street = orders.filter((o) => o.kind === 'show').reverse()
  const who = state.payer[state.wallet]
  const mine = who ? (await call('GET', `orders?payer=${encodeURIComponent(who)}&latest=50`)).orders.reverse() : []
  if (who !== state.payer[state.wallet]) return // another was chosen meanwhile, and asked for
  const before = state.mineOf === who ? state.mine : null
  state.mine = mine
  state.mineOf = who
  tell('book')
  if (before) for (const f of watchers.moved ?? []) f(before, mine)
})

export const loadFaults = single(async () => {
  state.faults = (await call('GET', 'faults')).rules
  tell('faults')
})

export const loadPrinter = single(async () => {
  const known = [...state.slips.values()]
  const uncut = known.find((x) => x.cut === '')
  const from = uncut ? uncut.id : Math.max(0, ...state.slips.keys()) + 1
  seePrinter(await call('GET', 'printer?from=' + from))
})

export function seePrinter(view) {
  for (const id of state.slips.keys()) if (id < view.first) state.slips.delete(id)
  for (const x of view.slips) state.slips.set(x.id, x)
  state.printer = view
  tell('printer')
}

export async function begin(lost) {
  const { wallets, window } = await call('GET', 'wallets')
  Object.assign(state, { wallets, window })
  await Promise.all([loadBook(), loadFaults(), loadPrinter()])
  tell('payer')
  const news = new EventSource('/control/events')
  news.addEventListener('book', loadBook)
  news.addEventListener('faults', loadFaults)
  news.addEventListener('printer', loadPrinter)
  news.addEventListener('open', () => lost(false))
  news.addEventListener('error', () => lost(true)) // it comes back by itself
}
