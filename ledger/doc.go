// Package ledger turns what happened to a payment or a refund into double
// entries that sum to zero per currency.
//
// It is pure: it never stores, never reads a clock and never decides what
// happened. It imports only the root package. Start reading at entries.go.
package ledger
