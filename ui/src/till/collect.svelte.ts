// The walk of one payment at the till. The name of the payment is made and
// kept in the browser before anything is sent, so that a second tap, a lost
// answer or a reload leads to the same payment and never to a second one.

import * as calls from '../api/calls.ts'
import { Lost, Refused } from '../api/client.ts'
import { serverNow } from '../api/clock.ts'
import { live } from '../api/live.svelte.ts'
import type { Money, News, Payment, Trouble, Wallet } from '../api/types.ts'
import { newID } from '../money/id.ts'
import { forget, keepValue, keptValue } from '../parts/keep.ts'
import { ticking } from '../parts/ticking.svelte.ts'
import { done, newer, stageOf, type Stage, type Step } from './stage.ts'

/** How money is taken: the till scans the payer's code, or shows one of a wallet's. */
export type Way = 'scan' | 'wechat' | 'alipay' | 'unionpay'

/** A draft is a payment as the till asks for it. The payer's code is never kept. */
export type Draft = {
  id: string
  way: Way
  amount: Money
  till: string
  sale: string
  description: string
  made_ms: number
  cancelled: boolean
  announced: boolean
}

export type Order = { amount: Money; till: string; sale: string; description: string }

const draftKey = 'guitai.collecting'
const firstWait_ms = 1000
const longestWait_ms = 8000
const pollUp_ms = 4000
const pollDown_ms = 1000
/** A draft this old that the server does not know belongs to another day or another server. */
const stale_ms = 10 * 60_000
/** A request on its way when the page was left may arrive this much later. */
const stragglers = 4

class Collect {
  draft: Draft | null = $state(null)
  step: Step = $state('none')
  payment: Payment | null = $state(null)
  trouble: Trouble | null = $state(null)
  /** again_ms: when a lost request is repeated; 0 while it is under way. */
  again_ms = $state(0)
  /** asking: the cashier's own question or cancellation is under way. */
  asking = $state(false)
  #code = ''
  #run = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #wake: () => void = () => {}
  #told = new Set<(stage: Stage, payment: Payment) => void>()

  get stage(): Stage {
    return this.#stage(ticking.now)
  }

  get busy(): boolean {
    return this.step !== 'none'
  }

