package qr

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"
)

// OwnKind says what one of our own codes stands for.
type OwnKind byte

// The kinds of our own codes, the first byte of each.
const (
	OwnPayment OwnKind = 1 // one payment, single use
	OwnStatic  OwnKind = 2 // a sticker or stand
)

// Token is the random name of one of our own codes.
type Token [10]byte

// ownText is the alphabet in which tokens stand in tables and on paper.
func ownText() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }

// String writes a token as it stands in tables: 16 letters and digits.
func (t Token) String() string { return ownText().EncodeToString(t[:]) }

// ParseToken reads what String wrote.
func ParseToken(s string) (Token, error) {
	var t Token
	b, err := ownText().DecodeString(s)
	if err != nil || len(b) != len(t) {
		return t, errOwn
	}
	copy(t[:], b)
	return t, nil
}

// Own is what one of our own codes says: its name, and until when it may be
// used. Everything else stands in our database, so that it can be changed and
// revoked.
type Own struct {
	Kind    OwnKind
	Token   Token
	Expires time.Time // whole seconds; zero: it does not expire by itself
}

const (
	ownMAC  = 12 // bytes of the HMAC that travel: 2⁻⁹⁶ against a blind guess, online only
	ownSize = 1 + 10 + 4 + ownMAC
)

var errOwn = errors.New("qr: not one of our codes")

// Write makes the last part of the address that the code shows: 36 characters
// of base64url. key is 32 secret bytes.
func (o Own) Write(key []byte) string {
	b := make([]byte, 0, ownSize)
	b = append(b, byte(o.Kind))
	b = append(b, o.Token[:]...)
	var until uint32
	if !o.Expires.IsZero() {
		until = uint32(o.Expires.Unix())
	}
	b = binary.BigEndian.AppendUint32(b, until)
	b = append(b, ownSeal(key, b)...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// ReadOwn reads what Write made with the same key. It says nothing about
// whether the code has expired: the reader knows the time.
func ReadOwn(text string, key []byte) (Own, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != ownSize || base64.RawURLEncoding.EncodeToString(b) != text { // the decoder skips ends of lines
		return Own{}, errOwn
	}
	said, seal := b[:ownSize-ownMAC], b[ownSize-ownMAC:]
	if !hmac.Equal(seal, ownSeal(key, said)) {
		return Own{}, errOwn
	}
	o := Own{Kind: OwnKind(said[0])}
	copy(o.Token[:], said[1:11])
	if until := binary.BigEndian.Uint32(said[11:]); until != 0 {
		o.Expires = time.Unix(int64(until), 0).UTC()
	}
	if o.Kind != OwnPayment && o.Kind != OwnStatic {
		return Own{}, errOwn
	}
	return o, nil
}

func ownSeal(key, said []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("guitai own code 1\x00"))
	h.Write(said)
	return h.Sum(nil)[:ownMAC]
}
