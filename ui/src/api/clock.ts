// The server's clock as the browser knows it. Countdowns run against it,
// because a till's own clock is often minutes off.

let ahead_ms = 0
let exact = false

/** noteServerTime learns from the Date header (whole seconds) until an exact time is known. */
export function noteServerTime(date: string | null): void {
  const at = date ? Date.parse(date) : NaN
  if (exact || Number.isNaN(at)) return
  // Within two seconds it is rounding and the way there, not a wrong clock.
  const off = at + 500 - Date.now()
  ahead_ms = Math.abs(off) < 2000 ? 0 : off
}

/** noteExactTime learns from the greeting of the event stream. */
export function noteExactTime(now: string): void {
  const at = Date.parse(now)
  if (Number.isNaN(at)) return
  ahead_ms = at - Date.now()
  exact = true
}

/** serverNow is the server's time in milliseconds since 1970. */
export const serverNow = (): number => Date.now() + ahead_ms
