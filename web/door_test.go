package web_test

import (
	"crypto/tls"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"guitai/web"
)

// TestKeys: without a key, with a wrong one, with one of another merchant.
func TestKeys(t *testing.T) {
	h := open(t)
	paid := h.paid(1000)
	refund := h.mine().do("POST", "/v1/payments/"+paid+"/refunds", map[string]any{"amount": money(100)}).want(200).get("id")
	shown := h.mine().do("POST", "/v1/payments", show("wechat", 100)).want(200).get("id")
	d := readDocument(t, h.url)
	for path, ops := range d.Paths {
		for method, op := range ops {
			if len(op.Security) == 0 {
				continue
			}
			path := strings.ReplaceAll(path, "{id}", paid)
			want := "key_missing"
			if len(op.Security) == 1 && op.Security[0]["session"] != nil { // a person's
				want = "signed_out"
			}
			for key, code := range map[string]string{"": want, "sk_wrong": "key_wrong"} {
				a := h.as(key).do(strings.ToUpper(method), path, nil).wantProblem(401, code, "")
				if a.header.Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("%s: %v", path, a.header)
				}
			}
			h.as("").with("Authorization", "Basic c2s6").do(strings.ToUpper(method), path, nil).wantProblem(401, want, "")
		}
	}
	h.as("").with("Authorization", "bearer "+h.key).do("GET", "/v1/payments", nil).want(200)
	theirs := h.as(h.otherKey)
	for _, path := range []string{"", "/timeline", "/receipt", "/refunds", "/code.svg"} {
		theirs.do("GET", "/v1/payments/"+paid+path, nil).wantProblem(404, "payment_not_found", "")
	}
	for _, path := range []string{"/ask", "/close", "/void", "/print"} {
		theirs.do("POST", "/v1/payments/"+shown+path, nil).wantProblem(404, "payment_not_found", "")
	}
	theirs.do("POST", "/v1/payments/"+paid+"/refunds", map[string]any{"amount": money(1)}).wantProblem(404, "payment_not_found", "")
	theirs.do("GET", "/v1/refunds/"+refund, nil).wantProblem(404, "refund_not_found", "")
	theirs.do("POST", "/v1/payments", show("wechat", 1).but("till", string(h.tills[0].ID))).wantProblem(404, "till_not_found", "")
	theirs.do("POST", "/v1/payments", show("wechat", 1).but("shop", string(h.tills[0].Shop))).wantProblem(400, "field_invalid", "shop")
	if n := len(theirs.do("GET", "/v1/payments?till="+string(h.tills[0].ID), nil).want(200).items()); n != 0 {
		t.Errorf("they see %d payments", n)
	}
}

// TestCookies: a session cookie is for our own pages only.
func TestCookies(t *testing.T) {
	h := open(t, staffed)
	a := h.as("").do("POST", "/v1/sessions", map[string]string{"till": string(h.tills[0].ID), "number": "101", "pin": cashierPIN}).want(200)
	set := a.header.Get("Set-Cookie")
	for _, word := range []string{"guitai_session=", "HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(set, word) {
			t.Errorf("%q lacks %s", set, word)
		}
	}
	if strings.Contains(set, "Secure") {
		t.Error("a cookie of plain HTTP is marked Secure: no browser would send it")
	}
	if a.get("staff.name") != "林小雨" || a.get("staff.role") != "cashier" || a.get("till.number") != "1" || a.get("shop.name") != "桂花里便利店" ||
		a.get("shop.time_zone") != "Asia/Shanghai" || a.get("merchant.name") == "" || a.find("spoken") != true || a.get("expires_at") == "" {
		t.Errorf("%s", a.body)
	}
	page := h.as("").with("Cookie", cookieOf(a))
	page.do("GET", "/v1/session", nil).want(200)
	page.do("GET", "/v1/payments", nil).want(200)
	ours := page.with("X-Guitai", "1")
	ours.do("POST", "/v1/payments", show("wechat", 100)).want(200)
	for name, c := range map[string]client{"no word": page, "another word": page.with("X-Guitai", "0"),
		"another site": ours.with("Sec-Fetch-Site", "cross-site"), "another origin": ours.with("Origin", "https://evil.example")} {
		t.Run(name, func(t *testing.T) {
			c.at(t).do("POST", "/v1/payments", show("wechat", 100)).wantProblem(403, "foreign_origin", "")
			c.at(t).do("DELETE", "/v1/session", nil).wantProblem(403, "foreign_origin", "")
		})
	}
	h.as("").with("Sec-Fetch-Site", "cross-site").do("POST", "/v1/sessions", map[string]string{"till": string(h.tills[0].ID),
		"number": "101", "pin": cashierPIN}).wantProblem(403, "foreign_origin", "")
	if n := h.count(); n != 1 {
		t.Errorf("%d payments", n)
	}
	gone := ours.do("DELETE", "/v1/session", nil).want(204)
	if c := gone.header.Get("Set-Cookie"); !strings.Contains(c, "Max-Age=0") || gone.body != "" {
		t.Errorf("signed off: %q %q", c, gone.body)
	}
	ours.do("GET", "/v1/session", nil).wantProblem(401, "signed_out", "")
	ours.do("POST", "/v1/payments", show("wechat", 100)).wantProblem(401, "signed_out", "")
	ours.do("DELETE", "/v1/session", nil).want(204)
	h.as("").do("DELETE", "/v1/session", nil).want(204)
	h.mine().do("GET", "/v1/session", nil).wantProblem(401, "signed_out", "")
}

