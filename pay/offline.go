package pay

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strconv"
	"strings"
	"time"

	"guitai"
	"guitai/ledger"
	"guitai/store"
)

// OfflineRequest is an offline code that a payer's phone brought, proven by who
// knows the till's key (docs/offline-qr.md). Nothing of it is believed before.
type OfflineRequest struct {
	Key      guitai.TillKeyID
	Merchant guitai.MerchantID
	Shop     guitai.ShopID
	Till     guitai.TillID
	Sale     string
	Tender   string
	Amount   guitai.Money
	Nonce    string // hex
	Slot     uint32
	Expires  time.Time // by the server's clock
	// Description is what the payer reads.
	Description string
}

// offlinePrefix begins the IDs of payments that offline codes made.
const offlinePrefix = "off_"

// IsOffline reports whether an offline code made the payment.
func IsOffline(p guitai.Payment) bool { return strings.HasPrefix(string(p.ID), offlinePrefix) }

const (
	// offlineRounds is how often a bill's payment may end without money and be
	// opened anew.
	offlineRounds = 8
	// openFor is how long at least a payer who opened a code in time may pay.
	openFor = 2 * time.Minute
)

// offlineID names the payment of a tender of a bill in one round. Nobody
// outside can reckon it, so nobody can take the name first.
func (s *Switch) offlineID(m guitai.MerchantID, sale, tender string, round int) guitai.PaymentID {
	h := hmac.New(sha256.New, s.Secret)
	h.Write([]byte("guitai offline payment\x00" + string(m) + "\x00" + sale + "\x00" + tender + "\x00" + strconv.Itoa(round)))
	return guitai.PaymentID(offlinePrefix + guitai.Base32(h.Sum(nil)[:16]))
}

// OpenOffline makes the payment that an offline code asks for, or finds it. It
// may be called by many phones on many nodes, with many codes of one bill: they
// all get the one payment of that tender. After the code's time only a payment
// that exists is found.
func (s *Switch) OpenOffline(ctx context.Context, r OfflineRequest) (guitai.Payment, error) {
	p, err := s.openOffline(ctx, r)
	if e := guitai.AsError(err); e != nil && (e.Code == guitai.CodeIDTaken || e.Code == guitai.CodeSaleTaken) {
		// Another code of the same bill may have made it between our look and our
		// insert. If it was another payment, the second look says so again.
		p, err = s.openOffline(ctx, r)
	}
	if err != nil {
		return p, err
	}
	return p, s.Store.InTx(ctx, func(tx *store.Tx) error {
		return tx.SaveOfflineCode(guitai.OfflineCode{Key: r.Key, Nonce: r.Nonce, Merchant: r.Merchant, Sale: r.Sale,
			Tender: r.Tender, Amount: r.Amount, Slot: r.Slot, OpenedAt: tx.Now()})
	})
}

func (s *Switch) openOffline(ctx context.Context, r OfflineRequest) (guitai.Payment, error) {
	var found guitai.Payment
	var fresh guitai.PaymentID
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		if _, err = tx.SettledOtherwise(r.Merchant, r.Sale, r.Tender); err == nil {
			return guitai.Fail(guitai.Conflict, guitai.CodeOfflineSettled)
		}
		if !errors.Is(err, store.ErrNoRow) {
			return err
		}
		found, fresh, err = s.round(tx, r)
		return err
	})
	switch {
	case err != nil:
		return guitai.Payment{}, err
	case fresh == "" && found.Amount != r.Amount:
		return guitai.Payment{}, guitai.Fail(guitai.Conflict, guitai.CodeOfflineAmount)
	case fresh == "":
		return found, nil
	}
	left := r.Expires.Sub(s.now())
	if left <= -offlineDrift {
		return guitai.Payment{}, guitai.Fail(guitai.Conflict, guitai.CodeOfflineExpired)
	}
	return s.Take(ctx, Request{ID: fresh, Merchant: r.Merchant, Shop: r.Shop, Till: r.Till, Amount: r.Amount, Kind: guitai.Show,
		Sale: r.Sale, Tender: r.Tender, Description: r.Description, ExpiresIn: min(max(left, openFor), s.Policy.ShowMax)})
}

// offlineDrift is how far a till's clock may have run off since it was measured.
const offlineDrift = 2 * time.Minute

// round finds the payment of a bill that still counts: the first that has not
// ended without money. When there is none, fresh is the name of the next.
func (s *Switch) round(tx *store.ReadTx, r OfflineRequest) (p guitai.Payment, fresh guitai.PaymentID, err error) {
	for n := range offlineRounds {
		id := s.offlineID(r.Merchant, r.Sale, r.Tender, n)
		p, err = tx.Payment(r.Merchant, id)
		if errors.Is(err, store.ErrNoRow) {
			return p, id, nil
		}
		if err != nil || counts(p) {
			return p, "", err
		}
	}
	return p, "", guitai.Fail(guitai.Conflict, guitai.CodeOfflineRounds)
}

// counts reports whether money was taken for a payment, or still may be. Money
// that lies in suspense goes back by itself: nobody shall pay twice meanwhile.
func counts(p guitai.Payment) bool {
	if p.State != guitai.PaymentFailed && p.State != guitai.PaymentClosed {
		return true
	}
	for _, a := range p.Attempts {
		if a.Suspense != "" {
			return true
		}
	}
	return false
}

