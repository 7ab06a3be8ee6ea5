package office

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"

	"guitai"
	"guitai/qr"
)

// houseKeys are the keys that the server's secret stands for
// (docs/offline-qr.md, "Enrolment").
type houseKeys struct {
	exchange *ecdh.PrivateKey
	confirm  *ecdsa.PrivateKey
	codes    []byte // keys the prints of enrolment codes
	sealing  cipher.AEAD
}

const keySize = 32

// deriveHouse reckons the house's keys. The same secret gives the same keys, on
// every node and after every restart.
func deriveHouse(secret []byte) (*houseKeys, error) {
	if len(secret) < keySize {
		return nil, fmt.Errorf("office: a secret of at least %d bytes is needed", keySize)
	}
	k := &houseKeys{}
	err := scalar(secret, "guitai exchange key 1", func(b []byte) (err error) {
		k.exchange, err = ecdh.P256().NewPrivateKey(b)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = scalar(secret, "guitai confirm key 1", func(b []byte) (err error) {
		k.confirm, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), b)
		return err
	})
	if err != nil {
		return nil, err
	}
	if k.codes, err = hkdf.Key(sha256.New, secret, nil, "guitai enrolment codes 1", keySize); err != nil {
		return nil, err
	}
	seal, err := hkdf.Key(sha256.New, secret, nil, "guitai offline digits 1", keySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(seal)
	if err != nil {
		return nil, err
	}
	k.sealing, err = cipher.NewGCM(block)
	return k, err
}

// scalar hands bytes to take until it accepts them as a private key: about one
// try in four thousand million is not below the order of P-256.
func scalar(secret []byte, info string, take func([]byte) error) error {
	var errs []error
	for try := range 8 {
		b, err := hkdf.Key(sha256.New, secret, nil, info+"\x00"+strconv.Itoa(try), keySize)
		if err != nil {
			return err
		}
		if err = take(b); err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// tillKeys are the keys that a till and the house share. They are
// reckoned when they are needed and kept nowhere.
type tillKeys struct{ request, code, digits, approval []byte }

// share reckons the keys shared with the till whose public point is given,
// uncompressed.
func share(exchange *ecdh.PrivateKey, point []byte) (tillKeys, error) {
	var k tillKeys
	public, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return k, err
	}
	secret, err := exchange.ECDH(public)
	if err != nil {
		return k, err
	}
	salt := sha256.Sum256(append(exchange.PublicKey().Bytes(), point...))
	for _, d := range []struct {
		into *[]byte
		info string
	}{{&k.request, "guitai till request 1"}, {&k.code, "guitai till code 1"}, {&k.digits, "guitai till digits 1"},
		{&k.approval, "guitai till approval 1"}} {
		if *d.into, err = hkdf.Key(sha256.New, secret, salt[:], d.info, keySize); err != nil {
			return k, err
		}
	}
	return k, nil
}

// tokenOf is how a till's key is named in codes.
func tokenOf(point []byte) qr.Token {
	sum := sha256.Sum256(point)
	return qr.Token(sum[:len(qr.Token{})])
}

// keyName is how a till's key is named everywhere else.
func keyName(t qr.Token) guitai.TillKeyID { return guitai.TillKeyID("tky_" + guitai.Base32(t[:])) }

// Proof is what a request says about the till's key that sends it.
type Proof struct {
	Key    guitai.TillKeyID // empty: the request names no key
	Time   string           // milliseconds since 1970, as it was sent
	MAC    string           // base64url
	Method string
	URI    string // path and query as they were sent
	Body   [sha256.Size]byte
}

// NewProof reads the proof of a request whose body has been read. A header that
// is given more than once counts as wrong.
func NewProof(header func(string) []string, method, uri string, body []byte) Proof {
	once := func(name string) string {
		if v := header(name); len(v) == 1 {
			return v[0]
		}
		return "-"
	}
	return Proof{Key: guitai.TillKeyID(once("Guitai-Till-Key")), Time: once("Guitai-Till-Time"), MAC: once("Guitai-Till-MAC"),
		Method: method, URI: uri, Body: sha256.Sum256(body)}
}

// macs reports whether the proof was made with the request key.
func (p Proof) macs(key []byte) bool {
	got, err := base64.RawURLEncoding.Strict().DecodeString(p.MAC)
	h := hmac.New(sha256.New, key)
	io.WriteString(h, "guitai till request 1\n"+p.Method+"\n"+p.URI+"\n"+p.Time+"\n"+base64.RawURLEncoding.EncodeToString(p.Body[:]))
	return err == nil && hmac.Equal(got, h.Sum(nil))
}

// codeMAC is how an enrolment code is kept.
func (k *houseKeys) codeMAC(code string) string {
	h := hmac.New(sha256.New, k.codes)
	io.WriteString(h, code)
	return hex.EncodeToString(h.Sum(nil))
}

// digitsRounds is what one guess at the digits costs (OWASP's number for
// PBKDF2 with SHA-256; 0.4 s in a browser without SHA instructions).
const digitsRounds = 600_000

// digitsHash is how a till keeps the digits of a slot: slow, salted, and
// peppered with a key that does not leave its browser.
func digitsHash(key []byte, slot uint32, digits string, salt []byte) ([]byte, error) {
	h := hmac.New(sha256.New, key)
	h.Write(binary.BigEndian.AppendUint32(nil, slot))
	io.WriteString(h, digits)
	return pbkdf2.Key(sha256.New, string(h.Sum(nil)), salt, digitsRounds, keySize)
}

// seal closes digits so that only the house opens them, for one slot.
func (k *houseKeys) seal(name, digits string, random io.Reader) (string, error) {
	nonce := make([]byte, k.sealing.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return "", err
	}
	return base64.RawStdEncoding.EncodeToString(k.sealing.Seal(nonce, nonce, []byte(digits), []byte(name))), nil
}

var errSealed = errors.New("office: sealed digits cannot be opened")

func (k *houseKeys) open(name, sealed string) (string, error) {
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil || len(b) < k.sealing.NonceSize() {
		return "", errSealed
	}
	plain, err := k.sealing.Open(nil, b[:k.sealing.NonceSize()], b[k.sealing.NonceSize():], []byte(name))
	if err != nil {
		return "", errSealed
	}
	return string(plain), nil
}
