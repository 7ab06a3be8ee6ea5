package pay_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/pay"
	"guitai/store"
)

// bound gives the shop a till that has a key, so that codes can be kept.
func (s *shop) bound() {
	s.t.Helper()
	s.PublicURL = "https://pay.example"
	err := s.Store.InTx(context.Background(), func(tx *store.Tx) error {
		return errors.Join(tx.InsertMerchant(guitai.Merchant{ID: shopkeeper, Name: "m", CreatedAt: tx.Now()}),
			tx.InsertShop(guitai.Shop{ID: "shp_1", Merchant: shopkeeper, CreatedAt: tx.Now()}),
			tx.InsertTill(guitai.Till{ID: "til_1", Merchant: shopkeeper, Shop: "shp_1", Number: "1", Paper: 80, CreatedAt: tx.Now()}),
			tx.InsertTillKey(guitai.TillKey{ID: "tky_1", Merchant: shopkeeper, Till: "til_1", BoundAt: tx.Now()}))
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// offline is a code of a bill that its till made just now.
func (s *shop) offline(sale, nonce string) pay.OfflineRequest {
	return pay.OfflineRequest{Key: "tky_1", Merchant: shopkeeper, Shop: "shp_1", Till: "til_1", Sale: sale, Tender: "1",
		Amount: guitai.Fen(1250), Nonce: nonce, Expires: s.Now().Add(10 * time.Minute), Description: "桂花里"}
}

func (s *shop) openOffline(r pay.OfflineRequest) guitai.Payment {
	s.t.Helper()
	p, err := s.OpenOffline(context.Background(), r)
	if err != nil {
		s.t.Fatalf("open %s: %v", r.Nonce, err)
	}
	return p
}

func (s *shop) settle(sale string) pay.OfflineBill {
	s.t.Helper()
	b, err := s.SettledOtherwise(context.Background(), guitai.SettledOtherwise{Merchant: shopkeeper, Sale: sale, Tender: "1", Till: "til_1"})
	if err != nil || !b.Settled {
		s.t.Fatalf("settled: %+v, %v", b, err)
	}
	return b
}

func (s *shop) bill(sale string) pay.OfflineBill {
	s.t.Helper()
	b, err := s.OfflineOf(context.Background(), shopkeeper, sale, "1")
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// TestOfflineCodesOfOneBill: however many, they lead to one payment.
func TestOfflineCodesOfOneBill(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.bound()
		if b := s.bill("sale-1"); b.Settled || b.Whole.Payment.ID != "" {
			t.Fatalf("%+v", b)
		}
		p := s.openOffline(s.offline("sale-1", "a1"))
		if p.State != guitai.PaymentWaiting || !p.Offer.Open() || p.Sale != "sale-1" || p.Till != "til_1" || !strings.HasPrefix(string(p.ID), "off_") {
			t.Fatalf("%+v", p)
		}
		time.Sleep(time.Minute)
		second := s.offline("sale-1", "b2")
		if again := s.openOffline(second); again.ID != p.ID {
			t.Fatalf("a second code made %s beside %s", again.ID, p.ID)
		}
		dearer := second
		dearer.Amount.Fen++
		_, err := s.OpenOffline(context.Background(), dearer)
		s.refused(err, guitai.Conflict, guitai.CodeOfflineAmount)
		if other := s.openOffline(s.offline("sale-2", "c3")); other.ID == p.ID {
			t.Fatal("another bill found the same payment")
		}
		o := s.opened(p, s.wechat, "anna")
		if err := s.wechat.PayInside(o.Attempt.Code, "anna"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		s.want(p.ID, guitai.PaymentPaid, "")
		time.Sleep(time.Hour) // every code is long over
		for _, r := range []pay.OfflineRequest{second, s.offline("sale-1", "d4")} {
			if got := s.openOffline(r); got.ID != p.ID || got.State != guitai.PaymentPaid {
				t.Errorf("%+v", got)
			}
		}
		if b := s.bill("sale-1"); b.Whole.Payment.State != guitai.PaymentPaid || b.Settled {
			t.Errorf("%+v", b)
		}
		s.ledger(map[string]int64{"receivable:acc-wechat": 1245, "fees": 5, "sales": -1250})
	})
}

// TestOfflineCodeExpires: too late is refused; a payer who opened it in time
// has two minutes; ended without money, a later code begins anew.
func TestOfflineCodeExpires(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.bound()
		late := s.offline("sale-1", "a1")
		late.Expires = s.Now().Add(-2 * time.Minute)
		_, err := s.OpenOffline(context.Background(), late)
		s.refused(err, guitai.Conflict, guitai.CodeOfflineExpired)
		late.Expires = s.Now().Add(-time.Minute) // within the drift of its clock
		p := s.openOffline(late)
		if left := p.ExpiresAt.Sub(s.Now()); left != 2*time.Minute {
			t.Errorf("%v to pay", left)
		}
		seen := map[guitai.PaymentID]bool{p.ID: true}
		for n := range 7 {
			time.Sleep(20 * time.Minute)
			s.want(p.ID, guitai.PaymentClosed, guitai.CodeCodeLapsed)
			_, err = s.OpenOffline(context.Background(), late)
			s.refused(err, guitai.Conflict, guitai.CodeOfflineExpired)
			p = s.openOffline(s.offline("sale-1", fmt.Sprint("b", n)))
			if seen[p.ID] {
				t.Fatal("a payment that is over was offered again")
			}
			seen[p.ID] = true
		}
		time.Sleep(20 * time.Minute)
		_, err = s.OpenOffline(context.Background(), s.offline("sale-1", "c"))
		s.refused(err, guitai.Conflict, guitai.CodeOfflineRounds)
		s.jobsDone()
	})
}

// TestOfflineBillPaidElsewhere: a till that was online collected it.
func TestOfflineBillPaidElsewhere(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.bound()
		r := s.show(s.wechat)
		r.Sale, r.Tender = "sale-1", "1"
		s.take(r)
		_, err := s.OpenOffline(context.Background(), s.offline("sale-1", "a1"))
		s.refused(err, guitai.Conflict, guitai.CodeSaleTaken)
		if b := s.bill("sale-1"); b.Whole.Payment.ID != "" {
			t.Errorf("%+v", b)
		}
	})
}

