package wechat

import (
	"unicode/utf8"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// codepayAsk is the body of POST /v3/pay/transactions/codepay ("付款码支付").
type codepayAsk struct {
	whoAsk
	Description   string        `json:"description"`
	OutTradeNo    string        `json:"out_trade_no"`
	Attach        string        `json:"attach,omitempty"`
	GoodsTag      string        `json:"goods_tag,omitempty"`
	SupportFapiao *bool         `json:"support_fapiao,omitempty"`
	Payer         codePayer     `json:"payer"`
	Amount        amountAsk     `json:"amount"`
	SceneInfo     *codepayScene `json:"scene_info"`
	Detail        *detailAsk    `json:"detail,omitempty"`
	SettleInfo    *settleAsk    `json:"settle_info,omitempty"`
}

type codePayer struct {
	AuthCode string `json:"auth_code,omitempty"`
}

type codepayScene struct {
	DeviceID  string        `json:"device_id,omitempty"`
	DeviceIP  string        `json:"device_ip,omitempty"`
	StoreInfo *codepayStore `json:"store_info"`
}

type codepayStore struct {
	ID    string `json:"id,omitempty"`
	OutID string `json:"out_id,omitempty"`
}

func checkCodepay(a codepayAsk) error {
	switch {
	case !shaped(a.OutTradeNo, "_-|*", 6, 32):
		return paramError("out_trade_no", "商户订单号不合法")
	case a.Description == "" || utf8.RuneCountInString(a.Description) > 127:
		return paramError("description", "商品描述为空或过长")
	case utf8.RuneCountInString(a.Attach) > 128:
		return paramError("attach", "附加数据过长")
	case a.Amount.Total < 1 || a.Amount.Total > maxFen || a.Amount.Currency != "" && a.Amount.Currency != "CNY":
		return paramError("amount.total", "订单金额不合法")
	case a.SceneInfo == nil || a.SceneInfo.StoreInfo == nil || a.SceneInfo.StoreInfo.ID == "" && a.SceneInfo.StoreInfo.OutID == "":
		return paramError("scene_info.store_info", "缺少门店信息")
	case !allDigits(a.Payer.AuthCode, 18):
		return &v3Error{http: 400, code: "AUTH_CODE_INVALID", text: "请扫描微信支付被扫条码/二维码", number: 268435461}
	}
	return nil
}

// codepay charges a payer's code. A payer who must type a password is no error
// here: the order's state says so.
func (p *Provider) codepay(c *v3Call) (any, error) {
	a, err := decode[codepayAsk](c.body)
	if err != nil {
		return nil, err
	}
	w, err := p.who(c, a.whoAsk, appNeeded)
	if err == nil {
		err = checkCodepay(a)
	}
	if err != nil {
		return nil, err
	}
	bill := book.Bill{
		Wallet: book.WeChat, OrderNo: a.OutTradeNo, AmountFen: a.Amount.Total, Subject: a.Description, Attach: a.Attach,
		Extra: w.extra("MICROPAY"),
	}
	bill.Extra["device_id"] = a.SceneInfo.DeviceID
	if bill.Fingerprint, err = fingerprint([]any{w.names(), a.Description, a.Attach, a.Amount, a.SceneInfo.DeviceID}); err != nil {
		return nil, err
	}
	o, err := p.book.Charge(bill, a.Payer.AuthCode)
	if err == book.OrderWaiting {
		if o, err = p.find(w, book.Ref{Wallet: book.WeChat, OrderNo: a.OutTradeNo}); err == nil {
			return p.transaction(o, c.plan)
		}
	}
	if err != nil {
		return nil, codepayRefusal(err)
	}
	if o.State != book.UserPaying && o.Behaviour == book.Slow {
		fault.Pause(c.Context(), p.book.Delay(slowAnswer))
	}
	return p.transaction(o, c.plan)
}

// codepayRefusal: v3 has its own spelling of v2's codes; the pairing with HTTP
// is not published.
func codepayRefusal(err error) error {
	no := func(http int, code, text string) error {
		return &v3Error{http: http, code: code, text: text, number: 268435461}
	}
	switch err {
	case book.CodeAlien:
		return no(400, "AUTH_CODE_INVALID", "请扫描微信支付被扫条码/二维码")
	case book.CodeUnknown, book.CodeExpired:
		return no(400, "AUTH_CODE_EXPIRE", "二维码已过期，请用户在微信上刷新后再试")
	case book.CodeUsed:
		return no(400, "AUTH_CODE_ERROR", "付款码已使用，请刷新后重试")
	case book.BalanceShort:
		return no(403, "NOT_ENOUGH", "余额不足")
	case book.RiskRefused:
		return no(403, "TRADE_ERROR", "交易存在风险，请更换其他支付方式")
	case book.OrderPaid:
		return no(400, "ORDER_PAID", "订单已支付")
	case book.OrderClosed:
		return no(400, "ORDER_CLOSED", "订单已关闭")
	case book.OrderRevoked:
		return no(400, "ORDER_REVERSED", "订单已撤销")
	case book.OrderDiffers, book.OrderFailed:
		return no(403, "OUT_TRADE_NO_USED", "商户订单号重复")
	}
	return err
}

// reverse3 is POST …/out-trade-no/{out_trade_no}/reverse ("撤销订单").
func (p *Provider) reverse3(c *v3Call) (any, error) {
	a, err := decode[whoAsk](c.body)
	if err != nil {
		return nil, err
	}
	w, err := p.who(c, a, appNeeded)
	if err != nil {
		return nil, err
	}
	ref := book.Ref{Wallet: book.WeChat, OrderNo: c.PathValue("out_trade_no")}
	if _, err = p.find(w, ref); err == nil {
		_, _, err = p.book.Reverse(ref)
	}
	no := func(http int, code, text string) (any, error) {
		return nil, &v3Error{http: http, code: code, text: text, number: 268435461}
	}
	switch err {
	case nil:
		type said struct {
			whoAsk
			OutTradeNo string `json:"out_trade_no"`
		}
		return said{w.names(), ref.OrderNo}, nil
	case book.OrderUnknown:
		return no(404, "ORDER_NOT_EXIST", "订单不存在")
	case book.TooLate:
		return no(400, "REVERSE_EXPIRE", "订单无法撤销：超过7天")
	case book.OrderRefunded:
		return no(400, "TRADE_STATE_ERROR", "订单状态错误：已有退款")
	case book.WrongKind:
		return no(400, "INVALID_REQUEST", "该订单不是付款码订单，不能撤销")
	}
	return nil, err
}
