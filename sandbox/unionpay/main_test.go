package unionpay_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai/internal/testkit"
	"guitai/sandbox"
	"guitai/sandbox/book"
	"guitai/sandbox/unionpay"
)

// TestMain makes the keys of the street once: each test starts from a copy.
func TestMain(m *testing.M) { os.Exit(testkit.RunWithFolder(m, makeKeys)) }

// makeKeys leaves a street's keys and no book.
func makeKeys(dir string) error {
	s, err := sandbox.Open(sandbox.Options{Dir: dir, Addr: "127.0.0.1:0", Now: newClock().now, Rand: rand.Reader})
	if err == nil {
		err = s.Close()
	}
	if err == nil {
		err = os.Remove(filepath.Join(dir, "journal.jsonl"))
	}
	return err
}

// clock goes on from a noon in Beijing and can be put forward.
type clock struct {
	mu   sync.Mutex
	from time.Time
	off  time.Duration
}

func newClock() *clock { return &clock{from: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC).Add(time.Since(c.from) + c.off)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += d
}

// shop is a merchant with a small client of its own.
type shop struct {
	t      *testing.T
	dir    string
	street *sandbox.Street
	clock  *clock
	c      unionpay.Credentials
	key    *rsa.PrivateKey
	cert   *x509.Certificate
	trust  x509.VerifyOptions
	secure string // signMethod 11 where it is set
}

func openShop(t *testing.T, speed float64) *shop {
	t.Helper()
	dir := testkit.CopyFolder(t)
	s := &shop{t: t, dir: dir, clock: newClock()}
	var err error
	s.street, err = sandbox.Open(sandbox.Options{Dir: dir, Addr: "127.0.0.1:0", Now: s.clock.now, Rand: rand.Reader, Speed: speed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.street.Close(); err != nil {
			t.Error(err)
		}
	})
	var all struct{ UnionPay unionpay.Credentials }
	if err := json.Unmarshal(s.must(os.ReadFile(filepath.Join(dir, "credentials.json"))), &all); err != nil {
		t.Fatal(err)
	}
	s.c = all.UnionPay
	read := func(name string) []byte { return s.must(os.ReadFile(filepath.Join(dir, name))) }
	block, _ := pem.Decode(read(s.c.SignKey))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	s.key = key.(*rsa.PrivateKey)
	block, _ = pem.Decode(read(s.c.SignCert))
	if s.cert, err = x509.ParseCertificate(block.Bytes); err != nil {
		t.Fatal(err)
	}
	s.trust = x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: s.clock.now()}
	if !s.trust.Roots.AppendCertsFromPEM(read(s.c.RootCert)) || !s.trust.Intermediates.AppendCertsFromPEM(read(s.c.MiddleCert)) {
		t.Fatal("no root or middle certificate")
	}
	return s
}

func (s *shop) must(b []byte, err error) []byte {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func joined(f map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if f[name] != "" && name != "signature" {
			parts = append(parts, name+"="+f[name])
		}
	}
	return strings.Join(parts, "&")
}

// signed signs a request.
func (s *shop) signed(f map[string]string) map[string]string {
	s.t.Helper()
	f = maps.Clone(f)
	if s.secure != "" {
		f["signMethod"] = "11"
		f["signature"] = hexSum(joined(f) + "&" + hexSum(s.secure))
		return f
	}
	f["signMethod"], f["certId"] = "01", s.cert.SerialNumber.String()
	sum := sha256.Sum256([]byte(hexSum(joined(f))))
	f["signature"] = base64.StdEncoding.EncodeToString(s.must(rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])))
	return f
}

// message is a request with what all have in common; kind is txnType/txnSubType.
func (s *shop) message(kind, orderID string, pairs ...string) map[string]string {
	s.t.Helper()
	txnType, sub, _ := strings.Cut(kind, "/")
	f := map[string]string{
		"version": "5.1.0", "encoding": "UTF-8", "txnType": txnType, "txnSubType": sub, "bizType": "000000", "accessType": "0", "channelType": "08",
		"merId": s.c.MerID, "orderId": orderID, "txnTime": s.stamp(), "currencyCode": "156", "backUrl": "http://www.specialUrl.com",
	}
	for i := 0; i < len(pairs); i += 2 {
		f[pairs[i]] = pairs[i+1]
	}
	return f
}

