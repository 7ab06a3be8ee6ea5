// The street beside the phone: codes that wait, and the switches of fate.
import { call, loadFaults, state, tryIt } from './call.js'
import { h, icon, say, t, toast } from './part.js'
import { calls, faultGroups } from './say.js'
import { streetList } from './wallet.js'

const ask = { provider: '', op: '', often: '1', delay: '' }
const parts = {}

export function build(root) {
  parts.tickets = h('div', { class: 'tickets' })
  parts.rules = h('div', { class: 'rules', 'aria-live': 'polite' })
  parts.form = h('div', { class: 'fate' })
  parts.kinds = h('div', { class: 'kinds' })
  root.replaceChildren(
    h('section', { class: 'box' }, h('h2', {}, t('on_street')), parts.tickets),
    h('section', { class: 'box' }, h('h2', {}, t('day_end')), h('p', { class: 'note' }, t('day_end_note')),
      h('button', { type: 'button', class: 'plain', onclick: endDay }, icon('bills'), t('day_end_now'))),
    h('section', { class: 'box faults' }, h('h2', {}, t('faults')), h('p', { class: 'note' }, t('faults_note')), parts.rules, parts.form, parts.kinds))
  drawForm()
  drawKinds()
  onBook()
  onFaults()
}

async function endDay() {
  const made = await tryIt(() => call('POST', 'day-end', {}))
  if (made) toast(t('day_ended', { day: made.day, n: made.wallets.reduce((n, w) => n + w.rows.length, 0) }))
}

export function onBook() {
  parts.tickets.replaceChildren(...streetList())
}

const words = () => Object.assign({}, ...faultGroups.map(([, kinds]) => kinds))
const callName = (op) => (calls[op] ? say(calls[op]) : op)

export function onFaults() {
  if (state.faults.length === 0) {
    parts.rules.replaceChildren(h('p', { class: 'calm' }, icon('good'), t('faults_none')))
    return
  }
  parts.rules.replaceChildren(h('h3', {}, t('faults_stand')), ...state.faults.map((r, i) =>
    h('div', { class: 'rule' }, h('span', { class: 'grow' }, h('b', {}, words()[r.kind] ? say(words()[r.kind][0]) : r.kind),
      h('small', {}, [r.provider ? t(r.provider) : t('any_wallet'), r.op ? callName(r.op) : t('any_call'), often(r), r.delay_ms ? t('seconds', { n: r.delay_ms / 1000 }) : ''].filter(Boolean).join(' · '))),
    h('button', { type: 'button', class: 'round', 'aria-label': t('remove'), onclick: () => remove(i) }, icon('shut')))),
  h('button', { type: 'button', class: 'main calm-all', onclick: clear }, t('clear_all')))
}

function often(r) {
  if (r.count) return t('times_left', { n: r.count })
  return r.probability === 1 ? t('always') : `${Math.round(r.probability * 100)} %`
}

async function clear() {
  if (await tryIt(() => call('DELETE', 'faults'))) toast(t('cleared'))
  loadFaults()
}

// remove takes one rule away: the control clears all, and the others come back.
async function remove(i) {
  const rest = state.faults.filter((_, k) => k !== i)
  await tryIt(async () => {
    await call('DELETE', 'faults')
    if (rest.length > 0) await call('POST', 'faults', { rules: rest })
  })
  loadFaults()
}

function select(name, key, choices) {
  return h('label', { class: 'choice' }, h('span', {}, name),
    h('select', { onchange: (e) => { ask[key] = e.target.value; if (key === 'provider') { ask.op = ''; drawForm() } drawKinds() } },
      choices.map(([value, text]) => h('option', { value, selected: value === ask[key] }, text))))
}

function drawForm() {
  const ops = [...new Set(state.wallets.filter((w) => !ask.provider || w.wallet === ask.provider).flatMap((w) => [...w.ops, 'bill']))]
  parts.form.replaceChildren(
    select(t('whose'), 'provider', [['', t('any_wallet')], ...state.wallets.map((w) => [w.wallet, t(w.wallet)])]),
    select(t('which_call'), 'op', [['', t('any_call')], ...ops.map((op) => [op, calls[op] ? `${callName(op)} (${op})` : op])]),
    select(t('how_often'), 'often', [['1', t('next_1')], ['3', t('next_3')], ['10', t('next_10')], ['third', t('each_third')], ['always', t('always')]]),
    select(t('how_long'), 'delay', [['', t('as_usual')], ...[1, 5, 10, 30, 90].map((n) => [String(n * 1000), t('seconds', { n })])]))
}

const ofNotices = ['drop_notice', 'duplicate_notice', 'reorder_notice', 'delay_notice', 'forged_notice', 'signtest_probe']
const ofBills = ['bill_missing', 'bill_double', 'bill_amount', 'bill_fee', 'bill_stranger', 'bill_swapped', 'bill_late']
const ofBoth = ['wrong_amount', 'bad_signature']
const fits = (kind) => !ask.op || (ofBills.includes(kind) ? ask.op === 'bill' : ask.op !== 'bill' && fitsCall(kind))
const fitsCall = (kind) => ofBoth.includes(kind) || (ask.op === 'notice') === ofNotices.includes(kind)

function drawKinds() {
  parts.kinds.replaceChildren(...faultGroups.map(([name, kinds]) => h('section', {}, h('h3', {}, say(name)),
    Object.entries(kinds).map(([kind, [title, what]]) => h('div', { class: 'kind' },
      h('span', { class: 'grow' }, h('b', {}, say(title)), h('small', {}, say(what))),
      h('button', { type: 'button', class: 'plain small', disabled: !fits(kind), 'data-kind': kind, 'aria-label': `${t('turn_on')}: ${say(title)}`, onclick: () => add(kind, say(title)) }, t('turn_on')))))))
}

async function add(kind, name) {
  const rule = { kind }
  if (ask.provider) rule.provider = ask.provider
  if (ask.op) rule.op = ask.op
  if (ask.delay) rule.delay_ms = Number(ask.delay)
  if (ask.often === 'always') rule.probability = 1
  else if (ask.often === 'third') rule.probability = 0.33
  else rule.count = Number(ask.often)
  if (await tryIt(() => call('POST', 'faults', rule))) toast(t('set_fault', { name }))
  loadFaults()
}
