package alipay

import (
	"bytes"
	"strings"
	"testing"
)

const payMethod = "alipay.trade.pay"

func TestCut(t *testing.T) {
	node := `{"b":"x\/y \" } { [","a":[1,{"c":null}],"code":"10000"}`
	for name, body := range map[string]string{
		"plain":            `{"alipay_trade_pay_response":` + node + `,"sign":"c2ln"}`,
		"sign first":       `{"sign":"c2ln","alipay_trade_pay_response":` + node + `}`,
		"spaces":           " {\n\"alipay_trade_pay_response\" :\t" + node + " , \"sign\" : \"c2ln\" } \r\n",
		"others":           `{"x":1,"y":[],"z":{"alipay_trade_pay_response":{}},"alipay_trade_pay_response":` + node + `,"sign":"c2ln"}`,
		"escaped sign":     `{"alipay_trade_pay_response":` + node + `,"sign":"\u00632ln"}`,
		"with certificate": `{"alipay_trade_pay_response":` + node + `,"alipay_cert_sn":"ab","sign":"c2ln"}`,
	} {
		env, err := cut([]byte(body), payMethod)
		if err != nil || string(env.node) != node || env.sign != "c2ln" || env.general {
			t.Errorf("%s: %q %q %v", name, env.node, env.sign, err)
		}
	}
	env, err := cut([]byte(`{"error_response":`+node+`}`), payMethod)
	if err != nil || !env.general || env.sign != "" || string(env.node) != node {
		t.Errorf("error_response: %+v %v", env, err)
	}
}

func TestCutRefuses(t *testing.T) {
	for _, body := range []string{
		``, `{}`, `[]`, `null`, `"x"`, `{`, `{"`, `{"alipay_trade_pay_response":`, `{"alipay_trade_pay_response":{`,
		`{"alipay_trade_pay_response":{}`, `{"alipay_trade_pay_response":{},}`, `{"alipay_trade_pay_response":{}} x`,
		`{"alipay_trade_pay_response":{},"alipay_trade_pay_response":{}}`, `{"alipay_trade_pay_response":{},"error_response":{}}`,
		`{"alipay_trade_pay_response":"text","sign":"x"}`, `{"alipay_trade_query_response":{},"sign":"x"}`,
		`{"alipay_trade_pay_response":{},"sign":"x","sign":"y"}`, `{"alipay_trade_pay_response":{},"sign":1}`,
		`{"alipay_trade_pay_response" {}}`, `{"alipay_trade_pay_response":{"a":"}`,
		`{"alipay_trade_pay_response":` + strings.Repeat("{\"a\":", 40) + "1" + strings.Repeat("}", 40) + `}`,
		`<html>{"alipay_trade_pay_response":{}}`,
	} {
		if env, err := cut([]byte(body), payMethod); err == nil {
			t.Errorf("%q: %+v", body, env)
		}
	}
}

// The signature is over the bytes as they were sent: another writing of the
// same object must not pass.
func TestSignatureCoversBytes(t *testing.T) {
	text := `{"msg":"a\/b","code":"10000","trade_no":"2026","out_trade_no":"G20261121000001","total_amount":"12.50"}`
	good := signed(t, payMethod, text)
	for name, body := range map[string][]byte{
		"as sent":           good,
		"slash not escaped": bytes.Replace(good, []byte(`a\/b`), []byte(`a/b`), 1),
		"space added":       bytes.Replace(good, []byte(`"code":`), []byte(`"code": `), 1),
		"amount changed":    bytes.Replace(good, []byte(`12.50`), []byte(`12.51`), 1),
		"no signature":      good[:bytes.Index(good, []byte(`,"sign"`))],
	} {
		if name == "no signature" {
			body = append(bytes.Clone(body), '}')
		}
		g := newGateway(t, func(string) []byte { return body })
		a := open(t, options(t, g.URL)).Charge(t.Context(), aCharge())
		want := "unknown"
		if name == "as sent" {
			want = "paid"
		}
		if string(a.Outcome) != want {
			t.Errorf("%s: %s, want %s", name, a.Outcome, want)
		}
		if want == "unknown" && !strings.Contains(a.Messages[len(a.Messages)-1].Failure, "signature") {
			t.Errorf("%s: failure %q", name, a.Messages[len(a.Messages)-1].Failure)
		}
	}
}

func TestMasked(t *testing.T) {
	text := object(t, "code", "40004", "msg", "Business Failed", "sub_code", "ACQ.PAYMENT_AUTH_CODE_INVALID",
		"sub_msg", "支付码 "+aCode+" 无效", "buyer_logon_id", "somebody@example.com", "buyer_user_id", "2088999", "secret", "s3cr3t")
	a := saying(t, text).Charge(t.Context(), aCharge())
	if len(a.Messages) != 1 {
		t.Fatalf("%d messages", len(a.Messages))
	}
	m := a.Messages[0]
	for _, secret := range []string{aCode, "somebody", "2088999", "s3cr3t", string(privatePEM(t, appKey()))} {
		if strings.Contains(m.Out+m.In+m.Failure, secret) {
			t.Errorf("message holds %q: out %s in %s", secret, m.Out, m.In)
		}
	}
	for _, word := range []string{"G20261121000001", "28****************", "12.50"} {
		if !strings.Contains(m.Out, word) {
			t.Errorf("out lacks %q: %s", word, m.Out)
		}
	}
	if m.Op != "trade.pay" || m.HTTP != 200 || !strings.Contains(m.In, "ACQ.PAYMENT_AUTH_CODE_INVALID") || m.Failure != "" {
		t.Errorf("message %+v", m)
	}
}

func FuzzCut(f *testing.F) {
	f.Add([]byte(`{"alipay_trade_pay_response":{"code":"10000","a":["\"}",{}]},"alipay_cert_sn":"x","sign":"eA=="}`))
	f.Add([]byte(`{"error_response":{"code":"40002"}}`))
	f.Add([]byte(`{"alipay_trade_pay_response":{"a":"\\"},"sign":"\/"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		env, err := cut(body, payMethod)
		if err != nil {
			return
		}
		if len(env.node) < 2 || env.node[0] != '{' || env.node[len(env.node)-1] != '}' || !bytes.Contains(body, env.node) {
			t.Fatalf("node %q of %q", env.node, body)
		}
		n, err := parseNode(env.node, "alipay.trade.pay")
		if err == nil && len(n.masked("")) > 4096 {
			t.Fatal("message too long")
		}
	})
}
