package office

import (
	"context"
	"errors"
	"time"

	"guitai"
	"guitai/store"
)

func checkPrice(p guitai.Price) error {
	switch {
	case guitai.ValidID(string(p.ID)) != nil:
		return guitai.FailField(guitai.CodeIDMalformed, "id")
	case p.Fen == 0:
		return guitai.FailField(guitai.CodeAmountZero, "price_fen")
	case p.Fen < 0:
		return guitai.FailField(guitai.CodeAmountNegative, "price_fen")
	case p.Fen > mostPriceFen:
		return guitai.FailField(guitai.CodeAmountTooLarge, "price_fen")
	case p.Segment != "" && guitai.ValidID(p.Segment) != nil:
		return wrong("segment")
	case p.From.IsZero():
		return guitai.FailField(guitai.CodeFieldMissing, "from")
	case p.From.Unix() <= 0 || p.From.Year() > lastYear:
		return wrong("from")
	case p.Until.Year() > lastYear:
		return wrong("until")
	case !p.Until.IsZero() && !p.Until.After(p.From):
		return guitai.FailField(guitai.CodePriceEnds, "until")
	}
	return nil
}

// lastYear is as far as prices go.
const lastYear = 2200

// PutPrice stores a price for a time. seen is the number of the change that the
// editor saw, 0 for one that is new; an empty ID is made here.
func (o *Office) PutPrice(ctx context.Context, by By, p guitai.Price, seen int64) (guitai.Price, error) {
	var err error
	if p.ID == "" {
		if p.ID, err = guitai.NewID[guitai.PriceID]("prc", o.now(), o.rand); err != nil {
			return p, err
		}
	}
	p.From, p.Until = p.From.UTC().Truncate(time.Millisecond), p.Until.UTC().Truncate(time.Millisecond)
	if err := checkPrice(p); err != nil {
		return p, err
	}
	var kept guitai.Price
	err = o.store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
		kept, err = putPrice(tx, by, p, seen)
		return err
	})
	return kept, err
}

func putPrice(tx *store.Tx, by By, p guitai.Price, seen int64) (guitai.Price, error) {
	had, err := tx.Price(by.Merchant, p.ID)
	var was fields
	switch {
	case err == nil && !had.Gone:
		was = priceFields(had)
	case err != nil && !errors.Is(err, store.ErrNoRow):
		return p, err
	}
	e := edit{kindPrice, string(p.ID), was, priceFields(p)}
	if same, err := e.same(); err != nil || same {
		return had, err
	}
	if err := mayPut(was, had.Changed, seen, guitai.CodeIDTaken, guitai.CodePriceNotFound); err != nil {
		return p, err
	}
	i, err := tx.Item(by.Merchant, p.Item)
	if errors.Is(err, store.ErrNoRow) || err == nil && i.Gone {
		err = guitai.FailField(guitai.CodeItemNotFound, "item")
	}
	if err != nil {
		return p, err
	}
	if p.Changed, err = by.keep(tx, e); err != nil {
		return p, err
	}
	return p, tx.SavePrice(by.Merchant, p)
}

// RemovePrice takes a price away. What is gone already is no error.
func (o *Office) RemovePrice(ctx context.Context, by By, id guitai.PriceID, seen int64) error {
	return o.store.InSerialTx(ctx, func(tx *store.Tx) error {
		had, err := tx.Price(by.Merchant, id)
		switch {
		case errors.Is(err, store.ErrNoRow):
			return guitai.Fail(guitai.NotFound, guitai.CodePriceNotFound)
		case err != nil || had.Gone:
			return err
		}
		if err := fresh(had.Changed, seen); err != nil {
			return err
		}
		return dropPrice(tx, by, had)
	})
}

func dropPrice(tx *store.Tx, by By, had guitai.Price) (err error) {
	gone := had
	gone.Gone = true
	if gone.Changed, err = by.keep(tx, edit{kindPrice, string(had.ID), priceFields(had), priceFields(gone)}); err != nil {
		return err
	}
	return tx.SavePrice(by.Merchant, gone)
}

// PriceQuery is which prices are looked for.
type PriceQuery = store.PriceQuery

// PricedItem is a price with what it is the price of.
type PricedItem = store.PricedItem

// Prices lists prices for a time, those that begin last first.
func (o *Office) Prices(ctx context.Context, q PriceQuery) ([]PricedItem, error) {
	var list []PricedItem
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.FindPrices(q)
		return err
	})
	return list, err
}
