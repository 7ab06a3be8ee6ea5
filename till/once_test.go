package till_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"guitai"
	"guitai/internal/testkit"
	"guitai/store"
	"guitai/till"
)

// day writes a till's whole day, with what is asked about and refused in it.
func (w *pen) day(shift, other string, bills int) {
	w.open(shift)
	for i := range bills {
		sale := fmt.Sprintf("sal-%s-%d", w.book, i)
		switch i % 7 {
		case 2:
			w.sell(sale, shift, []o{back(1, -1000, 550, fmt.Sprintf("sal-%s-%d", other, i), 1)}, nil, nil)
		case 3:
			w.sell(sale, shift, []o{goods(1, 1000, 550)}, []o{cash("1", 500)}, nil)
		case 4:
			w.sell(sale, shift, []o{goods(1, 1000, 550)}, nil, o{"odd": true})
		case 5:
			w.add(guitai.EntryCash, o{"move": "mov-" + sale, "shift": shift, "what": "pay_in", "amount_fen": 100, "reason": "零钱"})
		case 6:
			w.sell(sale, shift, []o{back(1, -1000, 550, fmt.Sprintf("sal-%s-%d", w.book, i-6), 1)}, nil, nil)
		default:
			w.sell(sale, shift, []o{goods(1, 1000, 550), goods(2, 358, 2580)}, nil, nil)
		}
	}
	w.close(shift, 50000)
}

// told is all that the tables say of a day, without the times at which the
// server took it.
func (p *place) told(pens ...*pen) string {
	p.t.Helper()
	var out bytes.Buffer
	say := func(v any) {
		if err := json.NewEncoder(&out).Encode(v); err != nil {
			p.t.Fatal(err)
		}
	}
	p.read(func(tx *store.ReadTx) error {
		for _, w := range pens {
			rows, err1 := tx.JournalEntries(w.till.ID, w.book, 1, 10_000)
			say(rows)
			b, err2 := tx.Book(w.till.ID, w.book)
			b.SeenAt, b.OpenedAt = noon, noon
			say(b)
			shift := guitai.ShiftID("shf-" + string(w.book))
			sales, err3 := tx.SalesOfShift(ours, shift)
			say(sales)
			moves, err4 := tx.CashMoves(ours, shift)
			say(moves)
			asked, err5 := tx.QueriesOfEntries(w.till.ID, w.book, 1, 10_000)
			for i := range asked {
				asked[i].OpenedAt = noon
			}
			say(asked)
			z, err6 := tx.Z(ours, shift)
			say(z)
			if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
				return err
			}
		}
		return nil
	})
	return out.String()
}

// TestAnyOrder: however a book is cut into batches, sent again, sent too early
// or cut off, the tables are the same as when it is sent at once.
func TestAnyOrder(t *testing.T) {
	if asked := flag.Lookup("rapid.checks"); asked.Value.String() == asked.DefValue {
		if err := flag.Set("rapid.checks", "25"); err != nil { // each opens a database
			t.Fatal(err)
		}
	}
	fresh := func() (*place, *pen) {
		p := open(t, testkit.SQLite(t))
		w := p.pen(0, "jrn-1")
		w.day("shf-jrn-1", "nobody", 14)
		return p, w
	}
	p, w := fresh()
	w.send()
	want := p.told(w)
	rapid.Check(t, func(r *rapid.T) {
		q, v := fresh()
		for upto := 0; upto < len(v.entries); {
			from := rapid.IntRange(0, min(len(v.entries)-1, upto+3)).Draw(r, "from")
			to := rapid.IntRange(from+1, min(len(v.entries), from+6)).Draw(r, "to")
			ctx, cancel := context.WithCancel(context.Background())
			cut := rapid.IntRange(0, 4).Draw(r, "cut") == 0
			if cut {
				cancel() // the line goes before the server has begun
			}
			b, results, err := q.Take(ctx, v.till, v.book, v.entries[from:to])
			cancel()
			switch {
			case err == nil && (int(b.Upto) < to || len(results) != to-from):
				r.Fatalf("%d to %d: upto %d, %d results", from, to, b.Upto, len(results))
			case err != nil && from <= upto && !cut:
				r.Fatalf("%d to %d: %v", from, to, err)
			}
			now, err := q.Book(context.Background(), v.till, v.book)
			if err != nil {
				r.Fatal(err)
			}
			upto = int(now.Upto)
		}
		if got := q.told(v); got != want {
			r.Fatalf("\n%s\nnot\n%s", got, want)
		}
	})
}

