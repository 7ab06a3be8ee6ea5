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
