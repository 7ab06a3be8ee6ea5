package pay_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"guitai"
	"guitai/channel/channeltest"
)

var (
	askScan = channeltest.Call{Op: channeltest.OpAsk, Kind: guitai.Scan}
	endScan = channeltest.Call{Op: channeltest.OpEnd, Kind: guitai.Scan}
	endShow = channeltest.Call{Op: channeltest.OpEnd, Kind: guitai.Show}
	charge  = channeltest.Call{Op: channeltest.OpCharge, Kind: guitai.Scan}
	showing = channeltest.Call{Op: channeltest.OpShow, Kind: guitai.Show}
)

// since lists how long after a payment was made each call came, in seconds.
func since(p guitai.Payment, at []time.Time) []int {
	var s []int
	for _, t := range at {
		s = append(s, int(t.Sub(p.CreatedAt).Round(time.Second)/time.Second))
	}
	return s
}

// TestAskThenReverse: who is waited for and does not type the password is asked
// about every 5 s and reversed at 30 s (WeChat Pay, code pay).
func TestAskThenReverse(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		for _, w := range []*counter{s.wechat, s.alipay} {
			p := s.take(s.scan(w, channeltest.Ignores))
			s.want(p.ID, guitai.PaymentWaiting, "")
			time.Sleep(2 * time.Minute)
			s.want(p.ID, guitai.PaymentClosed, guitai.CodeReversedNoAnswer)
			if asked, ended := since(p, w.when("ask")), since(p, w.when("end")); !slices.Equal(asked, []int{5, 10, 15, 20, 25}) || !slices.Equal(ended, []int{30}) {
				t.Errorf("asked at %v, reversed at %v", asked, ended)
			}
			s.wallet(w, p, 0, 0)
		}
		s.jobsDone()
	})
}

// TestUnansweredCharge: no answer to the charge. It is asked about when the call
// has had its time, and reversed at 30 s, whether it happened or not.
func TestUnansweredCharge(t *testing.T) {
	for fault, charged := range map[channeltest.Fault]int64{channeltest.SilentBefore: 0, channeltest.SilentAfter: 1250} {
		inShop(t, func(t *testing.T, s *shop) {
			s.wechat.Inject(charge, fault)
			for range 10 {
				s.wechat.Inject(askScan, channeltest.SilentBefore)
			}
			p := s.take(s.scan(s.wechat, channeltest.Pays))
			if p.State != guitai.PaymentUnknown || time.Since(p.CreatedAt) > 10*time.Second {
				t.Fatalf("%s after %v", p.State, time.Since(p.CreatedAt))
			}
			time.Sleep(5 * time.Minute)
			s.want(p.ID, guitai.PaymentClosed, guitai.CodeReversedNoAnswer)
			if ended := since(p, s.wechat.when("end")); ended[0] != 30 {
				t.Errorf("reversed at %v", ended)
			}
			s.wallet(s.wechat, p, charged, charged)
			s.ledger(map[string]int64{})
			s.jobsDone()
		})
	}
}

// TestUnansweredChargeIsFound: one question is enough when it is answered.
func TestUnansweredChargeIsFound(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		for _, fault := range []channeltest.Fault{channeltest.ErrorAfter, channeltest.HalfBody, channeltest.BadSignature, channeltest.SilentAfter} {
			s.wechat.Inject(charge, fault)
			p := s.take(s.scan(s.wechat, channeltest.Pays))
			if p.State != guitai.PaymentUnknown {
				t.Fatalf("%s: %s", fault, p.State)
			}
			time.Sleep(20 * time.Second)
			s.want(p.ID, guitai.PaymentPaid, "")
			s.wallet(s.wechat, p, 1250, 0)
		}
		s.jobsDone()
	})
}

// TestUnavailable: nothing was sent; the payment failed at once.
func TestUnavailable(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.wechat.SetFaults(channeltest.Faults{Unavailable: 1})
		p := s.take(s.scan(s.wechat, channeltest.Pays))
		s.want(p.ID, guitai.PaymentFailed, guitai.CodeWalletUnreachable)
		q := s.take(s.show(s.wechat))
		s.want(q.ID, guitai.PaymentFailed, guitai.CodeWalletUnreachable)
		s.jobsDone()
	})
}

// TestCancelWaitsFifteenSeconds: the cashier cancels at once; the reversal is
// not sent before 15 s, and a payment in the meantime is given back by it.
func TestCancelWaitsFifteenSeconds(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p := s.take(s.scan(s.wechat, channeltest.Types))
		time.Sleep(500 * time.Millisecond)
		got, err := s.Close(context.Background(), shopkeeper, p.ID)
		if err != nil || got.State != guitai.PaymentUnknown || got.Live().State != guitai.AttemptClosing {
			t.Fatalf("%+v, %v", got, err)
		}
		if again, err := s.Close(context.Background(), shopkeeper, p.ID); err != nil || again.Version != got.Version {
			t.Errorf("once more: %+v, %v", again, err)
		}
		if next := s.Plan(&got, s.Now()); next.Action != "reverse" || !next.At.Equal(p.CreatedAt.Add(15*time.Second)) {
			t.Errorf("next %+v", next)
		}
		time.Sleep(time.Minute)
		s.want(p.ID, guitai.PaymentClosed, guitai.CodeClosedByMerchant)
		if ended := since(p, s.wechat.when("end")); !slices.Equal(ended, []int{15}) {
			t.Errorf("reversed at %v", ended)
		}
		s.wallet(s.wechat, p, 1250, 1250)
		s.jobsDone()
	})
}

