// Members, vouchers, points rules and approvals against the real program: a
// manager's phone answers what a till asks, and the office's pages work.

import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { startChrome } from './chrome.mjs'
import { Till } from './till.mjs'

const base = process.env.BASE_URL
const pins = { 101: process.env.PIN_101, 201: process.env.PIN_201 }
/** PICTURES names a folder for pictures of every step, for people to look at. */
const pictures = process.env.PICTURES
const phone = { width: 390, height: 844 }

let browser
before(async () => {
  assert.ok(base && pins[201], 'run this by test/run.mjs, or set BASE_URL, PIN_101 and PIN_201')
  browser = await startChrome()
  if (pictures) await mkdir(pictures, { recursive: true })
})
after(() => browser?.close())

class Office extends Till {
  static async open(browser, options) {
    const office = await Till.open(browser, base, { path: '/office', ...options })
    Object.setPrototypeOf(office, Office.prototype)
    return office
  }

  async enter(number) {
    await this.page.getByRole('list', { name: this.w('in.counter') }).getByRole('button').first().click()
    await this.page.getByText(this.w('in.number'), { exact: true }).waitFor()
    await this.type(number)
    await this.page.keyboard.press('Enter')
    await this.type(pins[number])
    await this.page.getByRole('navigation', { name: this.w('office.pages') }).waitFor({ state: 'attached' })
  }

  go(page) {
    return this.page.getByRole('navigation').getByRole('link', { name: this.w(`${page}.title`), exact: true }).click()
  }

  async picture(name) {
    if (pictures) await writeFile(`${pictures}/${name}.png`, await this.page.screenshot())
  }

  async straight() {
    const wide = await this.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    assert.ok(wide[0] <= wide[1], `the page is ${wide[0]} wide on ${wide[1]}`)
  }

  async done() {
    assert.deepEqual(this.watch.wrongs, [])
    await this.close()
  }
}

/** cashier is a program in the place of the till's page: the sheet itself asks by the same calls. */
async function cashier() {
  const { items } = await (await fetch(`${base}/v1/tills`)).json()
  const signed = await fetch(`${base}/v1/sessions`, { method: 'POST', headers: { 'X-Guitai': '1' }, body: JSON.stringify({ till: items[0].id, number: '101', pin: pins[101] }) })
  const cookie = signed.headers.get('set-cookie').split(';')[0]
  return async (method, path, body) => {
    const answer = await fetch(base + path, { method, headers: { 'X-Guitai': '1', Cookie: cookie }, body: body && JSON.stringify(body) })
    return { status: answer.status, ...(await answer.json()) }
  }
}

test('a manager allows on the phone what a till asks for', { timeout: 90_000 }, async () => {
  const till = await cashier()
  const office = await Office.open(browser, { lang: 'zh-Hans', ...phone })
  await office.enter('201')
  await office.go('approvals')
  await office.text('approvals.none').waitFor()
  const id = `apq-${Date.now()}`
  const asked = { id, act: 'discount', amount_fen: 1250, about: '鲜牛奶 950 毫升 × 2，临期' }
  assert.equal((await till('POST', '/v1/approval-requests', asked)).state, 'open')
  await office.page.getByText(asked.about).waitFor()
  await office.picture('approvals-phone')
  await office.straight()
  await office.button('approvals.yes').click()
  await office.text('approvals.none').waitFor()
  const answered = await till('GET', `/v1/approval-requests/${id}`)
  assert.equal(answered.state, 'approved')
  assert.match(answered.approval, /^apr_/)

  await office.button('approvals.code').click()
  await office.page.getByLabel(office.w('approvals.amount')).fill('8.80')
  await office.button('approvals.code.make').click()
  const read = office.page.locator('.read strong')
  await read.waitFor()
  await office.picture('code-phone')
  const code = (await read.textContent()).replace(/\s/g, '')
  assert.match(code, /^\d{6}$/)
  assert.equal((await till('POST', '/v1/approvals', { act: 'return', amount_fen: 880, code })).status, 200)
  assert.equal((await till('POST', '/v1/approvals', { act: 'return', amount_fen: 880, code })).code, 'approval_code_wrong')
  await office.button('approvals.past').click()
  await office.page.getByText(asked.about).waitFor()
  await office.picture('past-phone')
  await office.straight()
  await office.done()
})

test('members, vouchers and points rules', { timeout: 120_000 }, async () => {
  const office = await Office.open(browser, { lang: 'zh-Hans', width: 1366, height: 768 })
  await office.enter('201')
  await office.go('members')
  await office.page.getByText('王芳').click()
  await office.page.getByText('13800138001').waitFor()
  await office.picture('members')
  await office.button('members.new').click()
  await office.page.getByLabel(office.w('member.name'), { exact: true }).fill('李雷')
  await office.page.getByLabel(office.w('member.birthday')).fill('2-30')
  await office.button('members.save').click()
  await office.page.getByRole('dialog').getByText('field_invalid').waitFor()
  await office.page.getByLabel(office.w('member.birthday')).fill('2-29')
  await office.picture('member-form')
  await office.button('members.save').click()
  await office.page.locator('.name', { hasText: '李雷' }).waitFor()
  await office.button('members.adjust').first().click()
  await office.page.getByLabel(office.w('members.adjust.n')).fill('150')
  await office.page.getByLabel(office.w('members.adjust.why')).fill('补登')
  await office.page.getByRole('dialog').getByRole('button', { name: office.w('members.adjust') }).click()
  await office.page.getByText('+150').waitFor()

  await office.go('vouchers')
  await office.page.getByText('店庆十元券').waitFor()
  await office.button('vouchers.new').click()
  await office.page.getByLabel(office.w('vouchers.name'), { exact: true }).fill('开学券')
  await office.picture('voucher-form')
  await office.page.getByRole('dialog').getByRole('button', { name: /10/ }).last().click()
  await office.page.getByRole('heading', { name: /开学券/ }).waitFor()
  await office.picture('vouchers')

  await office.go('rules')
  await office.page.getByLabel(office.w('rules.tender.cash')).waitFor()
  await office.picture('rules')
  await office.page.getByLabel(office.w('rules.tender.cash')).fill('1.5')
  // A toast of an earlier step may still say "saved".
  await office.page.getByRole('button', { name: office.w('members.save'), exact: true }).click()
  await office.text('members.saved').last().waitFor()
  await office.done()
})
