package book

import (
	"slices"
	"strings"
	"time"

	"guitai"
)

// NoticeState is where a notice stands.
type NoticeState string

// The states of a notice.
const (
	NoticeDue     NoticeState = "due"      // to be delivered at NextAt
	NoticeTaken   NoticeState = "taken"    // the merchant answered that it has it
	NoticeGivenUp NoticeState = "given_up" // every delivery failed
)

// Notice is a message to a merchant: a payment (RefundNo empty) or a refund.
type Notice struct {
	ID        string      `json:"id"`
	Wallet    Wallet      `json:"wallet"`
	OrderNo   string      `json:"order_no"`
	RefundNo  string      `json:"refund_no,omitempty"`
	URL       string      `json:"url"`
	State     NoticeState `json:"state"`
	Tries     int         `json:"tries"`
	CreatedAt time.Time   `json:"created_at"`
	NextAt    time.Time   `json:"next_at,omitzero"`
	// Order is the order as it stood when the thing happened.
	Order Order `json:"order"`
}

// tell puts a notice of a payment, or of r when it has a number, on the list.
func (t *tx) tell(o Order, r Refund) error {
	id, err := guitai.NewID[string]("ntc", t.now, t.book.rand)
	if err != nil {
		return err
	}
	n := Notice{
		ID: id, Wallet: o.Wallet, OrderNo: o.OrderNo, RefundNo: r.RefundNo, URL: o.NotifyURL,
		State: NoticeDue, CreatedAt: t.now, NextAt: t.now, Order: o.clone(),
	}
	if r.RefundNo != "" {
		n.URL = r.NotifyURL
	}
	t.putNotice(n)
	return nil
}

// Owed lists the notices to be delivered by now, oldest first, and when the
// next one after them is due (zero: none is).
func (b *Book) Owed() (due []Notice, next time.Time, err error) {
	err = b.do("", func(t *tx) error {
		for id := range b.owed {
			n := b.notices[id]
			if t.now.Before(n.NextAt) {
				next = sooner(next, n.NextAt)
				continue
			}
			due = append(due, n)
		}
		return nil
	})
	slices.SortFunc(due, func(x, y Notice) int { return strings.Compare(x.ID, y.ID) })
	return due, next, err
}

// Notices lists the notices of an order, or of a whole wallet or street where
// the fields of ref are empty, oldest first.
func (b *Book) Notices(ref Ref) ([]Notice, error) {
	out := []Notice{}
	err := b.do("", func(*tx) error {
		for _, n := range b.notices {
			if (ref.Wallet == "" || n.Wallet == ref.Wallet) && (ref.OrderNo == "" || n.OrderNo == ref.OrderNo) {
				out = append(out, n)
			}
		}
		return nil
	})
	slices.SortFunc(out, func(x, y Notice) int { return strings.Compare(x.ID, y.ID) })
	return out, err
}

// Delivered says how a delivery of a notice ended.
type Delivered string

// The endings of a delivery.
const (
	Accepted Delivered = "accepted"
	Failed   Delivered = "failed"
)

// Tried records a delivery: accepted ends the notice, a failed one plans the
// next by the wallet's schedule or gives up after the last.
func (b *Book) Tried(id string, how Delivered) error {
	return b.do("notice", func(t *tx) error {
		n, ok := b.notices[id]
		if !ok || n.State != NoticeDue {
			return nil
		}
		n.Tries++
		gaps := b.policies[n.Wallet].NoticeGaps
		switch {
		case how == Accepted:
			n.State, n.NextAt = NoticeTaken, time.Time{}
		case n.Tries > len(gaps):
			n.State, n.NextAt = NoticeGivenUp, time.Time{}
		default:
			n.NextAt = t.now.Add(b.Delay(gaps[n.Tries-1]))
		}
		t.putNotice(n)
		return nil
	})
}

// Postpone moves a notice that was not tried yet to a later moment.
func (b *Book) Postpone(id string, by time.Duration) error {
	return b.do("postpone", func(t *tx) error {
		n, ok := b.notices[id]
		if ok && n.State == NoticeDue {
			n.NextAt = t.now.Add(by)
			t.putNotice(n)
		}
		return nil
	})
}

func sortOrders(out []Order) {
	slices.SortFunc(out, func(x, y Order) int {
		if c := x.CreatedAt.Compare(y.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(string(x.Wallet)+x.OrderNo, string(y.Wallet)+y.OrderNo)
	})
}
