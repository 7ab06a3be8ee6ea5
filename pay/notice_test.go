package pay_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
)

// overhear keeps the notices that the wallet sends, and lets them through.
func overhear(s *shop, c *counter) *channeltest.Inbox {
	box := &channeltest.Inbox{}
	s.rest()
	s.Channels[s.accountOf(c)] = &ear{c, box}
	s.work()
	return box
}

// ear is a counter that hears what comes in.
type ear struct {
	*counter
	box *channeltest.Inbox
}

func (e *ear) ReadNotice(n channel.RawNotice) (channel.Notice, error) {
	e.box.Put(n)
	return e.counter.ReadNotice(n)
}

func (s *shop) accountOf(c *counter) guitai.AccountID {
	for id, ch := range s.Channels {
		if ch == c {
			return id
		}
	}
	s.t.Fatal("no such counter")
	return ""
}

// TestNoticeBeforeTheAnswer: the notice is faster than the answer to the call
// that it is about; the payment is booked once.
func TestNoticeBeforeTheAnswer(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.alipay.hang("charge", 20*time.Second) // the answer hangs in our own line
		r := s.scan(s.alipay, channeltest.Pays)
		done := make(chan guitai.Payment, 1)
		go func() { done <- s.take(r) }()
		time.Sleep(6 * time.Second)
		s.want(r.ID, guitai.PaymentPaid, "")
		if p := <-done; p.State != guitai.PaymentPaid || p.Version != s.get(r.ID).Version {
			t.Errorf("the answer says %s, version %d of %d", p.State, p.Version, s.get(r.ID).Version)
		}
		s.ledger(map[string]int64{"sales": -1250, "fees": 5, "receivable:acc-alipay": 1245})
		if got := s.topics(r.ID); !slices.Equal(got, []guitai.Topic{"payment.created", "payment.paid"}) {
			t.Errorf("news %v", got)
		}
		s.jobsDone()
	})
}

// TestNoticeAgainAndAgain: the same notice has no second effect, also long
// after, and after the money went back.
func TestNoticeAgainAndAgain(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		box := overhear(s, s.wechat)
		p := s.take(s.show(s.wechat))
		if err := s.wechat.Pay(p.Attempts[0].Code); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Second)
		s.want(p.ID, guitai.PaymentPaid, "")
		again := func() {
			for range 3 {
				if reply, err := s.Notice(context.Background(), "acc-wechat", box.All()[0]); err != nil || reply.Code/100 != 2 {
					t.Errorf("a notice that was taken before: %+v, %v", reply, err)
				}
			}
			time.Sleep(time.Minute)
		}
		again()
		s.ledger(map[string]int64{"sales": -1250, "fees": 5, "receivable:acc-wechat": 1245})
		if _, err := s.Void(context.Background(), refundOf(p, 0)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		again()
		s.wallet(s.wechat, p, 1250, 1250)
		s.ledger(map[string]int64{"sales": -1250, "refunds": 1250})
		if w := s.whole(p.ID); len(w.Suspense) != 0 || w.Payment.State != guitai.PaymentPaid {
			t.Errorf("%+v", w)
		}
		s.jobsDone()
	})
}

// TestForgedNotice: what is not proven to be the wallet's, or comes in at
// another account's address, has no effect.
func TestForgedNotice(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		box := overhear(s, s.wechat)
		p := s.take(s.show(s.wechat))
		if err := s.wechat.Pay(p.Attempts[0].Code); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5100 * time.Millisecond)
		real := box.All()[0]
		bent := channel.RawNotice{Header: real.Header, Body: slices.Clone(real.Body)}
		bent.Body[len(bent.Body)/2] ^= 1
		other := s.take(s.show(s.alipay))
		for what, n := range map[string]struct {
			acc guitai.AccountID
			raw channel.RawNotice
		}{
			"bent": {"acc-wechat", bent}, "empty": {"acc-wechat", channel.RawNotice{}},
			"other account": {"acc-alipay", real}, "no such account": {"acc-none", real},
		} {
			reply, err := s.Notice(context.Background(), n.acc, n.raw)
			if err == nil || reply.Code/100 == 2 {
				t.Errorf("%s: %+v, %v", what, reply, err)
			}
		}
		s.want(other.ID, guitai.PaymentWaiting, "")
	})
}

