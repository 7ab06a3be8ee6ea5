package alipay

import (
	"encoding/base64"
	"time"

	"guitai"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// refAsk names a trade; trade_no counts before out_trade_no.
type refAsk struct {
	OutTradeNo string `json:"out_trade_no"`
	TradeNo    string `json:"trade_no"`
}

func (a refAsk) ref() book.Ref {
	if a.TradeNo != "" {
		return book.Ref{Wallet: book.Alipay, Number: a.TradeNo}
	}
	return book.Ref{Wallet: book.Alipay, OrderNo: a.OutTradeNo}
}

func (a refAsk) check() error {
	if a.TradeNo == "" && a.OutTradeNo == "" {
		return refused("ACQ.INVALID_PARAMETER", "out_trade_no和trade_no不能同时为空")
	}
	return nil
}

// exists: a shown code makes no trade before a buyer scans it ("alipay.trade.precreate").
func exists(o book.Order) bool { return o.Kind == book.Scan || inside(o) || !o.OpenedAt.IsZero() }

// trade finds a trade that exists, and is of the merchant who asks.
func (p *Provider) trade(c *call, a refAsk) (book.Order, error) {
	if err := a.check(); err != nil {
		return book.Order{}, err
	}
	o, err := p.book.Find(a.ref())
	if err == nil && (!exists(o) || p.seller(o) != c.shop.sellerID) {
		err = book.OrderUnknown
	}
	return o, refusal(err)
}

// tradeStatus spells a state. A buyer who says no has closed the trade; one who
// merely could not pay may still come back to it until it is out of time.
func tradeStatus(o book.Order, now time.Time) string {
	switch o.State {
	case book.NotPay, book.UserPaying:
		return "WAIT_BUYER_PAY"
	case book.PayError:
		if (o.Fail == book.BalanceShort || o.Fail == book.RiskRefused) && now.Before(o.ExpiresAt) {
			return "WAIT_BUYER_PAY"
		}
		return "TRADE_CLOSED"
	case book.Success, book.Refunded:
		switch {
		case o.RefundFen() >= o.AmountFen:
			return "TRADE_CLOSED"
		case now.Sub(o.PaidAt) > refundWindow:
			return "TRADE_FINISHED"
		}
		return "TRADE_SUCCESS"
	}
	return "TRADE_CLOSED"
}

// refusal translates the book's words for everything but a payment.
func refusal(err error) error {
	switch err {
	case book.OrderUnknown:
		return refused("ACQ.TRADE_NOT_EXIST", "交易不存在")
	case book.OrderPaid, book.OrderClosed, book.OrderRevoked, book.OrderUnpaid, book.OrderFailed:
		return refused("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
	case book.OrderRefunded:
		return refused("ACQ.REASON_TRADE_REFUND_FEE_ERR", "退款金额无效")
	case book.TooLate:
		return refused("ACQ.TRADE_CANCEL_TIME_OUT", "超过撤销时间范围")
	case book.WrongKind:
		return refused("ACQ.CANCEL_NOT_ALLOWED", "交易不允许撤销")
	}
	return err
}

// yuan writes fen as this wire does: yuan with two decimals.
func yuan(fen int64) string { return guitai.Fen(fen).Decimal() }

// payment is what answers about a trade have in common.
type payment struct {
	TradeNo        string     `json:"trade_no,omitempty"`
	OutTradeNo     string     `json:"out_trade_no"`
	BuyerLogonID   string     `json:"buyer_logon_id,omitempty"`
	BuyerUserID    string     `json:"buyer_user_id,omitempty"`
	BuyerOpenID    string     `json:"buyer_open_id,omitempty"`
	TotalAmount    string     `json:"total_amount"`
	ReceiptAmount  string     `json:"receipt_amount,omitempty"`
	BuyerPayAmount string     `json:"buyer_pay_amount,omitempty"`
	PointAmount    string     `json:"point_amount,omitempty"`
	InvoiceAmount  string     `json:"invoice_amount,omitempty"`
	FundBillList   []fundBill `json:"fund_bill_list,omitempty"`
	StoreID        string     `json:"store_id,omitempty"`
	TerminalID     string     `json:"terminal_id,omitempty"`
}

type fundBill struct {
	FundChannel string `json:"fund_channel"`
	Amount      string `json:"amount"`
}

// payment describes a trade; a fault may make its amount wrong.
func (p *Provider) payment(o book.Order, plan fault.Plan) (payment, error) {
	total := o.AmountFen
	if plan.Has(fault.WrongAmount) {
		total++
	}
	v := payment{
		TradeNo: o.Number, OutTradeNo: o.OrderNo, TotalAmount: yuan(total),
		StoreID: o.Extra["store_id"], TerminalID: o.Extra["terminal_id"],
	}
	if o.Payer != "" {
		who, err := p.book.Payer(o.Payer)
		if err != nil {
			return v, err
		}
		v.BuyerLogonID = who.LogonID
		v.BuyerUserID, v.BuyerOpenID = p.told(o.Extra["app"], who)
	}
	if !o.PaidAt.IsZero() {
		v.ReceiptAmount, v.BuyerPayAmount, v.InvoiceAmount, v.PointAmount = yuan(total), yuan(total), yuan(total), "0.00"
		v.FundBillList = []fundBill{{FundChannel: "ALIPAYACCOUNT", Amount: yuan(total)}}
	}
	return v, nil
}

// query is alipay.trade.query.
func (p *Provider) query(c *call) (any, error) {
	a, err := decode[refAsk](c)
	if err != nil {
		return nil, err
	}
	o, err := p.trade(c, a)
	if err != nil {
		return nil, err
	}
	v, err := p.payment(o, c.plan)
	if err != nil {
		return nil, err
	}
	return struct {
		head
		payment
		TradeStatus string `json:"trade_status"`
		SendPayDate string `json:"send_pay_date,omitempty"`
	}{success(), v, tradeStatus(o, p.now()), stamp(o.PaidAt)}, nil
}

// cancel is alipay.trade.cancel: it also kills a code that nobody has scanned.
func (p *Provider) cancel(c *call) (any, error) {
	a, err := decode[refAsk](c)
	if err == nil {
		err = a.check()
	}
	if err != nil {
		return nil, err
	}
	v := struct {
		head
		TradeNo    string `json:"trade_no,omitempty"`
		OutTradeNo string `json:"out_trade_no"`
		RetryFlag  string `json:"retry_flag"`
		Action     string `json:"action,omitempty"`
	}{head: success(), OutTradeNo: a.OutTradeNo, RetryFlag: "N"}
	o, err := p.book.Find(a.ref())
	var did book.Reversal
	switch {
	case err != nil:
	case p.seller(o) != c.shop.sellerID:
		err = book.OrderUnknown
	case o.Extra["product"] == productInside:
		// Code pay has this call; pay inside the app has alipay.trade.close.
		err = book.WrongKind
	default:
		o, did, err = p.book.Reverse(o.Ref())
	}
	switch {
	case err == book.OrderUnknown && a.OutTradeNo != "":
		return v, nil // no trade: nothing to do, and that is a success
	case err != nil:
		return nil, refusal(err)
	}
	v.OutTradeNo = o.OrderNo
	if !exists(o) {
		return v, nil
	}
	v.TradeNo, v.Action = o.Number, string(did)
	if did == book.ReverseNothing {
		// A repeat tells what the first call did.
		v.Action = string(book.ReverseClose)
		if !o.PaidAt.IsZero() {
			v.Action = string(book.ReverseRefund)
		}
	}
	return v, nil
}

// closeTrade is alipay.trade.close: unpaid trades only, and none that a buyer
// has not scanned.
func (p *Provider) closeTrade(c *call) (any, error) {
	a, err := decode[refAsk](c)
	if err != nil {
		return nil, err
	}
	o, err := p.trade(c, a)
	if err != nil {
		return nil, err
	}
	if o, err = p.book.CloseOrder(o.Ref()); err != nil {
		return nil, refusal(err)
	}
	return struct {
		head
		TradeNo    string `json:"trade_no"`
		OutTradeNo string `json:"out_trade_no"`
	}{success(), o.Number, o.OrderNo}, nil
}

// certDownload is alipay.open.app.alipaycert.download.
func (p *Provider) certDownload(c *call) (any, error) {
	a, err := decode[struct {
		AlipayCertSN string `json:"alipay_cert_sn"`
	}](c)
	if err != nil {
		return nil, err
	}
	text, ok := p.keys.certs[a.AlipayCertSN]
	if !ok {
		return nil, refused("CERT_NOT_EXIST", "证书不存在")
	}
	return struct {
		head
		AlipayCertContent string `json:"alipay_cert_content"`
	}{success(), base64.StdEncoding.EncodeToString(text)}, nil
}
