package store

import (
	"errors"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
)

// hooked is a merchant with one webhook and two news.
func hooked(t *testing.T, s *Store) Webhook {
	t.Helper()
	x := newStreet(t, s)
	w := Webhook{ID: "whk-1", Merchant: x.merchant.ID, URL: "https://example.com/", Topics: []guitai.Topic{"payment.paid", "refund.done"},
		Description: "the books", Secret: "sealed", CreatedAt: noon, UpdatedAt: noon}
	write(t, s, func(tx *Tx) error {
		err := tx.InsertWebhook(w)
		for _, id := range []guitai.EventID{"evt-1", "evt-2"} {
			err = errors.Join(err, tx.InsertNews(guitai.News{ID: id, Merchant: w.Merchant, Topic: "payment.paid", At: noon}))
		}
		_, err2 := tx.NumberNews(10)
		return errors.Join(err, err2)
	})
	return w
}

// TestWebhooks: webhooks as they were written, changed, walked and deleted.
func TestWebhooks(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		w := hooked(t, s)
		check := func(what string, want []Webhook) {
			t.Helper()
			read(t, s, func(tx *ReadTx) error {
				list, err := tx.Webhooks(w.Merchant)
				equal(t, what, list, want)
				return err
			})
		}
		check("written", []Webhook{w})
		behind := func(want int) {
			t.Helper()
			read(t, s, func(tx *ReadTx) error {
				list, err := tx.WebhooksBehind()
				if len(list) != want {
					t.Errorf("%d webhooks are behind, want %d", len(list), want)
				}
				return err
			})
		}
		behind(1)
		write(t, s, func(tx *Tx) error {
			if err := tx.WalkedWebhook(w.ID, 1, 2); !errors.Is(err, ErrNoRow) {
				t.Errorf("walked from a number that it is not at: %v", err)
			}
			return tx.WalkedWebhook(w.ID, 0, 2)
		})
		behind(0)
		w.ToldN = 2
		w.URL, w.Topics, w.Off, w.OldSecret, w.OldUntil = "https://example.org/", nil, OffByHand, "older", noon.Add(time.Hour)
		write(t, s, func(tx *Tx) error { return tx.UpdateWebhook(w) })
		check("changed", []Webhook{w})
		was := w
		w.Secret, w.OldSecret, w.FailingAt = "wrapped", "wrapped too", noon
		write(t, s, func(tx *Tx) error {
			return errors.Join(tx.RewrapWebhook(was, w), tx.FailingWebhook(w.ID, noon))
		})
		check("wrapped", []Webhook{w})
		write(t, s, func(tx *Tx) error {
			if err := tx.RewrapWebhook(was, w); !errors.Is(err, ErrNoRow) {
				t.Errorf("wrapped over another's secret: %v", err)
			}
			gone := w
			gone.DeletedAt = noon
			return tx.UpdateWebhook(gone)
		})
		check("deleted", nil)
		read(t, s, func(tx *ReadTx) error {
			got, err := tx.Webhook(w.Merchant, w.ID)
			if got.DeletedAt.IsZero() || got.Live() {
				t.Error("it is live")
			}
			equal(t, "of another", second(tx.Webhook("mer-2", w.ID)), ErrNoRow)
			return err
		})
	})
}

// threeDeliveries stores three, the first of them twice.
func threeDeliveries(t *testing.T, s *Store, w Webhook) {
	t.Helper()
	var made []Delivery
	for i, id := range []guitai.DeliveryID{"dlv-1", "dlv-2", "dlv-3"} {
		made = append(made, Delivery{ID: id, Merchant: w.Merchant, Webhook: w.ID, Event: guitai.EventID("evt-" + id[4:]), N: int64(i + 1),
			Topic: "payment.paid", Body: []byte(`{"a":"茶"}`), CreatedAt: noon.Add(time.Duration(i) * time.Second)})
	}
	twice := made[0]
	twice.ID = "dlv-9"
	write(t, s, func(tx *Tx) error {
		var err error
		for _, d := range append(made, twice) {
			err = errors.Join(err, tx.InsertDelivery(d))
		}
		return err
	})
}

// TestDeliveries: a delivery is stored once, stands where its last step says,
// and is dropped when it is old and over.
func TestDeliveries(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		w := hooked(t, s)
		threeDeliveries(t, s, w)
		stands := func(id guitai.DeliveryID, state DeliveryState, tries, steps int) {
			t.Helper()
			read(t, s, func(tx *ReadTx) error {
				d, err := tx.Delivery(w.Merchant, id)
				if d.State != state || d.Tries != tries || d.Steps != steps || d.Next.IsZero() != (state != DeliveryWaiting) {
					t.Errorf("%s stands %s after %d tries and %d steps, next %v", id, d.State, d.Tries, d.Steps, d.Next)
				}
				return err
			})
		}
		stands("dlv-1", DeliveryWaiting, 0, 0)
		step := func(id guitai.DeliveryID, n int, o Outcome) {
			t.Helper()
			write(t, s, func(tx *Tx) error {
				return tx.AppendStep(Step{Delivery: id, N: n, Outcome: o, At: noon, Took: time.Millisecond, HTTP: 500, Failure: "refused", Answer: "没有"})
			})
		}
		step("dlv-1", 1, StepFailed)
		stands("dlv-1", DeliveryWaiting, 1, 1)
		step("dlv-1", 2, StepGivenUp)
		stands("dlv-1", DeliveryGivenUp, 2, 2)
		step("dlv-1", 3, StepReplayed)
		stands("dlv-1", DeliveryWaiting, 0, 3)
		step("dlv-1", 4, StepDelivered)
		stands("dlv-1", DeliveryDelivered, 1, 4)
		read(t, s, func(tx *ReadTx) error {
			steps, err := tx.Steps("dlv-1")
			if len(steps) != 4 || steps[1].Outcome != StepGivenUp || steps[1].Answer != "没有" || steps[1].Took != time.Millisecond {
				t.Errorf("steps %+v", steps)
			}
			first, err2 := tx.Deliveries(w.ID, time.Time{}, "", 2)
			rest, err3 := tx.Deliveries(w.ID, first[1].CreatedAt, first[1].ID, 2)
			if len(first) != 2 || first[0].ID != "dlv-3" || len(rest) != 1 || rest[0].ID != "dlv-1" {
				t.Errorf("pages %v, %v", first, rest)
			}
			equal(t, "of another", second(tx.Delivery("mer-2", "dlv-1")), ErrNoRow)
			return errors.Join(err, err2, err3)
		})
		jobs, err := s.ClaimJobs(t.Context(), []string{JobWebhook}, noon.Add(time.Hour), time.Minute, 10)
		if err != nil || len(jobs) != 3 {
			t.Fatalf("%d jobs, %v", len(jobs), err)
		}
		write(t, s, func(tx *Tx) error {
			n, err := tx.DropDeliveries(noon.Add(time.Hour), 10)
			if n != 0 {
				t.Errorf("dropped %d that are not over", n)
			}
			return errors.Join(err, tx.FinishJob(jobs[0]))
		})
		write(t, s, func(tx *Tx) error {
			n, err := tx.DropDeliveries(noon.Add(time.Hour), 10)
			if n != 1 {
				t.Errorf("dropped %d", n)
			}
			equal(t, "dropped", second(tx.Delivery(w.Merchant, "dlv-1")), ErrNoRow)
			return err
		})
	})
}
