// Payments set aside while their result was unknown. The server goes on asking
// for them; the till shows how many there are and tells how each ended.

import * as calls from '../api/calls.ts'
import { Refused } from '../api/client.ts'
import { serverNow } from '../api/clock.ts'
import { live } from '../api/live.svelte.ts'
import type { Money, Payment } from '../api/types.ts'
import { keepValue, keptValue } from '../parts/keep.ts'
import type { Draft } from './collect.svelte.ts'

export type Parked = { id: string; amount: Money; made_ms: number }

const parkedKey = 'guitai.parked'
const look_ms = 10_000
/** A payment the server does not know this long after it was asked for never arrived. */
const never_ms = 60_000

export type Ended = 'paid' | 'not'

class ParkedPayments {
  all: Parked[] = $state(keptValue<Parked[]>(parkedKey) ?? [])

  add(draft: Draft): void {
    this.all.push({ id: draft.id, amount: draft.amount, made_ms: draft.made_ms })
    keepValue(parkedKey, this.all)
  }

  /** watch follows each to its end and tells it. */
  watch(told: (p: Parked, how: Ended) => void): () => void {
    const off = live.on((n) => n.payment && this.#judge(n.payment, told))
    const timer = setInterval(() => void this.#look(told), look_ms)
    return () => {
      off()
      clearInterval(timer)
    }
  }

  async #look(told: (p: Parked, how: Ended) => void): Promise<void> {
    for (const p of [...this.all]) {
      try {
        this.#judge(await calls.payment(p.id), told)
      } catch (e) {
        const never = e instanceof Refused && e.status === 404 && serverNow() - p.made_ms > never_ms
        if (never) this.#end(p, 'not', told)
      }
    }
  }

  #judge(payment: Payment, told: (p: Parked, how: Ended) => void): void {
    const p = this.all.find((one) => one.id === payment.id)
    if (!p || !['paid', 'failed', 'closed'].includes(payment.state)) return
    this.#end(p, payment.state === 'paid' ? 'paid' : 'not', told)
  }

  #end(p: Parked, how: Ended, told: (p: Parked, how: Ended) => void): void {
    this.all = this.all.filter((one) => one.id !== p.id)
    keepValue(parkedKey, this.all)
    told(p, how)
  }
}

export const parked = new ParkedPayments()
