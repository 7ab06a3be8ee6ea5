package unionpay

import (
	"crypto/rsa"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestSigner(t *testing.T) {
	h := testHouse()
	c := open(t, options("https://gateway.95516.com"))
	key := func(cert *x509.Certificate, now time.Time) (*rsa.PublicKey, error) {
		return c.seal.trust.signer(string(certPEM(cert)), now)
	}
	for range 2 { // from the message, then from memory
		if got, err := key(h.own, noon()); err != nil || !got.Equal(h.keys[2].Public()) {
			t.Fatalf("UnionPay's own: %v", err)
		}
	}
	for name, cert := range map[string]*x509.Certificate{
		"a merchant's":         h.merchant,
		"the middle":           h.middle,
		"by a merchant":        issue(certOf(testName, 5), h.merchant, h.keys[2], h.keys[3]),
		"by itself":            issue(certOf(testName, 6), nil, h.keys[2], h.keys[2]),
		"by the middle's name": issue(certOf(testName, 7), certOf("OCA1", 2), h.keys[2], h.keys[2]),
		"name in the wrong place": issue(certOf("041@中国银联股份有限公司@某某商户@1", 8), h.middle,
			h.keys[2], h.keys[1]),
		"name longer": issue(certOf("041@1@中国银联股份有限公司(上海)@1", 9), h.middle, h.keys[2], h.keys[1]),
	} {
		if _, err := key(cert, noon()); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	for name, now := range map[string]time.Time{"too early": noon().AddDate(-2, 0, 0), "too late": noon().AddDate(2, 0, 0)} {
		if _, err := key(h.own, now); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	for _, text := range []string{"", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", string(make([]byte, maxCertText+1))} {
		if _, err := c.seal.trust.signer(text, noon()); err == nil {
			t.Errorf("%.20q was taken", text)
		}
	}
	for i := range 3 * maxCerts {
		if _, err := key(issue(certOf(testName, int64(100+i)), h.middle, h.keys[2], h.keys[1]), noon()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(c.seal.trust.known); n > maxCerts {
		t.Errorf("%d certificates are remembered", n)
	}
}

func TestSignerName(t *testing.T) {
	h := testHouse()
	o := options("https://gateway.95516.com")
	o.SignerName = "00040000:SIGN"
	c := open(t, o)
	test := issue(certOf("041@Z2017-11-1@00040000:SIGN@00000001", 10), h.middle, h.keys[2], h.keys[1])
	if _, err := c.seal.trust.signer(string(certPEM(test)), noon()); err != nil {
		t.Errorf("the test environment's: %v", err)
	}
	if _, err := c.seal.trust.signer(string(certPEM(h.own)), noon()); err == nil {
		t.Error("another name was taken")
	}
}

// UnionPay's certificates were long signed with SHA-1, which Go refuses and
// openssl still makes.
func TestSHA1(t *testing.T) {
	h := testHouse()
	dir := t.TempDir()
	in := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	conf := in("req.conf", []byte("[req]\nprompt=no\nutf8=yes\ndistinguished_name=dn\n[dn]\nCN="+testName+"\n"))
	key := in("key.pem", keyPEM(h.keys[2]))
	csr, out := filepath.Join(dir, "csr.pem"), filepath.Join(dir, "cert.pem")
	if said, err := openssl(t, "req", "-new", "-utf8", "-config", conf, "-key", key, "-out", csr); err != nil {
		t.Fatal(said)
	}
	for _, by := range []struct {
		key  *rsa.PrivateKey
		want bool
	}{{h.keys[1], true}, {h.keys[3], false}} {
		// A certificate of the middle's name; with the wrong key it is a forgery.
		ca := issue(certOf("OCA1", 2), nil, by.key, by.key)
		said, err := openssl(t, "x509", "-req", "-sha1", "-days", "1", "-in", csr, "-CA", in("ca.pem", certPEM(ca)),
			"-CAkey", in("ca.key", keyPEM(by.key)), "-set_serial", "11", "-out", out)
		if err != nil {
			t.Fatal(said)
		}
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		leaf := certificates(text)[0]
		if leaf.SignatureAlgorithm != x509.SHA1WithRSA {
			t.Fatalf("openssl made %v", leaf.SignatureAlgorithm)
		}
		if got := vouches(h.middle, leaf); got != by.want {
			t.Errorf("vouches = %t, want %t", got, by.want)
		}
	}
}
