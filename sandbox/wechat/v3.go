package wechat

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"guitai"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

const (
	scheme    = "WECHATPAY2-SHA256-RSA2048"
	clockSlip = 5 * time.Minute // "APIv3 签名": older or newer timestamps are refused
	maxBody   = 64 << 10
)

// v3Call is a request whose signature was right.
type v3Call struct {
	*http.Request
	body []byte
	plan fault.Plan
	who  *party // who signed it
	name string // of the key that the merchant wants answers to be signed by
}

// partner reports whether the path has the service provider's form.
func (c *v3Call) partner() bool { return strings.HasPrefix(c.URL.Path, "/v3/pay/partner/") }

// v3Error is an error answer. Number is the numeric code that ends Request-Id.
type v3Error struct {
	http   int
	code   string
	text   string
	number int
	field  string
}

func (e *v3Error) Error() string { return e.code }

func paramError(field, text string) *v3Error {
	return &v3Error{http: 400, code: "PARAM_ERROR", text: text, number: 268435461, field: field}
}

// v3 checks the signature, lets h answer, and signs the answer. A nil object is
// 204.
func (p *Provider) v3(op string, h func(*v3Call) (any, error)) http.HandlerFunc {
	serve := func(w http.ResponseWriter, r *http.Request) {
		c := &v3Call{Request: r, plan: fault.From(r.Context()), name: p.keys.platformName}
		out, err := p.checked(c, h)
		if c.plan.Has(fault.SystemErrorAfter) {
			err = errSystem(nil)
		}
		if err != nil {
			p.refuse(w, c, err)
			return
		}
		if out == nil {
			p.send(w, c, http.StatusNoContent, nil)
			return
		}
		body, err := json.Marshal(out)
		if err != nil {
			p.refuse(w, c, errSystem(err))
			return
		}
		p.send(w, c, http.StatusOK, body)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		p.faults.Serve(w, r, fault.Call{Provider: string(book.WeChat), Op: op}, serve)
	}
}

func errSystem(error) *v3Error {
	return &v3Error{http: 500, code: "SYSTEM_ERROR", text: "系统异常，请用相同参数重新调用", number: 268435457}
}

func (p *Provider) checked(c *v3Call, h func(*v3Call) (any, error)) (any, error) {
	body, err := io.ReadAll(io.LimitReader(c.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		return nil, paramError("", "请求体过大或读取失败")
	}
	c.body = body
	if err := p.authorize(c); err != nil {
		return nil, err
	}
	if c.plan.Has(fault.SystemError) {
		return nil, errSystem(nil)
	}
	return h(c)
}

func (p *Provider) nowhere(*v3Call) (any, error) {
	return nil, &v3Error{http: 404, code: "RESOURCE_NOT_EXISTS", text: "请求的资源不存在", number: 268435462}
}

// authorize checks the Authorization header of "APIv3 签名".
func (p *Provider) authorize(c *v3Call) error {
	fail := func(why string) error {
		return &v3Error{http: 401, code: "SIGN_ERROR", text: why, number: 268443699}
	}
	name, rest, _ := strings.Cut(c.Header.Get("Authorization"), " ")
	if name == schemeSM2 {
		c.name = p.keys.sm2.name
	}
	if name != scheme && name != schemeSM2 {
		return fail("Authorization 的认证类型不正确")
	}
	f := authFields(rest)
	for _, need := range []string{"mchid", "nonce_str", "timestamp", "serial_no", "signature"} {
		if f[need] == "" {
			return fail("Authorization 缺少字段 " + need)
		}
	}
	c.who = p.keys.party(f["mchid"])
	if c.who == nil || f["serial_no"] == "" || f["serial_no"] != c.who.serialOf(name) {
		return fail("商户号与证书序列号不匹配")
	}
	seconds, err := strconv.ParseInt(f["timestamp"], 10, 64)
	if err != nil || p.now().Sub(time.Unix(seconds, 0)).Abs() > clockSlip {
		return fail("时间戳与当前时间相差超过五分钟")
	}
	text := c.Method + "\n" + c.RequestURI + "\n" + f["timestamp"] + "\n" + f["nonce_str"] + "\n" + string(c.body) + "\n"
	sign, err := base64.StdEncoding.DecodeString(f["signature"])
	if err != nil || !c.who.signed(name, text, sign) {
		return fail("错误的签名，导致验签失败")
	}
	if !p.nonces.fresh(f["nonce_str"], p.now()) {
		return fail("随机串重复")
	}
	switch want := c.Header.Get("Wechatpay-Serial"); want {
	case "", c.name:
	case p.keys.PublicKeyID: // is an RSA key
		if name == schemeSM2 {
			return &v3Error{http: 400, code: "INVALID_REQUEST", text: "Wechatpay-Serial 与签名算法不匹配", number: 268435461}
		}
		c.name = want
	default:
		return &v3Error{http: 400, code: "INVALID_REQUEST", text: "Wechatpay-Serial 不存在", number: 268435461}
	}
	return nil
}

// authFields reads name="value" pairs in any order.
func authFields(s string) map[string]string {
	out := map[string]string{}
	for _, pair := range strings.Split(s, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if ok && len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
			out[name] = value[1 : len(value)-1]
		}
	}
	return out
}

