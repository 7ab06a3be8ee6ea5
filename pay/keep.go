package pay

import (
	"context"
	"time"

	"guitai"
	"guitai/ledger"
	"guitai/store"
)

// giveBackTries is how often the wallet may refuse to give money in suspense
// back before a person has to look.
const giveBackTries = 3

// KeepRequest keeps money in suspense for investigation.
type KeepRequest struct {
	Merchant guitai.MerchantID
	ID       guitai.SuspenseID
	Note     string // why
}

// Keep takes money out of suspense to be looked into: it is not given back by
// itself any more. It may still be attached or given back. Keeping what is kept
// renews the note.
func (s *Switch) Keep(ctx context.Context, r KeepRequest) (guitai.Suspense, error) {
	var sus guitai.Suspense
	if r.Note == "" || !plain(r.Note, maxNote) {
		return sus, guitai.FailField(guitai.CodeFieldInvalid, "note")
	}
	err := s.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		now := s.now()
		if sus, err = tx.Suspense(r.Merchant, r.ID); err != nil {
			return found(err, guitai.CodeSuspenseNotFound)
		}
		sus.Note = r.Note
		switch sus.State {
		case guitai.SuspenseKept:
			if err := tx.UpdateSuspense(sus); err != nil {
				return err
			}
		case guitai.SuspenseOpen:
			p, err := tx.Payment(r.Merchant, sus.Payment)
			if err != nil {
				return err
			}
			next, err := s.touch(tx, p, now)
			if err != nil {
				return err
			}
			if err := s.keepSuspense(tx, next, sus, now); err != nil {
				return err
			}
		default:
			return guitai.Fail(guitai.Conflict, guitai.CodeNotAttachable)
		}
		sus, err = tx.Suspense(r.Merchant, r.ID)
		return err
	})
	return sus, err
}

// touch gives a payment its next version, under which lines are booked.
func (s *Switch) touch(tx *store.Tx, p guitai.Payment, now time.Time) (guitai.Payment, error) {
	next := p
	next.Version, next.UpdatedAt = p.Version+1, now
	return next, tx.UpdatePayment(next, p.Version)
}

// keepSuspense moves the money; p has the version to book it under.
func (s *Switch) keepSuspense(tx *store.Tx, p guitai.Payment, sus guitai.Suspense, now time.Time) error {
	sus.State, sus.Refund, sus.ReturnAt = guitai.SuspenseKept, "", time.Time{}
	if err := tx.UpdateSuspense(sus); err != nil {
		return err
	}
	if err := tx.Unschedule(store.Job{Kind: JobSuspense, Merchant: sus.Merchant, Key: string(sus.ID)}); err != nil {
		return err
	}
	if err := s.book(tx, p, "", ledger.OfKeep(sus.Amount), now); err != nil {
		return err
	}
	return s.tell(tx, &p, guitai.TopicSuspenseKept, "", now)
}

// unkeep moves kept money back to suspense, from where it is given back.
func (s *Switch) unkeep(tx *store.Tx, p guitai.Payment, sus guitai.Suspense, now time.Time) (guitai.Payment, error) {
	next, err := s.touch(tx, p, now)
	if err != nil {
		return p, err
	}
	return next, s.book(tx, next, "", ledger.OfUnkeep(sus.Amount), now)
}
