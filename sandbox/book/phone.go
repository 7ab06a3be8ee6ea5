package book

// Pay lets a payer scan a shown code and pay it. An empty payer is the wallet's
// first seeded one; the behaviour decides what happens after the scan. An order
// that comes back as Waiting needs Enter or Leave, or acts by itself later.
func (b *Book) Pay(code, payer string, how Behaviour) (Order, error) {
	var o Order
	err := b.do("pay", func(t *tx) (err error) {
		k, ok := b.shown[code]
		if !ok {
			return CodeUnknown
		}
		if o, err = t.settled(Ref{Wallet: k.wallet, OrderNo: k.orderNo}); err != nil {
			return err
		}
		p, err := t.payer(o.Wallet, payer)
		if err != nil {
			return err
		}
		if err := t.payable(o, p, how); err != nil {
			return err
		}
		o.Payer, o.Behaviour, o.Fail = p.ID, how, ""
		if o.OpenedAt.IsZero() {
			o.OpenedAt = t.now
			if o.PayWithin > 0 {
				o.ExpiresAt = t.now.Add(o.PayWithin)
			}
		}
		o, err = t.ask(o)
		t.put(o)
		return err
	})
	return o, err
}

func (t *tx) payable(o Order, p Payer, how Behaviour) error {
	switch {
	case o.State == Closed:
		return OrderClosed
	case o.State == Revoked:
		return OrderRevoked
	case o.State != NotPay:
		return OrderPaid
	case o.Payer != "" && o.Payer != p.ID || o.For != "" && o.For != p.OpenID:
		return OpenedByOther
	case how == Expired || !t.now.Before(o.CodeExpiresAt):
		return CodeExpired
	}
	return nil
}

// Waiter names an order whose payer is being asked: by the code (the payer's
// or the shown one) or by the merchant's order number.
type Waiter struct {
	Code    string
	OrderNo string
}

// Enter types a password at the payer's phone. The third wrong one ends it.
func (b *Book) Enter(w Waiter, password string) (Order, error) {
	var o Order
	err := b.do("password", func(t *tx) (err error) {
		if o, err = t.waiting(w); err != nil {
			return err
		}
		if password == Password {
			o, err = t.charge(o)
		} else {
			o, err = t.wrong(o)
		}
		t.put(o)
		return err
	})
	return o, err
}

func (t *tx) wrong(o Order) (Order, error) {
	o.Wrong++
	if o.Wrong < 3 {
		return o, PasswordWrong
	}
	return t.fail(o, PasswordOften), PasswordOften
}

// Leave is the payer who says no.
func (b *Book) Leave(w Waiter) (Order, error) {
	var o Order
	err := b.do("leave", func(t *tx) (err error) {
		if o, err = t.waiting(w); err != nil {
			return err
		}
		o = t.fail(o, PayerRefused)
		t.put(o)
		return nil
	})
	return o, err
}

func (t *tx) waiting(w Waiter) (Order, error) {
	for _, ref := range t.book.named(w) {
		o, err := t.settled(ref)
		if err != nil || o.Waiting {
			return o, err
		}
	}
	return Order{}, NotWaiting
}

func (b *Book) named(w Waiter) []Ref {
	if k, ok := b.shown[w.Code]; ok {
		return []Ref{{Wallet: k.wallet, OrderNo: k.orderNo}}
	}
	if c, ok := b.codes[codeHash(w.Code)]; ok && c.OrderNo != "" {
		return []Ref{{Wallet: c.Wallet, OrderNo: c.OrderNo}}
	}
	var out []Ref
	for wallet := range b.policies {
		if _, ok := b.orders[orderKey{wallet, w.OrderNo}]; ok && w.OrderNo != "" {
			out = append(out, Ref{Wallet: wallet, OrderNo: w.OrderNo})
		}
	}
	return out
}
