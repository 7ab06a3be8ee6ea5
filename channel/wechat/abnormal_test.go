package wechat_test

import (
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/sandbox/book"
)

// TestAbnormal: a refund that finds no account of the payer's is sent to the
// merchant's bank, once however often it is asked for.
func TestAbnormal(t *testing.T) {
	x := openStreet(t)
	for name, o := range map[string]struct {
		no   string
		shop bool
	}{"direct": {"ABNORMAL01", false}, "service provider": {"ABNORMAL02", true}} {
		options := x.options
		if o.shop {
			options = x.asShop[x.shops[0]]
		}
		c := open(t, options)
		show := inside(o.no, "")
		show.NotifyURL = x.notify
		a := c.Show(t.Context(), show)
		want(t, name, a, channel.Waiting)
		if _, err := x.Book().Pay(a.Code, "", book.RefundAbnormal); err != nil {
			t.Fatal(err)
		}
		back := channel.Refund{No: o.no + "R", Order: show.Order, Amount: guitai.Fen(250), Made: time.Now()}
		settled := func(outcome channel.RefundOutcome) channel.RefundAnswer {
			for range 1000 {
				if r := c.AskRefund(t.Context(), back); r.Outcome == outcome {
					return r
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Fatalf("%s: never %s", name, outcome)
			return channel.RefundAnswer{}
		}
		c.Refund(t.Context(), back)
		number := settled(channel.RefundStuck).WalletNo
		if r := c.ApplyAbnormal(t.Context(), back, "5030000000000000000000000000"); r.Outcome != channel.RefundUnknown {
			t.Errorf("%s: another refund's number: %s", name, r.Outcome)
		}
		if r := c.ApplyAbnormal(t.Context(), back, "../x"); r.Outcome != channel.RefundUnavailable {
			t.Errorf("%s: no number: %s", name, r.Outcome)
		}
		for range 2 {
			if r := c.ApplyAbnormal(t.Context(), back, number); r.Outcome != channel.RefundPending && r.Outcome != channel.RefundDone {
				t.Errorf("%s: %s %s %+v", name, r.Outcome, r.WalletCode, r.Messages)
			}
		}
		settled(channel.RefundDone)
		if orders, err := x.Book().Orders(book.Filter{OrderNo: o.no}); err != nil || orders[0].GivenBackFen != 0 {
			t.Errorf("%s: the payer got something: %+v %v", name, orders, err)
		}
		other := channel.Refund{No: o.no + "X", Order: show.Order, Amount: guitai.Fen(250)}
		if r := c.ApplyAbnormal(t.Context(), other, number); r.Outcome != channel.RefundUnknown {
			t.Errorf("%s: a refund that is not: %s", name, r.Outcome)
		}
	}
}
