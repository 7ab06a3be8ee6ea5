package guitai

import (
	"math/big"
	"slices"
	"unicode/utf8"
)

// PointRules say how points are earned and what they are worth. Whole numbers
// only: rates are thousandths of a point per yuan, times are thousandths (2000
// is double).
type PointRules struct {
	On            bool
	PerYuanMilli  map[TenderKind]int64 // a kind that is not named earns nothing
	NoItems       []string
	NoDepartments []string
	Rounding      Rounding // of a sale's points, once
	Birthday      Span     // BirthdayNever, BirthdayDay or BirthdayMonth
	BirthdayMilli int64
	Departments   []PointTimes
	Stack         Stack
	WorthPoints   int64 // so many points …
	WorthFen      int64 // … are worth so much; 0: points cannot be paid with
	Step          int64 // points are spent in multiples of it
	Gifts         []Gift
}

// PointTimes multiplies the points of a department's goods.
type PointTimes struct {
	Department string
	Milli      int64
}

// Gift is something that points are exchanged for: a thing, or a voucher.
type Gift struct {
	ID         string
	Name       string
	Points     int64
	Item       string // the item's code; empty: none
	VoucherFen int64  // 0: no voucher
	Days       int64  // that the voucher lives
}

// Rounding says how a fraction of a point is treated.
type Rounding string

// The ways of rounding.
const (
	HalfUp Rounding = "half_up"
	Down   Rounding = "down"
)

// Stack says how several multipliers work together.
type Stack string

// The ways of stacking.
const (
	StackAdd      Stack = "add"      // what each adds beyond once is added up
	StackHighest  Stack = "highest"  // the highest alone
	StackMultiply Stack = "multiply" // one after the other
)

// When a birthday counts.
const (
	BirthdayNever Span = "never"
	BirthdayDay   Span = "day"
	BirthdayMonth Span = "month"
)

// UsualPointRules: a point a yuan of real money, none for vouchers and points,
// double in the month of the birthday, 100 points are worth one yuan.
func UsualPointRules() PointRules {
	return PointRules{On: true, PerYuanMilli: map[TenderKind]int64{TenderCash: 1000, TenderWallet: 1000, TenderCheque: 1000,
		TenderCard: 1000, TenderAccount: 1000}, Rounding: HalfUp, Birthday: BirthdayMonth, BirthdayMilli: 2000, Stack: StackAdd,
		WorthPoints: 100, WorthFen: 100, Step: 100}
}

// Bounds of what rules may say: no product of theirs with the largest bill
// leaves what is stored.
const (
	mostPerYuan    = 1_000_000 // a thousand points a yuan
	mostTimes      = 100_000   // a hundredfold
	mostPoints     = 1_000_000_000
	mostRuleLines  = 200
	mostGiftDays   = 3660
	mostVoucherFen = 1_000_000_00
)

// Check says what is wrong with rules; the field at fault is named by its name
// in the API.
func (r PointRules) Check() error {
	for k, n := range r.PerYuanMilli {
		known := slices.Contains([]TenderKind{TenderCash, TenderWallet, TenderCheque, TenderVoucher, TenderPoints, TenderCard, TenderAccount}, k)
		if !known || n < 0 || n > mostPerYuan {
			return FailField(CodeFieldInvalid, "per_yuan_milli")
		}
	}
	switch {
	case r.Rounding != HalfUp && r.Rounding != Down:
		return FailField(CodeFieldInvalid, "rounding")
	case r.Birthday != BirthdayNever && r.Birthday != BirthdayDay && r.Birthday != BirthdayMonth:
		return FailField(CodeFieldInvalid, "birthday")
	case r.BirthdayMilli < 1000 || r.BirthdayMilli > mostTimes:
		return FailField(CodeFieldInvalid, "birthday_milli")
	case r.Stack != StackAdd && r.Stack != StackHighest && r.Stack != StackMultiply:
		return FailField(CodeFieldInvalid, "stack")
	case r.WorthPoints < 0 || r.WorthPoints > mostPoints || r.WorthFen < 0 || r.WorthFen > mostVoucherFen || (r.WorthPoints == 0) != (r.WorthFen == 0):
		return FailField(CodeFieldInvalid, "worth")
	case r.Step < 1 || r.Step > mostPoints:
		return FailField(CodeFieldInvalid, "step")
	case len(r.NoItems) > mostRuleLines || len(r.NoDepartments) > mostRuleLines:
		return FailField(CodeFieldInvalid, "excluded")
	case len(r.Departments) > mostRuleLines:
		return FailField(CodeFieldInvalid, "departments")
	}
	for _, d := range r.Departments {
		if d.Department == "" || d.Milli < 0 || d.Milli > mostTimes {
			return FailField(CodeFieldInvalid, "departments")
		}
	}
	return checkGifts(r.Gifts)
}

