package alipay

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"guitai/sandbox/wallet"
)

// names are the words that no certificate carries.
type names struct {
	AppID    string `json:"app_id"`
	SellerID string `json:"seller_id"`

	ProviderAppID  string `json:"provider_app_id"`
	ProviderUserID string `json:"provider_user_id"` // the service provider's own user number
	ProviderToken1 string `json:"provider_token_1"` // of the merchant above
	ProviderToken2 string `json:"provider_token_2"` // of the other one
	AuthAppID2     string `json:"auth_app_id_2"`
	SellerID2      string `json:"seller_id_2"`
}

// keys is everything that signs or is trusted at this gateway.
type keys struct {
	names
	dir       string
	apps      map[string]app  // by app_id
	plain     *rsa.PrivateKey // answers to plain keys
	certified *rsa.PrivateKey // answers in certificate mode
	rootSN    string
	certSN    string            // of the certificate that signs
	certs     map[string][]byte // PEM of Alipay's certificates with their chain, by number
}

// The files, in the provider's folder.
const (
	fileNames        = "names.json"
	fileAppKey       = "app_private_key.pem"
	fileAppCert      = "app_cert.pem"
	filePlainKey     = "alipay_private_key.pem"
	filePublicKey    = "alipay_public_key.pem"
	fileCertKey      = "alipay_cert_key.pem"
	fileCert         = "alipay_cert.pem"
	fileFormer       = "alipay_cert_former.pem"
	fileRoots        = "alipay_root_cert.pem"
	fileProviderKey  = "provider_private_key.pem"
	fileProviderCert = "provider_cert.pem"
)

// openKeys loads the keys of the desk's folder, and makes them on the first
// start.
func openKeys(d wallet.Desk) (*keys, error) {
	// What an older version made has no service provider, and is made anew.
	for _, name := range []string{fileNames, fileProviderCert} {
		if _, err := os.Stat(filepath.Join(d.Dir, name)); !errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := makeKeys(d); err != nil {
			return nil, fmt.Errorf("alipay: making keys: %w", err)
		}
	}
	k := &keys{dir: d.Dir, certs: map[string][]byte{}}
	if err := k.load(); err != nil {
		return nil, fmt.Errorf("alipay: keys in %s: %w", d.Dir, err)
	}
	return k, nil
}

func (k *keys) load() error {
	raw, err := os.ReadFile(filepath.Join(k.dir, fileNames))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &k.names); err != nil {
		return errors.New(fileNames + ": not readable")
	}
	if err := k.loadApps(); err != nil {
		return err
	}
	if k.plain, err = k.private(filePlainKey); err != nil {
		return err
	}
	if k.certified, err = k.private(fileCertKey); err != nil {
		return err
	}
	if _, k.rootSN, err = k.bundle(fileRoots); err != nil {
		return err
	}
	for _, name := range []string{fileFormer, fileCert} {
		text, sn, err := k.bundle(name)
		if err != nil {
			return err
		}
		// The first certificate is the one that signs; the rest lead to the root.
		k.certSN, _, _ = strings.Cut(sn, "_")
		k.certs[k.certSN] = text
	}
	return nil
}

// loadApps reads the keys of the merchant's app and of the service provider's.
func (k *keys) loadApps() error {
	k.apps = map[string]app{}
	for _, a := range []struct {
		id, key, cert string
		provider      bool
	}{{k.AppID, fileAppKey, fileAppCert, false}, {k.ProviderAppID, fileProviderKey, fileProviderCert, true}} {
		key, err := k.private(a.key)
		if err != nil {
			return err
		}
		_, sns, err := k.bundle(a.cert)
		if err != nil {
			return err
		}
		sn, _, _ := strings.Cut(sns, "_")
		k.apps[a.id] = app{id: a.id, provider: a.provider, key: &key.PublicKey, certSN: sn}
	}
	return nil
}

