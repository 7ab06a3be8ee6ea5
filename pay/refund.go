package pay

import (
	"context"
	"crypto/hmac"
	"errors"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/ledger"
	"guitai/store"
)

// RefundRequest asks for money to go back. For a void, Amount is empty and Day
// is when the shop's present day began.
type RefundRequest struct {
	ID       guitai.RefundID
	Merchant guitai.MerchantID
	Payment  guitai.PaymentID
	Amount   guitai.Money
	Reason   string
	Staff    guitai.StaffID
	Day      time.Time
	Leave    Leave // for what a rule puts under a manager
}

const maxReason = 80

// Refund gives a part or all of a payment back. The same request under the
// same ID is done once. A refund that was stored comes back without an error,
// whatever became of it.
func (s *Switch) Refund(ctx context.Context, r RefundRequest) (guitai.Refund, error) {
	if err := s.checkAmount(r.Amount); err != nil {
		return guitai.Refund{}, err
	}
	return s.refund(ctx, r, guitai.RefundPart)
}

// Void undoes a payment of the shop's present day as a whole. It is a refund
// of its own kind, so that a void and a refund can never both happen.
func (s *Switch) Void(ctx context.Context, r RefundRequest) (guitai.Refund, error) {
	return s.refund(ctx, r, guitai.RefundVoid)
}

func (s *Switch) refund(ctx context.Context, r RefundRequest, kind guitai.RefundKind) (guitai.Refund, error) {
	if r.ID != "" && guitai.ValidID(string(r.ID)) != nil {
		return guitai.Refund{}, guitai.FailField(guitai.CodeIDMalformed, "id")
	}
	if !plain(r.Reason, maxReason) {
		return guitai.Refund{}, guitai.FailField(guitai.CodeFieldInvalid, "reason")
	}
	if err := s.Ready(ctx); err != nil {
		return guitai.Refund{}, err
	}
	var p guitai.Payment
	var ref guitai.Refund
	var fresh bool
	var v verdict
	intend := func(tx *store.Tx) (err error) {
		s.limits.forget(v) // of an earlier run
		v = verdict{}
		p, ref, fresh, err = s.intendRefund(tx, r, kind)
		if err != nil || !fresh {
			return err
		}
		a := refundAct(p, ref)
		v = s.limits.judge(a, tx.Now(), everyRule)
		r.Leave.use = string(ref.ID)
		return s.leave(tx, v, a, r.Leave)
	}
	err := s.Store.InTx(ctx, intend)
	if store.Violates(err, "refund_pkey") {
		err = s.Store.InTx(ctx, intend) // the same request was stored between our look and our insert
	}
	if err != nil || !fresh {
		s.limits.forget(v)
		return ref, err
	}
	return s.sendRefund(ctx, p, ref, nil)
}

func refundAct(p guitai.Payment, r guitai.Refund) guitai.Act {
	return guitai.Act{Deed: guitai.DeedRefund, Merchant: p.Merchant, Shop: p.Shop, Till: p.Till, Kind: p.Kind, Wallet: p.Wallet,
		Amount: r.Amount}
}

// intendRefund stores the intention and holds its amount against the payment,
// or finds the refund stored already.
func (s *Switch) intendRefund(tx *store.Tx, r RefundRequest, kind guitai.RefundKind) (p guitai.Payment, ref guitai.Refund, fresh bool, err error) {
	now := s.now()
	mac := s.refundMAC(r, kind)
	if r.ID != "" {
		ref, err = tx.Refund(r.Merchant, r.ID)
		if err == nil {
			if !hmac.Equal(ref.RequestMAC, mac) {
				err = guitai.Fail(guitai.Conflict, guitai.CodeIDTaken)
			}
			return p, ref, false, err
		}
		if !errors.Is(err, store.ErrNoRow) {
			return p, ref, false, err
		}
	}
	if p, err = tx.Payment(r.Merchant, r.Payment); err != nil {
		return p, ref, false, found(err, guitai.CodePaymentNotFound)
	}
	amount, err := refundable(p, r, kind)
	if err != nil {
		return p, ref, false, err
	}
	ref, err = s.newRefund(p, p.Booked().N, kind, amount, now)
	if err != nil {
		return p, ref, false, err
	}
	if r.ID != "" {
		ref.ID = r.ID
	}
	ref.Reason, ref.Staff, ref.RequestMAC = r.Reason, r.Staff, mac
	next := p
	next.RefundHeld += amount.Fen
	next.Version, next.UpdatedAt = p.Version+1, now
	if err := tx.UpdatePayment(next, p.Version); err != nil {
		if errors.Is(err, store.ErrCheck) {
			err = guitai.Fail(guitai.Conflict, guitai.CodeRefundExceeds, err)
		}
		return p, ref, false, err
	}
	return next, ref, true, s.insertRefund(tx, next, ref, now)
}

