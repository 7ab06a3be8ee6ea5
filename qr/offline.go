package qr

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"strings"
	"time"

	"guitai"
)

// OwnOffline is the kind of a code that a till made without a line. It is none
// of Own's: its token would be in no table yet.
const OwnOffline OwnKind = 3

// Nonce is the random name of one offline code. The till keeps it before the
// code is shown.
type Nonce [16]byte

// Offline is what an offline code asks for (docs/offline-qr.md, "The codec").
type Offline struct {
	Key     Token // names the till's key
	Amount  guitai.Money
	Expires time.Time // whole seconds, by the server's clock as the till reckons it
	Slot    uint32    // of the eight digits; 0: none
	Nonce   Nonce
	Sale    string
	Tender  string
}

const (
	offlineVersion = 1
	offlineFixed   = 2 + len(Token{}) + 4 + 4 + 4 + len(Nonce{}) // all before the names
	offlineMAC     = 16
	maxOffline     = offlineFixed + 2*(1+64) + offlineMAC
)

var errOffline = errors.New("qr: not an offline code")

// IsOffline reports whether a text is an offline code of any version, by its
// first byte. It proves nothing.
func IsOffline(text string) bool {
	b, err := offlineText().DecodeString(text[:min(len(text), 4)])
	return err == nil && len(b) > 0 && OwnKind(b[0]) == OwnOffline
}

func offlineText() *base64.Encoding { return base64.RawURLEncoding.Strict() }

// OfflineKey reads which till's key an offline code names, so that the key can
// be looked up. Nothing else of an unproven code is given out.
func OfflineKey(text string) (Token, error) {
	o, _, err := openOffline(text)
	return o.Key, err
}

// ReadOffline reads an offline code that was made with the till's code key. It
// says nothing about whether the code has expired: the reader knows the time.
func ReadOffline(text string, key []byte) (Offline, error) {
	o, b, err := openOffline(text)
	if err != nil {
		return Offline{}, err
	}
	said, seal := b[:len(b)-offlineMAC], b[len(b)-offlineMAC:]
	if !hmac.Equal(seal, offlineSeal(key, said)) {
		return Offline{}, errOffline
	}
	return o, nil
}

// Write makes the last part of the address that the code shows. In the house
// only tests write: the till makes its codes itself.
func (o Offline) Write(key []byte) (string, error) {
	if !o.sound() {
		return "", errOffline
	}
	b := make([]byte, 0, maxOffline)
	b = append(b, byte(OwnOffline), offlineVersion)
	b = append(b, o.Key[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(o.Amount.Fen))
	b = binary.BigEndian.AppendUint32(b, uint32(o.Expires.Unix()))
	b = binary.BigEndian.AppendUint32(b, o.Slot)
	b = append(b, o.Nonce[:]...)
	b = appendNames(b, o.Sale, o.Tender)
	b = append(b, offlineSeal(key, b)...)
	return offlineText().EncodeToString(b), nil
}

func (o Offline) sound() bool {
	named := guitai.ValidID(o.Sale) == nil && guitai.ValidID(o.Tender) == nil
	return named && soundAmount(o.Amount) && soundTime(o.Expires)
}

func soundAmount(m guitai.Money) bool {
	return m.Currency == guitai.CNY && m.Fen > 0 && m.Fen <= math.MaxUint32
}

func soundTime(t time.Time) bool { return t.Unix() > 0 && t.Unix() <= math.MaxUint32 }

func appendNames(b []byte, sale, tender string) []byte {
	b = append(b, byte(len(sale)))
	b = append(b, sale...)
	b = append(b, byte(len(tender)))
	return append(b, tender...)
}

func offlineSeal(key, said []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("guitai offline code 1\x00"))
	h.Write(said)
	return h.Sum(nil)[:offlineMAC]
}

