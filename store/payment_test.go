package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
)

// noon is an instant with microseconds, all that is kept of a time.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 123456000, time.UTC)

// write runs fn in a transaction that must succeed.
func write(t *testing.T, s *Store, fn func(tx *Tx) error) {
	t.Helper()
	if err := s.InTx(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// read runs fn in a reading transaction that must succeed.
func read(t *testing.T, s *Store, fn func(tx *ReadTx) error) {
	t.Helper()
	if err := s.Read(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// whole is a payment in which every field says something.
func whole(id guitai.PaymentID) guitai.Payment {
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	return guitai.Payment{
		ID: id, Merchant: "mer-1", Shop: "shp-1", Till: "til-1", Staff: "stf-1", Kind: guitai.Show, Wallet: guitai.Alipay,
		Amount: guitai.Fen(1250), Sale: "sale-" + string(id), Tender: "1", Description: "包子 \U0001F95F '\"\\", Metadata: map[string]string{"桌": "七", "b": `"x"`},
		RequestMAC: []byte{0, 1, 254, 255}, State: guitai.PaymentPaid, Version: 7, Reason: guitai.CodeCodeLapsed, Refunded: 100, RefundHeld: 300,
		CreatedAt: at(0), UpdatedAt: at(1), ExpiresAt: at(2), PaidAt: at(3),
		Offer:  guitai.Offer{Token: "offer-" + string(id), State: guitai.OfferEnded, Reason: guitai.CodeClosedByMerchant},
		Source: "static", PayerMAC: "70617965",
		Attempts: []guitai.Attempt{
			{N: 1, OrderNo: "no1" + string(id), Account: "acc-1", Wallet: guitai.WeChat, State: guitai.AttemptClosed, Ending: guitai.EndReverse, NoEnd: true,
				SendBy: at(4), BelieveAt: at(5), AskedAt: at(6), EndAt: at(7), FeeRate: 380, PayerMAC: "6d6163", Code: "weixin://x", CodeExpires: at(8), WalletNo: "w1", Payer: "张*",
				Charged: guitai.Fen(7), Suspense: guitai.SuspenseLate, PaidAt: at(9), Reason: guitai.CodeBalanceLow, WalletCode: "NOTENOUGH"},
			{N: 2, OrderNo: "no2" + string(id), Account: "acc-2", Wallet: guitai.Alipay, State: guitai.AttemptPaid, Charged: guitai.Fen(1250), Booked: true, PaidAt: at(10)},
		},
	}
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// TestPaymentRoundTrip: every field comes back as it went in, also the empty
// ones, and after an update.
func TestPaymentRoundTrip(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		full := whole("pay-1")
		bare := guitai.Payment{ID: "pay-2", Merchant: "mer-1", Kind: guitai.Scan, Amount: guitai.Fen(1), State: guitai.PaymentCreated, Version: 1, CreatedAt: noon, UpdatedAt: noon,
			RequestMAC: []byte{}, Attempts: []guitai.Attempt{{N: 1, OrderNo: "no3", State: guitai.AttemptCreated}}}
		write(t, s, func(tx *Tx) error { return errors.Join(tx.InsertPayment(full), tx.InsertPayment(bare)) })
		get := func(id guitai.PaymentID) (p guitai.Payment) {
			read(t, s, func(tx *ReadTx) (err error) { p, err = tx.Payment("mer-1", id); return err })
			return p
		}
		equal(t, "full", get("pay-1"), full)
		equal(t, "bare", get("pay-2"), bare)

		next := full // all that may change
		next.Version, next.Wallet, next.State, next.Reason = 8, guitai.WeChat, guitai.PaymentClosed, guitai.CodeClosedByMerchant
		next.Refunded, next.RefundHeld, next.UpdatedAt, next.ExpiresAt, next.PaidAt = 200, 1250, noon.Add(time.Hour), time.Time{}, time.Time{}
		next.Offer = guitai.Offer{Token: full.Offer.Token, State: guitai.OfferOpen, Reason: ""}
		next.Attempts = append([]guitai.Attempt(nil), full.Attempts...)
		a := &next.Attempts[1]
		*a = guitai.Attempt{N: 2, OrderNo: a.OrderNo, Account: a.Account, Wallet: a.Wallet, State: guitai.AttemptClosing, Ending: guitai.EndClose, NoEnd: true,
			SendBy: noon, BelieveAt: noon, AskedAt: noon.Add(2 * time.Second), EndAt: noon, FeeRate: 600, Code: "c", CodeExpires: noon, WalletNo: "n", Payer: "p",
			Charged: guitai.Fen(3), Suspense: guitai.SuspenseDouble, PaidAt: noon, Reason: guitai.CodeRiskRefused, WalletCode: "x"}
		next.Attempts = append(next.Attempts, guitai.Attempt{N: 3, OrderNo: "no4", Account: "acc-3", PayerMAC: "6d", State: guitai.AttemptFailed})
		write(t, s, func(tx *Tx) error { return tx.UpdatePayment(next, 7) })
		equal(t, "updated", get("pay-1"), next)
		equal(t, "the other", get("pay-2"), bare)
		read(t, s, func(tx *ReadTx) error {
			o, err := tx.OrderByNo("no4")
			equal(t, "order", o, OrderPlace{"mer-1", "pay-1", 3, "acc-3"})
			if _, no := tx.OrderByNo("none"); !errors.Is(no, ErrNoRow) {
				t.Errorf("no such order: %v", no)
			}
			if _, no := tx.Payment("mer-2", "pay-1"); !errors.Is(no, ErrNoRow) {
				t.Errorf("of another merchant: %v", no)
			}
			return err
		})
	})
}

// TestPaymentVersion: a write over another version than was read changes
// nothing.
func TestPaymentVersion(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		p := whole("pay-1")
		write(t, s, func(tx *Tx) error { return tx.InsertPayment(p) })
		next := p
		next.Version, next.State = 8, guitai.PaymentFailed
		for _, was := range []int64{6, 8} {
			err := s.InTx(context.Background(), func(tx *Tx) error { return tx.UpdatePayment(next, was) })
			if !errors.Is(err, ErrNoRow) {
				t.Errorf("over version %d: %v", was, err)
			}
		}
		read(t, s, func(tx *ReadTx) error {
			got, err := tx.Payment(p.Merchant, p.ID)
			equal(t, "untouched", got, p)
			return err
		})
	})
}

// TestPaymentRules: each rule that the database keeps, by its name.
func TestPaymentRules(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		first := whole("pay-1")
		write(t, s, func(tx *Tx) error { return tx.InsertPayment(first) })
		fresh := func(change func(p *guitai.Payment)) func(tx *Tx) error {
			p := whole("pay-2")
			change(&p)
			if p.ID != "pay-2" {
				p.Offer.Token = "offer of " + string(p.ID)
			}
			return func(tx *Tx) error { return tx.InsertPayment(p) }
		}
		changed := func(change func(p *guitai.Payment)) func(tx *Tx) error {
			p := whole("pay-1")
			p.Attempts = append([]guitai.Attempt(nil), p.Attempts...)
			p.Version++
			change(&p)
			return func(tx *Tx) error { return tx.UpdatePayment(p, 7) }
		}
		same := func(p *guitai.Payment) { p.Sale, p.Tender = first.Sale, first.Tender }
		for name, c := range map[string]struct {
			do   func(tx *Tx) error
			rule error
		}{
			"payment_pkey":                {fresh(func(p *guitai.Payment) { p.ID = "pay-1" }), ErrTaken},
			"payment_amount_positive":     {fresh(func(p *guitai.Payment) { p.Amount.Fen, p.RefundHeld, p.Refunded = 0, 0, 0 }), ErrCheck},
			"payment_refund_within":       {changed(func(p *guitai.Payment) { p.RefundHeld = 1251 }), ErrCheck},
			"payment_refund_held":         {changed(func(p *guitai.Payment) { p.Refunded = 301 }), ErrCheck},
			"payment_one_live_per_tender": {fresh(same), ErrTaken},
			"attempt_pkey":                {fresh(func(p *guitai.Payment) { p.Attempts[0].OrderNo = "no1pay-1" }), ErrTaken},
			"attempt_by_payment":          {changed(func(p *guitai.Payment) { p.Attempts = append(p.Attempts, guitai.Attempt{N: 2, OrderNo: "x"}) }), ErrTaken},
			"attempt_one_booked":          {changed(func(p *guitai.Payment) { p.Attempts[0].Booked = true }), ErrTaken},
			"attempt_one_live": {changed(func(p *guitai.Payment) {
				p.Attempts[0].State = guitai.AttemptClosing
				p.Attempts = append(p.Attempts, guitai.Attempt{N: 3, OrderNo: "x", State: guitai.AttemptCreated})
			}), ErrTaken},
			"payment_by_offer":    {fresh(func(p *guitai.Payment) { p.Offer.Token = first.Offer.Token }), ErrTaken},
			"payment_offer_known": {changed(func(p *guitai.Payment) { p.Offer.State = "shut" }), ErrCheck},
			"attempt_charged":     {changed(func(p *guitai.Payment) { p.Attempts[0].Charged.Fen = -1 }), ErrCheck},
		} {
			err := s.InTx(context.Background(), c.do)
			if !Violates(err, name) || !errors.Is(err, c.rule) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, ended := range []guitai.PaymentState{guitai.PaymentFailed, guitai.PaymentClosed} {
			write(t, s, fresh(func(p *guitai.Payment) {
				p.ID, p.State = guitai.PaymentID("pay-"+ended), ended
				p.Attempts[0].OrderNo, p.Attempts[1].OrderNo = "a"+string(ended), "b"+string(ended)
				same(p)
			}))
		}
		alive := whole("pay-closed")
		alive.Version, alive.State, alive.Attempts = 8, guitai.PaymentPaid, nil
		if err := s.InTx(context.Background(), func(tx *Tx) error { return tx.UpdatePayment(alive, 7) }); !Violates(err, "payment_one_live_per_tender") {
			t.Errorf("an ended payment came to life beside another: %v", err)
		}
		for i := range 3 { // without a bill there is no such rule
			write(t, s, fresh(func(p *guitai.Payment) {
				p.ID, p.Sale, p.Attempts = guitai.PaymentID(fmt.Sprint("free-", i)), "", nil
			}))
		}
		read(t, s, func(tx *ReadTx) error {
			p, err := tx.Payment("mer-1", "pay-1")
			equal(t, "the first", p, first)
			return err
		})
	})
}

