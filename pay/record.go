package pay

import (
	"context"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/ledger"
	"guitai/store"
)

// attemptRef names one attempt of one payment.
type attemptRef struct {
	merchant guitai.MerchantID
	payment  guitai.PaymentID
	attempt  int
}

func ref(p guitai.Payment, attempt int) attemptRef {
	return attemptRef{p.Merchant, p.ID, attempt}
}

// record stores what a call, a notice or an answer brought (transaction 2).
// All doors end here.
func (s *Switch) record(ctx context.Context, at attemptRef, ans channel.Answer) (guitai.Payment, guitai.Change, error) {
	return s.apply(ctx, at, eventOf(at.attempt, ans), ans.Messages)
}

// apply runs one event through Payment.Apply and stores everything that
// follows from it in one transaction.
func (s *Switch) apply(ctx context.Context, at attemptRef, e guitai.Event, msgs []channel.Message) (guitai.Payment, guitai.Change, error) {
	var p guitai.Payment
	var c guitai.Change
	err := s.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		p, c, err = s.applyIn(tx, at, e, msgs)
		return err
	})
	return p, c, err
}

func (s *Switch) applyIn(tx *store.Tx, at attemptRef, e guitai.Event, msgs []channel.Message) (guitai.Payment, guitai.Change, error) {
	now := s.now()
	old, err := tx.Payment(at.merchant, at.payment)
	if err != nil {
		return old, guitai.Change{}, err
	}
	if late(old, e) {
		return old, guitai.Change{}, s.confirmLater(tx, old, e.Attempt, timelineOf(old, e, guitai.Change{}, msgs, now))
	}
	next, c := old.Apply(e, now)
	if next, c, err = settledAlready(tx, next, c); err != nil {
		return old, c, err
	}
	if err := s.keep(tx, timelineOf(old, e, c, msgs, now), now); err != nil {
		return old, c, err
	}
	if c.Nothing() {
		if err := s.contradiction(tx, old, e); err != nil {
			return old, c, err
		}
		if err := s.confirmAfterReversal(tx, old, e, now); err != nil {
			return old, c, err
		}
		return old, c, s.schedule(tx, &old, now)
	}
	next, err = s.store(tx, old, next, c, now)
	return next, c, err
}

// late reports whether the event tells of money for an attempt that had ended,
// and may itself be older than that end: a notice, or an answer to a question
// put before. The money may have gone back since. Only the wallet's word from
// after the end makes it late money.
func late(p guitai.Payment, e guitai.Event) bool {
	a := p.Attempt(e.Attempt)
	ended := a != nil && (a.State == guitai.AttemptFailed || a.State == guitai.AttemptClosed)
	return e.Kind == guitai.EventPaid && ended && !e.At.After(p.UpdatedAt.Add(maxSkew))
}

// confirmLater keeps what came and has the wallet asked again.
func (s *Switch) confirmLater(tx *store.Tx, p guitai.Payment, attempt int, rows []store.TimelineRow) error {
	now := s.now()
	if err := s.keep(tx, rows, now); err != nil {
		return err
	}
	return scheduleConfirm(tx, p, attempt, latest(now, p.UpdatedAt.Add(maxSkew+time.Millisecond)))
}

// store writes a changed payment with its entries, suspense, job and news.
func (s *Switch) store(tx *store.Tx, old, next guitai.Payment, c guitai.Change, now time.Time) (guitai.Payment, error) {
	next.Version = old.Version + 1
	if err := tx.UpdatePayment(next, old.Version); err != nil {
		return old, saleTaken(err)
	}
	if err := s.book(tx, next, guitai.RefundID(""), ledger.OfChange(next, c), now); err != nil {
		return old, err
	}
	if c.Suspense.Positive() {
		if err := s.openSuspense(tx, next, c, now); err != nil {
			return old, err
		}
	}
	if err := s.schedule(tx, &next, now); err != nil {
		return old, err
	}
	if c.Before != c.After {
		return next, s.tell(tx, &next, guitai.PaymentTopic(c.After), "", now)
	}
	return next, nil
}

