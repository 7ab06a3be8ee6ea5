package guitai

import "time"

// Wallet names who holds the payer's money: a wallet or a bank card scheme.
type Wallet string

// The wallets.
const (
	WeChat   Wallet = "wechat"
	Alipay   Wallet = "alipay"
	UnionPay Wallet = "unionpay"
)

// Known reports whether w is one of the wallets that Guitai speaks with.
func (w Wallet) Known() bool { return w == WeChat || w == Alipay || w == UnionPay }

// PaymentKind says who shows the code to whom.
type PaymentKind string

// The kinds of payment.
const (
	Scan PaymentKind = "scan" // the merchant scans the payer's code (付款码)
	Show PaymentKind = "show" // the payer scans the merchant's code (收款码)
	Card PaymentKind = "card" // a bank card
)

// PaymentState is derived from the states of a payment's attempts, see
// Payment.derive.
type PaymentState string

// The states of a payment.
const (
	PaymentCreated PaymentState = "created" // stored; sent or about to be
	PaymentWaiting PaymentState = "waiting" // the payer must act
	PaymentUnknown PaymentState = "unknown" // may have been taken; being asked about, or being ended
	PaymentHeld    PaymentState = "held"    // pre-authorised
	PaymentPaid    PaymentState = "paid"    // taken and booked
	PaymentFailed  PaymentState = "failed"  // the wallet said no
	PaymentClosed  PaymentState = "closed"  // confirmed: never taken, or given back
)

// Final reports whether nothing more is expected of the payment. Late money
// may still turn up for one that failed or was closed; it goes to suspense.
func (s PaymentState) Final() bool {
	return s == PaymentPaid || s == PaymentFailed || s == PaymentClosed
}

// Payment is one intention to take money once. Its attempts are the orders
// made at wallets for it.
type Payment struct {
	ID          PaymentID
	Merchant    MerchantID
	Shop        ShopID
	Till        TillID
	Staff       StaffID
	Kind        PaymentKind
	Wallet      Wallet // the one asked for or recognised; empty: any
	Amount      Money
	Sale        string // the bill it belongs to; with Tender at most one live payment
	Tender      string
	Description string
	Metadata    map[string]string
	RequestMAC  []byte // HMAC-SHA256 of the request that made it; tells a repeat from a conflict
	Offer       Offer  // our own code for all wallets; empty: a wallet's own
	Source      string // the static code that the payer scanned; empty: none
	PayerMAC    string // keyed print of wallet and payer, who alone may open it; empty: whoever has the code

	State      PaymentState
	Version    int64 // counts stored changes; the store refuses a write over another version
	Reason     Code  // why it failed or was closed; empty otherwise
	Attempts   []Attempt
	Refunded   int64 // fen, the sum of refunds done
	RefundHeld int64 // fen, refunds intended and not definitely refused; never above Amount

	CreatedAt time.Time
	UpdatedAt time.Time
	ExpiresAt time.Time // when a shown code ends; zero for scans
	PaidAt    time.Time
}

// Live returns the attempt that something is still expected of, or nil.
func (p *Payment) Live() *Attempt {
	for i := range p.Attempts {
		if !p.Attempts[i].State.Final() {
			return &p.Attempts[i]
		}
	}
	return nil
}

// Booked returns the attempt whose money counts as this payment's, or nil.
func (p *Payment) Booked() *Attempt {
	for i := range p.Attempts {
		if p.Attempts[i].Booked {
			return &p.Attempts[i]
		}
	}
	return nil
}

// Attempt returns the attempt numbered n (from 1), or nil.
func (p *Payment) Attempt(n int) *Attempt {
	if n < 1 || n > len(p.Attempts) {
		return nil
	}
	return &p.Attempts[n-1]
}

// Refundable is what may still be refunded, in fen.
func (p *Payment) Refundable() int64 {
	if p.Booked() == nil {
		return 0
	}
	return p.Amount.Fen - p.RefundHeld
}

// Change says what one event did to a payment. Everything that follows, the
// ledger's entries, news and jobs, is computed from it.
type Change struct {
	Attempt  int // whose state changed
	From, To AttemptState
	Before   PaymentState
	After    PaymentState
	Booked   Money          // newly counted as taken for this payment
	Suspense Money          // newly taken but not counted: late, double or a wrong amount
	Why      SuspenseReason // why it went to suspense
}

// Nothing reports whether the event brought nothing new.
func (c Change) Nothing() bool { return c == Change{} }