func (k *keys) private(name string) (*rsa.PrivateKey, error) {
	raw, err := os.ReadFile(filepath.Join(k.dir, name))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, errors.New(name + ": not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New(name + ": not a PKCS #8 key")
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New(name + ": not an RSA key")
	}
	return private, nil
}

// bundle reads a file of certificates and returns it with the numbers of those
// that are signed with RSA, joined by _ ("公钥证书方式").
func (k *keys) bundle(name string) ([]byte, string, error) {
	text, err := os.ReadFile(filepath.Join(k.dir, name))
	if err != nil {
		return nil, "", err
	}
	var sns []string
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", name, err)
		}
		switch c.SignatureAlgorithm {
		case x509.SHA256WithRSA, x509.SHA1WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA:
			sn, err := number(c)
			if err != nil {
				return nil, "", fmt.Errorf("%s: %w", name, err)
			}
			sns = append(sns, sn)
		}
	}
	if len(sns) == 0 {
		return nil, "", errors.New(name + ": no certificate")
	}
	return text, strings.Join(sns, "_"), nil
}

// number is MD5 over the issuer, its parts in reverse and joined by commas,
// and the serial number in decimal.
func number(c *x509.Certificate) (string, error) {
	var issuer pkix.RDNSequence
	if _, err := asn1.Unmarshal(c.RawIssuer, &issuer); err != nil {
		return "", err
	}
	var parts []string
	for _, set := range issuer {
		for _, a := range set {
			name, known := map[string]string{"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.10": "O", "2.5.4.11": "OU"}[a.Type.String()]
			if !known {
				return "", errors.New("a certificate that was not made here")
			}
			parts = append([]string{fmt.Sprintf("%s=%v", name, a.Value)}, parts...)
		}
	}
	sum := md5.Sum([]byte(strings.Join(parts, ",") + c.SerialNumber.String()))
	return hex.EncodeToString(sum[:]), nil
}

// maker issues certificates under a throw-away authority.
type maker struct {
	dir string
	now time.Time
}

// signer is an authority: its certificate and key.
type signer struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// makeKeys writes a fresh merchant and a fresh gateway; names.json comes last,
// so that a start which was cut short begins anew.
func makeKeys(d wallet.Desk) error {
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(d.Dir, fileNames)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	n, err := drawNames(d.Rand)
	if err != nil {
		return err
	}
	pairs, err := keyPairs(7)
	if err != nil {
		return err
	}
	app, plain, current, former, root, class2, isv := pairs[0], pairs[1], pairs[2], pairs[3], pairs[4], pairs[5], pairs[6]
	m := maker{dir: d.Dir, now: d.Now()}
	for name, key := range map[string]*rsa.PrivateKey{fileAppKey: app, filePlainKey: plain, fileCertKey: current, fileProviderKey: isv} {
		if err := m.private(name, key); err != nil {
			return err
		}
	}
	der, err := x509.MarshalPKIXPublicKey(plain.Public())
	if err != nil {
		return err
	}
	if err := m.write(filePublicKey, block("PUBLIC KEY", der)); err != nil {
		return err
	}
	if err := m.chain(n, root, class2, map[string]crypto.PublicKey{
		fileAppCert: app.Public(), fileFormer: former.Public(), fileCert: current.Public(),
		fileProviderCert: isv.Public(),
	}); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return err
	}
	return m.write(fileNames, append(raw, '\n'))
}

func drawNames(random io.Reader) (names, error) {
	raw := make([]byte, 6*12+2*16)
	if _, err := io.ReadFull(random, raw); err != nil {
		return names{}, err
	}
	number := func(prefix string) string {
		digits := raw[:12]
		raw = raw[12:]
		for i := range digits {
			digits[i] = '0' + digits[i]%10
		}
		return prefix + string(digits)
	}
	token := func() string {
		text := hex.EncodeToString(raw[:16])
		raw = raw[16:]
		return "202611BB" + text
	}
	return names{
		AppID: number("2021"), SellerID: number("2088"), ProviderAppID: number("2021"), ProviderUserID: number("2088"),
		AuthAppID2: number("2021"), SellerID2: number("2088"), ProviderToken1: token(), ProviderToken2: token(),
	}, nil
}

