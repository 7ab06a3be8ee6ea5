package qr

import (
	"crypto/hmac"
	"crypto/sha256"
)

// OwnKey makes the key of our own codes out of the server's secret, so that
// one secret serves several purposes and none of them tells another's key.
func OwnKey(secret []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("guitai own codes"))
	return h.Sum(nil)
}
