// Package till is what stands on the counter: the slip of a payment and the
// printer that it comes out of, the journal in which a till writes what it
// does, with the sales, shifts and questions that follow from it, bills laid
// aside, members with their points, and the house's vouchers.
//
// It never takes money and never changes a payment; at the end of a shift it
// has the wallets asked through pay. It never refuses what has happened at a
// counter: it asks a person. It may import the root package, qr, receipt,
// device, store and pay. Start reading at slip.go and print.go for paper, at
// journal.go (docs/till-journal.md) for the journal, then sold.go and shift.go;
// hold.go, member.go, points.go, voucher.go and value.go for the rest.
package till
