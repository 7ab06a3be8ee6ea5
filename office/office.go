package office

import (
	"context"
	"errors"
	"io"
	"time"

	"guitai"
	"guitai/store"
)

// Office is the back office. It is made by New, and safe for concurrent use.
type Office struct {
	// Own is how our own codes are written. It is set once, before the office is
	// used; without it no code can be made.
	Own OwnCodes

	store   *store.Store
	clock   func() time.Time
	rand    io.Reader
	hashing chan struct{} // holds a token for each PIN that is being hashed
	slots   chan struct{} // holds a token while digits are being hashed
	keys    *houseKeys    // nil: no secret was given
	rule    OfflineRule
}

// hashesAtOnce: argon2id takes memory on purpose, and a flood of guesses must
// not take all of it.
const hashesAtOnce = 2

// New makes an office. rand must be unpredictable and safe for concurrent use:
// PINs' salts, tokens and keys come from it.
func New(st *store.Store, now func() time.Time, rand io.Reader) *Office {
	return &Office{store: st, clock: now, rand: rand, hashing: make(chan struct{}, hashesAtOnce),
		slots: make(chan struct{}, 1), rule: UsualOffline()}
}

// now is the time in the precision that is stored.
func (o *Office) now() time.Time { return o.clock().UTC().Truncate(time.Microsecond) }

// Tills lists every till with its shop, for a device that does not know yet
// where it stands.
func (o *Office) Tills(ctx context.Context) ([]guitai.Till, map[guitai.ShopID]guitai.Shop, error) {
	var tills []guitai.Till
	var shops map[guitai.ShopID]guitai.Shop
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		shops = map[guitai.ShopID]guitai.Shop{}
		if tills, err = tx.AllTills(); err != nil {
			return err
		}
		for _, t := range tills {
			if _, ok := shops[t.Shop]; ok {
				continue
			}
			if shops[t.Shop], err = tx.Shop(t.Merchant, t.Shop); err != nil {
				return err
			}
		}
		return nil
	})
	return tills, shops, err
}

// WhereOf fills in the places and people that a payment names. Where it names
// no shop, or one that is gone, it is the merchant's first; till and person
// stay empty when they are not known.
func (o *Office) WhereOf(ctx context.Context, p guitai.Payment) (guitai.Where, error) {
	var w guitai.Where
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		w = guitai.Where{}
		if w.Merchant, err = merchant(tx, p.Merchant); err != nil {
			return err
		}
		if w.Shop, err = shopOrFirst(tx, p.Merchant, p.Shop); err != nil {
			return err
		}
		if w.Till, err = tx.Till(p.Till); err != nil && !errors.Is(err, store.ErrNoRow) {
			return err
		}
		if w.Till.Merchant != p.Merchant {
			w.Till = guitai.Till{}
		}
		if w.Staff, err = tx.Staff(p.Merchant, p.Staff); err != nil && !errors.Is(err, store.ErrNoRow) {
			return err
		}
		return nil
	})
	return w, err
}

func merchant(tx *store.ReadTx, id guitai.MerchantID) (guitai.Merchant, error) {
	all, err := tx.Merchants()
	for _, m := range all {
		if m.ID == id {
			return m, nil
		}
	}
	return guitai.Merchant{}, err
}

func shopOrFirst(tx *store.ReadTx, m guitai.MerchantID, id guitai.ShopID) (guitai.Shop, error) {
	shops, err := tx.Shops(m)
	if err != nil || len(shops) == 0 {
		return guitai.Shop{}, err
	}
	for _, s := range shops {
		if s.ID == id {
			return s, nil
		}
	}
	return shops[0], nil
}

// TillOf reads a till of a merchant.
func (o *Office) TillOf(ctx context.Context, m guitai.MerchantID, id guitai.TillID) (guitai.Till, error) {
	var t guitai.Till
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		t, err = till(tx, id)
		return err
	})
	if err == nil && t.Merchant != m {
		err = noTill()
	}
	if err != nil {
		return guitai.Till{}, err
	}
	return t, nil
}

// till reads a till by a name from outside.
func till(tx *store.ReadTx, id guitai.TillID) (guitai.Till, error) {
	if guitai.ValidID(string(id)) != nil {
		return guitai.Till{}, noTill()
	}
	t, err := tx.Till(id)
	if errors.Is(err, store.ErrNoRow) {
		err = noTill()
	}
	return t, err
}

func noTill() error { return guitai.Fail(guitai.NotFound, guitai.CodeTillNotFound) }

// HasShop reports whether a merchant has that shop.
func (o *Office) HasShop(ctx context.Context, m guitai.MerchantID, id guitai.ShopID) (bool, error) {
	if guitai.ValidID(string(id)) != nil {
		return false, nil
	}
	err := o.store.Read(ctx, func(tx *store.ReadTx) error {
		_, err := tx.Shop(m, id)
		return err
	})
	if errors.Is(err, store.ErrNoRow) {
		return false, nil
	}
	return err == nil, err
}

// Goods lists the departments and goods of a merchant.
func (o *Office) Goods(ctx context.Context, m guitai.MerchantID) (deps []guitai.Department, items []guitai.Item, err error) {
	err = o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		if deps, err = tx.Departments(m); err != nil {
			return err
		}
		items, err = tx.Items(m)
		return err
	})
	return deps, items, err
}

// Merchants lists all merchants of the house.
func (o *Office) Merchants(ctx context.Context) ([]guitai.Merchant, error) {
	var list []guitai.Merchant
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.Merchants()
		return err
	})
	return list, err
}

// SetPrinter says where a till prints: host:port, and the paper's width in
// millimetres.
func (o *Office) SetPrinter(ctx context.Context, t guitai.TillID, printer string, paper int) error {
	return o.store.InTx(ctx, func(tx *store.Tx) error { return tx.UpdateTillPrinter(t, printer, paper) })
}
