// Nobody there: the office locks, because it is left open more often than a till.

/** whenIdle calls then after so many milliseconds without a touch or a key; the returned function ends it. */
export function whenIdle(ms: number, then: () => void): () => void {
  let timer = setTimeout(then, ms)
  const awake = () => {
    clearTimeout(timer)
    timer = setTimeout(then, ms)
  }
  window.addEventListener('pointerdown', awake, true)
  window.addEventListener('keydown', awake, true)
  return () => {
    clearTimeout(timer)
    window.removeEventListener('pointerdown', awake, true)
    window.removeEventListener('keydown', awake, true)
  }
}