func (s *Switch) refundMAC(r RefundRequest, kind guitai.RefundKind) []byte {
	r.Staff, r.Day, r.Leave = "", time.Time{}, Leave{}
	return s.mac(struct {
		Kind guitai.RefundKind
		R    RefundRequest
	}{kind, r})
}

// refundable says how much a request may give back, or why nothing.
func refundable(p guitai.Payment, r RefundRequest, kind guitai.RefundKind) (guitai.Money, error) {
	if p.State != guitai.PaymentPaid {
		return guitai.Money{}, guitai.Fail(guitai.Conflict, guitai.CodePaymentNotPaid)
	}
	if kind == guitai.RefundVoid {
		if p.RefundHeld != 0 || p.PaidAt.Before(r.Day) {
			return guitai.Money{}, guitai.Fail(guitai.Conflict, guitai.CodeNotVoidable)
		}
		return p.Amount, nil
	}
	if r.Amount.Currency != p.Amount.Currency {
		return guitai.Money{}, guitai.FailField(guitai.CodeCurrencyUnknown, "amount.currency")
	}
	if r.Amount.Fen > p.Refundable() {
		return guitai.Money{}, guitai.Fail(guitai.Conflict, guitai.CodeRefundExceeds)
	}
	return r.Amount, nil
}

func (s *Switch) newRefund(p guitai.Payment, attempt int, kind guitai.RefundKind, amount guitai.Money, now time.Time) (guitai.Refund, error) {
	id, err := guitai.NewID[guitai.RefundID]("ref", now, s.Rand)
	if err != nil {
		return guitai.Refund{}, err
	}
	no, err := s.newNo("r", now)
	if err != nil {
		return guitai.Refund{}, err
	}
	r := guitai.Refund{ID: id, Merchant: p.Merchant, Payment: p.ID, Attempt: attempt, Kind: kind, Amount: amount,
		RefundNo: no, State: guitai.RefundCreated, Version: 1, CreatedAt: now}
	r, _ = r.Apply(s.sendEvent(now), now)
	return r, nil
}

func (s *Switch) sendEvent(now time.Time) guitai.RefundEvent {
	sendBy := now.Add(s.Policy.SendWithin)
	return guitai.RefundEvent{Kind: guitai.RefundEventSend, SendBy: sendBy,
		BelieveAt: sendBy.Add(s.Policy.CallTimeout + s.Policy.Lag)}
}

func (s *Switch) insertRefund(tx *store.Tx, p guitai.Payment, r guitai.Refund, now time.Time) error {
	if err := tx.InsertRefund(r); err != nil {
		return err
	}
	if err := s.scheduleRefund(tx, p, &r, now); err != nil {
		return err
	}
	return s.tell(tx, &p, guitai.RefundTopic(r.State), r.ID, now)
}

func (s *Switch) scheduleRefund(tx *store.Tx, p guitai.Payment, r *guitai.Refund, now time.Time) error {
	next := s.PlanRefund(r, now)
	if next.Action == ActNone {
		return tx.Unschedule(store.Job{Kind: JobRefund, Merchant: r.Merchant, Key: string(r.ID)})
	}
	return tx.Schedule(store.Job{Kind: JobRefund, Merchant: r.Merchant, Key: string(r.ID), Account: p.Attempt(r.Attempt).Account, RunAt: next.At})
}

// sendRefund calls the channel and stores the outcome.
func (s *Switch) sendRefund(ctx context.Context, p guitai.Payment, r guitai.Refund, j *store.Job) (guitai.Refund, error) {
	ans := channel.RefundAnswer{Outcome: channel.RefundUnavailable, Reason: guitai.CodeNotSent}
	a := p.Attempt(r.Attempt)
	ch := s.channelOf(a.Account) // nil: the account was taken out of the configuration
	if began := s.now(); ch != nil && !began.After(r.SendBy) {
		if j == nil {
			s.pace.count(a.Account, began)
		}
		call, cancel := s.deadline(ctx, r.SendBy)
		ans = ch.Refund(call, s.channelRefund(p, *a, r))
		cancel()
		s.feltRefund(ctx, a.Account, ans.Outcome, began)
	}
	e := refundEventOf(ans)
	e.SendBy = r.SendBy
	next, err := s.recordRefund(context.WithoutCancel(ctx), r, e, ans.Messages, j)
	if err != nil {
		s.logError("outcome of a refund not stored", r.Payment, err)
		r.State = guitai.RefundUnknown
		return r, nil
	}
	return next, nil
}

