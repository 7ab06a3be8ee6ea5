package pay

import (
	"context"

	"guitai"
	"guitai/channel"
	"guitai/store"
)

// The kinds of job that the switch does. Each is keyed by the ID of its thing.
const (
	JobPayment  = "payment"  // go on with a payment
	JobRefund   = "refund"   // go on with a refund
	JobConfirm  = "confirm"  // ask whether late money is real
	JobSuspense = "suspense" // give money in suspense back
)

// Advance does the next thing for a payment whose time has come. It may run
// twice or late: each step is decided from what is stored.
func (s *Switch) Advance(ctx context.Context, j store.Job) error {
	p, err := s.Get(ctx, j.Merchant, guitai.PaymentID(j.Key))
	if err != nil {
		return err
	}
	next := s.nextOf(&p, j)
	if next.Action == ActNone {
		return s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.FinishJob(j) })
	}
	if s.now().Before(next.At) {
		return s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.DelayJob(j, next.At) })
	}
	if p.Live() == nil {
		_, err = s.endOffer(ctx, ref(p, 0), guitai.CodeCodeLapsed, &j)
		return err
	}
	if ok, err := s.inTurn(ctx, j); !ok {
		return err
	}
	if next.Action == ActAsk {
		_, err = s.ask(ctx, p, &j)
		return err
	}
	return s.end(ctx, p, next.Action, "", &j)
}

// Ask asks the wallet about a payment now, for a cashier who does not want to
// wait for the next turn. A payment that has its end is returned as it stands.
func (s *Switch) Ask(ctx context.Context, m guitai.MerchantID, id guitai.PaymentID) (guitai.Payment, error) {
	p, err := s.Get(ctx, m, id)
	if err != nil {
		return p, err
	}
	a := p.Live()
	if a == nil || a.State == guitai.AttemptAsked && s.now().Before(a.SendBy.Add(s.Policy.CallTimeout)) {
		return p, nil
	}
	s.pace.count(a.Account, s.now())
	return s.ask(ctx, p, nil)
}

// ask puts the question and stores the answer. An attempt that has been
// waiting for its call's answer for too long becomes unknown first.
func (s *Switch) ask(ctx context.Context, p guitai.Payment, j *store.Job) (guitai.Payment, error) {
	a := *p.Live()
	asker, ok := s.channelOf(a.Account).(channel.Asker)
	if !ok {
		return s.recordAs(ctx, ref(p, a.N), guitai.Event{Attempt: a.N, Kind: guitai.EventUnknown}, nil, j)
	}
	if a.State == guitai.AttemptAsked {
		var err error
		if p, _, err = s.apply(ctx, ref(p, a.N), guitai.Event{Attempt: a.N, Kind: guitai.EventUnknown}, nil); err != nil {
			return p, err
		}
		if p.Live() == nil {
			return p, nil // the answer came in after all
		}
	}
	asked := s.now()
	call, cancel := s.deadline(ctx, asked)
	ans := asker.Ask(call, channelOrder(p, a))
	cancel()
	s.felt(ctx, a.Account, ans.Outcome, asked)
	e := eventOf(a.N, ans)
	e.At = asked
	if e.Kind == guitai.EventUnavailable {
		// The question was not sent; that says nothing about the order.
		e.Kind = guitai.EventUnknown
	}
	return s.recordAs(ctx, ref(p, a.N), e, ans.Messages, j)
}

// recordAs stores an event and, for a job, finishes the job in the same
// transaction under its fence: a node that lost its lease writes nothing.
func (s *Switch) recordAs(ctx context.Context, at attemptRef, e guitai.Event, msgs []channel.Message, j *store.Job) (guitai.Payment, error) {
	var p guitai.Payment
	err := s.Store.InTx(context.WithoutCancel(ctx), func(tx *store.Tx) (err error) {
		if j != nil {
			if err := tx.FinishJob(*j); err != nil {
				return err
			}
		}
		p, _, err = s.applyIn(tx, at, e, msgs)
		return err
	})
	return p, err
}

