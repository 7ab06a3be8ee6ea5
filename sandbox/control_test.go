package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// open is a street on free ports, with the keys that TestMain made.
func open(t *testing.T) *Street {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(os.TempDir(), fmt.Sprintf("sandbox-keys-%d", os.Getpid())))); err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{Dir: dir, Addr: "127.0.0.1:0", Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestControl goes through what the control refuses; what it does is shown by
// the tests of the providers.
func TestControl(t *testing.T) {
	s := open(t)
	h := s.routes()
	call := func(method, path, body string, headers ...string) (int, string) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Host = "127.0.0.1:8090"
		for i := 0; i < len(headers); i += 2 {
			if headers[i] == "Host" {
				r.Host = headers[i+1]
			} else {
				r.Header.Set(headers[i], headers[i+1])
			}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var p problem
		_ = json.Unmarshal(w.Body.Bytes(), &p) // other answers have no code
		return w.Code, p.Code
	}
	for _, c := range []struct {
		method, path, body string
		http               int
		code               string
	}{
		{"POST", "/control/pay", `{"code":"weixin://nobody"}`, 404, "code_unknown"},
		{"POST", "/control/pay", `{"code":"x","colour":"red"}`, 400, "bad_json"},
		{"POST", "/control/pay", `{"code":"x"}{}`, 400, "bad_json"},
		{"POST", "/control/pay", `{"code":"` + strings.Repeat("x", 70_000) + `"}`, 400, "bad_json"},
		{"POST", "/control/pay", `{"code":"x","behaviour":"angry"}`, 400, "bad_behaviour"},
		{"POST", "/control/payer-code", `{"wallet":"piggy"}`, 400, "bad_wallet"},
		{"POST", "/control/payer-code", `{"wallet":"wechat","payer":"nobody"}`, 404, "payer_unknown"},
		{"POST", "/control/payer-code", `{"wallet":"wechat","balance":-1}`, 400, "bad_balance"},
		{"POST", "/control/payer-code", `{"wallet":"wechat","balance":1.5}`, 400, "bad_json"},
		{"POST", "/control/payer-act", `{"code":"x","act":"cancel"}`, 409, "not_waiting"},
		{"POST", "/control/payer-act", `{"act":"cancel"}`, 400, "bad_waiter"},
		{"POST", "/control/payer-act", `{"code":"x","act":"dance"}`, 400, "bad_act"},
		{"POST", "/control/faults", `{"kind":"gremlin","count":1}`, 400, "bad_fault"},
		{"POST", "/control/faults", `{"kind":"delay"}`, 400, "bad_fault"},
		{"POST", "/control/faults", `{"kind":"delay","count":1,"probability":0.5}`, 400, "bad_fault"},
		{"POST", "/control/faults", `{"kind":"delay","count":1,"op":"nativ"}`, 400, "bad_fault"},
		{"POST", "/control/faults", `{"kind":"delay","count":1,"provider":"piggy"}`, 400, "bad_fault"},
		{"POST", "/control/faults", `{"kind":"drop_notice","count":1,"op":"native"}`, 400, "bad_fault"},
	} {
		if status, code := call(c.method, c.path, c.body); status != c.http || code != c.code {
			t.Errorf("%s %.60s: %d %s, want %d %s", c.path, c.body, status, code, c.http, c.code)
		}
	}
	for _, c := range []struct {
		headers []string
		want    int
	}{
		{[]string{"Host", "shop.example"}, 403}, {[]string{"Host", "127.0.0.1.example:8090"}, 403},
		{[]string{"Origin", "http://shop.example"}, 403}, {[]string{"Origin", "null"}, 403},
		{[]string{"Host", "localhost:8090", "Origin", "http://127.0.0.1:8080"}, 200}, {[]string{"Host", "[::1]:8090"}, 200},
	} {
		if status, _ := call("GET", "/control/orders", "", c.headers...); status != c.want {
			t.Errorf("%v: %d, want %d", c.headers, status, c.want)
		}
	}
}

func TestANewPayerHasJustTheBalance(t *testing.T) {
	s := open(t)
	r := httptest.NewRequest("POST", "/control/payer-code", strings.NewReader(`{"wallet":"wechat","balance":99}`))
	r.Host = "localhost"
	w := httptest.NewRecorder()
	s.routes().ServeHTTP(w, r)
	var out struct{ Code, Payer string }
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || len(out.Code) != 18 {
		t.Fatal(w.Body, err)
	}
	p, err := s.Book().Payer(out.Payer)
	if err != nil || p.BalanceFen != 99 {
		t.Errorf("%+v %v", p, err)
	}
	if _, err := s.Book().Charge(book.Bill{Wallet: book.WeChat, OrderNo: "a", AmountFen: 100}, out.Code); err != book.BalanceShort {
		t.Errorf("100 of 99 fen: %v", err)
	}
}

// TestOpenAPI: each route, behaviour and fault stands in the document.
func TestOpenAPI(t *testing.T) {
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]any
		Components struct {
			Schemas map[string]struct {
				Enum       []string
				Properties map[string]struct{ Enum []string }
			}
		}
	}
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	s := open(t)
	routes := 0
	for _, r := range s.table() {
		if _, ok := doc.Paths[r.Path][strings.ToLower(r.Method)]; !ok {
			t.Errorf("%s %s is not documented", r.Method, r.Path)
		}
	}
	for _, methods := range doc.Paths {
		routes += len(methods)
	}
	if routes != len(s.table()) {
		t.Errorf("%d routes are documented, %d served", routes, len(s.table()))
	}
	var behaviours, kinds []string
	for _, b := range book.Behaviours() {
		behaviours = append(behaviours, string(b))
	}
	for _, k := range fault.Kinds() {
		kinds = append(kinds, string(k))
	}
	if got := doc.Components.Schemas["Behaviour"].Enum; strings.Join(got, " ") != strings.Join(behaviours, " ") {
		t.Errorf("behaviours: %v, want %v", got, behaviours)
	}
	if got := doc.Components.Schemas["Fault"].Properties["kind"].Enum; strings.Join(got, " ") != strings.Join(kinds, " ") {
		t.Errorf("kinds: %v, want %v", got, kinds)
	}
	for name, p := range s.providers {
		text := string(openAPI)
		for _, op := range p.Ops() {
			if !strings.Contains(text, op) {
				t.Errorf("op %s of %s is not documented", op, name)
			}
		}
	}
	for _, path := range []string{"/control/openapi.json"} {
		resp, err := http.Get(s.URL() + path)
		if err != nil || resp.StatusCode != 200 {
			t.Fatal(err, resp)
		}
		_ = resp.Body.Close()
	}
}

