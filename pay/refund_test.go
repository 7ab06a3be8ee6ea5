package pay_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
	"guitai/pay"
)

var refunding = channeltest.Call{Op: channeltest.OpRefund, Kind: guitai.Scan}

// refundOf asks for a part of a payment; 0 for a void.
func refundOf(p guitai.Payment, fen int64) pay.RefundRequest {
	r := pay.RefundRequest{Merchant: p.Merchant, Payment: p.ID, Reason: "退货"}
	if fen > 0 {
		r.Amount = guitai.Fen(fen)
	}
	return r
}

func (s *shop) refund(r pay.RefundRequest) guitai.Refund {
	s.t.Helper()
	ref, err := s.Refund(context.Background(), r)
	if err != nil {
		s.t.Fatalf("refund: %v", err)
	}
	return ref
}

// refundStands checks a refund as it is stored.
func (s *shop) refundStands(id guitai.RefundID, state guitai.RefundState, failure guitai.Code) {
	s.t.Helper()
	r, err := s.GetRefund(context.Background(), shopkeeper, id)
	if err != nil || r.State != state || r.Failure != failure {
		s.t.Fatalf("refund %s is %s %q (%v), want %s %q", id, r.State, r.Failure, err, state, failure)
	}
}

// sentRefunds lists the refund numbers of all refunds that were sent.
func sentRefunds(c *counter) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var nos []string
	for _, call := range c.calls {
		if no, ok := strings.CutPrefix(call, "refund "); ok {
			nos = append(nos, no)
		}
	}
	return nos
}

// TestRefundInParts: parts, the rest, and nothing more. All of the fee comes
// back with all of the money.
func TestRefundInParts(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p := s.paid(s.wechat)
		for i, fen := range []int64{1, 333, 333, 583} {
			time.Sleep(time.Second) // news of one instant are in no order
			r := refundOf(p, fen)
			r.ID = guitai.RefundID(fmt.Sprint("ref-", i))
			got := s.refund(r)
			if got.State != guitai.RefundDone || got.Amount.Fen != fen || got.DoneAt.IsZero() {
				t.Fatalf("%+v", got)
			}
			if again := s.refund(r); again.RefundNo != got.RefundNo {
				t.Errorf("repeated: %+v", again)
			}
			other := r
			other.Amount.Fen++
			_, err := s.Refund(context.Background(), other)
			s.refused(err, guitai.Conflict, guitai.CodeIDTaken)
			_, err = s.Void(context.Background(), r)
			s.refused(err, guitai.Conflict, guitai.CodeIDTaken)
		}
		_, err := s.Refund(context.Background(), refundOf(p, 1))
		s.refused(err, guitai.Conflict, guitai.CodeRefundExceeds)
		s.wallet(s.wechat, p, 1250, 1250)
		s.ledger(map[string]int64{"sales": -1250, "refunds": 1250})
		if got := s.get(p.ID); got.State != guitai.PaymentPaid || got.Refunded != 1250 || got.RefundHeld != 1250 {
			t.Errorf("%+v", got)
		}
		want := []guitai.Topic{"payment.created", "payment.paid"}
		for range 4 {
			want = append(want, "refund.asked", "refund.done")
		}
		if got := s.topics(p.ID); !slices.Equal(got, want) {
			t.Errorf("news %v", got)
		}
		s.jobsDone()
	})
}

// TestVoid: the whole of it, on its own day, and never beside a refund.
func TestVoid(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		ctx := context.Background()
		p, q := s.paid(s.alipay), s.paid(s.alipay)
		s.refund(refundOf(q, 1))
		_, err := s.Void(ctx, refundOf(q, 0))
		s.refused(err, guitai.Conflict, guitai.CodeNotVoidable)
		r, err := s.Void(ctx, refundOf(p, 0))
		if err != nil || r.State != guitai.RefundDone || r.Kind != guitai.RefundVoid || r.Amount != p.Amount {
			t.Fatalf("%+v, %v", r, err)
		}
		_, err = s.Void(ctx, refundOf(p, 0))
		s.refused(err, guitai.Conflict, guitai.CodeNotVoidable)
		_, err = s.Refund(ctx, refundOf(p, 1))
		s.refused(err, guitai.Conflict, guitai.CodeRefundExceeds)
		s.wallet(s.alipay, p, 1250, 1250)
	})
}

