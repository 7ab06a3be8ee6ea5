package office

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"guitai"
	"guitai/notify"
	"guitai/store"
	"guitai/vault"
)

// Hooks keeps the addresses that a merchant wants to be told at. Its fields are
// set once, before the first call.
type Hooks struct {
	Store *store.Store
	Vault *vault.Ring
	Rule  notify.Rule
	Now   func() time.Time
	Rand  io.Reader
}

// What the store keeps of webhooks, as the rooms above hand it on.
type (
	// Webhook is an address that is told what happens.
	Webhook = store.Webhook
	// Delivery is one message to one webhook.
	Delivery = store.Delivery
	// Step is one thing that came of a delivery.
	Step = store.Step
)

const (
	maxWebhooks = 20 // of one merchant
	maxDescribe = 200
	// oldSecretFor is how long the secret before goes on signing.
	oldSecretFor = 24 * time.Hour
)

// NewWebhook is what a merchant says of an address.
type NewWebhook struct {
	URL         string
	Topics      []guitai.Topic // empty: all
	Description string
}

// WebhookChange is what a merchant changes of an address; nil leaves a thing
// as it is.
type WebhookChange struct {
	URL         *string
	Topics      *[]guitai.Topic
	Description *string
	Enabled     *bool
}

// SecretPlace is what the secret of a webhook is sealed for.
func SecretPlace(m guitai.MerchantID, id guitai.WebhookID) vault.Place {
	return vault.Place{Merchant: m, Owner: string(id), Field: "secret"}
}

func (h *Hooks) check(w store.Webhook) error {
	if h.Rule.Check(w.URL) != nil {
		return guitai.FailField(guitai.CodeWebhookURL, "url")
	}
	known := notify.Topics()
	for i, t := range w.Topics {
		if !slices.Contains(known, t) || slices.Contains(w.Topics[:i], t) {
			return guitai.FailField(guitai.CodeFieldInvalid, "topics")
		}
	}
	if len(w.Description) > maxDescribe {
		return guitai.FailField(guitai.CodeFieldInvalid, "description")
	}
	return nil
}

// Open makes a webhook. It hears what happens from now on. The secret is
// returned once.
func (h *Hooks) Open(ctx context.Context, m guitai.MerchantID, n NewWebhook) (store.Webhook, string, error) {
	w := store.Webhook{Merchant: m, URL: n.URL, Topics: n.Topics, Description: n.Description}
	if err := h.check(w); err != nil {
		return w, "", err
	}
	id, err := guitai.NewID[guitai.WebhookID]("whk", h.Now(), h.Rand)
	if err != nil {
		return w, "", err
	}
	w.ID = id
	secret, sealed, err := h.secret(w)
	if err != nil {
		return w, "", err
	}
	err = h.Store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
		have, err := tx.Webhooks(m)
		if err != nil {
			return err
		}
		if len(have) >= maxWebhooks {
			return guitai.Fail(guitai.Conflict, guitai.CodeWebhooksMany)
		}
		w.Secret, w.CreatedAt, w.UpdatedAt = sealed, tx.Now(), tx.Now()
		if w.ToldN, err = tx.LastNews(m); err != nil {
			return err
		}
		return tx.InsertWebhook(w)
	})
	return w, secret, err
}

// secret makes a new secret: as it is handed out, and sealed.
func (h *Hooks) secret(w store.Webhook) (text, sealed string, err error) {
	s, err := notify.NewSecret(h.Rand)
	if err != nil {
		return "", "", err
	}
	sealed, err = h.Vault.Seal(s, SecretPlace(w.Merchant, w.ID))
	return s.Text(), sealed, err
}

// List lists a merchant's webhooks.
func (h *Hooks) List(ctx context.Context, m guitai.MerchantID) ([]store.Webhook, error) {
	var list []store.Webhook
	err := h.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.Webhooks(m)
		return err
	})
	return list, err
}

// Get reads one webhook.
func (h *Hooks) Get(ctx context.Context, m guitai.MerchantID, id guitai.WebhookID) (store.Webhook, error) {
	var w store.Webhook
	err := h.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		w, err = webhook(tx, m, id)
		return err
	})
	return w, err
}

