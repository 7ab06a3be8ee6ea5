package wechat_test

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guitai/channel/wechat"
)

// pair is a key and a certificate over it.
type pair struct {
	key    *rsa.PrivateKey
	serial string
	pem    []byte
}

func (p pair) keyPEM() []byte {
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// pairs are made once for all tests: the merchant's, two platform certificates,
// a stranger's, and one whose key is the public key.
var pairs = sync.OnceValue(func() []pair {
	var all []pair
	for i := range 5 {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		serial := new(big.Int).Lsh(big.NewInt(int64(0x51+i)), 152)
		tpl := &x509.Certificate{
			SerialNumber: serial, Subject: pkix.Name{CommonName: "teller"}, NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		}
		der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, key.Public(), key)
		if err != nil {
			panic(err)
		}
		all = append(all, pair{key, fmt.Sprintf("%040X", serial), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})})
	}
	return all
})

const (
	merchant = iota
	platform
	platform2
	stranger
	public
)

const (
	publicID = "PUB_KEY_ID_0116000000002025112100000001"
	mchID    = "1600000000"
	appID    = "wx0123456789abcdef"
	v3Key    = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	v2Key    = "0123456789abcdefghjkmnpqrstvwxyz"
)

// teller is a WeChat Pay that says what a test tells it to, rightly signed. It
// counts what comes.
type teller struct {
	*httptest.Server
	t      testing.TB
	calls  atomic.Int64
	now    func() time.Time
	signer atomic.Int64 // which pair signs
	mu     sync.Mutex
	say    http.HandlerFunc
	certs  []int
	asked  int    // for certificates
	shop   string // sub_mch_id of its answers
}

func (b *teller) handle(w http.ResponseWriter, r *http.Request) {
	b.calls.Add(1)
	b.mu.Lock()
	say := b.say
	b.mu.Unlock()
	if r.URL.Path == "/v3/certificates" {
		b.mu.Lock()
		b.asked++
		b.mu.Unlock()
		b.certificates(w)
		return
	}
	say(w, r)
}

// newTeller serves plain HTTP; its say is set by tells.
func newTeller(t testing.TB) *teller {
	b := &teller{t: t, now: time.Now, certs: []int{platform}}
	b.signer.Store(public)
	b.Server = httptest.NewServer(http.HandlerFunc(b.handle))
	b.Config.ErrorLog = nil
	t.Cleanup(b.Close)
	return b
}

// newTLSTeller serves TLS with the platform's certificate and asks for ours.
func newTLSTeller(t testing.TB) *teller {
	b := &teller{t: t, now: time.Now, certs: []int{platform}}
	b.signer.Store(public)
	b.Server = httptest.NewUnstartedServer(http.HandlerFunc(b.handle))
	own, err := tls.X509KeyPair(pairs()[platform].pem, pairs()[platform].keyPEM())
	if err != nil {
		t.Fatal(err)
	}
	trust := x509.NewCertPool()
	trust.AppendCertsFromPEM(pairs()[merchant].pem)
	b.TLS = &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAnyClientCert, ClientCAs: trust}
	b.Config.ErrorLog = quiet()
	b.StartTLS()
	t.Cleanup(b.Close)
	return b
}

// speaksFor makes v2 answers name a service provider's shop.
func (b *teller) speaksFor(shop string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shop = shop
}

func (b *teller) tells(say http.HandlerFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.say = say
}

// serialOf names the key that signs.
func serialOf(i int) string {
	if i == public {
		return publicID
	}
	return pairs()[i].serial
}

