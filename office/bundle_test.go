package office_test

import (
	"crypto/rand"
	"testing"

	"guitai"
	"guitai/internal/testkit"
	"guitai/office"
)

// TestBundle: everything the first time and for a version that is not ours,
// nothing when nothing changed, and nothing of another merchant.
func TestBundle(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		o := open(t, dsn, rand.Reader)
		n := newShop("一家")
		n.Items[0].Barcodes = []string{"2000000010014"}
		m, err := o.OpenShop(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		other, err := o.OpenShop(t.Context(), newShop("两家"))
		if err != nil {
			t.Fatal(err)
		}
		tills, _, err := o.Tills(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		mine := tills[0].ID
		if tills[0].Merchant != m.ID {
			mine = tills[2].ID
		}
		b, err := o.Bundle(t.Context(), m.ID, mine, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !b.Full || b.More || len(b.Departments) != 2 || len(b.Items) != 2 || len(b.Staff) != 1 || b.Shop.Name != "一家店" {
			t.Errorf("%+v", b)
		}
		if i := b.Items[0]; i.Code != "2" || i.Pinyin != "shui" || i.Barcode() != "2000000010014" || i.Changed == 0 || i.Changed > b.Version {
			t.Errorf("%+v", i)
		}
		if l := b.LimitsOf(b.Staff[0]); l != guitai.UsualLimits(guitai.Cashier) || *b.Settings.LockAfter != 300 {
			t.Errorf("%+v %+v", l, b.Settings)
		}
		for _, since := range []int64{1, b.Version + 1, b.Version - 1_000_000} {
			if again, err := o.Bundle(t.Context(), m.ID, mine, since); err != nil || !again.Full || len(again.Items) != 2 {
				t.Errorf("since %d, which is nobody's: %+v %v", since, again, err)
			}
		}
		same, err := o.Bundle(t.Context(), m.ID, mine, b.Version)
		if err != nil || same.Full || same.Version != b.Version || len(same.Items)+len(same.Departments)+len(same.Staff) != 0 {
			t.Errorf("nothing changed: %+v %v", same, err)
		}
		if _, err := o.Bundle(t.Context(), other.ID, mine, 0); !guitai.NotFound.Is(err) {
			t.Errorf("another merchant's till: %v", err)
		}
	})
}

// TestSpelling: syllables, initials, words in Latin letters; figures and signs
// are no part of it.
func TestSpelling(t *testing.T) {
	for name, want := range map[string]string{
		"桂花糕": "gui hua gao", "薄荷糖": "bo he tang", "绿豆": "lv dou", "USB 数据线 1 米": "usb shu ju xian mi",
		"矿泉水 550 毫升": "kuang quan shui hao sheng", "": "", "·—": "",
	} {
		if got := office.Spell(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
