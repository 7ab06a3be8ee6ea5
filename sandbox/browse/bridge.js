// What a wallet's app lends to the pages in its browser. Here it hands on to the
// phone of the street, in whose frame the page is.
(() => {
  const wallet = '%WALLET%'
  const phone = `${location.protocol}//${location.hostname}:%STREET%`
  const waiting = new Map()
  let last = 0
  const tell = (what) => parent.postMessage({ sandbox: 'page', ...what }, phone)
  addEventListener('message', (e) => {
    if (e.origin !== phone || e.source !== parent || e.data?.sandbox !== 'phone') return
    waiting.get(e.data.id)?.(e.data.end)
    waiting.delete(e.data.id)
  })
  const hand = (params, done) => {
    waiting.set(++last, done)
    tell({ id: last, wallet, params })
  }
  const fire = (name) => document.dispatchEvent(new Event(name))
  const lend = {
    wechat() {
      window.WeixinJSBridge = {
        invoke(name, params, done = () => {}) {
          if (name === 'getBrandWCPayRequest') hand(params, (end) => done({ err_msg: 'get_brand_wcpay_request:' + end }))
          else done({ err_msg: name + ':fail' })
        },
        on() {}, call() {}, log() {},
      }
      fire('WeixinJSBridgeReady')
    },
    alipay() {
      window.AlipayJSBridge = {
        call(name, params, done = () => {}) {
          if (name === 'tradePay') hand(params, (end) => done({ resultCode: { ok: '9000', cancel: '6001', fail: '4000' }[end] }))
          else if (typeof done === 'function') done({ error: 1 })
        },
      }
      fire('AlipayJSBridgeReady')
    },
  }
  // The apps bring it some time after the page is there.
  addEventListener('DOMContentLoaded', () => {
    const { code } = document.body.dataset
    tell(code ? { code } : { title: document.title })
    setTimeout(() => lend[wallet]?.(), 60)
  })
})()
