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
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"guitai/sandbox/mint"
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
	dir       mint.Folder
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
// start. What an older version made has no service provider, and is made anew.
func openKeys(d wallet.Desk) (*keys, error) {
	f := mint.Folder(d.Dir)
	if !f.Has(fileNames) || !f.Has(fileProviderCert) {
		if err := makeKeys(d); err != nil {
			return nil, fmt.Errorf("alipay: making keys: %w", err)
		}
	}
	k := &keys{dir: f, certs: map[string][]byte{}}
	if err := k.load(); err != nil {
		return nil, fmt.Errorf("alipay: keys in %s: %w", d.Dir, err)
	}
	return k, nil
}

func (k *keys) load() error {
	if err := k.dir.ReadWords(fileNames, &k.names); err != nil {
		return err
	}
	if err := k.loadApps(); err != nil {
		return err
	}
	var err error
	if k.plain, err = k.dir.Key(filePlainKey); err != nil {
		return err
	}
	if k.certified, err = k.dir.Key(fileCertKey); err != nil {
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
		key, err := k.dir.Key(a.key)
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

// bundle reads a file of certificates and returns it with the numbers of those
// that are signed with RSA, joined by _ ("公钥证书方式").
func (k *keys) bundle(name string) ([]byte, string, error) {
	text, all, err := k.dir.Certificates(name)
	if err != nil {
		return nil, "", err
	}
	var sns []string
	for _, c := range all {
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

// makeKeys writes a fresh merchant, a fresh service provider and a fresh
// gateway; names.json comes last, so that a start which was cut short begins
// anew.
func makeKeys(d wallet.Desk) error {
	f := mint.Folder(d.Dir)
	if err := f.Make(); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(d.Dir, fileNames)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	n, err := drawNames(d.Rand)
	if err != nil {
		return err
	}
	pairs, err := mint.Pairs(7)
	if err != nil {
		return err
	}
	app, plain, current, former, provider := pairs[0], pairs[1], pairs[2], pairs[3], pairs[6]
	for name, key := range map[string]*rsa.PrivateKey{fileAppKey: app, filePlainKey: plain, fileCertKey: current, fileProviderKey: provider} {
		if err := f.WriteKey(name, key); err != nil {
			return err
		}
	}
	if err := f.WritePublic(filePublicKey, plain.Public()); err != nil {
		return err
	}
	m := maker{Folder: f, now: d.Now()}
	if err := m.chain(n, pairs[4], pairs[5], map[string]crypto.PublicKey{
		fileAppCert: app.Public(), fileFormer: former.Public(), fileCert: current.Public(), fileProviderCert: provider.Public(),
	}); err != nil {
		return err
	}
	return f.WriteWords(fileNames, n)
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

// maker writes certificates.
type maker struct {
	mint.Folder
	now time.Time
}

// chain writes the roots (two with RSA, and one of another kind between them,
// as the real file has SM2 ones that do not count) and the certificates under
// them. One authority certifies merchants and Alipay alike, as the real one does.
func (m *maker) chain(n names, rootKey, class2Key *rsa.PrivateKey, leaves map[string]crypto.PublicKey) error {
	root, rootPEM, err := m.authority("Ant Financial Certification Authority R1 (sandbox)", rootKey, mint.Authority{})
	if err != nil {
		return err
	}
	odd, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	_, oddPEM, err := m.authority("Ant Financial Certification Authority E1 (sandbox)", odd, mint.Authority{})
	if err != nil {
		return err
	}
	_, otherPEM, err := m.authority("iTrusChina Class 2 Root CA (sandbox)", rootKey, mint.Authority{})
	if err != nil {
		return err
	}
	class2, class2PEM, err := m.authority("Ant Financial Certification Authority Class 2 R1 (sandbox)", class2Key, root)
	if err != nil {
		return err
	}
	if err := m.Write(fileRoots, append(append(rootPEM, oddPEM...), otherPEM...)); err != nil {
		return err
	}
	for name, key := range leaves {
		subject := pkix.Name{Country: []string{"CN"}, Organization: []string{"Alipay (Guitai sandbox)"}, CommonName: "Alipay-" + n.SellerID}
		if id := map[string]string{fileAppCert: n.AppID, fileProviderCert: n.ProviderAppID}[name]; id != "" {
			subject = pkix.Name{Country: []string{"CN"}, Organization: []string{"Guitai sandbox merchant"}, CommonName: id}
		}
		leaf, err := class2.Issue(m.paper(subject, 5), key)
		if err != nil {
			return err
		}
		if err := m.Write(name, append(leaf, class2PEM...)); err != nil {
			return err
		}
	}
	return nil
}

// authority makes a certificate that may issue others, by itself where by is
// empty.
func (m *maker) authority(name string, key crypto.Signer, by mint.Authority) (mint.Authority, []byte, error) {
	return mint.NewAuthority(m.paper(pkix.Name{
		Country: []string{"CN"}, Organization: []string{"Ant Financial (Guitai sandbox)"},
		OrganizationalUnit: []string{"Certification Authority"}, CommonName: name,
	}, 20), key, by)
}

func (m *maker) paper(subject pkix.Name, years int) mint.Paper {
	return mint.Paper{Subject: subject, Serial: 16, Now: m.now, Years: years}
}
