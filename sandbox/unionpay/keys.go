package unionpay

import (
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"guitai/sandbox/mint"
	"guitai/sandbox/wallet"
)

// names are the words that no certificate carries.
type names struct {
	MerID string `json:"mer_id"`
}

// keys is everything that signs or is trusted at this gateway.
type keys struct {
	names
	dir        mint.Folder
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
	f := mint.Folder(d.Dir)
	if !f.Has(fileNames) {
		if err := makeKeys(d); err != nil {
			return nil, fmt.Errorf("unionpay: making keys: %w", err)
		}
	}
	k := &keys{dir: f}
	if err := k.load(); err != nil {
		return nil, fmt.Errorf("unionpay: keys in %s: %w", d.Dir, err)
	}
	return k, nil
}

func (k *keys) load() error {
	if err := k.dir.ReadWords(fileNames, &k.names); err != nil {
		return err
	}
	var err error
	if k.merchant, _, err = k.certificate(fileMerchantCert); err != nil {
		return err
	}
	if k.ownCert, k.ownCertPEM, err = k.certificate(fileOwnCert); err != nil {
		return err
	}
	if k.own, err = k.dir.Key(fileOwnKey); err != nil {
		return err
	}
	secure, err := k.dir.Read(fileSecure)
	k.secure = strings.TrimSpace(string(secure))
	return err
}

func (k *keys) certificate(name string) (*x509.Certificate, string, error) {
	text, all, err := k.dir.Certificates(name)
	if err != nil {
		return nil, "", err
	}
	return all[0], strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\r\n"), nil
}

// makeKeys writes a fresh merchant and a fresh gateway; names.json comes last,
// so that a start which was cut short begins anew.
func makeKeys(d wallet.Desk) error {
	f := mint.Folder(d.Dir)
	if err := f.Make(); err != nil {
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
	pairs, err := mint.Pairs(4)
	if err != nil {
		return err
	}
	if err := certify(f, n, d.Now(), pairs); err != nil {
		return err
	}
	if err := f.Write(fileSecure, []byte(hex.EncodeToString(raw[9:])+"\n")); err != nil {
		return err
	}
	return f.WriteWords(fileNames, n)
}

// certify writes root, middle, and under it both UnionPay's and the merchant's
// certificate: one authority certifies both, as the real one does.
func certify(f mint.Folder, n names, now time.Time, pairs []*rsa.PrivateKey) error {
	paper := func(name pkix.Name, years int) mint.Paper {
		return mint.Paper{Subject: name, Serial: 5, Now: now, Years: years} // as short as UnionPay's are
	}
	own := func(name string) pkix.Name {
		return pkix.Name{Country: []string{"CN"}, Organization: []string{"Guitai sandbox"}, CommonName: name}
	}
	root, rootPEM, err := mint.NewAuthority(paper(own("CFCA SANDBOX CS CA"), 20), pairs[0], mint.Authority{})
	if err != nil {
		return err
	}
	middle, middlePEM, err := mint.NewAuthority(paper(own("CFCA SANDBOX OCA1"), 20), pairs[1], root)
	if err != nil {
		return err
	}
	ownPEM, err := middle.Issue(paper(subject(ownName), 5), pairs[2].Public())
	if err != nil {
		return err
	}
	merchantPEM, err := middle.Issue(paper(subject("041@"+n.MerID+"@柜台沙箱商户@00000001"), 5), pairs[3].Public())
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		fileRoot: rootPEM, fileMiddle: middlePEM, fileOwnCert: ownPEM, fileMerchantCert: merchantPEM,
	} {
		if err := f.Write(name, text); err != nil {
			return err
		}
	}
	for name, key := range map[string]*rsa.PrivateKey{fileOwnKey: pairs[2], fileMerchantKey: pairs[3]} {
		if err := f.WriteKey(name, key); err != nil {
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
