package guitai

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Shift is one person's time at a till, from the float to the count.
type Shift struct {
	ID       ShiftID
	Merchant MerchantID
	Shop     ShopID
	Till     TillID
	Book     BookID
	Staff    StaffID
	State    ShiftState
	FloatFen int64
	Notes    []Notes // of the float
	OpenedAt time.Time
	Close    ShiftClose // zero while it is open
	Z        int64      // number of its Z report; 0: none yet
}

// ShiftClose is what the till said when it closed a shift.
type ShiftClose struct {
	At       time.Time
	Staff    StaffID
	Counted  []Counted
	Expected []TenderFen // as the till reckoned it
	Wallets  WalletsSaid
	Note     string
	Approval string
}

// Notes are so many notes or coins of one worth.
type Notes struct{ Fen, N int64 }

// Counted is what was counted of one kind of tender.
type Counted struct {
	Tender TenderKind
	Fen    int64
	Notes  []Notes
}

// TenderFen is an amount of one kind of tender.
type TenderFen struct {
	Tender TenderKind
	Fen    int64
}

// WalletsSaid is what a till knew of its wallets' answers when it closed: for
// how many payments they agreed, had no end, or differed.
type WalletsSaid struct {
	AskedAt               time.Time
	Agreed, Open, Differs int64
}

// ShiftState is where a shift stands. One that the server was never told of is
// ShiftNone.
type ShiftState string

// The states of a shift.
const (
	ShiftNone   ShiftState = ""
	ShiftOpen   ShiftState = "open"
	ShiftClosed ShiftState = "closed"
)

// ShiftEvent is what an entry does with a shift.
type ShiftEvent string

// The events of a shift.
const (
	ShiftOpens  ShiftEvent = "open"
	ShiftUsed   ShiftEvent = "use" // a sale, a void, cash
	ShiftCloses ShiftEvent = "close"
)

// Next is the state of a shift after an event, and what is to be said of the
// entry that told of it.
//
//	        none  open    closed
//	open    open  open²   closed²
//	use     none¹ open    closed¹
//	close   none¹ closed  closed²
//
// ¹ it happened, and a person is asked: shift_not_open; ² it cannot be:
// entry_impossible.
func (s ShiftState) Next(e ShiftEvent) (ShiftState, Code) {
	switch {
	case s == ShiftNone && e == ShiftOpens:
		return ShiftOpen, ""
	case e == ShiftOpens, s == ShiftClosed && e == ShiftCloses:
		return s, CodeEntryImpossible
	case s != ShiftOpen:
		return s, CodeShiftNotOpen
	case e == ShiftCloses:
		return ShiftClosed, ""
	}
	return s, ""
}

// CashKind is what a movement of the drawer was for.
type CashKind string

// The kinds of movement.
const (
	PayIn  CashKind = "pay_in"
	PayOut CashKind = "pay_out"
	Drawer CashKind = "drawer" // opened without a sale; no money
)

// CashMove is cash that came or went without a sale.
type CashMove struct {
	ID        string // made by the till. Prefix "mov"
	Merchant  MerchantID
	Shift     ShiftID
	Till      TillID
	Staff     StaffID
	Kind      CashKind
	AmountFen int64 // never below zero
	Reason    string
	Approval  string
	At        time.Time
}

// ShiftWork is all that was done in a shift.
type ShiftWork struct {
	Shift Shift
	Sales []Sale // those of its entries, voided and cancelled ones too
	Moves []CashMove
}

// TenderSum is what one kind of tender brought and took.
type TenderSum struct {
	Tender        TenderKind
	Count         int64
	InFen, OutFen int64 // both never below zero
}

// NamedSum is a number of things and what they came to.
type NamedSum struct {
	Name  string
	Count int64
	Fen   int64
}

// Figures are the sums of a shift: of an X report while it is open, of its Z
// report when it was closed.
type Figures struct {
	Sales          NamedSum // that stand, returns among them
	Returns        NamedSum // lines that came back, with what was given for them
	LineDiscounts  NamedSum
	BillDiscounts  NamedSum
	CancelledLines NamedSum
	CancelledBills NamedSum
	Voids          NamedSum
	PayIns         NamedSum
	PayOuts        NamedSum
	Drawers        int64
	Tenders        []TenderSum // in the order of TenderKinds, those that were used
	Departments    []NamedSum  // what was sold less what came back; the bill's discount is shared out
	Cashiers       []NamedSum  // by the person's ID
	Expected       []TenderFen // cash with its float first
	MissingFen     int64       // tenders that were refused
	FirstReceipt   string
	LastReceipt    string
}