  #stage(now_ms: number): Stage {
    return stageOf({ step: this.step, payment: this.payment, cancelled: this.draft?.cancelled ?? false, now_ms })
  }

  /** onEnd is told once when a payment ends, for voice and sound. */
  onEnd(told: (stage: Stage, payment: Payment) => void): () => void {
    this.#told.add(told)
    return () => this.#told.delete(told)
  }

  /** start listens to live news and goes on with whatever this till was collecting. */
  start(till: string): () => void {
    const offs = [live.on((n) => this.#news(n)), live.onTurn(() => this.#lookSoon(0))]
    if (this.busy) this.#lookSoon(0)
    else void this.#resume(till)
    return () => {
      clearTimeout(this.#timer)
      for (const off of offs) off()
    }
  }

  /** begin starts collecting; a second tap while one is going on does nothing. */
  begin(way: Way, order: Order): void {
    if (this.busy) return
    const now = serverNow()
    this.draft = { id: newID('pay', now), way, ...order, made_ms: now, cancelled: false, announced: false }
    this.payment = null
    this.trouble = null
    if (way === 'scan') this.step = 'code'
    else void this.#send()
  }

  /** scanned goes on with the payer's code. */
  scanned(code: string): void {
    if (this.step !== 'code' || !this.draft) return
    this.#code = code
    void this.#send()
  }

  async askNow(): Promise<void> {
    if (this.step === 'lost') return this.#wake()
    await this.#tell((id) => calls.askWallet(id))
  }

  async cancel(): Promise<void> {
    if (!this.draft || this.step !== 'live') return
    this.draft.cancelled = true
    this.#keep()
    await this.#tell((id) => calls.close(id))
  }

  /** again collects the same bill anew, under a new name; only once the old one is over. */
  again(way: Way): void {
    if (!this.draft || !done(this.#stage(serverNow()))) return
    const { amount, till, sale, description } = this.draft
    this.leave()
    this.begin(way, { amount, till, sale, description })
  }

  /** leave goes back to the bill. A payment that may still be taken is not left but set aside. */
  leave(): void {
    const stage = this.#stage(serverNow())
    if (stage === 'code' || stage === 'sale' || done(stage)) this.#drop()
  }

  /** setAside hands the payment over, so that the next customer can be served. */
  setAside(): Draft | null {
    const draft = this.draft
    if (this.step !== 'lost' && this.step !== 'live') return null
    this.#drop()
    return draft
  }

  #drop(): void {
    this.#run++
    clearTimeout(this.#timer)
    this.#code = ''
    this.draft = null
    this.payment = null
    this.trouble = null
    this.step = 'none'
    forget(draftKey)
  }

  #keep(): void {
    if (this.draft) keepValue(draftKey, this.draft)
  }

  #request(d: Draft) {
    const base = { id: d.id, amount: d.amount, till: d.till, sale: d.sale, tender: '1', description: d.description }
    if (d.way === 'scan') return { ...base, kind: 'scan' as const, auth_code: this.#code }
    return { ...base, kind: 'show' as const, wallet: d.way as Wallet }
  }

  /** send asks for the payment and repeats the very same request until it is answered. */
  async #send(): Promise<void> {
    const draft = this.draft
    if (!draft) return
    const run = ++this.#run
    this.#keep()
    this.step = 'sending'
    for (let wait = firstWait_ms; ; wait = Math.min(wait * 2, longestWait_ms)) {
      try {
        const payment = await calls.take(this.#request(draft))
        if (run === this.#run) this.#accept(payment)
        return
      } catch (e) {
        if (run !== this.#run) return
        if (e instanceof Refused && e.status !== 401) return this.#refused(e)
      }
      await this.#pause(wait)
      if (run !== this.#run) return
    }
  }

  /** pause shows the request as lost until it is time to repeat it. */
  async #pause(wait_ms: number): Promise<void> {
    this.step = 'lost'
    this.again_ms = serverNow() + wait_ms
    await new Promise<void>((done) => {
      const timer = setTimeout(done, wait_ms)
      this.#wake = () => {
        clearTimeout(timer)
        done()
      }
    })
    this.again_ms = 0
  }

  /** refused: nothing was stored under this name, unless an earlier request with another code was. */
  async #refused(e: Refused): Promise<void> {
    const run = this.#run
    const id = this.draft?.id ?? ''
    if (e.kind === 'conflict') {
      try {
        const stored = await calls.payment(id)
        if (run === this.#run) this.#accept(stored)
        return
      } catch {
        // Not ours: the conflict is about something else, and is told as it is.
      }
    }
    if (run !== this.#run) return
    this.trouble = e.trouble
    this.step = 'refused'
    this.#code = ''
    forget(draftKey)
  }

  async #resume(till: string): Promise<void> {
    const draft = keptValue<Draft>(draftKey)
    if (!draft?.id || this.busy) return
    this.draft = draft
    this.step = 'sending'
    const run = ++this.#run
    let wait = firstWait_ms
    for (let missing = 0; missing < stragglers; ) {
      try {
        const payment = await calls.payment(draft.id)
        if (run === this.#run) this.#accept(payment)
        return
      } catch (e) {
        if (run !== this.#run) return
        if (e instanceof Refused && e.status !== 401) {
          missing++
          if (draft.till !== till || serverNow() - draft.made_ms > stale_ms) return this.#drop()
          if (draft.way !== 'scan') return this.#send()
          await new Promise((next) => setTimeout(next, firstWait_ms))
        } else {
          await this.#pause(wait)
          wait = Math.min(wait * 2, longestWait_ms)
        }
      }
      if (run !== this.#run) return
    }
    // It never arrived. The name is kept: should it arrive after all, the next code meets it.
    this.step = 'code'
  }

  /** tell sends the cashier's wish about the payment; the answer is the payment as it then stands. */
  async #tell(wish: (id: string) => Promise<Payment>): Promise<void> {
    const id = this.draft?.id
    if (!id || this.asking) return
    this.asking = true
    try {
      this.#accept(await wish(id))
    } catch (e) {
      // Refused: it has changed meanwhile, or must wait. Lost: the next look tells.
      if (!(e instanceof Refused) && !(e instanceof Lost)) throw e
      this.#lookSoon(0)
    } finally {
      this.asking = false
    }
  }

  #accept(payment: Payment): void {
    if (payment.id !== this.draft?.id || !newer(this.payment, payment)) return
    this.payment = payment
    this.step = 'live'
    this.#code = ''
    const stage = this.#stage(serverNow())
    if (!done(stage)) return this.#lookSoon(this.#untilNextLook(payment))
    clearTimeout(this.#timer)
    if (this.draft.announced) return
    this.draft.announced = true
    this.#keep()
    for (const told of this.#told) told(stage, payment)
  }

  #news(news: News): void {
    if (news.payment) this.#accept(news.payment)
  }

  /** untilNextLook: now and then while the line is up, every second when it is not, and when something is due. */
  #untilNextLook(payment: Payment): number {
    let wait = live.line === 'up' ? pollUp_ms : pollDown_ms
    for (const at of [payment.next?.at, payment.code?.expires_at]) {
      const left = at ? Date.parse(at) - serverNow() + 400 : 0
      if (left > 0) wait = Math.min(wait, left)
    }
    return wait
  }

  #lookSoon(wait_ms: number): void {
    clearTimeout(this.#timer)
    if (this.step !== 'live') return
    const run = this.#run
    this.#timer = setTimeout(() => void this.#look(run), wait_ms)
  }

  async #look(run: number): Promise<void> {
    const id = this.draft?.id
    if (!id || run !== this.#run) return
    try {
      // A cancellation whose answer was lost is asked for again; the server takes it once.
      const closeAgain = this.draft?.cancelled && this.payment?.state === 'waiting'
      this.#accept(closeAgain ? await calls.close(id) : await calls.payment(id))
    } catch {
      // The next look tells.
    }
    if (run !== this.#run || !this.payment) return
    if (!done(this.#stage(serverNow()))) this.#lookSoon(this.#untilNextLook(this.payment))
  }
}

export const collect = new Collect()
