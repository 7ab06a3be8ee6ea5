package web

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"guitai"
	"guitai/office"
)

// visit is what the door knows about a request before anything is done.
type visit struct {
	id      string // names the request in the log
	route   string // the pattern that took it; empty: none. Never the path: it holds what came in
	lang    guitai.Lang
	bearer  string // API key
	token   string // session cookie
	change  bool   // it may change something
	ours    bool   // it says that our own page sent it (X-Guitai)
	foreign bool   // the browser says that another site's page sent it
	ip      string
	proof   office.Proof // of the till's key; empty: none is named
	header  http.Header  // of the answer, for cookies
}

type visitKey struct{}

// visitOf returns the visit of a request. Every request has one.
func visitOf(ctx context.Context) *visit { return ctx.Value(visitKey{}).(*visit) }

const (
	cookieName = "guitai_session"
	oursHeader = "X-Guitai"
)

// outer does what every request needs: a visit, safe headers, a bound on what
// it may send, and a recovery from panics that says nothing about our insides.
func (s *Server) outer(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w := &answer{ResponseWriter: rw}
		v := s.visit(w, r)
		_, v.route = mux.Handler(r)
		s.safeHeaders(w.Header(), v)
		r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			r.Body = http.MaxBytesReader(rw, r.Body, bodyLimit(v.route))
			v.proof = proofOf(r)
		}
		begun := s.Now()
		defer func() { s.traffic.seen(v.route, w.code, s.Now().Sub(begun)) }()
		defer s.recovered(w, r)
		if v.route == "" || !clean(r.URL.Path) {
			s.fail(w, r, astray(mux, w, r))
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (s *Server) visit(w http.ResponseWriter, r *http.Request) *visit {
	v := &visit{id: rand.Text()[:12], lang: guitai.ParseLang(r.Header.Get("Accept-Language")),
		change: r.Method != http.MethodGet && r.Method != http.MethodHead,
		ours:   r.Header.Get(oursHeader) == "1", foreign: s.origin.Check(r) != nil, header: w.Header()}
	v.ip, _, _ = net.SplitHostPort(r.RemoteAddr)
	if scheme, key, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		v.bearer = strings.TrimSpace(key)
	}
	if c, err := r.Cookie(cookieName); err == nil {
		v.token = c.Value
	}
	return v
}

// clean reports whether a path is written in the one way that has no "." or
// ".." and no empty part. Others are not redirected: no link of ours is such.
func clean(p string) bool {
	c := path.Clean(p)
	return c == p || c != "/" && c+"/" == p
}

// astray says why no route takes a request: the method, or the path.
func astray(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) error {
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := *r
		other.Method = m
		if _, route := mux.Handler(&other); route != "" {
			allowed = append(allowed, m)
		}
	}
	if len(allowed) == 0 || !clean(r.URL.Path) {
		return guitai.Fail(guitai.NotFound, guitai.CodePageNotFound)
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return guitai.Fail(guitai.Invalid, guitai.CodeMethodNotAllowed)
}

// recovered answers for a handler that panicked. An answer that had begun is
// cut off: half of one followed by an error would be read as something else.
func (s *Server) recovered(w *answer, r *http.Request) {
	e := recover()
	if e == nil {
		return
	}
	v := visitOf(r.Context())
	if e != http.ErrAbortHandler {
		s.Log.Error("panic", "request", v.id, "route", v.route, "panic", e, "stack", string(debug.Stack()))
	}
	if w.code == 0 && e != http.ErrAbortHandler {
		s.fail(w, r, guitai.Fail(guitai.Internal, guitai.CodeInternal))
		return
	}
	// What was written and what would end it can no longer leave: the
	// connection is closed instead.
	if err := http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0)); err != nil {
		s.Log.Error("answer not cut off", "request", v.id, "err", err)
	}
}

// answer remembers whether and how an answer was begun.
type answer struct {
	http.ResponseWriter
	code int // 0: not begun
}

