package till

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
	"guitai/store"
)

// clubOn is a club of one merchant with a shop and two tills, on a clock that can be
// set on.
type clubOn struct {
	*Club
	t     *testing.T
	since atomic.Int64
	sales atomic.Int64
}

var opened = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)

func (c *clubOn) now() time.Time { return opened.Add(time.Duration(c.since.Load())) }

func openClub(t *testing.T, dsn string) *clubOn {
	t.Helper()
	c := &clubOn{t: t}
	st, err := store.Open(t.Context(), store.Options{DSN: dsn, Now: c.now, Rand: rand.Reader, Node: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	c.Club = &Club{Store: st, Rand: rand.Reader}
	c.write(func(tx *store.Tx) error {
		return errors.Join(tx.InsertMerchant(guitai.Merchant{ID: "mer-1", Name: "一"}), tx.InsertMerchant(guitai.Merchant{ID: "mer-2", Name: "二"}),
			tx.InsertShop(guitai.Shop{ID: "shp-1", Merchant: "mer-1", Zone: "Asia/Shanghai"}),
			tx.InsertTill(guitai.Till{ID: "til-1", Merchant: "mer-1", Shop: "shp-1", Number: "1", Paper: 80}),
			tx.InsertTill(guitai.Till{ID: "til-2", Merchant: "mer-1", Shop: "shp-1", Number: "2", Paper: 80}))
	})
	return c
}

func (c *clubOn) write(fn func(tx *store.Tx) error) {
	c.t.Helper()
	if err := c.Store.InTx(c.t.Context(), fn); err != nil {
		c.t.Fatal(err)
	}
}

func (c *clubOn) member(id guitai.MemberID, p Pool) Known {
	c.t.Helper()
	k, err := c.Register(c.t.Context(), guitai.Member{ID: id, Merchant: "mer-1", Name: string(id)}, p)
	if err != nil {
		c.t.Fatal(err)
	}
	return k
}

// points gives a member points to begin with.
func (c *clubOn) points(id guitai.MemberID, n int64) {
	c.t.Helper()
	if _, err := c.Adjust(c.t.Context(), "mer-1", Adjustment{ID: "adj-" + string(id), Member: id, Points: n, Note: "开业赠送"}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *clubOn) has(what string, id guitai.MemberID, points, free int64) {
	c.t.Helper()
	k, err := c.Member(c.t.Context(), "mer-1", id)
	if err != nil || k.Points != points || k.Free != free {
		c.t.Errorf("%s: %d points, %d free, want %d and %d: %v", what, k.Points, k.Free, points, free, err)
	}
}

// voucher issues one voucher.
func (c *clubOn) voucher(kind guitai.VoucherKind, fen int64, change func(*guitai.VoucherBatch)) string {
	c.t.Helper()
	b := guitai.VoucherBatch{ID: fmt.Sprintf("vba-%d", c.sales.Add(1)), Merchant: "mer-1", Name: "店庆券", Kind: kind, AmountFen: fen, Pieces: 1,
		From: opened.Add(-time.Hour), Until: opened.Add(24 * time.Hour)}
	if change != nil {
		change(&b)
	}
	if _, err := c.Issue(c.t.Context(), b); err != nil {
		c.t.Fatal(err)
	}
	list, err := c.VouchersOf(c.t.Context(), "mer-1", b.ID)
	if err != nil || len(list) != 1 {
		c.t.Fatal(list, err)
	}
	return list[0].Code
}

func (c *clubOn) holds(what, code string, left int64) {
	c.t.Helper()
	v, _, err := c.Voucher(c.t.Context(), "mer-1", code)
	if err != nil || v.LeftFen != left {
		c.t.Errorf("%s: %d left, want %d: %v", what, v.LeftFen, left, err)
	}
}

// sale is a bill with one tender.
func (c *clubOn) sale(id string, t guitai.SaleTender) guitai.Sale {
	t.N = "1"
	return guitai.Sale{ID: guitai.SaleID(id), Merchant: "mer-1", Shop: "shp-1", Till: "til-1", At: c.now(), TotalFen: t.AmountFen, Tenders: []guitai.SaleTender{t}}
}

// book books a sale's only tender, as its journal's entry does.
func (c *clubOn) book(s guitai.Sale) guitai.Code {
	c.t.Helper()
	var query guitai.Code
	c.write(func(tx *store.Tx) (err error) {
		if s.Tenders[0].AmountFen < 0 {
			query, err = giveBackValue(tx, s, s.Tenders[0])
		} else {
			query, err = spend(tx, s, s.Tenders[0])
		}
		return err
	})
	return query
}

func (c *clubOn) reserve(a Asked) (guitai.Redemption, guitai.Code) {
	a.Merchant, a.Shop, a.Tender = "mer-1", "shp-1", "1"
	if a.Till == "" {
		a.Till = "til-1"
	}
	r, err := c.Redeem(c.t.Context(), a)
	if err == nil {
		return r, ""
	}
	if e := guitai.AsError(err); e != nil {
		return r, e.Code
	}
	return r, guitai.Code(err.Error())
}

func voucherTender(code string, fen int64) guitai.SaleTender {
	return guitai.SaleTender{Kind: guitai.TenderVoucher, Voucher: code, AmountFen: fen}
}

func pointsTender(id guitai.MemberID, points, fen int64) guitai.SaleTender {
	return guitai.SaleTender{Kind: guitai.TenderPoints, Member: id, Points: points, AmountFen: fen}
}

func want(t *testing.T, what string, got, want guitai.Code) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func asked(id, sale, code string, fen int64) Asked {
	return Asked{Redemption: guitai.Redemption{ID: id, Sale: guitai.SaleID(sale), Kind: guitai.RedeemVoucher, Voucher: code, AmountFen: fen}, BillFen: -1}
}

// TestVoucherSpent: put aside, spent by its sale, given back with a return; each
// call made twice.
func TestVoucherSpent(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		c := openClub(t, dsn)
		code := c.voucher(guitai.VoucherBalance, 5000, nil)
		r, why := c.reserve(asked("rdm-1", "sal-1", code, 2000))
		want(t, "reserve", why, "")
		again, why := c.reserve(asked("rdm-1", "sal-1", code, 2000))
		if want(t, "again", why, ""); again != r || r.State != guitai.RedemptionHeld {
			t.Errorf("%+v %+v", r, again)
		}
		c.holds("while it is held", code, 3000)
		_, why = c.reserve(asked("rdm-2", "sal-2", code, 3001))
		want(t, "more than is left", why, guitai.CodeVoucherSpent)
		_, why = c.reserve(asked("rdm-3", "sal-1", code, 100))
		want(t, "the same tender again", why, guitai.CodeSaleTaken)
		s := c.sale("sal-1", voucherTender(code, 1800))
		want(t, "spent", c.book(s), "")
		want(t, "spent again", c.book(s), "")
		c.holds("less was spent than held", code, 3200)
		if _, err := c.Release(t.Context(), "mer-1", "rdm-1"); !guitai.Conflict.Is(err) {
			t.Errorf("a spent redemption was let go: %v", err)
		}
		back := c.sale("sal-9", voucherTender(code, -1800))
		want(t, "back", c.book(back), "")
		want(t, "back again", c.book(back), "")
		c.holds("given back", code, 5000)
		want(t, "more back than was spent", c.book(c.sale("sal-10", voucherTender(code, -1))), guitai.CodeVoucherRefused)
		want(t, "spent without being put aside", c.book(c.sale("sal-11", voucherTender(code, 5000))), "")
		want(t, "nothing left", c.book(c.sale("sal-12", voucherTender(code, 1))), guitai.CodeVoucherRefused)
		want(t, "unknown", c.book(c.sale("sal-13", voucherTender(guitai.VoucherCode(1), 1))), guitai.CodeVoucherRefused)
		want(t, "no code", c.book(c.sale("sal-14", voucherTender("x", 1))), guitai.CodeVoucherRefused)
	})
}

// TestVoucherSingle: what is left of it lapses; what comes back can be spent again.
func TestVoucherSingle(t *testing.T) {
	c := openClub(t, testkit.SQLite(t))
	code := c.voucher(guitai.VoucherSingle, 5000, nil)
	_, why := c.reserve(asked("rdm-1", "sal-1", code, 2000))
	want(t, "reserve", why, "")
	_, why = c.reserve(asked("rdm-2", "sal-2", code, 100))
	want(t, "the rest meanwhile", why, guitai.CodeVoucherSpent)
	want(t, "spent", c.book(c.sale("sal-1", voucherTender(code, 2000))), "")
	c.holds("spent", code, 0)
	want(t, "back", c.book(c.sale("sal-3", voucherTender(code, -2000))), "")
	c.holds("back", code, 2000)
	want(t, "what lapsed stays away", c.book(c.sale("sal-4", voucherTender(code, -1))), guitai.CodeVoucherRefused)
	want(t, "again", c.book(c.sale("sal-5", voucherTender(code, 2000))), "")
}

// TestVoucherRules: when, where and for which bill; and how being put aside ends.
func TestVoucherRules(t *testing.T) {
	c := openClub(t, testkit.SQLite(t))
	batch := func(change func(*guitai.VoucherBatch)) string { return c.voucher(guitai.VoucherSingle, 1000, change) }
	early := batch(func(b *guitai.VoucherBatch) { b.From = opened.Add(time.Hour) })
	late := batch(func(b *guitai.VoucherBatch) { b.Until = opened })
	bound := batch(func(b *guitai.VoucherBatch) { b.Till = "til-2" })
	large := batch(func(b *guitai.VoucherBatch) { b.MinFen = 5000 })
	for i, x := range []struct {
		code string
		bill int64
		want guitai.Code
	}{{early, -1, guitai.CodeVoucherEarly}, {late, -1, guitai.CodeVoucherExpired}, {bound, -1, guitai.CodeVoucherOtherTill},
		{large, 4999, guitai.CodeVoucherMinimum}, {large, -1, guitai.CodeFieldMissing}, {guitai.VoucherCode(3), -1, guitai.CodeVoucherNotFound},
		{"9123", -1, guitai.CodeVoucherNotFound}, {large, 5000, ""}} {
		a := asked(fmt.Sprintf("rdm-%d", i), fmt.Sprintf("sal-%d", i), x.code, 0)
		a.BillFen = x.bill
		_, why := c.reserve(a)
		want(t, fmt.Sprintf("case %d", i), why, x.want)
		want(t, fmt.Sprintf("case %d, booked", i), c.book(c.sale(fmt.Sprintf("off-%d", i), voucherTender(x.code, 900))), guitai.CodeVoucherRefused)
	}
	here := c.sale("sal-off", voucherTender(bound, 900))
	here.Till = "til-2"
	want(t, "bound, without a line, at its till", c.book(here), "")
	code := c.voucher(guitai.VoucherSingle, 1000, nil)
	_, why := c.reserve(asked("rdm-a", "sal-a", code, 0))
	want(t, "reserve", why, "")
	if r, err := c.Release(t.Context(), "mer-1", "rdm-a"); err != nil || r.State != guitai.RedemptionReleased {
		t.Errorf("%+v %v", r, err)
	}
	if r, err := c.Release(t.Context(), "mer-1", "rdm-a"); err != nil || r.State != guitai.RedemptionReleased {
		t.Errorf("again: %+v %v", r, err)
	}
	c.holds("let go", code, 1000)
	_, why = c.reserve(asked("rdm-b", "sal-b", code, 0))
	want(t, "reserve again", why, "")
	c.holds("held", code, 0)
	c.since.Add(int64(redemptionLife))
	c.holds("its time is over", code, 1000)
	_, why = c.reserve(asked("rdm-c", "sal-c", code, 0))
	want(t, "another takes it", why, "")
	want(t, "the sale that was late", c.book(c.sale("sal-b", voucherTender(code, 1000))), guitai.CodeVoucherRefused)
	want(t, "the one that holds it", c.book(c.sale("sal-c", voucherTender(code, 1000))), "")
	cancelled := c.voucher(guitai.VoucherSingle, 1000, nil)
	if err := errors.Join(c.Cancel(t.Context(), "mer-1", cancelled), c.Cancel(t.Context(), "mer-1", cancelled)); err != nil {
		t.Error(err)
	}
	_, why = c.reserve(asked("rdm-d", "sal-d", cancelled, 0))
	want(t, "cancelled", why, guitai.CodeVoucherSpent)
	if _, _, err := c.Voucher(t.Context(), "mer-2", code); !guitai.NotFound.Is(err) {
		t.Errorf("another merchant's: %v", err)
	}
}

// TestPointsRedeemed: points as money, and back.
func TestPointsRedeemed(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		c := openClub(t, dsn)
		c.member("mem-1", Pool{ID: "family", Name: "陈家"})
		c.member("mem-2", Pool{ID: "family"})
		c.points("mem-1", 1000)
		ask := func(id, sale string, who guitai.MemberID, points, fen int64) Asked {
			return Asked{Redemption: guitai.Redemption{ID: id, Sale: guitai.SaleID(sale), Kind: guitai.RedeemPoints, Member: who, Points: points, AmountFen: fen}, BillFen: -1}
		}
		r, why := c.reserve(ask("rdm-1", "sal-1", "mem-2", 0, 550))
		if want(t, "reserve", why, ""); r.Points != 600 || r.AmountFen != 550 {
			t.Errorf("%+v", r)
		}
		c.has("the pool, while it is held", "mem-1", 1000, 400)
		_, why = c.reserve(ask("rdm-2", "sal-2", "mem-1", 500, 0))
		want(t, "more than is free", why, guitai.CodePointsShort)
		_, why = c.reserve(ask("rdm-2", "sal-2", "mem-1", 150, 0))
		want(t, "no whole step", why, guitai.CodeFieldInvalid)
		s := c.sale("sal-1", pointsTender("mem-2", 600, 550))
		want(t, "spent", c.book(s), "")
		want(t, "spent again", c.book(s), "")
		c.has("spent", "mem-2", 400, 400)
		want(t, "worth less than said", c.book(c.sale("sal-3", pointsTender("mem-1", 100, 101))), guitai.CodePointsRefused)
		want(t, "more than there is", c.book(c.sale("sal-4", pointsTender("mem-1", 500, 500))), guitai.CodePointsRefused)
		want(t, "nobody's", c.book(c.sale("sal-5", pointsTender("mem-9", 100, 100))), guitai.CodePointsRefused)
		back := c.sale("sal-6", pointsTender("mem-2", -600, -550))
		want(t, "back", c.book(back), "")
		want(t, "back again", c.book(back), "")
		c.has("given back", "mem-1", 1000, 1000)
		c.since.Add(1)
		_, why = c.reserve(ask("rdm-7", "sal-7", "mem-1", 1000, 0))
		want(t, "all of it", why, "")
		c.since.Add(int64(redemptionLife))
		c.has("its time is over", "mem-1", 1000, 1000)
		want(t, "spent late all the same", c.book(c.sale("sal-7", pointsTender("mem-1", 1000, 1000))), "")
	})
}

