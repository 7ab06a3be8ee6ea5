// The rules that hold for all screens: words, sizes, colours, content policy.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { catalogue, langs } from '../../src/i18n/catalogue.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const walk = (dir) => readdirSync(join(root, dir), { withFileTypes: true, recursive: true }).filter((f) => f.isFile()).map((f) => relative(root, join(f.parentPath ?? f.path, f.name)))
const read = (path) => readFileSync(join(root, path), 'utf8')
const source = walk('src').filter((f) => /\.(ts|svelte|css)$/.test(f))
const tests = walk('test').filter((f) => f.endsWith('.mjs'))

test('every word stands in every language, with the same blanks', () => {
  for (const [key, words] of Object.entries(catalogue)) {
    assert.equal(words.length, langs.length, key)
    const blanks = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join()
    for (const text of words) {
      assert.ok(text.trim() !== '', `${key} is empty in a language`)
      assert.equal(blanks(text), blanks(words[0]), `${key}: blanks differ`)
    }
    assert.doesNotMatch(words[2], /\p{Script=Han}/u, `${key}: Chinese in the English words`)
  }
})

test('the traditional words hold no character that is written otherwise in traditional Chinese', () => {
  const simplifiedOnly = /[们这样开关闭钱单条码编号输数额选择价结账无线网络连断读试错误钟锁签语设帐员实应总销记录经历处状态显将对过还没来说话请让张机枪头们优减务获从终样间时会东车长门问题马鸟为书买卖产业乐习乡亿仅亲众伟传伤伦价众优层属帮币带广庆库应庙废开异弃张弹强归当录彻径忆忧怀态总恋恶悬惊惧惨惯愤愿戏战户扑执扩扫扬扰抚抛护报担拟拥拦拨择挂挡挤挥损换据掷揽搀搁搂搅携摄摆摇摊撑]/
  for (const [key, words] of Object.entries(catalogue)) {
    const found = words[1].match(new RegExp(simplifiedOnly, 'gu'))?.filter((c) => !'掛換據帳開關強當態戶'.includes(c)) ?? []
    assert.deepEqual(found, [], `${key}: ${words[1]}`)
  }
})

