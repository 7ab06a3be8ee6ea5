package guitai

import (
	"reflect"
	"testing"
	"time"
)

// due is what the payments of these tests ask for.
var due = Fen(1250)

// with is a payment over due with attempts in these states.
func with(states ...AttemptState) Payment {
	p := Payment{ID: "pay_1", Amount: due}
	for i, s := range states {
		p.Attempts = append(p.Attempts, Attempt{N: i + 1, State: s})
	}
	p.State, p.Reason = p.derive()
	return p
}

func paid(attempt int, m Money) Event {
	return Event{Attempt: attempt, Kind: EventPaid, Money: m}
}

func TestMoneyIsBookedOrGoesToSuspense(t *testing.T) {
	booked := with(AttemptPaid, AttemptWaiting)
	booked.Attempts[0].Booked = true
	tests := []struct {
		name  string
		p     Payment
		e     Event
		why   SuspenseReason // empty: booked
		state PaymentState
	}{
		{"the right amount", with(AttemptAsked), paid(1, due), "", PaymentPaid},
		{"while unknown", with(AttemptUnknown), paid(1, due), "", PaymentPaid},
		{"second attempt after a first that failed", with(AttemptFailed, AttemptWaiting), paid(2, due), "", PaymentPaid},
		{"captured after a hold", with(AttemptHeld), paid(1, due), "", PaymentPaid},
		{"too little", with(AttemptAsked), paid(1, Fen(1249)), SuspenseAmount, PaymentFailed},
		{"too much", with(AttemptAsked), paid(1, Fen(1251)), SuspenseAmount, PaymentFailed},
		{"another currency", with(AttemptAsked), paid(1, Money{Fen: 1250, Currency: "HKD"}), SuspenseAmount, PaymentFailed},
		{"no currency", with(AttemptAsked), paid(1, Money{Fen: 1250}), SuspenseAmount, PaymentFailed},
		{"after it had failed", with(AttemptFailed), paid(1, due), SuspenseLate, PaymentClosed},
		{"after it had been closed", with(AttemptClosed), paid(1, due), SuspenseLate, PaymentClosed},
		{"late while a second attempt waits", with(AttemptClosed, AttemptWaiting), paid(1, due), SuspenseLate, PaymentWaiting},
		{"late while a second attempt is unknown", with(AttemptClosed, AttemptUnknown), paid(1, due), SuspenseLate, PaymentUnknown},
		{"late and of another amount", with(AttemptClosed), paid(1, Fen(1)), SuspenseLate, PaymentClosed},
		{"a second attempt beside a booked one", booked, paid(2, due), SuspenseDouble, PaymentPaid},
		{"a second attempt of another amount beside a booked one", booked, paid(2, Fen(9)), SuspenseDouble, PaymentPaid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is, c := tt.p.Apply(tt.e, evening)
			a := is.Attempt(tt.e.Attempt)
			if a.State != AttemptPaid || is.State != tt.state || c.After != tt.state || a.Suspense != tt.why || c.Why != tt.why {
				t.Fatalf("payment %s, attempt %+v, change %+v", is.State, a, c)
			}
			if tt.why == "" {
				if !a.Booked || c.Booked != tt.e.Money || c.Suspense != (Money{}) || !is.PaidAt.Equal(evening) || is.Booked() != a {
					t.Errorf("not booked: attempt %+v, change %+v, paid at %s", a, c, is.PaidAt)
				}
			} else if a.Booked || c.Suspense != tt.e.Money || c.Booked != (Money{}) || !is.PaidAt.Equal(tt.p.PaidAt) {
				t.Errorf("not in suspense: attempt %+v, change %+v", a, c)
			}
			if _, c := is.Apply(tt.e, evening.Add(time.Hour)); !c.Nothing() {
				t.Errorf("told twice: %+v", c)
			}
		})
	}
}

