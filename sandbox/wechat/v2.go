package wechat

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// v2Call is a request whose signature was right.
type v2Call struct {
	fields   map[string]string
	who      whose
	plan     fault.Plan
	signType string
	request  *http.Request
}

// v2Error ends a call. With a code it is a signed answer with result_code FAIL;
// without one it is return_code FAIL, which carries no signature.
type v2Error struct {
	code string
	text string
	more map[string]string
}

func (e *v2Error) Error() string { return e.code + " " + e.text }

func fail2(code, text string) *v2Error { return &v2Error{code: code, text: text} }

// v2 checks the signature, lets h answer, and signs the answer.
func (p *Provider) v2(op string, h func(*v2Call) (map[string]string, error)) http.HandlerFunc {
	serve := func(w http.ResponseWriter, r *http.Request) {
		c := &v2Call{plan: fault.From(r.Context()), request: r}
		out, err := p.checked2(c, h)
		if c.plan.Has(fault.SystemErrorAfter) && c.fields != nil {
			err = systemError2(op)
		}
		p.send2(w, c, out, err)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		p.faults.Serve(w, r, fault.Call{Provider: string(book.WeChat), Op: op}, serve)
	}
}

// systemError2 is "SYSTEMERROR"; a reversal then says that it must be repeated.
func systemError2(op string) *v2Error {
	e := fail2("SYSTEMERROR", "系统超时")
	if op == OpReverse {
		e.more = map[string]string{"recall": "Y"}
	}
	return e
}

