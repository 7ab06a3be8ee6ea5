package unionpay_test

import (
	"bytes"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
	"guitai/sandbox/book"
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
