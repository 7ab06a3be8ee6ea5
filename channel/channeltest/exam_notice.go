package channeltest

import (
	"slices"
	"testing"

	"guitai"
	"guitai/channel"
)

// noticeCases are about what the wallet tells by itself.
func noticeCases() []Case {
	return []Case{
		{"notice of a shown code", noticeShown},
		{"notice of a charge before its answer", noticeScanned},
		{"notice of a refund before its answer", noticeRefund},
		{"notice before the answer to a question", noticeBeforeAnswer},
		{"notice twice", noticeTwice},
		{"notice forged", noticeForged},
		{"notice replied", noticeReplied},
	}
}

// told reports whether the wallet sends such notices.
func (r Rig) tells(w Telling) bool { return slices.Contains(r.Tells, w) }

// notice waits for a notice that reads as one that has what is wanted.
func (s sitting) notice(what string, has func(channel.Notice) bool) (channel.RawNotice, channel.Notice) {
	s.t.Helper()
	var raw channel.RawNotice
	var read channel.Notice
	found := false
	s.patiently(func() bool {
		for _, n := range s.rig.Inbox.All() {
			if got, err := s.ch.ReadNotice(n); err == nil && has(got) {
				raw, read, found = n, got, true
			}
		}
		return found
	})
	if !found {
		s.t.Fatalf("%s: no such notice among the %d that came", what, len(s.rig.Inbox.All()))
	}
	s.look("ReadNotice", false, []channel.Message{read.Message})
	return raw, read
}

// noticeOf waits for the notice that an order was paid.
func (s sitting) noticeOf(o channel.Order) (channel.RawNotice, channel.Notice) {
	s.t.Helper()
	raw, n := s.notice("notice of "+o.No, func(n channel.Notice) bool {
		return n.RefundNo == "" && n.OrderNo == o.No && n.Answer.Outcome == channel.Paid
	})
	s.paid("notice", o, n.Answer)
	return raw, n
}

// toldShown pays a shown code and waits for the notice.
func (s sitting) toldShown() (channel.Order, channel.RawNotice, channel.Notice) {
	s.t.Helper()
	if !s.rig.tells(TellsShown) {
		s.t.Skip("this wallet sends no notices about shown codes")
	}
	o := s.order(guitai.Show, 1450)
	a := s.show(o)
	s.want("show", a, channel.Waiting)
	if err := s.rig.Pay(s.t, a.Code); err != nil {
		s.t.Fatalf("the payer could not pay: %v", err)
	}
	raw, n := s.noticeOf(o)
	return o, raw, n
}

func noticeShown(t *testing.T, r Rig) {
	s := sit(t, r)
	o, _, _ := s.toldShown()
	s.book(o, 1450, 0)
}

func noticeScanned(t *testing.T, r Rig) {
	s := sit(t, r)
	if !r.tells(TellsScanned) {
		t.Log("not asked: this wallet sends no notices about charges")
		return
	}
	o := s.order(guitai.Scan, 1450)
	c := s.scanOf(o, Pays)
	r.Inject(t, Call{OpCharge, guitai.Scan}, SilentAfter)
	s.want("charge", s.limit(SilentAfter).charge(c), channel.Unknown)
	s.noticeOf(o)
	s.book(o, 1450, 0)
}

func noticeRefund(t *testing.T, r Rig) {
	s := sit(t, r)
	if !r.tells(TellsRefund) {
		t.Log("not asked: this wallet sends no notices about refunds")
		return
	}
	o := s.scanPaid(1450)
	back := s.back(o, 450)
	r.Inject(t, Call{OpRefund, guitai.Scan}, SilentAfter)
	s.wantRefund("refund", s.limit(SilentAfter).refund(back), channel.RefundUnknown)
	_, n := s.notice("notice of "+back.No, func(n channel.Notice) bool { return n.RefundNo == back.No })
	s.wantRefund("notice", n.Refund, channel.RefundDone)
	if n.Refund.Amount != back.Amount || n.Refund.WalletNo == "" {
		t.Errorf("notice: %v as %q, want %v and the wallet's number", n.Refund.Amount, n.Refund.WalletNo, back.Amount)
	}
	s.book(o, 1450, 450)
}

