// A manager's leave for one act of the till. Whoever needs one asks here and
// gets its name, or null; the sheet opens by itself (Approving.svelte).

import type { Act } from '../bundle/types.ts'

export type Asked = { act: Act; amount_fen: number; about: string; sale: string }

class Approve {
  /** asked is what the sheet on show is about. */
  asked: Asked | null = $state.raw(null)
  #answer: ((approval: string | null) => void) | null = null

  /** ask fulfils with the approval's name (apr_…), or null when it was refused or given up. One at a time: a second one is given up at once. */
  ask(act: Act, amount_fen: number, about: string, sale = ''): Promise<string | null> {
    if (this.asked) return Promise.resolve(null)
    this.asked = { act, amount_fen, about, sale }
    return new Promise((done) => (this.#answer = done))
  }

  /** end closes the sheet with its answer. */
  end(approval: string | null): void {
    const answer = this.#answer
    this.asked = null
    this.#answer = null
    answer?.(approval)
  }
}

export const approve = new Approve()
