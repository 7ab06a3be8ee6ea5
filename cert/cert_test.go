package cert_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai/cert"
)

// clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// shake does a real handshake and returns the certificate that was shown.
func shake(t *testing.T, get func(*tls.ClientHelloInfo) (*tls.Certificate, error), client *tls.Config) (*x509.Certificate, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var done sync.WaitGroup
	done.Go(func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		s := tls.Server(c, &tls.Config{GetCertificate: get, MinVersion: tls.VersionTLS12})
		if s.Handshake() == nil {
			_, _ = io.Copy(io.Discard, s) // until the other side hangs up
		}
	})
	defer done.Wait()
	raw, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	c := tls.Client(raw, client)
	if err := c.Handshake(); err != nil {
		return nil, err
	}
	return c.ConnectionState().PeerCertificates[0], nil
}

func trusting(t *testing.T, root []byte, c *clock, name string) *tls.Config {
	t.Helper()
	ca, err := x509.ParseCertificate(root)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	return &tls.Config{RootCAs: pool, ServerName: name, Time: c.now}
}

// TestAuthority: handshakes by name and address, renewal by itself, the same
// root after a restart, keys that nobody else can read.
func TestAuthority(t *testing.T) {
	c := &clock{at: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	dir := filepath.Join(t.TempDir(), "authority")
	hosts := []string{"till.lan", "192.168.1.10", "shop.example.cn", "fd00::1"}
	a, err := cert.OpenAuthority(dir, hosts, c.now)
	if err != nil {
		t.Fatal(err)
	}
	var first *x509.Certificate
	for _, name := range hosts {
		got, err := shake(t, a.GetCertificate, trusting(t, a.Root(), c, name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		first = got
	}
	if _, err := shake(t, a.GetCertificate, trusting(t, a.Root(), c, "other.lan")); err == nil {
		t.Error("another name is taken")
	}
	if _, err := shake(t, a.GetCertificate, &tls.Config{ServerName: "till.lan", RootCAs: x509.NewCertPool()}); err == nil {
		t.Error("a device that does not trust it takes it")
	}
	if life := first.NotAfter.Sub(first.NotBefore); life > 397*24*time.Hour || first.PublicKeyAlgorithm != x509.ECDSA {
		t.Errorf("the leaf lives %v", life)
	}
	for name, mode := range map[string]os.FileMode{"authority.key": 0o600, "authority.pem": 0o644} {
		at, err := os.Stat(filepath.Join(dir, name))
		if err != nil || at.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", name, at.Mode(), err)
		}
	}
	c.pass(100 * 24 * time.Hour)
	if same, err := shake(t, a.GetCertificate, trusting(t, a.Root(), c, "till.lan")); err != nil || !same.Equal(first) {
		t.Errorf("renewed too early: %v", err)
	}
	c.pass(40 * 24 * time.Hour)
	if next, err := shake(t, a.GetCertificate, trusting(t, a.Root(), c, "till.lan")); err != nil || next.Equal(first) {
		t.Errorf("not renewed: %v", err)
	}
	again, err := cert.OpenAuthority(dir, hosts[:2], c.now)
	if err != nil || again.Fingerprint() != a.Fingerprint() || len(a.Fingerprint()) != 95 {
		t.Fatalf("%v %s", err, a.Fingerprint())
	}
}

// TestAuthorityIsConstrained: nobody who steals its key can show another site.
func TestAuthorityIsConstrained(t *testing.T) {
	c := &clock{at: time.Now()}
	dir := t.TempDir()
	if _, err := cert.OpenAuthority(dir, []string{"till.lan"}, c.now); err != nil {
		t.Fatal(err)
	}
	for _, h := range []string{"www.example.com", "8.8.8.8"} {
		if _, err := cert.OpenAuthority(dir, []string{h}, c.now); err == nil || !strings.Contains(err.Error(), "move it away") {
			t.Errorf("%s: %v", h, err)
		}
	}
	for _, bad := range []string{"", "a b", "https://x", "*.lan", "a:1"} {
		if _, err := cert.OpenAuthority(t.TempDir(), []string{bad}, c.now); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	c.pass(10 * 365 * 24 * time.Hour)
	if _, err := cert.OpenAuthority(dir, []string{"till.lan"}, c.now); err == nil {
		t.Error("an authority at its end is used")
	}
}

// TestFiles: changed files are taken without a restart, broken ones are not.
func TestFiles(t *testing.T) {
	c := &clock{at: time.Now()}
	dir := t.TempDir()
	put := func(host string) []byte {
		a, err := cert.OpenAuthority(t.TempDir(), []string{host}, c.now)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := a.GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		key, err := x509.MarshalPKCS8PrivateKey(leaf.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		err = errors.Join(os.WriteFile(filepath.Join(dir, "c.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Certificate[0]}), 0o600),
			os.WriteFile(filepath.Join(dir, "k.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
		stamp := c.now().Add(time.Minute)
		if err := errors.Join(err, os.Chtimes(filepath.Join(dir, "c.pem"), stamp, stamp)); err != nil {
			t.Fatal(err)
		}
		return a.Root()
	}
	failed := 0
	f := &cert.Files{Cert: filepath.Join(dir, "c.pem"), Key: filepath.Join(dir, "k.pem"), Now: c.now, Failed: func(error) { failed++ }}
	if err := f.Open(); err == nil {
		t.Error("no files are taken")
	}
	one := put("one.lan")
	if err := f.Open(); err != nil {
		t.Error(err)
	}
	c.pass(time.Minute)
	if _, err := shake(t, f.GetCertificate, trusting(t, one, c, "one.lan")); err != nil {
		t.Fatal(err)
	}
	two := put("two.lan")
	c.pass(time.Minute)
	if _, err := shake(t, f.GetCertificate, trusting(t, two, c, "two.lan")); err != nil {
		t.Errorf("the new one is not shown: %v", err)
	}
	if err := os.WriteFile(f.Key, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.pass(time.Minute)
	if _, err := shake(t, f.GetCertificate, trusting(t, two, c, "two.lan")); err != nil || failed != 1 {
		t.Errorf("the old one does not stay: %v, %d", err, failed)
	}
}
