package store

import (
	"slices"
	"strings"
	"time"

	"guitai"
)

// Webhook is an address that is told what happens. Secrets are sealed.
type Webhook struct {
	ID          guitai.WebhookID
	Merchant    guitai.MerchantID
	URL         string
	Topics      []guitai.Topic // empty: all
	Description string
	Off         OffReason // empty: it is told
	Secret      string
	OldSecret   string // signs too, until OldUntil
	OldUntil    time.Time
	ToldN       int64     // deliveries were made of all news up to this number
	FailingAt   time.Time // since when nothing was delivered; zero: it works
	CreatedAt   time.Time
	UpdatedAt   time.Time
	DeletedAt   time.Time
}

// OffReason says why a webhook is switched off.
type OffReason string

// The reasons.
const (
	OffByHand  OffReason = "hand"
	OffFailing OffReason = "failing" // for so long that nobody seems to be there
	OffGone    OffReason = "gone"    // it answered 410
)

// Live reports whether it is to be told.
func (w Webhook) Live() bool { return w.Off == "" && w.DeletedAt.IsZero() }

// Wants reports whether it asked for a topic.
func (w Webhook) Wants(t guitai.Topic) bool {
	return len(w.Topics) == 0 || slices.Contains(w.Topics, t)
}

const webhookColumns = `id, merchant_id, url, topics, description, off_reason, secret, old_secret, old_until_us, told_n,
	failing_us, created_us, updated_us, deleted_us`

func scanWebhook(r scanner) (Webhook, error) {
	var w Webhook
	var topics string
	var at [5]int64
	err := r.Scan(&w.ID, &w.Merchant, &w.URL, &topics, &w.Description, &w.Off, &w.Secret, &w.OldSecret, &at[0], &w.ToldN,
		&at[1], &at[2], &at[3], &at[4])
	for t := range strings.FieldsSeq(topics) {
		w.Topics = append(w.Topics, guitai.Topic(t))
	}
	w.OldUntil, w.FailingAt, w.CreatedAt, w.UpdatedAt, w.DeletedAt = timeOf(at[0]), timeOf(at[1]), timeOf(at[2]), timeOf(at[3]), timeOf(at[4])
	return w, err
}

func topicText(list []guitai.Topic) string {
	var b strings.Builder
	for i, t := range list {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(t))
	}
	return b.String()
}

// InsertWebhook stores a new webhook.
func (tx *Tx) InsertWebhook(w Webhook) error {
	_, err := tx.exec(`INSERT INTO webhook (id, merchant_id, url, topics, description, enabled, off_reason, secret, old_secret,
			old_until_us, told_n, failing_us, created_us, updated_us, deleted_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, 0)`,
		values{w.ID, w.Merchant, w.URL, topicText(w.Topics), w.Description, flag(w.Off == ""), w.Off, w.Secret, w.OldSecret,
			us(w.OldUntil), w.ToldN, us(w.CreatedAt), us(w.UpdatedAt)})
	return err
}

// UpdateWebhook stores what people change: all but how far it was told.
func (tx *Tx) UpdateWebhook(w Webhook) error {
	return tx.execOne(`UPDATE webhook SET url = $2, topics = $3, description = $4, enabled = $5, off_reason = $6, secret = $7,
			old_secret = $8, old_until_us = $9, failing_us = $10, updated_us = $11, deleted_us = $12
		WHERE id = $1 AND deleted_us = 0`,
		values{w.ID, w.URL, topicText(w.Topics), w.Description, flag(w.Off == ""), w.Off, w.Secret, w.OldSecret, us(w.OldUntil),
			us(w.FailingAt), us(w.UpdatedAt), us(w.DeletedAt)})
}

// WalkedWebhook says that deliveries were made of all news up to a number.
// ErrNoRow when another node was faster.
func (tx *Tx) WalkedWebhook(id guitai.WebhookID, was, now int64) error {
	return tx.execOne(`UPDATE webhook SET told_n = $3 WHERE id = $1 AND told_n = $2`, values{id, was, now})
}

// FailingWebhook says since when nothing was delivered; the zero time: it works.
func (tx *Tx) FailingWebhook(id guitai.WebhookID, since time.Time) error {
	return tx.execOne(`UPDATE webhook SET failing_us = $2 WHERE id = $1`, values{id, us(since)})
}

// SwitchOffWebhook stops telling it.
func (tx *Tx) SwitchOffWebhook(id guitai.WebhookID, why OffReason) error {
	return tx.execOne(`UPDATE webhook SET enabled = 0, off_reason = $2, updated_us = $3 WHERE id = $1`, values{id, why, us(tx.Now())})
}

