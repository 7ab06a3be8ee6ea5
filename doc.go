// Package guitai holds the nouns of the trade and their rules: money, names of
// things (IDs), a payment with its attempts and refunds, events and errors.
//
// It never does I/O, never reads a clock, never makes up a random number and
// never speaks SQL: time and randomness are handed in. It imports only the
// standard library, and every other room of the house may import it.
//
// Start reading at payment.go (what a payment is) and attempt.go (the truth
// table of states and events).
package guitai
