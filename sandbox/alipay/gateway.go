package alipay

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

const (
	clockSlip = 5 * time.Minute
	maxBody   = 64 << 10
)

// call is a request whose signature was right.
type call struct {
	ctx    context.Context
	params map[string]string
	biz    []byte // biz_content
	plan   fault.Plan
	app    app
	shop   merchant
	host   string // as the caller names this machine
	cert   bool   // certificate mode
}

// head begins every answer.
type head struct {
	Code    string `json:"code"`
	Msg     string `json:"msg"`
	SubCode string `json:"sub_code,omitempty"`
	SubMsg  string `json:"sub_msg,omitempty"`
}

func success() head { return head{Code: "10000", Msg: "Success"} }

// failure is an error answer.
type failure struct {
	head
	retry    string // retry_flag, for alipay.trade.cancel
	unsigned bool   // the gateway does not know whose key to sign for
	general  bool   // in error_response
}

func (f *failure) Error() string { return f.Code + " " + f.SubCode }

// missing and invalid are the gateway's own refusals ("公共错误码").
func missing(what string) *failure {
	return &failure{head: head{"40001", "Missing Required Arguments", "isv.missing-" + what, "缺少参数" + what}}
}

func invalid(what, text string) *failure {
	return &failure{head: head{"40002", "Invalid Arguments", "isv.invalid-" + what, text}}
}

// refused is a business failure.
func refused(sub, text string) *failure {
	return &failure{head: head{"40004", "Business Failed", sub, text}}
}

// errSystem is "may or may not have happened". isp.unknow-error is spelt so.
func errSystem(op string) *failure {
	if op == OpCertDownload {
		return &failure{head: head{"20000", "Service Currently Unavailable", "isp.unknow-error", "系统繁忙"}}
	}
	f := refused("ACQ.SYSTEM_ERROR", "接口返回错误")
	if op == OpCancel {
		f.retry = "Y"
	}
	return f
}

// gateway is /gateway.do: parameters travel in the URL or in the body, and
// count the same.
func (p *Provider) gateway(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	params, bad := merge(r.URL.RawQuery, string(body))
	e, known := p.calls[params["method"]]
	serve := func(w http.ResponseWriter, r *http.Request) {
		c := &call{ctx: r.Context(), params: params, plan: fault.From(r.Context()), cert: params["app_cert_sn"] != "", host: r.Host}
		var out any
		err := bad
		if err == nil {
			out, err = p.checked(c, e, known)
		}
		if err == nil && c.plan.Has(fault.SystemErrorAfter) {
			err = errSystem(e.op)
		}
		p.answer(w, c, out, err)
	}
	p.faults.Serve(w, r, fault.Call{Provider: string(book.Alipay), Op: e.op}, serve)
}

// merge joins the parameters of the URL and the body. A name may come twice
// only with the same value.
func merge(query, body string) (map[string]string, error) {
	params := map[string]string{}
	for _, text := range []string{query, body} {
		form, err := url.ParseQuery(text)
		if err != nil {
			return params, invalid("parameter", "参数不是合法的表单")
		}
		for name, values := range form {
			for _, value := range values {
				if old, ok := params[name]; ok && old != value {
					return params, invalid("parameter", "参数"+name+"重复且不一致")
				}
				params[name] = value
			}
		}
	}
	return params, nil
}

func (p *Provider) checked(c *call, e entry, known bool) (any, error) {
	if err := p.admit(c, known); err != nil {
		return nil, err
	}
	if c.plan.Has(fault.SystemError) {
		return nil, errSystem(e.op)
	}
	return e.do(c)
}

// admit checks the public parameters and the signature over all of them
// ("签名").
func (p *Provider) admit(c *call, known bool) error {
	q := c.params
	c.app = p.keys.apps[q["app_id"]]
	switch {
	case q["app_id"] == "":
		return lost(missing("app-id"))
	case c.app.id == "":
		return lost(invalid("app-id", "无效的AppID参数"))
	case q["method"] == "":
		f := missing("method")
		f.general = true
		return f
	case !known:
		f := invalid("method", "不存在的方法名")
		f.general = true
		return f
	case q["sign_type"] == "":
		return missing("signature-type")
	case q["sign_type"] != "RSA2":
		return invalid("signature-type", "无效的签名类型")
	case q["sign"] == "":
		return missing("signature")
	case q["charset"] != "" && !strings.EqualFold(q["charset"], "utf-8"):
		return invalid("charset", "无效的字符集")
	case q["version"] != "1.0":
		return invalid("version", "无效的版本")
	case q["format"] != "" && !strings.EqualFold(q["format"], "json"):
		return invalid("format", "无效的数据格式")
	case q["timestamp"] == "":
		return missing("timestamp")
	}
	at, err := time.ParseInLocation(time.DateTime, q["timestamp"], beijing())
	if err != nil || p.now().Sub(at).Abs() > clockSlip {
		return invalid("timestamp", "非法的时间戳参数")
	}
	if c.cert && q["app_cert_sn"] != c.app.certSN {
		return invalid("app-cert-sn", "应用公钥证书序列号不正确")
	}
	if c.cert && q["alipay_root_cert_sn"] != p.keys.rootSN {
		return invalid("alipay-root-cert-sn", "支付宝根证书序列号不正确")
	}
	sign, err := base64.StdEncoding.DecodeString(q["sign"])
	sum := sha256.Sum256([]byte(toSign(q, "sign")))
	if err != nil || rsa.VerifyPKCS1v15(c.app.key, crypto.SHA256, sum[:], sign) != nil {
		return invalid("signature", "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配")
	}
	c.biz = []byte(q["biz_content"])
	return p.authorized(c)
}

