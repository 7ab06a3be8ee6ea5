// What a till without a line believes, and how it agrees with the server after.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { base64, fromBase64, join, number32, utf8 } from '../../src/offline/bytes.ts'
import { hear, makeOffer, reconcile, settle, tryDigits } from '../../src/offline/offers.ts'

/** shelf keeps everything in memory, and forgets nothing that it said it kept. */
function shelf(slots = []) {
  const offers = new Map()
  const kept = new Map(slots.map((s) => [s.slot, s]))
  const copy = (map) => [...map.values()].map((v) => structuredClone(v))
  return {
    offers: async () => copy(offers),
    slots: async () => copy(kept),
    putOffer: async (o) => offers.set(o.nonce, structuredClone(o)),
    putSlot: async (s) => kept.set(s.slot, structuredClone(s)),
    dropOffer: async (nonce) => offers.delete(nonce),
    dropSlot: async (slot) => kept.delete(slot),
  }
}

const hmac = () => crypto.subtle.importKey('raw', randomBytes(32), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
const signer = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
const keys = { token: new Uint8Array(randomBytes(10)), code: await hmac(), digits: await hmac() }
const now_ms = Date.UTC(2026, 10, 22, 4)
const order = (sale, fen = 1250) => ({ sale, fen, now_ms, life_s: 600 })

function base32(bytes) {
  let out = ''
  let bits = ''
  for (const b of bytes) bits += b.toString(2).padStart(8, '0')
  for (let i = 0; i < bits.length; i += 5) out += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[parseInt(bits.slice(i, i + 5).padEnd(5, '0'), 2)]
  return out
}

/** the server's word on an offer. */
async function confirmation(o, change = {}) {
  const c = { ...o, ...change }
  const nonce = fromBase64(c.nonce)
  const numbers = join(number32(c.fen), number32(Math.floor(now_ms / 1000)))
  const named = join(new Uint8Array([c.sale.length]), utf8(c.sale), new Uint8Array([1]), utf8('1'))
  const signed = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, signer.privateKey, join(utf8('guitai offline paid 1\0'), keys.token, nonce, numbers, named))
  return `GTC${base32(join(new Uint8Array([1]), nonce, numbers, new Uint8Array(signed)))}`
}

/** a slot whose digits are known here; few rounds, so that the tests are quick. */
async function slot(n, digits) {
  const salt = new Uint8Array(randomBytes(16))
  const peppered = await crypto.subtle.sign('HMAC', keys.digits, join(number32(n), utf8(digits)))
  const base = await crypto.subtle.importKey('raw', peppered, 'PBKDF2', false, ['deriveBits'])
  const hash = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 1000 }, base, 256)
  return { slot: n, salt: base64(salt), hash: base64(new Uint8Array(hash)), rounds: 1000, sale: '' }
}

test('a confirmation ends its own bill, once', async () => {
  const s = shelf()
  const first = await makeOffer(s, keys, order('sal_1'))
  const second = await makeOffer(s, keys, order('sal_1'))
  const other = await makeOffer(s, keys, order('sal_2'))
  assert.notEqual(first.nonce, second.nonce)
  const ask = async (text, sale) => (await hear(s, keys, signer.publicKey, { text, sale })).verdict
  assert.equal(await ask('GTCAAAA', 'sal_1'), 'stranger')
  assert.equal(await ask(await confirmation(first, { fen: 1251 }), 'sal_1'), 'stranger')
  assert.equal(await ask(await confirmation(first, { sale: 'sal_9' }), 'sal_1'), 'stranger')
  assert.equal(await ask(await confirmation(first, { nonce: base64(randomBytes(16)) }), 'sal_1'), 'stranger')
  assert.equal(await ask(await confirmation(other), 'sal_1'), 'other')
  assert.equal(await ask(await confirmation(first), 'sal_1'), 'paid')
  assert.equal(await ask(await confirmation(second), 'sal_1'), 'again')
  assert.equal(await ask(await confirmation(other), 'sal_2'), 'paid')
  assert.ok((await s.offers()).every((o) => o.state === 'confirmed' && o.how === 'code'))
})

