package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Lives of what the authority makes. Devices refuse leaves that live longer
// than 397 days; ours live shorter, so that their renewal is no rare thing.
const (
	rootLife  = 10 * 365 * 24 * time.Hour
	leafLife  = 200 * 24 * time.Hour
	renewLeft = 70 * 24 * time.Hour
	early     = time.Hour // certificates begin so long before now: clocks differ
)

// The two files of an authority, in its folder.
const (
	rootFile = "authority.pem"
	keyFile  = "authority.key"
)

// privateNets are the networks that a shop may use inside.
func privateNets() []string {
	return []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128"}
}

// privateNames are the endings of names that mean nothing outside.
func privateNames() []string {
	return []string{"localhost", "local", "lan", "internal", "home.arpa"}
}

// Authority signs the server's certificate for names and addresses of the shop.
type Authority struct {
	now   func() time.Time
	hosts []string
	root  *x509.Certificate
	key   *ecdsa.PrivateKey

	mu   sync.Mutex
	leaf *tls.Certificate
}

// OpenAuthority reads the authority in a folder, or makes one: its key for the
// owner of the folder only. hosts are the names and addresses under which tills
// reach this server. It fails when an authority that devices trust already does
// not cover them.
func OpenAuthority(dir string, hosts []string, now func() time.Time) (*Authority, error) {
	if len(hosts) == 0 {
		return nil, errors.New("cert: the authority is given no host")
	}
	for _, h := range hosts {
		if h == "" || len(h) > 253 || strings.ContainsAny(h, "/: *") && net.ParseIP(h) == nil {
			return nil, fmt.Errorf("cert: %q is not a name or address of a machine", h)
		}
	}
	a := &Authority{now: now, hosts: hosts}
	err := a.read(dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = a.create(dir)
	}
	if err != nil {
		return nil, err
	}
	if !a.now().Before(a.root.NotAfter.Add(-leafLife)) {
		return nil, fmt.Errorf("cert: the authority in %s ends on %s: move it away, and let the devices trust a new one", dir, a.root.NotAfter.Format(time.DateOnly))
	}
	if _, err := a.certificate(); err != nil {
		return nil, fmt.Errorf("cert: the authority in %s does not cover these hosts; move it away, and let the devices trust a new one: %w", dir, err)
	}
	return a, nil
}

// read reads both files.
func (a *Authority) read(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, rootFile))
	if err != nil {
		return err
	}
	secret, err := os.ReadFile(filepath.Join(dir, keyFile))
	if err != nil {
		return err
	}
	block, _ := pem.Decode(text)
	sealed, _ := pem.Decode(secret)
	if block == nil || sealed == nil {
		return fmt.Errorf("cert: %s is not an authority", dir)
	}
	if a.root, err = x509.ParseCertificate(block.Bytes); err != nil {
		return err
	}
	if a.key, err = x509.ParseECPrivateKey(sealed.Bytes); err != nil {
		return err
	}
	if public, ok := a.root.PublicKey.(*ecdsa.PublicKey); !ok || !public.Equal(&a.key.PublicKey) {
		return fmt.Errorf("cert: the key in %s is another's", dir)
	}
	return nil
}

// create makes the root. Its key is on the disk before its certificate: a half
// made authority is made anew, and nobody trusts it yet.
func (a *Authority) create(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := serialNumber(rand.Reader)
	if err != nil {
		return err
	}
	now := a.now()
	t := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "Guitai " + hex.EncodeToString(serial.Bytes()[:4]), Organization: []string{"Guitai"}},
		NotBefore: now.Add(-early), NotAfter: now.Add(rootLife), IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: privateNames()}
	for _, n := range privateNets() {
		_, block, err := net.ParseCIDR(n)
		if err != nil {
			return err
		}
		t.PermittedIPRanges = append(t.PermittedIPRanges, block)
	}
	for _, h := range a.hosts {
		if ip := net.ParseIP(h); ip == nil {
			t.PermittedDNSDomains = append(t.PermittedDNSDomains, h)
		} else if four := ip.To4(); four != nil {
			t.PermittedIPRanges = append(t.PermittedIPRanges, &net.IPNet{IP: four, Mask: net.CIDRMask(32, 32)})
		} else {
			t.PermittedIPRanges = append(t.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(128, 128)})
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, keyFile), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}), 0o600); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, rootFile), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		return err
	}
	a.key = key
	a.root, err = x509.ParseCertificate(der)
	return err
}

// writeFile puts a file in its place whole and on the disk.
func writeFile(name string, b []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(name+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

func serialNumber(random io.Reader) (*big.Int, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return nil, err
	}
	b[0] = b[0]&0x7F | 0x40 // positive, and always 16 bytes
	return new(big.Int).SetBytes(b[:]), nil
}

// Root is the authority's own certificate in DER: what devices are to trust.
func (a *Authority) Root() []byte { return slices.Clone(a.root.Raw) }

// Fingerprint is the SHA-256 of Root as devices show it.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.root.Raw)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}

// GetCertificate is for tls.Config. The leaf is renewed by itself, long before
// its end.
func (a *Authority) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return a.certificate()
}

func (a *Authority) certificate() (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.leaf != nil && a.now().Add(renewLeft).Before(a.leaf.Leaf.NotAfter) {
		return a.leaf, nil
	}
	leaf, err := a.sign()
	if err != nil {
		if a.leaf != nil && a.now().Before(a.leaf.Leaf.NotAfter) {
			return a.leaf, nil // it still serves
		}
		return nil, err
	}
	a.leaf = leaf
	return leaf, nil
}

// sign makes a leaf with a key of its own, which is kept in memory only, and
// checks it as a device will.
func (a *Authority) sign() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := serialNumber(rand.Reader)
	if err != nil {
		return nil, err
	}
	now := a.now()
	t := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: a.hosts[0]}, NotBefore: now.Add(-early), NotAfter: now.Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true}
	for _, h := range a.hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.root, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.root)
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: now}); err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.root.Raw}, PrivateKey: key, Leaf: leaf}, nil
}
