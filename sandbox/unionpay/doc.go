// Package unionpay is UnionPay's all-channel gateway (银联全渠道, ACP 5.1.0) as
// a merchant with codes meets it: payer codes (01/06), shown codes (01/07),
// queries (00/00), voids (31/00), refunds (04/00), reversals (99/01), notices
// and the reconciliation file (76/01), signed by certificate (signMethod 01) or
// with a shared key (11). It checks every request's signature and signs every
// answer for real.
//
// It never decides what happened to money (the book does), and shares no code
// with any client. It imports the root package, and the book, the faults and
// the wallet contract of the sandbox.
//
// Start reading at unionpay.go (the table of calls), then gateway.go (how a
// request is checked and an answer signed). The rules are those of 《二维码支付
// 产品接口规范》 and 《平台接入接口规范 第5部分 附录》 (respCode). Where the papers
// are silent, it is as unkind as they allow: a shown code that nobody has
// scanned is not found (34), and a reversal does not tell an unknown original
// from one that cannot be reversed (35).
package unionpay
