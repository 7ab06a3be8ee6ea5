package till_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
	"guitai/store"
	"guitai/till"
)

// began opens a book and a shift at the first till.
func began(t testing.TB, dsn string) (*place, *pen) {
	p := open(t, dsn)
	w := p.pen(0, "jrn-1")
	w.open("shf-1")
	wantCodes(t, "shift", w.last(), guitai.EntryTaken)
	return p, w
}

// TestJudgeSales: what is asked about a sale, and what is refused.
func TestJudgeSales(t *testing.T) {
	_, w := began(t, testkit.SQLite(t))
	cake := []o{goods(1, 1000, 550)}
	cheap := goods(1, 1000, 550)
	cheap["price_fen"], cheap["total_fen"] = int64(500), int64(500)
	leave := goods(1, 1000, 550)
	leave["price_fen"], leave["total_fen"], leave["approval"] = int64(500), int64(500), "apr-1"
	cases := []struct {
		name    string
		lines   []o
		tenders []o
		more    o
		state   guitai.EntryState
		codes   []string
	}{
		{"plain", cake, nil, nil, guitai.EntryTaken, nil},
		{"sums", cake, []o{cash("1", 500)}, nil, guitai.EntryQueried, []string{"sum_wrong tenders"}},
		{"another shift", cake, nil, o{"shift": "shf-9"}, guitai.EntryQueried, []string{"shift_not_open"}},
		{"a cheaper price", []o{cheap}, nil, nil, guitai.EntryQueried, []string{"price_unlike line 1"}},
		{"a cheaper price with leave", []o{leave}, nil, nil, guitai.EntryTaken, nil},
		{"a voucher", cake, []o{{"n": "1", "kind": "voucher", "amount_fen": 550, "voucher": "V1"}}, nil, guitai.EntryQueried, []string{"voucher_refused tender 1"}},
		{"points", cake, []o{{"n": "1", "kind": "points", "amount_fen": 550, "points": 55, "member": "mem-1"}}, nil, guitai.EntryQueried, []string{"points_refused tender 1"}},
		{"a payment that nobody knows", cake, []o{{"n": "1", "kind": "wallet", "amount_fen": 550, "payment": "pay-none"}}, nil, guitai.EntryQueried, []string{"payment_missing tender 1"}},
		{"no payment at all", cake, []o{{"n": "1", "kind": "wallet", "amount_fen": 550}}, nil, guitai.EntryQueried, []string{"payment_missing tender 1"}},
		{"a refund that nobody knows", []o{goods(1, -1000, 550)}, []o{{"n": "1", "kind": "wallet", "amount_fen": -550, "payment": "pay-none", "refund": "ref-none"}}, nil,
			guitai.EntryQueried, []string{"payment_missing tender 1"}},
		{"back from a sale that nobody knows", []o{back(1, -1000, 550, "sal-none", 1)}, nil, nil, guitai.EntryQueried, []string{"back_unknown line 1"}},
		{"a cheque", cake, []o{{"n": "1", "kind": "cheque", "amount_fen": 550, "cheque_no": "000123"}}, nil, guitai.EntryTaken, nil},
		{"the same sale again", cake, nil, o{"sale": "sal-0"}, guitai.EntryRefused, []string{"entry_impossible sale twice"}},
		{"a field that nobody knows", cake, nil, o{"odd": 1}, guitai.EntryRefused, []string{"entry_unreadable body"}},
		{"no line", []o{}, []o{}, nil, guitai.EntryRefused, []string{"entry_impossible sale"}},
		{"a name that cannot be", cake, nil, o{"sale": "no id"}, guitai.EntryRefused, []string{"entry_impossible id"}},
		{"a time that cannot be", cake, nil, o{"began": "noon"}, guitai.EntryRefused, []string{"entry_impossible began"}},
		{"a tender that cannot be", cake, []o{{"n": "1", "kind": "shells", "amount_fen": 550}}, nil, guitai.EntryRefused, []string{"entry_impossible sale"}},
		{"goods back from itself", []o{back(1, -1000, 550, "sal-self", 1)}, nil, o{"sale": "sal-self"}, guitai.EntryRefused, []string{"entry_impossible line 1"}},
		{"goods sold that come back", []o{back(1, 1000, 550, "sal-0", 1)}, nil, nil, guitai.EntryRefused, []string{"entry_impossible line 1"}},
		{"half a fen", cake, nil, o{"total_fen": 550.5}, guitai.EntryRefused, []string{"entry_unreadable body"}},
	}
	for i, c := range cases {
		w.sell(fmt.Sprintf("sal-%d", i), "shf-1", c.lines, c.tenders, c.more)
		r := w.last()
		wantCodes(t, c.name, r, c.state, c.codes...)
		if c.state == guitai.EntryRefused {
			w.receipts-- // the till has given the number; here the next sale is to be right again
		}
	}
	w.receipts++
	w.sell("sal-jump", "shf-1", cake, nil, nil)
	wantCodes(t, "a number left out", w.last(), guitai.EntryQueried, "receipt_no_wrong")
	w.sell("sal-after", "shf-1", cake, nil, nil)
	wantCodes(t, "the number after it", w.last(), guitai.EntryTaken)
	w.sell("sal-odd", "shf-1", cake, nil, o{"receipt_no": "x"})
	wantCodes(t, "no number of ours", w.last(), guitai.EntryQueried, "receipt_no_wrong")
	w.receipts--
	w.at = w.at.Add(-25 * time.Hour)
	w.sell("sal-back", "shf-1", cake, nil, nil)
	wantCodes(t, "a clock put back", w.last(), guitai.EntryQueried, "clock_off")
	w.at = w.at.Add(75 * time.Hour)
	w.sell("sal-ahead", "shf-1", cake, nil, nil)
	wantCodes(t, "a clock ahead", w.last(), guitai.EntryQueried, "clock_off")
}

