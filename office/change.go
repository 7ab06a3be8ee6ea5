package office

import (
	"encoding/json"
	"errors"
	"time"

	"guitai"
	"guitai/store"
)

// By is who changes something of a merchant.
type By struct {
	Merchant guitai.MerchantID
	Staff    guitai.StaffID // empty: a program
	Role     guitai.Role    // a program counts as a manager
}

// role is what the changer may do.
func (b By) role() guitai.Role {
	if b.Staff == "" {
		return guitai.Manager
	}
	return b.Role
}

// Kinds of things whose changes are kept.
const (
	kindItem         = "item"
	kindDepartment   = "department"
	kindPrice        = "price"
	kindStaff        = "staff"
	kindRole         = "role"
	kindShopSettings = "shop_settings"
	kindTillSettings = "till_settings"
)

// fields are a thing as the record of changes keeps it. It never holds a secret.
type fields map[string]any

// edit is one change of one thing.
type edit struct {
	kind, thing string
	was, became fields
}

// same reports whether nothing would change: the same edit twice is one.
func (e edit) same() (bool, error) {
	was, err1 := e.was.text()
	became, err2 := e.became.text()
	return was == became, errors.Join(err1, err2)
}

// keep records a change and returns its number, which its row is stored with.
func (b By) keep(tx *store.Tx, e edit) (int64, error) {
	was, err1 := e.was.text()
	became, err2 := e.became.text()
	if err := errors.Join(err1, err2); err != nil {
		return 0, err
	}
	return tx.InsertChange(store.Change{Merchant: b.Merchant, Staff: b.Staff, Kind: e.kind, Thing: e.thing, Was: was, Became: became})
}

// text is the same for the same fields: encoding/json sorts its keys.
func (f fields) text() (string, error) {
	if f == nil {
		return "", nil
	}
	b, err := json.Marshal(f)
	return string(b), err
}

// fresh refuses an edit of something that was changed since it was read.
func fresh(stored, seen int64) error {
	if stored != seen {
		return guitai.Fail(guitai.Conflict, guitai.CodeChangedMeanwhile)
	}
	return nil
}

func departmentFields(d guitai.Department) fields {
	return fields{"name": d.Name, "name_en": d.NameEn, "colour": d.Colour, "place": d.Place, "tax_milli": d.TaxMilli, "gone": d.Gone}
}

func itemFields(i guitai.Item) fields {
	return fields{"barcodes": i.Barcodes, "name": i.Name, "name_en": i.NameEn, "department": i.Department,
		"price_fen": i.Price.Fen, "currency": i.Price.Currency, "unit": i.Unit, "weighed": i.Weighed, "points_milli": i.PointsMilli,
		"no_discount": i.NoDiscount, "tile": i.Tile, "place": i.Place, "gone": i.Gone}
}

func priceFields(p guitai.Price) fields {
	return fields{"item": p.Item, "price_fen": p.Fen, "from": timeText(p.From), "until": timeText(p.Until), "segment": p.Segment, "gone": p.Gone}
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func limitFields(l guitai.Limits) fields {
	return fields{"discount_milli": l.DiscountMilli, "refund_fen": l.RefundFen, "price_change": l.PriceChange, "drawer": l.Drawer, "void": l.Void}
}

func staffFields(f guitai.Staff) fields {
	out := fields{"number": f.Number, "name": f.Name, "role": f.Role, "gone": f.Gone}
	if f.Limits != nil {
		out["limits"] = limitFields(*f.Limits)
	}
	return out
}
