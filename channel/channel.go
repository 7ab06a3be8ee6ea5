package channel

import (
	"context"
	"time"

	"guitai"
)

// Channel is what every adapter can do. Calls are synchronous and obey the
// deadline of ctx. An adapter is safe for concurrent use.
type Channel interface {
	// Wallet names whose adapter it is.
	Wallet() guitai.Wallet
	// Charge takes money by a payer's code (付款码). It is sent at most once
	// per Order.No by the switch.
	Charge(ctx context.Context, c Charge) Answer
	// Refund gives money back. The same Refund may be sent again under the
	// same number; the wallet must not pay it out twice.
	Refund(ctx context.Context, r Refund) RefundAnswer
}

// Shower can make a code that the payer scans (收款码).
type Shower interface {
	Show(ctx context.Context, s Show) Answer
}

// Asker can ask what became of an order or a refund.
type Asker interface {
	// Ask asks about an order that was sent, or may have been.
	Ask(ctx context.Context, o Order) Answer
	// AskRefund asks about a refund that was sent, or may have been.
	AskRefund(ctx context.Context, r Refund) RefundAnswer
}

// Ender can end an order.
type Ender interface {
	// Ending says how an order of this kind is ended: by EndClose, which a paid
	// order refuses, or by EndReverse, which gives the money of a paid order
	// back.
	Ending(kind guitai.PaymentKind) guitai.Ending
	// End closes or reverses the order in that way. Closed means confirmed;
	// EndRefused means that the wallet will not do it (it is paid, or too
	// late): the order must be asked about. Anything else: call again.
	End(ctx context.Context, o Order) Answer
}

// Noticer can read the notices that a wallet sends to us.
type Noticer interface {
	// ReadNotice checks the signature of a notice and reads it. A notice that
	// is not proven to be the wallet's gives an error and must have no effect.
	ReadNotice(n RawNotice) (Notice, error)
	// Reply is what the wallet wants to hear: that the notice was taken (err
	// nil), or that it was not.
	Reply(err error) NoticeReply
}

// Order names one order at the wallet.
type Order struct {
	No       string // merchant order number, ≤ 32 letters and digits
	Kind     guitai.PaymentKind
	Amount   guitai.Money
	WalletNo string // the wallet's number, where it is known
	Made     time.Time
}

// Charge is the order to take money by the payer's code.
type Charge struct {
	Order
	AuthCode    string // the payer's code; a secret, never kept and never logged
	Description string // what the payer sees, ≤ 127 characters
	NotifyURL   string // where notices go; empty: none
	Place       Place
}

// Show is the order to make a code for the payer to scan.
type Show struct {
	Order
	Description string
	NotifyURL   string
	Expires     time.Time // the wallet must not take money for it after this
	Place       Place
}

// Place says where the money is taken (terminal registration rules of 2021).
type Place struct {
	Shop     string // our number of the shop, ≤ 32
	Till     string // our number of the till, ≤ 32
	Operator string // ≤ 28
	IP       string // address of the till or the server
}

// Refund is one refund of an order.
type Refund struct {
	No     string // merchant refund number, ≤ 32 letters and digits
	Order  Order  // what was paid; Amount is the whole order's
	Amount guitai.Money
	Reason string // ≤ 80 bytes reach the wallet
	// Made is when the refund was made: the same whenever it is sent again or
	// asked about.
	Made time.Time
	// NotifyURL is where the wallet reports the refund's end; empty: nowhere.
	NotifyURL string
}

// Outcome says what an answer means.
type Outcome string

// The outcomes of Charge, Show, Ask and End.
const (
	Paid        Outcome = "paid"        // the wallet took Answer.Amount
	Waiting     Outcome = "waiting"     // the wallet waits for the payer
	Declined    Outcome = "declined"    // a definite no: nothing was taken and nothing will be
	Closed      Outcome = "closed"      // confirmed: not taken, or given back, and it never will be
	NotFound    Outcome = "not_found"   // the wallet knows no such order
	EndRefused  Outcome = "end_refused" // only from End
	Unknown     Outcome = "unknown"     // it may have happened: no answer, unreadable, badly signed, undocumented
	Unavailable Outcome = "unavailable" // nothing was sent
)

// Answer is what a call brought. Only what the outcome needs is set.
type Answer struct {
	Outcome     Outcome
	Amount      guitai.Money // Paid: the order's total as the wallet says it
	PaidAt      time.Time    // Paid: the wallet's time, UTC
	WalletNo    string
	Payer       string // masked or opaque
	Code        string // Show: what the code says
	CodeExpires time.Time
	Reason      guitai.Code // Declined, Unavailable, Unknown: why, in our words
	WalletCode  string      // the wallet's own code, kept for the record
	Messages    []Message
}

// RefundOutcome says what an answer about a refund means.
type RefundOutcome string

// The outcomes of Refund and AskRefund.
const (
	RefundDone        RefundOutcome = "done"
	RefundPending     RefundOutcome = "pending"   // accepted, not there yet
	RefundDeclined    RefundOutcome = "declined"  // a definite no
	RefundStuck       RefundOutcome = "stuck"     // accepted but cannot be delivered: a case for a person
	RefundNotFound    RefundOutcome = "not_found" // the wallet knows no such refund
	RefundUnknown     RefundOutcome = "unknown"
	RefundUnavailable RefundOutcome = "unavailable"
)

// RefundAnswer is what a call about a refund brought.
type RefundAnswer struct {
	Outcome    RefundOutcome
	Amount     guitai.Money // RefundDone, RefundPending: as the wallet says it, where it does
	WalletNo   string
	DoneAt     time.Time
	Reason     guitai.Code
	WalletCode string
	Messages   []Message
}

// RawNotice is a notice as it came in. Header names are canonical
// (textproto.CanonicalMIMEHeaderKey). Body is the raw bytes: signatures cover
// them.
type RawNotice struct {
	Header map[string][]string
	Body   []byte
}

// Notice is a notice that was proven to be the wallet's: about a payment
// (Order set) or about a refund (RefundNo set).
type Notice struct {
	OrderNo  string
	Answer   Answer
	RefundNo string
	Refund   RefundAnswer
	Message  Message
}

// NoticeReply is the answer to a notice over HTTP.
type NoticeReply struct {
	Code        int // HTTP status
	ContentType string
	Body        []byte
}

// Message is one message on the wire, masked: no keys, payment codes, PINs or
// whole names of payers. It is kept for the timeline.
type Message struct {
	At      time.Time // when it was sent or came in
	Took    time.Duration
	Op      string // the provider's name of the call, such as "micropay"
	Out     string // what we sent, masked, ≤ 4096 bytes
	In      string // what came back, masked, ≤ 4096 bytes
	HTTP    int    // HTTP status; 0: no answer
	Failure string // what went wrong with the transport or the signature; empty: nothing
}