func TestPaymentStateIsDerived(t *testing.T) {
	late := Attempt{State: AttemptPaid, Suspense: SuspenseLate}
	wrong := Attempt{State: AttemptPaid, Suspense: SuspenseAmount}
	in := Attempt{State: AttemptPaid, Booked: true}
	no := Attempt{State: AttemptFailed, Reason: CodeBalanceLow}
	end := Attempt{State: AttemptClosed, Reason: CodeCodeLapsed}
	of := func(s AttemptState) Attempt { return Attempt{State: s} }
	tests := []struct {
		attempts []Attempt
		state    PaymentState
		reason   Code
	}{
		{nil, PaymentCreated, ""},
		{[]Attempt{of(AttemptCreated)}, PaymentCreated, ""},
		{[]Attempt{of(AttemptAsked)}, PaymentCreated, ""},
		{[]Attempt{of(AttemptWaiting)}, PaymentWaiting, ""},
		{[]Attempt{of(AttemptUnknown)}, PaymentUnknown, ""},
		{[]Attempt{of(AttemptClosing)}, PaymentUnknown, ""},
		{[]Attempt{of(AttemptHeld)}, PaymentHeld, ""},
		{[]Attempt{in}, PaymentPaid, ""},
		{[]Attempt{no}, PaymentFailed, CodeBalanceLow},
		{[]Attempt{end}, PaymentClosed, CodeCodeLapsed},
		{[]Attempt{wrong}, PaymentFailed, CodeAmountDiffers},
		{[]Attempt{no, end}, PaymentClosed, CodeCodeLapsed},
		{[]Attempt{end, no}, PaymentFailed, CodeBalanceLow},
		{[]Attempt{end, of(AttemptCreated)}, PaymentCreated, ""},
		{[]Attempt{no, of(AttemptAsked)}, PaymentCreated, ""},
		{[]Attempt{no, of(AttemptWaiting)}, PaymentWaiting, ""},
		{[]Attempt{no, of(AttemptClosing)}, PaymentUnknown, ""},
		{[]Attempt{of(AttemptUnknown), of(AttemptWaiting)}, PaymentUnknown, ""},
		{[]Attempt{of(AttemptWaiting), of(AttemptAsked)}, PaymentWaiting, ""},
		{[]Attempt{late, of(AttemptWaiting)}, PaymentWaiting, ""},
		{[]Attempt{late, no}, PaymentFailed, CodeBalanceLow},
		{[]Attempt{late, in}, PaymentPaid, ""},
		{[]Attempt{in, of(AttemptUnknown)}, PaymentPaid, ""},
		{[]Attempt{in, of(AttemptHeld)}, PaymentPaid, ""},
		{[]Attempt{of(AttemptHeld), in}, PaymentPaid, ""},
		{[]Attempt{wrong, of(AttemptAsked)}, PaymentCreated, ""},
		{[]Attempt{wrong, end}, PaymentClosed, CodeCodeLapsed},
	}
	for _, tt := range tests {
		p := Payment{Amount: due, Attempts: tt.attempts}
		if s, r := p.derive(); s != tt.state || r != tt.reason {
			t.Errorf("%+v: %s for %q, want %s for %q", tt.attempts, s, r, tt.state, tt.reason)
		}
	}
}

func TestApplyIsPure(t *testing.T) {
	for k := range attemptTable {
		for _, column := range attemptColumns {
			was := standing(column)
			was.Attempts = append(make([]Attempt, 0, 8), was.Attempts...) // room to write into by mistake
			was.Metadata, was.RequestMAC = map[string]string{"a": "b"}, []byte{1}
			before := was
			before.Attempts = append([]Attempt(nil), was.Attempts...)
			one, c1 := was.Apply(eventOf(k), evening)
			two, c2 := was.Apply(eventOf(k), evening)
			if !reflect.DeepEqual(was, before) {
				t.Fatalf("%s in %s changed the receiver", k, column)
			}
			if c1 != c2 || !reflect.DeepEqual(one, two) {
				t.Fatalf("%s in %s gave two results", k, column)
			}
		}
	}
}

func TestEventOfNoAttempt(t *testing.T) {
	for _, n := range []int{-1, 0, 2, 1 << 40} {
		p := with(AttemptAsked)
		if is, c := p.Apply(paid(n, due), evening); !c.Nothing() || !reflect.DeepEqual(is, p) {
			t.Errorf("attempt %d: %+v", n, c)
		}
		if _, c, ok := p.Attach(n, evening); ok || !c.Nothing() {
			t.Errorf("attached attempt %d", n)
		}
	}
	if _, c := with(AttemptAsked).Apply(Event{Attempt: 1, Kind: "no such event", Money: due}, evening); !c.Nothing() {
		t.Errorf("an event that nobody knows: %+v", c)
	}
}

