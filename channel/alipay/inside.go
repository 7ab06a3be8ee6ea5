package alipay

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"guitai"
	"guitai/channel"
)

// The hosts of the real platform.
const (
	openAuth = "https://openauth.alipay.com"
	openBill = "dwbillcenter.alipay.com" // where bills lie [14]
)

// insideProduct is the product that an order of ShowInside is sold under [12].
const insideProduct = "JSAPI_PAY"

// maxInside is how long such an order may wait [12].
const maxInside = 15 * 24 * time.Hour

// Greet is the page that tells who the payer is [13]. auth_base asks the payer
// nothing and gives no more than a name.
func (c *Channel) Greet(back, state string) string {
	q := url.Values{"app_id": {c.appID}, "scope": {"auth_base"}, "redirect_uri": {back}, "state": {state}}
	return c.oauth + "/oauth2/publicAppAuthorize.htm?" + q.Encode()
}

// Payer exchanges the auth_code with which the browser came back for the
// payer's name: alipay.system.oauth.token [13]. A code is good once, so a
// second try with it is refused and the payer has to be greeted again.
func (c *Channel) Payer(ctx context.Context, query map[string][]string) channel.Answer {
	code, ok := single(query, "auth_code")
	app, _ := single(query, "app_id")
	if !ok || len(code) > 128 || !printable(code) || app != "" && app != c.appID {
		return channel.Answer{Outcome: channel.Declined, Reason: guitai.CodeFieldInvalid}
	}
	h := c.call(ctx, request{method: tokenMethod, params: map[string]string{"grant_type": "authorization_code", "code": code}})
	return h.dress(payerAnswer(h))
}

// single returns a value that is there once.
func single(query map[string][]string, name string) (string, bool) {
	if len(query[name]) != 1 {
		return "", false
	}
	return query[name][0], query[name][0] != ""
}

// ShowInside makes an order that one payer can pay, from a page inside the app:
// alipay.trade.create [12]. The trade exists at once, so Ask knows it.
func (c *Channel) ShowInside(ctx context.Context, s channel.Show, payer string) channel.Answer {
	if why := checkOrder(s.Order); why != "" {
		return channel.Answer{Outcome: channel.Unavailable, Reason: why}
	}
	if payer == "" || len(payer) > 128 || !printable(payer) {
		return channel.Answer{Outcome: channel.Unavailable, Reason: guitai.CodeFieldInvalid}
	}
	now := c.now()
	left := s.Expires.Sub(now)
	if left < time.Second {
		return channel.Answer{Outcome: channel.Unavailable, Reason: guitai.CodeExpiryInvalid}
	}
	expires := now.Add(min(left, maxInside)).Truncate(time.Second)
	b := c.order(s.Order, s.Description, s.Place)
	b.ProductCode, b.TimeExpire = c.product, beijing(expires)
	if userNumber(payer) {
		b.BuyerID = payer
	} else {
		b.BuyerOpenID = payer
	}
	h := c.call(ctx, request{method: "alipay.trade.create", biz: b, notifyURL: s.NotifyURL})
	return h.dress(insideAnswer(h, s.Order, expires.UTC()))
}

// userNumber reports whether a payer's name is a user_id: 16 digits beginning
// with 2088. Newer apps get an open_id instead.
func userNumber(payer string) bool {
	return len(payer) == 16 && strings.HasPrefix(payer, "2088") && digits(payer)
}

// payerAnswer reads alipay.system.oauth.token. Its success has no code, so what
// makes it one is the payer's name.
func payerAnswer(h heard) channel.Answer {
	if h.fate != believed {
		return h.unsaid()
	}
	n := h.node
	who := n.UserID
	if who == "" {
		who = n.OpenID
	}
	switch {
	case (n.Code == "" || n.Code == codeSuccess) && who != "" && len(who) <= 128 && printable(who):
		return channel.Answer{Outcome: channel.Waiting, Payer: who}
	case n.SubCode == "isv.code-invalid":
		return channel.Answer{Outcome: channel.Declined, Reason: guitai.CodeWalletRefused}
	}
	if why, ok := refusal(n); ok {
		return channel.Answer{Outcome: channel.Declined, Reason: why}
	}
	return unknown()
}

// insideAnswer reads alipay.trade.create [12].
func insideAnswer(h heard, o channel.Order, expires time.Time) channel.Answer {
	n := h.node
	if h.fate != believed || n.Code != codeSuccess {
		return orderAnswer(h)
	}
	if !n.ours(o) || n.TradeNo == "" || len(n.TradeNo) > 64 || !digits(n.TradeNo) {
		return unknown()
	}
	// What AlipayJSBridge's tradePay takes.
	hand, err := json.Marshal(map[string]string{"tradeNO": n.TradeNo})
	if err != nil {
		return unknown()
	}
	return channel.Answer{Outcome: channel.Waiting, WalletNo: n.TradeNo, Code: string(hand), CodeExpires: expires}
}

// maskID keeps the ends of a payer's name: enough to compare, too little to use.
func maskID(s string) string {
	if s == "" {
		return ""
	}
	if len(s) < 12 {
		return "****"
	}
	return s[:4] + "****" + s[len(s)-4:]
}
