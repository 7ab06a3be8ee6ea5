// Package book is the judge: what every payer was charged and given back, by
// the wallets' own word. Orders, refunds, payers, payer codes and notices due
// live in memory; every change is one line of a journal that reaches the disk
// before anybody is told about it.
//
// It never speaks HTTP, never signs, never reads a clock or makes up a random
// number by itself: Now and Rand are handed in. What differs between wallets
// is data, in Policy. It imports only the root package.
//
// Start reading at order.go (the nouns), then book.go (one change from asking
// to disk), charge.go and phone.go (how money moves).
package book
