// Package sandbox is the other side of the wire: a street of wallets that sign
// and check for real, with payers who have balances, passwords and moods, and
// a book of their own that outlives a kill and is the judge of every test.
//
// It never shares code with the channels that talk to it, so that one mistake
// cannot stand on both sides, and it never moves real money. From the project
// it imports only the root package and qr.
//
// Start reading at book/order.go (what the judge knows of an order), then
// book/book.go (how a change is made and kept), wallet/provider.go (what a
// provider must offer to stand on the street) and street.go here (who listens
// where). wechat/ is the example of a provider; a new one needs its own folder
// and its two lines in street.go. dayend.go and spoil.go make bills and let them
// lie; inside.go and browse/ open a merchant's pages in a wallet's app.
package sandbox
