package office_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
	"guitai/office"
	"guitai/store"
)

// desk is an office on a database of its own, with a clock that can be shifted.
type desk struct {
	*office.Office
	store *store.Store
	shift atomic.Int64
}

func open(t *testing.T, dsn string, random io.Reader) *desk {
	t.Helper()
	d := &desk{}
	now := func() time.Time { return time.Now().Add(time.Duration(d.shift.Load())) }
	st, err := store.Open(t.Context(), store.Options{DSN: dsn, Now: now, Rand: rand.Reader, Node: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	d.store, d.Office = st, office.New(st, now, random)
	return d
}

const pin = "258036"

func newShop(name string) office.NewShop {
	n := office.NewShop{Merchant: name, Tills: []guitai.Till{{Number: "1", Name: "一号"}, {Number: "2", Paper: 58}},
		People:      []office.NewPerson{{Number: "101", Name: "林小雨", Role: guitai.Cashier, PIN: pin}},
		Departments: []guitai.Department{{ID: "b", Name: "饮料", Place: 2}, {ID: "a", Name: "零食", Place: 1}},
		Items: []guitai.Item{{Code: "2", Name: "水", Department: "b", Price: guitai.Fen(200), Unit: "瓶", Place: 2},
			{Code: "1", Name: "糖", Department: "a", Price: guitai.Fen(100), Unit: "包", Place: 1}}}
	n.Shop = guitai.Shop{Name: name + "店", Zone: "Asia/Urumqi"}
	return n
}

// TestOpenShop: all of it is there, on both databases.
func TestOpenShop(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		o := open(t, dsn, rand.Reader)
		m, err := o.OpenShop(t.Context(), newShop("一家"))
		if err != nil {
			t.Fatal(err)
		}
		tills, shops, err := o.Tills(t.Context())
		if err != nil || len(tills) != 2 || tills[0].Paper != 80 || tills[1].Paper != 58 || tills[0].Merchant != m.ID {
			t.Fatalf("%+v %v", tills, err)
		}
		if s := shops[tills[0].Shop]; s.Name != "一家店" || s.Zone != "Asia/Urumqi" {
			t.Errorf("%+v", s)
		}
		deps, items, err := o.Goods(t.Context(), m.ID)
		if err != nil || len(deps) != 2 || deps[0].ID != "a" || len(items) != 2 || items[0].Code != "1" {
			t.Errorf("%+v %+v %v", deps, items, err)
		}
		if err := o.SetPrinter(t.Context(), tills[0].ID, "127.0.0.1:9100", 58); err != nil {
			t.Fatal(err)
		}
		if got, err := o.TillOf(t.Context(), m.ID, tills[0].ID); err != nil || got.Printer != "127.0.0.1:9100" || got.Paper != 58 {
			t.Errorf("%+v %v", got, err)
		}
		for _, id := range []guitai.TillID{"", "til_none", "\x00", "a b"} {
			if _, err := o.TillOf(t.Context(), m.ID, id); guitai.AsError(err) == nil || guitai.AsError(err).Code != guitai.CodeTillNotFound {
				t.Errorf("till %q: %v", id, err)
			}
		}
		if _, err := o.TillOf(t.Context(), "mer_other", tills[0].ID); !guitai.NotFound.Is(err) {
			t.Errorf("another merchant's till: %v", err)
		}
		for id, want := range map[guitai.ShopID]bool{tills[0].Shop: true, "shp_none": false, "\x00": false, "": false} {
			if has, err := o.HasShop(t.Context(), m.ID, id); has != want || err != nil {
				t.Errorf("shop %q: %t %v", id, has, err)
			}
		}
	})
}

