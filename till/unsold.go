package till

import (
	"time"

	"guitai"
	"guitai/store"
)

// unsold lists the payments that a till took during a shift, up to an instant,
// and that no sale names: money without a sale, or a sale that is part paid.
// What failed, was closed or went back whole is none. A little after the
// instant belongs to it: clocks differ.
func unsold(tx *store.ReadTx, s guitai.Shift, until time.Time) ([]guitai.Payment, error) {
	return tx.UnsoldPayments(store.UnsoldFilter{Merchant: s.Merchant, Till: s.Till, From: s.OpenedAt, To: until.Add(clockSlack), Limit: mostUnsold})
}

const (
	clockSlack = time.Minute
	mostUnsold = 200
)
