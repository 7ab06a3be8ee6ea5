// The language on show, and the catalogue read in it.

import { setSpoken } from '../api/client.ts'
import { catalogue, langs, type Key, type Lang } from './catalogue.ts'
import { keep, kept } from '../parts/keep.ts'

const isLang = (v: unknown): v is Lang => langs.includes(v as Lang)

function preferred(): Lang {
  const chosen = kept('guitai.lang')
  if (isLang(chosen)) return chosen
  for (const wish of navigator.languages ?? []) {
    if (/^zh-(hant|tw|hk|mo)/i.test(wish)) return 'zh-Hant'
    if (/^zh/i.test(wish)) return 'zh-Hans'
    if (/^en/i.test(wish)) return 'en'
  }
  return 'zh-Hans'
}

class Speech {
  lang: Lang = $state(preferred())

  constructor() {
    this.#apply()
  }

  choose(lang: Lang): void {
    this.lang = lang
    keep('guitai.lang', lang)
    this.#apply()
  }

  #apply(): void {
    document.documentElement.lang = this.lang
    setSpoken(this.lang)
  }
}

export const speech = new Speech()

/** t is the words for key in the language on show, {name}s filled in. */
export function t(key: Key, fill?: Record<string, string | number>): string {
  const words: string = catalogue[key][langs.indexOf(speech.lang)] ?? ''
  return fill ? words.replace(/\{(\w+)\}/g, (whole, name) => (name in fill ? String(fill[name]) : whole)) : words
}

/** walletName is the wallet's own name; without one, "the wallet". */
export function walletName(wallet: string | null | undefined): string {
  const key = `wallet.${wallet}`
  return t(key in catalogue ? (key as Key) : 'wallet.any')
}