// TestSettledOtherwise: cash was taken. Wherever the wallet's money is, it ends
// up with its payer, once.
func TestSettledOtherwise(t *testing.T) {
	for name, c := range map[string]struct {
		opens, presses, pays bool
		settleAfter          time.Duration // after the payer's last act
	}{
		"nobody opened it":            {},
		"opened":                      {opens: true},
		"the payer thinks":            {opens: true, presses: true},
		"paid, and we do not know":    {opens: true, presses: true, pays: true},
		"paid and booked":             {opens: true, presses: true, pays: true, settleAfter: 20 * time.Second},
		"paid and booked an hour ago": {opens: true, presses: true, pays: true, settleAfter: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) {
				s.bound()
				var p guitai.Payment
				code := ""
				if c.opens {
					p = s.openOffline(s.offline("sale-1", "a1"))
				}
				if c.presses {
					code = s.opened(p, s.wechat, "anna").Attempt.Code
				}
				if c.pays {
					if err := s.wechat.PayInside(code, "anna"); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(c.settleAfter)
				s.settle("sale-1")
				s.settle("sale-1")
				_, err := s.OpenOffline(context.Background(), s.offline("sale-1", "b2"))
				s.refused(err, guitai.Conflict, guitai.CodeOfflineSettled)
				time.Sleep(20 * time.Minute)
				w := s.bill("sale-1").Whole
				switch {
				case !c.opens && w.Payment.ID == "":
				case c.pays && w.Payment.State == guitai.PaymentClosed && w.Payment.Reason == guitai.CodeOfflineSettled && len(w.Suspense) == 1 &&
					w.Suspense[0].Why == guitai.SuspenseSettled && w.Suspense[0].Amount == p.Amount && w.Payment.PaidAt.IsZero():
					s.ledger(map[string]int64{"receivable:acc-wechat": 1245, "fees": 5, "suspense": -1250})
				case c.opens && !c.pays && w.Payment.State == guitai.PaymentClosed && len(w.Suspense) == 0:
				default:
					t.Fatalf("%+v", w)
				}
				if c.presses && !c.pays && s.wechat.PayInside(code, "anna") == nil {
					t.Error("its order could still be paid")
				}
				time.Sleep(time.Hour)
				s.ledger(map[string]int64{})
				s.jobsDone()
			})
		})
	}
}

