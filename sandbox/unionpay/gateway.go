package unionpay

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

const maxBody = 64 << 10

// txnSlip is how far txnTime of a new trade may be from now ("必须取当前时间，
// 否则会报txnTime无效"; how far is not written).
const txnSlip = time.Hour

// The ways to sign.
const (
	byCertificate = "01"
	byKey         = "11"
)

// fields is a message.
type fields map[string]string

// call is a request whose signature was right.
type call struct {
	ctx  context.Context
	ask  fields
	plan fault.Plan
}

// refusal is an answer other than 00, by its respCode.
type refusal string

func (r refusal) Error() string { return string(r) + " " + r.text() }

// The respCodes that this gateway uses (附录, 应答码).
const (
	accepted    refusal = "00"
	failed      refusal = "01"
	pending     refusal = "05"
	badFormat   refusal = "10"
	badSign     refusal = "11"
	repeated    refusal = "12"
	incomplete  refusal = "13"
	noRight     refusal = "32"
	unknown     refusal = "34"
	badOriginal refusal = "35"
	differs     refusal = "36"
	risky       refusal = "38"
	tooLate     refusal = "39"
	givenBack   refusal = "45"
	reversed    refusal = "46"
	badCard     refusal = "63"
	tooPoor     refusal = "64"
	passwords   refusal = "67"
	timedOut    refusal = "69"
	badCode     refusal = "86"
	noCode      refusal = "88"
	noFile      refusal = "98"
	system      refusal = "99"
)

// text is what respMsg says.
func (r refusal) text() string {
	texts := map[refusal]string{
		accepted: "成功", failed: "交易失败", pending: "交易已受理，请稍后查询交易结果", badFormat: "报文格式错误",
		badSign: "验证签名失败", repeated: "重复交易", incomplete: "报文交易要素缺失", noRight: "无此交易权限",
		unknown: "查无此交易", badOriginal: "原交易不存在或状态不正确", differs: "与原交易信息不符", risky: "银联风险受限",
		tooLate: "交易不在受理时间范围内", givenBack: "原交易已被成功退货或已被成功撤销", reversed: "交易已被成功冲正",
		badCard: "卡状态不正确", tooPoor: "卡上的余额不足", passwords: "密码输入次数超限", timedOut: "您的输入超时，交易失败",
		badCode: "二维码状态错误", noCode: "无此二维码", noFile: "文件不存在", system: "通用错误",
	}
	return texts[r] + "[" + string(r) + "00000]"
}

// gateway serves the calls of one address.
func (p *Provider) gateway(table map[string]entry) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
		if err != nil || len(body) > maxBody {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		ask, bad := readForm(string(body))
		e, known := table[ask["txnType"]+"/"+ask["txnSubType"]]
		serve := func(w http.ResponseWriter, r *http.Request) {
			c := &call{ctx: r.Context(), ask: ask, plan: fault.From(r.Context())}
			err := bad
			if err == nil {
				err = p.admit(ask, known)
			}
			var out fields
			if err == nil && c.plan.Has(fault.SystemError) {
				err = system
			}
			if err == nil {
				out, err = e.do(c)
			}
			if err == nil && c.plan.Has(fault.SystemErrorAfter) {
				out, err = nil, system
			}
			p.answer(w, c, out, err)
		}
		p.faults.Serve(w, r, fault.Call{Provider: string(book.UnionPay), Op: e.op}, serve)
	}
}

// readForm reads a request: a form with every name once.
func readForm(body string) (fields, error) {
	form, err := url.ParseQuery(body)
	if err != nil {
		return fields{}, badFormat
	}
	out := fields{}
	for name, values := range form {
		if len(values) != 1 {
			return out, badFormat
		}
		out[name] = values[0]
	}
	return out, nil
}