// Close ends a payment that was not taken: nobody may begin to pay it any more,
// and it closes or reverses the order at the wallet and does not call it closed
// before the wallet confirmed. A payment that was paid is a conflict; void or
// refund it.
func (s *Switch) Close(ctx context.Context, m guitai.MerchantID, id guitai.PaymentID) (guitai.Payment, error) {
	p, err := s.Get(ctx, m, id)
	if err != nil {
		return p, err
	}
	if p.Offer.Open() {
		if p, err = s.endOffer(ctx, ref(p, 0), guitai.CodeClosedByMerchant, nil); err != nil {
			return p, err
		}
	}
	a := p.Live()
	switch {
	case p.State == guitai.PaymentClosed || p.State == guitai.PaymentFailed:
		return p, nil
	case a == nil || a.State == guitai.AttemptHeld:
		return p, guitai.Fail(guitai.Conflict, guitai.CodePaymentNotOpen)
	case a.State == guitai.AttemptClosing:
		return p, nil
	}
	action, ok := s.ending(p, a)
	if !ok {
		return p, guitai.Fail(guitai.Conflict, guitai.CodePaymentNotOpen)
	}
	if err := s.end(ctx, p, action, guitai.CodeClosedByMerchant, nil); err != nil {
		return p, err
	}
	return s.Get(ctx, m, id)
}

// ending says how an attempt can be ended, if it can.
func (s *Switch) ending(p guitai.Payment, a *guitai.Attempt) (Action, bool) {
	ender, ok := s.channelOf(a.Account).(channel.Ender)
	switch {
	case !ok || a.NoEnd:
		return ActNone, false
	case ender.Ending(p.Kind) == guitai.EndReverse:
		return ActReverse, true
	}
	return ActClose, true
}

// end stores that the attempt is being ended, then ends it at the wallet if
// its time has come. Without a reason the clock did it.
func (s *Switch) end(ctx context.Context, p guitai.Payment, action Action, why guitai.Code, j *store.Job) error {
	a := *p.Live()
	if a.State != guitai.AttemptClosing {
		e := guitai.Event{Attempt: a.N, Kind: guitai.EventClose, Reason: why, EndAt: s.reversible(&a, action)}
		if action == ActReverse {
			e.Kind = guitai.EventReverse
		}
		if why == "" {
			e.Reason = reasonOf(p, a)
		}
		next, c, err := s.begin(ctx, ref(p, a.N), e, j)
		if err != nil {
			return err
		}
		live := next.Live()
		if c.Nothing() || live == nil || live.State != guitai.AttemptClosing {
			return s.free(ctx, j) // another door was faster
		}
		p, a = next, *live
	}
	if s.now().Before(a.EndAt) {
		return s.free(ctx, j) // the job that was stored with it will do it
	}
	if j != nil {
		// A node that stood still for longer than its lease must not act.
		err := s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.FenceHolds(*j, s.now()) })
		if err != nil {
			return err
		}
	}
	sent := s.now()
	if j == nil {
		s.pace.count(a.Account, sent)
	}
	call, cancel := s.deadline(ctx, sent)
	ans := s.channelOf(a.Account).(channel.Ender).End(call, channelOrder(p, a))
	cancel()
	s.felt(ctx, a.Account, ans.Outcome, sent)
	e := eventOf(a.N, ans)
	e.At = sent
	switch e.Kind {
	case guitai.EventUnavailable, guitai.EventDeclined:
		e.Kind = guitai.EventUnknown // the ending was refused or not sent: try again
	}
	next, err := s.recordAs(ctx, ref(p, a.N), e, ans.Messages, j)
	if err != nil {
		return err
	}
	if live := next.Live(); e.Kind == guitai.EventEndRefused && live != nil {
		_, err = s.ask(ctx, next, nil)
	}
	return err
}

// begin stores that an ending is about to be sent, under the job's fence.
func (s *Switch) begin(ctx context.Context, at attemptRef, e guitai.Event, j *store.Job) (p guitai.Payment, c guitai.Change, err error) {
	err = s.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		if j != nil {
			if err := tx.FenceHolds(*j, s.now()); err != nil {
				return err
			}
		}
		p, c, err = s.applyIn(tx, at, e, nil)
		return err
	})
	return p, c, err
}

// free gives back a job that was scheduled anew while it was held, so that its
// next run need not wait for the end of the lease.
func (s *Switch) free(ctx context.Context, j *store.Job) error {
	if j == nil {
		return nil
	}
	return s.Store.InTx(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.FinishJob(*j) })
}

// reasonOf says why an attempt is ended when no person did it.
func reasonOf(p guitai.Payment, a guitai.Attempt) guitai.Code {
	if p.Kind == guitai.Show && a.State == guitai.AttemptWaiting && a.Code != "" {
		return guitai.CodeCodeLapsed
	}
	return guitai.CodeReversedNoAnswer
}
