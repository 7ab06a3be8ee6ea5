// What the number pad has been told so far. Pure: a key gives a new pad.

/** fresh: the figure on show is a starting value that the first digit replaces. */
export type Pad = { text: string; fresh: boolean }

export type PadKey = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '00' | '.' | 'back' | 'clear'

export const emptyPad: Pad = { text: '', fresh: true }

/** The server refuses more; the pad need not offer it. */
const maxWholeDigits = 7

/** press is the pad after one key. A key that would make nonsense changes nothing. */
export function press(pad: Pad, key: PadKey): Pad {
  if (key === 'clear') return emptyPad
  if (key === 'back') return pad.fresh ? emptyPad : tidy(pad.text.slice(0, -1))
  const text = pad.fresh ? '' : pad.text
  if (key === '.') return text.includes('.') ? pad : { text: `${text || '0'}.`, fresh: false }
  let next = text
  for (const digit of key) next = withDigit(next, digit)
  return { text: next, fresh: false }
}

function withDigit(text: string, digit: string): string {
  const [whole = '', part] = text.split('.')
  if (part !== undefined) return part.length < 2 ? text + digit : text
  if (whole === '' || whole === '0') return digit
  return whole.length < maxWholeDigits ? text + digit : text
}

const tidy = (text: string): Pad => (text === '' ? emptyPad : { text, fresh: false })

/** padFen is the pad's amount in fen; an empty pad is 0. */
export function padFen(pad: Pad): number {
  const [whole = '', part = ''] = pad.text.split('.')
  return Number(whole || '0') * 100 + Number(part.padEnd(2, '0'))
}

/** padOf shows an amount that the first digit will replace. */
export function padOf(fen: number): Pad {
  if (fen <= 0) return emptyPad
  return { text: `${Math.trunc(fen / 100)}.${String(fen % 100).padStart(2, '0')}`, fresh: true }
}

/** padKey reads a key of the keyboard; both decimal keys of any layout count. */
export function padKey(key: string): PadKey | null {
  if (/^[0-9]$/.test(key)) return key as PadKey
  if (key === '.' || key === ',' || key === 'Decimal' || key === 'Separator') return '.'
  if (key === 'Backspace') return 'back'
  if (key === 'Delete') return 'clear'
  return null
}
