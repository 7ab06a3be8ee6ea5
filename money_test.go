package guitai

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestAddAndSub(t *testing.T) {
	hkd := Money{Fen: 5, Currency: "HKD"}
	lot, owed := Fen(math.MaxInt64), Fen(math.MinInt64)
	tests := []struct {
		name string
		do   func() (Money, error)
		want Money
		err  error
	}{
		{"sum", func() (Money, error) { return Fen(1250).Add(Fen(50)) }, Fen(1300), nil},
		{"sum with less than nothing", func() (Money, error) { return Fen(50).Add(Fen(-80)) }, Fen(-30), nil},
		{"nothing first", func() (Money, error) { return Money{}.Add(hkd) }, hkd, nil},
		{"nothing second", func() (Money, error) { return hkd.Add(Money{}) }, hkd, nil},
		{"nothing and nothing", func() (Money, error) { return Money{}.Add(Money{}) }, Money{}, nil},
		{"nothing less nothing", func() (Money, error) { return Money{}.Sub(Money{}) }, Money{}, nil},
		{"zero fen", func() (Money, error) { return Fen(7).Add(Fen(0)) }, Fen(7), nil},
		{"difference", func() (Money, error) { return Fen(1250).Sub(Fen(1300)) }, Fen(-50), nil},
		{"two currencies", func() (Money, error) { return Fen(1).Add(hkd) }, Money{}, errCurrencies},
		{"two currencies, one zero", func() (Money, error) { return Fen(0).Add(hkd) }, Money{}, errCurrencies},
		{"difference of two currencies", func() (Money, error) { return hkd.Sub(Fen(1)) }, Money{}, errCurrencies},
		{"the most there is", func() (Money, error) { return lot.Add(Fen(0)) }, lot, nil},
		{"too much", func() (Money, error) { return lot.Add(Fen(1)) }, Money{}, errOverflow},
		{"twice too much", func() (Money, error) { return lot.Add(lot) }, Money{}, errOverflow},
		{"too little", func() (Money, error) { return owed.Add(Fen(-1)) }, Money{}, errOverflow},
		{"twice too little", func() (Money, error) { return owed.Add(owed) }, Money{}, errOverflow},
		{"both ends", func() (Money, error) { return lot.Add(owed) }, Fen(-1), nil},
		{"less than too little", func() (Money, error) { return Fen(-2).Sub(lot) }, Money{}, errOverflow},
		{"the least", func() (Money, error) { return Fen(-1).Sub(lot) }, owed, nil},
		{"minus the least", owed.Neg, Money{}, errOverflow},
		{"less the least", func() (Money, error) { return Fen(0).Sub(owed) }, Money{}, errOverflow},
		{"minus the most", lot.Neg, Fen(-math.MaxInt64), nil},
	}
	for _, tt := range tests {
		if got, err := tt.do(); got != tt.want || err != tt.err {
			t.Errorf("%s: %v, %v; want %v, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
}

// TestAddAgainstBigNumbers: a sum is right or refused, never wrapped around.
func TestAddAgainstBigNumbers(t *testing.T) {
	fen := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 1, -1, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1}))
	rapid.Check(t, func(rt *rapid.T) {
		a, b := fen.Draw(rt, "a"), fen.Draw(rt, "b")
		want := new(big.Int).Add(big.NewInt(a), big.NewInt(b))
		got, err := Fen(a).Add(Fen(b))
		if want.IsInt64() != (err == nil) || err == nil && got != Fen(want.Int64()) {
			rt.Fatalf("%d + %d = %v, %v", a, b, got, err)
		}
		back, err2 := Fen(b).Add(Fen(a))
		if back != got || err2 != err {
			rt.Fatalf("%d + %d depends on the order", a, b)
		}
		if err == nil && b != math.MinInt64 {
			if again, err := got.Sub(Fen(b)); err != nil || again != Fen(a) {
				rt.Fatalf("%d + %d − %d = %v, %v", a, b, b, again, err)
			}
		}
	})
}

func TestDecimal(t *testing.T) {
	for want, m := range map[string]Money{
		"12.50":                 Fen(1250),
		"0.00":                  Fen(0),
		"0.01":                  Fen(1),
		"0.10":                  Fen(10),
		"-0.01":                 Fen(-1),
		"-12.50":                Fen(-1250),
		"92233720368547758.07":  Fen(math.MaxInt64),
		"-92233720368547758.08": Fen(math.MinInt64),
		"1250":                  {Fen: 1250, Currency: "JPY"},
		"-7":                    {Fen: -7, Currency: "KRW"},
		"0":                     {Currency: "JPY"},
		"3.05":                  {Fen: 305, Currency: "XXX"},
	} {
		if got := m.Decimal(); got != want {
			t.Errorf("%d of %s: %s, want %s", m.Fen, m.Currency, got, want)
		}
	}
	if got := Fen(1250).String(); got != "CNY 12.50" {
		t.Errorf("String: %s", got)
	}
	if !Fen(1).Positive() || Fen(0).Positive() || Fen(-1).Positive() {
		t.Error("only more than nothing is positive")
	}
	if !CNY.Known() || Currency("cny").Known() || Currency("").Known() {
		t.Error("currencies are known by their upper-case code")
	}
}

func TestParseDecimal(t *testing.T) {
	for s, want := range map[string]int64{
		"12.50": 1250, "12.5": 1250, "12": 1200, "0": 0, "0.0": 0, "0.01": 1, "007.50": 750,
		"92233720368547758.07": math.MaxInt64,
	} {
		if got, err := ParseDecimal(s, CNY); err != nil || got != Fen(want) {
			t.Errorf("%q: %v, %v; want %d fen", s, got, err, want)
		}
	}
	for _, s := range []string{"", ".", ".5", "12.", "12.505", "12.500", "-1", "+1", "1e3", " 1", "1 ", "1,000", "1.2.3", "12,50",
		"１２", "0x10", "1_000", "NaN", "92233720368547758.08", "999999999999999999999", "000000000000000000001", "1\x00"} {
		if got, err := ParseDecimal(s, CNY); err == nil || got != (Money{}) {
			t.Errorf("%q was read as %v", s, got)
		}
	}
	if got, err := ParseDecimal("1250", "JPY"); err != nil || got != (Money{Fen: 1250, Currency: "JPY"}) {
		t.Errorf("yen: %v, %v", got, err)
	}
	if _, err := ParseDecimal("12.0", "JPY"); err == nil {
		t.Error("yen have no smaller unit")
	}
	if _, err := ParseDecimal("1", "XXX"); err == nil {
		t.Error("an unknown currency was read")
	}
}

func TestDecimalRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := Money{Fen: rapid.Int64Min(0).Draw(rt, "fen"), Currency: rapid.SampledFrom([]Currency{CNY, "HKD", "JPY", "KRW"}).Draw(rt, "currency")}
		if back, err := ParseDecimal(m.Decimal(), m.Currency); err != nil || back != m {
			rt.Fatalf("%s came back as %v, %v", m, back, err)
		}
	})
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"12.50", "0", "92233720368547758.07", "1e9", "00.1", "-1", "１"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseDecimal(s, CNY)
		if err != nil {
			if m != (Money{}) {
				t.Fatalf("%q was refused and yet gave %v", s, m)
			}
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok || want.Cmp(big.NewRat(m.Fen, 100)) != 0 || m.Fen < 0 {
			t.Fatalf("%q was read as %v", s, m)
		}
		if back, err := ParseDecimal(m.Decimal(), CNY); err != nil || back != m {
			t.Fatalf("%q: %v came back as %v, %v", s, m, back, err)
		}
	})
}
