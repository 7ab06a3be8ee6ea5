package sandbox_test

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guitai/sandbox"
	"guitai/sandbox/wechat"
)

// keyDir holds keys that were made once for all tests of the package.
var keyDir = filepath.Join(os.TempDir(), fmt.Sprintf("sandbox-keys-%d", os.Getpid()))

func TestMain(m *testing.M) {
	s, err := sandbox.Open(sandbox.Options{Dir: keyDir, Addr: "127.0.0.1:0", Now: time.Now, Rand: rand.Reader})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(keyDir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// newDir is a folder with keys and no journal.
func newDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(keyDir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "journal.jsonl")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func openStreet(t *testing.T, dir string, speed float64) *sandbox.Street {
	t.Helper()
	s, err := sandbox.Open(sandbox.Options{Dir: dir, Addr: "127.0.0.1:0", Now: time.Now, Rand: rand.Reader, Speed: speed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// merchant is a small client of its own: what it knows stands in
// credentials.json, as for any merchant.
type merchant struct {
	t      *testing.T
	c      wechat.Credentials
	key    *rsa.PrivateKey
	public *rsa.PublicKey // behind public_key_id
	cert   *rsa.PublicKey // of the platform certificate
	certNo string
	client *http.Client
	serial string // sent as Wechatpay-Serial
	now    func() time.Time
	nonce  string // fixed when not empty
}

func newMerchant(t *testing.T, dir string) *merchant {
	t.Helper()
	raw := ok(os.ReadFile(filepath.Join(dir, "credentials.json")))(t)
	var all struct{ Wechat wechat.Credentials }
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	m := &merchant{t: t, c: all.Wechat, now: time.Now}
	block := func(name string) []byte {
		b, _ := pem.Decode(ok(os.ReadFile(filepath.Join(dir, name)))(t))
		if b == nil {
			t.Fatalf("%s is not PEM", name)
		}
		return b.Bytes
	}
	m.key = ok(x509.ParsePKCS8PrivateKey(block(m.c.PrivateKey)))(t).(*rsa.PrivateKey)
	m.public = ok(x509.ParsePKIXPublicKey(block(m.c.PublicKey)))(t).(*rsa.PublicKey)
	platform := ok(x509.ParseCertificate(block(m.c.PlatformCertificate)))(t)
	m.cert, m.certNo = platform.PublicKey.(*rsa.PublicKey), fmt.Sprintf("%X", platform.SerialNumber)
	trust := x509.NewCertPool()
	trust.AddCert(ok(x509.ParseCertificate(block(m.c.TLSCA)))(t))
	own := ok(tls.LoadX509KeyPair(filepath.Join(dir, m.c.Certificate), filepath.Join(dir, m.c.PrivateKey)))(t)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust, Certificates: []tls.Certificate{own}}}
	t.Cleanup(transport.CloseIdleConnections)
	m.client = &http.Client{Transport: transport, Timeout: 20 * time.Second}
	return m
}

func ok[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// answer3 is an answer of API v3. Signed says that its signature is right.
type answer3 struct {
	code   int
	header http.Header
	body   []byte
	fields map[string]any
	signed bool
}

func (a answer3) str(path string) string {
	var v any = a.fields
	for name := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return fmt.Sprint(int64(v))
	}
	return ""
}

func (m *merchant) request3(method, path string, body any) *http.Request {
	m.t.Helper()
	var raw []byte
	if body != nil {
		raw = ok(json.Marshal(body))(m.t)
	}
	r := ok(http.NewRequestWithContext(m.t.Context(), method, m.c.BaseURL+path, bytes.NewReader(raw)))(m.t)
	stamp, nonce := fmt.Sprint(m.now().Unix()), rand.Text()
	if m.nonce != "" {
		nonce = m.nonce
	}
	sum := sha256.Sum256([]byte(method + "\n" + path + "\n" + stamp + "\n" + nonce + "\n" + string(raw) + "\n"))
	sign := base64.StdEncoding.EncodeToString(ok(rsa.SignPKCS1v15(rand.Reader, m.key, crypto.SHA256, sum[:]))(m.t))
	r.Header.Set("Authorization", fmt.Sprintf(`WECHATPAY2-SHA256-RSA2048 signature="%s",nonce_str="%s",serial_no="%s",timestamp="%s",mchid="%s"`,
		sign, nonce, m.c.SerialNo, stamp, m.c.Mchid))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	if m.serial != "" {
		r.Header.Set("Wechatpay-Serial", m.serial)
	}
	return r
}

func (m *merchant) do3(r *http.Request) (answer3, error) {
	m.t.Helper()
	resp, err := m.client.Do(r)
	if err != nil {
		return answer3{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer3{}, err
	}
	a := answer3{code: resp.StatusCode, header: resp.Header, body: body, signed: m.verify(resp.Header, body)}
	if len(body) > 0 {
		err = json.Unmarshal(body, &a.fields)
	}
	return a, err
}

func (m *merchant) verify(h http.Header, body []byte) bool {
	key := m.cert
	switch h.Get("Wechatpay-Serial") {
	case m.c.PublicKeyID:
		key = m.public
	case m.certNo:
	default:
		return false
	}
	sum := sha256.Sum256([]byte(h.Get("Wechatpay-Timestamp") + "\n" + h.Get("Wechatpay-Nonce") + "\n" + string(body) + "\n"))
	sign, err := base64.StdEncoding.DecodeString(h.Get("Wechatpay-Signature"))
	return err == nil && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sign) == nil
}

// v3 makes a call whose answer must be signed.
func (m *merchant) v3(method, path string, body any) answer3 {
	m.t.Helper()
	a := ok(m.do3(m.request3(method, path, body)))(m.t)
	if !a.signed {
		m.t.Fatalf("%s %s: %d is not signed", method, path, a.code)
	}
	return a
}

// open reads what was sealed under the APIv3 key.
func (m *merchant) open(sealed map[string]any) []byte {
	m.t.Helper()
	text := func(name string) string { s, _ := sealed[name].(string); return s }
	gcm := ok(cipher.NewGCM(ok(aes.NewCipher([]byte(m.c.APIv3Key)))(m.t)))(m.t)
	raw := ok(base64.StdEncoding.DecodeString(text("ciphertext")))(m.t)
	return ok(gcm.Open(nil, []byte(text("nonce")), raw, []byte(text("associated_data"))))(m.t)
}

func (m *merchant) native(no string, fen int64, notify string) map[string]any {
	return map[string]any{"appid": m.c.Appid, "mchid": m.c.Mchid, "description": "茶", "out_trade_no": no,
		"notify_url": notify, "amount": map[string]any{"total": fen, "currency": "CNY"}}
}

// shown makes an order and returns its code.
func (m *merchant) shown(no string, fen int64, notify string) string {
	m.t.Helper()
	a := m.v3("POST", "/v3/pay/transactions/native", m.native(no, fen, notify))
	if a.code != 200 || a.str("code_url") == "" {
		m.t.Fatalf("native: %d %s", a.code, a.body)
	}
	return a.str("code_url")
}

func sign2(fields map[string]string, key string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name != "sign" && fields[name] != "" {
			fmt.Fprintf(&b, "%s=%s&", name, fields[name])
		}
	}
	b.WriteString("key=" + key)
	if fields["sign_type"] == "HMAC-SHA256" {
		h := hmac.New(sha256.New, []byte(key))
		h.Write([]byte(b.String()))
		return strings.ToUpper(hex.EncodeToString(h.Sum(nil)))
	}
	sum := md5.Sum([]byte(b.String()))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

type pair struct {
	XMLName xml.Name
	Value   string `xml:",chardata"`
}

// try2 makes a call of API v2; the answer's "sign" is checked, and kept only
// when it is right.
func (m *merchant) try2(base, path string, fields map[string]string) (map[string]string, error) {
	m.t.Helper()
	all := map[string]string{"appid": m.c.Appid, "mch_id": m.c.Mchid, "nonce_str": rand.Text()}
	maps.Copy(all, fields)
	if all["sign"] == "" {
		all["sign"] = sign2(all, m.c.APIv2Key)
	}
	var b bytes.Buffer
	b.WriteString("<xml>")
	for name, value := range all {
		fmt.Fprintf(&b, "<%s>", name)
		if err := xml.EscapeText(&b, []byte(value)); err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "</%s>", name)
	}
	b.WriteString("</xml>")
	r := ok(http.NewRequestWithContext(m.t.Context(), "POST", base+path, &b))(m.t)
	resp, err := m.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Pairs []pair `xml:",any"`
	}
	if err := xml.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, p := range doc.Pairs {
		out[p.XMLName.Local] = p.Value
	}
	if out["sign"] != "" && out["sign"] != sign2(out, m.c.APIv2Key) {
		delete(out, "sign")
	}
	return out, nil
}

func (m *merchant) v2(path string, fields map[string]string) map[string]string {
	m.t.Helper()
	out := ok(m.try2(m.c.TLSBaseURL, path, fields))(m.t)
	if out["sign"] == "" {
		m.t.Fatalf("%s: not signed: %v", path, out)
	}
	return out
}

func (m *merchant) micropay(no, fen, code string) map[string]string {
	m.t.Helper()
	return m.v2("/pay/micropay", map[string]string{"body": "茶", "out_trade_no": no, "total_fee": fen,
		"spbill_create_ip": "127.0.0.1", "auth_code": code})
}

// control makes a control call and decodes the answer.
func control(t *testing.T, s *sandbox.Street, method, path, body string) (int, map[string]any) {
	t.Helper()
	r := ok(http.NewRequestWithContext(t.Context(), method, s.URL()+path, strings.NewReader(body)))(t)
	resp := ok(http.DefaultClient.Do(r))(t)
	defer resp.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatalf("%s %s: %d %v", method, path, resp.StatusCode, err)
	}
	return resp.StatusCode, out
}

