//go:build unix

package main_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// listener is a program of the merchant's; it verifies by the official library.
type listener struct {
	t   *testing.T
	url string
	say atomic.Int64 // what it answers

	mu   sync.Mutex
	lib  *standard.Webhook
	told map[string]int // what it said yes to, by type and webhook-id
}

func listen(t *testing.T) *listener {
	l := &listener{t: t, told: map[string]int{}}
	l.say.Store(http.StatusOK)
	srv := httptest.NewServer(l)
	t.Cleanup(srv.Close)
	l.url = srv.URL
	return l
}

// know gives it the secret.
func (l *listener) know(secret string) {
	l.t.Helper()
	lib, err := standard.NewWebhook(secret)
	if err != nil {
		l.t.Fatal(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lib = lib
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		err = l.lib.Verify(b, r.Header)
	}
	var m struct{ Type string }
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		l.t.Errorf("%s: %v", b, err)
	}
	if l.say.Load() == http.StatusOK {
		l.told[m.Type+" "+r.Header.Get("webhook-id")]++
	}
	w.WriteHeader(int(l.say.Load()))
}

// heard is nil when it heard so many messages, so many of them twice.
func (l *listener) heard(messages, twice int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	again := 0
	for _, n := range l.told {
		if n > 1 {
			again++
		}
	}
	return unless(len(l.told) == messages && again == twice)
}

// deliveries is a page of the API.
type deliveries struct {
	Items []struct {
		ID, State string
		Last      struct{ Outcome string }
	}
}

// TestWebhook: a payment is paid and told to the merchant's program, signed as
// the official library wants it; a program that is down, while the server is
// killed too, is told when both are back; and again by hand.
func TestWebhook(t *testing.T) {
	s, l := openStreet(t, "sqlite:guitai.db"), listen(t)
	s.up()
	var hook struct{ ID, Secret string }
	if code := s.call(t.Context(), "POST", "/v1/webhooks", map[string]any{"url": l.url, "topics": []string{"payment.paid"}}, &hook); code != 200 {
		t.Fatalf("no webhook: %d", code)
	}
	l.know(hook.Secret)
	pay := func(id string) {
		t.Helper()
		var p struct{ State string }
		body := map[string]any{"id": id, "kind": "scan", "auth_code": s.payerCode("wechat", ""), "amount": map[string]any{"value": 990, "currency": "CNY"}}
		if code := s.insist(t.Context(), "POST", "/v1/payments", body, &p); code != 200 || p.State != "paid" {
			t.Fatalf("%d: %s", code, p.State)
		}
	}
	pay("up")
	within(t, 10*time.Second, "the first message", func() error { return l.heard(1, 0) })
	l.say.Store(http.StatusServiceUnavailable)
	pay("down")
	var list deliveries
	within(t, 10*time.Second, "a failed try", func() error {
		s.call(t.Context(), "GET", "/v1/webhooks/"+hook.ID+"/deliveries", nil, &list)
		return unless(len(list.Items) == 2 && list.Items[0].Last.Outcome == "failed")
	})
	s.kill()
	l.say.Store(http.StatusOK)
	s.up()
	within(t, 30*time.Second, "the second message", func() error { return l.heard(2, 0) })
	within(t, 10*time.Second, "its record", func() error {
		s.call(t.Context(), "GET", "/v1/webhooks/"+hook.ID+"/deliveries", nil, &list)
		return unless(list.Items[0].State == "delivered" && list.Items[1].State == "delivered")
	})
	if code := s.call(t.Context(), "POST", "/v1/deliveries/"+list.Items[1].ID+"/replay", nil, nil); code != 200 {
		t.Fatalf("no replay: %d", code)
	}
	within(t, 10*time.Second, "the replay", func() error { return l.heard(2, 1) })
	s.stop()
	s.sealed(hook.Secret)
}

// sealed checks that a secret is in no file, and the keys in one that only its
// owner reads.
func (s *street) sealed(secret string) {
	s.t.Helper()
	files, err := os.ReadDir(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range files {
		if f.IsDir() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(s.dir, f.Name()))
		if err != nil {
			s.t.Fatal(err)
		}
		if strings.Contains(string(b), secret) || strings.Contains(string(b), strings.TrimPrefix(secret, "whsec_")) {
			s.t.Errorf("the secret stands in %s", f.Name())
		}
	}
	info, err := os.Stat(filepath.Join(s.dir, "keys.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		s.t.Errorf("keys.json: %v, %v", info, err)
	}
}

var errNotYet = errors.New("not yet")

// unless is nil when it holds.
func unless(holds bool) error {
	if holds {
		return nil
	}
	return errNotYet
}
