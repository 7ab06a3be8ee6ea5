package channel

import (
	"context"
	"io"
	"time"

	"guitai"
)

// Biller can fetch and read the wallet's own account of a day (账单), from
// which the books learn what no answer and no notice told.
type Biller interface {
	// FetchBill writes the bill of one day to into, as ReadBill takes it: out of
	// the pack in which it travelled, in the wallet's own columns. Its digest,
	// where the wallet gives one, was compared.
	FetchBill(ctx context.Context, b BillRequest, into io.Writer) BillAnswer
	// ReadBill reads such a bill and hands over line by line, in the bill's
	// order. An error of each ends the reading and is returned. Memory does not
	// grow with the bill.
	ReadBill(b BillRequest, bill io.Reader, each func(BillLine) error) (BillSum, error)
}

// BillKind says what a bill counts.
type BillKind string

// The kinds of bill.
const (
	TradeBill BillKind = "trade" // payments and refunds
	FundBill  BillKind = "funds" // what came into and went out of the account
)

// BillRequest names a bill.
type BillRequest struct {
	Kind BillKind
	Day  string // 2006-01-02, as the wallet counts days: in Beijing
}

// BillOutcome says what became of fetching a bill.
type BillOutcome string

// The outcomes of FetchBill.
const (
	BillFetched     BillOutcome = "fetched"
	BillEmpty       BillOutcome = "empty"       // the wallet says that nothing happened on that day
	BillNotReady    BillOutcome = "not_ready"   // come again later
	BillRefused     BillOutcome = "refused"     // a definite no: not allowed, no such day
	BillUnknown     BillOutcome = "unknown"     // no answer, or none that can be believed
	BillUnavailable BillOutcome = "unavailable" // nothing was sent
)

// BillAnswer is what fetching a bill brought.
type BillAnswer struct {
	Outcome    BillOutcome
	Reason     guitai.Code
	WalletCode string
	Messages   []Message
}

// BillLineKind says what a line of a bill is about.
type BillLineKind string

// The kinds of line.
const (
	BillPayment BillLineKind = "payment"
	BillRefund  BillLineKind = "refund"
	BillFee     BillLineKind = "fee"   // FundBill: kept by the wallet
	BillOther   BillLineKind = "other" // FundBill: withdrawals, corrections
)

// BillLine is one line of a wallet's bill, the same for all wallets.
type BillLine struct {
	N        int // line of the file, from 1
	Kind     BillLineKind
	At       time.Time    // when the wallet booked it, UTC
	OrderNo  string       // our order number
	WalletNo string       // the wallet's number of the order
	RefundNo string       // our refund number; only on refunds
	BackNo   string       // the wallet's number of the refund
	Amount   guitai.Money // BillPayment: taken, positive; BillRefund: given back, negative; FundBill: change of the account
	Fee      guitai.Money // what the wallet keeps of it: positive; on refunds what it gives back of that: negative; rounded half up to the fen
	FeeRate  int64        // hundred-thousandths; 0: the bill does not say
	State    string       // the wallet's own word
	Payer    string       // as the wallet names the payer
	Balance  guitai.Money // FundBill: the account after it
}

// BillSum is what a bill says about itself, and what its lines add up to; a
// reader refuses a bill in which the two differ.
type BillSum struct {
	Payments, Refunds int
	Paid              guitai.Money // sum over BillPayment, positive
	Refunded          guitai.Money // sum over BillRefund, negative
	Fee               guitai.Money // sum over all lines
	Stated            bool         // the bill had a summary of its own
}

// Count adds a line, and the fee that it tells of, to the sum.
func (s *BillSum) Count(l BillLine, fee guitai.Money) (err error) {
	switch l.Kind {
	case BillPayment:
		s.Payments++
		s.Paid, err = s.Paid.Add(l.Amount)
	case BillRefund:
		s.Refunds++
		s.Refunded, err = s.Refunded.Add(l.Amount)
	}
	if err == nil {
		s.Fee, err = s.Fee.Add(fee)
	}
	return err
}
