package guitai

import "time"

// RefundKind says why money goes back.
type RefundKind string

// The kinds of refund.
const (
	RefundPart     RefundKind = "refund"    // the merchant gives some or all of it back
	RefundVoid     RefundKind = "void"      // the whole sale is undone on its own day
	RefundGiveBack RefundKind = "give_back" // money in suspense that belongs to no sale
)

// RefundState is where one refund stands.
type RefundState string

// The states of a refund.
const (
	RefundCreated RefundState = "created" // stored, proven not to be at the wallet
	RefundAsked   RefundState = "asked"   // sent or about to be; no answer yet
	RefundPending RefundState = "pending" // the wallet accepted it and works on it
	RefundUnknown RefundState = "unknown" // may have been accepted
	RefundDone    RefundState = "done"    // the money went back
	RefundFailed  RefundState = "failed"  // the wallet said no
	RefundStuck   RefundState = "stuck"   // the wallet cannot deliver it: a case for a person
)

// Final reports whether nothing more is expected without a person's doing.
func (s RefundState) Final() bool { return s == RefundDone || s == RefundFailed }

// Refund is one intention to give money of a payment back once. While it is
// not definitely refused its amount is held against the payment.
type Refund struct {
	ID         RefundID
	Merchant   MerchantID
	Payment    PaymentID
	Attempt    int // whose order the money goes back to
	Suspense   SuspenseID
	Kind       RefundKind
	Amount     Money
	Reason     string // the merchant's words
	Staff      StaffID
	RequestMAC []byte

	RefundNo   string // the merchant's refund number at the wallet, made by the server
	State      RefundState
	Version    int64
	WalletNo   string
	WalletCode string
	Failure    Code // why it failed or is stuck
	SendBy     time.Time
	BelieveAt  time.Time

	CreatedAt time.Time
	UpdatedAt time.Time
	DoneAt    time.Time
}

// RefundEventKind names what can happen to a refund.
type RefundEventKind string

// The events of a refund.
const (
	RefundEventSend        RefundEventKind = "send"
	RefundEventAccepted    RefundEventKind = "accepted"
	RefundEventDone        RefundEventKind = "done"
	RefundEventDeclined    RefundEventKind = "declined"
	RefundEventUnknown     RefundEventKind = "unknown"
	RefundEventUnavailable RefundEventKind = "unavailable"
	RefundEventNotFound    RefundEventKind = "not_found"
	RefundEventStuck       RefundEventKind = "stuck"
)

// RefundEvent is something that happened to a refund.
type RefundEvent struct {
	Kind       RefundEventKind
	WalletNo   string
	WalletCode string
	Failure    Code
	DoneAt     time.Time // the wallet's time; zero: now
	SendBy     time.Time // RefundEventSend; in the answer to a sending: the SendBy of that sending
	BelieveAt  time.Time
	At         time.Time // RefundEventNotFound: when the question was put; zero: now
}

// RefundChange says what one event did to a refund.
type RefundChange struct {
	From, To RefundState
	Done     Money // newly given back
	LetGo    Money // newly no longer held against the payment
}

// Nothing reports whether the event brought nothing new.
func (c RefundChange) Nothing() bool { return c == RefundChange{} }

// next is the truth table of a refund.
//
//	              created asked   pending unknown  done failed stuck
//	send          asked   ·       ·       ·        ·    ·      ·
//	accepted      pending pending ·       pending  ·    ·      pending
//	done          done    done    done    done     ·    ·      done
//	declined      failed  failed  failed  failed   ·    ·      failed
//	unknown       ·       unknown ·       ·        ·    ·      ·
//	unavailable   failed  failed  ·       ·        ·    ·      ·
//	not_found     ·       ·       ·       created¹ ·    ·      ·
//	stuck         stuck   stuck   stuck   stuck    ·    ·      ·
//
// ¹ only when asked from BelieveAt on: then it is proven that the refund never reached
// the wallet, and it is sent again under the same number. A no that answers
// an earlier sending than the present one says nothing new.
func (r Refund) next(e RefundEvent, now time.Time) (RefundState, bool) {
	s := r.State
	if e.answersOther(r.SendBy) {
		return s, false
	}
	sent := s == RefundAsked || s == RefundUnknown
	live := s == RefundCreated || sent || s == RefundPending
	switch e.Kind {
	case RefundEventSend:
		return RefundAsked, s == RefundCreated
	case RefundEventAccepted:
		return RefundPending, s == RefundCreated || sent || s == RefundStuck
	case RefundEventDone:
		return RefundDone, live || s == RefundStuck
	case RefundEventDeclined:
		return RefundFailed, live || s == RefundStuck
	case RefundEventUnknown:
		return RefundUnknown, s == RefundAsked
	case RefundEventUnavailable:
		return RefundFailed, s == RefundCreated || s == RefundAsked
	case RefundEventNotFound:
		if !e.At.IsZero() {
			now = e.At
		}
		return RefundCreated, s == RefundUnknown && !r.BelieveAt.IsZero() && !now.Before(r.BelieveAt)
	case RefundEventStuck:
		return RefundStuck, live
	}
	return s, false
}

// answersOther reports whether the event is a no, or no answer, to another
// sending than the one to be done by sendBy. Where a node stood still (a laptop
// that slept), its "nothing was sent" may come after the refund was sent again
// and taken; believed, it would let go money that is on its way to the payer.
func (e RefundEvent) answersOther(sendBy time.Time) bool {
	switch e.Kind {
	case RefundEventDeclined, RefundEventUnavailable, RefundEventUnknown:
		return !e.SendBy.IsZero() && !e.SendBy.Equal(sendBy)
	}
	return false
}

// Apply returns the refund after the event and what changed. It is pure.
func (r Refund) Apply(e RefundEvent, now time.Time) (Refund, RefundChange) {
	to, ok := r.next(e, now)
	if !ok {
		return r, RefundChange{}
	}
	c := RefundChange{From: r.State, To: to}
	r.State, r.UpdatedAt = to, now
	r.WalletNo = or(e.WalletNo, r.WalletNo)
	r.WalletCode = or(e.WalletCode, r.WalletCode)
	switch to {
	case RefundAsked:
		r.SendBy, r.BelieveAt = e.SendBy, e.BelieveAt
	case RefundDone:
		r.DoneAt, r.Failure = e.DoneAt, ""
		if r.DoneAt.IsZero() {
			r.DoneAt = now
		}
		c.Done = r.Amount
	case RefundFailed:
		r.Failure = e.Failure
		c.LetGo = r.Amount
	case RefundStuck:
		r.Failure = e.Failure
	}
	return r, c
}
