package unionpay_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// A shown code whose payer failed stays open until its payTimeout, and is over
// after it; one that nobody scanned is never found.
func TestShownCodeRunsOut(t *testing.T) {
	t.Parallel()
	h := openHall(t)
	ch := h.open(t, certified(h))
	show := func(no string) (channel.Order, string) {
		o := channel.Order{No: no, Kind: guitai.Show, Amount: guitai.Fen(880), Made: h.clock.now()}
		a := ch.Show(t.Context(), channel.Show{Order: o, Expires: o.Made.Add(time.Minute)})
		if a.Outcome != channel.Waiting {
			t.Fatalf("show: %s %+v", a.Outcome, a.Messages)
		}
		return o, a.Code
	}
	want := func(what string, o channel.Order, ask, end channel.Outcome) {
		t.Helper()
		if a := ch.Ask(t.Context(), o); a.Outcome != ask {
			t.Errorf("%s: ask %s, want %s", what, a.Outcome, ask)
		}
		if a := ch.End(t.Context(), o); a.Outcome != end {
			t.Errorf("%s: end %s, want %s", what, a.Outcome, end)
		}
	}
	tried, code := show("XOTRIED01")
	if _, err := h.street.Book().Pay(code, "", book.Poor); err != book.BalanceShort {
		t.Fatal(err)
	}
	alone, _ := show("XOALONE01")
	want("tried", tried, channel.Waiting, channel.Unknown)
	want("alone", alone, channel.NotFound, channel.NotFound)
	h.clock.pass(time.Minute)
	want("just over", tried, channel.Waiting, channel.Unknown)
	h.clock.pass(16 * time.Second)
	want("over", tried, channel.Closed, channel.Closed)
	if _, err := h.street.Book().Pay(code, "", book.Normal); err == nil {
		t.Error("a code that was confirmed closed was paid")
	}
}

// A day at the sandbox: what was paid and given back stands in the file of the
// settlement day, once that is over; a reversal of yesterday's is refused.
func TestDay(t *testing.T) {
	t.Parallel()
	h := openHall(t)
	ch := h.open(t, certified(h))
	order := func(no string) channel.Order {
		return channel.Order{No: no, Kind: guitai.Scan, Amount: guitai.Fen(1250), Made: h.clock.now()}
	}
	o := order("XODAY00001")
	if a := ch.Charge(t.Context(), channel.Charge{Order: o, AuthCode: h.payerCode(t, channeltest.Pays)}); a.Outcome != channel.Waiting || a.WalletNo == "" {
		t.Fatalf("charge: %s %+v", a.Outcome, a.Messages)
	}
	a := ch.Ask(t.Context(), o)
	if a.Outcome != channel.Paid {
		t.Fatalf("ask: %s", a.Outcome)
	}
	refund := channel.Refund{No: "XRDAY00001", Order: o, Amount: guitai.Fen(250), Made: h.clock.now()}
	if r := ch.Refund(t.Context(), refund); r.Outcome != channel.RefundPending {
		t.Fatalf("refund: %s", r.Outcome)
	}
	h.clock.pass(2 * time.Second)
	if r := ch.AskRefund(t.Context(), refund); r.Outcome != channel.RefundDone {
		t.Fatalf("refund: %s", r.Outcome)
	}
	// What is reversed on its own day is not told at all.
	gone := order("XODAY00002")
	ch.Charge(t.Context(), channel.Charge{Order: gone, AuthCode: h.payerCode(t, channeltest.Pays)})
	if a := ch.End(t.Context(), gone); a.Outcome != channel.Closed {
		t.Fatalf("reversal: %s", a.Outcome)
	}
	ask := channel.BillRequest{Kind: channel.TradeBill, Day: "2026-11-21"}
	bill := func() (lines []channel.BillLine, sum channel.BillSum, a channel.BillAnswer) {
		var text bytes.Buffer
		if a = ch.FetchBill(t.Context(), ask, &text); a.Outcome != channel.BillFetched {
			return
		}
		sum, err := ch.ReadBill(ask, &text, func(l channel.BillLine) error { lines = append(lines, l); return nil })
		if err != nil {
			t.Error(err)
		}
		return lines, sum, a
	}
	if _, _, a := bill(); a.Outcome != channel.BillNotReady {
		t.Errorf("a day that is not over: %s", a.Outcome)
	}
	if _, err := h.street.Book().EndDay(""); err != nil {
		t.Fatal(err)
	}
	lines, sum, _ := bill()
	if len(lines) != 2 || sum.Paid != guitai.Fen(1250) || sum.Refunded != guitai.Fen(-250) || sum.Fee != guitai.Fen(4) {
		t.Fatalf("%+v %+v", lines, sum)
	}
	if p, r := lines[0], lines[1]; p.OrderNo != o.No || p.WalletNo != a.WalletNo || p.Kind != channel.BillPayment || p.Fee != guitai.Fen(5) ||
		p.At.Sub(o.Made).Abs() > time.Second || r.RefundNo != refund.No || r.OrderNo != o.No || r.WalletNo != a.WalletNo || r.Fee != guitai.Fen(-1) {
		t.Errorf("%+v", lines)
	}
	ch.Charge(t.Context(), channel.Charge{Order: order("XODAY00003"), AuthCode: h.payerCode(t, channeltest.Pays)})
	if lines, _, _ := bill(); len(lines) != 2 {
		t.Errorf("a bill that was made has grown: %+v", lines)
	}
	if _, err := h.street.Book().EndDay(""); err != nil {
		t.Fatal(err)
	}
	if lines, _, _ := bill(); len(lines) != 3 {
		t.Errorf("corrected: %+v", lines)
	}
	h.clock.pass(11 * time.Hour)
	if a := ch.End(t.Context(), o); a.Outcome != channel.EndRefused || len(a.Messages) != 2 {
		t.Errorf("reversal after the day: %s after %d messages", a.Outcome, len(a.Messages))
	}
}

