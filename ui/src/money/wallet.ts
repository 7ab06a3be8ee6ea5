// Which wallet a payer's code belongs to, by its first digits and its length.

export type Wallet = 'wechat' | 'alipay' | 'unionpay'

/** walletOf recognises a whole payment code: WeChat Pay 18 digits from 10–15, Alipay 16–24 from 25–30, UnionPay 19 from 62. */
export function walletOf(code: string): Wallet | null {
  if (!/^\d{16,24}$/.test(code)) return null
  const guess = walletByPrefix(code)
  if (guess === 'wechat') return code.length === 18 ? guess : null
  if (guess === 'unionpay') return code.length === 19 ? guess : null
  return guess
}

/** walletByPrefix guesses while the digits are still being typed. */
export function walletByPrefix(code: string): Wallet | null {
  if (!/^\d{2,24}$/.test(code)) return null
  const head = Number(code.slice(0, 2))
  if (head >= 10 && head <= 15) return 'wechat'
  if (head >= 25 && head <= 30) return 'alipay'
  return head === 62 ? 'unionpay' : null
}

/** plainCode takes away what people and scanners put between digits. */
export const plainCode = (typed: string): string => typed.replace(/[\s-]/g, '')