// TestJudgeOthers: the other kinds of entry.
func TestJudgeOthers(t *testing.T) {
	p, w := began(t, testkit.SQLite(t))
	w.sell("sal-1", "shf-1", []o{goods(1, 2000, 550)}, nil, nil)
	w.sell("sal-2", "shf-1", []o{goods(1, 1000, 300)}, nil, nil)
	w.send()
	line := []o{goods(1, 1000, 300)}
	void := func(sale string, tenders ...o) o {
		return o{"void": "vod-" + sale, "sale": sale, "receipt_no": "1A-000001", "shift": "shf-1", "reason": "收错", "tenders": tenders}
	}
	cases := []struct {
		name  string
		kind  guitai.EntryKind
		body  any
		state guitai.EntryState
		codes []string
	}{
		{"lock", guitai.EntryLock, "{}", guitai.EntryTaken, nil},
		{"lock with more", guitai.EntryLock, `{"x":1}`, guitai.EntryRefused, []string{"entry_unreadable body"}},
		{"no kind of ours", "dance", "{}", guitai.EntryRefused, []string{"entry_unreadable kind"}},
		{"a key twice", guitai.EntryResumed, `{"hold":"hld-1","hold":"hld-1","sale":"sal-9"}`, guitai.EntryRefused, []string{"entry_unreadable body"}},
		{"a key in capitals", guitai.EntryResumed, `{"Hold":"hld-1","sale":"sal-9"}`, guitai.EntryRefused, []string{"entry_unreadable body"}},
		{"held", guitai.EntryHeld, o{"hold": "hld-1", "sale": "sal-9", "total_fen": 300, "lines": line}, guitai.EntryTaken, nil},
		{"resumed", guitai.EntryResumed, o{"hold": "hld-1", "sale": "sal-9"}, guitai.EntryTaken, nil},
		{"printed", guitai.EntryPrinted, o{"sale": "sal-1", "what": "copy", "printer": "前台", "ok": false, "problem": "缺纸"}, guitai.EntryTaken, nil},
		{"printed what", guitai.EntryPrinted, o{"sale": "sal-1", "what": "poem", "printer": "", "ok": true}, guitai.EntryRefused, []string{"entry_impossible what"}},
		{"pay in", guitai.EntryCash, o{"move": "mov-1", "shift": "shf-1", "what": "pay_in", "amount_fen": 1000, "reason": "零钱"}, guitai.EntryTaken, nil},
		{"pay in again", guitai.EntryCash, o{"move": "mov-1", "shift": "shf-1", "what": "pay_in", "amount_fen": 1000, "reason": "零钱"}, guitai.EntryRefused, []string{"entry_impossible move twice"}},
		{"pay in less than nothing", guitai.EntryCash, o{"move": "mov-2", "shift": "shf-1", "what": "pay_in", "amount_fen": -1, "reason": ""}, guitai.EntryRefused, []string{"entry_impossible what"}},
		{"drawer", guitai.EntryCash, o{"move": "mov-3", "shift": "shf-1", "what": "drawer", "amount_fen": 0, "reason": "换零"}, guitai.EntryTaken, nil},
		{"drawer with money", guitai.EntryCash, o{"move": "mov-4", "shift": "shf-1", "what": "drawer", "amount_fen": 5, "reason": ""}, guitai.EntryRefused, []string{"entry_impossible what"}},
		{"cash of no shift", guitai.EntryCash, o{"move": "mov-5", "shift": "shf-9", "what": "pay_in", "amount_fen": 5, "reason": ""}, guitai.EntryQueried, []string{"shift_not_open"}},
		{"a bill that came to nothing", guitai.EntrySaleCancelled, o{"sale": "sal-3", "shift": "shf-1", "began": "2026-11-22T03:59:00.000Z", "lines": line, "total_fen": 300, "reason": "不要了"}, guitai.EntryTaken, nil},
		{"the same again", guitai.EntrySaleCancelled, o{"sale": "sal-3", "shift": "shf-1", "began": "2026-11-22T03:59:00.000Z", "lines": line, "total_fen": 300, "reason": ""}, guitai.EntryRefused, []string{"entry_impossible sale twice"}},
		{"void", guitai.EntrySaleVoided, void("sal-1", cash("2", -1100)), guitai.EntryTaken, nil},
		{"void again", guitai.EntrySaleVoided, void("sal-1", cash("2", -1100)), guitai.EntryRefused, []string{"entry_impossible sale"}},
		{"void of nothing", guitai.EntrySaleVoided, void("sal-9", cash("2", -1)), guitai.EntryRefused, []string{"entry_impossible sale"}},
		{"void that gives too little back", guitai.EntrySaleVoided, void("sal-2", cash("2", -100)), guitai.EntryQueried, []string{"receipt_no_wrong", "sum_wrong void"}},
		{"the shift again", guitai.EntryShiftOpen, o{"shift": "shf-1", "float_fen": 0}, guitai.EntryRefused, []string{"entry_impossible shift"}},
		{"a float below zero", guitai.EntryShiftOpen, o{"shift": "shf-2", "float_fen": -1}, guitai.EntryRefused, []string{"entry_impossible float_fen"}},
		{"close of no shift", guitai.EntryShiftClose, o{"shift": "shf-9", "counted": []o{}, "expected": []o{}, "wallets": o{"agreed": 0, "open": 0, "differ": 0}}, guitai.EntryQueried, []string{"shift_not_open"}},
	}
	for _, c := range cases {
		w.add(c.kind, c.body)
		wantCodes(t, c.name, w.last(), c.state, c.codes...)
	}
	r, err := p.Report(context.Background(), ours, "shf-1")
	if err != nil || r.Figures.Voids.Count != 2 || r.Figures.CancelledBills.Count != 1 || r.Figures.PayIns.Fen != 1000 || r.Figures.Drawers != 1 ||
		r.Figures.Expected[0].Fen != 50000+1000+1100-1100+300-100 {
		t.Errorf("%+v %v", r.Figures, err)
	}
}

