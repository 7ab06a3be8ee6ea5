const words = {
  signed_out: ['没有登录', '请登录。', 'no'],
  pin_wrong: ['工号或密码不对', '看清楚再试一次。', 'no'],
  pin_locked: ['试错太多次', '过一会儿再试。', 'no'],
  code_malformed: ['付款码不完整', '请顾客刷新付款码再扫。', 'no'],
  amount_large: ['金额太大', '分几笔收，或者请店长调高限额。', 'no'],
  printer_gone: ['打印机没有连上', '看看电源和网线，再打一次。', 'no'],
  refund_too_large: ['退款超过可退金额', '改小一些。', 'no'],
}

export function problem(status, code) {
  const [title, detail, money_moved] = words[code] ?? [code, '', 'no']
  return [status, { type: `/v1/errors#${code}`, title, detail, status, code, kind: status === 409 ? 'conflict' : 'invalid', money_moved, request_id: 'req_1' }, 'application/problem+json']
}

/** A pattern that looks like a code and holds nothing; the real one is read in the tests against the real server. */
export function qrPicture(seed) {
  let n = [...seed].reduce((h, c) => (h * 31 + c.charCodeAt(0)) >>> 0, 7)
  let path = ''
  for (let y = 0; y < 29; y++)
    for (let x = 0; x < 29; x++) {
      n = (n * 1103515245 + 12345) >>> 0
      const corner = (x < 8 && y < 8) || (x > 20 && y < 8) || (x < 8 && y > 20)
      if (!corner && n & 65536) path += `M${x + 4} ${y + 4}h1v1h-1z`
    }
  for (const [x, y] of [[4, 4], [26, 4], [4, 26]]) path += `M${x} ${y}h7v7h-7zM${x + 1} ${y + 1}v5h5v-5zM${x + 2} ${y + 2}h3v3h-3z`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 37 37" shape-rendering="crispEdges"><rect width="37" height="37" fill="#fff"/><path d="${path}" fill="#000" fill-rule="evenodd"/></svg>`
}

const row = (a, b) => `<div><span>${a}</span><span>${b}</span></div>`

export const paperSlip = (p, lang) => `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>x</title><style>
.slip{box-sizing:content-box;width:16em;margin:0 auto;padding:1em;background:#fff;color:#000;font:16px/1.4 system-ui,"Noto Sans CJK SC",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.slip div{display:flex;justify-content:space-between;gap:.5em;min-height:1.4em}.slip div.c{justify-content:center;text-align:center}.slip div.big{font-size:1.75em;font-weight:700}.slip hr{border:0;border-top:1px dashed #000;margin:.4em 0}
</style></head><body><article class="slip p58" lang="${lang}"><div class="c big"><span>青禾便利店</span></div><div class="c"><span>人民路店</span></div><hr>${row('单号', p.order_no)}${row('时间', p.created_at.slice(0, 19))}<hr>${row(p.description, '')}<div class="big"><span>合计</span><span>￥${(p.amount.value / 100).toFixed(2)}</span></div>${row('支付方式', p.wallet)}${row('流水号', p.wallet_no ?? '')}<hr><div class="c"><span>谢谢惠顾</span></div></article></body></html>`