// admit checks what every request has, the signature last but one.
func (p *Provider) admit(q fields, known bool) error {
	for _, name := range []string{"version", "encoding", "signMethod", "txnType", "txnSubType", "bizType", "accessType", "merId", "txnTime", "signature"} {
		if q[name] == "" {
			return incomplete
		}
	}
	_, terr := moment(q["txnTime"])
	switch {
	case q["version"] != "5.1.0", !strings.EqualFold(q["encoding"], "UTF-8"), q["bizType"] != "000000", q["accessType"] != "0", terr != nil:
		return badFormat
	case q["merId"] != p.keys.MerID:
		return refusal("31") // 商户状态不正确
	case q["signMethod"] == byCertificate && q["certId"] != p.keys.merchant.SerialNumber.String():
		return badSign
	case !p.fits(q):
		return badSign
	case !known:
		return noRight
	}
	return nil
}

// fits reports whether the merchant has signed these fields.
func (p *Provider) fits(q fields) bool {
	if q["signMethod"] == byKey {
		return q["signature"] == hexSum(toSign(q)+"&"+hexSum(p.keys.secure))
	}
	key, ok := p.keys.merchant.PublicKey.(*rsa.PublicKey)
	sign, err := base64.StdEncoding.DecodeString(q["signature"])
	if !ok || err != nil || q["signMethod"] != byCertificate {
		return false
	}
	sum := sha256.Sum256([]byte(hexSum(toSign(q))))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sign) == nil
}

// toSign is all fields but the signature and the empty ones, sorted, raw.
func toSign(q fields) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if name != "signature" && q[name] != "" {
			parts = append(parts, name+"="+q[name])
		}
	}
	return strings.Join(parts, "&")
}

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// seal signs a message of ours. spoilt makes a signature that does not fit.
func (p *Provider) seal(out fields, key *rsa.PrivateKey, spoilt string) error {
	if out["signMethod"] == byKey {
		out["signature"] = hexSum(toSign(out) + spoilt + "&" + hexSum(p.keys.secure))
		return nil
	}
	out["signPubKeyCert"] = p.keys.ownCertPEM
	sum := sha256.Sum256([]byte(hexSum(toSign(out) + spoilt)))
	sign, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return err
	}
	out["signature"] = base64.StdEncoding.EncodeToString(sign)
	return nil
}

// echoed are the fields of a request that its answer repeats.
func echoed() []string {
	return []string{"version", "encoding", "signMethod", "txnType", "txnSubType", "bizType", "accessType", "merId", "orderId",
		"txnTime", "txnAmt", "currencyCode", "reqReserved", "origQryId", "settleDate", "fileType"}
}

// answer writes form text whose values are not escaped, the certificate and the
// signature at its end, as the real gateway does.
func (p *Provider) answer(w http.ResponseWriter, c *call, out fields, err error) {
	all := fields{}
	for _, name := range echoed() {
		if c.ask[name] != "" {
			all[name] = c.ask[name]
		}
	}
	if all["signMethod"] != byKey {
		all["signMethod"] = byCertificate
	}
	code := accepted
	if err != nil && !errors.As(err, &code) {
		code = system
	}
	all["respCode"], all["respMsg"] = string(code), code.text()
	maps.Copy(all, out)
	spoilt := ""
	if c.plan.Has(fault.BadSignature) {
		spoilt = " "
	}
	if err := p.seal(all, p.keys.own, spoilt); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	var parts, tail []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if part := name + "=" + all[name]; name == "signPubKeyCert" || name == "signature" {
			tail = append(tail, part)
		} else {
			parts = append(parts, part)
		}
	}
	w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	_, _ = io.WriteString(w, strings.Join(append(parts, tail...), "&")) // a caller who has gone is not our trouble
}

// beijing is the zone of every time on this wire.
func beijing() *time.Location { return time.FixedZone("CST", 8*3600) }

const stamp = "20060102150405"

func moment(s string) (time.Time, error) { return time.ParseInLocation(stamp, s, beijing()) }

// fresh refuses a new trade whose txnTime is not now.
func (p *Provider) fresh(q fields) error {
	at, err := moment(q["txnTime"])
	if err != nil || p.now().Sub(at).Abs() > txnSlip {
		return badFormat
	}
	return nil
}

// shaped: 8 to 40 letters and digits.
func shaped(orderID string) bool {
	for _, r := range orderID {
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return false
		}
	}
	return len(orderID) >= 8 && len(orderID) <= 40
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// fen reads txnAmt.
func fen(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || !digits(s) || len(s) > 12 || n < 1 {
		return 0, badFormat
	}
	return n, nil
}
