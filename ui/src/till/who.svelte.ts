// Who works at this till, and whether the screen is locked.

import { onSignedOut, Refused } from '../api/client.ts'
import * as calls from '../api/calls.ts'
import { live } from '../api/live.svelte.ts'
import type { Counter, Session } from '../api/types.ts'
import { forget, keep, kept, keptValue, keepValue } from '../parts/keep.ts'
import { usualZone } from '../parts/times.ts'

const counterKey = 'guitai.counter'
const lockKey = 'guitai.locked'

class Who {
  session: Session | null = $state(null)
  /** asked: the server has said whether somebody is signed in. */
  asked = $state(false)
  locked = $state(kept(lockKey) === 'yes')
  counter: Counter | null = $state(keptValue<Counter>(counterKey))

  constructor() {
    onSignedOut(() => this.#gone())
  }

  get zone(): string {
    return this.session?.shop.time_zone || usualZone
  }

  get manages(): boolean {
    return this.session?.staff.role === 'manager' || this.session?.staff.role === 'owner'
  }

  /** recall asks whether a session is still good; a network failure is the caller's to show. */
  async recall(): Promise<void> {
    try {
      this.#come(await calls.session())
    } catch (e) {
      if (!(e instanceof Refused)) throw e
      this.#gone()
    } finally {
      this.asked = true
    }
  }

  choose(counter: Counter | null): void {
    this.counter = counter
    if (counter) keepValue(counterKey, counter)
    else forget(counterKey)
  }

  /** signIn at the counter; away is a manager's own phone, where the counter only says which shop. */
  async signIn(number: string, pin: string, where: 'here' | 'away' = 'here'): Promise<void> {
    if (!this.counter) return
    this.#come(await calls.signIn(this.counter.id, number, pin, where))
    this.#lockedIs('no')
  }

  lock(): void {
    if (this.session) this.#lockedIs('yes')
  }

  async unlock(pin: string): Promise<void> {
    if (!this.session) return
    this.#come(await calls.signIn(this.session.till.id, this.session.staff.number, pin, this.session.away ? 'away' : 'here'))
    this.#lockedIs('no')
  }

  async signOff(): Promise<void> {
    try {
      await calls.signOff()
    } catch (e) {
      if (!(e instanceof Refused)) throw e
    }
    this.#gone()
    this.#lockedIs('no')
  }

  #lockedIs(answer: 'yes' | 'no'): void {
    this.locked = answer === 'yes'
    keep(lockKey, answer)
  }

  #come(session: Session): void {
    this.session = session
    live.start()
  }

  #gone(): void {
    this.session = null
    live.stop()
  }
}

export const who = new Who()
