package wechat

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/emmansun/gmsm/sm2"

	"guitai/sandbox/wallet"
)

// secrets are the words that no certificate carries.
type secrets struct {
	words
	PublicKeyID string `json:"public_key_id"`
	Provider    words  `json:"provider"`
	Subs        []sub  `json:"subs"` // the provider's shops
}

// keys is everything that signs or is trusted at this provider.
type keys struct {
	secrets
	dir          string
	shop         *party            // connects directly
	provider     *party            // 服务商
	platform     *x509.Certificate // WeChat Pay's own, for certificate mode
	platformPEM  []byte
	platformKey  *rsa.PrivateKey
	publicKey    *rsa.PrivateKey // the pair behind PublicKeyID
	authority    *x509.Certificate
	server       tls.Certificate
	platformName string
	sm2          sm2Cert         // WeChat Pay's own, of the national ciphers
	sm2Key       *sm2.PrivateKey // behind it
}

// The files, in the provider's folder.
const (
	fileSecrets      = "secrets.json"
	fileMerchantKey  = "apiclient_key.pem"
	fileMerchantCert = "apiclient_cert.pem"
	fileProviderKey  = "provider_key.pem"
	fileProviderCert = "provider_cert.pem"
	filePlatformKey  = "platform_key.pem"
	filePlatformCert = "platform_cert.pem"
	filePrivateKey   = "pub_key_private.pem"
	filePublicKey    = "pub_key.pem"
	fileAuthority    = "ca.pem"
	fileServerKey    = "server_key.pem"
	fileServerCert   = "server_cert.pem"
	fileShopSM2Key   = "sm2_apiclient_key.pem"
	fileShopSM2Cert  = "sm2_apiclient_cert.pem"
	fileSM2Key       = "sm2_platform_key.pem"
	fileSM2Cert      = "sm2_platform_cert.pem"
)

// openKeys loads the keys of dir, and makes them on the first start.
func openKeys(d wallet.Desk) (*keys, error) {
	k := &keys{dir: d.Dir}
	// Keys of an earlier edition, which lacked some, are made anew as well.
	if err := k.readSecrets(); errors.Is(err, os.ErrNotExist) || err == nil && len(k.Subs) == 0 {
		if err := makeKeys(d); err != nil {
			return nil, fmt.Errorf("wechat: making keys: %w", err)
		}
	}
	if err := k.load(); err != nil {
		return nil, fmt.Errorf("wechat: keys in %s: %w", d.Dir, err)
	}
	return k, nil
}

// readSecrets reads the secrets that no certificate carries.
func (k *keys) readSecrets() error {
	raw, err := os.ReadFile(filepath.Join(k.dir, fileSecrets))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &k.secrets); err != nil {
		return errors.New(fileSecrets + ": not readable")
	}
	return nil
}

func (k *keys) load() error {
	if err := k.readSecrets(); err != nil {
		return err
	}
	k.shop, k.provider = &party{words: k.words}, &party{words: k.Provider, subs: k.Subs}
	certs := map[string]**x509.Certificate{fileMerchantCert: &k.shop.cert, fileProviderCert: &k.provider.cert, filePlatformCert: &k.platform, fileAuthority: &k.authority}
	for name, to := range certs {
		der, err := k.block(name)
		if err != nil {
			return err
		}
		if *to, err = x509.ParseCertificate(der); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for name, to := range map[string]**rsa.PrivateKey{filePlatformKey: &k.platformKey, filePrivateKey: &k.publicKey} {
		der, err := k.block(name)
		if err != nil {
			return err
		}
		key, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			return errors.New(name + ": not a PKCS #8 key")
		}
		var ok bool
		if *to, ok = key.(*rsa.PrivateKey); !ok {
			return errors.New(name + ": not an RSA key")
		}
	}
	var err error
	if k.platformPEM, err = os.ReadFile(filepath.Join(k.dir, filePlatformCert)); err != nil {
		return err
	}
	k.shop.serial, k.provider.serial, k.platformName = serialName(k.shop.cert), serialName(k.provider.cert), serialName(k.platform)
	if err := k.loadSM2(); err != nil {
		return err
	}
	k.server, err = tls.LoadX509KeyPair(filepath.Join(k.dir, fileServerCert), filepath.Join(k.dir, fileServerKey))
	return err
}

// issued reports whether a client certificate is one of ours.
func (k *keys) issued(c *x509.Certificate) bool {
	return c.Equal(k.shop.cert) || c.Equal(k.provider.cert)
}

func serialName(c *x509.Certificate) string { return fmt.Sprintf("%040X", c.SerialNumber) }

func (k *keys) block(name string) ([]byte, error) {
	raw, err := os.ReadFile(filepath.Join(k.dir, name))
	if err != nil {
		return nil, err
	}
	b, _ := pem.Decode(raw)
	if b == nil {
		return nil, errors.New(name + ": not PEM")
	}
	return b.Bytes, nil
}

