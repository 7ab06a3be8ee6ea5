package after

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"guitai"
	"guitai/notify"
	"guitai/store"
	"guitai/vault"
)

// Courier carries deliveries to their webhooks: the handler of the jobs of kind
// store.JobWebhook. Give it a Runner of its own, so that a receiver who lets
// everybody wait never keeps a payment waiting. Its fields are set before the
// first job.
type Courier struct {
	Store  *store.Store
	Sender *notify.Sender
	Vault  *vault.Ring
	Now    func() time.Time
	Rand   io.Reader
	Log    *slog.Logger
	// OffAfter is how long a webhook may fail without one success before it is
	// switched off; 0: for ever.
	OffAfter time.Duration

	mu   sync.Mutex
	busy map[guitai.WebhookID]int

	delivered, failed, givenUp, switchedOff atomic.Int64
}

const (
	// atOnce is how many messages are on their way to one webhook: a slow
	// receiver must not take all carriers.
	atOnce   = 4
	busyWait = 2 * time.Second
)

// Carried says what was carried since the start.
type Carried struct{ Delivered, Failed, GivenUp, SwitchedOff int64 }

// Carried returns the counters as they stand.
func (c *Courier) Carried() Carried {
	return Carried{c.delivered.Load(), c.failed.Load(), c.givenUp.Load(), c.switchedOff.Load()}
}

// failOff is the failure of a delivery whose webhook was switched off or
// deleted before it was sent.
const failOff = "webhook_off"

// Deliver tries one delivery once. It is at least once: a node that dies
// between the answer and its record leaves the try to be made again, under the
// same webhook-id.
func (c *Courier) Deliver(ctx context.Context, j store.Job) error {
	var d store.Delivery
	var w store.Webhook
	err := c.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		if d, err = tx.Delivery(j.Merchant, guitai.DeliveryID(j.Key)); err == nil {
			w, err = tx.Webhook(j.Merchant, d.Webhook)
		}
		return err
	})
	switch {
	case errors.Is(err, store.ErrNoRow) || err == nil && d.State != store.DeliveryWaiting:
		return c.Store.InTx(ctx, func(tx *store.Tx) error { return tx.FinishJob(j) })
	case err != nil:
		return err
	case !w.Live():
		return c.record(ctx, j, d, notify.Receipt{At: c.Now(), Failure: failOff})
	}
	leave, ok := c.enter(w.ID)
	if !ok {
		return c.Store.InTx(ctx, func(tx *store.Tx) error { return tx.DelayJob(j, c.Now().Add(busyWait)) })
	}
	defer leave()
	secrets, err := c.secrets(w)
	if err != nil {
		return err
	}
	return c.record(ctx, j, d, c.Sender.Send(ctx, notify.Letter{URL: w.URL, ID: string(d.Event), Body: d.Body, Secrets: secrets}))
}

// enter takes one of a webhook's places.
func (c *Courier) enter(id guitai.WebhookID) (leave func(), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy[id] >= atOnce {
		return nil, false
	}
	if c.busy == nil {
		c.busy = map[guitai.WebhookID]int{}
	}
	c.busy[id]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.busy[id]--; c.busy[id] == 0 {
			delete(c.busy, id)
		}
	}, true
}

// secrets opens what signs: the secret, and the one before it while receivers
// may still know that one only.
func (c *Courier) secrets(w store.Webhook) ([]notify.Secret, error) {
	at := vault.Place{Merchant: w.Merchant, Owner: string(w.ID), Field: "secret"}
	first, err := c.Vault.Open(w.Secret, at)
	if err != nil {
		return nil, err
	}
	all := []notify.Secret{first}
	if w.OldSecret != "" && c.Now().Before(w.OldUntil) {
		old, err := c.Vault.Open(w.OldSecret, at)
		if err != nil {
			return nil, err
		}
		all = append(all, old)
	}
	return all, nil
}

// record keeps what came of a try, and what follows from it. A node whose lease
// ran out meanwhile keeps nothing: the other one tries, and records, anew.
func (c *Courier) record(ctx context.Context, j store.Job, d store.Delivery, got notify.Receipt) error {
	step := store.Step{Delivery: d.ID, Outcome: store.StepDelivered, At: got.At, Took: got.Took, HTTP: got.HTTP,
		Failure: got.Failure, Answer: got.Answer}
	var gap time.Duration
	if !got.Delivered() {
		again, err := false, error(nil)
		if got.Failure != failOff && !got.Gone() {
			if gap, again, err = notify.NextTry(d.Tries+1, c.Rand); err != nil {
				return err
			}
		}
		step.Outcome = store.StepGivenUp
		if again {
			step.Outcome = store.StepFailed
		}
	}
	var off store.OffReason
	err := c.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		if err := tx.FenceHolds(j, c.Now()); err != nil {
			return err
		}
		as, err := tx.Delivery(d.Merchant, d.ID) // it may have been asked for again meanwhile
		if err != nil {
			return err
		}
		step.N = as.Steps + 1
		if err := tx.AppendStep(step); err != nil {
			return err
		}
		if off, err = c.judge(tx, d, got); err != nil {
			return err
		}
		if step.Outcome == store.StepFailed {
			return tx.DelayJob(j, c.Now().Add(gap))
		}
		return tx.FinishJob(j)
	})
	if err == nil {
		c.told(d, step, off, got.Cause)
	}
	return err
}

// judge keeps since when a webhook fails, and switches it off when it has for
// too long, or says that it is gone.
func (c *Courier) judge(tx *store.Tx, d store.Delivery, got notify.Receipt) (store.OffReason, error) {
	w, err := tx.Webhook(d.Merchant, d.Webhook)
	if err != nil || !w.Live() {
		return "", err
	}
	switch {
	case got.Delivered() && !w.FailingAt.IsZero():
		return "", tx.FailingWebhook(w.ID, time.Time{})
	case got.Delivered():
		return "", nil
	case got.Gone():
		return store.OffGone, tx.SwitchOffWebhook(w.ID, store.OffGone)
	case w.FailingAt.IsZero():
		return "", tx.FailingWebhook(w.ID, tx.Now())
	case c.OffAfter > 0 && tx.Now().Sub(w.FailingAt) >= c.OffAfter:
		return store.OffFailing, tx.SwitchOffWebhook(w.ID, store.OffFailing)
	}
	return "", nil
}

// told counts, and says in the log what somebody should look at.
func (c *Courier) told(d store.Delivery, s store.Step, off store.OffReason, cause error) {
	about := []any{"merchant", string(d.Merchant), "webhook", string(d.Webhook), "delivery", string(d.ID), "tries", d.Tries + 1,
		"http", s.HTTP, "failure", s.Failure, "err", cause}
	switch s.Outcome {
	case store.StepDelivered:
		c.delivered.Add(1)
	case store.StepFailed:
		c.failed.Add(1)
		c.Log.Info("webhook not reached, to be tried again", about...)
	case store.StepGivenUp:
		c.givenUp.Add(1)
		c.Log.Warn("webhook delivery given up", about...)
	}
	if off != "" {
		c.switchedOff.Add(1)
		c.Log.Warn("webhook switched off", "merchant", string(d.Merchant), "webhook", string(d.Webhook), "why", string(off))
	}
}
