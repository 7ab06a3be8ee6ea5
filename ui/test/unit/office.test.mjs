import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fenOf, thousandths, thousandthsOf, yuan, yuanOf } from '../../src/office/amount.ts'
import { hashOf, pageOf } from '../../src/office/place.ts'
import { atWall, wallTime } from '../../src/parts/times.ts'
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
  const page = (name, id = '', query = {}) => ({ name, id, query })
  for (const p of [page('codes'), page('codes', '', { state: 'revoked' }), page('rounds', 'rnd_1'), page('rounds', 'a/b?c'), page('items', '1001', { q: '桂花 #1', department: 'tea' })])
    assert.deepEqual(pageOf(hashOf(p)), p)
  for (const hash of ['', '#', '#/', '#//']) assert.deepEqual(pageOf(hash), page('codes'), hash)
  assert.deepEqual(pageOf('#/rounds/%'), page('rounds', '%'))
  assert.equal(hashOf({ name: 'items', query: { q: '' } }), '#/items')
})

test('prices, percents and times the usual points, as they are typed', () => {
  for (const [text, want] of Object.entries({ '0': 0, '12.5': 1250, '1000000': 100_000_000, '1000000.01': null, '': null, '-1': null, '1.234': null })) assert.equal(yuanOf(text), want, text)
  for (const n of [0, 5, 1250, 99_999_999]) assert.equal(yuanOf(yuan(n)), n)
  for (const [text, want] of Object.entries({ '0': 0, '5': 5000, '12.5': 12_500, '100': 100_000, '100.001': null, '': null, '1.2345': null, x: null })) assert.equal(thousandthsOf(text, 100_000), want, text)
  for (const [n, want] of [[0, '0'], [1000, '1'], [1500, '1.5'], [100_000, '100'], [12_345, '12.345'], [10, '0.01']]) assert.equal(thousandths(n), want)
})

test('times of the wall, in the zone of the shop', () => {
  assert.equal(atWall('2026-11-22T08:00', 'Asia/Shanghai'), '2026-11-22T00:00:00.000Z')
  assert.equal(wallTime('2026-11-22T00:00:00.000Z', 'Asia/Shanghai'), '2026-11-22T08:00')
  assert.equal(atWall('2026-07-01T08:00', 'Europe/Berlin'), '2026-07-01T06:00:00.000Z')
  for (const text of ['', 'tomorrow']) assert.equal(atWall(text, 'Asia/Shanghai'), '', text)
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
