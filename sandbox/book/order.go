package book

import (
	"maps"
	"slices"
	"time"
)

// Wallet names a provider of the street.
type Wallet string

// The wallets that the book knows by name.
const (
	WeChat   Wallet = "wechat"
	Alipay   Wallet = "alipay"
	UnionPay Wallet = "unionpay"
)

// Kind says who shows the code: the merchant (Show) or the payer (Scan).
type Kind string

// The two ways to pay.
const (
	Show Kind = "show" // Native, precreate: the payer scans the merchant's code
	Scan Kind = "scan" // micropay, bar_code: the merchant scans the payer's code
)

// State is where an order stands. Wallets spell these differently; the
// provider translates.
type State string

// The states of an order. A Show order goes notpay → success → refund or
// notpay → closed; a Scan order userpaying → success, payerror or revoked.
const (
	NotPay     State = "notpay"
	UserPaying State = "userpaying"
	Success    State = "success"
	Refunded   State = "refund" // paid, and at least one refund was asked for
	Closed     State = "closed"
	Revoked    State = "revoked"
	PayError   State = "payerror"
)

// RefundState is where a refund stands.
type RefundState string

// The states of a refund.
const (
	RefundProcessing RefundState = "processing"
	RefundSuccess    RefundState = "success"
	RefundStuck      RefundState = "abnormal" // accepted, but the payer's account took no money
)

// Refund is money on its way back to the payer.
type Refund struct {
	RefundNo    string      `json:"refund_no"`
	Number      string      `json:"number"` // the wallet's own number
	State       RefundState `json:"state"`
	AmountFen   int64       `json:"amount_fen"`
	Reason      string      `json:"reason,omitempty"`
	NotifyURL   string      `json:"notify_url,omitempty"`
	Fingerprint string      `json:"fingerprint,omitempty"`
	Tag         string      `json:"tag,omitempty"` // the provider's own word
	CreatedAt   time.Time   `json:"created_at"`
	DueAt       time.Time   `json:"due_at"`
	DoneAt      time.Time   `json:"done_at,omitzero"`
	// ToMerchant: it found no account of the payer's and goes to the merchant's
	// own bank account instead.
	ToMerchant bool `json:"to_merchant,omitempty"`
}

// Act is what a payer will do by itself at a moment to come.
type Act string

// The acts of a payer who was asked for a password.
const (
	ActPay   Act = "pay"   // types the right password
	ActWrong Act = "wrong" // types a wrong one until the wallet gives up
	ActLeave Act = "leave" // cancels
)

// Order is one bill a merchant gave to a wallet, with all that became of it.
type Order struct {
	Wallet    Wallet            `json:"wallet"`
	OrderNo   string            `json:"order_no"` // the merchant's
	Number    string            `json:"number"`   // the wallet's own, 28 digits, made when the order is
	Kind      Kind              `json:"kind"`
	State     State             `json:"state"`
	AmountFen int64             `json:"amount_fen"`
	Subject   string            `json:"subject,omitempty"`
	Attach    string            `json:"attach,omitempty"`
	NotifyURL string            `json:"notify_url,omitempty"`
	Extra     map[string]string `json:"extra,omitempty"` // the provider's own facts

	// Fingerprint stands for everything that a repeat must say again.
	Fingerprint string `json:"fingerprint,omitempty"`
	// Code is the text that a Show order displays; empty for Scan orders,
	// because a payer's code is a secret.
	Code          string    `json:"code,omitempty"`
	CodeExpiresAt time.Time `json:"code_expires_at,omitzero"`

	For       string    `json:"for,omitempty"`       // OpenID of the only payer who may pay it
	Payer     string    `json:"payer,omitempty"`     // who opened or paid it
	Behaviour Behaviour `json:"behaviour,omitempty"` // how that payer behaves here
	Waiting   bool      `json:"waiting"`             // the payer looks at the password page
	Wrong     int       `json:"wrong_passwords,omitempty"`
	NextAct   Act       `json:"next_act,omitempty"`
	NextAt    time.Time `json:"next_at,omitzero"`
	Fail      Refusal   `json:"fail,omitempty"` // why State is payerror

	CreatedAt time.Time     `json:"created_at"`
	ExpiresAt time.Time     `json:"expires_at"`
	PayWithin time.Duration `json:"pay_within_ns,omitempty"` // counted from the scan, 0 = until ExpiresAt
	OpenedAt  time.Time     `json:"opened_at,omitzero"`      // first scanned by a payer
	PaidAt    time.Time     `json:"paid_at,omitzero"`
	EndedAt   time.Time     `json:"ended_at,omitzero"` // closed, revoked or failed

	// What really happened to the payer's money, and when.
	ChargedFen   int64       `json:"charged_fen"`
	GivenBackFen int64       `json:"given_back_fen"`
	Charges      []time.Time `json:"charges"`
	Refunds      []Refund    `json:"refunds"`
}

