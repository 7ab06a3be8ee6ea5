// QR money without a line, as the till's pages see it: what is loaded, the code
// on show, what it led to, and the agreement with the server after.

import * as calls from '../api/calls.ts'
import { serverNow } from '../api/clock.ts'
import { live } from '../api/live.svelte.ts'
import type { OfflineLoad } from '../api/types.ts'
import { fromBase64 } from './bytes.ts'
import { looksConfirming } from './codec.ts'
import { enrolled } from './enrol.svelte.ts'
import { confirmKey } from './keys.ts'
import { hear, makeOffer, reconcile, settle, tryDigits, type KeptSlot, type News, type Offer, type Shelf, type Verdict } from './offers.ts'
import * as vault from './vault.ts'

type Rules = Omit<OfflineLoad, 'slots' | 'server_time'>

const rulesKey = 'load'
/** So many bills can be confirmed by digits during one outage. */
const enough = 20
const atOnce = 5
const again_ms = 60_000

const shelf: Shelf = {
  offers: () => vault.all<Offer>('offers'),
  slots: () => vault.all<KeptSlot>('slots'),
  putOffer: (o) => vault.put('offers', $state.snapshot(o)),
  putSlot: (s) => vault.put('slots', s),
  dropOffer: (nonce) => vault.drop('offers', nonce),
  dropSlot: (slot) => vault.drop('slots', slot),
}

class Offline {
  rules: Rules | null = $state.raw(null)
  /** offer is the code on show. */
  offer: Offer | null = $state.raw(null)
  /** pending counts the bills that the server has not been asked about. */
  pending = $state(0)
  busy = $state(false)
  #told: (n: News) => void = () => {}
  #working = false

  /** able: this till can take QR money without a line. */
  get able(): boolean {
    return enrolled.bound !== null && !!this.rules?.address
  }

  /** start loads the till while there is a line, and agrees with the server each time there is one again. */
  start(told: (n: News) => void): () => void {
    this.#told = told
    void this.#recall()
    const off = live.onTurn((line) => line === 'up' && void this.work())
    const timer = setInterval(() => live.line === 'up' && void this.work(), again_ms)
    return () => {
      off()
      clearInterval(timer)
    }
  }

  async #recall(): Promise<void> {
    await enrolled.ready
    try {
      this.rules = (await vault.read<Rules>('own', rulesKey)) ?? null
      await this.#count()
    } catch {
      return // a browser that keeps nothing takes nothing offline
    }
    await this.work()
  }

  async #count(): Promise<void> {
    this.pending = new Set((await shelf.offers()).map((o) => o.sale)).size
  }

  /** work is what can be done with a line. Whatever breaks it off, it goes on the next time. */
  async work(): Promise<void> {
    if (this.#working || !enrolled.bound || this.offer) return
    this.#working = true
    try {
      await this.#fill()
      await reconcile(shelf, { bill: calls.offlineBill, settled: calls.offlineSettled }, serverNow(), (n) => this.#told(n))
    } catch {
      // No line after all, or the server refuses this till: both show elsewhere.
    } finally {
      this.#working = false
      await this.#count().catch(() => {})
    }
  }

  async #fill(): Promise<void> {
    let free = (await shelf.slots()).filter((s) => s.sale === '').length
    do {
      const want = Math.max(0, Math.min(atOnce, enough - free))
      const { slots, server_time, ...rules } = await calls.loadOffline(want, new Date().toISOString())
      for (const s of slots) await shelf.putSlot({ ...s, rounds: rules.rounds, sale: '' })
      await vault.put('own', rules, rulesKey)
      this.rules = server_time ? rules : null
      free += slots.length
      if (slots.length === 0) return
    } while (free < enough)
  }

  /** show makes a code for a bill and keeps it before it is shown. */
  async show(sale: string, fen: number): Promise<void> {
    if (!enrolled.bound || !this.rules || this.busy) return
    this.busy = true
    try {
      this.offer = await makeOffer(shelf, enrolled.bound, { sale, fen, now_ms: serverNow(), life_s: this.rules.code_life })
      await this.#count()
    } finally {
      this.busy = false
    }
  }

  get address(): string {
    return this.offer && this.rules ? this.rules.address + this.offer.text : ''
  }

  /** scanned judges what the payer's phone shows; null: it is no confirmation at all. */
  async scanned(text: string): Promise<{ verdict: Verdict; offer?: Offer } | null> {
    const point = this.rules && fromBase64(this.rules.confirm)
    const said = text.trim().toUpperCase()
    if (!this.offer || !enrolled.bound || !point || !looksConfirming(said)) return null
    return hear(shelf, enrolled.bound, await confirmKey(point), { text: said, sale: this.offer.sale })
  }

  async typed(digits: string, manager: boolean): Promise<{ verdict: Verdict; offer?: Offer }> {
    if (!this.offer || !enrolled.bound || !this.rules) return { verdict: 'none' }
    this.busy = true
    try {
      return await tryDigits(shelf, enrolled.bound.digits, { sale: this.offer.sale, digits, limit_fen: this.rules.digits_limit.value, manager })
    } finally {
      this.busy = false
    }
  }

  /** cash: the bill on show was settled without its code. */
  async cash(): Promise<void> {
    if (this.offer) await settle(shelf, this.offer.sale)
    this.leave()
  }

  leave(): void {
    this.offer = null
    if (live.line === 'up') void this.work()
    else void this.#count()
  }
}

export const offline = new Offline()
