package notify

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/goleak"

	"guitai"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sender may reach this machine.
func sender(t *testing.T, roots *x509.CertPool) *Sender {
	s := NewSender(Options{Rule: Rule{Private: true}, Roots: roots, Now: time.Now, Agent: "Guitai/test"})
	t.Cleanup(s.Close)
	return s
}

func serve(t *testing.T, h http.HandlerFunc) string {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// TestSend: what a receiver gets is what the official library takes.
func TestSend(t *testing.T) {
	secret, err := NewSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	lib, err := standard.NewWebhook(secret.Text())
	if err != nil {
		t.Fatal(err)
	}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err == nil {
			err = lib.Verify(b, r.Header)
		}
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || r.UserAgent() != "Guitai/test" {
			t.Errorf("%s %v: %v", r.Method, r.Header, err)
		}
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, "谢谢\x00")
	})
	got := sender(t, nil).Send(t.Context(), Letter{URL: url, ID: "evt_1", Body: []byte(`{"type":"x"}`), Secrets: []Secret{secret}})
	if !got.Delivered() || got.HTTP != 202 || got.Answer != "谢谢" || got.At.IsZero() || got.Cause != nil {
		t.Errorf("%+v", got)
	}
}

// TestSendFails: every way in which a receiver can fail is told by its name,
// and takes no more time or space than it may.
func TestSendFails(t *testing.T) {
	var followed atomic.Int64
	target := serve(t, func(http.ResponseWriter, *http.Request) { followed.Add(1) })
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	t.Cleanup(tls.Close)
	for name, c := range map[string]struct {
		url  string
		want string
		http int
	}{
		"redirect": {serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, target, http.StatusTemporaryRedirect)
		}), FailAnswer, 307},
		"error":      {serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }), FailAnswer, 500},
		"gone":       {serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) }), FailAnswer, 410},
		"nobody":     {gone.URL, FailConnect, 0},
		"stranger":   {tls.URL, FailTLS, 0},
		"no TLS":     {"https" + strings.TrimPrefix(target, "http"), FailTLS, 0},
		"hangs up":   {serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), FailConnect, 0},
		"forbidden":  {"http://169.254.169.254/", FailAddress, 0},
		"no address": {"nowhere", FailAddress, 0},
		"much to read": {serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			_, err := w.Write(bytes.Repeat([]byte("长"), 1<<20))
			_ = err // the reader hangs up
		}), FailAnswer, 500},
		"long headers": {serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) }), FailConnect, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := sender(t, nil).Send(t.Context(), Letter{URL: c.url + "?token=canary", ID: "evt_1", Body: []byte(`{}`), Secrets: []Secret{bytes.Repeat([]byte{1}, 32)}})
			if got.Failure != c.want || got.HTTP != c.http || len(got.Answer) > maxKept || got.Gone() != (c.http == 410) ||
				got.Cause != nil && strings.Contains(got.Cause.Error(), "canary") {
				t.Errorf("%+v", got)
			}
		})
	}
	if followed.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

// TestSendIsCutOff: who does not answer is not waited for.
func TestSendIsCutOff(t *testing.T) {
	over := make(chan struct{})
	defer close(over)
	for name, url := range map[string]string{
		"no answer": serve(t, func(http.ResponseWriter, *http.Request) { <-over }),
		"no end": serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			<-over
		}),
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		began := time.Now()
		got := sender(t, nil).Send(ctx, Letter{URL: url, ID: "evt_1"})
		cancel()
		if got.Delivered() || name == "no answer" && got.Failure != FailTime || time.Since(began) > 5*time.Second {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if s := NewSender(Options{}); s.client.Timeout != Patience || Patience > 10*time.Second {
		t.Errorf("the patience is %v", s.client.Timeout)
	}
}

// TestSendOverTLS: a certificate that is trusted is needed, and enough.
func TestSendOverTLS(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	if got := sender(t, roots).Send(t.Context(), Letter{URL: srv.URL, ID: "evt_1"}); !got.Delivered() {
		t.Errorf("%+v", got)
	}
}

// TestMessages: the state is the one that the news speaks of.
func TestMessages(t *testing.T) {
	at := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	p := guitai.Payment{ID: "pay-1", State: guitai.PaymentPaid, Kind: guitai.Scan, Wallet: guitai.WeChat, Amount: guitai.Fen(1250),
		Refunded: 200, CreatedAt: at, PaidAt: at, Metadata: map[string]string{"table": "7"}}
	r := guitai.Refund{ID: "ref-1", Payment: "pay-1", Kind: guitai.RefundPart, State: guitai.RefundDone, Amount: guitai.Fen(200), DoneAt: at}
	for name, c := range map[string]struct {
		h    Happened
		want string
	}{
		"waiting, paid since": {Happened{News: guitai.News{N: 3, Topic: "payment.waiting", At: at}, Payment: &p},
			`{"type":"payment.waiting","timestamp":"2026-11-21T08:00:00.000Z","data":{"n":3,"payment":{"id":"pay-1","state":"waiting","kind":"scan","wallet":"wechat","amount":{"value":1250,"currency":"CNY"},"refunded":{"value":200,"currency":"CNY"},"metadata":{"table":"7"},"created_at":"2026-11-21T08:00:00.000Z"}}}`},
		"refund": {Happened{News: guitai.News{N: 4, Topic: "refund.done", At: at}, Payment: &p, Refund: &r},
			`{"type":"refund.done","timestamp":"2026-11-21T08:00:00.000Z","data":{"n":4,"payment":{"id":"pay-1","state":"paid","kind":"scan","wallet":"wechat","amount":{"value":1250,"currency":"CNY"},"refunded":{"value":200,"currency":"CNY"},"metadata":{"table":"7"},"created_at":"2026-11-21T08:00:00.000Z","paid_at":"2026-11-21T08:00:00.000Z"},"refund":{"id":"ref-1","payment":"pay-1","kind":"refund","state":"done","amount":{"value":200,"currency":"CNY"},"done_at":"2026-11-21T08:00:00.000Z"}}}`},
		"of nothing": {Happened{News: guitai.News{N: 5, Topic: "suspense.opened", At: at}},
			`{"type":"suspense.opened","timestamp":"2026-11-21T08:00:00.000Z","data":{"n":5}}`},
	} {
		if got, err := Message(c.h); err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n%s\n%s", name, err, got, c.want)
		}
	}
	got, err := TryMessage("whk_1", at)
	if err != nil || string(got) != `{"type":"webhook.test","timestamp":"2026-11-21T08:00:00.000Z","data":{"webhook":"whk_1"}}` {
		t.Errorf("%s, %v", got, err)
	}
}
