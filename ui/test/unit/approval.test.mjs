// What a till without a line and the server must agree on, against one file of
// vectors; the Go side reads the same (office/approval_test.go).

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { alike, digitsFor, linkOf, nameOf, newChallenge } from '../../src/approve/offline.ts'
import { fromBase64 } from '../../src/offline/bytes.ts'
import { milliOf, plain, readDepartments, readGifts } from '../../src/office/rules.ts'

const vectors = JSON.parse(await readFile(new URL('../vectors/approval.json', import.meta.url), 'utf8'))
const key = await crypto.subtle.importKey('raw', fromBase64(vectors.approval_key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])

test('eight digits and the name are those that the server reckons', async () => {
  assert.ok(vectors.cases.length > 3)
  for (const c of vectors.cases) {
    assert.equal(await digitsFor(key, c), c.digits)
    assert.equal(await nameOf(c.till, c.challenge), c.name)
  }
})

test('a challenge is thirteen digits of forty bits', () => {
  assert.equal(newChallenge((b) => b.fill(0)), '0000000000000')
  assert.equal(newChallenge((b) => b.fill(255)), '1099511627775')
  assert.match(newChallenge(), /^\d{13}$/)
})

test('the link carries all that is asked, and nothing secret', () => {
  const link = linkOf('https://shop.example', { till: 'til_1', act: 'void', amount_fen: 100, challenge: '0000000000001' })
  assert.equal(link, 'https://shop.example/office#/approvals?till=til_1&act=void&fen=100&c=0000000000001')
})

test('texts are compared whole', () => {
  assert.ok(alike('12345678', '12345678'))
  for (const wrong of ['', '1', '12345679', '02345678', '123456789']) assert.ok(!alike('12345678', wrong), wrong)
})

test('rules are typed a line each', () => {
  assert.deepEqual(readDepartments('drinks 2\n\nfresh 1.5'), { ok: [{ department: 'drinks', times_milli: 2000 }, { department: 'fresh', times_milli: 1500 }] })
  assert.deepEqual(readDepartments('drinks 2\nfresh'), { wrong: 2 })
  const had = [{ id: 'mug', name: '马克杯', points: 1, item: '1001' }]
  assert.deepEqual(readGifts('马克杯 500；十元券 800 10 30', had, (i) => `new${i}`), {
    ok: [{ id: 'mug', name: '马克杯', points: 500, item: '1001' }, { id: 'new1', name: '十元券', points: 800, voucher_fen: 1000, days: 30 }],
  })
  assert.deepEqual(readGifts('杯', had, String), { wrong: 1 })
  for (const milli of [0, 1, 1000, 2500, 12345]) assert.equal(milliOf(plain(milli)), milli)
})
