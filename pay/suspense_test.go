package pay_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"guitai"
	"guitai/channel/channeltest"
)

var refundShow = channeltest.Call{Op: channeltest.OpRefund, Kind: guitai.Show}

// TestLateMoneyGoesBackByItself: nobody says what to do with it, so after half
// an hour the payer gets it back through one refund.
func TestLateMoneyGoesBackByItself(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p, sus := s.lateMoney()
		if !sus.ReturnAt.Equal(sus.CreatedAt.Add(30*time.Minute)) || sus.Amount != p.Amount || sus.Attempt != 1 {
			t.Fatalf("%+v", sus)
		}
		s.ledger(map[string]int64{"suspense": -1250, "fees": 5, "receivable:acc-alipay": 1245})
		list, err := s.Unresolved(context.Background(), shopkeeper, 10)
		if err != nil || len(list) != 1 || list[0].ID != sus.ID {
			t.Fatalf("%+v, %v", list, err)
		}
		time.Sleep(29 * time.Minute)
		s.wallet(s.alipay, p, 1250, 0)
		time.Sleep(2 * time.Minute)
		s.wallet(s.alipay, p, 1250, 1250)
		w := s.whole(p.ID)
		if w.Suspense[0].State != guitai.SuspenseReturned || len(w.Refunds) != 1 || w.Refunds[0].Kind != guitai.RefundGiveBack ||
			w.Refunds[0].State != guitai.RefundDone || w.Suspense[0].Refund != w.Refunds[0].ID || w.Payment.State != guitai.PaymentClosed {
			t.Errorf("%+v", w)
		}
		if w.Payment.Refunded != 0 || w.Payment.RefundHeld != 0 {
			t.Errorf("counted as a refund of the payment: %+v", w.Payment)
		}
		s.ledger(map[string]int64{})
		want := []guitai.Topic{"payment.created", "payment.waiting", "payment.unknown", "payment.closed",
			"suspense.opened", "refund.asked", "suspense.returned", "refund.done"}
		if got := s.topics(p.ID); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
			t.Errorf("news %v", got)
		}
		if list, err := s.Unresolved(context.Background(), shopkeeper, 10); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
		s.jobsDone()
	})
}

// TestAttach: the goods went with the payer; the money counts after all.
func TestAttach(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		ctx := context.Background()
		p, sus := s.lateMoney()
		got, err := s.Attach(ctx, shopkeeper, sus.ID)
		if err != nil || got.State != guitai.PaymentPaid || got.Reason != "" || got.PaidAt.IsZero() {
			t.Fatalf("%+v, %v", got, err)
		}
		_, err = s.Attach(ctx, shopkeeper, sus.ID)
		s.refused(err, guitai.Conflict, guitai.CodeNotAttachable)
		_, err = s.GiveBack(ctx, shopkeeper, sus.ID)
		s.refused(err, guitai.Conflict, guitai.CodeNotAttachable)
		s.ledger(map[string]int64{"sales": -1250, "fees": 5, "receivable:acc-alipay": 1245})
		time.Sleep(time.Hour)
		s.wallet(s.alipay, p, 1250, 0)
		s.refund(refundOf(p, 1250))
		s.wallet(s.alipay, p, 1250, 1250)
		s.ledger(map[string]int64{"sales": -1250, "refunds": 1250})
		_, err = s.Attach(ctx, shopkeeper, "sus-none")
		s.refused(err, guitai.NotFound, guitai.CodeSuspenseNotFound)
		_, err = s.Attach(ctx, "mer-other", sus.ID)
		s.refused(err, guitai.NotFound, guitai.CodeSuspenseNotFound)
		s.jobsDone()
	})
}

// TestAttachAfterAnotherPaid: the bill was collected by another payment since.
func TestAttachAfterAnotherPaid(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		late, sus := s.lateMoneyOf("bill-9")
		next := s.scan(s.wechat, channeltest.Pays)
		next.Sale, next.Tender = "bill-9", "1"
		s.want(s.take(next).ID, guitai.PaymentPaid, "")
		_, err := s.Attach(context.Background(), shopkeeper, sus.ID)
		s.refused(err, guitai.Conflict, guitai.CodeSaleTaken)
		s.want(late.ID, guitai.PaymentClosed, guitai.CodeClosedByMerchant)
		time.Sleep(time.Hour)
		s.wallet(s.alipay, late, 1250, 1250)
	})
}

// TestGiveBack: by hand, once, whatever is tapped twice.
func TestGiveBack(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		ctx := context.Background()
		p, sus := s.lateMoney()
		r, err := s.GiveBack(ctx, shopkeeper, sus.ID)
		if err != nil || r.State != guitai.RefundDone {
			t.Fatalf("%+v, %v", r, err)
		}
		if again, err := s.GiveBack(ctx, shopkeeper, sus.ID); err != nil || again.ID != r.ID {
			t.Errorf("%+v, %v", again, err)
		}
		_, err = s.Attach(ctx, shopkeeper, sus.ID)
		s.refused(err, guitai.Conflict, guitai.CodeNotAttachable)
		_, err = s.GiveBack(ctx, "mer-other", sus.ID)
		s.refused(err, guitai.NotFound, guitai.CodeSuspenseNotFound)
		time.Sleep(time.Hour)
		s.wallet(s.alipay, p, 1250, 1250)
		if n := len(sentRefunds(s.alipay)); n != 1 {
			t.Errorf("%d refunds sent", n)
		}
		s.jobsDone()
	})
}

// TestGiveBackRefused: a definite no leaves the money in suspense, to be given
// back later, or attached.
func TestGiveBackRefused(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p, sus := s.lateMoney()
		s.alipay.Say(refundShow, string(guitai.CodeMerchantFundsLow))
		r, err := s.GiveBack(context.Background(), shopkeeper, sus.ID)
		if err != nil || r.State != guitai.RefundFailed {
			t.Fatalf("%+v, %v", r, err)
		}
		w := s.whole(p.ID)
		if w.Suspense[0].State != guitai.SuspenseOpen || w.Suspense[0].Refund != "" {
			t.Errorf("%+v", w.Suspense[0])
		}
		s.ledger(map[string]int64{"suspense": -1250, "fees": 5, "receivable:acc-alipay": 1245})
		time.Sleep(31 * time.Minute)
		w = s.whole(p.ID)
		if w.Suspense[0].State != guitai.SuspenseReturned || len(w.Refunds) != 2 {
			t.Errorf("%+v", w)
		}
		s.wallet(s.alipay, p, 1250, 1250)
		s.ledger(map[string]int64{})
		s.jobsDone()
	})
}

// TestGiveBackWithoutAnswer: like any other refund it is asked about.
func TestGiveBackWithoutAnswer(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p, sus := s.lateMoney()
		s.alipay.Inject(refundShow, channeltest.SilentAfter)
		r, err := s.GiveBack(context.Background(), shopkeeper, sus.ID)
		if err != nil || r.State != guitai.RefundUnknown {
			t.Fatalf("%+v, %v", r, err)
		}
		if w := s.whole(p.ID); w.Suspense[0].State != guitai.SuspenseReturning {
			t.Errorf("%+v", w.Suspense)
		}
		time.Sleep(time.Minute)
		if w := s.whole(p.ID); w.Suspense[0].State != guitai.SuspenseReturned {
			t.Errorf("%+v", w.Suspense)
		}
		s.wallet(s.alipay, p, 1250, 1250)
		s.jobsDone()
	})
}
