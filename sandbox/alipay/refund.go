package alipay

import (
	"guitai"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

type refundAsk struct {
	refAsk
	RefundAmount text   `json:"refund_amount"`
	OutRequestNo string `json:"out_request_no"`
	RefundReason string `json:"refund_reason"`
}

// refund is alipay.trade.refund. Without out_request_no it is the whole order's,
// and its number is out_trade_no.
func (p *Provider) refund(c *call) (any, error) {
	a, err := decode[refundAsk](c)
	if err != nil {
		return nil, err
	}
	o, err := p.trade(c, a.refAsk)
	if err != nil {
		return nil, err
	}
	amount, err := guitai.ParseDecimal(string(a.RefundAmount), guitai.CNY)
	if err != nil || !amount.Positive() || len(a.OutRequestNo) > 64 {
		return nil, refused("ACQ.INVALID_PARAMETER", "参数无效：refund_amount")
	}
	if a.OutRequestNo == "" {
		if amount.Fen != o.AmountFen {
			return nil, refused("ACQ.INVALID_PARAMETER", "部分退款必须传入out_request_no")
		}
		a.OutRequestNo = o.OrderNo
	}
	o, r, fresh, err := p.book.Refund(book.RefundAsk{
		Ref: o.Ref(), RefundNo: a.OutRequestNo, AmountFen: amount.Fen, Reason: a.RefundReason, NotifyURL: c.params["notify_url"],
	})
	if err != nil {
		return nil, refundRefusal(err, o)
	}
	v, err := p.payment(o, c.plan)
	if err != nil {
		return nil, err
	}
	change := "N" // a repeat, or not through yet
	if fresh && r.State == book.RefundSuccess {
		change = "Y"
	}
	return struct {
		head
		TradeNo      string     `json:"trade_no"`
		OutTradeNo   string     `json:"out_trade_no"`
		BuyerLogonID string     `json:"buyer_logon_id"`
		BuyerUserID  string     `json:"buyer_user_id,omitempty"`
		BuyerOpenID  string     `json:"buyer_open_id,omitempty"`
		FundChange   string     `json:"fund_change"`
		RefundFee    string     `json:"refund_fee"` // of all refunds of the order
		GmtRefundPay string     `json:"gmt_refund_pay,omitempty"`
		Details      []fundBill `json:"refund_detail_item_list,omitempty"`
	}{
		success(), o.Number, o.OrderNo, v.BuyerLogonID, v.BuyerUserID, v.BuyerOpenID, change, yuan(o.RefundFen()), stamp(r.DoneAt),
		[]fundBill{{FundChannel: "ALIPAYACCOUNT", Amount: yuan(r.AmountFen)}},
	}, nil
}

func refundRefusal(err error, o book.Order) error {
	switch err {
	case book.RefundDiffers:
		return refused("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致")
	case book.RefundTooLarge:
		if o.RefundFen() >= o.AmountFen {
			return refused("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
		}
		return refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")
	case book.TooLate:
		return refused("ACQ.TRADE_HAS_FINISHED", "交易已完结")
	}
	return refusal(err)
}

// refundQuery is alipay.trade.fastpay.refund.query. 10000 speaks of the
// question only: an unknown refund is an answer without one.
func (p *Provider) refundQuery(c *call) (any, error) {
	a, err := decode[refundAsk](c)
	if err != nil {
		return nil, err
	}
	o, err := p.trade(c, a.refAsk)
	if err != nil {
		return nil, err
	}
	if a.OutRequestNo == "" {
		return nil, refused("ACQ.INVALID_PARAMETER", "参数无效：out_request_no")
	}
	_, r, err := p.book.FindRefund(o.Ref(), a.OutRequestNo)
	if err == book.RefundUnknown {
		return success(), nil
	}
	if err != nil {
		return nil, refusal(err)
	}
	if c.plan.Has(fault.WrongAmount) {
		r.AmountFen++
	}
	state := ""
	if r.State == book.RefundSuccess {
		state = "REFUND_SUCCESS"
	}
	return struct {
		head
		TradeNo      string `json:"trade_no"`
		OutTradeNo   string `json:"out_trade_no"`
		OutRequestNo string `json:"out_request_no"`
		TotalAmount  string `json:"total_amount"`
		RefundAmount string `json:"refund_amount"`
		RefundStatus string `json:"refund_status,omitempty"`
		RefundReason string `json:"refund_reason,omitempty"`
		GmtRefundPay string `json:"gmt_refund_pay,omitempty"`
	}{success(), o.Number, o.OrderNo, r.RefundNo, yuan(o.AmountFen), yuan(r.AmountFen), state, r.Reason, stamp(r.DoneAt)}, nil
}
