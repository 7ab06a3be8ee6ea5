package alipay

import (
	"context"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
)

// Every call of a service provider carries the merchant's token, which stands
// in no message that is kept; orders say besides who the provider is.
func TestProviderCalls(t *testing.T) {
	g := newGateway(t, func(m string) []byte {
		return signed(t, m, `{"code":"40004","msg":"Business Failed","sub_code":"ACQ.SYSTEM_ERROR"}`)
	})
	o := options(t, g.URL)
	o.AppAuthToken, o.AuthAppID, o.ProviderID, o.SubMerchant = "202611BBgeheim", "2021000000000002", "2088000000000009", "2088sub"
	o.Product = "FACE_TO_FACE_PAYMENT"
	c := open(t, o)
	show := channel.Show{Order: anOrder(), Description: "x", Expires: noon().Add(time.Hour)}
	show.Kind = guitai.Show
	for name, do := range map[string]func(context.Context) []channel.Message{
		"alipay.trade.pay":       func(ctx context.Context) []channel.Message { return c.Charge(ctx, aCharge()).Messages },
		"alipay.trade.precreate": func(ctx context.Context) []channel.Message { return c.Show(ctx, show).Messages },
		"alipay.trade.create": func(ctx context.Context) []channel.Message {
			return c.ShowInside(ctx, show, "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5").Messages
		},
		"alipay.trade.query":                func(ctx context.Context) []channel.Message { return c.Ask(ctx, anOrder()).Messages },
		"alipay.trade.cancel":               func(ctx context.Context) []channel.Message { return c.End(ctx, anOrder()).Messages },
		"alipay.trade.refund":               func(ctx context.Context) []channel.Message { return c.Refund(ctx, aRefund()).Messages },
		"alipay.trade.fastpay.refund.query": func(ctx context.Context) []channel.Message { return c.AskRefund(ctx, aRefund()).Messages },
		tokenMethod: func(ctx context.Context) []channel.Message {
			return c.Payer(ctx, url.Values{"auth_code": {"abc"}, "app_id": {o.AppID}}).Messages
		},
		"alipay.data.dataservice.bill.downloadurl.query": func(ctx context.Context) []channel.Message {
			return c.FetchBill(ctx, tradesOf(aDay), io.Discard).Messages
		},
	} {
		messages := do(t.Context())
		sent := g.last()
		if sent.Get("method") != name || sent.Get("app_auth_token") != o.AppAuthToken || sent.Get("app_id") != o.AppID {
			t.Errorf("%s: sent %s with token %q", name, sent.Get("method"), sent.Get("app_auth_token"))
		}
		for _, m := range messages {
			if text := m.In + m.Out; strings.Contains(text, "geheim") || strings.Contains(text, "LelxKe4xQC0zgNdId0nxi95b5ls") || strings.Contains(text, "abc") {
				t.Errorf("%s: kept %s", name, text)
			}
		}
		var b struct {
			ExtendParams struct {
				ID string `json:"sys_service_provider_id"`
			} `json:"extend_params"`
			SubMerchant struct {
				ID string `json:"merchant_id"`
			} `json:"sub_merchant"`
			Product string `json:"product_code"`
			Open    string `json:"buyer_open_id"`
			User    string `json:"buyer_id"`
		}
		if name != tokenMethod && json.Unmarshal([]byte(sent.Get("biz_content")), &b) != nil {
			t.Errorf("%s: biz_content %q", name, sent.Get("biz_content"))
		}
		order := slices.Contains([]string{"alipay.trade.pay", "alipay.trade.precreate", "alipay.trade.create"}, name)
		if got := b.ExtendParams.ID == o.ProviderID && b.SubMerchant.ID == o.SubMerchant && b.Product == o.Product; got != order {
			t.Errorf("%s: %+v", name, b)
		}
		if inside := name == "alipay.trade.create"; (b.Open != "") != inside || b.User != "" {
			t.Errorf("%s: buyer %q %q", name, b.Open, b.User)
		}
	}
}

func TestPayerAnswers(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       channel.Outcome
		who        string
	}{
		{"user", `{"user_id":"2088102150477652","access_token":"x"}`, channel.Waiting, "2088102150477652"},
		{"user, with code", `{"code":"10000","msg":"Success","user_id":"2088102150477652"}`, channel.Waiting, "2088102150477652"},
		{"open", `{"open_id":"074a1Cc"}`, channel.Waiting, "074a1Cc"},
		{"nobody", `{"access_token":"x"}`, channel.Unknown, ""},
		{"strange name", `{"user_id":"a\nb"}`, channel.Unknown, ""},
		{"long name", `{"user_id":"` + strings.Repeat("2", 129) + `"}`, channel.Unknown, ""},
		{"failed, with a name", `{"code":"20000","sub_code":"isp.unknow-error","user_id":"2088102150477652"}`, channel.Unknown, ""},
		{"code", `{"code":"40002","sub_code":"isv.code-invalid"}`, channel.Declined, ""},
		{"permission", `{"code":"40006","sub_code":"isv.insufficient-isv-permissions"}`, channel.Declined, ""},
		{"not an object", `{"user_id":7}`, channel.Unknown, ""},
	} {
		a := saying(t, c.text).Payer(t.Context(), url.Values{"auth_code": {"abc"}})
		if a.Outcome != c.want || a.Payer != c.who {
			t.Errorf("%s: %s %q, want %s %q", c.name, a.Outcome, a.Payer, c.want, c.who)
		}
	}
	unsigned := newGateway(t, func(string) []byte {
		return []byte(`{"alipay_system_oauth_token_response":{"user_id":"2088102150477652"}}`)
	})
	if a := open(t, options(t, unsigned.URL)).Payer(t.Context(), url.Values{"auth_code": {"abc"}}); a.Outcome != channel.Unknown || a.Payer != "" {
		t.Errorf("unsigned: %s %q", a.Outcome, a.Payer)
	}
	general := newGateway(t, func(string) []byte { return signed(t, "error", `{"user_id":"2088102150477652"}`) })
	if a := open(t, options(t, general.URL)).Payer(t.Context(), url.Values{"auth_code": {"abc"}}); a.Outcome != channel.Unknown || a.Payer != "" {
		t.Errorf("in error_response: %s %q", a.Outcome, a.Payer)
	}
}

