package web

import (
	"context"
	"time"

	"guitai"
	"guitai/office"
)

// WebhookIn names an address that is to be told.
type WebhookIn struct {
	URL         string   `json:"url" maxLength:"1024" doc:"https, reachable from the internet" example:"https://erp.example.com/hooks/guitai"`
	Topics      []string `json:"topics,omitempty" doc:"empty: all" example:"[\"payment.paid\",\"refund.done\"]"`
	Description string   `json:"description,omitempty" maxLength:"200" example:"stock and bookkeeping"`
}

// WebhookChange changes a webhook; what is left out stays as it is.
type WebhookChange struct {
	URL         *string   `json:"url,omitempty" maxLength:"1024" example:"https://erp.example.com/hooks/guitai"`
	Topics      *[]string `json:"topics,omitempty" doc:"empty: all" example:"[\"payment.paid\"]"`
	Description *string   `json:"description,omitempty" maxLength:"200" example:"stock and bookkeeping"`
	Enabled     *bool     `json:"enabled,omitempty" doc:"switched on again it hears what happens from then on" example:"true"`
}

// Webhook is an address that is told what happens.
type Webhook struct {
	ID             string   `json:"id" example:"whk_06c9s9k0s1w7r8z5v4q2m1n0aa"`
	URL            string   `json:"url"`
	Topics         []string `json:"topics" doc:"empty: all"`
	Description    string   `json:"description,omitempty"`
	Enabled        bool     `json:"enabled"`
	OffReason      string   `json:"off_reason,omitempty" enum:"hand,failing,gone" doc:"hand: somebody switched it off; failing: nothing was delivered for days; gone: it answered 410"`
	FailingSince   stamp    `json:"failing_since,omitempty" doc:"nothing was delivered since"`
	Secret         string   `json:"secret,omitempty" doc:"verifies signatures; shown only in the answer that made it"`
	OldSecretUntil stamp    `json:"old_secret_until,omitempty" doc:"until then messages carry a second signature, by the secret before"`
	CreatedAt      stamp    `json:"created_at"`
	UpdatedAt      stamp    `json:"updated_at"`
}

// Delivery is one message to one webhook. Deliveries come at least once and in
// no promised order.
type Delivery struct {
	ID        string `json:"id" example:"dlv_06c9s9k0s1w7r8z5v4q2m1n0aa"`
	Webhook   string `json:"webhook"`
	MessageID string `json:"message_id" doc:"the header webhook-id: the same over all tries and replays"`
	N         int64  `json:"n,omitempty" doc:"number of the news in the live stream; none: sent by hand"`
	Topic     string `json:"topic" example:"payment.paid"`
	State     string `json:"state" enum:"waiting,delivered,given_up"`
	Tries     int    `json:"tries" doc:"since it was made, or last replayed"`
	NextTryAt stamp  `json:"next_try_at,omitempty"`
	Last      *Try   `json:"last,omitempty"`
	Steps     []Try  `json:"steps,omitempty" doc:"all that came of it, oldest first"`
	Body      string `json:"body,omitempty" doc:"word for word what is sent"`
	CreatedAt stamp  `json:"created_at"`
}

// Try is what came of a delivery in one step.
type Try struct {
	Outcome string `json:"outcome" enum:"delivered,failed,given_up,replayed"`
	At      stamp  `json:"at"`
	TookMS  int64  `json:"took_ms"`
	HTTP    int    `json:"http,omitempty" doc:"what was answered; none: no answer"`
	Failure string `json:"failure,omitempty" enum:"refused,timed_out,no_connection,name_not_found,tls_failed,address_forbidden,webhook_off"`
	Answer  string `json:"answer,omitempty" doc:"the beginning of what was answered"`
}

func webhookOf(w office.Webhook, now time.Time) Webhook {
	out := Webhook{ID: string(w.ID), URL: w.URL, Topics: []string{}, Description: w.Description, Enabled: w.Off == "",
		OffReason: string(w.Off), FailingSince: stampOf(w.FailingAt), CreatedAt: stampOf(w.CreatedAt), UpdatedAt: stampOf(w.UpdatedAt)}
	for _, t := range w.Topics {
		out.Topics = append(out.Topics, string(t))
	}
	if now.Before(w.OldUntil) {
		out.OldSecretUntil = stampOf(w.OldUntil)
	}
	return out
}

func deliveryOf(d office.Delivery) Delivery {
	out := Delivery{ID: string(d.ID), Webhook: string(d.Webhook), MessageID: string(d.Event), N: d.N, Topic: string(d.Topic),
		State: string(d.State), Tries: d.Tries, NextTryAt: stampOf(d.Next), CreatedAt: stampOf(d.CreatedAt)}
	if d.Steps > 0 {
		last := tryOf(d.Last)
		out.Last = &last
	}
	return out
}

func tryOf(s office.Step) Try {
	return Try{Outcome: string(s.Outcome), At: stampOf(s.At), TookMS: s.Took.Milliseconds(), HTTP: s.HTTP, Failure: s.Failure, Answer: s.Answer}
}

func topicsIn(list []string) []guitai.Topic {
	out := make([]guitai.Topic, len(list))
	for i, t := range list {
		out[i] = guitai.Topic(t)
	}
	return out
}

