package wechat

import (
	"bytes"
	"cmp"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"guitai"
	"guitai/channel/wire"
)

// Open makes a channel. It sends nothing; it fails when the credentials do not
// fit together. The error never carries a secret.
func Open(o Options) (*Channel, error) {
	c, err := open(o)
	if err != nil {
		return nil, guitai.Fail(guitai.Invalid, guitai.CodeAccountTrouble, fmt.Errorf("wechat: %w", err))
	}
	return c, nil
}

func open(o Options) (*Channel, error) {
	c := &Channel{
		mchID: o.MchID, appID: o.AppID, appSecret: o.AppSecret, v3Key: []byte(o.APIv3Key), v2Key: o.APIv2Key,
		subMchID: o.SubMchID, subAppID: o.SubAppID, codePay: cmp.Or(o.CodePay, CodePayV2),
		signType: cmp.Or(o.SignType, SignHMAC), mode: o.Mode, nowFn: o.Now, rand: o.Rand, timeout: o.Timeout,
	}
	if c.timeout == 0 {
		c.timeout = 10 * time.Second
	}
	switch {
	case o.MchID == "" || o.AppID == "":
		return nil, errors.New("mchid and appid are needed")
	case o.SubAppID != "" && o.SubMchID == "":
		return nil, errors.New("sub_appid is of a sub_mchid")
	case len(o.APIv3Key) != 32 || len(o.APIv2Key) != 32:
		return nil, errors.New("the API keys of v2 and v3 have 32 bytes each")
	case o.Now == nil || o.Rand == nil:
		return nil, errors.New("a clock and a random source are needed")
	case c.mode != ModePublicKey && c.mode != ModeCertificate:
		return nil, fmt.Errorf("unknown mode %q", c.mode)
	case c.signType != SignHMAC && c.signType != SignMD5:
		return nil, fmt.Errorf("unknown sign type %q", c.signType)
	case o.Algorithm != "" && o.Algorithm != AlgorithmRSA && o.Algorithm != AlgorithmSM2:
		return nil, fmt.Errorf("unknown algorithm %q", o.Algorithm)
	case o.Algorithm == AlgorithmSM2 && c.mode != ModeCertificate:
		return nil, errors.New("SM2 works with platform certificates")
	case c.codePay != CodePayV2 && c.codePay != CodePayV3:
		return nil, fmt.Errorf("unknown edition %q of code pay", c.codePay)
	}
	var err error
	if c.base, err = address(o.BaseURL); err != nil {
		return nil, err
	}
	if c.tlsBase, err = address(cmp.Or(o.TLSBaseURL, o.BaseURL)); err != nil {
		return nil, err
	}
	if c.oauth, err = address(cmp.Or(o.OAuthURL, "https://open.weixin.qq.com")); err != nil {
		return nil, err
	}
	if c.oauthAPI, err = address(cmp.Or(o.OAuthAPIURL, o.OAuthURL, "https://api.weixin.qq.com")); err != nil {
		return nil, err
	}
	if o.BillURL != "" {
		if c.billBase, err = address(o.BillURL); err != nil {
			return nil, err
		}
	}
	if err := c.openKeys(o); err != nil {
		return nil, err
	}
	return c, c.openTransports(o)
}

// address checks a base URL. Outside this machine everything goes over TLS.
func address(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(s, "/"))
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, errors.New("a base URL is a scheme, a host and perhaps a path")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	local := err == nil && ip.IsLoopback() || u.Hostname() == "localhost"
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return nil, errors.New("a base URL is https, or http to a loopback address")
	}
	if u.Path == "" {
		u.Path = "/" // or JoinPath makes targets without the slash that is signed
	}
	return u, nil
}

func (c *Channel) openKeys(o Options) error {
	var err error
	if c.key, err = privateKey(o.PrivateKey); err != nil {
		return fmt.Errorf("the private key: %w", err)
	}
	cert, err := certificate(o.Certificate)
	if err != nil {
		return fmt.Errorf("the certificate: %w", err)
	}
	if pub, ok := cert.PublicKey.(*rsa.PublicKey); !ok || !pub.Equal(&c.key.PublicKey) {
		return errors.New("the certificate is not of the private key")
	}
	c.serialNo = serialOf(cert.SerialNumber)
	if o.SerialNo != "" {
		if !sameSerial(o.SerialNo, c.serialNo) {
			return errors.New("serial_no is not the certificate's")
		}
		c.serialNo = strings.ToUpper(o.SerialNo)
	}
	c.signer = signer{
		scheme: "WECHATPAY2-SHA256-RSA2048", serial: c.serialNo,
		sign: func(text string) (string, error) { return signV3(c.key, text) },
	}
	c.keys = keyring{suite: cmp.Or(o.Algorithm, AlgorithmRSA), every: o.RefreshEvery, fetching: make(chan struct{}, 1), certs: map[string]platform{}}
	if c.keys.suite == AlgorithmSM2 {
		if c.signer, err = sm2Signer(o.SM2PrivateKey, o.SM2Certificate, o.Rand); err != nil {
			return fmt.Errorf("the SM2 pair: %w", err)
		}
	}
	if c.keys.every == 0 {
		c.keys.every = time.Minute
	}
	if len(o.PublicKey) == 0 && o.PublicKeyID == "" && o.Mode == ModeCertificate {
		return nil
	}
	if !strings.HasPrefix(o.PublicKeyID, publicKeyPrefix) {
		return errors.New("public_key_id begins with PUB_KEY_ID_")
	}
	c.keys.publicID = o.PublicKeyID
	if c.keys.public, err = publicKey(o.PublicKey); err != nil {
		return fmt.Errorf("the public key: %w", err)
	}
	return nil
}

func (c *Channel) openTransports(o Options) error {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, Time: o.Now}
	if len(o.TLSCA) > 0 {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool() // a machine without roots of its own
		}
		if !pool.AppendCertsFromPEM(o.TLSCA) {
			return errors.New("the TLS authority is not PEM certificates")
		}
		cfg.RootCAs = pool
	}
	pair, err := tls.X509KeyPair(o.Certificate, o.PrivateKey)
	if err != nil {
		return errors.New("the certificate and the private key are no pair")
	}
	mutual := cfg.Clone()
	mutual.Certificates = []tls.Certificate{pair}
	c.plain, c.mutual = wire.Open(wire.Options{TLS: cfg}), wire.Open(wire.Options{TLS: mutual})
	return nil
}

// serialOf writes a serial number as WeChat Pay does: 40 upper-case hex digits.
func serialOf(n *big.Int) string { return fmt.Sprintf("%040X", n) }

// sameSerial compares serial numbers however many zeros lead them.
func sameSerial(a, b string) bool {
	return strings.TrimLeft(strings.ToUpper(a), "0") == strings.TrimLeft(strings.ToUpper(b), "0")
}

var errPEM = errors.New("not PEM")

func privateKey(b []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, errPEM
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("neither PKCS #1 nor PKCS #8")
	}
	key, ok := any.(*rsa.PrivateKey)
	if !ok || key.N.BitLen() < 2048 {
		return nil, errors.New("not RSA of 2048 bits or more")
	}
	return key, nil
}

func certificate(b []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(b)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errPEM
	}
	return x509.ParseCertificate(block.Bytes)
}

func publicKey(b []byte) (*rsa.PublicKey, error) {
	block, rest := pem.Decode(b)
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errPEM
	}
	any, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, errors.New("not PKIX")
	}
	key, ok := any.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < 2048 {
		return nil, errors.New("not RSA of 2048 bits or more")
	}
	return key, nil
}