// RewrapWebhook puts secrets in the place of those that were read; ErrNoRow
// when they have been changed meanwhile.
func (tx *Tx) RewrapWebhook(was, now Webhook) error {
	return tx.execOne(`UPDATE webhook SET secret = $4, old_secret = $5 WHERE id = $1 AND secret = $2 AND old_secret = $3`,
		values{was.ID, was.Secret, was.OldSecret, now.Secret, now.OldSecret})
}

// Webhook reads one webhook, a deleted one too; ErrNoRow when there is none.
func (tx *ReadTx) Webhook(m guitai.MerchantID, id guitai.WebhookID) (Webhook, error) {
	return one(tx, `SELECT `+webhookColumns+` FROM webhook WHERE merchant_id = $1 AND id = $2`, values{m, id}, scanWebhook)
}

// Webhooks lists the webhooks of a merchant that are not deleted.
func (tx *ReadTx) Webhooks(m guitai.MerchantID) ([]Webhook, error) {
	return all(tx, `SELECT `+webhookColumns+` FROM webhook WHERE merchant_id = $1 AND deleted_us = 0 ORDER BY id`, values{m}, scanWebhook)
}

// AllWebhooks lists the webhooks of the whole house that are not deleted.
func (tx *ReadTx) AllWebhooks() ([]Webhook, error) {
	return all(tx, `SELECT `+webhookColumns+` FROM webhook WHERE deleted_us = 0 ORDER BY merchant_id, id`, nil, scanWebhook)
}

// WebhooksBehind lists the webhooks that are to be told of news of which no
// deliveries were made yet.
func (tx *ReadTx) WebhooksBehind() ([]Webhook, error) {
	return all(tx, `SELECT `+webhookColumns+` FROM webhook WHERE enabled = 1 AND deleted_us = 0
		AND told_n < (SELECT COALESCE(MAX(n), 0) FROM news WHERE news.merchant_id = webhook.merchant_id AND n IS NOT NULL)
		ORDER BY id`, nil, scanWebhook)
}

// Delivery is one message to one webhook, with where it stands.
type Delivery struct {
	ID        guitai.DeliveryID
	Merchant  guitai.MerchantID
	Webhook   guitai.WebhookID
	Event     guitai.EventID
	N         int64
	Topic     guitai.Topic
	Body      []byte
	CreatedAt time.Time

	State DeliveryState
	Tries int       // since it was made, or last replayed
	Steps int       // all that came of it
	Next  time.Time // of the next try; zero: none
	Last  Step      // zero: none yet
}

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting   DeliveryState = "waiting"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryGivenUp   DeliveryState = "given_up"
)

// Step is one thing that came of a delivery.
type Step struct {
	Delivery guitai.DeliveryID
	N        int
	Outcome  Outcome
	At       time.Time
	Took     time.Duration
	HTTP     int
	Failure  string
	Answer   string
}

// Outcome is what came of a delivery in one step.
type Outcome string

// The outcomes.
const (
	StepDelivered Outcome = "delivered"
	StepFailed    Outcome = "failed" // it is tried again
	StepGivenUp   Outcome = "given_up"
	StepReplayed  Outcome = "replayed" // somebody asked for it by hand
)

func (o Outcome) state() DeliveryState {
	switch o {
	case StepDelivered:
		return DeliveryDelivered
	case StepGivenUp:
		return DeliveryGivenUp
	}
	return DeliveryWaiting
}

// JobWebhook is the kind of the job that carries a delivery; its key is the
// delivery's ID.
const JobWebhook = "webhook"

// InsertDelivery stores a new delivery with its job. It does nothing when the
// webhook has that event already.
func (tx *Tx) InsertDelivery(d Delivery) error {
	n, err := tx.exec(`INSERT INTO delivery (id, merchant_id, webhook_id, event_id, n, topic, body, created_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (webhook_id, event_id) DO NOTHING`,
		values{d.ID, d.Merchant, d.Webhook, d.Event, d.N, d.Topic, string(d.Body), us(d.CreatedAt)})
	if err != nil || n == 0 {
		return err
	}
	return tx.Schedule(Job{Kind: JobWebhook, Merchant: d.Merchant, Key: string(d.ID), RunAt: d.CreatedAt})
}

