package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// counting gives 0, 1, 2 … for what must come out the same each time.
type counting byte

func (c *counting) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(*c)
		*c++
	}
	return len(p), nil
}

func ring(t *testing.T, rounds int) (*Ring, Keys) {
	t.Helper()
	var k Keys
	for i := range rounds {
		var err error
		if k, err = k.Add(time.Unix(1_700_000_000+int64(i), 0), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	r, err := NewRing(k, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return r, k
}

var here = Place{Merchant: "mer_1", Owner: "acc_1", Field: "private_key"}

// known was sealed by the counting bytes.
const known = "v1.kek_known.LC0uLzAxMjM0NTY3Y0KQsI4hIzQ3HrCpiR17jsveXQ8jlc74wCCdwcwfvH9fqKMA9TKOB2PaYyI6Fay-.ICEiIyQlJicoKSorOrYQleMu8pWRYn593sJn3iWMclnDuqD2xw"

// TestKnownAnswer: the format is fixed. What was sealed by an older program must
// open for ever.
func TestKnownAnswer(t *testing.T) {
	key := bytes.Repeat([]byte{0x42}, 32)
	r, err := NewRing(Keys{Current: "kek_known", List: []Key{{ID: "kek_known", Secret: key}}}, new(counting))
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Seal([]byte("茶叶蛋"), here)
	if err != nil {
		t.Fatal(err)
	}
	if got != known {
		t.Errorf("sealed %s", got)
	}
	if plain, err := r.Open(known, here); err != nil || string(plain) != "茶叶蛋" {
		t.Errorf("opened %q, %v", plain, err)
	}
}

// TestGCM is test case 14 of the GCM specification (McGrew and Viega): key and
// nonce zero, one block of zeros.
func TestGCM(t *testing.T) {
	gcm, err := gcmOf(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	got := hex.EncodeToString(gcm.Seal(nil, make([]byte, 12), make([]byte, 16), nil))
	if got != "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919" {
		t.Errorf("sealed %s", got)
	}
}

// TestTampered: no byte of a sealed text can be changed, and it opens for its
// own place only.
func TestTampered(t *testing.T) {
	r, keys := ring(t, 2)
	sealed, err := r.Seal([]byte("secret"), here)
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		for _, c := range []byte{'A', 'b', '.', '7'} {
			if sealed[i] == c {
				continue
			}
			bad := sealed[:i] + string(c) + sealed[i+1:]
			if plain, err := r.Open(bad, here); err == nil {
				t.Fatalf("byte %d changed, opened %q", i, plain)
			}
		}
	}
	for _, p := range []Place{{}, {"mer_2", "acc_1", "private_key"}, {"mer_1", "acc_2", "private_key"}, {"mer_1", "acc_1", "api_key"},
		{"mer_1a", "cc_1", "private_key"}} {
		if _, err := r.Open(sealed, p); !errors.Is(err, ErrSealed) {
			t.Errorf("opened for %v: %v", p, err)
		}
	}
	other, _ := ring(t, 1)
	if _, err := other.Open(sealed, here); !errors.Is(err, ErrKeyGone) {
		t.Errorf("opened by other keys: %v", err)
	}
	other.Reload = func() (Keys, error) { return keys, nil }
	if plain, err := other.Open(sealed, here); err != nil || string(plain) != "secret" {
		t.Errorf("with the keys read again it opens %q, %v", plain, err)
	}
	again, err := r.Seal([]byte("secret"), here)
	if err != nil || again == sealed {
		t.Errorf("sealed twice the same, %v", err)
	}
}

// TestRewrap: a new key wraps what an old one wrapped; then the old one may go.
func TestRewrap(t *testing.T) {
	r, k := ring(t, 1)
	old, err := r.Seal([]byte("secret"), here)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := r.Rewrap(old, here); err != nil || same != old {
		t.Errorf("wrapped again for nothing: %v", err)
	}
	next, err := k.Add(time.Unix(1_800_000_000, 0), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Replace(next); err != nil {
		t.Fatal(err)
	}
	if plain, err := r.Open(old, here); err != nil || string(plain) != "secret" {
		t.Errorf("the old key opens %q, %v", plain, err)
	}
	fresh, err := r.Rewrap(old, here)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := KeyOf(fresh); err != nil || id != next.Current {
		t.Errorf("wrapped by %s, %v", id, err)
	}
	if strings.Split(fresh, ".")[3] != strings.Split(old, ".")[3] {
		t.Error("the secret itself was sealed anew")
	}
	if _, err := r.Rewrap(old, Place{}); !errors.Is(err, ErrSealed) {
		t.Errorf("wrapped for another place: %v", err)
	}
	only := next.Without(func(string) bool { return false })
	if len(only.List) != 1 || r.Replace(only) != nil {
		t.Fatalf("%d keys are left", len(only.List))
	}
	if plain, err := r.Open(fresh, here); err != nil || string(plain) != "secret" {
		t.Errorf("without the old key it opens %q, %v", plain, err)
	}
}

// TestKeysFile: written and read again; what is not one is refused without a
// word of what stands in it.
func TestKeysFile(t *testing.T) {
	_, k := ring(t, 3)
	text, err := k.Text()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseKeys(text)
	if err != nil || back.Current != k.Current || len(back.List) != 3 || !bytes.Equal(back.List[0].Secret, k.List[0].Secret) {
		t.Errorf("read again: %v", err)
	}
	if said := fmt.Sprintf("%v %+v %#v", k, k, k.List); strings.Contains(said, hex.EncodeToString(k.List[0].Secret)) || strings.Contains(said, fmt.Sprint(k.List[0].Secret)) {
		t.Errorf("a key is printed: %s", said)
	}
	for _, bad := range []string{"", "{}", "null", `{"current":"a","keys":[]}`, string(text) + "{}",
		strings.Replace(string(text), k.Current, "kek_other", 1),
		`{"current":"a","keys":[{"id":"a","key":"c2VjcmV0"}]}`,
		`{"current":"a","keys":[{"id":"a","key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}]}`,
		`{"current":"a","keys":[{"id":"a","key":"secret?"}]}`, `{"current":"a","secret":"secret"}`} {
		if _, err := ParseKeys([]byte(bad)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := NewRing(Keys{}, rand.Reader); err == nil {
		t.Error("a ring without keys")
	}
	r, err := NewRing(k, strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Seal([]byte("x"), here); err == nil {
		t.Error("sealed without randomness")
	}
}

func FuzzOpen(f *testing.F) {
	r, err := NewRing(Keys{Current: "kek_known", List: []Key{{ID: "kek_known", Secret: bytes.Repeat([]byte{0x42}, 32)}}}, rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(known)
	f.Add("v1.kek_known..")
	f.Add("v1.kek_known.AAAA.AAAA")
	f.Add("...")
	f.Fuzz(func(t *testing.T, text string) {
		if plain, err := r.Open(text, here); err == nil && text != known {
			t.Errorf("opened %q", plain)
		}
	})
}
