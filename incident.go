package guitai

import "time"

// IncidentKind says what is odd.
type IncidentKind string

// The incidents that the switch raises. In each the wallet's words contradict
// each other or lead nowhere, and no rule may decide about the money.
const (
	// IncidentRefundDoneAfterNo: the wallet refused a refund, and later told that
	// it was done. The amount may have been refunded once more meanwhile.
	IncidentRefundDoneAfterNo IncidentKind = "refund_done_after_no"
	// IncidentClosedAfterPaid: the wallet told that an order was paid, and later
	// that it is closed, with no refund of ours: it may have been given back at
	// the wallet's own counter.
	IncidentClosedAfterPaid IncidentKind = "closed_after_paid"
	// IncidentGiveBackRefused: money in suspense that the wallet refused to give
	// back as often as is tried. It is kept.
	IncidentGiveBackRefused IncidentKind = "give_back_refused"
	// IncidentRefundStuck: the wallet took a refund and does not deliver it.
	IncidentRefundStuck IncidentKind = "refund_stuck"
	// IncidentLateUnconfirmed: a notice told of money for an order that had ended,
	// at a wallet that cannot be asked. Only the bill will tell.
	IncidentLateUnconfirmed IncidentKind = "late_unconfirmed"
)

// Incident is a case for a person. The same oddity of the same order or refund
// is one incident.
type Incident struct {
	ID        IncidentID
	Merchant  MerchantID
	Kind      IncidentKind
	Payment   PaymentID
	Refund    RefundID
	Attempt   int
	CreatedAt time.Time
	ClosedAt  time.Time // zero: open
	Staff     StaffID   // who closed it; empty: a program with a key
	Note      string    // how it ended, in that person's words
}