// TestCancelWithoutAnswer: the charge is still on its way. Its reversal waits
// until it must have arrived, or it would overtake it.
func TestCancelWithoutAnswer(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.wechat.SetFaults(channeltest.Faults{Late: 1})
		s.wechat.hang("charge", 2*time.Second)
		r := s.scan(s.wechat, channeltest.Pays)
		done := make(chan guitai.Payment, 1)
		go func() { done <- s.take(r) }()
		time.Sleep(time.Second)
		if _, err := s.Close(context.Background(), shopkeeper, r.ID); err != nil {
			t.Fatal(err)
		}
		p := <-done
		s.wechat.SetFaults(channeltest.Faults{})
		time.Sleep(time.Minute)
		s.want(p.ID, guitai.PaymentClosed, guitai.CodeClosedByMerchant)
		believe := s.Policy.SendWithin + s.Policy.CallTimeout + s.Policy.Lag
		if ended := s.wechat.when("end"); ended[0].Sub(p.CreatedAt) < believe {
			t.Errorf("reversed %v after the charge, want %v", ended[0].Sub(p.CreatedAt), believe)
		}
		s.wallet(s.wechat, p, 1250, 1250)
	})
}

// TestCloseByState: what Close says in each state.
func TestCloseByState(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		ctx := context.Background()
		_, err := s.Close(ctx, shopkeeper, "pay-none")
		s.refused(err, guitai.NotFound, guitai.CodePaymentNotFound)
		_, err = s.Close(ctx, shopkeeper, s.paid(s.wechat).ID)
		s.refused(err, guitai.Conflict, guitai.CodePaymentNotOpen)
		failed := s.take(s.scan(s.wechat, channeltest.Poor))
		if p, err := s.Close(ctx, shopkeeper, failed.ID); err != nil || p.State != guitai.PaymentFailed {
			t.Errorf("failed: %s, %v", p.State, err)
		}
		shown := s.take(s.show(s.wechat))
		for range 2 { // closed at once, and still closed
			if p, err := s.Close(ctx, shopkeeper, shown.ID); err != nil || p.State != guitai.PaymentClosed || p.Reason != guitai.CodeClosedByMerchant {
				t.Errorf("shown: %s %s, %v", p.State, p.Reason, err)
			}
		}
		if err := s.wechat.Pay(shown.Attempts[0].Code); err == nil {
			t.Error("the closed code can be paid")
		}
		s.jobsDone()
	})
}

// TestCloseMeetsMoney: the payer pays in the moment of closing. WeChat Pay
// refuses to close, and the payment is paid; Alipay gives the money back.
func TestCloseMeetsMoney(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		ctx := context.Background()
		p, q := s.take(s.show(s.wechat)), s.take(s.show(s.alipay))
		time.Sleep(20 * time.Second)
		s.wechat.hang("ask", 20*time.Second) // nobody hears of it by asking
		s.alipay.hang("ask", 20*time.Second)
		for _, x := range []struct {
			w *counter
			p guitai.Payment
		}{{s.alipay, q}, {s.wechat, p}} {
			if err := x.w.Pay(x.p.Attempts[0].Code); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Close(ctx, shopkeeper, x.p.ID); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(3 * time.Minute)
		s.want(p.ID, guitai.PaymentPaid, "")
		s.wallet(s.wechat, p, 1250, 0)
		s.want(q.ID, guitai.PaymentClosed, guitai.CodeClosedByMerchant)
		s.wallet(s.alipay, q, 1250, 1250)
		if w := s.whole(q.ID); len(w.Suspense) != 0 {
			t.Errorf("%+v", w.Suspense)
		}
		s.jobsDone()
	})
}

// TestExpiry: a shown code that nobody pays is ended at the wallet 2 s after
// its end, and says so; one whose ending is not answered is ended again.
func TestExpiry(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		for _, w := range []*counter{s.wechat, s.alipay} {
			w.Inject(endShow, channeltest.SilentBefore)
			w.Inject(endShow, channeltest.ErrorBefore)
			p := s.take(s.show(w))
			time.Sleep(61 * time.Second)
			s.want(p.ID, guitai.PaymentWaiting, "")
			time.Sleep(2 * time.Second)
			if got := s.get(p.ID); got.State != guitai.PaymentUnknown {
				t.Fatalf("being closed: %s", got.State)
			}
			time.Sleep(time.Minute)
			s.want(p.ID, guitai.PaymentClosed, guitai.CodeCodeLapsed)
			if ended := since(p, w.when("end")); len(ended) != 3 || ended[0] != 62 || ended[2] > 62+20 {
				t.Errorf("ended at %v", ended)
			}
		}
		s.jobsDone()
	})
}

