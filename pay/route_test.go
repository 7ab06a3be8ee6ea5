package pay_test

import (
	"context"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
	"guitai/pay"
)

// cut is an account that answers in one way while it is set.
type cut struct {
	*counter
	says channel.Outcome
}

func (c *cut) Charge(ctx context.Context, x channel.Charge) channel.Answer {
	if c.says == "" {
		return c.counter.Charge(ctx, x)
	}
	c.note("cut")
	return channel.Answer{Outcome: c.says, Reason: guitai.CodeWalletUnreachable}
}

// twoAccounts gives the shop a second account at the same wallet; the first
// says what it is told to.
func (s *shop) twoAccounts(says channel.Outcome) *cut {
	c := &cut{s.wechat, says}
	s.rest()
	s.Channels["acc-wechat"], s.Channels["acc-second"] = c, s.wechat
	s.Accounts = append(s.Accounts, pay.Account{ID: "acc-second", Merchant: shopkeeper, Wallet: guitai.WeChat, FeeRate: feeRate})
	s.work()
	return c
}

// TestReroute: where the first account could be sent nothing, the payment goes
// through the second, under a number of its own, and is taken once.
func TestReroute(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		first := s.twoAccounts(channel.Unavailable)
		p := s.take(s.scan(s.wechat, channeltest.Pays))
		s.want(p.ID, guitai.PaymentPaid, "")
		got := s.get(p.ID)
		if len(got.Attempts) != 2 || got.Attempts[0].State != guitai.AttemptFailed || got.Attempts[0].Account != "acc-wechat" ||
			got.Attempts[1].Account != "acc-second" || !got.Attempts[1].Booked || got.Attempts[0].OrderNo == got.Attempts[1].OrderNo {
			t.Fatalf("%+v", got)
		}
		s.ledger(map[string]int64{"sales": -1250, "fees": 5, "receivable:acc-second": 1245})
		if topics := s.topics(p.ID); len(topics) != 2 {
			t.Errorf("news %v", topics)
		}
		// It is tried last for a while, then in its turn again.
		next := s.take(s.scan(s.wechat, channeltest.Pays))
		if n := len(s.wechat.when("cut")); n != 1 || len(next.Attempts) != 1 {
			t.Errorf("the first account was tried %d times", n)
		}
		first.says = ""
		time.Sleep(11 * time.Second)
		if p := s.take(s.scan(s.wechat, channeltest.Pays)); p.Attempts[0].Account != "acc-wechat" || p.State != guitai.PaymentPaid {
			t.Errorf("%+v", p)
		}
		s.jobsDone()
	})
}

// TestNoRerouteInDoubt: what may have been sent is sent nowhere else.
func TestNoRerouteInDoubt(t *testing.T) {
	for _, says := range []channel.Outcome{channel.Unknown, channel.Declined} {
		t.Run(string(says), func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) {
				s.twoAccounts(says)
				p := s.take(s.scan(s.wechat, channeltest.Pays))
				if len(p.Attempts) != 1 || len(s.wechat.when("charge")) != 0 {
					t.Fatalf("%+v", p)
				}
			})
		})
	}
}

// TestAllCutOff: every account could be sent nothing: the payment failed, and
// nothing is asked about.
func TestAllCutOff(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		first := s.twoAccounts(channel.Unavailable)
		s.Channels["acc-second"] = first
		p := s.take(s.scan(s.wechat, channeltest.Pays))
		s.want(p.ID, guitai.PaymentFailed, guitai.CodeWalletUnreachable)
		if got := s.get(p.ID); len(got.Attempts) != 2 {
			t.Errorf("%d attempts", len(got.Attempts))
		}
		s.ledger(map[string]int64{})
		s.jobsDone()
	})
}
