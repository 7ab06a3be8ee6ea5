// Package unionpay is the adapter to UnionPay's all-channel gateway (银联全渠道,
// ACP version 5.1.0) for a merchant who takes money by codes: consuming a
// payer's code (01/06), applying for a code to be shown (01/07), the query
// (00/00), refunds (04/00), the reversal of a consumption (99/01), notices, and
// fetching the reconciliation file (76/01). Messages are signed by certificate
// (signMethod 01) or, as a setting, with a shared key (11).
//
// It never decides what becomes of a payment, never believes a word before the
// signature, and the certificate that came with it, are verified, and never
// keeps or logs a payment code or a key. What is not documented means
// "unknown". It never tries a call again; two calls are followed by a query
// where their answer does not say enough: a reversal that is told 35, 39 or 45,
// and a refund that is told 12 (its number is spent, so it was sent before).
//
// What is peculiar to this wallet:
//   - 00 says that a trade is accepted, not that it is done. Charge answers
//     Waiting; a query or a notice tells the end.
//   - A trade has two names, orderId and txnTime. txnTime is Order.Made (a
//     refund's Refund.Made) in seconds of Beijing, in every call about it.
//   - A shown code cannot be closed: it ends at its payTimeout, and until then
//     neither "failed" nor "not found" is final [3]. payTimeout is written into
//     reqReserved, which the query repeats, so that any node can tell.
//   - A consumption can be reversed until 23:00 of its settlement day.
//   - A void (31/00) has no place in the contract: the switch's void is a refund
//     of the whole, which may cost the fee that a void would not.
//   - The payer sees the merchant's registered name; a description is not sent.
//
// Papers it follows, named in comments by their numbers in the list:
//
//	[1] 《二维码支付产品接口规范》 of https://open.unionpay.com (主扫, 被扫, 退货, 冲正)
//	[2] 《平台接入接口规范 第5部分 附录》 (respCode)
//	[3] the notes in UnionPay's own examples (ACPSample: when to ask, what is final, notices)
//	[4] 《全渠道平台接入接口规范 第2部分 对账单接口》 (76/01, ZM and ZME)
//
// It may import the root package, channel and qr. Start reading at channel.go;
// map.go holds the tables of their codes.
package unionpay
