package pay_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/channel/channeltest"
	"guitai/internal/testkit"
	"guitai/pay"
	"guitai/store"
)

// onEngines plays a test on both engines, in real time.
func onEngines(t *testing.T, play func(*shop)) {
	t.Helper()
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openShop(t, dsn, 2*time.Millisecond)
		defer s.close()
		play(s)
	})
}

// together runs n calls at once and counts what each returned.
func together(n int, call func(i int) string) map[string]int {
	var mu sync.Mutex
	got := map[string]int{}
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-gate
			said := call(i)
			mu.Lock()
			defer mu.Unlock()
			got[said]++
		})
	}
	close(gate)
	all.Wait()
	return got
}

// TestThousandRequestsWithOneID: one effect, and the same payment for all.
func TestThousandRequestsWithOneID(t *testing.T) {
	onEngines(t, func(s *shop) {
		r := s.scan(s.wechat, channeltest.Pays)
		other := r
		other.Amount.Fen++
		busy := 0
		got := together(1000, func(i int) string {
			body := r
			if i%10 == 9 {
				body = other
			}
			p, err := s.Take(context.Background(), body)
			if err != nil {
				return guitai.AsError(err).Error()
			}
			return fmt.Sprint(p.ID, " ", p.Attempts[0].OrderNo, " ", p.Amount)
		})
		list, err := s.List(context.Background(), pay.Filter{Merchant: shopkeeper, Limit: 10})
		if err != nil || len(list) != 1 || len(s.wechat.when("charge")) != 1 {
			t := s.t
			t.Fatalf("%d payments (%v), %d charges", len(list), err, len(s.wechat.when("charge")))
		}
		p := list[0]
		for said, n := range got {
			switch said {
			case fmt.Sprint(p.ID, " ", p.Attempts[0].OrderNo, " ", p.Amount), "conflict: id_taken":
			case "unavailable: store_contended":
				busy += n
			default:
				s.t.Errorf("%d times %s", n, said)
			}
		}
		if busy > 50 {
			s.t.Errorf("%d of 1000 were turned away", busy)
		}
		took, lost := r.Amount, 900
		if p.Amount != r.Amount {
			took, lost = other.Amount, 100
		}
		if n := got[fmt.Sprint(p.ID, " ", p.Attempts[0].OrderNo, " ", took)]; n < lost-busy {
			s.t.Errorf("%d of %d got the payment: %v", n, lost, got)
		}
		s.want(p.ID, guitai.PaymentPaid, "")
		s.wallet(s.wechat, p, took.Fen, 0)
	})
}

// TestFiftyRacingRefunds: together they never give back more than was taken.
func TestFiftyRacingRefunds(t *testing.T) {
	onEngines(t, func(s *shop) {
		p := s.paid(s.alipay)
		got := together(50, func(i int) string {
			r := pay.RefundRequest{ID: guitai.RefundID(fmt.Sprint("ref-", i)), Merchant: shopkeeper, Payment: p.ID, Amount: guitai.Fen(100)}
			if i%7 == 6 {
				r.Amount = guitai.Money{}
				_, err := s.Void(context.Background(), r)
				return fmt.Sprint("void ", guitai.AsError(err) == nil)
			}
			for {
				ref, err := s.Refund(context.Background(), r)
				e := guitai.AsError(err)
				if e == nil {
					return string(ref.State)
				}
				if e.Code != "store_contended" {
					return string(e.Code)
				}
			}
		})
		w := s.whole(p.ID)
		b := s.alipay.Judge(p.Attempts[0].OrderNo)
		if w.Payment.Refunded > 1250 || w.Payment.RefundHeld != w.Payment.Refunded || b.BackFen != w.Payment.Refunded {
			s.t.Fatalf("refunded %d, held %d, the wallet gave %d back; %v", w.Payment.Refunded, w.Payment.RefundHeld, b.BackFen, got)
		}
		switch {
		case got["void true"] == 1:
			if w.Payment.Refunded != 1250 || len(w.Refunds) != 1 {
				s.t.Errorf("voided: %+v, %v", w, got)
			}
		case got["done"] != 12 || w.Payment.Refunded != 1200:
			s.t.Errorf("refunded %d: %v", w.Payment.Refunded, got)
		}
		s.balanced()
	})
}