// TestTwoShifts: two cashiers on one till one after the other; Z reports are
// numbered and never change.
func TestTwoShifts(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		p, w := began(t, dsn)
		w.sell("sal-1", "shf-1", []o{goods(1, 1000, 550)}, nil, nil)
		w.close("shf-1", 50550)
		w.open("shf-2")
		w.sell("sal-2", "shf-2", []o{goods(1, 1000, 300)}, nil, nil)
		w.sell("sal-3", "shf-1", []o{goods(1, 1000, 100)}, nil, nil)
		w.close("shf-2", 50300)
		w.close("shf-2", 50300)
		r := w.send()
		wantCodes(t, "a sale on a closed shift", r[4], guitai.EntryQueried, "shift_not_open")
		wantCodes(t, "closed twice", r[6], guitai.EntryRefused, "entry_impossible shift")
		for i, shift := range []guitai.ShiftID{"shf-1", "shf-2"} {
			z, err := p.Z(context.Background(), ours, shift)
			if err != nil || z.N != int64(i+1) || !strings.Contains(z.Text, fmt.Sprintf("Z%06d", i+1)) || !strings.Contains(z.Text, "现金 相符") {
				t.Errorf("%s: %+v %v", shift, z, err)
			}
		}
		x, err := p.Report(context.Background(), ours, "shf-1")
		if err != nil || x.Figures.Sales.Fen != 650 {
			t.Errorf("what came late is in the figures: %+v %v", x.Figures, err)
		}
		list, err := p.Shifts(context.Background(), till.ShiftFilter{Merchant: ours, Limit: 9})
		if err != nil || len(list) != 2 || list[0].ID != "shf-2" || list[0].Z != 2 {
			t.Errorf("%+v %v", list, err)
		}
	})
}

