// Dots as commands for a receipt printer, and bar codes as dots. Only pictures
// are sent from the browser: every printer has dots, few have every character.

/** Dots are a picture, a bit a dot, eight dots a byte, dark is 1. */
export type Dots = { across: number; lines: number; dots: Uint8Array }

export type PrintOptions = { density: number; speed: number; copies: number; drawer: boolean }

const band = 128
export const pulse = new Uint8Array([0x1b, 0x70, 0, 0x19, 0xfa])

/** calm makes one more dot dark wherever dots spell DLE EOT, DLE ENQ or DLE DC4: printers obey those inside pictures too. */
export function calm(strip: Uint8Array): Uint8Array {
  for (let i = 0; i + 1 < strip.length; i++) if (strip[i] === 0x10 && [0x04, 0x05, 0x14].includes(strip[i + 1]!)) strip[i + 1]! |= 0x02
  return strip
}

/** commands is a whole job: reset, darkness, the drawer, and each copy in strips with its cut. */
export function commands(p: Dots, o: PrintOptions): Uint8Array {
  const parts: Uint8Array[] = [new Uint8Array([0x1b, 0x40])]
  if (o.density) parts.push(new Uint8Array([0x1d, 0x28, 0x4b, 2, 0, 0x31, o.density & 0xff]))
  if (o.speed) parts.push(new Uint8Array([0x1d, 0x28, 0x4b, 2, 0, 0x32, o.speed]))
  if (o.drawer) parts.push(pulse)
  for (let copy = 0; copy < Math.min(Math.max(o.copies, 1), 5); copy++) {
    for (let top = 0; top < p.lines; top += band) {
      const rows = Math.min(band, p.lines - top)
      parts.push(new Uint8Array([0x1d, 0x76, 0x30, 0, p.across & 0xff, p.across >> 8, rows & 0xff, rows >> 8]))
      parts.push(calm(p.dots.slice(top * p.across, (top + rows) * p.across)))
    }
    parts.push(new Uint8Array([0x1d, 0x56, 0x42, 0x10]))
  }
  const out = new Uint8Array(parts.reduce((n, x) => n + x.length, 0))
  let at = 0
  for (const x of parts) {
    out.set(x, at)
    at += x.length
  }
  return out
}

// The widths of bars and spaces of Code 128's 106 characters and its stop (ISO/IEC 15417, table 1).
const widths =
  '212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222123122123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323131123131321112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131213113213311213131311123311321331121312113312311332111314111221411431111111224111422121124121421141122141221112214112412122114122411142112142211241211221114413111241112134111111242121142121241114212124112124211411212421112421211212141214121412121111143111341131141114113114311411113411311113141114131311141411131211412211214211232'

/** bars is text as Code 128, set B: 1 is a dark module. */
export function bars(text: string): number[] {
  const codes = [104, ...[...text].map((c) => c.charCodeAt(0) - 32)]
  const sum = codes.reduce((n, c, i) => n + c * Math.max(i, 1), 0)
  const out: number[] = []
  const put = (w: string) => [...w].forEach((n, i) => out.push(...Array<number>(Number(n)).fill(i % 2 ? 0 : 1)))
  for (const c of [...codes, sum % 103]) put(widths.slice(c * 6, c * 6 + 6))
  put('2331112')
  return out
}
