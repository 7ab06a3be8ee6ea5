// Package alipay is Alipay's gateway as a merchant meets it: /gateway.do with
// RSA2, by plain keys and in certificate mode, code pay, shown codes, pay inside
// the app, refunds, notices and bills, for a merchant itself and for a service
// provider with two merchants. It checks every request's signature and signs
// every answer for real.
//
// It never decides what happened to money (the book does), and shares no code
// with any client. It imports the root package, and the book, the faults and
// the wallet contract of the sandbox.
//
// Start reading at alipay.go (the table of calls), then gateway.go (how a
// request is checked and an answer signed). The rules are those of Alipay's
// open documents: "签名", "公钥证书方式", "公共错误码", "alipay.trade.pay" and
// its sisters, "异步通知". inside.go has the page that names payers, bill.go the
// bills.
//
// Besides what credentials.json names, the folder holds alipay_cert_former.pem:
// a client that starts with it meets answers signed by a certificate that it
// does not know, and has to fetch that one by alipay.open.app.alipaycert.download.
package alipay
