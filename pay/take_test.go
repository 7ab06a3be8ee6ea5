package pay_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
	"guitai/pay"
)

func TestScanIsPaid(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		r := s.scan(s.wechat, channeltest.Pays)
		p := s.take(r)
		a := p.Attempts[0]
		if p.State != guitai.PaymentPaid || p.Wallet != guitai.WeChat || !a.Booked || a.Charged != r.Amount || a.WalletNo == "" || p.PaidAt.IsZero() {
			t.Fatalf("taken: %+v", p)
		}
		if got := s.get(p.ID); got.Version != p.Version || got.State != p.State || !got.PaidAt.Equal(p.PaidAt) {
			t.Errorf("stored %+v, told %+v", got, p)
		}
		s.wallet(s.wechat, p, 1250, 0)
		s.ledger(map[string]int64{"sales": -1250, "fees": 5, "receivable:acc-wechat": 1245})
		if got := s.topics(p.ID); !slices.Equal(got, []guitai.Topic{"payment.created", "payment.paid"}) {
			t.Errorf("news %v", got)
		}
		rows, err := s.Timeline(context.Background(), shopkeeper, p.ID)
		if err != nil || len(rows) != 2 || rows[0].Kind != "message" || rows[1].To != string(guitai.AttemptPaid) {
			t.Errorf("timeline %+v, %v", rows, err)
		}
		s.jobsDone()
	})
}

func TestShownCodeIsPaid(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		for _, w := range []*counter{s.wechat, s.alipay} {
			r := s.show(w)
			p := s.take(r)
			if p.State != guitai.PaymentWaiting || p.Attempts[0].Code == "" || !p.ExpiresAt.Equal(p.CreatedAt.Add(time.Minute)) {
				t.Fatalf("shown: %+v", p)
			}
			s.wallet(w, p, 0, 0)
			if err := w.Pay(p.Attempts[0].Code); err != nil {
				t.Fatal(err)
			}
			time.Sleep(6 * time.Second) // a notice, or the next question
			s.want(p.ID, guitai.PaymentPaid, "")
			s.wallet(w, p, 1250, 0)
		}
		s.ledger(map[string]int64{"sales": -2500, "fees": 10, "receivable:acc-wechat": 1245, "receivable:acc-alipay": 1245})
		s.jobsDone()
	})
}

func TestShownCodeForAnyWallet(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		r := s.show(s.wechat)
		r.Wallet, r.ExpiresIn = "", 0
		p := s.take(r)
		if p.Wallet != guitai.WeChat || !p.ExpiresAt.Equal(p.CreatedAt.Add(s.Policy.ShowFor)) {
			t.Errorf("the first account shows, for the policy's time: %+v", p)
		}
	})
}

// TestDeclined: a definite no ends the payment at once, and the same bill can
// be collected by another.
func TestDeclined(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		r := s.scan(s.alipay, channeltest.Poor)
		r.Sale, r.Tender = "bill-1", "1"
		p := s.take(r)
		s.want(p.ID, guitai.PaymentFailed, guitai.CodeBalanceLow)
		s.wallet(s.alipay, p, 0, 0)
		s.ledger(map[string]int64{})
		s.jobsDone()
		next := s.scan(s.alipay, channeltest.Pays)
		next.Sale, next.Tender = r.Sale, r.Tender
		s.want(s.take(next).ID, guitai.PaymentPaid, "")
	})
}

// TestRepeats: whoever asks again gets the payment as it stands; nobody is
// charged again.
func TestRepeats(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		r := s.scan(s.wechat, channeltest.Types)
		r.Metadata = map[string]string{"table": "7", "guest": "2"}
		p := s.take(r)
		s.want(p.ID, guitai.PaymentWaiting, "")
		again := r
		again.Staff, again.Place = "stf-2", channel.Place{IP: "192.0.2.1"} // what the server fills in is no part of it
		if got := s.take(again); got.State != guitai.PaymentWaiting || got.Attempts[0].OrderNo != p.Attempts[0].OrderNo {
			t.Errorf("repeated: %+v", got)
		}
		time.Sleep(time.Minute)
		if got := s.take(r); got.State != guitai.PaymentPaid {
			t.Errorf("repeated at the end: %s", got.State)
		}
		for what, change := range map[string]func(*pay.Request){
			"amount": func(r *pay.Request) { r.Amount.Fen++ }, "code": func(r *pay.Request) { r.AuthCode = s.wechat.PayerCode(channeltest.Pays) },
			"sale": func(r *pay.Request) { r.Sale = "x" }, "tender": func(r *pay.Request) { r.Tender = "x" },
			"description": func(r *pay.Request) { r.Description = "饺子" }, "till": func(r *pay.Request) { r.Till = "til-2" },
			"metadata": func(r *pay.Request) { r.Metadata = map[string]string{"table": "8", "guest": "2"} },
			"kind":     func(r *pay.Request) { r.Kind, r.AuthCode, r.Wallet = guitai.Show, "", guitai.WeChat },
		} {
			other := r
			change(&other)
			p, err := s.Take(context.Background(), other)
			s.refused(err, guitai.Conflict, guitai.CodeIDTaken)
			if p.State == guitai.PaymentCreated {
				t.Errorf("another %s under the same ID: %+v", what, p)
			}
		}
		if n := len(s.wechat.when("charge")); n != 1 {
			t.Errorf("%d charges were sent", n)
		}
		s.wallet(s.wechat, p, 1250, 0)
	})
}