// authorized finds out for whom the call is made. What is about the app itself
// needs no merchant's token.
func (p *Provider) authorized(c *call) error {
	shop, err := p.keys.shop(c.app, c.params["app_auth_token"])
	op := p.calls[c.params["method"]].op
	if err != nil && c.params["app_auth_token"] == "" && (op == OpToken || op == OpCertDownload) {
		return nil
	}
	c.shop = shop
	return err
}

// lost marks an answer to somebody whose keys are not known.
func lost(f *failure) *failure {
	f.unsigned = true
	return f
}

// toSign is all parameters but the named and the empty ones, sorted, as
// name=value with raw values.
func toSign(params map[string]string, without ...string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if params[name] != "" && !slices.Contains(without, name) {
			parts = append(parts, name+"="+params[name])
		}
	}
	return strings.Join(parts, "&")
}

// answer writes the node, then the certificate's number, then the signature
// over the node's bytes, with no white space between.
func (p *Provider) answer(w http.ResponseWriter, c *call, out any, err error) {
	name := strings.ReplaceAll(c.params["method"], ".", "_") + "_response"
	f := new(failure)
	if err != nil {
		if !errors.As(err, &f) {
			f = &failure{head: head{"20000", "Service Currently Unavailable", "isp.unknow-error", "系统繁忙"}}
		}
		if f.general || p.calls[c.params["method"]].do == nil {
			name = "error_response"
		}
		out = struct {
			head
			RetryFlag string `json:"retry_flag,omitempty"`
		}{f.head, f.retry}
	}
	node, err := render(out)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	var b bytes.Buffer
	b.WriteString(`{"` + name + `":`)
	b.Write(node)
	if !f.unsigned {
		signed := node
		if c.plan.Has(fault.BadSignature) {
			signed = append(bytes.Clone(node), ' ')
		}
		key := p.keys.plain
		if c.cert {
			key = p.keys.certified
			b.WriteString(`,"alipay_cert_sn":"` + p.keys.certSN + `"`)
		}
		b.WriteString(`,"sign":"` + seal(key, signed) + `"`)
	}
	b.WriteByte('}')
	w.Header().Set("Content-Type", "text/html;charset=utf-8") // as the real gateway
	w.Header().Set("trace_id", p.token(16))
	_, _ = w.Write(b.Bytes()) // a caller who has gone is not our trouble
}

// render writes JSON as the gateway does, slashes escaped.
func render(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(bytes.TrimSpace(b.Bytes()), []byte("/"), []byte(`\/`)), nil
}

// seal is RSA2. It cannot fail with a 2048-bit key; if it did, the client would
// refuse the answer.
func seal(key *rsa.PrivateKey, text []byte) string {
	sum := sha256.Sum256(text)
	sign, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(sign)
}

// token is n random bytes in hex.
func (p *Provider) token(n int) string {
	raw := make([]byte, n)
	if _, err := io.ReadFull(p.rand, raw); err != nil {
		return "0" // an empty random source makes no secret here
	}
	return hex.EncodeToString(raw)
}

// beijing is the zone of every time on this wire.
func beijing() *time.Location { return time.FixedZone("CST", 8*3600) }

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(beijing()).Format(time.DateTime)
}

// text is a field that clients write as a string or as a number.
type text string

// UnmarshalJSON takes both.
func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(s)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*t = text(n.String())
	return nil
}

// decode reads biz_content; fields that are not known are passed over, as the
// real gateway does.
func decode[T any](c *call) (T, error) {
	var v T
	if err := json.Unmarshal(c.biz, &v); err != nil {
		return v, invalid("parameter", "biz_content不是合法的JSON")
	}
	return v, nil
}