// TestRefusedVoidFreesTheMoney: after a definite no the money may be given back
// in another way.
func TestRefusedVoidFreesTheMoney(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p := s.paid(s.wechat)
		s.wechat.Say(refunding, string(guitai.CodeMerchantFundsLow))
		r, err := s.Void(context.Background(), refundOf(p, 0))
		if err != nil || r.State != guitai.RefundFailed || r.Failure != guitai.CodeMerchantFundsLow {
			t.Fatalf("%+v, %v", r, err)
		}
		if got := s.get(p.ID); got.RefundHeld != 0 || got.Refunded != 0 {
			t.Fatalf("%+v", got)
		}
		if got := s.refund(refundOf(p, 1250)); got.State != guitai.RefundDone || got.RefundNo == r.RefundNo {
			t.Errorf("%+v", got)
		}
		s.wallet(s.wechat, p, 1250, 1250)
		s.jobsDone()
	})
}

// TestPendingRefund: accepted and not there yet; a notice or a question ends
// it, and meanwhile it is held.
func TestPendingRefund(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		for _, w := range []*counter{s.wechat, s.alipay} { // one tells of refunds, one must be asked
			p := s.paid(w)
			w.SetFaults(channeltest.Faults{Refund: channeltest.RefundFaults{Pending: 1}})
			r := s.refund(refundOf(p, 1000))
			if r.State != guitai.RefundPending {
				t.Fatalf("%+v", r)
			}
			_, err := s.Refund(context.Background(), refundOf(p, 251))
			s.refused(err, guitai.Conflict, guitai.CodeRefundExceeds)
			time.Sleep(15 * time.Minute)
			s.refundStands(r.ID, guitai.RefundDone, "")
			s.wallet(w, p, 1250, 1000)
		}
		s.jobsDone()
	})
}

// TestUnknownRefund: no answer. It is asked about; only when it is proven not
// to be there is it sent again, under the same number.
func TestUnknownRefund(t *testing.T) {
	for fault, times := range map[channeltest.Fault]int{
		channeltest.SilentBefore: 2, channeltest.ErrorBefore: 2, channeltest.SilentAfter: 1, channeltest.BadSignature: 1,
	} {
		inShop(t, func(t *testing.T, s *shop) {
			p := s.paid(s.wechat)
			s.wechat.SetFaults(channeltest.Faults{Notice: channeltest.NoticeFaults{Dropped: 1}})
			s.wechat.Inject(refunding, fault)
			r := s.refund(refundOf(p, 500))
			if r.State != guitai.RefundUnknown {
				t.Fatalf("%s: %+v", fault, r)
			}
			if got := s.get(p.ID); got.RefundHeld != 500 || got.Refunded != 0 {
				t.Errorf("%s: %+v", fault, got)
			}
			time.Sleep(2 * time.Minute)
			s.refundStands(r.ID, guitai.RefundDone, "")
			sent := sentRefunds(s.wechat)
			if len(sent) != times || len(slices.Compact(sent)) != 1 {
				t.Errorf("%s: sent %v", fault, sent)
			}
			if times == 2 {
				if gone := s.wechat.when("refund " + r.RefundNo)[1].Sub(r.CreatedAt); gone < s.Policy.SendWithin+s.Policy.CallTimeout+s.Policy.Lag {
					t.Errorf("%s: sent again %v after the first", fault, gone)
				}
			}
			s.wallet(s.wechat, p, 1250, 500)
			s.ledger(map[string]int64{"sales": -1250, "refunds": 500, "fees": 3, "receivable:acc-wechat": 747})
			s.jobsDone()
		})
	}
}

// TestLateRefund: the refund was on its way for longer than the call. "Not
// found" before it must have arrived is no proof, so it is not sent twice.
func TestLateRefund(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		for range 10 {
			p := s.paid(s.wechat)
			s.wechat.SetFaults(channeltest.Faults{Late: 1, Notice: channeltest.NoticeFaults{Dropped: 1}})
			r := s.refund(refundOf(p, 500))
			s.wechat.SetFaults(channeltest.Faults{})
			time.Sleep(2 * time.Minute)
			s.refundStands(r.ID, guitai.RefundDone, "")
			s.wallet(s.wechat, p, 1250, 500)
		}
		sent := sentRefunds(s.wechat)
		if got := len(slices.Compact(slices.Clone(sent))); got != 10 || len(sent) != 10 {
			t.Errorf("%d refunds sent %d times", got, len(sent))
		}
	})
}