// TestEarned: a sale earns once; a return takes back its part, in whatever order
// they arrive, and below nothing if it must; a void takes back the rest.
func TestEarned(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		c := openClub(t, dsn)
		c.member("mem-1", Pool{})
		sold := func(id string) guitai.Sale {
			s := c.sale(id, guitai.SaleTender{Kind: guitai.TenderCash, AmountFen: 3000})
			s.Member = "mem-1"
			s.Lines = []guitai.SaleLine{{N: 1, Department: "tea", CountMilli: 1000, TotalFen: 1000}, {N: 2, Department: "rice", CountMilli: 1000, TotalFen: 2000}}
			return s
		}
		came := func(id, of string, n int, fen int64) guitai.Sale {
			s := c.sale(id, guitai.SaleTender{Kind: guitai.TenderCash, AmountFen: -fen})
			s.Lines = []guitai.SaleLine{{N: 1, CountMilli: -1000, TotalFen: -fen, Back: guitai.BackOf{Sale: guitai.SaleID(of), N: n}}}
			return s
		}
		run := func(s guitai.Sale) { c.t.Helper(); c.write(func(tx *store.Tx) error { return earn(tx, s) }) }
		run(sold("sal-1"))
		run(sold("sal-1"))
		c.has("earned once", "mem-1", 30, 30)
		run(came("sal-2", "sal-1", 2, 1000))
		c.has("half a line back", "mem-1", 20, 20)
		run(came("sal-3", "sal-1", 2, 1000))
		c.has("the other half", "mem-1", 10, 10)
		run(came("sal-4", "sal-5", 1, 1000))
		c.has("back before its sale", "mem-1", 10, 10)
		run(sold("sal-5"))
		c.has("and then its sale", "mem-1", 30, 30)
		void := sold("sal-5")
		void.State = guitai.SaleVoided
		run(void)
		run(void)
		c.has("void", "mem-1", 10, 10)
		if _, err := c.Adjust(t.Context(), "mer-1", Adjustment{ID: "adj-x", Member: "mem-1", Points: -11, Note: "更正"}); !guitai.Conflict.Is(err) {
			t.Errorf("more taken than there is: %v", err)
		}
		if _, err := c.Adjust(t.Context(), "mer-1", Adjustment{ID: "adj-y", Member: "mem-1", Points: -10, Note: "更正"}); err != nil {
			t.Error(err)
		}
		run(came("sal-6", "sal-1", 1, 1000))
		c.has("owed, because it was spent", "mem-1", -10, -10)
	})
}

