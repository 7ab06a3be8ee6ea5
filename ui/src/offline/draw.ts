// A code as a picture that is made here: without a line the server draws none.

import qrcode from 'qrcode-generator'

/** modules is the side of the code and the path of its dark modules, in units of one module, with the quiet zone of four around. */
export function modules(text: string): { side: number; path: string } {
  const code = qrcode(0, 'M')
  code.addData(text, 'Byte')
  code.make()
  const n = code.getModuleCount()
  let path = ''
  for (let y = 0; y < n; y++) {
    for (let x = 0, from = 0; x <= n; x++) {
      if (x < n && code.isDark(y, x)) continue
      if (x > from) path += `M${from + 4} ${y + 4}h${x - from}v1h-${x - from}z`
      from = x + 1
    }
  }
  return { side: n + 8, path }
}
