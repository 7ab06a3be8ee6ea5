// Rows drawn on a canvas and made dots: what is printed from the browser.

import { bars, type Dots } from './escpos.ts'
import type { Row } from './slip.ts'

const cell = 12
const letter = 24
const air = 8

const wideOf = (paper: 58 | 80) => (paper === 80 ? 576 : 384)

function heightOf(r: Row, logo: HTMLImageElement | null): number {
  if (r.kind === 'rule') return 16
  if (r.kind === 'bars') return 64 + air
  if (r.kind === 'logo') return logo ? logo.height + air : 0
  return (r.kind === 'text' && r.size !== 'normal' ? 2 * letter : letter) + air
}

async function logoOf(rows: Row[], wide: number): Promise<HTMLImageElement | null> {
  const url = rows.find((r) => r.kind === 'logo')?.url
  if (!url?.startsWith('data:image/png;base64,')) return null
  const img = new Image()
  img.src = url
  try {
    await img.decode()
  } catch {
    return null // no receipt is withheld for its sake
  }
  return img.width <= wide ? img : null
}

/** draw is the slip as a picture, as wide as the paper prints. */
export async function draw(rows: Row[], paper: 58 | 80): Promise<HTMLCanvasElement> {
  const wide = wideOf(paper)
  const logo = await logoOf(rows, wide)
  const canvas = document.createElement('canvas')
  canvas.width = wide
  canvas.height = rows.reduce((n, r) => n + heightOf(r, logo), 32)
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  if (!pen) throw new Error('no canvas')
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, wide, canvas.height)
  pen.fillStyle = '#000'
  pen.textBaseline = 'alphabetic'
  let y = 16
  for (const r of rows) {
    row(pen, r, y, { wide, logo })
    y += heightOf(r, logo)
  }
  return canvas
}

/** text sets each character into its own cells, as the print head does. */
function text(pen: CanvasRenderingContext2D, s: string, at: { x: number; y: number; across: number; down: number }) {
  let x = at.x
  for (const c of s) {
    const own = (c < '\u0080' ? cell : 2 * cell) * at.across
    pen.save()
    pen.translate(x, at.y + 20 * at.down)
    pen.scale(at.across, at.down)
    pen.font = c < '\u0080' ? '20px ui-monospace, "DejaVu Sans Mono", Consolas, monospace' : '23px "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif'
    const drawn = pen.measureText(c).width
    const room = own / at.across
    if (drawn > room) pen.scale(room / drawn, 1)
    pen.fillText(c, Math.max(0, (room - drawn) / 2), 0)
    pen.restore()
    x += own
  }
}

const columnsOf = (s: string) => [...s].reduce((n, c) => n + (c < '\u0080' ? 1 : 2), 0)

function row(pen: CanvasRenderingContext2D, r: Row, y: number, on: { wide: number; logo: HTMLImageElement | null }) {
  const { wide, logo } = on
  if (r.kind === 'rule') {
    for (let x = 0; x < wide; x += 8) pen.fillRect(x, y + 7, 5, 2)
  } else if (r.kind === 'logo') {
    if (logo) pen.drawImage(logo, Math.floor((wide - logo.width) / 2), y + air / 2)
  } else if (r.kind === 'bars') {
    const modules = bars(r.text)
    const each = Math.max(1, Math.min(2, Math.floor(wide / (modules.length + 20))))
    const left = Math.floor((wide - modules.length * each) / 2)
    modules.forEach((dark, i) => dark && pen.fillRect(left + i * each, y + air / 2, each, 64))
  } else if (r.kind === 'cells') {
    text(pen, r.left, { x: 0, y: y + air / 2, across: 1, down: 1 })
    let right = wide
    for (const [i, columns] of [[2, 10], [1, 9], [0, 8]] as const) {
      text(pen, r.cells[i], { x: right - columnsOf(r.cells[i]) * cell, y: y + air / 2, across: 1, down: 1 })
      right -= columns * cell
    }
  } else if (r.kind === 'text') {
    const across = r.size === 'big' ? 2 : 1
    const down = r.size === 'normal' ? 1 : 2
    const long = columnsOf(r.left) * cell * across
    text(pen, r.left, { x: r.right ? 0 : r.centre ? Math.floor((wide - long) / 2) : r.end ? wide - long : 0, y: y + air / 2, across, down })
    if (r.right) text(pen, r.right, { x: wide - columnsOf(r.right) * cell * across, y: y + air / 2, across, down })
  }
}

/** dotsOf makes what is darker than light grey a dot: thin strokes of grey would vanish at the middle. */
export function dotsOf(canvas: HTMLCanvasElement): Dots {
  const { width, height } = canvas
  const px = canvas.getContext('2d')!.getImageData(0, 0, width, height).data
  const across = width / 8
  const dots = new Uint8Array(across * height)
  for (let i = 0; i < width * height; i++) {
    const at = i * 4
    if (px[at]! * 3 + px[at + 1]! * 6 + px[at + 2]! < 0xa0 * 10) dots[(i / width | 0) * across + ((i % width) >> 3)]! |= 0x80 >> (i % 8)
  }
  return { across, lines: height, dots }
}