// TestPaymentPages: newest first, page by page, none twice and none left out,
// also where many were made in one instant.
func TestPaymentPages(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		write(t, s, func(tx *Tx) error {
			for i := range 25 {
				p := whole(guitai.PaymentID(fmt.Sprintf("pay-%02d", i)))
				p.CreatedAt = noon.Add(time.Duration(i/5) * time.Second) // five in each instant
				p.Till = guitai.TillID(fmt.Sprint("til-", i%2))
				p.State = []guitai.PaymentState{guitai.PaymentPaid, guitai.PaymentClosed, guitai.PaymentFailed}[i%3]
				if err := tx.InsertPayment(p); err != nil {
					return err
				}
			}
			other := whole("pay-x")
			other.Merchant, other.Attempts = "mer-2", nil
			return tx.InsertPayment(other)
		})
		list := func(f PaymentFilter) (all []guitai.Payment) {
			t.Helper()
			f.Merchant = "mer-1"
			read(t, s, func(tx *ReadTx) (err error) { all, err = tx.Payments(f); return err })
			return all
		}
		var seen []guitai.PaymentID
		f := PaymentFilter{Limit: 7}
		for range 10 {
			page := list(f)
			if len(page) == 0 {
				break
			}
			for _, p := range page {
				seen = append(seen, p.ID)
				if len(p.Attempts) != 2 || p.Attempts[1].OrderNo != "no2"+string(p.ID) {
					t.Errorf("%s has attempts %+v", p.ID, p.Attempts)
				}
			}
			last := page[len(page)-1]
			f.Before = PaymentPlace{last.CreatedAt, last.ID}
		}
		var want []guitai.PaymentID
		for i := 24; i >= 0; i-- {
			want = append(want, guitai.PaymentID(fmt.Sprintf("pay-%02d", i)))
		}
		equal(t, "pages", seen, want)
		count := func(what string, f PaymentFilter, want int) {
			t.Helper()
			f.Limit = 100
			if got := len(list(f)); got != want {
				t.Errorf("%s: %d, want %d", what, got, want)
			}
		}
		count("of a till", PaymentFilter{Till: "til-1"}, 12)
		count("of no till", PaymentFilter{Till: "til-9"}, 0)
		count("paid", PaymentFilter{State: guitai.PaymentPaid}, 9)
		count("paid at a till", PaymentFilter{State: guitai.PaymentPaid, Till: "til-0"}, 5)
		count("from", PaymentFilter{From: noon.Add(3 * time.Second)}, 10)
		count("to", PaymentFilter{To: noon.Add(3 * time.Second)}, 15)
		count("from and to", PaymentFilter{From: noon.Add(time.Second), To: noon.Add(3 * time.Second)}, 10)
		count("before a place within", PaymentFilter{To: noon.Add(3 * time.Second), Before: PaymentPlace{noon.Add(2 * time.Second), "pay-12"}}, 12)
	})
}

