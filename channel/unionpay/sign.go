package unionpay

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// fields is a message, by the names of its fields.
type fields map[string]string

// The ways to sign.
const (
	byCertificate = "01" // RSA, by certificate
	byKey         = "11" // SHA-256, with a shared key
)

// seal signs our messages and checks UnionPay's.
type seal struct {
	method string
	key    *rsa.PrivateKey // 01
	certID string          // 01
	trust  *trust          // 01
	secret string          // 11: hex of the SHA-256 of the shared key
}

func openSeal(o Options) (seal, error) {
	certs := len(o.SignCert) > 0 || len(o.SignKey) > 0 || len(o.MiddleCert) > 0 || len(o.RootCert) > 0
	switch {
	case certs && len(o.SecureKey) > 0:
		return seal{}, errors.New("unionpay: give certificates or the shared key, not both")
	case len(o.SecureKey) > 0:
		key := strings.TrimSpace(string(o.SecureKey))
		if len(key) < 16 {
			return seal{}, errors.New("unionpay: the shared key is too short")
		}
		return seal{method: byKey, secret: hexSum(key)}, nil
	}
	key, err := parsePrivateKey(o.SignKey)
	if err != nil {
		return seal{}, err
	}
	own := certificates(o.SignCert)
	if len(own) == 0 {
		return seal{}, errors.New("unionpay: the merchant's certificate is missing")
	}
	if got, ok := own[0].PublicKey.(*rsa.PublicKey); !ok || !got.Equal(&key.PublicKey) {
		return seal{}, errors.New("unionpay: the merchant's certificate is not of the merchant's key")
	}
	t, err := openTrust(o)
	if err != nil {
		return seal{}, err
	}
	return seal{method: byCertificate, key: key, certID: own[0].SerialNumber.String(), trust: t}, nil
}

// signText is what is signed of a message [2]: all fields but the signature and
// the empty ones, sorted by name, raw values.
func signText(f fields) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if name == "signature" || f[name] == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(name + "=" + f[name])
	}
	return b.String()
}

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// sign is SHA-256 with RSA over the lower-case hex text of the SHA-256 of text.
// The hash is taken twice: version 5.1.0 wants it so.
func sign(key *rsa.PrivateKey, text string) (string, error) {
	sum := sha256.Sum256([]byte(hexSum(text)))
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", errors.New("unionpay: cannot sign")
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

// form signs a request and writes it as a form.
func (s seal) form(f fields) (string, error) {
	all := maps.Clone(f)
	all["signMethod"] = s.method
	if s.method == byKey {
		all["signature"] = hexSum(signText(all) + "&" + s.secret)
	} else {
		all["certId"] = s.certID
		sig, err := sign(s.key, signText(all))
		if err != nil {
			return "", err
		}
		all["signature"] = sig
	}
	form := url.Values{}
	for name, value := range all {
		if value != "" {
			form.Set(name, value)
		}
	}
	return form.Encode(), nil
}

var (
	errSignature = errors.New("does not fit")
	errMethod    = errors.New("in another way than was agreed")
)

// verify checks a message of UnionPay's. Only the way that we sign in counts.
func (s seal) verify(f fields, now time.Time) error {
	if f["signMethod"] != s.method {
		return errMethod
	}
	if s.method == byKey {
		want := hexSum(signText(f) + "&" + s.secret)
		if subtle.ConstantTimeCompare([]byte(want), []byte(f["signature"])) != 1 {
			return errSignature
		}
		return nil
	}
	key, err := s.trust.signer(f["signPubKeyCert"], now)
	if err != nil {
		return err
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(f["signature"])
	if err != nil {
		return errSignature
	}
	sum := sha256.Sum256([]byte(hexSum(signText(f))))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) != nil {
		return errSignature
	}
	return nil
}

// parsePrivateKey reads the merchant's key; the error never quotes it.
func parsePrivateKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("unionpay: the merchant's key is not PEM")
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, errors.New("unionpay: the merchant's key is neither PKCS#1 nor PKCS#8")
		}
		ok := false
		if key, ok = parsed.(*rsa.PrivateKey); !ok {
			return nil, errors.New("unionpay: the merchant's key is not RSA")
		}
	}
	if key.N.BitLen() < 2048 {
		return nil, errors.New("unionpay: the merchant's key has less than 2048 bits")
	}
	return key, nil
}
