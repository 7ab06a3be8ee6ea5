package browse

import (
	"bytes"
	"context"
	_ "embed" // the bridge
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"guitai/sandbox/book"
)

//go:embed bridge.js
var bridge string

// The window's own addresses; all others are the page's.
const (
	pathOpen   = "/-/open"      // ?wallet=&payer=&url=: begin a visit
	pathGo     = "/-/go"        // ?url=: the visit goes on at another server
	pathBridge = "/-/bridge.js" // what the app lends to a page
)

// cookieVisit names the visit. It is the only cookie of the window: those of
// pages are kept here, because a browser gives them to every port of a machine.
const cookieVisit = "sandbox_window"

// maxVisits is how many visits are remembered; more forget all.
const maxVisits = 64

// Window shows pages of this machine in a frame of the phone, as the browser of
// a wallet's app would.
type Window struct {
	Rand   io.Reader
	Own    func(host string) bool // whether host:port is a wallet of this street
	Wallet func(book.Wallet) bool // whether the street has it
	Street func() string          // port of the phone's page
	Log    *slog.Logger

	mu     sync.Mutex
	visits map[string]visit
	once   sync.Once
	pass   *httputil.ReverseProxy
}

// visitKey is where a request's context has its visit.
type visitKey struct{}

// visit is one phone at one server.
type visit struct {
	phone Phone
	at    *url.URL // scheme and host of the server
	jar   *cookiejar.Jar
}

func (win *Window) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	win.once.Do(win.begin)
	// What is opened here is on the payer's own machine: no page from elsewhere,
	// and no name that was bound to loopback, leads here. The page itself may
	// say that its origin is null: it need not tell where it comes from.
	if origin := r.Header.Get("Origin"); !Loopback(r.Host) || r.Header.Get("Sec-Fetch-Site") == "cross-site" ||
		origin != "" && origin != "null" && !localOrigin(origin) {
		http.Error(w, "the window is for the phone on this machine", http.StatusForbidden)
		return
	}
	if r.URL.Path == pathOpen || r.URL.Path == pathGo {
		win.move(w, r)
		return
	}
	v, _, ok := win.visit(r)
	switch {
	case !ok:
		http.Error(w, "nothing is open here: the phone opens pages", http.StatusNotFound)
	case r.URL.Path == pathBridge:
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, strings.NewReplacer("%WALLET%", string(v.phone.Wallet), "%STREET%", win.Street()).Replace(bridge))
	default:
		r.Body = http.MaxBytesReader(w, r.Body, maxPage)
		win.pass.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
	}
}

func (win *Window) begin() {
	win.visits = map[string]visit{}
	win.pass = &httputil.ReverseProxy{
		Rewrite: win.ask, ModifyResponse: win.answer, Transport: transport(),
		ErrorLog: slog.NewLogLogger(win.Log.Handler(), slog.LevelDebug),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			win.Log.Debug("sandbox window", "error", err)
			http.Error(w, "the page cannot be opened", http.StatusBadGateway)
		},
	}
}

// visit finds the visit that a request belongs to.
func (win *Window) visit(r *http.Request) (visit, string, bool) {
	c, err := r.Cookie(cookieVisit)
	if err != nil {
		return visit{}, "", false
	}
	win.mu.Lock()
	defer win.mu.Unlock()
	v, ok := win.visits[c.Value]
	return v, c.Value, ok
}

func localOrigin(origin string) bool {
	_, ok := Local(origin)
	return ok
}

