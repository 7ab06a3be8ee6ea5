// The day's payments, newest first, kept fresh by the live news.

import * as calls from '../api/calls.ts'
import { Lost, Refused } from '../api/client.ts'
import { serverNow } from '../api/clock.ts'
import type { Payment, PaymentState, Suspense } from '../api/types.ts'
import { dayStart } from '../parts/times.ts'
import { who } from './who.svelte.ts'

export type Filter = 'all' | 'paid' | 'waiting' | 'unknown' | 'failed' | 'closed'
export type Scope = 'mine' | 'shop'

const page = 50

class Day {
  filter: Filter = $state('all')
  scope: Scope = $state('mine')
  rows: Payment[] = $state.raw([])
  suspense: Suspense[] = $state.raw([])
  cursor = $state('')
  state: 'none' | 'reading' | 'read' | 'failed' = $state('none')
  #run = 0

  get whole(): boolean {
    return this.state === 'read' && this.cursor === '' && this.filter === 'all'
  }

  #query(): calls.DayQuery {
    return {
      created_from: new Date(dayStart(serverNow(), who.zone)).toISOString(),
      state: this.filter === 'all' ? undefined : this.filter,
      till: this.scope === 'mine' ? who.session?.till.id : undefined,
      limit: page,
    }
  }

  async read(): Promise<void> {
    const run = ++this.#run
    if (this.rows.length === 0) this.state = 'reading'
    try {
      const { items, next_cursor } = await calls.payments(this.#query())
      if (run !== this.#run) return
      this.rows = items
      this.cursor = next_cursor ?? ''
      this.state = 'read'
    } catch (e) {
      if (!(e instanceof Refused) && !(e instanceof Lost)) throw e
      if (run === this.#run) this.state = 'failed'
    }
  }

  async more(): Promise<void> {
    const run = ++this.#run
    try {
      const { items, next_cursor } = await calls.payments({ ...this.#query(), cursor: this.cursor })
      if (run !== this.#run) return
      const had = new Set(this.rows.map((p) => p.id))
      this.rows = [...this.rows, ...items.filter((p) => !had.has(p.id))]
      this.cursor = next_cursor ?? ''
    } catch (e) {
      if (!(e instanceof Refused) && !(e instanceof Lost)) throw e
    }
  }

  async readSuspense(): Promise<void> {
    try {
      this.suspense = (await calls.suspense()).items.filter((s) => s.state === 'open' || s.state === 'returning')
    } catch (e) {
      if (!(e instanceof Refused) && !(e instanceof Lost)) throw e
    }
  }

  show(filter: Filter, scope: Scope): void {
    this.filter = filter
    this.scope = scope
    this.rows = []
    this.cursor = ''
    void this.read()
  }

  /** take puts a payment that changed in its place. */
  take(payment: Payment): void {
    const fits = this.#fits(payment)
    const at = this.rows.findIndex((p) => p.id === payment.id)
    if (at >= 0) this.rows = fits ? this.rows.with(at, payment) : this.rows.filter((p) => p.id !== payment.id)
    else if (fits) this.rows = [payment, ...this.rows].sort((a, b) => b.created_at.localeCompare(a.created_at))
  }

  #fits(p: Payment): boolean {
    if (this.scope === 'mine' && p.till && p.till !== who.session?.till.id) return false
    return this.filter === 'all' || (this.filter as PaymentState) === p.state
  }
}

export const day = new Day()