// Figures reckons the sums of a shift.
func (w ShiftWork) Figures() Figures {
	f := Figures{}
	departments, cashiers := sums{}, sums{}
	tenders := map[TenderKind]TenderSum{}
	for _, s := range w.Sales {
		for _, t := range slices.Concat(s.Tenders, s.Void.Tenders) {
			f.tender(tenders, t)
		}
		f.receipt(s.ReceiptNo)
		for _, l := range s.Cancelled {
			f.CancelledLines.add(l.TotalFen)
		}
		switch s.State {
		case SaleCancelled:
			f.CancelledBills.add(s.TotalFen)
		case SaleVoided:
			f.Voids.add(s.TotalFen)
		default:
			f.sale(s, departments)
			cashiers.add(string(s.Staff), s.TotalFen)
		}
	}
	cash := w.Shift.FloatFen
	for _, m := range w.Moves {
		switch m.Kind {
		case PayIn:
			f.PayIns.add(m.AmountFen)
		case PayOut:
			f.PayOuts.add(m.AmountFen)
		case Drawer:
			f.Drawers++
		}
	}
	cash += f.PayIns.Fen - f.PayOuts.Fen
	f.Departments, f.Cashiers = departments.list(), cashiers.list()
	for _, k := range TenderKinds() {
		t, used := tenders[k]
		if used {
			f.Tenders = append(f.Tenders, t)
		}
		if k == TenderCash {
			f.Expected = append(f.Expected, TenderFen{k, cash + t.InFen - t.OutFen})
		} else if used {
			f.Expected = append(f.Expected, TenderFen{k, t.InFen - t.OutFen})
		}
	}
	return f
}

func (f *Figures) tender(by map[TenderKind]TenderSum, t SaleTender) {
	if t.Unbooked {
		f.MissingFen += t.AmountFen
		return
	}
	sum := by[t.Kind]
	sum.Tender, sum.Count = t.Kind, sum.Count+1
	if t.AmountFen < 0 {
		sum.OutFen -= t.AmountFen
	} else {
		sum.InFen += t.AmountFen
	}
	by[t.Kind] = sum
}

func (f *Figures) sale(s Sale, departments sums) {
	f.Sales.add(s.TotalFen)
	shares := s.Shares()
	for i, l := range s.Lines {
		departments.add(l.Department, l.TotalFen-shares[i])
		if l.ComesBack() {
			f.Returns.add(-l.TotalFen)
		} else if off := l.Before() - l.TotalFen; off != 0 {
			f.LineDiscounts.add(off)
		}
	}
	if _, sold := s.Before(); s.Discount.Off(sold) != 0 {
		f.BillDiscounts.add(s.Discount.Off(sold))
	}
}

// receipt remembers the first and the last number; those of one book sort as
// they were given, as long as they have as many digits.
func (f *Figures) receipt(no string) {
	if no == "" {
		return
	}
	before := func(a, b string) bool { return len(a) < len(b) || len(a) == len(b) && a < b }
	if f.FirstReceipt == "" || before(no, f.FirstReceipt) {
		f.FirstReceipt = no
	}
	if before(f.LastReceipt, no) {
		f.LastReceipt = no
	}
}

func (n *NamedSum) add(fen int64) { n.Count, n.Fen = n.Count+1, n.Fen+fen }

// sums are amounts by name.
type sums map[string]NamedSum

func (s sums) add(name string, fen int64) {
	n := s[name]
	n.Name = name
	n.add(fen)
	s[name] = n
}

func (s sums) list() []NamedSum {
	list := make([]NamedSum, 0, len(s))
	for _, n := range s {
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b NamedSum) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Over is, for each kind of tender that was counted or expected, what was
// counted less what was expected: above zero the shift is over, below it short.
func (f Figures) Over(counted []Counted) []TenderFen {
	var list []TenderFen
	for _, k := range TenderKinds() {
		var fen int64
		named := false
		for _, c := range counted {
			if c.Tender == k {
				fen, named = fen+c.Fen, true
			}
		}
		if !named {
			continue
		}
		for _, e := range f.Expected {
			if e.Tender == k {
				fen -= e.Fen
			}
		}
		list = append(list, TenderFen{k, fen})
	}
	return list
}

// Number is the report's number as it is printed.
func (z ZReport) Number() string { return fmt.Sprintf("Z%06d", z.N) }

// ZReport is the report of a closed shift: fixed when it was closed and never
// reckoned again.
type ZReport struct {
	Shift    ShiftID
	Merchant MerchantID
	Till     TillID
	N        int64 // 1, 2, 3 … per till, without a gap
	At       time.Time
	Text     string // for people, in 简体中文
	Figures  string // the same as a JSON object
}