// TestOneVoucherManyHands: fifty reach for one voucher at once: one gets it.
// Fifty reach for one member's points: no more go than there are.
func TestOneVoucherManyHands(t *testing.T) {
	const hands = 50
	testkit.Engines(t, func(t *testing.T, dsn string) {
		c := openClub(t, dsn)
		code := c.voucher(guitai.VoucherSingle, 1000, nil)
		shared := c.voucher(guitai.VoucherBalance, 1000, nil)
		c.member("mem-1", Pool{})
		c.points("mem-1", 1000)
		var single, parts, points atomic.Int64
		var wg sync.WaitGroup
		for i := range hands {
			wg.Go(func() {
				if _, why := c.reserve(asked(fmt.Sprintf("rdm-s%d", i), fmt.Sprintf("sal-s%d", i), code, 0)); why == "" {
					single.Add(1)
				} else if why != guitai.CodeVoucherSpent {
					t.Errorf("single: %s", why)
				}
				if _, why := c.reserve(asked(fmt.Sprintf("rdm-b%d", i), fmt.Sprintf("sal-b%d", i), shared, 90)); why == "" {
					parts.Add(1)
				} else if why != guitai.CodeVoucherSpent {
					t.Errorf("balance: %s", why)
				}
				a := Asked{Redemption: guitai.Redemption{ID: fmt.Sprintf("rdm-p%d", i), Sale: guitai.SaleID(fmt.Sprintf("sal-p%d", i)),
					Kind: guitai.RedeemPoints, Member: "mem-1", Points: 300}, BillFen: -1}
				if _, why := c.reserve(a); why == "" {
					points.Add(1)
				} else if why != guitai.CodePointsShort {
					t.Errorf("points: %s", why)
				}
			})
		}
		wg.Wait()
		if single.Load() != 1 || parts.Load() != 11 || points.Load() != 3 {
			t.Errorf("%d got the single voucher, %d a part, %d points", single.Load(), parts.Load(), points.Load())
		}
		c.holds("what is left", shared, 10)
		c.has("what is left", "mem-1", 1000, 100)
	})
}

// TestManyHandsSpend: fifty sales spend one voucher and one member's points
// without having put them aside, as tills without a line do.
func TestManyHandsSpend(t *testing.T) {
	const hands = 50
	testkit.Engines(t, func(t *testing.T, dsn string) {
		c := openClub(t, dsn)
		code := c.voucher(guitai.VoucherSingle, 1000, nil)
		c.member("mem-1", Pool{})
		c.points("mem-1", 1000)
		var vouchers, points atomic.Int64
		var wg sync.WaitGroup
		for i := range hands {
			wg.Go(func() {
				if c.book(c.sale(fmt.Sprintf("sal-v%d", i), voucherTender(code, 1000))) == "" {
					vouchers.Add(1)
				}
				if c.book(c.sale(fmt.Sprintf("sal-p%d", i), pointsTender("mem-1", 300, 300))) == "" {
					points.Add(1)
				}
			})
		}
		wg.Wait()
		if vouchers.Load() != 1 || points.Load() != 3 {
			t.Errorf("%d sales spent the voucher, %d the points", vouchers.Load(), points.Load())
		}
		c.has("what is left", "mem-1", 100, 100)
	})
}