// openOffline takes a code apart without proving it. There is one text for one
// code: what could be written otherwise is refused.
func openOffline(text string) (Offline, []byte, error) {
	if len(text) > base64.RawURLEncoding.EncodedLen(maxOffline) {
		return Offline{}, nil, errOffline
	}
	b, err := offlineText().DecodeString(text)
	// The decoder skips ends of lines; a code has none.
	if err != nil || offlineText().EncodeToString(b) != text || len(b) < offlineFixed+4+offlineMAC || OwnKind(b[0]) != OwnOffline || b[1] != offlineVersion {
		return Offline{}, nil, errOffline
	}
	o := Offline{Amount: guitai.Fen(int64(binary.BigEndian.Uint32(b[12:]))),
		Expires: time.Unix(int64(binary.BigEndian.Uint32(b[16:])), 0).UTC(), Slot: binary.BigEndian.Uint32(b[20:])}
	copy(o.Key[:], b[2:])
	copy(o.Nonce[:], b[24:])
	rest := b[offlineFixed : len(b)-offlineMAC]
	var ok bool
	if o.Sale, rest, ok = cutName(rest); !ok {
		return Offline{}, nil, errOffline
	}
	if o.Tender, rest, ok = cutName(rest); !ok || len(rest) != 0 || !o.sound() {
		return Offline{}, nil, errOffline
	}
	return o, b, nil
}

func cutName(b []byte) (string, []byte, bool) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", nil, false
	}
	return string(b[1 : 1+b[0]]), b[1+b[0]:], true
}

// Confirmation is what the paid page tells the till: the bill of this code is
// paid. Key, Sale and Tender are signed and do not travel: the till knows them
// by the nonce.
type Confirmation struct {
	Key    Token
	Nonce  Nonce
	Amount guitai.Money
	PaidAt time.Time // whole seconds
	Sale   string
	Tender string
}

const (
	confirmationMark    = "GTC"
	confirmationVersion = 1
	confirmationSaid    = 1 + len(Nonce{}) + 4 + 4
	halfSignature       = 32
	confirmationSize    = confirmationSaid + 2*halfSignature
)

var errConfirmation = errors.New("qr: not a confirmation")

// Sign writes the text of the confirmation's QR code. The signature is
// deterministic: the same confirmation is the same picture.
func (c Confirmation) Sign(key *ecdsa.PrivateKey) (string, error) {
	if !soundAmount(c.Amount) || !soundTime(c.PaidAt) {
		return "", errConfirmation
	}
	sum := c.digest()
	der, err := key.Sign(nil, sum[:], crypto.SHA256) // without randomness: RFC 6979
	if err != nil {
		return "", err
	}
	var s struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &s); err != nil {
		return "", err
	}
	b := append(make([]byte, 0, confirmationSize), confirmationVersion)
	b = append(b, c.Nonce[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(c.Amount.Fen))
	b = binary.BigEndian.AppendUint32(b, uint32(c.PaidAt.Unix()))
	b = append(b, s.R.FillBytes(make([]byte, halfSignature))...)
	b = append(b, s.S.FillBytes(make([]byte, halfSignature))...)
	return confirmationMark + ownText().EncodeToString(b), nil
}

// digest is what is signed.
func (c Confirmation) digest() [sha256.Size]byte {
	b := []byte("guitai offline paid 1\x00")
	b = append(b, c.Key[:]...)
	b = append(b, c.Nonce[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(c.Amount.Fen))
	b = binary.BigEndian.AppendUint32(b, uint32(c.PaidAt.Unix()))
	return sha256.Sum256(appendNames(b, c.Sale, c.Tender))
}

// ReadConfirmation checks the text of a confirmation as a till does that asked
// for want: amount and time are taken from the text, all else must be want's.
func ReadConfirmation(text string, want Confirmation, key *ecdsa.PublicKey) (Confirmation, error) {
	body, marked := strings.CutPrefix(text, confirmationMark)
	b, err := ownText().DecodeString(body)
	if !marked || err != nil || len(b) != confirmationSize || b[0] != confirmationVersion || ownText().EncodeToString(b) != body {
		return Confirmation{}, errConfirmation
	}
	c := want
	copy(c.Nonce[:], b[1:])
	c.Amount = guitai.Fen(int64(binary.BigEndian.Uint32(b[17:])))
	c.PaidAt = time.Unix(int64(binary.BigEndian.Uint32(b[21:])), 0).UTC()
	r := new(big.Int).SetBytes(b[confirmationSaid : confirmationSaid+halfSignature])
	s := new(big.Int).SetBytes(b[confirmationSaid+halfSignature:])
	der, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	sum := c.digest()
	if err != nil || c.Nonce != want.Nonce || c.Amount != want.Amount || !ecdsa.VerifyASN1(key, sum[:], der) {
		return Confirmation{}, errConfirmation
	}
	return c, nil
}
