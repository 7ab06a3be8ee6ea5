package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// maxSpoilt is how many spoilt bills are remembered.
const maxSpoilt = 256

// spoiler makes bills tell what is not so, as the rules of fault.OpBill want. A
// bill that was spoilt is told the same way however often it is fetched, until
// its day is ended again: that is the correction.
type spoiler struct {
	book   *book.Book
	faults *fault.Set

	mu    sync.Mutex
	asked map[book.Wallet]string // the day of the bill that is being made
	told  map[spoiltBill][]book.Row
	late  []lateRow
}

type spoiltBill struct {
	wallet book.Wallet
	day    string
	rows   [sha256.Size]byte // what it was made of
}

// lateRow is a row that stands in the bill of the day after its own.
type lateRow struct {
	wallet book.Wallet
	day    string // its own
	row    book.Row
}

func newSpoiler(b *book.Book, f *fault.Set) *spoiler {
	return &spoiler{book: b, faults: f, asked: map[book.Wallet]string{}, told: map[spoiltBill][]book.Row{}}
}

// ready is BillReady of a wallet's desk.
func (s *spoiler) ready(w book.Wallet) func(string) (time.Time, bool) {
	return func(day string) (time.Time, bool) {
		s.mu.Lock()
		s.asked[w] = day
		s.mu.Unlock()
		return s.book.BillReady(w, day)
	}
}

// fresh forgets what was made of a day's bill.
func (s *spoiler) fresh(w book.Wallet, day string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.told {
		if k.wallet == w && k.day == day {
			delete(s.told, k)
		}
	}
	s.late = slices.DeleteFunc(s.late, func(l lateRow) bool { return l.wallet == w && l.day == day })
}

// spoil is SpoilBill of a wallet's desk.
func (s *spoiler) spoil(w book.Wallet) func([]book.Row) []book.Row {
	return func(rows []book.Row) []book.Row {
		s.mu.Lock()
		defer s.mu.Unlock()
		k := spoiltBill{wallet: w, day: s.asked[w], rows: printOf(rows)}
		if len(rows) > 0 {
			k.day = s.book.DayOf(w, rows[0].At)
		}
		if told, ok := s.told[k]; ok {
			return slices.Clone(told)
		}
		plan := s.faults.DrawBill(string(w))
		out := slices.Clone(rows)
		spoilt := false
		for i, kind := range fault.BillKinds() {
			if plan.Has(kind) {
				spoilt = true
				out = s.one(k, out, kind, i)
			}
		}
		for _, l := range s.late {
			if l.wallet == w && next(l.day) == k.day {
				out = append([]book.Row{l.row}, out...)
			}
		}
		if spoilt {
			if len(s.told) >= maxSpoilt {
				clear(s.told)
			}
			s.told[k] = slices.Clone(out)
		}
		return out
	}
}

func printOf(rows []book.Row) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, r := range rows {
		fmt.Fprintln(h, r.Kind, r.Order.OrderNo, r.Refund.RefundNo, r.At.UnixNano(), r.AmountFen, r.FeeFen)
	}
	h.Sum(sum[:0])
	return sum
}

func next(day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return at.AddDate(0, 0, 1).Format(time.DateOnly)
}

// one spoils a row in one way. Several ways at once take different payments
// where there are enough.
func (s *spoiler) one(k spoiltBill, rows []book.Row, kind fault.Kind, turn int) []book.Row {
	if kind == fault.BillStranger {
		return append(rows, s.stranger(k, rows))
	}
	var paid []int
	for i, r := range rows {
		if r.Kind == book.RowPaid {
			paid = append(paid, i)
		}
	}
	if len(paid) == 0 {
		return rows
	}
	at := paid[turn%len(paid)]
	r := &rows[at]
	switch kind {
	case fault.BillMissing:
		return slices.Delete(rows, at, at+1)
	case fault.BillDouble:
		return slices.Insert(rows, at+1, *r)
	case fault.BillAmount:
		r.AmountFen++
		r.Order.AmountFen++
	case fault.BillFee:
		r.FeeFen++
	case fault.BillSwapped:
		back := book.Refund{RefundNo: "B" + r.Order.OrderNo[1:], Number: r.Order.Number, State: book.RefundSuccess,
			AmountFen: r.AmountFen, CreatedAt: r.At, DueAt: r.At, DoneAt: r.At}
		r.Kind, r.Refund, r.AmountFen, r.FeeFen = book.RowRefunded, back, -r.AmountFen, -r.FeeFen
	case fault.BillLate:
		s.late = append(s.late, lateRow{k.wallet, k.day, *r})
		return slices.Delete(rows, at, at+1)
	}
	return rows
}

// stranger is a payment of an order that never was.
func (s *spoiler) stranger(k spoiltBill, rows []book.Row) book.Row {
	const fen = 4242
	p := policies()[k.wallet]
	at, _, _ := s.book.Day(k.wallet, k.day)
	r := book.Row{Kind: book.RowPaid, At: at.Add(12 * time.Hour), AmountFen: fen, FeeFen: p.Fee(fen)}
	if len(rows) > 0 {
		r.Order = rows[len(rows)-1].Order // who the merchant is, and how the wallet keeps its facts
		r.At = rows[len(rows)-1].At
	}
	tail := fmt.Sprintf("%016d", binary.BigEndian.Uint64(k.rows[:8])%10_000_000_000_000_000)
	r.Order.Wallet, r.Order.State, r.Order.Kind = k.wallet, book.Success, book.Scan
	r.Order.OrderNo, r.Order.Number = "NEVERWAS"+tail[8:], p.Number(r.At.In(book.Beijing()).Format("20060102"), tail)
	r.Order.AmountFen, r.Order.ChargedFen, r.Order.GivenBackFen = fen, fen, 0
	r.Order.Refunds, r.Order.Charges, r.Order.PaidAt = nil, []time.Time{r.At}, r.At
	return r
}
