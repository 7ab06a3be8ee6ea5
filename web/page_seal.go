package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"guitai"
	"guitai/pay"
)

// pageLife is how long what the pay page hands out to be brought back is good.
const pageLife = 10 * time.Minute

// sealed is a payer as the form carries it.
type sealed struct {
	Account string `json:"a"`
	Name    string `json:"n"`
	Until   int64  `json:"u"`
}

// maxSealed bounds what may come back; a wallet's name of a payer is short.
const maxSealed = 1024

// sealPayer hides and signs who holds the phone, for this code only. The name
// never stands in an address, and whoever reads the page learns nothing.
func (s *Server) sealPayer(code string, p pay.Payer) (string, error) {
	box, err := s.pageBox()
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(sealed{string(p.Account), p.Name, s.Now().Add(pageLife).Unix()})
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize(), box.NonceSize()+len(text)+box.Overhead())
	rand.Read(nonce) // never fails
	return base64.RawURLEncoding.EncodeToString(box.Seal(nonce, nonce, text, []byte(code))), nil
}

// openPayer reads what sealPayer made, while it is good.
func (s *Server) openPayer(code, text string) (pay.Payer, bool) {
	box, err := s.pageBox()
	if err != nil || len(text) > maxSealed {
		return pay.Payer{}, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < box.NonceSize() {
		return pay.Payer{}, false
	}
	plain, err := box.Open(nil, b[:box.NonceSize()], b[box.NonceSize():], []byte(code))
	var in sealed
	if err != nil || json.Unmarshal(plain, &in) != nil || s.Now().Unix() > in.Until {
		return pay.Payer{}, false
	}
	return pay.Payer{Account: guitai.AccountID(in.Account), Name: in.Name}, true
}

func (s *Server) pageBox() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.Pay.Key("pay page payer"))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// A ticket is what the page gives out to get it back: 12 random bytes and when
// its time is over, signed for one purpose and one code. It is written in
// letters and digits, because WeChat's state takes nothing else.
const (
	ticketSaid = 12 + 8
	ticketMAC  = 16
)

func (s *Server) ticket(purpose, code string) string {
	b := make([]byte, 12, ticketSaid+ticketMAC)
	rand.Read(b) // never fails
	b = binary.BigEndian.AppendUint64(b, uint64(s.Now().Add(pageLife).Unix()))
	return hex.EncodeToString(append(b, s.stamp(purpose, code, b)...))
}

// admitted reports whether a ticket is ours, for this purpose and code, and not
// too old.
func (s *Server) admitted(purpose, code, text string) bool {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != ticketSaid+ticketMAC || strings.ToLower(text) != text || !hmac.Equal(b[ticketSaid:], s.stamp(purpose, code, b[:ticketSaid])) {
		return false
	}
	return uint64(s.Now().Unix()) <= binary.BigEndian.Uint64(b[12:])
}

func (s *Server) stamp(purpose, code string, said []byte) []byte {
	h := hmac.New(sha256.New, s.Pay.Key("pay page ticket"))
	h.Write([]byte(purpose + "\x00" + code + "\x00"))
	h.Write(said)
	return h.Sum(nil)[:ticketMAC]
}
