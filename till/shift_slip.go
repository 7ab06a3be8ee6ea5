package till

import (
	"strconv"
	"time"

	"guitai"
	"guitai/receipt"
)

// ShiftReport is what an X or Z report says, as plain figures: whoever keeps
// the shifts fills it in.
type ShiftReport struct {
	Kind     receipt.Kind // receipt.Interim or receipt.Final
	Number   string       // of a Z
	OpenedAt time.Time
	ClosedAt time.Time // zero: still open
	Currency guitai.Currency

	FirstReceipt, LastReceipt string

	Sales, Returns, Voids Tally
	DiscountFen           int64
	Bills                 int64 // cancelled
	DrawerOpened          int64 // without a sale
	FloatFen              int64
	PayInFen, PayOutFen   int64

	Tenders     []ShiftTender
	Departments []ShiftPart
	Note        string
}

// Tally is how many, and how much together.
type Tally struct{ Count, Fen int64 }

// ShiftPart is one department's share.
type ShiftPart struct {
	Name string
	Tally
}

// ShiftTender is what one kind of tender should be, and what was counted.
type ShiftTender struct {
	Kind        guitai.TenderKind
	Count       int64
	ExpectedFen int64
	CountedFen  *int64 // nil: not counted, or counted blind and not to be shown
}

// ShiftSlip words an X or Z report.
func ShiftSlip(r ShiftReport, w guitai.Where, d Design) receipt.Document {
	out := receipt.Document{
		Language: d.Language, Kind: r.Kind, Copy: d.On.Copy, Mode: d.On.Mode, Shop: w.Shop.Name, Merchant: w.Merchant.Name,
		Number: r.Number, Till: w.Till.Number, Cashier: w.Staff.Number, PrintedAt: d.On.PrintedAt, Zone: d.On.Zone, Reason: r.Note,
	}
	if r.Kind == receipt.Final {
		out.Signature, out.At = receipt.Signature, r.ClosedAt
	}
	f := shiftFields{l: d.Language, currency: r.Currency, zone: d.On.Zone}
	f.text(wordOpened, f.clock(r.OpenedAt))
	f.text(wordClosed, f.clock(r.ClosedAt))
	f.text(wordFirst, r.FirstReceipt)
	f.text(wordLast, r.LastReceipt)
	f.list = append(f.list, receipt.Field{Head: true, Name: saleWord(wordNet, d.Language), Value: f.money(r.Sales.Fen + r.Returns.Fen)})
	f.tally(saleWord(wordSales, d.Language), r.Sales)
	f.tally(saleWord(wordReturns, d.Language), r.Returns)
	f.tally(saleWord(wordVoids, d.Language), r.Voids)
	f.text(wordDiscounts, f.money(r.DiscountFen))
	f.text(wordCancelled, strconv.FormatInt(r.Bills, 10))
	f.text(wordDrawer, strconv.FormatInt(r.DrawerOpened, 10))
	f.text(wordFloat, f.money(r.FloatFen))
	f.text(wordPayIn, f.money(r.PayInFen))
	f.text(wordPayOut, f.money(-r.PayOutFen))
	f.head(saleWord(wordTenders, d.Language))
	for _, t := range r.Tenders {
		f.tender(t)
	}
	if len(r.Departments) > 0 {
		f.head(saleWord(wordDepartments, d.Language))
		for _, p := range r.Departments {
			f.tally(p.Name, p.Tally)
		}
	}
	out.Fields = f.list
	return out
}

// shiftFields gathers the rows of a report.
type shiftFields struct {
	l        guitai.Lang
	currency guitai.Currency
	zone     *time.Location
	list     []receipt.Field
}

func (f *shiftFields) money(fen int64) string {
	return guitai.Money{Fen: fen, Currency: f.currency}.Decimal()
}

func (f *shiftFields) clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	zone := f.zone
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format(time.DateTime)
}

func (f *shiftFields) text(w saleWording, value string) {
	f.list = append(f.list, receipt.Field{Name: saleWord(w, f.l), Value: value})
}

func (f *shiftFields) head(name string) {
	f.list = append(f.list, receipt.Field{Head: true, Name: name})
}

func (f *shiftFields) tally(name string, t Tally) {
	f.list = append(f.list, receipt.Field{Name: name + " x" + strconv.FormatInt(t.Count, 10), Value: f.money(t.Fen)})
}

// tender says in words whether the count is right.
func (f *shiftFields) tender(t ShiftTender) {
	f.tally(tenderWord(t.Kind, f.l), Tally{t.Count, t.ExpectedFen})
	if t.CountedFen == nil {
		return
	}
	f.list = append(f.list, receipt.Field{Name: "  " + saleWord(wordCounted, f.l), Value: f.money(*t.CountedFen)})
	off := *t.CountedFen - t.ExpectedFen
	said := saleWord(wordBalanced, f.l)
	switch {
	case off > 0:
		said = pick(f.l, "长款 ", "長款 ", "Over ") + f.money(off)
	case off < 0:
		said = pick(f.l, "短款 ", "短款 ", "Short ") + f.money(-off)
	}
	f.list = append(f.list, receipt.Field{Name: "  " + saleWord(wordDiffers, f.l), Value: said})
}
