// The office's pages of what tills keep, against the real program: an item is
// made, found and changed, and a till is told; of two editors one is told.

import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { startChrome, wedge } from './chrome.mjs'
import { Till } from './till.mjs'

const base = process.env.BASE_URL
const key = process.env.GUITAI_KEY
const pins = { 101: process.env.PIN_101, 201: process.env.PIN_201, 301: process.env.PIN_301 }
const till = process.env.TILL_1
const pictures = process.env.PICTURES

let browser
before(async () => {
  assert.ok(base && key && till && pins[301], 'run this by test/run.mjs')
  browser = await startChrome()
  if (pictures) await mkdir(pictures, { recursive: true })
})
after(() => browser?.close())

async function api(method, path, body) {
  const answer = await fetch(base + path, { method, headers: { Authorization: `Bearer ${key}` }, body: body && JSON.stringify(body) })
  const text = await answer.text()
  assert.ok(answer.ok, `${path}: ${answer.status} ${text}`)
  return text && JSON.parse(text)
}

const bundle = (since = 0) => api('GET', `/v1/tills/${till}/bundle?since=${since}`)

class Office extends Till {
  static async open(number, options) {
    const office = await Till.open(browser, base, { path: '/office', ...options })
    Object.setPrototypeOf(office, Office.prototype)
    await office.page.getByRole('heading', { name: office.w('office.in') }).waitFor()
    await office.page.getByRole('list', { name: office.w('in.counter') }).getByRole('button').first().click()
    await office.page.getByText(office.w('in.number'), { exact: true }).waitFor()
    await office.type(number)
    await office.page.keyboard.press('Enter')
    await office.type(pins[number])
    await office.page.getByRole('navigation', { name: office.w('office.pages') }).waitFor({ state: 'attached' })
    return office
  }

  go(page) {
    return this.page.getByRole('navigation').getByRole('link', { name: this.w(`${page}.title`), exact: true }).click()
  }

  field(name) {
    return this.page.locator('form').getByLabel(this.w(name), { exact: true })
  }

  search(text) {
    return this.page.getByLabel(this.w('items.find')).fill(text)
  }

  row(name) {
    return this.page.locator('button[data-row]', { hasText: name })
  }

  save() {
    return this.page.locator('form').getByRole('button', { name: this.w('goods.save') }).click()
  }

  saved(name) {
    return this.text('goods.saved', { name }).first().waitFor()
  }

  async look(name) {
    const wide = await this.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    assert.ok(wide[0] <= wide[1], `${name} is ${wide[0]} wide on ${wide[1]}`)
    if (pictures) await writeFile(`${pictures}/${name}.png`, await this.page.screenshot())
  }

  async done() {
    assert.deepEqual(this.watch.wrongs, [])
    await this.close()
  }
}

for (const [n, lang] of ['zh-Hans', 'zh-Hant', 'en'].entries()) {
  test(`${lang}: an item is made, found by its initials, changed, and told to the till`, { timeout: 90_000 }, async () => {
    const { version } = await bundle()
    const office = await Office.open('201', { lang, dark: lang === 'en' })
    await office.go('items')
    await office.button('items.new').click()
    await office.save()
    await office.text('items.name.empty').waitFor()
    const code = `30${n}1`
    await office.field('items.name').fill(`龙井虾仁${n}`)
    await office.field('items.code').fill(code)
    await office.field('items.price.yuan').fill('38.5')
    await office.field('items.barcodes').fill('6901234567893')
    await office.page.keyboard.press('Enter')
    await office.page.locator('form .wrong p').first().waitFor() // the check digit
    const barcode = ['6901234567892', '4006381333931', '96385074'][n]
    await office.field('items.barcodes').fill(barcode)
    await office.page.keyboard.press('Enter')
    await office.saved(`龙井虾仁${n}`)
    await office.search(`ljxr ${code}`)
    await office.page.waitForFunction(() => document.querySelectorAll('button[data-row]').length === 1)
    await office.row(`龙井虾仁${n}`).waitFor()
    await office.page.getByLabel(office.w('items.find')).press('ArrowDown')
    await office.page.keyboard.press('Enter')
    await office.field('items.price.yuan').fill('39.9')
    await office.page.keyboard.press('Enter')
    await office.saved(`龙井虾仁${n}`)
    const told = await bundle(version)
    assert.equal(told.full, false)
    assert.deepEqual(told.items.filter((i) => i.code === code).map((i) => [i.price_fen, i.pinyin, i.barcodes]), [[3990, 'long jing xia ren', [barcode]]])
    await office.look(`items-${lang}`)
    await wedge(office.page, barcode)
    await office.row(`龙井虾仁${n}`).waitFor()
    await office.button('items.remove').first().click()
    await office.page.getByRole('dialog').getByRole('button', { name: office.w('items.remove.yes', { name: `龙井虾仁${n}` }) }).click()
    await office.text('items.removed', { name: `龙井虾仁${n}` }).first().waitFor()
    assert.equal((await bundle(version)).items.find((i) => i.code === code).gone, true)
    await office.done()
  })
}

