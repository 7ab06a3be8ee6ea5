package unionpay

import (
	"net/url"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
)

// later is noon, later.
func later(d time.Duration) func() time.Time { return func() time.Time { return noon().Add(d) } }

// A shown code's failure is final only after its payTimeout, by UnionPay's own
// word or, without one, after the longest life of any code.
func TestShownIsOver(t *testing.T) {
	for _, c := range []struct {
		name, reserved, code string
		after                time.Duration
		ask, end             channel.Outcome
	}{
		{"before", "payTimeout20261121120200", "64", time.Minute, channel.Waiting, channel.Unknown},
		{"at once after", "payTimeout20261121120200", "64", 2 * time.Minute, channel.Waiting, channel.Unknown},
		{"after", "payTimeout20261121120200", "64", 2*time.Minute + payLag, channel.Closed, channel.Closed},
		{"input timed out", "payTimeout20261121120200", "69", 3 * time.Minute, channel.Closed, channel.Closed},
		{"under way", "payTimeout20261121120200", "05", time.Hour, channel.Waiting, channel.Unknown},
		{"money after the timeout", "payTimeout20261121120200", "42", time.Hour, channel.Unknown, channel.Unknown},
		{"paid", "payTimeout20261121120200", "00", time.Hour, channel.Paid, channel.EndRefused},
		{"reversed by hand", "payTimeout20261121120200", "46", time.Minute, channel.Closed, channel.Closed},
		{"no word", "", "64", 3 * time.Minute, channel.Waiting, channel.Unknown},
		{"no word, long after", "", "64", maxShow + payLag, channel.Closed, channel.Closed},
		{"another's word", "payTimeout20991121120200", "64", maxShow + payLag, channel.Closed, channel.Closed},
		{"nonsense", "payTimeoutsoon", "64", 3 * time.Minute, channel.Waiting, channel.Unknown},
	} {
		g := newGateway(t, func(asked url.Values) string {
			return raw(sealed(t, echo(asked, "respCode", "00", "origRespCode", c.code, "reqReserved", c.reserved, "txnType", "01",
				"txnAmt", "1250", "queryId", "1", "traceTime", "1121120001")))
		})
		o := options(g.URL)
		o.Now = later(c.after)
		ch := open(t, o)
		if a := ch.Ask(t.Context(), anOrder(guitai.Show)); a.Outcome != c.ask {
			t.Errorf("%s: ask %s, want %s", c.name, a.Outcome, c.ask)
		}
		if a := ch.End(t.Context(), anOrder(guitai.Show)); a.Outcome != c.end {
			t.Errorf("%s: end %s, want %s", c.name, a.Outcome, c.end)
		}
	}
}

// A reversal that is told too little is followed by a query, which decides.
func TestReverse(t *testing.T) {
	for _, c := range []struct {
		name, reverse, query, orig string
		want                       channel.Outcome
		messages                   int
	}{
		{"reversed", "00", "", "", channel.Closed, 1},
		{"reversed before", "46", "", "", channel.Closed, 1},
		{"not found", "34", "", "", channel.NotFound, 1},
		{"unclear", "04", "", "", channel.Unknown, 1},
		{"no such original", "35", "34", "", channel.NotFound, 2},
		{"failed before", "35", "00", "64", channel.Closed, 2},
		{"reversed, told late", "35", "00", "46", channel.Closed, 2},
		{"under way", "35", "00", "05", channel.Unknown, 2},
		{"paid yesterday", "39", "00", "00", channel.EndRefused, 2},
		{"given back", "45", "00", "00", channel.EndRefused, 2},
		{"the query fails", "35", "99", "", channel.Unknown, 2},
	} {
		g := newGateway(t, func(asked url.Values) string {
			if asked.Get("txnType") == "99" {
				return raw(sealed(t, echo(asked, "respCode", c.reverse)))
			}
			return raw(sealed(t, echo(asked, "respCode", c.query, "origRespCode", c.orig, "txnType", "01", "txnAmt", "1250", "queryId", "1")))
		})
		a := open(t, options(g.URL)).End(t.Context(), anOrder(guitai.Scan))
		if a.Outcome != c.want || len(a.Messages) != c.messages || a.WalletCode != c.reverse {
			t.Errorf("%s: %s %q after %d messages, want %s after %d", c.name, a.Outcome, a.WalletCode, len(a.Messages), c.want, c.messages)
		}
	}
	// The answer to the charge is not an answer to its reversal.
	g := newGateway(t, func(asked url.Values) string {
		return raw(sealed(t, echo(asked, "respCode", "00", "txnType", "01", "txnSubType", "06")))
	})
	if a := open(t, options(g.URL)).End(t.Context(), anOrder(guitai.Scan)); a.Outcome != channel.Unknown {
		t.Errorf("an answer of another kind: %s", a.Outcome)
	}
}

