package guitai

import (
	"testing"
	"testing/quick"
)

func goods(n int, department string, fen int64) SaleLine {
	return SaleLine{N: n, Item: "i" + department, Department: department, CountMilli: 1000, TotalFen: fen}
}

func paidBy(kind TenderKind, fen int64) SaleTender {
	return SaleTender{N: "1", Kind: kind, AmountFen: fen}
}

// TestEarn: what a sale earns, line by line.
func TestEarn(t *testing.T) {
	member := Member{ID: "mem-1", BirthMonth: 11, BirthDay: 22}
	with := func(change func(*PointRules)) PointRules {
		r := UsualPointRules()
		change(&r)
		return r
	}
	usual := UsualPointRules()
	double := func(r *PointRules) { r.Departments = []PointTimes{{"tea", 3000}} }
	for name, c := range map[string]struct {
		rules PointRules
		sale  Sale
		day   int
		month int
		want  []int64
	}{
		"a point a yuan": {usual, Sale{Lines: []SaleLine{goods(1, "tea", 1200)}, Tenders: []SaleTender{paidBy(TenderCash, 1200)}}, 1, 1, []int64{12}},
		"half up":        {usual, Sale{Lines: []SaleLine{goods(1, "tea", 150)}, Tenders: []SaleTender{paidBy(TenderCash, 150)}}, 1, 1, []int64{2}},
		"below half":     {usual, Sale{Lines: []SaleLine{goods(1, "tea", 149)}, Tenders: []SaleTender{paidBy(TenderCash, 149)}}, 1, 1, []int64{1}},
		"down": {with(func(r *PointRules) { r.Rounding = Down }), Sale{Lines: []SaleLine{goods(1, "tea", 199)},
			Tenders: []SaleTender{paidBy(TenderCash, 199)}}, 1, 1, []int64{1}},
		"off": {with(func(r *PointRules) { r.On = false }), Sale{Lines: []SaleLine{goods(1, "tea", 199)},
			Tenders: []SaleTender{paidBy(TenderCash, 199)}}, 1, 1, nil},
		"rounded once, by largest remainder": {usual, Sale{Lines: []SaleLine{goods(1, "tea", 50), goods(2, "tea", 60), goods(3, "tea", 40)},
			Tenders: []SaleTender{paidBy(TenderCash, 150)}}, 1, 1, []int64{1, 1, 0}},
		"a voucher earns nothing": {usual, Sale{Lines: []SaleLine{goods(1, "tea", 1000)},
			Tenders: []SaleTender{paidBy(TenderCash, 500), {N: "2", Kind: TenderVoucher, AmountFen: 500}}}, 1, 1, []int64{5}},
		"a kind of its own rate": {with(func(r *PointRules) { r.PerYuanMilli[TenderWallet] = 2500 }), Sale{Lines: []SaleLine{goods(1, "tea", 1000)},
			Tenders: []SaleTender{paidBy(TenderWallet, 1000)}}, 1, 1, []int64{25}},
		"an item that earns nothing": {with(func(r *PointRules) { r.NoItems = []string{"irice"} }), Sale{Lines: []SaleLine{goods(1, "tea", 1000), goods(2, "rice", 1000)},
			Tenders: []SaleTender{paidBy(TenderCash, 2000)}}, 1, 1, []int64{10, 0}},
		"a department that earns nothing": {with(func(r *PointRules) { r.NoDepartments = []string{"rice"} }), Sale{Lines: []SaleLine{goods(1, "tea", 1000), goods(2, "rice", 1000)},
			Tenders: []SaleTender{paidBy(TenderCash, 2000)}}, 1, 1, []int64{10, 0}},
		"the bill's discount": {usual, Sale{Lines: []SaleLine{goods(1, "tea", 1000), goods(2, "rice", 1000)}, Discount: Discount{OffFen: 500},
			Tenders: []SaleTender{paidBy(TenderCash, 1500)}}, 1, 1, []int64{8, 7}},
		"month of the birthday": {usual, Sale{Lines: []SaleLine{goods(1, "tea", 1000)}, Tenders: []SaleTender{paidBy(TenderCash, 1000)}}, 3, 11, []int64{20}},
		"day of the birthday": {with(func(r *PointRules) { r.Birthday = BirthdayDay }), Sale{Lines: []SaleLine{goods(1, "tea", 1000)},
			Tenders: []SaleTender{paidBy(TenderCash, 1000)}}, 22, 11, []int64{20}},
		"the day before": {with(func(r *PointRules) { r.Birthday = BirthdayDay }), Sale{Lines: []SaleLine{goods(1, "tea", 1000)},
			Tenders: []SaleTender{paidBy(TenderCash, 1000)}}, 21, 11, []int64{10}},
		"birthday and department added": {with(double), Sale{Lines: []SaleLine{goods(1, "tea", 1000)}, Tenders: []SaleTender{paidBy(TenderCash, 1000)}},
			22, 11, []int64{40}},
		"the highest alone": {with(func(r *PointRules) { double(r); r.Stack = StackHighest }), Sale{Lines: []SaleLine{goods(1, "tea", 1000)},
			Tenders: []SaleTender{paidBy(TenderCash, 1000)}}, 22, 11, []int64{30}},
		"multiplied": {with(func(r *PointRules) { double(r); r.Stack = StackMultiply }), Sale{Lines: []SaleLine{goods(1, "tea", 1000)},
			Tenders: []SaleTender{paidBy(TenderCash, 1000)}}, 22, 11, []int64{60}},
		"what comes back earns nothing": {usual, Sale{Lines: []SaleLine{{N: 1, TotalFen: -1000, CountMilli: -1000, Back: BackOf{Sale: "s", N: 1}}},
			Tenders: []SaleTender{paidBy(TenderCash, -1000)}}, 1, 1, nil},
		"an even exchange counts as cash": {usual, Sale{Lines: []SaleLine{{N: 1, TotalFen: -1000, CountMilli: -1000, Back: BackOf{Sale: "s", N: 1}},
			goods(2, "tea", 1000)}}, 1, 1, []int64{10}},
	} {
		got := c.rules.Earn(c.sale, member, c.month, c.day)
		points := []int64{}
		for _, l := range got {
			points = append(points, l.Points)
		}
		if len(points) != len(c.want) {
			t.Errorf("%s: %v, want %v", name, points, c.want)
			continue
		}
		for i := range points {
			if points[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", name, points, c.want)
			}
		}
		if err := c.rules.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPointsBack: parts that come back one after the other take back all, never
// more, and never less than before.
func TestPointsBack(t *testing.T) {
	whole := func(points, fen uint16, parts [4]uint16) bool {
		var back, last int64
		for _, p := range parts {
			back += int64(p)
			now := PointsBack(int64(points), int64(fen), back)
			if now < last || now > int64(points) {
				return false
			}
			last = now
		}
		return PointsBack(int64(points), int64(fen), max(back, int64(fen), 1)) == int64(points)
	}
	if err := quick.Check(whole, nil); err != nil {
		t.Error(err)
	}
	for _, c := range [][4]int64{{10, 1000, 500, 5}, {3, 1000, 500, 2}, {3, 1000, 499, 1}, {3, 1000, 0, 0}, {7, 0, 1, 7}} {
		if got := PointsBack(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%v: %d", c, got)
		}
	}
}

// TestPointsWorth: points to fen and back never make money out of nothing.
func TestPointsWorth(t *testing.T) {
	r := UsualPointRules()
	for _, c := range [][3]int64{{0, 0, 0}, {1, 1, 100}, {100, 100, 100}, {101, 101, 200}, {250, 250, 300}} {
		if got := r.PointsFor(c[0]); got != c[2] {
			t.Errorf("%d fen take %d points, want %d", c[0], got, c[2])
		}
		if got := r.Worth(c[1]); got != c[1] {
			t.Errorf("%d points are worth %d", c[1], got)
		}
	}
	covers := func(fen uint32, p, f, step uint8) bool {
		r.WorthPoints, r.WorthFen, r.Step = int64(p)+1, int64(f)+1, int64(step)+1
		return r.Worth(r.PointsFor(int64(fen))) >= int64(fen) && r.PointsFor(int64(fen))%r.Step == 0
	}
	if err := quick.Check(covers, nil); err != nil {
		t.Error(err)
	}
}

// TestPointRulesCheck: what is wrong is named.
func TestPointRulesCheck(t *testing.T) {
	for field, change := range map[string]func(*PointRules){
		"per_yuan_milli": func(r *PointRules) { r.PerYuanMilli["shells"] = 1 },
		"rounding":       func(r *PointRules) { r.Rounding = "up" },
		"birthday":       func(r *PointRules) { r.Birthday = "year" },
		"birthday_milli": func(r *PointRules) { r.BirthdayMilli = 999 },
		"stack":          func(r *PointRules) { r.Stack = "" },
		"worth":          func(r *PointRules) { r.WorthFen = 0 },
		"step":           func(r *PointRules) { r.Step = 0 },
		"departments":    func(r *PointRules) { r.Departments = []PointTimes{{"", 2000}} },
		"gifts":          func(r *PointRules) { r.Gifts = []Gift{{ID: "mug", Name: "杯", Points: 1, VoucherFen: 100}} },
		"excluded":       func(r *PointRules) { r.NoItems = make([]string, 201) },
	} {
		r := UsualPointRules()
		change(&r)
		if e := AsError(r.Check()); e == nil || e.Field != field {
			t.Errorf("%s: %v", field, r.Check())
		}
	}
}

// TestPhone: numbers are written in one way, and shown with their middle hidden.
func TestPhone(t *testing.T) {
	for in, want := range map[string]string{"138 0013-8000": "13800138000", "+86 13800138000": "13800138000", "008613800138000": "13800138000",
		"１３８００１３８０００": "13800138000", "+852 9123 4567": "+85291234567", "": "", "12345": "!", "1380013800a": "!", "+0123456789": "!",
		"23800138000": "!", "+123456789012345678901": "!"} {
		got, err := NormalPhone(in)
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"13800138000": "138****8000", "+85291234567": "+85*****4567", "": "", "1234567": "*******"} {
		if got := MaskPhone(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestVoucherCode: a code is read as people type it; one wrong digit is seen.
func TestVoucherCode(t *testing.T) {
	for _, n := range []uint64{0, 1, 99_999_999_999_999, 1 << 63, 12_345_678_901_234} {
		code := VoucherCode(n)
		if ReadVoucherCode(code[:4]+" "+code[4:8]+"-"+code[8:]) != code {
			t.Errorf("%s is not read", code)
		}
		for i := range code {
			wrong := []byte(code)
			wrong[i] = '0' + (wrong[i]-'0'+1)%10
			if got := ReadVoucherCode(string(wrong)); got != "" {
				t.Errorf("%s for %s was read", wrong, code)
			}
		}
	}
	for _, s := range []string{"", "9", "９000000000000000", "900000000000000x"} {
		if ReadVoucherCode(s) != "" {
			t.Errorf("%q was read", s)
		}
	}
}

// FuzzVoucherCode: whatever is read is a code of ours, written in one way.
func FuzzVoucherCode(f *testing.F) {
	f.Add(VoucherCode(7))
	f.Add(" 9 0-")
	f.Fuzz(func(t *testing.T, s string) {
		if code := ReadVoucherCode(s); code != "" && ReadVoucherCode(code) != code {
			t.Errorf("%q is read as %q, which is not read", s, code)
		}
	})
}

// FuzzPhone: whatever is taken is written in one way.
func FuzzPhone(f *testing.F) {
	f.Add("+86 138-0013-8000")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := NormalPhone(s)
		if again, err2 := NormalPhone(n); err == nil && (err2 != nil || again != n) {
			t.Errorf("%q is written %q and then %q", s, n, again)
		}
	})
}
