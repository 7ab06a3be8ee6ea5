// The codes of a till without a line, byte for byte as the server reads and
// writes them (docs/offline-qr.md; both sides read qr/testdata/offline.json).

import { base64, fromBase32, join, number32, same, utf8, type Bytes } from './bytes.ts'

/** OfflineCode is what a code asks for. Times are whole seconds of the server's clock. */
export type OfflineCode = { key: Bytes; fen: number; expires_s: number; slot: number; nonce: Bytes; sale: string; tender: string }

/** Confirmation is what the paid page tells, as far as it travels. */
export type Confirmation = { nonce: Bytes; fen: number; paid_s: number; signature: Bytes }

const kind = 3
const version = 1
export const keySize = 10
export const nonceSize = 16
const most32 = 2 ** 32 - 1
const seal = 16

const whole = (n: number, least: number): boolean => Number.isInteger(n) && n >= least && n <= most32
const named = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/.test(text)

/** writeCode makes the last part of the address that the code shows. */
export async function writeCode(c: OfflineCode, key: CryptoKey): Promise<string> {
  const sound = whole(c.fen, 1) && whole(c.expires_s, 1) && whole(c.slot, 0) && named(c.sale) && named(c.tender)
  if (!sound || c.key.length !== keySize || c.nonce.length !== nonceSize) throw new Error('offline code: cannot be asked for')
  const said = join(new Uint8Array([kind, version]), c.key, number32(c.fen), number32(c.expires_s), number32(c.slot), c.nonce, names(c.sale, c.tender))
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, join(utf8('guitai offline code 1\0'), said)))
  return base64(join(said, mac.slice(0, seal)))
}

function names(sale: string, tender: string): Bytes {
  return join(new Uint8Array([sale.length]), utf8(sale), new Uint8Array([tender.length]), utf8(tender))
}

const mark = 'GTC'
const confirmationSize = 1 + nonceSize + 4 + 4 + 64

/** looksConfirming tells a confirmation from everything else that is scanned. */
export const looksConfirming = (text: string): boolean => /^GTC[A-Z2-7]{143}$/.test(text)

/** readConfirmation takes a confirmation apart. It proves nothing. */
export function readConfirmation(text: string): Confirmation | null {
  const b = text.startsWith(mark) ? fromBase32(text.slice(mark.length)) : null
  if (!b || b.length !== confirmationSize || b[0] !== version) return null
  const numbers = new DataView(b.buffer)
  const at = 1 + nonceSize
  return { nonce: b.slice(1, at), fen: numbers.getUint32(at), paid_s: numbers.getUint32(at + 4), signature: b.slice(at + 8) }
}

/** confirms reports whether a confirmation is the server's word on a code. */
export async function confirms(c: Confirmation, code: Omit<OfflineCode, 'expires_s' | 'slot'>, key: CryptoKey): Promise<boolean> {
  if (!same(c.nonce, code.nonce) || c.fen !== code.fen) return false
  const said = join(utf8('guitai offline paid 1\0'), code.key, c.nonce, number32(c.fen), number32(c.paid_s), names(code.sale, code.tender))
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, c.signature, said)
}
