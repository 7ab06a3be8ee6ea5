package guitai

import "time"

// AttemptState is where one order at one wallet stands.
type AttemptState string

// The states of an attempt.
const (
	AttemptCreated AttemptState = "created" // stored, not to be sent yet
	AttemptAsked   AttemptState = "asked"   // sent or about to be; no answer yet
	AttemptWaiting AttemptState = "waiting" // the payer must act: scan, or type a password
	AttemptUnknown AttemptState = "unknown" // may have happened
	AttemptClosing AttemptState = "closing" // being closed or reversed; not confirmed yet
	AttemptHeld    AttemptState = "held"    // pre-authorised
	AttemptPaid    AttemptState = "paid"    // the wallet took the money
	AttemptFailed  AttemptState = "failed"  // the wallet said no
	AttemptClosed  AttemptState = "closed"  // confirmed: never taken, or given back
)

// Final reports whether nothing more is expected of the attempt.
func (s AttemptState) Final() bool {
	return s == AttemptPaid || s == AttemptFailed || s == AttemptClosed
}

// Ending says in which way an attempt is being ended.
type Ending string

// The ways to end an attempt.
const (
	// EndClose ends an order that was not paid. A wallet refuses to close a
	// paid one, so money that turns up while closing is real.
	EndClose Ending = "close"
	// EndReverse undoes an order whether it was paid or not. Once it may have
	// been sent, "paid" proves nothing any more: the money may be on its way
	// back. Only the reversal's own confirmation ends the attempt.
	EndReverse Ending = "reverse"
)

// SuspenseReason says why money that was taken does not count.
type SuspenseReason string

// Why money goes to suspense.
const (
	SuspenseLate   SuspenseReason = "late"   // it came after the attempt had been told failed or closed
	SuspenseDouble SuspenseReason = "double" // another attempt had been booked
	SuspenseAmount SuspenseReason = "amount" // it is not the amount that was asked
)

// Attempt is one order at one wallet.
type Attempt struct {
	N       int    // from 1 within the payment
	OrderNo string // the merchant's order number at the wallet; ≤ 32 letters and digits, made by the server
	Account AccountID
	Wallet  Wallet
	State   AttemptState
	Ending  Ending // set while closing and after closed
	NoEnd   bool   // the wallet said that it can no longer be ended: only asking is left

	SendBy    time.Time // nobody sends the order after this
	BelieveAt time.Time // from here on "not found" is proof: nothing sent can still be on its way
	AskedAt   time.Time // when it was sent
	EndAt     time.Time // closing: when the ending is first sent
	FeeRate   int64     // what the wallet keeps, in hundred-thousandths, as it stood when it was sent

	PayerMAC    string // keyed print of the one payer who may pay it inside the wallet's app; empty: whoever scans
	Code        string // what a shown code says, or what the app's script is handed; a secret of nobody
	CodeExpires time.Time

	WalletNo   string // the wallet's own number
	Payer      string // as the wallet names the payer, masked
	Charged    Money  // what the wallet says it took
	Booked     bool   // it counts for the payment
	Suspense   SuspenseReason
	PaidAt     time.Time
	Reason     Code   // why it failed or was ended
	WalletCode string // the wallet's own code for that
}

// EventKind names what can happen to an attempt.
type EventKind string

// The events. Send, End and EndRefused are our own doing; the others are facts
// that the wallet told us, or the absence of one.
const (
	EventSend        EventKind = "send"        // we are about to send it
	EventWaiting     EventKind = "waiting"     // the wallet waits for the payer
	EventHeld        EventKind = "held"        // the wallet holds the money
	EventPaid        EventKind = "paid"        // the wallet took the money
	EventDeclined    EventKind = "declined"    // the wallet said no
	EventUnknown     EventKind = "unknown"     // no answer, or none that says anything
	EventUnavailable EventKind = "unavailable" // nothing was sent
	EventClose       EventKind = "close"       // we are about to close it
	EventReverse     EventKind = "reverse"     // we are about to reverse it
	EventEndRefused  EventKind = "end_refused" // the wallet will not close or reverse it
	EventClosed      EventKind = "closed"      // the wallet confirmed: not taken, or given back
	EventNotFound    EventKind = "not_found"   // the wallet knows no such order
)

// Event is something that happened to one attempt of a payment.
type Event struct {
	Attempt int
	Kind    EventKind

	Money       Money     // EventPaid, EventHeld: what the wallet took
	PaidAt      time.Time // EventPaid: the wallet's time; zero: now
	WalletNo    string
	Payer       string
	Code        string // EventWaiting for a shown code
	CodeExpires time.Time
	Reason      Code   // EventDeclined, EventUnavailable, EventClose, EventReverse
	WalletCode  string // the wallet's own code
	SendBy      time.Time
	BelieveAt   time.Time
	EndAt       time.Time // EventClose, EventReverse: not to be sent before; zero: at once
	At          time.Time // EventNotFound: when the question was put; zero: now
}