// errLine is a line that went.
var errLine = errors.New("the line is gone")

// wire carries requests and cuts every third of them, before it reaches the
// server or before the answer comes back.
type wire struct{ n int }

func (l *wire) carry(p *place, w *pen, from, to int) (till.Result, error) {
	l.n++
	if l.n%6 == 2 {
		return till.Result{}, errLine
	}
	_, results, err := p.Take(context.Background(), w.till, w.book, w.entries[from:to])
	if l.n%6 == 5 {
		return till.Result{}, errLine
	}
	if err != nil || len(results) == 0 {
		return till.Result{}, err
	}
	return results[len(results)-1], nil
}

// TestFiveHundredSales: sold without a line, then sent in batches of all sizes
// while every third request is cut before or after its commit, they arrive
// exactly once.
func TestFiveHundredSales(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		p := open(t, dsn)
		w := p.pen(0, "jrn-1")
		w.open("shf-1")
		for i := range 500 {
			w.sell(fmt.Sprintf("sal-%d", i), "shf-1", []o{goods(1, 1000, int64(100+i))}, nil, nil)
		}
		l := &wire{}
		for from, size := 0, 1; from < len(w.entries); size = size*7%61 + 1 {
			to := min(len(w.entries), from+size)
			switch _, err := l.carry(p, w, from, to); {
			case err == nil:
				from = to
			case !errors.Is(err, errLine):
				t.Fatal(err)
			}
		}
		r, err := p.Report(context.Background(), ours, "shf-1")
		if err != nil || r.Figures.Sales != (guitai.NamedSum{Count: 500, Fen: 500*100 + 499*500/2}) || r.Figures.FirstReceipt != "1A-000001" || r.Figures.LastReceipt != "1A-000500" {
			t.Errorf("%+v %v", r.Figures, err)
		}
		asked, err := p.Queries(context.Background(), till.QueryFilter{Merchant: ours, Limit: 9})
		if err != nil || len(asked) != 0 {
			t.Errorf("%+v %v", asked, err)
		}
	})
}

// FuzzBody reads what a till may have written, and what it may not.
func FuzzBody(f *testing.F) {
	for _, body := range []string{"{}", `{"sale":"sal-1"}`, `{"shift":"shf-1","float_fen":1,"notes":[{"fen":1,"n":2}]}`, `{"a":{"a":{"a":{}}}}`, `{"lines":[{"n":1,"count_milli":-9223372036854775808,"price_fen":9223372036854775807}]}`, `[`, "", `{"hold":"h","hold":"h"}`,
		`{"sale":"sal-1","receipt_no":"1A-000001","shift":"shf-1","began":"2026-11-22T03:59:00.000Z","lines":[{"n":1,"name":"x","count_milli":1000,"list_fen":1,"price_fen":1,"total_fen":1,"discount":{"percent_milli":1}}],"total_fen":1,"tenders":[{"n":"1","kind":"cash","amount_fen":1,"given_fen":1}]}`} {
		f.Add(body)
	}
	p := open(f, testkit.SQLite(f))
	w := p.pen(0, "jrn-1")
	kinds := []guitai.EntryKind{guitai.EntrySale, guitai.EntryShiftOpen, guitai.EntryCash, guitai.EntrySaleCancelled, guitai.EntrySaleVoided, guitai.EntryHeld,
		guitai.EntryResumed, guitai.EntryPrinted, guitai.EntryShiftClose, guitai.EntryLock}
	f.Fuzz(func(t *testing.T, body string) {
		p.t = t
		for _, kind := range kinds {
			e := w.add(kind, body)
			if !e.Whole() {
				w.entries = w.entries[:len(w.entries)-1]
				continue
			}
			_, r, err := p.Take(context.Background(), w.till, w.book, []guitai.Entry{e})
			if err != nil || len(r) != 1 {
				t.Fatalf("%s %q: %v", kind, body, err)
			}
		}
	})
}
