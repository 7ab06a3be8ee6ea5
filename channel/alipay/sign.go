package alipay

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"maps"
	"slices"
	"strings"
)

// signText is what is signed of parameters [1]: all but sign and the empty
// ones, sorted by name, raw values.
func signText(params map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if name == "sign" || params[name] == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(name + "=" + params[name])
	}
	return b.String()
}

// sign is RSA2: SHA-256 with RSA PKCS#1 v1.5, in base64 [1].
func sign(key *rsa.PrivateKey, text []byte) (string, error) {
	sum := sha256.Sum256(text)
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", errors.New("alipay: cannot sign")
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

var errSignature = errors.New("does not fit")

// verify checks an RSA2 signature over exactly these bytes.
func verify(key *rsa.PublicKey, text []byte, signature string) error {
	sig, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil {
		return errSignature
	}
	sum := sha256.Sum256(text)
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) != nil {
		return errSignature
	}
	return nil
}

// parsePrivateKey reads the app's key; the error never quotes it.
func parsePrivateKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("alipay: the app's private key is not PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return longEnough(key, key.N.BitLen())
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("alipay: the app's private key is neither PKCS#1 nor PKCS#8")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("alipay: the app's private key is not RSA")
	}
	return longEnough(key, key.N.BitLen())
}

// parsePublicKey reads Alipay's public key.
func parsePublicKey(text []byte) (*rsa.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("alipay: Alipay's public key is not PEM")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, errors.New("alipay: Alipay's public key is unreadable")
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("alipay: Alipay's public key is not RSA")
	}
	return longEnough(key, key.N.BitLen())
}

// longEnough refuses keys that RSA2 does not allow [1].
func longEnough[K any](key K, bits int) (K, error) {
	if bits < 2048 {
		var none K
		return none, errors.New("alipay: RSA2 wants keys of 2048 bits at least")
	}
	return key, nil
}
