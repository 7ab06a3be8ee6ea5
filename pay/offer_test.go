package pay_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/channel/channeltest"
	"guitai/internal/testkit"
	"guitai/pay"
	"guitai/qr"
)

// offer is a request for our own code.
func (s *shop) offer() pay.Request {
	s.PublicURL = "https://pay.example"
	r := s.show(s.wechat)
	r.Wallet = ""
	return r
}

// token is what the code of an offered payment is named by.
func (s *shop) token(p guitai.Payment) qr.Token {
	s.t.Helper()
	text, ok := strings.CutPrefix(s.OfferCode(&p), "https://pay.example/p/")
	own, err := s.ReadCode(text)
	if !ok || err != nil || own.Kind != qr.OwnPayment {
		s.t.Fatalf("code %q: %+v, %v", text, own, err)
	}
	return own.Token
}

// opened lets a payer press the button in one wallet's app.
func (s *shop) opened(p guitai.Payment, w *counter, payer string) pay.Opened {
	s.t.Helper()
	o, err := s.Open(context.Background(), s.opens(p, w, payer))
	if err != nil {
		s.t.Fatalf("open: %v", err)
	}
	return o
}

func (s *shop) opens(p guitai.Payment, w *counter, payer string) pay.OpenRequest {
	r := pay.OpenRequest{Token: s.token(p), Wallet: w.Wallet()}
	if payer != "" {
		r.Payer = pay.Payer{Account: guitai.AccountID("acc-" + w.Wallet()), Name: payer}
	}
	return r
}

// untilReady presses the button as the page does while it waits.
func (s *shop) untilReady(p guitai.Payment, w *counter, payer string) pay.Opened {
	s.t.Helper()
	for range 40 {
		if o := s.opened(p, w, payer); o.Do != pay.OpenWait {
			return o
		}
		time.Sleep(2 * time.Second)
	}
	s.t.Fatal("the payer still waits")
	return pay.Opened{}
}

// liveAtMostOnce fails when two orders of the payment could be paid at once.
func (s *shop) liveAtMostOnce(p guitai.Payment) {
	s.t.Helper()
	open := 0
	for _, w := range []*counter{s.wechat, s.alipay} {
		for _, r := range w.Records() {
			if r.Open && slices.ContainsFunc(s.get(p.ID).Attempts, func(a guitai.Attempt) bool { return a.OrderNo == r.OrderNo }) {
				open++
			}
		}
	}
	if open > 1 {
		s.t.Fatalf("%d orders of %s can be paid at once", open, p.ID)
	}
}

func TestOfferIsOpenedAndPaid(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		r := s.offer()
		p := s.take(r)
		if p.State != guitai.PaymentWaiting || len(p.Attempts) != 0 || p.Wallet != "" || !p.ExpiresAt.Equal(p.CreatedAt.Add(time.Minute)) {
			t.Fatalf("offered: %+v", p)
		}
		if again := s.take(r); s.OfferCode(&again) != s.OfferCode(&p) {
			t.Fatal("the same request got another code")
		}
		o := s.opened(p, s.wechat, "anna")
		if o.Do != pay.OpenReady || o.Attempt.N != 1 || o.Payment.State != guitai.PaymentWaiting || o.Payment.Wallet != guitai.WeChat {
			t.Fatalf("opened: %+v", o)
		}
		again := s.opened(p, s.wechat, "anna")
		if again.Do != pay.OpenReady || again.Attempt.Code != o.Attempt.Code || again.Attempt.OrderNo != o.Attempt.OrderNo || len(s.wechat.when("inside")) != 1 {
			t.Fatalf("pressed again: %+v", again)
		}
		if err := s.wechat.PayInside(o.Attempt.Code, "ben"); err == nil {
			t.Fatal("another payer paid it")
		}
		if err := s.wechat.PayInside(o.Attempt.Code, "anna"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		s.want(p.ID, guitai.PaymentPaid, "")
		if o := s.opened(p, s.alipay, "ben"); o.Do != pay.OpenOver || len(o.Payment.Attempts) != 1 {
			t.Fatalf("opened after it was paid: %+v", o)
		}
		s.ledger(map[string]int64{"receivable:acc-wechat": 1245, "fees": 5, "sales": -1250})
		s.jobsDone()
		want := []guitai.Topic{"payment.waiting", "payment.paid"}
		if got := s.topics(p.ID); !slices.Equal(got, want) {
			t.Errorf("news %v, want %v", got, want)
		}
	})
}

