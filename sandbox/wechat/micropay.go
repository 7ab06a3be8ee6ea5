package wechat

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

const (
	timeShape  = "20060102150405" // Beijing
	slowAnswer = 8 * time.Second  // of a slow payer; divided by the street's speed
)

// need finds the first field that is missing.
func need(fields map[string]string, names ...string) error {
	for _, name := range names {
		if fields[name] == "" {
			return fail2("LACK_PARAMS", "缺少参数"+name)
		}
	}
	return nil
}

func fen(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 || n > maxFen || s[0] == '+' || s[0] == '0' {
		return 0, fail2("PARAM_ERROR", "金额不合法")
	}
	return n, nil
}

func allDigits(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789") == ""
}

// micropay is POST /pay/micropay ("付款码支付").
func (p *Provider) micropay(c *v2Call) (map[string]string, error) {
	bill, err := p.micropayBill(c)
	if err != nil {
		return nil, err
	}
	o, err := p.book.Charge(bill, c.fields["auth_code"])
	if err != nil {
		return nil, micropayRefusal(err)
	}
	if o.State == book.UserPaying {
		return nil, fail2("USERPAYING", "需要用户输入支付密码")
	}
	if o.Behaviour == book.Slow {
		fault.Pause(c.request.Context(), p.book.Delay(slowAnswer))
	}
	out, err := p.paid2(o, c.plan)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"attach", "device_info"} {
		if c.fields[name] != "" {
			out[name] = c.fields[name]
		}
	}
	return out, nil
}

func (p *Provider) micropayBill(c *v2Call) (book.Bill, error) {
	f := c.fields
	if err := need(f, "body", "out_trade_no", "total_fee", "spbill_create_ip", "auth_code"); err != nil {
		return book.Bill{}, err
	}
	total, err := fen(f["total_fee"])
	if err != nil {
		return book.Bill{}, err
	}
	bad := ""
	switch {
	case !shaped(f["out_trade_no"], "_-|*@", 1, 32):
		bad = "out_trade_no"
	case len(f["body"]) > 128*3 || utf8.RuneCountInString(f["body"]) > 128:
		bad = "body"
	case utf8.RuneCountInString(f["attach"]) > 127:
		bad = "attach"
	case len(f["device_info"]) > 32:
		bad = "device_info"
	case len(f["spbill_create_ip"]) > 64:
		bad = "spbill_create_ip"
	case f["fee_type"] != "" && f["fee_type"] != "CNY":
		bad = "fee_type"
	case !allDigits(f["auth_code"], 18):
		return book.Bill{}, fail2("AUTH_CODE_INVALID", "请扫描微信支付被扫条码/二维码")
	}
	if bad != "" {
		return book.Bill{}, fail2("PARAM_ERROR", bad+"参数格式有误")
	}
	bill := book.Bill{
		Wallet: book.WeChat, OrderNo: f["out_trade_no"], AmountFen: total, Subject: f["body"], Attach: f["attach"],
		Extra: c.who.extra("MICROPAY"),
	}
	bill.Extra["device_id"] = f["device_info"]
	if s := f["time_expire"]; s != "" {
		if bill.ExpiresAt, err = time.ParseInLocation(timeShape, s, beijing()); err != nil || !bill.ExpiresAt.After(p.now()) {
			return book.Bill{}, fail2("PARAM_ERROR", "time_expire参数格式有误或已过期")
		}
	}
	bill.Fingerprint, err = fingerprint([]string{f["mch_id"], f["sub_mch_id"], f["body"], f["attach"], f["total_fee"], f["device_info"]})
	return bill, err
}