func webhook(tx *store.ReadTx, m guitai.MerchantID, id guitai.WebhookID) (store.Webhook, error) {
	w, err := tx.Webhook(m, id)
	if errors.Is(err, store.ErrNoRow) || err == nil && !w.DeletedAt.IsZero() {
		return store.Webhook{}, guitai.Fail(guitai.NotFound, guitai.CodeWebhookNotFound)
	}
	return w, err
}

// change reads a webhook, lets it be changed and stores it.
func (h *Hooks) change(ctx context.Context, m guitai.MerchantID, id guitai.WebhookID, do func(*store.Tx, *store.Webhook) error) (store.Webhook, error) {
	var w store.Webhook
	err := h.Store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
		if w, err = webhook(&tx.ReadTx, m, id); err != nil {
			return err
		}
		if err := do(tx, &w); err != nil {
			return err
		}
		w.UpdatedAt = tx.Now()
		return tx.UpdateWebhook(w)
	})
	return w, err
}

// Change changes a webhook. One that is switched on again hears what happens
// from now on; what happened while it was off is not made up for.
func (h *Hooks) Change(ctx context.Context, m guitai.MerchantID, id guitai.WebhookID, c WebhookChange) (store.Webhook, error) {
	return h.change(ctx, m, id, func(tx *store.Tx, w *store.Webhook) error {
		if c.URL != nil {
			w.URL = *c.URL
		}
		if c.Topics != nil {
			w.Topics = *c.Topics
		}
		if c.Description != nil {
			w.Description = *c.Description
		}
		if err := h.check(*w); err != nil {
			return err
		}
		switch {
		case c.Enabled != nil && !*c.Enabled && w.Off == "":
			w.Off = store.OffByHand
		case c.Enabled != nil && *c.Enabled && w.Off != "":
			w.Off, w.FailingAt = "", time.Time{}
			last, err := tx.LastNews(m)
			if err != nil {
				return err
			}
			return tx.WalkedWebhook(w.ID, w.ToldN, last)
		}
		return nil
	})
}

// Delete ends a webhook and wipes its secrets. Deleting twice is no error.
func (h *Hooks) Delete(ctx context.Context, m guitai.MerchantID, id guitai.WebhookID) error {
	_, err := h.change(ctx, m, id, func(tx *store.Tx, w *store.Webhook) error {
		w.DeletedAt, w.Secret, w.OldSecret = tx.Now(), "", ""
		return nil
	})
	if guitai.NotFound.Is(err) {
		return nil
	}
	return err
}

// Rotate gives a webhook a new secret, which is returned once. The one before
// goes on signing beside it for a day.
func (h *Hooks) Rotate(ctx context.Context, m guitai.MerchantID, id guitai.WebhookID) (store.Webhook, string, error) {
	secret, sealed, err := h.secret(store.Webhook{Merchant: m, ID: id})
	if err != nil {
		return store.Webhook{}, "", err
	}
	w, err := h.change(ctx, m, id, func(tx *store.Tx, w *store.Webhook) error {
		w.OldSecret, w.OldUntil, w.Secret = w.Secret, tx.Now().Add(oldSecretFor), sealed
		return nil
	})
	return w, secret, err
}

// Test sends a message of the type webhook.test.
func (h *Hooks) Test(ctx context.Context, m guitai.MerchantID, id guitai.WebhookID) (store.Delivery, error) {
	event, err := guitai.NewID[guitai.EventID]("evt", h.Now(), h.Rand)
	if err != nil {
		return store.Delivery{}, err
	}
	return h.asked(ctx, m, func(tx *store.Tx) (guitai.DeliveryID, error) {
		w, err := webhook(&tx.ReadTx, m, id)
		if err == nil && w.Off != "" {
			err = guitai.Fail(guitai.Conflict, guitai.CodeWebhookOff)
		}
		if err != nil {
			return "", err
		}
		body, err := notify.TryMessage(string(id), tx.Now())
		if err != nil {
			return "", err
		}
		d := store.Delivery{Merchant: m, Webhook: id, Event: event, Topic: notify.TopicTest, Body: body, CreatedAt: tx.Now()}
		if d.ID, err = guitai.NewID[guitai.DeliveryID]("dlv", tx.Now(), h.Rand); err != nil {
			return "", err
		}
		return d.ID, tx.InsertDelivery(d)
	})
}

