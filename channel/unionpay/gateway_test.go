package unionpay

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
)

// house is a certificate authority with the certificates of a test.
type house struct {
	root, middle, own, merchant *x509.Certificate
	keys                        [4]*rsa.PrivateKey // in that order
}

const testName = "041@8310000000083040@中国银联股份有限公司@00016495"

// testHouse is made once: keys are slow.
var testHouse = sync.OnceValue(func() house {
	var h house
	for i := range h.keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		h.keys[i] = key
	}
	h.root = issue(certOf("ROOT", 1), nil, h.keys[0], h.keys[0])
	h.middle = issue(certOf("OCA1", 2), h.root, h.keys[1], h.keys[0])
	h.own = issue(certOf(testName, 3), h.middle, h.keys[2], h.keys[1])
	h.merchant = issue(certOf("041@777290000000001@某某商户@1", 69597475696), h.middle, h.keys[3], h.keys[1])
	return h
})

// certOf is a certificate to be issued; those of the first two numbers may issue.
func certOf(name string, serial int64) *x509.Certificate {
	return &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, IsCA: serial <= 2,
		NotBefore: noon().AddDate(-1, 0, 0), NotAfter: noon().AddDate(1, 0, 0), BasicConstraintsValid: true}
}

func issue(c, by *x509.Certificate, key, byKey *rsa.PrivateKey) *x509.Certificate {
	if by == nil {
		by = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by, key.Public(), byKey)
	if err != nil {
		panic(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return made
}

func certPEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func keyPEM(key *rsa.PrivateKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}

func noon() time.Time { return time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC) }

const merID = "777290000000001"

func options(base string) Options {
	h := testHouse()
	return Options{BaseURL: base, FileURL: base + "/", MerID: merID, SignCert: certPEM(h.merchant), SignKey: keyPEM(h.keys[3]),
		MiddleCert: certPEM(h.middle), RootCert: certPEM(h.root), Timeout: 5 * time.Second, Now: noon}
}

func open(t testing.TB, o Options) *Channel {
	t.Helper()
	c, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// sealed signs fields as UnionPay does.
func sealed(t testing.TB, f fields) fields {
	t.Helper()
	f = maps.Clone(f)
	f["signMethod"], f["signPubKeyCert"] = byCertificate, strings.ReplaceAll(string(certPEM(testHouse().own)), "\n", "\r\n")
	sig, err := sign(testHouse().keys[2], signText(f))
	if err != nil {
		t.Fatal(err)
	}
	f["signature"] = sig
	return f
}

// raw writes fields as the gateway does, not escaped.
func raw(f fields) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		parts = append(parts, name+"="+f[name])
	}
	return strings.Join(parts, "&")
}

// gateway answers each call with the fields that say returns, signed, and keeps
// what it was told.
type gateway struct {
	*httptest.Server
	mu    sync.Mutex
	forms []url.Values
	paths []string
}

func newGateway(t testing.TB, say func(asked url.Values) string) *gateway {
	t.Helper()
	g := &gateway{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		g.mu.Lock()
		g.forms, g.paths = append(g.forms, r.PostForm), append(g.paths, r.URL.Path)
		g.mu.Unlock()
		_, _ = io.WriteString(w, say(r.PostForm))
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *gateway) last() (url.Values, string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.forms[len(g.forms)-1], g.paths[len(g.paths)-1]
}

// echo is the part of an answer that repeats the question, with more fields.
func echo(asked url.Values, pairs ...string) fields {
	f := fields{"respMsg": "成功[0000000]"}
	for _, name := range []string{"version", "encoding", "txnType", "txnSubType", "bizType", "accessType", "merId", "orderId", "txnTime", "txnAmt", "reqReserved"} {
		f[name] = asked.Get(name)
	}
	for i := 0; i < len(pairs); i += 2 {
		f[pairs[i]] = pairs[i+1]
	}
	return f
}

// saying is a channel whose gateway answers everything with an echo and these
// fields.
func saying(t testing.TB, pairs ...string) *Channel {
	t.Helper()
	g := newGateway(t, func(asked url.Values) string { return raw(sealed(t, echo(asked, pairs...))) })
	return open(t, options(g.URL))
}

const no = "G20261121000001"

func anOrder(kind guitai.PaymentKind) channel.Order {
	return channel.Order{No: no, Kind: kind, Amount: guitai.Fen(1250), Made: noon().Add(-time.Second)}
}

const aCode = "6220835931895481436"

func aCharge() channel.Charge {
	return channel.Charge{Order: anOrder(guitai.Scan), AuthCode: aCode, Description: "早餐", NotifyURL: "https://shop.example/n",
		Place: channel.Place{Shop: "S1", Till: "T1", Operator: "7"}}
}

func aRefund() channel.Refund {
	o := anOrder(guitai.Scan)
	o.WalletNo = "202611211200011234567"
	return channel.Refund{No: "R20261121000001", Order: o, Amount: guitai.Fen(300), Made: noon()}
}
