package guitai

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Currency is an ISO 4217 alphabetic code, upper case, such as "CNY".
type Currency string

// CNY is the renminbi yuan; its minor unit is the fen.
const CNY Currency = "CNY"

// minorDigits is how many decimal digits the minor unit of each currency that
// Guitai knows has (ISO 4217, column "Minor unit").
func minorDigits(c Currency) (int, bool) {
	switch c {
	case CNY, "HKD", "MOP", "TWD", "USD", "EUR", "GBP", "SGD", "MYR", "THB":
		return 2, true
	case "JPY", "KRW":
		return 0, true
	}
	return 0, false
}

// Known reports whether Guitai knows how to write amounts of this currency.
func (c Currency) Known() bool {
	_, ok := minorDigits(c)
	return ok
}

// Money is an amount in minor units (fen for CNY) of one currency. The zero
// value is no money of no currency; it may be added to any amount.
type Money struct {
	Fen      int64
	Currency Currency
}

// Fen returns an amount of renminbi.
func Fen(n int64) Money { return Money{Fen: n, Currency: CNY} }

var (
	errCurrencies = errors.New("money: two currencies in one sum")
	errOverflow   = errors.New("money: sum is out of range")
)

// Add returns m + o. It fails when the currencies differ or the sum overflows.
func (m Money) Add(o Money) (Money, error) {
	switch {
	case m == Money{}:
		return o, nil
	case o == Money{}:
		return m, nil
	case m.Currency != o.Currency:
		return Money{}, errCurrencies
	}
	sum := m.Fen + o.Fen
	if (sum > m.Fen) != (o.Fen > 0) && o.Fen != 0 {
		return Money{}, errOverflow
	}
	return Money{Fen: sum, Currency: m.Currency}, nil
}

// Neg returns −m. The smallest int64 has no negative and fails.
func (m Money) Neg() (Money, error) {
	if m.Fen == math.MinInt64 {
		return Money{}, errOverflow
	}
	return Money{Fen: -m.Fen, Currency: m.Currency}, nil
}

// Sub returns m − o under the rules of Add.
func (m Money) Sub(o Money) (Money, error) {
	n, err := o.Neg()
	if err != nil {
		return Money{}, err
	}
	return m.Add(n)
}

// Positive reports whether there is more than nothing.
func (m Money) Positive() bool { return m.Fen > 0 }

// Decimal writes the amount in major units with all its minor digits and no
// sign of the currency: 1250 fen is "12.50".
func (m Money) Decimal() string {
	digits, ok := minorDigits(m.Currency)
	if !ok {
		digits = 2
	}
	sign, abs := "", uint64(m.Fen)
	if m.Fen < 0 {
		sign, abs = "-", uint64(-(m.Fen+1))+1
	}
	s := strconv.FormatUint(abs, 10)
	if digits == 0 {
		return sign + s
	}
	if len(s) <= digits {
		s = strings.Repeat("0", digits-len(s)+1) + s
	}
	return sign + s[:len(s)-digits] + "." + s[len(s)-digits:]
}

// String writes the amount with its currency: "CNY 12.50".
func (m Money) String() string { return fmt.Sprintf("%s %s", m.Currency, m.Decimal()) }

// ParseDecimal reads an amount in major units such as "12.5" or "12.50". More
// digits behind the point than the currency has, signs, exponents, spaces and
// thousands separators are refused: wallets and tills never send them.
func ParseDecimal(s string, c Currency) (Money, error) {
	digits, ok := minorDigits(c)
	if !ok {
		return Money{}, fmt.Errorf("money: unknown currency %q", c)
	}
	whole, frac, dotted := strings.Cut(s, ".")
	if whole == "" || len(s) > 20 || len(frac) > digits || (dotted && frac == "") {
		return Money{}, errors.New("money: not an amount")
	}
	all := whole + frac + strings.Repeat("0", digits-len(frac))
	for _, r := range all {
		if r < '0' || r > '9' {
			return Money{}, errors.New("money: not an amount")
		}
	}
	n, err := strconv.ParseInt(all, 10, 64)
	if err != nil {
		return Money{}, errOverflow
	}
	return Money{Fen: n, Currency: c}, nil
}
