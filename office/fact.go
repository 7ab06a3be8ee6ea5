package office

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"slices"
	"strings"
	"time"
)

// Fact is what may be known of one secret of an account: enough to tell which
// one it is, and when it ends.
type Fact struct {
	Field       string    `json:"field"`
	Kind        FactKind  `json:"kind"`
	Fingerprint string    `json:"fingerprint"`
	Serial      string    `json:"serial,omitempty"`
	Subject     string    `json:"subject,omitempty"`
	NotAfter    time.Time `json:"not_after,omitzero"`
}

// FactKind says what a secret is.
type FactKind string

// The kinds.
const (
	FactCertificate FactKind = "certificate"
	FactPrivateKey  FactKind = "private_key" // its fingerprint is that of the public half
	FactPublicKey   FactKind = "public_key"
	FactText        FactKind = "text"
)

// FactsOf looks at each secret of an account.
func FactsOf(owner string, secrets map[string]string) []Fact {
	var facts []Fact
	for field, secret := range secrets {
		f := factOf(secret)
		f.Field = field
		if f.Kind == FactText {
			// Thirty-two bits tell one secret from the next and help nobody to guess it.
			sum := sha256.Sum256([]byte("guitai fingerprint\x00" + owner + "\x00" + field + "\x00" + secret))
			f.Fingerprint = hex.EncodeToString(sum[:4])
		}
		facts = append(facts, f)
	}
	slices.SortFunc(facts, func(a, b Fact) int { return strings.Compare(a.Field, b.Field) })
	return facts
}

// factOf looks at the first PEM block of a secret. Of a bundle the first
// certificate counts: the ones behind it are somebody else's to renew.
func factOf(secret string) Fact {
	block, _ := pem.Decode([]byte(secret))
	if block == nil {
		return Fact{Kind: FactText}
	}
	if cert, err := x509.ParseCertificate(block.Bytes); err == nil {
		return Fact{Kind: FactCertificate, Fingerprint: print256(block.Bytes), Subject: cert.Subject.CommonName,
			Serial: strings.ToUpper(cert.SerialNumber.Text(16)), NotAfter: cert.NotAfter.UTC()}
	}
	if _, err := x509.ParsePKIXPublicKey(block.Bytes); err == nil {
		return Fact{Kind: FactPublicKey, Fingerprint: print256(block.Bytes)}
	}
	if public := publicHalf(block.Bytes); public != nil {
		return Fact{Kind: FactPrivateKey, Fingerprint: print256(public)}
	}
	return Fact{Kind: FactText}
}

// publicHalf is the public key of a private one (PKCS#8 or PKCS#1), as PKIX.
func publicHalf(der []byte) []byte {
	var key any
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		if key, err = x509.ParsePKCS1PrivateKey(der); err != nil {
			return nil
		}
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil
	}
	public, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return nil
	}
	return public
}

func print256(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// DaysLeft is how many whole days a fact still holds at now; below zero it is
// over. ok is false when it has no end.
func (f Fact) DaysLeft(now time.Time) (days int, ok bool) {
	if f.NotAfter.IsZero() {
		return 0, false
	}
	left := f.NotAfter.Sub(now)
	days = int(left / (24 * time.Hour))
	if left < 0 {
		days--
	}
	return days, true
}
