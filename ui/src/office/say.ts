// What is shown for each verdict: words, tone and sign.

import type { Scan } from '../api/codes.ts'
import type { Key } from '../i18n/catalogue.ts'
import { t } from '../i18n/words.svelte.ts'
import type { IconName } from '../parts/icons.ts'
import type { Tone } from '../parts/toast.svelte.ts'

export type Said = { tone: Tone; icon: IconName; title: string; more: string }

export const isAlarm = (s: Scan): boolean => s.verdict === 'foreign' || s.verdict === 'forged'

const tones: Record<Scan['verdict'], [Tone, IconName]> = {
  ours: ['good', 'check'],
  doubled: ['plain', 'check'],
  revoked: ['warn', 'trash'],
  other: ['warn', 'doubt'],
  foreign: ['stop', 'alert'],
  forged: ['stop', 'alert'],
}

/** stranger says in words what a code that is not ours is. */
export const stranger = (s: Scan): string => (s.kind ? t(`stranger.${s.kind}` as Key) : '')

export function said(s: Scan): Said {
  const [tone, icon] = tones[s.verdict]
  if (s.misplaced && (s.verdict === 'ours' || s.verdict === 'doubled')) {
    return { tone: 'warn', icon: 'doubt', title: t('verdict.misplaced'), more: t('verdict.misplaced.todo', { shop: s.code?.shop.name ?? '' }) }
  }
  const todo: Partial<Record<Scan['verdict'], Key>> = { doubled: 'verdict.doubled.todo', revoked: 'verdict.revoked.todo', other: 'verdict.other.todo' }
  const key = todo[s.verdict]
  const more = [stranger(s), key ? t(key) : ''].filter(Boolean).join(t('in.stop'))
  return { tone, icon, title: t(`verdict.${s.verdict}`), more }
}
