// Package till is what stands on the counter: the slip of a payment and the
// printer that it comes out of, bills laid aside, members with their points,
// and the house's vouchers.
//
// It never takes money and never changes a payment. It may import the root
// package, qr, receipt, device, store and pay. Start reading at slip.go, then
// print.go; hold.go; member.go, points.go, voucher.go and value.go.
package till