func (a *answer) WriteHeader(code int) {
	if a.code == 0 {
		a.code = code
	}
	a.ResponseWriter.WriteHeader(code)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.code == 0 {
		a.code = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// What a browser may do with an answer. Data may do nothing at all; pages load
// nothing from anywhere else and are framed only by ourselves.
const (
	dataPolicy = "default-src 'none'; frame-ancestors 'none'"
	pagePolicy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
		"frame-src 'self'; frame-ancestors 'self'; object-src 'none'; base-uri 'none'; form-action 'self'"
	// The till's page also reaches `guitai device` on its own machine.
	tillPolicy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self' http://127.0.0.1:*; " +
		"frame-src 'self'; frame-ancestors 'self'; object-src 'none'; base-uri 'none'; form-action 'self'"
	slipPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
	codePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)

// safeHeaders are on every answer (OWASP secure headers).
func (s *Server) safeHeaders(h http.Header, v *visit) {
	h.Set("X-Request-Id", v.id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=()")
	h.Set("Content-Security-Policy", dataPolicy)
	h.Set("Cache-Control", "no-store")
	if s.Secure == TLS {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// caller is who makes a request: the holder of a key, a person at a till, or
// anybody.
type caller struct {
	*visit
	merchant guitai.MerchantID
	session  guitai.Session // a person; empty for a key
	tillKey  guitai.TillKey // of the person's till; empty: it is not bound
}

// person reports whether somebody is signed in at a till.
func (c caller) person() bool { return c.session.ID != "" }

// access says who may do something.
type access int

const (
	anybody  access = iota // no key, no session
	members                // a key, or a person of any role
	people                 // a person signed in at a till
	managers               // a key, or a manager or the owner
	owners                 // a key, or the owner
)

// least is the role that a person needs.
func (a access) least() guitai.Role {
	switch a {
	case managers:
		return guitai.Manager
	case owners:
		return guitai.Owner
	}
	return guitai.Cashier
}

// admit finds out who makes a request and whether it may.
func (s *Server) admit(ctx context.Context, a access) (caller, error) {
	if a == anybody {
		return caller{visit: visitOf(ctx)}, nil
	}
	c, err := s.identify(ctx)
	switch {
	case a == people && (guitai.AsError(err) != nil && guitai.AsError(err).Code == guitai.CodeKeyMissing || err == nil && !c.person()):
		err = guitai.Fail(guitai.Forbidden, guitai.CodeSignedOut)
	case err == nil && c.person() && !c.session.Staff.Role.AtLeast(a.least()):
		err = guitai.Fail(guitai.Forbidden, guitai.CodeRoleForbidden)
	}
	return c, err
}

// identify says who is asking. A cookie travels by itself, so a change by
// cookie must also carry a header that other sites cannot set.
func (s *Server) identify(ctx context.Context) (caller, error) {
	c := caller{visit: visitOf(ctx)}
	var err error
	switch {
	case c.bearer != "":
		c.merchant, err = s.Office.KeyHolder(ctx, c.bearer)
	case c.token == "":
		err = guitai.Fail(guitai.Forbidden, guitai.CodeKeyMissing)
	case c.change && (!c.ours || c.foreign):
		err = guitai.Fail(guitai.Forbidden, guitai.CodeForeignOrigin)
	default:
		c.session, err = s.Office.Session(ctx, c.token)
		c.merchant = c.session.Merchant.ID
		if err == nil && c.session.Away {
			return c, awayMay(c.visit)
		}
		if err == nil {
			c.tillKey, err = s.Office.AtTill(ctx, c.session.Till.ID, c.proof)
		}
	}
	return c, err
}

// awayMay says whether who is signed in away from any till may do this: look, and
// allow what tills ask for.
func awayMay(v *visit) error {
	_, path, _ := strings.Cut(v.route, " ")
	if !v.change || strings.HasPrefix(path, "/v1/approval-") {
		return nil
	}
	return guitai.Fail(guitai.Forbidden, guitai.CodeOfficeOnly)
}

// setCookie gives the browser its session, or takes it away when token is
// empty.
func (s *Server) setCookie(v *visit, token string) {
	c := http.Cookie{Name: cookieName, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: s.Secure == TLS}
	if token == "" {
		c.MaxAge = -1
	}
	v.header.Add("Set-Cookie", c.String())
}