test('every word of the catalogue is used', () => {
  const all = source.filter((f) => !['src/i18n/catalogue.ts', 'src/i18n/office.ts'].includes(f)).map(read).join('\n')
  const used = new Set([...all.matchAll(/['"`]([a-z]+(?:[._][a-z_]+)*)['"`]/g)].map((m) => m[1]))
  const prefixes = [...all.matchAll(/`([a-z]+(?:\.[a-z_]+)*\.)\$\{/g)].map((m) => m[1])
  const idle = Object.keys(catalogue).filter((key) => !used.has(key) && !prefixes.some((p) => key.startsWith(p)))
  assert.deepEqual(idle, [])
})

test('no component holds words of its own', () => {
  const exempt = ['src/office/rules.ts', 'src/money/speak.ts', 'src/paper/slip.ts']
  for (const file of source.filter((f) => !f.startsWith('src/i18n/') && !exempt.includes(f))) {
    const code = read(file).replace(/<!--[\s\S]*?-->/g, '').replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
    assert.doesNotMatch(code, /\p{Script=Han}/u, file)
  }
})

test('files and functions stay small', () => {
  for (const file of [...source, ...tests]) assert.ok(read(file).split('\n').length <= 500, `${file} is longer than 500 lines`)
  for (const file of [...source, ...tests].filter((f) => !f.endsWith('.css'))) {
    const code = file.endsWith('.svelte') ? (/<script[^>]*>([\s\S]*?)<\/script>/.exec(read(file))?.[1] ?? '') : read(file)
    const tree = ts.createSourceFile(file, code, ts.ScriptTarget.ES2022, true)
    const visit = (node) => {
      if (ts.isFunctionLike(node) && node.body) {
        const lines = code.slice(node.getStart(), node.end).split('\n').length
        assert.ok(lines <= 70, `${file}: a function of ${lines} lines: ${code.slice(node.getStart(), node.getStart() + 60)}`)
      }
      ts.forEachChild(node, visit)
    }
    visit(tree)
  }
})

test('the source keeps the content policy: no inline styles, no raw HTML, no eval, nothing from outside', () => {
  for (const file of source) {
    const code = read(file)
    assert.doesNotMatch(code, /\sstyle="|\{@html|\beval\(|new Function\(|innerHTML/, file)
    // `guitai device` stands on the till's own machine.
    const within = code.replace(/\^https\?:/g, '').replace("'http://127.0.0.1:7878'", "''")
    assert.doesNotMatch(within, /https?:\/\/|@import ['"](?!\.)|url\(/, file)
  }
})

test('the built pages carry no inline script or style and load nothing from outside', () => {
  const dist = walk('dist')
  for (const page of ['dist/index.html', 'dist/till.html', 'dist/screen.html']) assert.ok(dist.includes(page), `${page} is not built`)
  for (const file of dist.filter((f) => f.endsWith('.html'))) {
    const html = read(file)
    for (const [tag] of html.matchAll(/<script[^>]*>/g)) assert.match(tag, /src="\/assets\/[\w.-]+"/, `${file}: ${tag}`)
    assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|https?:\/\//, file)
  }
  for (const file of dist.filter((f) => f.endsWith('.css'))) assert.doesNotMatch(read(file), /url\((?!['"]?data:)/, file)
})

const hex = (v) => [1, 3, 5].map((i) => parseInt(v.slice(i, i + 2), 16) / 255)
const light = (v) => {
  const [r, g, b] = hex(v).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05)

// [ink, ground, least]: 4.5 for text, 3 for signs and the edges of controls (WCAG 2.2, 1.4.3 and 1.4.11).
const pairs = [
  ...['ground', 'surface', 'sunken', 'key', 'accent-soft', 'good-soft', 'warn-soft', 'stop-soft'].map((g) => ['ink', g, 4.5]),
  ...['ground', 'surface', 'sunken', 'key', 'accent-soft'].map((g) => ['muted', g, 4.5]),
  ...['surface', 'key', 'accent-soft', 'ground'].map((g) => ['accent', g, 4.5]),
  ['accent-ink', 'accent', 4.5], ['accent-ink', 'accent-down', 4.5],
  ['good', 'good-soft', 4.5], ['good-ink', 'good', 4.5],
  ['warn', 'warn-soft', 4.5], ['warn', 'surface', 4.5], ['warn-ink', 'warn-fill', 4.5],
  ['stop', 'stop-soft', 4.5], ['stop', 'surface', 4.5], ['stop', 'key', 4.5],
  ['edge', 'surface', 3], ['edge', 'ground', 2.5],
]

test('colours keep AA contrast in light and dark', () => {
  const css = read('src/style/tokens.css')
  for (const theme of ['light', 'dark']) {
    const block = new RegExp(`data-theme='${theme}'\\] \\{([\\s\\S]*?)\\n\\}`).exec(css)[1]
    const tokens = Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]))
    for (const [ink, ground, least] of pairs) {
      const got = contrast(tokens[ink], tokens[ground])
      assert.ok(got >= least, `${theme}: ${ink} on ${ground} has ${got.toFixed(2)}, wanted ${least}`)
    }
  }
})

test('colours and sizes come from the tokens alone', () => {
  for (const file of source.filter((f) => f.endsWith('.svelte'))) {
    const style = /<style>([\s\S]*?)<\/style>/.exec(read(file))?.[1] ?? ''
    const loose = [...style.matchAll(/#[0-9a-f]{3,8}\b|rgba?\(/gi)].map((m) => m[0]).filter((c) => !['#fff', '#000', '#4f5a69'].includes(c))
    assert.deepEqual(loose, [], `${file}: colours outside the tokens (white and black are for codes and paper)`)
  }
})
