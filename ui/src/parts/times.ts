// Times in the shop's zone, and the shop's day.

import type { Lang } from '../i18n/catalogue.ts'

/** Shops are in China unless the server says otherwise. */
export const usualZone = 'Asia/Shanghai'

const locales: Record<Lang, string> = { 'zh-Hans': 'zh-CN', 'zh-Hant': 'zh-HK', en: 'en-GB' }

export function clockTime(at: string, zone: string, lang: Lang): string {
  return new Intl.DateTimeFormat(locales[lang], { timeZone: zone, hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }).format(Date.parse(at))
}

export function dayAndTime(at: string, zone: string, lang: Lang): string {
  return new Intl.DateTimeFormat(locales[lang], { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }).format(Date.parse(at))
}

/** dayStart is the instant (milliseconds since 1970) at which the day of now began in the zone. */
export function dayStart(now_ms: number, zone: string): number {
  const day = wallClock(now_ms, zone).slice(0, 10)
  // The zone's offset may change within the day, so the guess is corrected once.
  const midnight = Date.parse(`${day}T00:00:00Z`)
  let at = midnight - offset_ms(now_ms, zone)
  at = midnight - offset_ms(at, zone)
  return at
}

const offset_ms = (at: number, zone: string): number => Date.parse(`${wallClock(at, zone)}Z`) - Math.trunc(at / 1000) * 1000

/** wallClock writes what a clock on the wall shows: 2026-11-21T08:00:00. */
export function wallClock(at: number, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).formatToParts(at)
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}`
}

/** span writes a stretch of time as minutes and seconds, rounded up: 1:05. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  return `${Math.trunc(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** wallTime is an instant as a clock on the wall shows it, to the minute: 2026-11-21T08:00. */
export const wallTime = (at: string, zone: string): string => wallClock(Date.parse(at), zone).slice(0, 16)

/** atWall is the instant at which a clock on the wall shows that; empty when it is no time. */
export function atWall(text: string, zone: string): string {
  const guess = Date.parse(`${text}Z`)
  if (text === '' || Number.isNaN(guess)) return ''
  // The zone's offset may change in between, so the guess is corrected once.
  const at = guess - offset_ms(guess - offset_ms(guess, zone), zone)
  return new Date(at).toISOString()
}
