package pay_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/channel/channeltest"
	"guitai/pay"
)

func (s *shop) rules(rules ...guitai.Rule) {
	s.t.Helper()
	for i := range rules {
		if rules[i].ID == "" {
			rules[i].ID = "rule-" + string(rune('a'+i))
		}
		rules[i].Name = "the shop's rule"
	}
	if err := s.SetRules(context.Background(), shopkeeper, rules); err != nil {
		s.t.Fatal(err)
	}
}

// ruled wants a rule to speak against a payment, and nothing to be stored.
func (s *shop) ruled(r pay.Request, kind guitai.Kind, code guitai.Code) {
	s.t.Helper()
	_, err := s.Take(context.Background(), r)
	s.refused(err, kind, code)
	var spoke *pay.RuleError
	if !errors.As(err, &spoke) || spoke.Rule.Name != "the shop's rule" {
		s.t.Errorf("which rule spoke: %v", err)
	}
	if _, err := s.Get(context.Background(), shopkeeper, r.ID); !guitai.NotFound.Is(err) {
		s.t.Errorf("it was stored: %v", err)
	}
}

func TestDayLimit(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.rules(guitai.Rule{Deed: guitai.DeedPayment, DayMost: guitai.Fen(3000), Then: guitai.Refuse})
		first := s.scan(s.wechat, channeltest.Pays) // 1250 fen each
		s.want(s.take(first).ID, guitai.PaymentPaid, "")
		poor := s.take(s.scan(s.wechat, channeltest.Poor)) // fails: it does not count
		s.want(poor.ID, guitai.PaymentFailed, guitai.CodeBalanceLow)
		s.want(s.take(s.scan(s.alipay, channeltest.Pays)).ID, guitai.PaymentPaid, "")
		s.ruled(s.scan(s.wechat, channeltest.Pays), guitai.Limited, guitai.CodeRuleRefused)
		// What was taken comes back as it stands, whatever the rules say now.
		s.want(s.take(first).ID, guitai.PaymentPaid, "")
		// A node that starts knows what was taken before.
		if err := s.RefreshLimits(context.Background()); err != nil {
			t.Fatal(err)
		}
		s.ruled(s.scan(s.wechat, channeltest.Pays), guitai.Limited, guitai.CodeRuleRefused)
		other := s.scan(s.wechat, channeltest.Pays)
		other.Till = "till-2"
		s.want(s.take(other).ID, guitai.PaymentPaid, "")
		time.Sleep(24 * time.Hour)
		s.want(s.take(s.scan(s.wechat, channeltest.Pays)).ID, guitai.PaymentPaid, "")
	})
}

