package alipay

import (
	"encoding/json"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
)

func TestShow(t *testing.T) {
	g := newGateway(t, func(m string) []byte {
		return signed(t, m, `{"code":"10000","out_trade_no":"`+no+`","qr_code":"https:\/\/qr.alipay.com\/bax123"}`)
	})
	c := open(t, options(t, g.URL))
	for _, s := range []struct {
		name         string
		asked, lives time.Duration
		code, expire string
	}{
		{"half a minute", 30 * time.Second, 30 * time.Second, "1m", "2026-11-21 12:00:30"},
		{"five minutes", 5 * time.Minute, 5 * time.Minute, "5m", "2026-11-21 12:05:00"},
		{"a bit more", 5*time.Minute + 1500*time.Millisecond, 5*time.Minute + time.Second, "6m", "2026-11-21 12:05:01"},
		{"a day", 24 * time.Hour, 2 * time.Hour, "120m", "2026-11-21 14:00:00"},
	} {
		a := c.Show(t.Context(), channel.Show{Order: anOrder(), Description: "x", Expires: noon().Add(s.asked)})
		if a.Outcome != channel.Waiting || a.Code != "https://qr.alipay.com/bax123" || !a.CodeExpires.Equal(noon().Add(s.lives)) {
			t.Errorf("%s: %s %q until %v", s.name, a.Outcome, a.Code, a.CodeExpires)
		}
		var b biz
		if err := json.Unmarshal([]byte(g.last().Get("biz_content")), &b); err != nil {
			t.Fatal(err)
		}
		if b.QRCodeTimeoutExpress != s.code || b.TimeExpire != s.expire || b.AuthCode != "" {
			t.Errorf("%s: asked %s and %s, want %s and %s", s.name, b.QRCodeTimeoutExpress, b.TimeExpire, s.code, s.expire)
		}
	}
}

func TestShowUnusable(t *testing.T) {
	for name, text := range map[string]string{
		"another order": `{"code":"10000","out_trade_no":"x","qr_code":"https://qr.alipay.com/1"}`,
		"no code":       `{"code":"10000","out_trade_no":"` + no + `"}`,
		"unprintable":   `{"code":"10000","out_trade_no":"` + no + `","qr_code":"a\nb"}`,
		"waiting":       `{"code":"10003","out_trade_no":"` + no + `","qr_code":"https://qr.alipay.com/1"}`,
	} {
		a := saying(t, text).Show(t.Context(), channel.Show{Order: anOrder(), Description: "x", Expires: noon().Add(time.Hour)})
		if a.Outcome != channel.Unknown || a.Code != "" {
			t.Errorf("%s: %s %q", name, a.Outcome, a.Code)
		}
	}
}

// Gateway errors that nobody could sign are believed as refusals; anything else
// without a signature is not.
func TestUnsigned(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       channel.Outcome
	}{
		{"no such app", `{"alipay_trade_pay_response":{"code":"40002","sub_code":"isv.invalid-app-id"}}`, channel.Declined},
		{"no method", `{"error_response":{"code":"40001","sub_code":"isv.missing-method"}}`, channel.Declined},
		{"business", `{"alipay_trade_pay_response":{"code":"40004","sub_code":"ACQ.BUYER_BALANCE_NOT_ENOUGH"}}`, channel.Unknown},
		{"success", `{"alipay_trade_pay_response":{"code":"10000","out_trade_no":"` + no + `","trade_no":"1","total_amount":"12.50"}}`, channel.Unknown},
		{"waiting", `{"alipay_trade_pay_response":{"code":"10003","out_trade_no":"` + no + `"}}`, channel.Unknown},
		{"permission", `{"alipay_trade_pay_response":{"code":"40006","sub_code":"isv.insufficient-isv-permissions"}}`, channel.Unknown},
		{"empty signature", `{"alipay_trade_pay_response":{"code":"10003","out_trade_no":"` + no + `"},"sign":""}`, channel.Unknown},
	} {
		g := newGateway(t, func(string) []byte { return []byte(c.body) })
		if a := open(t, options(t, g.URL)).Charge(t.Context(), aCharge()); a.Outcome != c.want {
			t.Errorf("%s: %s, want %s", c.name, a.Outcome, c.want)
		}
	}
	text := `{"code":"10000","out_trade_no":"` + no + `","trade_no":"1","total_amount":"12.50"}`
	g := newGateway(t, func(string) []byte { return signed(t, "error", text) })
	if a := open(t, options(t, g.URL)).Charge(t.Context(), aCharge()); a.Outcome != channel.Unknown {
		t.Errorf("success in error_response: %s", a.Outcome)
	}
}

func TestEnding(t *testing.T) {
	var c Channel
	for _, kind := range []guitai.PaymentKind{guitai.Scan, guitai.Show} {
		if e := c.Ending(kind); e != guitai.EndReverse {
			t.Errorf("Ending(%s) = %s", kind, e)
		}
	}
}