// TestSessionEnds: after a long shift, and not before.
func TestSessionEnds(t *testing.T) {
	h := open(t, staffed)
	c := h.person("101", cashierPIN)
	h.pass(16*time.Hour - time.Minute)
	c.do("GET", "/v1/session", nil).want(200)
	h.pass(2 * time.Minute)
	c.do("GET", "/v1/session", nil).wantProblem(401, "signed_out", "")
	c.do("GET", "/v1/goods", nil).wantProblem(401, "signed_out", "")
}

// TestHeaders: what a browser is told with each kind of answer.
func TestHeaders(t *testing.T) {
	h := open(t)
	paid := "/v1/payments/" + h.paid(100)
	shown := "/v1/payments/" + h.mine().do("POST", "/v1/payments", show("wechat", 100)).want(200).get("id")
	for path, policy := range map[string]string{
		"/": "script-src 'self'", "/till": "script-src 'self'", "/screen": "script-src 'self'", "/assets/till.js": "script-src 'self'",
		"/healthz": "default-src 'none'", "/metrics": "default-src 'none'", "/nothing": "default-src 'none'", "/v1/docs": "default-src 'none'",
		"/v1/payments": "default-src 'none'", "/v1/payments/none": "default-src 'none'", "/v1/tills": "default-src 'none'",
		paid + "/receipt": "style-src 'unsafe-inline'", paid + "/receipt?format=png": "default-src 'none'", shown + "/code.svg": "default-src 'none'",
	} {
		a := h.mine().do("GET", path, nil)
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "SAMEORIGIN",
			"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"Permissions-Policy": "camera=(self)", "Content-Security-Policy": policy} {
			got := a.header.Values(name)
			if len(got) != 1 || !strings.Contains(got[0], want) {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		csp := a.header.Get("Content-Security-Policy")
		if path == "/till" { // the printers of its own machine: guitai device
			csp = strings.Replace(csp, " http://127.0.0.1:*", "", 1)
		}
		if strings.Contains(csp, "script-src 'unsafe") || strings.Contains(csp, "http") || !strings.Contains(csp, "frame-ancestors") {
			t.Errorf("%s: the policy is %q", path, csp)
		}
		if len(a.header.Get("X-Request-Id")) < 10 || a.header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: %v", path, a.header)
		}
		if cc := a.header.Get("Cache-Control"); cc != "no-store" && (cc != "no-cache" || a.header.Get("ETag") == "") {
			t.Errorf("%s: Cache-Control is %q", path, cc)
		}
	}
}

// TestOverTLS: cookies are marked, and the browser is told to stay with TLS.
func TestOverTLS(t *testing.T) {
	h := open(t, staffed, atDoor(func(s *web.Server) { s.Secure = web.TLS }))
	a := h.as("").do("POST", "/v1/sessions", map[string]string{"till": string(h.tills[0].ID), "number": "101", "pin": cashierPIN}).want(200)
	if !strings.Contains(a.header.Get("Set-Cookie"), "; Secure") || a.header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%v", a.header)
	}
}

