package book

import (
	"io"
	"time"

	"guitai"
)

// Show makes an order that displays a code. The same bill again, while unpaid,
// gets a fresh code and the earlier one stops working; another bill under the
// number is OrderDiffers.
func (b *Book) Show(bill Bill) (Order, error) {
	var o Order
	err := b.do("show", func(t *tx) (err error) {
		o, err = t.settled(Ref{Wallet: bill.Wallet, OrderNo: bill.OrderNo})
		if err == OrderUnknown {
			o, err = t.newOrder(bill, Show, NotPay)
		} else if err == nil {
			err = shownAgain(o, bill)
		}
		if err != nil {
			return err
		}
		token := make([]byte, 10)
		if _, err := io.ReadFull(b.rand, token); err != nil {
			return err
		}
		p := b.policies[bill.Wallet]
		o.Code = p.ShownCode(guitai.Base32(token))
		if bill.For != "" {
			o.Code = p.InsideCode(guitai.Base32(token))
		}
		o.CodeExpiresAt = bill.CodeExpiresAt
		if o.CodeExpiresAt.IsZero() {
			o.CodeExpiresAt = t.now.Add(p.CodeLife)
		}
		o.Payer, o.Waiting, o.NextAct, o.NextAt = "", false, "", time.Time{}
		t.put(o)
		return nil
	})
	return o, err
}

func shownAgain(o Order, bill Bill) error {
	switch {
	case o.Kind != Show || o.AmountFen != bill.AmountFen || o.Fingerprint != bill.Fingerprint || o.For != bill.For:
		return OrderDiffers
	case o.State == Closed:
		return OrderClosed
	case o.State == Revoked:
		return OrderRevoked
	case o.State != NotPay:
		return OrderPaid
	}
	return nil
}

func (t *tx) newOrder(bill Bill, kind Kind, state State) (Order, error) {
	p := t.book.policies[bill.Wallet]
	digits, err := t.digits(16)
	if err != nil {
		return Order{}, err
	}
	if bill.ExpiresAt.IsZero() {
		bill.ExpiresAt = t.now.Add(p.OrderLife)
	}
	return Order{
		Wallet: bill.Wallet, OrderNo: bill.OrderNo, Number: p.Number(day(t.now), digits),
		Kind: kind, State: state, AmountFen: bill.AmountFen,
		Subject: bill.Subject, Attach: bill.Attach, NotifyURL: bill.NotifyURL,
		Extra: bill.Extra, Fingerprint: bill.Fingerprint, For: bill.For,
		CreatedAt: t.now, ExpiresAt: bill.ExpiresAt, PayWithin: bill.PayWithin,
		Charges: []time.Time{}, Refunds: []Refund{},
	}, nil
}

// Find returns an order as it stands now.
func (b *Book) Find(ref Ref) (Order, error) {
	var o Order
	err := b.do("find", func(t *tx) (err error) {
		o, err = t.settled(ref)
		return err
	})
	return o, err
}

// Filter picks orders; empty fields pick all.
type Filter struct {
	Wallet  Wallet
	OrderNo string
	State   State
	Payer   string // who opened or paid it
	Code    string // the shown code
}

// Orders lists orders as they stand now, oldest first.
func (b *Book) Orders(f Filter) ([]Order, error) {
	for {
		out, whole, err := b.list(f)
		if err != nil || whole {
			sortOrders(out)
			return out, err
		}
	}
}

func (b *Book) list(f Filter) (out []Order, whole bool, err error) {
	out, whole = []Order{}, true
	err = b.do("list", func(t *tx) error {
		for k, o := range b.orders {
			if f.Wallet != "" && k.wallet != f.Wallet || f.OrderNo != "" && k.orderNo != f.OrderNo ||
				f.Payer != "" && o.Payer != f.Payer || f.Code != "" && o.Code != f.Code {
				continue
			}
			if whole = !t.full(); !whole {
				return nil
			}
			o, err := t.settled(Ref{Wallet: k.wallet, OrderNo: k.orderNo})
			if err != nil {
				return err
			}
			if f.State == "" || o.State == f.State {
				out = append(out, o)
			}
		}
		return nil
	})
	return out, whole, err
}
