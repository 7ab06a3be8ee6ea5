// What can be sold, and how it is found.

import * as calls from '../api/calls.ts'
import type { Department, Good } from '../api/types.ts'
import type { Lang } from '../i18n/catalogue.ts'
import { speech } from '../i18n/words.svelte.ts'

/** goodName is the name in the language on show, if the good has one. */
export const goodName = (good: Good, lang: Lang): string => (lang === 'en' && good.name_en ? good.name_en : good.name)

/** matches finds text in name, code or barcode. */
export function matches(good: Good, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  return [good.name, good.name_en ?? '', good.code, good.barcode].some((v) => v.toLowerCase().includes(wanted))
}

class GoodsList {
  departments: Department[] = $state.raw([])
  items: Good[] = $state.raw([])
  state: 'none' | 'reading' | 'read' | 'failed' = $state('none')

  async read(): Promise<void> {
    if (this.state === 'reading') return
    this.state = 'reading'
    try {
      const all = await calls.goods()
      this.departments = all.departments ?? []
      this.items = all.items ?? []
      this.state = 'read'
    } catch {
      this.state = 'failed'
    }
  }

  name(good: Good): string {
    return goodName(good, speech.lang)
  }

  /** exact finds the good with just this barcode or code. */
  exact(text: string): Good | undefined {
    return this.items.find((g) => g.barcode === text) ?? this.items.find((g) => g.code === text)
  }
}

export const goods = new GoodsList()
