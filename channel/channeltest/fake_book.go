package channeltest

import (
	"slices"
	"strings"
	"time"

	"guitai"
)

// Movement is money that moved.
type Movement struct {
	At  time.Time
	Fen int64
	Why string // "payment", "reversal", or "refund " and its number
}

// Record is all that a Fake's book holds about one order.
type Record struct {
	OrderNo  string
	Kind     guitai.PaymentKind
	AskedFen int64
	Made     time.Time  // when the wallet got the order
	Charges  []Movement // what payers were charged
	Backs    []Movement // what they got back
	Open     bool       // a payer may still be charged
	HeldFen  int64      // refunds accepted, done or not
}

// Book sums the record up.
func (r Record) Book() Book {
	b := Book{Charges: len(r.Charges)}
	for _, m := range r.Charges {
		b.ChargedFen += m.Fen
	}
	for _, m := range r.Backs {
		b.BackFen += m.Fen
	}
	return b
}

func (o *order) backFen() int64 {
	var sum int64
	for _, m := range o.backs {
		sum += m.Fen
	}
	return sum
}

func (f *Fake) record(o *order) Record {
	lapsed := o.kind == guitai.Show && !f.opt.Now().Before(o.expires)
	return Record{
		OrderNo: o.no, Kind: o.kind, AskedFen: o.fen, Made: o.made.UTC(), Charges: slices.Clone(o.charges), Backs: slices.Clone(o.backs),
		Open: (o.state == unscanned || o.state == unpaid) && !lapsed, HeldFen: o.held,
	}
}

// Judge reads the book about one order; an order that never came has an empty
// one.
func (f *Fake) Judge(orderNo string) Book {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o := f.orders[orderNo]; o != nil {
		return f.record(o).Book()
	}
	return Book{}
}

// Records reads the whole book, sorted by order number.
func (f *Fake) Records() []Record {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]Record, 0, len(f.orders))
	for _, o := range f.orders {
		all = append(all, f.record(o))
	}
	slices.SortFunc(all, func(a, b Record) int { return strings.Compare(a.OrderNo, b.OrderNo) })
	return all
}

// Complaints lists in which ways the caller broke the contract of package
// channel: a charge sent twice, a refund's number used for two refunds.
func (f *Fake) Complaints() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.complain)
}
