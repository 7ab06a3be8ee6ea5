package office

import (
	"context"

	"guitai"
	"guitai/store"
)

// NewPerson is somebody to be hired.
type NewPerson struct {
	Number string
	Name   string
	Role   guitai.Role
	PIN    string
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

// OpenShop makes a merchant with one shop, in one transaction.
func (o *Office) OpenShop(ctx context.Context, n NewShop) (guitai.Merchant, error) {
	hashes := make([]string, len(n.People))
	for i, p := range n.People {
		if !digits(p.Number, 3, 8) || !validPIN(p.PIN) {
			return guitai.Merchant{}, guitai.FailField(guitai.CodeFieldInvalid, "people")
		}
		var err error
		if hashes[i], err = o.hashPIN(ctx, p.PIN); err != nil {
			return guitai.Merchant{}, err
		}
	}
	var m guitai.Merchant
	err := o.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		m.Name, m.CreatedAt = n.Merchant, tx.Now()
		if m.ID, err = guitai.NewID[guitai.MerchantID]("mer", tx.Now(), o.Rand); err != nil {
			return err
		}
		if err := tx.InsertMerchant(m); err != nil {
			return err
		}
		if err := o.furnish(tx, m.ID, n, hashes); err != nil {
			return err
		}
		return o.stock(tx, m.ID, n)
	})
	return m, err
}

// furnish makes the shop, its tills and its people.
func (o *Office) furnish(tx *store.Tx, m guitai.MerchantID, n NewShop, hashes []string) (err error) {
	shop := n.Shop
	shop.Merchant, shop.CreatedAt = m, tx.Now()
	if shop.ID, err = guitai.NewID[guitai.ShopID]("shp", tx.Now(), o.Rand); err != nil {
		return err
	}
	if err := tx.InsertShop(shop); err != nil {
		return err
	}
	for _, t := range n.Tills {
		t.Merchant, t.Shop, t.CreatedAt = m, shop.ID, tx.Now()
		if t.ID, err = guitai.NewID[guitai.TillID]("til", tx.Now(), o.Rand); err != nil {
			return err
		}
		if err := tx.InsertTill(t); err != nil {
			return err
		}
	}
	for i, p := range n.People {
		f := guitai.Staff{Merchant: m, Shop: shop.ID, Number: p.Number, Name: p.Name, Role: p.Role, PINHash: hashes[i],
			CreatedAt: tx.Now()}
		if f.ID, err = guitai.NewID[guitai.StaffID]("stf", tx.Now(), o.Rand); err != nil {
			return err
		}
		if err := tx.InsertStaff(f); err != nil {
			return err
		}
	}
	return nil
}

// stock puts the goods on the shelves.
func (o *Office) stock(tx *store.Tx, m guitai.MerchantID, n NewShop) error {
	for _, d := range n.Departments {
		if err := tx.SaveDepartment(m, d); err != nil {
			return err
		}
	}
	for _, i := range n.Items {
		if err := tx.SaveItem(m, i); err != nil {
			return err
		}
	}
	return nil
}

// Merchants lists all merchants of the house.
func (o *Office) Merchants(ctx context.Context) ([]guitai.Merchant, error) {
	var list []guitai.Merchant
	err := o.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.Merchants()
		return err
	})
	return list, err
}

// SetPrinter says where a till prints: host:port, and the paper's width in
// millimetres.
func (o *Office) SetPrinter(ctx context.Context, t guitai.TillID, printer string, paper int) error {
	return o.Store.InTx(ctx, func(tx *store.Tx) error { return tx.UpdateTillPrinter(t, printer, paper) })
}
