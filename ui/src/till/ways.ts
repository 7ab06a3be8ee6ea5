// The ways in which a wallet's money can be taken at this till.

import type { Key } from '../i18n/catalogue.ts'
import type { Wallet } from '../money/wallet.ts'

/** How money is taken: the till scans the payer's code, or shows one: one for all wallets, or a wallet's own. */
export type Way = 'scan' | 'one' | Wallet

type Look = { icon: 'scan' | 'qr'; words: Key; note: Key; by: Key; hotkey: string }

const looks: Record<Way, Look> = {
  scan: { icon: 'scan', words: 'act.scan', note: 'act.scan.any', by: 'act.by.scan', hotkey: 'S' },
  one: { icon: 'qr', words: 'act.show', note: 'act.one', by: 'act.by.one', hotkey: 'Q' },
  wechat: { icon: 'qr', words: 'act.show', note: 'act.wechat', by: 'act.by.wechat', hotkey: 'W' },
  alipay: { icon: 'qr', words: 'act.show', note: 'act.alipay', by: 'act.by.alipay', hotkey: 'A' },
  unionpay: { icon: 'qr', words: 'act.show', note: 'act.unionpay', by: 'act.by.unionpay', hotkey: 'U' },
}

export const lookOf = (way: Way): Look => looks[way]

const known = (way: string): way is Way => way in looks

/** waysOf lists what the server says it can do, the usual first. */
export const waysOf = (said: string[] | undefined): Way[] => (said ?? ['scan', 'wechat', 'alipay']).filter(known)

/** shelve splits the ways into those on buttons and those behind "another wallet". */
export function shelve(ways: Way[], places = 3): { out: Way[]; behind: Way[] } {
  if (ways.length <= places) return { out: ways, behind: [] }
  return { out: ways.slice(0, places - 1), behind: ways.slice(places - 1) }
}

/** wayOfKey finds the way that a key stands for. */
export const wayOfKey = (key: string, ways: Way[]): Way | undefined => ways.find((way) => looks[way].hotkey.toLowerCase() === key)
