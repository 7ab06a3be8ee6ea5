// An approval for a till without a line: what the till shows, and the eight
// digits by which it knows (docs/offline-approval.md). The server reckons the
// same; both are examined against test/vectors/approval.json.

import type { Act } from '../bundle/types.ts'
import { crockford32, utf8 } from '../offline/bytes.ts'

export type OfflineAsked = { till: string; act: Act; amount_fen: number; challenge: string }

export const challengeDigits = 13
export const triesOfOne = 3

/** newChallenge is 40 random bits as thirteen digits. */
export function newChallenge(fill: (b: Uint8Array<ArrayBuffer>) => unknown = (b) => crypto.getRandomValues(b)): string {
  const b = new Uint8Array(5)
  fill(b)
  let n = 0
  for (const byte of b) n = n * 256 + byte
  return String(n).padStart(challengeDigits, '0')
}

/** digitsFor is what the manager's phone shows for it. */
export async function digitsFor(key: CryptoKey, a: OfflineAsked): Promise<string> {
  const text = `guitai till approval 1\n${a.till}\n${a.act}\n${a.amount_fen}\n${a.challenge}\n`
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, utf8(text)))
  return String(mac.getBigUint64(0) % 100_000_000n).padStart(8, '0')
}

/** nameOf is the name under which the server has booked it. */
export async function nameOf(till: string, challenge: string): Promise<string> {
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(`guitai approval name 1\n${till}\n${challenge}\n`)))
  return `apr_${crockford32(sum.slice(0, 16))}`
}

/** linkOf is what the till's code says: the page of the manager's phone, with all that is asked. */
export function linkOf(origin: string, a: OfflineAsked): string {
  return `${origin}/office#/approvals?${new URLSearchParams({ till: a.till, act: a.act, fen: String(a.amount_fen), c: a.challenge })}`
}

/** alike compares two texts of one length in the same time wherever they differ. */
export function alike(a: string, b: string): boolean {
  let diff = a.length ^ b.length
  for (let i = 0; i < a.length; i++) diff |= a.charCodeAt(i) ^ b.charCodeAt(i % Math.max(1, b.length))
  return diff === 0
}