// A bill that lies can still be read, and its sums are those of its lines: it is
// the books that find the lie.
func TestSpoiltBill(t *testing.T) {
	t.Parallel()
	h := openHall(t)
	ch := h.open(t, certified(h))
	for i := range 8 {
		o := channel.Order{No: "XOLIE0000" + string(rune('A'+i)), Kind: guitai.Scan, Amount: guitai.Fen(1000), Made: h.clock.now()}
		if a := ch.Charge(t.Context(), channel.Charge{Order: o, AuthCode: h.payerCode(t, channeltest.Pays)}); a.Outcome != channel.Waiting {
			t.Fatalf("charge: %s", a.Outcome)
		}
	}
	for _, c := range []struct {
		kind                    fault.Kind
		payments, refunds       int
		paid, refunded, feesFen int64
	}{
		{"", 8, 0, 8000, 0, 32},
		{fault.BillMissing, 7, 0, 7000, 0, 28},
		{fault.BillDouble, 9, 0, 9000, 0, 36},
		{fault.BillAmount, 8, 0, 8001, 0, 32},
		{fault.BillFee, 8, 0, 8000, 0, 33},
		{fault.BillStranger, 9, 0, 12242, 0, 48},
		{fault.BillSwapped, 7, 1, 7000, -1000, 24},
		{fault.BillLate, 7, 0, 7000, 0, 28},
	} {
		if c.kind != "" {
			if err := h.street.Faults().Add(fault.Rule{Provider: "unionpay", Op: fault.OpBill, Kind: c.kind, Count: 1}); err != nil {
				t.Fatal(err)
			}
		}
		if resp, err := http.Post(h.street.URL()+"/control/day-end", "application/json", strings.NewReader("{}")); err != nil || resp.StatusCode != 200 {
			t.Fatal(resp, err)
		}
		ask := channel.BillRequest{Kind: channel.TradeBill, Day: "2026-11-21"}
		var text bytes.Buffer
		if a := ch.FetchBill(t.Context(), ask, &text); a.Outcome != channel.BillFetched {
			t.Fatalf("%s: %s", c.kind, a.Outcome)
		}
		sum, err := ch.ReadBill(ask, &text, func(channel.BillLine) error { return nil })
		want := channel.BillSum{Payments: c.payments, Refunds: c.refunds, Paid: guitai.Fen(c.paid), Refunded: guitai.Fen(c.refunded), Fee: guitai.Fen(c.feesFen)}
		if err != nil || sum != want {
			t.Errorf("%s: %+v %v, want %+v", c.kind, sum, err, want)
		}
	}
}