// TestQuestionsMayFail: a refund that nobody answers about stays unknown, held,
// and is asked about for as long as it takes.
func TestQuestionsMayFail(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p := s.paid(s.alipay)
		s.alipay.Inject(refunding, channeltest.SilentAfter)
		s.alipay.SetFaults(channeltest.Faults{Broken: 1})
		r := s.refund(refundOf(p, 500))
		time.Sleep(5 * time.Hour)
		s.refundStands(r.ID, guitai.RefundUnknown, "")
		if n := len(s.alipay.when("ask_refund")); n < 50 || n > 100 {
			t.Errorf("asked %d times", n)
		}
		s.alipay.SetFaults(channeltest.Faults{})
		time.Sleep(20 * time.Minute)
		s.refundStands(r.ID, guitai.RefundDone, "")
		if n := len(sentRefunds(s.alipay)); n != 1 {
			t.Errorf("sent %d times", n)
		}
		s.jobsDone()
	})
}

// TestStuckRefund: the wallet cannot deliver it. It stays held, a case for a
// person, until the wallet says otherwise.
func TestStuckRefund(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p := s.paid(s.wechat)
		s.wechat.SetFaults(channeltest.Faults{Refund: channeltest.RefundFaults{Stuck: 1}})
		r := s.refund(refundOf(p, 1250))
		s.wechat.SetFaults(channeltest.Faults{})
		time.Sleep(15 * time.Minute)
		s.refundStands(r.ID, guitai.RefundStuck, guitai.CodePayerAccountGone)
		if got := s.get(p.ID); got.RefundHeld != 1250 || got.Refunded != 0 {
			t.Errorf("%+v", got)
		}
		s.ledger(map[string]int64{"sales": -1250, "fees": 5, "receivable:acc-wechat": 1245})
		s.incident(guitai.IncidentRefundStuck, p.ID)
		if err := s.wechat.Unstick(r.RefundNo); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		s.refundStands(r.ID, guitai.RefundDone, "")
		s.ledger(map[string]int64{"sales": -1250, "refunds": 1250})
		s.jobsDone()
	})
}

// TestSleeperRefund: the node that was to send the refund stood still until
// another had proven it missing and sent it again. What it then says of its own
// sending does not undo the other's.
func TestSleeperRefund(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p := s.paid(s.wechat)
		s.rest()
		slept := &sleeper{counter: s.wechat}
		slept.nap.Store(int64(40 * time.Second))
		s.Channels["acc-wechat"] = slept
		s.wechat.hang("refund", 20*time.Second) // the answer to the other's sending is on its way when the first wakes
		s.work()
		r := s.refund(refundOf(p, 500))
		time.Sleep(2 * time.Minute)
		s.refundStands(r.ID, guitai.RefundDone, "")
		s.wallet(s.wechat, p, 1250, 500)
		if got := s.get(p.ID); got.RefundHeld != 500 || got.Refunded != 500 {
			t.Errorf("%+v", got)
		}
		s.jobsDone()
	})
}

// sleeper stands still before its first refund.
type sleeper struct {
	*counter
	nap atomic.Int64
}

func (s *sleeper) Refund(ctx context.Context, x channel.Refund) channel.RefundAnswer {
	if nap := s.nap.Swap(0); nap > 0 {
		time.Sleep(time.Duration(nap))
		return s.Fake.Refund(ctx, x)
	}
	return s.counter.Refund(ctx, x)
}

// TestAccountTakenAway: money of an account that is not configured any more
// cannot be given back now, and nobody panics.
func TestAccountTakenAway(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p, open := s.paid(s.wechat), s.take(s.show(s.wechat))
		s.rest()
		delete(s.Channels, "acc-wechat")
		s.work()
		r := s.refund(refundOf(p, 5))
		s.refundStands(r.ID, guitai.RefundFailed, guitai.CodeNotSent)
		_, err := s.Close(context.Background(), shopkeeper, open.ID)
		s.refused(err, guitai.Conflict, guitai.CodePaymentNotOpen)
		if _, err := s.Ask(context.Background(), shopkeeper, open.ID); err != nil {
			t.Error(err)
		}
		time.Sleep(10 * time.Minute)
		s.rest()
		s.Channels["acc-wechat"] = s.wechat
		s.work()
		time.Sleep(10 * time.Minute)
		s.want(open.ID, guitai.PaymentClosed, guitai.CodeCodeLapsed)
		s.jobsDone()
	})
}
