// A till whose line is cut, a payer whose phone is online: against the real
// program. The phone is played by hand, as a plain browser on it would.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startChrome, wedge } from './chrome.mjs'
import { Till } from './till.mjs'

const base = process.env.BASE_URL
const sandbox = process.env.SANDBOX_URL
const pins = { 101: process.env.PIN_101, 201: process.env.PIN_201 }
const phone = { 'User-Agent': 'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36' }

let browser
before(async () => {
  browser = await startChrome()
})
after(() => browser?.close())

const until = async (ok, what, within_ms = 30_000) => {
  for (const end = Date.now() + within_ms; Date.now() < end; await new Promise((next) => setTimeout(next, 200))) {
    const got = await ok()
    if (got) return got
  }
  assert.fail(`never came: ${what}`)
}

/** pays presses the button of the page that a code leads to, and pays what the wallet's app is handed. */
async function pays(address) {
  const page = await (await fetch(address, { headers: phone })).text()
  const action = /<form id="pay" method="post" action="([^"]+)"/.exec(page)?.[1]
  assert.ok(action, page)
  const form = new URLSearchParams([...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map((m) => [m[1], m[2]]))
  const pressed = await fetch(new URL(action, base), { method: 'POST', headers: { ...phone, Origin: base }, body: form, redirect: 'manual' })
  const code = pressed.headers.get('Location')
  assert.equal(pressed.status, 303, await pressed.text())
  const paid = await fetch(`${sandbox}/control/pay`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code }) })
  assert.ok(paid.ok, await paid.text())
  return until(async () => {
    const html = await (await fetch(address, { headers: phone })).text()
    return html.includes('data-state="paid"') && html
  }, 'the paid page')
}

/** stored counts what the till keeps in a table of its database. */
const stored = (page, table) =>
  page.evaluate(
    (name) =>
      new Promise((done, failed) => {
        const asked = indexedDB.open('guitai-till')
        asked.onerror = () => failed(asked.error)
        asked.onsuccess = () => {
          const count = asked.result.transaction(name).objectStore(name).count()
          count.onsuccess = () => done(count.result)
        }
      }),
    table,
  )

async function released(till) {
  const authorization = { Authorization: `Bearer ${process.env.GUITAI_KEY}` }
  const { items } = await (await fetch(`${base}/v1/tills/${till}/keys`, { headers: authorization })).json()
  const answer = await fetch(`${base}/v1/tills/${till}/keys/${items[0].id}/revoke`, { method: 'POST', headers: { ...authorization, 'Content-Type': 'application/json' }, body: '{"release":true}' })
  assert.ok(answer.ok, await answer.text())
}

/** bind lets the manager bind this browser to the second till. */
async function bind(till) {
  const { page } = till
  await page.getByRole('list', { name: till.w('in.counter') }).getByRole('button').nth(1).click()
  await till.button('bind.here').click()
  await page.getByLabel(till.w('bind.number')).fill('201')
  await page.getByLabel(till.w('bind.pin')).fill(pins[201])
  await page.getByRole('dialog').getByRole('button', { name: till.w('bind.here') }).click()
  await till.text('bind.done').waitFor()
}

async function signIn(till) {
  await till.type('101')
  await till.page.keyboard.press('Enter')
  await till.type(pins[101])
  await till.way('scan').waitFor()
}

test('a bound till takes QR money while its line is cut', { timeout: 180_000 }, async () => {
  const till = await Till.open(browser, base, {})
  const { page } = till
  await bind(till)
  await signIn(till)
  await until(async () => (await stored(page, 'slots')) >= 2, 'slots', 60_000)

  const stranger = await Till.open(browser, base, {})
  await stranger.page.getByRole('list', { name: till.w('in.counter') }).getByRole('button').nth(1).click()
  await stranger.text('bind.elsewhere').waitFor()
  await stranger.close()

  await till.context.setOffline(true)
  await page.getByRole('status').getByText(till.w('line.down')).waitFor({ timeout: 60_000 })
  const sell = async (amount) => {
    await till.key(amount)
    await till.button('off.code').click()
    await page.getByRole('img', { name: till.w('off.code') }).waitFor()
    return till.readCode()
  }

  // Confirmed by the code on the payer's phone.
  let address = await sell('12.50')
  assert.match(address, new RegExp(`^${base}/p/A[A-Za-z0-9_-]{80,}$`))
  await till.text('off.reach.loopback').waitFor()
  await pays(address)
  const payer = await browser.newPage({ userAgent: phone['User-Agent'] })
  await payer.goto(address)
  const confirmation = await till.readCode(payer)
  assert.match(confirmation, /^GTC[A-Z2-7]{143}$/)
  await wedge(page, `${confirmation.slice(0, 20)}7${confirmation.slice(21)}`)
  await till.text('off.stranger').waitFor()
  await wedge(page, confirmation)
  await till.text('off.paid').waitFor()
  await page.keyboard.press('Enter')

  // Another bill, and the confirmation of the first shown again; then its own digits.
  address = await sell('9.90')
  await wedge(page, confirmation)
  await page.getByText(till.w('off.other', { amount: '¥12.50' })).waitFor()
  const html = await pays(address)
  const [, four, more] = /class="digits">(\d{4}) (\d{4})</.exec(html)
  await till.type(four + String((Number(more) + 1) % 10_000).padStart(4, '0'))
  await page.keyboard.press('Enter')
  await till.text('off.wrong').waitFor()
  await till.type(four + more)
  await page.keyboard.press('Enter')
  await till.text('off.paid').waitFor()
  await page.keyboard.press('Enter')
  await page.getByText(till.w('off.pending', { n: 2 })).waitFor()

  // Nobody paid the third: cash was taken.
  await sell('3.30')
  await till.button('off.cash').click()
  await till.context.setOffline(false)
  for (const words of [till.w('off.news.agreed', { amount: '¥12.50' }), till.w('off.news.agreed', { amount: '¥9.90' })]) await page.getByText(words).waitFor({ timeout: 60_000 })
  await until(async () => (await stored(page, 'offers')) === 0, 'agreement with the server')
  const [{ id }] = (await (await fetch(`${base}/v1/tills`)).json()).items.filter((c) => c.bound)
  await released(id)
  assert.deepEqual(till.watch.wrongs, [])
  await till.close()
})
