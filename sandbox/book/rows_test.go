package book

import (
	"testing"
	"time"
)

// A bill tells what moved, and the fees of all rows of an order add up to the
// fee of what is left.
func TestRowsTellWhatMoved(t *testing.T) {
	at := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	b := &Book{policies: map[Wallet]Policy{WeChat: {FeeRate: 600}}}
	o := Order{Wallet: WeChat, State: Refunded, AmountFen: 10_050, Charges: []time.Time{at}, Refunds: []Refund{
		{RefundNo: "b", State: RefundSuccess, AmountFen: 50, DoneAt: at.Add(2 * time.Hour)},
		{RefundNo: "c", State: RefundStuck, AmountFen: 70, DoneAt: at.Add(time.Hour)},
		{RefundNo: "a", State: RefundSuccess, AmountFen: 10_000, DoneAt: at.Add(time.Hour)},
	}}
	rows := b.rowsOf(o)
	want := []struct {
		kind     RowKind
		fen, fee int64
	}{{RowPaid, 10_050, 60}, {RowRefunded, -10_000, -60}, {RowRefunded, -50, 0}}
	if len(rows) != len(want) {
		t.Fatalf("%d rows: %+v", len(rows), rows)
	}
	for i, w := range want {
		if r := rows[i]; r.Kind != w.kind || r.AmountFen != w.fen || r.FeeFen != w.fee {
			t.Errorf("row %d: %s %d fee %d, want %+v", i, r.Kind, r.AmountFen, r.FeeFen, w)
		}
	}
	o.State, o.Refunds, o.EndedAt = Revoked, nil, at.Add(time.Minute)
	rows = b.rowsOf(o)
	if len(rows) != 2 || rows[1].Kind != RowReversed || rows[1].AmountFen != -10_050 || rows[1].FeeFen != -60 {
		t.Errorf("reversed: %+v", rows)
	}
}
