package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
)

// street is a merchant with a shop, two tills and a cashier.
type street struct {
	merchant guitai.Merchant
	shop     guitai.Shop
	tills    [2]guitai.Till
	staff    guitai.Staff
}

func newStreet(t *testing.T, s *Store) street {
	t.Helper()
	m := guitai.Merchant{ID: "mer-1", Name: "老张包子", CreatedAt: noon}
	x := street{merchant: m, shop: guitai.Shop{ID: "shp-1", Merchant: m.ID, Name: "总店", Address: "人民路 1 号", Phone: "021-1", Zone: "Asia/Shanghai", CreatedAt: noon.Add(time.Second)}}
	for i := range x.tills {
		n := string(rune('1' + i))
		x.tills[i] = guitai.Till{ID: guitai.TillID("til-" + n), Merchant: m.ID, Shop: "shp-1", Number: n, Name: "收银台" + n, Printer: "192.0.2.1:9100", Paper: 58, CreatedAt: noon}
	}
	x.staff = guitai.Staff{ID: "stf-1", Merchant: m.ID, Shop: "shp-1", Number: "1001", Name: "小李", Role: guitai.Cashier, PINHash: "$argon2id$x", CreatedAt: noon}
	write(t, s, func(tx *Tx) error {
		return errors.Join(tx.InsertMerchant(x.merchant), tx.InsertShop(x.shop), tx.InsertTill(x.tills[1]), tx.InsertTill(x.tills[0]), tx.InsertStaff(x.staff))
	})
	return x
}

// TestPlacesAndPeople: merchants, shops, tills and staff as they were written,
// and the rules among them.
func TestPlacesAndPeople(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		x := newStreet(t, s)
		read(t, s, func(tx *ReadTx) error {
			merchants, err1 := tx.Merchants()
			shops, err2 := tx.Shops("mer-1")
			shop, err3 := tx.Shop("mer-1", "shp-1")
			till, err4 := tx.Till("til-2")
			tills, err5 := tx.AllTills()
			byNumber, err6 := tx.StaffByNumber("shp-1", "1001")
			byID, err7 := tx.Staff("mer-1", "stf-1")
			equal(t, "merchants", merchants, []guitai.Merchant{x.merchant})
			equal(t, "shops", shops, []guitai.Shop{x.shop})
			equal(t, "shop", shop, x.shop)
			equal(t, "till", till, x.tills[1])
			equal(t, "tills", tills, x.tills[:])
			equal(t, "staff by number", byNumber, x.staff)
			equal(t, "staff", byID, x.staff)
			for what, err := range map[string]error{
				"shop of another":  second(tx.Shop("mer-2", "shp-1")),
				"till":             second(tx.Till("til-9")),
				"number":           second(tx.StaffByNumber("shp-1", "9")),
				"number elsewhere": second(tx.StaffByNumber("shp-2", "1001")),
				"staff of another": second(tx.Staff("mer-2", "stf-1")),
			} {
				if !errors.Is(err, ErrNoRow) {
					t.Errorf("%s: %v", what, err)
				}
			}
			return errors.Join(err1, err2, err3, err4, err5, err6, err7)
		})
		write(t, s, func(tx *Tx) error { return tx.UpdateTillPrinter("til-1", "", 80) })
		x.tills[0].Printer, x.tills[0].Paper = "", 80
		read(t, s, func(tx *ReadTx) error {
			till, err := tx.Till("til-1")
			equal(t, "printer", till, x.tills[0])
			return err
		})
		till, staff := x.tills[0], x.staff
		till.ID, staff.ID = "til-3", "stf-2"
		wrong := staff
		wrong.Number, wrong.Role = "1002", "king"
		lost := till
		lost.Number, lost.Shop = "7", "shp-9"
		for what, c := range map[string]struct {
			do   func(tx *Tx) error
			rule error
			name string
		}{
			"same till number": {func(tx *Tx) error { return tx.InsertTill(till) }, ErrTaken, "till_by_number"},
			"same number":      {func(tx *Tx) error { return tx.InsertStaff(staff) }, ErrTaken, "staff_by_number"},
			"no such role":     {func(tx *Tx) error { return tx.InsertStaff(wrong) }, ErrCheck, "staff_role_known"},
			"no such shop":     {func(tx *Tx) error { return tx.InsertTill(lost) }, ErrNoParent, ""},
			"same merchant":    {func(tx *Tx) error { return tx.InsertMerchant(x.merchant) }, ErrTaken, "merchant_pkey"},
		} {
			if err := s.InTx(context.Background(), c.do); !errors.Is(err, c.rule) || !Violates(err, c.name) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := s.InTx(context.Background(), func(tx *Tx) error { return tx.UpdateTillPrinter("til-9", "", 58) }); !errors.Is(err, ErrNoRow) {
			t.Errorf("no such till: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// TestSessions: found by the hash of its token until it expires, with all that
// belongs to it.
func TestSessions(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		x := newStreet(t, s)
		full := guitai.Session{ID: "ses-1", Merchant: x.merchant, Shop: x.shop, Till: x.tills[0], Staff: x.staff, CreatedAt: noon, ExpiresAt: noon.Add(time.Hour)}
		short := full
		short.ID, short.ExpiresAt = "ses-2", noon.Add(time.Minute)
		write(t, s, func(tx *Tx) error { return errors.Join(tx.InsertSession("h1", full), tx.InsertSession("h2", short)) })
		there := func(hash string, now time.Time) bool {
			err := s.Read(context.Background(), func(tx *ReadTx) error {
				got, err := tx.Session(hash, now)
				if err == nil && hash == "h1" {
					equal(t, "session", got, full)
				}
				return err
			})
			if err != nil && !errors.Is(err, ErrNoRow) {
				t.Error(err)
			}
			return err == nil
		}
		if !there("h1", noon) || !there("h1", noon.Add(time.Hour-time.Microsecond)) || there("h1", noon.Add(time.Hour)) || there("h9", noon) {
			t.Error("found at the wrong times")
		}
		if err := s.InTx(context.Background(), func(tx *Tx) error { return tx.InsertSession("h1", short) }); !Violates(err, "session_pkey") {
			t.Errorf("one token twice: %v", err)
		}
		write(t, s, func(tx *Tx) error { return tx.DeleteExpiredSessions(noon.Add(time.Minute)) })
		if there("h2", noon) || !there("h1", noon) {
			t.Error("the wrong ones were taken away")
		}
		write(t, s, func(tx *Tx) error { return errors.Join(tx.DeleteSession("h1"), tx.DeleteSession("h1")) })
		if there("h1", noon) {
			t.Error("signed off, and still there")
		}
	})
}

// TestPINTries: counted per shop and number, whether anybody has it or not.
func TestPINTries(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		newStreet(t, s)
		get := func(number string) (p PINTries) {
			read(t, s, func(tx *ReadTx) (err error) { p, err = tx.PINTries("shp-1", number); return err })
			return p
		}
		set := func(number string, p PINTries) {
			write(t, s, func(tx *Tx) error { return tx.SetPINTries("shp-1", number, p) })
		}
		equal(t, "none", get("1001"), PINTries{})
		set("1001", PINTries{Tries: 1})
		set("9999", PINTries{Tries: 3})
		set("1001", PINTries{Tries: 10, LockedUntil: noon})
		equal(t, "ten", get("1001"), PINTries{Tries: 10, LockedUntil: noon})
		equal(t, "of nobody", get("9999"), PINTries{Tries: 3})
		set("1001", PINTries{})
		set("1001", PINTries{})
		equal(t, "right at last", get("1001"), PINTries{})
	})
}

