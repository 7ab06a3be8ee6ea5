package guitai

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anyEvent draws an event of any kind for one of a few attempts, with money
// that is mostly right and times around BelieveAt.
func anyEvent(rt *rapid.T, attempts int) Event {
	at := rapid.SampledFrom([]time.Time{{}, morning, believeAt.Add(-1), believeAt, evening})
	return Event{
		Attempt:   rapid.IntRange(1, attempts).Draw(rt, "attempt"),
		Kind:      rapid.SampledFrom(kindsOf()).Draw(rt, "kind"),
		Money:     rapid.SampledFrom([]Money{due, due, due, Fen(1), {Fen: 1250, Currency: "HKD"}}).Draw(rt, "money"),
		Code:      rapid.SampledFrom([]string{"", "a", "b"}).Draw(rt, "code"),
		Reason:    rapid.SampledFrom([]Code{"", CodeBalanceLow, CodeCodeLapsed}).Draw(rt, "reason"),
		BelieveAt: at.Draw(rt, "believe"),
		EndAt:     at.Draw(rt, "end"),
		At:        at.Draw(rt, "at"),
	}
}

func kindsOf() []EventKind { return slices.Sorted(maps.Keys(attemptTable)) }

// story is a payment with everything that happened to it.
type story struct {
	p        Payment
	booked   int          // how often money was booked
	taken    int64        // fen of due's currency, booked or in suspense
	reversed map[int]bool // attempts that are in closing by reverse, or ended there
	now      time.Time
}

// follow holds one change against what was before. It is called for events
// only; attaching is a person's doing.
func (s *story) follow(rt *rapid.T, e Event, is Payment, c Change) {
	was := s.p
	if c.Nothing() {
		if !reflect.DeepEqual(was, is) {
			rt.Fatalf("%s changed the payment without a change", e.Kind)
		}
		return
	}
	if reflect.DeepEqual(was, is) {
		rt.Fatalf("change %+v of nothing", c)
	}
	a, b := was.Attempt(e.Attempt), is.Attempt(e.Attempt)
	for i := range was.Attempts {
		if i+1 != e.Attempt && was.Attempts[i] != is.Attempts[i] {
			rt.Fatalf("%s of attempt %d changed attempt %d", e.Kind, e.Attempt, i+1)
		}
	}
	switch {
	case a.State == AttemptPaid:
		rt.Fatalf("a paid attempt was changed by %s to %+v", e.Kind, b)
	case a.State.Final() && (b.State != AttemptPaid || b.Booked || b.Suspense == ""):
		rt.Fatalf("a final attempt %s became %+v", a.State, b)
	case s.reversed[e.Attempt] && b.Booked:
		rt.Fatalf("money that a reversal may have sent back was booked")
	case b.State == AttemptPaid && b.Booked == (b.Suspense != ""):
		rt.Fatalf("paid money is either booked or in suspense: %+v", b)
	case b.Booked && (b.Charged != is.Amount || c.Booked != is.Amount):
		rt.Fatalf("booked %s of %s", b.Charged, is.Amount)
	case b.State != AttemptPaid && (c.Booked != Money{} || c.Suspense != Money{} || b.Booked):
		rt.Fatalf("money without being paid: %+v", c)
	}
	switch {
	case b.State == AttemptClosing && b.Ending == EndReverse:
		s.reversed[e.Attempt] = true
	case e.Kind == EventEndRefused:
		delete(s.reversed, e.Attempt)
	}
	if c.Booked != (Money{}) {
		s.booked++
	}
	s.taken += c.Booked.Fen + c.Suspense.Fen
}

// attach is a person who counts money in suspense for the payment after all.
// It moves money from suspense to booked, and takes none anew.
func (s *story) attach(rt *rapid.T, n int) {
	is, c, ok := s.p.Attach(n, s.now)
	if ok == c.Nothing() || ok == reflect.DeepEqual(is, s.p) {
		rt.Fatalf("attached %t with change %+v", ok, c)
	}
	if !ok {
		return
	}
	if a := s.p.Attempt(n); a.State != AttemptPaid || a.Suspense == "" || s.booked != 0 || c.Booked != s.p.Amount || c.Suspense != (Money{}) {
		rt.Fatalf("attached %+v with change %+v", a, c)
	}
	s.p = is
	s.booked++
}

// sound checks what must hold at every moment.
func (s *story) sound(rt *rapid.T) {
	state, reason := s.p.derive()
	if again, r2 := s.p.derive(); again != state || r2 != reason {
		rt.Fatal("the payment's state is derived in two ways")
	}
	if s.p.State != state || s.p.Reason != reason {
		rt.Fatalf("state %s for %q, derived %s for %q", s.p.State, s.p.Reason, state, reason)
	}
	booked, taken := 0, int64(0)
	for _, a := range s.p.Attempts {
		if a.Booked {
			booked++
		}
		if a.State == AttemptPaid {
			taken += a.Charged.Fen
		}
	}
	if booked > 1 || s.booked != booked {
		rt.Fatalf("%d attempts are booked, %d times booked", booked, s.booked)
	}
	if taken != s.taken {
		rt.Fatalf("the attempts took %d, the changes said %d", taken, s.taken)
	}
	if s.p.State.Final() != (s.p.Live() == nil || booked == 1) {
		rt.Fatalf("payment %s, live %+v", s.p.State, s.p.Live())
	}
	if s.p.State == PaymentPaid != (booked == 1) {
		rt.Fatalf("payment %s with %d booked attempts", s.p.State, booked)
	}
}

func TestPaymentRules(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 3).Draw(rt, "attempts")
		s := story{p: with(make([]AttemptState, n)...), reversed: map[int]bool{}, now: morning}
		for i := range s.p.Attempts {
			s.p.Attempts[i].State = AttemptCreated
		}
		s.p.State, s.p.Reason = s.p.derive()
		for range rapid.IntRange(1, 40).Draw(rt, "events") {
			s.now = s.now.Add(time.Duration(rapid.IntRange(0, 9).Draw(rt, "seconds")) * time.Second)
			e := anyEvent(rt, n)
			is, c := s.p.Apply(e, s.now)
			twice, c2 := s.p.Apply(e, s.now)
			if c != c2 || !reflect.DeepEqual(is, twice) {
				rt.Fatalf("%s gave two results", e.Kind)
			}
			s.follow(rt, e, is, c)
			s.p = is
			s.sound(rt)
			if rapid.IntRange(0, 5).Draw(rt, "a person attaches") == 0 {
				s.attach(rt, e.Attempt)
				s.sound(rt)
			}
		}
	})
}
