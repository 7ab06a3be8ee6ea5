// How the lists of the points rules are typed: a line each.

import type { Gift } from '../api/members.ts'
import { fenOf } from './amount.ts'

/** Read is what lines say, or the number of the first that cannot be read. */
export type Read<T> = { ok: T } | { wrong: number }

/** milliOf reads a number with at most three decimals as thousandths. */
export function milliOf(text: string): number | null {
  const found = /^(\d{1,4})(?:[.,](\d{1,3}))?$/.exec(text.trim())
  return found ? Number(found[1]) * 1000 + Number((found[2] ?? '').padEnd(3, '0')) : null
}

/** plain writes thousandths without needless zeros: 2500 → "2.5". */
export const plain = (milli: number): string => `${Math.trunc(milli / 1000)}${milli % 1000 ? `.${String(milli % 1000).padStart(3, '0').replace(/0+$/, '')}` : ''}`

const lines = (text: string): string[] => text.split(/[\n；;]/).map((l) => l.trim())

export function readDepartments(text: string): Read<{ department: string; times_milli: number }[]> {
  const ok: { department: string; times_milli: number }[] = []
  for (const [i, line] of lines(text).entries()) {
    if (line === '') continue
    const [department = '', times = '', ...more] = line.split(/\s+/)
    const times_milli = milliOf(times)
    if (times_milli === null || more.length > 0) return { wrong: i + 1 }
    ok.push({ department, times_milli })
  }
  return { ok }
}

/** readGifts keeps the name of a gift that was there: what is typed says only what it is. */
export function readGifts(text: string, had: Gift[], newName: (i: number) => string): Read<Gift[]> {
  const ok: Gift[] = []
  for (const [i, line] of lines(text).entries()) {
    if (line === '') continue
    const found = /^(.+?)\s+(\d{1,9})(?:\s+(\S+)\s+(\d{1,4}))?$/.exec(line)
    const voucher_fen = found?.[3] ? fenOf(found[3]) : 0
    if (!found || voucher_fen === null) return { wrong: i + 1 }
    const name = found[1]!
    const before = had.find((g) => g.name === name)
    ok.push({ id: before?.id ?? newName(i), name, points: Number(found[2]), ...(before?.item ? { item: before.item } : {}), ...(voucher_fen > 0 ? { voucher_fen, days: Number(found[4]) } : {}) })
  }
  return { ok }
}

export const giftLine = (g: Gift): string => `${g.name} ${g.points}${g.voucher_fen ? ` ${(g.voucher_fen / 100).toFixed(2).replace(/\.00$/, '')} ${g.days ?? 0}` : ''}`
