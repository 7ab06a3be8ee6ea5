package channel

import (
	"strings"

	"guitai"
)

// YuanUnits is how many of the smallest units of a bill a yuan has: some wallets
// count fees in parts of a fen.
const YuanUnits = 100_000

// ParseYuan reads yuan with at most five decimals, into hundred-thousandths.
func ParseYuan(s string) (units int64, ok bool) {
	digits, minus := strings.CutPrefix(s, "-")
	whole, part, point := strings.Cut(digits, ".")
	if whole == "" || len(whole) > 11 || len(part) > 5 || point && part == "" {
		return 0, false
	}
	for _, d := range whole + part + "00000"[len(part):] {
		if d < '0' || d > '9' {
			return 0, false
		}
		units = units*10 + int64(d-'0')
	}
	if minus {
		units = -units
	}
	return units, true
}

// RoundFen rounds hundred-thousandths of a yuan to fen, half up and away from
// zero: a fee that is wholly given back is so to the fen.
func RoundFen(units int64) guitai.Money {
	const unit = YuanUnits / 100
	if units < 0 {
		return guitai.Fen((units - unit/2) / unit)
	}
	return guitai.Fen((units + unit/2) / unit)
}