func TestAttach(t *testing.T) {
	lateOf := func(m Money, others ...AttemptState) Payment {
		p := with(append([]AttemptState{AttemptClosed}, others...)...)
		p, _ = p.Apply(Event{Attempt: 1, Kind: EventPaid, Money: m, PaidAt: morning}, evening)
		return p
	}
	wrong, _ := with(AttemptAsked).Apply(paid(1, Fen(9)), evening)
	in, _ := with(AttemptAsked).Apply(paid(1, due), evening)
	double := with(AttemptPaid, AttemptWaiting)
	double.Attempts[0].Booked = true
	double, _ = double.Apply(paid(2, due), evening)
	tests := []struct {
		name    string
		p       Payment
		attempt int
		ok      string
	}{
		{"late money", lateOf(due), 1, "yes"},
		{"late money, a second attempt that failed", lateOf(due, AttemptFailed), 1, "yes"},
		{"while a second attempt is open", lateOf(due, AttemptWaiting), 1, "no"},
		{"while a second attempt is held", lateOf(due, AttemptHeld), 1, "no"},
		{"while a second attempt is being ended", lateOf(due, AttemptClosing), 1, "no"},
		{"of another amount", lateOf(Fen(1249)), 1, "no"},
		{"of another currency", lateOf(Money{Fen: 1250, Currency: "HKD"}), 1, "no"},
		{"a wrong amount", wrong, 1, "no"},
		{"booked already", in, 1, "no"},
		{"beside a booked one", double, 2, "no"},
		{"not paid", with(AttemptFailed), 1, "no"},
	}
	for _, tt := range tests {
		before := append([]Attempt(nil), tt.p.Attempts...)
		is, c, ok := tt.p.Attach(tt.attempt, evening)
		if !reflect.DeepEqual(before, tt.p.Attempts) {
			t.Errorf("%s: the receiver was changed", tt.name)
		}
		if ok != (tt.ok == "yes") {
			t.Errorf("%s: attached %t", tt.name, ok)
			continue
		}
		if !ok {
			if !c.Nothing() || !reflect.DeepEqual(is, tt.p) {
				t.Errorf("%s: refused, and yet %+v", tt.name, c)
			}
			continue
		}
		a := is.Attempt(tt.attempt)
		if is.State != PaymentPaid || !a.Booked || a.Suspense != "" || c.Booked != due || c.After != PaymentPaid || c.Before != tt.p.State {
			t.Errorf("%s: %s, %+v, %+v", tt.name, is.State, a, c)
		}
		if !is.PaidAt.Equal(morning) || is.Reason != "" || !is.UpdatedAt.Equal(evening) {
			t.Errorf("%s: paid at %s for %q", tt.name, is.PaidAt, is.Reason)
		}
		if _, _, again := is.Attach(tt.attempt, evening); again {
			t.Errorf("%s: attached twice", tt.name)
		}
	}
}

func TestPaymentFinders(t *testing.T) {
	p := with(AttemptFailed, AttemptWaiting, AttemptUnknown)
	if a := p.Live(); a == nil || a.N != 2 {
		t.Errorf("live %+v", a)
	}
	if p.Booked() != nil || p.Refundable() != 0 {
		t.Error("nothing is booked, and yet there is something to refund")
	}
	p, _ = p.Apply(paid(2, due), evening)
	p.RefundHeld = 250
	if p.Booked().N != 2 || p.Refundable() != 1000 {
		t.Errorf("booked %+v, refundable %d", p.Booked(), p.Refundable())
	}
	none := with(AttemptPaid, AttemptFailed, AttemptClosed)
	if none.Live() != nil {
		t.Error("final attempts are live")
	}
	for s, final := range map[PaymentState]bool{PaymentCreated: false, PaymentWaiting: false, PaymentUnknown: false,
		PaymentHeld: false, PaymentPaid: true, PaymentFailed: true, PaymentClosed: true} {
		if s.Final() != final {
			t.Errorf("%s final: %t", s, s.Final())
		}
	}
	for w, known := range map[Wallet]bool{WeChat: true, Alipay: true, UnionPay: true, "": false, "WeChat": false} {
		if w.Known() != known {
			t.Errorf("%q known: %t", w, w.Known())
		}
	}
}

// TestRerouteOnlyWhereNothingWasSent: another order takes the place of one that
// can never bring money, and of no other.
func TestRerouteOnlyWhereNothingWasSent(t *testing.T) {
	now := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	p := Payment{ID: "p", Kind: Scan, Amount: Fen(100), Wallet: WeChat, Attempts: []Attempt{{N: 1, State: AttemptAsked, Account: "a", Wallet: WeChat}}}
	for kind, want := range map[EventKind]bool{EventUnavailable: true, EventDeclined: false, EventUnknown: false, EventPaid: false,
		EventClosed: false, EventNotFound: false} {
		next, c, ok := p.Reroute(Event{Attempt: 1, Kind: kind, Money: Fen(100)}, Attempt{Account: "b", Wallet: WeChat}, now)
		if ok != want {
			t.Errorf("%s: %t", kind, ok)
		}
		if ok && (len(next.Attempts) != 2 || next.Attempts[0].State != AttemptFailed || next.Live().Account != "b" || c.Attempt != 1 || len(p.Attempts) != 1) {
			t.Errorf("%+v", next)
		}
	}
	for _, s := range []AttemptState{AttemptWaiting, AttemptUnknown, AttemptClosing, AttemptPaid, AttemptFailed} {
		q := p
		q.Attempts = []Attempt{{N: 1, State: s}}
		if _, _, ok := q.Reroute(Event{Attempt: 1, Kind: EventUnavailable}, Attempt{}, now); ok {
			t.Errorf("rerouted from %s", s)
		}
	}
}
