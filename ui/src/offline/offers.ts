// What a till without a line asked payers for, and what it believes. Nothing
// here needs the network; what is kept goes through a shelf, so that tests have
// one of their own.

import { base64, fromBase64, type Bytes } from './bytes.ts'
import { confirms, nonceSize, readConfirmation, writeCode } from './codec.ts'
import { rightDigits, type Slot, type TillKeys } from './keys.ts'

/** Offer is one code. It is kept before the code is shown. */
export type Offer = {
  nonce: string // base64url
  sale: string
  tender: string
  fen: number
  slot: number // 0: none
  expires_s: number
  text: string
  made_ms: number
  tries: number // wrong digits, counted before they are judged
  state: 'open' | 'confirmed' | 'settled'
  how?: 'code' | 'digits'
  paid_s?: number
  /** disputed: confirmed here, and the server knows of no money. */
  disputed?: boolean
}

export type KeptSlot = Slot & { sale: string } // sale: '' while it is free

/** Shelf is where offers and slots are kept. A promise that is fulfilled is kept. */
export type Shelf = {
  offers(): Promise<Offer[]>
  slots(): Promise<KeptSlot[]>
  putOffer(o: Offer): Promise<unknown>
  putSlot(s: KeptSlot): Promise<unknown>
  dropOffer(nonce: string): Promise<unknown>
  dropSlot(slot: number): Promise<unknown>
}

export type Verdict = 'paid' | 'again' | 'other' | 'stranger' | 'wrong' | 'spent' | 'manager' | 'none'

export const mostTries = 3
export const tender = '1'

type Wanted = { sale: string; fen: number; now_ms: number; life_s: number }

/** makeOffer makes one more code for a bill. Codes of one bill share its slot. */
export async function makeOffer(shelf: Shelf, keys: Pick<TillKeys, 'code' | 'token'>, w: Wanted): Promise<Offer> {
  const nonce = crypto.getRandomValues(new Uint8Array(nonceSize))
  const slot = await slotFor(shelf, w.sale)
  const expires_s = Math.floor(w.now_ms / 1000) + w.life_s
  const text = await writeCode({ key: keys.token, fen: w.fen, expires_s, slot, nonce, sale: w.sale, tender }, keys.code)
  const tries = Math.max(0, ...(await shelf.offers()).filter((o) => o.slot !== 0 && o.slot === slot).map((o) => o.tries))
  const offer: Offer = { nonce: base64(nonce), sale: w.sale, tender, fen: w.fen, slot, expires_s, text, made_ms: w.now_ms, tries, state: 'open' }
  await shelf.putOffer(offer)
  return offer
}

async function slotFor(shelf: Shelf, sale: string): Promise<number> {
  const slots = await shelf.slots()
  const slot = slots.find((s) => s.sale === sale) ?? slots.find((s) => s.sale === '')
  if (!slot) return 0
  if (slot.sale === '') await shelf.putSlot({ ...slot, sale })
  return slot.slot
}

/** ofSale are the codes of a bill, the newest first. */
const ofSale = (offers: Offer[], sale: string): Offer[] => offers.filter((o) => o.sale === sale).sort((a, b) => b.made_ms - a.made_ms)

type Heard = { verdict: Verdict; offer?: Offer }

/** hear judges a scanned confirmation for the bill that is on show. */
export async function hear(shelf: Shelf, keys: Pick<TillKeys, 'token'>, confirm: CryptoKey, scanned: { text: string; sale: string }): Promise<Heard> {
  const c = readConfirmation(scanned.text)
  const offers = await shelf.offers()
  const offer = c && offers.find((o) => o.nonce === base64(c.nonce))
  if (!c || !offer) return { verdict: 'stranger' }
  const code = { key: keys.token, fen: offer.fen, nonce: fromBase64(offer.nonce) as Bytes, sale: offer.sale, tender: offer.tender }
  if (!(await confirms(c, code, confirm))) return { verdict: 'stranger' }
  if (offer.sale !== scanned.sale) return { verdict: 'other', offer }
  return end(shelf, ofSale(offers, offer.sale), { how: 'code', paid_s: c.paid_s })
}