func (s *Switch) channelRefund(p guitai.Payment, a guitai.Attempt, r guitai.Refund) channel.Refund {
	o := channelOrder(p, a)
	o.Amount = a.Charged
	cr := channel.Refund{No: r.RefundNo, Order: o, Amount: r.Amount, Reason: r.Reason, Made: r.CreatedAt}
	if acc, ok := s.accountByID(a.Account); ok {
		cr.NotifyURL = acc.NotifyURL
	}
	return cr
}

// recordRefund is the one corridor for refunds: event, state, money, entries,
// job and news in one transaction.
func (s *Switch) recordRefund(ctx context.Context, r guitai.Refund, e guitai.RefundEvent, msgs []channel.Message, j *store.Job) (guitai.Refund, error) {
	var next guitai.Refund
	err := s.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		if j != nil {
			if err := tx.FinishJob(*j); err != nil {
				return err
			}
		}
		next, err = s.recordRefundIn(tx, r, e, msgs)
		return err
	})
	return next, err
}

func (s *Switch) recordRefundIn(tx *store.Tx, r guitai.Refund, e guitai.RefundEvent, msgs []channel.Message) (guitai.Refund, error) {
	now := s.now()
	old, err := tx.Refund(r.Merchant, r.ID)
	if err != nil {
		return r, err
	}
	next, c := old.Apply(e, now)
	rows := wireRows(old.Merchant, old.Payment, old.ID, msgs)
	if !c.Nothing() {
		rows = append(rows, store.TimelineRow{Merchant: old.Merchant, Payment: old.Payment, Refund: old.ID, Attempt: old.Attempt,
			At: now, Kind: "state", From: string(c.From), To: string(c.To), Op: "refund " + string(e.Kind), Failure: e.WalletCode})
	}
	if err := s.keep(tx, rows, now); err != nil {
		return old, err
	}
	if c.Nothing() {
		p, err := tx.Payment(old.Merchant, old.Payment)
		if err == nil {
			err = s.refundContradiction(tx, p, old, e)
		}
		if err != nil {
			return old, err
		}
		return old, s.scheduleRefund(tx, p, &old, now)
	}
	next.Version = old.Version + 1
	if err := tx.UpdateRefund(next, old.Version); err != nil {
		return old, err
	}
	p, err := s.settleRefund(tx, next, c, now)
	if err != nil {
		return old, err
	}
	if err := s.scheduleRefund(tx, p, &next, now); err != nil {
		return old, err
	}
	if next.State == guitai.RefundStuck {
		err := s.raise(tx, p, guitai.Incident{Kind: guitai.IncidentRefundStuck, Refund: next.ID, Attempt: next.Attempt})
		if err != nil {
			return old, err
		}
	}
	return next, s.tell(tx, &p, guitai.RefundTopic(next.State), next.ID, now)
}

// refundContradiction raises a refund that the wallet refused and then did.
func (s *Switch) refundContradiction(tx *store.Tx, p guitai.Payment, r guitai.Refund, e guitai.RefundEvent) error {
	if e.Kind != guitai.RefundEventDone || r.State != guitai.RefundFailed {
		return nil
	}
	return s.raise(tx, p, guitai.Incident{Kind: guitai.IncidentRefundDoneAfterNo, Refund: r.ID, Attempt: r.Attempt})
}

// settleRefund books what a refund's change did to money: what went back, and
// what is no longer held.
func (s *Switch) settleRefund(tx *store.Tx, r guitai.Refund, c guitai.RefundChange, now time.Time) (guitai.Payment, error) {
	old, err := tx.Payment(r.Merchant, r.Payment)
	if err != nil || c.Done.Fen == 0 && c.LetGo.Fen == 0 {
		return old, err
	}
	p := old
	if r.Kind != guitai.RefundGiveBack {
		p.Refunded += c.Done.Fen
		p.RefundHeld -= c.LetGo.Fen
	}
	p.Version, p.UpdatedAt = old.Version+1, now
	if err := tx.UpdatePayment(p, old.Version); err != nil {
		return old, err
	}
	if r.Kind == guitai.RefundGiveBack {
		if err := s.settleSuspense(tx, p, r, c, now); err != nil {
			return old, err
		}
	}
	if c.Done.Fen == 0 {
		return p, nil
	}
	lines := ledger.OfRefund(old, r)
	return p, s.book(tx, p, r.ID, lines, now)
}

