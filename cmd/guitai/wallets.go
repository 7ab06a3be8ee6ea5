package main

import (
	"context"
	"crypto/rand"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"guitai/channel"
	"guitai/office"
	"guitai/pay"
	"guitai/store"
	"guitai/web"
)

// wallets gives the switch its table of accounts, and watches what ends.
type wallets struct {
	*office.Accounts
	house *house

	soonest atomic.Int64 // days until the first certificate ends
	told    map[string]int
	mark    string // of the accounts when they were last read
	turn    int
}

const (
	accountsEvery = 2 * time.Second // how late an account of another process is seen
	endingsEvery  = time.Hour
	swapTurns     = 30            // looks after which the table is built anyhow
	noEnd         = math.MaxInt32 // days
)

func (h *house) newWallets(c config) *wallets {
	w := &wallets{house: h, told: map[string]int{}, Accounts: &office.Accounts{Store: h.store, Vault: h.keys.Ring, Now: h.out.now,
		Rand: rand.Reader, Log: h.log, NotifyURL: c.notifyURL(), Hosts: walletHosts(),
		Open: func(o office.Opening) (channel.Channel, error) { return openSealed(o, h.out.now) }}}
	if c.Webhooks.AllowPrivate {
		w.Hosts = nil // the operator lets this house reach its own network
	}
	w.soonest.Store(noEnd)
	return w
}

// swap hands the switch the accounts as they stand.
func (w *wallets) swap(ctx context.Context) error {
	t, err := w.Table(ctx)
	if err == nil {
		w.house.pay.Swap(t)
	}
	return err
}

// look swaps when something has changed, and now and then without: a grace may
// be over, or a key may be there at last.
func (w *wallets) look(ctx context.Context) error {
	mark, err := w.Mark(ctx)
	if err != nil {
		return err
	}
	if w.turn++; mark == w.mark && w.turn%swapTurns != 0 {
		return nil
	}
	if err := w.swap(ctx); err != nil {
		return err
	}
	w.mark = mark
	return nil
}

// behind keeps the table fresh.
func (w *wallets) behind(ctx context.Context, work *sync.WaitGroup) {
	work.Go(func() {
		wake, stop := w.house.store.Subscribe(store.TopicAccounts)
		defer stop()
		look, ends := time.NewTicker(accountsEvery), time.NewTicker(endingsEvery)
		defer look.Stop()
		defer ends.Stop()
		w.endings(ctx)
		for {
			select {
			case <-ctx.Done():
				return
			case <-ends.C:
				w.endings(ctx)
				continue
			case <-wake:
			case <-look.C:
			}
			if err := w.look(ctx); err != nil && ctx.Err() == nil {
				w.house.log.Error("accounts not read", "err", err)
			}
		}
	})
}

// endings tells of certificates that end within 30, 7 and 1 days, once for each
// time, and wipes what reads nothing any more.
func (w *wallets) endings(ctx context.Context) {
	list, err := w.Endings(ctx)
	if err == nil {
		err = w.Sweep(ctx)
	}
	if err != nil {
		if ctx.Err() == nil {
			w.house.log.Error("certificates not looked at", "err", err)
		}
		return
	}
	soonest := int64(noEnd)
	for _, e := range list {
		soonest = min(soonest, int64(e.Days))
		about := string(e.Account.ID) + " " + e.Fact.Field + " " + e.Fact.Fingerprint
		if before, known := w.told[about]; known && before <= e.Step() {
			continue
		}
		w.told[about] = e.Step()
		w.house.log.Warn("a certificate ends soon: give the account a new one", "account", string(e.Account.ID), "field", e.Fact.Field,
			"serial", e.Fact.Serial, "ends", e.Fact.NotAfter, "days", e.Days)
	}
	w.soonest.Store(soonest)
}

// gauges are for the metrics page.
func (w *wallets) gauges() []web.Counter64 {
	return []web.Counter64{{Name: "certificate_days_left", Gauge: true,
		Help: "days until the first certificate of an account that takes money ends, when it is less than 30",
		Read: w.soonest.Load}}
}

// modeOf reads the mode of an account of the configuration.
func modeOf(text string) (pay.Mode, bool) {
	m := pay.Mode(text)
	if m == "" {
		m = pay.Live
	}
	return m, m == pay.Live || m == pay.Sandbox
}
