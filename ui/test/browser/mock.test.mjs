// What happens rarely: lost answers, reloads, double taps, second windows,
// doubt, late money. The server is the stand-in of test/mock.

import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { Mock } from '../mock/server.mjs'
import { startChrome, wedge } from './chrome.mjs'
import { Till } from './till.mjs'

let browser
let mock
let till

before(async () => {
  browser = await startChrome()
})
after(() => browser.close())
beforeEach(async () => {
  mock = await new Mock().start()
})
afterEach(async () => {
  const wrongs = till?.watch.wrongs ?? []
  await till?.close()
  till = null
  await mock.stop()
  assert.deepEqual(wrongs, [])
})

async function signedIn(options) {
  till = await Till.open(browser, mock.url, options)
  await till.signIn('101', '123456')
  return till.page
}

const until = async (ok, what, within_ms = 8000) => {
  for (const end = Date.now() + within_ms; Date.now() < end; await new Promise((next) => setTimeout(next, 30))) if (await ok()) return
  assert.fail(`never came: ${what}`)
}

const takePosts = () => mock.posts.length
const lose = (method, path, before = false) => mock.lose.push({ method, path, before })

test('a double tap asks for one payment', async () => {
  const page = await signedIn()
  await till.key('12.50')
  await till.way('wechat').dblclick()
  await page.keyboard.press('w')
  await page.getByRole('img').waitFor()
  await page.waitForTimeout(300)
  assert.equal(takePosts(), 1)
  assert.equal(mock.payments.size, 1)
  assert.equal(mock.posts[0].amount.value, 1250)
  assert.match(mock.posts[0].id, /^pay_[0-9a-hjkmnp-tv-z]{26}$/)
  assert.match(mock.posts[0].sale, /^sal_/)
})

test('a lost answer is repeated under the same name and shown as unknown meanwhile', async () => {
  await signedIn()
  // The browser itself repeats a request on a cut connection it had used before; more losses than that are the till's to mend.
  for (let i = 0; i < 20; i++) lose('POST', /^\/v1\/payments$/, true)
  await till.key('9.90')
  await wedge(till.page, '130000000000000001')
  await till.title('pay.unknown.title').waitFor()
  await till.text('pay.lost.title').waitFor()
  mock.lose.length = 0
  lose('POST', /^\/v1\/payments$/)
  await till.title('pay.paid.title').waitFor({ timeout: 15_000 })
  assert.equal(new Set(mock.posts.map((p) => JSON.stringify(p))).size, 1)
  assert.equal(mock.payments.size, 1)
})

test('a reload in the middle comes back to the same payment', async () => {
  const page = await signedIn()
  await till.key('3.20')
  await till.way('alipay').click()
  await page.getByRole('img').waitFor()
  const [{ id }] = mock.posts
  await page.reload()
  await page.getByRole('img').waitFor()
  assert.equal(takePosts(), 1)
  mock.change(id, { state: 'paid' })
  await till.title('pay.paid.title').waitFor()
  assert.equal((await till.said()).length, 1)
  // A reload on the result shows it again, in silence.
  await page.reload()
  await till.title('pay.paid.title').waitFor()
  assert.equal((await till.said()).length, 0)
  await page.keyboard.press('Enter')
  await till.title('cart.title').waitFor()
  await page.reload()
  await till.title('cart.title').waitFor()
  await till.page.getByText(till.w('act.pay.none'), { exact: true }).waitFor()
})

test('a reload before a shown code was asked for asks again under the same name', async () => {
  const page = await signedIn()
  for (let i = 0; i < 20; i++) lose('POST', /^\/v1\/payments$/, true)
  await till.key('3.20')
  await till.way('alipay').click()
  await till.text('pay.lost.title').waitFor()
  assert.equal(takePosts(), 0)
  const kept = JSON.parse(await page.evaluate(() => localStorage.getItem('guitai.collecting')))
  mock.lose.length = 0
  await page.reload()
  await page.getByRole('img').waitFor()
  assert.deepEqual([...mock.payments.keys()], [kept.id])
})

test('the payer’s code is kept nowhere, and a scan that never arrived goes back to scanning under its name', async () => {
  const page = await signedIn()
  for (let i = 0; i < 20; i++) lose('POST', /^\/v1\/payments$/, true)
  await till.key('4.40')
  await wedge(page, '130000000000000001')
  await till.text('pay.lost.title').waitFor()
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))
  assert.doesNotMatch(stored, /130000000000000001/)
  const { id } = JSON.parse(await page.evaluate(() => localStorage.getItem('guitai.collecting')))
  mock.lose.length = 0
  await page.reload()
  await till.title('pay.code.title').waitFor({ timeout: 15_000 })
  await wedge(page, '130000000000000005')
  await till.title('pay.paid.title').waitFor()
  assert.deepEqual([...mock.payments.keys()], [id])
})