func TestWithoutIDEachIsNew(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		r := s.show(s.wechat)
		r.ID = ""
		if a, b := s.take(r), s.take(r); a.ID == b.ID || !strings.HasPrefix(string(a.ID), "pay_") {
			t.Errorf("%s and %s", a.ID, b.ID)
		}
	})
}

// TestOtherMerchant: an ID belongs to its merchant, and so do the accounts.
func TestOtherMerchant(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p := s.paid(s.wechat)
		r := s.scan(s.wechat, channeltest.Pays)
		r.ID, r.Merchant = p.ID, "mer-other"
		_, err := s.Take(context.Background(), r)
		s.refused(err, guitai.Invalid, guitai.CodeWalletNotEnabled)
		_, err = s.Get(context.Background(), "mer-other", p.ID)
		s.refused(err, guitai.NotFound, guitai.CodePaymentNotFound)
		_, err = s.GetWhole(context.Background(), "mer-other", p.ID)
		s.refused(err, guitai.NotFound, guitai.CodePaymentNotFound)
		_, err = s.Timeline(context.Background(), "mer-other", p.ID)
		s.refused(err, guitai.NotFound, guitai.CodePaymentNotFound)
		_, err = s.Refund(context.Background(), pay.RefundRequest{Merchant: "mer-other", Payment: p.ID, Amount: guitai.Fen(1)})
		s.refused(err, guitai.NotFound, guitai.CodePaymentNotFound)
	})
}

// TestOneTenderOneLivePayment: two tills cannot collect one tender of one bill.
func TestOneTenderOneLivePayment(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		bill := func(tender string) pay.Request {
			r := s.show(s.wechat)
			r.Sale, r.Tender = "bill-1", tender
			return r
		}
		first := s.take(bill("1"))
		_, err := s.Take(context.Background(), bill("1"))
		s.refused(err, guitai.Conflict, guitai.CodeSaleTaken)
		s.take(bill("2"))
		if _, err := s.Close(context.Background(), shopkeeper, first.ID); err != nil {
			t.Fatal(err)
		}
		s.want(first.ID, guitai.PaymentClosed, guitai.CodeClosedByMerchant)
		third := s.take(bill("1"))
		if err := s.wechat.Pay(third.Attempts[0].Code); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		s.want(third.ID, guitai.PaymentPaid, "")
		_, err = s.Take(context.Background(), bill("1"))
		s.refused(err, guitai.Conflict, guitai.CodeSaleTaken)
		if n := len(s.wechat.when("show")); n != 3 {
			t.Errorf("%d codes were asked for, want 3", n)
		}
	})
}

// slow is a source of randomness that hangs: the intention takes its time.
type slow struct {
	from interface{ Read([]byte) (int, error) }
	nap  time.Duration
}

func (s *slow) Read(b []byte) (int, error) {
	time.Sleep(s.nap)
	return s.from.Read(b)
}

