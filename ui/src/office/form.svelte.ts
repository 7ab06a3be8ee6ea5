// What every form of the office does alike: it is sent once at a time, a
// refusal stands at the field that it is about, else above the form.

import { Lost, Refused } from '../api/client.ts'
import type { Trouble } from '../api/types.ts'

export class Form {
  busy = $state(false)
  trouble: Trouble | null = $state.raw(null)
  field = $state('')
  lost = $state(false)
  /** own: fields that the form itself finds wrong, with what to say. */
  own: Record<string, string> = $state.raw({})
  #fields: string[]

  /** fields: those that the form shows, by their names in the API. */
  constructor(fields: string[]) {
    this.#fields = fields
  }

  /** at is what is wrong with a field; empty: nothing. */
  at(field: string): string {
    return this.own[field] ?? (this.trouble && this.field === field ? `${this.trouble.what}。${this.trouble.todo}` : '')
  }

  /** above is what is wrong with none of the fields. */
  get above(): Trouble | null {
    return this.trouble && !this.#fields.includes(this.field) ? this.trouble : null
  }

  /** stale: somebody else was faster. */
  get stale(): boolean {
    return this.trouble?.code === 'changed_meanwhile'
  }

  clear(): void {
    this.trouble = null
    this.field = ''
    this.lost = false
    this.own = {}
  }

  /** check keeps what the form finds wrong itself, and says whether all is well. */
  check(own: Record<string, string | false>): boolean {
    this.clear()
    this.own = Object.fromEntries(Object.entries(own).filter((e): e is [string, string] => typeof e[1] === 'string' && e[1] !== ''))
    return Object.keys(this.own).length === 0
  }

  /** send makes one call; undefined when it was refused, lost, or one is under way. */
  async send<T>(call: () => Promise<T>): Promise<T | undefined> {
    if (this.busy) return undefined
    this.busy = true
    this.clear()
    try {
      return await call()
    } catch (e) {
      if (e instanceof Refused) {
        this.trouble = e.trouble
        this.field = e.field
      } else if (e instanceof Lost) this.lost = true
      else throw e
      return undefined
    } finally {
      this.busy = false
    }
  }
}
