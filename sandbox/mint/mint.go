package mint

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Folder is where a provider keeps its files. Only their owner may read them.
type Folder string

// Make makes the folder.
func (f Folder) Make() error { return os.MkdirAll(string(f), 0o700) }

// Has reports whether there is a file of this name.
func (f Folder) Has(name string) bool {
	_, err := os.Stat(filepath.Join(string(f), name))
	return !errors.Is(err, os.ErrNotExist)
}

// Read returns a file.
func (f Folder) Read(name string) ([]byte, error) { return os.ReadFile(filepath.Join(string(f), name)) }

// Write keeps a file.
func (f Folder) Write(name string, text []byte) error {
	return os.WriteFile(filepath.Join(string(f), name), text, 0o600)
}

// ReadWords reads what no certificate carries. Errors never quote it.
func (f Folder) ReadWords(name string, into any) error {
	raw, err := f.Read(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return errors.New(name + ": not readable")
	}
	return nil
}

// WriteWords keeps it.
func (f Folder) WriteWords(name string, words any) error {
	raw, err := json.MarshalIndent(words, "", "  ")
	if err != nil {
		return err
	}
	return f.Write(name, append(raw, '\n'))
}

// Key reads an RSA key in PKCS #8. Errors never quote it.
func (f Folder) Key(name string) (*rsa.PrivateKey, error) {
	raw, err := f.Read(name)
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

// WriteKey keeps a key in PKCS #8.
func (f Folder) WriteKey(name string, key crypto.Signer) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return f.Write(name, Block("PRIVATE KEY", der))
}

// WritePublic keeps a public key.
func (f Folder) WritePublic(name string, key crypto.PublicKey) error {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return err
	}
	return f.Write(name, Block("PUBLIC KEY", der))
}

// Certificates reads a bundle, and returns it as it stands too.
func (f Folder) Certificates(name string) ([]byte, []*x509.Certificate, error) {
	text, err := f.Read(name)
	if err != nil {
		return nil, nil, err
	}
	var all []*x509.Certificate
	for b, rest := pem.Decode(text); b != nil; b, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, nil, errors.New(name + ": no certificate")
	}
	return text, all, nil
}

// Block writes one PEM block.
func Block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// Pairs makes keys of 2048 bits side by side. Key generation takes its
// randomness from the system only.
func Pairs(n int) ([]*rsa.PrivateKey, error) {
	pairs, errs := make([]*rsa.PrivateKey, n), make([]error, n)
	var work sync.WaitGroup
	for i := range n {
		work.Go(func() { pairs[i], errs[i] = rsa.GenerateKey(rand.Reader, 2048) })
	}
	work.Wait()
	return pairs, errors.Join(errs...)
}

// Paper is a certificate to be made.
type Paper struct {
	Subject pkix.Name
	Serial  int // bytes of its number, which has no leading zero digit
	Now     time.Time
	Years   int
}

// Template is a certificate that is not signed yet, for signing what is not a
// certificate.
func Template(p Paper) (*x509.Certificate, error) {
	serial := make([]byte, p.Serial)
	if p.Serial < 1 {
		return nil, errors.New("mint: a certificate without a number")
	}
	if _, err := rand.Read(serial); err != nil {
		return nil, err
	}
	serial[0] = serial[0]&0x7f | 0x10
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), Subject: p.Subject,
		NotBefore: p.Now.Add(-time.Hour), NotAfter: p.Now.AddDate(p.Years, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}, nil
}

// Authority signs certificates.
type Authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// NewAuthority makes an authority under another one, or by itself where by is
// empty, and returns its certificate in PEM.
func NewAuthority(p Paper, key crypto.Signer, by Authority) (Authority, []byte, error) {
	t, err := Template(p)
	if err != nil {
		return Authority{}, nil, err
	}
	t.IsCA, t.KeyUsage = true, x509.KeyUsageCertSign
	if by.cert == nil {
		by = Authority{t, key}
	}
	text, err := by.Sign(t, key.Public())
	if err != nil {
		return Authority{}, nil, err
	}
	b, _ := pem.Decode(text)
	made, err := x509.ParseCertificate(b.Bytes)
	return Authority{made, key}, text, err
}

// Issue makes a certificate for somebody's key, in PEM.
func (a Authority) Issue(p Paper, key crypto.PublicKey) ([]byte, error) {
	t, err := Template(p)
	if err != nil {
		return nil, err
	}
	return a.Sign(t, key)
}

// Sign makes a certificate of a template that was changed.
func (a Authority) Sign(t *x509.Certificate, key crypto.PublicKey) ([]byte, error) {
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, key, a.key)
	if err != nil {
		return nil, err
	}
	return Block("CERTIFICATE", der), nil
}
