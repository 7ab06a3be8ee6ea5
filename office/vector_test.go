package office

import (
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"
	"os"
	"testing"
)

// tillVectors is the part of qr/testdata/offline.json that this room knows.
type tillVectors struct {
	Secret   string `json:"house_secret"`
	Exchange string `json:"exchange"`
	Confirm  string `json:"confirm"`
	Scalar   string `json:"till_scalar"`
	Point    string `json:"till_point"`
	Name     string `json:"key_name"`
	Request  string `json:"request_key"`
	Code     string `json:"code_key"`
	Digits   string `json:"digits_key"`
	Requests []struct {
		Method string `json:"method"`
		URI    string `json:"uri"`
		Time   string `json:"time"`
		Body   string `json:"body"`
		MAC    string `json:"mac"`
	} `json:"requests"`
	Slots []struct {
		Slot   uint32 `json:"slot"`
		Digits string `json:"digits"`
		Salt   string `json:"salt"`
		Rounds int    `json:"rounds"`
		Hash   string `json:"hash"`
	} `json:"slots"`
}

func readTillVectors(t *testing.T) tillVectors {
	t.Helper()
	var v tillVectors
	b, err := os.ReadFile("../qr/testdata/offline.json")
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil || len(v.Requests) < 2 || len(v.Slots) < 1 {
		t.Fatal("too few vectors", err)
	}
	return v
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func untext(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTillKeyVectors: the house and the till's browser come to the same keys
// (the vectors are also read by ui/test/unit).
func TestTillKeyVectors(t *testing.T) {
	v := readTillVectors(t)
	house, err := deriveHouse(untext(t, v.Secret))
	if err != nil {
		t.Fatal(err)
	}
	confirm, err := house.confirm.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	till, err := ecdh.P256().NewPrivateKey(untext(t, v.Scalar))
	if err != nil {
		t.Fatal(err)
	}
	point := till.PublicKey().Bytes()
	shared, err := share(house.exchange, point)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string][2]string{
		"exchange": {text(house.exchange.PublicKey().Bytes()), v.Exchange}, "confirm": {text(confirm), v.Confirm},
		"point": {text(point), v.Point}, "name": {string(keyName(tokenOf(point))), v.Name},
		"request key": {text(shared.request), v.Request}, "code key": {text(shared.code), v.Code},
		"digits key": {text(shared.digits), v.Digits},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %q, want %q", what, c[0], c[1])
		}
	}
}

// TestProofVectors: and to the same proofs and hashes.
func TestProofVectors(t *testing.T) {
	v := readTillVectors(t)
	for _, r := range v.Requests {
		p := NewProof(func(name string) []string {
			return map[string][]string{"Guitai-Till-Key": {v.Name}, "Guitai-Till-Time": {r.Time}, "Guitai-Till-MAC": {r.MAC}}[name]
		}, r.Method, r.URI, []byte(r.Body))
		if !p.macs(untext(t, v.Request)) {
			t.Errorf("%s %s is not proven", r.Method, r.URI)
		}
		p.URI += "?"
		if p.macs(untext(t, v.Request)) {
			t.Errorf("%s is proven for another address", r.URI)
		}
	}
	for _, s := range v.Slots {
		hash, err := digitsHash(untext(t, v.Digits), s.Slot, s.Digits, untext(t, s.Salt))
		if err != nil || s.Rounds != digitsRounds || text(hash) != s.Hash {
			t.Errorf("%d rounds, %s, %v", s.Rounds, text(hash), err)
		}
	}
}
