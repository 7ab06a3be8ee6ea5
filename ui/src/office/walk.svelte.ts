// A round under way. Scans are sent one after the other under names of their
// own; one that was lost is sent again until the server has answered, so that
// none is counted twice and none is forgotten, also when the page turns away.

import { Lost, Refused } from '../api/client.ts'
import * as codes from '../api/codes.ts'
import type { Round, Scan } from '../api/codes.ts'
import type { Trouble } from '../api/types.ts'
import { newID } from '../money/id.ts'
import { Repeats } from './repeats.ts'
import { withScan } from './round.ts'

const again_ms = 2000

export class Walk {
  round: Round | null = $state.raw(null)
  /** last is the newest verdict, shown large. */
  last: Scan | null = $state.raw(null)
  /** alarm stays until somebody has read it. */
  alarm: Scan | null = $state.raw(null)
  trouble: Trouble | null = $state.raw(null)
  failed = $state(false)
  #waiting: { id: string; text: string }[] = $state.raw([])
  #sending = false
  #repeats = new Repeats()
  readonly #id: string
  readonly #heard: (scan: Scan) => void

  constructor(id: string, heard: (scan: Scan) => void) {
    this.#id = id
    this.#heard = heard
  }

  /** unsent is how many scans have no answer yet. */
  get unsent(): number {
    return this.#waiting.length
  }

  async read(): Promise<void> {
    this.failed = false
    this.trouble = null
    try {
      this.round = await codes.round(this.#id)
    } catch (e) {
      this.#say(e)
    }
  }

  /** see takes what a camera sees, many times a second. */
  see(text: string): void {
    if (this.alarm === null && this.#repeats.isNew(text, performance.now())) this.scan(text)
  }

  scan(text: string): void {
    if (text.trim() === '' || this.round?.state !== 'open') return
    this.#waiting = [...this.#waiting, { id: newID('scn', Date.now()), text }]
    void this.#send()
  }

  /** read on after an alarm. */
  understood(): void {
    this.alarm = null
  }

  async end(): Promise<boolean> {
    try {
      this.round = await codes.endRound(this.#id)
      return true
    } catch (e) {
      this.#say(e)
      return false
    }
  }

  async #send(): Promise<void> {
    if (this.#sending) return
    this.#sending = true
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      try {
        this.#judged(await codes.scan(this.#id, next.id, next.text))
        this.#waiting = this.#waiting.slice(1)
        this.trouble = null
      } catch (e) {
        if (e instanceof Lost) await new Promise((done) => setTimeout(done, again_ms))
        else {
          this.#waiting = this.#waiting.slice(1)
          this.#say(e)
        }
      }
    }
    this.#sending = false
  }

  #judged(scan: Scan): void {
    this.last = scan
    if (scan.verdict === 'foreign' || scan.verdict === 'forged') this.alarm = scan
    if (this.round) this.round = withScan(this.round, scan)
    this.#heard(scan)
  }

  #say(e: unknown): void {
    if (e instanceof Refused) this.trouble = e.trouble
    else if (e instanceof Lost) this.failed = true
    else throw e
  }
}
