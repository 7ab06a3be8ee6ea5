package office

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"guitai"
)

// The vectors are of argon2's own tests (phc-winner-argon2, src/test.c, argon2id,
// version 0x13).
const (
	vector      = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	smallVector = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
)

func TestVectors(t *testing.T) {
	o := New(nil, time.Now, rand.Reader)
	for _, v := range []string{vector, smallVector} {
		for pin, want := range map[string]bool{"password": true, "Password": false, "": false} {
			if got, err := o.checkPIN(t.Context(), v, pin); got != want || err != nil {
				t.Errorf("%s with %q: %t %v", v, pin, got, err)
			}
		}
		h, err := parseHash(v)
		if err != nil || h.String() != v {
			t.Errorf("%s is read as %s", v, h)
		}
	}
}

// TestHash: each hash has a salt of its own and today's costs, and is right for
// its PIN only.
func TestHash(t *testing.T) {
	o := New(nil, time.Now, rand.Reader)
	one, err1 := o.hashPIN(t.Context(), "258036")
	two, err2 := o.hashPIN(t.Context(), "258036")
	if err1 != nil || err2 != nil || one == two || !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(one, "258036") {
		t.Fatalf("%s %s %v %v", one, two, err1, err2)
	}
	for pin, want := range map[string]bool{"258036": true, "258037": false} {
		if got, err := o.checkPIN(t.Context(), one, pin); got != want || err != nil {
			t.Errorf("%s: %t %v", pin, got, err)
		}
	}
	if got, err := o.checkPIN(t.Context(), "", "258036"); got || err != nil {
		t.Errorf("nobody's PIN: %t %v", got, err)
	}
}

// TestNoHash: what is stored and is no hash is our fault, never a wrong PIN.
func TestNoHash(t *testing.T) {
	o := New(nil, time.Now, rand.Reader)
	for _, s := range []string{
		"258036", "$", "$$$$$", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
		strings.Replace(vector, "v=19", "v=16", 1), strings.Replace(vector, "m=65536", "m=65537", 1),
		strings.Replace(vector, "t=2", "t=0", 1), strings.Replace(vector, "t=2", "t=9", 1), strings.Replace(vector, "p=1", "p=5", 1),
		strings.Replace(vector, "p=1", "p=1,x=1", 1), strings.Replace(vector, "m=65536,t=2", "t=2,m=65536", 1),
		strings.Replace(vector, "c29tZXNhbHQ", "c29t", 1), strings.Replace(vector, "c29tZXNhbHQ", "!", 1),
		vector + "$", vector[:len(vector)-30], strings.Replace(vector, "m=65536", "m=-1", 1), vector + strings.Repeat("A", 80),
	} {
		if got, err := o.checkPIN(t.Context(), s, "password"); got || err == nil {
			t.Errorf("%q: %t %v", s, got, err)
		}
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add(vector)
	f.Add("$argon2id$v=19$m=4294967296,t=1,p=1$c29tZXNhbHQ$")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parseHash(s)
		if err != nil {
			return
		}
		if h.memoryKiB > mostMemoryKiB || h.passes > mostPasses || h.lanes > mostLanes || len(h.key) > mostBytes || len(h.salt) > mostBytes {
			t.Fatalf("%q asks for too much", s)
		}
		if again, err := parseHash(h.String()); err != nil || again.String() != h.String() {
			t.Fatalf("%q is read as %s, and that as %s %v", s, h, again, err)
		}
	})
}

func TestPINRules(t *testing.T) {
	for pin, want := range map[string]bool{
		"258036": true, "112233": true, "123457": true, "121212": true, "000001": true,
		"000000": false, "999999": false, "123456": false, "654321": false, "987654": false, "012345": false,
		"25803": false, "2580366": false, "": false, "25803x": false, "２５８０３６": false, "-25803": false, " 58036": false,
	} {
		if validPIN(pin) != want {
			t.Errorf("%q: %t", pin, !want)
		}
	}
}

// TestTwoAtOnce: no more PINs are hashed at once, and who waits may leave.
func TestTwoAtOnce(t *testing.T) {
	o := New(nil, time.Now, rand.Reader)
	for range hashesAtOnce {
		o.hashing <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := o.hashPIN(ctx, "258036"); !guitai.Unavailable.Is(err) {
		t.Errorf("a third one: %v", err)
	}
	done := make(chan error)
	go func() {
		_, err := o.hashPIN(t.Context(), "258036")
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatalf("a third one: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	<-o.hashing
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestLockFor(t *testing.T) {
	want := map[int]time.Duration{5: 30 * time.Second, 6: time.Minute, 7: 2 * time.Minute, 8: 4 * time.Minute, 9: 8 * time.Minute,
		10: 30 * time.Minute, 11: 30 * time.Minute, 1 << 40: 30 * time.Minute}
	for tries, d := range want {
		if got := lockFor(tries); got != d {
			t.Errorf("after %d tries: %v, want %v", tries, got, d)
		}
	}
}
