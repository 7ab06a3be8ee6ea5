//go:build unix

package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/pay"
	"guitai/store"
)

// instant is a wallet that says yes at once: what is left is the switch with
// the real statements of a payment, its intention and its outcome.
type instant struct{}

func (instant) Wallet() guitai.Wallet { return guitai.Alipay }

func (instant) Charge(_ context.Context, c channel.Charge) channel.Answer {
	now := time.Now().UTC()
	return channel.Answer{Outcome: channel.Paid, Amount: c.Amount, PaidAt: now, WalletNo: "2026112222001" + c.No[len(c.No)-15:], Payer: "138****0001",
		Messages: []channel.Message{{At: now, Took: time.Millisecond, Op: "trade.pay", HTTP: 200,
			Out: fmt.Sprintf(`{"out_trade_no":"%s","scene":"bar_code","auth_code":"28****************","product_code":"FACE_TO_FACE_PAYMENT","subject":"tea","total_amount":"12.50","timeout_express":"5m"}`, c.No),
			In:  fmt.Sprintf(`{"code":"10000","msg":"Success","trade_no":"2026112222001238961018918988","out_trade_no":"%s","total_amount":"12.50","buyer_logon_id":"138****0001","gmt_payment":"2026-11-22 09:01:07"}`, c.No)}}}
}

func (instant) Refund(context.Context, channel.Refund) channel.RefundAnswer {
	return channel.RefundAnswer{Outcome: channel.RefundDeclined}
}

// counter is the switch on one database.
type counter struct {
	store *store.Store
	sw    *pay.Switch
}

const (
	merchant = "mer_bench"
	price    = 1250 // fen
	feeRate  = 550
)

func openCounter(dsn string) (*counter, error) {
	st, err := store.Open(context.Background(), store.Options{DSN: dsn, Now: time.Now, Rand: rand.Reader, Node: "bench"})
	if err != nil {
		return nil, err
	}
	sw := &pay.Switch{Store: st, Policy: pay.Default(), Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
		Secret: make([]byte, 32), Accounts: []pay.Account{{ID: "acc", Merchant: merchant, Wallet: guitai.Alipay, FeeRate: feeRate}},
		Channels: map[guitai.AccountID]channel.Channel{"acc": instant{}}}
	return &counter{st, sw}, nil
}

// booked is what came of a run of bookings.
type booked struct {
	run
	perCommit float64 // payments made durable by one COMMIT: by one fsync, on SQLite
	again     float64 // transactions run again per payment, after a conflict (PostgreSQL)
	late      float64 // share that was not sent any more: storing the intention had taken too long
}

// book takes payments. alone lets one client in at a time, so that each
// transaction has a COMMIT of its own.
func (c *counter) book(clients int, d time.Duration, alone sync.Locker) (booked, error) {
	before, name := c.store.Counts(), rand.Text()
	var late atomic.Int64
	r := loop(clients, d, func(turn int) error {
		if alone != nil {
			alone.Lock()
			defer alone.Unlock()
		}
		p, err := c.sw.Take(context.Background(), pay.Request{ID: guitai.PaymentID(fmt.Sprintf("pay_%s_%d", name, turn)), Merchant: merchant,
			Amount: guitai.Fen(price), Kind: guitai.Scan, AuthCode: fmt.Sprintf("28%016d", turn), Description: "tea"})
		switch {
		case err == nil && p.State == guitai.PaymentFailed && p.Reason == guitai.CodeNotSent:
			late.Add(1)
		case err == nil && p.State != guitai.PaymentPaid:
			err = fmt.Errorf("%s is %s", p.ID, p.State)
		}
		return err
	})
	after := c.store.Counts()
	all := float64(max(1, r.done))
	r.done -= int(late.Load())
	b := booked{run: r, late: float64(late.Load()) / all, perCommit: float64(r.done) / float64(max(1, after.Commits-before.Commits)),
		again: float64(after.Again-before.Again) / all}
	return b, r.err
}

// check holds the ledger against the number of payments.
func (c *counter) check(paid int) error {
	return checkLedger(c.store, merchant, int64(paid)*price, int64(paid))
}

// checkLedger holds: all is balanced, and the sales are what was paid.
func checkLedger(st *store.Store, m guitai.MerchantID, fen, count int64) error {
	return st.Read(context.Background(), func(tx *store.ReadTx) error {
		list, err := tx.Balances(m)
		if err != nil {
			return err
		}
		var sum, sales int64
		for _, b := range list {
			sum += b.Money.Fen
			if b.Account == "sales" {
				sales = -b.Money.Fen
			}
		}
		if sum != 0 || sales != fen {
			return fmt.Errorf("the ledger sums to %d and has sales of %d fen; %d payments of together %d fen were taken", sum, sales, count, fen)
		}
		return nil
	})
}