// asked runs what somebody asked for of one delivery, and reads it as it stands.
func (h *Hooks) asked(ctx context.Context, m guitai.MerchantID, do func(*store.Tx) (guitai.DeliveryID, error)) (store.Delivery, error) {
	var d store.Delivery
	err := h.Store.InSerialTx(ctx, func(tx *store.Tx) error {
		id, err := do(tx)
		if err == nil {
			d, err = tx.Delivery(m, id)
		}
		return err
	})
	return d, err
}

// DeliveryPage asks for deliveries of a webhook, newest first, after a place in
// that order.
type DeliveryPage struct {
	Webhook  guitai.WebhookID
	Before   time.Time
	BeforeID guitai.DeliveryID
	Limit    int
}

// Deliveries lists the deliveries of a webhook.
func (h *Hooks) Deliveries(ctx context.Context, m guitai.MerchantID, p DeliveryPage) ([]store.Delivery, error) {
	var list []store.Delivery
	err := h.Store.Read(ctx, func(tx *store.ReadTx) error {
		w, err := webhook(tx, m, p.Webhook)
		if err == nil {
			list, err = tx.Deliveries(w.ID, p.Before, p.BeforeID, p.Limit)
		}
		return err
	})
	return list, err
}

// Delivery reads one delivery with all that came of it.
func (h *Hooks) Delivery(ctx context.Context, m guitai.MerchantID, id guitai.DeliveryID) (store.Delivery, []store.Step, error) {
	var d store.Delivery
	var steps []store.Step
	err := h.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		if d, err = delivery(tx, m, id); err == nil {
			steps, err = tx.Steps(id)
		}
		return err
	})
	return d, steps, err
}

func delivery(tx *store.ReadTx, m guitai.MerchantID, id guitai.DeliveryID) (store.Delivery, error) {
	d, err := tx.Delivery(m, id)
	if errors.Is(err, store.ErrNoRow) {
		err = guitai.Fail(guitai.NotFound, guitai.CodeDeliveryNotFound)
	}
	return d, err
}

// Replay sends a message again, word for word and under the same webhook-id,
// whether it was delivered or given up. One that still waits is sent now.
func (h *Hooks) Replay(ctx context.Context, m guitai.MerchantID, id guitai.DeliveryID) (store.Delivery, error) {
	return h.asked(ctx, m, func(tx *store.Tx) (guitai.DeliveryID, error) {
		d, err := delivery(&tx.ReadTx, m, id)
		if err != nil {
			return "", err
		}
		w, err := webhook(&tx.ReadTx, m, d.Webhook)
		if err == nil && w.Off != "" {
			err = guitai.Fail(guitai.Conflict, guitai.CodeWebhookOff)
		}
		if err != nil {
			return "", err
		}
		if err := tx.AppendStep(store.Step{Delivery: id, N: d.Steps + 1, Outcome: store.StepReplayed, At: tx.Now()}); err != nil {
			return "", err
		}
		return id, tx.Schedule(store.Job{Kind: store.JobWebhook, Merchant: m, Key: string(id), RunAt: tx.Now()})
	})
}

// Rewrap wraps the secrets of all webhooks by the vault's current key, and
// returns how many it was needed for.
func (h *Hooks) Rewrap(ctx context.Context) (int, error) {
	var list []store.Webhook
	err := h.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.AllWebhooks()
		return err
	})
	done := 0
	var wrong error
	for _, was := range list {
		now, err2 := h.rewrapped(was)
		switch {
		case err2 != nil: // the others shall not wait for one that does not open
			wrong = errors.Join(wrong, fmt.Errorf("webhook %s: %w", was.ID, err2))
			continue
		case now.Secret == was.Secret && now.OldSecret == was.OldSecret:
			continue
		}
		err2 = h.Store.InSerialTx(ctx, func(tx *store.Tx) error { return tx.RewrapWebhook(was, now) })
		switch {
		case err2 == nil:
			done++
		case !errors.Is(err2, store.ErrNoRow): // no row: it was changed meanwhile; the next round sees it
			return done, errors.Join(wrong, err2)
		}
	}
	return done, errors.Join(err, wrong)
}

func (h *Hooks) rewrapped(w store.Webhook) (store.Webhook, error) {
	at := SecretPlace(w.Merchant, w.ID)
	for _, s := range []*string{&w.Secret, &w.OldSecret} {
		if *s == "" {
			continue
		}
		again, err := h.Vault.Rewrap(*s, at)
		if err != nil {
			return w, err
		}
		*s = again
	}
	return w, nil
}