// TestDayLimitAtOnce: the limit holds when many tills ask at once.
func TestDayLimitAtOnce(t *testing.T) {
	onEngines(t, func(s *shop) {
		s.rules(guitai.Rule{Deed: guitai.DeedPayment, DayCount: 5, Per: guitai.PerMerchant, Then: guitai.Refuse})
		requests := make([]pay.Request, 20)
		for i := range requests {
			requests[i] = s.scan(s.wechat, channeltest.Pays)
		}
		var mu sync.Mutex
		var all sync.WaitGroup
		taken := 0
		for _, r := range requests {
			all.Go(func() {
				if _, err := s.Take(context.Background(), r); err == nil {
					mu.Lock()
					taken++
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if taken != 5 {
			s.t.Errorf("%d were taken", taken)
		}
	})
}

// TestDayLimitUnderAFlappingClock: a clock that steps over midnight and back, with
// the sums read anew on both sides, lets no day forget what was taken in it.
func TestDayLimitUnderAFlappingClock(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.rules(guitai.Rule{Deed: guitai.DeedPayment, DayCount: 2, Per: guitai.PerMerchant, Then: guitai.Refuse})
		paid := func() { s.take(s.scan(s.wechat, channeltest.Pays)) }
		over := func() { s.ruled(s.scan(s.wechat, channeltest.Pays), guitai.Limited, guitai.CodeRuleRefused) }
		at := func(ahead time.Duration, refreshed bool) {
			s.ahead.Store(int64(ahead))
			if refreshed {
				if err := s.RefreshLimits(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
		}
		const day = 24 * time.Hour
		for _, refreshed := range []bool{false, true} {
			base := map[bool]time.Duration{true: 20 * day}[refreshed]
			at(base, refreshed)
			paid()
			at(base+2*day, refreshed)
			paid()
			at(base, refreshed)
			paid()
			over()
			at(base+2*day, refreshed)
			paid()
			over()
			at(base, false)
			over()
		}
	})
}

// TestRuleOfAWalletOnAnOffer: a code for all wallets is judged by the rules of a
// wallet when it is opened in that wallet; it can still be paid in another.
func TestRuleOfAWalletOnAnOffer(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.rules(guitai.Rule{Deed: guitai.DeedPayment, Wallet: guitai.WeChat, Above: guitai.Fen(1000), Then: guitai.Refuse},
			guitai.Rule{Deed: guitai.DeedPayment, Wallet: guitai.Alipay, DayCount: 1, Then: guitai.AskManager})
		p := s.take(s.offer())
		_, err := s.Open(context.Background(), s.opens(p, s.wechat, ""))
		s.refused(err, guitai.Limited, guitai.CodeRuleRefused)
		if got := s.get(p.ID); len(got.Attempts) != 0 || !got.Offer.Open() {
			t.Errorf("%+v", got)
		}
		if o := s.untilReady(p, s.alipay, ""); o.Do != pay.OpenReady {
			t.Errorf("%+v", o)
		}
		_, err = s.Open(context.Background(), s.opens(s.take(s.offer()), s.alipay, ""))
		s.refused(err, guitai.Forbidden, guitai.CodeManagerNeeded)
	})
}

func TestVelocity(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.rules(guitai.Rule{Deed: guitai.DeedPayment, InCount: 2, Within: 10 * time.Minute, SameFen: true, Then: guitai.AskManager})
		for range 2 {
			s.take(s.scan(s.wechat, channeltest.Pays))
		}
		s.ruled(s.scan(s.wechat, channeltest.Pays), guitai.Forbidden, guitai.CodeManagerNeeded)
		other := s.scan(s.wechat, channeltest.Pays)
		other.Amount = guitai.Fen(1300)
		s.take(other)
		manager := s.scan(s.wechat, channeltest.Pays)
		manager.Leave = pay.Leave{Manager: true}
		s.take(manager)
		forged := s.scan(s.wechat, channeltest.Pays)
		forged.Leave = pay.Leave{Token: "no such"}
		s.ruled(forged, guitai.Forbidden, guitai.CodeApprovalInvalid)
		time.Sleep(11 * time.Minute)
		s.take(s.scan(s.wechat, channeltest.Pays))
	})
}

func TestRefundRule(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.rules(guitai.Rule{Deed: guitai.DeedRefund, Above: guitai.Fen(1000), Then: guitai.AskManager},
			guitai.Rule{Deed: guitai.DeedRefund, DayMost: guitai.Fen(2000), Then: guitai.Refuse})
		p, q := s.paid(s.alipay), s.paid(s.alipay)
		_, err := s.Refund(context.Background(), refundOf(p, 1001))
		s.refused(err, guitai.Forbidden, guitai.CodeManagerNeeded)
		if got := s.get(p.ID); got.RefundHeld != 0 {
			t.Errorf("%d held", got.RefundHeld)
		}
		s.refund(refundOf(p, 1000))
		approved := refundOf(q, 1001)
		approved.Leave = pay.Leave{Manager: true}
		_, err = s.Refund(context.Background(), approved)
		s.refused(err, guitai.Limited, guitai.CodeRuleRefused)
		s.refund(refundOf(q, 1000))
		s.ledger(map[string]int64{"sales": -2500, "refunds": 2000, "fees": 2, "receivable:acc-alipay": 498})
	})
}
