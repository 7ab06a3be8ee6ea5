package pay_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
	"guitai/pay"
	"guitai/qr"
	"guitai/store"
)

// TestAskingSchedules holds the calls against what the wallets publish: asked
// every 5 s, reversed at 30 s, and never within 15 s of the charge nor before
// what may be on its way must have arrived. UnionPay's advice (5, 10, 30, 60 s) is
// wider.
func TestAskingSchedules(t *testing.T) {
	for _, c := range []struct {
		name        string
		payer       channeltest.Behaviour
		faults      channeltest.Faults
		cancel      time.Duration // the cashier gives up so long after the charge
		asked       []int         // seconds after the charge; nil: not looked at
		ended       []int
		state       guitai.PaymentState
		endedBefore int // none before that
	}{
		{name: "the payer types nothing", payer: channeltest.Ignores, asked: []int{5, 10, 15, 20, 25}, ended: []int{30}, state: guitai.PaymentClosed, endedBefore: 15},
		{name: "no answer to anything", payer: channeltest.Pays, faults: channeltest.Faults{Lost: 1}, state: guitai.PaymentUnknown, endedBefore: 23},
		{name: "cancelled at once", payer: channeltest.Ignores, cancel: time.Second, ended: []int{15}, state: guitai.PaymentClosed, endedBefore: 15},
		{name: "cancelled after 20 s", payer: channeltest.Ignores, cancel: 20*time.Second + 500*time.Millisecond, ended: []int{21}, state: guitai.PaymentClosed, endedBefore: 15},
		{name: "paid at once", payer: channeltest.Pays, asked: []int{}, ended: []int{}, state: guitai.PaymentPaid},
	} {
		t.Run(c.name, func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) {
				for _, w := range []*counter{s.wechat, s.alipay, s.third()} {
					w.SetFaults(c.faults)
					p := s.take(s.scan(w, c.payer))
					if c.cancel > 0 {
						time.Sleep(c.cancel - time.Since(p.CreatedAt))
						if _, err := s.Close(context.Background(), shopkeeper, p.ID); err != nil {
							t.Fatal(err)
						}
					}
					time.Sleep(2 * time.Minute)
					if got := s.get(p.ID); got.State != c.state {
						t.Errorf("%s: %s", w.Wallet(), got.State)
					}
					asked, ended := since(p, w.when("ask")), since(p, w.when("end"))
					if c.asked != nil && !slices.Equal(asked, c.asked) || c.ended != nil && !slices.Equal(ended, c.ended) {
						t.Errorf("%s: asked at %v, ended at %v", w.Wallet(), asked, ended)
					}
					if len(ended) > 0 && ended[0] < c.endedBefore {
						t.Errorf("%s: reversed at %d s", w.Wallet(), ended[0])
					}
					w.SetFaults(channeltest.Faults{})
				}
			})
		})
	}
}

// third adds a wallet like UnionPay.
func (s *shop) third() *counter {
	f := channeltest.NewFake(channeltest.LikeUnionPay(channeltest.FakeOptions{Rand: rand.New(rand.NewPCG(9, 9)), Now: time.Now, Latency: 120 * time.Millisecond,
		Notify: func(channel.RawNotice) channel.NoticeReply { return channel.NoticeReply{Code: 500} }}))
	c := &counter{Fake: f, hold: map[string]time.Duration{}}
	s.Accounts = append(slices.Clone(s.Accounts), pay.Account{ID: "acc-unionpay", Merchant: shopkeeper, Wallet: f.Wallet(), FeeRate: feeRate})
	s.Channels["acc-unionpay"] = c
	s.t.Cleanup(f.Close)
	return c
}

// TestStaticCodeDay: by static codes one payer pays 500 yuan on one day of the
// shop, all codes and shops of the merchant together; the fen above is refused.
func TestStaticCodeDay(t *testing.T) {
	onEngines(t, func(s *shop) {
		s.PublicURL = "https://pay.example"
		day := time.Date(2026, 11, 20, 16, 0, 0, 0, time.UTC)
		err := s.Store.InTx(context.Background(), func(tx *store.Tx) error {
			return tx.InsertMerchant(guitai.Merchant{ID: shopkeeper, Name: "m", CreatedAt: tx.Now()})
		})
		if err != nil {
			s.t.Fatal(err)
		}
		codes := []qr.Token{s.sticker("shp-1"), s.sticker("shp-2")}
		for i, c := range []struct {
			payer string
			fen   int64
			code  int
			day   time.Time
			want  guitai.Code
		}{
			{"li", 30_000, 0, day, ""}, {"li", 20_001, 0, day, guitai.CodeLimitStatic}, {"li", 20_000, 1, day, ""}, {"li", 1, 0, day, guitai.CodeLimitStatic},
			{"wu", 50_000, 0, day, ""}, {"wu", 1, 1, day, guitai.CodeLimitStatic}, {"", 50_000, 0, day, ""}, {"", 50_001, 0, day, guitai.CodeLimitStatic},
			{"", 50_000, 1, day, ""}, {"zhao", 50_001, 0, day, guitai.CodeLimitStatic},
			{"li", 50_000, 0, time.Now().Add(time.Hour), ""}, // the next day
		} {
			r := pay.StaticRequest{OpenRequest: pay.OpenRequest{Token: codes[c.code], Wallet: guitai.WeChat}, ID: guitai.PaymentID(fmt.Sprint("sta-", i)),
				Amount: guitai.Fen(c.fen), Day: c.day}
			if c.payer != "" {
				r.Payer = pay.Payer{Account: "acc-wechat", Name: c.payer}
			}
			got, err := s.OpenStatic(context.Background(), r)
			if code := codeOf(err); code != c.want {
				s.t.Errorf("%d: %q pays %d: %q, want %q", i, c.payer, c.fen, code, c.want)
			} else if c.want == "" && got.Payment.Amount.Fen != c.fen {
				s.t.Errorf("%d: %+v", i, got)
			}
		}
	})
}

func codeOf(err error) guitai.Code {
	if e := guitai.AsError(err); e != nil {
		return e.Code
	}
	return ""
}

// sticker is a static code with an open amount.
func (s *shop) sticker(shop guitai.ShopID) qr.Token {
	s.t.Helper()
	var token qr.Token
	_, err := io.ReadFull(s.Rand, token[:])
	if err == nil {
		err = s.Store.InTx(context.Background(), func(tx *store.Tx) error {
			err := tx.InsertShop(guitai.Shop{ID: shop, Merchant: shopkeeper, CreatedAt: tx.Now()})
			if err != nil {
				return err
			}
			return tx.InsertStaticCode(guitai.StaticCode{Token: guitai.CodeToken(token.String()), Merchant: shopkeeper, Shop: shop, Name: "门口",
				Amount: guitai.Fen(0), Request: token.String(), CreatedAt: time.Now()})
		})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}