// TestPaymentByOffer: a code of ours leads to its payment, and no code to none.
func TestPaymentByOffer(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		offered, plain := whole("pay-1"), whole("pay-2")
		plain.Offer = guitai.Offer{}
		write(t, s, func(tx *Tx) error { return errors.Join(tx.InsertPayment(offered), tx.InsertPayment(plain)) })
		read(t, s, func(tx *ReadTx) error {
			got, err := tx.PaymentByOffer("offer-pay-1")
			equal(t, "by its code", got, offered)
			for _, token := range []string{"", "offer-pay-2"} {
				if _, no := tx.PaymentByOffer(token); !errors.Is(no, ErrNoRow) {
					t.Errorf("%q: %v", token, no)
				}
			}
			return err
		})
	})
}

// TestFenOfPayer: only this payer's payments count, from the instant on, that
// were paid or still may be.
func TestFenOfPayer(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		add := func(id guitai.PaymentID, change func(p *guitai.Payment)) {
			p := whole(id)
			p.Attempts = nil
			change(&p)
			write(t, s, func(tx *Tx) error { return tx.InsertPayment(p) })
		}
		add("paid", func(*guitai.Payment) {})
		add("waiting", func(p *guitai.Payment) { p.Amount.Fen, p.State = 2000, guitai.PaymentWaiting })
		add("failed", func(p *guitai.Payment) { p.State = guitai.PaymentFailed })
		add("closed", func(p *guitai.Payment) { p.State = guitai.PaymentClosed })
		add("yesterday", func(p *guitai.Payment) { p.CreatedAt = noon.Add(-1000) })
		add("another", func(p *guitai.Payment) { p.PayerMAC = "6f" })
		add("unnamed", func(p *guitai.Payment) { p.PayerMAC = "" })
		add("elsewhere", func(p *guitai.Payment) { p.Merchant = "mer-2" })
		for mac, want := range map[string]int64{"70617965": 3250, "6f": 1250, "00": 0, "": 0} {
			read(t, s, func(tx *ReadTx) error {
				got, err := tx.FenOfPayer("mer-1", mac, noon)
				equal(t, mac, got, want)
				return err
			})
		}
	})
}