// AdvanceRefund does the next thing for a refund whose time has come.
func (s *Switch) AdvanceRefund(ctx context.Context, j store.Job) error {
	r, err := s.GetRefund(ctx, j.Merchant, guitai.RefundID(j.Key))
	if err != nil {
		return err
	}
	next := s.PlanRefund(&r, j.Due.Add(-time.Microsecond))
	switch {
	case next.Action == ActNone:
		return s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.FinishJob(j) })
	case s.now().Before(next.At):
		return s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.DelayJob(j, next.At) })
	}
	if ok, err := s.inTurn(ctx, j); !ok {
		return err
	}
	p, err := s.Get(ctx, r.Merchant, r.Payment)
	if err != nil {
		return err
	}
	if next.Action == ActSend {
		return s.resendRefund(ctx, p, r, j)
	}
	return s.askRefund(ctx, p, r, j)
}

// resendRefund sends a refund again that is proven not to be at the wallet,
// under the same number.
func (s *Switch) resendRefund(ctx context.Context, p guitai.Payment, r guitai.Refund, j store.Job) error {
	err := s.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		if err := tx.FenceHolds(j, s.now()); err != nil {
			return err
		}
		r, err = s.recordRefundIn(tx, r, s.sendEvent(s.now()), nil)
		return err
	})
	if err != nil || r.State != guitai.RefundAsked {
		return err
	}
	_, err = s.sendRefund(ctx, p, r, &j)
	return err
}

// overdue reports whether the wallet had its time for a refund: a person has to
// call it. What becomes of the money, only the wallet's word says.
func (s *Switch) overdue(r guitai.Refund, now time.Time) bool {
	return !now.Before(r.CreatedAt.Add(s.Policy.RefundPatience))
}

func (s *Switch) askRefund(ctx context.Context, p guitai.Payment, r guitai.Refund, j store.Job) error {
	a := p.Attempt(r.Attempt)
	if r.State == guitai.RefundAsked {
		var err error
		if r, err = s.recordRefund(ctx, r, guitai.RefundEvent{Kind: guitai.RefundEventUnknown}, nil, nil); err != nil {
			return err
		}
	}
	asker, ok := s.channelOf(a.Account).(channel.Asker)
	if !ok {
		return s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.FinishJob(j) })
	}
	asked := s.now()
	call, cancel := s.deadline(ctx, asked)
	ans := asker.AskRefund(call, s.channelRefund(p, *a, r))
	cancel()
	s.feltRefund(ctx, a.Account, ans.Outcome, asked)
	e := refundEventOf(ans)
	e.At = asked
	if e.Kind == guitai.RefundEventUnavailable {
		e.Kind = guitai.RefundEventUnknown
	}
	if s.overdue(r, asked) && (e.Kind == guitai.RefundEventUnknown || e.Kind == guitai.RefundEventAccepted) {
		e.Kind, e.Failure = guitai.RefundEventStuck, guitai.CodeRefundOverdue
	}
	_, err := s.recordRefund(context.WithoutCancel(ctx), r, e, ans.Messages, &j)
	return err
}

// refundNotice takes in a notice about a refund.
func (s *Switch) refundNotice(ctx context.Context, id guitai.AccountID, n channel.Notice) error {
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		r, err := tx.RefundByNo(n.RefundNo)
		if err != nil {
			return found(err, guitai.CodeRefundNotFound)
		}
		p, err := tx.Payment(r.Merchant, r.Payment)
		if err != nil {
			return err
		}
		if a := p.Attempt(r.Attempt); a == nil || a.Account != id {
			return guitai.Fail(guitai.NotFound, guitai.CodeRefundNotFound)
		}
		_, err = s.recordRefundIn(tx, r, refundEventOf(n.Refund), []channel.Message{n.Message})
		return err
	})
}

// refundEventOf says what an answer means for a refund.
func refundEventOf(ans channel.RefundAnswer) guitai.RefundEvent {
	e := guitai.RefundEvent{WalletNo: ans.WalletNo, WalletCode: ans.WalletCode, Failure: ans.Reason, DoneAt: ans.DoneAt}
	switch ans.Outcome {
	case channel.RefundDone:
		e.Kind = guitai.RefundEventDone
	case channel.RefundPending:
		e.Kind = guitai.RefundEventAccepted
	case channel.RefundDeclined:
		e.Kind = guitai.RefundEventDeclined
	case channel.RefundStuck:
		e.Kind = guitai.RefundEventStuck
	case channel.RefundNotFound:
		e.Kind = guitai.RefundEventNotFound
	case channel.RefundUnavailable:
		e.Kind = guitai.RefundEventUnavailable
	default:
		e.Kind = guitai.RefundEventUnknown
	}
	return e
}
