package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
)

// TestChangeNumbers: they rise, whatever the clock does, and two writers never
// share one.
func TestChangeNumbers(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		newStreet(t, s)
		var last int64
		for range 3 {
			err := s.InSerialTx(context.Background(), func(tx *Tx) error {
				for range 3 {
					n, err := tx.InsertChange(Change{Merchant: "mer-1", Kind: "item", Thing: "a", Became: "{}"})
					if err != nil || n <= last {
						t.Errorf("after %d comes %d, %v", last, n, err)
					}
					last = n
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		undone := errors.New("undone")
		err := s.InSerialTx(context.Background(), func(tx *Tx) error {
			_, err := tx.InsertChange(Change{Merchant: "mer-1", Kind: "item", Thing: "b"})
			return errors.Join(err, undone)
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		read(t, s, func(tx *ReadTx) error {
			n, err1 := tx.LastChange("mer-1")
			none, err2 := tx.LastChange("mer-2")
			has, err3 := tx.HasChange("mer-1", last)
			alien, err4 := tx.HasChange("mer-2", last)
			page, err5 := tx.Changes("mer-1", "", "", last, 2)
			equal(t, "last", n, last)
			equal(t, "of another", none, int64(0))
			equal(t, "known", [2]bool{has, alien}, [2]bool{true, false})
			if len(page) != 2 || page[0].N >= last || page[0].N <= page[1].N || page[0].Thing != "a" {
				t.Errorf("%+v", page)
			}
			return errors.Join(err1, err2, err3, err4, err5)
		})
	})
}

// TestPricesAndSettings: as they were written, and what they must not be.
func TestPricesAndSettings(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		newStreet(t, s)
		p := guitai.Price{ID: "p1", Item: "b1", Fen: 300, From: noon, Until: noon.Add(time.Hour), Segment: "gold", Changed: 7}
		always := guitai.Price{ID: "p2", Item: "b1", Fen: 290, From: noon.Add(time.Minute), Changed: 8}
		gone := guitai.Price{ID: "p3", Item: "b1", Fen: 1, From: noon, Gone: true, Changed: 9}
		bun := guitai.Item{Code: "b1", Name: "肉包", Department: "food", Price: guitai.Fen(350), Unit: "个"}
		limits := guitai.Limits{DiscountMilli: 1, RefundFen: 2, PriceChange: true}
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.SaveDepartment("mer-1", guitai.Department{ID: "food", Name: "点心"}), tx.SaveItem("mer-1", bun, "b1"),
				tx.SavePrice("mer-1", p), tx.SavePrice("mer-1", always), tx.SavePrice("mer-1", gone),
				tx.SaveSetting("mer-1", OfShop, "shp-1", Setting{`{"a":1}`, 3}), tx.SaveSetting("mer-1", OfShop, "shp-1", Setting{`{}`, 4}),
				tx.SetRoleLimits("mer-1", RoleLimits{guitai.Cashier, &limits, 5}))
		})
		read(t, s, func(tx *ReadTx) error {
			one, err1 := tx.Price("mer-1", "p1")
			_, missing := tx.Price("mer-2", "p1")
			open, err2 := tx.PricesChanged(Rows{Merchant: "mer-1", Limit: 9}, noon)
			told, err3 := tx.PricesChanged(Rows{Merchant: "mer-1", After: 7, Gone: 1, Limit: 9}, noon.Add(2*time.Hour))
			found, err4 := tx.FindPrices(PriceQuery{Merchant: "mer-1", EndsFrom: noon, Limit: 9})
			set, err5 := tx.Setting("mer-1", OfShop, "shp-1")
			none, err6 := tx.Setting("mer-2", OfShop, "shp-1")
			roles, err7 := tx.RoleLimits("mer-1")
			equal(t, "price", one, p)
			equal(t, "open", open, []guitai.Price{p, always})
			equal(t, "told", told, []guitai.Price{always, gone})
			equal(t, "found", found, []PricedItem{{always, "肉包", 350, "个"}, {p, "肉包", 350, "个"}})
			equal(t, "settings", [2]Setting{set, none}, [2]Setting{{`{}`, 4}, {}})
			equal(t, "roles", roles, []RoleLimits{{guitai.Cashier, &limits, 5}})
			if !errors.Is(missing, ErrNoRow) {
				t.Errorf("another merchant's price: %v", missing)
			}
			return errors.Join(err1, err2, err3, err4, err5, err6, err7)
		})
		free, ends, twice := p, p, bun
		free.Fen, ends.Until, twice.Barcodes = 0, noon.Add(-1), []string{"96385074"}
		write(t, s, func(tx *Tx) error { return tx.SaveItem("mer-1", twice, "b1") })
		twice.Code = "b2"
		for name, write := range map[string]func(*Tx) error{
			"price_positive":    func(tx *Tx) error { return tx.SavePrice("mer-1", free) },
			"price_ends":        func(tx *Tx) error { return tx.SavePrice("mer-1", ends) },
			"item_barcode_pkey": func(tx *Tx) error { return tx.SaveItem("mer-1", twice, "b2") },
			"setting_scope":     func(tx *Tx) error { return tx.SaveSetting("mer-1", "street", "x", Setting{}) },
			"role_limit_known": func(tx *Tx) error {
				return tx.SetRoleLimits("mer-1", RoleLimits{Role: "king", Limits: &limits})
			},
		} {
			if err := s.InTx(context.Background(), write); !Violates(err, name) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