// TestReturns: all returns of all tills together are capped in count and in
// money, the bill's discount shared out; a voided return counts no more.
func TestReturns(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		p, w := began(t, dsn)
		w.sell("sal-1", "shf-1", []o{goods(1, 3000, 1000)}, []o{cash("1", 2900)}, o{"discount": o{"off_fen": 100}, "total_fen": 2900})
		wantCodes(t, "sold", w.last(), guitai.EntryTaken)
		one := func(fen int64) []o {
			l := back(1, -1000, 1000, "sal-1", 1)
			l["discount"], l["total_fen"] = o{"off_fen": -(1000 - fen)}, -fen
			return []o{l}
		}
		v := p.pen(1, "jrn-2")
		v.open("shf-2")
		w.sell("ret-1", "shf-1", one(967), nil, nil)
		wantCodes(t, "the first", w.last(), guitai.EntryTaken)
		v.sell("ret-2", "shf-2", one(967), nil, nil)
		wantCodes(t, "the second, at another till", v.last(), guitai.EntryTaken)
		v.sell("ret-3", "shf-2", one(967), nil, nil)
		wantCodes(t, "a fen too much", v.last(), guitai.EntryQueried, "returned_too_much line 1")
		v.add(guitai.EntrySaleVoided, o{"void": "vod-1", "sale": "ret-3", "receipt_no": "2A-000002", "shift": "shf-2", "reason": "错", "tenders": []o{cash("2", 967)}})
		wantCodes(t, "voided", v.last(), guitai.EntryTaken)
		v.sell("ret-4", "shf-2", one(966), nil, nil)
		wantCodes(t, "what is left", v.last(), guitai.EntryTaken)
		v.sell("ret-5", "shf-2", one(0), []o{}, nil)
		wantCodes(t, "one more than was sold", v.last(), guitai.EntryQueried, "returned_too_much line 1")
		v.sell("ret-6", "shf-2", []o{back(1, -1000, 1, "sal-1", 9)}, nil, nil)
		wantCodes(t, "a line that was not sold", v.last(), guitai.EntryQueried, "returned_too_much line 1")
		s, err := p.Sale(context.Background(), ours, "sal-1")
		if err != nil || s.Lines[0].Left != (guitai.Returned{}) || s.Lines[0].Back.CountMilli != 4000 || len(s.Returns) != 6 {
			t.Errorf("%+v %v", s.Lines, err)
		}
	})
}

