package office_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"guitai"
	"guitai/internal/testkit"
	"guitai/office"
	"guitai/store"
)

// place is a shop whose goods are changed.
type place struct {
	*desk
	m    guitai.MerchantID
	till guitai.TillID
	by   office.By
}

func (d *desk) place(t testing.TB, n office.NewShop) place {
	t.Helper()
	m, err := d.OpenShop(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	tills, _, err := d.Tills(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := place{desk: d, m: m.ID, by: office.By{Merchant: m.ID}}
	for _, one := range tills {
		if one.Merchant == m.ID {
			p.till = one.ID
		}
	}
	return p
}

// kept is what a till has in its browser: rows by their names.
type kept struct {
	version int64
	rows    map[string]any
}

// renew follows the bundle to its end, as a till does.
func (k *kept) renew(t interface {
	Fatal(...any)
}, p place) {
	for more := true; more; {
		b, err := p.Bundle(context.Background(), p.m, p.till, k.version)
		if err != nil {
			t.Fatal(err)
		}
		if b.Full {
			k.rows = map[string]any{}
		}
		for _, d := range b.Departments {
			k.put("department "+d.ID, d.Gone, d)
		}
		for _, i := range b.Items {
			k.put("item "+i.Code, i.Gone, i)
		}
		for _, r := range b.Prices {
			k.put("price "+string(r.ID), r.Gone, r)
		}
		for _, f := range b.Staff {
			k.put("staff "+string(f.ID), f.Gone, [3]any{f.Number, f.Name, b.LimitsOf(f)})
		}
		k.version, more = b.Version, b.More
	}
}

func (k *kept) put(name string, gone any, row any) {
	if gone == true {
		delete(k.rows, name)
		return
	}
	k.rows[name] = row
}

// TestDifferencesMakeTheWhole: whatever is changed between, a till that follows
// differences has in the end exactly what a new till gets.
func TestDifferencesMakeTheWhole(t *testing.T) {
	p := open(t, testkit.SQLite(t), rand.Reader).place(t, newShop("一家"))
	rapid.Check(t, func(r *rapid.T) {
		var old kept
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			if rapid.Bool().Draw(r, "renew") {
				old.renew(r, p)
			}
			p.anything(r)
		}
		old.renew(r, p)
		var whole kept
		whole.renew(r, p)
		if !reflect.DeepEqual(old, whole) {
			for k := range whole.rows {
				if !reflect.DeepEqual(old.rows[k], whole.rows[k]) {
					r.Errorf("%s: %+v, want %+v", k, old.rows[k], whole.rows[k])
				}
			}
			r.Fatalf("%d rows, want %d; version %d, want %d", len(old.rows), len(whole.rows), old.version, whole.version)
		}
	})
}

// anything makes one change, or one that is refused.
func (p place) anything(r *rapid.T) {
	code := rapid.SampledFrom([]string{"1", "2", "3", "4"}).Draw(r, "code")
	had, _, err := p.Item(context.Background(), p.m, code)
	seen := had.Changed
	if err != nil {
		seen = 0
	}
	switch rapid.IntRange(0, 6).Draw(r, "what") {
	case 0, 1, 2:
		i := guitai.Item{Code: code, Name: rapid.SampledFrom([]string{"水", "茶", "糖"}).Draw(r, "name"), Unit: "个",
			Department: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "department"), Price: guitai.Fen(rapid.Int64Range(0, 5).Draw(r, "price"))}
		if rapid.Bool().Draw(r, "barcode") {
			i.Barcodes = []string{rapid.SampledFrom([]string{"96385074", "6901234567892"}).Draw(r, "which")}
		}
		_, err = p.PutItem(context.Background(), p.by, i, seen)
	case 3:
		err = p.RemoveItem(context.Background(), p.by, code, seen)
	case 4:
		_, err = p.PutPrice(context.Background(), p.by, guitai.Price{Item: code, Fen: 90, From: p.now()}, 0)
	case 5:
		var d guitai.Department
		for _, one := range p.departments(r) {
			if one.ID == "c" {
				d = one
			}
		}
		if d.Changed != 0 && rapid.Bool().Draw(r, "away") {
			err = p.RemoveDepartment(context.Background(), p.by, "c", d.Changed)
		} else {
			_, err = p.PutDepartment(context.Background(), p.by, guitai.Department{ID: "c", Name: code}, d.Changed)
		}
	case 6:
		roles, err1 := p.Roles(context.Background(), p.m)
		l := roles[0]
		l.Limits.DiscountMilli = rapid.Int64Range(0, 100_000).Draw(r, "limit")
		_, err2 := p.SetRole(context.Background(), office.By{Merchant: p.m, Staff: "stf_x", Role: guitai.Owner}, l)
		err = errors.Join(err1, err2)
	}
	if e := guitai.AsError(err); err != nil && (e == nil || e.Kind == guitai.Internal) {
		r.Fatal(err)
	}
}

func (p place) now() time.Time { return time.Now() }

func (p place) departments(r *rapid.T) []guitai.Department {
	list, err := p.Departments(context.Background(), p.m)
	if err != nil {
		r.Fatal(err)
	}
	return list
}

