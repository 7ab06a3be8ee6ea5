package book

// Reversal is what Reverse did.
type Reversal string

// The reversals.
const (
	ReverseNothing Reversal = ""       // it was over already
	ReverseClose   Reversal = "close"  // unpaid: ended
	ReverseRefund  Reversal = "refund" // paid: the money is back with the payer
)

// CloseOrder ends an unpaid order. Repeating is harmless; a paid order is
// OrderPaid.
func (b *Book) CloseOrder(ref Ref) (Order, error) {
	var o Order
	err := b.do("close", func(t *tx) (err error) {
		if o, err = t.settled(ref); err != nil {
			return err
		}
		switch {
		case o.Kind == Scan && !b.policies[o.Wallet].CloseScanned:
			return WrongKind
		case o.State == Closed:
			return nil
		case o.State == Revoked:
			return OrderRevoked
		case o.State == Success || o.State == Refunded:
			return OrderPaid
		}
		o = idle(o)
		o.State, o.EndedAt = Closed, t.now
		t.put(o)
		return nil
	})
	return o, err
}

// Reverse undoes an order at once: paid → the money goes back, unpaid → it
// can never be paid. Repeating is harmless.
func (b *Book) Reverse(ref Ref) (Order, Reversal, error) {
	var o Order
	var did Reversal
	err := b.do("reverse", func(t *tx) (err error) {
		if o, err = t.settled(ref); err != nil {
			return err
		}
		p := b.policies[o.Wallet]
		switch {
		case o.Kind == Show && !p.ReverseShown:
			return WrongKind
		case o.State == Closed || o.State == Revoked:
			return nil
		case o.State == Refunded:
			return OrderRefunded
		case o.State == Success && t.now.Sub(o.PaidAt) > p.ReverseWindow:
			return TooLate
		}
		did = ReverseClose
		if o.State == Success {
			did = ReverseRefund
			if o, err = t.giveBack(o, o.ChargedFen-o.GivenBackFen); err != nil {
				return err
			}
		}
		o = idle(o)
		o.State, o.EndedAt = Revoked, t.now
		t.put(o)
		return nil
	})
	return o, did, err
}

// giveBack is the only place where money returns to a payer.
func (t *tx) giveBack(o Order, fen int64) (Order, error) {
	p, err := t.payer(o.Wallet, o.Payer)
	if err != nil {
		return o, err
	}
	p.BalanceFen += fen
	t.putPayer(p)
	o.GivenBackFen += fen
	return o, nil
}