// TestSettledIsNotWhole: of money that was partly given back a person decides;
// money that a manager attaches again stays.
func TestSettledIsNotWhole(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.bound()
		paid := func(sale string) guitai.Payment {
			p := s.openOffline(s.offline(sale, "n-"+sale))
			if err := s.wechat.PayInside(s.opened(p, s.wechat, "anna").Attempt.Code, "anna"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
			s.want(p.ID, guitai.PaymentPaid, "")
			return s.get(p.ID)
		}
		p := paid("sale-1")
		s.refund(refundOf(p, 250))
		_, err := s.SettledOtherwise(context.Background(), guitai.SettledOtherwise{Merchant: shopkeeper, Sale: "sale-1", Tender: "1"})
		s.refused(err, guitai.Conflict, guitai.CodeNotAttachable)
		if b := s.bill("sale-1"); b.Settled || b.Whole.Payment.State != guitai.PaymentPaid {
			t.Errorf("half done: %+v", b)
		}
		p = paid("sale-2")
		w := s.settle("sale-2").Whole
		if got, err := s.Attach(context.Background(), shopkeeper, w.Suspense[0].ID); err != nil || got.State != guitai.PaymentPaid {
			t.Fatalf("%+v, %v", got, err)
		}
		s.settle("sale-2")
		time.Sleep(2 * time.Hour)
		s.want(p.ID, guitai.PaymentPaid, "")
		s.jobsDone()
	})
}

// TestOneCapturePerBill: fifty phones with ten codes of one bill, while the till
// that comes back says that cash was taken, on both engines: one payment, and
// its money counts or lies in suspense, never both.
func TestOneCapturePerBill(t *testing.T) {
	onEngines(t, func(s *shop) {
		s.bound()
		for _, settles := range []string{"", "yes"} {
			sale := "sale-" + settles + "1"
			var all sync.WaitGroup
			var mu sync.Mutex
			ids, took := map[guitai.PaymentID]int{}, 0
			for i := range 50 {
				all.Go(func() {
					r := s.offline(sale, fmt.Sprint(settles, i%10))
					r.Expires = r.Expires.Add(time.Duration(-i) * time.Second)
					p, err := s.OpenOffline(context.Background(), r)
					switch e := guitai.AsError(err); {
					case err == nil:
						mu.Lock()
						ids[p.ID]++
						mu.Unlock()
						if o, err := s.Open(context.Background(), s.opens(p, s.wechat, "")); err == nil && o.Do == pay.OpenReady {
							if s.wechat.Pay(o.Attempt.Code) == nil { // whoever is second finds it paid
								mu.Lock()
								took++
								mu.Unlock()
							}
						}
					case e.Kind == guitai.Unavailable || settles != "" && e.Code == guitai.CodeOfflineSettled:
					default:
						s.t.Errorf("open: %v", err)
					}
				})
			}
			if settles != "" {
				all.Go(func() { s.settle(sale) })
			}
			all.Wait()
			if len(ids) > 1 || took > 1 || settles == "" && (len(ids) != 1 || took != 1) {
				s.t.Errorf("%d payments, %d times paid: %v", len(ids), took, ids)
			}
			s.ends(sale, took, settles)
		}
	})
}

// TestSettledAndPaidAtOnce: the payer's money is booked while the till says that
// the bill was settled otherwise. Whoever comes second sees the first.
func TestSettledAndPaidAtOnce(t *testing.T) {
	onEngines(t, func(s *shop) {
		s.bound()
		for i := range 20 {
			sale := fmt.Sprint("bill-", i)
			p := s.openOffline(s.offline(sale, fmt.Sprint("n", i)))
			o, err := s.Open(context.Background(), s.opens(p, s.wechat, ""))
			if err != nil || o.Do != pay.OpenReady {
				s.t.Fatalf("%+v, %v", o, err)
			}
			var both sync.WaitGroup
			took := 0
			both.Go(func() {
				if s.wechat.Pay(o.Attempt.Code) == nil {
					took = 1
				}
			})
			both.Go(func() { s.settle(sale) })
			both.Wait()
			s.ends(sale, took, "yes")
		}
	})
}

// ends waits until a bill has come to its end: money that was taken counts, or
// lies in suspense when the bill was settled otherwise.
func (s *shop) ends(sale string, took int, settles string) {
	s.t.Helper()
	var w pay.Whole
	for range 400 {
		w = s.bill(sale).Whole
		booked := w.Payment.Booked() != nil
		switch {
		case took == 0 && settles != "" && (w.Payment.ID == "" || w.Payment.State == guitai.PaymentClosed) && len(w.Suspense) == 0:
			return
		case took == 1 && settles == "" && booked && len(w.Suspense) == 0:
			return
		case took == 1 && settles != "" && !booked && len(w.Suspense) == 1 && w.Suspense[0].Why == guitai.SuspenseSettled:
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	s.t.Errorf("taken %d times: %+v", took, w)
}
