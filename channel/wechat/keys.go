package wechat

import (
	"context"
	"crypto"
	"crypto/rsa"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/emmansun/gmsm/smx509"

	"guitai/channel"
)

// publicKeyPrefix begins the serial of a public key, as against a certificate.
const publicKeyPrefix = "PUB_KEY_ID_"

// platform is a platform certificate (平台证书), as far as it matters.
type platform struct {
	key      crypto.PublicKey // *rsa.PublicKey, or *ecdsa.PublicKey on the curve of SM2
	from, to time.Time
}

// keyring holds the keys that WeChat Pay signs with: the public key, and the
// platform certificates as they were downloaded last.
type keyring struct {
	publicID string
	public   *rsa.PublicKey
	suite    Algorithm // of the certificates
	every    time.Duration
	fetching chan struct{} // holds one token while a download is under way

	mu    sync.Mutex
	certs map[string]platform // by serial
	tried time.Time           // when they were downloaded or it was tried
}

// known finds a key without asking anybody.
func (k *keyring) known(serial string, now time.Time) (crypto.PublicKey, bool) {
	if k.public != nil && serial == k.publicID {
		return k.public, true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	cert, ok := k.certs[serial]
	if !ok || now.Before(cert.from) || now.After(cert.to) {
		return nil, false
	}
	return cert.key, true
}

// due reports whether a download may be tried now, and notes that it was.
func (k *keyring) due(now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.tried.IsZero() && now.Sub(k.tried) < k.every && !now.Before(k.tried) {
		return false
	}
	k.tried = now
	return true
}

var errKey = errors.New("signed with a key that we do not have")

// key finds the key that a serial names. A certificate that is not known is
// downloaded, at most once in a while whoever asks: forged serials must not
// make us call WeChat Pay all the time.
func (c *Channel) keyFor(ctx context.Context, serial string) (crypto.PublicKey, []channel.Message, error) {
	if key, ok := c.keys.known(serial, c.now()); ok {
		return key, nil, nil
	}
	if !isSerial(serial) {
		return nil, nil, errKey
	}
	select {
	case c.keys.fetching <- struct{}{}:
		defer func() { <-c.keys.fetching }()
	case <-ctx.Done():
		return nil, nil, errKey
	}
	if key, ok := c.keys.known(serial, c.now()); ok { // another call brought it
		return key, nil, nil
	}
	if !c.keys.due(c.now()) {
		return nil, nil, errKey
	}
	m, err := c.fetch(ctx)
	if err != nil {
		return nil, []channel.Message{m}, errors.Join(errKey, err)
	}
	if key, ok := c.keys.known(serial, c.now()); ok {
		return key, []channel.Message{m}, nil
	}
	return nil, []channel.Message{m}, errKey
}

// isSerial reports whether s can be the serial of a certificate: hex digits.
func isSerial(s string) bool {
	return len(s) >= 8 && len(s) <= 40 && strings.Trim(s, "0123456789ABCDEF") == ""
}

// certificates is the answer of GET /v3/certificates.
type certificates struct {
	Data []struct {
		SerialNo string `json:"serial_no"`
		Sealed   sealed `json:"encrypt_certificate"`
	} `json:"data"`
}

// fetch downloads the platform certificates. The first download cannot be
// checked with a key that is known: the GCM tag under our APIv3 key vouches for
// the certificates, and these must have signed the answer.
func (c *Channel) fetch(ctx context.Context) (channel.Message, error) {
	q := request{op: "certificates", method: http.MethodGet, via: c.plain, url: c.base.JoinPath("/v3/certificates")}
	if c.keys.suite == AlgorithmSM2 {
		q.url.RawQuery = "algorithm_type=SM2"
	}
	if err := c.signed(&q); err != nil {
		return channel.Message{At: c.now(), Op: q.op, Failure: "not sent: " + short(err)}, err
	}
	r := c.send(ctx, q)
	err := r.err
	if err == nil {
		err = c.adopt(r)
	}
	m := r.message(q, err)
	m.Out = "GET " + q.url.RequestURI()
	return m, err
}

// adopt takes the certificates of an answer over, when it is genuine.
func (c *Channel) adopt(r reply) error {
	if r.http != http.StatusOK {
		return errors.New("no certificates")
	}
	fresh, err := c.unseal(r.body)
	if err != nil {
		return err
	}
	s := stampOf(func(name string) string { return one(r.header, name) })
	if err := s.check(c.now()); err != nil {
		return err
	}
	signer, ok := c.keys.known(s.serial, c.now())
	if cert, is := fresh[s.serial]; !ok && is {
		signer, ok = cert.key, true
	}
	if !ok {
		return errKey
	}
	if err := s.verify(signer, r.body); err != nil {
		return err
	}
	c.keys.mu.Lock()
	defer c.keys.mu.Unlock()
	c.keys.certs = fresh
	return nil
}

// unseal decrypts the certificates of an answer. One that is not what it says
// spoils the whole answer.
func (c *Channel) unseal(body []byte) (map[string]platform, error) {
	var in certificates
	if err := json.Unmarshal(body, &in); err != nil || len(in.Data) == 0 || len(in.Data) > 100 {
		return nil, errors.New("unreadable list of certificates")
	}
	fresh := map[string]platform{}
	for _, d := range in.Data {
		text, err := d.Sealed.open(c.v3Key)
		if err != nil {
			return nil, err
		}
		block, _ := pem.Decode(text)
		if block == nil {
			return nil, errPEM
		}
		cert, err := smx509.ParseCertificate(block.Bytes) // of both suites
		if err != nil || !sameSerial(serialOf(cert.SerialNumber), d.SerialNo) {
			return nil, errors.New("a certificate is not the one that it is said to be")
		}
		if suiteOf(cert.PublicKey) == c.keys.suite {
			fresh[d.SerialNo] = platform{key: cert.PublicKey, from: cert.NotBefore, to: cert.NotAfter}
		}
	}
	return fresh, nil
}
