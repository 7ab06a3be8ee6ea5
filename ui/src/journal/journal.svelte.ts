// A journal in memory: the one that is kept in the browser takes this file's place.

import type { Bodies, Entry, Journal, Kind, SaleBody } from './types.ts'

class Memory implements Journal {
  ready = true
  training = false
  unsent = 0
  private all: Entry[] = []
  async add<K extends Kind>(kind: K, body: Bodies[K]): Promise<Entry> {
    const entry: Entry = { seq: this.all.length + 1, id: `jen_${this.all.length + 1}`, kind, at: new Date().toISOString(), staff: '', body: JSON.stringify(body), prev: '', hash: '' }
    this.all.push(entry)
    return entry
  }
  async addSale(sale: Omit<SaleBody, 'receipt_no'>) {
    const receipt_no = `1A-${String(this.all.length + 1).padStart(6, '0')}`
    return { entry: await this.add('sale', { ...sale, receipt_no }), receipt_no }
  }
  async entries(from: number, to = Infinity): Promise<Entry[]> {
    return this.all.filter((e) => e.seq >= from && e.seq <= to)
  }
  async saleOf(find: { sale?: string; receipt_no?: string }): Promise<SaleBody | null> {
    for (const e of this.all) {
      if (e.kind !== 'sale') continue
      const s = JSON.parse(e.body) as SaleBody
      if (s.sale === find.sale || s.receipt_no === find.receipt_no) return s
    }
    return null
  }
}

export const journal: Journal = new Memory()