// TestOneRefundFiftyTimes: the same request under one ID is done once.
func TestOneRefundFiftyTimes(t *testing.T) {
	onEngines(t, func(s *shop) {
		p := s.paid(s.wechat)
		r := pay.RefundRequest{ID: "ref-1", Merchant: shopkeeper, Payment: p.ID, Amount: guitai.Fen(100)}
		got := together(50, func(int) string {
			ref, err := s.Refund(context.Background(), r)
			if err != nil {
				return guitai.AsError(err).Error()
			}
			return ref.RefundNo
		})
		ref, err := s.GetRefund(context.Background(), shopkeeper, "ref-1")
		if err != nil || got[ref.RefundNo]+got["unavailable: store_contended"] != 50 || got[ref.RefundNo] < 25 {
			s.t.Fatalf("%v, %v", got, err)
		}
		s.wallet(s.wechat, p, 1250, 100)
		s.balanced()
	})
}

// TestTwoTillsOneBill: of many who collect one tender at once, one may.
func TestTwoTillsOneBill(t *testing.T) {
	onEngines(t, func(s *shop) {
		var all []pay.Request
		for range 30 {
			r := s.scan(s.wechat, channeltest.Pays)
			r.Sale, r.Tender = "bill-1", "1"
			all = append(all, r)
		}
		got := together(len(all), func(i int) string {
			p, err := s.Take(context.Background(), all[i])
			if err != nil {
				return string(guitai.AsError(err).Code)
			}
			return string(p.State)
		})
		if got["paid"] != 1 || got["sale_taken"]+got["store_contended"] != 29 || got["sale_taken"] < 15 || len(s.wechat.when("charge")) != 1 {
			s.t.Fatalf("%v, %d charges", got, len(s.wechat.when("charge")))
		}
	})
}

// TestOneSuspenseManyHands: attached or given back, never both, never twice.
func TestOneSuspenseManyHands(t *testing.T) {
	onEngines(t, func(s *shop) {
		for range 3 {
			p, sus := s.lateMoney()
			got := together(20, func(i int) string {
				var err error
				if i%2 == 0 {
					_, err = s.Attach(context.Background(), shopkeeper, sus.ID)
				} else {
					_, err = s.GiveBack(context.Background(), shopkeeper, sus.ID)
				}
				if err != nil {
					return string(guitai.AsError(err).Code)
				}
				return fmt.Sprint("ok ", i%2)
			})
			w := s.whole(p.ID)
			switch w.Suspense[0].State {
			case guitai.SuspenseAttached:
				if got["ok 0"] != 1 || got["ok 1"] != 0 || w.Payment.State != guitai.PaymentPaid || len(w.Refunds) != 0 {
					s.t.Errorf("attached: %v, %+v", got, w)
				}
				s.wallet(s.alipay, p, 1250, 0)
			case guitai.SuspenseReturned:
				if got["ok 0"] != 0 || got["ok 1"] < 1 || w.Payment.State != guitai.PaymentClosed || len(w.Refunds) != 1 {
					s.t.Errorf("given back: %v, %+v", got, w)
				}
				s.wallet(s.alipay, p, 1250, 1250)
			default:
				s.t.Errorf("%+v, %v", w, got)
			}
		}
		s.balanced()
	})
}

// lateMoney makes a payment that we hold for closed, and that a payer paid all
// the same: the wallet's own word that it was closed was not true.
func (s *shop) lateMoney() (guitai.Payment, guitai.Suspense) {
	s.t.Helper()
	return s.lateMoneyOf("")
}