// Apply is the one corridor through which every door leads (answer, notice,
// timer, bill line): it returns the payment after the event and what changed.
// It is pure; the receiver is not changed. An event that says nothing new
// gives an empty Change and the payment as it was.
func (p Payment) Apply(e Event, now time.Time) (Payment, Change) {
	at := p.Attempt(e.Attempt)
	if at == nil {
		return p, Change{}
	}
	next, ok := at.apply(e, now)
	if !ok {
		return p, Change{}
	}
	c := Change{Attempt: e.Attempt, From: at.State, To: next.State, Before: p.State}
	if next.State == AttemptPaid && at.State != AttemptPaid {
		next.Booked, c.Why = p.books(*at, next)
		if next.Booked {
			c.Booked = next.Charged
			p.PaidAt = next.PaidAt
		} else {
			next.Suspense, c.Suspense = c.Why, next.Charged
		}
	}
	attempts := append([]Attempt(nil), p.Attempts...)
	attempts[e.Attempt-1] = next
	p.Attempts = attempts
	p.UpdatedAt = now
	p.settleOffer(now)
	p.State, p.Reason = p.derive()
	c.After = p.State
	return p, c
}

// books decides whether money that attempt was took counts for the payment.
// Money for an attempt that had been told failed or closed is late: the
// cashier may have taken cash since.
func (p *Payment) books(was, is Attempt) (bool, SuspenseReason) {
	switch {
	case p.Booked() != nil:
		return false, SuspenseDouble
	case was.State.Final():
		return false, SuspenseLate
	case is.Charged != p.Amount:
		return false, SuspenseAmount
	}
	return true, ""
}

// Attach counts money in suspense as this payment's own after all. It is
// refused (false) when the payment is booked or still open, or the amount is
// not the one that is due.
func (p Payment) Attach(attempt int, now time.Time) (Payment, Change, bool) {
	at := p.Attempt(attempt)
	if at == nil || at.State != AttemptPaid || at.Booked || p.Booked() != nil || p.Live() != nil || at.Charged != p.Amount {
		return p, Change{}, false
	}
	attempts := append([]Attempt(nil), p.Attempts...)
	attempts[attempt-1].Booked, attempts[attempt-1].Suspense = true, ""
	c := Change{Attempt: attempt, From: AttemptPaid, To: AttemptPaid, Before: p.State, Booked: at.Charged}
	p.Attempts, p.UpdatedAt, p.PaidAt = attempts, now, at.PaidAt
	p.State, p.Reason = p.derive()
	c.After = p.State
	return p, c, true
}

// derive reads the payment's state off its attempts and its offer. The columns
// are what the attempts alone make it, see ofAttempts.
//
//	            created¹ waiting unknown held paid failed    closed
//	none        created  waiting unknown held paid failed    closed
//	open        waiting² waiting unknown held ·³   waiting   waiting
//	ended       closed⁴  waiting unknown held paid closed⁵   closed⁵
//
// ¹ no attempt, or one that was just sent; ² the payer holds the code and may
// press the button: also while an order is being made; ³ money ends the offer;
// ⁴ created while an order is being made; ⁵ for the reason of the offer's end,
// but money in suspense ended it and stands for itself: failed and closed as
// without an offer.
func (p *Payment) derive() (PaymentState, Code) {
	state, reason := p.ofAttempts()
	nothing := state == PaymentFailed || state == PaymentClosed || state == PaymentCreated && p.Live() == nil
	switch {
	case p.Offer.Open() && (nothing || state == PaymentCreated):
		return PaymentWaiting, ""
	case p.Offer.Reason != "" && nothing && !p.inSuspense():
		return PaymentClosed, p.Offer.Reason
	}
	return state, reason
}

// inSuspense reports whether money was taken that does not count.
func (p *Payment) inSuspense() bool {
	for _, a := range p.Attempts {
		if a.Suspense != "" {
			return true
		}
	}
	return false
}

// ofAttempts reads the state off the attempts: money booked or held first, then
// doubt, then waiting, then what has just been sent; with nothing live, the
// last attempt's end is the payment's end.
func (p *Payment) ofAttempts() (PaymentState, Code) {
	if p.Booked() != nil {
		return PaymentPaid, ""
	}
	var unknown, waiting, created bool
	state, reason := PaymentCreated, Code("")
	for _, a := range p.Attempts {
		switch a.State {
		case AttemptPaid:
			state, reason = PaymentClosed, a.Reason
			switch a.Suspense {
			case SuspenseAmount:
				state, reason = PaymentFailed, CodeAmountDiffers
			case SuspenseSettled:
				reason = CodeOfflineSettled
			}
		case AttemptHeld:
			return PaymentHeld, ""
		case AttemptUnknown, AttemptClosing:
			unknown = true
		case AttemptWaiting:
			waiting = true
		case AttemptCreated, AttemptAsked:
			created = true
		case AttemptFailed:
			state, reason = PaymentFailed, a.Reason
		case AttemptClosed:
			state, reason = PaymentClosed, a.Reason
		}
	}
	switch {
	case unknown:
		return PaymentUnknown, ""
	case waiting:
		return PaymentWaiting, ""
	case created:
		return PaymentCreated, ""
	}
	return state, reason
}
