package guitai

import (
	"bytes"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBase32(t *testing.T) {
	for _, tt := range []struct {
		in   []byte
		want string
	}{
		{nil, ""},
		{[]byte{0}, "00"},
		{[]byte{0xff}, "zw"},
		{[]byte{0xf8}, "z0"},
		{[]byte{0, 0, 0, 0, 0}, "00000000"},
		{[]byte{0xff, 0xff, 0xff, 0xff, 0xff}, "zzzzzzzz"},
		{[]byte{0x00, 0x44, 0x32, 0x14, 0xc7}, "01234567"},
		{[]byte{0x42, 0x54, 0xb6, 0x35, 0xcf}, "89abcdef"},
		{[]byte{0x84, 0x65, 0x3a, 0x56, 0xd7}, "ghjkmnpq"},
		{[]byte{0xc6, 0x75, 0xbe, 0x77, 0xdf}, "rstvwxyz"},
		{[]byte("foobar"), "csqpyrk1e8"}, // RFC 4648 §10 "MZXW6YTBOI" in Crockford's letters
	} {
		if got := Base32(tt.in); got != tt.want {
			t.Errorf("%x: %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestBase32AgainstTheLibrary(t *testing.T) {
	oracle := base32.NewEncoding(crockford).WithPadding(base32.NoPadding)
	rapid.Check(t, func(rt *rapid.T) {
		a := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(rt, "a")
		if got, want := Base32(a), oracle.EncodeToString(a); got != want {
			rt.Fatalf("%x: %s, want %s", a, got, want)
		}
		b := rapid.SliceOfN(rapid.Byte(), len(a), len(a)).Draw(rt, "b")
		if bytes.Compare(a, b) != strings.Compare(Base32(a), Base32(b)) {
			rt.Fatalf("%x and %x sort otherwise as text", a, b)
		}
	})
}

func TestNewID(t *testing.T) {
	// RFC 9562 §A.6: the example of a UUID version 7, here in base32.
	now := time.UnixMilli(0x017F22E279B0)
	id, err := NewID[PaymentID]("pay", now, bytes.NewReader([]byte{0xfc, 0xc3, 0x98, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f}))
	if err != nil {
		t.Fatal(err)
	}
	uuid := []byte{0x01, 0x7f, 0x22, 0xe2, 0x79, 0xb0, 0x7c, 0xc3, 0x98, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f}
	if want := PaymentID("pay_" + Base32(uuid)); id != want {
		t.Errorf("%s, want %s", id, want)
	}
	if !regexp.MustCompile(`^pay_[0-9a-hjkmnp-tv-z]{26}$`).MatchString(string(id)) {
		t.Errorf("%s is not a prefix and 26 characters", id)
	}
}

var errEmpty = errors.New("no more randomness")

func TestNewIDWithoutRandomness(t *testing.T) {
	short := io.MultiReader(bytes.NewReader(make([]byte, 9)), failing{errEmpty})
	if id, err := NewID[RefundID]("ref", morning, short); !errors.Is(err, errEmpty) || id != "" {
		t.Errorf("%q, %v", id, err)
	}
	if _, err := NewID[RefundID]("ref", morning, bytes.NewReader(make([]byte, 9))); err == nil {
		t.Error("nine bytes were enough")
	}
}

// failing is a source that gives nothing but an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestIDsSortByTime(t *testing.T) {
	last := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).UnixMilli()
	rapid.Check(t, func(rt *rapid.T) {
		a, b := rapid.Int64Range(0, last).Draw(rt, "a"), rapid.Int64Range(0, last).Draw(rt, "b")
		bits := rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(rt, "random")
		first, err := NewID[EventID]("evt", time.UnixMilli(a), bytes.NewReader(bits[:10]))
		if err != nil {
			rt.Fatal(err)
		}
		second, err := NewID[EventID]("evt", time.UnixMilli(b), bytes.NewReader(bits[10:]))
		if err != nil {
			rt.Fatal(err)
		}
		if a != b && (a < b) != (first < second) {
			rt.Fatalf("%s of %d and %s of %d", first, a, second, b)
		}
		if err := ValidID(string(first)); err != nil {
			rt.Fatalf("%s: %v", first, err)
		}
	})
}

func TestIDsAreUnique(t *testing.T) {
	seen := map[PaymentID]bool{}
	for range 20_000 {
		id, err := NewID[PaymentID]("pay", morning, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if seen[id] {
			t.Fatalf("%s came twice within one millisecond", id)
		}
		seen[id] = true
	}
}

func TestEachRandomBitCounts(t *testing.T) {
	zero, err := NewID[KeyID]("key", morning, bytes.NewReader(make([]byte, 10)))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[KeyID]bool{zero: true}
	for bit := range 80 {
		b := make([]byte, 10)
		b[bit/8] = 0x80 >> (bit % 8)
		id, err := NewID[KeyID]("key", morning, bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		seen[id] = true
	}
	if len(seen) != 74+1 {
		t.Errorf("%d of 74 random bits reach the name", len(seen)-1)
	}
}

func TestValidID(t *testing.T) {
	for _, s := range []string{"a", "Z", "0", "pay_01", "A.b_c:d-e", "2026-03-01:7", strings.Repeat("x", 64)} {
		if err := ValidID(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", "_a", ".a", ":a", "-a", "a b", "a/b", "a\n", "a\x00", "a%", "a?", "é", "一", "a一", "../a", strings.Repeat("x", 65)} {
		if err := ValidID(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
}

func FuzzValidID(f *testing.F) {
	for _, s := range []string{"", "a", "pay_01", "-a", "a\xff", strings.Repeat("x", 64)} {
		f.Add(s)
	}
	shape := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\z`)
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := ValidID(s) == nil, shape.MatchString(s); got != want {
			t.Fatalf("%q: taken %t, want %t", s, got, want)
		}
	})
}