// TestOpenShopWhole: a shop that is wrong anywhere leaves nothing behind, and
// the place is named.
func TestOpenShopWhole(t *testing.T) {
	o := open(t, testkit.SQLite(t), rand.Reader)
	person := newShop("").People[0]
	with := func(change func(*office.NewPerson)) office.NewPerson {
		p := person
		change(&p)
		return p
	}
	for name, c := range map[string]struct {
		field  string
		change func(*office.NewShop)
	}{
		"till numbers":     {"tills", func(n *office.NewShop) { n.Tills[1].Number = "1" }},
		"till no number":   {"tills", func(n *office.NewShop) { n.Tills[1].Number = "" }},
		"paper":            {"tills", func(n *office.NewShop) { n.Tills[1].Paper = 57 }},
		"staff numbers":    {"people", func(n *office.NewShop) { n.People = append(n.People, person) }},
		"easy PIN":         {"people", func(n *office.NewShop) { n.People[0] = with(func(p *office.NewPerson) { p.PIN = "123456" }) }},
		"short number":     {"people", func(n *office.NewShop) { n.People[0] = with(func(p *office.NewPerson) { p.Number = "12" }) }},
		"no role":          {"people", func(n *office.NewShop) { n.People[0] = with(func(p *office.NewPerson) { p.Role = "boss" }) }},
		"departments":      {"departments", func(n *office.NewShop) { n.Departments[1].ID = "b" }},
		"codes":            {"items", func(n *office.NewShop) { n.Items[1].Code = "2" }},
		"no department":    {"items", func(n *office.NewShop) { n.Items[1].Department = "c" }},
		"no price":         {"items", func(n *office.NewShop) { n.Items[1].Price = guitai.Money{} }},
		"zone":             {"zone", func(n *office.NewShop) { n.Shop.Zone = "Moon/Sea" }},
		"the machine's":    {"zone", func(n *office.NewShop) { n.Shop.Zone = "Local" }},
		"unknown currency": {"items", func(n *office.NewShop) { n.Items[1].Price.Currency = "XXX" }},
	} {
		n := newShop(name)
		c.change(&n)
		m, err := o.OpenShop(t.Context(), n)
		if e := guitai.AsError(err); e == nil || e.Kind != guitai.Invalid || e.Field != c.field || m.ID != "" {
			t.Errorf("%s: %v %+v", name, err, m)
		}
	}
	empty(t, o)
}

func empty(t *testing.T, o *desk) {
	t.Helper()
	all, err := o.Merchants(t.Context())
	tills, _, err2 := o.Tills(t.Context())
	if err != nil || err2 != nil || len(all) != 0 || len(tills) != 0 {
		t.Fatalf("stored: %v %v %v %v", all, tills, err, err2)
	}
}

// runsDry is a source of randomness that ends.
type runsDry struct{ left int }

func (r *runsDry) Read(p []byte) (int, error) {
	if r.left -= len(p); r.left < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	return rand.Read(p)
}

// TestOpenShopBreaks: whatever of it was written goes when it breaks half way.
func TestOpenShopBreaks(t *testing.T) {
	for left := 0; left < 66; left += 13 { // salt 16, then 10 for each ID
		o := open(t, testkit.SQLite(t), &runsDry{left: left})
		if _, err := o.OpenShop(t.Context(), newShop("半家")); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("after %d bytes: %v", left, err)
		}
		empty(t, o)
	}
}