// TestOfferEnds: nobody pays, the merchant closes it, or it lapses with an
// order at a wallet.
func TestOfferEnds(t *testing.T) {
	tests := []struct {
		name   string
		begins bool // a payer opens it and leaves
		closes bool // the merchant closes it
		want   guitai.Code
	}{
		{"nobody came", false, false, guitai.CodeCodeLapsed},
		{"a payer began and left", true, false, guitai.CodeCodeLapsed},
		{"closed before anybody came", false, true, guitai.CodeClosedByMerchant},
		{"closed while a payer thinks", true, true, guitai.CodeClosedByMerchant},
	}
	for _, tt := range tests {
		for _, w := range []guitai.Wallet{guitai.WeChat, guitai.Alipay} {
			t.Run(tt.name+"/"+string(w), func(t *testing.T) {
				inShop(t, func(t *testing.T, s *shop) {
					c := map[guitai.Wallet]*counter{guitai.WeChat: s.wechat, guitai.Alipay: s.alipay}[w]
					p := s.take(s.offer())
					code := ""
					if tt.begins {
						code = s.opened(p, c, "anna").Attempt.Code
					}
					if tt.closes {
						if _, err := s.Close(context.Background(), shopkeeper, p.ID); err != nil {
							t.Fatal(err)
						}
						if o := s.opened(p, c, "ben"); o.Do != pay.OpenOver {
							t.Fatalf("opened a closed offer: %+v", o)
						}
					}
					time.Sleep(2 * time.Minute)
					s.want(p.ID, guitai.PaymentClosed, tt.want)
					if o := s.opened(p, c, "ben"); o.Do != pay.OpenOver {
						t.Fatalf("opened an offer that is over: %+v", o)
					}
					if tt.begins && c.PayInside(code, "anna") == nil {
						t.Fatal("its order could still be paid")
					}
					s.jobsDone()
				})
			})
		}
	}
}

// TestOfferChangesWallet: another wallet or payer gets an order only after the
// older one is confirmed to be ended.
func TestOfferChangesWallet(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		r := s.offer()
		r.ExpiresIn = 5 * time.Minute
		p := s.take(r)
		first := s.opened(p, s.alipay, "anna") // a reversal, not before 15 s
		if o := s.opened(p, s.wechat, "ben"); o.Do != pay.OpenWait {
			t.Fatalf("two orders at once: %+v", o)
		}
		s.liveAtMostOnce(p)
		second := s.untilReady(p, s.wechat, "ben")
		if second.Do != pay.OpenReady || second.Attempt.N != 2 {
			t.Fatalf("second: %+v", second)
		}
		s.liveAtMostOnce(p)
		if s.alipay.PayInside(first.Attempt.Code, "anna") == nil {
			t.Fatal("the first order could still be paid")
		}
		third := s.untilReady(p, s.wechat, "cleo") // a close: at once
		if third.Do != pay.OpenReady || third.Attempt.N != 3 || s.wechat.PayInside(second.Attempt.Code, "ben") == nil {
			t.Fatalf("third: %+v", third)
		}
		if err := s.wechat.PayInside(third.Attempt.Code, "cleo"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		s.want(p.ID, guitai.PaymentPaid, "")
		s.jobsDone()
	})
}

// TestOfferGoesOnAfterARefusal: a declined order leaves the offer open, and an
// order without an answer is ended before there is another.
func TestOfferGoesOnAfterARefusal(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		r := s.offer()
		r.ExpiresIn = 5 * time.Minute
		p := s.take(r)
		show := channeltest.Call{Op: channeltest.OpShow, Kind: guitai.Show}
		s.wechat.Say(show, string(guitai.CodeRiskRefused))
		if o := s.opened(p, s.wechat, "anna"); o.Do != pay.OpenRefused || o.Attempt.Reason != guitai.CodeRiskRefused || o.Payment.State != guitai.PaymentWaiting {
			t.Fatalf("refused: %+v", o)
		}
		for _, fault := range []channeltest.Fault{channeltest.SilentAfter, channeltest.SilentBefore, channeltest.ErrorAfter} {
			r.ID += "x"
			p = s.take(r)
			s.wechat.Inject(show, fault)
			if o := s.opened(p, s.wechat, "anna"); o.Do != pay.OpenWait {
				t.Fatalf("%v: %+v", fault, o)
			}
			s.liveAtMostOnce(p)
			if o := s.untilReady(p, s.alipay, "anna"); o.Do != pay.OpenReady {
				t.Fatalf("%v: %+v", fault, o)
			}
			s.liveAtMostOnce(p)
			time.Sleep(10 * time.Minute)
			s.want(p.ID, guitai.PaymentClosed, guitai.CodeCodeLapsed)
		}
		s.jobsDone()
	})
}

