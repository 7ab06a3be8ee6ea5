package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// Secret signs the messages of one endpoint: 24 to 64 bytes.
type Secret []byte

const (
	secretPrefix            = "whsec_"
	secretBytes             = 32
	leastSecret, mostSecret = 24, 64
)

var errSecret = errors.New("notify: a secret is whsec_ and 24 to 64 bytes in base64")

// NewSecret makes a secret of 256 random bits.
func NewSecret(rand io.Reader) (Secret, error) {
	s := make(Secret, secretBytes)
	_, err := io.ReadFull(rand, s)
	return s, err
}

// ParseSecret reads the form in which secrets are handed out.
func ParseSecret(text string) (Secret, error) {
	b64, ok := strings.CutPrefix(text, secretPrefix)
	b, err := base64.StdEncoding.Strict().DecodeString(b64)
	if !ok || err != nil || len(b) < leastSecret || len(b) > mostSecret {
		return nil, errSecret
	}
	return b, nil
}

// Text is the form in which a secret is handed out, once.
func (s Secret) Text() string { return secretPrefix + base64.StdEncoding.EncodeToString(s) }

// String keeps a secret out of logs.
func (s Secret) String() string { return "a secret" }

// GoString is String.
func (s Secret) GoString() string { return "a secret" }

// Sign is the header webhook-signature: one signature for each secret, with a
// space between, so that a receiver knows the message by the old secret and by
// the new one while they are exchanged (Standard Webhooks, "Signature scheme").
func Sign(secrets []Secret, id string, at time.Time, body []byte) string {
	var all []string
	for _, s := range secrets {
		mac := hmac.New(sha256.New, s)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(all, " ")
}
