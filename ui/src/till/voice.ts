// Three sounds and the voice. A till without loudspeaker or voice is silent, never broken.

import type { Lang } from '../i18n/catalogue.ts'
import { langVoice } from '../i18n/catalogue.ts'
import { keep, kept } from '../parts/keep.ts'

export type Sound = 'good' | 'missing' | 'error'

/** Each sound is notes of [Hz, seconds]. */
const notes: Record<Sound, [number, number][]> = {
  good: [[880, 0.09], [1318, 0.16]],
  missing: [[392, 0.14]],
  error: [[220, 0.16], [165, 0.26]],
}

let ear: AudioContext | null = null

export function play(sound: Sound): void {
  try {
    ear ??= new AudioContext()
    if (ear.state === 'suspended') void ear.resume()
    let at = ear.currentTime
    for (const [hertz, seconds] of notes[sound]) {
      const tone = ear.createOscillator()
      const loudness = ear.createGain()
      tone.type = sound === 'good' ? 'sine' : 'triangle'
      tone.frequency.value = hertz
      loudness.gain.setValueAtTime(0.18, at)
      loudness.gain.exponentialRampToValueAtTime(0.001, at + seconds)
      tone.connect(loudness).connect(ear.destination)
      tone.start(at)
      tone.stop(at + seconds)
      at += seconds
    }
  } catch {
    ear = null
  }
}

export const voiceIsOn = (): boolean => kept('guitai.voice') !== 'off'
export const setVoice = (on: boolean): boolean => keep('guitai.voice', on ? 'on' : 'off')

export function say(text: string, lang: Lang): void {
  if (!voiceIsOn() || !('speechSynthesis' in window)) return
  const want = langVoice[lang].toLowerCase()
  const said = new SpeechSynthesisUtterance(text)
  said.lang = langVoice[lang]
  said.voice = speechSynthesis.getVoices().find((v) => v.lang.replace('_', '-').toLowerCase().startsWith(want)) ?? null
  speechSynthesis.cancel()
  speechSynthesis.speak(said)
}