// WebhookPath names a webhook in the path.
type WebhookPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *WebhookPath) id() guitai.WebhookID { return guitai.WebhookID(in.ID) }

func (in *WebhookPath) check() error { return named(in.ID, guitai.CodeWebhookNotFound) }

// DeliveryPath names a delivery in the path.
type DeliveryPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *DeliveryPath) id() guitai.DeliveryID { return guitai.DeliveryID(in.ID) }

func (in *DeliveryPath) check() error { return named(in.ID, guitai.CodeDeliveryNotFound) }

type makeWebhook struct{ Asked body[WebhookIn] }

// openWebhook is POST /v1/webhooks.
func (s *Server) openWebhook(ctx context.Context, c caller, in *makeWebhook) (*reply[Webhook], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	w, secret, err := s.Hooks.Open(ctx, c.merchant, office.NewWebhook{URL: b.URL, Topics: topicsIn(b.Topics), Description: b.Description})
	if err != nil {
		return nil, err
	}
	out := webhookOf(w, s.Now())
	out.Secret = secret
	return ok(out), nil
}

// webhooks is GET /v1/webhooks.
func (s *Server) webhooks(ctx context.Context, c caller, _ *nothing) (*reply[list[Webhook]], error) {
	all, err := s.Hooks.List(ctx, c.merchant)
	if err != nil {
		return nil, err
	}
	return listOf(all, func(w office.Webhook) Webhook { return webhookOf(w, s.Now()) }), nil
}

// getWebhook is GET /v1/webhooks/{id}.
func (s *Server) getWebhook(ctx context.Context, c caller, in *WebhookPath) (*reply[Webhook], error) {
	w, err := s.Hooks.Get(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	return ok(webhookOf(w, s.Now())), nil
}

type alterWebhook struct {
	WebhookPath
	Asked body[WebhookChange]
}

// changeWebhook is POST /v1/webhooks/{id}.
func (s *Server) changeWebhook(ctx context.Context, c caller, in *alterWebhook) (*reply[Webhook], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	change := office.WebhookChange{URL: b.URL, Description: b.Description, Enabled: b.Enabled}
	if b.Topics != nil {
		topics := topicsIn(*b.Topics)
		change.Topics = &topics
	}
	w, err := s.Hooks.Change(ctx, c.merchant, in.id(), change)
	if err != nil {
		return nil, err
	}
	return ok(webhookOf(w, s.Now())), nil
}

// deleteWebhook is DELETE /v1/webhooks/{id}.
func (s *Server) deleteWebhook(ctx context.Context, c caller, in *WebhookPath) (*nothing, error) {
	return &nothing{}, s.Hooks.Delete(ctx, c.merchant, in.id())
}

// rotateWebhook is POST /v1/webhooks/{id}/rotate.
func (s *Server) rotateWebhook(ctx context.Context, c caller, in *WebhookPath) (*reply[Webhook], error) {
	w, secret, err := s.Hooks.Rotate(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	out := webhookOf(w, s.Now())
	out.Secret = secret
	return ok(out), nil
}

// testWebhook is POST /v1/webhooks/{id}/test.
func (s *Server) testWebhook(ctx context.Context, c caller, in *WebhookPath) (*reply[Delivery], error) {
	d, err := s.Hooks.Test(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	return ok(deliveryOf(d)), nil
}

type listDeliveries struct {
	WebhookPath
	Limit  integer `query:"limit" doc:"1 to 200; default 50"`
	Cursor string  `query:"cursor" doc:"next_cursor of the page before"`
}

// deliveries is GET /v1/webhooks/{id}/deliveries.
func (s *Server) deliveries(ctx context.Context, c caller, in *listDeliveries) (*reply[list[Delivery]], error) {
	page, err := in.Limit.number("limit", pageSize)
	if err != nil || page < 1 || page > largestPage {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "limit")
	}
	ask := office.DeliveryPage{Webhook: in.id(), Limit: page + 1} // one more, to see whether there is a next page
	before, id, err := readCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	ask.Before, ask.BeforeID = before, guitai.DeliveryID(id)
	found, err := s.Hooks.Deliveries(ctx, c.merchant, ask)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) > page {
		found = found[:page]
		next = cursorAt(found[page-1].CreatedAt, string(found[page-1].ID))
	}
	out := listOf(found, deliveryOf)
	out.Body.NextCursor = next
	return out, nil
}

// getDelivery is GET /v1/deliveries/{id}.
func (s *Server) getDelivery(ctx context.Context, c caller, in *DeliveryPath) (*reply[Delivery], error) {
	d, steps, err := s.Hooks.Delivery(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	out := deliveryOf(d)
	out.Body = string(d.Body)
	for _, step := range steps {
		out.Steps = append(out.Steps, tryOf(step))
	}
	return ok(out), nil
}

// replayDelivery is POST /v1/deliveries/{id}/replay.
func (s *Server) replayDelivery(ctx context.Context, c caller, in *DeliveryPath) (*reply[Delivery], error) {
	d, err := s.Hooks.Replay(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	return ok(deliveryOf(d)), nil
}