// stamped makes the four headers over a body.
func stamped(i int, at time.Time, body []byte) map[string]string {
	stamp, nonce := fmt.Sprint(at.Unix()), "c5ac7061fccab6bf3e254dcf98995b8c"
	sum := sha256.Sum256([]byte(stamp + "\n" + nonce + "\n" + string(body) + "\n"))
	sig, err := rsa.SignPKCS1v15(nil, pairs()[i].key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return map[string]string{
		"Wechatpay-Timestamp": stamp, "Wechatpay-Nonce": nonce, "Wechatpay-Serial": serialOf(i),
		"Wechatpay-Signature": base64.StdEncoding.EncodeToString(sig),
	}
}

// v3 answers JSON, signed.
func (b *teller) v3(w http.ResponseWriter, code int, body string) {
	for name, value := range stamped(int(b.signer.Load()), b.now(), []byte(body)) {
		w.Header().Set(name, value)
	}
	w.WriteHeader(code)
	_, _ = io.WriteString(w, body)
}

// v2 answers XML, signed with HMAC-SHA256.
func (b *teller) v2(w http.ResponseWriter, fields map[string]string) {
	b.mu.Lock()
	shop := b.shop
	b.mu.Unlock()
	all := map[string]string{"return_code": "SUCCESS", "appid": appID, "mch_id": mchID, "sub_mch_id": shop, "nonce_str": "n"}
	maps.Copy(all, fields)
	if all["sign"] == "" {
		var text strings.Builder
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if all[name] != "" {
				text.WriteString(name + "=" + all[name] + "&")
			}
		}
		h := hmac.New(sha256.New, []byte(v2Key))
		_, _ = io.WriteString(h, text.String()+"key="+v2Key)
		all["sign"] = strings.ToUpper(hex.EncodeToString(h.Sum(nil)))
	}
	var out bytes.Buffer
	out.WriteString("<xml>")
	for name, value := range all {
		out.WriteString("<" + name + "><![CDATA[" + value + "]]></" + name + ">")
	}
	out.WriteString("</xml>")
	_, _ = w.Write(out.Bytes())
}

// seal encrypts under the APIv3 key.
func seal(plain []byte, about string) map[string]string {
	block, err := aes.NewCipher([]byte(v3Key))
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return map[string]string{
		"algorithm": "AEAD_AES_256_GCM", "nonce": "fdasflkja484", "associated_data": about,
		"ciphertext": base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte("fdasflkja484"), plain, []byte(about))),
	}
}

func (b *teller) certificates(w http.ResponseWriter) {
	b.mu.Lock()
	certs := slices.Clone(b.certs)
	b.mu.Unlock()
	var data []map[string]any
	for _, i := range certs {
		data = append(data, map[string]any{"serial_no": pairs()[i].serial, "encrypt_certificate": seal(pairs()[i].pem, "certificate")})
	}
	raw, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		b.t.Error(err)
	}
	b.v3(w, 200, string(raw))
}

// authorized checks a request's signature; text has the places of time and
// nonce.
func authorized(header, text string) error {
	f := map[string]string{}
	for part := range strings.SplitSeq(strings.TrimPrefix(header, "WECHATPAY2-SHA256-RSA2048 "), ",") {
		name, value, _ := strings.Cut(part, "=")
		f[name] = strings.Trim(value, `"`)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, text, f["timestamp"], f["nonce_str"]))
	sig, err := base64.StdEncoding.DecodeString(f["signature"])
	if err != nil {
		return err
	}
	return rsa.VerifyPKCS1v15(&pairs()[merchant].key.PublicKey, crypto.SHA256, sum[:], sig)
}

// options are the merchant's at the teller.
func (b *teller) options() wechat.Options {
	der, err := x509.MarshalPKIXPublicKey(pairs()[public].key.Public())
	if err != nil {
		b.t.Fatal(err)
	}
	return wechat.Options{
		BaseURL: b.URL, TLSBaseURL: b.URL, MchID: mchID, AppID: appID, SerialNo: pairs()[merchant].serial,
		PrivateKey: pairs()[merchant].keyPEM(), Certificate: pairs()[merchant].pem, APIv3Key: v3Key, APIv2Key: v2Key,
		PublicKeyID: publicID, PublicKey: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
		TLSCA: pairs()[platform].pem, Mode: wechat.ModePublicKey, Now: b.now, Rand: rand.Reader, Timeout: 5 * time.Second,
	}
}

// opened is a channel to the teller.
func (b *teller) opened(change func(*wechat.Options)) *wechat.Channel {
	b.t.Helper()
	o := b.options()
	if change != nil {
		change(&o)
	}
	c, err := wechat.Open(o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(c.Close)
	return c
}
