// Chromium as the tests start it, and a watch over what every page does: no
// request leaves the origins given, nothing is written to the console as an
// error, the content policy is never broken.

import { chromium } from 'playwright-core'

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

export const startChrome = (more = []) => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: [...flags, ...more] })

export class Watch {
  wrongs = []
  #origins
  #excused

  /** origins: where requests may go. excused: console texts that the test itself provokes. */
  constructor(origins, excused = []) {
    this.#origins = origins
    this.#excused = excused
  }

  on(context) {
    context.on('request', (r) => {
      const { origin, protocol } = new URL(r.url())
      if (['data:', 'blob:', 'about:'].includes(protocol)) return
      if (!this.#origins.includes(origin)) this.wrongs.push(`request to a foreign origin: ${r.url()}`)
    })
    context.on('console', (m) => {
      if (m.type() === 'error' && !this.#excused.some((e) => e.test(m.text()))) this.wrongs.push(`console: ${m.text()}`)
    })
    context.on('weberror', (e) => this.wrongs.push(`page error: ${e.error().stack ?? e.error()}`))
    return this
  }
}

/** locales: what the browser says it speaks, and a regular expression that the page must then show. */
export const locales = { 'zh-Hans': 'zh-CN', 'zh-Hant': 'zh-HK', en: 'en-GB' }

/** wedge types text as a scanner does: 4 ms between characters, then Enter. The machine's own pace must not matter, so the time stamps are given. */
export async function wedge(page, text) {
  const cdp = await page.context().newCDPSession(page)
  const start = Date.now() / 1000
  const keys = [...[...text].map((c) => ({ key: c, text: c })), { key: 'Enter', code: 'Enter', text: '\r', windowsVirtualKeyCode: 13 }]
  await Promise.all(
    keys.flatMap((k, i) => [
      cdp.send('Input.dispatchKeyEvent', { type: 'keyDown', ...k, timestamp: start + i * 0.004 }),
      cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', key: k.key, timestamp: start + i * 0.004 + 0.002 }),
    ]),
  )
  await cdp.detach()
}
