package wechat

import (
	"crypto/subtle"
	"crypto/x509"
	"slices"

	"guitai/sandbox/book"
)

// words are a merchant number's secrets and names.
type words struct {
	Mchid     string `json:"mchid"`
	Appid     string `json:"appid"`
	AppSecret string `json:"app_secret"`
	APIv3Key  string `json:"api_v3_key"`
	APIv2Key  string `json:"api_v2_key"`
}

// sub is a merchant who works through a service provider.
type sub struct {
	Mchid string `json:"mchid"`
	Appid string `json:"appid"`
}

// party is a merchant number with credentials of its own: a shop that connects
// directly, or a service provider (服务商) with its sub-merchants.
type party struct {
	words
	subs   []sub // of a service provider; nil: a shop
	cert   *x509.Certificate
	serial string // of cert, 40 hex digits
	sm2    sm2Cert
}

// sub finds one of a provider's shops. An app of the shop's is checked when it
// is named.
func (w *party) sub(mchid, appid string) (sub, bool) {
	i := slices.IndexFunc(w.subs, func(s sub) bool { return s.Mchid == mchid })
	if i < 0 || appid != "" && appid != w.subs[i].Appid {
		return sub{}, false
	}
	return w.subs[i], true
}

// whose is for whom a request is made: a party, and with a service provider the
// shop.
type whose struct {
	*party
	sub      string // sub_mchid
	subAppid string // as the request named it
}

// extra is what an order remembers of it.
func (w whose) extra(kind string) map[string]string {
	e := map[string]string{"appid": w.Appid, "mchid": w.Mchid, "trade_type": kind}
	if w.sub != "" {
		e["sub_mchid"] = w.sub
	}
	if w.subAppid != "" {
		e["sub_appid"] = w.subAppid
	}
	return e
}

// owns reports whether the order is of that shop.
func (w whose) owns(o book.Order) bool {
	return o.Extra["mchid"] == w.Mchid && o.Extra["sub_mchid"] == w.sub
}

// find finds an order of that shop; another's does not exist for it.
func (p *Provider) find(w whose, ref book.Ref) (book.Order, error) {
	o, err := p.book.Find(ref)
	if err == nil && !w.owns(o) {
		err = book.OrderUnknown
	}
	return o, err
}

// findRefund is the same for a refund.
func (p *Provider) findRefund(w whose, no string) (book.Order, book.Refund, error) {
	o, r, err := p.book.FindRefund(book.Ref{Wallet: book.WeChat}, no)
	if err == nil && !w.owns(o) {
		err = book.RefundUnknown
	}
	return o, r, err
}

// party finds who has that merchant number; nil: nobody.
func (k *keys) party(mchid string) *party {
	for _, w := range []*party{k.shop, k.provider} {
		if w.Mchid == mchid {
			return w
		}
	}
	return nil
}

// app finds who has that app; nil: nobody.
func (k *keys) app(appid string) *party {
	for _, w := range []*party{k.shop, k.provider} {
		if w.Appid == appid {
			return w
		}
	}
	return nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// whoAsk names the merchant in the body of a v3 request: the first two in the
// direct form, the others in the partner's.
type whoAsk struct {
	Appid    string `json:"appid,omitempty"`
	Mchid    string `json:"mchid,omitempty"`
	SpAppid  string `json:"sp_appid,omitempty"`
	SpMchid  string `json:"sp_mchid,omitempty"`
	SubAppid string `json:"sub_appid,omitempty"`
	SubMchid string `json:"sub_mchid,omitempty"`
}

// wantsApp says whether a request must name the app.
type wantsApp int

const (
	appOptional wantsApp = iota
	appNeeded
)

// who checks for whom a request is made, against who signed it and the form of
// the path.
func (p *Provider) who(c *v3Call, a whoAsk, app wantsApp) (whose, error) {
	w := whose{party: c.who, sub: a.SubMchid, subAppid: a.SubAppid}
	alien := &v3Error{http: 400, code: "PARAM_ERROR", text: "请求中含有未在API文档中定义的参数", number: 270924358}
	mchid, appid := a.Mchid, a.Appid
	switch {
	case c.partner() && c.who.subs == nil:
		return w, &v3Error{http: 403, code: "NO_AUTH", text: "商户号无服务商权限", number: 268443715}
	case !c.partner() && c.who.subs != nil:
		return w, &v3Error{http: 403, code: "NO_AUTH", text: "服务商须使用服务商接口", number: 268443715}
	case c.partner():
		if mchid != "" || appid != "" {
			return w, alien
		}
		mchid, appid = a.SpMchid, a.SpAppid
		if _, ok := c.who.sub(a.SubMchid, a.SubAppid); !ok {
			return w, paramError("sub_mchid", "sub_mchid 不存在或与服务商、sub_appid 不匹配")
		}
	case a.SpMchid != "" || a.SpAppid != "" || a.SubMchid != "" || a.SubAppid != "":
		return w, alien
	}
	switch {
	case mchid != c.who.Mchid:
		return w, &v3Error{http: 400, code: "MCH_NOT_EXISTS", text: "商户号不存在或与签名的商户号不一致", number: 268443715}
	case (appid != "" || app == appNeeded) && appid != c.who.Appid:
		return w, &v3Error{http: 400, code: "APPID_MCHID_NOT_MATCH", text: "appid和mch_id不匹配", number: 268445527}
	}
	return w, nil
}

// whoRefund: a refund names only the shop, and only with a service provider.
func (p *Provider) whoRefund(c *v3Call, sub string) (whose, error) {
	w := whose{party: c.who, sub: sub}
	if c.who.subs == nil && sub != "" {
		return w, paramError("sub_mchid", "sub_mchid 仅服务商可用")
	}
	if _, ok := c.who.sub(sub, ""); c.who.subs != nil && !ok {
		return w, paramError("sub_mchid", "sub_mchid 不存在或与服务商不匹配")
	}
	return w, nil
}

// whoOf is for whom an order was made.
func (p *Provider) whoOf(o book.Order) whose {
	w := p.keys.party(o.Extra["mchid"])
	if w == nil {
		w = p.keys.shop // the keys were made anew since
	}
	return whose{party: w, sub: o.Extra["sub_mchid"], subAppid: o.Extra["sub_appid"]}
}

// names are the four names by which an answer or a notice tells whose it is, in
// its direct or its partner form.
func (w whose) names() whoAsk {
	if w.sub == "" {
		return whoAsk{Appid: w.Appid, Mchid: w.Mchid}
	}
	return whoAsk{SpAppid: w.Appid, SpMchid: w.Mchid, SubAppid: w.subAppid, SubMchid: w.sub}
}