// TestNotSentAfterSendBy: an intention that took too long to store is not sent,
// and the payment says so.
func TestNotSentAfterSendBy(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.rest()
		quick := s.Rand
		s.Rand = &slow{quick, time.Second} // two names are made in the transaction
		scan := s.take(s.scan(s.wechat, channeltest.Pays))
		show := s.take(s.show(s.alipay))
		s.Rand = quick
		s.want(scan.ID, guitai.PaymentFailed, guitai.CodeNotSent)
		s.want(show.ID, guitai.PaymentFailed, guitai.CodeNotSent)
		if calls := append(s.wechat.calls, s.alipay.calls...); len(calls) != 0 {
			t.Errorf("calls %v", calls)
		}
		p := s.paid(s.wechat)
		s.Rand = &slow{quick, time.Second}
		r, err := s.Refund(context.Background(), pay.RefundRequest{Merchant: shopkeeper, Payment: p.ID, Amount: guitai.Fen(5)})
		s.Rand = quick
		if err != nil || r.State != guitai.RefundFailed || r.Failure != guitai.CodeNotSent {
			t.Errorf("refund %+v, %v", r, err)
		}
		if p := s.get(p.ID); p.RefundHeld != 0 {
			t.Errorf("%d fen are still held", p.RefundHeld)
		}
		s.jobsDone()
	})
}

// TestStoreClosed: without a store nothing is sent.
func TestStoreClosed(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		p := s.paid(s.wechat)
		r := s.scan(s.wechat, channeltest.Pays)
		sent := len(s.wechat.calls)
		if err := s.Store.Close(); err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		for what, call := range map[string]func() error{
			"take": func() error { _, err := s.Take(ctx, r); return err },
			"refund": func() error {
				_, err := s.Refund(ctx, pay.RefundRequest{Merchant: shopkeeper, Payment: p.ID, Amount: guitai.Fen(5)})
				return err
			},
			"void": func() error {
				_, err := s.Void(ctx, pay.RefundRequest{Merchant: shopkeeper, Payment: p.ID})
				return err
			},
			"close": func() error { _, err := s.Close(ctx, shopkeeper, p.ID); return err },
			"ask":   func() error { _, err := s.Ask(ctx, shopkeeper, p.ID); return err },
			"ready": func() error { return s.Ready(ctx) },
		} {
			if err := call(); !guitai.Unavailable.Is(err) {
				t.Errorf("%s: %v, want unavailable", what, err)
			}
		}
		if now := len(s.wechat.calls); now != sent {
			t.Errorf("%d calls were made", now-sent)
		}
	})
}

// TestOutcomeNotStored: the wallet answered, and the store did not. Whatever the
// answer was, nobody is told more than is known on disk; after the restart the
// job that was stored with the intention goes on.
func TestOutcomeNotStored(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.wechat.hang("charge", time.Second)
		s.alipay.hang("refund", time.Second)
		before := s.paid(s.alipay)
		time.Sleep(6 * time.Second) // its notice has come, and of the rest there are none
		r := s.scan(s.wechat, channeltest.Pays)
		var p guitai.Payment
		var back guitai.Refund
		var all sync.WaitGroup
		all.Go(func() { p = s.take(r) })
		all.Go(func() { back = s.refund(refundOf(before, 5)) })
		time.Sleep(700 * time.Millisecond)
		s.rest()
		if err := s.Store.Close(); err != nil {
			t.Fatal(err)
		}
		all.Wait()
		if p.State != guitai.PaymentUnknown || back.State != guitai.RefundUnknown {
			t.Errorf("told %s and %s", p.State, back.State)
		}
		s.open()
		s.work()
		time.Sleep(time.Minute)
		s.want(p.ID, guitai.PaymentPaid, "")
		s.refundStands(back.ID, guitai.RefundDone, "")
		s.wallet(s.wechat, p, 1250, 0)
		s.wallet(s.alipay, before, 1250, 5)
		s.jobsDone()
	})
}

// TestPayersCodeIsNowhere: the payer's code is sent to the wallet and stands
// nowhere on our disk.
func TestPayersCodeIsNowhere(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		var codes []string
		for _, b := range []channeltest.Behaviour{channeltest.Pays, channeltest.Poor, channeltest.Types} {
			r := s.scan(s.alipay, b)
			codes = append(codes, r.AuthCode)
			s.take(r)
			s.take(r)
		}
		time.Sleep(5 * time.Minute)
		files, err := filepath.Glob(filepath.Join(s.dir, "*"))
		if err != nil || len(files) < 2 {
			t.Fatalf("files %v, %v", files, err)
		}
		var seen bool
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			seen = seen || bytes.Contains(b, []byte("包子"))
			for _, code := range codes {
				if bytes.Contains(b, []byte(code)) {
					t.Errorf("a payer's code stands in %s", filepath.Base(file))
				}
			}
		}
		if !seen {
			t.Error("not even the description was found: the search is blind")
		}
	})
}
