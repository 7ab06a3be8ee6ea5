package guitai

import "time"

// OfferState says whether a payment may still be opened by a payer.
type OfferState string

// The states of an offer.
const (
	OfferNone  OfferState = ""      // the payment belongs to one wallet from the beginning
	OfferOpen  OfferState = "open"  // whoever has the code may begin to pay
	OfferEnded OfferState = "ended" // nobody may begin any more
)

// Offer makes a payment payable by whoever opens our own code, in a wallet of
// the payer's choice. A payment that is offered begins without an attempt; it
// gets one each time a payer presses the button, one after the other.
type Offer struct {
	Token  string // names the code, as qr.Token writes it
	State  OfferState
	Reason Code // why it ended, when no money ended it
}

// Open reports whether a payer may begin to pay.
func (o Offer) Open() bool { return o.State == OfferOpen }

// end is the offer with its end. The first end stays.
func (o Offer) end(why Code) Offer {
	if o.Open() {
		o.State, o.Reason = OfferEnded, why
	}
	return o
}

// Startable reports whether a new attempt may be added: the offer is open and
// has time left, and no older attempt can bring money any more. One that was
// paid ended the offer, whether its money counts or lies in suspense.
func (p *Payment) Startable(now time.Time) bool {
	return p.Offer.Open() && now.Before(p.ExpiresAt) && p.Live() == nil
}

// Start adds an attempt to an offered payment. It is refused (false) unless
// the payment is Startable: two attempts of one payment are never both live.
func (p Payment) Start(a Attempt, now time.Time) (Payment, Change, bool) {
	if !p.Startable(now) {
		return p, Change{}, false
	}
	a.N, a.State = len(p.Attempts)+1, AttemptCreated
	p.Attempts = append(append([]Attempt(nil), p.Attempts...), a)
	p.Wallet, p.UpdatedAt = a.Wallet, now
	c := Change{Attempt: a.N, To: AttemptCreated, Before: p.State}
	p.State, p.Reason = p.derive()
	c.After = p.State
	return p, c, true
}

// EndOffer ends the offer: the merchant closed it, or its time is over. A live
// attempt is not touched; its own end is the payment's.
func (p Payment) EndOffer(why Code, now time.Time) (Payment, Change) {
	if !p.Offer.Open() {
		return p, Change{}
	}
	c := Change{Before: p.State}
	p.Offer, p.UpdatedAt = p.Offer.end(why), now
	p.State, p.Reason = p.derive()
	c.After = p.State
	return p, c
}

// settleOffer ends the offer when an event leaves nothing to begin: money came
// (that which does not count goes back by itself, and nobody shall pay twice
// meanwhile), or the last live attempt ended after the time was over.
func (p *Payment) settleOffer(now time.Time) {
	if !p.Offer.Open() {
		return
	}
	for _, a := range p.Attempts {
		if a.State == AttemptPaid {
			p.Offer = p.Offer.end("")
			return
		}
	}
	if p.Live() == nil && !now.Before(p.ExpiresAt) {
		p.Offer = p.Offer.end(CodeCodeLapsed)
	}
}

// Reroute ends an attempt of which nothing was sent, and puts another in its
// place, at another account. It is refused (false) unless the event says that
// nothing was sent and ends the attempt: then the order can never bring money.
func (p Payment) Reroute(e Event, a Attempt, now time.Time) (Payment, Change, bool) {
	next, c := p.Apply(e, now)
	if e.Kind != EventUnavailable || c.To != AttemptFailed || next.Live() != nil || next.Booked() != nil {
		return p, Change{}, false
	}
	a.N, a.State = len(next.Attempts)+1, AttemptCreated
	next.Attempts = append(append([]Attempt(nil), next.Attempts...), a)
	next.Wallet = a.Wallet
	next.State, next.Reason = next.derive()
	c.After = next.State
	return next, c, true
}
