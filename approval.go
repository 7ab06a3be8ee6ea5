package guitai

import (
	"slices"
	"time"
)

// TillAct is something done at a till that can be put under a manager.
type TillAct string

// The acts, as docs/till-bundle.md names them.
const (
	ActVoid         TillAct = "void"
	ActReturn       TillAct = "return"
	ActReturnNoSlip TillAct = "return_without_receipt"
	ActDiscount     TillAct = "discount"
	ActPriceChange  TillAct = "price_change"
	ActDrawer       TillAct = "drawer"
	ActCancelLine   TillAct = "cancel_line"
	ActCancelBill   TillAct = "cancel_bill"
	ActPayOut       TillAct = "pay_out"
	ActReprint      TillAct = "reprint"
)

const (
	mostApprovalFen  = 1_000_000_000_00
	mostApprovalText = 200
)

// TillActs lists the acts.
func TillActs() []TillAct {
	return []TillAct{ActVoid, ActReturn, ActReturnNoSlip, ActDiscount, ActPriceChange, ActDrawer, ActCancelLine, ActCancelBill, ActPayOut, ActReprint}
}

// Known reports whether a is one of the acts.
func (a TillAct) Known() bool { return slices.Contains(TillActs(), a) }

// Within reports whether somebody with these limits may allow an act of an
// amount to others.
func (l Limits) Within(a TillAct, fen int64) bool {
	switch a {
	case ActVoid:
		return l.Void
	case ActReturn, ActReturnNoSlip, ActPayOut:
		return fen <= l.RefundFen
	case ActDiscount:
		return l.DiscountMilli > 0
	case ActPriceChange:
		return l.PriceChange
	case ActDrawer:
		return l.Drawer
	}
	return true
}

// How an approval was given.
type How string

// The ways.
const (
	ByPIN     How = "pin"     // a manager's PIN at the till
	ByPhone   How = "phone"   // a request that was answered on a phone
	ByCode    How = "code"    // six digits made on a phone
	ByOffline How = "offline" // eight digits for a till without a line
)

// ActAsked is an act that somebody at a till wants to be allowed.
type ActAsked struct {
	Till      Till
	Staff     StaffID // who is at the till
	Act       TillAct
	AmountFen int64 // 0: none
	Sale      SaleID
	About     string
}

// Check says what is wrong with it.
func (a ActAsked) Check() error {
	switch {
	case !a.Act.Known():
		return FailField(CodeActUnknown, "act")
	case a.AmountFen < 0 || a.AmountFen > mostApprovalFen:
		return FailField(CodeFieldInvalid, "amount_fen")
	case a.Sale != "" && ValidID(string(a.Sale)) != nil:
		return FailField(CodeIDMalformed, "sale")
	case len(a.About) > 3*mostApprovalText:
		return FailField(CodeFieldInvalid, "about")
	}
	return nil
}

// AskState says what became of a request for approval.
type AskState string

// The states of a request.
const (
	AskOpen      AskState = "open"
	AskApproved  AskState = "approved"
	AskRefused   AskState = "refused"
	AskWithdrawn AskState = "withdrawn"
)

// ApprovalAsk is a request that waits for a manager's phone.
type ApprovalAsk struct {
	ID         string
	Merchant   MerchantID
	ActAsked   // of Till only the ID and the shop are kept
	State      AskState
	MadeAt     time.Time
	ExpiresAt  time.Time
	AnsweredAt time.Time
	AnsweredBy StaffID
	Approval   string
}