// OfflineBill is how a tender of a bill stands at the server, for the till that
// comes back.
type OfflineBill struct {
	Whole   Whole // empty payment: no code of it was opened
	Settled bool  // it was settled otherwise
}

// OfflineOf finds the payment that offline codes of a tender led to: the one
// that counts, else the last.
func (s *Switch) OfflineOf(ctx context.Context, m guitai.MerchantID, sale, tender string) (OfflineBill, error) {
	var b OfflineBill
	if guitai.ValidID(sale) != nil || guitai.ValidID(tender) != nil {
		return b, guitai.FailField(guitai.CodeIDMalformed, "sale")
	}
	err := s.Store.Read(ctx, func(tx *store.ReadTx) error {
		b = OfflineBill{}
		_, err := tx.SettledOtherwise(m, sale, tender)
		if b.Settled = err == nil; err != nil && !errors.Is(err, store.ErrNoRow) {
			return err
		}
		for n := range offlineRounds {
			p, err := tx.Payment(m, s.offlineID(m, sale, tender, n))
			if errors.Is(err, store.ErrNoRow) {
				break
			}
			if err != nil {
				return err
			}
			if b.Whole.Payment = p; counts(p) {
				break
			}
		}
		if b.Whole.Payment.ID == "" {
			return nil
		}
		b.Whole.Suspense, err = tx.SuspenseOf(m, b.Whole.Payment.ID)
		return err
	})
	return b, err
}

// SettledOtherwise says that a tender of a bill was settled without the code
// that was shown for it: cash was taken, or a manager decided. No code of it
// opens any more; an offer that is open is closed; money that is booked moves
// to suspense in the same transaction, and money that still comes goes there at
// once, see settledAlready. Saying it again changes nothing.
func (s *Switch) SettledOtherwise(ctx context.Context, mark guitai.SettledOtherwise) (OfflineBill, error) {
	b, err := s.OfflineOf(ctx, mark.Merchant, mark.Sale, mark.Tender)
	if err != nil {
		return b, err
	}
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		_, err := tx.SettledOtherwise(mark.Merchant, mark.Sale, mark.Tender)
		if err == nil || !errors.Is(err, store.ErrNoRow) {
			return err // said before, or broken
		}
		mark.At = tx.Now()
		if err := tx.SaveSettledOtherwise(mark); err != nil {
			return err
		}
		return s.detach(tx, mark)
	})
	if err != nil {
		return b, err
	}
	if b, err = s.OfflineOf(ctx, mark.Merchant, mark.Sale, mark.Tender); err != nil || b.Whole.Payment.ID == "" || b.Whole.Payment.State.Final() {
		return b, err
	}
	// The mark stands whatever becomes of this: an offer that cannot be closed
	// now lapses, and what is paid till then goes to suspense.
	if _, err := s.Close(ctx, mark.Merchant, b.Whole.Payment.ID); err != nil {
		s.logError("offer of a settled bill not closed", b.Whole.Payment.ID, err)
	}
	return s.OfflineOf(ctx, mark.Merchant, mark.Sale, mark.Tender)
}

// detach moves the booked money of a bill to suspense.
func (s *Switch) detach(tx *store.Tx, mark guitai.SettledOtherwise) error {
	now := s.now()
	for n := range offlineRounds {
		old, err := tx.Payment(mark.Merchant, s.offlineID(mark.Merchant, mark.Sale, mark.Tender, n))
		if errors.Is(err, store.ErrNoRow) {
			return nil
		}
		if err != nil {
			return err
		}
		if old.Booked() == nil {
			if old.State.Final() {
				continue
			}
			// Whoever books money for it at this moment looked for the mark before it
			// was there: the new version makes one of the two look again.
			if _, err := s.touch(tx, old, now); err != nil {
				return err
			}
			continue
		}
		next, c, ok := old.Detach(guitai.SuspenseSettled, now)
		if !ok {
			return guitai.Fail(guitai.Conflict, guitai.CodeNotAttachable)
		}
		next.Version = old.Version + 1
		if err := tx.UpdatePayment(next, old.Version); err != nil {
			return err
		}
		row := store.TimelineRow{Merchant: old.Merchant, Payment: old.ID, Attempt: c.Attempt, At: now, Kind: "state",
			Op: "settled", From: string(c.Before), To: string(c.After)}
		return errors.Join(s.keep(tx, []store.TimelineRow{row}, now), s.book(tx, next, "", ledger.OfDetach(c.Suspense), now),
			s.openSuspense(tx, next, c, now), s.schedule(tx, &next, now),
			s.tell(tx, &next, guitai.PaymentTopic(next.State), "", now))
	}
	return nil
}

// settledAlready sends money to suspense that comes for a bill which was settled
// otherwise. Only payments that offline codes made can be: the others cost no
// look.
func settledAlready(tx *store.Tx, p guitai.Payment, c guitai.Change) (guitai.Payment, guitai.Change, error) {
	if !c.Booked.Positive() || !IsOffline(p) {
		return p, c, nil
	}
	_, err := tx.SettledOtherwise(p.Merchant, p.Sale, p.Tender)
	if errors.Is(err, store.ErrNoRow) {
		return p, c, nil
	}
	if err != nil {
		return p, c, err
	}
	p, c = p.Divert(c, guitai.SuspenseSettled)
	return p, c, nil
}
