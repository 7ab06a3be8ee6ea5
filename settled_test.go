package guitai

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestUnbooking: whether money is turned aside as it comes, or taken out after,
// the payment ends the same: nothing booked, all of it in suspense, once.
func TestUnbooking(t *testing.T) {
	noon := time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		m := Fen(rapid.Int64Range(1, 1<<40).Draw(t, "fen"))
		p := Payment{Amount: m, State: PaymentWaiting, Attempts: []Attempt{{N: 1, State: AttemptWaiting}}}
		paid, c := p.Apply(Event{Attempt: 1, Kind: EventPaid, Money: m, PaidAt: noon}, noon)
		if paid.State != PaymentPaid || c.Booked != m {
			t.Fatalf("%+v %+v", paid, c)
		}
		aside, c1 := paid.Divert(c, SuspenseSettled)
		out, c2, ok := paid.Detach(SuspenseSettled, noon)
		if !ok {
			t.Fatal("not taken out")
		}
		for _, got := range []struct {
			Payment
			Change
		}{{aside, c1}, {out, c2}} {
			if got.State != PaymentClosed || got.Payment.Reason != CodeOfflineSettled || got.Payment.Booked() != nil || !got.PaidAt.IsZero() ||
				got.Change.Suspense != m || got.Change.Booked != (Money{}) || got.Why != SuspenseSettled || got.After != PaymentClosed {
				t.Fatalf("%+v", got)
			}
		}
		if paid.Booked() == nil {
			t.Fatal("the payment before was changed")
		}
		if _, _, again := out.Detach(SuspenseSettled, noon); again {
			t.Fatal("taken out twice")
		}
		back, _, ok := out.Attach(1, noon)
		if !ok || back.State != PaymentPaid {
			t.Fatalf("not attached: %+v", back)
		}
		paid.RefundHeld = rapid.Int64Range(1, m.Fen).Draw(t, "held")
		if _, _, ok := paid.Detach(SuspenseSettled, noon); ok {
			t.Fatal("money that is not whole was taken out")
		}
		if _, same := p.Divert(Change{Attempt: 1, Suspense: m}, SuspenseSettled); same.Suspense != m {
			t.Fatal("money in suspense was turned aside")
		}
	})
}
