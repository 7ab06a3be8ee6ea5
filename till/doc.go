// Package till is what stands on the counter: the slip of a payment and the
// printer that it comes out of.
//
// It never takes money and never changes a payment. It may import the root
// package, qr, receipt, device, store and pay. Start reading at slip.go, then
// print.go.
package till