// micropayRefusal translates the book's words into err_code of "付款码支付".
func micropayRefusal(err error) error {
	switch err {
	case book.CodeAlien:
		return fail2("AUTH_CODE_INVALID", "请扫描微信支付被扫条码/二维码")
	case book.CodeUnknown, book.CodeExpired:
		return fail2("AUTHCODEEXPIRE", "二维码已过期，请用户在微信上刷新后再试")
	case book.CodeUsed:
		return fail2("AUTH_CODE_ERROR", "付款码已使用，请刷新后重试")
	case book.BalanceShort:
		return fail2("NOTENOUGH", "余额不足")
	case book.RiskRefused:
		return fail2("TRADE_ERROR", "交易存在风险，请更换其他支付方式")
	case book.OrderPaid:
		return fail2("ORDERPAID", "订单已支付")
	case book.OrderWaiting:
		return fail2("USERPAYING", "需要用户输入支付密码")
	case book.OrderClosed:
		return fail2("ORDERCLOSED", "订单已关闭")
	case book.OrderRevoked:
		return fail2("ORDERREVERSED", "订单已撤销")
	case book.OrderDiffers, book.OrderFailed:
		return fail2("OUT_TRADE_NO_USED", "商户订单号重复")
	}
	return err
}

// paid2 is the part that micropay and orderquery tell of a paid order.
func (p *Provider) paid2(o book.Order, plan fault.Plan) (map[string]string, error) {
	who, err := p.book.Payer(o.Payer)
	if err != nil {
		return nil, err
	}
	total := o.AmountFen
	if plan.Has(fault.WrongAmount) {
		total++
	}
	yuan := strconv.FormatInt(total, 10)
	return map[string]string{
		"openid": who.OpenID, "is_subscribe": "N", "trade_type": o.Extra["trade_type"], "bank_type": "OTHERS",
		"fee_type": "CNY", "total_fee": yuan, "settlement_total_fee": yuan,
		"cash_fee_type": "CNY", "cash_fee": yuan, "transaction_id": o.Number, "out_trade_no": o.OrderNo,
		"time_end": o.PaidAt.In(beijing()).Format(timeShape),
	}, nil
}

// ref2 names the order of a v2 request; the wallet's own number is preferred.
func ref2(f map[string]string) (book.Ref, error) {
	if f["transaction_id"] != "" {
		return book.Ref{Wallet: book.WeChat, Number: f["transaction_id"]}, nil
	}
	return book.Ref{Wallet: book.WeChat, OrderNo: f["out_trade_no"]}, need(f, "out_trade_no")
}

// orderQuery is POST /pay/orderquery ("查询订单").
func (p *Provider) orderQuery(c *v2Call) (map[string]string, error) {
	ref, err := ref2(c.fields)
	if err != nil {
		return nil, err
	}
	o, err := p.find(c.who, ref)
	if err == book.OrderUnknown {
		return nil, fail2("ORDERNOTEXIST", "订单不存在")
	}
	if err != nil {
		return nil, err
	}
	out := map[string]string{"out_trade_no": o.OrderNo, "trade_type": o.Extra["trade_type"]}
	if !o.PaidAt.IsZero() {
		if out, err = p.paid2(o, c.plan); err != nil {
			return nil, err
		}
	}
	out["trade_state"], out["trade_state_desc"] = tradeState(o)
	for name, value := range map[string]string{"attach": o.Attach, "device_info": o.Extra["device_id"]} {
		if value != "" {
			out[name] = value
		}
	}
	return out, nil
}

// reverse is POST /secapi/pay/reverse ("撤销订单").
func (p *Provider) reverse(c *v2Call) (map[string]string, error) {
	ref, err := ref2(c.fields)
	if err != nil {
		return nil, err
	}
	if _, err = p.find(c.who, ref); err == nil {
		_, _, err = p.book.Reverse(ref)
	}
	no := map[string]string{"recall": "N"}
	switch err {
	case nil:
		return no, nil
	case book.OrderUnknown:
		return nil, &v2Error{"ORDERNOTEXIST", "订单不存在", no}
	case book.TooLate:
		return nil, &v2Error{"REVERSE_EXPIRE", "订单无法撤销：超过7天", no}
	case book.OrderRefunded:
		return nil, &v2Error{"TRADE_STATE_ERROR", "订单状态错误：已有退款", no}
	case book.WrongKind:
		return nil, &v2Error{"INVALID_REQUEST", "该订单不是付款码订单，不能撤销", no}
	}
	return nil, systemError2(OpReverse)
}
