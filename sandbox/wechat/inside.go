package wechat

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

const (
	// HeaderPayer names who holds the phone; absent: the first seeded payer.
	HeaderPayer = "X-Sandbox-Payer"
	// codeLife is how long a code of the authorisation page works ("网页授权":
	// 5 minutes, once).
	codeLife     = 5 * time.Minute
	tickets      = 10_000 // codes that wait at one time; more drop all
	insidePrefix = "prepay_id="
	firstPayer   = "wechat-zhang" // the first that the book seeds
)

// ticket is who stood at the authorisation page.
type ticket struct {
	appid, openid string
	until         time.Time
}

// ticketBox holds the codes that were handed out and not yet taken back.
type ticketBox struct {
	mu   sync.Mutex
	open map[string]ticket
}

func (b *ticketBox) put(code string, t ticket) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open == nil || len(b.open) >= tickets {
		b.open = map[string]ticket{}
	}
	b.open[code] = t
}

// take gives a ticket away, once.
func (b *ticketBox) take(code string) (ticket, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, ok := b.open[code]
	delete(b.open, code)
	return t, ok
}

// greet is the page GET /connect/oauth2/authorize inside the app. The
// payer is asked nothing (snsapi_base): the browser goes straight back.
func (p *Provider) greet(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case err != nil || back.Host == "" || back.Scheme != "http" && back.Scheme != "https" || len(q.Get("redirect_uri")) > 2048:
		http.Error(w, "redirect_uri 参数错误", http.StatusBadRequest)
		return
	case p.keys.app(q.Get("appid")) == nil:
		http.Error(w, "appid 参数错误", http.StatusBadRequest)
		return
	case q.Get("response_type") != "code" || q.Get("scope") != "snsapi_base" && q.Get("scope") != "snsapi_userinfo" || len(q.Get("state")) > 128:
		http.Error(w, "scope、response_type 或 state 参数错误", http.StatusBadRequest)
		return
	}
	id := r.Header.Get(HeaderPayer)
	if id == "" {
		id = firstPayer
	}
	who, err := p.book.Payer(id)
	if err != nil || who.Wallet != book.WeChat {
		http.Error(w, "no such payer at this wallet", http.StatusBadRequest)
		return
	}
	code := "0" + p.token(31)
	p.tickets.put(code, ticket{appid: q.Get("appid"), openid: who.OpenID, until: p.now().Add(codeLife)})
	to := back.Query()
	to.Set("code", code)
	to.Set("state", q.Get("state"))
	back.RawQuery = to.Encode()
	w.Header().Set("Location", back.String())
	w.WriteHeader(http.StatusFound)
}

// accessToken is GET /sns/oauth2/access_token: a code against the payer's
// openid. It answers 200 whatever happens, and never signs.
func (p *Provider) accessToken(w http.ResponseWriter, r *http.Request) {
	p.faults.Serve(w, r, fault.Call{Provider: string(book.WeChat), Op: OpAccessToken}, func(w http.ResponseWriter, r *http.Request) {
		var out any
		openid, code, text := p.redeem(r.URL.Query())
		out = map[string]any{"errcode": code, "errmsg": text}
		if fault.From(r.Context()).Has(fault.SystemError) {
			out = map[string]any{"errcode": -1, "errmsg": "system error"}
		} else if code == 0 {
			out = map[string]any{
				"access_token": p.token(64), "expires_in": 7200, "refresh_token": p.token(64), "openid": openid, "scope": "snsapi_base",
			}
		}
		w.Header().Set("Content-Type", "text/plain")
		_ = json.NewEncoder(w).Encode(out) // a caller who has gone is not our trouble
	})
}

