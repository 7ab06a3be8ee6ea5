package alipay

import (
	"bytes"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
)

// serving is a channel to a server that is served like that.
func serving(t *testing.T, h http.HandlerFunc) *Channel {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	o := options(t, s.URL)
	o.Timeout = 500 * time.Millisecond
	return open(t, o)
}

func TestTransport(t *testing.T) {
	good := signed(t, payMethod, `{"code":"10000","out_trade_no":"G20261121000001","trade_no":"20","total_amount":"12.50"}`)
	var elsewhere atomic.Int64
	for name, h := range map[string]http.HandlerFunc{
		"5xx":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502); _, _ = w.Write(good) },
		"202":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202); _, _ = w.Write(good) },
		"404":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); _, _ = w.Write(good) },
		"empty": func(http.ResponseWriter, *http.Request) {},
		"html":  func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>busy</html>") },
		"half": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9999")
			_, _ = w.Write(good[:50])
		},
		"too large": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(bytes.Repeat([]byte(" "), maxAnswer+1))
			_, _ = w.Write(good)
		},
		"dropped": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"silent":  func(_ http.ResponseWriter, r *http.Request) { _, _ = io.ReadAll(r.Body); <-r.Context().Done() },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/elsewhere" {
				elsewhere.Add(1)
				_, _ = w.Write(good)
				return
			}
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		},
	} {
		a := serving(t, h).Charge(t.Context(), aCharge())
		if a.Outcome != channel.Unknown || a.Reason != guitai.CodeOutcomeUnknown {
			t.Errorf("%s: %s %q, want unknown", name, a.Outcome, a.Reason)
		}
		if len(a.Messages) != 1 || a.Messages[0].Failure == "" || strings.Contains(a.Messages[0].Failure, aCode) {
			t.Errorf("%s: messages %+v", name, a.Messages)
		}
	}
	if elsewhere.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

func TestNothingSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") }))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	for name, gateway := range map[string]string{"refused": nobody, "stranger's certificate": secure.URL, "no such name": "https://nobody.invalid/gateway.do"} {
		c := open(t, options(t, gateway))
		a := c.Charge(t.Context(), aCharge())
		if a.Outcome != channel.Unavailable || a.Reason != guitai.CodeWalletUnreachable {
			t.Errorf("%s: %s %q, want unavailable", name, a.Outcome, a.Reason)
		}
		if r := c.Refund(t.Context(), aRefund()); r.Outcome != channel.RefundUnavailable {
			t.Errorf("%s: refund %s", name, r.Outcome)
		}
	}
	late, stop := context.WithCancel(t.Context())
	stop()
	if a := serving(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") }).Charge(late, aCharge()); a.Outcome != channel.Unavailable {
		t.Errorf("cancelled before: %s", a.Outcome)
	}
}

// A server that drops kept connections must see each charge once: net/http
// would send a request again whose body it can rewind.
func TestNoSilentRetry(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	seen := map[string]int{}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() { answerOnce(t, conn, &mu, seen) })
		}
	})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		work.Wait()
	})
	c := open(t, options(t, "http://"+l.Addr().String()))
	for i := range 40 {
		charge := aCharge()
		charge.No += string(rune('A'+i/26)) + string(rune('A'+i%26))
		a := c.Charge(t.Context(), charge)
		mu.Lock()
		n := seen[charge.No]
		mu.Unlock()
		switch {
		case n > 1:
			t.Fatalf("%s was sent %d times", charge.No, n)
		case a.Outcome == channel.Waiting && n == 1:
		case a.Outcome == channel.Unknown:
		case a.Outcome == channel.Unavailable && n == 0:
		default:
			t.Fatalf("%s: %s, seen %d times", charge.No, a.Outcome, n)
		}
	}
}

// answerOnce answers one request as if the connection would stay open, takes a
// second one in, and hangs up without a word.
func answerOnce(t *testing.T, conn net.Conn, mu *sync.Mutex, seen map[string]int) {
	defer conn.Close()
	for i := range 2 {
		no := readOrder(conn)
		if no == "" {
			return
		}
		mu.Lock()
		seen[no]++
		mu.Unlock()
		if i == 1 {
			return
		}
		body := signed(t, payMethod, `{"code":"10003","out_trade_no":"`+no+`"}`)
		resp := http.Response{StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body))}
		if resp.Write(conn) != nil {
			return
		}
	}
}

// readOrder reads a request and returns the order number in it.
func readOrder(conn net.Conn) string {
	var all []byte
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		all = append(all, buf[:n]...)
		_, rest, ok := strings.Cut(string(all), "out_trade_no%22%3A%22")
		no, _, whole := strings.Cut(rest, "%22")
		if ok && whole && strings.Contains(rest, "version=1.0") {
			return no
		}
		if err != nil {
			return ""
		}
	}
}

func TestRefusedBeforeSending(t *testing.T) {
	c := serving(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") })
	for name, spoil := range map[string]func(*channel.Charge){
		"nothing": func(ch *channel.Charge) { ch.Amount.Fen = 0 }, "less": func(ch *channel.Charge) { ch.Amount.Fen = -1 },
		"too much": func(ch *channel.Charge) { ch.Amount.Fen = 10_000_000_001 }, "dollars": func(ch *channel.Charge) { ch.Amount.Currency = "USD" },
		"no number": func(ch *channel.Charge) { ch.No = "" }, "no code": func(ch *channel.Charge) { ch.AuthCode = "" },
		"letters": func(ch *channel.Charge) { ch.AuthCode = "28abcdefghijklmnop" }, "wide digits": func(ch *channel.Charge) { ch.AuthCode = "２８１２３４５６" },
	} {
		ch := aCharge()
		spoil(&ch)
		if a := c.Charge(t.Context(), ch); a.Outcome != channel.Unavailable || a.Reason == "" {
			t.Errorf("%s: %s %q", name, a.Outcome, a.Reason)
		}
	}
	show := channel.Show{Order: anOrder(), Description: "x", Expires: noon()}
	if a := c.Show(t.Context(), show); a.Outcome != channel.Unavailable || a.Reason != guitai.CodeExpiryInvalid {
		t.Errorf("expired show: %s %q", a.Outcome, a.Reason)
	}
	r := aRefund()
	r.Amount.Fen = 0
	if a := c.Refund(t.Context(), r); a.Outcome != channel.RefundUnavailable {
		t.Errorf("refund of nothing: %s", a.Outcome)
	}
}