// must200 is control for calls that have to succeed.
func must200(t *testing.T, s *sandbox.Street, method, path, body string) map[string]any {
	t.Helper()
	code, out := control(t, s, method, path, body)
	if code != 200 {
		t.Fatalf("%s %s: %d %v", method, path, code, out)
	}
	return out
}

func payerCode(t *testing.T, s *sandbox.Street, behaviour string) string {
	t.Helper()
	out := must200(t, s, "POST", "/control/payer-code", `{"wallet":"wechat","behaviour":"`+behaviour+`"}`)
	code, _ := out["code"].(string)
	return code
}

// soon waits until f holds.
func soon(t *testing.T, what string, f func() bool) {
	t.Helper()
	for range 500 {
		if f() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// ear is a merchant's notify_url.
type ear struct {
	*httptest.Server
	heard chan heard
	reply chan int // what to answer next; 204 when empty
}

type heard struct {
	header http.Header
	body   []byte
	at     time.Time
}

func newEar(t *testing.T) *ear {
	e := &ear{heard: make(chan heard, 100), reply: make(chan int, 100)}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.heard <- heard{r.Header, body, time.Now()}
		select {
		case code := <-e.reply:
			w.WriteHeader(code)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *ear) next(t *testing.T) heard {
	t.Helper()
	select {
	case h := <-e.heard:
		return h
	case <-time.After(10 * time.Second):
		t.Fatal("no notice came")
		return heard{}
	}
}

func (e *ear) silent(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case h := <-e.heard:
		t.Fatalf("a notice too many: %s", h.body)
	case <-time.After(d):
	}
}
