import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextStep } from '../../src/till/primary.ts'
import { done, newer, stageOf } from '../../src/till/stage.ts'

const now_ms = Date.parse('2026-11-21T08:00:00.000Z')
const soon = '2026-11-21T08:01:00.000Z'
const past = '2026-11-21T07:59:59.000Z'
const pay = (kind, state, more = {}) => ({ id: 'pay_1', kind, state, amount: { value: 1250, currency: 'CNY' }, created_at: past, updated_at: past, ...more })
const code = (expires_at) => ({ code: { text: 'x', expires_at, image: '/x' } })

test('what is known of a payment gives its page', () => {
  const table = [
    // step, payment, cancelled, page
    ['none', null, false, 'sale'],
    ['code', null, false, 'code'],
    ['sending', null, false, 'sending'],
    ['lost', null, false, 'lost'],
    ['refused', null, false, 'refused'],
    ['live', pay('show', 'created'), false, 'sending'],
    ['live', pay('show', 'created'), true, 'closing'],
    ['live', pay('show', 'waiting', code(soon)), false, 'qr'],
    ['live', pay('show', 'waiting'), false, 'sending'],
    ['live', pay('show', 'waiting', code(past)), false, 'closing'],
    ['live', pay('show', 'waiting', code(soon)), true, 'closing'],
    ['live', pay('show', 'unknown', { expires_at: past }), false, 'closing'],
    ['live', pay('show', 'unknown', { expires_at: soon }), false, 'unknown'],
    ['live', pay('show', 'unknown', { expires_at: soon, next: { action: 'close', at: soon } }), false, 'closing'],
    ['live', pay('show', 'closed', { expires_at: past }), false, 'expired'],
    ['live', pay('show', 'closed'), true, 'closed'],
    ['live', pay('show', 'paid'), true, 'paid'],
    ['live', pay('scan', 'created'), false, 'sending'],
    ['live', pay('scan', 'waiting'), false, 'payer'],
    ['live', pay('scan', 'waiting'), true, 'closing'],
    ['live', pay('scan', 'unknown'), false, 'unknown'],
    ['live', pay('scan', 'unknown'), true, 'unknown'],
    ['live', pay('scan', 'paid'), false, 'paid'],
    ['live', pay('scan', 'failed'), false, 'failed'],
    ['live', pay('scan', 'closed'), false, 'closed'],
    ['live', pay('scan', 'held'), false, 'held'],
  ]
  for (const [step, payment, cancelled, want] of table) {
    assert.equal(stageOf({ step, payment, cancelled, now_ms }), want, `${step} ${payment?.kind} ${payment?.state} ${cancelled}`)
  }
})

test('the clock alone never ends a payment', () => {
  for (const state of ['created', 'waiting', 'unknown']) {
    for (const kind of ['show', 'scan']) {
      for (const cancelled of [false, true]) {
        const stage = stageOf({ step: 'live', payment: pay(kind, state, { expires_at: past }), cancelled, now_ms: now_ms + 1e9 })
        assert.equal(done(stage), false, `${kind} ${state} ${cancelled}: ${stage}`)
      }
    }
  }
})

test('answers that were overtaken change nothing', () => {
  const old = pay('scan', 'waiting', { updated_at: past })
  const fresh = pay('scan', 'paid', { updated_at: soon })
  assert.equal(newer(null, old), true)
  assert.equal(newer(old, fresh), true)
  assert.equal(newer(fresh, old), false)
  assert.equal(newer(fresh, { ...old, id: 'pay_2' }), true)
})

test('each page has one primary step, and money is only asked for when there is some', () => {
  const facts = { way: 'scan', code: true, something: true, asking: false, waiting: true }
  const table = [
    ['sale', {}, 'pay', false],
    ['sale', { something: false }, 'pay', true],
    ['code', {}, 'code', false],
    ['code', { code: false }, 'code', true],
    ['sending', {}, 'none', true],
    ['lost', {}, 'ask', false],
    ['qr', {}, 'ask', false],
    ['payer', {}, 'ask', false],
    ['unknown', {}, 'ask', false],
    ['closing', {}, 'ask', false],
    ['expired', {}, 'again', false],
    ['failed', {}, 'again', false],
    ['refused', {}, 'again', false],
    ['closed', {}, 'again', false],
    ['paid', {}, 'finish', false],
    ['held', {}, 'finish', false],
  ]
  for (const [stage, more, does, disabled] of table) {
    const step = nextStep(stage, { ...facts, ...more })
    assert.equal(step.does, does, stage)
    assert.equal(step.disabled, disabled, stage)
  }
})
