package web

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestSlowReader: who does not read is let go after a while, and the writer with
// it; who reads slowly but does, is not.
func TestSlowReader(t *testing.T) {
	ended := make(chan error, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		st, err := openStream(w)
		if err != nil {
			t.Error(err)
			return
		}
		st.patience = time.Second
		for err == nil && r.Context().Err() == nil {
			err = st.send("fat", 1, strings.Repeat("x", 1<<20))
		}
		ended <- err
	}))
	defer srv.Close()
	c, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	for range 5 { // slow, but never silent for so long
		if _, err := io.ReadFull(c, make([]byte, 1<<19)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(150 * time.Millisecond)
	}
	select {
	case err := <-ended:
		t.Fatalf("let go while it reads: %v", err)
	default:
	}
	begun := time.Now()
	select {
	case err := <-ended:
		if err == nil || time.Since(begun) > 5*time.Second {
			t.Errorf("let go after %v with %v", time.Since(begun), err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("a reader that does not read holds its writer")
	}
}

// TestTooManyStreams: their number has a limit.
func TestTooManyStreams(t *testing.T) {
	s := &Server{Now: time.Now, Log: slog.New(slog.DiscardHandler), traffic: newTraffic(nil)}
	mux := http.NewServeMux()
	mux.HandleFunc(eventsRoute, s.page(s.events))
	s.streams.Store(maxStreams)
	w := httptest.NewRecorder()
	s.outer(mux).ServeHTTP(w, httptest.NewRequest("GET", "/v1/events", nil))
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || s.streams.Load() != maxStreams {
		t.Errorf("%d %s, %d streams", w.Code, w.Body, s.streams.Load())
	}
}

// TestGuesses: one address is slowed down, others are not, and memory is bounded.
func TestGuesses(t *testing.T) {
	var g guesses
	now := time.Unix(1_795_000_000, 0)
	for i := range guessBurst {
		if !g.allow("192.0.2.1", now) {
			t.Fatalf("the guess %d is too many", i)
		}
	}
	if g.allow("192.0.2.1", now) || !g.allow("192.0.2.2", now) {
		t.Error("the limit is not one of each address")
	}
	if !g.allow("192.0.2.1", now.Add(time.Second)) {
		t.Error("nothing comes back with time")
	}
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := range maxAddresses {
				g.allow(strconv.Itoa(w)+"/"+strconv.Itoa(i), now)
			}
		})
	}
	all.Wait()
	if len(g.of) > maxAddresses {
		t.Errorf("%d addresses are remembered", len(g.of))
	}
}

// TestCutOff: an answer that had begun when its handler panicked does not look
// whole.
func TestCutOff(t *testing.T) {
	s := &Server{Now: time.Now, Log: slog.New(slog.DiscardHandler), traffic: newTraffic(nil)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /half", func(w http.ResponseWriter, _ *http.Request) {
		if _, err := io.WriteString(w, strings.Repeat("half", 4000)); err != nil {
			t.Error(err)
		}
		panic("half way")
	})
	mux.HandleFunc("GET /abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	srv := httptest.NewServer(s.outer(mux))
	defer srv.Close()
	for _, path := range []string{"/half", "/abort"} {
		resp, err := srv.Client().Get(srv.URL + path)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		if err == nil {
			t.Errorf("%s looks whole", path)
		}
	}
}

// TestClean: which paths are written in the one way.
func TestClean(t *testing.T) {
	for path, want := range map[string]bool{"/": true, "/a": true, "/a/": true, "/a/b": true, "//": false, "/a//b": false, "/./a": false,
		"/a/..": false, "/a/../b": false, "": false, "a": true} {
		if clean(path) != want {
			t.Errorf("%q: %t", path, !want)
		}
	}
}
