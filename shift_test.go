package guitai

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestShiftStates compares the table above ShiftState.Next with an independent
// copy, and the code with both, cell by cell.
func TestShiftStates(t *testing.T) {
	states := []ShiftState{ShiftNone, ShiftOpen, ShiftClosed}
	table := map[ShiftEvent][]string{
		ShiftOpens:  {"open", "open²", "closed²"},
		ShiftUsed:   {"none¹", "open", "closed¹"},
		ShiftCloses: {"none¹", "closed", "closed²"},
	}
	codes := map[string]Code{"¹": CodeShiftNotOpen, "²": CodeEntryImpossible, "": ""}
	src, err := os.ReadFile("shift.go")
	if err != nil {
		t.Fatal(err)
	}
	for event, cells := range table {
		row := "//\t" + string(event) + " " + strings.Join(cells, " ")
		found := false
		for _, l := range strings.Split(string(src), "\n") {
			found = found || strings.Join(strings.Fields(strings.TrimPrefix(l, "//")), " ") == strings.Join(strings.Fields(strings.TrimPrefix(row, "//")), " ")
		}
		if !found {
			t.Errorf("the comment has no row %q", row)
		}
		for i, cell := range cells {
			word := strings.TrimRight(cell, "¹²")
			want := ShiftState(strings.Replace(word, "none", "", 1))
			if got, code := states[i].Next(event); got != want || code != codes[strings.TrimPrefix(cell, word)] {
				t.Errorf("%q after %s: %q, %q", states[i], event, got, code)
			}
		}
	}
}

func sold(n int, department string, count, price int64) SaleLine {
	l := SaleLine{N: n, Department: department, CountMilli: count, PriceFen: price, ListFen: price}
	l.TotalFen = l.Total()
	return l
}

func cashFor(n string, fen int64) SaleTender {
	return SaleTender{N: n, Kind: TenderCash, AmountFen: fen, GivenFen: max(0, fen), ChangeFen: max(0, -fen)}
}

func TestFigures(t *testing.T) {
	at := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
	off := sold(2, "tea", 1000, 500)
	off.Discount = Discount{OffFen: 50}
	off.TotalFen = 450
	w := ShiftWork{Shift: Shift{ID: "shf-1", FloatFen: 50_000}, Sales: []Sale{
		{ReceiptNo: "1A-000002", Staff: "stf-1", State: SaleDone, TotalFen: 1350, Discount: Discount{OffFen: 100},
			Lines:   []SaleLine{sold(1, "cake", 2000, 500), off},
			Tenders: []SaleTender{cashFor("1", 1000), {N: "2", Kind: TenderWallet, AmountFen: 350}}, Cancelled: []SaleLine{sold(3, "tea", 1000, 700)}},
		{ReceiptNo: "1A-000003", Staff: "stf-2", State: SaleDone, TotalFen: -500,
			Lines: []SaleLine{sold(1, "cake", -1000, 500)}, Tenders: []SaleTender{cashFor("1", -500)}},
		{ReceiptNo: "1A-000004", Staff: "stf-1", State: SaleVoided, TotalFen: 700, Lines: []SaleLine{sold(1, "tea", 1000, 700)},
			Tenders: []SaleTender{{N: "1", Kind: TenderWallet, AmountFen: 700}}, VoidedAt: at,
			Void: Void{ID: "vod-1", Tenders: []SaleTender{{N: "2", Kind: TenderWallet, AmountFen: -700}}}},
		{Staff: "stf-1", State: SaleCancelled, TotalFen: 300, Lines: []SaleLine{sold(1, "tea", 1000, 300)}},
		{ReceiptNo: "1A-000005", Staff: "stf-1", State: SaleDone, TotalFen: 200, Lines: []SaleLine{sold(1, "", 1000, 200)},
			Tenders: []SaleTender{{N: "1", Kind: TenderVoucher, AmountFen: 200, Unbooked: true}}},
	}, Moves: []CashMove{{Kind: PayIn, AmountFen: 2000}, {Kind: PayOut, AmountFen: 700}, {Kind: Drawer}}}
	want := Figures{
		Sales: NamedSum{Count: 3, Fen: 1050}, Returns: NamedSum{Count: 1, Fen: 500}, LineDiscounts: NamedSum{Count: 1, Fen: 50},
		BillDiscounts: NamedSum{Count: 1, Fen: 100}, CancelledLines: NamedSum{Count: 1, Fen: 700}, CancelledBills: NamedSum{Count: 1, Fen: 300},
		Voids: NamedSum{Count: 1, Fen: 700}, PayIns: NamedSum{Count: 1, Fen: 2000}, PayOuts: NamedSum{Count: 1, Fen: 700}, Drawers: 1,
		Tenders:     []TenderSum{{TenderCash, 2, 1000, 500}, {TenderWallet, 3, 1050, 700}},
		Departments: []NamedSum{{"", 1, 200}, {"cake", 2, 431}, {"tea", 1, 419}},
		Cashiers:    []NamedSum{{"stf-1", 2, 1550}, {"stf-2", 1, -500}},
		Expected:    []TenderFen{{TenderCash, 51_800}, {TenderWallet, 350}}, MissingFen: 200,
		FirstReceipt: "1A-000002", LastReceipt: "1A-000005",
	}
	got := w.Figures()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n%+v\nnot\n%+v", got, want)
	}
	var sum int64
	for _, d := range got.Departments {
		sum += d.Fen
	}
	if sum != got.Sales.Fen {
		t.Errorf("departments come to %d, sales to %d", sum, got.Sales.Fen)
	}
	over := got.Over([]Counted{{Tender: TenderCash, Fen: 51_700}, {Tender: TenderCheque, Fen: 5}})
	if !reflect.DeepEqual(over, []TenderFen{{TenderCash, -100}, {TenderCheque, 5}}) {
		t.Errorf("over %v", over)
	}
}
