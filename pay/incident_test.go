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

// incident wants exactly one open case, of this kind and payment.
func (s *shop) incident(kind guitai.IncidentKind, p guitai.PaymentID) guitai.Incident {
	s.t.Helper()
	list, err := s.Incidents(context.Background(), pay.IncidentFilter{Merchant: shopkeeper, Open: true, Limit: 10})
	if err != nil || len(list) != 1 || list[0].Kind != kind || list[0].Payment != p {
		s.t.Fatalf("want one %s of %s, got %+v, %v", kind, p, list, err)
	}
	return list[0]
}

// TestKeep: a person looks into it; nobody gives it back meanwhile, and in the
// end it is attached or goes back.
func TestKeep(t *testing.T) {
	for _, end := range []string{"attach", "return"} {
		t.Run(end, func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) {
				ctx := context.Background()
				p, sus := s.lateMoney()
				_, err := s.Keep(ctx, pay.KeepRequest{Merchant: shopkeeper, ID: sus.ID})
				s.refused(err, guitai.Invalid, guitai.CodeFieldInvalid)
				_, err = s.Keep(ctx, pay.KeepRequest{Merchant: "mer-other", ID: sus.ID, Note: "x"})
				s.refused(err, guitai.NotFound, guitai.CodeSuspenseNotFound)
				for _, note := range []string{"the payer is on the phone", "the payer comes tomorrow"} {
					kept, err := s.Keep(ctx, pay.KeepRequest{Merchant: shopkeeper, ID: sus.ID, Note: note})
					if err != nil || kept.State != guitai.SuspenseKept || kept.Note != note {
						t.Fatalf("%+v, %v", kept, err)
					}
				}
				s.ledger(map[string]int64{"investigation": -1250, "fees": 5, "receivable:acc-alipay": 1245})
				time.Sleep(3 * time.Hour)
				s.wallet(s.alipay, p, 1250, 0)
				if end == "attach" {
					got, err := s.Attach(ctx, shopkeeper, sus.ID)
					if err != nil || got.State != guitai.PaymentPaid {
						t.Fatalf("%+v, %v", got, err)
					}
					s.ledger(map[string]int64{"sales": -1250, "fees": 5, "receivable:acc-alipay": 1245})
				} else {
					for range 2 {
						if r, err := s.GiveBack(ctx, shopkeeper, sus.ID); err != nil || r.State != guitai.RefundDone {
							t.Fatalf("%+v, %v", r, err)
						}
					}
					s.wallet(s.alipay, p, 1250, 1250)
					s.ledger(map[string]int64{})
				}
				_, err = s.Keep(ctx, pay.KeepRequest{Merchant: shopkeeper, ID: sus.ID, Note: "too late"})
				s.refused(err, guitai.Conflict, guitai.CodeNotAttachable)
				s.jobsDone()
			})
		})
	}
}

// TestGiveBackRefusedForEver: after three refusals a person has to look; no more
// refunds are sent.
func TestGiveBackRefusedForEver(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p, sus := s.lateMoney()
		for range 3 {
			s.alipay.Say(refundShow, string(guitai.CodeMerchantFundsLow))
			time.Sleep(31 * time.Minute)
		}
		s.incident(guitai.IncidentGiveBackRefused, p.ID)
		w := s.whole(p.ID)
		if w.Suspense[0].State != guitai.SuspenseKept || len(w.Refunds) != 3 {
			t.Fatalf("%+v", w)
		}
		time.Sleep(24 * time.Hour)
		if w = s.whole(p.ID); len(w.Refunds) != 3 {
			t.Errorf("%d refunds", len(w.Refunds))
		}
		s.ledger(map[string]int64{"investigation": -1250, "fees": 5, "receivable:acc-alipay": 1245})
		s.jobsDone()
		if r, err := s.GiveBack(context.Background(), shopkeeper, sus.ID); err != nil || r.State != guitai.RefundDone {
			t.Fatalf("%+v, %v", r, err)
		}
		s.ledger(map[string]int64{})
	})
}

// TestRefundOverdue: the wallet takes a refund and is silent about it for too
// long. A person is told; the wallet's word still ends it.
func TestRefundOverdue(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.Policy.RefundPatience = 2 * time.Hour
		p := s.paid(s.alipay)
		s.alipay.SetFaults(channeltest.Faults{Silent: 1})
		r := s.refund(refundOf(p, 500))
		time.Sleep(110 * time.Minute)
		s.refundStands(r.ID, guitai.RefundUnknown, "")
		time.Sleep(30 * time.Minute)
		s.refundStands(r.ID, guitai.RefundStuck, guitai.CodeRefundOverdue)
		i := s.incident(guitai.IncidentRefundStuck, p.ID)
		before := len(s.alipay.when("ask_refund"))
		time.Sleep(2 * 24 * time.Hour)
		if n := len(s.alipay.when("ask_refund")) - before; n != 2 {
			t.Errorf("asked %d times in two days", n)
		}
		s.incident(guitai.IncidentRefundStuck, p.ID) // still the one
		s.alipay.SetFaults(channeltest.Faults{})
		time.Sleep(25 * time.Hour)
		s.refundStands(r.ID, guitai.RefundDone, "")
		s.ledger(map[string]int64{"sales": -1250, "refunds": 500, "fees": 3, "receivable:acc-alipay": 747})
		s.jobsDone()
		got, err := s.CloseIncident(context.Background(), pay.IncidentEnd{Merchant: shopkeeper, ID: i.ID, Note: "it came"})
		if err != nil || got.ClosedAt.IsZero() || got.Note != "it came" {
			t.Fatalf("%+v, %v", got, err)
		}
		again, err := s.CloseIncident(context.Background(), pay.IncidentEnd{Merchant: shopkeeper, ID: i.ID, Note: "again"})
		if err != nil || again != got {
			t.Errorf("closed twice: %+v, %v", again, err)
		}
		_, err = s.CloseIncident(context.Background(), pay.IncidentEnd{Merchant: "mer-other", ID: i.ID, Note: "x"})
		s.refused(err, guitai.NotFound, guitai.CodeIncidentNotFound)
	})
}

