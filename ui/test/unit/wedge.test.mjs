import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Wedge } from '../../src/parts/wedge.ts'

/** feed types text with the given gap, then Enter after it; it returns the last step. */
function feed(wedge, text, gap, start = 1000) {
  let at = start
  for (const c of text) {
    wedge.feed(c, at)
    at += gap
  }
  return wedge.feed('Enter', at)
}

test('a burst is a scan, a hand is not', () => {
  const table = [
    ['130000000000000001', 4, '130000000000000001'],
    ['130000000000000001', 34, '130000000000000001'],
    ['130000000000000001', 60, '130000000000000001'], // a slow cable; still no hand
    ['130000000000000001', 95, null],
    ['6901234567892', 10, '6901234567892'],
    ['6901234567892', 60, null], // thirteen digits may be a fast typist
    ['69012345', 10, '69012345'],
    ['1234567', 10, null],
    ['GT20261121ABCDEF', 5, 'GT20261121ABCDEF'],
    ['GT20261121ABCDEF', 60, null],
    ['', 5, null],
  ]
  for (const [text, gap, want] of table) {
    const step = feed(new Wedge(), text, gap)
    assert.equal(step.kind === 'scan' ? step.text : null, want, `${text} at ${gap} ms`)
  }
})

test('what a person typed before a burst is not part of it', () => {
  const wedge = new Wedge()
  wedge.feed('1', 0)
  wedge.feed('2', 200)
  assert.equal(feed(wedge, '6901234567892', 5, 500).text, '6901234567892')
})

test('a burst right behind a typed digit keeps only the burst, and says what to undo', () => {
  const wedge = new Wedge()
  assert.equal(wedge.feed('7', 0).kind, 'first')
  assert.equal(wedge.feed('6', 50).kind, 'fast')
  let at = 50
  for (const c of '901234567892') assert.equal(wedge.feed(c, (at += 5)).kind, 'more')
  assert.deepEqual(wedge.feed('Enter', at + 5), { kind: 'scan', text: '6901234567892', pace: 'fast' })
})

test('shift between characters does not end a burst, another key does', () => {
  const wedge = new Wedge()
  let at = 0
  for (const key of ['A', 'Shift', 'B', 'C', 'D', 'E', 'F', 'G', 'Shift', 'H']) wedge.feed(key, (at += 5))
  assert.equal(wedge.feed('Enter', at + 5).text, 'ABCDEFGH')
  for (const key of ['1', '2', '3', '4', 'Tab', '5', '6', '7', '8']) wedge.feed(key, (at += 5))
  assert.equal(wedge.feed('Enter', at + 5).kind, 'other')
})

test('two scans in a row are two scans', () => {
  const wedge = new Wedge()
  assert.equal(feed(wedge, '6901234567892', 3, 0).text, '6901234567892')
  assert.equal(feed(wedge, '6907654321098', 3, 60).text, '6907654321098')
})

test('an endless burst is bounded', () => {
  const wedge = new Wedge()
  for (let i = 0; i < 5000; i++) wedge.feed('1', i)
  const step = wedge.feed('Enter', 5001)
  assert.ok(step.kind !== 'scan' || step.text.length <= 512)
})
