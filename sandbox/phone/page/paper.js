// The receipt printer: its paper, its drawer, and what can go wrong with them.
import { call, seePrinter, state, tryIt } from './call.js'
import { h, icon, moment, s, segments, t } from './part.js'

const parts = {}
const drawn = new Map() // slip id → {mark, el}

export function build(root) {
  drawn.clear()
  parts.roll = h('div', { class: 'roll', tabindex: '0', role: 'log', 'aria-label': t('printer') })
  parts.body = h('div', { class: 'machine' })
  parts.drawer = h('div', { class: 'drawer' })
  parts.switches = h('div', { class: 'switches' })
  root.replaceChildren(parts.roll, parts.body, parts.drawer, parts.switches)
  draw()
}

const set = async (change) => {
  const view = await tryIt(() => call('POST', 'printer', change))
  if (view) seePrinter(view)
}

export function draw() {
  const p = state.printer
  if (!p) return
  const fresh = drawSlips(p)
  drawMachine(p)
  parts.drawer.dataset.drawer = p.drawer
  parts.drawer.replaceChildren(h('div', { class: 'tray', 'aria-hidden': 'true' }, ['100', '50', '20', '10', '5'].map((n) => h('i', { 'data-note': n }, n))),
    h('div', { class: 'front' }, h('span', { class: 'lock', 'aria-hidden': 'true' }), h('span', { role: 'status' }, t('drawer_' + p.drawer)),
      p.drawer === 'open' ? h('button', { type: 'button', class: 'plain small', onclick: () => set({ drawer: 'shut' }) }, t('shut_drawer')) : null))
  const had = document.activeElement?.closest?.('.switches [role=radiogroup]')?.getAttribute('aria-label')
  const group = (name, field, values, text) => h('div', { class: 'switch-line' }, h('span', { 'aria-hidden': 'true' }, name), segments(name, values.map((v) => [v, text(v)]), p[field], (v) => set({ [field]: v })))
  parts.switches.replaceChildren(
    group(t('paper'), 'paper', ['there', 'low', 'out'], (v) => t('paper_' + v)),
    group(t('width'), 'width', [58, 80], (v) => t('mm', { n: v })),
    group(t('cover'), 'cover', ['shut', 'open'], (v) => t('cover_' + v)),
    group(t('line'), 'line', ['online', 'offline'], (v) => t('line_' + v)),
    group(t('power'), 'power', ['on', 'off', 'hung'], (v) => t('power_' + v)),
    group(t('delay_ms'), 'delay_ms', [0, 1500, 5000], (v) => t('delay_' + v)))
  if (had) parts.switches.querySelector(`[aria-label="${had}"] [aria-checked=true]`)?.focus()
  if (fresh) show() // when everything has its height
}

function drawMachine(p) {
  const stopped = p.paper === 'out' || p.cover === 'open' || p.line === 'offline' || p.power !== 'on'
  const lamp = (name, on) => h('span', { class: 'lamp', 'data-on': on || null, 'aria-hidden': 'true' }, name)
  parts.body.dataset.cover = p.cover
  parts.body.replaceChildren(h('div', { class: 'slot', 'aria-hidden': 'true' }), h('div', { class: 'panel' },
    h('span', { class: 'brand', 'aria-hidden': 'true' }, 'GT-' + p.width),
    h('span', { class: 'lamps' }, lamp('POWER', p.power === 'off' ? '' : 'good'), lamp('PAPER', p.paper === 'out' ? 'bad' : p.paper === 'low' ? 'warn' : ''), lamp('ERROR', stopped ? 'bad' : '')),
    h('span', { class: 'grow', role: 'status' }, stopped ? t('stopped') + (p.waiting_bytes ? ' · ' + t('waiting_bytes', { n: p.waiting_bytes }) : '') : t('ready')),
    h('button', { type: 'button', class: 'ghost', disabled: state.slips.size === 0, 'aria-label': t('throw_away'), onclick: throwAway }, icon('bin'), h('span', {}, t('throw_away')))))
}

async function throwAway() {
  const view = await tryIt(() => call('DELETE', 'printer/slips'))
  if (view) seePrinter(view)
}

