package guitai

import "time"

// Sale is one bill as a till completed it: goods that changed hands against
// tenders. Its shape and its sums are those of docs/till-journal.md. A return is
// a sale whose lines and tenders are negative; an exchange has both.
type Sale struct {
	ID        SaleID
	Merchant  MerchantID
	Shop      ShopID
	Till      TillID
	Shift     ShiftID
	Staff     StaffID
	ReceiptNo string
	BeganAt   time.Time
	At        time.Time // when it was completed, by the till
	Lines     []SaleLine
	Cancelled []SaleLine // rung up and taken off again
	Discount  Discount
	TotalFen  int64 // below zero: it went to the customer
	Currency  Currency
	Tenders   []SaleTender
	Member    MemberID
	Approvals []string
	VoidedAt  time.Time // zero: it stands
	State     SaleState
	Reason    string // why it was cancelled
	Void      Void   // how it was voided
	Book      BookID // whose entry tells of it
	Seq       int64
}

// SaleState is what became of a bill.
type SaleState string

// The states of a sale that the server knows. A bill that is still being rung
// up, held or part paid is the till's alone.
const (
	SaleDone      SaleState = "done"      // completed
	SaleCancelled SaleState = "cancelled" // came to nothing, no money was taken
	SaleVoided    SaleState = "voided"    // undone within its shift
)

// Void undoes the whole of a sale.
type Void struct {
	ID       string
	Shift    ShiftID
	Staff    StaffID
	Reason   string
	Approval string
	Tenders  []SaleTender // what gave back the money
}

// SaleLine is one line of a bill.
type SaleLine struct {
	N           int
	Item        string // the item's code; empty: keyed by hand
	Barcode     string
	Name        string
	Department  string
	Unit        string
	CountMilli  int64 // thousandths; below zero it came back
	ListFen     int64 // the price list's price of one
	PriceFen    int64 // what was charged for one
	Discount    Discount
	TotalFen    int64
	PriceReason string
	Approval    string
	Back        BackOf // which line came back; zero: none
}

// BackOf names the line of an older sale that comes back.
type BackOf struct {
	Sale      SaleID
	N         int
	ReceiptNo string
}

// Discount is what is taken off a line or a bill.
type Discount struct {
	PercentMilli int64 // thousandths of a percent; 0: an amount
	OffFen       int64
	Reason       string
	Approval     string
}

// TenderKind is what a bill is paid with.
type TenderKind string

// The kinds of tender.
const (
	TenderCash    TenderKind = "cash"
	TenderWallet  TenderKind = "wallet"
	TenderCheque  TenderKind = "cheque"
	TenderVoucher TenderKind = "voucher"
	TenderPoints  TenderKind = "points"
	TenderCard    TenderKind = "card"
	TenderAccount TenderKind = "account"
)

// SaleTender is one part of what a bill was paid with.
type SaleTender struct {
	N         string // the tender of /v1/payments
	Kind      TenderKind
	AmountFen int64 // below zero: to the customer
	GivenFen  int64
	ChangeFen int64
	Payment   PaymentID
	Refund    RefundID
	Wallet    Wallet
	Offline   string // the nonce of an offline code
	ChequeNo  string
	Voucher   string // its code
	Points    int64
	Member    MemberID
	Approval  string
	Unbooked  bool // its voucher or points were refused: this money is missing
}
