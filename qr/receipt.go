package qr

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// Receipt is what the code of a digital receipt names: a sale of a merchant, by
// the 16 bytes of their IDs. It is sealed, so that nobody finds a receipt by
// trying, and holds nothing that tells who bought what.
type Receipt struct {
	Merchant, Sale [16]byte
}

const receiptSize = 16 + 16 + ownMAC

// Write makes the last part of the receipt's address: 59 characters of
// base64url. key is 32 secret bytes.
func (r Receipt) Write(key []byte) string {
	b := append(append(make([]byte, 0, receiptSize), r.Merchant[:]...), r.Sale[:]...)
	return base64.RawURLEncoding.EncodeToString(append(b, receiptSeal(key, b)...))
}

// ReadReceipt reads what Write made with the same key.
func ReadReceipt(text string, key []byte) (Receipt, error) {
	var r Receipt
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != receiptSize || base64.RawURLEncoding.EncodeToString(b) != text {
		return r, errOwn
	}
	said, seal := b[:receiptSize-ownMAC], b[receiptSize-ownMAC:]
	if !hmac.Equal(seal, receiptSeal(key, said)) {
		return r, errOwn
	}
	copy(r.Merchant[:], said)
	copy(r.Sale[:], said[16:])
	return r, nil
}

func receiptSeal(key, said []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("guitai digital receipt 1\x00"))
	h.Write(said)
	return h.Sum(nil)[:ownMAC]
}
