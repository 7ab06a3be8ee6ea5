import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newID } from '../../src/money/id.ts'
import { fen, written } from '../../src/money/money.ts'
import { emptyPad, padFen, padKey, padOf, press } from '../../src/money/pad.ts'
import { plainCode, walletByPrefix, walletOf } from '../../src/money/wallet.ts'

test('an amount is written with its sign and two decimals', () => {
  const table = [
    [fen(0), '¥0.00'],
    [fen(5), '¥0.05'],
    [fen(1250), '¥12.50'],
    [fen(123456789), '¥1,234,567.89'],
    [fen(-320), '-¥3.20'],
    [fen(100000), '¥1,000.00'],
    [{ value: 1, currency: 'HKD' }, 'HK$0.01'],
    [{ value: 250, currency: 'XTS' }, 'XTS 2.50'],
  ]
  for (const [amount, want] of table) assert.equal(written(amount), want)
})

const type = (text, from = emptyPad) => [...text].reduce((pad, key) => press(pad, key === 'D' ? '00' : key === '<' ? 'back' : key === 'C' ? 'clear' : key), from)

test('the number pad reads what a cashier keys', () => {
  const table = [
    ['', '', 0],
    ['12.50', '12.50', 1250],
    ['12.5', '12.5', 1250],
    ['.5', '0.5', 50],
    ['5D', '500', 50000],
    ['D', '0', 0],
    ['0D7', '7', 700],
    ['007', '7', 700],
    ['1.2.3', '1.23', 123],
    ['1.2345', '1.23', 123],
    ['1.D', '1.00', 100],
    ['1.5D', '1.50', 150],
    ['12345678', '1234567', 123456700],
    ['12<', '1', 100],
    ['1<', '', 0],
    ['<', '', 0],
    ['1.<', '1', 100],
    ['99C', '', 0],
  ]
  for (const [keys, text, amount] of table) {
    const pad = type(keys)
    assert.equal(pad.text, text, keys)
    assert.equal(padFen(pad), amount, keys)
  }
})

test('the first digit replaces a starting value, and backspace clears it', () => {
  assert.equal(padOf(1250).text, '12.50')
  assert.equal(type('3', padOf(1250)).text, '3')
  assert.equal(type('.', padOf(1250)).text, '0.')
  assert.equal(type('<', padOf(1250)).text, '')
  assert.deepEqual(padOf(0), emptyPad)
})

test('both decimal keys of every layout are understood', () => {
  for (const key of ['.', ',', 'Decimal']) assert.equal(padKey(key), '.')
  assert.equal(padKey('7'), '7')
  assert.equal(padKey('Backspace'), 'back')
  for (const key of ['F4', 'a', 'Enter', '*', '+']) assert.equal(padKey(key), null)
})

test('a name has the layout of a UUID version 7 and sorts by time', () => {
  // The server makes these very names from these very bytes.
  assert.equal(newID('pay', 0, (b) => b.fill(0)), 'pay_0000000001r010000000000000')
  assert.equal(newID('pay', 0x0192f0c1e123, (b) => b.set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 6)), 'pay_069f1gf14drg50r40m30e20918')
  const early = newID('pay', 1_700_000_000_000)
  const late = newID('pay', 1_700_000_000_001)
  assert.match(early, /^pay_[0-9a-hjkmnp-tv-z]{26}$/)
  assert.ok(early < late)
  assert.notEqual(newID('pay', 1), newID('pay', 1))
})

test('a payer’s code tells its wallet by prefix and length', () => {
  const table = [
    ['130000000000000001', 'wechat'],
    ['100000000000000001', 'wechat'],
    ['159999999999999999', 'wechat'],
    ['1300000000000001', null], // 16 digits: too short for WeChat Pay
    ['2800000000000001', 'alipay'],
    ['250000000000000001', 'alipay'],
    ['301234567890123456789012', 'alipay'],
    ['3012345678901234567890123', null],
    ['6212345678901234567', 'unionpay'],
    ['621234567890123456', null],
    ['160000000000000001', null],
    ['6901234567892', null], // EAN-13
    ['13000000000000000x', null],
    ['', null],
  ]
  for (const [code, want] of table) assert.equal(walletOf(code), want, code)
  assert.equal(walletByPrefix('13'), 'wechat')
  assert.equal(walletByPrefix('1'), null)
  assert.equal(walletOf(plainCode(' 1300 0000-0000 000001')), 'wechat')
})
