package guitai

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// The files of vectors are shared with the till's own code in TypeScript.
const (
	sumsFile    = "ui/test/vectors/sums.json"
	journalFile = "ui/test/vectors/journal.json"
)

type wireDiscount struct {
	PercentMilli int64 `json:"percent_milli"`
	OffFen       int64 `json:"off_fen"`
}

func (w wireDiscount) discount() Discount {
	return Discount{PercentMilli: w.PercentMilli, OffFen: w.OffFen}
}

type sumsVectors struct {
	Lines []struct {
		Name       string
		PriceFen   int64 `json:"price_fen"`
		CountMilli int64 `json:"count_milli"`
		Discount   wireDiscount
		BeforeFen  int64 `json:"before_fen"`
		OffFen     int64 `json:"off_fen"`
		TotalFen   int64 `json:"total_fen"`
	}
	Bills []struct {
		Name  string
		Lines []struct {
			TotalFen int64 `json:"total_fen"`
			Back     bool
		}
		Discount  wireDiscount
		BeforeFen int64   `json:"before_fen"`
		OffFen    int64   `json:"off_fen"`
		TotalFen  int64   `json:"total_fen"`
		SharesFen []int64 `json:"shares_fen"`
	}
	Returns []struct {
		Name         string
		LineTotalFen int64   `json:"line_total_fen"`
		ShareFen     int64   `json:"share_fen"`
		CountMilli   int64   `json:"count_milli"`
		BacksMilli   []int64 `json:"backs_milli"`
		WorthsFen    []int64 `json:"worths_fen"`
	}
	Sales []struct {
		Name string
		Sale struct {
			Lines []struct {
				N          int
				CountMilli int64 `json:"count_milli"`
				PriceFen   int64 `json:"price_fen"`
				ListFen    int64 `json:"list_fen"`
				Discount   wireDiscount
				TotalFen   int64 `json:"total_fen"`
			}
			Discount wireDiscount
			TotalFen int64 `json:"total_fen"`
			Tenders  []struct {
				N         string
				Kind      TenderKind
				AmountFen int64 `json:"amount_fen"`
				GivenFen  int64 `json:"given_fen"`
				ChangeFen int64 `json:"change_fen"`
			}
		}
		Wrong string
	}
}