func TestCredentialsAreForTheOwnerOnlyAndStay(t *testing.T) {
	dir := t.TempDir()
	var first map[string]map[string]string
	for i := range 2 {
		s, err := Open(Options{Dir: dir, Addr: "127.0.0.1:0", Now: time.Now, Rand: rand.Reader})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "credentials.json")
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatal(info, err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var now map[string]map[string]string
		if err := json.Unmarshal(raw, &now); err != nil {
			t.Fatal(err)
		}
		if now["sandbox"]["url"] != s.URL() {
			t.Errorf("url %q, want %q", now["sandbox"]["url"], s.URL())
		}
		for name, value := range now["wechat"] {
			if value == "" {
				t.Errorf("wechat.%s is empty", name)
			}
			if i == 1 && !strings.HasSuffix(name, "base_url") && value != first["wechat"][name] {
				t.Errorf("wechat.%s changed over a restart", name)
			}
			if strings.HasSuffix(value, ".pem") {
				if info, err := os.Stat(filepath.Join(dir, value)); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: %v %v", value, info, err)
				}
			}
		}
		first = now
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, o := range map[string]Options{
		"all addresses": {Addr: ":0", Now: time.Now, Rand: rand.Reader},
		"another host":  {Addr: "192.0.2.1:0", Now: time.Now, Rand: rand.Reader},
		"no port":       {Addr: "127.0.0.1", Now: time.Now, Rand: rand.Reader},
		"no clock":      {Addr: "127.0.0.1:0", Rand: rand.Reader},
		"no randomness": {Addr: "127.0.0.1:0", Now: time.Now},
	} {
		o.Dir = t.TempDir()
		if s, err := Open(o); err == nil {
			t.Errorf("%s was accepted", name)
			_ = s.Close()
		}
	}
}
