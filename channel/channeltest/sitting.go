package channeltest

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
)

// subject is a channel with all its parts.
type subject struct {
	channel.Channel
	channel.Shower
	channel.Asker
	channel.Ender
	channel.Noticer
}

// parts takes a channel apart; one that lacks a part fails the exam.
func parts(t testing.TB, ch channel.Channel) subject {
	t.Helper()
	shower, ok1 := ch.(channel.Shower)
	asker, ok2 := ch.(channel.Asker)
	ender, ok3 := ch.(channel.Ender)
	noticer, ok4 := ch.(channel.Noticer)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		t.Fatalf("%T is a Shower %t, Asker %t, Ender %t, Noticer %t; the exam wants all", ch, ok1, ok2, ok3, ok4)
	}
	return subject{ch, shower, asker, ender, noticer}
}

// sitting is one examinee at one case. It makes orders, calls the channel, and
// looks through every answer for what no answer may have.
type sitting struct {
	t   testing.TB
	rig Rig
	ch  subject
}

func sit(t testing.TB, r Rig) sitting {
	t.Helper()
	return sitting{t: t, rig: r, ch: parts(t, r.Channel)}
}

// with is the same sitting at another channel.
func (s sitting) with(ch channel.Channel) sitting {
	s.t.Helper()
	s.ch = parts(s.t, ch)
	return s
}

// within is the same sitting where every call ends after d.
func (s sitting) within(d time.Duration) sitting {
	s.rig.Patience = d
	return s
}

// numbers tells orders of one instant apart.
var numbers atomic.Int64

// number makes a merchant order or refund number.
func (s sitting) number(prefix string) string {
	return fmt.Sprintf("%s%d%04d", prefix, s.rig.Now().UnixNano(), numbers.Add(1)%10000)
}

func (s sitting) order(kind guitai.PaymentKind, fen int64) channel.Order {
	return channel.Order{No: s.number("XO"), Kind: kind, Amount: guitai.Fen(fen), Made: s.rig.Now()}
}

func place() channel.Place {
	return channel.Place{Shop: "S001", Till: "T001", Operator: "1001", IP: "127.0.0.1"}
}

// scanOf is the order to charge a payer who behaves like that.
func (s sitting) scanOf(o channel.Order, b Behaviour) channel.Charge {
	s.t.Helper()
	return channel.Charge{Order: o, AuthCode: s.rig.PayerCode(s.t, b), Description: "exam 考试",
		NotifyURL: s.rig.NotifyURL, Place: place()}
}

func (s sitting) ctx() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), s.rig.Patience)
}

func (s sitting) charge(c channel.Charge) channel.Answer {
	s.t.Helper()
	ctx, stop := s.ctx()
	defer stop()
	a := s.ch.Charge(ctx, c)
	s.look("Charge", a.Outcome == channel.Unavailable, a.Messages, c.AuthCode)
	return a
}

func (s sitting) show(o channel.Order) channel.Answer {
	s.t.Helper()
	ctx, stop := s.ctx()
	defer stop()
	a := s.ch.Show(ctx, channel.Show{Order: o, Description: "exam 考试", NotifyURL: s.rig.NotifyURL,
		Expires: s.rig.Now().Add(s.rig.ShowFor), Place: place()})
	s.look("Show", a.Outcome == channel.Unavailable, a.Messages)
	return a
}

func (s sitting) ask(o channel.Order) channel.Answer {
	s.t.Helper()
	ctx, stop := s.ctx()
	defer stop()
	a := s.ch.Ask(ctx, o)
	s.look("Ask", a.Outcome == channel.Unavailable, a.Messages)
	return a
}

func (s sitting) end(o channel.Order) channel.Answer {
	s.t.Helper()
	ctx, stop := s.ctx()
	defer stop()
	a := s.ch.End(ctx, o)
	s.look("End", a.Outcome == channel.Unavailable, a.Messages)
	return a
}

func (s sitting) refund(r channel.Refund) channel.RefundAnswer {
	s.t.Helper()
	ctx, stop := s.ctx()
	defer stop()
	a := s.ch.Refund(ctx, r)
	s.look("Refund", a.Outcome == channel.RefundUnavailable, a.Messages)
	return a
}

func (s sitting) askRefund(r channel.Refund) channel.RefundAnswer {
	s.t.Helper()
	ctx, stop := s.ctx()
	defer stop()
	a := s.ch.AskRefund(ctx, r)
	s.look("AskRefund", a.Outcome == channel.RefundUnavailable, a.Messages)
	return a
}

// look checks the messages that an answer brings: they are there, in bounds,
// and no secret stands in them.
func (s sitting) look(op string, unsent bool, ms []channel.Message, secrets ...string) {
	s.t.Helper()
	if len(ms) == 0 && !unsent {
		s.t.Errorf("%s: an answer without its messages", op)
	}
	for _, m := range ms {
		if m.Op == "" || m.At.IsZero() || len(m.Out) > 4096 || len(m.In) > 4096 {
			s.t.Errorf("%s: message %q at %v with %d bytes out and %d in: want a name, a time and ≤ 4096", op, m.Op, m.At, len(m.Out), len(m.In))
		}
		for _, secret := range append(secrets, s.rig.Secrets...) {
			if secret != "" && strings.Contains(m.Out+"\n"+m.In+"\n"+m.Failure, secret) {
				s.t.Errorf("%s: a secret stands in message %q", op, m.Op)
			}
		}
	}
}