// noticeBeforeAnswer: while a question hangs, the notice tells.
func noticeBeforeAnswer(t *testing.T, r Rig) {
	s := sit(t, r)
	if !r.tells(TellsShown) {
		t.Log("not asked: this wallet sends no notices about shown codes")
		return
	}
	o := s.order(guitai.Show, 1450)
	a := s.show(o)
	s.want("show", a, channel.Waiting)
	r.Inject(t, Call{OpAsk, guitai.Show}, SilentAfter)
	answer := make(chan channel.Answer, 1)
	go func() { answer <- s.limit(SilentAfter).ask(o) }()
	if err := r.Pay(t, a.Code); err != nil {
		t.Errorf("the payer could not pay: %v", err)
	}
	s.want("the hanging question", <-answer, channel.Unknown)
	s.noticeOf(o)
}

func noticeTwice(t *testing.T, r Rig) {
	s := sit(t, r)
	o, raw, first := s.toldShown()
	second, err := s.ch.ReadNotice(raw)
	if err != nil || !same(first, second) {
		t.Fatalf("the same notice read again: %v %v, want what it said the first time: %v", second.Answer, err, first.Answer)
	}
	s.paid("ask", o, s.ask(o))
	s.book(o, 1450, 0)
}

// same reports whether two notices tell the same facts.
func same(a, b channel.Notice) bool {
	x, y := a.Answer, b.Answer
	p, q := a.Refund, b.Refund
	return a.OrderNo == b.OrderNo && a.RefundNo == b.RefundNo &&
		x.Outcome == y.Outcome && x.Amount == y.Amount && x.WalletNo == y.WalletNo && x.PaidAt.Equal(y.PaidAt) && x.Reason == y.Reason &&
		p.Outcome == q.Outcome && p.Amount == q.Amount && p.WalletNo == q.WalletNo && p.DoneAt.Equal(q.DoneAt) && p.Reason == q.Reason
}

// noticeForged: a notice that is not the wallet's is refused. A flipped bit may
// leave the meaning as it was (an escape's hex digit in the other case, padding
// of the signature); then, and only then, may it be taken.
func noticeForged(t *testing.T, r Rig) {
	s := sit(t, r)
	_, raw, n := s.toldShown()
	taken, tried := 0, 0
	for i := range raw.Body {
		body := slices.Clone(raw.Body)
		body[i] ^= 1 << (i % 8)
		tried++
		got, err := s.ch.ReadNotice(channel.RawNotice{Header: raw.Header, Body: body})
		if err == nil && !same(n, got) {
			t.Fatalf("bit %d of byte %d flipped: taken as %v", i%8, i, got)
		}
		if err == nil {
			taken++
		}
	}
	if taken*10 > tried {
		t.Errorf("%d of %d notices with a flipped bit were taken", taken, tried)
	}
	forged := r.Forge(t, raw)
	if len(forged) == 0 {
		t.Error("the rig forges nothing")
	}
	for how, f := range forged {
		if got, err := s.ch.ReadNotice(f); err == nil {
			t.Errorf("forged (%s): taken as %v", how, got)
		}
	}
	for what, f := range map[string]channel.RawNotice{
		"no headers": {Body: raw.Body}, "no body": {Header: raw.Header}, "nothing": {}, "half": {Header: raw.Header, Body: raw.Body[:len(raw.Body)/2]},
	} {
		if got, err := s.ch.ReadNotice(f); err == nil && !same(n, got) {
			t.Errorf("%s: taken as %v", what, got)
		}
	}
}

// noticeReplied: the wallet hears whether its notice was taken, in two ways
// that differ.
func noticeReplied(t *testing.T, r Rig) {
	s := sit(t, r)
	good, bad := s.ch.Reply(nil), s.ch.Reply(guitai.Fail(guitai.Forbidden, guitai.CodeKeyWrong))
	if good.Code/100 != 2 {
		t.Errorf("a notice that was taken is answered with HTTP %d", good.Code)
	}
	if good.Code == bad.Code && string(good.Body) == string(bad.Body) {
		t.Errorf("a notice that was not taken is answered like one that was: HTTP %d %q", bad.Code, bad.Body)
	}
}
