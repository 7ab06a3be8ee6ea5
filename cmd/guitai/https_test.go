package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// freeAddr is an address on this machine that nobody listens at.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestServeByItsOwnAuthority: a device that knows nothing reaches the trust page
// over plain HTTP, takes the certificate from it, and from then on speaks HTTPS.
func TestServeByItsOwnAuthority(t *testing.T) {
	dir := t.TempDir()
	listen, plain := freeAddr(t), freeAddr(t)
	text, err := json.Marshal(map[string]any{"listen": listen, "dsn": "sqlite:" + filepath.Join(dir, "guitai.db"), "secret_file": "secret", "accounts": []any{},
		"tls": map[string]any{"local": map[string]any{"hosts": []string{"127.0.0.1", "till.lan"}}, "http_listen": plain}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "guitai.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() {
		if err := (serveCmd{Config: file}).Run(&outside{ctx: ctx, now: time.Now, log: slog.New(slog.DiscardHandler)}); err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	defer work.Wait()
	defer stop()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page := ""
	for range 200 {
		if page = fetch(client, "http://"+plain+"/trust?lang=en"); page != "" {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if !strings.Contains(page, "Trust this shop") || !strings.Contains(page, "http://"+plain+"/trust") || !strings.Contains(page, "iPad") {
		t.Fatalf("%s", page)
	}
	root, err := x509.ParseCertificate([]byte(fetch(client, "http://"+plain+"/trust/guitai.crt")))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Get("http://" + plain + "/till?x=1")
	if err != nil || resp.StatusCode != http.StatusPermanentRedirect || resp.Header.Get("Location") != "https://"+listen+"/till?x=1" {
		t.Fatalf("%v %v", resp, err)
	}
	resp.Body.Close()
	if resp, err := client.Post("http://"+plain+"/v1/sessions", "application/json", strings.NewReader(`{"pin":"258036"}`)); err != nil || resp.StatusCode < 400 {
		t.Errorf("a PIN over plain HTTP: %v %v", resp, err)
	} else {
		resp.Body.Close()
	}
	if _, err := client.Get("https://" + listen + "/healthz"); err == nil {
		t.Error("a device that does not trust the shop takes its certificate")
	}
	pool := x509.NewCertPool()
	pool.AddCert(root)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	safe, err := (&http.Client{Transport: transport}).Get("https://" + listen + "/healthz")
	if err != nil || safe.StatusCode != 200 || safe.ProtoMajor != 2 || safe.Header.Get("Strict-Transport-Security") == "" {
		t.Fatalf("%+v %v", safe, err)
	}
	safe.Body.Close()
	if at, err := os.Stat(filepath.Join(dir, "authority", "authority.key")); err != nil || at.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", at, err)
	}
}

func fetch(c *http.Client, url string) string {
	resp, err := c.Get(url)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return ""
	}
	return string(b)
}

// TestTLSConfig: exactly one way, and each with what it needs.
func TestTLSConfig(t *testing.T) {
	out := &outside{ctx: t.Context(), now: time.Now, log: slog.New(slog.DiscardHandler)}
	local := &localConfig{Hosts: []string{"till.lan"}}
	for name, c := range map[string]struct {
		t    *tlsConfig
		good bool
	}{
		"none":                {&tlsConfig{}, false},
		"two":                 {&tlsConfig{Certificate: "a", Local: local}, false},
		"local":               {&tlsConfig{Local: local}, true},
		"local of nobody":     {&tlsConfig{Local: &localConfig{}}, false},
		"missing files":       {&tlsConfig{Certificate: "a.pem", Key: "b.pem"}, false},
		"acme":                {&tlsConfig{ACME: &acmeConfig{Hosts: []string{"shop.example.cn"}, Accept: true}}, true},
		"acme of an address":  {&tlsConfig{ACME: &acmeConfig{Hosts: []string{"10.0.0.1"}, Accept: true}}, false},
		"acme without terms":  {&tlsConfig{ACME: &acmeConfig{Hosts: []string{"shop.example.cn"}}}, false},
		"acme by plain http":  {&tlsConfig{ACME: &acmeConfig{Hosts: []string{"shop.example.cn"}, Accept: true, Directory: "http://x"}}, false},
		"acme somewhere else": {&tlsConfig{ACME: &acmeConfig{Hosts: []string{"shop.example.cn"}, Accept: true, Directory: "https://ca.example.cn/directory"}}, true},
	} {
		s, err := config{Listen: "127.0.0.1:8443", TLS: c.t, dir: t.TempDir()}.secured(out)
		if (err == nil) != c.good || c.good && s.tls.GetCertificate == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// autocert asks nobody for a name that was not configured.
	s, err := config{TLS: &tlsConfig{ACME: &acmeConfig{Hosts: []string{"shop.example.cn"}, Accept: true, Directory: "https://127.0.0.1:1/"}}, dir: t.TempDir()}.secured(out)
	if err != nil || s.challenges == nil {
		t.Fatal(err)
	}
	if _, err := s.tls.GetCertificate(&tls.ClientHelloInfo{ServerName: "other.example.cn"}); err == nil || !strings.Contains(err.Error(), "not configured") {
		t.Errorf("%v", err)
	}
}
