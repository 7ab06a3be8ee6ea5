// Paper in the browser, against the real program: the printer's light, a test
// print, paper that runs out and the other printer, the designer with its live
// paper, and a page to trust that is not there without an authority. Run by
// test/run.mjs, or with BASE_URL, SANDBOX_URL, PIN_101 and PIN_201 set.

import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { startChrome } from './chrome.mjs'
import { Till, words } from './till.mjs'

const base = process.env.BASE_URL
const sandbox = process.env.SANDBOX_URL
const shots = process.env.SHOTS
const w = words('zh-Hans')

const control = async (body) => {
  const answer = await fetch(`${sandbox}/control/printer`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  const text = await answer.text()
  assert.ok(answer.ok, text)
  return JSON.parse(text)
}

async function shot(page, name) {
  if (!shots) return
  await mkdir(shots, { recursive: true })
  await page.screenshot({ path: `${shots}/${name}.png` })
}

let browser
before(async () => {
  assert.ok(base && sandbox && process.env.PIN_101, 'run this by test/run.mjs, or set BASE_URL, SANDBOX_URL, PIN_101 and PIN_201')
  browser = await startChrome()
  await control({ paper: 'there', cover: 'shut', line: 'online', power: 'on', delay_ms: 0 })
})
after(async () => {
  await control({ paper: 'there', cover: 'shut', line: 'online', power: 'on', delay_ms: 0 })
  await browser?.close()
})

test('the light says before a sale what the printer is, and a test print comes out', { timeout: 60_000 }, async () => {
  const till = await Till.open(browser, base, { lang: 'zh-Hans' })
  await till.signIn('101', process.env.PIN_101)
  const light = till.page.getByRole('button', { name: w('paper.light') })
  await light.waitFor()
  await shot(till.page, 'till-light')
  await control({ paper: 'out' })
  await light.click()
  await till.page.getByRole('button', { name: w('paper.look') }).click()
  await till.page.getByRole('dialog').getByText(w('paper.state.out')).waitFor({ timeout: 10_000 })
  await shot(till.page, 'till-paper-out')
  await control({ paper: 'there' })
  const before = (await (await fetch(`${sandbox}/control/printer`)).json()).slips.length
  await till.page.getByRole('button', { name: w('paper.test') }).click()
  await till.page.getByText(w('paper.printed')).waitFor({ timeout: 15_000 })
  const slips = (await (await fetch(`${sandbox}/control/printer`)).json()).slips
  assert.equal(slips.length, before + 1)
  await till.close()
})

test('the designer draws what is typed, and keeps it', { timeout: 60_000 }, async () => {
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1366, height: 768 } })
  const page = await context.newPage()
  await page.goto(`${base}/office#/paper`)
  await page.getByRole('list', { name: w('in.counter') }).getByRole('button').first().click()
  await page.getByText(w('in.number'), { exact: true }).waitFor()
  for (const key of ['2', '0', '1', 'Enter', ...process.env.PIN_201]) {
    await page.keyboard.press(key)
    await page.waitForTimeout(40)
  }
  const paper = page.locator('img.sheet')
  await paper.waitFor({ timeout: 15_000 })
  const first = await paper.getAttribute('src')
  await page.getByLabel(w('design.footer')).fill('欢迎再来\n七日内可退')
  await page.waitForFunction((old) => document.querySelector('img.sheet')?.getAttribute('src') !== old, first)
  await page.getByText(w('design.changed')).waitFor()
  await page.waitForTimeout(500)
  await shot(page, 'designer')
  await page.getByRole('button', { name: w('design.mm', { n: 58 }) }).click()
  await page.locator('img.sheet.p58').waitFor()
  await page.getByRole('button', { name: w('design.save') }).click()
  await page.getByText(w('design.saved')).waitFor()
  await page.reload()
  await page.locator('img.sheet.p58').waitFor({ timeout: 15_000 })
  assert.equal(await page.getByLabel(w('design.footer')).inputValue(), '欢迎再来\n七日内可退', 'kept by the server')
  await page.setViewportSize({ width: 390, height: 844 })
  await shot(page, 'designer-phone')
  await context.close()
})

test('a receipt that is not there says so in three languages', { timeout: 30_000 }, async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } })
  const page = await context.newPage()
  for (const [lang, said] of [['zh-Hans', '没有这张电子小票'], ['zh-Hant', '沒有這張電子收據'], ['en', 'There is no such receipt']]) {
    await page.goto(`${base}/r/nothing?lang=${lang}`)
    await page.getByRole('alert').getByText(said).waitFor()
  }
  assert.deepEqual(await context.cookies(), [])
  await shot(page, 'receipt-missing')
  await context.close()
})
