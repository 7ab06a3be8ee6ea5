package guitai

import (
	"testing"
	"time"
)

// Each test here is a story in which money was lost, or taken twice, under
// rules that looked right.

// TestShownCodeOutlivesNotFound: Alipay knows no order before the payer scans.
// The till gives up, the cancel is lost, the cashier asks: "not found". The
// code on the payer's screen can still be paid.
func TestShownCodeOutlivesNotFound(t *testing.T) {
	expires := morning.Add(5 * time.Minute)
	p := with(AttemptCreated)
	tell := func(e Event, now time.Time) Change {
		var c Change
		e.Attempt = 1
		p, c = p.Apply(e, now)
		return c
	}
	tell(Event{Kind: EventSend, SendBy: morning.Add(time.Second), BelieveAt: believeAt}, morning)
	tell(Event{Kind: EventWaiting, Code: "https://qr.example/1", CodeExpires: expires}, morning.Add(time.Second))
	tell(Event{Kind: EventReverse, Reason: CodeClosedByMerchant}, morning.Add(time.Minute))
	asked := morning.Add(2 * time.Minute)
	if c := tell(Event{Kind: EventNotFound, At: asked}, asked); !c.Nothing() {
		t.Fatalf("called %s while the code still lives", c.To)
	}
	if c := tell(Event{Kind: EventNotFound, At: expires.Add(2 * time.Second)}, expires.Add(2*time.Second)); !c.Nothing() {
		t.Fatalf("called %s while the code lives by a clock that is behind ours", c.To)
	}
	ended := expires.Add(10 * time.Second)
	if c := tell(Event{Kind: EventNotFound, At: ended}, ended); c.To != AttemptClosed {
		t.Fatalf("the code has ended, and yet %+v", c)
	}
}

func TestNotFoundProvesNothingWithoutATime(t *testing.T) {
	p := with(AttemptClosing)
	if _, c := p.Apply(Event{Attempt: 1, Kind: EventNotFound}, evening); !c.Nothing() {
		t.Errorf("an attempt without BelieveAt: %+v", c)
	}
	p.Attempts[0].BelieveAt, p.Attempts[0].Code = believeAt, "a code without an end"
	if _, c := p.Apply(Event{Attempt: 1, Kind: EventNotFound}, evening); !c.Nothing() {
		t.Errorf("a code that never ends: %+v", c)
	}
	r := Refund{Amount: due, State: RefundUnknown}
	if _, c := r.Apply(RefundEvent{Kind: RefundEventNotFound}, evening); !c.Nothing() {
		t.Errorf("a refund without BelieveAt: %+v", c)
	}
}

// TestSleeperLetsNothingGo: the node that was to send the refund fell asleep.
// Another asked, was told "not found", sent it again, and the wallet took it.
// Then the sleeper wakes and says "nothing was sent", or brings an old no.
func TestSleeperLetsNothingGo(t *testing.T) {
	first, second := morning.Add(time.Second), morning.Add(time.Minute)
	for _, kind := range []RefundEventKind{RefundEventUnavailable, RefundEventDeclined} {
		r := Refund{Amount: due, State: RefundCreated}
		var c RefundChange
		for _, e := range []RefundEvent{
			{Kind: RefundEventSend, SendBy: first, BelieveAt: believeAt},
			{Kind: RefundEventUnknown},
			{Kind: RefundEventNotFound, At: believeAt},
			{Kind: RefundEventSend, SendBy: second, BelieveAt: second.Add(24 * time.Second)},
		} {
			if r, c = r.Apply(e, second); c.Nothing() {
				t.Fatalf("%s said nothing", e.Kind)
			}
		}
		if r, c = r.Apply(RefundEvent{Kind: kind, SendBy: first}, second); !c.Nothing() {
			t.Fatalf("%s of the first sending: %+v", kind, c)
		}
		if _, c = r.Apply(RefundEvent{Kind: RefundEventDone, SendBy: second}, evening); c.Done != due {
			t.Fatalf("the money went back, and yet %+v", c)
		}
		if _, c = r.Apply(RefundEvent{Kind: kind, SendBy: second}, evening); c.LetGo != due {
			t.Fatalf("%s of the present sending: %+v", kind, c)
		}
	}
}

// TestLateMoneyLeavesTheReason: a payment that is closed always says why.
func TestLateMoneyLeavesTheReason(t *testing.T) {
	p, _ := with(AttemptAsked).Apply(Event{Attempt: 1, Kind: EventDeclined, Reason: CodeBalanceLow}, morning)
	p, c := p.Apply(paid(1, due), evening)
	if c.Why != SuspenseLate || p.Reason != CodeBalanceLow {
		t.Errorf("%s for %q, change %+v", p.State, p.Reason, c)
	}
	p, _, ok := p.Attach(1, evening)
	if !ok || p.Reason != "" {
		t.Errorf("attached %t, %s for %q", ok, p.State, p.Reason)
	}
}
