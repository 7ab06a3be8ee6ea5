package till

import (
	"testing"

	"guitai"
	"guitai/internal/testkit"
)

// TestGift: points for a thing and for a voucher; the same asked again is not
// given again.
func TestGift(t *testing.T) {
	c := openClub(t, testkit.SQLite(t))
	c.member("mem-1", Pool{})
	c.points("mem-1", 700)
	r := guitai.UsualPointRules()
	r.Gifts = []guitai.Gift{{ID: "mug", Name: "马克杯", Points: 300, Item: "1001"}, {ID: "ten", Name: "十元券", Points: 300, VoucherFen: 1000, Days: 30}}
	if err := c.SetPointRules(t.Context(), "mer-1", r, ""); err != nil {
		t.Fatal(err)
	}
	give := func(id, gift string) (Given, error) {
		return c.Give(t.Context(), "mer-1", "mem-1", Adjustment{ID: id}, gift)
	}
	for range 2 {
		if g, err := give("gft-1", "mug"); err != nil || g.Points != 400 || g.Voucher != "" {
			t.Errorf("%+v %v", g, err)
		}
	}
	first, err := give("gft-2", "ten")
	second, err2 := give("gft-2", "ten")
	if err != nil || err2 != nil || first.Voucher == "" || first.Voucher != second.Voucher || second.Points != 100 {
		t.Errorf("%+v %+v %v %v", first, second, err, err2)
	}
	if _, err := give("gft-3", "mug"); guitai.AsError(err) == nil || guitai.AsError(err).Code != guitai.CodePointsShort {
		t.Errorf("%v", err)
	}
	if _, err := give("gft-4", "boat"); !guitai.NotFound.Is(err) {
		t.Errorf("%v", err)
	}
	c.has("after gifts", "mem-1", 100, 100)
}

// TestMembers: how they are found, and that others do not see them.
func TestMembers(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		c := openClub(t, dsn)
		ctx := t.Context()
		m := guitai.Member{ID: "mem-1", Merchant: "mer-1", Code: "8001", Phone: "138 0013 8000", Name: " 王芳 ", Segment: "vip", BirthMonth: 2, BirthDay: 29}
		for range 2 {
			if k, err := c.Register(ctx, m, Pool{}); err != nil || k.Phone != "13800138000" || k.Name != "王芳" || k.Pooled() {
				t.Errorf("%+v %v", k, err)
			}
		}
		if k, err := c.ByPhone(ctx, "mer-1", "+86 138-0013-8000"); err != nil || k.ID != "mem-1" {
			t.Errorf("%+v %v", k, err)
		}
		if k, err := c.ByCode(ctx, "mer-1", "8001"); err != nil || k.BirthDay != 29 {
			t.Errorf("%+v %v", k, err)
		}
		for text, n := range map[string]int{"": 1, "王": 1, "8000": 1, "8001": 1, "%": 0, "1380": 0, "李": 0} {
			if list, err := c.Search(ctx, "mer-1", text, ""); err != nil || len(list) != n {
				t.Errorf("%q: %v %v", text, list, err)
			}
		}
		if list, err := c.Search(ctx, "mer-2", "", ""); err != nil || len(list) != 0 {
			t.Errorf("another merchant's: %v %v", list, err)
		}
		_, err1 := c.ByPhone(ctx, "mer-2", m.Phone)
		_, err2 := c.ByCode(ctx, "mer-2", m.Code)
		_, err3 := c.Member(ctx, "mer-2", m.ID)
		_, err4 := c.Member(ctx, "mer-1", "a b")
		for _, err := range []error{err1, err2, err3, err4} {
			if !guitai.NotFound.Is(err) {
				t.Errorf("%v", err)
			}
		}
		m.ID, m.Code = "mem-2", "8002"
		if _, err := c.Register(ctx, m, Pool{}); !guitai.Conflict.Is(err) {
			t.Errorf("the same phone twice: %v", err)
		}
		m.Phone, m.BirthMonth, m.BirthDay = "", 2, 30
		if _, err := c.Register(ctx, m, Pool{}); !guitai.Invalid.Is(err) {
			t.Errorf("30 February: %v", err)
		}
		m.BirthMonth = 3
		if _, err := c.Register(ctx, m, Pool{ID: "mem-1"}); !guitai.Invalid.Is(err) {
			t.Errorf("joined a person's own purse: %v", err)
		}
		if _, err := c.Register(ctx, m, Pool{ID: "office", Name: "桂花公司"}); err != nil {
			t.Error(err)
		}
	})
}
