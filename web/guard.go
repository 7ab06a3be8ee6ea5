package web

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"strings"

	"guitai"
)

// visit is what the door knows about a request before anything is done.
type visit struct {
	server *Server
	id     string
	path   string
	lang   guitai.Lang
	bearer string // API key
	token  string // session cookie
	change bool   // it may change something
	ours   bool   // it says that our own page sent it (X-Guitai)
	ip     string
	header http.Header // of the answer, for cookies
}

type visitKey struct{}

// visitOf returns the visit of a request. Every request has one.
func visitOf(ctx context.Context) *visit { return ctx.Value(visitKey{}).(*visit) }

const (
	cookieName = "guitai_session"
	oursHeader = "X-Guitai"
)

// outer does what every request needs: a visit, safe headers, and a recovery
// from panics that says nothing about our insides.
func (s *Server) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{server: s, id: rand.Text()[:12], path: r.URL.Path, lang: guitai.ParseLang(r.Header.Get("Accept-Language")),
			change: r.Method != http.MethodGet && r.Method != http.MethodHead,
			ours:   r.Header.Get(oursHeader) == "1", header: w.Header()}
		v.ip, _, _ = net.SplitHostPort(r.RemoteAddr)
		if key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
			v.bearer = key
		}
		if c, err := r.Cookie(cookieName); err == nil {
			v.token = c.Value
		}
		// The API speaks JSON only; what a client calls it does not matter. A
		// form of another site cannot slip in: it has no key and no X-Guitai.
		if strings.HasPrefix(v.path, "/v1/") {
			r.Header.Set("Content-Type", "application/json")
		}
		safeHeaders(w.Header(), v.id, s.Secure)
		r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
		defer func() {
			if e := recover(); e != nil && e != http.ErrAbortHandler {
				s.Log.Error("panic", "request", v.id, "path", v.path, "panic", e)
				s.fail(w, r, guitai.Fail(guitai.Internal, guitai.CodeInternal))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// safeHeaders are on every answer (OWASP secure headers). Pages load nothing
// from anywhere else and can be framed only by ourselves.
func safeHeaders(h http.Header, id string, t Transport) {
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=()")
	h.Set("Content-Security-Policy", "default-src 'self'; script-src 'self'; style-src 'self'; "+
		"img-src 'self' data: blob:; connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; "+
		"object-src 'none'; base-uri 'none'; form-action 'self'")
	if t == TLS {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// who is the holder of a key, or a person at a till.
type who struct {
	merchant guitai.MerchantID
	session  guitai.Session // a person; empty for a key
}

// person reports whether somebody is signed in at a till.
func (w who) person() bool { return w.session.ID != "" }

// identify says who is asking. A cookie travels by itself, so a change by
// cookie must also carry a header that other sites cannot set.
func (s *Server) identify(ctx context.Context) (who, error) {
	v := visitOf(ctx)
	if v.bearer != "" {
		m, err := s.Office.KeyHolder(ctx, v.bearer)
		return who{merchant: m}, err
	}
	if v.token == "" {
		return who{}, guitai.Fail(guitai.Forbidden, guitai.CodeKeyMissing)
	}
	if v.change && !v.ours {
		return who{}, guitai.Fail(guitai.Forbidden, guitai.CodeForeignOrigin)
	}
	ses, err := s.Office.Session(ctx, v.token)
	return who{merchant: ses.Merchant.ID, session: ses}, err
}

// atLeast is identify for what needs a role. A key may do all that its
// merchant may.
func (s *Server) atLeast(ctx context.Context, role guitai.Role) (who, error) {
	w, err := s.identify(ctx)
	if err == nil && w.person() && !w.session.Staff.Role.AtLeast(role) {
		return w, guitai.Fail(guitai.Forbidden, guitai.CodeRoleForbidden)
	}
	return w, err
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
