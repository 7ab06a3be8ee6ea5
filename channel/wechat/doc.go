// Package wechat is the channel to WeChat Pay (微信支付), for merchants that
// connect directly (直连商户) or through a service provider (服务商).
//
// What is called, and where it is described (pay.weixin.qq.com):
//
//	Show       POST /v3/pay/transactions/native          doc/v3/merchant/4012791877 (Native 下单)
//	Ask (show) GET  /v3/pay/transactions/out-trade-no/…  doc/v3/merchant/4012791880 (查询订单)
//	End (show) POST …/out-trade-no/{no}/close            doc/v3/merchant/4012791881 (关闭订单)
//	Refund     POST /v3/refund/domestic/refunds          doc/v3/merchant/4012791883 (申请退款)
//	AskRefund  GET  /v3/refund/domestic/refunds/{no}     doc/v3/merchant/4012791884 (查询退款)
//	Payer      GET  /sns/oauth2/access_token             developers.weixin.qq.com (网页授权)
//	ShowInside POST /v3/pay/transactions/jsapi           doc/v3/merchant/4012791856 (JSAPI 下单)
//	FetchBill  GET  /v3/bill/tradebill, fundflowbill     doc/v3/merchant/4013071227 (申请交易账单)
//	keys       GET  /v3/certificates                     doc/v3/merchant/4012551764 (平台证书)
//	Charge     POST /pay/micropay            (v2)        wiki/doc/api/micropay.php?chapter=9_10 (付款码支付)
//	Ask (scan) POST /pay/orderquery          (v2)        wiki/doc/api/micropay.php?chapter=9_02 (查询订单)
//	End (scan) POST /secapi/pay/reverse      (v2, TLS)   wiki/doc/api/micropay.php?chapter=9_11 (撤销订单)
//
// Where CodePay is v3, a payment code is charged by POST …/codepay, asked about
// by the v3 query and reversed by POST …/reverse. A service provider's orders
// are below /v3/pay/partner/transactions.
//
// Signing of v3 requests: doc/v3/merchant/4012365336; of answers and notices, by
// public key and by certificate: 4013053249 and 4013053420; of v2:
// wiki/doc/api/micropay.php?chapter=4_3. Notices: 4012791882 (payment)
// and 4012791886 (refund).
//
// Code pay (付款码) sends no notice and cannot be closed, only reversed; a shown
// code is closed, which a paid order refuses.
//
// It never decides what becomes of a payment, never stores anything, never sends
// a message twice, and never believes an answer that is not signed by WeChat Pay
// within 300 seconds of our clock (v3) or under our key (v2): such an answer
// means "unknown". That holds for refusals too, so a v2 answer whose return_code
// is FAIL, which is never signed, is "unknown" as well. Two things are not
// signed by their nature: who the payer is (TLS says whose word it is, and it
// moves no money), and a bill's file (its digest is signed).
//
// It may import the root package, channel and qr. Start reading at channel.go,
// then map.go for the meaning of codes; wire.go says when nothing was sent;
// partner.go says whose an answer must be; bill.go and billread.go are the
// bills; sm2.go is the suite of national ciphers.
package wechat