// book stores balanced lines. The subject (payment or refund) with its version
// makes them unique: the same change cannot be booked twice.
func (s *Switch) book(tx *store.Tx, p guitai.Payment, r guitai.RefundID, lines []ledger.Line, now time.Time) error {
	if len(lines) == 0 {
		return nil
	}
	if err := ledger.Balanced(lines); err != nil {
		return guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	entries := make([]store.Entry, len(lines))
	for i, l := range lines {
		entries[i] = store.Entry{Merchant: p.Merchant, Payment: p.ID, Version: p.Version, Line: i + 1,
			Refund: r, Account: string(l.Account), Money: l.Money, At: now}
	}
	return tx.InsertEntries(entries)
}

// schedule sets the payment's one job to what is next for it, or takes the job
// away when nothing is.
func (s *Switch) schedule(tx *store.Tx, p *guitai.Payment, now time.Time) error {
	next := s.Plan(p, now)
	if next.Action == ActNone {
		return tx.Unschedule(store.Job{Kind: JobPayment, Merchant: p.Merchant, Key: string(p.ID)})
	}
	j := store.Job{Kind: JobPayment, Merchant: p.Merchant, Key: string(p.ID), RunAt: next.At}
	if a := p.Live(); a != nil {
		j.Account = a.Account
	}
	return tx.Schedule(j)
}

// tell writes news. It is announced after the commit, by others.
func (s *Switch) tell(tx *store.Tx, p *guitai.Payment, topic guitai.Topic, r guitai.RefundID, now time.Time) error {
	id, err := guitai.NewID[guitai.EventID]("evt", now, s.Rand)
	if err != nil {
		return err
	}
	return tx.InsertNews(guitai.News{ID: id, Merchant: p.Merchant, Shop: p.Shop, Till: p.Till,
		Topic: topic, Payment: p.ID, Refund: r, At: now})
}

// eventOf says what an answer means for an attempt.
func eventOf(attempt int, ans channel.Answer) guitai.Event {
	e := guitai.Event{Attempt: attempt, WalletNo: ans.WalletNo, Payer: ans.Payer, WalletCode: ans.WalletCode, Reason: ans.Reason}
	switch ans.Outcome {
	case channel.Paid:
		e.Kind, e.Money, e.PaidAt = guitai.EventPaid, ans.Amount, ans.PaidAt
		if !ans.Amount.Positive() {
			e.Kind = guitai.EventUnknown // "paid nothing" says nothing
		}
	case channel.Waiting:
		e.Kind, e.Code, e.CodeExpires = guitai.EventWaiting, ans.Code, ans.CodeExpires
	case channel.Declined:
		e.Kind = guitai.EventDeclined
	case channel.Closed:
		e.Kind = guitai.EventClosed
	case channel.NotFound:
		e.Kind = guitai.EventNotFound
	case channel.EndRefused:
		e.Kind = guitai.EventEndRefused
	case channel.Unavailable:
		e.Kind = guitai.EventUnavailable
	default:
		e.Kind = guitai.EventUnknown
	}
	return e
}

// timelineOf is what the record keeps of one event: the messages on the wire
// and the change that they brought.
func timelineOf(p guitai.Payment, e guitai.Event, c guitai.Change, msgs []channel.Message, now time.Time) []store.TimelineRow {
	rows := wireRows(p.Merchant, p.ID, "", msgs)
	for i := range rows {
		rows[i].Attempt = e.Attempt
	}
	if !c.Nothing() && c.From != c.To {
		rows = append(rows, store.TimelineRow{Merchant: p.Merchant, Payment: p.ID, Attempt: e.Attempt, At: now,
			Kind: "state", From: string(c.From), To: string(c.To), Op: string(e.Kind), Failure: e.WalletCode})
	}
	return rows
}

func wireRows(m guitai.MerchantID, p guitai.PaymentID, r guitai.RefundID, msgs []channel.Message) []store.TimelineRow {
	rows := make([]store.TimelineRow, 0, len(msgs)+1)
	for _, m2 := range msgs {
		rows = append(rows, store.TimelineRow{Merchant: m, Payment: p, Refund: r, At: m2.At, Kind: "message",
			Op: m2.Op, Out: m2.Out, In: m2.In, HTTP: m2.HTTP, Took: m2.Took, Failure: m2.Failure})
	}
	return rows
}

func (s *Switch) logError(what string, id guitai.PaymentID, err error) {
	if s.Log != nil {
		s.Log.Error(what, "payment", string(id), "err", err)
	}
}

// keep appends to what is remembered about a payment.
func (s *Switch) keep(tx *store.Tx, rows []store.TimelineRow, now time.Time) error {
	for i := range rows {
		id, err := guitai.NewID[guitai.MessageID]("msg", now, s.Rand)
		if err != nil {
			return err
		}
		rows[i].ID = id
	}
	return tx.AppendTimeline(rows)
}