// drawSlips draws new paper only, and returns the newest of it.
function drawSlips(p) {
  const list = [...state.slips.values()].sort((x, y) => x.id - y.id)
  for (const id of drawn.keys()) if (!state.slips.has(id)) drawn.delete(id)
  let fresh = null
  for (const slip of list) {
    const mark = `${slip.height_dots} ${slip.rows.length} ${slip.cut}`
    if (drawn.get(slip.id)?.mark === mark) continue
    fresh = slipOf(slip)
    drawn.set(slip.id, { mark, el: fresh })
  }
  parts.roll.replaceChildren(...(list.length ? list.map((x) => drawn.get(x.id).el) : [h('p', { class: 'empty' }, t('no_slips'))]))
  parts.roll.dataset.paper = p.paper
  fresh?.classList.add('fresh')
  return fresh
}

// show brings the newest slip to sight, its top if it is long.
export function show() {
  const last = parts.roll.lastElementChild
  const tall = last.offsetHeight > parts.roll.clientHeight
  parts.roll.scrollTop = tall ? last.offsetTop - parts.roll.offsetTop - 12 : parts.roll.scrollHeight
}

const bleed = { 58: 40, 80: 32 } // paper beside what can be printed on, in dots

function slipOf(slip) {
  const side = bleed[slip.width_mm] ?? 32
  const wide = slip.width_dots + 2 * side
  const high = slip.height_dots + 12
  const name = t('slip_at', { n: slip.id, time: moment(slip.begun_at) })
  const words = slip.rows.map((r) => (r.kind === 'text' ? r.text : r.kind === 'qr' ? t('code_says', { text: r.text }) : t('picture_row'))).join('\n')
  return h('figure', { class: 'slip', 'data-id': String(slip.id), 'data-width': String(slip.width_mm), 'data-cut': slip.cut },
    s('svg', { viewBox: `0 0 ${wide} ${high}`, role: 'img', 'aria-label': `${name}\n${words}` },
      s('path', { class: 'sheet-of-paper', d: edge(wide, high, slip.cut !== '') }),
      s('g', { transform: `translate(${side} 6)` }, slip.rows.flatMap(row))),
    h('figcaption', {}, name))
}

// edge is the outline of a slip: torn above, and below when it is off.
function edge(wide, high, torn) {
  const tooth = 8
  const teeth = (step) => `l${step} -5 l${step} 5 `.repeat(wide / tooth)
  return `M0 6 ${teeth(tooth / 2)}V${high - 1} ${torn ? teeth(-tooth / 2) : 'H0 '}Z`
}

function row(r) {
  if (r.kind === 'qr') return [s('path', { class: 'ink', d: r.path, transform: `translate(${r.x} ${r.y}) scale(${r.width / r.side})`, 'shape-rendering': 'crispEdges' })]
  if (r.kind === 'picture') return [s('image', { href: 'data:image/png;base64,' + r.png, x: r.x, y: r.y, width: r.width, height: r.height, preserveAspectRatio: 'none' })]
  return r.spans.flatMap((span) => spanOf(span, r))
}

// spanOf sets each character into its own cell, as the print head does: 12
// dots for a Latin letter, 24 for a Chinese one, before widening.
function spanOf(span, r) {
  const cell = span.cell / span.wide
  const letters = [...span.text]
  const at = []
  const text = letters.filter((c, i) => c.trim() && at.push(i * cell)).join('')
  const box = (cls, y, high) => s('rect', { class: cls, x: 0, y, width: letters.length * cell, height: high })
  const latin = cell === 12
  return [s('g', { transform: `translate(${span.x} ${r.y + r.height - 24 * span.high}) scale(${span.wide} ${span.high})` },
    span.inverse ? box('ink', 0, 24) : null,
    text ? s('text', { class: `${span.inverse ? 'blank' : 'ink'}${latin ? ' latin' : ''}${span.bold ? ' bold' : ''}`, x: at.join(' '), y: latin ? 16.5 : 20.5, transform: latin ? 'scale(1 1.2)' : null }, text) : null,
    span.underline ? box('ink', 22.5, 1.5) : null)]
}
