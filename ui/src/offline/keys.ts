// The till's keys. They are made here, cannot be taken out, and what they say
// is what the server reckons from the public half (docs/offline-qr.md).

import { base64, crockford32, fromBase64, join, number32, same, utf8, type Bytes } from './bytes.ts'
import { keySize } from './codec.ts'

/** TillKeys are what is kept of an enrolment; the private key itself is not needed again. */
export type TillKeys = { name: string; token: Bytes; point: Bytes; request: CryptoKey; code: CryptoKey; digits: CryptoKey; /** left out: bound before there were approvals without a line */ approval?: CryptoKey }

const curve = { name: 'ECDH', namedCurve: 'P-256' }

const sha256 = async (b: Bytes): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest('SHA-256', b))

/** makeKeys makes a key pair and shares three keys with the server's exchange point. */
export async function makeKeys(exchange: Bytes): Promise<TillKeys> {
  const pair = await crypto.subtle.generateKey(curve, false, ['deriveBits'])
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  return shareKeys(pair.privateKey, point, exchange)
}

export async function shareKeys(mine: CryptoKey, point: Bytes, exchange: Bytes): Promise<TillKeys> {
  const theirs = await crypto.subtle.importKey('raw', exchange, curve, false, [])
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, mine, 256)
  const base = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey'])
  new Uint8Array(shared).fill(0)
  const salt = await sha256(join(exchange, point))
  const key = (info: string) =>
    crypto.subtle.deriveKey({ name: 'HKDF', hash: 'SHA-256', salt, info: utf8(info) }, base, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign'])
  const token = (await sha256(point)).slice(0, keySize)
  const [request, code, digits, approval] = await Promise.all([key('guitai till request 1'), key('guitai till code 1'), key('guitai till digits 1'), key('guitai till approval 1')])
  return { name: `tky_${crockford32(token)}`, token, point, request, code, digits, approval }
}

/** proof is the three headers that every request of an enrolled till carries. */
export async function proof(keys: Pick<TillKeys, 'name' | 'request'>, asked: { method: string; uri: string; body: string }, time_ms: number): Promise<Record<string, string>> {
  const time = String(Math.round(time_ms))
  const text = `guitai till request 1\n${asked.method}\n${asked.uri}\n${time}\n${base64(await sha256(utf8(asked.body)))}`
  const mac = await crypto.subtle.sign('HMAC', keys.request, utf8(text))
  return { 'Guitai-Till-Key': keys.name, 'Guitai-Till-Time': time, 'Guitai-Till-MAC': base64(new Uint8Array(mac)) }
}

/** Slot is eight digits as the till keeps them. */
export type Slot = { slot: number; salt: string; hash: string; rounds: number }

/** rightDigits is slow on purpose: about half a second. */
export async function rightDigits(key: CryptoKey, s: Slot, typed: string): Promise<boolean> {
  const salt = fromBase64(s.salt)
  const hash = fromBase64(s.hash)
  if (!salt || !hash || !/^\d{8}$/.test(typed)) return false
  const peppered = await crypto.subtle.sign('HMAC', key, join(number32(s.slot), utf8(typed)))
  const base = await crypto.subtle.importKey('raw', peppered, 'PBKDF2', false, ['deriveBits'])
  const got = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: s.rounds }, base, 256)
  return same(new Uint8Array(got), hash)
}

/** confirmKey reads the public key by which confirmations are checked. */
export async function confirmKey(point: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', point, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify'])
}
