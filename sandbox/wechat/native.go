package wechat

import (
	"strings"
	"time"
	"unicode/utf8"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// shaped checks a merchant's number: letters, digits and the given signs.
func shaped(s, signs string, least, most int) bool {
	if len(s) < least || len(s) > most {
		return false
	}
	for _, c := range []byte(s) {
		alnum := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !alnum && strings.IndexByte(signs, c) < 0 {
			return false
		}
	}
	return true
}

// nativeAsk is the body of POST /v3/pay/transactions/native.
type nativeAsk struct {
	whoAsk
	Description   string     `json:"description"`
	OutTradeNo    string     `json:"out_trade_no"`
	TimeExpire    string     `json:"time_expire,omitempty"`
	Attach        string     `json:"attach,omitempty"`
	NotifyURL     string     `json:"notify_url"`
	GoodsTag      string     `json:"goods_tag,omitempty"`
	SupportFapiao *bool      `json:"support_fapiao,omitempty"`
	Amount        amountAsk  `json:"amount"`
	Detail        *detailAsk `json:"detail,omitempty"`
	SceneInfo     *sceneAsk  `json:"scene_info,omitempty"`
	SettleInfo    *settleAsk `json:"settle_info,omitempty"`
	LimitPay      []string   `json:"limit_pay,omitempty"`
}

type amountAsk struct {
	Total    int64  `json:"total"`
	Currency string `json:"currency,omitempty"`
}

type detailAsk struct {
	CostPrice   int64      `json:"cost_price,omitempty"`
	InvoiceID   string     `json:"invoice_id,omitempty"`
	GoodsDetail []goodsAsk `json:"goods_detail,omitempty"`
}

type goodsAsk struct {
	MerchantGoodsID  string `json:"merchant_goods_id"`
	WechatpayGoodsID string `json:"wechatpay_goods_id,omitempty"`
	GoodsName        string `json:"goods_name,omitempty"`
	Quantity         int64  `json:"quantity"`
	UnitPrice        int64  `json:"unit_price"`
}

type sceneAsk struct {
	PayerClientIP string    `json:"payer_client_ip"`
	DeviceID      string    `json:"device_id,omitempty"`
	StoreInfo     *storeAsk `json:"store_info,omitempty"`
}

type storeAsk struct {
	ID       string `json:"id"`
	Name     string `json:"name,omitempty"`
	AreaCode string `json:"area_code,omitempty"`
	Address  string `json:"address,omitempty"`
}

type settleAsk struct {
	ProfitSharing *bool `json:"profit_sharing,omitempty"`
}

// maxFen is the largest amount of one order: ten million yuan.
const maxFen = 1_000_000_000

func checkNative(a nativeAsk) error {
	switch {
	case !shaped(a.OutTradeNo, "_-|*", 6, 32):
		return paramError("out_trade_no", "商户订单号不合法")
	case a.Description == "" || utf8.RuneCountInString(a.Description) > 127:
		return paramError("description", "商品描述为空或过长")
	case utf8.RuneCountInString(a.Attach) > 128:
		return paramError("attach", "附加数据过长")
	case a.Amount.Total < 1 || a.Amount.Total > maxFen:
		return paramError("amount.total", "订单金额不合法")
	case a.Amount.Currency != "" && a.Amount.Currency != "CNY":
		return paramError("amount.currency", "货币类型不合法")
	}
	return checkNotifyURL(a.NotifyURL)
}

func (p *Provider) native(c *v3Call) (any, error) {
	a, err := decode[nativeAsk](c.body)
	if err != nil {
		return nil, err
	}
	bill, _, err := p.bill(c, a, "NATIVE")
	if err != nil {
		return nil, err
	}
	if bill.Fingerprint, err = fingerprint(a); err != nil {
		return nil, err
	}
	o, err := p.book.Show(bill)
	if err != nil {
		return nil, v3Refusal(err)
	}
	return map[string]string{"code_url": o.Code}, nil
}

// bill is what Native and JSAPI tell the book, and for whom.
func (p *Provider) bill(c *v3Call, a nativeAsk, kind string) (book.Bill, whose, error) {
	w, err := p.who(c, a.whoAsk, appNeeded)
	if err == nil {
		err = checkNative(a)
	}
	if err != nil {
		return book.Bill{}, w, err
	}
	bill := book.Bill{
		Wallet: book.WeChat, OrderNo: a.OutTradeNo, AmountFen: a.Amount.Total, Subject: a.Description,
		Attach: a.Attach, NotifyURL: a.NotifyURL,
		Extra: w.extra(kind),
	}
	// Notices are signed by the key that the merchant uses.
	bill.Extra["wechatpay_serial"] = c.name
	if a.SceneInfo != nil {
		bill.Extra["device_id"] = a.SceneInfo.DeviceID
	}
	if a.TimeExpire != "" {
		if bill.ExpiresAt, err = time.Parse(time.RFC3339, a.TimeExpire); err != nil || !bill.ExpiresAt.After(p.now()) {
			return bill, w, paramError("time_expire", "time_expire 不合法或已过期")
		}
	}
	return bill, w, nil
}

// v3Refusal translates the book's words.
func v3Refusal(err error) error {
	switch err {
	case book.OrderUnknown:
		return &v3Error{http: 404, code: "ORDER_NOT_EXIST", text: "订单不存在", number: 268512771}
	case book.OrderDiffers:
		return &v3Error{http: 400, code: "INVALID_REQUEST", text: "201 商户订单号重复", number: 268498688}
	case book.OrderPaid, book.OrderRefunded:
		return &v3Error{http: 400, code: "ORDER_PAID", text: "该订单已支付", number: 268498689}
	case book.OrderClosed, book.OrderRevoked:
		return &v3Error{http: 400, code: "ORDER_CLOSED", text: "订单已关闭", number: 268447914}
	case book.WrongKind:
		return &v3Error{http: 400, code: "INVALID_REQUEST", text: "付款码订单只能撤销", number: 268449641}
	case book.OrderUnpaid:
		return &v3Error{http: 400, code: "INVALID_REQUEST", text: "订单未支付", number: 268435461}
	case book.RefundUnknown:
		return &v3Error{http: 404, code: "RESOURCE_NOT_EXISTS", text: "退款单不存在", number: 268435462}
	case book.RefundDiffers:
		return &v3Error{http: 400, code: "INVALID_REQUEST", text: "订单金额或退款金额与之前请求不一致，请核实后再试", number: 268435461}
	case book.RefundTooLarge:
		return &v3Error{http: 400, code: "INVALID_REQUEST", text: "申请退款金额超过可退金额", number: 268435464}
	case book.RefundTooMany, book.TooLate:
		return &v3Error{http: 403, code: "RULE_LIMIT", text: "退款次数或时间超过限制", number: 268435464}
	}
	return err
}

// The object of "查询订单".
type transaction struct {
	whoAsk
	OutTradeNo      string      `json:"out_trade_no"`
	TransactionID   string      `json:"transaction_id,omitempty"`
	TradeType       string      `json:"trade_type,omitempty"`
	TradeState      string      `json:"trade_state"`
	TradeStateDesc  string      `json:"trade_state_desc"`
	BankType        string      `json:"bank_type,omitempty"`
	Attach          string      `json:"attach,omitempty"`
	SuccessTime     string      `json:"success_time,omitempty"`
	Payer           *payer      `json:"payer,omitempty"`
	Amount          amount      `json:"amount"`
	SceneInfo       *scene      `json:"scene_info,omitempty"`
	PromotionDetail []promotion `json:"promotion_detail"`
}

type payer struct {
	Openid    string `json:"openid,omitempty"`
	SpOpenid  string `json:"sp_openid,omitempty"`
	SubOpenid string `json:"sub_openid,omitempty"`
}

type amount struct {
	Total         int64  `json:"total"`
	PayerTotal    int64  `json:"payer_total,omitempty"`
	Currency      string `json:"currency"`
	PayerCurrency string `json:"payer_currency"`
}

type scene struct {
	DeviceID string `json:"device_id"`
}

// promotion would be a coupon; nobody holds one on this street.
type promotion struct{}

// tradeState spells a state as both API versions do.
func tradeState(o book.Order) (state, desc string) {
	switch o.State {
	case book.NotPay:
		return "NOTPAY", "订单未支付"
	case book.UserPaying:
		return "USERPAYING", "需要用户输入支付密码"
	case book.Success:
		return "SUCCESS", "支付成功"
	case book.Refunded:
		return "REFUND", "订单发生过退款，退款详情请查询退款单"
	case book.Closed:
		return "CLOSED", "订单已关闭"
	case book.Revoked:
		return "REVOKED", "订单已撤销"
	}
	return "PAYERROR", "支付失败，请重新下单支付"
}

func (p *Provider) transaction(o book.Order, plan fault.Plan) (transaction, error) {
	w := p.whoOf(o)
	t := transaction{
		whoAsk: w.names(), OutTradeNo: o.OrderNo, Attach: o.Attach,
		Amount:          amount{Total: o.AmountFen, Currency: "CNY", PayerCurrency: "CNY"},
		PromotionDetail: []promotion{},
	}
	t.TradeState, t.TradeStateDesc = tradeState(o)
	if id := o.Extra["device_id"]; id != "" {
		t.SceneInfo = &scene{DeviceID: id}
	}
	if o.Kind == book.Scan || !o.PaidAt.IsZero() {
		t.TradeType = o.Extra["trade_type"]
	}
	if !o.PaidAt.IsZero() {
		who, err := p.book.Payer(o.Payer)
		if err != nil {
			return t, err
		}
		t.TransactionID, t.BankType = o.Number, "OTHERS"
		t.SuccessTime = rfc3339(o.PaidAt)
		t.Payer = payerOf(w, who.OpenID)
		t.Amount.PayerTotal = o.AmountFen
	}
	if plan.Has(fault.WrongAmount) {
		t.Amount.Total++
		t.Amount.PayerTotal++
	}
	return t, nil
}

// payerOf names the payer at the apps of the order; on this street a payer has
// one name everywhere.
func payerOf(w whose, openid string) *payer {
	switch {
	case w.sub == "":
		return &payer{Openid: openid}
	case w.subAppid == "":
		return &payer{SpOpenid: openid}
	}
	return &payer{SpOpenid: openid, SubOpenid: openid}
}

// rfc3339 writes times as WeChat Pay does: whole seconds, Beijing.
func rfc3339(t time.Time) string { return t.In(beijing()).Format(time.RFC3339) }

func beijing() *time.Location { return time.FixedZone("CST", 8*3600) }

func (p *Provider) query(c *v3Call) (any, error) {
	q := c.URL.Query()
	w, err := p.who(c, whoAsk{Mchid: q.Get("mchid"), SpMchid: q.Get("sp_mchid"), SubMchid: q.Get("sub_mchid")}, appOptional)
	if err != nil {
		return nil, err
	}
	ref := book.Ref{Wallet: book.WeChat, OrderNo: c.PathValue("out_trade_no"), Number: c.PathValue("transaction_id")}
	o, err := p.find(w, ref)
	if err == nil && ref.Number != "" && o.PaidAt.IsZero() {
		err = book.OrderUnknown // the wallet's number is not known before payment
	}
	if err != nil {
		return nil, v3Refusal(err)
	}
	return p.transaction(o, c.plan)
}

func (p *Provider) closeOrder(c *v3Call) (any, error) {
	a, err := decode[whoAsk](c.body)
	if err != nil {
		return nil, err
	}
	w, err := p.who(c, a, appOptional)
	if err != nil {
		return nil, err
	}
	ref := book.Ref{Wallet: book.WeChat, OrderNo: c.PathValue("out_trade_no")}
	if _, err = p.find(w, ref); err == nil {
		_, err = p.book.CloseOrder(ref)
	}
	return nil, v3Refusal(err)
}
