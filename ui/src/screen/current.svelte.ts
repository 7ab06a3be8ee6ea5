// The payment that a customer should see: the newest of this till, as long as it matters.

import * as calls from '../api/calls.ts'
import { Lost, Refused } from '../api/client.ts'
import { serverNow } from '../api/clock.ts'
import { live } from '../api/live.svelte.ts'
import type { Payment, Session } from '../api/types.ts'

/** How long a result stays on show. */
const result_ms = 9000
/** What came before this screen was opened is shown only if it is this young. */
const young_ms = 5 * 60_000
const askAgain_ms = 4000

const final = (p: Payment) => p.state === 'paid' || p.state === 'failed' || p.state === 'closed'

class Current {
  session: Session | null = $state.raw(null)
  payment: Payment | null = $state.raw(null)
  #till = ''
  #timer: ReturnType<typeof setTimeout> | undefined

  /** start follows the till named in the address, else the one of the session. */
  start(till: string): () => void {
    this.#till = till
    const offs = [live.on((n) => n.payment && this.#take(n.payment)), live.onTurn(() => void this.#look())]
    const timer = setInterval(() => void this.#tend(), askAgain_ms)
    void this.#tend()
    return () => {
      clearInterval(timer)
      clearTimeout(this.#timer)
      for (const off of offs) off()
      live.stop()
    }
  }

  /** tend waits for somebody to sign in, and looks by itself while the line is down. */
  async #tend(): Promise<void> {
    try {
      if (!this.session || live.line === 'off') {
        this.session = await calls.session()
        this.#till ||= this.session.till.id
        live.start()
      } else if (live.line !== 'up') await this.#look()
    } catch (e) {
      if (e instanceof Refused) this.session = null
      else if (!(e instanceof Lost)) throw e
    }
  }

  async #look(): Promise<void> {
    try {
      const from = new Date(serverNow() - young_ms).toISOString()
      const { items } = await calls.payments({ created_from: from, till: this.#till, limit: 1 })
      const newest = items[0]
      if (newest && (!final(newest) || newest.id === this.payment?.id)) this.#take(newest)
    } catch (e) {
      if (!(e instanceof Refused) && !(e instanceof Lost)) throw e
    }
  }

  #take(payment: Payment): void {
    if (payment.till !== this.#till) return
    const other = this.payment && this.payment.id !== payment.id
    if (other && payment.created_at < this.payment!.created_at) return
    if (!other && this.payment && payment.updated_at < this.payment.updated_at) return
    // An end that was shown already is not shown again because of a refund.
    if (!this.payment && final(payment) && serverNow() - Date.parse(payment.paid_at ?? payment.updated_at) > result_ms) return
    const before = this.payment?.id === payment.id ? this.payment.state : ''
    this.payment = payment
    if (!final(payment) || before === payment.state) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      if (this.payment?.id === payment.id) this.payment = null
    }, result_ms)
  }
}

export const current = new Current()
