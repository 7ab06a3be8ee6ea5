import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fenOf } from '../../src/office/amount.ts'
import { hashOf, pageOf } from '../../src/office/place.ts'
import { Repeats } from '../../src/office/repeats.ts'
import { withScan } from '../../src/office/round.ts'

test('amounts are read to the fen, and nothing else is an amount', () => {
  const table = {
    '8': 800, '8.8': 880, '8.80': 880, '8,80': 880, ' 0.01 ': 1, '50000': 5_000_000, '50000.00': 5_000_000, '1.10': 110, '0.29': 29, '4.35': 435,
    '': null, '0': null, '0.00': null, '50000.01': null, '8.801': null, '8.': null, '.8': null, '-1': null, '1e3': null, '1 000': null, '八': null, '1234567': null,
  }
  for (const [text, want] of Object.entries(table)) assert.equal(fenOf(text), want, JSON.stringify(text))
})

test('every page has an address, and every address a page', () => {
  for (const page of [{ name: 'codes', state: 'valid' }, { name: 'codes', state: 'revoked' }, { name: 'codes', state: 'all' }, { name: 'rounds' }, { name: 'round', id: 'rnd_1' }, { name: 'round', id: 'a/b?c' }])
    assert.deepEqual(pageOf(hashOf(page)), page)
  for (const hash of ['', '#', '#/nowhere', '#/codes?state=torn', '#//']) assert.deepEqual(pageOf(hash), { name: 'codes', state: 'valid' }, hash)
  assert.deepEqual(pageOf('#/rounds/%'), { name: 'round', id: '%' })
})

test('a code that is held before the camera counts once', () => {
  const seen = new Repeats()
  const steps = [['a', 0, true], ['a', 100, false], ['a', 3000, false], ['a', 6000, false], ['b', 6100, true], ['a', 6200, true], ['a', 10_300, true]]
  for (const [text, at, want] of steps) assert.equal(seen.isNew(text, at), want, `${text} at ${at}`)
})

const code = (id) => ({ id, name: id, mark: id, shop: { id: 's', name: 's' } })
const scan = (id, verdict, of) => ({ id, place: 1, verdict, misplaced: false, at: '', code: of && code(of) })

test('a round after its scans', () => {
  const begun = { id: 'r', state: 'open', found: [], missing: [code('a'), code('b')], scans: [], clean: false }
  let round = withScan(begun, scan('1', 'ours', 'b'))
  assert.deepEqual(round.found.map((c) => c.id), ['b'])
  assert.deepEqual(round.missing.map((c) => c.id), ['a'])
  assert.equal(withScan(round, scan('1', 'ours', 'b')), round, 'the same scan again')
  for (const other of [scan('2', 'doubled', 'b'), scan('3', 'revoked', 'a'), scan('4', 'foreign'), scan('5', 'ours', 'elsewhere')]) {
    round = withScan(round, other)
    assert.deepEqual(round.missing.map((c) => c.id), ['a'], other.verdict)
  }
  assert.equal(round.scans.length, 5)
  assert.equal(begun.scans.length, 0, 'the old one stays as it was')
})