// TestAPIKeys: found by its hash only.
func TestAPIKeys(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		newStreet(t, s)
		k := APIKey{ID: "key-1", Merchant: "mer-1", Name: "webshop", CreatedAt: noon}
		write(t, s, func(tx *Tx) error { return tx.InsertAPIKey("hash", k) })
		read(t, s, func(tx *ReadTx) error {
			got, err := tx.APIKey("hash")
			equal(t, "key", got, k)
			if _, no := tx.APIKey("other"); !errors.Is(no, ErrNoRow) {
				t.Errorf("no such key: %v", no)
			}
			return err
		})
		if err := s.InTx(context.Background(), func(tx *Tx) error { return tx.InsertAPIKey("hash", k) }); !Violates(err, "api_key_pkey") {
			t.Errorf("one key twice: %v", err)
		}
	})
}

// TestGoods: departments and items, new and changed, in their order.
func TestGoods(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		newStreet(t, s)
		tea, food := guitai.Department{ID: "tea", Name: "茶", Place: 2}, guitai.Department{ID: "food", Name: "点心", Place: 1}
		bun := guitai.Item{Code: "b1", Barcodes: []string{"6901234567892"}, Name: "肉包", NameEn: "Pork bun", Department: "food", Price: guitai.Fen(350), Unit: "个", Place: 2}
		cup := guitai.Item{Code: "t1", Name: "龙井", Department: "tea", Price: guitai.Fen(0), Place: 1}
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.SaveDepartment("mer-1", tea), tx.SaveDepartment("mer-1", food), tx.SaveItem("mer-1", bun, ""), tx.SaveItem("mer-1", cup, ""))
		})
		check := func(what string) {
			t.Helper()
			read(t, s, func(tx *ReadTx) error {
				departments, err1 := tx.Departments("mer-1")
				items, err2 := tx.Items("mer-1")
				none, err3 := tx.Items("mer-2")
				equal(t, what, departments, []guitai.Department{food, tea})
				equal(t, what, items, []guitai.Item{cup, bun})
				equal(t, what+": of another", len(none), 0)
				return errors.Join(err1, err2, err3)
			})
		}
		check("new")
		food.Name = "小吃"
		bun = guitai.Item{Code: "b1", Name: "菜包", NameEn: "Bun", Department: "tea", Price: guitai.Money{Fen: 400, Currency: "HKD"}, Unit: "只", Place: 9}
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.SaveDepartment("mer-1", food), tx.SaveItem("mer-1", bun, ""))
		})
		check("changed")
		wrong, lost := bun, bun
		wrong.Price.Fen, lost.Department = -1, "none"
		if err := s.InTx(context.Background(), func(tx *Tx) error { return tx.SaveItem("mer-1", wrong, "") }); !Violates(err, "item_price") {
			t.Errorf("a price below nothing: %v", err)
		}
		if err := s.InTx(context.Background(), func(tx *Tx) error { return tx.SaveItem("mer-1", lost, "") }); !errors.Is(err, ErrNoParent) {
			t.Errorf("no such department: %v", err)
		}
	})
}
