package qr

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"guitai"
)

// vectors is the part of testdata/offline.json that this room knows; the till's
// own tests (ui/test/unit) and office's read the rest.
type vectors struct {
	Code    string       `json:"code_key"`
	Confirm string       `json:"confirm_scalar"`
	Codes   []codeVector `json:"codes"`
	Refused []string     `json:"refused"`
	Paid    []paidVector `json:"confirmations"`
	Lies    []paidVector `json:"refused_confirmations"`
	_       struct{}     `json:"-"`
}

type codeVector struct {
	Key     string `json:"key"`
	Fen     int64  `json:"fen"`
	Expires int64  `json:"expires"`
	Slot    uint32 `json:"slot"`
	Nonce   string `json:"nonce"`
	Sale    string `json:"sale"`
	Tender  string `json:"tender"`
	Text    string `json:"text"`
}

type paidVector struct {
	Key    string `json:"key"`
	Nonce  string `json:"nonce"`
	Fen    int64  `json:"fen"`
	PaidAt int64  `json:"paid"`
	Sale   string `json:"sale"`
	Tender string `json:"tender"`
	Text   string `json:"text"`
	Why    string `json:"why,omitempty"`
}

func unb64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readVectors(t testing.TB) (vectors, []byte, *ecdsa.PrivateKey) {
	t.Helper()
	b, err := os.ReadFile("testdata/offline.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), unb64(t, v.Confirm))
	if err != nil {
		t.Fatal(err)
	}
	return v, unb64(t, v.Code), key
}

func (v codeVector) code(t testing.TB) Offline {
	return Offline{Key: Token(unb64(t, v.Key)), Amount: guitai.Fen(v.Fen), Expires: time.Unix(v.Expires, 0).UTC(), Slot: v.Slot,
		Nonce: Nonce(unb64(t, v.Nonce)), Sale: v.Sale, Tender: v.Tender}
}

func (v paidVector) confirmation(t testing.TB) Confirmation {
	return Confirmation{Key: Token(unb64(t, v.Key)), Nonce: Nonce(unb64(t, v.Nonce)), Amount: guitai.Fen(v.Fen),
		PaidAt: time.Unix(v.PaidAt, 0).UTC(), Sale: v.Sale, Tender: v.Tender}
}

// TestOfflineVectors: the same bytes as the till's.
func TestOfflineVectors(t *testing.T) {
	v, key, signer := readVectors(t)
	if len(v.Codes) < 4 || len(v.Refused) < 8 || len(v.Paid) < 2 || len(v.Lies) < 5 {
		t.Fatalf("only %d, %d, %d and %d vectors", len(v.Codes), len(v.Refused), len(v.Paid), len(v.Lies))
	}
	for _, c := range v.Codes {
		text, err := c.code(t).Write(key)
		if err != nil || text != c.Text {
			t.Errorf("%s: %q, %v; want %q", c.Sale, text, err, c.Text)
		}
		got, err := ReadOffline(c.Text, key)
		if err != nil || got != c.code(t) || !IsOffline(c.Text) {
			t.Errorf("%s: %+v, %v", c.Sale, got, err)
		}
		if k, err := OfflineKey(c.Text); err != nil || k != c.code(t).Key {
			t.Errorf("%s: key %v, %v", c.Sale, k, err)
		}
	}
	for _, text := range v.Refused {
		if got, err := ReadOffline(text, key); err == nil {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
	for _, p := range v.Paid {
		text, err := p.confirmation(t).Sign(signer)
		if err != nil || text != p.Text {
			t.Errorf("%s: %q, %v; want %q", p.Sale, text, err, p.Text)
		}
		want := p.confirmation(t)
		want.PaidAt = time.Time{}
		if got, err := ReadConfirmation(p.Text, want, &signer.PublicKey); err != nil || got != p.confirmation(t) {
			t.Errorf("%s: %+v, %v", p.Sale, got, err)
		}
	}
	for _, p := range v.Lies {
		if _, err := ReadConfirmation(p.Text, p.confirmation(t), &signer.PublicKey); err == nil {
			t.Errorf("%s was believed", p.Why)
		}
	}
}

func drawName(t *rapid.T, label string) string {
	return rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._:-]{0,63}`).Draw(t, label)
}

func drawCode(t *rapid.T) Offline {
	o := Offline{Amount: guitai.Fen(rapid.Int64Range(1, 1<<32-1).Draw(t, "fen")),
		Expires: time.Unix(rapid.Int64Range(1, 1<<32-1).Draw(t, "expires"), 0).UTC(), Slot: rapid.Uint32().Draw(t, "slot"),
		Sale: drawName(t, "sale"), Tender: drawName(t, "tender")}
	copy(o.Key[:], rapid.SliceOfN(rapid.Byte(), 10, 10).Draw(t, "key"))
	copy(o.Nonce[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "nonce"))
	return o
}

// TestOfflineComesBack: what is written is read, under its own key only, and
// no character of it can be another.
func TestOfflineComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawCode(t)
		text, err := o.Write(ownKey(7))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadOffline(text, ownKey(7))
		if err != nil || got != o {
			t.Fatalf("got %+v, %v; want %+v", got, err, o)
		}
		if _, err := ReadOffline(text, ownKey(8)); err == nil {
			t.Fatal("read with another key")
		}
		if _, err := ReadOwn(text, ownKey(7)); err == nil {
			t.Fatal("taken for a code of our own making")
		}
		spoilt := []byte(text)
		i := rapid.IntRange(0, len(spoilt)-1).Draw(t, "at")
		if c := rapid.SampledFrom([]byte("ABCxyz019-_=")).Draw(t, "to"); spoilt[i] != c {
			spoilt[i] = c
			if _, err := ReadOffline(string(spoilt), ownKey(7)); err == nil {
				t.Fatal("a code with another character was read")
			}
		}
	})
}

// TestOfflineUnsound: what cannot be asked for is not written.
func TestOfflineUnsound(t *testing.T) {
	good := Offline{Amount: guitai.Fen(1), Expires: time.Unix(1, 0), Sale: "s", Tender: "1"}
	for name, spoil := range map[string]func(*Offline){
		"nothing":      func(o *Offline) { o.Amount.Fen = 0 },
		"less":         func(o *Offline) { o.Amount.Fen = -1 },
		"too much":     func(o *Offline) { o.Amount.Fen = 1 << 32 },
		"dollars":      func(o *Offline) { o.Amount.Currency = "USD" },
		"no end":       func(o *Offline) { o.Expires = time.Time{} },
		"no sale":      func(o *Offline) { o.Sale = "" },
		"long sale":    func(o *Offline) { o.Sale = strings.Repeat("s", 65) },
		"blank tender": func(o *Offline) { o.Tender = " " },
	} {
		o := good
		spoil(&o)
		if text, err := o.Write(ownKey(1)); err == nil {
			t.Errorf("%s: written as %q", name, text)
		}
	}
	if _, err := good.Write(ownKey(1)); err != nil {
		t.Error(err)
	}
}

// TestConfirmationIsBound: each thing that is signed counts.
func TestConfirmationIsBound(t *testing.T) {
	_, _, signer := readVectors(t)
	rapid.Check(t, func(t *rapid.T) {
		o := drawCode(t)
		c := Confirmation{Key: o.Key, Nonce: o.Nonce, Amount: o.Amount, PaidAt: o.Expires, Sale: o.Sale, Tender: o.Tender}
		text, err := c.Sign(signer)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := c.Sign(signer); err != nil || again != text {
			t.Fatal("another picture the second time", err)
		}
		got, err := ReadConfirmation(text, c, &signer.PublicKey)
		if err != nil || got != c {
			t.Fatalf("%+v, %v", got, err)
		}
		for name, other := range map[string]func(*Confirmation){
			"key": func(c *Confirmation) { c.Key[0]++ }, "nonce": func(c *Confirmation) { c.Nonce[15]++ },
			"amount": func(c *Confirmation) { c.Amount.Fen ^= 1 }, "sale": func(c *Confirmation) { c.Sale += "x" },
			"tender": func(c *Confirmation) { c.Tender = "0" + c.Tender },
			"names":  func(c *Confirmation) { c.Sale, c.Tender = c.Sale+c.Tender[:1], c.Tender[1:] },
		} {
			want := c
			other(&want)
			if _, err := ReadConfirmation(text, want, &signer.PublicKey); err == nil {
				t.Fatalf("believed for another %s", name)
			}
		}
	})
}

func FuzzReadOffline(f *testing.F) {
	v, key, _ := readVectors(f)
	for _, c := range v.Codes {
		f.Add(c.Text)
	}
	for _, text := range v.Refused {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := ReadOffline(text, key)
		if err != nil {
			return
		}
		if back, err := o.Write(key); err != nil || back != text {
			t.Fatalf("%q is read but written as %q, %v", text, back, err)
		}
	})
}

// FuzzOpenOffline: what is taken apart is written in one way, whoever sealed it.
func FuzzOpenOffline(f *testing.F) {
	v, _, _ := readVectors(f)
	for _, text := range append(v.Refused, v.Codes[0].Text) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, said, err := openOffline(text)
		if err != nil {
			return
		}
		back, err := o.Write(ownKey(1))
		if err != nil || back[:len(back)-32] != text[:len(text)-32] || len(back) != len(text) || len(said) > maxOffline {
			t.Fatalf("%q, %v; opened from %q", back, err, text)
		}
	})
}

func FuzzReadConfirmation(f *testing.F) {
	v, _, signer := readVectors(f)
	for _, p := range append(v.Paid, v.Lies...) {
		f.Add(p.Text)
	}
	want := v.Paid[0].confirmation(f)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ReadConfirmation(text, want, &signer.PublicKey)
		if err == nil && c != v.Paid[0].confirmation(t) {
			t.Fatalf("%q is believed: %+v", text, c)
		}
	})
}