// move begins a visit, or leads it to another server.
func (win *Window) move(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	u, ok := Local(q.Get("url"))
	if !ok || r.Method != http.MethodGet {
		http.Error(w, "only addresses on this machine are opened, and only by the phone", http.StatusForbidden)
		return
	}
	v, token, known := win.visit(r)
	if r.URL.Path == pathOpen {
		wallet := book.Wallet(q.Get("wallet"))
		jar, err := cookiejar.New(nil)
		raw := make([]byte, 16)
		if err == nil {
			_, err = io.ReadFull(win.Rand, raw)
		}
		if err != nil || !win.Wallet(wallet) {
			http.Error(w, "wallet: nobody on this street has that name", http.StatusBadRequest)
			return
		}
		v, token, known = visit{phone: Phone{Wallet: wallet, Payer: q.Get("payer"), Own: win.Own}, jar: jar}, hex.EncodeToString(raw), true
		http.SetCookie(w, &http.Cookie{Name: cookieVisit, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
	if !known {
		http.Error(w, "nothing is open here: the phone opens pages", http.StatusNotFound)
		return
	}
	v.at = &url.URL{Scheme: u.Scheme, Host: u.Host}
	win.mu.Lock()
	if len(win.visits) >= maxVisits {
		clear(win.visits)
	}
	win.visits[token] = v
	win.mu.Unlock()
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, u.RequestURI(), http.StatusSeeOther)
}

// ask makes the request of the app's browser out of that of the frame.
func (win *Window) ask(p *httputil.ProxyRequest) {
	v, ok := p.In.Context().Value(visitKey{}).(visit)
	if !ok {
		return // ServeHTTP has put it there
	}
	p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = v.at.Scheme, v.at.Host, v.at.Host
	h := p.Out.Header
	for _, name := range []string{"Cookie", "Referer", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range", HeaderPayer} {
		h.Del(name)
	}
	for _, c := range v.jar.Cookies(p.Out.URL) {
		p.Out.AddCookie(c)
	}
	h.Set("User-Agent", Agent(v.phone.Wallet))
	for name := range h {
		if strings.HasPrefix(name, "Sec-Ch-") {
			h.Del(name)
		}
	}
	if h.Get("Origin") == "http://"+p.In.Host {
		h.Set("Origin", v.at.String())
	}
	if h.Get("Sec-Fetch-Site") != "" && h.Get("Sec-Fetch-Site") != "same-origin" {
		h.Set("Sec-Fetch-Site", "none")
	}
	if h.Get("Sec-Fetch-Dest") == "iframe" {
		h.Set("Sec-Fetch-Dest", "document")
	}
	if v.phone.Payer != "" && v.phone.Own(v.at.Host) {
		h.Set(HeaderPayer, v.phone.Payer)
	}
}

// answer makes what the frame may show out of the server's answer.
func (win *Window) answer(resp *http.Response) error {
	h := resp.Header
	at := &url.URL{Scheme: resp.Request.URL.Scheme, Host: resp.Request.URL.Host}
	if v, ok := resp.Request.Context().Value(visitKey{}).(visit); ok {
		v.jar.SetCookies(resp.Request.URL, resp.Cookies())
	}
	for _, name := range []string{"Set-Cookie", "Content-Security-Policy", "Content-Security-Policy-Report-Only", "X-Frame-Options",
		"Strict-Transport-Security", "Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy", "Cross-Origin-Resource-Policy", "ETag", "Last-Modified"} {
		h.Del(name)
	}
	h.Set("Cache-Control", "no-store")
	if to := h.Get("Location"); to != "" {
		return redirected(resp, at, to)
	}
	if strings.HasPrefix(h.Get("Content-Type"), "text/html") && resp.Request.Method != http.MethodHead {
		return lend(resp, at)
	}
	return nil
}

// redirected keeps a redirect within the window. An address elsewhere is a
// wallet's code, which the app opens by itself.
func redirected(resp *http.Response, at *url.URL, to string) error {
	u, err := resp.Request.URL.Parse(to)
	if err != nil {
		return errors.New("browse: a redirect that cannot be read")
	}
	local, ok := Local(u.String())
	switch {
	case ok && local.Scheme == at.Scheme && local.Host == at.Host:
		resp.Header.Set("Location", local.RequestURI())
	case ok:
		resp.Header.Set("Location", pathGo+"?url="+url.QueryEscape(local.String()))
	default:
		resp.StatusCode, resp.Status = http.StatusOK, "200 OK"
		resp.Header.Del("Location")
		resp.Header.Set("Content-Type", "text/html; charset=utf-8")
		return replace(resp, `<!doctype html><meta charset="utf-8"><title>…</title><body data-code="`+html.EscapeString(u.String())+`"><script src="`+pathBridge+`"></script>`)
	}
	return nil
}

// lend puts the app's bridge into a page, and keeps its addresses within the
// window.
func lend(resp *http.Response, at *url.URL) error {
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxPage+1))
	if err != nil || len(text) > maxPage {
		return errors.Join(errors.New("browse: the page is too large or was cut off"), err)
	}
	doc := string(text)
	for _, quote := range []string{`"`, `'`, `url=`} {
		doc = strings.ReplaceAll(doc, quote+at.String()+"/", quote+"/")
	}
	script := `<script src="` + pathBridge + `"></script>`
	if i := strings.Index(doc, "<head>"); i >= 0 {
		i += len("<head>")
		doc = doc[:i] + script + doc[i:]
	} else {
		doc += script
	}
	return replace(resp, doc)
}

// replace gives an answer another body.
func replace(resp *http.Response, text string) error {
	err := resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader([]byte(text)))
	resp.ContentLength = int64(len(text))
	resp.Header.Set("Content-Length", strconv.Itoa(len(text)))
	resp.Header.Set("Content-Security-Policy", "frame-ancestors "+Ancestors)
	if err != nil {
		return fmt.Errorf("browse: %w", err)
	}
	return nil
}

// Ancestors are the places whose frames may show the window: this machine.
const Ancestors = "http://127.0.0.1:* http://localhost:*"
