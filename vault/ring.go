package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"guitai"
)

// Place is what a secret belongs to. It is authenticated with the secret and
// not stored beside it: whoever opens must know it.
type Place struct {
	Merchant guitai.MerchantID
	Owner    string // an account, an endpoint of webhooks
	Field    string // which of the owner's secrets
}

// Ring is the bunch of keys in use. It is safe for concurrent use; Replace
// exchanges the keys while others seal and open.
type Ring struct {
	// Reload reads the keys again when a text was sealed by one that is not
	// among them: another process may have made it a moment ago. It is set
	// before the first use; nil: such a text does not open.
	Reload func() (Keys, error)

	keys atomic.Pointer[Keys]
	rand io.Reader
}

// What can go wrong with a sealed text. Neither says what was in it.
var (
	ErrSealed   = errors.New("vault: not a sealed text, or not the one that was sealed for this place")
	ErrKeyGone  = errors.New("vault: sealed by a key that is not in the keys file")
	errNoKey    = errors.New("vault: no current key")
	errNoRandom = errors.New("vault: no randomness")
)

const (
	format    = "v1"
	keyBytes  = 32
	maxSealed = 256 << 10 // bytes of a sealed text
)

// NewRing makes a ring. rand must be unpredictable and safe for concurrent use.
func NewRing(k Keys, rand io.Reader) (*Ring, error) {
	r := &Ring{rand: rand}
	return r, r.Replace(k)
}

// Replace puts other keys in the place of those in use.
func (r *Ring) Replace(k Keys) error {
	if err := k.check(); err != nil {
		return err
	}
	r.keys.Store(&k)
	return nil
}

// Current is the id of the key that seals now.
func (r *Ring) Current() string { return r.keys.Load().Current }

// Seal seals a secret for a place. The text is safe in a TEXT column.
func (r *Ring) Seal(secret []byte, at Place) (string, error) {
	dek := make([]byte, keyBytes)
	if _, err := io.ReadFull(r.rand, dek); err != nil {
		return "", errNoRandom
	}
	body, err := r.shut(dek, secret, bound("secret", "", at))
	if err != nil {
		return "", err
	}
	return r.wrap(dek, body, at)
}

// wrap writes a sealed text whose own key is wrapped by the current one.
func (r *Ring) wrap(dek []byte, body string, at Place) (string, error) {
	k := r.keys.Load()
	kek, ok := k.find(k.Current)
	if !ok {
		return "", errNoKey
	}
	wrapped, err := r.shut(kek, dek, bound("key", k.Current, at))
	return strings.Join([]string{format, k.Current, wrapped, body}, "."), err
}

// Open opens what was sealed for the place.
func (r *Ring) Open(sealed string, at Place) ([]byte, error) {
	dek, body, err := r.unwrap(sealed, at)
	if err != nil {
		return nil, err
	}
	return open(dek, body, bound("secret", "", at))
}

// Rewrap wraps the secret's own key by the current key-encryption key. It
// returns the same text when that is so already.
func (r *Ring) Rewrap(sealed string, at Place) (string, error) {
	if id, err := KeyOf(sealed); err != nil || id == r.Current() {
		return sealed, err
	}
	dek, body, err := r.unwrap(sealed, at)
	if err != nil {
		return "", err
	}
	return r.wrap(dek, body, at)
}

func (r *Ring) unwrap(sealed string, at Place) (dek []byte, body string, err error) {
	id, err := KeyOf(sealed)
	if err != nil {
		return nil, "", err
	}
	kek, ok := r.keys.Load().find(id)
	if !ok && r.Reload != nil {
		fresh, err := r.Reload()
		if err == nil {
			err = r.Replace(fresh)
		}
		if err != nil {
			return nil, "", err
		}
		kek, ok = fresh.find(id)
	}
	if !ok {
		return nil, "", fmt.Errorf("%w: %s", ErrKeyGone, id)
	}
	parts := strings.Split(sealed, ".")
	dek, err = open(kek, parts[2], bound("key", id, at))
	return dek, parts[3], err
}

// KeyOf is the id of the key-encryption key that a text was sealed by.
func KeyOf(sealed string) (string, error) {
	parts := strings.Split(sealed, ".")
	if len(sealed) > maxSealed || len(parts) != 4 || parts[0] != format || guitai.ValidID(parts[1]) != nil {
		return "", ErrSealed
	}
	return parts[1], nil
}

// shut is AES-256-GCM (NIST SP 800-38D) under a random nonce, in base64. A key
// of a secret shuts once; a key-encryption key stays far below the 2^32 that
// random nonces allow.
func (r *Ring) shut(key, plain, bind []byte) (string, error) {
	gcm, err := gcmOf(key)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, gcm.NonceSize(), gcm.NonceSize()+len(plain)+gcm.Overhead())
	if _, err := io.ReadFull(r.rand, nonce); err != nil {
		return "", errNoRandom
	}
	return base64.RawURLEncoding.EncodeToString(gcm.Seal(nonce, nonce, plain, bind)), nil
}

func open(key []byte, text string, bind []byte) ([]byte, error) {
	gcm, err := gcmOf(key)
	if err != nil {
		return nil, err
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < gcm.NonceSize() {
		return nil, ErrSealed
	}
	plain, err := gcm.Open(nil, b[:gcm.NonceSize()], b[gcm.NonceSize():], bind)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

func gcmOf(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil || len(key) != keyBytes {
		return nil, ErrSealed
	}
	return cipher.NewGCM(block)
}

// bound is the additional data of one layer: each part with its length before
// it, so that no two places read the same.
func bound(layer, key string, at Place) []byte {
	var b []byte
	for _, part := range []string{"guitai/vault/" + format, layer, key, string(at.Merchant), at.Owner, at.Field} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return b
}