func readVectors[T any](t *testing.T, file string) T {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSumsOfLines(t *testing.T) {
	v := readVectors[sumsVectors](t, sumsFile)
	if n := len(v.Lines) + len(v.Bills) + len(v.Returns) + len(v.Sales); n < 40 {
		t.Fatalf("only %d cases", n)
	}
	for _, c := range v.Lines {
		l := SaleLine{N: 1, PriceFen: c.PriceFen, CountMilli: c.CountMilli, Discount: c.Discount.discount()}
		if before, total := l.Before(), l.Total(); before != c.BeforeFen || total != c.TotalFen || before-total != c.OffFen || !l.Within() {
			t.Errorf("%s: before %d, total %d", c.Name, before, total)
		}
	}
}

func TestSumsOfBills(t *testing.T) {
	for _, c := range readVectors[sumsVectors](t, sumsFile).Bills {
		s := Sale{Discount: c.Discount.discount()}
		for _, l := range c.Lines {
			count := int64(1000)
			if l.Back {
				count = -1000
			}
			s.Lines = append(s.Lines, SaleLine{CountMilli: count, TotalFen: l.TotalFen})
		}
		before, sold := s.Before()
		if off := s.Discount.Off(sold); before != c.BeforeFen || off != c.OffFen || before-off != c.TotalFen {
			t.Errorf("%s: before %d, off %d", c.Name, before, off)
		}
		if got := s.Shares(); !slices.Equal(got, c.SharesFen) {
			t.Errorf("%s: shares %v, not %v", c.Name, got, c.SharesFen)
		}
	}
}

func TestWorthOfReturns(t *testing.T) {
	for _, c := range readVectors[sumsVectors](t, sumsFile).Returns {
		var before Returned
		for i, back := range c.BacksMilli {
			got := Worth(c.LineTotalFen-c.ShareFen, c.CountMilli, back, before)
			if got != c.WorthsFen[i] {
				t.Errorf("%s: part %d is worth %d, not %d", c.Name, i+1, got, c.WorthsFen[i])
			}
			before.CountMilli, before.Fen = before.CountMilli+back, before.Fen+got
		}
		if before.CountMilli == c.CountMilli && before.Fen != c.LineTotalFen-c.ShareFen {
			t.Errorf("%s: all came back and %d was given for it", c.Name, before.Fen)
		}
	}
}

func TestSumsOfSales(t *testing.T) {
	for _, c := range readVectors[sumsVectors](t, sumsFile).Sales {
		s := Sale{Discount: c.Sale.Discount.discount(), TotalFen: c.Sale.TotalFen}
		for _, l := range c.Sale.Lines {
			s.Lines = append(s.Lines, SaleLine{N: l.N, CountMilli: l.CountMilli, PriceFen: l.PriceFen, ListFen: l.ListFen,
				Discount: l.Discount.discount(), TotalFen: l.TotalFen})
		}
		for _, p := range c.Sale.Tenders {
			s.Tenders = append(s.Tenders, SaleTender{N: p.N, Kind: p.Kind, AmountFen: p.AmountFen, GivenFen: p.GivenFen, ChangeFen: p.ChangeFen})
		}
		if got := s.Wrong(); got != c.Wrong || !s.Within() {
			t.Errorf("%s: wrong is %q, not %q", c.Name, got, c.Wrong)
		}
	}
}

func TestSaleWithin(t *testing.T) {
	good := func() Sale {
		return Sale{Lines: []SaleLine{{N: 1, CountMilli: 1000, PriceFen: 100, TotalFen: 100}}, TotalFen: 100,
			Tenders: []SaleTender{{N: "1", Kind: TenderCash, AmountFen: 100, GivenFen: 100}}}
	}
	if !good().Within() {
		t.Fatal("a plain sale is not within")
	}
	cases := []struct {
		name string
		do   func(*Sale)
	}{
		{"no line", func(s *Sale) { s.Lines = nil }},
		{"two lines of one number", func(s *Sale) { s.Lines = append(s.Lines, s.Lines[0]) }},
		{"a line without a count", func(s *Sale) { s.Lines[0].CountMilli = 0 }},
		{"a price below zero", func(s *Sale) { s.Lines[0].PriceFen = -1 }},
		{"a list price beyond all reckoning", func(s *Sale) { s.Lines[0].ListFen = 1 << 62 }},
		{"a price beyond all reckoning", func(s *Sale) { s.Lines[0].PriceFen = 1 << 62 }},
		{"a count beyond all reckoning", func(s *Sale) { s.Lines[0].CountMilli = -1 << 63 }},
		{"a line of too much", func(s *Sale) { s.Lines[0].PriceFen, s.Lines[0].CountMilli = MostPrice, MostCount+0 }},
		{"more than all off", func(s *Sale) { s.Discount.PercentMilli = 100_001 }},
		{"a percentage below zero", func(s *Sale) { s.Lines[0].Discount.PercentMilli = -1 }},
		{"a total beyond all reckoning", func(s *Sale) { s.TotalFen = -1 << 63 }},
		{"two tenders of one number", func(s *Sale) { s.Tenders = append(s.Tenders, s.Tenders[0]) }},
		{"a tender of no kind", func(s *Sale) { s.Tenders[0].Kind = "shells" }},
		{"a tender without a number", func(s *Sale) { s.Tenders[0].N = "" }},
		{"change below zero", func(s *Sale) { s.Tenders[0].ChangeFen = -1 }},
		{"a cancelled line beyond all reckoning", func(s *Sale) { s.Cancelled = []SaleLine{{N: 1, CountMilli: 1 << 60}} }},
	}
	for _, c := range cases {
		s := good()
		c.do(&s)
		if s.Within() {
			t.Errorf("%s is within", c.name)
		}
	}
}
