// Package wechat is WeChat Pay as a merchant meets it: API v3 for shown codes,
// pages inside the app, refunds, bills and certificates, API v2 (or v3) for code
// pay, and the notices; for a shop of its own and for a service provider with
// two shops; in RSA and in national ciphers. It checks
// every request's signature and signs every answer for real.
//
// It never decides what happened to money (the book does), and shares no code
// with any client. It imports the book and the faults of the sandbox.
//
// Start reading at wechat.go (the table of routes), then v3.go and v2.go (how a
// request is checked and an answer signed). The rules are those of WeChat Pay's
// merchant documents: "APIv3 签名", "Native支付", "付款码支付", "申请退款".
package wechat
