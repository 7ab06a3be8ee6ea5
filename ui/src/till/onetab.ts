// One live tab: of all the windows of this browser only one takes money.

export type Seat = 'waiting' | 'mine' | 'taken'

const lockName = 'guitai.till'
const takeOverKey = 'guitai.takeover'

/**
 * sit asks for the one seat and tells how it went, also later when another
 * window takes it. Web Locks need a secure page; elsewhere the windows ask
 * each other over a BroadcastChannel.
 */
export function sit(tell: (seat: Seat) => void): void {
  const steal = sessionStorage.getItem(takeOverKey) === '1'
  sessionStorage.removeItem(takeOverKey)
  if (navigator.locks) sitByLock(steal, tell)
  else sitByTalk(steal, tell)
}

/** takeOver starts this window again, in the seat. Whatever was going on is picked up from what is kept. */
export function takeOver(): void {
  sessionStorage.setItem(takeOverKey, '1')
  location.reload()
}

function sitByLock(steal: boolean, tell: (seat: Seat) => void): void {
  const forEver = new Promise<void>(() => {})
  navigator.locks
    .request(lockName, steal ? { steal: true } : { ifAvailable: true }, (lock) => {
      tell(lock ? 'mine' : 'taken')
      return lock ? forEver : undefined
    })
    .catch(() => tell('taken'))
}

function sitByTalk(steal: boolean, tell: (seat: Seat) => void): void {
  if (typeof BroadcastChannel === 'undefined') return tell('mine')
  const channel = new BroadcastChannel(lockName)
  let mine = false
  let answered = false
  channel.onmessage = ({ data }) => {
    if (data === 'anyone?' && mine) channel.postMessage('here')
    if (data === 'here') answered = true
    if (data === 'move' && mine) {
      mine = false
      tell('taken')
    }
  }
  channel.postMessage(steal ? 'move' : 'anyone?')
  setTimeout(() => {
    mine = steal || !answered
    tell(mine ? 'mine' : 'taken')
  }, 200)
}
