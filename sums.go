package guitai

import (
	"math/bits"
	"slices"
	"strconv"
)

// The sums of a sale, as docs/till-journal.md has them: whole numbers, half is
// rounded away from zero. What lies within the bounds below cannot overflow.
const (
	MostFen   = 1_000_000_000_000 // one amount: 10 billion yuan
	MostPrice = 10_000_000_000    // of one
	MostCount = 100_000_000       // thousandths: 100,000 pieces
	MostLines = 1000
)

// whole is one hundred per cent.
const whole = 100_000

// round divides by a positive number, half away from zero.
func round(a, by int64) int64 {
	if a < 0 {
		return -((-a + by/2) / by)
	}
	return (a + by/2) / by
}

// share is the whole part of a × b / of and the remainder, for 0 ≤ a ≤ of and
// 0 ≤ b: it goes over 128 bits.
func share(a, b, of int64) (part, rest uint64) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	return bits.Div64(hi, lo, uint64(of))
}

// Before is what the line would cost without its discount.
func (l SaleLine) Before() int64 { return round(l.PriceFen*l.CountMilli, 1000) }

// Total is what the line comes to: the sum before less what is off.
func (l SaleLine) Total() int64 { b := l.Before(); return b - l.Discount.Off(b) }

// ComesBack reports whether the customer brought this line's goods back.
func (l SaleLine) ComesBack() bool { return l.CountMilli < 0 }

// Off is what the discount takes off an amount; off what comes back, which is
// below zero, it is below zero too.
func (d Discount) Off(before int64) int64 {
	if d.PercentMilli != 0 {
		return round(before*d.PercentMilli, whole)
	}
	return d.OffFen
}

// fits reports whether a discount can stand on an amount and says itself what
// comes out of it. A bill of more than can be reckoned with fits nothing.
func (d Discount) fits(before int64) bool {
	off := d.Off(before)
	return d.OffFen == off && (off == 0 || (off > 0) == (before > 0)) && abs(off) <= abs(before)
}

func abs(n int64) int64 { return max(n, -n) }

func bounded(n, most int64) bool { return -most <= n && n <= most }

// Within reports whether all numbers of the line are such as can be reckoned
// with.
func (l SaleLine) Within() bool {
	return l.N > 0 && l.CountMilli != 0 && bounded(l.CountMilli, MostCount) && l.PriceFen >= 0 && l.PriceFen <= MostPrice &&
		l.ListFen >= 0 && l.ListFen <= MostPrice && bounded(l.Before(), MostFen) && bounded(l.TotalFen, MostFen) && l.Discount.within()
}

func (d Discount) within() bool {
	return d.PercentMilli >= 0 && d.PercentMilli <= whole && bounded(d.OffFen, MostFen)
}

// Within reports whether all numbers of the sale are such as can be reckoned
// with, and name their lines and tenders one by one.
func (s Sale) Within() bool {
	if len(s.Lines) == 0 || len(s.Lines)+len(s.Cancelled) > MostLines || len(s.Tenders) > MostLines || !bounded(s.TotalFen, MostFen) || !s.Discount.within() {
		return false
	}
	lines, tenders := map[int]bool{}, map[string]bool{}
	for _, l := range s.Lines {
		if !l.Within() || lines[l.N] {
			return false
		}
		lines[l.N] = true
	}
	for _, l := range s.Cancelled {
		if !l.Within() {
			return false
		}
	}
	for _, t := range s.Tenders {
		if !t.Within() || tenders[t.N] {
			return false
		}
		tenders[t.N] = true
	}
	before, _ := s.Before()
	return bounded(before, MostFen)
}

// Within reports whether the numbers of the tender can be reckoned with.
func (t SaleTender) Within() bool {
	return ValidID(t.N) == nil && t.Kind.Known() && bounded(t.AmountFen, MostFen) && t.GivenFen >= 0 && t.GivenFen <= MostFen &&
		t.ChangeFen >= 0 && t.ChangeFen <= MostFen && bounded(t.Points, MostFen)
}

// Known reports whether k is a kind of tender.
func (k TenderKind) Known() bool {
	return slices.Contains(TenderKinds(), k)
}

// TenderKinds lists the kinds of tender, cash first.
func TenderKinds() []TenderKind {
	return []TenderKind{TenderCash, TenderWallet, TenderCheque, TenderVoucher, TenderPoints, TenderCard, TenderAccount}
}

// Before is the sum of the lines, and that part of it on which the bill's
// discount is reckoned: what does not come back.
func (s Sale) Before() (all, sold int64) {
	for _, l := range s.Lines {
		all += l.TotalFen
		if !l.ComesBack() {
			sold += l.TotalFen
		}
	}
	return all, sold
}

// Wrong names the first part of the sale whose sums do not come out, such as
// "line 2", "total" or "tender 1"; empty: all is right. The sale is Within.
func (s Sale) Wrong() string {
	for _, l := range s.Lines {
		if !l.Discount.fits(l.Before()) || l.TotalFen != l.Total() {
			return "line " + strconv.Itoa(l.N)
		}
	}
	before, sold := s.Before()
	if !s.Discount.fits(sold) {
		return "discount"
	}
	if s.TotalFen != before-s.Discount.Off(sold) {
		return "total"
	}
	var paid int64
	for _, t := range s.Tenders {
		paid += t.AmountFen
		if t.Kind == TenderCash && t.GivenFen-t.ChangeFen != t.AmountFen {
			return "tender " + t.N
		}
	}
	if paid != s.TotalFen {
		return "tenders"
	}
	return ""
}

// Shares divides the bill's discount among the lines, in their order, by the
// largest remainder, ties to the earlier line: they add up. What comes back has
// no share.
func (s Sale) Shares() []int64 {
	shares, rests := make([]int64, len(s.Lines)), make([]uint64, len(s.Lines))
	_, sold := s.Before()
	off := s.Discount.Off(sold)
	if off <= 0 || off > sold {
		return shares
	}
	left, order := off, make([]int, 0, len(s.Lines))
	for i, l := range s.Lines {
		if l.ComesBack() || l.TotalFen <= 0 {
			continue
		}
		part, rest := share(off, l.TotalFen, sold)
		shares[i], rests[i] = int64(part), rest
		left -= int64(part)
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case rests[a] > rests[b]:
			return -1
		case rests[a] < rests[b]:
			return 1
		}
		return 0
	})
	for _, i := range order[:min(int(left), len(order))] {
		shares[i]++
	}
	return shares
}

// Returned is what has come back of one line, all returns together.
type Returned struct {
	CountMilli int64 // never below zero
	Fen        int64 // what the customers got for it
}

// Worth is what a count that comes back of a line is worth, after what has come
// back of it before. fen is the line's total less its share of the bill's
// discount. The last of the goods gets what is left; nobody gets more than that.
func Worth(fen, countMilli, backMilli int64, before Returned) int64 {
	left := max(0, fen-before.Fen)
	if before.CountMilli+backMilli >= countMilli {
		return left
	}
	part, rest := share(backMilli, fen, countMilli)
	if 2*rest >= uint64(countMilli) {
		part++
	}
	return min(int64(part), left)
}
