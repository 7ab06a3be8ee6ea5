package alipay

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"guitai"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// slowAnswer is how late the answer for a slow payer is; divided by the
// street's speed.
const slowAnswer = 8 * time.Second

// payAsk is biz_content of alipay.trade.pay and precreate.
type payAsk struct {
	OutTradeNo           string `json:"out_trade_no"`
	Scene                string `json:"scene"`
	AuthCode             text   `json:"auth_code"`
	ProductCode          string `json:"product_code"`
	Subject              string `json:"subject"`
	Body                 string `json:"body"`
	TotalAmount          text   `json:"total_amount"`
	SellerID             string `json:"seller_id"`
	StoreID              string `json:"store_id"`
	TerminalID           string `json:"terminal_id"`
	OperatorID           string `json:"operator_id"`
	TimeoutExpress       string `json:"timeout_express"`
	QRCodeTimeoutExpress string `json:"qr_code_timeout_express"`
	TimeExpire           string `json:"time_expire"`
	BuyerID              string `json:"buyer_id"`
	BuyerOpenID          string `json:"buyer_open_id"`
	ExtendParams         struct {
		ProviderID string `json:"sys_service_provider_id"`
	} `json:"extend_params"`
}

// bill checks what a payment must have, and makes the book's bill of it.
func (p *Provider) bill(c *call, a payAsk) (book.Bill, error) {
	amount, err := guitai.ParseDecimal(string(a.TotalAmount), guitai.CNY)
	bad := ""
	switch {
	case a.OutTradeNo == "" || len(a.OutTradeNo) > 64 || !shaped(a.OutTradeNo):
		bad = "out_trade_no"
	case a.Subject == "" || utf8.RuneCountInString(a.Subject) > 256:
		bad = "subject"
	case utf8.RuneCountInString(a.Body) > 128:
		bad = "body"
	case err != nil || !amount.Positive():
		bad = "total_amount"
	case a.SellerID != "" && a.SellerID != c.shop.sellerID:
		bad = "seller_id"
	case a.ExtendParams.ProviderID != "" && a.ExtendParams.ProviderID != p.keys.ProviderUserID:
		bad = "sys_service_provider_id"
	case len(a.StoreID) > 32:
		bad = "store_id"
	case len(a.TerminalID) > 32:
		bad = "terminal_id"
	case len(a.OperatorID) > 28:
		bad = "operator_id"
	case amount.Fen > 100_000_000_00:
		return book.Bill{}, refused("ACQ.TOTAL_FEE_EXCEED", "订单总金额超过限额")
	}
	if bad != "" {
		return book.Bill{}, refused("ACQ.INVALID_PARAMETER", "参数无效："+bad)
	}
	mode := "key"
	if c.cert {
		mode = "cert"
	}
	return book.Bill{
		Wallet: book.Alipay, OrderNo: a.OutTradeNo, AmountFen: amount.Fen, Subject: a.Subject, Attach: a.Body,
		NotifyURL: c.params["notify_url"],
		// Notices are signed in the mode that the merchant uses, and go to its app.
		Extra: map[string]string{
			"mode": mode, "store_id": a.StoreID, "terminal_id": a.TerminalID, "operator_id": a.OperatorID,
			"app": c.app.id, "auth_app": c.shop.appID, "seller": c.shop.sellerID,
		},
		Fingerprint: a.Subject + "\n" + a.SellerID + "\n" + c.shop.sellerID,
	}, nil
}

// shaped: letters, digits and underscores.
func shaped(s string) bool {
	for _, r := range s {
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_') {
			return false
		}
	}
	return true
}

