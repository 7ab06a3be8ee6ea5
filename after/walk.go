package after

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"guitai"
	"guitai/notify"
	"guitai/store"
)

// Walker walks over the numbered news and makes a delivery for each webhook
// that wants to hear of it. Every node may have one: how far a webhook was told
// is moved on in the transaction that makes its deliveries, by whoever read the
// old number, so that each is made once.
type Walker struct {
	Store *store.Store
	Rand  io.Reader
	Log   *slog.Logger
	// Poll is how often news that other nodes numbered is looked for.
	Poll time.Duration
	// Keep is how long deliveries are remembered; 0: for ever.
	Keep time.Duration
}

const (
	walkBatch = 100 // news of one webhook in one transaction
	dropBatch = 500
	dropEvery = time.Hour
)

// Run makes deliveries until ctx ends.
func (w *Walker) Run(ctx context.Context) {
	wake, stop := w.Store.Subscribe(store.TopicNumbered)
	defer stop()
	t, sweep := time.NewTicker(w.Poll), time.NewTicker(dropEvery)
	defer t.Stop()
	defer sweep.Stop()
	for ctx.Err() == nil {
		if w.walk(ctx) {
			continue
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-t.C:
		case <-sweep.C:
			w.drop(ctx)
		}
	}
}

// walk moves each webhook on by one batch and reports whether there may be
// more. Looking when there is nothing writes nothing.
func (w *Walker) walk(ctx context.Context) bool {
	var behind []store.Webhook
	err := w.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		behind, err = tx.WebhooksBehind()
		return err
	})
	more := false
	for _, hook := range behind {
		if ctx.Err() != nil {
			return false
		}
		again := false
		if err == nil {
			again, err = w.tell(ctx, hook)
		}
		if errors.Is(err, store.ErrNoRow) {
			err, again = nil, true // another node moved it on
		}
		more = more || again
	}
	if err != nil && ctx.Err() == nil {
		w.Log.Error("deliveries not made", "err", err)
	}
	return err == nil && more
}

// letter is news with the message that tells it.
type letter struct {
	news guitai.News
	body []byte
}

// tell makes the deliveries of one batch to one webhook. What they say is read
// before the transaction that stores them, so that this one holds no row that a
// payment may want.
func (w *Walker) tell(ctx context.Context, hook store.Webhook) (more bool, err error) {
	var letters []letter
	var news []guitai.News
	err = w.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		letters = nil
		if news, err = tx.NewsAfter(hook.Merchant, hook.ToldN, walkBatch); err != nil {
			return err
		}
		for _, n := range news {
			if !hook.Wants(n.Topic) {
				continue
			}
			body, err := message(tx, n)
			if err != nil {
				return err
			}
			letters = append(letters, letter{n, body})
		}
		return nil
	})
	if err != nil || len(news) == 0 {
		return false, err
	}
	err = w.Store.InTx(ctx, func(tx *store.Tx) error {
		for _, l := range letters {
			if err := w.deliver(tx, hook, l); err != nil {
				return err
			}
		}
		return tx.WalkedWebhook(hook.ID, hook.ToldN, news[len(news)-1].N)
	})
	return len(news) == walkBatch, err
}

func (w *Walker) deliver(tx *store.Tx, hook store.Webhook, l letter) error {
	id, err := guitai.NewID[guitai.DeliveryID]("dlv", tx.Now(), w.Rand)
	if err != nil {
		return err
	}
	return tx.InsertDelivery(store.Delivery{ID: id, Merchant: l.news.Merchant, Webhook: hook.ID, Event: l.news.ID, N: l.news.N,
		Topic: l.news.Topic, Body: l.body, CreatedAt: tx.Now()})
}

// message words news with the things it is about. News of something that is
// not there any more is told without it.
func message(tx *store.ReadTx, n guitai.News) ([]byte, error) {
	h := notify.Happened{News: n}
	if n.Payment != "" {
		p, err := tx.Payment(n.Merchant, n.Payment)
		switch {
		case err == nil:
			h.Payment = &p
		case !errors.Is(err, store.ErrNoRow):
			return nil, err
		}
	}
	if n.Refund != "" {
		r, err := tx.Refund(n.Merchant, n.Refund)
		switch {
		case err == nil:
			h.Refund = &r
		case !errors.Is(err, store.ErrNoRow):
			return nil, err
		}
	}
	return notify.Message(h)
}

// drop forgets deliveries that are over and older than Keep.
func (w *Walker) drop(ctx context.Context) {
	for n := int64(dropBatch); w.Keep > 0 && n == dropBatch && ctx.Err() == nil; {
		err := w.Store.InTx(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.DropDeliveries(tx.Now().Add(-w.Keep), dropBatch)
			return err
		})
		if err != nil {
			if ctx.Err() == nil {
				w.Log.Error("old deliveries not dropped", "err", err)
			}
			return
		}
	}
}
