// The real thing: browser, server, wallets. BASE_URL, SANDBOX_URL and the PINs
// come from the demo that test/run.mjs starts.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startChrome, wedge } from './chrome.mjs'
import { Till } from './till.mjs'

const base = process.env.BASE_URL
const sandbox = process.env.SANDBOX_URL
const pins = { 101: process.env.PIN_101, 201: process.env.PIN_201, 301: process.env.PIN_301 }

async function control(path, body) {
  const answer = await fetch(`${sandbox}/control/${path}`, { method: body === undefined ? 'GET' : 'POST', headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) })
  const text = await answer.text()
  assert.ok(answer.ok, `${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

const payersCode = async (wallet, behaviour = '') => (await control('payer-code', { wallet, behaviour, balance: 1_000_000 })).code

let browser
before(async () => {
  assert.ok(base && sandbox && pins[101], 'run this by test/run.mjs, or set BASE_URL, SANDBOX_URL and PIN_101, PIN_201, PIN_301')
  browser = await startChrome()
})
after(() => browser?.close())

const spoken = {
  'zh-Hans': { text: '收款十二元五角', lang: 'zh-CN' },
  'zh-Hant': { text: '收款十二元五角', lang: 'zh-HK' },
  en: { text: 'Received twelve yuan fifty', lang: 'en' },
}

/** The lists of one day are shared by all languages, so each takes amounts of its own. */
const amounts = { 'zh-Hans': ['8.81', '20.01', '3.31'], 'zh-Hant': ['8.82', '20.02', '3.32'], en: ['8.83', '20.03', '3.33'] }

for (const lang of ['zh-Hans', 'zh-Hant', 'en']) {
  test(`${lang}: the customer scans the code on the screen and pays`, { timeout: 60_000 }, async () => {
    const till = await Till.open(browser, base, { lang })
    await till.signIn('101', pins[101])
    const screen = await till.context.newPage()
    await screen.goto(`${base}/screen`)
    await screen.getByText(till.w('screen.welcome')).waitFor()

    await till.key('12.50')
    await till.pick('wechat')
    await till.page.getByRole('img').waitFor()
    await till.text('pay.show.title', { wallet: till.w('wallet.wechat') }).waitFor()
    assert.match(await till.page.locator('.stage').innerText(), /¥12\.50/)
    assert.match(await till.page.getByRole('timer').innerText(), /[45]:\d\d/)
    const code = await till.readCode()
    assert.match(code, /^weixin:\/\//)
    assert.equal(await till.readCode(screen), code)

    await control('pay', { code })
    const paidAt = Date.now()
    await till.title('pay.paid.title').waitFor()
    const took = Date.now() - paidAt
    console.log(`paid on the screen after ${took} ms`)
    assert.ok(took < 1000, `the till showed it after ${took} ms`)
    await screen.getByText(till.w('screen.paid')).waitFor()
    assert.deepEqual((await till.said()).at(-1), spoken[lang])
    assert.match(await till.slip(), /12\.50/)

    await till.page.keyboard.press('Enter')
    await till.title('cart.title').waitFor()
    assert.match(await till.page.locator('.cart').first().innerText(), /¥0\.00/)
    assert.deepEqual(till.watch.wrongs, [])
    await till.close()
  })

  test(`${lang}: the cashier scans the customer's code`, { timeout: 90_000 }, async () => {
    const till = await Till.open(browser, base, { lang })
    await till.signIn('101', pins[101])
    // By scanner, wherever the focus is: here in the search field.
    await till.key(amounts[lang][0])
    await till.page.keyboard.press('F4')
    await wedge(till.page, await payersCode('wechat'))
    await till.title('pay.paid.title').waitFor()
    await till.page.keyboard.press('Enter')
    // Typed, with the wallet recognised while typing.
    await till.key(amounts[lang][1])
    await till.way('scan').click()
    await till.page.getByRole('textbox').fill(await payersCode('alipay'))
    await till.text('pay.code.known', { wallet: till.w('wallet.alipay') }).waitFor()
    await till.page.keyboard.press('Enter')
    await till.title('pay.paid.title').waitFor()
    await till.page.keyboard.press('Enter')
    // A payer who must type a password, and does.
    await till.key(amounts[lang][2])
    const slow = await payersCode('wechat', 'password')
    await wedge(till.page, slow)
    await till.title('pay.payer.title').waitFor()
    await control('payer-act', { code: slow, act: 'password', password: '123456' })
    await till.title('pay.paid.title').waitFor({ timeout: 20_000 })
    await till.page.keyboard.press('Enter')
    // One who has not enough money: four lines, the bill kept, another way one tap away.
    await till.key('5.00')
    await wedge(till.page, await payersCode('alipay', 'poor'))
    await till.title('pay.failed.title').waitFor()
    await till.text('moved.no').waitFor()
    await till.pick('alipay')
    await till.page.getByRole('img').waitFor()
    await control('pay', { code: await till.readCode() })
    await till.title('pay.paid.title').waitFor()
    assert.deepEqual(till.watch.wrongs, [])
    await till.close()
  })

  test(`${lang}: the day's payments, a partial refund and a void`, { timeout: 60_000 }, async () => {
    const till = await Till.open(browser, base, { lang })
    await till.signIn('201', pins[201])
    await till.button('bar.day').click()
    const list = till.page.getByRole('list', { name: till.w('day.title') })
    await list.getByRole('button').filter({ hasText: `¥${amounts[lang][1]}` }).click()
    assert.match(await till.slip(), new RegExp(amounts[lang][1].replace('.', '\\.')))
    await till.page.getByRole('button', { name: till.w('refund.button'), exact: true }).click()
    await till.type('2.50')
    await till.page.keyboard.press('Enter')
    await till.text('refund.ask', { amount: '¥2.50', wallet: till.w('wallet.alipay'), rest: `¥${(Number(amounts[lang][1]) - 2.5).toFixed(2)}` }).waitFor()
    await till.page.keyboard.press('Enter')
    await till.page.getByRole('dialog').getByText(till.w('refund.state.done')).first().waitFor({ timeout: 20_000 })
    await till.page.keyboard.press('Enter')
    await list.getByText(till.w('day.refunded', { amount: '¥2.50' })).first().waitFor()
    assert.equal(await till.button('void.button').isDisabled(), true)

    await list.getByRole('button').filter({ hasText: `¥${amounts[lang][2]}` }).first().click()
    await till.page.getByRole('button', { name: till.w('void.button') }).and(till.page.locator(':enabled')).click()
    await till.text('void.ask', { amount: `¥${amounts[lang][2]}`, wallet: till.w('wallet.wechat') }).waitFor()
    await till.button('void.yes', { amount: `¥${amounts[lang][2]}` }).click()
    await till.page.getByRole('dialog').getByRole('button', { name: till.w('close') }).last().click()
    await till.page.locator('.refunds').getByText(till.w('refund.state.done')).waitFor({ timeout: 30_000 })
    await till.button('part.timeline').click()
    await till.page.locator('ol li').first().waitFor()
    assert.deepEqual(till.watch.wrongs, [])
    await till.close()
  })
}

