// The codes of a till without a line: the same bytes as the server's, told by
// the vectors that its own tests read.

import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { base64, fromBase32, fromBase64 } from '../../src/offline/bytes.ts'
import { confirms, looksConfirming, readConfirmation, writeCode } from '../../src/offline/codec.ts'
import { confirmKey, makeKeys, proof, rightDigits, shareKeys } from '../../src/offline/keys.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../qr/testdata/offline.json', import.meta.url), 'utf8'))
const bytes = (text) => fromBase64(text)
const hmac = (raw) => crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
const codeOf = (v) => ({ key: bytes(v.key), fen: v.fen, expires_s: v.expires, slot: v.slot, nonce: bytes(v.nonce), sale: v.sale, tender: v.tender })

/** the till's key of the vectors, which no real till could bring. */
async function tillKeys() {
  const point = bytes(vectors.till_point)
  const jwk = { kty: 'EC', crv: 'P-256', d: vectors.till_scalar, x: base64(point.slice(1, 33)), y: base64(point.slice(33)) }
  const mine = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits'])
  return shareKeys(mine, point, bytes(vectors.exchange))
}

test('the keys are those that the server reckons', async () => {
  const keys = await tillKeys()
  assert.equal(keys.name, vectors.key_name)
  assert.equal(base64(keys.token), vectors.key_token)
  for (const [mine, theirs] of [[keys.request, vectors.request_key], [keys.code, vectors.code_key], [keys.digits, vectors.digits_key]]) {
    const said = new TextEncoder().encode('x')
    assert.deepEqual(await crypto.subtle.sign('HMAC', mine, said), await crypto.subtle.sign('HMAC', await hmac(bytes(theirs)), said))
  }
})

test('a new key cannot be taken out, and two are never the same', async () => {
  const [a, b] = [await makeKeys(bytes(vectors.exchange)), await makeKeys(bytes(vectors.exchange))]
  assert.notEqual(a.name, b.name)
  assert.match(a.name, /^tky_[0-9a-z]{16}$/)
  for (const key of [a.request, a.code, a.digits]) {
    assert.equal(key.extractable, false)
    await assert.rejects(crypto.subtle.exportKey('raw', key))
  }
})

test('requests are proven as the server checks them', async () => {
  const keys = await tillKeys()
  for (const r of vectors.requests) {
    const said = await proof(keys, { method: r.method, uri: r.uri, body: r.body }, Number(r.time))
    assert.deepEqual(said, { 'Guitai-Till-Key': vectors.key_name, 'Guitai-Till-Time': r.time, 'Guitai-Till-MAC': r.mac })
  }
})

test('codes are written as the server reads them', async () => {
  const key = await hmac(bytes(vectors.code_key))
  for (const v of vectors.codes) assert.equal(await writeCode(codeOf(v), key), v.text)
})

/** read takes a code apart by the table of the document, with nothing of the writer's. */
function read(text) {
  const b = Buffer.from(text, 'base64url')
  const sale = b.subarray(41, 41 + b[40]).toString()
  const after = 41 + b[40]
  return { kind: b[0], version: b[1], key: b.subarray(2, 12), fen: b.readUInt32BE(12), expires_s: b.readUInt32BE(16), slot: b.readUInt32BE(20), nonce: b.subarray(24, 40), sale, tender: b.subarray(after + 1, after + 1 + b[after]).toString(), size: b.length }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const name = () => {
  let text = letters[randomInt(letters.length)]
  for (let n = randomInt(64); n > 0; n--) text += `${letters}._:-`[randomInt(letters.length + 4)]
  return text
}
const random = () => ({ key: new Uint8Array(randomBytes(10)), fen: randomInt(1, 2 ** 32), expires_s: randomInt(1, 2 ** 32), slot: randomInt(2 ** 32), nonce: new Uint8Array(randomBytes(16)), sale: name(), tender: name() })

test('whatever is asked for stands in the code, and each bit of it changes the seal', async () => {
  const key = await hmac(randomBytes(32))
  for (let i = 0; i < 300; i++) {
    const c = random()
    const text = await writeCode(c, key)
    const got = read(text)
    assert.deepEqual({ ...got, key: new Uint8Array(got.key), nonce: new Uint8Array(got.nonce) }, { ...c, kind: 3, version: 1, size: 40 + 2 + c.sale.length + c.tender.length + 16 })
    const other = await writeCode({ ...c, fen: c.fen > 1 ? c.fen - 1 : 2 }, key)
    assert.notEqual(text.slice(-20), other.slice(-20))
  }
})

test('what cannot be asked for is not written', async () => {
  const key = await hmac(randomBytes(32))
  for (const wrong of [{ fen: 0 }, { fen: -1 }, { fen: 1.5 }, { fen: 2 ** 32 }, { expires_s: 0 }, { slot: -1 }, { sale: '' }, { sale: 'a b' }, { tender: 'x'.repeat(65) }, { nonce: new Uint8Array(15) }, { key: new Uint8Array(11) }]) {
    await assert.rejects(writeCode({ ...random(), ...wrong }, key), JSON.stringify(wrong))
  }
})

test('the server’s confirmations are believed, and no others', async () => {
  const key = await confirmKey(bytes(vectors.confirm))
  for (const v of vectors.confirmations) {
    const c = readConfirmation(v.text)
    assert.ok(looksConfirming(v.text))
    assert.equal(c.paid_s, v.paid)
    assert.ok(await confirms(c, codeOf(v), key), v.sale)
  }
  for (const v of vectors.refused_confirmations) {
    const c = readConfirmation(v.text)
    assert.ok(c === null || !(await confirms(c, codeOf(v), key)), v.why)
  }
  const v = vectors.confirmations[0]
  for (let i = 3; i < v.text.length; i++) {
    const c = readConfirmation(v.text.slice(0, i) + (v.text[i] === 'Q' ? 'R' : 'Q') + v.text.slice(i + 1))
    assert.ok(c === null || !(await confirms(c, codeOf(v), key)), `letter ${i}`)
  }
})

test('eight digits are known by their slot alone', async () => {
  const keys = await tillKeys()
  for (const s of vectors.slots) {
    assert.ok(await rightDigits(keys.digits, s, s.digits))
    assert.ok(!(await rightDigits(keys.digits, s, '12345678')))
    assert.ok(!(await rightDigits(keys.digits, { ...s, slot: s.slot + 1 }, s.digits)))
    assert.ok(!(await rightDigits(keys.digits, s, s.digits.slice(1))))
  }
})

test('texts come back as bytes, written in one way only', () => {
  for (let i = 0; i < 300; i++) {
    const b = new Uint8Array(randomBytes(randomInt(100)))
    assert.deepEqual(fromBase64(base64(b)), b)
  }
  for (const text of ['A', 'AB=', 'A+', 'AAB', 'é']) assert.equal(fromBase64(text), null, text)
  for (const text of ['a', 'A', 'AAA', 'AB', '1AAAAAAA', 'AA======']) assert.equal(fromBase32(text), null, text)
  assert.deepEqual(fromBase32('MZXW6YTBOI'), new Uint8Array([...'foobar'].map((c) => c.charCodeAt(0))))
})