func (p *Provider) redeem(q url.Values) (openid string, code int, text string) {
	t, ok := ticket{}, false
	who := p.keys.app(q.Get("appid"))
	switch {
	case q.Get("grant_type") != "authorization_code":
		return "", 40002, "invalid grant_type"
	case who == nil:
		return "", 40013, "invalid appid"
	case !same(q.Get("secret"), who.AppSecret):
		return "", 40125, "invalid appsecret"
	case q.Get("code") == "":
		return "", 41008, "missing code"
	}
	if t, ok = p.tickets.take(q.Get("code")); !ok || t.appid != q.Get("appid") {
		return "", 40029, "invalid code"
	}
	if !p.now().Before(t.until) {
		return "", 42003, "code expired"
	}
	return t.openid, 0, ""
}

// jsapiAsk is the body of POST /v3/pay/transactions/jsapi.
type jsapiAsk struct {
	nativeAsk
	Payer payer `json:"payer"`
}

// openid is the payer as the form of the path names one.
func (a jsapiAsk) openid(w whose) string {
	switch {
	case w.sub == "":
		return a.Payer.Openid
	case a.Payer.SpOpenid != "":
		return a.Payer.SpOpenid
	case w.subAppid != "":
		return a.Payer.SubOpenid
	}
	return ""
}

func (p *Provider) jsapi(c *v3Call) (any, error) {
	a, err := decode[jsapiAsk](c.body)
	if err != nil {
		return nil, err
	}
	bill, w, err := p.bill(c, a.nativeAsk, "JSAPI")
	if err != nil {
		return nil, err
	}
	if bill.For = a.openid(w); bill.For == "" {
		return nil, &v3Error{http: 400, code: "PARAM_ERROR", text: "缺少openid", number: 268501013, field: "payer.openid"}
	}
	if err := p.knows(bill.For); err != nil {
		return nil, err
	}
	if bill.Fingerprint, err = fingerprint(a); err != nil {
		return nil, err
	}
	o, err := p.book.Show(bill)
	if err != nil {
		return nil, v3Refusal(err)
	}
	return map[string]string{"prepay_id": strings.TrimPrefix(o.Code, insidePrefix)}, nil
}

// knows refuses a payer whom nobody has seen.
func (p *Provider) knows(openid string) error {
	all, err := p.book.Payers(book.WeChat)
	if err == nil && !slices.ContainsFunc(all, func(w book.Payer) bool { return w.OpenID == openid }) {
		err = paramError("payer.openid", "无效的openid")
	}
	return err
}

var errHandOver = errors.New("wechat: the page's parameters")

// CheckHandOver is what the app does before it shows an order that a page
// handed to it: everything is there, it is of a merchant who may, now, and the
// merchant's key signed it ("JSAPI调起支付").
func (p *Provider) CheckHandOver(params map[string]string) error {
	for _, need := range []string{"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"} {
		if params[need] == "" {
			return errors.Join(errHandOver, errors.New("缺少参数 "+need))
		}
	}
	seconds, err := strconv.ParseInt(params["timeStamp"], 10, 64)
	switch {
	case err != nil || p.now().Sub(time.Unix(seconds, 0)).Abs() > codeLife:
		return errors.Join(errHandOver, errors.New("timeStamp 与当前时间相差过大"))
	case len(params["nonceStr"]) > 32:
		return errors.Join(errHandOver, errors.New("nonceStr 过长"))
	case params["signType"] != "RSA":
		return errors.Join(errHandOver, errors.New("signType 不正确"))
	}
	orders, err := p.book.Orders(book.Filter{Wallet: book.WeChat, Code: params["package"]})
	if err != nil {
		return err
	}
	if len(orders) != 1 || orders[0].For == "" {
		return errors.Join(errHandOver, errors.New("prepay_id 不存在或已失效"))
	}
	if params["appId"] != orders[0].Extra["appid"] {
		return errors.Join(errHandOver, errors.New("appId 与下单时不一致"))
	}
	text := params["appId"] + "\n" + params["timeStamp"] + "\n" + params["nonceStr"] + "\n" + params["package"] + "\n"
	sign, err := base64.StdEncoding.DecodeString(params["paySign"])
	if err != nil || !verify(p.whoOf(orders[0]).cert.PublicKey, text, sign) {
		return errors.Join(errHandOver, errors.New("支付验证签名失败"))
	}
	return nil
}
