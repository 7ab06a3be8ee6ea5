package unionpay

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // UnionPay's certificates of before 2025 are signed with it
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"sync"
	"time"
)

// unionPayName is whose the certificate is that signs for UnionPay.
const unionPayName = "中国银联股份有限公司"

const (
	maxCerts    = 16
	maxCertText = 8 << 10
)

// trust knows which certificates sign for UnionPay: those that the installed
// middle certificates vouch for, and that are UnionPay's by their name. The same
// authority certifies merchants too, so that the name is what counts.
type trust struct {
	name   string
	middle []*x509.Certificate
	root   []*x509.Certificate

	mu    sync.Mutex
	known map[[32]byte]*x509.Certificate // by the sum of their text; their term is looked at each time
}

func openTrust(o Options) (*trust, error) {
	t := &trust{name: o.SignerName, middle: certificates(o.MiddleCert), root: certificates(o.RootCert), known: map[[32]byte]*x509.Certificate{}}
	if t.name == "" {
		t.name = unionPayName
	}
	if len(t.middle) == 0 || len(t.root) == 0 {
		return nil, errors.New("unionpay: the middle or the root certificate is missing")
	}
	for _, m := range t.middle {
		if !anyVouches(t.root, m, o.Now()) {
			return nil, errors.New("unionpay: a middle certificate does not come from the root, or is out of its term")
		}
	}
	return t, nil
}

// certificates reads the certificates of a bundle.
func certificates(bundle []byte) []*x509.Certificate {
	var out []*x509.Certificate
	for len(out) < maxCerts {
		block, rest := pem.Decode(bundle)
		if block == nil {
			break
		}
		bundle = rest
		c, err := x509.ParseCertificate(block.Bytes)
		if err == nil && block.Type == "CERTIFICATE" {
			out = append(out, c)
		}
	}
	return out
}

var (
	errNoCert = errors.New("without a certificate")
	errCert   = errors.New("by a certificate that is not UnionPay's, or out of its term")
)

// signer returns the key of the certificate that came with a message
// (signPubKeyCert), if it is UnionPay's.
func (t *trust) signer(text string, now time.Time) (*rsa.PublicKey, error) {
	if text == "" || len(text) > maxCertText {
		return nil, errNoCert
	}
	sum := sha256.Sum256([]byte(text))
	t.mu.Lock()
	leaf := t.known[sum]
	t.mu.Unlock()
	if leaf == nil {
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return nil, errNoCert
		}
		var err error
		if leaf, err = x509.ParseCertificate(block.Bytes); err != nil {
			return nil, errNoCert
		}
		if !t.unionPays(leaf, now) {
			return nil, errCert
		}
		t.keep(sum, leaf)
	}
	key, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < 2048 || !inTerm(leaf, now) {
		return nil, errCert
	}
	return key, nil
}

// keep remembers a certificate, and forgets all when there are too many.
func (t *trust) keep(sum [32]byte, leaf *x509.Certificate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.known) >= maxCerts {
		clear(t.known)
	}
	t.known[sum] = leaf
}

// unionPays reports whether a certificate signs for UnionPay: its common name is
// 041@number@name@number, and a middle certificate vouches for it.
func (t *trust) unionPays(leaf *x509.Certificate, now time.Time) bool {
	parts := strings.Split(leaf.Subject.CommonName, "@")
	return len(parts) >= 3 && parts[2] == t.name && !leaf.IsCA && anyVouches(t.middle, leaf, now)
}

// anyVouches reports whether one of the issuers, itself in its term, has signed
// the certificate, which is in its own.
func anyVouches(issuers []*x509.Certificate, c *x509.Certificate, now time.Time) bool {
	for _, issuer := range issuers {
		if inTerm(issuer, now) && inTerm(c, now) && vouches(issuer, c) {
			return true
		}
	}
	return false
}

func inTerm(c *x509.Certificate, now time.Time) bool {
	return !now.Before(c.NotBefore) && !now.After(c.NotAfter)
}

// vouches reports whether issuer has signed c. Go refuses SHA-1, by which
// UnionPay's certificates were still signed in 2025, so that it is checked here;
// who may issue is the two certificates that UnionPay hands out, no others.
func vouches(issuer, c *x509.Certificate) bool {
	if string(issuer.RawSubject) != string(c.RawIssuer) || issuer.BasicConstraintsValid && !issuer.IsCA {
		return false
	}
	if c.SignatureAlgorithm != x509.SHA1WithRSA {
		return c.CheckSignatureFrom(issuer) == nil
	}
	key, ok := issuer.PublicKey.(*rsa.PublicKey)
	sum := sha1.Sum(c.RawTBSCertificate) //nolint:gosec // see the import
	return ok && rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], c.Signature) == nil
}
