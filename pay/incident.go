package pay

import (
	"context"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/store"
)

// raise opens a case for a person, in the transaction that learned of it. What
// was raised before is not raised again.
func (s *Switch) raise(tx *store.Tx, p guitai.Payment, i guitai.Incident) error {
	now := s.now()
	id, err := guitai.NewID[guitai.IncidentID]("inc", now, s.Rand)
	if err != nil {
		return err
	}
	i.ID, i.Merchant, i.Payment, i.CreatedAt = id, p.Merchant, p.ID, now
	fresh, err := tx.OpenIncident(i)
	if err != nil || !fresh {
		return err
	}
	return s.tell(tx, &p, guitai.TopicIncidentOpened, i.Refund, now)
}

// contradiction raises what the wallet says against its own earlier words.
func (s *Switch) contradiction(tx *store.Tx, p guitai.Payment, e guitai.Event) error {
	a := p.Attempt(e.Attempt)
	if e.Kind != guitai.EventClosed || a == nil || !a.Booked || p.RefundHeld != 0 {
		return nil
	}
	return s.raise(tx, p, guitai.Incident{Kind: guitai.IncidentClosedAfterPaid, Attempt: a.N})
}

// Incidents lists the cases of a merchant, newest first.
func (s *Switch) Incidents(ctx context.Context, f store.IncidentFilter) ([]guitai.Incident, error) {
	var list []guitai.Incident
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.Incidents(f)
		return err
	})
	return list, err
}

// IncidentFilter chooses cases; it is the store's.
type IncidentFilter = store.IncidentFilter

// IncidentEnd is how a person closes a case.
type IncidentEnd struct {
	Merchant guitai.MerchantID
	ID       guitai.IncidentID
	Staff    guitai.StaffID
	Note     string
}

const maxNote = 500

// CloseIncident closes a case with a note on how it ended. Closing a closed case
// changes nothing.
func (s *Switch) CloseIncident(ctx context.Context, e IncidentEnd) (guitai.Incident, error) {
	if e.Note == "" || !plain(e.Note, maxNote) {
		return guitai.Incident{}, guitai.FailField(guitai.CodeFieldInvalid, "note")
	}
	var i guitai.Incident
	err := s.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		if i, err = tx.Incident(e.Merchant, e.ID); err != nil || !i.ClosedAt.IsZero() {
			return found(err, guitai.CodeIncidentNotFound)
		}
		if err := tx.CloseIncident(e.Merchant, e.ID, e.Staff, e.Note); err != nil {
			return err
		}
		i, err = tx.Incident(e.Merchant, e.ID)
		return err
	})
	return i, err
}

// confirmAfterReversal has the wallet asked once more, after the reversal that
// is under way: it told meanwhile that the order was paid, which a reversal
// undoes. Should it have told "closed" without giving the money back, the
// question finds it.
func (s *Switch) confirmAfterReversal(tx *store.Tx, p guitai.Payment, e guitai.Event, now time.Time) error {
	a := p.Attempt(e.Attempt)
	if e.Kind != guitai.EventPaid || a == nil || a.State != guitai.AttemptClosing || a.Ending != guitai.EndReverse {
		return nil
	}
	if _, asks := s.channelOf(a.Account).(channel.Asker); !asks {
		return nil
	}
	return scheduleConfirm(tx, p, a.N, now.Add(confirmPause))
}

// confirmPause is how long after it seemed paid an order that is being reversed
// is asked about.
const confirmPause = time.Minute