func (p *Provider) checked2(c *v2Call, h func(*v2Call) (map[string]string, error)) (map[string]string, error) {
	if c.request.Method != http.MethodPost {
		return nil, fail2("", "请使用post方法")
	}
	body, err := io.ReadAll(io.LimitReader(c.request.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		return nil, fail2("", "XML格式错误")
	}
	fields, err := parseXML(body)
	switch {
	case errors.Is(err, errNotUTF8):
		return nil, fail2("", "请使用UTF-8编码")
	case err != nil:
		return nil, fail2("", "XML格式错误")
	case p.keys.party(fields["mch_id"]) == nil:
		return nil, fail2("", "mch_id参数格式错误或商户号不存在")
	}
	w := whose{party: p.keys.party(fields["mch_id"]), sub: fields["sub_mch_id"], subAppid: fields["sub_appid"]}
	sign, err := sign2(fields, w.APIv2Key)
	if err != nil || subtle.ConstantTimeCompare([]byte(sign), []byte(fields["sign"])) != 1 {
		return nil, fail2("", "签名错误，请检查后再试")
	}
	if t := c.request.TLS; t != nil && strings.HasPrefix(c.request.URL.Path, "/secapi/") && !t.PeerCertificates[0].Equal(w.cert) {
		return nil, fail2("", "证书错误，请使用该商户号的证书访问")
	}
	c.fields, c.who, c.signType = fields, w, fields["sign_type"]
	_, known := w.party.sub(w.sub, w.subAppid)
	switch {
	case w.subs == nil && (w.sub != "" || w.subAppid != ""):
		return nil, fail2("NOAUTH", "商户号无服务商权限")
	case w.subs != nil && !known:
		return nil, fail2("PARAM_ERROR", "sub_mch_id与服务商或sub_appid不匹配")
	case fields["appid"] != w.Appid:
		return nil, fail2("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
	case fields["nonce_str"] == "":
		return nil, fail2("LACK_PARAMS", "缺少参数nonce_str")
	case len(fields["nonce_str"]) > 32:
		return nil, fail2("PARAM_ERROR", "nonce_str过长")
	case c.plan.Has(fault.SystemError):
		return nil, systemError2(opOf(c.request.URL.Path))
	}
	return h(c)
}

func opOf(path string) string {
	return path[strings.LastIndexByte(path, '/')+1:]
}

// secure lets a call pass only over the door that asked for the merchant's
// certificate ("商户证书": /secapi/*).
func (p *Provider) secure(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 || !p.keys.issued(r.TLS.PeerCertificates[0]) {
			p.send2(w, &v2Call{request: r}, nil, fail2("", "证书错误，请使用商户证书访问"))
			return
		}
		h(w, r)
	}
}

func (p *Provider) send2(w http.ResponseWriter, c *v2Call, fields map[string]string, err error) {
	out := map[string]string{"return_code": "SUCCESS", "return_msg": "OK"}
	e := new(v2Error)
	switch {
	case err == nil:
		maps.Copy(out, fields)
		out["result_code"] = "SUCCESS"
	case errors.As(err, &e) && e.code == "":
		out["return_code"], out["return_msg"] = "FAIL", e.text
	case errors.As(err, &e):
		maps.Copy(out, e.more)
		out["result_code"], out["err_code"], out["err_code_des"] = "FAIL", e.code, e.text
	default:
		out["result_code"], out["err_code"], out["err_code_des"] = "FAIL", "SYSTEMERROR", "系统超时"
	}
	if out["return_code"] == "SUCCESS" {
		out["appid"], out["mch_id"], out["nonce_str"] = c.who.Appid, c.who.Mchid, p.token(32)
		if c.who.sub != "" {
			out["sub_mch_id"], out["sub_appid"] = c.who.sub, c.who.subAppid
		}
		if c.signType != "" {
			out["sign_type"] = c.signType
		}
		sign, serr := sign2(out, c.who.APIv2Key)
		if serr != nil || c.plan.Has(fault.BadSignature) {
			sign = strings.Repeat("0", 32)
		}
		out["sign"] = sign
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(writeXML(out)) // a caller who has gone is not our trouble
}

var (
	errXML     = errors.New("wechat: not the XML of API v2")
	errNotUTF8 = errors.New("wechat: not UTF-8")
	errSign2   = errors.New("wechat: unknown sign_type")
)

// maxFields bounds a message of API v2.
const maxFields = 100

// parseXML reads the flat XML of API v2: a root "xml" with one element per
// field. Document types, entities, attributes, nesting and repeated fields are
// refused.
func parseXML(body []byte) (map[string]string, error) {
	if !utf8.Valid(body) {
		return nil, errNotUTF8
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	fields, name, depth, ended := map[string]string{}, "", 0, false
	var text strings.Builder
	for {
		token, err := d.Token()
		if err == io.EOF && ended {
			return fields, nil
		}
		if err != nil {
			return nil, errXML
		}
		switch t := token.(type) {
		case xml.Directive:
			return nil, errXML
		case xml.StartElement:
			depth++
			_, twice := fields[t.Name.Local]
			if len(t.Attr) > 0 || depth > 2 || ended || depth == 1 && t.Name.Local != "xml" || depth == 2 && twice || len(fields) >= maxFields {
				return nil, errXML
			}
			name = t.Name.Local
			text.Reset()
		case xml.CharData:
			if depth == 2 {
				text.Write(t)
			} else if len(bytes.TrimSpace(t)) > 0 {
				return nil, errXML
			}
		case xml.EndElement:
			if depth == 2 {
				fields[name] = text.String()
			}
			depth--
			ended = depth == 0
		}
	}
}

func writeXML(fields map[string]string) []byte {
	var b bytes.Buffer
	b.WriteString("<xml>")
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		b.WriteString("<" + name + "><![CDATA[" + strings.ReplaceAll(fields[name], "]]>", "]]]]><![CDATA[>") + "]]></" + name + ">\n")
	}
	b.WriteString("</xml>")
	return b.Bytes()
}

// sign2 is the signature of API v2 ("签名算法"): all fields but sign and empty
// ones, sorted by name, joined, with the key behind; MD5, or HMAC-SHA256 where
// sign_type says so.
func sign2(fields map[string]string, key string) (string, error) {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name != "sign" && fields[name] != "" {
			b.WriteString(name + "=" + fields[name] + "&")
		}
	}
	b.WriteString("key=" + key)
	switch fields["sign_type"] {
	case "", "MD5":
		sum := md5.Sum([]byte(b.String()))
		return strings.ToUpper(hex.EncodeToString(sum[:])), nil
	case "HMAC-SHA256":
		return digest2(b.String(), key), nil
	}
	return "", errSign2
}

func digest2(text, key string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return strings.ToUpper(hex.EncodeToString(h.Sum(nil)))
}
