package office

import (
	"context"
	"errors"
	"io"
	"time"

	"guitai"
	"guitai/store"
)

// Office is the back office. Its fields are set once, before the first call.
type Office struct {
	Store *store.Store
	Now   func() time.Time
	Rand  io.Reader // unpredictable; safe for concurrent use

	hashing chan struct{}
}

// New makes an office. At most two PINs are hashed at once: argon2id takes
// memory on purpose, and a flood of guesses must not take all of it.
func New(st *store.Store, now func() time.Time, rand io.Reader) *Office {
	return &Office{Store: st, Now: now, Rand: rand, hashing: make(chan struct{}, 2)}
}

func (o *Office) now() time.Time { return o.Now().UTC().Truncate(time.Microsecond) }

// Tills lists every till with its shop, for a device that does not know yet
// where it stands.
func (o *Office) Tills(ctx context.Context) ([]guitai.Till, map[guitai.ShopID]guitai.Shop, error) {
	var tills []guitai.Till
	shops := map[guitai.ShopID]guitai.Shop{}
	err := o.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
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

// WhereOf fills in the places and people that a payment names. What it does
// not name is taken from the merchant's first shop; a till stays empty.
func (o *Office) WhereOf(ctx context.Context, p guitai.Payment) (guitai.Where, error) {
	var w guitai.Where
	err := o.Store.Read(ctx, func(tx *store.ReadTx) error {
		all, err := tx.Merchants()
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.ID == p.Merchant {
				w.Merchant = m
			}
		}
		if w.Till, err = tx.Till(p.Till); err != nil && !errors.Is(err, store.ErrNoRow) {
			return err
		}
		if w.Staff, err = tx.Staff(p.Merchant, p.Staff); err != nil && !errors.Is(err, store.ErrNoRow) {
			return err
		}
		shops, err := tx.Shops(p.Merchant)
		if err != nil {
			return err
		}
		for i, s := range shops {
			if i == 0 || s.ID == p.Shop {
				w.Shop = s
			}
		}
		return nil
	})
	return w, err
}

// TillOf reads a till of a merchant.
func (o *Office) TillOf(ctx context.Context, m guitai.MerchantID, id guitai.TillID) (guitai.Till, error) {
	var t guitai.Till
	err := o.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		t, err = tx.Till(id)
		return err
	})
	if errors.Is(err, store.ErrNoRow) || err == nil && t.Merchant != m {
		return guitai.Till{}, guitai.Fail(guitai.NotFound, guitai.CodeTillNotFound)
	}
	return t, err
}

// Goods lists the departments and goods of a merchant.
func (o *Office) Goods(ctx context.Context, m guitai.MerchantID) (deps []guitai.Department, items []guitai.Item, err error) {
	err = o.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		if deps, err = tx.Departments(m); err != nil {
			return err
		}
		items, err = tx.Items(m)
		return err
	})
	return deps, items, err
}

// DayBegins is the instant at which the day of now began in a shop's zone. An
// unknown zone counts as Shanghai's.
func DayBegins(zone string, now time.Time) time.Time {
	loc := Zone(zone)
	y, m, d := now.In(loc).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, loc)
}

// Zone reads a zone's name. Where the machine knows no zones it is China's
// fixed eight hours.
func Zone(name string) *time.Location {
	if loc, err := time.LoadLocation(name); err == nil && name != "" {
		return loc
	}
	return time.FixedZone("Asia/Shanghai", 8*60*60)
}
