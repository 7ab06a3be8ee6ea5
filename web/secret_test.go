package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guitai"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// TestSecretsStayInside: payment codes, PINs, keys and session tokens are in no
// answer, no log line and no file of the database (RELIABILITY R14).
func TestSecretsStayInside(t *testing.T) {
	dir := t.TempDir()
	h := open(t, staffed, on("sqlite:"+filepath.Join(dir, "guitai.db")))
	secrets := map[string]string{"key": h.key, "other key": h.otherKey, "cashier's PIN": cashierPIN, "manager's PIN": managerPIN,
		"wrong PIN": "864209", "malformed code": "1399999999999999x9", "foreign code": "990123456789012345"}
	var said strings.Builder
	keep := func(a answer) answer {
		a.header.Del("Set-Cookie") // the one place where a token belongs
		fmt.Fprintln(&said, a.header, a.body)
		return a
	}
	person := h.person("101", cashierPIN)
	_, secrets["token"], _ = strings.Cut(person.header.Get("Cookie"), "=")
	keep(h.try("201", secrets["wrong PIN"]))
	keep(h.as("").do("POST", "/v1/sessions", map[string]any{"till": "x", "number": "101", "pin": managerPIN, "PIN": managerPIN}))
	for _, w := range []guitai.Wallet{guitai.WeChat, guitai.Alipay} {
		for i, how := range []book.Behaviour{book.Normal, book.Poor, book.PasswordOK, book.Expired, book.Normal} {
			if i == 4 {
				h.fault(w, map[guitai.Wallet]string{guitai.WeChat: "micropay", guitai.Alipay: "pay"}[w], fault.HTTP500After)
			}
			code := h.payerCode(w, how)
			secrets[fmt.Sprintf("code %d of %s", i, w)] = code
			a := keep(person.do("POST", "/v1/payments", scan(code, 100)).want(200))
			for _, path := range []string{"", "/timeline", "/receipt?format=text", "/refunds"} {
				keep(person.do("GET", "/v1/payments/"+a.get("id")+path, nil))
			}
			keep(person.do("POST", "/v1/payments", scan(code, 101).but("id", a.get("id"))).wantProblem(409, "id_taken", ""))
			keep(person.do("POST", "/v1/payments", scan(code, 100).but("wallet", "unionpay")))
			keep(person.do("POST", "/v1/payments", scan(code, 100).but(code, code)))
			keep(person.do("GET", "/v1/payments/"+code, nil))
			keep(person.do("POST", "/v1/payments/"+code+"/void", nil))
		}
	}
	keep(h.mine().do("POST", "/v1/payments", scan(secrets["malformed code"], 100)))
	keep(h.mine().do("POST", "/v1/payments", scan(secrets["foreign code"], 100)))
	keep(h.as(h.key+"x").do("GET", "/v1/payments", nil))
	keep(h.mine().do("GET", "/v1/payments", nil).want(200))
	keep(h.as("").do("GET", "/metrics", nil))
	h.close()
	var stored strings.Builder
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		stored.Write(b)
	}
	for name, secret := range secrets {
		if len(secret) < 6 {
			t.Fatalf("the %s is %q", name, secret)
		}
		for where, text := range map[string]string{"the answers": said.String(), "the log": h.log.String(), "the database": stored.String()} {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("the %s is in %s: …%s…", name, where, text[max(0, i-200):min(len(text), i+50)])
			}
		}
	}
}

// TestCanaries: a wrong value in any field comes back in no problem.
func TestCanaries(t *testing.T) {
	h := open(t, staffed)
	paid := "/v1/payments/" + h.paid(100)
	const canary = "canary/7f3a"
	for _, path := range []string{"/v1/payments", paid + "/refunds", paid + "/void", paid + "/print", "/v1/sessions"} {
		for _, field := range []string{"id", "kind", "auth_code", "wallet", "shop", "till", "sale", "tender", "description", "expires_in", "metadata",
			"reason", "amount", "number", "pin", "copy", "refund", canary} {
			for _, value := range []any{canary, canary + "\n", []string{canary}, map[string]string{canary: canary}, 7, nil, strings.Repeat(canary, 60)} {
				body := order{"amount": money(100), "kind": "swap", "pin": "000000", "number": "1", "till": "x"}.but(field, value)
				if path != "/v1/payments" && path != "/v1/sessions" {
					delete(body, "kind")
				}
				a := h.mine().do("POST", path, body)
				if strings.Contains(a.body, "canary") {
					t.Errorf("%s with %s %v: %s", path, field, value, a.body)
				}
				if a.code == 500 || a.code == 503 && !strings.Contains(path, "print") {
					t.Errorf("%s with %s %v: %s", path, field, value, a.body)
				}
			}
		}
	}
	for _, name := range []string{"created_from", "created_to", "state", "till", "limit", "cursor", "format", "width", "lang", "refund", "after"} {
		for _, path := range []string{"/v1/payments", paid + "/receipt", "/v1/events"} {
			if path == "/v1/events" && name != "after" {
				continue
			}
			if a := h.mine().do("GET", path+"?"+name+"=canary%2F7f3a", nil); strings.Contains(a.body, "canary") {
				t.Errorf("%s?%s: %s", path, name, a.body)
			}
		}
	}
	for _, name := range []string{"Idempotency-Key", "Accept-Language", "Accept", "Cookie", "X-Guitai", "Last-Event-ID"} {
		if a := h.mine().with(name, canary).do("POST", "/v1/payments", show("purse", 1)); strings.Contains(a.body, "canary") {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	if strings.Contains(h.log.String(), "canary") {
		t.Error("the log tells what was sent")
	}
}
