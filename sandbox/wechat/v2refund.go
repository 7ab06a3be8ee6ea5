package wechat

import (
	"strconv"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// v2Refund is POST /secapi/pay/refund ("申请退款").
func (p *Provider) v2Refund(c *v2Call) (map[string]string, error) {
	f := c.fields
	if err := need(f, "out_refund_no", "total_fee", "refund_fee"); err != nil {
		return nil, err
	}
	ref, err := ref2(f)
	if err != nil {
		return nil, err
	}
	total, err := fen(f["total_fee"])
	if err != nil {
		return nil, err
	}
	give, err := fen(f["refund_fee"])
	if err != nil {
		return nil, err
	}
	switch {
	case !shaped(f["out_refund_no"], "_-|*@", 1, 64):
		return nil, fail2("PARAM_ERROR", "out_refund_no参数格式有误")
	case len(f["refund_desc"]) > 80:
		return nil, fail2("PARAM_ERROR", "refund_desc参数格式有误")
	case f["notify_url"] != "":
		// The v2 refund notice is sealed in another way, which is not served.
		return nil, fail2("PARAM_ERROR", "notify_url暂不支持")
	}
	o, err := p.find(c.who, ref)
	if err == nil && o.AmountFen != total {
		return nil, fail2("REFUND_FEE_MISMATCH", "订单金额或退款金额与之前请求不一致，请核实后再试")
	}
	var r book.Refund
	if err == nil {
		o, r, _, err = p.book.Refund(book.RefundAsk{Ref: ref, RefundNo: f["out_refund_no"], AmountFen: give, Reason: f["refund_desc"]})
	}
	if err != nil {
		return nil, refundRefusal2(err)
	}
	if c.plan.Has(fault.WrongAmount) {
		give++
	}
	return map[string]string{
		"transaction_id": o.Number, "out_trade_no": o.OrderNo, "out_refund_no": r.RefundNo, "refund_id": r.Number,
		"refund_fee": strconv.FormatInt(give, 10), "settlement_refund_fee": strconv.FormatInt(give, 10),
		"total_fee": f["total_fee"], "fee_type": "CNY", "cash_fee": f["total_fee"], "cash_refund_fee": strconv.FormatInt(give, 10),
	}, nil
}

func refundRefusal2(err error) error {
	switch err {
	case book.OrderUnknown:
		return fail2("ORDERNOTEXIST", "订单不存在")
	case book.RefundUnknown:
		return fail2("REFUNDNOTEXIST", "退款订单查询失败")
	case book.RefundDiffers:
		return fail2("REFUND_FEE_MISMATCH", "订单金额或退款金额与之前请求不一致，请核实后再试")
	case book.TooLate:
		return fail2("TRADE_OVERDUE", "订单已经超过退款期限")
	case book.RefundTooLarge, book.RefundTooMany:
		return fail2("INVALID_REQUEST", "申请退款金额或次数超过限制")
	case book.OrderUnpaid, book.OrderClosed, book.OrderRevoked:
		return fail2("INVALID_REQUEST", "订单未支付或已撤销")
	}
	return err
}

// v2RefundQuery is POST /pay/refundquery ("查询退款").
func (p *Provider) v2RefundQuery(c *v2Call) (map[string]string, error) {
	f := c.fields
	var o book.Order
	var list []book.Refund
	if no := f["out_refund_no"]; no != "" {
		order, r, err := p.findRefund(c.who, no)
		if err != nil {
			return nil, refundRefusal2(err)
		}
		o, list = order, []book.Refund{r}
	} else {
		ref, err := ref2(f)
		if err == nil {
			o, err = p.find(c.who, ref)
		}
		if err != nil {
			return nil, refundRefusal2(err)
		}
		list = o.Refunds
	}
	if len(list) == 0 {
		return nil, refundRefusal2(book.RefundUnknown)
	}
	total := strconv.FormatInt(o.AmountFen, 10)
	out := map[string]string{
		"transaction_id": o.Number, "out_trade_no": o.OrderNo, "total_fee": total, "cash_fee": total,
		"fee_type": "CNY", "refund_count": strconv.Itoa(len(list)),
	}
	for i, r := range list {
		at, give := "_"+strconv.Itoa(i), r.AmountFen
		if c.plan.Has(fault.WrongAmount) {
			give++
		}
		out["out_refund_no"+at], out["refund_id"+at] = r.RefundNo, r.Number
		out["refund_channel"+at], out["refund_fee"+at] = "ORIGINAL", strconv.FormatInt(give, 10)
		out["refund_status"+at] = refundState2(r)
		out["refund_recv_accout"+at] = receivedBy // spelt so
		if r.State == book.RefundSuccess {
			out["refund_success_time"+at] = r.DoneAt.In(beijing()).Format("2006-01-02 15:04:05")
		}
	}
	return out, nil
}

// refundState2: API v2 has its own spelling of ABNORMAL.
func refundState2(r book.Refund) string {
	if r.State == book.RefundStuck {
		return "CHANGE"
	}
	return refundState(r)
}
