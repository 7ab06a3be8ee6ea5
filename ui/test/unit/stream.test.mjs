import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reader } from '../../src/api/sse.ts'
import { dayStart, span } from '../../src/parts/times.ts'

const text = ': hi\n\nid: 7\nevent: payment.paid\ndata: {"n":7}\n\nevent: two\r\ndata: a\r\ndata: b\r\n\r\ndata:x\n\n'
const want = [
  { id: '7', event: 'payment.paid', data: '{"n":7}' },
  { id: '7', event: 'two', data: 'a\nb' },
  { id: '7', event: 'message', data: 'x' },
]

test('a stream of events is read the same however it is cut', () => {
  for (let cut = 1; cut < text.length; cut++) {
    const got = []
    const take = reader((m) => got.push(m))
    for (let at = 0; at < text.length; at += cut) take(text.slice(at, at + cut))
    assert.deepEqual(got, want, `cut every ${cut}`)
  }
})

test('an event without data or without an end is not delivered', () => {
  const got = []
  const take = reader((m) => got.push(m))
  take('event: hello\n\nid: 1\ndata: unfinished\n')
  assert.deepEqual(got, [])
})

test('a line without end is refused', () => {
  const take = reader(() => {})
  assert.throws(() => take('x'.repeat((1 << 20) + 1)), /too long/)
})

test('the shop’s day begins at its own midnight', () => {
  const table = [
    ['2026-11-21T15:59:59.999Z', 'Asia/Shanghai', '2026-11-20T16:00:00.000Z'],
    ['2026-11-21T16:00:00.000Z', 'Asia/Shanghai', '2026-11-21T16:00:00.000Z'],
    ['2026-11-21T08:00:00.000Z', 'UTC', '2026-11-21T00:00:00.000Z'],
    ['2026-03-29T12:00:00.000Z', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'], // the clock jumps on this day
    ['2026-10-25T12:00:00.000Z', 'Europe/Berlin', '2026-10-24T22:00:00.000Z'],
  ]
  for (const [now, zone, start] of table) assert.equal(new Date(dayStart(Date.parse(now), zone)).toISOString(), start, `${now} ${zone}`)
})

test('time left is rounded up, so that it never shows 0:00 too early', () => {
  const table = [[0, '0:00'], [1, '0:01'], [1000, '0:01'], [59_001, '1:00'], [61_000, '1:01'], [3_600_000, '60:00'], [-5, '0:00']]
  for (const [ms, want] of table) assert.equal(span(ms), want)
})
