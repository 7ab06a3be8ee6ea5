package till

import (
	"context"
	"errors"

	"guitai"
	"guitai/store"
)

// Shelf is where bills lie that were laid aside, for all tills of a shop. Its
// field is set once.
type Shelf struct{ Store *store.Store }

// Limits of the shelf.
const (
	mostHolds    = 200 // that wait in one shop
	mostHoldName = 60  // characters
	mostHoldText = 60_000
)

// Put lays a bill aside. The same again is fine, also after another till has
// taken it: the answer to the first may have been lost. What has been taken or
// is over is never changed.
func (s *Shelf) Put(ctx context.Context, h guitai.Hold) (guitai.Hold, error) {
	switch {
	case guitai.ValidID(string(h.ID)) != nil:
		return h, guitai.FailField(guitai.CodeIDMalformed, "id")
	case guitai.ValidID(string(h.Sale)) != nil:
		return h, guitai.FailField(guitai.CodeIDMalformed, "sale")
	case len([]rune(h.Name)) > mostHoldName:
		return h, guitai.FailField(guitai.CodeFieldInvalid, "name")
	case len(h.Lines) > mostHoldText:
		return h, guitai.FailField(guitai.CodeFieldInvalid, "lines")
	case h.Member != "" && guitai.ValidID(string(h.Member)) != nil:
		return h, guitai.FailField(guitai.CodeIDMalformed, "member")
	}
	err := s.Store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
		h, err = put(tx, h)
		return err
	})
	return h, err
}

func put(tx *store.Tx, h guitai.Hold) (guitai.Hold, error) {
	had, err := tx.Hold(h.Merchant, h.ID)
	taken := guitai.Fail(guitai.Conflict, guitai.CodeHoldTaken)
	switch {
	case err == nil && (had.Shop != h.Shop || had.State != guitai.HoldWaiting && !had.SameBill(h)):
		return had, taken
	case err == nil && (had.State != guitai.HoldWaiting || had.SameBill(h)):
		return had, nil
	case err == nil && had.Till != h.Till:
		return had, taken
	case err != nil && !errors.Is(err, store.ErrNoRow):
		return had, err
	case err != nil:
		waiting, err := tx.Holds(h.Merchant, h.Shop, mostHolds)
		if err != nil {
			return h, err
		}
		if len(waiting) >= mostHolds {
			return h, guitai.Fail(guitai.Limited, guitai.CodeHoldsFull)
		}
	}
	h.State, h.TakenBy, h.MadeAt = guitai.HoldWaiting, "", tx.Now()
	if err := tx.SaveHold(h); err != nil {
		return h, err
	}
	return tx.Hold(h.Merchant, h.ID)
}

// Waiting lists the bills that wait in a shop, the oldest first.
func (s *Shelf) Waiting(ctx context.Context, m guitai.MerchantID, shop guitai.ShopID) ([]guitai.Hold, error) {
	var list []guitai.Hold
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.Holds(m, shop, mostHolds)
		return err
	})
	return list, err
}

// Take gives a bill to one till, and to no other after that. The same till gets
// it again: its answer may have been lost.
func (s *Shelf) Take(ctx context.Context, m guitai.MerchantID, id guitai.HoldID, by guitai.Till) (guitai.Hold, error) {
	var h guitai.Hold
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		var err error
		h, err = tx.Hold(m, id)
		switch {
		case errors.Is(err, store.ErrNoRow) || err == nil && (h.State == guitai.HoldGone || h.Shop != by.Shop):
			return guitai.Fail(guitai.NotFound, guitai.CodeHoldNotFound)
		case err != nil || h.State == guitai.HoldTaken && h.TakenBy == by.ID:
			return err
		case h.State == guitai.HoldTaken:
			return guitai.Fail(guitai.Conflict, guitai.CodeHoldTaken)
		}
		err = tx.TakeHold(m, id, by.ID)
		if errors.Is(err, store.ErrNoRow) {
			return guitai.Fail(guitai.Conflict, guitai.CodeHoldTaken)
		}
		if err == nil {
			h, err = tx.Hold(m, id)
		}
		return err
	})
	return h, err
}

// End ends a hold: its bill was completed or cancelled. It may come before the
// hold itself, which is then never stored as waiting.
func (s *Shelf) End(ctx context.Context, m guitai.MerchantID, id guitai.HoldID, by guitai.Till) error {
	return s.Store.InSerialTx(ctx, func(tx *store.Tx) error {
		h, err := tx.Hold(m, id)
		switch {
		case err == nil && h.Shop != by.Shop:
			return guitai.Fail(guitai.NotFound, guitai.CodeHoldNotFound)
		case errors.Is(err, store.ErrNoRow):
			h = guitai.Hold{Merchant: m, ID: id, Shop: by.Shop, Till: by.ID, Lines: "[]"}
		case err != nil || h.State == guitai.HoldGone:
			return err
		}
		return tx.EndHold(h)
	})
}