// next is the truth table of an attempt. A missing cell means that the event
// says nothing new in that state.
//
//	              created asked   waiting unknown closing¹ closing² held    paid failed closed
//	send          asked   ·       ·       ·       ·        ·        ·       ·    ·      ·
//	waiting       ·       waiting ·³      waiting ·        ·        ·       ·    ·      ·
//	held          held    held    held    held    held     ·        ·       ·    ·      ·
//	paid          paid    paid    paid    paid    paid     ·        paid    ·    paid⁴  paid⁴
//	declined      failed  failed  failed  failed  failed   failed   ·       ·    ·      ·
//	unknown       ·       unknown ·       ·       ·        ·        ·       ·    ·      ·
//	unavailable   failed  failed  ·       ·       ·        ·        ·       ·    ·      ·
//	close         closed  closing closing closing ·        ·        ·       ·    ·      ·
//	reverse       closed  closing closing closing closing² ·        closing ·    ·      ·
//	end_refused   ·       ·       ·       ·       unknown  unknown  ·       ·    ·      ·
//	closed        closed  closed  closed  closed  closed   closed   closed  ·    ·      ·
//	not_found     ·       ·       ·       ·       closed⁵  closed⁵  ·       ·    ·      ·
//
// ¹ being closed, ² being reversed, ³ a fresh code is taken over,
// ⁴ late: the money goes to suspense, ⁵ only when asked from the instant on
// that gone names.
func (a Attempt) next(e Event, now time.Time) (AttemptState, bool) {
	k := e.Kind
	reversing := a.State == AttemptClosing && a.Ending == EndReverse
	open := a.State == AttemptAsked || a.State == AttemptWaiting || a.State == AttemptUnknown
	switch k {
	case EventSend:
		return AttemptAsked, a.State == AttemptCreated
	case EventWaiting:
		return AttemptWaiting, open
	case EventHeld:
		return AttemptHeld, a.State == AttemptCreated || open || a.State == AttemptClosing && !reversing
	case EventPaid:
		return AttemptPaid, a.State != AttemptPaid && !reversing
	case EventDeclined:
		return AttemptFailed, a.State == AttemptCreated || open || a.State == AttemptClosing
	case EventUnknown:
		return AttemptUnknown, a.State == AttemptAsked
	case EventUnavailable:
		return AttemptFailed, a.State == AttemptCreated || a.State == AttemptAsked
	case EventClose, EventReverse:
		return a.end(k, open)
	case EventEndRefused:
		return AttemptUnknown, a.State == AttemptClosing
	case EventClosed:
		return AttemptClosed, !a.State.Final()
	case EventNotFound:
		if !e.At.IsZero() {
			now = e.At
		}
		return AttemptClosed, a.State == AttemptClosing && a.gone(now)
	}
	return a.State, false
}

// codeMargin is how long after its end, by our clock, a shown code may still be
// paid by the wallet's: a node that takes money is up to 5 s off the database,
// and the wallet's clock is its own.
const codeMargin = 10 * time.Second

// gone reports whether "not found", asked at the given time, proves that no
// money can come any more. Nothing sent may still be on its way, and no code
// may be out that still lives: some wallets make the order only when the payer
// scans (alipay.trade.precreate), and until then they know nothing of it. An
// instant that nobody set proves nothing.
func (a Attempt) gone(at time.Time) bool {
	if a.BelieveAt.IsZero() || a.Code != "" && a.CodeExpires.IsZero() {
		return false
	}
	return !at.Before(later(a.BelieveAt, a.CodeExpires.Add(codeMargin)))
}

// end is the part of the table for close and reverse: what was never sent is
// closed at once, and a close may grow into a reversal but never the other way.
func (a Attempt) end(k EventKind, open bool) (AttemptState, bool) {
	if a.State == AttemptCreated {
		return AttemptClosed, true
	}
	if k == EventReverse && (a.State == AttemptHeld || a.State == AttemptClosing && a.Ending == EndClose) {
		return AttemptClosing, true
	}
	return AttemptClosing, open
}

// apply returns the attempt after the event, and whether anything changed.
func (a Attempt) apply(e Event, now time.Time) (Attempt, bool) {
	to, ok := a.next(e, now)
	if !ok {
		return a, false
	}
	if e.Kind == EventWaiting && a.State == AttemptWaiting && (e.Code == "" || e.Code == a.Code) {
		return a, false
	}
	late := a.State.Final()
	a.State = to
	a.WalletNo = or(e.WalletNo, a.WalletNo)
	a.Payer = or(e.Payer, a.Payer)
	a.WalletCode = or(e.WalletCode, a.WalletCode)
	switch e.Kind {
	case EventSend:
		a.AskedAt, a.SendBy, a.BelieveAt = now, e.SendBy, e.BelieveAt
	case EventWaiting:
		a.Code, a.CodeExpires = or(e.Code, a.Code), later(e.CodeExpires, a.CodeExpires)
		a.NoEnd = false // what refused to end because it was paid is not
	case EventPaid, EventHeld:
		a.Charged, a.PaidAt = e.Money, e.PaidAt
		if !late {
			a.Reason = "" // late money leaves standing why the attempt had ended
		}
		if a.PaidAt.IsZero() {
			a.PaidAt = now
		}
	case EventDeclined, EventUnavailable:
		a.Reason = e.Reason
	case EventClose, EventReverse:
		a.Ending = EndClose
		if e.Kind == EventReverse {
			a.Ending = EndReverse
		}
		a.EndAt, a.Reason = later(now, e.EndAt), or(e.Reason, a.Reason)
	case EventEndRefused:
		a.NoEnd, a.Ending = true, ""
	case EventClosed, EventNotFound:
		a.Reason = or(a.Reason, or(e.Reason, CodeClosedAtWallet))
	}
	return a, true
}

// or returns the first of the two that says something.
func or[T ~string](a, b T) T {
	if a != "" {
		return a
	}
	return b
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
