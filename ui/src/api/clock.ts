// The server's clock as the browser knows it. Countdowns run against it,
// because a till's own clock is often minutes off.

import { keep, kept } from '../parts/keep.ts'

const aheadKey = 'guitai.clock'

// The skew that was measured last counts until there is a new one: a till
// without a line has no other.
let ahead_ms = Number(kept(aheadKey)) || 0
let exact = false

function measured(ms: number): void {
  if (Math.abs(ms - ahead_ms) > 500) keep(aheadKey, String(ms))
  ahead_ms = ms
}

/** noteServerTime learns from the Date header (whole seconds) until an exact time is known. */
export function noteServerTime(date: string | null): void {
  const at = date ? Date.parse(date) : NaN
  if (exact || Number.isNaN(at)) return
  // Within two seconds it is rounding and the way there, not a wrong clock.
  const off = at + 500 - Date.now()
  measured(Math.abs(off) < 2000 ? 0 : off)
}

/** noteExactTime learns from the greeting of the event stream. */
export function noteExactTime(now: string): void {
  const at = Date.parse(now)
  if (Number.isNaN(at)) return
  measured(at - Date.now())
  exact = true
}

/** forgetExactTime: the server says that our time is wrong, so the next answer counts again. */
export function forgetExactTime(): void {
  exact = false
}

/** serverNow is the server's time in milliseconds since 1970. */
export const serverNow = (): number => Date.now() + ahead_ms
