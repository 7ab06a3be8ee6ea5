// One call of a page at a time, and what went wrong with it.

import { Lost, Refused } from '../api/client.ts'
import type { Trouble } from '../api/types.ts'

export class Attempt {
  busy = $state(false)
  lost = $state(false)
  trouble: Trouble | null = $state.raw(null)

  /** run reports whether it went well. While one is under way another is not begun. */
  async run(what: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    this.lost = false
    this.trouble = null
    try {
      await what()
      return true
    } catch (e) {
      if (e instanceof Refused) this.trouble = e.trouble
      else if (e instanceof Lost) this.lost = true
      else throw e
      return false
    } finally {
      this.busy = false
    }
  }
}
