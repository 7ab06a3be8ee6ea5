package after

import (
	"context"
	"log/slog"
	"time"

	"guitai/store"
)

// Numberer gives news its numbers after the commit, so that no money
// transaction waits for another over a counter.
type Numberer struct {
	Store *store.Store
	Log   *slog.Logger
	// Poll is how often news of other nodes is looked for.
	Poll time.Duration
}

// batch is how many news are numbered in one transaction.
const batch = 500

// Run numbers news until ctx ends.
func (n *Numberer) Run(ctx context.Context) {
	wake, stop := n.Store.Subscribe(store.TopicNews)
	defer stop()
	t := time.NewTicker(n.Poll)
	defer t.Stop()
	for ctx.Err() == nil {
		if n.number(ctx) {
			continue
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-t.C:
		}
	}
}

// number numbers one batch and reports whether there may be more. Looking when
// there is nothing writes nothing.
func (n *Numberer) number(ctx context.Context) bool {
	var waiting bool
	err := n.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		waiting, err = tx.UnnumberedNews()
		return err
	})
	if err == nil && !waiting {
		return false
	}
	var count int64
	if err == nil {
		err = n.Store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
			count, err = tx.NumberNews(batch)
			return err
		})
	}
	if err != nil && ctx.Err() == nil {
		n.Log.Error("news not numbered", "err", err)
	}
	return err == nil && count == batch
}
