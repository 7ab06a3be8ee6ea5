package channeltest

import (
	"testing"
	"time"

	"guitai"
	"guitai/channel"
)

// payCases are what goes well, or ends by the payer's will.
func payCases() []Case {
	return []Case{
		{"show, pay, ask", showPayAsk},
		{"scan paid", scanPaid},
		{"password typed", passwordTyped},
		{"password cancelled", passwordCancelled},
		{"balance too low", balanceLow},
		{"code used twice", codeUsedTwice},
		{"same number twice", sameNumberTwice},
		{"unknown order", unknownOrder},
		{"nothing listens", nothingListens},
		{"no time left", noTimeLeft},
	}
}

func showPayAsk(t *testing.T, r Rig) {
	s := sit(t, r)
	o := s.order(guitai.Show, 1250)
	a := s.show(o)
	s.want("show", a, channel.Waiting)
	if a.Code == "" || !a.CodeExpires.After(r.Now()) || a.CodeExpires.After(r.Now().Add(r.ShowFor+time.Second)) {
		t.Errorf("show: code %q until %v, want one that ends within the %v asked for", a.Code, a.CodeExpires, r.ShowFor)
	}
	s.want("ask before anybody scanned", s.ask(o), r.Unscanned)
	s.book(o, 0, 0)
	if err := r.Pay(t, a.Code); err != nil {
		t.Fatalf("the payer could not pay: %v", err)
	}
	s.paid("ask", o, s.settle("ask after the payer paid", o, channel.Paid))
	s.book(o, 1250, 0)
}

func scanPaid(t *testing.T, r Rig) {
	s := sit(t, r)
	o := s.scanPaid(990)
	s.paid("ask", o, s.ask(o))
	s.book(o, 990, 0)
}

func passwordTyped(t *testing.T, r Rig) {
	s := sit(t, r)
	o := s.order(guitai.Scan, 2000)
	s.want("charge", s.charge(s.scanOf(o, Types)), channel.Waiting)
	s.want("ask", s.ask(o), channel.Waiting, channel.Paid)
	s.paid("ask", o, s.settle("ask until the password is typed", o, channel.Paid))
	s.book(o, 2000, 0)
}

func passwordCancelled(t *testing.T, r Rig) {
	s := sit(t, r)
	o := s.order(guitai.Scan, 2000)
	s.want("charge", s.charge(s.scanOf(o, Cancels)), channel.Waiting)
	s.settle("ask until the payer cancels", o, channel.Declined, channel.Closed)
	s.book(o, 0, 0)
}

func balanceLow(t *testing.T, r Rig) {
	s := sit(t, r)
	o := s.order(guitai.Scan, 5000)
	a := s.chargeTo(s.scanOf(o, Poor), channel.Declined)
	if a.Reason != guitai.CodeBalanceLow || a.WalletCode == "" {
		t.Errorf("declined for %q (wallet code %q), want %q and the wallet's code", a.Reason, a.WalletCode, guitai.CodeBalanceLow)
	}
	s.book(o, 0, 0)
}

// codeUsedTwice: a payment code is good for one charge.
func codeUsedTwice(t *testing.T, r Rig) {
	s := sit(t, r)
	first, second := s.order(guitai.Scan, 300), s.order(guitai.Scan, 300)
	c := s.scanOf(first, Pays)
	s.paid("charge", first, s.chargeTo(c, channel.Paid))
	c.Order = second
	s.chargeTo(c, channel.Declined)
	s.book(first, 300, 0)
	s.book(second, 0, 0)
}

// sameNumberTwice: the order number is the key that keeps a payer from being
// charged twice, by the same code or another one.
func sameNumberTwice(t *testing.T, r Rig) {
	s := sit(t, r)
	o := s.order(guitai.Scan, 700)
	c := s.scanOf(o, Pays)
	s.paid("charge", o, s.chargeTo(c, channel.Paid))
	for _, again := range []channel.Charge{c, s.scanOf(o, Pays)} {
		a := s.charge(again)
		s.want("charge under the same number", a, channel.Unknown, channel.Paid)
		s.paid("ask", o, s.ask(o))
		s.book(o, 700, 0)
	}
}

func unknownOrder(t *testing.T, r Rig) {
	s := sit(t, r)
	for _, kind := range []guitai.PaymentKind{guitai.Scan, guitai.Show} {
		s.want("ask for an order that never was", s.ask(s.order(kind, 100)), channel.NotFound)
	}
}

func nothingListens(t *testing.T, r Rig) {
	s := sit(t, r).with(r.Nowhere(t))
	scan, show := s.order(guitai.Scan, 100), s.order(guitai.Show, 100)
	a := s.charge(s.scanOf(scan, Pays))
	s.want("charge", a, channel.Unavailable)
	if a.Reason != guitai.CodeWalletUnreachable {
		t.Errorf("reason %q, want %q", a.Reason, guitai.CodeWalletUnreachable)
	}
	s.want("show", s.show(show), channel.Unavailable)
	for _, o := range []channel.Order{scan, show} {
		s.want("ask", s.ask(o), channel.Unavailable)
		s.want("end", s.end(o), channel.Unavailable)
		back := channel.Refund{No: s.number("XR"), Order: o, Amount: o.Amount, Made: s.rig.Now()}
		s.wantRefund("refund", s.refund(back), channel.RefundUnavailable)
		s.wantRefund("ask refund", s.askRefund(back), channel.RefundUnavailable)
	}
}

// noTimeLeft: a call whose deadline has passed sends nothing.
func noTimeLeft(t *testing.T, r Rig) {
	s := sit(t, r)
	o := s.order(guitai.Scan, 100)
	c := s.scanOf(o, Pays)
	late := s.within(-time.Second)
	s.want("charge after its deadline", late.charge(c), channel.Unavailable)
	s.book(o, 0, 0)
	s.want("show after its deadline", late.show(s.order(guitai.Show, 100)), channel.Unavailable)
}
