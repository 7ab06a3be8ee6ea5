// A camera reads the same code many times while it is held before it.

const quiet_ms = 4000

export class Repeats {
  #text = ''
  #seen_ms = -Infinity

  /** isNew is false while the same text keeps being seen; at_ms is any clock that only goes forward. */
  isNew(text: string, at_ms: number): boolean {
    const again = text === this.#text && at_ms - this.#seen_ms < quiet_ms
    this.#text = text
    this.#seen_ms = at_ms
    return !again
  }
}
