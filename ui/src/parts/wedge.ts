// A scanner that types like a keyboard is told from a person by its pace: a
// burst of characters closer together than any hand, ended by Enter. It is
// recognised wherever the focus is.

export type WedgeStep =
  | { kind: 'other' } // not a character: a person's key
  | { kind: 'first' } // may begin a slow burst: remember what the screen looks like
  | { kind: 'fast' } // may begin a fast burst within a slow one: remember that too
  | { kind: 'more' } // goes on with a burst
  | { kind: 'scan'; text: string; pace: 'fast' | 'slow' } // undo what it typed since then, take the text

/** Characters closer than this come from a machine. */
export const gap_ms = 35
/** A weak till or a slow cable stretches a burst; sixteen and more digits at this pace are still no hand. */
export const slowGap_ms = 90
/** EAN-8 is the shortest thing scanned at a counter. */
export const least = 8
const longest = 512

export class Wedge {
  #slow = ''
  #fast = ''
  #last_ms = -Infinity

  /** feed takes the key of a keydown event and its time stamp in milliseconds. */
  feed(key: string, at_ms: number): WedgeStep {
    const gap = at_ms - this.#last_ms
    if (key === 'Enter') return this.#end(gap)
    // Shift goes down between two characters of a burst and says nothing.
    if (key === 'Shift') return { kind: 'more' }
    if (key.length !== 1) {
      this.#clear()
      return { kind: 'other' }
    }
    this.#last_ms = at_ms
    if (this.#slow === '' || gap >= slowGap_ms || this.#slow.length >= longest) {
      this.#slow = this.#fast = key
      return { kind: 'first' }
    }
    this.#slow += key
    if (gap < gap_ms) {
      this.#fast += key
      return { kind: 'more' }
    }
    this.#fast = key
    return { kind: 'fast' }
  }

  #end(gap: number): WedgeStep {
    const [slow, fast] = [this.#slow, this.#fast]
    this.#clear()
    if (gap < gap_ms && fast.length >= least) return { kind: 'scan', text: fast, pace: fast === slow ? 'slow' : 'fast' }
    if (gap < slowGap_ms && /^\d{16,24}$/.test(slow)) return { kind: 'scan', text: slow, pace: 'slow' }
    return { kind: 'other' }
  }

  #clear(): void {
    this.#slow = this.#fast = ''
    this.#last_ms = -Infinity
  }

  /** last_ms is the time stamp of the last character. */
  get last_ms(): number {
    return this.#last_ms
  }
}
