package unionpay

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
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
	MerID string `json:"mer_id"`
}

// keys is everything that signs or is trusted at this gateway.
type keys struct {
	names
	dir        string
	merchant   *x509.Certificate
	own        *rsa.PrivateKey
	ownCert    *x509.Certificate
	ownCertPEM string // as answers carry it, with CRLF
	secure     string // the shared key of signMethod 11
}

// The files, in the provider's folder.
const (
	fileNames        = "names.json"
	fileMerchantKey  = "acp_sign_key.pem"
	fileMerchantCert = "acp_sign_cert.pem"
	fileOwnKey       = "unionpay_sign_key.pem"
	fileOwnCert      = "unionpay_sign_cert.pem"
	fileRoot         = "acp_root.pem"
	fileMiddle       = "acp_middle.pem"
	fileSecure       = "secure_key.txt"
)

// ownName is the name of UnionPay's signing certificate: the third of four
// parts is whose it is.
const ownName = "041@8310000000083040@中国银联股份有限公司@00016495"

// openKeys loads the keys of the desk's folder, and makes them on the first
// start.
func openKeys(d wallet.Desk) (*keys, error) {
	if _, err := os.Stat(filepath.Join(d.Dir, fileNames)); errors.Is(err, os.ErrNotExist) {
		if err := makeKeys(d); err != nil {
			return nil, fmt.Errorf("unionpay: making keys: %w", err)
		}
	}
	k := &keys{dir: d.Dir}
	if err := k.load(); err != nil {
		return nil, fmt.Errorf("unionpay: keys in %s: %w", d.Dir, err)
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
	if k.merchant, _, err = k.certificate(fileMerchantCert); err != nil {
		return err
	}
	if k.ownCert, k.ownCertPEM, err = k.certificate(fileOwnCert); err != nil {
		return err
	}
	if k.own, err = k.private(fileOwnKey); err != nil {
		return err
	}
	secure, err := os.ReadFile(filepath.Join(k.dir, fileSecure))
	k.secure = strings.TrimSpace(string(secure))
	return err
}

func (k *keys) private(name string) (*rsa.PrivateKey, error) {
	raw, err := os.ReadFile(filepath.Join(k.dir, name))
	if err != nil {
		return nil, err
	}
	b, _ := pem.Decode(raw)
	if b == nil {
		return nil, errors.New(name + ": not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(b.Bytes)
	if err != nil {
		return nil, errors.New(name + ": not a PKCS #8 key")
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New(name + ": not an RSA key")
	}
	return private, nil
}

func (k *keys) certificate(name string) (*x509.Certificate, string, error) {
	raw, err := os.ReadFile(filepath.Join(k.dir, name))
	if err != nil {
		return nil, "", err
	}
	b, _ := pem.Decode(raw)
	if b == nil {
		return nil, "", errors.New(name + ": not PEM")
	}
	c, err := x509.ParseCertificate(b.Bytes)
	return c, strings.ReplaceAll(strings.TrimSpace(string(raw)), "\n", "\r\n"), err
}

// maker issues certificates under a throw-away authority.
type maker struct {
	dir string
	now time.Time
}

// makeKeys writes a fresh merchant and a fresh gateway; names.json comes last,
// so that a start which was cut short begins anew.
func makeKeys(d wallet.Desk) error {
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return err
	}
	raw := make([]byte, 40)
	if _, err := io.ReadFull(d.Rand, raw); err != nil {
		return err
	}
	id := make([]byte, 9)
	for i := range id {
		id[i] = '0' + raw[i]%10
	}
	n := names{MerID: "777290" + string(id)} // 777 is how merchants of the test environment begin
	pairs, err := keyPairs(4)
	if err != nil {
		return err
	}
	m := maker{dir: d.Dir, now: d.Now()}
	if err := m.certify(n, pairs); err != nil {
		return err
	}
	if err := m.write(fileSecure, []byte(hex.EncodeToString(raw[9:])+"\n")); err != nil {
		return err
	}
	text, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return err
	}
	return m.write(fileNames, append(text, '\n'))
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

// certify writes root, middle, and under it both UnionPay's and the merchant's
// certificate: one authority certifies both, as the real one does.
func (m *maker) certify(n names, pairs []*rsa.PrivateKey) error {
	root, err := m.template(pkix.Name{Country: []string{"CN"}, Organization: []string{"Guitai sandbox"}, CommonName: "CFCA SANDBOX CS CA"}, 20)
	if err != nil {
		return err
	}
	middle, err := m.template(pkix.Name{Country: []string{"CN"}, Organization: []string{"Guitai sandbox"}, CommonName: "CFCA SANDBOX OCA1"}, 20)
	if err != nil {
		return err
	}
	own, err := m.template(subject(ownName), 5)
	if err != nil {
		return err
	}
	merchant, err := m.template(subject("041@"+n.MerID+"@柜台沙箱商户@00000001"), 5)
	if err != nil {
		return err
	}
	for _, c := range []*x509.Certificate{root, middle} {
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign
	}
	rootKey, middleKey, ownKey, merchantKey := pairs[0], pairs[1], pairs[2], pairs[3]
	for name, c := range map[string]struct {
		cert, by *x509.Certificate
		key      *rsa.PrivateKey
		byKey    *rsa.PrivateKey
	}{
		fileRoot:         {root, root, rootKey, rootKey},
		fileMiddle:       {middle, root, middleKey, rootKey},
		fileOwnCert:      {own, middle, ownKey, middleKey},
		fileMerchantCert: {merchant, middle, merchantKey, middleKey},
	} {
		der, err := x509.CreateCertificate(rand.Reader, c.cert, c.by, c.key.Public(), c.byKey)
		if err != nil {
			return err
		}
		if err := m.write(name, block("CERTIFICATE", der)); err != nil {
			return err
		}
	}
	for name, key := range map[string]*rsa.PrivateKey{fileOwnKey: ownKey, fileMerchantKey: merchantKey} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return err
		}
		if err := m.write(name, block("PRIVATE KEY", der)); err != nil {
			return err
		}
	}
	return nil
}

func subject(name string) pkix.Name {
	return pkix.Name{
		Country: []string{"CN"}, Organization: []string{"CFCA OCA1"},
		OrganizationalUnit: []string{"Local RA OCA1", "Enterprises"}, CommonName: name,
	}
}

func (m *maker) template(name pkix.Name, years int) (*x509.Certificate, error) {
	serial := make([]byte, 5) // as short as UnionPay's are
	if _, err := rand.Read(serial); err != nil {
		return nil, err
	}
	serial[0] = serial[0]&0x7f | 0x10
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), Subject: name,
		NotBefore: m.now.Add(-time.Hour), NotAfter: m.now.AddDate(years, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}, nil
}

func (m *maker) write(name string, text []byte) error {
	return os.WriteFile(filepath.Join(m.dir, name), text, 0o600)
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
