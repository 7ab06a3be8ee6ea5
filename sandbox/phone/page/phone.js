// The page: three places (street, phone, printer) beside each other, or one at
// a time on a small screen. call.js knows, the others draw.
import { begin, loadPrinter, state, watch } from './call.js'
import * as fault from './fault.js'
import * as paper from './paper.js'
import { h, icon, keep, kept, langs, language, segments, speak, t } from './part.js'
import * as pay from './pay.js'
import * as wallet from './wallet.js'

const places = ['street', 'phone', 'printer']
let place = 'phone'
const at = (id) => document.getElementById(id)

function drawBar() {
  document.documentElement.lang = language()
  document.title = t('title')
  const themes = ['auto', 'light', 'dark']
  const theme = kept('theme') ?? 'auto'
  at('bar').replaceChildren(
    h('h1', {}, h('img', { src: '/icon.svg', alt: '', width: '28', height: '28' }), h('span', {}, t('title')), h('small', {}, t('subtitle'))),
    h('div', { class: 'acts' },
      h('a', { class: 'ghost', href: '/control/openapi.json', target: '_blank', rel: 'noopener', 'aria-label': t('api') }, icon('api'), h('span', {}, t('api'))),
      h('select', { 'aria-label': t('language'), onchange: (e) => { speak(e.target.value); drawAll() } }, langs.map(([value, name]) => h('option', { value, selected: value === language() }, name))),
      h('button', { type: 'button', class: 'ghost', 'aria-label': `${t('theme')}: ${t('theme_' + theme)}`, title: t('theme_' + theme), onclick: () => { keep('theme', themes[(themes.indexOf(theme) + 1) % 3]); dress(); drawBar() } },
        icon(theme))))
  at('places').setAttribute('aria-label', t('places'))
  at('places').replaceChildren(segments(t('places'), places.map((p) => [p, t('place_' + p)]), place, go))
  for (const p of places) at(p).setAttribute('aria-label', t('place_' + p))
}

function dress() {
  const theme = kept('theme') ?? 'auto'
  const dark = theme === 'dark' || (theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
}

function go(to) {
  place = to
  document.body.dataset.place = to
  drawBar()
  at('places').querySelector('[aria-checked=true]').focus()
  if (to === 'printer') paper.show()
}

function drawAll() {
  pay.shut()
  drawBar()
  wallet.build(at('phone'))
  fault.build(at('street'))
  paper.build(at('printer'))
}

function lost(gone) {
  at('lost').hidden = !gone
  at('lost').textContent = t('lost')
  if (gone || !state.printer) return
  state.slips.clear() // it may be another street by now
  loadPrinter()
}

dress()
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', dress)
document.body.dataset.place = place
drawBar()
wallet.build(at('phone'))

watch('book', () => { wallet.onBook(); fault.onBook() })
watch('payer', () => { wallet.onPayer(); fault.build(at('street')) })
watch('moved', wallet.onMoved)
watch('faults', fault.onFaults)
watch('printer', paper.draw)
fault.build(at('street'))
paper.build(at('printer'))

async function start() {
  try {
    await begin(lost)
  } catch {
    lost(true)
    setTimeout(start, 2000)
  }
}
start()
setInterval(wallet.tick, 1000)
document.addEventListener('visibilitychange', wallet.tick)
// A code on the street pays on the phone: on a small screen one must see it.
at('street').addEventListener('click', (e) => { if (e.target.closest('.ticket')) go('phone') })
