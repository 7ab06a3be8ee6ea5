// What can be set, in the order in which it is shown.

import type { Act, Approval, Settings } from '../bundle/types.ts'

export const acts: Act[] = ['void', 'return', 'return_without_receipt', 'discount', 'price_change', 'drawer', 'cancel_line', 'cancel_bill', 'pay_out', 'reprint']
export const ways: Approval[] = ['free', 'limit', 'manager']
export const tenders = ['cash', 'wallet', 'cheque', 'voucher', 'points', 'account'] as const
export const prefixes = Array.from({ length: 10 }, (_, i) => String(20 + i))

/** withPrefix is the list with what codes of one prefix hold; empty: they are nobody's scale's. */
export function withPrefix(list: Settings['weighed'], prefix: string, holds: '' | 'weight' | 'price'): Settings['weighed'] {
  const others = list.filter((w) => w.prefix !== prefix)
  if (holds) others.push({ prefix, holds })
  return others.sort((a, b) => a.prefix.localeCompare(b.prefix))
}

/** bound lists the keys that would do two things. */
export function bound(keys: Record<string, string>): string[] {
  const all = Object.values(keys).map((k) => k.toUpperCase()).filter(Boolean)
  return [...new Set(all.filter((k, i) => all.indexOf(k) !== i))]
}
