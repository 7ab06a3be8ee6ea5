package channeltest

import (
	"context"
	"fmt"
	"time"

	"guitai"
	"guitai/channel"
)

// orderState is where an order stands at the wallet.
type orderState int

const (
	unscanned   orderState = iota // a shown code that nobody has scanned
	unpaid                        // the payer must type a password, or thinks
	orderPaid                     // taken
	refusedOnce                   // the payer or the wallet said no
	ended                         // closed or reversed
)

// order is one order in the wallet's book.
type order struct {
	no       string
	kind     guitai.PaymentKind
	fen      int64
	state    orderState
	walletNo string
	reason   guitai.Code
	code     string // shown
	expires  time.Time
	made     time.Time
	paidAt   time.Time
	payer    Behaviour
	only     string // the one payer who may pay it, inside the app; empty: whoever scans
	charges  []Movement
	backs    []Movement
	held     int64 // refunds accepted and not stuck
}

// answer tells where the order stands. The lock is held.
func (f *Fake) answer(o *order) channel.Answer {
	a := channel.Answer{WalletNo: o.walletNo, Payer: "f***e"}
	switch o.state {
	case unscanned:
		return channel.Answer{Outcome: f.opt.Unscanned}
	case unpaid:
		a.Outcome = channel.Waiting
	case orderPaid:
		a.Outcome, a.Amount, a.PaidAt = channel.Paid, guitai.Fen(o.fen), o.paidAt.UTC()
		if f.opt.GoneWhenRefunded == Always && o.backFen() == o.fen {
			a = channel.Answer{Outcome: channel.Closed, WalletNo: o.walletNo}
		}
	case refusedOnce:
		a.Outcome, a.Reason, a.WalletCode = channel.Declined, o.reason, string(o.reason)
	case ended:
		a.Outcome = channel.Closed
	}
	return a
}

// grumble notes that the caller broke a rule of the contract. The lock is held.
func (f *Fake) grumble(format string, args ...any) {
	f.complain = append(f.complain, fmt.Sprintf(format, args...))
}

func (f *Fake) newOrder(o channel.Order) *order {
	f.nextNo++
	n := &order{no: o.No, kind: o.Kind, fen: o.Amount.Fen, made: f.opt.Now(), walletNo: fmt.Sprintf("42%s%012d", f.opt.Wallet, f.nextNo)}
	f.orders[o.No] = n
	return n
}

// Charge takes money by a code that PayerCode made.
func (f *Fake) Charge(ctx context.Context, c channel.Charge) channel.Answer {
	return f.call(ctx, Call{OpCharge, guitai.Scan}, c.No, func(p plan) channel.Answer { return f.charge(c, p) })
}

func (f *Fake) charge(c channel.Charge, p plan) channel.Answer {
	if o := f.orders[c.No]; o != nil {
		f.grumble("charge %s: sent again", c.No)
		switch {
		case o.state == orderPaid:
			return channel.Answer{Outcome: channel.Unknown, WalletCode: "order_paid"}
		case o.state == unpaid && o.kind == guitai.Scan:
			return channel.Answer{Outcome: channel.Waiting, WalletNo: o.walletNo}
		}
		return channel.Answer{Outcome: channel.Declined, Reason: guitai.CodeOrderRefused, WalletCode: "order_no_used"}
	}
	who := f.codes[c.AuthCode]
	switch {
	case who == nil:
		return channel.Answer{Outcome: channel.Declined, Reason: guitai.CodeCodeRefused, WalletCode: "no_such_code"}
	case who.used:
		return channel.Answer{Outcome: channel.Declined, Reason: guitai.CodeCodeUsed, WalletCode: "code_used"}
	}
	who.used = true
	o := f.newOrder(c.Order)
	o.payer, o.state = who.behaviour, unpaid
	switch who.behaviour {
	case Poor:
		o.state, o.reason = refusedOnce, guitai.CodeBalanceLow
	case Types, Cancels, Ignores, AtEnd:
		f.password(o, p)
	default:
		f.take(o)
	}
	return f.answer(o)
}

// Show makes a code. The same order shown again gets a fresh code, and the
// earlier one stops working.
func (f *Fake) Show(ctx context.Context, s channel.Show) channel.Answer {
	a := f.call(ctx, Call{OpShow, guitai.Show}, s.No, func(p plan) channel.Answer { return f.show(s, p) })
	if a.Outcome == channel.Waiting {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.scanLater(a.Code)
	}
	return a
}