const deliverySelect = `SELECT d.id, d.merchant_id, d.webhook_id, d.event_id, d.n, d.topic, d.body, d.created_us,
		COALESCE(s.n, 0), COALESCE(s.outcome, ''), COALESCE(s.at_us, 0), COALESCE(s.took_us, 0), COALESCE(s.http, 0),
		COALESCE(s.failure, ''), COALESCE(s.answer, ''),
		COALESCE(s.n, 0) - COALESCE((SELECT MAX(r.n) FROM delivery_step r WHERE r.delivery_id = d.id AND r.outcome = 'replayed'), 0),
		COALESCE(j.run_at_us, 0)
	FROM delivery d
	LEFT JOIN delivery_step s ON s.delivery_id = d.id AND s.n = (SELECT MAX(l.n) FROM delivery_step l WHERE l.delivery_id = d.id)
	LEFT JOIN job j ON j.kind = '` + JobWebhook + `' AND j.merchant_id = d.merchant_id AND j.key = d.id`

func scanDelivery(r scanner) (Delivery, error) {
	var d Delivery
	var body string
	var created, at, took, next int64
	err := r.Scan(&d.ID, &d.Merchant, &d.Webhook, &d.Event, &d.N, &d.Topic, &body, &created, &d.Steps, &d.Last.Outcome, &at, &took,
		&d.Last.HTTP, &d.Last.Failure, &d.Last.Answer, &d.Tries, &next)
	d.Body, d.CreatedAt, d.State = []byte(body), timeOf(created), d.Last.Outcome.state()
	d.Last.Delivery, d.Last.N, d.Last.At, d.Last.Took = d.ID, d.Steps, timeOf(at), time.Duration(took)*time.Microsecond
	if d.State == DeliveryWaiting {
		d.Next = timeOf(next)
	}
	return d, err
}

// Delivery reads one delivery; ErrNoRow when there is none.
func (tx *ReadTx) Delivery(m guitai.MerchantID, id guitai.DeliveryID) (Delivery, error) {
	return one(tx, deliverySelect+` WHERE d.merchant_id = $1 AND d.id = $2`, values{m, id}, scanDelivery)
}

// Deliveries lists the deliveries to a webhook, newest first, after a place in
// that order; the zero place is the beginning.
func (tx *ReadTx) Deliveries(w guitai.WebhookID, before time.Time, beforeID guitai.DeliveryID, limit int) ([]Delivery, error) {
	if before.IsZero() {
		return all(tx, deliverySelect+` WHERE d.webhook_id = $1 ORDER BY d.created_us DESC, d.id DESC LIMIT $2 + 0`, values{w, limit}, scanDelivery)
	}
	return all(tx, deliverySelect+` WHERE d.webhook_id = $1 AND (d.created_us, d.id) < ($2, $3)
		ORDER BY d.created_us DESC, d.id DESC LIMIT $4 + 0`, values{w, us(before), beforeID, limit}, scanDelivery)
}

// AppendStep keeps what came of a delivery.
func (tx *Tx) AppendStep(s Step) error {
	_, err := tx.exec(`INSERT INTO delivery_step (delivery_id, n, outcome, at_us, took_us, http, failure, answer)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		values{s.Delivery, s.N, s.Outcome, us(s.At), s.Took.Microseconds(), s.HTTP, s.Failure, s.Answer})
	return err
}

// Steps lists what came of a delivery, in order.
func (tx *ReadTx) Steps(id guitai.DeliveryID) ([]Step, error) {
	return all(tx, `SELECT delivery_id, n, outcome, at_us, took_us, http, failure, answer FROM delivery_step
		WHERE delivery_id = $1 ORDER BY n`, values{id}, func(r scanner) (Step, error) {
		var s Step
		var at, took int64
		err := r.Scan(&s.Delivery, &s.N, &s.Outcome, &at, &took, &s.HTTP, &s.Failure, &s.Answer)
		s.At, s.Took = timeOf(at), time.Duration(took)*time.Microsecond
		return s, err
	})
}

// DropDeliveries forgets up to limit deliveries that were made before a time
// and have come to an end, and returns how many.
func (tx *Tx) DropDeliveries(before time.Time, limit int) (int64, error) {
	const old = `SELECT d.id FROM delivery d WHERE d.created_us < $1
		AND NOT EXISTS (SELECT 1 FROM job j WHERE j.kind = '` + JobWebhook + `' AND j.merchant_id = d.merchant_id AND j.key = d.id)
		ORDER BY d.created_us, d.id LIMIT $2 + 0`
	if _, err := tx.exec(`DELETE FROM delivery_step WHERE delivery_id IN (`+old+`)`, values{us(before), limit}); err != nil {
		return 0, err
	}
	return tx.exec(`DELETE FROM delivery WHERE id IN (`+old+`)`, values{us(before), limit})
}