// span reads 1m to 15d, or 1c: the end of the day.
func span(s string, now time.Time) (time.Duration, error) {
	if s == "1c" {
		d := now.In(beijing())
		return time.Date(d.Year(), d.Month(), d.Day()+1, 0, 0, 0, 0, beijing()).Sub(now), nil
	}
	units := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
	bad := refused("ACQ.INVALID_PARAMETER", "参数无效：timeout_express")
	if len(s) < 2 || len(s) > 6 {
		return 0, bad
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	d := time.Duration(n) * units[s[len(s)-1]]
	if err != nil || d < time.Minute || d > 15*24*time.Hour {
		return 0, bad
	}
	return d, nil
}

// expire reads time_expire.
func (p *Provider) expire(s string) (time.Time, error) {
	at, err := time.ParseInLocation(time.DateTime, s, beijing())
	if err != nil {
		at, err = time.ParseInLocation("2006-01-02 15:04", s, beijing())
	}
	if err != nil || !at.After(p.now()) {
		return at, refused("ACQ.INVALID_PARAMETER", "参数无效：time_expire")
	}
	return at, nil
}

// pay is alipay.trade.pay.
func (p *Provider) pay(c *call) (any, error) {
	a, err := decode[payAsk](c)
	if err != nil {
		return nil, err
	}
	bill, err := p.bill(c, a)
	if err != nil {
		return nil, err
	}
	if a.Scene != "bar_code" && a.Scene != "wave_code" && a.Scene != "security_code" {
		return nil, refused("ACQ.INVALID_PARAMETER", "参数无效：scene")
	}
	code := string(a.AuthCode)
	if len(code) < 16 || len(code) > 24 || strings.Trim(code, "0123456789") != "" {
		return nil, refused("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付失败，获取顾客账户信息失败，请顾客刷新付款码后重新收款")
	}
	switch {
	case a.TimeExpire != "":
		bill.ExpiresAt, err = p.expire(a.TimeExpire)
	case a.TimeoutExpress != "":
		var d time.Duration
		d, err = span(a.TimeoutExpress, p.now())
		bill.ExpiresAt = p.now().Add(d)
	}
	if err != nil {
		return nil, err
	}
	ref := book.Ref{Wallet: book.Alipay, OrderNo: bill.OrderNo}
	if o, err := p.book.Find(ref); err == nil && p.seller(o) == c.shop.sellerID && o.State == book.PayError && tradeStatus(o, p.now()) == "TRADE_CLOSED" {
		return nil, payRefusal(book.OrderClosed)
	}
	o, err := p.book.Charge(bill, code)
	if err == book.OrderWaiting {
		o, err = p.book.Find(ref)
	}
	if err != nil {
		return nil, payRefusal(err)
	}
	if o.Behaviour == book.Slow {
		fault.Pause(c.ctx, p.book.Delay(slowAnswer))
	}
	return p.paid(c, o)
}

// paid answers a payment that is done, or that waits for a password: 10003,
// which is not success.
func (p *Provider) paid(c *call, o book.Order) (any, error) {
	v, err := p.payment(o, c.plan)
	if err != nil {
		return nil, err
	}
	h := success()
	if o.State == book.UserPaying {
		h = head{Code: "10003", Msg: "order success pay inprocess"}
	}
	return struct {
		head
		payment
		GmtPayment string `json:"gmt_payment,omitempty"`
	}{h, v, stamp(o.PaidAt)}, nil
}

// precreate is alipay.trade.precreate. time_expire is absolute and wins;
// timeout_express counts from the scan, qr_code_timeout_express from now.
func (p *Provider) precreate(c *call) (any, error) {
	a, err := decode[payAsk](c)
	if err != nil {
		return nil, err
	}
	bill, err := p.bill(c, a)
	if err != nil {
		return nil, err
	}
	now := p.now()
	bill.CodeExpiresAt = now.Add(codeLife)
	if a.QRCodeTimeoutExpress != "" {
		d, err := span(a.QRCodeTimeoutExpress, now)
		if err != nil {
			return nil, err
		}
		bill.CodeExpiresAt = now.Add(min(d, codeLife))
	}
	bill.PayWithin = Policy().OrderLife
	switch {
	case a.TimeExpire != "":
		if bill.ExpiresAt, err = p.expire(a.TimeExpire); err != nil {
			return nil, err
		}
		bill.PayWithin = 0
		if bill.ExpiresAt.Before(bill.CodeExpiresAt) {
			bill.CodeExpiresAt = bill.ExpiresAt
		}
	case a.TimeoutExpress != "":
		if bill.PayWithin, err = span(a.TimeoutExpress, now); err != nil {
			return nil, err
		}
		fallthrough
	default:
		bill.ExpiresAt = bill.CodeExpiresAt // for who does not scan it; the scan sets another
	}
	o, err := p.book.Show(bill)
	if err != nil {
		return nil, payRefusal(err)
	}
	return struct {
		head
		OutTradeNo string `json:"out_trade_no"`
		QRCode     string `json:"qr_code"`
	}{success(), o.OrderNo, o.Code}, nil
}

// payRefusal translates the book's words into the sub codes of a payment.
func payRefusal(err error) error {
	switch err {
	case book.OrderDiffers:
		return refused("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
	case book.OrderPaid, book.OrderRefunded:
		return refused("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
	case book.OrderClosed, book.OrderRevoked, book.OrderFailed:
		return refused("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
	case book.CodeAlien:
		return refused("SOUNDWAVE_PARSER_FAIL", "付款码不是支付宝的付款码")
	case book.CodeUnknown, book.CodeUsed, book.CodeExpired:
		return refused("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付失败，获取顾客账户信息失败，请顾客刷新付款码后重新收款")
	case book.BalanceShort:
		return refused("ACQ.BUYER_BALANCE_NOT_ENOUGH", "买家余额不足")
	case book.RiskRefused:
		return refused("ACQ.PAYMENT_REQUEST_HAS_RISK", "支付有风险")
	}
	return err
}
