// Static codes and the rounds that look after them: the calls and their shapes.

import { ask } from './client.ts'
import type { Money } from './types.ts'

export type Place = { id: string; name: string; number?: string }

export type StaticCode = {
  id: string
  name: string
  mark: string
  state: 'valid' | 'revoked'
  amount?: Money
  text?: string
  shop: Place
  till?: Place
  created_at: string
  revoked_at?: string
}

export type NewCode = { id: string; name: string; shop?: string; till?: string; amount?: Money }

export type RoundCode = { id: string; name: string; mark: string; amount?: Money; shop: Place; till?: Place }

export type Verdict = 'ours' | 'doubled' | 'revoked' | 'foreign' | 'forged' | 'other'

export type StrangerKind =
  | 'wechat' | 'alipay' | 'unionpay' | 'emv' | 'address' | 'app' | 'payer' | 'goods' | 'text'
  | 'other_merchant' | 'unregistered' | 'our_address' | 'imitation' | 'own_payment' | 'own_page'

export type Scan = {
  id: string
  place: number
  verdict: Verdict
  kind?: StrangerKind
  code?: RoundCode
  misplaced: boolean
  host?: string
  text?: string
  at: string
}

export type RoundHead = { id: string; state: 'open' | 'ended'; shop: string; started_at: string; ended_at?: string }

/** due and found are told of rounds that have ended. */
export type RoundSum = RoundHead & { due: number; found: number; alarms: number; revoked: number }

export type Round = RoundHead & { shop_name: string; staff?: string; clean: boolean; found: RoundCode[]; missing: RoundCode[]; scans: Scan[] }

const at = encodeURIComponent

function path(base: string, query: Record<string, string>) {
  const q = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString()
  return q ? `${base}?${q}` : base
}

export const codes = (q: { state: string; shop: string; cursor: string }) => ask<{ items: StaticCode[]; next_cursor?: string }>('GET', path('/v1/codes', q))
export const issue = (c: NewCode) => ask<StaticCode>('POST', '/v1/codes', c)
export const revoke = (id: string) => ask<StaticCode>('POST', `/v1/codes/${at(id)}/revoke`)
export const printOnPaper = (id: string) => ask<{ state: string }>('POST', `/v1/codes/${at(id)}/print`)

export type Format = 'png' | 'svg' | 'pdf' | 'tent'
export const picturePath = (id: string, format: Format, lang: string) => path(`/v1/codes/${at(id)}/picture`, { format, lang })
export const sheetPath = (ids: string[], copies: number, lang: string) => path('/v1/codes/sheet.pdf', { ids: ids.join(','), copies: String(copies), lang })

export const rounds = (q: { shop: string; cursor: string }) => ask<{ items: RoundSum[]; next_cursor?: string }>('GET', path('/v1/rounds', q))
export const round = (id: string) => ask<Round>('GET', `/v1/rounds/${at(id)}`)
export const startRound = (id: string) => ask<Round>('POST', '/v1/rounds', { id })
export const scan = (round: string, id: string, text: string) => ask<Scan>('POST', `/v1/rounds/${at(round)}/scans`, { id, text })
export const endRound = (id: string) => ask<Round>('POST', `/v1/rounds/${at(id)}/end`)
