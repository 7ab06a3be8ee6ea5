// Amounts as they are typed in the office. Whole fen, no float.

/** The server refuses more on a static code. */
export const largest_fen = 5_000_000

/** fenOf reads yuan with at most two decimals, also with a comma; null when it is no amount that a code may have. */
export function fenOf(text: string): number | null {
  const found = /^(\d{1,6})(?:[.,](\d{1,2}))?$/.exec(text.trim())
  if (!found) return null
  const fen = Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'))
  return fen >= 1 && fen <= largest_fen ? fen : null
}

/** yuanOf reads an amount from nothing up to a million yuan; null when it is none. */
export function yuanOf(text: string): number | null {
  const found = /^(\d{1,7})(?:[.,](\d{1,2}))?$/.exec(text.trim())
  if (!found) return null
  const fen = Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'))
  return fen <= 100_000_000 ? fen : null
}

/** yuan writes fen as they are typed: 12.50. */
export const yuan = (fen: number): string => `${Math.trunc(fen / 100)}.${String(fen % 100).padStart(2, '0')}`

/** thousandthsOf reads a number with at most three decimals: percent, or how many times the usual points; null when it is none. */
export function thousandthsOf(text: string, most: number): number | null {
  const found = /^(\d{1,4})(?:[.,](\d{1,3}))?$/.exec(text.trim())
  if (!found) return null
  const n = Number(found[1]) * 1000 + Number((found[2] ?? '').padEnd(3, '0'))
  return n <= most ? n : null
}

/** thousandths writes them as they are typed: 1500 is 1.5. */
export const thousandths = (n: number): string => `${Math.trunc(n / 1000)}.${String(n % 1000).padStart(3, '0')}`.replace(/\.?0+$/, '')
