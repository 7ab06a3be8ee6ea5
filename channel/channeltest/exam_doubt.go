package channeltest

import (
	"testing"
	"time"

	"guitai"
	"guitai/channel"
)

// doubtCases are answers that say nothing for certain. Whatever happened, the
// channel must not claim to know; asking must bring the truth.
func doubtCases() []Case {
	effect := []Fault{SilentAfter, ErrorAfter, HalfBody, BadSignature}
	none := []Fault{SilentBefore, ErrorBefore}
	var all []Case
	for _, f := range effect {
		all = append(all,
			Case{"charge: " + string(f), func(t *testing.T, r Rig) { chargeHappened(t, r, f) }},
			Case{"show: " + string(f), func(t *testing.T, r Rig) { showDoubted(t, r, f) }},
			Case{"ask: " + string(f), func(t *testing.T, r Rig) { askDoubted(t, r, f) }})
	}
	for _, f := range none {
		all = append(all,
			Case{"charge: " + string(f), func(t *testing.T, r Rig) { chargeDidNot(t, r, f) }},
			Case{"show: " + string(f), func(t *testing.T, r Rig) { showDoubted(t, r, f) }},
			Case{"ask: " + string(f), func(t *testing.T, r Rig) { askDoubted(t, r, f) }})
	}
	return append(all,
		Case{"charge: wrong amount", chargeWrongAmount},
		Case{"ask: wrong amount", askWrongAmount},
		Case{"clock slow", func(t *testing.T, r Rig) { clockOff(t, r, -10*time.Minute) }},
		Case{"clock fast", func(t *testing.T, r Rig) { clockOff(t, r, 10*time.Minute) }})
}

// limit gives the sitting whose calls meet the fault: a silent one is not
// waited for longer than Silence.
func (s sitting) limit(f Fault) sitting {
	if f == SilentBefore || f == SilentAfter {
		return s.within(s.rig.Silence)
	}
	return s
}

func chargeHappened(t *testing.T, r Rig, f Fault) {
	s := sit(t, r)
	o := s.order(guitai.Scan, 1100)
	c := s.scanOf(o, Pays)
	r.Inject(t, Call{OpCharge, guitai.Scan}, f)
	s.want("charge", s.limit(f).charge(c), channel.Unknown)
	s.paid("ask", o, s.settle("ask", o, channel.Paid))
	s.book(o, 1100, 0)
}

func chargeDidNot(t *testing.T, r Rig, f Fault) {
	s := sit(t, r)
	o := s.order(guitai.Scan, 1100)
	c := s.scanOf(o, Pays)
	r.Inject(t, Call{OpCharge, guitai.Scan}, f)
	s.want("charge", s.limit(f).charge(c), channel.Unknown)
	s.want("ask", s.ask(o), channel.NotFound)
	s.book(o, 0, 0)
}

// showDoubted: without a code nobody can pay, but the channel must not say more
// than it knows. The order can be asked for and ended all the same.
func showDoubted(t *testing.T, r Rig, f Fault) {
	s := sit(t, r)
	o := s.order(guitai.Show, 800)
	r.Inject(t, Call{OpShow, guitai.Show}, f)
	a := s.limit(f).show(o)
	s.want("show", a, channel.Unknown)
	if a.Code != "" {
		t.Errorf("an unknown answer brought the code %q", a.Code)
	}
	s.want("ask", s.ask(o), channel.NotFound, r.Unscanned)
	s.ripen()
	s.want("end", s.end(o), channel.Closed, channel.NotFound)
	s.book(o, 0, 0)
}

func askDoubted(t *testing.T, r Rig, f Fault) {
	s := sit(t, r)
	for _, o := range []channel.Order{s.scanPaid(400), s.shownPaid(500)} {
		r.Inject(t, Call{OpAsk, o.Kind}, f)
		s.want("ask in trouble", s.limit(f).ask(o), channel.Unknown)
		s.paid("ask again", o, s.ask(o))
		s.book(o, o.Amount.Fen, 0)
	}
}

// chargeWrongAmount: the channel tells what it was told; who compares is the
// switch.
func chargeWrongAmount(t *testing.T, r Rig) {
	s := sit(t, r)
	o := s.order(guitai.Scan, 600)
	c := s.scanOf(o, Pays)
	r.Inject(t, Call{OpCharge, guitai.Scan}, WrongAmount)
	s.wrongAmount("charge", o, s.charge(c))
}

func askWrongAmount(t *testing.T, r Rig) {
	s := sit(t, r)
	for _, o := range []channel.Order{s.scanPaid(600), s.shownPaid(600)} {
		r.Inject(t, Call{OpAsk, o.Kind}, WrongAmount)
		s.wrongAmount("ask", o, s.ask(o))
		s.paid("ask again", o, s.ask(o))
	}
}

func (s sitting) wrongAmount(what string, o channel.Order, a channel.Answer) {
	s.t.Helper()
	s.want(what, a, channel.Paid)
	if a.Amount == o.Amount || !a.Amount.Positive() || a.Amount.Currency != o.Amount.Currency {
		s.t.Errorf("%s: amount %v, want the wrong one that was told instead of %v", what, a.Amount, o.Amount)
	}
}

// clockOff: with a clock that is off, no answer may contradict the wallet's
// book.
func clockOff(t *testing.T, r Rig, off time.Duration) {
	s := sit(t, r)
	skewed := s.with(r.Skewed(t, off))
	scan := s.order(guitai.Scan, 450)
	c := s.scanOf(scan, Pays)
	skewed.agrees("charge", scan, skewed.charge(c))
	skewed.agrees("ask", scan, skewed.ask(scan))
	show := s.order(guitai.Show, 450)
	skewed.agrees("show", show, skewed.show(show))
	paid := s.shownPaid(451)
	skewed.agrees("ask", paid, skewed.ask(paid))
}

// agrees fails the case when an answer claims what the wallet's book denies.
func (s sitting) agrees(what string, o channel.Order, a channel.Answer) {
	s.t.Helper()
	charged := s.rig.Judge(s.t, o.No).ChargedFen
	switch a.Outcome {
	case channel.Unknown:
	case channel.Waiting:
		if charged != 0 && !(s.rig.Accepts && o.Kind == guitai.Scan) {
			s.t.Errorf("%s: %s (%s), but the wallet charged %d fen", what, a.Outcome, a.WalletCode, charged)
		}
	case channel.Paid:
		if charged != a.Amount.Fen {
			s.t.Errorf("%s: %s %v, but the wallet charged %d fen", what, a.Outcome, a.Amount, charged)
		}
	case channel.Unavailable, channel.Declined, channel.NotFound, channel.Closed:
		if charged != 0 {
			s.t.Errorf("%s: %s (%s), but the wallet charged %d fen", what, a.Outcome, a.WalletCode, charged)
		}
	default:
		s.t.Errorf("%s: outcome %q", what, a.Outcome)
	}
}
