// Package notify tells programs of others what happened: webhooks by the
// Standard Webhooks specification (https://www.standardwebhooks.com). It knows
// how a message looks, how it is signed, when it is tried again, and how it is
// sent without being led to a place that only we can reach.
//
// It never stores anything, never decides whether to tell, never follows a
// redirect, and never connects to an address that it has not looked at. It may
// import the root package. Start reading at send.go, then guard.go.
package notify
