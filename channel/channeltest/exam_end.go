package channeltest

import (
	"testing"

	"guitai"
	"guitai/channel"
)

// endCases are closing and reversing.
func endCases() []Case {
	return []Case{
		{"end unpaid code", endUnpaidCode},
		{"end paid code", endPaidCode},
		{"end paid scan", endPaidScan},
		{"end waiting scan", endWaitingScan},
		{"end unknown order", endUnknownOrder},
		{"end: silent_before", func(t *testing.T, r Rig) { endDoubted(t, r, SilentBefore) }},
		{"end: silent_after", func(t *testing.T, r Rig) { endDoubted(t, r, SilentAfter) }},
		{"end: error_before", func(t *testing.T, r Rig) { endDoubted(t, r, ErrorBefore) }},
		{"end: error_after", func(t *testing.T, r Rig) { endDoubted(t, r, ErrorAfter) }},
		{"end: bad_signature", func(t *testing.T, r Rig) { endDoubted(t, r, BadSignature) }},
	}
}

// endUnpaidCode: once an ended code is confirmed closed, nobody can pay it.
func endUnpaidCode(t *testing.T, r Rig) {
	s := sit(t, r)
	o := s.order(guitai.Show, 900)
	a := s.show(o)
	s.want("show", a, channel.Waiting)
	s.ripen()
	s.want("end", s.end(o), s.over(o)...)
	s.want("end again", s.end(o), channel.Closed, channel.NotFound)
	if err := r.Pay(t, a.Code); err == nil {
		t.Error("a payer paid a code that was confirmed closed")
	}
	s.want("ask", s.ask(o), channel.Closed, channel.NotFound)
	s.book(o, 0, 0)
}

func endPaidCode(t *testing.T, r Rig) {
	s := sit(t, r)
	o := s.shownPaid(900)
	s.ripen()
	s.endPaid(o)
}

func endPaidScan(t *testing.T, r Rig) {
	s := sit(t, r)
	o := s.scanPaid(900)
	s.ripen()
	s.endPaid(o)
}

// endPaid ends a paid order: closing must be refused, reversing gives the money
// back, once, however often it is called.
func (s sitting) endPaid(o channel.Order) {
	s.t.Helper()
	switch e := s.ch.Ending(o.Kind); e {
	case guitai.EndClose:
		s.want("close a paid order", s.end(o), channel.EndRefused)
		s.paid("ask", o, s.ask(o))
		s.book(o, o.Amount.Fen, 0)
	case guitai.EndReverse:
		s.want("reverse a paid order", s.end(o), channel.Closed)
		s.book(o, o.Amount.Fen, o.Amount.Fen)
		s.want("reverse again", s.end(o), channel.Closed)
		s.book(o, o.Amount.Fen, o.Amount.Fen)
		s.want("ask", s.ask(o), channel.Closed)
	default:
		s.t.Fatalf("Ending(%s) = %q", o.Kind, e)
	}
}

// endWaitingScan: an order that waits for a password is ended before it comes.
func endWaitingScan(t *testing.T, r Rig) {
	s := sit(t, r)
	o := s.order(guitai.Scan, 2100)
	s.want("charge", s.charge(s.scanOf(o, Ignores)), channel.Waiting)
	s.ripen()
	s.want("end", s.end(o), channel.Closed)
	s.want("ask", s.ask(o), channel.Closed, channel.NotFound)
	s.book(o, 0, 0)
}

// endUnknownOrder: a wallet that does not know the order says so, or confirms
// that it never will be paid.
func endUnknownOrder(t *testing.T, r Rig) {
	s := sit(t, r)
	for _, kind := range []guitai.PaymentKind{guitai.Scan, guitai.Show} {
		o := s.order(kind, 100)
		s.want("end an order that never was", s.end(o), channel.NotFound, channel.Closed)
		s.book(o, 0, 0)
	}
}

// endDoubted: a doubtful end is called again until it is confirmed.
func endDoubted(t *testing.T, r Rig, f Fault) {
	s := sit(t, r)
	show := s.order(guitai.Show, 900)
	s.want("show", s.show(show), channel.Waiting)
	scan := s.scanPaid(900)
	s.ripen()
	for _, o := range []channel.Order{show, scan} {
		r.Inject(t, Call{OpEnd, o.Kind}, f)
		s.want("end in trouble", s.limit(f).end(o), channel.Unknown)
		s.want("end again", s.end(o), s.over(o)...)
	}
	s.book(show, 0, 0)
	s.book(scan, 900, 900)
}
