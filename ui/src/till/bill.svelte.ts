// The bill being rung up. It is kept in the browser, so a reload, a lock or a
// power cut does not lose it.

import type { Good, Money } from '../api/types.ts'
import { serverNow } from '../api/clock.ts'
import { newID } from '../money/id.ts'
import { fen } from '../money/money.ts'
import { emptyPad, padFen, press, type Pad, type PadKey } from '../money/pad.ts'
import { keepValue, keptValue } from '../parts/keep.ts'

/** A line without a good is an amount keyed by hand. */
export type BillLine = { key: number; good: string; name: string; price: number; count: number }

type Kept = { sale: string; lines: BillLine[]; pad: Pad }

const billKey = 'guitai.bill'
const mostOfOne = 999

class Bill {
  sale = $state('')
  lines: BillLine[] = $state([])
  pad: Pad = $state(emptyPad)
  /** times: how many of the next good; 0 when not said. */
  times = $state(0)
  chosen = $state(0)
  /** last is the line just rung up, shown large for two seconds. */
  last: BillLine | null = $state(null)
  #lastTimer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    const had = keptValue<Kept>(billKey)
    if (!Array.isArray(had?.lines)) return
    this.sale = had.sale
    this.lines = had.lines
    this.pad = had.pad?.text ? { ...had.pad, fresh: true } : emptyPad
    this.chosen = this.lines.at(-1)?.key ?? 0
  }

  get keyed(): number {
    return padFen(this.pad)
  }

  get total(): Money {
    return fen(this.lines.reduce((sum, line) => sum + line.price * line.count, 0) + this.keyed)
  }

  get count(): number {
    return this.lines.reduce((n, line) => n + line.count, 0)
  }

  get empty(): boolean {
    return this.lines.length === 0 && this.keyed === 0
  }

  /** words are what the payer's phone shows: the goods, shortened. */
  words(otherwise: string): string {
    const names = this.lines.filter((l) => l.good).map((l) => (l.count > 1 ? `${l.name}×${l.count}` : l.name))
    const text = names.join(', ') || otherwise
    return text.length > 36 ? `${text.slice(0, 35)}…` : text
  }

  /** name gives the bill a name of its own; two payments for one bill are then a conflict at the server. */
  name(): string {
    if (!this.sale) this.sale = newID('sal', serverNow())
    this.#keep()
    return this.sale
  }

  key(k: PadKey): void {
    this.pad = press(this.pad, k)
    this.#keep()
  }

  /** multiply takes the keyed figure as the count of the next good: 3 × . */
  multiply(): void {
    const n = this.keyed
    if (n === 0 || n % 100 !== 0 || n / 100 > mostOfOne) return
    this.times = n / 100
    this.pad = emptyPad
    this.#keep()
  }

  add(good: Good, name: string): void {
    const count = this.times || 1
    this.times = 0
    const same = this.lines.find((l) => l.good === good.id && l.price === good.price.value)
    if (same) same.count = Math.min(mostOfOne, same.count + count)
    const line = same ?? this.#append({ key: 0, good: good.id, name, price: good.price.value, count })
    this.#show(line)
  }

  /** addKeyed turns the figure on the pad into a line. */
  addKeyed(name: string): void {
    if (this.keyed === 0) return
    const line = this.#append({ key: 0, good: '', name, price: this.keyed, count: this.times || 1 })
    this.times = 0
    this.pad = emptyPad
    this.#show(line)
  }

  change(by: 1 | -1): void {
    const line = this.lines.find((l) => l.key === this.chosen)
    if (!line) return
    if (line.count + by < 1) return this.remove()
    line.count = Math.min(mostOfOne, line.count + by)
    this.#keep()
  }

  remove(): void {
    const at = this.lines.findIndex((l) => l.key === this.chosen)
    if (at < 0) return
    this.lines.splice(at, 1)
    this.chosen = (this.lines[at] ?? this.lines[at - 1])?.key ?? 0
    this.last = null
    this.#keep()
  }

  clear(): void {
    this.sale = ''
    this.lines = []
    this.pad = emptyPad
    this.times = 0
    this.chosen = 0
    this.last = null
    this.#keep()
  }

  /** freeze: the next digit begins a new figure, as after a payment that did not work. */
  freeze(): void {
    if (this.pad.text) this.pad = { ...this.pad, fresh: true }
    this.times = 0
    this.#keep()
  }

  /** snapshot remembers the figure; the returned function brings it back. */
  snapshot(): () => void {
    const pad = this.pad
    const times = this.times
    return () => {
      this.pad = pad
      this.times = times
      this.#keep()
    }
  }

  #append(line: BillLine): BillLine {
    line.key = 1 + this.lines.reduce((most, l) => Math.max(most, l.key), 0)
    this.lines.push(line)
    return line
  }

  #show(line: BillLine): void {
    this.chosen = line.key
    this.last = line
    clearTimeout(this.#lastTimer)
    this.#lastTimer = setTimeout(() => (this.last = null), 2000)
    this.#keep()
  }

  #keep(): void {
    keepValue(billKey, { sale: this.sale, lines: this.lines, pad: this.pad } satisfies Kept)
  }
}

export const bill = new Bill()
