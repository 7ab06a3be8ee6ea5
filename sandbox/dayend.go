package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"guitai/sandbox/book"
)

// billRow is one movement of money as day-end tells it.
type billRow struct {
	Kind      book.RowKind `json:"kind"`
	At        time.Time    `json:"at"`
	OrderNo   string       `json:"order_no"`
	Number    string       `json:"number"`
	RefundNo  string       `json:"refund_no,omitempty"`
	AmountFen int64        `json:"amount_fen"`
	FeeFen    int64        `json:"fee_fen"`
}

// walletDay is what a wallet's bill of a day holds, before a fault spoils it.
type walletDay struct {
	Wallet      book.Wallet `json:"wallet"`
	Rows        []billRow   `json:"rows"`
	Payments    int         `json:"payments"`
	Refunds     int         `json:"refunds"` // reversals of what was paid are counted here too
	PaidFen     int64       `json:"paid_fen"`
	RefundedFen int64       `json:"refunded_fen"` // not positive
	FeeFen      int64       `json:"fee_fen"`
}

// dayEnd closes a day of all wallets: their bills of it can be fetched from now
// on, with all that happened by now.
func (s *Street) dayEnd(r *http.Request) (any, error) {
	ask, err := read[struct {
		Day string `json:"day"`
	}](r)
	if err != nil {
		return nil, err
	}
	if _, _, ok := s.book.Day("", ask.Day); !ok && ask.Day != "" {
		return nil, problem{"bad_day", "day: YYYY-MM-DD, or left out for today in Beijing"}
	}
	end, err := s.book.EndDay(ask.Day)
	if err != nil {
		return nil, err
	}
	out := []walletDay{}
	for _, w := range slices.Sorted(maps.Keys(s.providers)) {
		day, err := s.walletDay(w, end)
		if err != nil {
			return nil, err
		}
		s.spoiler.fresh(w, end.Day)
		out = append(out, day)
	}
	return map[string]any{"day": end.Day, "cut": end.Cut, "wallets": out}, nil
}

func (s *Street) walletDay(w book.Wallet, end book.DayEnd) (walletDay, error) {
	out := walletDay{Wallet: w, Rows: []billRow{}}
	from, to, _ := s.book.Day(w, end.Day)
	if end.Cut.Before(to) {
		to = end.Cut
	}
	rows, err := s.book.Rows(w, from, to)
	for _, r := range rows {
		out.Rows = append(out.Rows, billRow{Kind: r.Kind, At: r.At, OrderNo: r.Order.OrderNo, Number: r.Order.Number,
			RefundNo: r.Refund.RefundNo, AmountFen: r.AmountFen, FeeFen: r.FeeFen})
		if out.FeeFen += r.FeeFen; r.Kind == book.RowPaid {
			out.Payments++
			out.PaidFen += r.AmountFen
		} else {
			out.Refunds++
			out.RefundedFen += r.AmountFen
		}
	}
	return out, err
}