// makeKeys writes a fresh merchant and a fresh platform; secrets.json comes
// last, so that a start which was cut short begins anew.
func makeKeys(d wallet.Desk) error {
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return err
	}
	var pairs [4]*rsa.PrivateKey
	for i := range pairs {
		var err error
		// Key generation takes its randomness from the system only.
		if pairs[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			return err
		}
	}
	m := maker{dir: d.Dir, now: d.Now()}
	if err := m.authority(); err != nil {
		return err
	}
	if err := m.issue(leaf{name: "Guitai Sandbox Merchant", lasts: 5, client: x509.ExtKeyUsageClientAuth}, pairs[0], fileMerchantKey, fileMerchantCert); err != nil {
		return err
	}
	if err := m.issue(leaf{name: "Guitai Sandbox Service Provider", lasts: 5, client: x509.ExtKeyUsageClientAuth}, pairs[3], fileProviderKey, fileProviderCert); err != nil {
		return err
	}
	if err := m.issue(leaf{name: "Tenpay.com sign (sandbox)", lasts: 5}, pairs[1], filePlatformKey, filePlatformCert); err != nil {
		return err
	}
	if err := m.server(); err != nil {
		return err
	}
	if err := m.public(pairs[2]); err != nil {
		return err
	}
	if err := m.sm2(); err != nil {
		return err
	}
	return m.secrets(d.Rand)
}

// maker issues certificates under one throw-away authority.
type maker struct {
	dir  string
	now  time.Time
	ca   *x509.Certificate
	sign crypto.Signer
}

type leaf struct {
	name   string
	lasts  int // years
	client x509.ExtKeyUsage
	hosts  []string
	ips    []net.IP
}

func (m *maker) template(name string, years int) (*x509.Certificate, error) {
	serial := make([]byte, 20)
	if _, err := rand.Read(serial); err != nil {
		return nil, err
	}
	// 40 hex digits without a leading zero, and a positive number.
	serial[0] = serial[0]&0x6f | 0x10
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"Guitai sandbox"}, Country: []string{"CN"}},
		NotBefore:    m.now.Add(-time.Hour), NotAfter: m.now.AddDate(years, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}, nil
}

func (m *maker) authority() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	t, err := m.template("Tenpay.com Root CA (sandbox)", 20)
	if err != nil {
		return err
	}
	t.IsCA, t.KeyUsage = true, x509.KeyUsageCertSign
	m.ca, m.sign = t, key
	return m.certificate(t, key.Public(), fileAuthority)
}

func (m *maker) issue(l leaf, key crypto.Signer, keyFile, certFile string) error {
	t, err := m.template(l.name, l.lasts)
	if err != nil {
		return err
	}
	t.ExtKeyUsage = []x509.ExtKeyUsage{l.client}
	t.DNSNames, t.IPAddresses = l.hosts, l.ips
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := m.write(keyFile, "PRIVATE KEY", der); err != nil {
		return err
	}
	return m.certificate(t, key.Public(), certFile)
}

func (m *maker) server() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	l := leaf{name: "localhost", lasts: 5, client: x509.ExtKeyUsageServerAuth,
		hosts: []string{"localhost"}, ips: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}}
	return m.issue(l, key, fileServerKey, fileServerCert)
}

func (m *maker) certificate(t *x509.Certificate, key crypto.PublicKey, file string) error {
	der, err := x509.CreateCertificate(rand.Reader, t, m.ca, key, m.sign)
	if err != nil {
		return err
	}
	return m.write(file, "CERTIFICATE", der)
}

func (m *maker) public(key *rsa.PrivateKey) error {
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := m.write(filePrivateKey, "PRIVATE KEY", private); err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	return m.write(filePublicKey, "PUBLIC KEY", public)
}

func (m *maker) secrets(random io.Reader) error {
	s := secrets{}
	var err error
	draw := func(n int, letters string) string {
		raw := make([]byte, n)
		if _, e := io.ReadFull(random, raw); e != nil {
			err = e
		}
		for i, b := range raw {
			raw[i] = letters[int(b)%len(letters)]
		}
		return string(raw)
	}
	named := func(prefix string) sub {
		return sub{Mchid: prefix + draw(8, "0123456789"), Appid: "wx" + draw(16, "0123456789abcdef")}
	}
	for prefix, to := range map[string]*words{"16": &s.words, "15": &s.Provider} {
		n := named(prefix)
		*to = words{
			Mchid: n.Mchid, Appid: n.Appid, AppSecret: draw(32, "0123456789abcdef"),
			APIv3Key: draw(32, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), APIv2Key: draw(32, "0123456789abcdefghjkmnpqrstvwxyz"),
		}
	}
	s.Subs = []sub{named("17"), named("18")}
	s.PublicKeyID = "PUB_KEY_ID_01" + s.Mchid + m.now.UTC().Format("20060102") + "00" + draw(8, "0123456789")
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(m.dir, fileSecrets), append(raw, '\n'), 0o600)
}

func (m *maker) write(file, kind string, der []byte) error {
	return os.WriteFile(filepath.Join(m.dir, file), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
