package main

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"guitai/after"
	"guitai/notify"
	"guitai/office"
	"guitai/store"
	"guitai/web"
)

// webhookConfig says how webhooks are told.
type webhookConfig struct {
	// AllowPrivate lets them go over plain HTTP and to private addresses.
	AllowPrivate bool  `json:"allow_private,omitempty"`
	OffAfter     int64 `json:"off_after_hours,omitempty"` // without a success; default 120, below 0: never
	KeepDays     int64 `json:"keep_days,omitempty"`       // default 30, below 0: for ever
}

// mail is all that tells webhooks.
type mail struct {
	hooks   *office.Hooks
	courier *after.Courier
	walker  *after.Walker
	runner  *after.Runner
	sender  *notify.Sender
}

const (
	usualOffAfter = 120 // hours
	usualKeep     = 30  // days
	// couriers have workers of their own: a receiver who lets them wait keeps no
	// payment waiting.
	courierWorkers = 16
	courierLease   = 6 * notify.Patience
)

func (h *house) newMail(c webhookConfig) *mail {
	rule := notify.Rule{Private: c.AllowPrivate}
	m := &mail{sender: notify.NewSender(notify.Options{Rule: rule, Now: h.out.now, Agent: "Guitai/" + version})}
	m.hooks = &office.Hooks{Store: h.store, Vault: h.keys.Ring, Rule: rule, Now: h.out.now, Rand: rand.Reader}
	m.courier = &after.Courier{Store: h.store, Sender: m.sender, Vault: h.keys.Ring, Now: h.out.now, Rand: rand.Reader, Log: h.log,
		OffAfter: time.Duration(orUsual(c.OffAfter, usualOffAfter)) * time.Hour}
	m.walker = &after.Walker{Store: h.store, Rand: rand.Reader, Log: h.log, Poll: poll,
		Keep: time.Duration(orUsual(c.KeepDays, usualKeep)) * 24 * time.Hour}
	m.runner = &after.Runner{Store: h.store, Now: h.out.now, Log: h.log, Workers: courierWorkers, Lease: courierLease, Poll: poll,
		Handlers: map[string]after.Handler{store.JobWebhook: m.courier.Deliver}}
	return m
}

// orUsual is a setting; 0 is the usual one, below 0 none.
func orUsual(n, usual int64) int64 {
	if n == 0 {
		return usual
	}
	return max(n, 0)
}

// behind starts the work of telling.
func (m *mail) behind(ctx context.Context, work *sync.WaitGroup) {
	work.Go(func() { m.walker.Run(ctx) })
	work.Go(func() {
		m.runner.Run(ctx)
		m.sender.Close()
	})
}

// counters are for the metrics page.
func (m *mail) counters() []web.Counter64 {
	count := func(name, help string, read func(after.Carried) int64) web.Counter64 {
		return web.Counter64{Name: "webhook_" + name + "_total", Help: help, Read: func() int64 { return read(m.courier.Carried()) }}
	}
	return []web.Counter64{
		count("delivered", "webhook messages that were delivered", func(c after.Carried) int64 { return c.Delivered }),
		count("failed", "tries that failed and are made again", func(c after.Carried) int64 { return c.Failed }),
		count("given_up", "webhook messages that were given up: somebody should look", func(c after.Carried) int64 { return c.GivenUp }),
		count("switched_off", "webhooks that were switched off because they failed for days, or answered 410", func(c after.Carried) int64 { return c.SwitchedOff }),
	}
}