test('eight digits: three tries, one bill, small amounts', async () => {
  const s = shelf([await slot(1, '00000001'), await slot(2, '00000002')])
  const guess = async (sale, digits, more = {}) => (await tryDigits(s, keys.digits, { sale, digits, limit_fen: 20_000, manager: false, ...more })).verdict
  assert.equal(await guess('sal_0', '00000001'), 'none')
  const a = await makeOffer(s, keys, order('sal_1'))
  const again = await makeOffer(s, keys, order('sal_1'))
  const b = await makeOffer(s, keys, order('sal_2', 20_001))
  const c = await makeOffer(s, keys, order('sal_3'))
  assert.deepEqual([a.slot, again.slot, b.slot, c.slot], [1, 1, 2, 0])
  assert.equal(await guess('sal_3', '00000001'), 'none')
  assert.equal(await guess('sal_1', '00000002'), 'wrong')
  assert.equal(await guess('sal_1', '00000003'), 'wrong')
  assert.equal((await makeOffer(s, keys, order('sal_1'))).tries, 2)
  assert.equal(await guess('sal_1', '00000004'), 'spent')
  assert.equal(await guess('sal_1', '00000001'), 'spent')
  assert.equal(await guess('sal_2', '00000002'), 'manager')
  assert.equal(await guess('sal_2', '00000002', { manager: true }), 'paid')
  assert.equal(await guess('sal_2', '00000002', { manager: true }), 'again')
  assert.equal((await hear(s, keys, signer.publicKey, { text: await confirmation(a), sale: 'sal_1' })).verdict, 'paid')
})

test('a try counts before it is judged, so that pulling the plug gives none back', async () => {
  const s = shelf([await slot(1, '00000001')])
  await makeOffer(s, keys, order('sal_1'))
  const cut = { ...s, slots: async () => (await s.slots()).map((one) => ({ ...one, rounds: -1 })) }
  await assert.rejects(tryDigits(cut, keys.digits, { sale: 'sal_1', digits: '00000001', limit_fen: 20_000, manager: false }))
  assert.equal((await s.offers())[0].tries, 1)
})

test('with the line back both sides agree', async () => {
  const s = shelf([await slot(1, '00000001')])
  const later = now_ms + 16 * 60_000
  const make = (sale) => makeOffer(s, keys, order(sale))
  const paid = await make('sal_paid')
  await hear(s, keys, signer.publicKey, { text: await confirmation(paid), sale: 'sal_paid' })
  const liar = await make('sal_liar')
  await hear(s, keys, signer.publicKey, { text: await confirmation(liar), sale: 'sal_liar' })
  for (const sale of ['sal_silent', 'sal_cash', 'sal_waits', 'sal_nobody', 'sal_closed']) await make(sale)
  await settle(s, 'sal_cash')
  const server = { sal_paid: 'paid', sal_silent: 'paid', sal_waits: 'waiting', sal_closed: 'closed', sal_cash: 'closed' }
  const asked = []
  let down = true
  const answer = (how) => async (sale) => {
    asked.push(`${how} ${sale}`)
    if (down && sale === 'sal_silent') throw new Error('no line')
    return { settled: how === 'settled', payment: server[sale] && { state: server[sale] } }
  }
  const ask = { bill: answer('bill'), settled: answer('settled') }
  const news = []
  const told = (n) => news.push(`${n.what} ${n.sale}`)
  await assert.rejects(reconcile(s, ask, later, told))
  down = false
  await reconcile(s, ask, later, told)
  await reconcile(s, ask, later, told)
  assert.deepEqual(news.sort(), ['agreed sal_paid', 'disputed sal_liar', 'lapsed sal_closed', 'lapsed sal_nobody', 'paid sal_silent', 'told sal_cash'])
  assert.deepEqual((await s.offers()).map((o) => o.sale).sort(), ['sal_liar', 'sal_waits'])
  assert.ok(asked.includes('settled sal_cash') && !asked.includes('bill sal_cash'))
  assert.deepEqual(await s.slots(), [])
  const early = shelf()
  await makeOffer(early, keys, order('sal_new'))
  await reconcile(early, { bill: async () => ({ settled: false }), settled: async () => assert.fail() }, now_ms, () => assert.fail())
  assert.equal((await early.offers()).length, 1)
})
