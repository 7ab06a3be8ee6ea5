package guitai

import "time"

// HoldState says what became of a bill that was laid aside.
type HoldState string

// The states of a hold.
const (
	HoldWaiting HoldState = "waiting" // any till of the shop may take it
	HoldTaken   HoldState = "taken"   // one till has it
	HoldGone    HoldState = "gone"    // it is over; nothing revives it
)

// Hold is a bill laid aside. Its lines stay as the till wrote them: the server
// hands them over and does not reckon with them.
type Hold struct {
	ID       HoldID
	Merchant MerchantID
	Shop     ShopID
	Till     TillID // who laid it aside
	Staff    StaffID
	Sale     SaleID
	Name     string
	TotalFen int64
	Lines    string // JSON
	Member   MemberID
	State    HoldState
	TakenBy  TillID
	MadeAt   time.Time
	TakenAt  time.Time
}

// SameBill reports whether two holds are of the same bill with the same goods.
func (h Hold) SameBill(o Hold) bool {
	return h.Sale == o.Sale && h.Name == o.Name && h.TotalFen == o.TotalFen && h.Lines == o.Lines && h.Member == o.Member
}
