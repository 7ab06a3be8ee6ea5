// The till's own receipt is worded and laid out as the server's, for every
// vector; and what becomes of it on the way to a printer.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bars, calm, commands } from '../../src/paper/escpos.ts'
import { clean, slip, textOf } from '../../src/paper/slip.ts'

const vectors = JSON.parse(readFileSync(new URL('../vectors/paper.json', import.meta.url), 'utf8'))
const place = { shop: '桂花里便利店', merchant: '上海桂花里便利店有限公司', address: '上海市静安区桂花里路 18 号', phone: '021-5555 0118', till: '1', cashier: '101', time_zone: 'Asia/Shanghai' }
const design = (paper) => ({
  paper, logo: '', header: ['天天平价'], footer: ['谢谢惠顾', '七日内凭小票退换'], copies: 1, density: 0, speed: 0, language: '', raster: false, signature: false,
  show: { cashier: true, member: true, discount: true, wallet_no: true, tax: false, invoice_code: true, receipt_code: true },
})

test('every receipt is as the server words it', () => {
  assert.ok(vectors.length > 30)
  for (const v of vectors) {
    const printed = new Date(Date.parse('2026-11-21T16:30:15Z') + 24 * 3600_000).toISOString()
    const on = { at: v.Sale.began, copy: v.Copy, training: v.Training, gift: v.Gift, printed_at: printed }
    assert.equal(textOf(slip(v.Sale, place, design(v.Paper), v.Language, on), v.Paper), v.Text, `${v.Name} ${v.Language} ${v.Paper}`)
  }
})

test('what would command a printer is stripped', () => {
  assert.equal(clean('a\x1b@\u202e¥ \t b'), 'a@￥ b')
})

test('dots never spell a real-time command', () => {
  const strip = calm(new Uint8Array([0x10, 0x04, 0x10, 0x05, 0x10, 0x14, 0x10, 0x06]))
  for (let i = 0; i + 1 < strip.length; i++) assert.ok(!(strip[i] === 0x10 && [0x04, 0x05, 0x14].includes(strip[i + 1])))
})

test('a picture is sent in strips with its size, and cut', () => {
  const dots = new Uint8Array(48 * 200).fill(0xff)
  const b = commands({ across: 48, lines: 200, dots }, { density: 2, speed: 0, copies: 2, drawer: true })
  assert.deepEqual([...b.slice(0, 2)], [0x1b, 0x40])
  const cuts = [...b].filter((x, i) => x === 0x1d && b[i + 1] === 0x56).length
  assert.equal(cuts, 2)
  assert.equal(b.length, 7 + 2 + 5 + 2 * (2 * 8 + dots.length + 4))
})

test('bars begin and end as Code 128 does', () => {
  const m = bars('1A-000042')
  assert.equal(m.slice(0, 11).join(''), '11010010000')
  assert.equal(m.slice(-13).join(''), '1100011101011')
  assert.equal(m.length, 11 * (9 + 2) + 13)
})