// keyPairs makes keys side by side. Key generation takes its randomness from
// the system only.
func keyPairs(n int) ([]*rsa.PrivateKey, error) {
	pairs, errs := make([]*rsa.PrivateKey, n), make([]error, n)
	var work sync.WaitGroup
	for i := range n {
		work.Go(func() { pairs[i], errs[i] = rsa.GenerateKey(rand.Reader, 2048) })
	}
	work.Wait()
	return pairs, errors.Join(errs...)
}

// chain writes the roots (two with RSA, and one of another kind between them,
// as the real file has SM2 ones that do not count) and the certificates under
// them. One authority certifies merchants and Alipay alike, as the real one does.
func (m *maker) chain(n names, rootKey, class2Key *rsa.PrivateKey, leaves map[string]crypto.PublicKey) error {
	root, rootPEM, err := m.authority("Ant Financial Certification Authority R1 (sandbox)", rootKey, signer{})
	if err != nil {
		return err
	}
	odd, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	_, oddPEM, err := m.authority("Ant Financial Certification Authority E1 (sandbox)", odd, signer{})
	if err != nil {
		return err
	}
	_, otherPEM, err := m.authority("iTrusChina Class 2 Root CA (sandbox)", rootKey, signer{})
	if err != nil {
		return err
	}
	class2, class2PEM, err := m.authority("Ant Financial Certification Authority Class 2 R1 (sandbox)", class2Key, root)
	if err != nil {
		return err
	}
	if err := m.write(fileRoots, append(append(rootPEM, oddPEM...), otherPEM...)); err != nil {
		return err
	}
	for name, key := range leaves {
		subject := pkix.Name{Country: []string{"CN"}, Organization: []string{"Alipay (Guitai sandbox)"}, CommonName: "Alipay-" + n.SellerID}
		if id := map[string]string{fileAppCert: n.AppID, fileProviderCert: n.ProviderAppID}[name]; id != "" {
			subject = pkix.Name{Country: []string{"CN"}, Organization: []string{"Guitai sandbox merchant"}, CommonName: id}
		}
		t, err := m.template(subject, 5)
		if err != nil {
			return err
		}
		der, err := x509.CreateCertificate(rand.Reader, t, class2.cert, key, class2.key)
		if err != nil {
			return err
		}
		if err := m.write(name, append(block("CERTIFICATE", der), class2PEM...)); err != nil {
			return err
		}
	}
	return nil
}

// authority makes a certificate that may issue others, by itself where by is
// empty.
func (m *maker) authority(name string, key crypto.Signer, by signer) (signer, []byte, error) {
	t, err := m.template(pkix.Name{
		Country: []string{"CN"}, Organization: []string{"Ant Financial (Guitai sandbox)"},
		OrganizationalUnit: []string{"Certification Authority"}, CommonName: name,
	}, 20)
	if err != nil {
		return signer{}, nil, err
	}
	t.IsCA, t.KeyUsage = true, x509.KeyUsageCertSign
	if by.cert == nil {
		by = signer{t, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, by.cert, key.Public(), by.key)
	if err != nil {
		return signer{}, nil, err
	}
	made, err := x509.ParseCertificate(der)
	return signer{made, key}, block("CERTIFICATE", der), err
}

func (m *maker) template(subject pkix.Name, years int) (*x509.Certificate, error) {
	serial := make([]byte, 16)
	if _, err := rand.Read(serial); err != nil {
		return nil, err
	}
	serial[0] &= 0x7f
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), Subject: subject,
		NotBefore: m.now.Add(-time.Hour), NotAfter: m.now.AddDate(years, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}, nil
}

func (m *maker) private(name string, key *rsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return m.write(name, block("PRIVATE KEY", der))
}

func (m *maker) write(name string, text []byte) error {
	return os.WriteFile(filepath.Join(m.dir, name), text, 0o600)
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