test('only one window takes money, and another may take over the payment', async () => {
  const page = await signedIn()
  await till.key('6.00')
  await till.way('wechat').click()
  await page.getByRole('img').waitFor()
  const second = await till.context.newPage()
  await second.goto(`${mock.url}/till`)
  await second.getByRole('heading', { name: till.w('tab.title') }).waitFor()
  await second.getByRole('button', { name: till.w('tab.take') }).click()
  await second.getByRole('img').waitFor()
  await till.title('tab.title').waitFor()
  assert.equal(takePosts(), 1)
  mock.change(mock.latest().id, { state: 'paid' })
  await second.getByRole('heading', { name: till.w('pay.paid.title') }).waitFor()
})

test('without the live line the result is asked for', async () => {
  const page = await signedIn()
  await till.key('6.00')
  await till.way('wechat').click()
  await page.getByRole('img').waitFor()
  for (let i = 0; i < 30; i++) lose('GET', /^\/v1\/events$/, true)
  mock.cutStreams()
  await page.getByText(till.w('line.down')).waitFor()
  const p = mock.latest()
  Object.assign(p, { state: 'paid', updated_at: new Date(Date.now() + 1).toISOString() })
  delete p.code
  await till.title('pay.paid.title').waitFor({ timeout: 4000 })
  mock.lose.length = 0
  await page.getByText(till.w('line.up')).waitFor({ timeout: 20_000 })
})

test('a scan is taken wherever the focus is, and what it typed is undone', async () => {
  const page = await signedIn()
  const [good] = (await (await fetch(`${mock.url}/v1/goods`)).json()).items
  await page.keyboard.press('F4')
  await till.type('abc')
  await wedge(page, good.barcode)
  await page.locator('.cart').getByText(good.name).first().waitFor()
  assert.equal(await page.getByRole('textbox').inputValue(), 'abc')
  await page.keyboard.press('Escape')
  await till.key('1.50')
  await wedge(page, good.barcode)
  await until(async () => /¥5\.50/.test(await page.locator('.cart footer').innerText()), 'two of it and the keyed amount')
  await wedge(page, '6999999999994')
  await till.text('find.unknown', { code: '6999999999994' }).waitFor()
  assert.equal(takePosts(), 0)
})

test('a payer’s code without an amount takes nothing and says what is missing', async () => {
  await signedIn()
  await wedge(till.page, '130000000000000001')
  await till.text('act.zero').waitFor()
  assert.equal(takePosts(), 0)
})

test('quantity before a scan, first digit replaces, 00, and the total', async () => {
  const page = await signedIn()
  await till.type('3*')
  await page.getByRole('button', { name: /可口可乐/ }).click()
  await until(async () => /¥9\.00/.test(await page.locator('.cart footer').innerText()), 'three at 3.00')
  await till.type('5')
  await page.getByRole('button', { name: '00', exact: true }).click()
  await until(async () => /¥509\.00/.test(await page.locator('.cart footer').innerText()), '500 keyed')
  await till.way('wechat').click()
  await page.getByRole('img').waitFor()
  await page.keyboard.press('Escape')
  await till.title('pay.closed.title').waitFor()
  await page.keyboard.press('Escape')
  await till.type('7')
  await until(async () => /¥16\.00/.test(await page.locator('.cart footer').innerText()), 'the first digit replaces')
})

test('doubt: what happened, what the till does and when, what the cashier may do', async () => {
  const page = await signedIn()
  await till.key('8.80')
  await wedge(page, '130000000000000003')
  await till.title('pay.unknown.title').waitFor()
  assert.match(await page.locator('.stage').innerText(), /0:0[1-6]/)
  await till.text('pay.unknown.may').waitFor()
  await till.button('pay.ask', { amount: '¥8.80' }).click()
  await till.button('pay.park').click()
  await till.button('bar.parked', { n: 1 }).waitFor()
  await till.title('cart.title').waitFor()
  await till.key('1.00')
  mock.change(mock.latest().id, { state: 'paid' })
  await till.text('pay.parked.paid', { amount: '¥8.80' }).waitFor()
  await until(async () => (await till.button('bar.parked', { n: 1 }).count()) === 0, 'nothing set aside any more')
})

test('a refusal tells four things, keeps the bill, and another way is one tap away', async () => {
  const page = await signedIn()
  await till.key('8.80')
  await wedge(page, '130000000000000004')
  await till.title('pay.failed.title').waitFor()
  const told = await page.getByRole('alert').innerText()
  for (const line of [/余额不够/, /换一种方式/, new RegExp(till.w('moved.no')), /balance_too_low/, /NOTENOUGH/]) assert.match(told, line)
  await till.way('alipay').click()
  await page.getByRole('img').waitFor()
  assert.equal(mock.posts[0].sale, mock.posts[1].sale)
  assert.notEqual(mock.posts[0].id, mock.posts[1].id)
})

test('a request that is refused before anything is stored says so and keeps the bill', async () => {
  await signedIn()
  await till.key('99999.00')
  await till.way('wechat').click()
  await till.title('pay.failed.title').waitFor()
  await till.text('moved.no').waitFor()
  await till.page.keyboard.press('Escape')
  await till.button('act.pay', { amount: '¥99,999.00' }).waitFor()
})