func verify(key crypto.PublicKey, text string, sign []byte) bool {
	public, ok := key.(*rsa.PublicKey)
	sum := sha256.Sum256([]byte(text))
	return ok && rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], sign) == nil
}

func (p *Provider) refuse(w http.ResponseWriter, c *v3Call, err error) {
	e := new(v3Error)
	if !errors.As(err, &e) {
		e = errSystem(err)
	}
	type detail struct {
		Field    string `json:"field,omitempty"`
		Issue    string `json:"issue,omitempty"`
		Location string `json:"location,omitempty"`
	}
	body := struct {
		Code    string  `json:"code"`
		Message string  `json:"message"`
		Detail  *detail `json:"detail,omitempty"`
	}{Code: e.code, Message: e.text}
	if e.field != "" {
		body.Detail = &detail{Field: e.field, Issue: e.text, Location: "body"}
	}
	raw, merr := json.Marshal(body)
	if merr != nil {
		raw = nil
	}
	w.Header().Set("Request-Id", p.requestID(e.number))
	p.send(w, c, e.http, raw)
}

// requestID is an id, a hyphen and the numeric error code, 0 for success.
func (p *Provider) requestID(number int) string {
	return strings.ToUpper(p.token(16)) + "-" + strconv.Itoa(number)
}

// token is n random letters and digits.
func (p *Provider) token(n int) string {
	raw := make([]byte, n)
	if _, err := io.ReadFull(p.rand, raw); err != nil {
		return "0" // an empty random source makes no secret here
	}
	return guitai.Base32(raw)[:n]
}

// send signs an answer, errors and the empty body of a 204 too.
func (p *Provider) send(w http.ResponseWriter, c *v3Call, code int, body []byte) {
	if w.Header().Get("Request-Id") == "" {
		w.Header().Set("Request-Id", p.requestID(0))
	}
	signed := body
	if c.plan.Has(fault.BadSignature) {
		signed = append(bytes.Clone(body), ' ')
	}
	for name, value := range p.seal(c.name, signed) {
		w.Header().Set(name, value)
	}
	if body != nil {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(code)
	_, _ = w.Write(body) // a caller who has gone is not our trouble
}

// seal makes the four headers over timestamp, nonce and body, each ended by LF.
func (p *Provider) seal(name string, body []byte) map[string]string {
	if name == p.keys.sm2.name {
		return p.sealSM2(body)
	}
	key := p.keys.platformKey
	if name == p.keys.PublicKeyID {
		key = p.keys.publicKey
	}
	return p.sealWith(key, name, body)
}

func (p *Provider) sealWith(key *rsa.PrivateKey, name string, body []byte) map[string]string {
	return p.stamp(name, scheme, body, func(text []byte) ([]byte, error) {
		sum := sha256.Sum256(text)
		return rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	})
}

// stamp makes the headers over a body, with whatever signs.
func (p *Provider) stamp(name, kind string, body []byte, by func([]byte) ([]byte, error)) map[string]string {
	stamp, nonce := strconv.FormatInt(p.now().Unix(), 10), p.token(32)
	sign, err := by([]byte(stamp + "\n" + nonce + "\n" + string(body) + "\n"))
	if err != nil {
		sign = nil // cannot be with a sound key; the client then refuses the answer
	}
	return map[string]string{
		"Wechatpay-Timestamp": stamp, "Wechatpay-Nonce": nonce, "Wechatpay-Serial": name,
		"Wechatpay-Signature":      base64.StdEncoding.EncodeToString(sign),
		"Wechatpay-Signature-Type": kind,
	}
}

// decode reads a JSON body; parameters that the documents do not know are
// refused, as the real service does (numeric code 270924358).
func decode[T any](body []byte) (T, error) {
	var v T
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		if strings.Contains(err.Error(), "unknown field") {
			return v, &v3Error{http: 400, code: "PARAM_ERROR", text: "请求中含有未在API文档中定义的参数", number: 270924358}
		}
		return v, paramError("", "请求体不是合法的JSON或字段类型不正确")
	}
	if _, err := d.Token(); err != io.EOF {
		return v, paramError("", "请求体不是合法的JSON")
	}
	return v, nil
}

// fingerprint stands for the content of a request.
func fingerprint(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16]), nil
}

func checkNotifyURL(s string) error {
	u, err := url.Parse(s)
	// The real service wants https; a sandbox on loopback takes http too.
	if err != nil || len(s) > 255 || u.Host == "" || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http" {
		return paramError("notify_url", "notify_url 不合法")
	}
	return nil
}

// nonces remembers what was used while its timestamp could still be accepted:
// two generations, each as long as the whole window.
type nonces struct {
	mu         sync.Mutex
	young, old map[string]struct{}
	began      time.Time
}

func (n *nonces) fresh(nonce string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	age := now.Sub(n.began).Abs()
	if age > 4*clockSlip {
		n.young = map[string]struct{}{} // nobody came for two generations
	}
	if age > 2*clockSlip {
		n.young, n.old, n.began = map[string]struct{}{}, n.young, now
	}
	_, a := n.young[nonce]
	_, b := n.old[nonce]
	n.young[nonce] = struct{}{}
	return !a && !b
}
