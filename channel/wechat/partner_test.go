package wechat_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/wechat"
	"guitai/sandbox/book"
)

// TestShopsOfOneProvider: two shops of one service provider share its keys, and
// neither sees nor moves what is the other's.
func TestShopsOfOneProvider(t *testing.T) {
	x := openStreet(t)
	certified := x.asShop[x.shops[1]]
	certified.Mode, certified.PublicKeyID, certified.PublicKey = wechat.ModeCertificate, "", nil
	one, two := open(t, x.asShop[x.shops[0]]), open(t, certified)
	direct := open(t, x.options)
	show := inside("PARTNER001", x.notify)
	a := one.Show(t.Context(), show)
	want(t, "show", a, channel.Waiting)
	if _, err := x.Book().Pay(a.Code, "wechat-wang", book.Normal); err != nil {
		t.Fatal(err)
	}
	want(t, "ours", one.Ask(t.Context(), show.Order), channel.Paid)
	for who, c := range map[string]*wechat.Channel{"the other shop": two, "a direct merchant": direct} {
		want(t, who, c.Ask(t.Context(), show.Order), channel.NotFound)
		want(t, who, c.End(t.Context(), show.Order), channel.NotFound)
		back := channel.Refund{No: "PARTNERBACK1", Order: show.Order, Amount: show.Amount, Made: time.Now()}
		if r := c.Refund(t.Context(), back); r.Outcome != channel.RefundDeclined {
			t.Errorf("%s refunds: %s", who, r.Outcome)
		}
		if r := c.AskRefund(t.Context(), back); r.Outcome != channel.RefundNotFound {
			t.Errorf("%s asks about a refund: %s", who, r.Outcome)
		}
	}
	notice := x.nextNotice(t, 0)
	if n, err := one.ReadNotice(notice); err != nil || n.OrderNo != show.No || n.Answer.Payer == "" {
		t.Errorf("our notice: %+v %v", n, err)
	}
	for who, c := range map[string]*wechat.Channel{"the other shop": two, "a direct merchant": direct} {
		if n, err := c.ReadNotice(notice); err == nil {
			t.Errorf("%s took the notice %+v", who, n)
		}
	}
	want(t, "scan", two.Charge(t.Context(), channel.Charge{
		Order: channel.Order{No: "PARTNER002", Kind: guitai.Scan, Amount: guitai.Fen(500)}, Description: "茶", AuthCode: x.payerCode(t, ""),
	}), channel.Paid)
	want(t, "the other's scan", one.Ask(t.Context(), channel.Order{No: "PARTNER002", Kind: guitai.Scan, Amount: guitai.Fen(500)}), channel.NotFound)
}

// TestInsideForAShop: the page is the provider's, and so is the payer's name.
func TestInsideForAShop(t *testing.T) {
	x := openStreet(t)
	for _, shop := range x.shops {
		c := open(t, x.asShop[shop])
		who := c.Payer(t.Context(), visit(t, c.Greet("https://shop.example/p/abc", "s"), "wechat-li"))
		want(t, "payer", who, channel.Waiting)
		show := inside("PARTNERIN"+shop[:2], x.notify)
		a := c.ShowInside(t.Context(), show, who.Payer)
		want(t, "show inside", a, channel.Waiting)
		params := map[string]string{}
		if err := json.Unmarshal([]byte(a.Code), &params); err != nil || params["appId"] != x.asShop[shop].AppID {
			t.Fatalf("%s: %v", a.Code, err)
		}
		if _, err := x.Book().Pay(params["package"], "wechat-li", book.Normal); err != nil {
			t.Fatal(err)
		}
		want(t, "ask", c.Ask(t.Context(), show.Order), channel.Paid)
	}
}

// TestForeignAnswers: an answer rightly signed about another shop of the same
// provider means nothing.
func TestForeignAnswers(t *testing.T) {
	b := newTeller(t)
	c := b.opened(func(o *wechat.Options) { o.SubMchID, o.CodePay = "1700000001", wechat.CodePayV3 })
	const good = `{"sp_mchid":"1600000000","sp_appid":"wx0123456789abcdef","sub_mchid":"1700000001","out_trade_no":"GT20251121000001","trade_state":"SUCCESS","transaction_id":"42","success_time":"2025-11-21T20:01:02+08:00","payer":{"sp_openid":"oX"},"amount":{"total":1250,"currency":"CNY"}}`
	for body, outcome := range map[string]channel.Outcome{
		good: channel.Paid,
		strings.Replace(good, "1700000001", "1700000002", 1):             channel.Unknown,
		strings.Replace(good, "1600000000", "1600000009", 1):             channel.Unknown,
		strings.Replace(good, "wx0123", "wx9123", 1):                     channel.Unknown,
		strings.Replace(good, `"sp_`, `"`, 2):                            channel.Unknown, // the direct form
		strings.Replace(good, `"42"`, `""`, 1):                           channel.Unknown,
		strings.Replace(good, "000001\",\"trade", "000009\",\"trade", 1): channel.Unknown,
		strings.Replace(good, "SUCCESS", "USERPAYING", 1):                channel.Waiting,
		strings.Replace(good, "SUCCESS", "PAYERROR", 1):                  channel.Declined,
		strings.Replace(good, "SUCCESS", "PERHAPS", 1):                   channel.Unknown,
	} {
		b.tells(func(w http.ResponseWriter, _ *http.Request) { b.v3(w, 200, body) })
		want(t, body, c.Charge(t.Context(), scan()), outcome)
		want(t, body, c.Ask(t.Context(), scan().Order), outcome)
	}
	for body, outcome := range map[string]channel.Outcome{
		`{"sp_mchid":"1600000000","sub_mchid":"1700000001","out_trade_no":"GT20251121000001"}`: channel.Closed,
		`{"sp_mchid":"1600000000","sub_mchid":"1700000002","out_trade_no":"GT20251121000001"}`: channel.Unknown,
		`{"sp_mchid":"1600000000","sub_mchid":"1700000001","out_trade_no":"GT20251121000002"}`: channel.Unknown,
		`{}`: channel.Unknown,
	} {
		b.tells(func(w http.ResponseWriter, _ *http.Request) { b.v3(w, 200, body) })
		want(t, body, c.End(t.Context(), scan().Order), outcome)
	}
	for code, outcome := range map[string]channel.Outcome{
		"SOMETHING_NEW": channel.Unknown, "AUTH_CODE_EXPIRE": channel.Declined, "USER_PAYING": channel.Waiting, "NOT_ENOUGH": channel.Declined,
	} {
		b.tells(func(w http.ResponseWriter, _ *http.Request) { b.v3(w, 400, `{"code":"`+code+`"}`) })
		want(t, code, c.Charge(t.Context(), scan()), outcome)
	}
}