// TestWhereOf: what a payment names, and only what is its merchant's.
func TestWhereOf(t *testing.T) {
	o := open(t, testkit.SQLite(t), rand.Reader)
	m, err := o.OpenShop(t.Context(), newShop("一家"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := o.OpenShop(t.Context(), newShop("二家"))
	if err != nil {
		t.Fatal(err)
	}
	tills, _, err := o.Tills(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var mine, theirs guitai.Till
	for _, t := range tills {
		if t.Merchant == m.ID {
			mine = t
		} else {
			theirs = t
		}
	}
	s, _, err := o.SignIn(t.Context(), mine.ID, "101", pin)
	if err != nil {
		t.Fatal(err)
	}
	w, err := o.WhereOf(t.Context(), guitai.Payment{Merchant: m.ID, Shop: mine.Shop, Till: mine.ID, Staff: s.Staff.ID})
	if err != nil || w.Merchant.Name != "一家" || w.Shop.Name != "一家店" || w.Till.ID != mine.ID || w.Staff.Name != "林小雨" {
		t.Errorf("%+v %v", w, err)
	}
	w, err = o.WhereOf(t.Context(), guitai.Payment{Merchant: m.ID, Shop: theirs.Shop, Till: theirs.ID})
	if err != nil || w.Shop.Name != "一家店" || w.Till.ID != "" || w.Staff.ID != "" {
		t.Errorf("what another merchant has is named: %+v %v", w, err)
	}
	w, err = o.WhereOf(t.Context(), guitai.Payment{Merchant: other.ID, Staff: s.Staff.ID})
	if err != nil || w.Shop.Name != "二家店" || w.Staff.ID != "" {
		t.Errorf("%+v %v", w, err)
	}
	if w, err = o.WhereOf(t.Context(), guitai.Payment{Merchant: "mer_none"}); err != nil || w != (guitai.Where{}) {
		t.Errorf("%+v %v", w, err)
	}
}

// TestSessions: a token opens one session until it is ended or over; it is not
// stored in the clear.
func TestSessions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "o.db")
	o := open(t, "sqlite:"+path, rand.Reader)
	m, err := o.OpenShop(t.Context(), newShop("一家"))
	if err != nil {
		t.Fatal(err)
	}
	tills, _, err := o.Tills(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first, token, err := o.SignIn(t.Context(), tills[0].ID, "101", pin)
	if err != nil || first.Merchant.ID != m.ID || first.Till.ID != tills[0].ID || first.ExpiresAt.Sub(first.CreatedAt) != 16*time.Hour {
		t.Fatalf("%+v %v", first, err)
	}
	_, second, err := o.SignIn(t.Context(), tills[1].ID, "101", pin)
	if err != nil || second == token || len(token) < 50 {
		t.Fatalf("%q %q %v", token, second, err)
	}
	key, err := o.NewKey(t.Context(), m.ID, "erp")
	if err != nil || !strings.HasPrefix(key, "sk_") || len(key) < 50 {
		t.Fatalf("%q %v", key, err)
	}
	if got, err := o.KeyHolder(t.Context(), key); got != m.ID || err != nil {
		t.Errorf("%s %v", got, err)
	}
	for _, wrong := range []string{"", "sk_", key + "x", key[:len(key)-1], token} {
		if got, err := o.KeyHolder(t.Context(), wrong); got != "" || guitai.AsError(err) == nil || guitai.AsError(err).Code != guitai.CodeKeyWrong {
			t.Errorf("key %q: %s %v", wrong, got, err)
		}
	}
	for range 2 {
		if err := o.SignOut(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	gone := func(token string) bool {
		_, err := o.Session(t.Context(), token)
		return err != nil && guitai.AsError(err).Code == guitai.CodeSignedOut
	}
	if !gone(token) || gone(second) || !gone("") || !gone("x") {
		t.Error("the wrong sessions are open")
	}
	o.shift.Store(int64(16 * time.Hour))
	if !gone(second) {
		t.Error("a session is open after sixteen hours")
	}
	for _, name := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(name)
		for what, secret := range map[string]string{"token": token, "second token": second, "key": key, "PIN": pin} {
			if err != nil || bytes.Contains(b, []byte(secret)) {
				t.Errorf("the %s is in %s (%v)", what, name, err)
			}
		}
	}
}

// TestTriesAreCounted before the PIN is looked at: many at once are many, on
// both databases, and the right PIN among them does not come after the lock.
func TestTriesAreCounted(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		o := open(t, dsn, rand.Reader)
		if _, err := o.OpenShop(t.Context(), newShop("一家")); err != nil {
			t.Fatal(err)
		}
		tills, _, err := o.Tills(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		try := func(number, pin string) guitai.Code {
			_, _, err := o.SignIn(context.WithoutCancel(t.Context()), tills[0].ID, number, pin)
			if err == nil {
				return ""
			}
			return guitai.AsError(err).Code
		}
		var mu sync.Mutex
		codes := map[guitai.Code]int{}
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				c := try("101", "135790")
				mu.Lock()
				defer mu.Unlock()
				codes[c]++
			})
		}
		all.Wait()
		if codes[guitai.CodePINWrong] != 5 || codes[guitai.CodePINLocked] != 35 {
			t.Errorf("%v", codes)
		}
		err = o.MayTry(t.Context(), tills[0].ID, "101")
		var locked *office.LockedError
		if !errors.As(err, &locked) || !guitai.Limited.Is(err) || time.Until(locked.Until) < 20*time.Second {
			t.Errorf("%v", err)
		}
		if c := try("101", pin); c != guitai.CodePINLocked {
			t.Errorf("the right PIN: %q", c)
		}
		if err := o.MayTry(t.Context(), tills[0].ID, "102"); err != nil {
			t.Errorf("another number: %v", err)
		}
		if err := o.MayTry(t.Context(), "til_none", "101"); !guitai.NotFound.Is(err) {
			t.Errorf("no till: %v", err)
		}
		o.shift.Store(int64(31 * time.Second))
		if c := try("101", pin); c != "" {
			t.Errorf("after the lock: %q", c)
		}
		for range 4 {
			if c := try("101", "135790"); c != guitai.CodePINWrong {
				t.Errorf("the right PIN did not begin anew: %q", c)
			}
		}
	})
}
