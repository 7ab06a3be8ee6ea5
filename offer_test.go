package guitai

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// lapseAt is when the offers of these tests end.
var lapseAt = morning.Add(5 * time.Minute)

// offer is a payment that is offered, with attempts in these states.
func offer(state OfferState, why Code, attempts ...Attempt) Payment {
	p := Payment{ID: "pay_1", Amount: due, ExpiresAt: lapseAt, Offer: Offer{Token: "T", State: state, Reason: why}}
	for i, a := range attempts {
		a.N = i + 1
		p.Attempts = append(p.Attempts, a)
	}
	p.State, p.Reason = p.derive()
	return p
}

// offerColumns are the columns of the table above derive, and what stands for
// each: the attempts that alone would make a payment that.
var offerColumns = map[string][][]Attempt{
	"created¹": {nil, {{State: AttemptAsked}}, {{State: AttemptCreated}}, {{State: AttemptFailed}, {State: AttemptAsked}}},
	"waiting":  {{{State: AttemptWaiting}}, {{State: AttemptClosed}, {State: AttemptWaiting}}},
	"unknown":  {{{State: AttemptUnknown}}, {{State: AttemptClosing}}},
	"held":     {{{State: AttemptHeld}}},
	"paid":     {{{State: AttemptPaid, Booked: true}}, {{State: AttemptClosed}, {State: AttemptPaid, Booked: true}}},
	"failed":   {{{State: AttemptFailed, Reason: CodeBalanceLow}}},
	"closed":   {{{State: AttemptClosed, Reason: CodeOtherWallet}}},
}

// offerTable is the table a second time, in the order of the columns above.
var offerTable = map[string]string{
	"none":  "created  waiting unknown held paid failed  closed",
	"open":  "waiting² waiting unknown held ·³   waiting waiting",
	"ended": "closed⁴  waiting unknown held paid closed⁵ closed⁵",
}

func TestOfferTable(t *testing.T) {
	columns, rows := docTable(t, "payment.go", "derive")
	if want := []string{"created¹", "waiting", "unknown", "held", "paid", "failed", "closed"}; !slices.Equal(columns, want) {
		t.Fatalf("columns of the comment: %v", columns)
	}
	for row, cells := range offerTable {
		if want := strings.Fields(cells); !slices.Equal(rows[row], want) {
			t.Errorf("%s: the comment says %v, the test %v", row, rows[row], want)
		}
		state := map[string]OfferState{"none": OfferNone, "open": OfferOpen, "ended": OfferEnded}[row]
		why := Code("")
		if state == OfferEnded {
			why = CodeClosedByMerchant
		}
		for i, cell := range strings.Fields(cells) {
			for _, attempts := range offerColumns[columns[i]] {
				p := offer(state, why, attempts...)
				want := PaymentState(strings.TrimRight(cell, "²³⁴⁵"))
				if cell == "·³" {
					continue // TestMoneyEndsTheOffer: it cannot come to be
				}
				if cell == "closed⁴" && p.Live() != nil {
					want = PaymentCreated
				}
				reason := p.Reason
				if p.State != want || state == OfferEnded && want == PaymentClosed && reason != why || state == OfferOpen && reason != "" {
					t.Errorf("offer %s, attempts %s: %s for %q, want %s", row, columns[i], p.State, reason, want)
				}
			}
		}
	}
	// Money in suspense stands for itself.
	late := offer(OfferEnded, CodeCodeLapsed, Attempt{State: AttemptPaid, Suspense: SuspenseLate, Reason: CodeOtherWallet})
	wrong := offer(OfferEnded, "", Attempt{State: AttemptPaid, Suspense: SuspenseAmount})
	if late.State != PaymentClosed || late.Reason != CodeOtherWallet || wrong.State != PaymentFailed || wrong.Reason != CodeAmountDiffers {
		t.Errorf("late money: %s for %q; a wrong amount: %s for %q", late.State, late.Reason, wrong.State, wrong.Reason)
	}
}

// TestStart: in which states a payer may begin, cell by cell.
func TestStart(t *testing.T) {
	for _, offerState := range []OfferState{OfferNone, OfferOpen, OfferEnded} {
		for _, s := range append(flat(constants(t, "attempt.go", "AttemptState")), "none") {
			for when, at := range map[string]time.Time{"before": lapseAt.Add(-1), "at": lapseAt, "after": evening} {
				var attempts []Attempt
				if s != "none" {
					attempts = []Attempt{{State: AttemptState(s)}}
				}
				if s == string(AttemptPaid) && offerState == OfferOpen {
					continue // it cannot come to be
				}
				was := offer(offerState, "", attempts...)
				before := append([]Attempt(nil), was.Attempts...)
				is, c, ok := was.Start(Attempt{OrderNo: "p2", Wallet: Alipay, State: AttemptPaid}, at)
				want := offerState == OfferOpen && when == "before" && (s == "none" || AttemptState(s).Final())
				if ok != want || was.Startable(at) != want {
					t.Errorf("offer %q, attempt %s, %s its end: started %t", offerState, s, when, ok)
					continue
				}
				if !slices.Equal(before, was.Attempts) || !ok && (!c.Nothing() || !reflect.DeepEqual(is, was)) {
					t.Errorf("offer %q, attempt %s: %+v", offerState, s, c)
				}
				if ok {
					a := is.Attempts[len(is.Attempts)-1]
					if a.N != len(before)+1 || a.State != AttemptCreated || is.Wallet != Alipay || c.Attempt != a.N || c.After != is.State || is.State != PaymentWaiting {
						t.Errorf("started: %+v, %+v", a, c)
					}
				}
			}
		}
	}
}