// TestBackUnknown: returns that come before their sale are judged again when it
// arrives, in the order in which they came.
func TestBackUnknown(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		p, w := began(t, dsn)
		v := p.pen(1, "jrn-2")
		v.open("shf-2")
		v.sell("ret-1", "shf-2", []o{back(1, -1000, 550, "sal-1", 1)}, nil, nil)
		wantCodes(t, "first", v.last(), guitai.EntryQueried, "back_unknown line 1")
		p.clock.Add(int64(time.Second))
		v.sell("ret-2", "shf-2", []o{back(1, -1000, 550, "sal-1", 1)}, nil, nil)
		v.last()
		w.sell("sal-1", "shf-1", []o{goods(1, 1000, 550)}, nil, nil)
		wantCodes(t, "the sale", w.last(), guitai.EntryTaken)
		list, err := p.Queries(context.Background(), till.QueryFilter{Merchant: ours, State: "open", Limit: 9})
		if err != nil || len(list) != 1 || list[0].Code != guitai.CodeReturnedTooMuch || list[0].Sale != "ret-2" {
			t.Errorf("%+v %v", list, err)
		}
	})
}

// TestReturnRace: two tills take the same goods back at once; one is asked
// about.
func TestReturnRace(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		p, w := began(t, dsn)
		v := p.pen(1, "jrn-2")
		v.open("shf-2")
		v.send()
		for round := range 8 {
			sale := fmt.Sprintf("sal-%d", round)
			w.sell(sale, "shf-1", []o{goods(1, 1000, 550)}, nil, nil)
			w.send()
			for i, pen := range []*pen{w, v} {
				pen.sell(fmt.Sprintf("ret-%d-%d", round, i), []string{"shf-1", "shf-2"}[i], []o{back(1, -1000, 550, sale, 1)}, nil, nil)
			}
			var both sync.WaitGroup
			var asked [2]int
			var errs [2]error
			for i, pen := range []*pen{w, v} {
				both.Go(func() {
					_, r, err := p.Take(context.Background(), pen.till, pen.book, pen.entries[pen.sent:])
					errs[i] = err
					if err == nil {
						asked[i] = len(r[0].Queries)
					}
				})
			}
			both.Wait()
			w.sent, v.sent = len(w.entries), len(v.entries)
			if err := errors.Join(errs[0], errs[1]); err != nil || asked[0]+asked[1] != 1 {
				t.Fatalf("round %d: %v were asked about, %v", round, asked, err)
			}
		}
	})
}