// TestEndingGoesOn: however long the wallet does not confirm an ending, it is
// tried again, further and further apart, and never believed before.
func TestEndingGoesOn(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p := s.take(s.scan(s.alipay, channeltest.Ignores))
		s.alipay.SetFaults(channeltest.Faults{Broken: 1})
		time.Sleep(3 * time.Hour)
		if got := s.get(p.ID); got.State != guitai.PaymentUnknown {
			t.Fatalf("%s", got.State)
		}
		n := len(s.alipay.when("end"))
		if n < 50 || n > 100 {
			t.Errorf("%d endings in three hours", n)
		}
		at := since(p, s.alipay.when("end"))
		if at[1]-at[0] > 12 {
			t.Errorf("the second ending came %d s after the first", at[1]-at[0])
		}
		s.alipay.SetFaults(channeltest.Faults{})
		time.Sleep(11 * time.Minute)
		s.want(p.ID, guitai.PaymentClosed, guitai.CodeReversedNoAnswer)
		s.jobsDone()
	})
}

// TestRecall: a reversal that is to be called again is.
func TestRecall(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.wechat.Inject(endScan, channeltest.SilentAfter)
		p := s.take(s.scan(s.wechat, channeltest.AtEnd))
		time.Sleep(2 * time.Minute)
		s.want(p.ID, guitai.PaymentClosed, guitai.CodeReversedNoAnswer)
		if n := len(s.wechat.when("end")); n != 2 {
			t.Errorf("%d reversals", n)
		}
		s.wallet(s.wechat, p, 1250, 1250)
		s.jobsDone()
	})
}

// TestUnansweredShow: nobody ever saw the code. It is ended at once, and not
// waited for, also when the wallet says that it waits for the payer.
func TestUnansweredShow(t *testing.T) {
	for _, fault := range []channeltest.Fault{channeltest.SilentBefore, channeltest.SilentAfter, channeltest.ErrorAfter} {
		inShop(t, func(t *testing.T, s *shop) {
			for _, w := range []*counter{s.wechat, s.alipay} {
				w.Inject(showing, fault)
				r := s.show(w)
				r.ExpiresIn = 2 * time.Hour
				p := s.take(r)
				if p.State != guitai.PaymentUnknown || p.Attempts[0].Code != "" {
					t.Fatalf("%s: %+v", fault, p)
				}
				if _, err := s.Ask(context.Background(), shopkeeper, p.ID); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				s.want(p.ID, guitai.PaymentClosed, guitai.CodeReversedNoAnswer)
			}
			s.jobsDone()
		})
	}
}

// TestAsk: the cashier need not wait for the next turn.
func TestAsk(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		ctx := context.Background()
		_, err := s.Ask(ctx, shopkeeper, "pay-none")
		s.refused(err, guitai.NotFound, guitai.CodePaymentNotFound)
		p := s.take(s.show(s.alipay))
		if got, err := s.Ask(ctx, shopkeeper, p.ID); err != nil || got.State != guitai.PaymentWaiting {
			t.Errorf("not scanned: %s, %v", got.State, err)
		}
		s.alipay.SetFaults(channeltest.Faults{Notice: channeltest.NoticeFaults{Dropped: 1}})
		if err := s.alipay.Pay(p.Attempts[0].Code); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Ask(ctx, shopkeeper, p.ID); err != nil || got.State != guitai.PaymentPaid {
			t.Errorf("paid: %s, %v", got.State, err)
		}
		asked := len(s.alipay.when("ask"))
		if got, err := s.Ask(ctx, shopkeeper, p.ID); err != nil || got.State != guitai.PaymentPaid || len(s.alipay.when("ask")) != asked {
			t.Errorf("asked about what has its end: %v", err)
		}
		r := s.scan(s.wechat, channeltest.Pays)
		s.wechat.hang("charge", 2*time.Second)
		done := make(chan guitai.Payment, 1)
		go func() { done <- s.take(r) }()
		time.Sleep(time.Second)
		if got, err := s.Ask(ctx, shopkeeper, r.ID); err != nil || got.State != guitai.PaymentCreated || len(s.wechat.when("ask")) != 0 {
			t.Errorf("asked while the call is on its way: %s, %v", got.State, err)
		}
		<-done
		s.jobsDone()
	})
}

// TestWrongAmount: the wallet took another amount than was asked for. It counts
// for nothing and stands in suspense.
func TestWrongAmount(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.wechat.Inject(charge, channeltest.WrongAmount)
		p := s.take(s.scan(s.wechat, channeltest.Pays))
		s.want(p.ID, guitai.PaymentFailed, guitai.CodeAmountDiffers)
		w := s.whole(p.ID)
		if len(w.Suspense) != 1 || w.Suspense[0].Why != guitai.SuspenseAmount || w.Suspense[0].Amount != guitai.Fen(1251) {
			t.Fatalf("%+v", w.Suspense)
		}
		_, err := s.Attach(context.Background(), shopkeeper, w.Suspense[0].ID)
		s.refused(err, guitai.Conflict, guitai.CodeNotAttachable)
		s.ledger(map[string]int64{"suspense": -1251, "fees": 5, "receivable:acc-wechat": 1246})
	})
}
