package unionpay_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
	"guitai/channel/unionpay"
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
	today := h.clock.now()
	if _, err := ch.Bill(t.Context(), today); !errors.Is(err, unionpay.ErrNoBill) {
		t.Errorf("a day that is not over: %v", err)
	}
	h.clock.pass(11 * time.Hour)
	b, err := ch.Bill(t.Context(), today)
	if err != nil || len(b.Members) != 2 || len(b.Members[0].Lines) != 1 {
		t.Fatalf("%+v %v", b, err)
	}
	if line := string(b.Members[0].Lines[0]); !strings.Contains(line, " XODAY00001 ") || !strings.Contains(line, " "+a.WalletNo+" ") || !strings.Contains(line, " 000000001250 ") {
		t.Errorf("line %q", line)
	}
	if a := ch.End(t.Context(), o); a.Outcome != channel.EndRefused || len(a.Messages) != 2 {
		t.Errorf("reversal after the day: %s after %d messages", a.Outcome, len(a.Messages))
	}
}