test('an expired code is closed at the wallet, says so, and a new one is offered', { timeout: 90_000 }, async () => {
  const till = await Till.open(browser, base)
  await till.signIn('101', pins[101])
  let ids = []
  await till.page.route('**/v1/payments', async (route) => {
    const body = route.request().postDataJSON()
    ids.push(body.id)
    await route.continue({ postData: JSON.stringify({ ...body, expires_in: 5 }) })
  })
  await till.key('6.60')
  await till.pick('alipay')
  await till.page.getByRole('img').waitFor()
  await till.title('pay.expired.title').waitFor({ timeout: 60_000 })
  await till.button('pay.new', { amount: '¥6.60' }).click()
  await till.page.getByRole('img').waitFor()
  assert.equal(new Set(ids).size, 2)
  await till.button('pay.cancel').click()
  await till.title('pay.closed.title').waitFor({ timeout: 30_000 })
  assert.deepEqual(till.watch.wrongs, [])
  await till.close()
})

test('a lost answer is shown as unknown and ends by the wallet’s word', { timeout: 120_000 }, async () => {
  const till = await Till.open(browser, base)
  await till.signIn('101', pins[101])
  await control('faults', {
    rules: [
      { provider: 'wechat', op: 'micropay', kind: 'silence_after', count: 1 },
      { provider: 'wechat', op: 'orderquery', kind: 'system_error', count: 2 },
    ],
  })
  await till.key('7.70')
  await wedge(till.page, await payersCode('wechat'))
  await till.title('pay.unknown.title').waitFor({ timeout: 30_000 })
  await till.title('pay.paid.title').waitFor({ timeout: 60_000 })
  assert.deepEqual(till.watch.wrongs, [])
  await till.close()
})

test('pages that anybody may open show themselves without error', { timeout: 60_000 }, async () => {
  for (const path of ['/', '/v1/docs', '/screen']) {
    const till = await Till.open(browser, base, { path })
    await till.page.locator('main').waitFor()
    await till.page.waitForTimeout(500)
    assert.deepEqual(till.watch.wrongs, [], path)
    await till.close()
  }
})
