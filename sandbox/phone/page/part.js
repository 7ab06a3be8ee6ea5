// Small parts of the page: elements, words in the chosen language, money,
// times, toasts, sheets.
import { words } from './words.js'

export const langs = [['zh-Hans', '简体中文'], ['zh-Hant', '繁體中文'], ['en', 'English']]

const kept = (key) => {
  try { return localStorage.getItem('street.' + key) } catch { return null }
}
export const keep = (key, value) => {
  try { localStorage.setItem('street.' + key, value) } catch { /* a private window keeps nothing */ }
}
export { kept }

function preferred() {
  const chosen = langs.findIndex(([l]) => l === kept('lang'))
  if (chosen >= 0) return chosen
  for (const wish of navigator.languages ?? []) {
    if (/^zh-(hant|tw|hk|mo)/i.test(wish)) return 1
    if (/^zh/i.test(wish)) return 0
    if (/^en/i.test(wish)) return 2
  }
  return 0
}

let lang = preferred()
export const language = () => langs[lang][0]
export function speak(name) {
  lang = Math.max(0, langs.findIndex(([l]) => l === name))
  keep('lang', langs[lang][0])
}

// say takes one text of three; t finds it by its key and fills {holes}.
export const say = (three) => three[lang]
export function t(key, holes = {}) {
  return say(words[key] ?? [key, key, key]).replace(/\{(\w+)\}/g, (_, name) => holes[name] ?? '')
}

// h makes an element: h('p', {class: 'a', onclick: f}, 'text', child, null).
export function h(name, props = {}, ...kids) {
  return fill(document.createElement(name), props, kids)
}
const svgSpace = 'http://www.w3.org/2000/svg'
export function s(name, props = {}, ...kids) {
  return fill(document.createElementNS(svgSpace, name), props, kids)
}
function fill(el, props, kids) {
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue
    if (key.startsWith('on')) el.addEventListener(key.slice(2), value)
    else if (key === 'value' || key === 'checked' || key === 'disabled') el[key] = value
    else el.setAttribute(key, value === true ? '' : value)
  }
  el.append(...kids.flat().filter((k) => k !== null && k !== undefined && k !== false))
  return el
}

// drawing turns an SVG document of the street into an element.
export function drawing(text, name) {
  const el = document.importNode(new DOMParser().parseFromString(text, 'image/svg+xml').documentElement, true)
  el.setAttribute('role', 'img')
  el.setAttribute('aria-label', name)
  return el
}

const icons = {
  code: 'M3 5v14M7 5v14M10 5v14M14 5v14M17 5v14M21 5v14',
  scan: 'M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M4 12h16',
  bills: 'M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6',
  how: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14.5c1.8 2.4 5.2 2.4 7 0M9 9.5v.01M15 9.5v.01',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  fresh: 'M20 12a8 8 0 1 1-2.3-5.7M20 3v5h-5',
  next: 'M9 6l6 6-6 6',
  shut: 'M6 6l12 12M18 6L6 18',
  erase: 'M9 6h11v12H9l-5-6zM12.5 9.5l5 5M17.5 9.5l-5 5',
  good: 'M5 12.5l4.5 4.5L19 7.5',
  bad: 'M12 6v7M12 17.5v.01',
  dark: 'M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z',
  auto: 'M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18M12 8h4.5M12 12h5M12 16h4.5',
  light: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M19 5l-1.4 1.4M6.4 17.6L5 19',
  api: 'M8 6l-5 6 5 6M16 6l5 6-5 6',
  camera: 'M4 8h3l2-3h6l2 3h3v11H4zM12 17a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z',
  picture: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9v.01',
  bin: 'M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13',
  street: 'M4 20V9l8-5 8 5v11M9 20v-6h6v6',
  phone: 'M7 3h10v18H7zM11 18h2',
  printer: 'M7 9V3h10v6M7 17H4V9h16v8h-3M7 14h10v7H7z',
}
export function icon(name) {
  return s('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' }, s('path', { d: icons[name] }))
}

export function money(fen) {
  const sign = fen < 0 ? '-' : ''
  const n = Math.abs(fen)
  const yuan = String(Math.floor(n / 100)).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${sign}¥${yuan}.${String(n % 100).padStart(2, '0')}`
}

// fenOf reads "12", "12.5", "1,000.00"; null when it is no sum of money.
export function fenOf(text) {
  const m = /^\s*(\d{1,9})(?:\.(\d{1,2}))?\s*$/.exec(text.replace(/[,，¥￥]/g, ''))
  return m ? Number(m[1]) * 100 + Number((m[2] ?? '').padEnd(2, '0')) : null
}

export const yuan = (fen) => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`

const two = (n) => String(n).padStart(2, '0')
export function moment(text) {
  const d = new Date(text)
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`
}
export function left(ms) {
  const n = Math.max(0, Math.ceil(ms / 1000))
  if (n >= 3600) return `${Math.floor(n / 3600)}:${two(Math.floor(n / 60) % 60)}:${two(n % 60)}`
  return `${Math.floor(n / 60)}:${two(n % 60)}`
}

let fading
export function toast(text, bad = false) {
  const box = document.getElementById('toast')
  box.textContent = text
  box.className = bad ? 'toast bad' : 'toast'
  box.hidden = false
  clearTimeout(fading)
  fading = setTimeout(() => { box.hidden = true }, 3500)
}

// segments is a row of choices of which one holds. choose is called with its value.
export function segments(name, choices, value, choose) {
  return h('div', { class: 'segments', role: 'radiogroup', 'aria-label': name }, choices.map(([v, text]) =>
    h('button', { type: 'button', role: 'radio', 'aria-checked': String(v === value), tabindex: v === value ? '0' : '-1', onclick: () => choose(v), onkeydown: arrows }, text)))
}
function arrows(e) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key]
  if (!step) return
  const all = [...e.currentTarget.parentElement.children]
  const to = all[(all.indexOf(e.currentTarget) + step + all.length) % all.length]
  e.preventDefault()
  to.focus()
  to.click()
}