test('a wrong PIN, then the lock with its countdown', async () => {
  till = await Till.open(browser, mock.url)
  await till.page.getByRole('list').getByRole('button').first().click()
  await till.type('101')
  await till.page.keyboard.press('Enter')
  for (let i = 0; i < 5; i++) {
    await till.type('111111')
    await till.page.getByRole('alert').getByText(/密码不对/).waitFor()
    await until(async () => mock.wrongPins === i + 1, 'the answer')
    await till.page.waitForTimeout(100)
  }
  await till.type('123456')
  await till.page.getByRole('alert').getByText(/1:[23]\d/).waitFor()
  assert.equal(await till.page.getByRole('button', { name: '5', exact: true }).isDisabled(), true)
})

test('the screen locks, survives a reload, and keeps the bill', async () => {
  const page = await signedIn()
  await page.getByRole('button', { name: /三明治/ }).click()
  await page.keyboard.press('F12')
  await till.title('lock.title').waitFor()
  await till.text('lock.bill', { n: 1, amount: '¥12.80' }).waitFor()
  await page.reload()
  await till.title('lock.title').waitFor()
  assert.equal(await page.getByText('三明治').count(), 0)
  await till.type('123456')
  await till.button('act.pay', { amount: '¥12.80' }).waitFor()
})

test('money in suspense stands in amber, and a manager decides', async () => {
  const page = await signedIn()
  const p = mock.add({ id: 'pay_old', kind: 'scan', auth_code: '130000000000000004', amount: { value: 1234, currency: 'CNY' }, till: 'til_1', description: 'x' })
  p.suspense = [{ id: 'sus_1', payment: p.id, amount: p.amount, reason: 'late', state: 'open', return_at: new Date(Date.now() + 18e5).toISOString() }]
  mock.suspense.push(p.suspense[0])
  await page.keyboard.press('d')
  await page.getByText(till.w('suspense.title', { amount: '¥12.34' })).first().waitFor()
  await page.getByRole('list', { name: till.w('day.title') }).getByRole('button').first().click()
  await till.text('suspense.role').waitFor()
  mock.session.staff.role = 'manager'
  await page.reload()
  await till.way('scan').waitFor()
  await page.keyboard.press('d')
  await page.getByRole('list', { name: till.w('day.title') }).getByRole('button').first().click()
  await till.button('suspense.attach', { amount: '¥12.34' }).click()
  await till.text('suspense.attached').waitFor()
  assert.equal(p.state, 'paid')
})

test('a refund whose answer is lost is repeated under its name; one that waits says so', async () => {
  const page = await signedIn()
  mock.add({ id: 'pay_old', kind: 'scan', auth_code: '130000000000000001', amount: { value: 2000, currency: 'CNY' }, till: 'til_1', description: 'x' })
  await page.keyboard.press('d')
  await page.getByRole('list', { name: till.w('day.title') }).getByRole('button').first().click()
  await page.getByRole('button', { name: till.w('refund.button'), exact: true }).click()
  await till.type('21')
  await till.text('refund.over', { amount: '¥1.00' }).waitFor()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Delete')
  await till.type('5')
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: till.w('refund.reason') }).fill('slow')
  for (let i = 0; i < 2; i++) lose('POST', /refunds$/)
  await till.button('refund.yes', { amount: '¥5.00' }).click()
  await until(async () => (await till.text('pay.lost.title').count()) + mock.refunds.size > 0, 'an answer or its loss')
  if (await till.text('pay.lost.title').count()) await till.button('refund.yes', { amount: '¥5.00' }).click()
  await page.getByRole('dialog').getByText(till.w('refund.wait')).waitFor()
  assert.equal(mock.refunds.size, 1)
})

test('whatever is touched on the till is large enough, and nothing moves when a line is rung up', async () => {
  for (const [width, height] of [[1366, 768], [1024, 600], [390, 844]]) {
    const page = await signedIn({ width, height, touch: width < 700 })
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('button, input')]
        .map((el) => ({ el, box: (el.closest('label') ?? el).getBoundingClientRect() }))
        .filter(({ el, box }) => box.width > 0 && !el.matches('.toast') && (box.height < 63.5 || box.width < 56))
        .map(({ el, box }) => `${el.textContent?.trim() || el.getAttribute('aria-label')} ${Math.round(box.width)}×${Math.round(box.height)}`),
    )
    assert.deepEqual(small, [], `${width}×${height}`)
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(wider <= 0, `${width}×${height}: the page is ${wider} px too wide`)
    if (width > 700) {
      const places = () => page.evaluate(() => [...document.querySelectorAll('.act button, .cart .edit button, .cart footer')].map((el) => JSON.stringify(el.getBoundingClientRect())).join())
      const before = await places()
      await page.getByRole('button', { name: /三明治|可口可乐/ }).first().click()
      assert.equal(await places(), before, `${width}×${height}: something moved`)
    }
    await till.close()
    till = null
    mock.session = null
  }
})
