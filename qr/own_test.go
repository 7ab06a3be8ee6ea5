package qr

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ownKey(b byte) []byte {
	key := make([]byte, 32)
	for i := range key {
		key[i] = b
	}
	return key
}

func TestOwnComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Own{Kind: rapid.SampledFrom([]OwnKind{OwnPayment, OwnStatic}).Draw(t, "kind")}
		copy(o.Token[:], rapid.SliceOfN(rapid.Byte(), 10, 10).Draw(t, "token"))
		if s := rapid.Int64Range(0, 1<<32-1).Draw(t, "until"); s != 0 {
			o.Expires = time.Unix(s, 0).UTC()
		}
		text := o.Write(ownKey(7))
		if len(text) != 36 {
			t.Fatalf("%d characters", len(text))
		}
		got, err := ReadOwn(text, ownKey(7))
		if err != nil || got != o {
			t.Fatalf("got %+v, %v; want %+v", got, err, o)
		}
		if _, err := ReadOwn(text, ownKey(8)); err == nil {
			t.Fatal("read with another key")
		}
		spoilt := []byte(text)
		i := rapid.IntRange(0, len(spoilt)-1).Draw(t, "at")
		c := rapid.SampledFrom([]byte("ABCxyz019-_")).Draw(t, "to")
		if spoilt[i] == c {
			return
		}
		spoilt[i] = c
		if _, err := ReadOwn(string(spoilt), ownKey(7)); err == nil {
			t.Fatal("a code with another character was read")
		}
		back, err := ParseToken(o.Token.String())
		if err != nil || back != o.Token {
			t.Fatalf("token %v, %v", back, err)
		}
	})
}

func FuzzReadOwn(f *testing.F) {
	f.Add(Own{Kind: OwnStatic}.Write(ownKey(1)))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if o, err := ReadOwn(text, ownKey(1)); err == nil && o.Write(ownKey(1)) != text {
			t.Fatalf("%q is read but not written so", text)
		}
	})
}
