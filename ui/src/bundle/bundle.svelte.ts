// A bundle in memory: the one that is kept in the browser takes this file's place.

import type { Bundle, Item, Settings } from './types.ts'

const settings: Settings = {
  blind_count: false,
  float_fen: 50000,
  lock_after_s: 300,
  number_pad: 'calculator',
  language: 'zh-CN',
  voice: { on: true, language: 'zh-CN' },
  sounds: true,
  approvals: { void: 'limit', return: 'limit', return_without_receipt: 'manager', discount: 'limit', price_change: 'limit', drawer: 'limit', cancel_line: 'free', cancel_bill: 'free', pay_out: 'manager', reprint: 'free' },
  tenders: ['cash', 'wallet'],
  weighed: [],
  shortcuts: {},
  receipt: {
    paper: 80, logo: '', header: [], footer: [], copies: 1, density: 0, speed: 0, language: 'zh-CN', raster: false, signature: false,
    show: { cashier: true, member: true, discount: true, wallet_no: true, tax: false, invoice_code: true, receipt_code: true },
  },
  printers: [],
}

class Memory implements Bundle {
  ready = true
  renewed_ms = 0
  departments = []
  items: Item[] = []
  staff = []
  settings = $state(settings)
  item(code: string) {
    return this.items.find((i) => i.code === code)
  }
  byBarcode(barcode: string) {
    return this.items.find((i) => i.barcodes.includes(barcode))
  }
  price(item: Item) {
    return item.price_fen
  }
}

export const bundle: Bundle = new Memory()
