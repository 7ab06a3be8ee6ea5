package till_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
	"guitai/store"
	"guitai/till"
)

// TestThinSlice: open a book, open a shift, sell, close; the tables tell.
func TestThinSlice(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		p := open(t, dsn)
		w := p.pen(0, "jrn-1")
		w.add(guitai.EntrySignIn, "{}")
		w.open("shf-1")
		w.sell("sal-1", "shf-1", []o{goods(1, 2000, 550)}, []o{{"n": "1", "kind": "cash", "amount_fen": 1100, "given_fen": 2000, "change_fen": 900}}, nil)
		w.add(guitai.EntryPrinted, o{"sale": "sal-1", "what": "receipt", "printer": "前台", "ok": true})
		w.add(guitai.EntryCash, o{"move": "mov-1", "shift": "shf-1", "what": "pay_out", "amount_fen": 300, "reason": "买垃圾袋"})
		w.close("shf-1", 50800)
		for i, r := range w.send() {
			wantCodes(t, w.entries[i].Body, r, guitai.EntryTaken)
		}
		p.read(func(tx *store.ReadTx) error {
			s, err1 := tx.Sale(ours, "sal-1")
			z, err2 := tx.Z(ours, "shf-1")
			shift, err3 := tx.Shift(ours, "shf-1")
			if s.ReceiptNo != "1A-000001" || s.TotalFen != 1100 || len(s.Lines) != 1 || s.Lines[0].Name != "桂花糕" || len(s.Tenders) != 1 || s.Tenders[0].ChangeFen != 900 || s.Staff != lin {
				t.Errorf("%+v", s)
			}
			if z.N != 1 || shift.State != guitai.ShiftClosed || shift.Z != 1 || shift.Close.Counted[0].Fen != 50800 || len(shift.Notes) != 1 {
				t.Errorf("%+v %+v", z, shift)
			}
			return errors.Join(err1, err2, err3)
		})
	})
}

// TestBooks: one live book, series that no other has, and what was left.
func TestBooks(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		p, ctx := open(t, dsn), context.Background()
		w := p.pen(0, "jrn-1")
		w.open("shf-1")
		w.send()
		again, err := p.OpenBook(ctx, p.tills[0], "jrn-1")
		if err != nil || again.Series != "A" || again.Upto != 1 || !again.Live() {
			t.Errorf("%+v %v", again, err)
		}
		second := p.pen(0, "jrn-2")
		if second.series != "B" {
			t.Errorf("the second book has the series %s", second.series)
		}
		if other := p.pen(1, "jrn-1"); other.series != "A" {
			t.Errorf("another till's first book has the series %s", other.series)
		}
		w.sell("sal-1", "shf-1", []o{goods(1, 1000, 100)}, nil, nil)
		wantCodes(t, "a left book", w.last(), guitai.EntryTaken)
		list, err := p.Books(ctx, p.tills[0])
		if err != nil || len(list) != 2 || !list[0].Live() || list[1].Live() || list[1].LeftUpto != 1 || list[1].Upto != 2 {
			t.Errorf("%+v %v", list, err)
		}
		p.write(func(tx *store.Tx) error { return tx.SetTraining(ours, p.tills[1].ID, noon) })
		_, err = p.OpenBook(ctx, p.tills[1], "jrn-9")
		wantFailure(t, "training", err, guitai.Conflict, guitai.CodeTillTraining)
		if _, err := p.OpenBook(ctx, p.tills[1], "jrn-1"); err != nil {
			t.Errorf("a book from before the training: %v", err)
		}
		_, err = p.OpenBook(ctx, p.tills[0], "no id")
		wantFailure(t, "odd id", err, guitai.Invalid, guitai.CodeIDMalformed)
		_, err = p.Book(ctx, p.tills[0], "jrn-none")
		wantFailure(t, "no such book", err, guitai.NotFound, guitai.CodeBookNotFound)
	})
}

// TestTakeOnce: sent again it is answered from what was stored; a gap, a fork
// and a broken chain are refused, and what stands before them stays.
func TestTakeOnce(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		p, ctx := open(t, dsn), context.Background()
		w := p.pen(0, "jrn-1")
		w.open("shf-1")
		w.sell("sal-1", "shf-1", []o{goods(1, 1000, 100)}, []o{cash("1", 90)}, nil)
		w.sell("sal-2", "shf-1", []o{goods(1, 1000, 100)}, nil, nil)
		w.sell("sal-3", "shf-1", []o{goods(1, 1000, 100)}, nil, nil)
		take := func(entries ...guitai.Entry) (guitai.Book, []till.Result, error) {
			return p.Take(ctx, p.tills[0], "jrn-1", entries)
		}
		_, first, err := take(w.entries[0], w.entries[1])
		if err != nil {
			t.Fatal(err)
		}
		wantCodes(t, "first time", first[1], guitai.EntryQueried, "sum_wrong tenders")
		p.clock.Add(int64(time.Hour))
		b, again, err := take(w.entries[0], w.entries[1])
		if err != nil || b.Upto != 2 || len(again) != 2 || again[1].Queries[0] != first[1].Queries[0] {
			t.Errorf("%+v %+v %v", b, again, err)
		}
		var at *till.BookError
		_, _, err = take(w.entries[3])
		wantFailure(t, "gap", err, guitai.Conflict, guitai.CodeJournalGap)
		if !errors.As(err, &at) || at.Upto != 2 {
			t.Errorf("%v", err)
		}
		forked := w.entries[1]
		forked.Body = "{}"
		forked.Hash = forked.HashOf()
		_, _, err = take(forked, w.entries[2])
		wantFailure(t, "fork", err, guitai.Conflict, guitai.CodeJournalForked)
		broken := w.entries[3]
		broken.Body += " "
		_, _, err = take(w.entries[2], broken)
		wantFailure(t, "broken", err, guitai.Conflict, guitai.CodeJournalBroken)
		if !errors.As(err, &at) || at.Upto != 3 || at.Seq != 4 {
			t.Errorf("%+v", at)
		}
		loose := w.entries[3]
		loose.Prev = guitai.FirstPrev
		loose.Hash = loose.HashOf()
		_, _, err = take(loose)
		wantFailure(t, "a chain that does not hang together", err, guitai.Conflict, guitai.CodeJournalBroken)
		odd := w.entries[3]
		odd.Seq = 0
		_, _, err = take(odd)
		wantFailure(t, "no number", err, guitai.Conflict, guitai.CodeJournalBroken)
		_, _, err = take()
		wantFailure(t, "nothing", err, guitai.Invalid, guitai.CodeFieldInvalid)
		_, rest, err := take(w.entries...)
		if err != nil || len(rest) != 4 || rest[3].State != guitai.EntryTaken {
			t.Errorf("%+v %v", rest, err)
		}
	})
}