test('of two who change one item, the second is told and reads again', { timeout: 60_000 }, async () => {
  const office = await Office.open('301')
  await office.page.evaluate(() => (location.hash = '#/items/1001'))
  await office.field('items.price.yuan').waitFor()
  const { item } = await api('GET', '/v1/items/1001')
  const { pinyin, place, ...rest } = item
  await api('PUT', '/v1/items/1001', { ...rest, price_fen: 210 })
  await office.field('items.price.yuan').fill('2.2')
  await office.save()
  await office.button('goods.again').click()
  await office.page.waitForFunction(() => [...document.querySelectorAll('form input')].some((i) => i.value === '2.10'))
  await office.field('items.price.yuan').fill('2')
  await office.save()
  await office.saved('矿泉水 550 毫升')
  await office.done()
})

test('a price for a time, a department, a person with a PIN, the limits of a role', { timeout: 90_000 }, async () => {
  const office = await Office.open('301')
  await office.go('prices')
  await office.text('prices.empty').waitFor()
  await office.button('prices.new').click()
  await office.field('prices.item').fill('mlhc')
  await office.page.locator('form li button').first().click()
  await office.field('items.price.yuan').fill('3.9')
  await office.save()
  await office.row('茉莉花茶').waitFor()
  await office.look('prices')
  await office.go('departments')
  await office.button('departments.new').click()
  await office.field('departments.name').fill('酒水')
  await office.field('departments.id').fill('wine')
  await office.save()
  await office.row('酒水').waitFor()
  await office.look('departments')
  await office.button('departments.remove').click()
  await office.row('酒水').waitFor({ state: 'detached' })
  await office.go('staff')
  await office.button('staff.new').click()
  await office.field('staff.name').fill('王小明')
  await office.field('in.number').fill('888')
  await office.button('staff.hire').click()
  const pin = (await office.page.locator('dialog output').textContent()).trim()
  assert.match(pin, /^\d{6}$/)
  await office.look('pin')
  await office.button('staff.pin.noted').click()
  await office.row('王小明').waitFor()
  assert.ok((await bundle()).staff.some((f) => f.number === '888' && f.limits.discount_milli === 5000))
  await office.page.locator('button[data-row]', { hasText: office.w('staff.role.cashier') }).last().click()
  await office.field('limits.discount.field').fill('8.5')
  await office.save()
  await office.saved(office.w('staff.role.cashier'))
  assert.ok((await bundle()).staff.some((f) => f.number === '888' && f.limits.discount_milli === 8500))
  await office.look('staff')
  await office.done()
})

test('settings: the shop, a till over it, and back again', { timeout: 60_000 }, async () => {
  const office = await Office.open('201')
  await office.go('setup')
  const pick = (name, option) => office.page.getByRole('group', { name: office.w(name) }).getByRole('button', { name: office.w(option), exact: true }).click()
  await office.page.getByRole('radio', { name: `${office.w('setup.act.discount')}: ${office.w('setup.way.manager')}` }).check()
  await office.button('goods.save').first().click()
  await office.page.locator('.toast, [role=status]').first().waitFor({ state: 'attached' })
  await office.page.waitForFunction(() => document.querySelector('.setup header button[disabled]') !== null)
  assert.equal((await bundle()).settings.approvals.discount, 'manager')
  await pick('setup.of', 'setup.shop')
  await office.page.getByRole('button', { name: '一号柜台', exact: true }).click()
  await office.text('setup.from.shop').first().waitFor()
  await pick('setup.pad', 'setup.pad.phone')
  await office.button('goods.save').first().click()
  await office.page.waitForFunction(() => document.querySelector('.setup header button[disabled]') !== null)
  assert.equal((await bundle()).settings.number_pad, 'phone')
  await office.look('setup')
  await office.page.getByRole('button', { name: `${office.w('setup.reset')}: ${office.w('setup.pad')}` }).click()
  await office.button('goods.save').first().click()
  await office.page.waitForFunction(() => document.querySelector('.setup header button[disabled]') !== null)
  assert.equal((await bundle()).settings.number_pad, 'calculator')
  await office.done()
})

test('a cashier looks and changes nothing; on a phone nothing is too wide', { timeout: 60_000 }, async () => {
  const office = await Office.open('101', { width: 390, height: 844, touch: true })
  for (const page of ['items', 'departments', 'prices']) {
    await office.go(page)
    await office.page.getByRole('heading', { name: office.w(`${page}.title`) }).waitFor()
    assert.equal(await office.button(`${page}.new`).count(), 0)
    await office.look(`phone-${page}`)
  }
  for (const page of ['staff', 'setup']) assert.equal(await office.page.getByRole('navigation').getByRole('link', { name: office.w(`${page}.title`), exact: true }).count(), 0)
  await office.done()
})
