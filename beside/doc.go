// Package beside is `guitai device`: a small program beside a till's browser,
// on the same machine, through which the till's page reaches network, USB and
// serial printers and the drawer, with and without a line to the server.
//
// It never listens beyond this machine, never answers a page of another origin
// than the configured server's, never prints without the token of a pairing, and
// never prints the same job twice, as far as can be known.
//
// It may import the root package and device. Start reading at beside.go (who is
// let in), then print.go.
package beside
