package wire

import (
	"bytes"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func open(t *testing.T) *Line {
	l := Open(Options{})
	t.Cleanup(l.Close)
	return l
}

func ask(url string) Request {
	return Request{Method: http.MethodPost, URL: url, Body: []byte("secret=1"), Header: http.Header{"X-Mine": {"yes"}}, Most: 1000}
}

func TestWhatCameOfIt(t *testing.T) {
	var elsewhere atomic.Int64
	for name, c := range map[string]struct {
		serve  http.HandlerFunc
		reason string
		code   int
	}{
		"an answer": {func(w http.ResponseWriter, r *http.Request) {
			if b, err := io.ReadAll(r.Body); err != nil || string(b) != "secret=1" || r.Header.Get("X-Mine") != "yes" {
				t.Error("another request came")
			}
			w.WriteHeader(418)
		}, "", 418},
		"half": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "999")
			_, _ = io.WriteString(w, "begun")
		}, "half an answer: connection closed", 200},
		"too large": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("a"), 1001)) }, "answer too large", 200},
		"dropped":   {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "connection closed", 0},
		"silent":    {func(_ http.ResponseWriter, r *http.Request) { _, _ = io.ReadAll(r.Body); <-r.Context().Done() }, "timeout", 0},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/there" {
				elsewhere.Add(1)
			}
			http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
		}, "", 307},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(c.serve)
			defer s.Close()
			ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer stop()
			w := open(t).Send(ctx, ask(s.URL))
			if !w.Sent || Reason(w.Err) != c.reason || w.Code != c.code {
				t.Errorf("sent %t, %q, %d; want %q, %d", w.Sent, Reason(w.Err), w.Code, c.reason, c.code)
			}
		})
	}
	if elsewhere.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

func TestNothingWasSent(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	never := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") })
	secure := httptest.NewUnstartedServer(never)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(never)
	defer plain.Close()
	gone, stop := context.WithCancel(t.Context())
	stop()
	for name, c := range map[string]struct {
		ctx context.Context
		url string
	}{
		"nobody listens": {t.Context(), nobody}, "a stranger's certificate": {t.Context(), secure.URL}, "no such name": {t.Context(), "https://nobody.invalid/"},
		"no address": {t.Context(), "http://\n"}, "given up before": {gone, plain.URL},
	} {
		if w := open(t).Send(c.ctx, ask(c.url)); w.Sent || w.Err == nil || w.Code != 0 || Reason(w.Err) == "" {
			t.Errorf("%s: %+v", name, w)
		} else if strings.Contains(Reason(w.Err), "127.0.0.1") || strings.Contains(Reason(w.Err), "nobody.") {
			t.Errorf("%s: the reason tells the address: %s", name, Reason(w.Err))
		}
	}
}

// A server that closes kept connections under us sees each message at most
// once, and exactly once when it is told as answered; none is lost for it.
func TestKeptConnections(t *testing.T) {
	var seen atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err == nil {
			seen.Add(1)
		}
	}))
	defer s.Close()
	l := open(t)
	var answered, unsure, unsent int64
	for i := range 200 {
		if i%2 == 1 {
			s.CloseClientConnections()
		}
		switch w := l.Send(t.Context(), ask(s.URL)); {
		case w.Err == nil:
			answered++
		case w.Sent:
			unsure++
		default:
			unsent++
		}
	}
	if n := seen.Load(); n < answered || n > answered+unsure || answered < 100 {
		t.Errorf("%d came; %d answered, %d unsure, %d unsent", n, answered, unsure, unsent)
	}
}

// A file is read as it comes, over the same connections and by the same rules.
func TestFile(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/file", http.StatusFound)
			return
		}
		_, _ = w.Write(bytes.Repeat([]byte("line\n"), 1<<20))
	}))
	defer s.Close()
	for path, want := range map[string]int{"/file": 5 << 20, "/moved": -302} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := open(t).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		if resp.Body.Close() != nil || err != nil || resp.StatusCode != -want && int(n) != want {
			t.Errorf("%s: %s, %d bytes, %v", path, resp.Status, n, err)
		}
	}
}

// Once a call was said not to have been sent, its connection takes no byte any
// more.
func TestSealedConnection(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	c := &conn{Conn: a}
	var u used
	if u.mayHaveSent() {
		t.Error("a call without a connection may have sent")
	}
	u.begin(c, false)
	if u.mayHaveSent() {
		t.Error("a call that wrote nothing may have sent")
	}
	if _, err := c.Write([]byte("late")); err == nil {
		t.Error("a sealed connection took a byte")
	}
	var other used
	other.begin(a, false)
	if !other.mayHaveSent() {
		t.Error("a connection that nobody watched was said to be unused")
	}
}