// A refund whose number is spent was sent before: the query decides.
func TestRefundRepeated(t *testing.T) {
	for _, c := range []struct {
		name, query, orig, amount string
		want                      channel.RefundOutcome
	}{
		{"done", "00", "00", "300", channel.RefundDone},
		{"done with a flaw", "00", "A6", "300", channel.RefundDone},
		{"under way", "00", "05", "300", channel.RefundPending},
		{"failed", "00", "63", "300", channel.RefundDeclined},
		{"another amount", "00", "00", "301", channel.RefundUnknown},
		{"not to be found", "34", "", "", channel.RefundUnknown},
		{"tomorrow's code", "00", "Z9", "300", channel.RefundUnknown},
	} {
		g := newGateway(t, func(asked url.Values) string {
			if asked.Get("txnType") == "04" {
				return raw(sealed(t, echo(asked, "respCode", "12")))
			}
			return raw(sealed(t, echo(asked, "respCode", c.query, "origRespCode", c.orig, "txnType", "04", "txnAmt", c.amount, "queryId", "7", "traceTime", "1121120001")))
		})
		a := open(t, options(g.URL)).Refund(t.Context(), aRefund())
		if a.Outcome != c.want || len(a.Messages) != 2 {
			t.Errorf("%s: %s after %d messages, want %s", c.name, a.Outcome, len(a.Messages), c.want)
		}
		if c.want == channel.RefundDone && (a.WalletNo != "7" || a.Amount != guitai.Fen(300) || a.DoneAt.IsZero()) {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
}

func TestShow(t *testing.T) {
	a := saying(t, "respCode", "00", "qrCode", "https://qr.95516.com/00010000/01").Show(t.Context(),
		channel.Show{Order: anOrder(guitai.Show), Expires: noon().Add(time.Minute)})
	if a.Outcome != channel.Waiting || a.Code != "https://qr.95516.com/00010000/01" || !a.CodeExpires.Equal(noon().Add(time.Minute)) {
		t.Errorf("%+v", a)
	}
	for name, pairs := range map[string][]string{
		"no code":       {"respCode", "00"},
		"unprintable":   {"respCode", "00", "qrCode", "a b"},
		"flawed":        {"respCode", "A6", "qrCode", "https://qr.95516.com/1"},
		"another order": {"respCode", "00", "qrCode", "https://qr.95516.com/1", "orderId", "G9999999"},
		"another kind":  {"respCode", "00", "qrCode", "https://qr.95516.com/1", "txnType", "00"},
	} {
		a := saying(t, pairs...).Show(t.Context(), channel.Show{Order: anOrder(guitai.Show), Expires: noon().Add(time.Minute)})
		if a.Outcome != channel.Unknown || a.Code != "" {
			t.Errorf("%s: %s %q", name, a.Outcome, a.Code)
		}
	}
	var c Channel
	if c.Ending(guitai.Scan) != guitai.EndReverse || c.Ending(guitai.Show) != guitai.EndClose {
		t.Error("Ending")
	}
}