func TestEndOffer(t *testing.T) {
	for _, s := range append(flat(constants(t, "attempt.go", "AttemptState")), "none") {
		var attempts []Attempt
		if s != "none" {
			attempts = []Attempt{{State: AttemptState(s), Booked: s == "paid"}}
		}
		was := offer(OfferOpen, "", attempts...)
		is, c := was.EndOffer(CodeClosedByMerchant, evening)
		if c.Nothing() || is.Offer.Open() || is.Offer.Reason != CodeClosedByMerchant || !is.UpdatedAt.Equal(evening) || c.Before != was.State || c.After != is.State {
			t.Errorf("%s: %+v %+v", s, is, c)
		}
		if live := is.Live() != nil; live == (is.State == PaymentClosed) && s != "paid" {
			t.Errorf("%s: ended, and %s", s, is.State)
		}
		if again, c := is.EndOffer(CodeCodeLapsed, evening); !c.Nothing() || !reflect.DeepEqual(again, is) {
			t.Errorf("%s: ended twice: %+v", s, c)
		}
	}
	if _, c := offer(OfferNone, "").EndOffer(CodeCodeLapsed, evening); !c.Nothing() {
		t.Errorf("what was never offered ended: %+v", c)
	}
}

// TestMoneyEndsTheOffer: whether the money counts or not.
func TestMoneyEndsTheOffer(t *testing.T) {
	for name, p := range map[string]Payment{
		"booked":         offer(OfferOpen, "", Attempt{State: AttemptWaiting}),
		"a wrong amount": offer(OfferOpen, "", Attempt{State: AttemptWaiting, Reason: "wrong"}),
		"late":           offer(OfferOpen, "", Attempt{State: AttemptClosed}, Attempt{State: AttemptWaiting}),
	} {
		m := due
		if name == "a wrong amount" {
			m = Fen(1)
		}
		is, _ := p.Apply(paid(1, m), morning)
		if is.Offer.State != OfferEnded || is.Offer.Reason != "" || is.Startable(morning) {
			t.Errorf("%s: %+v", name, is.Offer)
		}
	}
}

// TestOfferLapsesWithItsAttempt: an order that ends after the time was over
// takes the offer along; one that ends before leaves it open.
func TestOfferLapsesWithItsAttempt(t *testing.T) {
	for _, k := range []EventKind{EventClosed, EventDeclined} {
		p := offer(OfferOpen, "", Attempt{State: AttemptWaiting})
		if is, _ := p.Apply(Event{Attempt: 1, Kind: k}, lapseAt); is.State != PaymentClosed || is.Reason != CodeCodeLapsed || is.Offer.Open() {
			t.Errorf("%s when the time is over: %s for %q", k, is.State, is.Reason)
		}
		if is, _ := p.Apply(Event{Attempt: 1, Kind: k}, lapseAt.Add(-1)); is.State != PaymentWaiting || !is.Startable(lapseAt.Add(-1)) {
			t.Errorf("%s before: %s for %q", k, is.State, is.Reason)
		}
	}
}

// TestOfferRules: whatever happens in whatever order, no two attempts of one
// payment are ever both live, at most one is booked, and what has its end stays
// at it.
func TestOfferRules(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := story{p: offer(OfferOpen, ""), reversed: map[int]bool{}, now: morning}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			s.now = s.now.Add(time.Duration(rapid.IntRange(0, 9).Draw(rt, "seconds")) * time.Second)
			was := s.p
			switch rapid.IntRange(0, 9).Draw(rt, "step") {
			case 0, 1, 2:
				is, c, ok := was.Start(Attempt{OrderNo: "p"}, s.now)
				if ok != was.Startable(s.now) || ok == c.Nothing() {
					rt.Fatalf("started %t with %+v", ok, c)
				}
				s.p = is
			case 3:
				s.p, _ = was.EndOffer(CodeClosedByMerchant, s.now)
			default:
				if len(was.Attempts) == 0 {
					continue
				}
				e := anyEvent(rt, len(was.Attempts))
				is, c := was.Apply(e, s.now)
				if !c.Nothing() {
					s.follow(rt, e, is, c)
				}
				s.p = is
			}
			s.offered(rt, was)
		}
	})
}

// offered checks what must hold of an offer at every moment.
func (s *story) offered(rt *rapid.T, was Payment) {
	live := 0
	for _, a := range s.p.Attempts {
		if !a.State.Final() {
			live++
		}
		if a.State == AttemptPaid && s.p.Offer.Open() {
			rt.Fatal("money came, and a payer may still begin")
		}
	}
	state, reason := s.p.derive()
	switch {
	case live > 1:
		rt.Fatalf("%d attempts are live", live)
	case s.booked > 1:
		rt.Fatal("booked twice")
	case s.p.State != state || s.p.Reason != reason:
		rt.Fatalf("state %s for %q, derived %s for %q", s.p.State, s.p.Reason, state, reason)
	case s.p.Offer.Open() && s.p.State.Final():
		rt.Fatalf("a payer may begin to pay what is %s", s.p.State)
	case !s.p.Offer.Open() && s.p.State.Final() != (live == 0 || s.booked == 1):
		rt.Fatalf("payment %s with %d live attempts", s.p.State, live)
	case was.Offer.State == OfferEnded && (s.p.Offer != was.Offer || len(s.p.Attempts) != len(was.Attempts)):
		rt.Fatal("an offer that had ended came to life")
	}
}
