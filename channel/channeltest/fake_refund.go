package channeltest

import (
	"context"
	"fmt"
	"time"

	"guitai"
	"guitai/channel"
)

// refund is one refund in the wallet's book.
type refund struct {
	no       string
	order    *order
	fen      int64
	outcome  channel.RefundOutcome // pending, done or stuck
	walletNo string
	doneAt   time.Time
}

func (r *refund) answer() channel.RefundAnswer {
	a := channel.RefundAnswer{Outcome: r.outcome, Amount: guitai.Fen(r.fen), WalletNo: r.walletNo}
	if r.outcome == channel.RefundDone {
		a.DoneAt = r.doneAt.UTC()
	}
	if r.outcome == channel.RefundStuck {
		a.Reason = guitai.CodePayerAccountGone
	}
	return a
}

// Refund gives money of a paid order back, once per number.
func (f *Fake) Refund(ctx context.Context, q channel.Refund) channel.RefundAnswer {
	return f.refundCall(ctx, Call{OpRefund, q.Order.Kind}, q.No, func(p plan) channel.RefundAnswer { return f.refund(q, p) })
}

func (f *Fake) refund(q channel.Refund, p plan) channel.RefundAnswer {
	no := func(reason guitai.Code, code string) channel.RefundAnswer {
		return channel.RefundAnswer{Outcome: channel.RefundDeclined, Reason: reason, WalletCode: code}
	}
	o := f.orders[q.Order.No]
	if r := f.refunds[q.No]; r != nil {
		if r.order != o || r.fen != q.Amount.Fen {
			f.grumble("refund %s: sent again with other contents", q.No)
			return no(guitai.CodeOrderRefused, "refund_no_used")
		}
		return r.answer()
	}
	x := f.faults.Refund
	low, stuck, pending := p.rand.Float64() < x.FundsLow, p.rand.Float64() < x.Stuck, p.rand.Float64() < x.Pending
	switch {
	case o == nil:
		return no(guitai.CodeOrderRefused, "no_such_order")
	case o.state != orderPaid:
		return no(guitai.CodeOrderRefused, "not_paid")
	case q.Order.Amount.Fen != o.fen || q.Amount.Fen < 1 || o.held+q.Amount.Fen > o.fen:
		return no(guitai.CodeOrderRefused, "exceeds")
	case low:
		return no(guitai.CodeMerchantFundsLow, "funds_low")
	}
	f.nextNo++
	r := &refund{no: q.No, order: o, fen: q.Amount.Fen, outcome: channel.RefundPending, walletNo: fmt.Sprintf("50%s%012d", f.opt.Wallet, f.nextNo)}
	f.refunds[q.No] = r
	o.held += r.fen
	switch {
	case stuck:
		f.later(between(p.rand, time.Second, 10*time.Minute), func() {
			r.outcome = channel.RefundStuck
			f.refundEnded(r)
		})
	case pending:
		f.later(between(p.rand, time.Second, 10*time.Minute), func() { f.refundDone(r) })
	default:
		f.refundDone(r)
	}
	return r.answer()
}

// refundDone gives the money back. The lock is held.
func (f *Fake) refundDone(r *refund) {
	r.outcome, r.doneAt = channel.RefundDone, f.opt.Now()
	f.give(r.order, r.fen, "refund "+r.no)
	f.refundEnded(r)
}

func (f *Fake) refundEnded(r *refund) {
	f.trace(fmt.Sprintf("refund %s %s", r.no, r.outcome))
	if f.tells(TellsRefund) {
		f.tell(note{OrderNo: r.order.no, RefundNo: r.no, Refund: r.outcome, Fen: r.fen, WalletNo: r.walletNo, AtUS: f.opt.Now().UnixMicro()})
	}
}

// Unstick delivers a stuck refund after all, as a person at the wallet would.
func (f *Fake) Unstick(refundNo string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.refunds[refundNo]
	if r == nil || r.outcome != channel.RefundStuck {
		return errNotOpen
	}
	f.refundDone(r)
	return nil
}

// AskRefund tells where a refund stands.
func (f *Fake) AskRefund(ctx context.Context, q channel.Refund) channel.RefundAnswer {
	return f.refundCall(ctx, Call{OpAskRefund, q.Order.Kind}, q.No, func(plan) channel.RefundAnswer {
		if r := f.refunds[q.No]; r != nil {
			return r.answer()
		}
		return channel.RefundAnswer{Outcome: channel.RefundNotFound, WalletCode: "no_such_refund"}
	})
}
