// Live events from the server, kept up by themselves. The line's state is on
// show, because a till that does not hear must say so.

import { proven } from './client.ts'
import { noteExactTime } from './clock.ts'
import { reader, type Message } from './sse.ts'
import type { News } from './types.ts'

export type Line = 'off' | 'joining' | 'up' | 'down'

/** The server sends a comment every 15 s; more silence than this is a dead line. */
const silence_ms = 35_000
const firstWait_ms = 500
const longestWait_ms = 8_000

class Live {
  line: Line = $state('off')
  #listeners = new Set<(n: News) => void>()
  #turned = new Set<(line: Line) => void>()
  #stop: AbortController | null = null
  #lastID = ''
  #wait_ms = firstWait_ms
  #timer: ReturnType<typeof setTimeout> | undefined

  /** on hears every piece of news until the returned function is called. */
  on(hear: (n: News) => void): () => void {
    this.#listeners.add(hear)
    return () => this.#listeners.delete(hear)
  }

  /** onTurn is told each time the line comes up (what was missed must be asked for) or goes down (then on, too). */
  onTurn(told: (line: Line) => void): () => void {
    this.#turned.add(told)
    return () => this.#turned.delete(told)
  }

  start(): void {
    if (this.#stop) return
    this.#stop = new AbortController()
    this.line = 'joining'
    void this.#run(this.#stop.signal)
  }

  stop(): void {
    this.#stop?.abort()
    this.#stop = null
    clearTimeout(this.#timer)
    this.line = 'off'
    this.#lastID = ''
  }

  async #run(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      try {
        await this.#listen(stopped)
      } catch {
        // Whatever broke it, the remedy is the same: come back after a while.
      }
      if (stopped.aborted) return
      this.#turn('down')
      await new Promise((done) => {
        this.#timer = setTimeout(done, this.#wait_ms)
      })
      this.#wait_ms = Math.min(this.#wait_ms * 2, longestWait_ms)
    }
  }

  async #listen(stopped: AbortSignal): Promise<void> {
    const dead = new AbortController()
    const end = () => dead.abort()
    stopped.addEventListener('abort', end)
    // The browser knows that its cable is out before the silence tells.
    window.addEventListener('offline', end)
    let watchdog = setTimeout(end, silence_ms)
    try {
      const more: Record<string, string> = { Accept: 'text/event-stream' }
      if (this.#lastID) more['Last-Event-ID'] = this.#lastID
      const answer = await fetch('/v1/events', { headers: await proven('GET', '/v1/events', '', more), credentials: 'same-origin', cache: 'no-store', signal: dead.signal })
      if (!answer.ok || !answer.body) throw new Error(`event stream: ${answer.status}`)
      this.#up()
      const take = reader((m) => this.#message(m))
      const chunks = answer.body.getReader()
      const decoder = new TextDecoder()
      for (;;) {
        const { done, value } = await chunks.read()
        if (done) return
        clearTimeout(watchdog)
        watchdog = setTimeout(end, silence_ms)
        take(decoder.decode(value, { stream: true }))
      }
    } finally {
      clearTimeout(watchdog)
      stopped.removeEventListener('abort', end)
      window.removeEventListener('offline', end)
      dead.abort()
    }
  }

  #up(): void {
    this.#wait_ms = firstWait_ms
    this.#turn('up')
  }

  #turn(line: Line): void {
    if (this.line === line) return
    this.line = line
    for (const told of this.#turned) told(line)
  }

  #message(m: Message): void {
    if (m.id) this.#lastID = m.id
    let news: News & { now?: string }
    try {
      news = JSON.parse(m.data)
    } catch {
      return
    }
    if (m.event === 'hello') {
      if (news.now) noteExactTime(news.now)
      return
    }
    for (const hear of this.#listeners) hear({ ...news, topic: news.topic || m.event })
  }
}

export const live = new Live()