// TestZRace: two shifts of a till close at once, from two books; the numbers
// have no gap.
func TestZRace(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		p, w := began(t, dsn)
		v := p.pen(0, "jrn-2")
		v.open("shf-2")
		v.send()
		w.close("shf-1", 50000)
		v.close("shf-2", 50000)
		var both sync.WaitGroup
		for _, pen := range []*pen{w, v} {
			both.Go(func() {
				if _, _, err := p.Take(context.Background(), pen.till, pen.book, pen.entries[pen.sent:]); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		sum := int64(0)
		for _, s := range []guitai.ShiftID{"shf-1", "shf-2"} {
			z, err := p.Z(context.Background(), ours, s)
			if err != nil {
				t.Error(err)
			}
			sum += z.N
		}
		if sum != 3 {
			t.Errorf("the numbers come to %d", sum)
		}
	})
}

// moneyOf is a payment as the switch would have stored it.
func moneyOf(id, sale, tender string, fen int64, state guitai.PaymentState) guitai.Payment {
	return guitai.Payment{ID: guitai.PaymentID(id), Merchant: ours, Shop: shopA, Till: "til-1", Kind: guitai.Scan, Wallet: guitai.WeChat,
		Amount: guitai.Fen(fen), Sale: sale, Tender: tender, State: state, Version: 1, CreatedAt: noon.Add(time.Minute), UpdatedAt: noon}
}

// TestPayments: what a sale says of its payments, and that the missing one is
// looked for again.
func TestPayments(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		p, w := began(t, dsn)
		late := moneyOf("pay-late", "sal-3", "1", 550, guitai.PaymentUnknown)
		p.write(func(tx *store.Tx) error {
			return errors.Join(tx.InsertPayment(moneyOf("pay-1", "sal-1", "1", 550, guitai.PaymentPaid)),
				tx.InsertPayment(moneyOf("pay-2", "sal-2", "1", 500, guitai.PaymentPaid)), tx.InsertPayment(late),
				tx.InsertPayment(moneyOf("pay-off", "sal-5", "1", 550, guitai.PaymentPaid)))
		})
		by := func(pay string) []o {
			return []o{{"n": "1", "kind": "wallet", "amount_fen": 550, "payment": pay, "wallet": "wechat"}}
		}
		cake := []o{goods(1, 1000, 550)}
		w.sell("sal-1", "shf-1", cake, by("pay-1"), nil)
		wantCodes(t, "paid", w.last(), guitai.EntryTaken)
		w.sell("sal-2", "shf-1", cake, by("pay-2"), nil)
		wantCodes(t, "another amount", w.last(), guitai.EntryQueried, "payment_differs tender 1")
		w.sell("sal-3", "shf-1", cake, by("pay-late"), nil)
		wantCodes(t, "not paid yet", w.last(), guitai.EntryQueried, "payment_missing tender 1")
		w.sell("sal-4", "shf-1", cake, by("pay-1"), nil)
		wantCodes(t, "another's payment", w.last(), guitai.EntryQueried, "payment_differs tender 1")
		w.sell("sal-5", "shf-1", cake, []o{{"n": "1", "kind": "wallet", "amount_fen": 550, "offline": "0123456789abcdef"}}, nil)
		wantCodes(t, "an offline code that was paid", w.last(), guitai.EntryTaken)
		two := []o{goods(1, 2000, 550)}
		w.sell("sal-6", "shf-1", two, []o{{"n": "1", "kind": "wallet", "amount_fen": 550, "payment": "pay-6"}, {"n": "2", "kind": "wallet", "amount_fen": 550, "payment": "pay-6"}}, nil)
		wantCodes(t, "no payment twice", w.last(), guitai.EntryQueried, "payment_missing tender 1", "payment_missing tender 2")

		p.clock.Add(int64(2 * time.Minute))
		job := func() store.Job {
			jobs, err := p.Store.ClaimJobs(context.Background(), []string{till.JobJudge}, p.now().Add(time.Hour), time.Second, 9)
			if err != nil {
				t.Fatal(err)
			}
			for _, j := range jobs {
				if j.Key == "sal-3" {
					return j
				}
			}
			t.Fatalf("no job for sal-3: %v", jobs)
			return store.Job{}
		}
		if err := p.JudgeAgain(context.Background(), job()); err != nil {
			t.Fatal(err)
		}
		was := late.Version
		late.State, late.Version = guitai.PaymentPaid, 2
		p.write(func(tx *store.Tx) error { return tx.UpdatePayment(late, was) })
		p.clock.Add(int64(2 * time.Hour))
		if err := p.JudgeAgain(context.Background(), job()); err != nil {
			t.Fatal(err)
		}
		s, err := p.Sale(context.Background(), ours, "sal-3")
		if err != nil || len(s.Queries) != 0 || len(s.Payments) != 1 {
			t.Errorf("%+v %v", s, err)
		}
		if next, found, err := p.Store.NextJobAt(context.Background(), []string{till.JobJudge}); err != nil || !found {
			t.Errorf("the other sale's job is gone too: %v %v %v", next, found, err)
		}
		r, err := p.Report(context.Background(), ours, "shf-1")
		if err != nil || len(r.Unsold) != 0 {
			t.Errorf("%+v %v", r.Unsold, err)
		}
	})
}
