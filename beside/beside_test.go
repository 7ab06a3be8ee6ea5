package beside_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/beside"
	"guitai/sandbox/thermal"
)

const page = "https://till.lan"

// bench is the program with a printer of the street.
type bench struct {
	t       *testing.T
	s       *beside.Server
	url     string
	printer *thermal.Printer
	state   string
	token   string
}

func open(t *testing.T) *bench {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, printer: thermal.Start(l, time.Now), state: filepath.Join(t.TempDir(), "token")}
	t.Cleanup(func() {
		if err := b.printer.Close(); err != nil {
			t.Error(err)
		}
	})
	b.start()
	return b
}

func (b *bench) start() {
	s, err := beside.New(beside.Options{Origins: []string{page}, Printers: []beside.Printer{{Name: "front", Address: b.printer.Addr()}, {Name: "gone", Address: "127.0.0.1:1"}},
		State: b.state, Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler), Timeout: 300 * time.Millisecond})
	if err != nil {
		b.t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	b.t.Cleanup(server.Close)
	b.s, b.url = s, server.URL
}

// do makes one call as the till's page.
func (b *bench) do(method, path string, body any, change ...func(*http.Request)) (int, map[string]any, http.Header) {
	b.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequest(method, b.url+path, bytes.NewReader(text))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Origin", page)
	r.Header.Set("Authorization", "Bearer "+b.token)
	for _, c := range change {
		c(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	out := map[string]any{}
	raw, err := io.ReadAll(resp.Body)
	if err == nil && len(raw) > 0 {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		b.t.Fatalf("%s: %v", raw, err)
	}
	return resp.StatusCode, out, resp.Header
}

func (b *bench) pair() {
	b.t.Helper()
	code, out, _ := b.do("POST", "/v1/pair", map[string]string{"code": b.s.Code()})
	if code != 200 {
		b.t.Fatal(code, out)
	}
	b.token = out["token"].(string)
}

func slip(id string) map[string]string {
	return map[string]string{"id": id, "printer": "front", "data": base64.StdEncoding.EncodeToString([]byte("hello\n\x1dVA\x00"))}
}

// TestPairAndPrint: the whole way, once for each job, also after a restart.
func TestPairAndPrint(t *testing.T) {
	b := open(t)
	if code, _, _ := b.do("POST", "/v1/print", slip("1")); code != 401 {
		t.Errorf("printed without a pairing: %d", code)
	}
	b.pair()
	for range 2 {
		if code, out, _ := b.do("POST", "/v1/print", slip("1")); code != 200 || out["state"] != "printed" {
			t.Errorf("%d %v", code, out)
		}
	}
	if v := b.printer.View(0); len(v.Slips) != 1 {
		t.Errorf("%d slips", len(v.Slips))
	}
	if code, _, _ := b.do("POST", "/v1/drawer", map[string]string{"printer": "front"}); code != 200 || b.printer.View(0).Drawer != thermal.DrawerOpen {
		t.Errorf("the drawer is shut: %d", code)
	}
	_, out, _ := b.do("GET", "/v1/printers", nil)
	if got := fmt.Sprint(out["items"]); !strings.Contains(got, "name:front state:ready") || !strings.Contains(got, "name:gone state:gone") {
		t.Error(got)
	}
	kept, err := os.ReadFile(b.state)
	at, err2 := os.Stat(b.state)
	if err != nil || err2 != nil || strings.Contains(string(kept), b.token) || at.Mode().Perm() != 0o600 {
		t.Errorf("the token is kept readable: %v %v", err, err2)
	}
	b.start()
	if code, out, _ := b.do("POST", "/v1/print", slip("2")); code != 200 {
		t.Errorf("after a restart: %d %v", code, out)
	}
}

// TestFailures: what the printer is, is told; a doubt is no refusal.
func TestFailures(t *testing.T) {
	b := open(t)
	b.pair()
	set := func(c thermal.Change) {
		t.Helper()
		if err := b.printer.Set(c); err != nil {
			t.Fatal(err)
		}
	}
	set(thermal.Change{Paper: thermal.PaperOut})
	if code, out, _ := b.do("POST", "/v1/print", slip("1")); code != 503 || out["code"] != "printer_paper_out" || out["kind"] != "unavailable" {
		t.Errorf("%d %v", code, out)
	}
	set(thermal.Change{Paper: "ok", Power: thermal.PowerOff, AfterBytes: 3})
	set(thermal.Change{Paper: "ok"})
	set(thermal.Change{Power: thermal.PowerOff, AfterBytes: 3})
	if code, out, _ := b.do("POST", "/v1/print", slip("2")); code != 503 || out["code"] != "printer_maybe" || out["kind"] != "unknown" {
		t.Errorf("%d %v", code, out)
	}
	for name, in := range map[string]any{"nobody": map[string]string{"id": "3", "printer": "nobody", "data": "aGk="}, "a bad name": slip("a b"), "no data": map[string]string{"id": "4", "printer": "front"}, "too much": map[string]string{"id": "5", "data": strings.Repeat("A", 3<<20)}} {
		if code, out, _ := b.do("POST", "/v1/print", in); code < 400 {
			t.Errorf("%s: %d %v", name, code, out)
		}
	}
}

// TestDoor: another page, another name, another origin, guesses.
func TestDoor(t *testing.T) {
	b := open(t)
	for name, change := range map[string]func(*http.Request){
		"another page": func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"no origin":    func(r *http.Request) { r.Header.Del("Origin") },
		"null":         func(r *http.Request) { r.Header.Set("Origin", "null") },
		"bound name":   func(r *http.Request) { r.Host = "evil.example" },
	} {
		code, _, h := b.do("GET", "/v1/hello", nil, change)
		if code != 403 || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d %v", name, code, h)
		}
	}
	code, _, h := b.do("OPTIONS", "/v1/print", nil, func(r *http.Request) { r.Header.Set("Access-Control-Request-Private-Network", "true") })
	if code != 204 || h.Get("Access-Control-Allow-Private-Network") != "true" || h.Get("Access-Control-Allow-Origin") != page {
		t.Errorf("%d %v", code, h)
	}
	first := b.s.Code()
	for range 5 {
		if code, _, _ := b.do("POST", "/v1/pair", map[string]string{"code": "0"}); code != 403 {
			t.Errorf("%d", code)
		}
	}
	if b.s.Code() == first {
		t.Error("a code can be guessed at for ever")
	}
	if code, _, _ := b.do("POST", "/v1/pair", map[string]string{"code": first}); code != 403 {
		t.Error("the old code still pairs")
	}
	for _, bad := range [][]string{nil, {"till.lan"}, {"https://till.lan/till"}} {
		if _, err := beside.New(beside.Options{Origins: bad, State: b.state, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)}); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}