func checkGifts(gifts []Gift) error {
	seen := map[string]bool{}
	for _, g := range gifts {
		n := utf8.RuneCountInString(g.Name)
		bad := ValidID(g.ID) != nil || seen[g.ID] || n == 0 || n > 60 || g.Points < 1 || g.Points > mostPoints
		bad = bad || g.VoucherFen < 0 || g.VoucherFen > mostVoucherFen || len(g.Item) > 64 || g.Days < 0 || g.Days > mostGiftDays
		if bad || (g.VoucherFen > 0) != (g.Days > 0) || len(gifts) > mostRuleLines {
			return FailField(CodeFieldInvalid, "gifts")
		}
		seen[g.ID] = true
	}
	return nil
}

// Worth is what points are worth in fen, rounded down.
func (r PointRules) Worth(points int64) int64 {
	if r.WorthPoints == 0 || points <= 0 {
		return 0
	}
	n := new(big.Int).Mul(big.NewInt(points), big.NewInt(r.WorthFen))
	return n.Div(n, big.NewInt(r.WorthPoints)).Int64()
}

// PointsFor is how many points an amount takes: the fewest whole steps that are
// worth it.
func (r PointRules) PointsFor(fen int64) int64 {
	if r.WorthFen == 0 || fen <= 0 {
		return 0
	}
	step := max(r.Step, 1)
	n := new(big.Int).Mul(big.NewInt(fen), big.NewInt(r.WorthPoints))
	points := ceilDiv(n, big.NewInt(r.WorthFen))
	steps := ceilDiv(points, big.NewInt(step))
	return steps.Mul(steps, big.NewInt(step)).Int64()
}

func ceilDiv(n, d *big.Int) *big.Int {
	out, rest := new(big.Int).QuoRem(n, d, new(big.Int))
	if rest.Sign() > 0 {
		out.Add(out, big.NewInt(1))
	}
	return out
}

// LinePoints is what one line of a sale earned.
type LinePoints struct {
	N      int
	Fen    int64 // what the line cost, less its share of the bill's discount
	Points int64
}

// Earned adds up what lines earned.
func Earned(lines []LinePoints) int64 {
	var sum int64
	for _, l := range lines {
		sum += l.Points
	}
	return sum
}

// Earn reckons what a sale earns a member on a day of the shop's calendar. Goods
// that come back earn nothing here: what they had earned is taken back by
// PointsBack. What was paid with goods that came back counts as cash. A sale's
// points are rounded once, and given to its lines by largest remainder.
func (r PointRules) Earn(s Sale, m Member, month, day int) []LinePoints {
	fresh := freshLines(s)
	if !r.On || len(fresh) == 0 {
		return nil
	}
	birthday := int64(1000)
	if m.BirthMonth == month && (r.Birthday == BirthdayMonth || r.Birthday == BirthdayDay && m.BirthDay == day) {
		birthday = r.BirthdayMilli
	}
	weights, all, worth := make([]*big.Int, len(fresh)), new(big.Int), int64(0)
	for i, l := range fresh {
		worth += l.fen
		weights[i] = new(big.Int).Mul(big.NewInt(l.fen), r.times(l.SaleLine, birthday))
		all.Add(all, weights[i])
	}
	rate, paid := r.rate(s.Tenders, worth)
	if paid == 0 {
		return nil
	}
	// fen × times(1e6) × rate(milli point a yuan) ÷ paid, of which 1e6 are times,
	// 1000 the milli and 100 the fen of a yuan.
	num := new(big.Int).Mul(all, rate)
	den := new(big.Int).Mul(big.NewInt(paid), big.NewInt(1_000_000*1000*100))
	if r.Rounding == HalfUp {
		num.Add(num.Lsh(num, 1), den)
		den.Lsh(den, 1)
	}
	total := num.Div(num, den)
	if !total.IsInt64() || total.Int64() > mostPoints {
		total = big.NewInt(mostPoints)
	}
	shares := shareOut(total.Int64(), weights)
	out := make([]LinePoints, len(fresh))
	for i, l := range fresh {
		out[i] = LinePoints{N: l.N, Fen: l.fen, Points: shares[i]}
	}
	return out
}

