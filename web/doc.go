// Package web is the door: HTTP in, HTTP out. It serves the API under /v1, the
// wallets' callbacks, the live events, the pages and the built UI.
//
// A handler decodes, makes one call and encodes. This room never decides about
// money, never speaks SQL, never calls a wallet, and never puts a value that
// came in into an error that goes out. It may import the root package, qr,
// receipt, notify, device, pay, till, office, books and ui.
//
// Start reading at routes.go, the table of all routes; then guard.go (who is at
// the door), problem.go (errors), api.go and body.go (how operations are
// documented and their bodies read).
package web
