// Package qr knows the texts inside codes: it tells whose payer code was
// scanned (Recognise) and draws a text as a QR code (Encode).
//
// It never decides whether a code is still good: only the wallet knows that. It
// never talks to anybody, and it never puts a payment code into an error or a
// log: a payment code is money until it expires.
//
// It may import the root package and rsc.io/qr, which no other room touches.
//
// Start reading at recognise.go; cpm.go opens the one code that is not digits;
// matrix.go draws.
package qr
