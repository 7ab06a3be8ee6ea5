// Bytes as text and back, as docs/offline-qr.md writes them.

export type Bytes = Uint8Array<ArrayBuffer>

export const utf8 = (text: string): Bytes => new Uint8Array(new TextEncoder().encode(text))

export function join(...parts: Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** number32 writes a whole number in four bytes, the highest first. */
export function number32(n: number): Bytes {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, n)
  return out
}

/** base64url without padding. */
export function base64(bytes: Uint8Array): string {
  let text = ''
  for (const b of bytes) text += String.fromCharCode(b)
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

export function fromBase64(text: string): Bytes | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return null
  try {
    const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(raw, (c) => c.charCodeAt(0))
    return base64(bytes) === text ? bytes : null
  } catch {
    return null
  }
}

const alphabet32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const crockford = '0123456789abcdefghjkmnpqrstvwxyz'

function base32(bytes: Uint8Array, alphabet: string): string {
  let out = ''
  let acc = 0
  let bits = 0
  for (const byte of bytes) {
    acc = ((acc << 8) | byte) & 0xfff
    for (bits += 8; bits >= 5; ) {
      bits -= 5
      out += alphabet[(acc >> bits) & 31]
    }
  }
  return bits > 0 ? out + alphabet[(acc << (5 - bits)) & 31] : out
}

/** crockford32 is the text of names: small letters and digits, without i, l, o and u. */
export const crockford32 = (bytes: Uint8Array): string => base32(bytes, crockford)

/** fromBase32 reads RFC 4648 without padding; null for what is written in no such way. */
export function fromBase32(text: string): Bytes | null {
  const out: number[] = []
  let acc = 0
  let bits = 0
  for (const c of text) {
    const value = alphabet32.indexOf(c)
    if (value < 0) return null
    acc = ((acc << 5) | value) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    out.push((acc >> bits) & 255)
  }
  const bytes = Uint8Array.from(out)
  return base32(bytes, alphabet32) === text ? bytes : null
}

export const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')

export const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((v, i) => v === b[i])
