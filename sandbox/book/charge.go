package book

import (
	"slices"
	"strings"
	"time"
)

// Charge takes a bill from the payer who shows code. The order comes back as
// success or as userpaying (the payer is asked for a password); a Refusal says
// that no money moved, and an order made by the call then stands as payerror.
// A number that has been used before is refused by what became of it.
func (b *Book) Charge(bill Bill, code string) (Order, error) {
	var o Order
	err := b.do("charge", func(t *tx) (err error) {
		o, err = t.settled(Ref{Wallet: bill.Wallet, OrderNo: bill.OrderNo})
		if err == nil {
			err = b.chargedAgain(o, bill)
		}
		if err != nil && err != OrderUnknown {
			return err
		}
		c, err := t.takeCode(bill.Wallet, code)
		if err != nil {
			return err
		}
		if o.OrderNo == "" {
			if o, err = t.newOrder(bill, Scan, UserPaying); err != nil {
				return err
			}
		}
		o.State, o.Fail, o.EndedAt = UserPaying, "", time.Time{}
		o.Payer, o.Behaviour, o.OpenedAt = c.Payer, c.Behaviour, t.now
		c.OrderNo = o.OrderNo
		t.putCode(c)
		o, err = t.ask(o)
		t.put(o)
		return err
	})
	return o, err
}

func (b *Book) chargedAgain(o Order, bill Bill) error {
	if o.Kind != Scan || o.AmountFen != bill.AmountFen || o.Fingerprint != bill.Fingerprint {
		return OrderDiffers
	}
	switch o.State {
	case UserPaying:
		return OrderWaiting
	case PayError:
		if b.policies[o.Wallet].ChargeAgain {
			return nil
		}
		return OrderFailed
	case Closed:
		return OrderClosed
	case Revoked:
		return OrderRevoked
	}
	return OrderPaid
}

// takeCode looks a payer's code up; it does not use it yet.
func (t *tx) takeCode(w Wallet, code string) (PayerCode, error) {
	ours := slices.ContainsFunc(t.book.policies[w].CodePrefixes, func(p string) bool { return strings.HasPrefix(code, p) })
	c, ok := t.book.codes[codeHash(code)]
	switch {
	case !ours || ok && c.Wallet != w:
		return PayerCode{}, CodeAlien
	case !ok:
		return PayerCode{}, CodeUnknown
	case c.OrderNo != "":
		return PayerCode{}, CodeUsed
	case c.Behaviour == Expired || !t.now.Before(c.ExpiresAt):
		return PayerCode{}, CodeExpired
	}
	return c, nil
}

// ask lets the payer of o meet the request: it is paid, waits, or fails.
func (t *tx) ask(o Order) (Order, error) {
	p, err := t.payer(o.Wallet, o.Payer)
	if err != nil {
		return o, err
	}
	act, later := laterAct(o.Behaviour)
	switch {
	case o.Behaviour == Risk:
		return t.fail(o, RiskRefused), RiskRefused
	case o.Behaviour == Poor || p.BalanceFen < o.AmountFen:
		return t.fail(o, BalanceShort), BalanceShort
	case later:
		o.Waiting, o.NextAct, o.NextAt = true, act, t.now.Add(t.book.Delay(t.book.actDelay))
		return o, nil
	case o.Behaviour == AskPassword || o.Kind == Scan && t.passwordDue(p, o.AmountFen):
		o.Waiting = true
		return o, nil
	}
	if o.Kind == Scan {
		if today := day(t.now); p.FreeDay != today {
			p.FreeDay, p.FreeCount = today, 0
		}
		p.FreeCount++
		t.putPayer(p)
	}
	return t.charge(o)
}

func laterAct(how Behaviour) (Act, bool) {
	switch how {
	case PasswordOK:
		return ActPay, true
	case PasswordBad:
		return ActWrong, true
	case Refuse, Cancel:
		return ActLeave, true
	}
	return "", false
}

// passwordDue is the wallets' rule for code pay: large amounts, and small ones
// once a day's free payments are used up.
func (t *tx) passwordDue(p Payer, amountFen int64) bool {
	over := p.FreePerDay > 0 && p.FreeDay == day(t.now) && p.FreeCount >= p.FreePerDay
	return over || amountFen > t.book.policies[p.Wallet].PasswordAboveFen
}

// charge moves the money. It is the only place that takes any.
func (t *tx) charge(o Order) (Order, error) {
	p, err := t.payer(o.Wallet, o.Payer)
	if err != nil {
		return o, err
	}
	if p.BalanceFen < o.AmountFen {
		return t.fail(o, BalanceShort), BalanceShort
	}
	p.BalanceFen -= o.AmountFen
	t.putPayer(p)
	o.State, o.PaidAt, o.Fail = Success, t.now, ""
	o.ChargedFen += o.AmountFen
	o.Charges = append(o.Charges, t.now)
	o = idle(o)
	if o.NotifyURL != "" && (o.Kind == Show || t.book.policies[o.Wallet].NoticeOfScan) {
		return o, t.tell(o, Refund{})
	}
	return o, nil
}

// fail ends a payer's try. A shown order stays payable by somebody.
func (t *tx) fail(o Order, why Refusal) Order {
	o = idle(o)
	o.Fail = why
	if o.Kind == Scan {
		o.State, o.EndedAt = PayError, t.now
	}
	return o
}

// idle: nobody is being asked any more.
func idle(o Order) Order {
	o.Waiting, o.NextAct, o.NextAt, o.Wrong = false, "", time.Time{}, 0
	return o
}
