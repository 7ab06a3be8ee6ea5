package book

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// RowKind says how a wallet's bill names a movement of money.
type RowKind string

// The kinds of row.
const (
	RowPaid     RowKind = "paid"
	RowRefunded RowKind = "refunded"
	RowReversed RowKind = "reversed" // a paid order that was undone
)

// Row is one movement of money at a wallet, as the bill of its day tells it.
type Row struct {
	Kind      RowKind
	At        time.Time
	Order     Order
	Refund    Refund // RowRefunded only
	AmountFen int64  // taken: positive; given back: negative
	FeeFen    int64  // kept by the wallet: positive; given back: negative
}

// rateUnit is what Policy.FeeRate is counted in: hundred-thousandths.
const rateUnit = 100_000

// Fee is what the wallet keeps of an amount: rounded half up to the fen.
func (p Policy) Fee(fen int64) int64 { return (fen*p.FeeRate + rateUnit/2) / rateUnit }

// Rows lists what moved at a wallet from one instant (inclusive) to another
// (exclusive), in the order in which it happened. Money that goes back takes its
// part of the fee along: the wallet always keeps the fee of what is left.
func (b *Book) Rows(w Wallet, from, to time.Time) ([]Row, error) {
	orders, err := b.Orders(Filter{Wallet: w})
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, o := range orders {
		rows = append(rows, b.rowsOf(o)...)
	}
	rows = slices.DeleteFunc(rows, func(r Row) bool { return r.At.Before(from) || !r.At.Before(to) })
	slices.SortStableFunc(rows, func(x, y Row) int {
		return cmp.Or(x.At.Compare(y.At), strings.Compare(x.Order.Number, y.Order.Number))
	})
	return rows, nil
}

func (b *Book) rowsOf(o Order) []Row {
	p := b.policies[o.Wallet]
	var rows []Row
	left := int64(0)
	move := func(kind RowKind, at time.Time, fen int64, r Refund) {
		rows = append(rows, Row{Kind: kind, At: at, Order: o, Refund: r, AmountFen: fen, FeeFen: p.Fee(left+fen) - p.Fee(left)})
		left += fen
	}
	for _, at := range o.Charges {
		move(RowPaid, at, o.AmountFen, Refund{})
	}
	done := slices.DeleteFunc(slices.Clone(o.Refunds), func(r Refund) bool { return r.State != RefundSuccess })
	slices.SortStableFunc(done, func(x, y Refund) int { return x.DoneAt.Compare(y.DoneAt) })
	for _, r := range done {
		move(RowRefunded, r.DoneAt, -r.AmountFen, r)
	}
	if o.State == Revoked && left > 0 {
		move(RowReversed, o.EndedAt, -left, Refund{})
	}
	return rows
}
