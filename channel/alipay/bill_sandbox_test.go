package alipay_test

import (
	"bytes"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/alipay"
	"guitai/channel/channeltest"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// morning is ten o'clock of tomorrow's day in Beijing: a day with room on both
// sides, whenever the test runs.
func morning() time.Time {
	d := time.Now().In(time.FixedZone("", 8*3600)).AddDate(0, 0, 1)
	return time.Date(d.Year(), d.Month(), d.Day(), 10, 0, 0, 0, d.Location())
}

// clock runs from a given time on, and can be put forward.
type clock struct{ off atomic.Int64 }

func newClock(at time.Time) *clock {
	c := &clock{}
	c.pass(time.Until(at))
	return c
}

func (c *clock) now() time.Time       { return time.Now().Add(time.Duration(c.off.Load())) }
func (c *clock) pass(d time.Duration) { c.off.Add(int64(d)) }

// trade plays a little day: paid by code, paid by a shown code and a part given
// back, paid inside the app, paid and reversed.
func (h hall) trade(t *testing.T, ch *alipay.Channel, mark string) {
	t.Helper()
	order := func(no string, kind guitai.PaymentKind, fen int64) channel.Order {
		return channel.Order{No: mark + no, Kind: kind, Amount: guitai.Fen(fen), Made: h.now()}
	}
	scan := func(no string, fen int64) channel.Order {
		o := order(no, guitai.Scan, fen)
		if a := ch.Charge(t.Context(), channel.Charge{Order: o, AuthCode: h.payerCode(t, channeltest.Pays), Description: "茶, 糕"}); a.Outcome != channel.Paid {
			t.Fatalf("%s: %s", o.No, a.Outcome)
		}
		return o
	}
	scan("S1", 98765)
	if a := ch.End(t.Context(), scan("S2", 4321)); a.Outcome != channel.Closed {
		t.Fatal(a.Outcome)
	}
	shown := order("W1", guitai.Show, 3333)
	a := ch.Show(t.Context(), channel.Show{Order: shown, Description: "茶😀", Expires: h.now().Add(time.Minute)})
	if _, err := h.street.Book().Pay(a.Code, "", book.Normal); err != nil {
		t.Fatal(err)
	}
	h.givenBack(t, ch, shown)
	who := ch.Payer(t.Context(), greeted(t, ch, ""))
	s := channel.Show{Order: order("I1", guitai.Show, 100), Description: "茶", Expires: h.now().Add(time.Minute)}
	if err := h.handOver(t, ch.ShowInside(t.Context(), s, who.Payer).Code, ""); err != nil {
		t.Fatal(err)
	}
	// What is never paid stands in no bill.
	ch.Show(t.Context(), channel.Show{Order: order("N1", guitai.Show, 1), Description: "茶", Expires: h.now().Add(time.Minute)})
}

func fetched(t *testing.T, ch *alipay.Channel, b channel.BillRequest) ([]channel.BillLine, channel.BillSum) {
	t.Helper()
	var bill bytes.Buffer
	a := ch.FetchBill(t.Context(), b, &bill)
	if a.Outcome != channel.BillFetched {
		t.Fatalf("%s: %s %s %+v", b.Kind, a.Outcome, a.WalletCode, a.Messages)
	}
	for _, m := range a.Messages {
		if strings.Contains(m.Out+m.In, "fileId") {
			t.Errorf("the timeline tells the address: %+v", m)
		}
	}
	var lines []channel.BillLine
	sum, err := ch.ReadBill(b, &bill, func(l channel.BillLine) error {
		lines = append(lines, l)
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", b.Kind, err)
	}
	if !sum.Stated {
		t.Errorf("%s: no summary", b.Kind)
	}
	return lines, sum
}

// The bills of a day tell what the wallet's book tells, line by line, for a
// merchant itself and through a service provider, each its own.
func TestBills(t *testing.T) {
	t.Parallel()
	c := newClock(morning())
	h := openHallAt(t, c.now)
	own, other := h.open(t, certified(h)), h.open(t, provided(h))
	h.trade(t, own, "A")
	h.trade(t, other, "B")
	day := c.now().In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
	b := channel.BillRequest{Kind: channel.TradeBill, Day: day}
	if a := own.FetchBill(t.Context(), b, io.Discard); a.Outcome != channel.BillNotReady {
		t.Errorf("today: %s", a.Outcome)
	}
	c.pass(24 * time.Hour)
	rows, err := h.street.Book().Rows(book.Alipay, time.Time{}, c.now())
	if err != nil || len(rows) != 12 {
		t.Fatal(len(rows), err)
	}
	for mark, ch := range map[string]*alipay.Channel{"A": own, "B": other} {
		lines, sum := fetched(t, ch, b)
		var mine []book.Row
		for _, r := range rows {
			if strings.HasPrefix(r.Order.OrderNo, mark) {
				mine = append(mine, r)
			}
		}
		compareTrades(t, mark, lines, mine)
		if sum.Payments != 4 || sum.Refunds != 2 || sum.Paid != guitai.Fen(106519) || sum.Refunded != guitai.Fen(-4571) {
			t.Errorf("%s: %+v", mark, sum)
		}
		funds, all := fetched(t, ch, channel.BillRequest{Kind: channel.FundBill, Day: day})
		if all.Fee != sum.Fee || all.Paid != sum.Paid || all.Refunded != sum.Refunded {
			t.Errorf("%s: the account's %+v, the trades' %+v", mark, all, sum)
		}
		if last := funds[len(funds)-1]; last.Balance.Fen != sum.Paid.Fen+sum.Refunded.Fen-sum.Fee.Fen {
			t.Errorf("%s: balance %s", mark, last.Balance)
		}
	}
	h.noBills(t, c, own, day)
}

func compareTrades(t *testing.T, mark string, lines []channel.BillLine, rows []book.Row) {
	t.Helper()
	if len(lines) != len(rows) {
		t.Fatalf("%s: %d lines, %d rows", mark, len(lines), len(rows))
	}
	for i, l := range lines {
		r := rows[i]
		kind := channel.BillRefund
		if r.Kind == book.RowPaid {
			kind = channel.BillPayment
		}
		if l.Kind != kind || l.OrderNo != r.Order.OrderNo || l.WalletNo != r.Order.Number || l.RefundNo != r.Refund.RefundNo ||
			l.Amount.Fen != r.AmountFen || l.Fee.Fen != r.FeeFen || !l.At.Equal(r.At.Truncate(time.Second)) || !strings.Contains(l.Payer, "****") {
			t.Errorf("%s: line %+v, row %+v", mark, l, r)
		}
	}
}

// noBills: days without a bill, and bills that do not come whole.
func (h hall) noBills(t *testing.T, c *clock, ch *alipay.Channel, day string) {
	t.Helper()
	b := channel.BillRequest{Kind: channel.TradeBill, Day: day}
	for _, f := range []fault.Rule{
		{Op: "bill_query", Kind: fault.HTTP500}, {Op: "bill_query", Kind: fault.BadSignature}, {Op: "bill_query", Kind: fault.SystemError},
		{Op: "bill_download", Kind: fault.HTTP500}, {Op: "bill_download", Kind: fault.HalfBody}, {Op: "bill_download", Kind: fault.HTTP202},
	} {
		f.Provider, f.Count = "alipay", 1
		if err := h.street.Faults().Add(f); err != nil {
			t.Fatal(err)
		}
		if a := ch.FetchBill(t.Context(), b, io.Discard); a.Outcome != channel.BillUnknown {
			t.Errorf("%s %s: %s", f.Op, f.Kind, a.Outcome)
		}
	}
	c.pass(24 * time.Hour) // the day between: nothing moved
	next := c.now().In(time.FixedZone("", 8*3600)).AddDate(0, 0, -1).Format(time.DateOnly)
	b.Day = next
	if a := ch.FetchBill(t.Context(), b, io.Discard); a.Outcome != channel.BillNotReady || a.WalletCode != "BILL_NOT_EXIST" {
		t.Errorf("an idle day, the morning after: %s %s", a.Outcome, a.WalletCode)
	}
	c.pass(24 * time.Hour)
	if a := ch.FetchBill(t.Context(), b, io.Discard); a.Outcome != channel.BillEmpty {
		t.Errorf("an idle day, later: %s %s", a.Outcome, a.WalletCode)
	}
	if a := ch.FetchBill(t.Context(), channel.BillRequest{Kind: channel.FundBill, Day: next}, io.Discard); a.Outcome != channel.BillEmpty {
		t.Errorf("the account on an idle day: %s", a.Outcome)
	}
}

// A refund that never reaches the payer's account stays pending, however often
// it is asked about or sent again: Alipay has no word for it.
func TestRefundNeverDone(t *testing.T) {
	t.Parallel()
	h := openHall(t)
	ch := h.open(t, plain(h))
	inbox, notify := mailbox(t, ch)
	code, err := h.street.Book().PayerCode(book.Alipay, "", book.RefundAbnormal)
	if err != nil {
		t.Fatal(err)
	}
	o := channel.Order{No: "GONE1", Kind: guitai.Scan, Amount: guitai.Fen(500), Made: time.Now()}
	charge := channel.Charge{Order: o, AuthCode: code.Text, Description: "茶", NotifyURL: notify}
	if a := ch.Charge(t.Context(), charge); a.Outcome != channel.Paid {
		t.Fatal(a.Outcome)
	}
	r := channel.Refund{No: "GONER1", Order: o, Amount: guitai.Fen(500), Reason: "x", NotifyURL: notify}
	for range 2 {
		if a := ch.Refund(t.Context(), r); a.Outcome != channel.RefundPending {
			t.Errorf("sent: %s", a.Outcome)
		}
		if a := ch.AskRefund(t.Context(), r); a.Outcome != channel.RefundPending || a.Amount != r.Amount {
			t.Errorf("asked: %s %s", a.Outcome, a.Amount)
		}
	}
	if b := h.judge(t, o.No); b.BackFen != 0 {
		t.Errorf("the wallet gave back %d", b.BackFen)
	}
	list, err := h.street.Book().Notices(book.Ref{Wallet: book.Alipay, OrderNo: o.No})
	if err != nil || len(list) != 1 || list[0].RefundNo != "" {
		t.Errorf("notices, wanted only the payment's: %+v %v", list, err)
	}
	h.noticed(t, ch, inbox, o.No)
}
