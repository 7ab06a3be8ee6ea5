// The server's time as something that changes: whatever reads it is drawn
// again four times a second while it is on show.

import { createSubscriber } from 'svelte/reactivity'
import { serverNow } from '../api/clock.ts'

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 250)
  return () => clearInterval(timer)
})

export const ticking = {
  /** now is in milliseconds since 1970. */
  get now(): number {
    subscribe()
    return serverNow()
  },
}
