package unionpay

import (
	"strings"

	"guitai/sandbox/book"
)

// tag is what the book keeps of a refund for us: txnType, txnTime, signMethod
// and reqReserved.
type tag struct{ kind, txnTime, sign, reserved string }

func (t tag) String() string { return t.kind + "|" + t.txnTime + "|" + t.sign + "|" + t.reserved }

func tagOf(r book.Refund) tag {
	parts := append(strings.SplitN(r.Tag, "|", 4), "", "", "", "")
	return tag{parts[0], parts[1], parts[2], parts[3]}
}

// original finds the paid trade that a refund or a void names.
func (p *Provider) original(q fields) (book.Order, error) {
	var o book.Order
	var err error
	switch {
	case q["origQryId"] != "":
		o, err = p.book.Find(book.Ref{Wallet: book.UnionPay, Number: q["origQryId"]})
	case q["origOrderId"] != "" && q["origTxnTime"] != "":
		o, err = p.find(q["origOrderId"], q["origTxnTime"])
	default:
		return o, incomplete
	}
	if err == book.OrderUnknown {
		err = badOriginal
	}
	return o, err
}

// refund is 04/00. Its number is spent at the first use: a repeat is refused.
func (p *Provider) refund(c *call) (fields, error) {
	o, err := p.original(c.ask)
	if err != nil {
		return nil, err
	}
	return p.giveBack(c, o)
}

// void is 31/00: the whole amount of a trade of the same settlement day.
func (p *Provider) void(c *call) (fields, error) {
	o, err := p.original(c.ask)
	if err != nil {
		return nil, err
	}
	n, err := fen(c.ask["txnAmt"])
	switch {
	case err != nil:
		return nil, err
	case len(o.Refunds) > 0:
		return nil, givenBack
	case n != o.AmountFen:
		return nil, differs
	case !o.PaidAt.IsZero() && !settleDay(o.PaidAt).Equal(settleDay(p.now())):
		return nil, tooLate
	}
	return p.giveBack(c, o)
}

func (p *Provider) giveBack(c *call, o book.Order) (fields, error) {
	q := c.ask
	n, err := fen(q["txnAmt"])
	if err != nil || !shaped(q["orderId"]) || q["backUrl"] == "" || strings.Contains(q["reqReserved"], "|") {
		return nil, badFormat
	}
	if err := p.fresh(q); err != nil {
		return nil, err
	}
	if _, err := p.book.Find(book.Ref{Wallet: book.UnionPay, OrderNo: q["orderId"]}); err != book.OrderUnknown {
		return nil, orElse(err, repeated)
	}
	ask := book.RefundAsk{
		Ref: o.Ref(), RefundNo: q["orderId"], AmountFen: n, NotifyURL: q["backUrl"], Fingerprint: q["txnTime"],
		Tag: tag{q["txnType"], q["txnTime"], q["signMethod"], q["reqReserved"]}.String(),
	}
	if ask.NotifyURL == noNotice {
		ask.NotifyURL = ""
	}
	o, r, fresh, err := p.book.Refund(ask)
	switch err {
	case nil:
	case book.RefundDiffers:
		return nil, repeated
	case book.RefundTooLarge:
		if o.RefundFen() >= o.AmountFen {
			return nil, givenBack
		}
		return nil, differs
	case book.TooLate:
		return nil, tooLate
	case book.OrderUnpaid, book.OrderClosed:
		return nil, badOriginal
	default:
		return nil, err
	}
	if !fresh {
		return nil, repeated
	}
	return fields{"queryId": r.Number, "origOrderId": o.OrderNo, "origTxnTime": o.Extra["txn_time"]}, nil
}

// queryRefund is the query of a refund or a void by its own two names.
func (p *Provider) queryRefund(c *call) (fields, error) {
	o, r, err := p.book.FindRefund(book.Ref{Wallet: book.UnionPay}, c.ask["orderId"])
	if err == book.RefundUnknown || err == nil && tagOf(r).txnTime != c.ask["txnTime"] {
		return nil, unknown
	}
	if err != nil {
		return nil, err
	}
	t := tagOf(r)
	code := map[book.RefundState]refusal{book.RefundProcessing: pending, book.RefundSuccess: accepted, book.RefundStuck: badCard}[r.State]
	out := fields{
		"txnType": t.kind, "txnSubType": "00", "origRespCode": string(code), "origRespMsg": code.text(), "reqReserved": t.reserved,
		"txnAmt": amount(r.AmountFen, c.plan), "currencyCode": "156", "origQryId": o.Number,
	}
	if code == accepted {
		p.traced(out, r.Number, r.DoneAt, r.AmountFen)
	}
	return out, nil
}

// reverse is 99/01: it undoes a consumption of the same settlement day, by the
// original's own two names. 35 does not tell why not.
func (p *Provider) reverse(c *call) (fields, error) {
	if !shaped(c.ask["orderId"]) {
		return nil, badFormat
	}
	o, err := p.find(c.ask["orderId"], c.ask["txnTime"])
	switch {
	case err == book.OrderUnknown, err == nil && o.Kind != book.Scan, err == nil && o.State == book.PayError:
		return nil, badOriginal
	case err != nil:
		return nil, err
	case o.State == book.Revoked:
		return nil, reversed
	case len(o.Refunds) > 0:
		return nil, givenBack
	case !settleDay(o.CreatedAt).Equal(settleDay(p.now())):
		return nil, tooLate
	}
	switch o, _, err = p.book.Reverse(o.Ref()); err {
	case nil:
		return fields{"queryId": o.Number}, nil
	case book.OrderRefunded:
		return nil, givenBack
	case book.TooLate:
		return nil, tooLate
	case book.WrongKind:
		return nil, badOriginal
	}
	return nil, err
}
