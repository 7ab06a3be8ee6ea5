(function () {
  var order = JSON.parse(document.getElementById('order').textContent), next = document.querySelector('main').dataset.next,
    again = document.getElementById('again'), busy = document.getElementById('busy'), tried = false;
  function done() { location.replace(next); }
  function rest() { again.hidden = false; busy.hidden = true; }
  function wechat() {
    WeixinJSBridge.invoke('getBrandWCPayRequest', order.params, function (r) {
      if (r.err_msg === 'get_brand_wcpay_request:ok') done(); else rest();
    });
  }
  function alipay() {
    AlipayJSBridge.call('tradePay', order.params, function (r) {
      var c = String(r.resultCode);
      if (c === '9000' || c === '8000' || c === '6004') done(); else rest();
    });
  }
  function hand() {
    if (order.wallet === 'wechat' && window.WeixinJSBridge) { tried = true; wechat(); }
    else if (order.wallet === 'alipay' && window.AlipayJSBridge) { tried = true; alipay(); }
  }
  again.addEventListener('click', hand);
  document.addEventListener('WeixinJSBridgeReady', hand);
  document.addEventListener('AlipayJSBridgeReady', hand);
  hand();
  setTimeout(function () { if (!tried) rest(); }, 4000);
})();