func TestInsideAnswers(t *testing.T) {
	show := channel.Show{Order: anOrder(), Description: "x", Expires: noon().Add(30 * 24 * time.Hour)}
	for name, c := range map[string]struct {
		text string
		want channel.Outcome
	}{
		"made":            {`{"code":"10000","out_trade_no":"` + no + `","trade_no":"2026112122001"}`, channel.Waiting},
		"another order":   {`{"code":"10000","out_trade_no":"x","trade_no":"2026112122001"}`, channel.Unknown},
		"no trade":        {`{"code":"10000","out_trade_no":"` + no + `"}`, channel.Unknown},
		"strange trade":   {`{"code":"10000","out_trade_no":"` + no + `","trade_no":"</script>"}`, channel.Unknown},
		"another buyer":   {`{"code":"40004","sub_code":"ACQ.TRADE_BUYER_NOT_MATCH"}`, channel.Declined},
		"paid already":    {`{"code":"40004","sub_code":"ACQ.TRADE_HAS_SUCCESS"}`, channel.Unknown},
		"system":          {`{"code":"40004","sub_code":"ACQ.SYSTEM_ERROR"}`, channel.Unknown},
		"without a code":  {`{"out_trade_no":"` + no + `","trade_no":"2026112122001"}`, channel.Unknown},
		"not yet a trade": {`{"code":"10003","out_trade_no":"` + no + `","trade_no":"2026112122001"}`, channel.Unknown},
	} {
		a := saying(t, c.text).ShowInside(t.Context(), show, "2088102150477652")
		if a.Outcome != c.want || (a.Code != "") != (c.want == channel.Waiting) {
			t.Errorf("%s: %s %q, want %s", name, a.Outcome, a.Code, c.want)
		}
		if a.Outcome == channel.Waiting && !a.CodeExpires.Equal(noon().Add(maxInside)) {
			t.Errorf("%s: until %v", name, a.CodeExpires)
		}
	}
}

// Of a merchant below a provider, notices are its own only.
func TestNoticeOwner(t *testing.T) {
	for name, c := range map[string]struct {
		token, own, said string
		want             bool
	}{
		"direct":             {"", "", "2021000000000001", true},
		"direct, not said":   {"", "", "", true},
		"direct, another":    {"", "", "2021000000000002", false},
		"provider":           {"t", "2021000000000002", "2021000000000002", true},
		"provider, another":  {"t", "2021000000000002", "2021000000000003", false},
		"provider, not said": {"t", "2021000000000002", "", false},
		"provider, by payee": {"t", "", "2021000000000003", true},
	} {
		p := provider{token: c.token, authAppID: c.own}
		if got := p.owns(c.said, "2021000000000001"); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func FuzzBillAddress(f *testing.F) {
	f.Add("http://dwbillcenter.alipay.com/downloadBillFile.resource?fileId=1")
	f.Add("https://openapi.alipay.com@127.0.0.1/")
	f.Add("http://[::1]%25:80/")
	c := open(f, options(f, "https://openapi.alipay.com/gateway.do"))
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := c.billAddress(raw)
		if err != nil {
			return
		}
		again, err := url.Parse(u.String())
		if err != nil || again.Scheme != "https" || !slices.Contains(c.billHosts, strings.ToLower(again.Host)) || again.User != nil {
			t.Fatalf("%q leads to %v", raw, again)
		}
	})
}

func FuzzPayerAnswer(f *testing.F) {
	f.Add([]byte(`{"user_id":"2088102150477652","access_token":"x"}`))
	f.Add([]byte(`{"code":"40002","sub_code":"isv.code-invalid"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		n, err := parseNode(text, tokenMethod)
		if err != nil {
			return
		}
		a := payerAnswer(heard{fate: believed, node: n})
		if (a.Outcome == channel.Waiting) != (a.Payer != "") || len(a.Payer) > 128 {
			t.Fatalf("%+v", a)
		}
		if len(a.Payer) > 8 && strings.Contains(n.masked("abc"), `_id":"`+a.Payer) {
			t.Fatalf("%s in %s", a.Payer, n.masked("abc"))
		}
	})
}
