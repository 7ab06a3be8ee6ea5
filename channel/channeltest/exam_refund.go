package channeltest

import (
	"testing"

	"guitai"
	"guitai/channel"
)

// refundCases are about giving money back.
func refundCases() []Case {
	all := []Case{
		{"refund whole", func(t *testing.T, r Rig) { refundWhole(t, r, guitai.Scan) }},
		{"refund whole of a shown code", func(t *testing.T, r Rig) { refundWhole(t, r, guitai.Show) }},
		{"refund in parts", refundParts},
		{"refund twice under one number", refundRepeated},
		{"refund exceeds", refundExceeds},
		{"refund of an order that never was", refundNowhere},
		{"unknown refund", refundUnknown},
	}
	for _, f := range []Fault{SilentAfter, ErrorAfter, HalfBody, BadSignature} {
		all = append(all, Case{"refund: " + string(f), func(t *testing.T, r Rig) { refundHappened(t, r, f) }})
	}
	for _, f := range []Fault{SilentBefore, ErrorBefore} {
		all = append(all, Case{"refund: " + string(f), func(t *testing.T, r Rig) { refundDidNot(t, r, f) }})
	}
	for _, f := range []Fault{SilentBefore, SilentAfter, ErrorBefore, HalfBody, BadSignature} {
		all = append(all, Case{"ask refund: " + string(f), func(t *testing.T, r Rig) { askRefundDoubted(t, r, f) }})
	}
	return all
}

// back is a refund of that much of a paid order.
func (s sitting) back(o channel.Order, fen int64) channel.Refund {
	return channel.Refund{No: s.number("XR"), Order: o, Amount: guitai.Fen(fen), Reason: "exam 退款", NotifyURL: s.rig.NotifyURL,
		Made: s.rig.Now()}
}

// refunded asks until the refund is done.
func (s sitting) refunded(r channel.Refund) channel.RefundAnswer {
	s.t.Helper()
	var a channel.RefundAnswer
	s.patiently(func() bool {
		a = s.askRefund(r)
		return a.Outcome == channel.RefundDone
	})
	s.wantRefund("ask refund", a, channel.RefundDone)
	if a.Amount != r.Amount {
		s.t.Errorf("ask refund: %v done, want %v", a.Amount, r.Amount)
	}
	return a
}

func refundWhole(t *testing.T, r Rig, kind guitai.PaymentKind) {
	s := sit(t, r)
	o := s.paidOf(kind, 1300)
	back := s.back(o, 1300)
	a := s.refund(back)
	s.wantRefund("refund", a, channel.RefundDone, channel.RefundPending)
	if a.WalletNo == "" {
		t.Error("refund: the wallet's number is missing")
	}
	s.refunded(back)
	s.book(o, 1300, 1300)
}

func (s sitting) paidOf(kind guitai.PaymentKind, fen int64) channel.Order {
	s.t.Helper()
	if kind == guitai.Show {
		return s.shownPaid(fen)
	}
	return s.scanPaid(fen)
}

func refundParts(t *testing.T, r Rig) {
	s := sit(t, r)
	o := s.scanPaid(1000)
	for _, fen := range []int64{1, 299, 700} {
		back := s.back(o, fen)
		s.wantRefund("refund a part", s.refund(back), channel.RefundDone, channel.RefundPending)
		s.refunded(back)
	}
	s.book(o, 1000, 1000)
	s.wantRefund("refund more", s.refund(s.back(o, 1)), channel.RefundDeclined)
	s.book(o, 1000, 1000)
}

// refundRepeated: the refund's number is the key that keeps the wallet from
// paying out twice.
func refundRepeated(t *testing.T, r Rig) {
	s := sit(t, r)
	o := s.scanPaid(1000)
	back := s.back(o, 400)
	for range 3 {
		s.wantRefund("refund", s.refund(back), channel.RefundDone, channel.RefundPending)
		s.refunded(back)
		s.book(o, 1000, 400)
	}
}

func refundExceeds(t *testing.T, r Rig) {
	s := sit(t, r)
	o := s.scanPaid(1000)
	s.wantRefund("refund more than was paid", s.refund(s.back(o, 1001)), channel.RefundDeclined)
	s.book(o, 1000, 0)
	back := s.back(o, 600)
	s.wantRefund("refund a part", s.refund(back), channel.RefundDone, channel.RefundPending)
	s.refunded(back)
	s.wantRefund("refund more than is left", s.refund(s.back(o, 401)), channel.RefundDeclined)
	s.book(o, 1000, 600)
}

func refundNowhere(t *testing.T, r Rig) {
	s := sit(t, r)
	a := s.refund(s.back(s.order(guitai.Scan, 100), 100))
	s.wantRefund("refund", a, channel.RefundDeclined, channel.RefundNotFound)
}

func refundUnknown(t *testing.T, r Rig) {
	s := sit(t, r)
	s.wantRefund("ask for a refund that never was", s.askRefund(s.back(s.scanPaid(100), 100)), channel.RefundNotFound)
}

func refundHappened(t *testing.T, r Rig, f Fault) {
	s := sit(t, r)
	o := s.scanPaid(1000)
	back := s.back(o, 250)
	r.Inject(t, Call{OpRefund, guitai.Scan}, f)
	s.wantRefund("refund in trouble", s.limit(f).refund(back), channel.RefundUnknown)
	s.refunded(back)
	s.wantRefund("refund again", s.refund(back), channel.RefundDone, channel.RefundPending)
	s.book(o, 1000, 250)
}

func refundDidNot(t *testing.T, r Rig, f Fault) {
	s := sit(t, r)
	o := s.scanPaid(1000)
	back := s.back(o, 250)
	r.Inject(t, Call{OpRefund, guitai.Scan}, f)
	s.wantRefund("refund in trouble", s.limit(f).refund(back), channel.RefundUnknown)
	s.wantRefund("ask refund", s.askRefund(back), channel.RefundNotFound)
	s.book(o, 1000, 0)
	s.wantRefund("refund again", s.refund(back), channel.RefundDone, channel.RefundPending)
	s.refunded(back)
	s.book(o, 1000, 250)
}

func askRefundDoubted(t *testing.T, r Rig, f Fault) {
	s := sit(t, r)
	o := s.scanPaid(1000)
	back := s.back(o, 250)
	s.wantRefund("refund", s.refund(back), channel.RefundDone, channel.RefundPending)
	r.Inject(t, Call{OpAskRefund, guitai.Scan}, f)
	s.wantRefund("ask refund in trouble", s.limit(f).askRefund(back), channel.RefundUnknown)
	s.refunded(back)
	s.book(o, 1000, 250)
}
