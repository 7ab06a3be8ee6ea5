package wechat

import (
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
	"github.com/emmansun/gmsm/smx509"
)

// The national ciphers ("国密"): the same messages, signed by SM2 over SM3 with
// the user id that everybody uses, and sealed by SM4.

const (
	schemeSM2 = "WECHATPAY2-SM2-WITH-SM3"
	userID    = "1234567812345678"
)

// sm2Cert is a certificate over an SM2 key. The zero value: there is none.
type sm2Cert struct {
	cert *smx509.Certificate
	name string // its serial, 40 hex digits
	pem  []byte
}

// serialOf is the serial of the party's certificate for a scheme; "": none.
func (w *party) serialOf(scheme string) string {
	if scheme == schemeSM2 {
		return w.sm2.name
	}
	return w.serial
}

// signed checks a request's signature by the scheme that it names.
func (w *party) signed(scheme, text string, sign []byte) bool {
	if scheme != schemeSM2 {
		return verify(w.cert.PublicKey, text, sign)
	}
	key, ok := w.sm2.cert.PublicKey.(*ecdsa.PublicKey)
	return ok && sm2.VerifyASN1WithSM2(key, []byte(userID), []byte(text), sign)
}

// sealSM2 makes the headers over a body by the SM2 key.
func (p *Provider) sealSM2(body []byte) map[string]string {
	return p.stamp(p.keys.sm2.name, schemeSM2, body, func(text []byte) ([]byte, error) {
		return p.keys.sm2Key.SignWithSM2(rand.Reader, []byte(userID), text)
	})
}

// newSM4: the key is the first half of the SM3 digest of the APIv3 key.
func newSM4(v3Key string) (cipher.Block, error) {
	sum := sm3.Sum([]byte(v3Key))
	return sm4.NewCipher(sum[:sm4.BlockSize])
}

// loadSM2 loads the shop's certificate and WeChat Pay's pair.
func (k *keys) loadSM2() error {
	for name, to := range map[string]*sm2Cert{fileShopSM2Cert: &k.shop.sm2, fileSM2Cert: &k.sm2} {
		raw, err := os.ReadFile(filepath.Join(k.dir, name))
		if err != nil {
			return err
		}
		cert, err := smx509.ParseCertificatePEM(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		*to = sm2Cert{cert: cert, name: fmt.Sprintf("%040X", cert.SerialNumber), pem: raw}
	}
	der, err := k.block(fileSM2Key)
	if err != nil {
		return err
	}
	key, err := smx509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return errors.New(fileSM2Key + ": not a PKCS #8 key")
	}
	var ok bool
	if k.sm2Key, ok = key.(*sm2.PrivateKey); !ok {
		return errors.New(fileSM2Key + ": not an SM2 key")
	}
	return nil
}

// sm2 issues the two certificates under an authority that is then forgotten.
func (m *maker) sm2() error {
	ca, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	root, err := m.template("Tenpay.com SM2 Root CA (sandbox)", 20)
	if err != nil {
		return err
	}
	parent := &smx509.Certificate{SerialNumber: root.SerialNumber, Subject: root.Subject, NotBefore: root.NotBefore, NotAfter: root.NotAfter, IsCA: true, BasicConstraintsValid: true}
	for _, l := range []struct{ name, key, cert string }{
		{"Guitai Sandbox Merchant (SM2)", fileShopSM2Key, fileShopSM2Cert}, {"Tenpay.com sign SM2 (sandbox)", fileSM2Key, fileSM2Cert},
	} {
		key, err := sm2.GenerateKey(rand.Reader)
		if err != nil {
			return err
		}
		t, err := m.template(l.name, 5)
		if err != nil {
			return err
		}
		leaf := &smx509.Certificate{
			SerialNumber: t.SerialNumber, Subject: pkix.Name{CommonName: l.name, Country: []string{"CN"}}, NotBefore: t.NotBefore, NotAfter: t.NotAfter,
			KeyUsage: smx509.KeyUsageDigitalSignature, BasicConstraintsValid: true, SignatureAlgorithm: smx509.SM2WithSM3,
		}
		der, err := smx509.CreateCertificate(rand.Reader, leaf, parent, &key.PublicKey, ca)
		if err != nil {
			return err
		}
		if err := m.write(l.cert, "CERTIFICATE", der); err != nil {
			return err
		}
		if der, err = smx509.MarshalPKCS8PrivateKey(key); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(m.dir, l.key), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
			return err
		}
	}
	return nil
}