func (s *shop) stamp() string {
	return s.clock.now().In(time.FixedZone("", 8*3600)).Format("20060102150405")
}

// send posts a form as it is and gives the raw text that comes back.
func (s *shop) send(path string, f map[string]string) string {
	s.t.Helper()
	v := url.Values{}
	for name, value := range f {
		v.Set(name, value)
	}
	r, err := http.PostForm(s.c.BaseURL+path, v)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		s.t.Fatalf("HTTP %d", r.StatusCode)
	}
	return string(s.must(io.ReadAll(r.Body)))
}

// split reads an answer: values hold & only inside { }, which are not nested here.
func split(text string) map[string]string {
	out := map[string]string{}
	for open := strings.Index(text, "={"); open >= 0; open = strings.Index(text, "={") {
		end := open + strings.Index(text[open:], "}")
		text = text[:open] + "=\x01" + strings.ReplaceAll(text[open+2:end], "&", "\x00") + text[end:]
	}
	for _, part := range strings.Split(text, "&") {
		name, value, _ := strings.Cut(part, "=")
		out[name] = strings.NewReplacer("\x00", "&", "\x01", "{").Replace(value)
	}
	return out
}

// call signs, sends, and checks the signature of the answer.
func (s *shop) call(f map[string]string) map[string]string {
	s.t.Helper()
	path := "/gateway/api/backTransReq.do"
	switch f["txnType"] {
	case "00":
		path = "/gateway/api/queryTrans.do"
	case "76":
		path = "/"
	}
	a := split(s.send(path, s.signed(f)))
	if err := s.fits(a); err != nil {
		s.t.Fatalf("%v: %v", err, a)
	}
	return a
}

// fits checks a message of UnionPay's with the standard library's own chain.
func (s *shop) fits(a map[string]string) error {
	if s.secure != "" {
		if a["signature"] != hexSum(joined(a)+"&"+hexSum(s.secure)) {
			return errors.New("signature")
		}
		return nil
	}
	block, _ := pem.Decode([]byte(a["signPubKeyCert"]))
	if block == nil {
		return errors.New("no certificate")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	if _, err := c.Verify(s.trust); err != nil || strings.Split(c.Subject.CommonName, "@")[2] != "中国银联股份有限公司" {
		return fmt.Errorf("chain: %w", err)
	}
	sig, err := base64.StdEncoding.DecodeString(a["signature"])
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(hexSum(joined(a))))
	return rsa.VerifyPKCS1v15(c.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], sig)
}

// says checks the respCode, and the origRespCode of a query.
func says(t *testing.T, what string, a map[string]string, code, orig string) {
	t.Helper()
	if a["respCode"] != code || a["origRespCode"] != orig || !strings.HasSuffix(a["respMsg"], "["+code+"00000]") {
		t.Fatalf("%s: %s %s (orig %s), want %s (orig %s)", what, a["respCode"], a["respMsg"], a["origRespCode"], code, orig)
	}
}

func (s *shop) payerCode(how book.Behaviour) string {
	s.t.Helper()
	c, err := s.street.Book().PayerCode(book.UnionPay, "", how)
	if err != nil {
		s.t.Fatal(err)
	}
	return c.Text
}

// consume is 01/06 of 8.80; it gives the request and the answer.
func (s *shop) consume(no string, how book.Behaviour, pairs ...string) (map[string]string, map[string]string) {
	s.t.Helper()
	f := s.message("01/06", no, append([]string{"txnAmt", "880", "termId", "00000001", "qrNo", s.payerCode(how)}, pairs...)...)
	return f, s.call(f)
}

// ask is the query of a request.
func (s *shop) ask(f map[string]string) map[string]string {
	s.t.Helper()
	return s.call(s.message("00/00", f["orderId"], "txnTime", f["txnTime"]))
}
