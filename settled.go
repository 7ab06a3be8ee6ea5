package guitai

import "time"

// SuspenseSettled: the bill was settled without the code that was shown for it;
// cash was taken meanwhile, or a manager decided.
const SuspenseSettled SuspenseReason = "settled"

// Divert turns money that an event has just booked into money in suspense. c is
// the event's change; nothing else of the payment has been stored yet.
func (p Payment) Divert(c Change, why SuspenseReason) (Payment, Change) {
	if !c.Booked.Positive() {
		return p, c
	}
	p = p.unbooked(c.Attempt, why)
	c.Suspense, c.Booked, c.Why, c.After = c.Booked, Money{}, why, p.State
	return p, c
}

// Detach takes booked money out of the payment again: its bill turned out to be
// settled otherwise. It is refused (false) when nothing is booked, or a refund
// has been intended: then the money is not whole any more and a person decides.
func (p Payment) Detach(why SuspenseReason, now time.Time) (Payment, Change, bool) {
	at := p.Booked()
	if at == nil || p.RefundHeld != 0 {
		return p, Change{}, false
	}
	c := Change{Attempt: at.N, From: AttemptPaid, To: AttemptPaid, Before: p.State, Suspense: at.Charged, Why: why}
	p.UpdatedAt = now
	p = p.unbooked(at.N, why)
	c.After = p.State
	return p, c, true
}

// unbooked is the payment with one attempt's money in suspense.
func (p Payment) unbooked(attempt int, why SuspenseReason) Payment {
	attempts := append([]Attempt(nil), p.Attempts...)
	attempts[attempt-1].Booked, attempts[attempt-1].Suspense = false, why
	p.Attempts, p.PaidAt = attempts, time.Time{}
	p.State, p.Reason = p.derive()
	return p
}
