package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"guitai"
	"guitai/pay"
)

// handlerFunc is a handler that returns its error.
type handlerFunc func(http.ResponseWriter, *http.Request) error

// page words and logs the error of a handler.
func (s *Server) page(h handlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	}
}

// notify is POST /notify/{wallet}/{account}: a wallet tells us something. What
// it must hear, and in which form, its channel knows.
func (s *Server) notify(w http.ResponseWriter, r *http.Request) error {
	account := guitai.AccountID(r.PathValue("account"))
	if !s.Pay.IsAccount(account, guitai.Wallet(r.PathValue("wallet"))) {
		return guitai.Fail(guitai.NotFound, guitai.CodePageNotFound)
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxNotice))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyTooLarge)
	}
	if err != nil {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	reply, err := s.Pay.Notice(r.Context(), account, pay.RawNotice{Header: r.Header, Body: b})
	if reply.Code == 0 {
		return err
	}
	if err != nil {
		s.Log.Warn("notice not taken", "request", visitOf(r.Context()).id, "account", string(account), "err", err)
	}
	if reply.ContentType != "" {
		w.Header().Set("Content-Type", reply.ContentType)
	}
	w.WriteHeader(reply.Code)
	if _, err := w.Write(reply.Body); err != nil {
		s.Log.Debug("reply to a notice not written", "err", err)
	}
	return nil
}

// html serves one built page.
func (s *Server) html(name string) handlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		b, err := fs.ReadFile(s.UI, name)
		if err != nil {
			return guitai.Fail(guitai.NotFound, guitai.CodePageNotFound)
		}
		return serve(w, r, name, b)
	}
}

// assets serves the built scripts and styles.
func (s *Server) assets(w http.ResponseWriter, r *http.Request) error {
	return s.html(strings.TrimPrefix(r.URL.Path, "/"))(w, r)
}

// serve writes a built file. Names are stable, so the browser asks each time
// and is told by the tag that nothing changed.
func serve(w http.ResponseWriter, r *http.Request, name string, b []byte) error {
	kind, ok := contentTypes[path.Ext(name)]
	if !ok {
		return guitai.Fail(guitai.NotFound, guitai.CodePageNotFound)
	}
	sum := sha256.Sum256(b)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Security-Policy", pagePolicy)
	if name == "till.html" {
		w.Header().Set("Content-Security-Policy", tillPolicy)
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	return nil
}

// contentTypes are those of what the UI is built of. The machine's own table is
// not asked: on some it calls scripts plain text, which browsers then refuse.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2",
	".webmanifest": "application/manifest+json", ".wasm": "application/wasm", ".mp3": "audio/mpeg", ".wav": "audio/wav",
	".txt": "text/plain; charset=utf-8",
}

// Alive is the answer of the health page.
type Alive struct {
	State   string `json:"state"` // "ok"
	Version string `json:"version"`
	Store   string `json:"store"` // "ok"
	Now     stamp  `json:"now"`
}

// health is GET /healthz: whether this server can take money.
func (s *Server) health(w http.ResponseWriter, r *http.Request) error {
	if s.isStopping() {
		return guitai.Fail(guitai.Unavailable, guitai.CodeStopping)
	}
	if err := s.Pay.Ready(r.Context()); err != nil {
		return err
	}
	return s.json(w, Alive{"ok", s.Version, "ok", stampOf(s.Now())})
}

// links is GET /links: where the first page leads besides.
func (s *Server) links(w http.ResponseWriter, _ *http.Request) error {
	return s.json(w, list[Link]{Items: append([]Link{}, s.Links...)})
}

func (s *Server) json(w http.ResponseWriter, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := w.Write(b); err != nil {
		s.Log.Debug("answer not written", "err", err)
	}
	return nil
}
