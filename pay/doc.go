// Package pay is the switch: the life of one payment, in order. It stores the
// intention, calls the channel outside any transaction, stores the outcome,
// and goes on asking, closing and reversing until the wallet's own word ends
// the payment.
//
// It never believes that time alone ended anything, never holds a transaction
// open across a call, never keeps a payer's code, and never announces before
// the commit. It may import the root package, qr, channel, ledger and store.
//
// Start reading at switch.go, then take.go (intention, call, outcome) and
// plan.go (what happens next, and when).
package pay