// TestAstray: every path that is not there, and every method that a path does
// not take, is told as a problem.
func TestAstray(t *testing.T) {
	h := open(t)
	for _, path := range []string{"/nothing", "/v1", "/v1/", "/v1/nothing", "/v1/payments/", "/v1//payments", "/v1/./payments", "/till/",
		"/assets/", "/assets/none.js", "/assets/odd.exe", "/assets/../till", "/notify", "/notify/wechat", "/office", "/v1/docs",
		"/.git/config", "/%2e%2e/etc/passwd", "/v1/payments/a/b/c", "/links/x"} {
		a := h.mine().do("GET", path, nil).wantProblem(404, "page_not_found", "")
		if strings.Contains(a.body, "nothing") {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	for path, allow := range map[string]string{"/v1/payments": "GET, HEAD, POST", "/v1/session": "GET, HEAD, DELETE", "/till": "GET, HEAD",
		"/v1/payments/x/void": "POST", "/notify/wechat/x": "POST", "/healthz": "GET, HEAD", "/v1/events": "GET, HEAD"} {
		for _, method := range []string{"PUT", "PATCH", "OPTIONS", "TRACE", "BREW"} {
			a := h.mine().do(method, path, nil).wantProblem(405, "method_not_allowed", "")
			if got := a.header.Get("Allow"); got != allow {
				t.Errorf("%s %s: Allow is %q", method, path, got)
			}
		}
	}
	h.mine().do("DELETE", "/v1/payments", nil).wantProblem(405, "method_not_allowed", "")
	h.as("").do("GET", "/notify/wechat/"+string(account("wechat")), nil).wantProblem(405, "method_not_allowed", "")
}

// TestPagesAndAssets: with their types and tags.
func TestPagesAndAssets(t *testing.T) {
	h := open(t, atDoor(func(s *web.Server) { s.Links = []web.Link{{Name: "sandbox", URL: "http://127.0.0.1:8090"}} }))
	for path, want := range map[string][2]string{"/": {"text/html; charset=utf-8", "<p>home"}, "/till": {"text/html; charset=utf-8", "<p>till"},
		"/screen": {"text/html; charset=utf-8", "<p>screen"}, "/assets/till.js": {"text/javascript; charset=utf-8", "export {}"}} {
		a := h.as("").do("GET", path, nil).want(200)
		if a.header.Get("Content-Type") != want[0] || a.body != want[1] {
			t.Errorf("%s: %s %q", path, a.header.Get("Content-Type"), a.body)
		}
		again := h.as("").with("If-None-Match", a.header.Get("ETag")).do("GET", path, nil)
		if again.code != http.StatusNotModified || again.body != "" {
			t.Errorf("%s again: %d", path, again.code)
		}
	}
	if a := h.as("").do("GET", "/links", nil).want(200); len(a.items()) != 1 || a.items()[0].get("name") != "sandbox" {
		t.Errorf("links: %s", a.body)
	}
	health := h.as("").do("GET", "/healthz", nil).want(200)
	if health.get("state") != "ok" || health.get("store") != "ok" || health.get("version") != "0.0.test" {
		t.Errorf("%s", health.body)
	}
}

// TestMetrics: requests by route, payments by state, and what the store counts.
func TestMetrics(t *testing.T) {
	h := open(t)
	secret := h.paid(100)
	h.mine().do("GET", "/v1/payments/"+secret, nil).want(200)
	a := h.as("").do("GET", "/metrics", nil).want(200)
	for _, line := range []string{`guitai_payment_seconds_count{kind="scan",state="paid",wallet="wechat"} 1`,
		`guitai_request_seconds_count{code="200",route="GET /v1/payments/{id}"} 1`, "guitai_store_commits_total ", "go_goroutines "} {
		if !strings.Contains(a.body, line) {
			t.Errorf("no %q", line)
		}
	}
	if strings.Contains(a.body, secret) {
		t.Error("the page names a payment")
	}
}

// bomb is a UI that panics.
type bomb struct{}

func (bomb) Open(string) (fs.File, error) { panic("canary: the disk is on fire") }

// TestPanic: a handler that panics is our fault, and the server goes on.
func TestPanic(t *testing.T) {
	h := open(t, atDoor(func(s *web.Server) { s.UI = bomb{} }))
	a := h.as("").do("GET", "/till", nil).wantProblem(500, "internal", "")
	if strings.Contains(a.body, "canary") || a.get("money_moved") != "maybe" {
		t.Errorf("%s", a.body)
	}
	if log := h.log.String(); !strings.Contains(log, a.get("request_id")) || !strings.Contains(log, "guard.go") {
		t.Errorf("the log does not help: %s", log)
	}
	h.mine().do("GET", "/v1/payments", nil).want(200)
}

// TestServeWithoutCertificate: a certificate that is not there is told at once.
func TestServeWithoutCertificate(t *testing.T) {
	h := open(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &web.Server{Pay: h.pay, Office: h.office, Now: h.now, Log: h.door.Log, UI: h.door.UI}
	err = s.Serve(t.Context(), l, &tls.Config{MinVersion: tls.VersionTLS12}, time.Second)
	if err == nil {
		t.Error("it served without one")
	}
}

// TestStopping: a server that is to stop says so.
func TestStopping(t *testing.T) {
	h := open(t)
	h.door.Stop()
	h.door.Stop()
	a := h.as("").do("GET", "/healthz", nil).wantProblem(503, "stopping", "")
	if a.header.Get("Retry-After") == "" {
		t.Error("it does not say when to come back")
	}
	h.mine().do("GET", "/v1/events", nil).wantProblem(503, "stopping", "")
}
