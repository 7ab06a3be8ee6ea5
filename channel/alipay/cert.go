package alipay

import (
	"context"
	"crypto/md5" //nolint:gosec // certificate numbers are made with MD5 by the provider's rule [2]
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"guitai/channel"
)

// trust knows by which keys Alipay signs: one plain key, or the keys of the
// certificates that were given or learned.
type trust struct {
	plain  *rsa.PublicKey // plain keys: this one; nil in certificate mode
	roots  *x509.CertPool
	rootSN string
	owner  []string // organization of the given certificate; learned ones must have it too

	mu      sync.Mutex
	between []*x509.Certificate
	keys    map[string]*rsa.PublicKey // by alipay_cert_sn
	refused map[string]time.Time      // numbers that could not be learned, and when
}

// The limits of what is learned from answers.
const (
	maxCerts   = 16
	learnAgain = time.Minute
)

func trustKey(text []byte) (*trust, error) {
	key, err := parsePublicKey(text)
	if err != nil {
		return nil, err
	}
	return &trust{plain: key}, nil
}

// trustCerts reads Alipay's certificate and its roots and checks the one
// against the others.
func trustCerts(alipay, root []byte, now time.Time) (*trust, error) {
	t := &trust{roots: x509.NewCertPool(), keys: map[string]*rsa.PublicKey{}, refused: map[string]time.Time{}}
	var sns []string
	for _, c := range certificates(root) {
		t.roots.AddCert(c)
		sns = append(sns, certSN(c))
	}
	if len(sns) == 0 {
		return nil, errors.New("alipay: no RSA certificate among Alipay's roots")
	}
	t.rootSN = strings.Join(sns, "_")
	chain := certificates(alipay)
	if len(chain) == 0 {
		return nil, errors.New("alipay: Alipay's certificate is missing")
	}
	t.owner = chain[0].Subject.Organization
	if err := t.learn(chain, certSN(chain[0]), now); err != nil {
		return nil, err
	}
	return t, nil
}

// ownCert returns the number of the app's certificate, which must hold the
// app's key.
func ownCert(text []byte, key *rsa.PublicKey) (string, error) {
	chain := certificates(text)
	if len(chain) == 0 {
		return "", errors.New("alipay: the app's certificate is missing")
	}
	if got, ok := chain[0].PublicKey.(*rsa.PublicKey); !ok || !got.Equal(key) {
		return "", errors.New("alipay: the app's certificate is not of the app's key")
	}
	return certSN(chain[0]), nil
}

// certificates reads the certificates of a bundle that are signed with RSA.
// Alipay's root file also holds SM2 ones, which Go does not read and which do
// not count [2].
func certificates(bundle []byte) []*x509.Certificate {
	var out []*x509.Certificate
	for len(out) < maxCerts {
		block, rest := pem.Decode(bundle)
		if block == nil {
			break
		}
		bundle = rest
		c, err := x509.ParseCertificate(block.Bytes)
		if err == nil && block.Type == "CERTIFICATE" && signedWithRSA(c) {
			out = append(out, c)
		}
	}
	return out
}

// signedWithRSA reports whether the certificate's signature algorithm has an
// object identifier under 1.2.840.113549.1.1 [2].
func signedWithRSA(c *x509.Certificate) bool {
	var outer struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(c.Raw, &outer); err != nil {
		return false
	}
	oid := outer.Algorithm.Algorithm
	return len(oid) >= 6 && slices.Equal(oid[:6], []int{1, 2, 840, 113549, 1, 1})
}

// certSN is the number by which Alipay names a certificate [2]: the MD5 of the
// issuer's name, last part first, followed by the decimal serial number.
func certSN(c *x509.Certificate) string {
	var issuer pkix.RDNSequence
	if _, err := asn1.Unmarshal(c.RawIssuer, &issuer); err != nil {
		return ""
	}
	sum := md5.Sum([]byte(issuer.String() + c.SerialNumber.String())) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// learn takes over a certificate that the roots vouch for. The organization
// must be that of the given certificate, since the same authority also
// certifies the keys of merchants.
func (t *trust) learn(chain []*x509.Certificate, sn string, now time.Time) error {
	leaf := chain[0]
	key, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < 2048 || certSN(leaf) != sn {
		return errors.New("alipay: not the certificate that was asked for")
	}
	if !slices.Equal(leaf.Subject.Organization, t.owner) {
		return errors.New("alipay: the certificate is somebody else's")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	between := x509.NewCertPool()
	for _, c := range t.between {
		between.AddCert(c)
	}
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: t.roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return errors.New("alipay: the certificate does not come from Alipay's roots")
	}
	if len(t.keys) >= maxCerts {
		return errors.New("alipay: too many certificates")
	}
	t.keys[sn] = key
	if len(t.between) == 0 {
		t.between = chain[1:]
	}
	return nil
}

// known returns the key of a certificate, and whether it may be asked for
// where it is not known.
func (t *trust) known(sn string, now time.Time) (key *rsa.PublicKey, ask bool) {
	if t.plain != nil {
		return t.plain, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if key = t.keys[sn]; key != nil {
		return key, false
	}
	last, tried := t.refused[sn]
	return nil, len(sn) == 32 && len(t.refused) < maxCerts && (!tried || now.Sub(last) >= learnAgain)
}

var errCert = errors.New("by an unknown certificate")

// signer returns the key that an answer should be signed with. A certificate
// that is not known yet is fetched and checked up to the roots; its own answer
// needs no signature, since the roots prove it [2].
func (c *Channel) signer(ctx context.Context, sn string) (*rsa.PublicKey, []channel.Message, error) {
	key, ask := c.trust.known(sn, c.now())
	if key != nil {
		return key, nil, nil
	}
	if !ask {
		return nil, nil, errCert
	}
	m, err := c.download(ctx, sn)
	if err != nil {
		c.trust.refuse(sn, c.now())
		return nil, []channel.Message{m}, errCert
	}
	key, _ = c.trust.known(sn, c.now())
	return key, []channel.Message{m}, nil
}

func (t *trust) refuse(sn string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for old, at := range t.refused {
		if now.Sub(at) >= learnAgain {
			delete(t.refused, old)
		}
	}
	t.refused[sn] = now
}

// download fetches one certificate: alipay.open.app.alipaycert.download [2].
func (c *Channel) download(ctx context.Context, sn string) (channel.Message, error) {
	at := c.now()
	r := request{method: "alipay.open.app.alipaycert.download", biz: biz{AlipayCertSN: sn}}
	m := channel.Message{At: at.UTC(), Op: "open.app.alipaycert.download", Out: r.masked()}
	fail := func(why string) (channel.Message, error) {
		m.Failure, m.Took = why, c.now().Sub(at)
		return m, errCert
	}
	form, err := c.form(r, at)
	if err != nil {
		return fail("signing")
	}
	w := c.line.post(ctx, form)
	m.HTTP = w.code
	if w.failure != "" {
		return fail(w.failure)
	}
	env, err := cut(w.body, r.method)
	if err != nil || w.code != 200 {
		return fail("unreadable")
	}
	n, err := parseNode(env.node, r.method)
	if err != nil {
		return fail("unreadable")
	}
	m.In = n.masked("")
	text, err := base64.StdEncoding.DecodeString(n.CertContent)
	chain := certificates(text)
	if err != nil || n.Code != codeSuccess || len(chain) == 0 {
		return fail("no certificate")
	}
	if err := c.trust.learn(chain, sn, c.now()); err != nil {
		return fail(err.Error())
	}
	m.Took = c.now().Sub(at)
	return m, nil
}
