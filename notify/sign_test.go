package notify

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// headers are those of one message.
func headers(id string, at time.Time, signature string) http.Header {
	h := http.Header{}
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	h.Set("webhook-signature", signature)
	return h
}

// TestOfficialLibrary: the library of the specification's authors takes what we
// sign, during a rotation by either secret, and nothing else.
func TestOfficialLibrary(t *testing.T) {
	first, err := NewSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	second, err := NewSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stranger := Secret(bytes.Repeat([]byte{7}, 32))
	now, body, id := time.Now(), []byte(`{"type":"payment.paid","data":{"名":"茶"}}`), "evt_06c9s9k0s1w7r8z5v4q2m1n0aa"
	for name, c := range map[string]struct {
		secret Secret
		body   []byte
		head   http.Header
		good   bool
	}{
		"one secret":       {first, body, headers(id, now, Sign([]Secret{first}, id, now, body)), true},
		"rotation, old":    {first, body, headers(id, now, Sign([]Secret{second, first}, id, now, body)), true},
		"rotation, new":    {second, body, headers(id, now, Sign([]Secret{second, first}, id, now, body)), true},
		"another's secret": {stranger, body, headers(id, now, Sign([]Secret{second, first}, id, now, body)), false},
		"another body":     {first, []byte(`{}`), headers(id, now, Sign([]Secret{first}, id, now, body)), false},
		"another id":       {first, body, headers("evt_other", now, Sign([]Secret{first}, id, now, body)), false},
		"another time":     {first, body, headers(id, now.Add(time.Second), Sign([]Secret{first}, id, now, body)), false},
		"too old":          {first, body, headers(id, now.Add(-6*time.Minute), Sign([]Secret{first}, id, now.Add(-6*time.Minute), body)), false},
		"of the future":    {first, body, headers(id, now.Add(6*time.Minute), Sign([]Secret{first}, id, now.Add(6*time.Minute), body)), false},
		"no signature":     {first, body, headers(id, now, ""), false},
		"cut signature":    {first, body, headers(id, now, Sign([]Secret{first}, id, now, body)[:20]), false},
	} {
		t.Run(name, func(t *testing.T) {
			lib, err := standard.NewWebhook(c.secret.Text())
			if err != nil {
				t.Fatal(err)
			}
			if err := lib.Verify(c.body, c.head); (err == nil) != c.good {
				t.Errorf("the library says %v", err)
			}
		})
	}
	lib, err := standard.NewWebhook(first.Text())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := lib.Sign(id, now, body)
	if err != nil || theirs != Sign([]Secret{first}, id, now, body) {
		t.Errorf("they sign %q, %v; we %q", theirs, err, Sign([]Secret{first}, id, now, body))
	}
}

// TestKnownSignature is the example of the specification's own documents.
func TestKnownSignature(t *testing.T) {
	s, err := ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := Sign([]Secret{s}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("signed %s", got)
	}
}

func FuzzParseSecret(f *testing.F) {
	f.Add("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	f.Add("whsec_")
	f.Add("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx=")
	f.Add("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSecret(text)
		if err != nil {
			return
		}
		if len(s) < 24 || len(s) > 64 || strings.Contains(s.String()+s.GoString(), text[6:]) {
			t.Errorf("%d bytes", len(s))
		}
		if again, err := ParseSecret(s.Text()); err != nil || !bytes.Equal(again, s) {
			t.Errorf("written and read again: %v", err)
		}
	})
}

// TestSchedule: the tries are spread over more than a day, whatever is drawn.
func TestSchedule(t *testing.T) {
	for name, draw := range map[string]byte{"least": 0, "most": 0xff} {
		t.Run(name, func(t *testing.T) {
			var sum, before time.Duration
			for n := 1; ; n++ {
				gap, again, err := NextTry(n, bytes.NewReader([]byte{draw, draw}))
				if err != nil {
					t.Fatal(err)
				}
				if !again {
					if n != MaxTries {
						t.Errorf("given up after %d tries, not %d", n, MaxTries)
					}
					break
				}
				if gap < before*8/10 || gap <= 0 {
					t.Errorf("after %d tries %v, before it %v", n, gap, before)
				}
				sum, before = sum+gap, gap
			}
			if sum < 24*time.Hour || sum > 32*time.Hour {
				t.Errorf("%v in all", sum)
			}
		})
	}
	if _, _, err := NextTry(1, strings.NewReader("")); err == nil {
		t.Error("no randomness, and no error")
	}
}
