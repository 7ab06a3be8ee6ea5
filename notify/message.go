package notify

import (
	"encoding/json"
	"strings"
	"time"

	"guitai"
)

// TopicTest is the type of a message that is sent by hand to try an endpoint.
const TopicTest guitai.Topic = "webhook.test"

// envelope is the body of every message (Standard Webhooks, "Payload structure").
type envelope struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Data      any    `json:"data"`
}

type money struct {
	Value    int64  `json:"value"`
	Currency string `json:"currency"`
}

// The names are those of the API's own answers.
type payment struct {
	ID        string            `json:"id"`
	State     string            `json:"state"`
	Kind      string            `json:"kind"`
	Wallet    string            `json:"wallet,omitempty"`
	Amount    money             `json:"amount"`
	Refunded  money             `json:"refunded"`
	Shop      string            `json:"shop,omitempty"`
	Till      string            `json:"till,omitempty"`
	Sale      string            `json:"sale,omitempty"`
	Tender    string            `json:"tender,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	CreatedAt string            `json:"created_at"`
	PaidAt    string            `json:"paid_at,omitempty"`
}

type refund struct {
	ID      string `json:"id"`
	Payment string `json:"payment"`
	Kind    string `json:"kind"`
	State   string `json:"state"`
	Amount  money  `json:"amount"`
	Reason  string `json:"reason,omitempty"`
	DoneAt  string `json:"done_at,omitempty"`
}

type happened struct {
	N       int64    `json:"n"`
	Payment *payment `json:"payment,omitempty"`
	Refund  *refund  `json:"refund,omitempty"`
}

// Happened is one piece of news with the things it is about; Payment is nil
// when there is none, Refund likewise.
type Happened struct {
	News    guitai.News
	Payment *guitai.Payment
	Refund  *guitai.Refund
}

// Message is the body that tells it. The state of what it is about is the one
// that the news speaks of, whatever has happened since; what has been refunded
// is as of the making of the message. It is made once and sent unchanged.
func Message(h Happened) ([]byte, error) {
	data := happened{N: h.News.N}
	subject, state, _ := strings.Cut(string(h.News.Topic), ".")
	if p := h.Payment; p != nil {
		data.Payment = &payment{ID: string(p.ID), State: string(p.State), Kind: string(p.Kind), Wallet: string(p.Wallet),
			Amount: moneyOf(p.Amount), Refunded: money{p.Refunded, string(p.Amount.Currency)}, Shop: string(p.Shop),
			Till: string(p.Till), Sale: p.Sale, Tender: p.Tender, Metadata: p.Metadata, CreatedAt: stamp(p.CreatedAt)}
		if subject == "payment" {
			data.Payment.State = state
		}
		if data.Payment.State == string(guitai.PaymentPaid) {
			data.Payment.PaidAt = stamp(p.PaidAt)
		}
	}
	if r := h.Refund; r != nil {
		data.Refund = &refund{ID: string(r.ID), Payment: string(r.Payment), Kind: string(r.Kind), State: string(r.State),
			Amount: moneyOf(r.Amount), Reason: r.Reason}
		if subject == "refund" {
			data.Refund.State = state
		}
		if data.Refund.State == string(guitai.RefundDone) {
			data.Refund.DoneAt = stamp(r.DoneAt)
		}
	}
	return json.Marshal(envelope{string(h.News.Topic), stamp(h.News.At), data})
}

// TryMessage is the body of a message that is sent by hand.
func TryMessage(endpoint string, at time.Time) ([]byte, error) {
	return json.Marshal(envelope{string(TopicTest), stamp(at), map[string]string{"webhook": endpoint}})
}

func moneyOf(m guitai.Money) money { return money{m.Fen, string(m.Currency)} }

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// Topics are all types of messages that an endpoint may ask for.
func Topics() []guitai.Topic {
	var all []guitai.Topic
	for _, s := range []guitai.PaymentState{guitai.PaymentCreated, guitai.PaymentWaiting, guitai.PaymentUnknown, guitai.PaymentHeld,
		guitai.PaymentPaid, guitai.PaymentFailed, guitai.PaymentClosed} {
		all = append(all, guitai.PaymentTopic(s))
	}
	for _, s := range []guitai.RefundState{guitai.RefundCreated, guitai.RefundAsked, guitai.RefundPending, guitai.RefundUnknown,
		guitai.RefundDone, guitai.RefundFailed, guitai.RefundStuck} {
		all = append(all, guitai.RefundTopic(s))
	}
	return append(all, guitai.TopicSuspenseOpened, guitai.TopicSuspenseAttached, guitai.TopicSuspenseReturned)
}
