// Package cert holds the certificates with which `guitai serve` speaks HTTPS:
// those of files that somebody else renews, and those of a small authority of
// the shop's own, for tablets in a shop that has no name on the internet.
//
// It never speaks to anybody, never writes a private key where others can read
// it, and its authority never vouches for names outside the shop: its root is
// constrained to private networks and the names that were configured.
//
// It may import the root package only. Start reading at authority.go; files.go is
// the other way.
package cert