// TestNoticeForAnothersOrder: a wallet that signs rightly, but for an order
// that went through another account, proves nothing.
func TestNoticeForAnothersOrder(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p := s.take(s.show(s.wechat))
		s.rest()
		// The Alipay of this test tells of an order with the very same number.
		s.Channels["acc-alipay"] = &liar{s.alipay, channel.Notice{OrderNo: p.Attempts[0].OrderNo,
			Answer: channel.Answer{Outcome: channel.Paid, Amount: p.Amount}}}
		_, err := s.Notice(context.Background(), "acc-alipay", channel.RawNotice{})
		s.refused(err, guitai.NotFound, guitai.CodePaymentNotFound)
		s.Channels["acc-alipay"] = &liar{s.alipay, channel.Notice{OrderNo: "NOSUCHORDER", Answer: channel.Answer{Outcome: channel.Paid, Amount: p.Amount}}}
		_, err = s.Notice(context.Background(), "acc-alipay", channel.RawNotice{})
		s.refused(err, guitai.NotFound, guitai.CodePaymentNotFound)
		paid := s.paid(s.wechat)
		r, err := s.Refund(context.Background(), refundOf(paid, 100))
		if err != nil {
			t.Fatal(err)
		}
		s.Channels["acc-alipay"] = &liar{s.alipay, channel.Notice{RefundNo: r.RefundNo, Refund: channel.RefundAnswer{Outcome: channel.RefundDeclined}}}
		_, err = s.Notice(context.Background(), "acc-alipay", channel.RawNotice{})
		s.refused(err, guitai.NotFound, guitai.CodeRefundNotFound)
		s.Channels["acc-alipay"] = &liar{s.alipay, channel.Notice{RefundNo: "NONE"}}
		_, err = s.Notice(context.Background(), "acc-alipay", channel.RawNotice{})
		s.refused(err, guitai.NotFound, guitai.CodeRefundNotFound)
		s.want(p.ID, guitai.PaymentWaiting, "")
	})
}

// liar reads each notice as what it is told to say.
type liar struct {
	*counter
	says channel.Notice
}

func (l *liar) ReadNotice(channel.RawNotice) (channel.Notice, error) { return l.says, nil }

// TestOldNoticeOfMoneyThatWentBack: the payer paid in the moment of the
// reversal; the notice of it comes when all is over. The wallet is asked, and
// nothing is booked.
func TestOldNoticeOfMoneyThatWentBack(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p := s.take(s.scan(s.alipay, channeltest.AtEnd))
		time.Sleep(70 * time.Second)
		s.want(p.ID, guitai.PaymentClosed, guitai.CodeReversedNoAnswer)
		s.wallet(s.alipay, p, 1250, 1250)
		s.ledger(map[string]int64{})
		if w := s.whole(p.ID); len(w.Suspense) != 0 {
			t.Errorf("%+v", w.Suspense)
		}
		if asked := s.alipay.when("ask"); len(asked) == 0 || asked[len(asked)-1].Before(s.alipay.when("end")[0]) {
			t.Errorf("asked at %v, reversed at %v", asked, s.alipay.when("end"))
		}
		s.jobsDone()
	})
}

// TestStaleAnswerAfterTheEnd: an answer "paid" that hung in our own line until
// the order had been reversed is not believed either.
func TestStaleAnswerAfterTheEnd(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		r := s.scan(s.wechat, channeltest.Pays)
		s.wechat.hang("charge", 3*time.Minute)
		s.wechat.Inject(channeltest.Call{Op: channeltest.OpAsk, Kind: guitai.Scan}, channeltest.SilentBefore)
		for range 5 {
			s.wechat.Inject(channeltest.Call{Op: channeltest.OpAsk, Kind: guitai.Scan}, channeltest.SilentBefore)
		}
		done := make(chan guitai.Payment, 1)
		go func() { done <- s.take(r) }()
		time.Sleep(2 * time.Minute)
		s.want(r.ID, guitai.PaymentClosed, guitai.CodeReversedNoAnswer)
		p := <-done
		time.Sleep(10 * time.Minute)
		s.want(r.ID, guitai.PaymentClosed, guitai.CodeReversedNoAnswer)
		s.wallet(s.wechat, p, 1250, 1250)
		if w := s.whole(r.ID); len(w.Suspense) != 0 {
			t.Errorf("%+v", w.Suspense)
		}
		s.ledger(map[string]int64{})
		s.jobsDone()
	})
}

// TestConfirmIsPatient: while the wallet does not answer, late money is asked
// about again and again, later each time, but not for ever less.
func TestConfirmIsPatient(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p := s.take(s.show(s.alipay))
		time.Sleep(16 * time.Second)
		s.alipay.lies.Store(true)
		if _, err := s.Close(context.Background(), shopkeeper, p.ID); err != nil {
			t.Fatal(err)
		}
		s.alipay.lies.Store(false)
		before := len(s.alipay.when("ask"))
		s.alipay.SetFaults(channeltest.Faults{Broken: 1})
		if err := s.alipay.Pay(p.Attempts[0].Code); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		tries := len(s.alipay.when("ask")) - before
		if tries < 8 || tries > 20 {
			t.Errorf("asked %d times in an hour", tries)
		}
		s.want(p.ID, guitai.PaymentClosed, guitai.CodeClosedByMerchant)
		s.alipay.SetFaults(channeltest.Faults{})
		time.Sleep(11 * time.Minute)
		if w := s.whole(p.ID); len(w.Suspense) != 1 || w.Suspense[0].Why != guitai.SuspenseLate || w.Suspense[0].Amount != p.Amount {
			t.Errorf("%+v", w.Suspense)
		}
	})
}
