package office

import (
	"context"
	"errors"

	"guitai"
	"guitai/store"
)

func checkDepartment(d guitai.Department) error {
	switch {
	case guitai.ValidID(d.ID) != nil:
		return wrong("id")
	case d.Name == "":
		return guitai.FailField(guitai.CodeFieldMissing, "name")
	case !printed(d.Name, 1, longestGroup):
		return wrong("name")
	case !printed(d.NameEn, 0, longestGroup):
		return wrong("name_en")
	case d.Colour != "" && !colour(d.Colour):
		return wrong("colour")
	case d.Place < 0 || d.Place > mostPlace:
		return wrong("place")
	case d.TaxMilli != nil && (*d.TaxMilli < 0 || *d.TaxMilli > guitai.WholeMilli):
		return wrong("tax_milli")
	}
	return nil
}

// colour reports whether s is #rrggbb in small letters.
func colour(s string) bool {
	if len(s) != 7 || s[0] != '#' {
		return false
	}
	for _, c := range s[1:] {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// PutDepartment stores a department. seen is the number of the change that the
// editor saw, 0 for one that is new.
func (o *Office) PutDepartment(ctx context.Context, by By, d guitai.Department, seen int64) (guitai.Department, error) {
	if err := checkDepartment(d); err != nil {
		return d, err
	}
	var kept guitai.Department
	err := o.store.InSerialTx(ctx, func(tx *store.Tx) error {
		kept = d
		had, err := tx.Department(by.Merchant, d.ID)
		var was fields
		switch {
		case err == nil && !had.Gone:
			was = departmentFields(had)
		case err != nil && !errors.Is(err, store.ErrNoRow):
			return err
		}
		e := edit{kindDepartment, d.ID, was, departmentFields(d)}
		if same, err := e.same(); err != nil || same {
			kept = had
			return err
		}
		if err := mayPut(was, had.Changed, seen, guitai.CodeDepartmentTaken, guitai.CodeDepartmentNotFound); err != nil {
			return err
		}
		if kept.Changed, err = by.keep(tx, e); err != nil {
			return err
		}
		return tx.SaveDepartment(by.Merchant, kept)
	})
	return kept, err
}

// RemoveDepartment takes away a department without items. What is gone already
// is no error.
func (o *Office) RemoveDepartment(ctx context.Context, by By, id string, seen int64) error {
	return o.store.InSerialTx(ctx, func(tx *store.Tx) error {
		had, err := tx.Department(by.Merchant, id)
		switch {
		case errors.Is(err, store.ErrNoRow):
			return guitai.Fail(guitai.NotFound, guitai.CodeDepartmentNotFound)
		case err != nil || had.Gone:
			return err
		}
		if err := fresh(had.Changed, seen); err != nil {
			return err
		}
		n, err := tx.ItemsIn(by.Merchant, id)
		if err != nil {
			return err
		}
		if n > 0 {
			return guitai.Fail(guitai.Conflict, guitai.CodeDepartmentInUse)
		}
		gone := had
		gone.Gone = true
		if gone.Changed, err = by.keep(tx, edit{kindDepartment, id, departmentFields(had), departmentFields(gone)}); err != nil {
			return err
		}
		return tx.SaveDepartment(by.Merchant, gone)
	})
}

// Departments lists the departments of a merchant in their order.
func (o *Office) Departments(ctx context.Context, m guitai.MerchantID) ([]guitai.Department, error) {
	var list []guitai.Department
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.Departments(m)
		return err
	})
	return list, err
}
