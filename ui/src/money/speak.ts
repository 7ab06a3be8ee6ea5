// An amount in words, as a cashier would say it, for the voice.

import type { Lang } from '../i18n/catalogue.ts'

type Script = { digits: string; small: [string, string, string, string]; groups: string[]; two: string; yuan: string; jiao: string; fen: string; zero: string; received: string }

const scripts: Record<'zh-Hans' | 'zh-Hant', Script> = {
  'zh-Hans': { digits: '零一二三四五六七八九', small: ['', '十', '百', '千'], groups: ['', '万', '亿'], two: '两', yuan: '元', jiao: '角', fen: '分', zero: '零', received: '收款' },
  'zh-Hant': { digits: '零一二三四五六七八九', small: ['', '十', '百', '千'], groups: ['', '萬', '億'], two: '兩', yuan: '元', jiao: '角', fen: '分', zero: '零', received: '收款' },
}

/** received is what is said when money has arrived: 收款十二元五角. */
export function received(fen: number, lang: Lang): string {
  if (lang === 'en') return `Received ${englishAmount(fen)}`
  return scripts[lang].received + chineseAmount(fen, lang)
}

/** chineseAmount reads whole fen (0 … 999,999,999,999) as 元, 角 and 分. */
export function chineseAmount(fen: number, lang: 'zh-Hans' | 'zh-Hant'): string {
  const s = scripts[lang]
  const yuan = Math.trunc(fen / 100)
  const jiao = Math.trunc((fen % 100) / 10)
  const rest = fen % 10
  const alone = (n: number) => (n === 2 ? s.two : s.digits[n])
  if (yuan === 0 && jiao === 0 && rest === 0) return s.zero + s.yuan
  let words = yuan > 0 ? chineseNumber(yuan, s) + s.yuan : ''
  if (jiao > 0) words += (words ? s.digits[jiao] : alone(jiao)) + s.jiao
  // A gap of one place is spoken once: 十二元零五分.
  if (rest > 0 && jiao === 0 && words) words += s.zero
  if (rest > 0) words += (words ? s.digits[rest] : alone(rest)) + s.fen
  return words
}

/** chineseNumber reads a whole number in groups of four places (万, 亿); a run of empty places is one 零. */
function chineseNumber(n: number, s: Script): string {
  let words = ''
  let gap = false
  for (let group = s.groups.length - 1; group >= 0; group--) {
    const part = Math.trunc(n / 10_000 ** group) % 10_000
    if (part === 0) {
      gap = gap || words !== ''
      continue
    }
    if (words && (gap || part < 1000)) words += s.zero
    words += fourPlaces(part, s, words === '') + s.groups[group]
    gap = false
  }
  return words
}

function fourPlaces(part: number, s: Script, leading: boolean): string {
  let words = ''
  let gap = false
  for (const place of [3, 2, 1, 0] as const) {
    const digit = Math.trunc(part / 10 ** place) % 10
    if (digit === 0) {
      gap = gap || words !== ''
      continue
    }
    if (gap) words += s.zero
    gap = false
    const first = leading && words === ''
    if (place === 1 && digit === 1 && first) words += s.small[1] // 十二, not 一十二
    else words += (digit === 2 && first && twoIsLiang(part, place) ? s.two : s.digits[digit]) + s.small[place]
  }
  return words
}

// 两元, 两百元, 两千元, 两万元, but 二十元.
const twoIsLiang = (part: number, place: number) => (place === 0 ? part === 2 : place >= 2)

const ones = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen']
const tens = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety']
const thousands: [number, string][] = [[1_000_000_000, 'billion'], [1_000_000, 'million'], [1000, 'thousand']]

/** englishAmount: "twelve yuan fifty", "twelve yuan oh five", "fifty fen". */
export function englishAmount(fen: number): string {
  const yuan = Math.trunc(fen / 100)
  const rest = fen % 100
  if (yuan === 0 && rest > 0) return `${englishNumber(rest)} fen`
  const tail = rest === 0 ? '' : rest < 10 ? ` oh ${ones[rest]}` : ` ${englishNumber(rest)}`
  return `${englishNumber(yuan)} yuan${tail}`
}

function englishNumber(n: number): string {
  for (const [size, name] of thousands) {
    if (n < size) continue
    const rest = n % size
    const head = `${englishNumber(Math.trunc(n / size))} ${name}`
    return rest === 0 ? head : `${head}${rest < 100 ? ' and' : ''} ${englishNumber(rest)}`
  }
  if (n >= 100) {
    const rest = n % 100
    return `${ones[Math.trunc(n / 100)]} hundred${rest ? ` and ${englishNumber(rest)}` : ''}`
  }
  if (n < 20) return ones[n] ?? ''
  return tens[Math.trunc(n / 10)] + (n % 10 ? `-${ones[n % 10]}` : '')
}