// Ref returns the order's name.
func (o Order) Ref() Ref { return Ref{Wallet: o.Wallet, OrderNo: o.OrderNo} }

// RefundFen is how much refunds have taken of the order so far, those under way
// included.
func (o Order) RefundFen() int64 {
	var sum int64
	for _, r := range o.Refunds {
		sum += r.AmountFen
	}
	return sum
}

// Refund finds a refund by the merchant's number.
func (o Order) Refund(refundNo string) (Refund, bool) {
	i := slices.IndexFunc(o.Refunds, func(r Refund) bool { return r.RefundNo == refundNo })
	if i < 0 {
		return Refund{}, false
	}
	return o.Refunds[i], true
}

func (o Order) clone() Order {
	o.Extra = maps.Clone(o.Extra)
	o.Charges = append([]time.Time{}, o.Charges...)
	o.Refunds = append([]Refund{}, o.Refunds...)
	return o
}

// Ref names an order by the merchant's number or, when OrderNo is empty, by
// the wallet's.
type Ref struct {
	Wallet  Wallet
	OrderNo string
	Number  string
}

type orderKey struct {
	wallet  Wallet
	orderNo string
}

// Bill is what a merchant asks to be paid.
type Bill struct {
	Wallet      Wallet
	OrderNo     string
	AmountFen   int64
	Subject     string
	Attach      string
	NotifyURL   string
	Extra       map[string]string
	Fingerprint string // equal for two bills that ask for the same
	// ExpiresAt ends the order; zero takes Policy.OrderLife from now.
	ExpiresAt time.Time
	// CodeExpiresAt ends the shown code; zero takes Policy.CodeLife from now.
	CodeExpiresAt time.Time
	// PayWithin ends the order that long after a payer scanned it; zero: never.
	PayWithin time.Duration
	// For is the OpenID of the one payer who may pay it, from a page inside the
	// wallet's app; its code is then Policy.InsideCode's. Empty: whoever scans.
	For string
}

// Refusal is why the book did not do what it was asked. Providers translate
// each into their own code.
type Refusal string

// The refusals.
const (
	OrderUnknown   Refusal = "order_unknown"
	OrderDiffers   Refusal = "order_differs"   // the number is taken by another bill
	OrderPaid      Refusal = "order_paid"      // and cannot be paid or closed again
	OrderWaiting   Refusal = "order_waiting"   // the payer is still being asked
	OrderClosed    Refusal = "order_closed"    //
	OrderRevoked   Refusal = "order_revoked"   //
	OrderFailed    Refusal = "order_failed"    // an earlier charge with this number failed
	OrderRefunded  Refusal = "order_refunded"  // cannot be reversed any more
	OrderUnpaid    Refusal = "order_unpaid"    // nothing to refund
	WrongKind      Refusal = "wrong_kind"      // Scan orders are not closed, Show orders not reversed
	TooLate        Refusal = "too_late"        // past the wallet's window for it
	CodeAlien      Refusal = "code_alien"      // not a code of this wallet
	CodeUnknown    Refusal = "code_unknown"    // never issued, or replaced by a newer one
	CodeUsed       Refusal = "code_used"       //
	CodeExpired    Refusal = "code_expired"    //
	OpenedByOther  Refusal = "opened_by_other" // another payer has scanned this code, or it is for another
	BalanceShort   Refusal = "balance_short"   //
	RiskRefused    Refusal = "risk_refused"    //
	PayerRefused   Refusal = "payer_refused"   //
	PasswordWrong  Refusal = "password_wrong"  //
	PasswordOften  Refusal = "password_often"  // wrong too often
	NotWaiting     Refusal = "not_waiting"     // no payer is being asked
	PayerUnknown   Refusal = "payer_unknown"   //
	RefundUnknown  Refusal = "refund_unknown"  //
	RefundDiffers  Refusal = "refund_differs"  // the number is taken by another refund
	RefundTooLarge Refusal = "refund_too_large"
	RefundTooMany  Refusal = "refund_too_many"
)

func (r Refusal) Error() string { return string(r) }