// want fails the case unless a's outcome is one of those.
func (s sitting) want(what string, a channel.Answer, those ...channel.Outcome) {
	s.t.Helper()
	for _, o := range those {
		if a.Outcome == o {
			return
		}
	}
	s.t.Fatalf("%s: outcome %s (reason %q, wallet code %q, %s), want %v", what, a.Outcome, a.Reason, a.WalletCode, told(a.Messages), those)
}

// wantRefund fails the case unless a's outcome is one of those.
func (s sitting) wantRefund(what string, a channel.RefundAnswer, those ...channel.RefundOutcome) {
	s.t.Helper()
	for _, o := range those {
		if a.Outcome == o {
			return
		}
	}
	s.t.Fatalf("%s: outcome %s (reason %q, wallet code %q, %s), want %v", what, a.Outcome, a.Reason, a.WalletCode, told(a.Messages), those)
}

// told writes what came over the wire, for a failure's text.
func told(ms []channel.Message) string {
	var b strings.Builder
	for _, m := range ms {
		fmt.Fprintf(&b, "\n  %s: HTTP %d %q out %s in %s", m.Op, m.HTTP, m.Failure, m.Out, m.In)
	}
	return b.String()
}

// paid checks an answer that says paid against the order.
func (s sitting) paid(what string, o channel.Order, a channel.Answer) {
	s.t.Helper()
	s.want(what, a, channel.Paid)
	if a.Amount != o.Amount || a.WalletNo == "" || a.PaidAt.IsZero() {
		s.t.Errorf("%s: paid %v at %v as %q, want %v, a time and the wallet's number", what, a.Amount, a.PaidAt, a.WalletNo, o.Amount)
	}
	if off := a.PaidAt.Sub(s.rig.Now()); off > time.Minute || off < -time.Minute {
		s.t.Errorf("%s: paid at %v, which is %v from now", what, a.PaidAt, off)
	}
	if a.PaidAt.Location() != time.UTC {
		s.t.Errorf("%s: paid at %v, want UTC", what, a.PaidAt)
	}
}

// book fails the case unless the wallet charged and gave back that much.
func (s sitting) book(o channel.Order, charged, back int64) {
	s.t.Helper()
	b := s.rig.Judge(s.t, o.No)
	charges := 0
	if charged > 0 {
		charges = 1
	}
	if b.Charges != charges || b.ChargedFen != charged || b.BackFen != back {
		s.t.Fatalf("the wallet's book: %d charges of %d fen, %d back; want %d of %d, %d back", b.Charges, b.ChargedFen, b.BackFen, charges, charged, back)
	}
}

// settle asks until the order's outcome is one of those, within Patience.
func (s sitting) settle(what string, o channel.Order, those ...channel.Outcome) channel.Answer {
	s.t.Helper()
	var a channel.Answer
	s.patiently(func() bool {
		a = s.ask(o)
		for _, want := range those {
			if a.Outcome == want {
				return true
			}
		}
		return false
	})
	s.want(what, a, those...)
	return a
}

// patiently does f until it says true, within Patience counted in naps.
func (s sitting) patiently(f func() bool) {
	const nap = 50 * time.Millisecond
	for waited := time.Duration(0); !f() && waited < s.rig.Patience; waited += nap {
		time.Sleep(nap)
	}
}

// shown makes a code and pays it.
func (s sitting) shownPaid(fen int64) channel.Order {
	s.t.Helper()
	o := s.order(guitai.Show, fen)
	a := s.show(o)
	s.want("show", a, channel.Waiting)
	if err := s.rig.Pay(s.t, a.Code); err != nil {
		s.t.Fatalf("the payer could not pay: %v", err)
	}
	got := s.settle("ask after the payer paid", o, channel.Paid)
	s.paid("ask after the payer paid", o, got)
	o.WalletNo = got.WalletNo
	return o
}

// chargeTo charges and gives the answer, or, where a charge is only accepted,
// what asking brings in the end.
func (s sitting) chargeTo(c channel.Charge, end channel.Outcome) channel.Answer {
	s.t.Helper()
	a := s.charge(c)
	if s.rig.Accepts && a.Outcome == channel.Waiting {
		a = s.settle("ask after the charge was accepted", c.Order, end)
	}
	s.want("charge", a, end)
	return a
}

// scanPaid charges a payer who pays at once.
func (s sitting) scanPaid(fen int64) channel.Order {
	s.t.Helper()
	o := s.order(guitai.Scan, fen)
	a := s.chargeTo(s.scanOf(o, Pays), channel.Paid)
	s.paid("charge", o, a)
	o.WalletNo = a.WalletNo
	return o
}

// ripen waits until the order may be ended.
func (s sitting) ripen() {
	s.t.Helper()
	if s.rig.Ripen != nil {
		s.rig.Ripen(s.t)
		return
	}
	time.Sleep(s.rig.EndAfter)
}

// over is what ending a shown code that nobody scanned may bring: closed, or,
// from a wallet that never knew of it and only lets it run out, not found.
func (s sitting) over(o channel.Order) []channel.Outcome {
	if s.ch.Ending(o.Kind) == guitai.EndClose && s.rig.Unscanned == channel.NotFound {
		return []channel.Outcome{channel.Closed, channel.NotFound}
	}
	return []channel.Outcome{channel.Closed}
}
