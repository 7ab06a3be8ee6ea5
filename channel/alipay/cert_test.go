package alipay

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
)

// authority is a chain like Alipay's: one root certifies merchants and Alipay.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func issue(t testing.TB, by *authority, key crypto.Signer, subject pkix.Name, serial int64) *x509.Certificate {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: subject, NotBefore: noon().Add(-time.Hour), NotAfter: noon().Add(time.Hour),
		BasicConstraintsValid: true, IsCA: by == nil, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	if by == nil {
		by = &authority{c, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by.cert, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	c, err = x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func certPEM(certs ...*x509.Certificate) []byte {
	var all []byte
	for _, c := range certs {
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return all
}

func name(o string) pkix.Name {
	return pkix.Name{Country: []string{"CN"}, Organization: []string{o}, OrganizationalUnit: []string{"U"}, CommonName: o + " R1"}
}

var rootKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func TestCertSN(t *testing.T) {
	root := issue(t, nil, rootKey(), name("Ant"), 1234567890)
	// printf 'CN=Ant R1,OU=U,O=Ant,C=CN1234567890' | md5sum
	if sn := certSN(root); sn != "2268cf8fea3792c4e21c0e49593bcbf6" {
		t.Errorf("certSN = %s", sn)
	}
	odd, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other := issue(t, nil, odd, name("Odd"), 5)
	bundle := append([]byte("a comment\n"), certPEM(other, root)...)
	bundle = append(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("SM2, which Go does not read")})...)
	if got := certificates(append(bundle, certPEM(root)...)); len(got) != 2 || !got[0].Equal(root) {
		t.Errorf("%d certificates with RSA, want 2", len(got))
	}
}

// chamber is a certificate account and the gateway behind it.
type chamber struct {
	root    authority
	current *x509.Certificate // what answers are signed by
	serve   []*x509.Certificate
	opts    Options
	gate    *gateway
}

// newChamber: the channel knows an older certificate than the one that signs.
func newChamber(t testing.TB) *chamber {
	t.Helper()
	c := &chamber{root: authority{issue(t, nil, rootKey(), name("Ant"), 1), rootKey()}}
	former := issue(t, &c.root, rootKey(), name("Alipay"), 2)
	c.current = issue(t, &c.root, alipayKey(), name("Alipay"), 3)
	c.serve = []*x509.Certificate{c.current}
	c.gate = newGateway(t, func(method string) []byte {
		if method == "alipay.open.app.alipaycert.download" {
			return signed(t, method, `{"code":"10000","alipay_cert_content":"`+base64.StdEncoding.EncodeToString(certPEM(c.serve...))+`"}`)
		}
		body := signed(t, method, `{"code":"10003","out_trade_no":"`+no+`"}`)
		return []byte(strings.TrimSuffix(string(body), "}") + `,"alipay_cert_sn":"` + certSN(c.current) + `"}`)
	})
	c.opts = options(t, c.gate.URL)
	c.opts.AlipayPublicKey = nil
	c.opts.AppCert = certPEM(issue(t, &c.root, appKey(), name("Shop"), 4))
	c.opts.AlipayCert = certPEM(former)
	c.opts.AlipayRootCert = certPEM(c.root.cert)
	return c
}

func TestDownloadedCertificate(t *testing.T) {
	c := newChamber(t)
	ch := open(t, c.opts)
	if a := ch.Charge(t.Context(), aCharge()); a.Outcome != channel.Waiting || len(a.Messages) != 2 {
		t.Fatalf("%s with %+v", a.Outcome, a.Messages)
	}
	if a := ch.Charge(t.Context(), aCharge()); a.Outcome != channel.Waiting || c.gate.count() != 3 {
		t.Fatalf("%s after %d calls, want waiting after 3", a.Outcome, c.gate.count())
	}
	form := c.gate.last()
	if form.Get("app_cert_sn") == "" || form.Get("alipay_root_cert_sn") != certSN(c.root.cert) {
		t.Errorf("app_cert_sn %q, alipay_root_cert_sn %q", form.Get("app_cert_sn"), form.Get("alipay_root_cert_sn"))
	}
	n := aNotice(t, "alipay_cert_sn", "")
	n.Body = append(n.Body, "&alipay_cert_sn="+certSN(c.current)...)
	if _, err := ch.ReadNotice(n); err != nil {
		t.Errorf("notice by the learned certificate: %v", err)
	}
}

func TestCertificateNotBelieved(t *testing.T) {
	odd := issue(t, nil, alipayKey(), name("Odd"), 9)
	for how, spoil := range map[string]func(*chamber){
		"a merchant's": func(c *chamber) { c.current = issue(t, &c.root, alipayKey(), name("Shop"), 5); c.serve[0] = c.current },
		"another root's": func(c *chamber) {
			c.current = issue(t, &authority{odd, alipayKey()}, alipayKey(), name("Alipay"), 6)
			c.serve[0] = c.current
		},
		"another number's": func(c *chamber) { c.serve[0] = issue(t, &c.root, alipayKey(), name("Alipay"), 7) },
		"none":             func(c *chamber) { c.serve = nil },
	} {
		c := newChamber(t)
		spoil(c)
		ch := open(t, c.opts)
		for range 2 {
			if a := ch.Charge(t.Context(), aCharge()); a.Outcome != channel.Unknown || a.Reason != guitai.CodeOutcomeUnknown {
				t.Errorf("%s: %s", how, a.Outcome)
			}
		}
		if c.gate.count() != 3 {
			t.Errorf("%s: %d calls, want 3: it is not asked for again so soon", how, c.gate.count())
		}
	}
}

func TestCertificatesRefused(t *testing.T) {
	good := newChamber(t)
	for how, spoil := range map[string]func(*Options){
		"another app key's": func(o *Options) { o.AppCert = certPEM(good.current) },
		"no root":           func(o *Options) { o.AlipayRootCert = nil },
		"another root":      func(o *Options) { o.AlipayRootCert = certPEM(issue(t, nil, alipayKey(), name("Odd"), 9)) },
		"no certificate":    func(o *Options) { o.AlipayCert = nil },
		"out of time":       func(o *Options) { o.Now = func() time.Time { return noon().Add(48 * time.Hour) } },
	} {
		o := good.opts
		spoil(&o)
		if _, err := Open(o); err == nil {
			t.Errorf("%s: opened", how)
		}
	}
}
