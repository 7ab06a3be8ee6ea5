package pay

import (
	"context"
	"time"

	"guitai"
	"guitai/ledger"
	"guitai/store"
)

// openSuspense keeps money that counts for nothing, in the transaction that
// learned of it, and sets the time at which it is given back by itself.
func (s *Switch) openSuspense(tx *store.Tx, p guitai.Payment, c guitai.Change, now time.Time) error {
	id, err := guitai.NewID[guitai.SuspenseID]("sus", now, s.Rand)
	if err != nil {
		return err
	}
	sus := guitai.Suspense{ID: id, Merchant: p.Merchant, Payment: p.ID, Attempt: c.Attempt, Amount: c.Suspense,
		Why: c.Why, State: guitai.SuspenseOpen, ReturnAt: now.Add(s.Policy.SuspenseFor), CreatedAt: now, Version: 1}
	if err := tx.InsertSuspense(sus); err != nil {
		return err
	}
	if err := s.scheduleSuspense(tx, p, sus); err != nil {
		return err
	}
	return s.tell(tx, &p, guitai.TopicSuspenseOpened, "", now)
}

func (s *Switch) scheduleSuspense(tx *store.Tx, p guitai.Payment, sus guitai.Suspense) error {
	return tx.Schedule(store.Job{Kind: JobSuspense, Merchant: sus.Merchant, Key: string(sus.ID), Account: p.Attempt(sus.Attempt).Account, RunAt: sus.ReturnAt})
}

// Attach counts money in suspense for its payment after all: a person decided
// that the goods went with it. The payment must have found no other money, and
// its bill no other payment.
func (s *Switch) Attach(ctx context.Context, m guitai.MerchantID, id guitai.SuspenseID) (guitai.Payment, error) {
	var next guitai.Payment
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		now := s.now()
		sus, err := tx.Suspense(m, id)
		if err != nil {
			return found(err, guitai.CodeSuspenseNotFound)
		}
		p, err := tx.Payment(m, sus.Payment)
		if err != nil {
			return err
		}
		var ok bool
		if next, _, ok = p.Attach(sus.Attempt, now); !ok || sus.State != guitai.SuspenseOpen && sus.State != guitai.SuspenseKept {
			return guitai.Fail(guitai.Conflict, guitai.CodeNotAttachable)
		}
		lines := ledger.OfAttach(sus.Amount)
		if sus.State == guitai.SuspenseKept {
			lines = append(ledger.OfUnkeep(sus.Amount), lines...)
		}
		next.Version = p.Version + 1
		if err := tx.UpdatePayment(next, p.Version); err != nil {
			return saleTaken(err)
		}
		sus.State, sus.ResolvedAt = guitai.SuspenseAttached, now
		if err := tx.UpdateSuspense(sus); err != nil {
			return err
		}
		if err := s.book(tx, next, "", lines, now); err != nil {
			return err
		}
		if err := tx.Unschedule(store.Job{Kind: JobSuspense, Merchant: m, Key: string(id)}); err != nil {
			return err
		}
		if err := s.tell(tx, &next, guitai.TopicSuspenseAttached, "", now); err != nil {
			return err
		}
		return s.tell(tx, &next, guitai.PaymentTopic(next.State), "", now)
	})
	return next, err
}

// GiveBack gives money in suspense back through one ordinary refund. Asking
// again returns the refund that is under way.
func (s *Switch) GiveBack(ctx context.Context, m guitai.MerchantID, id guitai.SuspenseID) (guitai.Refund, error) {
	return s.giveBack(ctx, m, id, nil)
}

// ReturnSuspense is the job that gives money back whose time is over.
func (s *Switch) ReturnSuspense(ctx context.Context, j store.Job) error {
	ok, err := s.inTurn(ctx, j)
	if ok {
		_, err = s.giveBack(ctx, j.Merchant, guitai.SuspenseID(j.Key), &j)
	}
	return err
}

func (s *Switch) giveBack(ctx context.Context, m guitai.MerchantID, id guitai.SuspenseID, j *store.Job) (guitai.Refund, error) {
	var p guitai.Payment
	var r guitai.Refund
	var fresh bool
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		fresh = false // of an earlier run
		if j != nil {
			if err := tx.FinishJob(*j); err != nil {
				return err
			}
		}
		now := s.now()
		sus, err := tx.Suspense(m, id)
		if err != nil {
			return found(err, guitai.CodeSuspenseNotFound)
		}
		if p, err = tx.Payment(m, sus.Payment); err != nil {
			return err
		}
		switch {
		case sus.State == guitai.SuspenseAttached && j != nil:
			return nil // a person was faster
		case sus.State == guitai.SuspenseAttached:
			return guitai.Fail(guitai.Conflict, guitai.CodeNotAttachable)
		case sus.State == guitai.SuspenseKept && j != nil:
			return nil
		case sus.State == guitai.SuspenseKept:
			if p, err = s.unkeep(tx, p, sus, now); err != nil {
				return err
			}
		case sus.State != guitai.SuspenseOpen:
			r, err = tx.Refund(m, sus.Refund)
			return err
		}
		if r, err = s.newRefund(p, sus.Attempt, guitai.RefundGiveBack, sus.Amount, now); err != nil {
			return err
		}
		fresh, r.Suspense = true, sus.ID
		sus.State, sus.Refund = guitai.SuspenseReturning, r.ID
		if err := tx.UpdateSuspense(sus); err != nil {
			return err
		}
		if err := tx.Unschedule(store.Job{Kind: JobSuspense, Merchant: m, Key: string(id)}); err != nil {
			return err
		}
		return s.insertRefund(tx, p, r, now)
	})
	if err != nil || !fresh {
		return r, err
	}
	return s.sendRefund(ctx, p, r, nil)
}

// settleSuspense follows the refund that gives money in suspense back: done
// ends it, a definite no opens it again and tries later.
func (s *Switch) settleSuspense(tx *store.Tx, p guitai.Payment, r guitai.Refund, c guitai.RefundChange, now time.Time) error {
	sus, err := tx.Suspense(r.Merchant, r.Suspense)
	if err != nil {
		return err
	}
	if c.Done.Fen != 0 {
		sus.State, sus.ResolvedAt = guitai.SuspenseReturned, now
		if err := tx.UpdateSuspense(sus); err != nil {
			return err
		}
		return s.tell(tx, &p, guitai.TopicSuspenseReturned, r.ID, now)
	}
	sus.Refused++
	if sus.Refused >= giveBackTries {
		if err := s.raise(tx, p, guitai.Incident{Kind: guitai.IncidentGiveBackRefused, Refund: r.ID, Attempt: r.Attempt}); err != nil {
			return err
		}
		return s.keepSuspense(tx, p, sus, now)
	}
	sus.State, sus.Refund, sus.ReturnAt = guitai.SuspenseOpen, "", now.Add(s.Policy.SuspenseFor)
	if err := tx.UpdateSuspense(sus); err != nil {
		return err
	}
	return s.scheduleSuspense(tx, p, sus)
}
