// Amounts as they come and go on the wire: whole minor units (fen) and an
// ISO 4217 code. No float ever holds money here.

export type Money = { value: number; currency: string }

export const fen = (value: number): Money => ({ value, currency: 'CNY' })

const signs: Record<string, string> = { CNY: '¥', HKD: 'HK$', MOP: 'MOP$', TWD: 'NT$', USD: 'US$', EUR: '€', GBP: '£' }

/** digits writes minor units as major units with two decimals: 125000 → "1,250.00". */
export function digits(value: number): string {
  const whole = Math.trunc(Math.abs(value) / 100)
  const rest = String(Math.abs(value) % 100).padStart(2, '0')
  return `${value < 0 ? '-' : ''}${String(whole).replace(/\B(?=(\d{3})+$)/g, ',')}.${rest}`
}

/** written is the amount with its sign, always with two decimals: "¥1,250.00", "-¥3.20". */
export function written(m: Money): string {
  const sign = signs[m.currency] ?? `${m.currency} `
  return m.value < 0 ? `-${sign}${digits(-m.value)}` : sign + digits(m.value)
}
