// The ways from this page to a printer. Each says whether it printed, surely did
// not (another may), or may have (nobody else is asked).

import type { Printer } from '../bundle/types.ts'

export type PrinterState = 'ready' | 'low' | 'out' | 'cover' | 'offline' | 'gone' | 'local' | 'unpaired'
export type Outcome = { result: 'printed' | 'not' | 'maybe'; code: string }

const at = 'http://127.0.0.1:7878'
const tokenKey = 'guitai.device.token'

type Told = { status: number; body: Record<string, unknown> }

/** beside asks `guitai device` on this machine; null: it is not there, or did not answer. */
async function beside(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Told | null> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), 20_000)
  try {
    const answer = await fetch(at + path, {
      method,
      headers: { Authorization: `Bearer ${localStorage.getItem(tokenKey) ?? ''}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: stop.signal,
      credentials: 'omit',
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}

export async function pairDevice(code: string): Promise<boolean> {
  const told = await beside('POST', '/v1/pair', { code })
  if (told?.status !== 200 || typeof told.body.token !== 'string') return false
  localStorage.setItem(tokenKey, told.body.token)
  return true
}

export async function deviceStates(): Promise<Record<string, PrinterState> | 'gone' | 'unpaired'> {
  const told = await beside('GET', '/v1/printers')
  if (!told) return 'gone'
  if (told.status !== 200) return 'unpaired'
  return Object.fromEntries((told.body.items as { name: string; state: PrinterState }[]).map((p) => [p.name, p.state]))
}

function base64(b: Uint8Array): string {
  let s = ''
  for (let i = 0; i < b.length; i += 0x8000) s += String.fromCharCode(...b.subarray(i, i + 0x8000))
  return btoa(s)
}

/** nameOf is how `guitai device` calls a printer. */
export const nameOf = (p: Printer) => p.address || p.name

export async function byDevice(p: Printer, id: string, data: Uint8Array): Promise<Outcome> {
  const job = { id, printer: nameOf(p), data: base64(data) }
  const hello = await beside('GET', '/v1/hello')
  if (!hello) return { result: 'not', code: 'device_gone' }
  // The same id again is not printed again, so a lost answer is asked for once more.
  const told = (await beside('POST', '/v1/print', job)) ?? (await beside('POST', '/v1/print', job))
  if (!told) return { result: 'maybe', code: 'printer_maybe' }
  if (told.status === 200) return { result: 'printed', code: '' }
  if (told.status === 401 || told.status === 403) return { result: 'not', code: 'device_unpaired' }
  return { result: told.body.kind === 'unknown' ? 'maybe' : 'not', code: String(told.body.code) }
}

export async function drawerByDevice(p: Printer): Promise<boolean> {
  return (await beside('POST', '/v1/drawer', { printer: nameOf(p) }))?.status === 200
}

// What browsers have beside the types that TypeScript knows.
type UsbEnd = { endpointNumber: number; direction: 'in' | 'out'; type: string }
type UsbDevice = {
  opened: boolean
  open(): Promise<void>
  selectConfiguration(n: number): Promise<void>
  claimInterface(n: number): Promise<void>
  releaseInterface(n: number): Promise<void>
  transferOut(end: number, data: Uint8Array): Promise<{ status: string; bytesWritten: number }>
  configuration: { interfaces: { interfaceNumber: number; alternate: { interfaceClass: number; endpoints: UsbEnd[] } }[] } | null
}
type SerialPort = { open(o: { baudRate: number }): Promise<void>; close(): Promise<void>; writable: WritableStream<Uint8Array> | null }
type More = Navigator & {
  usb?: { getDevices(): Promise<UsbDevice[]>; requestDevice(o: { filters: { classCode: number }[] }): Promise<UsbDevice> }
  serial?: { getPorts(): Promise<SerialPort[]>; requestPort(): Promise<SerialPort> }
}

const printerClass = 7

/** chooseLocal asks the person to let this page use a USB printer or a serial line. */
export async function chooseLocal(): Promise<boolean> {
  const n = navigator as More
  try {
    if (n.usb) await n.usb.requestDevice({ filters: [{ classCode: printerClass }] })
    else if (n.serial) await n.serial.requestPort()
    else return false
    return true
  } catch {
    return false // nothing was chosen
  }
}

export async function hasLocal(): Promise<boolean> {
  const n = navigator as More
  return Boolean((await n.usb?.getDevices())?.length || (await n.serial?.getPorts())?.length)
}

export async function byBrowser(data: Uint8Array): Promise<Outcome> {
  const n = navigator as More
  const usb = (await n.usb?.getDevices())?.[0]
  const port = usb ? undefined : (await n.serial?.getPorts())?.[0]
  let begun = false
  try {
    if (usb) {
      if (!usb.opened) await usb.open()
      if (!usb.configuration) await usb.selectConfiguration(1)
      const face = usb.configuration?.interfaces.find((i) => i.alternate.interfaceClass === printerClass)
      const end = face?.alternate.endpoints.find((e) => e.direction === 'out' && e.type === 'bulk')
      if (!face || !end) return { result: 'not', code: 'printer_none' }
      await usb.claimInterface(face.interfaceNumber)
      begun = true
      const done = await usb.transferOut(end.endpointNumber, data)
      await usb.releaseInterface(face.interfaceNumber)
      return done.status === 'ok' && done.bytesWritten === data.length ? { result: 'printed', code: '' } : { result: 'maybe', code: 'printer_maybe' }
    }
    if (port) {
      await port.open({ baudRate: 9600 })
      const to = port.writable?.getWriter()
      if (!to) return { result: 'not', code: 'printer_none' }
      begun = true
      await to.write(data)
      await to.close()
      await port.close()
      return { result: 'printed', code: '' }
    }
  } catch {
    return begun ? { result: 'maybe', code: 'printer_maybe' } : { result: 'not', code: 'printer_unreachable' }
  }
  return { result: 'not', code: 'printer_none' }
}

let styled = false

/** bySystem shows the paper to the browser's own print; what a person does there this page is not told. */
export async function bySystem(picture: HTMLCanvasElement, paper: 58 | 80): Promise<Outcome> {
  if (!styled) {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync('@media screen{#paper-print{display:none}}@media print{@page{margin:0}body>*:not(#paper-print){display:none!important}#paper-print{display:block}}')
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
    styled = true
  }
  document.getElementById('paper-print')?.remove()
  const img = new Image()
  img.id = 'paper-print'
  img.src = picture.toDataURL('image/png')
  img.style.width = paper === 80 ? '72mm' : '48mm'
  await img.decode()
  document.body.append(img)
  window.print()
  return { result: 'printed', code: '' }
}
