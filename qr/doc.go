// Package qr knows the texts inside codes: it tells whose payer code was
// scanned (Recognise), reads and writes the codes of EMV, the merchant's
// (ParseMPM) and the payer's (ParseCPM), and draws a text as a QR code (Encode).
//
// It never decides whether a code is still good: only the wallet knows that. It
// never talks to anybody, and it never puts a payment code into an error or a
// log: a payment code is money until it expires.
//
// It may import the root package and rsc.io/qr, which no other room touches.
//
// Start reading at recognise.go; cpm.go opens the one payer code that is not
// digits as far as its wallet, emv_cpm.go whole; emv_mpm.go is the merchant's
// code and emv_check.go its rules; matrix.go draws.
package qr
