package wechat

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"guitai"
	"guitai/channel"
)

// Greet is where the payer's browser learns who the payer is: it comes back to
// `back` with a code, once, without the payer being asked (snsapi_base). Empty
// when the account has no app secret.
func (c *Channel) Greet(back, state string) string {
	if c.appSecret == "" {
		return ""
	}
	u := *c.oauth.JoinPath("/connect/oauth2/authorize")
	// The order of the parameters is fixed by the provider's page; so is the
	// fragment.
	u.RawQuery = "appid=" + url.QueryEscape(c.appID) + "&redirect_uri=" + url.QueryEscape(back) +
		"&response_type=code&scope=snsapi_base&state=" + url.QueryEscape(state)
	u.Fragment = "wechat_redirect"
	return u.String()
}

// Payer asks who came back with that code. The answer is not signed: TLS alone
// says whose it is. It moves no money; a payer who is not the one who pays is
// refused by the wallet.
func (c *Channel) Payer(ctx context.Context, query map[string][]string) channel.Answer {
	q := request{op: "oauth2 access_token", method: http.MethodGet, url: c.oauthAPI.JoinPath("/sns/oauth2/access_token"), via: c.plain}
	code := ""
	if v := query["code"]; len(v) == 1 && len(v[0]) <= 512 {
		code = v[0]
	}
	if c.appSecret == "" || code == "" {
		return unbuilt()
	}
	q.url.RawQuery = url.Values{"appid": {c.appID}, "secret": {c.appSecret}, "code": {code}, "grant_type": {"authorization_code"}}.Encode()
	q.header = http.Header{"Accept": {"application/json"}, "User-Agent": {"guitai"}}
	a := answer{reply: c.send(ctx, q)}
	var said struct {
		OpenID  string `json:"openid"`
		ErrCode int64  `json:"errcode"`
	}
	var doubt error
	switch {
	case a.err != nil:
	case a.http != http.StatusOK || json.Unmarshal(a.body, &said) != nil:
		doubt = errText
	default:
		a.proven = true
	}
	// The secret and the code stand in the target: it is not shown.
	m := a.message(q, doubt)
	m.Out = "GET /sns/oauth2/access_token"
	m.In = maskJSON(a.body)
	a.messages = []channel.Message{m}
	switch {
	case !a.proven:
		return a.doubt()
	case said.ErrCode != 0:
		a.code = strconv.FormatInt(said.ErrCode, 10)
		return a.says(payerVerdict(said.ErrCode))
	case said.OpenID == "" || len(said.OpenID) > 128:
		return a.doubt()
	}
	return channel.Answer{Outcome: channel.Waiting, Payer: said.OpenID, Messages: a.messages}
}

// wirePayer names who may pay, at the app whose page it is.
type wirePayer struct {
	OpenID   string `json:"openid,omitempty"`
	SpOpenID string `json:"sp_openid,omitempty"`
}

// jsapiOrder is the body of POST /v3/pay/transactions/jsapi.
type jsapiOrder struct {
	nativeOrder
	Payer wirePayer `json:"payer"`
}

// ShowInside makes an order that only this payer can pay, from a page inside
// the app. The answer's Code is what the page hands to WeixinJSBridge.
func (c *Channel) ShowInside(ctx context.Context, q channel.Show, payer string) channel.Answer {
	if !sound(q.Order) || payer == "" || len(payer) > 128 {
		return unbuilt()
	}
	order, expires := c.order(q)
	who := wirePayer{OpenID: payer}
	if c.subMchID != "" {
		who = wirePayer{SpOpenID: payer}
	}
	a := c.v3(ctx, "jsapi", http.MethodPost, c.at("/jsapi"), jsapiOrder{nativeOrder: order, Payer: who})
	if a.refusal() {
		return a.says(insideVerdict(a.code))
	}
	var out struct {
		PrepayID string `json:"prepay_id"`
	}
	if !a.read(&out) || out.PrepayID == "" || len(out.PrepayID) > 128 || strings.ContainsAny(out.PrepayID, "\r\n\"<>&") {
		return a.doubt()
	}
	code, err := c.handOver(out.PrepayID)
	if err != nil {
		// The order stands at the wallet, and nobody can pay it: it has no code.
		a.messages[0].Failure = short(err)
		return a.doubt()
	}
	return channel.Answer{Outcome: channel.Waiting, Code: code, CodeExpires: expires, Messages: a.messages}
}

// handOver is what the app wants of a page (doc/v3/merchant/4012791857). Four
// lines are signed, each ended by LF, by the merchant's RSA key.
func (c *Channel) handOver(prepayID string) (string, error) {
	n, err := nonce(c.rand)
	if err != nil {
		return "", err
	}
	at, pack := strconv.FormatInt(c.now().Unix(), 10), "prepay_id="+prepayID
	sig, err := signV3(c.key, c.appID+"\n"+at+"\n"+n+"\n"+pack+"\n")
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(map[string]string{
		"appId": c.appID, "timeStamp": at, "nonceStr": n, "package": pack, "signType": "RSA", "paySign": sig,
	})
	return string(b), err
}

// order is what Native and JSAPI say of an order, and when its code ends.
func (c *Channel) order(q channel.Show) (nativeOrder, time.Time) {
	in := nativeOrder{
		names: c.names(), Description: words(q.Description, 127), OutTradeNo: q.No, NotifyURL: q.NotifyURL,
		Amount:    wireAmount{Total: q.Amount.Fen, Currency: string(q.Amount.Currency)},
		SceneInfo: wireScene{PayerClientIP: ipOf(q.Place), DeviceID: cut(q.Place.Till, 32)},
	}
	if q.Place.Shop != "" {
		in.SceneInfo.StoreInfo = &wireStore{ID: cut(q.Place.Shop, 32)}
	}
	expires := c.now().Add(codeLife)
	if !q.Expires.IsZero() {
		in.TimeExpire = q.Expires.In(beijing).Format(time.RFC3339)
		if q.Expires.Before(expires) {
			expires = q.Expires.UTC()
		}
	}
	return in, expires
}

// insideVerdict reads the code of a refused JSAPI order. One code may also mean
// that the number has an order already, for another payer: that one can be paid.
func insideVerdict(code string) verdict {
	if code == "INVALID_REQUEST" {
		return doubtful(guitai.CodeOutcomeUnknown)
	}
	return nativeVerdict(code)
}

// payerVerdict reads the errcode of the token call.
func payerVerdict(code int64) verdict {
	switch code {
	case 40029, 40163, 41008, 42003: // the code is wrong, was used, is missing, is too old
		return declined(guitai.CodeCodeExpired)
	case 40013, 40125, 41002, 41004: // appid or secret are wrong or missing
		return declined(guitai.CodeAccountTrouble)
	case 45009, 45011: // too often
		return declined(guitai.CodeWalletBusy)
	}
	return doubtful(guitai.CodeOutcomeUnknown) // -1 is "busy, try again"
}
