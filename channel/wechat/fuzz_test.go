package wechat

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"guitai/channel"
)

// FuzzReadXML: whatever comes, readXML returns; what it takes can be written
// and read again as the same fields.
func FuzzReadXML(f *testing.F) {
	for _, s := range []string{
		`<xml><a>1</a></xml>`, `<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>`, `<!DOCTYPE a [<!ENTITY b "c">]><xml><a>&b;</a></xml>`,
		`<?xml version="1.0"?><xml/>`, `<xml><a>`, `<xml><a>]]&gt;</a><!-- x --></xml>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		fields, err := readXML(body)
		if err != nil {
			return
		}
		if len(fields) > maxFields {
			t.Fatalf("%d fields", len(fields))
		}
		maps.DeleteFunc(fields, func(_, v string) bool { return v == "" })
		back, err := readXML(writeXML(fields))
		if err != nil {
			t.Fatalf("%q was taken but its fields cannot be read again: %v", body, err)
		}
		for name, value := range fields {
			if value != back[name] && !strings.ContainsAny(value, "\r\ufffd") {
				t.Fatalf("%s: %q, then %q", name, value, back[name])
			}
		}
		if s := maskFields(fields); len(s) > maxMessage || !utf8.ValidString(s) {
			t.Fatalf("mask of %d bytes", len(s))
		}
	})
}

// FuzzAnswer: JSON answers are read without harm; paid means an amount, a
// number and a time; nothing that is not listed is shown.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		`{"trade_state":"SUCCESS","transaction_id":"4200","success_time":"2025-11-21T12:00:00+08:00","amount":{"total":1,"currency":"CNY"}}`,
		`{"status":"SUCCESS","refund_id":"50","amount":{"refund":5},"success_time":"2025-11-21T12:00:00+08:00"}`,
		`{"status":"PROCESSING","refund_id":"50","amount":{"refund":-5}}`, `{"amount":null}`, `[]`, `{"amount":{"total":1e400}}`, `{`, ``,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var tr transaction
		if json.Unmarshal(body, &tr) == nil {
			a := tr.tells()
			if a.Outcome == channel.Paid && (!a.Amount.Positive() || a.WalletNo == "" || a.PaidAt.IsZero() && tr.SuccessTime[:4] != "0001") {
				t.Fatalf("paid %v as %q at %v", a.Amount, a.WalletNo, a.PaidAt)
			}
		}
		var r refunded
		if json.Unmarshal(body, &r) == nil {
			if a := r.tells(r.Status); a.Outcome == channel.RefundDone && (!a.Amount.Positive() || a.WalletNo == "") {
				t.Fatalf("done %v as %q", a.Amount, a.WalletNo)
			}
		}
		if s := maskJSON(body); len(s) > maxMessage || !utf8.ValidString(s) {
			t.Fatalf("mask of %d bytes", len(s))
		}
		secret, err := json.Marshal(map[string]string{"openid": string(body), "auth_code": string(body)})
		if err == nil && len(body) > 3 && maskJSON(secret) != `{"auth_code":"***","openid":"***"}` {
			t.Fatalf("a secret is shown: %s", maskJSON(secret))
		}
	})
}

// FuzzNotice: an unsigned notice is refused whatever it says, and the plain
// text of a signed one is read without harm.
func FuzzNotice(f *testing.F) {
	f.Add("TRANSACTION.SUCCESS", []byte(`{"mchid":"m","appid":"a","out_trade_no":"GT1","trade_state":"SUCCESS","transaction_id":"42","success_time":"2025-11-21T12:00:00+08:00","amount":{"total":1,"currency":"CNY"}}`))
	f.Add("REFUND.SUCCESS", []byte(`{"mchid":"m","out_refund_no":"R1","refund_status":"SUCCESS","refund_id":"50","amount":{"refund":5}}`))
	f.Add("REFUND.ABNORMAL", []byte(`{}`))
	f.Add("", []byte(`null`))
	f.Fuzz(func(t *testing.T, event string, plain []byte) {
		c := &Channel{mchID: "m", appID: "a", nowFn: fixedNow}
		var in notification
		in.EventType = event
		n, err := c.readPlain(in, plain)
		if err == nil && n.OrderNo+n.RefundNo == "" {
			t.Fatalf("a notice about nothing: %+v", n)
		}
		if err == nil && n.RefundNo == "" && n.Answer.Outcome != channel.Paid {
			t.Fatalf("a payment notice that says %s", n.Answer.Outcome)
		}
		header := map[string][]string{"Wechatpay-Serial": {event}, "Wechatpay-Nonce": {"n"}, "Wechatpay-Timestamp": {"1763726400"}, "Wechatpay-Signature": {event}}
		if _, err := c.ReadNotice(channel.RawNotice{Header: header, Body: plain}); err == nil {
			t.Fatal("an unsigned notice was taken")
		}
	})
}