// lateMoneyOf is lateMoney for a bill.
func (s *shop) lateMoneyOf(sale string) (guitai.Payment, guitai.Suspense) {
	s.t.Helper()
	ctx := context.Background()
	r := s.show(s.alipay)
	r.Sale, r.Tender = sale, "1"
	p := s.take(r)
	s.later(16 * time.Second)
	s.alipay.lies.Store(true)
	if _, err := s.Close(ctx, shopkeeper, p.ID); err != nil {
		s.t.Fatal(err)
	}
	s.alipay.lies.Store(false)
	s.want(p.ID, guitai.PaymentClosed, guitai.CodeClosedByMerchant)
	if err := s.alipay.Pay(p.Attempts[0].Code); err != nil {
		s.t.Fatal(err)
	}
	s.later(6 * time.Second)
	if s.stop == nil { // nobody works behind the counter
		s.confirm(p)
	}
	w := s.whole(p.ID)
	if len(w.Suspense) != 1 || w.Suspense[0].State != guitai.SuspenseOpen || w.Suspense[0].Why != guitai.SuspenseLate || w.Payment.State != guitai.PaymentClosed {
		s.t.Fatalf("no late money: %+v", w)
	}
	return w.Payment, w.Suspense[0]
}

// confirm does what a notice about an ended payment sets going.
func (s *shop) confirm(p guitai.Payment) {
	s.t.Helper()
	ctx := context.Background()
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		return tx.Schedule(store.Job{Kind: pay.JobConfirm, Merchant: shopkeeper, Key: string(p.ID) + "/1", RunAt: s.Now()})
	})
	if err != nil {
		s.t.Fatal(err)
	}
	jobs, err := s.Store.ClaimJobs(ctx, []string{pay.JobConfirm}, s.Now().Add(time.Millisecond), time.Minute, 10)
	if err != nil || len(jobs) == 0 {
		s.t.Fatalf("jobs %v, %v", jobs, err)
	}
	for _, j := range jobs { // a notice may have set another going
		if err := s.Confirm(ctx, j); err != nil {
			s.t.Fatal(err)
		}
	}
}

// balanced checks that the ledger sums to zero.
func (s *shop) balanced() {
	s.t.Helper()
	list, err := s.Balances(context.Background(), shopkeeper)
	var sum int64
	for _, b := range list {
		sum += b.Money.Fen
	}
	if err != nil || sum != 0 || len(list) == 0 {
		s.t.Errorf("the ledger sums to %d: %v, %v", sum, list, err)
	}
}

// TestClockAgainstTheDatabase: a node whose clock is off takes no money.
func TestClockAgainstTheDatabase(t *testing.T) {
	dsn := testkit.Postgres(t)
	s := openShop(t, dsn, 2*time.Millisecond)
	defer s.close()
	ctx := context.Background()
	for _, off := range []time.Duration{6 * time.Second, -6 * time.Second, 48 * time.Hour, -48 * time.Hour} {
		st, err := store.Open(ctx, store.Options{DSN: dsn, Now: func() time.Time { return time.Now().Add(off) }, Rand: rand.Reader, Node: "off"})
		if err != nil {
			t.Fatal(err)
		}
		wrong := &pay.Switch{Store: st, Accounts: s.Accounts, Channels: s.Channels, Policy: s.Policy, Now: s.Now, Rand: s.Rand, Log: s.Log, Secret: s.Secret}
		p := s.paid(s.wechat)
		if err := wrong.CheckClock(ctx); err != nil {
			t.Fatal(err)
		}
		sent := len(s.wechat.calls)
		_, err = wrong.Take(ctx, s.scan(s.wechat, channeltest.Pays))
		s.refused(err, guitai.Unavailable, guitai.CodeClockWrong)
		_, err = wrong.Refund(ctx, pay.RefundRequest{Merchant: shopkeeper, Payment: p.ID, Amount: guitai.Fen(1)})
		s.refused(err, guitai.Unavailable, guitai.CodeClockWrong)
		_, err = wrong.Void(ctx, pay.RefundRequest{Merchant: shopkeeper, Payment: p.ID})
		s.refused(err, guitai.Unavailable, guitai.CodeClockWrong)
		if n := len(s.wechat.calls); n != sent {
			t.Errorf("%d calls were made", n-sent)
		}
		if got, err := wrong.Get(ctx, shopkeeper, p.ID); err != nil || got.State != guitai.PaymentPaid {
			t.Errorf("looking is allowed: %+v, %v", got, err)
		}
		wrong.Store = s.Store // the clock was set right
		if err := wrong.CheckClock(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := wrong.Take(ctx, s.scan(s.wechat, channeltest.Pays)); err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
}
