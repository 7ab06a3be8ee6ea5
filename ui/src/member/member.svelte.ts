// Who the customer is. Whoever has the bill asks here and puts the answer on it;
// the sheet opens by itself (Lookup.svelte).

import { previewPoints, type Forecast, type Member } from '../api/members.ts'
import type { Line, MemberOnBill } from '../sale/types.ts'

export const onBill = (m: Member): MemberOnBill => ({ id: m.id, name: m.name, points: m.free, ...(m.segment ? { price_segment: m.segment } : {}) })

class MemberDesk {
  /** asking is set while the sheet is on show: with who is on the bill now. */
  asking: { now: MemberOnBill | undefined } | null = $state.raw(null)
  #answer: ((m: MemberOnBill | null | undefined) => void) | null = null

  /** find fulfils with the member for the bill, null to take the present one off, or undefined when nothing is to change. */
  find(now?: MemberOnBill): Promise<MemberOnBill | null | undefined> {
    if (this.asking) return Promise.resolve(undefined)
    this.asking = { now }
    return new Promise((done) => (this.#answer = done))
  }

  end(m: MemberOnBill | null | undefined): void {
    const answer = this.#answer
    this.asking = null
    this.#answer = null
    answer?.(m)
  }

  /** earns tells what a bill would earn, as the server reckons it; null when it cannot be asked. */
  async earns(member: string, lines: Line[], off_fen = 0): Promise<Forecast | null> {
    try {
      return await previewPoints(member, { lines, ...(off_fen > 0 ? { discount: { off_fen } } : {}) })
    } catch {
      return null // a forecast is worth no error
    }
  }
}

export const memberDesk = new MemberDesk()
