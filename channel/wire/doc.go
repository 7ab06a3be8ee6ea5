// Package wire carries one HTTP message of a channel to its wallet, and can
// prove that nothing was sent: what the switch may believe after a failed call
// hangs on that.
//
// It never sends a request twice, never follows a redirect, never uses a proxy,
// and never reads or signs what it carries. Whether a byte may have left is
// counted above TLS: a handshake is no request. A kept connection that the other
// side had closed before a byte was sent is the one case where another is tried.
//
// It may import the root package. Start reading at line.go; conn.go
// is the proof.
package wire
