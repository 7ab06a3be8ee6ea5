// One place hears the keyboard. Layers lie on each other (sale, then a dialog);
// the topmost is asked first, and a closed layer hides those below it.

import { Wedge, type WedgeStep } from './wedge.ts'

export type Layer = {
  /** key handles one key press and says whether it did. */
  key?: (key: string, e: KeyboardEvent) => boolean
  /** scan takes what a scanner read. */
  scan?: (text: string) => void
  /** snapshot is called when a burst may begin; the function it returns undoes what the burst typed. */
  snapshot?: () => () => void
  /** closed layers keep keys from the layers below. */
  closed?: boolean
}

const layers: Layer[] = []
const wedge = new Wedge()
let undoSlow: () => void = () => {}
let undoFast: () => void = () => {}
let letterTimer: ReturnType<typeof setTimeout> | undefined

/** layer puts a layer on top until the returned function is called. */
export function layer(l: Layer): () => void {
  layers.push(l)
  return () => {
    const i = layers.indexOf(l)
    if (i >= 0) layers.splice(i, 1)
  }
}

const isTyping = (el: Element | null): el is HTMLInputElement | HTMLTextAreaElement =>
  el instanceof HTMLTextAreaElement || (el instanceof HTMLInputElement && !['button', 'checkbox', 'radio'].includes(el.type))

/** open lists the layers that hear, topmost first. */
function open(): Layer[] {
  const heard: Layer[] = []
  for (let i = layers.length - 1; i >= 0; i--) {
    heard.push(layers[i]!)
    if (layers[i]!.closed) break
  }
  return heard
}

function snapshot(): () => void {
  const field = document.activeElement
  const undos = open().map((l) => l.snapshot?.())
  if (isTyping(field)) {
    const before = field.value
    undos.push(() => {
      field.value = before
      field.dispatchEvent(new Event('input', { bubbles: true }))
    })
  }
  return () => undos.forEach((u) => u?.())
}

function press(key: string, e: KeyboardEvent): void {
  for (const l of open()) {
    if (!l.key?.(key, e)) continue
    e.preventDefault()
    e.stopPropagation()
    return
  }
}

/** Enter and Space on a button reached by the keyboard press that button. */
function pressesFocused(e: KeyboardEvent): boolean {
  const el = document.activeElement
  if (e.key !== 'Enter' && e.key !== ' ') return false
  return el instanceof HTMLElement && el.matches('button:focus-visible, a:focus-visible, select:focus-visible, summary:focus-visible')
}

/** A field marked data-own-keys answers Enter and Escape itself. */
const ownKeys = (key: string): boolean => (key === 'Enter' || key === 'Escape') && document.activeElement?.closest('[data-own-keys]') !== null

function onKey(e: KeyboardEvent): void {
  if (e.isComposing || e.ctrlKey || e.metaKey || e.altKey) return
  const step = e.repeat ? 'other' : takeBurst(e)
  if (step === 'scan') return
  if (pressesFocused(e)) return
  const typing = isTyping(document.activeElement)
  // In a field a character belongs to the field.
  if (typing && (ownKeys(e.key) || e.key.length === 1 || e.key === 'Backspace' || e.key === 'Delete')) return
  if (/^[a-z]$/i.test(e.key)) {
    // A letter may be the first of a scan; it is a shortcut only when nothing follows at once.
    clearTimeout(letterTimer)
    const key = e.key.toLowerCase()
    if (step !== 'more') letterTimer = setTimeout(() => wedge.last_ms === e.timeStamp && press(key, e), 60)
    return
  }
  press(e.key, e)
}

function takeBurst(e: KeyboardEvent): WedgeStep['kind'] {
  const step = wedge.feed(e.key, e.timeStamp)
  if (step.kind === 'first') undoSlow = undoFast = snapshot()
  if (step.kind === 'fast') undoFast = snapshot()
  if (step.kind !== 'scan') return step.kind
  e.preventDefault()
  e.stopPropagation()
  clearTimeout(letterTimer)
  if (step.pace === 'slow') undoSlow()
  else undoFast()
  const taker = open().find((l) => l.scan)
  taker?.scan?.(step.text)
  return 'scan'
}

/** listen hears the whole window until the returned function is called. */
export function listen(): () => void {
  window.addEventListener('keydown', onKey, true)
  return () => window.removeEventListener('keydown', onKey, true)
}