type Ending = Pick<Offer, 'how' | 'paid_s'>

/** end marks a bill as paid, once. */
async function end(shelf: Shelf, offers: Offer[], ending: Ending): Promise<Heard> {
  const already = offers.find((o) => o.state !== 'open')
  if (already) return { verdict: 'again', offer: already }
  for (const o of offers) await shelf.putOffer({ ...o, ...ending, state: 'confirmed' })
  return { verdict: 'paid', offer: offers[0] }
}

type Typed = { sale: string; digits: string; limit_fen: number; manager: boolean }

/** tryDigits judges eight digits for a bill. Each try is kept before it is judged. */
export async function tryDigits(shelf: Shelf, key: CryptoKey, typed: Typed): Promise<Heard> {
  const offers = ofSale(await shelf.offers(), typed.sale)
  const offer = offers[0]
  const slot = offer && (await shelf.slots()).find((s) => s.slot === offer.slot)
  if (!offer || !slot) return { verdict: 'none' }
  if (offers.some((o) => o.state !== 'open')) return { verdict: 'again', offer }
  if (offer.fen > typed.limit_fen && !typed.manager) return { verdict: 'manager', offer }
  const tries = Math.max(...offers.map((o) => o.tries))
  if (tries >= mostTries) return { verdict: 'spent', offer }
  for (const o of offers) await shelf.putOffer({ ...o, tries: tries + 1 })
  if (!(await rightDigits(key, slot, typed.digits))) return { verdict: tries + 1 >= mostTries ? 'spent' : 'wrong', offer }
  return end(shelf, ofSale(await shelf.offers(), typed.sale), { how: 'digits' })
}

/** settle marks a bill as settled otherwise; the server is told when there is a line. */
export async function settle(shelf: Shelf, sale: string): Promise<void> {
  for (const o of ofSale(await shelf.offers(), sale)) if (o.state === 'open') await shelf.putOffer({ ...o, state: 'settled' })
}

/** Known is what the server says of a bill. */
export type Known = { settled: boolean; payment?: { state: string } }

export type News = { sale: string; fen: number; what: 'agreed' | 'paid' | 'disputed' | 'told' | 'lapsed' }

type Ask = { bill(sale: string, tender: string): Promise<Known>; settled(sale: string, tender: string): Promise<Known> }

/** reconcile asks the server about every bill and drops what both agree on. It may be broken off anywhere and begun again. */
export async function reconcile(shelf: Shelf, ask: Ask, now_ms: number, told: (n: News) => void): Promise<void> {
  const offers = await shelf.offers()
  for (const sale of new Set(offers.map((o) => o.sale))) {
    const mine = ofSale(offers, sale)
    const state = mine.find((o) => o.state !== 'open')?.state ?? 'open'
    const known = state === 'settled' ? await ask.settled(sale, tender) : await ask.bill(sale, tender)
    const what = judge(mine, state, known, now_ms)
    if (!what) continue
    const news = { sale, fen: mine[0]!.fen, what }
    if (what === 'disputed') {
      if (mine.some((o) => !o.disputed)) told(news)
      for (const o of mine) await shelf.putOffer({ ...o, disputed: true })
      continue
    }
    for (const o of mine) await shelf.dropOffer(o.nonce)
    const slot = (await shelf.slots()).find((s) => s.sale === sale)
    if (slot) await shelf.dropSlot(slot.slot)
    told(news)
  }
}

function judge(mine: Offer[], state: Offer['state'], known: Known, now_ms: number): News['what'] | null {
  const paid = known.payment?.state === 'paid'
  if (state === 'settled') return known.settled ? 'told' : null
  if (state === 'confirmed') return paid ? 'agreed' : 'disputed'
  if (paid) return 'paid'
  const over = mine.every((o) => o.expires_s * 1000 + grace_ms < now_ms)
  const ended = !known.payment || known.payment.state === 'closed' || known.payment.state === 'failed'
  return over && ended ? 'lapsed' : null
}

/** A code may be opened until two minutes after its end, and then be paid for two. */
const grace_ms = 5 * 60_000