// keeper is a wallet that answers every question with "paid".
type keeper struct{ *counter }

func (k *keeper) Ask(_ context.Context, o channel.Order) channel.Answer {
	return channel.Answer{Outcome: channel.Paid, Amount: o.Amount}
}

// TestPaidWhileReversing: the wallet told that it was paid while it was being
// reversed, then that it is closed, and kept the money. One more question finds
// it.
func TestPaidWhileReversing(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		ctx := context.Background()
		s.wechat.SetFaults(channeltest.Faults{Silent: 1})
		p := s.take(s.scan(s.wechat, channeltest.Pays))
		s.want(p.ID, guitai.PaymentUnknown, "")
		if _, err := s.Close(ctx, shopkeeper, p.ID); err != nil {
			t.Fatal(err)
		}
		s.says(s.wechat, p, channel.Answer{Outcome: channel.Paid, Amount: guitai.Fen(1250)})
		s.says(s.wechat, p, channel.Answer{Outcome: channel.Closed})
		s.Channels[p.Attempts[0].Account] = &keeper{s.wechat}
		s.want(p.ID, guitai.PaymentClosed, guitai.CodeClosedByMerchant)
		time.Sleep(3 * time.Minute)
		if w := s.whole(p.ID); len(w.Suspense) != 1 || w.Suspense[0].Why != guitai.SuspenseLate {
			t.Fatalf("%+v", w)
		}
	})
}

// says plays a proven notice of a wallet about a payment.
func (s *shop) says(w *counter, p guitai.Payment, ans channel.Answer) {
	s.t.Helper()
	s.tells(w, p, channel.Notice{OrderNo: p.Attempts[0].OrderNo, Answer: ans})
}

func (s *shop) tells(w *counter, p guitai.Payment, n channel.Notice) {
	s.t.Helper()
	id := p.Attempts[0].Account
	s.Channels[id] = &liar{w, n}
	defer func() { s.Channels[id] = w }()
	if _, err := s.Notice(context.Background(), id, channel.RawNotice{}); err != nil {
		s.t.Fatal(err)
	}
}

// TestContradictions: what the wallet says against its own words is a case for
// a person, once, and moves no money of ours.
func TestContradictions(t *testing.T) {
	t.Run("closed after paid", func(t *testing.T) {
		inShop(t, func(t *testing.T, s *shop) {
			p := s.paid(s.alipay)
			for range 3 {
				s.says(s.alipay, p, channel.Answer{Outcome: channel.Closed})
			}
			s.incident(guitai.IncidentClosedAfterPaid, p.ID)
			s.want(p.ID, guitai.PaymentPaid, "")
		})
	})
	t.Run("closed after we refunded all", func(t *testing.T) {
		inShop(t, func(t *testing.T, s *shop) {
			p := s.paid(s.alipay)
			s.refund(refundOf(p, 1250))
			s.says(s.alipay, p, channel.Answer{Outcome: channel.Closed})
			list, err := s.Incidents(context.Background(), pay.IncidentFilter{Merchant: shopkeeper, Limit: 10})
			if err != nil || len(list) != 0 {
				t.Errorf("%+v, %v", list, err)
			}
		})
	})
	t.Run("refund done after no", func(t *testing.T) {
		inShop(t, func(t *testing.T, s *shop) {
			p := s.paid(s.alipay)
			s.alipay.Say(channeltest.Call{Op: channeltest.OpRefund, Kind: guitai.Scan}, string(guitai.CodeMerchantFundsLow))
			r := s.refund(refundOf(p, 500))
			s.refundStands(r.ID, guitai.RefundFailed, guitai.CodeMerchantFundsLow)
			for range 2 {
				s.tells(s.alipay, p, channel.Notice{RefundNo: r.RefundNo,
					Refund: channel.RefundAnswer{Outcome: channel.RefundDone, Amount: guitai.Fen(500)}})
			}
			i := s.incident(guitai.IncidentRefundDoneAfterNo, p.ID)
			if i.Refund != r.ID {
				t.Errorf("%+v", i)
			}
			s.refundStands(r.ID, guitai.RefundFailed, guitai.CodeMerchantFundsLow)
		})
	})
}
