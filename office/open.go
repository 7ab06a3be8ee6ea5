package office

import (
	"context"

	"guitai"
	"guitai/store"
)

// NewPerson is somebody to be hired.
type NewPerson struct {
	Number string // 3 to 8 digits, unlike any other in the shop
	Name   string
	Role   guitai.Role
	PIN    string         // six digits that nobody tries first
	Limits *guitai.Limits // nil: those of the role
}

// NewShop is all that a merchant with one shop needs to sell.
type NewShop struct {
	Merchant    string
	Shop        guitai.Shop   // without IDs
	Tills       []guitai.Till // without IDs
	People      []NewPerson
	Departments []guitai.Department
	Items       []guitai.Item
}

// check refuses what cannot be sold from, with the name of the list at fault.
// Nothing of it is stored then.
func (n NewShop) check() error {
	if _, ok := guitai.Zone(n.Shop.Zone); !ok && n.Shop.Zone != "" && n.Shop.Zone != usualZone {
		return wrong("zone")
	}
	taken := map[string]bool{}
	for _, t := range n.Tills {
		if t.Number == "" || taken[t.Number] || t.Paper != 0 && t.Paper != 58 && t.Paper != 80 {
			return wrong("tills")
		}
		taken[t.Number] = true
	}
	taken = map[string]bool{}
	for _, p := range n.People {
		if !digits(p.Number, shortestNumber, longestNumber) || taken[p.Number] || !validPIN(p.PIN) || !p.Role.AtLeast(guitai.Cashier) {
			return wrong("people")
		}
		taken[p.Number] = true
	}
	departments := map[string]bool{}
	for _, d := range n.Departments {
		if d.ID == "" || departments[d.ID] {
			return wrong("departments")
		}
		departments[d.ID] = true
	}
	taken = map[string]bool{}
	for _, i := range n.Items {
		if i.Code == "" || taken[i.Code] || !departments[i.Department] || !i.Price.Positive() || !i.Price.Currency.Known() {
			return wrong("items")
		}
		taken[i.Code] = true
		for _, b := range i.Barcodes {
			if !guitai.ValidBarcode(b) || taken["barcode "+b] {
				return wrong("items")
			}
			taken["barcode "+b] = true
		}
	}
	return nil
}

func wrong(field string) error { return guitai.FailField(guitai.CodeFieldInvalid, field) }

// OpenShop makes a merchant with one shop, in one transaction.
func (o *Office) OpenShop(ctx context.Context, n NewShop) (guitai.Merchant, error) {
	if err := n.check(); err != nil {
		return guitai.Merchant{}, err
	}
	hashes := make([]string, len(n.People))
	for i, p := range n.People {
		var err error
		if hashes[i], err = o.hashPIN(ctx, p.PIN); err != nil {
			return guitai.Merchant{}, err
		}
	}
	var m guitai.Merchant
	err := o.store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
		m = guitai.Merchant{Name: n.Merchant, CreatedAt: tx.Now()}
		if m.ID, err = guitai.NewID[guitai.MerchantID]("mer", tx.Now(), o.rand); err != nil {
			return err
		}
		if err := tx.InsertMerchant(m); err != nil {
			return err
		}
		if err := o.furnish(tx, m.ID, n, hashes); err != nil {
			return err
		}
		return stock(tx, m.ID, n)
	})
	if err != nil {
		return guitai.Merchant{}, err
	}
	return m, nil
}

// furnish makes the shop, its tills and its people.
func (o *Office) furnish(tx *store.Tx, m guitai.MerchantID, n NewShop, hashes []string) (err error) {
	shop := n.Shop
	shop.Merchant, shop.CreatedAt = m, tx.Now()
	if shop.Zone == "" {
		shop.Zone = usualZone
	}
	if shop.ID, err = guitai.NewID[guitai.ShopID]("shp", tx.Now(), o.rand); err != nil {
		return err
	}
	if err := tx.InsertShop(shop); err != nil {
		return err
	}
	for _, t := range n.Tills {
		t.Merchant, t.Shop, t.CreatedAt = m, shop.ID, tx.Now()
		if t.Paper == 0 {
			t.Paper = 80
		}
		if t.ID, err = guitai.NewID[guitai.TillID]("til", tx.Now(), o.rand); err != nil {
			return err
		}
		if err := tx.InsertTill(t); err != nil {
			return err
		}
	}
	for i, p := range n.People {
		f := guitai.Staff{Merchant: m, Shop: shop.ID, Number: p.Number, Name: p.Name, Role: p.Role, PINHash: hashes[i],
			Limits: p.Limits, CreatedAt: tx.Now()}
		if f.ID, err = guitai.NewID[guitai.StaffID]("stf", tx.Now(), o.rand); err != nil {
			return err
		}
		if f.Changed, err = (By{Merchant: m}).keep(tx, edit{kindStaff, string(f.ID), nil, staffFields(f)}); err != nil {
			return err
		}
		if err := tx.InsertStaff(f); err != nil {
			return err
		}
	}
	return nil
}

// stock puts the goods on the shelves.
func stock(tx *store.Tx, m guitai.MerchantID, n NewShop) (err error) {
	by := By{Merchant: m}
	for _, d := range n.Departments {
		if d.Changed, err = by.keep(tx, edit{kindDepartment, d.ID, nil, departmentFields(d)}); err != nil {
			return err
		}
		if err := tx.SaveDepartment(m, d); err != nil {
			return err
		}
	}
	for _, i := range n.Items {
		if i.Changed, err = by.keep(tx, edit{kindItem, i.Code, nil, itemFields(i)}); err != nil {
			return err
		}
		if err := saveItem(tx, m, i); err != nil {
			return err
		}
	}
	return nil
}
