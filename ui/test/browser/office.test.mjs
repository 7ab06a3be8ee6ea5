// The office against the real program: codes are made, printed and revoked; a
// round walks through the shop and finds a stranger's code.

import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { startChrome, wedge } from './chrome.mjs'
import { Till } from './till.mjs'

const base = process.env.BASE_URL
const key = process.env.GUITAI_KEY
const pins = { 101: process.env.PIN_101, 201: process.env.PIN_201 }
/** PICTURES names a folder for pictures of every step, for people to look at. */
const pictures = process.env.PICTURES

let browser
before(async () => {
  assert.ok(base && key && pins[201], 'run this by test/run.mjs, or set BASE_URL, GUITAI_KEY, PIN_101 and PIN_201')
  browser = await startChrome()
  if (pictures) await mkdir(pictures, { recursive: true })
})
after(() => browser?.close())

async function api(method, path, body) {
  const answer = await fetch(base + path, { method, headers: { Authorization: `Bearer ${key}` }, body: body && JSON.stringify(body) })
  const text = await answer.text()
  assert.ok(answer.ok, `${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

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

  /** straight: nothing is wider than the screen. */
  async straight() {
    const wide = await this.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    assert.ok(wide[0] <= wide[1], `the page is ${wide[0]} wide on ${wide[1]}`)
  }

  async done() {
    assert.deepEqual(this.watch.wrongs, [])
    await this.close()
  }
}

for (const lang of ['zh-Hans', 'zh-Hant', 'en']) {
  test(`${lang}: a manager makes, prints and revokes a code`, { timeout: 60_000 }, async () => {
    const office = await Office.open(browser, { lang, dark: lang === 'en' })
    await office.enter('201')
    await office.button('codes.new').click()
    const place = `${lang} ${Date.now() % 100000}`
    await office.button('codes.make').click()
    await office.text('codes.name.empty').waitFor()
    await office.page.getByLabel(office.w('codes.name'), { exact: true }).fill(place)
    await office.button('codes.amount.fixed').click()
    await office.page.getByLabel(office.w('codes.amount.field')).fill('8.8')
    await office.picture(`new-${lang}`)
    await office.page.keyboard.press('Enter')
    const detail = office.page.locator('article')
    await detail.getByRole('heading', { name: place }).waitFor()
    assert.match(await detail.innerText(), /¥8\.80/)
    await office.page.waitForFunction(() => document.querySelector('article img')?.naturalWidth > 0)
    assert.match(await office.readCode(), new RegExp(`^${base}/p/[\\w-]{36}$`))
    await office.picture(`codes-${lang}`)
    for (const key of ['codes.print.sheet', 'codes.print.tent', 'codes.print.one', 'codes.print.svg', 'codes.print.png']) {
      const href = await detail.getByRole('link', { name: office.w(key) }).getAttribute('href')
      const got = await office.page.evaluate(async (h) => ((r) => [r.status, r.headers.get('content-type')])(await fetch(h)), href)
      assert.deepEqual(got, [200, { svg: 'image/svg+xml', png: 'image/png' }[key.slice(-3)] ?? 'application/pdf'], href)
    }
    await office.button('codes.print.till').click()
    await office.page.getByRole('status').getByText(place).first().waitFor()
    await office.button('codes.revoke').click()
    await office.page.getByRole('dialog').getByText(office.w('codes.revoke.what')).waitFor()
    await office.picture(`revoke-${lang}`)
    await office.button('codes.revoke.yes', { name: place }).click()
    await office.text('codes.dead').waitFor()
    await office.straight()
    await office.done()
  })

  test(`${lang}: a round on a phone finds a stranger's code`, { timeout: 90_000 }, async () => {
    const door = await api('POST', '/v1/codes', { name: `${lang} door ${Date.now()}` })
    const table = await api('POST', '/v1/codes', { name: `${lang} table ${Date.now()}`, amount: { value: 1800, currency: 'CNY' } })
    const office = await Office.open(browser, { lang, width: 390, height: 844, touch: true, dark: lang === 'zh-Hant' })
    await office.enter('101')
    await office.picture(`phone-codes-${lang}`)
    await office.straight()
    await office.go('rounds')
    await office.picture(`rounds-${lang}`)
    await office.button('rounds.start').click()
    await office.text('round.ready').first().waitFor()
    await office.picture(`walk-0-${lang}`)
    const scan = async (text) => {
      await office.page.getByLabel(office.w('round.field')).fill(text)
      await office.button('round.judge').click()
    }
    const row = (code) => office.page.locator('li').filter({ hasText: code.name })
    await row(door).getByText(office.w('round.unseen')).waitFor()
    await scan(door.text)
    await row(door).getByText(office.w('round.seen')).waitFor()
    await office.picture(`walk-1-${lang}`)
    await scan(door.text)
    await office.page.getByRole('status').getByText(office.w('verdict.doubled'), { exact: true }).waitFor()
    await scan('wxp://f2f0ThisIsSomebodyElsesCollectionCode')
    await office.page.getByRole('alertdialog').getByText(office.w('stranger.wechat')).waitFor()
    await office.text('verdict.money').waitFor()
    await office.picture(`alarm-${lang}`)
    await office.straight()
    await office.button('verdict.next').click()
    // By scanner, wherever the focus is.
    await wedge(office.page, table.text)
    await row(table).getByText(office.w('round.seen')).waitFor()
    await office.straight()
    await office.button('round.end').click()
    await office.picture(`end-${lang}`)
    await office.button('round.end.yes').click()
    await office.text('report.trouble').waitFor()
    await office.text('stranger.wechat').waitFor()
    await office.picture(`report-${lang}`)
    await office.straight()
    await office.page.reload()
    await office.text('report.trouble').waitFor()
    for (const code of [door, table]) await api('POST', `/v1/codes/${code.id}/revoke`)
    await office.done()
  })
}

test('a scan whose answer is lost is sent again under its name and counts once', { timeout: 60_000 }, async () => {
  const door = await api('POST', '/v1/codes', { name: `lost ${Date.now()}` })
  const office = await Office.open(browser)
  await office.enter('101')
  await office.go('rounds')
  await office.button('rounds.start').click()
  await office.text('round.ready').first().waitFor()
  await office.picture('walk-wide')
  let taken = 0
  await office.page.route('**/scans', async (route) => {
    if (taken++ > 0) return route.fallback()
    await route.fetch() // it arrives; the answer does not
    await route.abort()
  })
  await office.page.getByLabel(office.w('round.field')).fill(door.text)
  await office.page.keyboard.press('Enter')
  await office.text('round.sending', { n: 1 }).waitFor()
  await office.page.locator('li').filter({ hasText: door.name }).getByText(office.w('round.seen')).waitFor()
  await office.page.getByRole('status').getByText(office.w('verdict.ours'), { exact: true }).waitFor()
  const { items } = await api('GET', '/v1/rounds?limit=1')
  const round = await api('GET', `/v1/rounds/${items[0].id}`)
  assert.equal(round.scans.length, 1)
  await api('POST', `/v1/rounds/${items[0].id}/end`)
  await api('POST', `/v1/codes/${door.id}/revoke`)
  await office.done()
})
