package web

import (
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

// page is a handler that returns its error; it is worded and logged here.
func (s *Server) page(h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	}
}

// notify is POST /notify/{wallet}/{account}: a wallet tells us something. What
// it must hear, and in which form, its channel knows.
func (s *Server) notify(w http.ResponseWriter, r *http.Request) error {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxNotice))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyTooLarge)
	}
	if err != nil {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	account := guitai.AccountID(r.PathValue("account"))
	if !s.Pay.IsAccount(account, guitai.Wallet(r.PathValue("wallet"))) {
		return guitai.Fail(guitai.NotFound, guitai.CodePageNotFound)
	}
	reply, err := s.Pay.Notice(r.Context(), account, pay.RawNotice{Header: r.Header, Body: b})
	if err != nil {
		s.Log.Warn("notice not taken", "request", visitOf(r.Context()).id, "account", string(account), "err", err)
	}
	if reply.Code == 0 {
		return err
	}
	if reply.ContentType != "" {
		w.Header().Set("Content-Type", reply.ContentType)
	}
	w.WriteHeader(reply.Code)
	_, err = w.Write(reply.Body)
	if err != nil {
		s.Log.Debug("reply to a notice not written", "err", err)
	}
	return nil
}

// html serves one built page.
func (s *Server) html(name string) http.HandlerFunc {
	return s.page(func(w http.ResponseWriter, r *http.Request) error {
		b, err := fs.ReadFile(s.UI, name)
		if err != nil {
			return guitai.Fail(guitai.NotFound, guitai.CodePageNotFound, err)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(b)))
		return nil
	})
}

// assets serves the built scripts and styles. Their names are stable, so the
// browser asks each time and is told by the tag that nothing changed.
func (s *Server) assets(w http.ResponseWriter, r *http.Request) error {
	name := path.Clean(strings.TrimPrefix(r.URL.Path, "/"))
	b, err := fs.ReadFile(s.UI, name)
	if err != nil {
		return guitai.Fail(guitai.NotFound, guitai.CodePageNotFound)
	}
	w.Header().Set("Content-Type", contentType(name))
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", etag(b))
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(b)))
	return nil
}

// home is GET /.
func (s *Server) links(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, list[Link]{Items: append([]Link{}, s.Links...)})
}

// health is GET /healthz.
func (s *Server) health(w http.ResponseWriter, r *http.Request) error {
	a, err := s.healthy(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, a)
}

// missing is every page that is not there.
func (s *Server) missing(http.ResponseWriter, *http.Request) error {
	return guitai.Fail(guitai.NotFound, guitai.CodePageNotFound)
}
