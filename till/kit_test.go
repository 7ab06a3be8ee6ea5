package till_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"guitai"
	"guitai/store"
	"guitai/till"
)

const (
	ours  = guitai.MerchantID("mer-1")
	shopA = guitai.ShopID("shp-1")
	lin   = guitai.StaffID("stf-1")
)

var noon = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)

// place is a shop with two tills and the journal that takes in what they write.
type place struct {
	*till.Journal
	t     testing.TB
	tills [2]guitai.Till
	clock atomic.Int64 // nanoseconds after noon
}

func (p *place) now() time.Time { return noon.Add(time.Duration(p.clock.Load())) }

func open(t testing.TB, dsn string) *place {
	t.Helper()
	p := &place{t: t}
	st, err := store.Open(context.Background(), store.Options{DSN: dsn, Now: p.now, Rand: rand.Reader, Node: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	p.Journal = &till.Journal{Store: st, Now: p.now}
	p.write(func(tx *store.Tx) error {
		err := errors.Join(tx.InsertMerchant(guitai.Merchant{ID: ours, Name: "桂花里", CreatedAt: noon}),
			tx.InsertShop(guitai.Shop{ID: shopA, Merchant: ours, Name: "桂花里便利店", Zone: "Asia/Shanghai", CreatedAt: noon}),
			tx.InsertStaff(guitai.Staff{ID: lin, Merchant: ours, Shop: shopA, Number: "101", Name: "林小雨", Role: guitai.Cashier, CreatedAt: noon}))
		for i := range p.tills {
			p.tills[i] = guitai.Till{ID: guitai.TillID(fmt.Sprintf("til-%d", i+1)), Merchant: ours, Shop: shopA,
				Number: fmt.Sprint(i + 1), Name: "前台", Paper: 80, CreatedAt: noon}
			err = errors.Join(err, tx.InsertTill(p.tills[i]))
		}
		return err
	})
	return p
}

func (p *place) write(fn func(*store.Tx) error) {
	p.t.Helper()
	if err := p.Store.InSerialTx(context.Background(), fn); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) read(fn func(*store.ReadTx) error) {
	p.t.Helper()
	if err := p.Store.Read(context.Background(), fn); err != nil {
		p.t.Fatal(err)
	}
}

// o is a JSON object as a till writes it.
type o = map[string]any

// pen writes a till's book as its browser does.
type pen struct {
	p        *place
	till     guitai.Till
	book     guitai.BookID
	series   string
	entries  []guitai.Entry
	receipts int64
	at       time.Time
	sent     int
}

// pen opens a book at a till.
func (p *place) pen(n int, book guitai.BookID) *pen {
	p.t.Helper()
	b, err := p.OpenBook(context.Background(), p.tills[n], book)
	if err != nil {
		p.t.Fatal(err)
	}
	return &pen{p: p, till: p.tills[n], book: book, series: b.Series, at: noon}
}

// add writes the next entry.
func (w *pen) add(kind guitai.EntryKind, body any) guitai.Entry {
	w.p.t.Helper()
	text, ok := body.(string)
	if !ok {
		b, err := json.Marshal(body)
		if err != nil {
			w.p.t.Fatal(err)
		}
		text = string(b)
	}
	w.at = w.at.Add(time.Second)
	e := guitai.Entry{Book: w.book, Seq: int64(len(w.entries) + 1), Kind: kind, At: w.at.Format("2006-01-02T15:04:05.000Z"), Staff: lin,
		Body: text, Prev: guitai.FirstPrev}
	e.ID = guitai.JournalEntryID(fmt.Sprintf("jen-%s-%d", w.book, e.Seq))
	if len(w.entries) > 0 {
		e.Prev = w.entries[len(w.entries)-1].Hash
	}
	e.Hash = e.HashOf()
	w.entries = append(w.entries, e)
	return e
}

// sell writes a sale with the next receipt number; more lies over its body.
func (w *pen) sell(id, shift string, lines []o, tenders []o, more o) guitai.Entry {
	w.p.t.Helper()
	w.receipts++
	var total int64
	for _, l := range lines {
		total += l["total_fen"].(int64)
	}
	if tenders == nil {
		tenders = []o{cash("1", total)}
	}
	b := o{"sale": id, "receipt_no": guitai.ReceiptNo(w.till.Number, w.series, w.receipts), "shift": shift,
		"began": "2026-11-22T03:59:00.000Z", "lines": lines, "total_fen": total, "tenders": tenders}
	for k, v := range more {
		b[k] = v
	}
	return w.add(guitai.EntrySale, b)
}

func (w *pen) open(shift string) {
	w.add(guitai.EntryShiftOpen, o{"shift": shift, "float_fen": 50000, "notes": []o{{"fen": 10000, "n": 5}}})
}

func (w *pen) close(shift string, cashFen int64) {
	w.add(guitai.EntryShiftClose, o{"shift": shift, "counted": []o{{"tender": "cash", "fen": cashFen}}, "expected": []o{{"tender": "cash", "fen": cashFen}},
		"wallets": o{"agreed": 0, "open": 0, "differ": 0}})
}

// send sends what was not sent yet and returns what became of it.
func (w *pen) send() []till.Result {
	w.p.t.Helper()
	_, results, err := w.p.Take(context.Background(), w.till, w.book, w.entries[w.sent:])
	if err != nil {
		w.p.t.Fatalf("entries from %d: %v", w.sent+1, err)
	}
	w.sent = len(w.entries)
	return results
}

// last sends and returns what became of the last entry.
func (w *pen) last() till.Result {
	w.p.t.Helper()
	r := w.send()
	return r[len(r)-1]
}

// wantCodes compares what is asked about an entry.
func wantCodes(t testing.TB, what string, r till.Result, state guitai.EntryState, codes ...string) {
	t.Helper()
	var got []string
	for _, q := range r.Queries {
		if q.About == "" {
			got = append(got, string(q.Code))
			continue
		}
		got = append(got, string(q.Code)+" "+q.About)
	}
	if r.State != state || fmt.Sprint(got) != fmt.Sprint(codes) {
		t.Errorf("%s: %s %q, not %s %q", what, r.State, got, state, codes)
	}
}

func goods(n int, count, price int64) o {
	l := guitai.SaleLine{CountMilli: count, PriceFen: price}
	return o{"n": n, "item": fmt.Sprint(1000 + n), "name": "桂花糕", "department": "cake", "unit": "块", "count_milli": count, "list_fen": price,
		"price_fen": price, "total_fen": l.Total()}
}

// back is a line that comes back.
func back(n int, count, price int64, of string, ofN int) o {
	l := goods(n, count, price)
	l["back"] = o{"sale": of, "n": ofN}
	return l
}

func cash(n string, fen int64) o {
	return o{"n": n, "kind": "cash", "amount_fen": fen, "given_fen": max(fen, 0), "change_fen": max(-fen, 0)}
}

func wantFailure(t testing.TB, what string, err error, kind guitai.Kind, code guitai.Code) {
	t.Helper()
	if e := guitai.AsError(err); e == nil || e.Kind != kind || e.Code != code {
		t.Errorf("%s: %v, not %s %s", what, err, kind, code)
	}
}
