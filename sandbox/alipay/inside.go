package alipay

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// grantLife is how long an auth_code can be exchanged.
const grantLife = 10 * time.Minute

// grant is what an auth_code stands for.
type grant struct {
	appID string
	payer string // the book's ID
}

// PayerHeader names the payer who holds the phone: the ID of one of the book's.
// Without it, it is the first.
const PayerHeader = "X-Sandbox-Payer"

// authorize is the page that tells a merchant's page who looks at it ("用户信息授权").
// auth_base asks the payer nothing: the browser goes back at once.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	p.faults.Serve(w, r, fault.Call{Provider: string(book.Alipay), Op: OpAuthorize}, func(w http.ResponseWriter, r *http.Request) {
		back, err := p.grant(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, back, http.StatusFound)
	})
}

// grant makes the address to go back to.
func (p *Provider) grant(r *http.Request) (string, error) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case p.keys.apps[q.Get("app_id")].id == "":
		return "", errors.New("app_id: no such app")
	case q.Get("scope") != "auth_base":
		return "", errors.New("scope: only auth_base is known here")
	case err != nil || back.Scheme != "http" && back.Scheme != "https" || back.Host == "" || back.Fragment != "":
		return "", errors.New("redirect_uri: not an address")
	case len(q.Get("state")) > 100:
		return "", errors.New("state: too long")
	}
	who, err := p.holder(r.Header.Get(PayerHeader))
	if err != nil {
		return "", err
	}
	now := p.now()
	code, err := p.grants.give(p.rand, grant{q.Get("app_id"), who.ID}, now, now.Add(grantLife))
	if err != nil {
		return "", err
	}
	more := back.Query()
	for name, value := range map[string]string{
		"auth_code": code, "app_id": q.Get("app_id"), "scope": q.Get("scope"), "source": "alipay_wallet", "state": q.Get("state"),
	} {
		if value != "" {
			more.Set(name, value)
		}
	}
	back.RawQuery = more.Encode()
	return back.String(), nil
}

func (p *Provider) holder(id string) (book.Payer, error) {
	if id != "" {
		who, err := p.book.Payer(id)
		if err == nil && who.Wallet != book.Alipay {
			err = book.PayerUnknown
		}
		return who, err
	}
	all, err := p.book.Payers(book.Alipay)
	if err != nil {
		return book.Payer{}, err
	}
	for _, who := range all {
		if who.ID == string(book.Alipay)+"-zhang" {
			return who, nil
		}
	}
	return book.Payer{}, book.PayerUnknown
}

// oauthToken is alipay.system.oauth.token. Its success carries no code, and its
// refusals stand in error_response.
func (p *Provider) oauthToken(c *call) (any, error) {
	refuse := func(f *failure) error {
		f.general = true
		return f
	}
	if c.params["grant_type"] != "authorization_code" {
		return nil, refuse(invalid("grant-type", "grant_type参数不正确"))
	}
	g, ok := p.grants.take(c.params["code"], p.now())
	if !ok || g.appID != c.app.id {
		return nil, refuse(&failure{head: head{"40002", "Invalid Arguments", "isv.code-invalid", "授权码code无效"}})
	}
	who, err := p.book.Payer(g.payer)
	if err != nil {
		return nil, err
	}
	userID, openID := p.told(c.app.id, who)
	return struct {
		UserID       string `json:"user_id,omitempty"`
		OpenID       string `json:"open_id,omitempty"`
		AccessToken  string `json:"access_token"`
		ExpiresIn    int    `json:"expires_in"`
		RefreshToken string `json:"refresh_token"`
		ReExpiresIn  int    `json:"re_expires_in"`
		AuthStart    string `json:"auth_start"`
	}{userID, openID, "authbse" + p.token(16), 1_296_000, "authbse" + p.token(16), 2_592_000, stamp(p.now())}, nil
}

// The products under which a page inside the app takes money.
const (
	productInside = "JSAPI_PAY"
	productFace   = "FACE_TO_FACE_PAYMENT"
)

// create is alipay.trade.create: a trade for one buyer, which exists at once.
func (p *Provider) create(c *call) (any, error) {
	a, err := decode[payAsk](c)
	if err != nil {
		return nil, err
	}
	bill, err := p.bill(c, a)
	if err != nil {
		return nil, err
	}
	who, known, err := p.buyer(c.app.id, a.BuyerID, a.BuyerOpenID)
	switch {
	case err != nil:
		return nil, err
	case !known:
		return nil, refused("ACQ.INVALID_PARAMETER", "参数无效：buyer_id")
	case a.ProductCode != "" && a.ProductCode != productInside && a.ProductCode != productFace:
		return nil, refused("ACQ.INVALID_PARAMETER", "参数无效：product_code")
	}
	bill.For, bill.Extra["product"] = who.OpenID, a.ProductCode
	now := p.now()
	bill.ExpiresAt = now.Add(Policy().OrderLife)
	switch {
	case a.TimeExpire != "":
		bill.ExpiresAt, err = p.expire(a.TimeExpire)
	case a.TimeoutExpress != "":
		var d time.Duration
		d, err = span(a.TimeoutExpress, now)
		bill.ExpiresAt = now.Add(d)
	}
	if err != nil {
		return nil, err
	}
	bill.CodeExpiresAt = bill.ExpiresAt
	o, err := p.created(bill)
	if err != nil {
		return nil, err
	}
	return struct {
		head
		TradeNo    string `json:"trade_no"`
		OutTradeNo string `json:"out_trade_no"`
	}{success(), o.Number, o.OrderNo}, nil
}

// created makes the trade, or finds it where the same was asked before: a
// repeat does not disturb a buyer who is paying.
func (p *Provider) created(bill book.Bill) (book.Order, error) {
	o, err := p.book.Find(book.Ref{Wallet: book.Alipay, OrderNo: bill.OrderNo})
	switch {
	case err == nil && o.For != "" && o.For != bill.For:
		return o, refused("ACQ.TRADE_BUYER_NOT_MATCH", "交易买家不匹配")
	case err == nil && o.State == book.NotPay && o.For == bill.For && o.AmountFen == bill.AmountFen && o.Fingerprint == bill.Fingerprint:
		return o, nil
	}
	o, err = p.book.Show(bill)
	if err != nil {
		return o, payRefusal(err)
	}
	return o, nil
}

// inside reports whether a trade was made by alipay.trade.create.
func inside(o book.Order) bool { return o.For != "" }

// CheckHandOver takes what a page inside the app hands to it, and returns the
// name by which the book lets the payer pay it.
func (p *Provider) CheckHandOver(params map[string]string) (code string, err error) {
	no := params["tradeNO"]
	if no == "" || len(no) > 64 || strings.Trim(no, "0123456789") != "" {
		return "", errors.New("alipay: tradeNO: not a number of a trade")
	}
	o, err := p.book.Find(book.Ref{Wallet: book.Alipay, Number: no})
	if err == nil && !inside(o) {
		err = book.OrderUnknown
	}
	return o.Code, err
}
