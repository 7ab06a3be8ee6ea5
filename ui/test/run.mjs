// Runs the browser tests: those against the stand-in, then those against the
// real program, started here on free ports with a folder of its own.
//
//   node test/run.mjs          everything
//   node test/run.mjs mock     only what needs no server
//   node test/run.mjs real     only against the real program
//   node test/run.mjs office   only the office, against the real program
//
// With BASE_URL, SANDBOX_URL, GUITAI_KEY and PIN_101, PIN_201, PIN_301 set, a program that
// runs already is used. GUITAI names a built program; without it `go run` is.

import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const repository = fileURLToPath(new URL('../../', import.meta.url))
const wanted = process.argv[2] ?? 'all'
const start_ms = 180_000

function run(file, env = {}) {
  return new Promise((done) => {
    const args = ['--import', join(here, 'unit/typescript.mjs'), '--test', '--test-reporter=spec', join(here, 'browser', file)]
    spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } }).on('exit', (code) => done(code ?? 1))
  })
}

async function runAll(env) {
  let code = 0
  for (const file of files) code = (await run(file, env)) || code
  return code
}

async function readEnv(path) {
  try {
    return Object.fromEntries((await readFile(path, 'utf8')).split('\n').filter(Boolean).map((l) => l.split(/=(.*)/s).slice(0, 2)))
  } catch {
    return null
  }
}

async function demo() {
  const data = await mkdtemp(join(tmpdir(), 'guitai-browser-'))
  const [command, ...args] = process.env.GUITAI ? [process.env.GUITAI] : ['go', 'run', './cmd/guitai']
  const shop = spawn(command, [...args, 'demo', '--no-open', '--addr', '127.0.0.1:0', '--sandbox-addr', '127.0.0.1:0', '--data', data], { cwd: repository, stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  let log = ''
  shop.stderr.on('data', (piece) => (log = (log + piece).slice(-8000)))
  const stop = async () => {
    if (shop.exitCode === null) process.kill(-shop.pid, 'SIGTERM')
    await new Promise((done) => (shop.exitCode !== null ? done() : shop.on('exit', done)))
    await rm(data, { recursive: true, force: true })
  }
  for (const end = Date.now() + start_ms; Date.now() < end && shop.exitCode === null; ) {
    const env = await readEnv(join(data, 'demo.env'))
    if (env?.GUITAI_URL && (await fetch(`${env.GUITAI_URL}/healthz`).catch(() => null))?.ok) return { env: { ...env, BASE_URL: env.GUITAI_URL }, stop, log: () => log }
    await new Promise((next) => setTimeout(next, 200))
  }
  await stop()
  throw new Error(`the demo did not start:\n${log}`)
}

const office = ['office.test.mjs', 'goods.test.mjs', 'members.test.mjs']
const files = wanted === 'office' ? office : ['real.test.mjs', 'offline.test.mjs', ...office, 'paper.test.mjs']

async function real() {
  if (process.env.BASE_URL) return runAll(process.env)
  const shop = await demo()
  try {
    const code = await runAll(shop.env)
    if (code !== 0) console.error(shop.log())
    return code
  } finally {
    await shop.stop()
  }
}

let code = 0
if (wanted === 'all' || wanted === 'mock') code = await run('mock.test.mjs')
if (['all', 'real', 'office'].includes(wanted)) code = (await real()) || code
process.exit(code)
