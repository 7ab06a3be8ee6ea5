package book

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// RefundAsk is a merchant's wish to give money back.
type RefundAsk struct {
	Ref         Ref
	RefundNo    string
	AmountFen   int64
	Reason      string
	NotifyURL   string // empty: see Policy.RefundNoticeToOrder
	Fingerprint string // beyond the amount, what a repeat must say again
	Tag         string // the provider's own word, kept
}

// Refund accepts a refund. The same number with the same content is the same
// refund again (fresh is then false); the money returns at once or after
// Policy.RefundDelay.
func (b *Book) Refund(ask RefundAsk) (o Order, r Refund, fresh bool, err error) {
	err = b.do("refund", func(t *tx) (err error) {
		if o, err = t.settled(ask.Ref); err != nil {
			return err
		}
		if k, taken := b.refunds[b.refundKey(o.Ref(), ask.RefundNo)]; taken {
			if k != (orderKey{o.Wallet, o.OrderNo}) {
				return RefundDiffers
			}
			r, _ = o.Refund(ask.RefundNo)
			if r.AmountFen != ask.AmountFen || r.Fingerprint != ask.Fingerprint {
				return RefundDiffers
			}
			return nil
		}
		if err := t.refundable(o, ask.AmountFen); err != nil {
			return err
		}
		o, r, err = t.newRefund(o, ask)
		if err != nil {
			return err
		}
		fresh = true
		t.put(o)
		return nil
	})
	return o, r, fresh, err
}

func (t *tx) refundable(o Order, fen int64) error {
	p := t.book.policies[o.Wallet]
	switch {
	case o.State == Revoked || o.State == Closed:
		return OrderClosed
	case o.State != Success && o.State != Refunded:
		return OrderUnpaid
	case t.now.Sub(o.PaidAt) > p.RefundWindow:
		return TooLate
	case p.RefundsMost > 0 && len(o.Refunds) >= p.RefundsMost:
		return RefundTooMany
	case fen <= 0 || fen > o.AmountFen-o.RefundFen():
		return RefundTooLarge
	}
	return nil
}

func (t *tx) newRefund(o Order, ask RefundAsk) (Order, Refund, error) {
	p := t.book.policies[o.Wallet]
	digits, err := t.digits(16)
	if err != nil {
		return o, Refund{}, err
	}
	r := Refund{
		RefundNo: ask.RefundNo, Number: p.RefundNumber(day(t.now), digits), State: RefundProcessing,
		AmountFen: ask.AmountFen, Reason: ask.Reason, NotifyURL: ask.NotifyURL, Fingerprint: ask.Fingerprint, Tag: ask.Tag,
		CreatedAt: t.now, DueAt: t.now.Add(t.book.Delay(p.RefundDelay)),
	}
	if r.NotifyURL == "" && p.RefundNoticeToOrder {
		r.NotifyURL = o.NotifyURL
	}
	o.State = Refunded
	o.Refunds = append(o.Refunds, r)
	if o, err = t.settleRefunds(o); err != nil {
		return o, r, err
	}
	r, _ = o.Refund(r.RefundNo)
	return o, r, nil
}

// settleRefunds ends the refunds whose time has come.
func (t *tx) settleRefunds(o Order) (Order, error) {
	for i := range o.Refunds {
		r := &o.Refunds[i]
		if r.State != RefundProcessing || t.now.Before(r.DueAt) {
			continue
		}
		r.State, r.DoneAt = RefundSuccess, t.now
		switch {
		case r.ToMerchant: // the payer gets nothing of it from here
		case o.Behaviour == RefundAbnormal:
			r.State = RefundStuck
		default:
			var err error
			if o, err = t.giveBack(o, r.AmountFen); err != nil {
				return o, err
			}
			r = &o.Refunds[i]
		}
		if r.NotifyURL != "" && (r.State == RefundSuccess || !t.book.policies[o.Wallet].NoticeOfGood) {
			if err := t.tell(o, *r); err != nil {
				return o, err
			}
		}
	}
	return o, nil
}

// FindRefund returns a refund as it stands now, with its order. ref may leave
// out the order where refund numbers are the merchant's.
func (b *Book) FindRefund(ref Ref, refundNo string) (Order, Refund, error) {
	var o Order
	var r Refund
	err := b.do("find_refund", func(t *tx) (err error) {
		if ref.OrderNo == "" && ref.Number == "" {
			k, ok := b.refunds[b.refundKey(ref, refundNo)]
			if !ok {
				return RefundUnknown
			}
			ref.OrderNo = k.orderNo
		}
		if o, err = t.settled(ref); err != nil {
			return err
		}
		var ok bool
		if r, ok = o.Refund(refundNo); !ok {
			return RefundUnknown
		}
		return nil
	})
	return o, r, err
}

// settled returns an order with everything done that was due by now.
func (t *tx) settled(ref Ref) (Order, error) {
	o, err := t.find(ref)
	if err != nil {
		return o, err
	}
	changed := false
	if o.NextAct != "" && !t.now.Before(o.NextAt) {
		changed = true
		if o, err = t.act(o); err != nil {
			return o, err
		}
	}
	if (o.State == NotPay || o.State == UserPaying) && !t.now.Before(o.ExpiresAt) {
		changed = true
		scan := o.State == UserPaying
		o = idle(o)
		o.State, o.EndedAt = Closed, t.now
		if scan {
			o.State, o.Fail = PayError, CodeExpired
		}
	}
	before := len(t.line.Payers) + len(t.line.Notices)
	states := processing(o)
	if o, err = t.settleRefunds(o); err != nil {
		return o, err
	}
	if changed || processing(o) != states || before != len(t.line.Payers)+len(t.line.Notices) {
		t.put(o)
	}
	return o, nil
}

func processing(o Order) (n int) {
	for _, r := range o.Refunds {
		if r.State == RefundProcessing {
			n++
		}
	}
	return n
}

// act does what the payer does by itself. A payer who turns out to be short of
// money has simply failed: that is no error of the one who looks.
func (t *tx) act(o Order) (Order, error) {
	var refused Refusal
	var err error
	switch o.NextAct {
	case ActPay:
		o, err = t.charge(o)
	case ActWrong:
		o = t.fail(o, PasswordOften)
	default:
		o = t.fail(o, PayerRefused)
	}
	if errors.As(err, &refused) {
		err = nil
	}
	return o, err
}

// Due does everything that has become due and tells when the next thing will
// be; zero: nothing is planned.
func (b *Book) Due() (next time.Time, err error) {
	err = b.do("due", func(t *tx) error {
		keys := slices.SortedFunc(maps.Keys(b.busy), func(x, y orderKey) int {
			return cmp.Or(strings.Compare(string(x.wallet), string(y.wallet)), strings.Compare(x.orderNo, y.orderNo))
		})
		for _, k := range keys {
			if t.full() {
				next = t.now // the rest at once
				return nil
			}
			o, err := t.settled(Ref{Wallet: k.wallet, OrderNo: k.orderNo})
			if err != nil {
				return err
			}
			next = sooner(next, o.NextAt)
			for _, r := range o.Refunds {
				if r.State == RefundProcessing {
					next = sooner(next, r.DueAt)
				}
			}
		}
		return nil
	})
	return next, err
}

func sooner(x, y time.Time) time.Time {
	if x.IsZero() || !y.IsZero() && y.Before(x) {
		return y
	}
	return x
}
