package unionpay

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// slowAnswer is how late the answer for a slow payer is; divided by the
// street's speed.
const slowAnswer = 8 * time.Second

// noNotice is the address that stands for none.
const noNotice = "http://www.specialUrl.com"

// bill checks what a new trade must have, and makes the book's bill of it.
func (p *Provider) bill(c *call) (book.Bill, error) {
	q := c.ask
	for _, name := range []string{"orderId", "txnAmt", "currencyCode", "backUrl", "channelType"} {
		if q[name] == "" {
			return book.Bill{}, incomplete
		}
	}
	amount, err := fen(q["txnAmt"])
	switch {
	case err != nil, !shaped(q["orderId"]), q["currencyCode"] != "156", len(q["backUrl"]) > 256, strings.ContainsAny(q["backUrl"], "&"),
		len(q["reqReserved"]) > 1024, q["termId"] != "" && len(q["termId"]) != 8:
		return book.Bill{}, badFormat
	}
	if err := p.fresh(q); err != nil {
		return book.Bill{}, err
	}
	if _, err := p.book.Find(book.Ref{Wallet: book.UnionPay, OrderNo: q["orderId"]}); err != book.OrderUnknown {
		return book.Bill{}, orElse(err, repeated)
	}
	if _, _, err := p.book.FindRefund(book.Ref{Wallet: book.UnionPay}, q["orderId"]); err != book.RefundUnknown {
		return book.Bill{}, orElse(err, repeated)
	}
	b := book.Bill{
		Wallet: book.UnionPay, OrderNo: q["orderId"], AmountFen: amount, NotifyURL: q["backUrl"], Fingerprint: q["txnTime"],
		Extra: map[string]string{"txn_time": q["txnTime"], "sub": q["txnSubType"], "reserved": q["reqReserved"], "sign": q["signMethod"], "term": q["termId"]},
	}
	if b.NotifyURL == noNotice {
		b.NotifyURL = ""
	}
	return b, nil
}

// orElse keeps a trouble of the book's, and says other where there is none.
func orElse(err, other error) error {
	if err == nil {
		return other
	}
	return err
}

// consume is 01/06. 00 says that the trade is accepted and nothing of its end,
// which is told by a query or a notice.
func (p *Provider) consume(c *call) (fields, error) {
	b, err := p.bill(c)
	if err != nil {
		return nil, err
	}
	code := c.ask["qrNo"]
	switch {
	case code == "" || c.ask["termId"] == "" && c.ask["termInfo"] == "":
		return nil, incomplete
	case !digits(code) || len(code) > 20:
		return nil, badFormat
	}
	o, err := p.book.Charge(b, code)
	switch err {
	case nil, book.BalanceShort, book.RiskRefused:
	case book.CodeAlien, book.CodeUnknown:
		return nil, noCode
	case book.CodeUsed, book.CodeExpired:
		return nil, badCode
	case book.OrderDiffers, book.OrderWaiting, book.OrderPaid, book.OrderFailed, book.OrderRevoked, book.OrderClosed:
		return nil, repeated
	default:
		return nil, err
	}
	if o.Behaviour == book.Slow {
		fault.Pause(c.ctx, p.book.Delay(slowAnswer))
	}
	return fields{"queryId": o.Number}, nil
}

// apply is 01/07: a code to be shown.
func (p *Provider) apply(c *call) (fields, error) {
	b, err := p.bill(c)
	if err != nil {
		return nil, err
	}
	b.ExpiresAt = p.now().Add(payWindow)
	if text := c.ask["payTimeout"]; text != "" {
		if b.ExpiresAt, err = moment(text); err != nil || !b.ExpiresAt.After(p.now()) {
			return nil, badFormat
		}
	}
	b.CodeExpiresAt = b.ExpiresAt
	o, err := p.book.Show(b)
	if err == book.OrderDiffers || err == book.OrderPaid || err == book.OrderClosed || err == book.OrderRevoked {
		return nil, repeated
	}
	return fields{"qrCode": o.Code}, err
}

// find looks an order up by its two names. An applied code that nobody has
// scanned is no trade yet.
func (p *Provider) find(orderID, txnTime string) (book.Order, error) {
	o, err := p.book.Find(book.Ref{Wallet: book.UnionPay, OrderNo: orderID})
	if err == nil && (o.Extra["txn_time"] != txnTime || o.Kind == book.Show && o.OpenedAt.IsZero()) {
		err = book.OrderUnknown
	}
	return o, err
}

// outcome is the respCode of a trade as it stands.
func outcome(o book.Order) refusal {
	switch o.State {
	case book.Success, book.Refunded:
		return accepted
	case book.Revoked:
		return reversed
	case book.UserPaying:
		return pending
	case book.Closed:
		return timedOut
	}
	if o.Waiting {
		return pending
	}
	// A shown code whose payer failed may still be paid: this is no end of it
	// before its payTimeout.
	switch o.Fail {
	case "":
		return pending
	case book.BalanceShort:
		return tooPoor
	case book.RiskRefused:
		return risky
	case book.PasswordOften:
		return passwords
	case book.CodeExpired:
		return timedOut
	}
	return failed
}

// query is 00/00: respCode speaks of the question, origRespCode of the trade.
func (p *Provider) query(c *call) (fields, error) {
	if !shaped(c.ask["orderId"]) {
		return nil, badFormat
	}
	o, err := p.find(c.ask["orderId"], c.ask["txnTime"])
	if err == book.OrderUnknown {
		return p.queryRefund(c)
	}
	if err != nil {
		return nil, err
	}
	code := outcome(o)
	out := fields{
		"txnType": "01", "txnSubType": o.Extra["sub"], "origRespCode": string(code), "origRespMsg": code.text(),
		"txnAmt": amount(o.AmountFen, c.plan), "currencyCode": "156", "reqReserved": o.Extra["reserved"],
	}
	if code == accepted || code == reversed {
		p.traced(out, o.Number, o.PaidAt, o.AmountFen)
		out["accNo"], out["payCardType"] = card(o.Payer), "01"
		out["reserved"] = "{payCardIssueName=沙箱银行&payType=0001}"
	}
	return out, nil
}

// traced adds what a trade that was settled has.
func (p *Provider) traced(out fields, number string, at time.Time, settled int64) {
	out["queryId"], out["traceNo"] = number, number[len(number)-6:]
	if !at.IsZero() {
		out["traceTime"] = at.In(beijing()).Format("0102150405")
		out["settleDate"] = settleDay(at).Format("0102")
	}
	out["settleAmt"], out["settleCurrencyCode"] = strconv.FormatInt(settled, 10), "156"
}

// amount writes fen; a fault may make it wrong.
func amount(n int64, plan fault.Plan) string {
	if plan.Has(fault.WrongAmount) {
		n++
	}
	return strconv.FormatInt(n, 10)
}

// card is a payer's card number, masked as merchants see it.
func card(payer string) string {
	if payer == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(payer))
	n := 0
	for _, b := range sum[:4] {
		n = (n*256 + int(b)) % 10_000
	}
	return fmt.Sprintf("621626*********%04d", n)
}

// settleDay is the settlement day of a moment: from 23:00 to 23:00.
func settleDay(at time.Time) time.Time {
	t := at.In(beijing()).Add(time.Hour)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, beijing())
}
