package office

import (
	"context"
	"errors"
	"math"

	"guitai"
	"guitai/store"
)

// pageRows is how many items, or prices, a page of a bundle holds.
const pageRows = 5000

// Bundle is what a till needs to sell without a line, or what changed of it
// since it last asked (docs/till-bundle.md).
type Bundle struct {
	Version     int64 // the number of the last change that it holds
	Full        bool  // it begins anew: what the till has is to be forgotten
	More        bool  // to be asked again, with the version
	Merchant    guitai.Merchant
	Shop        guitai.Shop
	Till        guitai.Till
	Departments []guitai.Department
	Items       []guitai.Item
	Prices      []guitai.Price
	Staff       []guitai.Staff
	Limits      map[guitai.Role]guitai.Limits
	Settings    Settings
}

// LimitsOf are those that count for a person of the bundle.
func (b Bundle) LimitsOf(f guitai.Staff) guitai.Limits { return limitsFor(f, b.Limits) }

func limitsFor(f guitai.Staff, roles map[guitai.Role]guitai.Limits) guitai.Limits {
	if f.Limits != nil {
		return *f.Limits
	}
	return roles[f.Role]
}

// Bundle gives a till what changed since a version. It is one state of the
// database: numbers are committed in their order, so whoever knows all changes
// up to the counter has missed none.
func (o *Office) Bundle(ctx context.Context, m guitai.MerchantID, id guitai.TillID, since int64) (Bundle, error) {
	var b Bundle
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		b = Bundle{}
		if b.Till, err = till(tx, id); err != nil {
			return err
		}
		if b.Till.Merchant != m {
			return noTill()
		}
		if b.Merchant, err = merchant(tx, m); err != nil {
			return err
		}
		if b.Shop, err = tx.Shop(m, b.Till.Shop); err != nil {
			return err
		}
		if b.Settings, err = effective(tx, b.Till); err != nil {
			return err
		}
		if b.Limits, err = roleLimits(tx, m); err != nil {
			return err
		}
		return b.fill(tx, since)
	})
	if err != nil {
		return Bundle{}, err
	}
	return b, nil
}

// fill reads the rows that changed since a version; all of them when it is none
// of ours.
func (b *Bundle) fill(tx *store.ReadTx, since int64) error {
	m := b.Merchant.ID
	known, err := tx.HasChange(m, since)
	if err != nil {
		return err
	}
	w := store.Rows{Merchant: m, After: since, Gone: 1, Limit: pageRows + 1}
	if b.Full = !known; b.Full {
		w.After, w.Gone = 0, 0
	}
	few := w // of these a till gets all with each page: they name what items need
	few.Limit = math.MaxInt32
	var errs [5]error
	b.Version, errs[0] = tx.LastChange(m)
	b.Departments, errs[1] = tx.DepartmentsChanged(few)
	b.Staff, errs[2] = tx.StaffChanged(b.Shop.ID, few)
	b.Items, errs[3] = tx.ItemsChanged(w)
	b.Prices, errs[4] = tx.PricesChanged(w, tx.Now())
	b.cut()
	return errors.Join(errs[:]...)
}

// cut makes a page of what is too much: its version is that of the last row
// with which the page is full.
func (b *Bundle) cut() {
	if len(b.Items) > pageRows {
		b.More, b.Version = true, min(b.Version, b.Items[pageRows-1].Changed)
	}
	if len(b.Prices) > pageRows {
		b.More, b.Version = true, min(b.Version, b.Prices[pageRows-1].Changed)
	}
	if !b.More {
		return
	}
	for i := len(b.Items); i > 0 && b.Items[i-1].Changed > b.Version; i-- {
		b.Items = b.Items[:i-1]
	}
	for i := len(b.Prices); i > 0 && b.Prices[i-1].Changed > b.Version; i-- {
		b.Prices = b.Prices[:i-1]
	}
}

// effective are the settings that count at a till.
func effective(tx *store.ReadTx, t guitai.Till) (Settings, error) {
	shop, till, err := said(tx, t)
	return till.Own.over(shop.Own.over(usualSettings(t))), err
}

// Said is what a shop or till says, with the number of its last change.
type Said struct {
	Own     Settings
	Changed int64 // 0: never
}

func said(tx *store.ReadTx, t guitai.Till) (shop, till Said, err error) {
	var errs [4]error
	var rows [2]store.Setting
	rows[0], errs[0] = tx.Setting(t.Merchant, store.OfShop, string(t.Shop))
	rows[1], errs[1] = tx.Setting(t.Merchant, store.OfTill, string(t.ID))
	shop.Changed, till.Changed = rows[0].Changed, rows[1].Changed
	shop.Own, errs[2] = settingsOf(rows[0].Body)
	till.Own, errs[3] = settingsOf(rows[1].Body)
	return shop, till, errors.Join(errs[:]...)
}

func roleLimits(tx *store.ReadTx, m guitai.MerchantID) (map[guitai.Role]guitai.Limits, error) {
	out := map[guitai.Role]guitai.Limits{}
	for _, r := range []guitai.Role{guitai.Cashier, guitai.Manager, guitai.Owner} {
		out[r] = guitai.UsualLimits(r)
	}
	own, err := tx.RoleLimits(m)
	for _, l := range own {
		out[l.Role] = *l.Limits
	}
	return out, err
}