func (f *Fake) show(s channel.Show, p plan) channel.Answer {
	o := f.orders[s.No]
	switch {
	case o == nil:
		o = f.newOrder(s.Order)
	case o.kind != guitai.Show || o.fen != s.Amount.Fen || o.state != unscanned && o.state != unpaid:
		return channel.Answer{Outcome: channel.Declined, Reason: guitai.CodeOrderRefused, WalletCode: "order_no_used"}
	}
	delete(f.shown, o.code)
	o.code = fmt.Sprintf("fake://%s/%s/%08x", f.opt.Wallet, o.no, p.rand.Uint32())
	o.expires = s.Expires
	f.shown[o.code] = o.no
	return channel.Answer{Outcome: channel.Waiting, Code: o.code, CodeExpires: s.Expires}
}

// Ask tells where an order stands.
func (f *Fake) Ask(ctx context.Context, q channel.Order) channel.Answer {
	return f.call(ctx, Call{OpAsk, q.Kind}, q.No, func(plan) channel.Answer {
		if o := f.orders[q.No]; o != nil {
			return f.answer(o)
		}
		return channel.Answer{Outcome: channel.NotFound, WalletCode: "no_such_order"}
	})
}

// End closes or reverses an order.
func (f *Fake) End(ctx context.Context, q channel.Order) channel.Answer {
	return f.call(ctx, Call{OpEnd, q.Kind}, q.No, func(p plan) channel.Answer {
		o := f.orders[q.No]
		if o == nil {
			return channel.Answer{Outcome: channel.NotFound, WalletCode: "no_such_order"}
		}
		if f.opt.Unborn == Always && o.state == unscanned && f.opt.Now().Before(o.expires) {
			return channel.Answer{Outcome: channel.NotFound, WalletCode: "no_such_order"}
		}
		if o.payer == AtEnd && (o.state == unscanned || o.state == unpaid) {
			if err := f.settle(o); err != nil {
				f.trace("payer too late " + o.no)
			}
		}
		if f.opt.Ending[o.kind] == guitai.EndClose {
			return f.close(o)
		}
		return f.reverse(o, p)
	})
}

func (f *Fake) close(o *order) channel.Answer {
	if o.state == orderPaid {
		return channel.Answer{Outcome: channel.EndRefused, WalletCode: "order_paid"}
	}
	return f.ended(o)
}

func (f *Fake) reverse(o *order, p plan) channel.Answer {
	switch {
	case p.rand.Float64() < f.faults.Recall:
		return channel.Answer{Outcome: channel.Unknown, WalletCode: "recall"}
	case o.state != orderPaid:
		return f.ended(o)
	case f.opt.EndWindow > 0 && f.opt.Now().Sub(o.paidAt) > f.opt.EndWindow:
		return channel.Answer{Outcome: channel.EndRefused, WalletCode: "too_late"}
	case o.held > 0:
		return channel.Answer{Outcome: channel.EndRefused, WalletCode: "refunded"}
	}
	f.give(o, o.fen, "reversal")
	return f.ended(o)
}

func (f *Fake) ended(o *order) channel.Answer {
	o.state = ended
	return channel.Answer{Outcome: channel.Closed, WalletNo: o.walletNo}
}

// take charges the payer. The lock is held; the order is open.
func (f *Fake) take(o *order) {
	if f.faults.Odd > 0 && f.stream("odd/"+o.no).Float64() < f.faults.Odd {
		o.fen++
	}
	o.state, o.paidAt = orderPaid, f.opt.Now()
	o.charges = append(o.charges, Movement{At: o.paidAt.UTC(), Fen: o.fen, Why: "payment"})
	f.trace(fmt.Sprintf("took %d %s", o.fen, o.no))
	if o.kind == guitai.Show && f.tells(TellsShown) || o.kind == guitai.Scan && f.tells(TellsScanned) {
		f.tell(note{OrderNo: o.no, Fen: o.fen, WalletNo: o.walletNo, AtUS: o.paidAt.UnixMicro()})
	}
}

// give gives money back. The lock is held.
func (f *Fake) give(o *order, fen int64, why string) {
	o.backs = append(o.backs, Movement{At: f.opt.Now().UTC(), Fen: fen, Why: why})
	f.trace(fmt.Sprintf("gave %d %s (%s)", fen, o.no, why))
}
