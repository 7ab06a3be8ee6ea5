// What is said after a wrong PIN, and how long the door stays shut after too many.

import { Lost, Refused } from '../api/client.ts'
import { serverNow } from '../api/clock.ts'
import { t } from '../i18n/words.svelte.ts'
import { span } from '../parts/times.ts'
import { ticking } from '../parts/ticking.svelte.ts'

export class Tries {
  #said = $state('')
  #until_ms = $state(0)

  /** shut while too many wrong tries lie too close behind. */
  get shut(): boolean {
    return this.#until_ms > 0 && this.#until_ms > ticking.now
  }

  get words(): string {
    if (this.shut) return t('in.locked', { time: span(this.#until_ms - ticking.now) })
    return this.#said
  }

  clear(): void {
    this.#said = ''
  }

  failed(e: unknown): void {
    if (e instanceof Refused) {
      this.#said = [e.trouble.what, e.trouble.todo].filter(Boolean).join(t('in.join'))
      if (e.retryAfter_ms > 0) {
        this.#until_ms = serverNow() + e.retryAfter_ms
        this.#said = ''
      }
    } else if (e instanceof Lost) this.#said = `${t('lost.title')}${t('in.join')}${t('lost.todo')}`
    else throw e
  }
}