// TestBundleBetweenWriters: while many write at once, a till that asks again and
// again misses nothing; and of two who change one thing, one is told.
func TestBundleBetweenWriters(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		p := open(t, dsn, rand.Reader).place(t, newShop("一家"))
		const writers, each = 4, 12
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for n := range each {
					i := guitai.Item{Code: fmt.Sprintf("%d-%d", w, n), Name: "水", Unit: "瓶", Department: "a", Price: guitai.Fen(100), Place: n + 1}
					for {
						_, err := p.PutItem(t.Context(), p.by, i, 0)
						if err == nil {
							break
						}
						if !guitai.Unavailable.Is(err) {
							t.Error(err)
							return
						}
					}
				}
			})
		}
		done := make(chan struct{})
		go func() { wg.Wait(); close(done) }()
		var till kept
		for over := false; !over; {
			select {
			case <-done:
				over = true
			default:
			}
			till.renew(t, p)
		}
		var whole kept
		whole.renew(t, p)
		if !reflect.DeepEqual(till, whole) || len(whole.rows) < writers*each {
			t.Errorf("the till has %d rows, a new one %d", len(till.rows), len(whole.rows))
		}
		p.twoEditors(t)
	})
}

func (p place) twoEditors(t *testing.T) {
	had, _, err := p.Item(t.Context(), p.m, "1")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for n := range errs {
		wg.Go(func() {
			mine := had
			mine.Price = guitai.Fen(int64(500 + n))
			_, errs[n] = p.PutItem(t.Context(), p.by, mine, had.Changed)
		})
	}
	wg.Wait()
	told := 0
	for _, err := range errs {
		if e := guitai.AsError(err); err != nil && e.Code == guitai.CodeChangedMeanwhile {
			told++
		}
	}
	if told != 1 {
		t.Errorf("two changed one item at once: %v", errs)
	}
}

// TestManyItems: many goods come in pages, each once, and in time.
func TestManyItems(t *testing.T) {
	n := newShop("一家")
	n.Items = nil
	const many = 12_000 // fifty thousand were measured once: docs/operating/goods.md
	for i := range many {
		n.Items = append(n.Items, guitai.Item{Code: fmt.Sprint(100_000 + i), Name: fmt.Sprintf("桂花糕 %d 号", i), Department: "a",
			Price: guitai.Fen(100), Unit: "块", Place: i + 1})
	}
	p := open(t, testkit.SQLite(t), rand.Reader).place(t, n)
	begun := time.Now()
	seen, pages, version := map[string]bool{}, 0, int64(0)
	for more := true; more; pages++ {
		b, err := p.Bundle(t.Context(), p.m, p.till, version)
		if err != nil || b.Full != (pages == 0) || len(b.Items) > 5000 {
			t.Fatalf("page %d: %v, %d items, full %v", pages, err, len(b.Items), b.Full)
		}
		for _, i := range b.Items {
			if seen[i.Code] {
				t.Fatalf("%s is told twice", i.Code)
			}
			seen[i.Code] = true
		}
		version, more = b.Version, b.More
	}
	took := time.Since(begun)
	if len(seen) != many || pages != 3 || took > 10*time.Second {
		t.Errorf("%d items in %d pages in %s", len(seen), pages, took)
	}
	t.Logf("%d items in %d pages in %s", len(seen), pages, took)
	begun = time.Now()
	found, err := p.FindItems(t.Context(), office.ItemQuery{Merchant: p.m, Limit: 50}, "ghg 11999")
	if err != nil || len(found) != 1 {
		t.Errorf("%v %v", found, err)
	}
	t.Logf("found among them in %s", time.Since(begun))
}

// TestChangesAreKept: who changed what, from what to what.
func TestChangesAreKept(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		p := open(t, dsn, rand.Reader).place(t, newShop("一家"))
		by := office.By{Merchant: p.m, Staff: "stf_x", Role: guitai.Manager}
		had, _, err := p.Item(t.Context(), p.m, "1")
		if err != nil {
			t.Fatal(err)
		}
		had.Price = guitai.Fen(120)
		if _, err := p.PutItem(t.Context(), by, had, had.Changed); err != nil {
			t.Fatal(err)
		}
		person, pin, err := p.Hire(t.Context(), by, guitai.Staff{Number: "102", Name: "王", Role: guitai.Cashier}, "")
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := p.ResetPIN(t.Context(), by, person.ID, "")
		if err != nil || fresh == pin {
			t.Fatal(err, fresh == pin)
		}
		err = p.store.Read(t.Context(), func(tx *store.ReadTx) error {
			list, err := tx.Changes(p.m, "item", "1", 0, 9)
			if len(list) != 2 || list[0].Staff != "stf_x" || list[0].Was == "" || list[0].Became == list[0].Was || list[1].Was != "" {
				t.Errorf("%+v", list)
			}
			people, err2 := tx.Changes(p.m, "staff", string(person.ID), 0, 9)
			if len(people) != 2 {
				t.Errorf("%+v", people)
			}
			for _, c := range people {
				for _, secret := range []string{pin, fresh, "argon2"} {
					if strings.Contains(c.Was+c.Became, secret) {
						t.Errorf("the record of changes holds a secret: %+v", c)
					}
				}
			}
			return errors.Join(err, err2)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestSpellOld: goods from before they were searchable are found after a start.
func TestSpellOld(t *testing.T) {
	p := open(t, testkit.SQLite(t), rand.Reader).place(t, newShop("一家"))
	was := kept{}
	was.renew(t, p)
	err := p.store.InSerialTx(t.Context(), func(tx *store.Tx) error {
		i, err := tx.Item(p.m, "2")
		i.Pinyin = ""
		return errors.Join(err, tx.SaveItem(p.m, i, ""))
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.SpellItems(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	found, err := p.FindItems(t.Context(), office.ItemQuery{Merchant: p.m, Limit: 9}, "shui")
	if err != nil || len(found) != 1 || found[0].Pinyin != "shui" {
		t.Errorf("%+v %v", found, err)
	}
	before := maps.Clone(was.rows)
	was.renew(t, p)
	if reflect.DeepEqual(before, was.rows) {
		t.Error("no till was told")
	}
}