// rate is the sum of what was paid, each fen times its tender's rate, and how
// much was paid.
func (r PointRules) rate(tenders []SaleTender, worth int64) (*big.Int, int64) {
	sum, paid := new(big.Int), int64(0)
	for _, t := range tenders {
		if t.AmountFen > 0 {
			paid += t.AmountFen
			sum.Add(sum, new(big.Int).Mul(big.NewInt(t.AmountFen), big.NewInt(r.PerYuanMilli[t.Kind])))
		}
	}
	if rest := worth - paid; rest > 0 {
		paid += rest
		sum.Add(sum, new(big.Int).Mul(big.NewInt(rest), big.NewInt(r.PerYuanMilli[TenderCash])))
	}
	return sum, paid
}

// times is by how much the points of a line are multiplied, in millionths.
func (r PointRules) times(l SaleLine, birthday int64) *big.Int {
	if slices.Contains(r.NoDepartments, l.Department) || l.Item != "" && slices.Contains(r.NoItems, l.Item) {
		return new(big.Int)
	}
	goods := int64(1000)
	for _, d := range r.Departments {
		if d.Department == l.Department {
			goods = d.Milli
		}
	}
	switch r.Stack {
	case StackHighest:
		return big.NewInt(1000 * max(goods, birthday))
	case StackMultiply:
		return big.NewInt(goods * birthday)
	}
	return big.NewInt(1000 * max(0, goods+birthday-1000))
}

// PointsBack is how many of a line's points are taken back altogether when so
// much of its money has come back.
func PointsBack(points, fen, back int64) int64 {
	switch {
	case back <= 0 || points <= 0:
		return 0
	case back >= fen:
		return points
	}
	num := new(big.Int).Mul(big.NewInt(points), big.NewInt(back))
	num.Add(num.Lsh(num, 1), big.NewInt(fen))
	return num.Div(num, new(big.Int).Lsh(big.NewInt(fen), 1)).Int64()
}

// freshLine is a line of goods that were bought, with what it cost less its
// share of the bill's discount.
type freshLine struct {
	SaleLine
	fen int64
}

func freshLines(s Sale) []freshLine {
	var out []freshLine
	var weights []*big.Int
	for _, l := range s.Lines {
		if l.Back == (BackOf{}) && l.TotalFen > 0 {
			out = append(out, freshLine{l, l.TotalFen})
			weights = append(weights, big.NewInt(l.TotalFen))
		}
	}
	if s.Discount.OffFen > 0 {
		for i, off := range shareOut(s.Discount.OffFen, weights) {
			out[i].fen = max(0, out[i].fen-off)
		}
	}
	return out
}

// shareOut splits a whole number by weights: by largest remainder, ties to the
// earlier, so that the shares add up.
func shareOut(total int64, weights []*big.Int) []int64 {
	shares, all := make([]int64, len(weights)), new(big.Int)
	for _, w := range weights {
		all.Add(all, w)
	}
	if all.Sign() == 0 {
		return shares
	}
	type rest struct {
		i    int
		left *big.Int
	}
	rests, given := make([]rest, len(weights)), int64(0)
	for i, w := range weights {
		n := new(big.Int).Mul(big.NewInt(total), w)
		share, left := n.QuoRem(n, all, new(big.Int))
		shares[i], rests[i] = share.Int64(), rest{i, left}
		given += shares[i]
	}
	slices.SortStableFunc(rests, func(a, b rest) int { return b.left.Cmp(a.left) })
	for _, r := range rests[:min(int64(len(rests)), max(0, total-given))] {
		shares[r.i]++
	}
	return shares
}
