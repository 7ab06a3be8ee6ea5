// One way to ask the server. Every answer is the wanted value, a Refused (the
// server said no and says why) or a Lost (nobody knows what became of it).

import { forgetExactTime, noteServerTime, serverNow } from './clock.ts'
import type { MoneyMoved, Trouble } from './types.ts'

/** Refused is the server's own word: a problem document (RFC 9457) in the person's language. */
export class Refused extends Error {
  readonly trouble: Trouble
  readonly status: number
  readonly kind: string
  readonly field: string
  readonly requestID: string
  /** milliseconds after which it may be tried again; 0 when the server did not say. */
  readonly retryAfter_ms: number

  constructor(status: number, body: Record<string, unknown>, retryAfter_ms: number) {
    super(`${status} ${text(body.code)}`)
    this.status = status
    this.kind = text(body.kind)
    this.field = text(body.field)
    this.requestID = text(body.request_id)
    this.retryAfter_ms = retryAfter_ms
    this.trouble = {
      code: text(body.code),
      what: text(body.title),
      todo: text(body.detail),
      money_moved: (text(body.money_moved) || 'no') as MoneyMoved,
      ...(text(body.rule) ? { rule: text(body.rule) } : {}),
    }
  }
}

/** Lost means that the request may or may not have arrived. */
export class Lost extends Error {}

const text = (v: unknown): string => (typeof v === 'string' ? v : '')

/** The server answers a payment within 10 s; after this long the answer is taken as lost. */
const timeout_ms = 15_000

let spoken = 'zh-Hans'

/** setSpoken chooses the language of the server's texts. */
export function setSpoken(lang: string): void {
  spoken = lang
}

let signedOut: () => void = () => {}

/** onSignedOut is told when the server no longer knows who is asking. */
export function onSignedOut(told: () => void): void {
  signedOut = told
}

export type Asked = { method: string; uri: string; body: string }

/** A prover adds what shows that a request comes from the browser that a till is bound to. */
export type Prover = (asked: Asked, time_ms: number) => Promise<Record<string, string>>

let prover: Prover = async () => ({})

export function proveBy(p: Prover): void {
  prover = p
}

/** proven is headers for one request, with the proof of the till's key where there is one. */
export async function proven(method: string, uri: string, body = '', more: Record<string, string> = {}): Promise<Record<string, string>> {
  return headers({ ...more, ...(await prover({ method, uri, body }, serverNow())) })
}

export function headers(more: Record<string, string> = {}): Record<string, string> {
  return { 'Accept-Language': spoken, 'X-Guitai': '1', ...more }
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
type More = Record<string, string>

export async function ask<T>(method: Method, path: string, body?: unknown, more: More = {}): Promise<T> {
  try {
    return await askOnce<T>(method, path, body, more)
  } catch (e) {
    // The answer to a wrong clock tells the right time: nothing happened, so it is asked once more.
    if (!(e instanceof Refused) || e.trouble.code !== 'till_clock_wrong') throw e
    return askOnce<T>(method, path, body, more)
  }
}

async function askOnce<T>(method: Method, path: string, body: unknown, more: More): Promise<T> {
  const sent = body === undefined ? undefined : JSON.stringify(body)
  let answer: Response
  let raw: string
  const giveUp = new AbortController()
  const timer = setTimeout(() => giveUp.abort(), timeout_ms)
  try {
    answer = await fetch(path, {
      method,
      headers: await proven(method, path, sent, sent === undefined ? more : { 'Content-Type': 'application/json', ...more }),
      body: sent,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: giveUp.signal,
    })
    raw = await answer.text()
  } catch (cause) {
    throw new Lost('no answer', { cause })
  } finally {
    clearTimeout(timer)
  }
  if (answer.status === 403 && raw.includes('till_clock_wrong')) forgetExactTime()
  noteServerTime(answer.headers.get('Date'))
  return read<T>(answer, raw)
}

function read<T>(answer: Response, raw: string): T {
  if (answer.status === 204) return undefined as T
  const value = parse(raw)
  if (answer.ok) {
    if (value === undefined) throw new Lost('an answer that cannot be read')
    return value as T
  }
  if (!isRecord(value) || !text(value.code)) throw new Lost(`an answer ${answer.status} without a reason`)
  const after = Number(answer.headers.get('Retry-After') ?? 0)
  const refused = new Refused(answer.status, value, Number.isFinite(after) ? after * 1000 : 0)
  if (refused.status === 401 && refused.trouble.code === 'signed_out') signedOut()
  // "It may have happened" is not a refusal.
  if (refused.status >= 500 && refused.trouble.money_moved === 'maybe') throw new Lost(refused.message, { cause: refused })
  throw refused
}

function parse(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    return undefined
  }
}

const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null