// TestOfferLateMoney: a wallet that takes money for an order that it said it had
// closed ends the offer, and the money does not count.
func TestOfferLateMoney(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		r := s.offer()
		r.ExpiresIn = 5 * time.Minute
		p := s.take(r)
		first := s.opened(p, s.wechat, "anna")
		s.wechat.lies.Store(true)
		if o := s.untilReady(p, s.alipay, "anna"); o.Do != pay.OpenReady {
			t.Fatalf("%+v", o)
		}
		if err := s.wechat.PayInside(first.Attempt.Code, "anna"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		got := s.whole(p.ID)
		if got.Payment.Offer.Open() || len(got.Suspense) != 1 || got.Suspense[0].Why != guitai.SuspenseLate {
			t.Fatalf("%+v", got)
		}
		if o := s.opened(p, s.wechat, "anna"); o.Do != pay.OpenOver {
			t.Fatalf("opened again: %+v", o)
		}
	})
}

// TestOfferOpenedByManyAtOnce: on both engines, in real time.
func TestOfferOpenedByManyAtOnce(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openShop(t, dsn, time.Millisecond)
		defer s.close()
		p := s.take(s.offer())
		var all sync.WaitGroup
		ready := make(chan pay.Opened, 40)
		for i := range 40 {
			w := []*counter{s.wechat, s.alipay}[i%2]
			all.Go(func() {
				o, err := s.Open(context.Background(), s.opens(p, w, fmt.Sprint("payer", i%4)))
				switch {
				case err != nil && !guitai.Unavailable.Is(err):
					t.Errorf("open: %v", err)
				case err == nil && o.Do == pay.OpenReady:
					ready <- o
				}
			})
		}
		all.Wait()
		close(ready)
		s.liveAtMostOnce(p)
		live := 0
		for _, a := range s.get(p.ID).Attempts {
			if !a.State.Final() {
				live++
			}
		}
		if live > 1 || len(ready) == 0 {
			t.Fatalf("%d attempts live, %d payers ready", live, len(ready))
		}
	})
}

// TestOfferIsNobodyElses: a code that is not ours, a wallet that is not taken,
// a payment that belongs to one payer.
func TestOfferIsNobodyElses(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p := s.take(s.offer())
		good := s.opens(p, s.wechat, "anna")
		foreign, elsewhere, union := good, good, good
		foreign.Token[0]++
		elsewhere.Payer.Account = "acc-alipay"
		union.Wallet, union.Payer = guitai.UnionPay, pay.Payer{}
		for _, tt := range []struct {
			r    pay.OpenRequest
			kind guitai.Kind
			code guitai.Code
		}{
			{foreign, guitai.NotFound, guitai.CodeCodeForeign},
			{elsewhere, guitai.Invalid, guitai.CodeWalletNotEnabled},
			{union, guitai.Invalid, guitai.CodeWalletNotEnabled},
		} {
			_, err := s.Open(context.Background(), tt.r)
			s.refused(err, tt.kind, tt.code)
		}
		if _, err := s.ReadCode("no code at all"); !guitai.NotFound.Is(err) {
			t.Errorf("a stranger's code: %v", err)
		}
		if n := len(s.get(p.ID).Attempts); n != 0 {
			t.Errorf("%d attempts", n)
		}
	})
}

// TestOfferHasALimitOfOrders: phones that take a payment from each other without
// end do not fill the wallet's book.
func TestOfferHasALimitOfOrders(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		r := s.offer()
		r.ExpiresIn = time.Hour
		p := s.take(r)
		for n := range 31 {
			o, err := s.Open(context.Background(), s.opens(p, s.wechat, fmt.Sprint("payer", n)))
			if n == 30 {
				s.refused(err, guitai.Limited, guitai.CodeTooManyTries)
				return
			}
			if err != nil || o.Do != pay.OpenReady {
				t.Fatalf("order %d: %+v %v", n, o, err)
			}
		}
	})
}

// TestShowWithoutPublicAddress: where payers cannot reach us, a code is one
// wallet's as ever.
func TestShowWithoutPublicAddress(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		r := s.offer()
		s.PublicURL = ""
		if p := s.take(r); p.Offer.State != guitai.OfferNone || len(p.Attempts) != 1 || p.Attempts[0].Code == "" || s.OfferCode(&p) != "" {
			t.Fatalf("%+v", p)
		}
	})
}
