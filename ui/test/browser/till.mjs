// A cashier's hands and eyes in a browser, in any of the languages.

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { catalogue, langs } from '../../src/i18n/catalogue.ts'
import { Watch, locales } from './chrome.mjs'

/** words reads the catalogue as the screens do. */
export const words = (lang) => (key, fill = {}) => catalogue[key][langs.indexOf(lang)].replace(/\{(\w+)\}/g, (whole, name) => fill[name] ?? whole)

/** What the page said aloud is kept in window.said instead of being spoken. */
const listenToVoice = () => {
  window.said = []
  speechSynthesis.speak = (u) => window.said.push({ text: u.text, lang: u.lang })
}

/** The browser itself writes these when a test takes the server's answer away, or nobody is signed in yet. */
const excused = [/Failed to load resource: the server responded with a status of 4\d\d/, /Failed to load resource: net::ERR_(EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_REFUSED|CONNECTION_RESET|FAILED|INTERNET_DISCONNECTED|NETWORK_CHANGED|ABORTED)/]

export class Till {
  static async open(browser, url, { lang = 'zh-Hans', width = 1366, height = 768, dark = false, touch = false, path = '/till' } = {}) {
    const till = new Till()
    till.url = url
    till.w = words(lang)
    till.context = await browser.newContext({ viewport: { width, height }, locale: locales[lang], colorScheme: dark ? 'dark' : 'light', hasTouch: touch, reducedMotion: 'reduce' })
    till.watch = new Watch([new URL(url).origin], excused).on(till.context)
    await till.context.addInitScript(listenToVoice)
    till.page = await till.context.newPage()
    await till.page.goto(url + path)
    return till
  }

  /** button finds a button by the words on it. */
  button(key, fill) {
    return this.page.getByRole('button', { name: this.w(key, fill) })
  }

  text(key, fill) {
    return this.page.getByText(this.w(key, fill), { exact: false })
  }

  async signIn(number, pin, counter = 0) {
    await this.page.getByRole('list', { name: this.w('in.counter') }).getByRole('button').nth(counter).click()
    await this.page.getByText(this.w('in.number'), { exact: true }).waitFor()
    await this.type(number)
    await this.page.keyboard.press('Enter')
    await this.type(pin)
    await this.way('scan').waitFor()
    await this.page.getByRole('status').getByText(this.w('line.up')).waitFor({ state: 'attached' })
  }

  /** type presses keys as slowly as a hand. */
  async type(text) {
    for (const key of text) {
      await this.page.keyboard.press(key)
      await this.page.waitForTimeout(40)
    }
  }

  async key(amount) {
    await this.page.keyboard.press('Delete')
    await this.type(amount)
  }

  way(way) {
    const group = this.page.getByRole('group', { name: this.w('act.ways') })
    return way === 'scan' ? group.getByRole('button', { name: this.w('act.scan') }) : group.getByRole('button', { name: this.w(`act.${way}`) })
  }

  /** pick takes a way, also one that stands behind "another wallet". */
  async pick(way) {
    const other = this.page.getByRole('group', { name: this.w('act.ways') }).getByRole('button', { name: this.w('act.other'), exact: false })
    if ((await this.way(way).count()) > 0) return this.way(way).click()
    await other.click()
    await this.button(`act.by.${way}`).click()
  }

  title(key) {
    return this.page.getByRole('heading', { name: this.w(key) })
  }

  said() {
    return this.page.evaluate(() => window.said)
  }

  /** readCode reads the QR code off a picture of the whole screen. */
  async readCode(page = this.page) {
    const folder = await mkdtemp(join(tmpdir(), 'guitai-screen-'))
    try {
      const path = join(folder, 'screen.png')
      await page.screenshot({ path })
      const { stdout } = await promisify(execFile)('zbarimg', ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', path])
      return stdout.trim()
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  async slip() {
    const paper = this.page.getByRole('document', { name: this.w('slip.title') }).locator('article')
    await paper.waitFor()
    return paper.innerText()
  }

  close() {
    return this.context.close()
  }
}
