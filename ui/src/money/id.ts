// Names made in the browser: prefix, underscore and 26 characters of base32
// over the layout of a UUID version 7 (RFC 9562 section 5.7), so that they sort by time.

const crockford = '0123456789abcdefghjkmnpqrstvwxyz'

/** newID makes a name for something that came to be at now (milliseconds since 1970). */
export function newID(prefix: string, now: number, fill: (b: Uint8Array<ArrayBuffer>) => unknown = (b) => crypto.getRandomValues(b)): string {
  const b = new Uint8Array(16)
  fill(b)
  for (let i = 0; i < 6; i++) b[i] = Math.trunc(now / 2 ** (40 - 8 * i)) % 256
  b[6] = (b[6]! & 0x0f) | 0x70
  b[8] = (b[8]! & 0x3f) | 0x80
  return `${prefix}_${base32(b)}`
}

function base32(bytes: Uint8Array): string {
  let out = ''
  let acc = 0
  let bits = 0
  for (const byte of bytes) {
    acc = ((acc << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += crockford[(acc >> bits) & 31]
    }
  }
  return bits > 0 ? out + crockford[(acc << (5 - bits)) & 31] : out
}
