package ledger

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"testing"

	"guitai"
)

func TestFee(t *testing.T) {
	for _, c := range []struct{ fen, rate, want int64 }{
		{0, 380, 0}, {1, 380, 0}, {131, 380, 0}, {132, 380, 1}, // 0.49780, 0.50160
		{1250, 380, 5}, {100_000, 380, 380}, {100_131, 380, 380}, {100_132, 380, 381},
		{50, 1000, 1}, {49, 1000, 0}, {150, 1000, 2}, {250, 1000, 3}, // a half goes up
		{1, 100_000, 1}, {7, 0, 0}, {1_000_000_000, 600, 6_000_000}, {999_999_999, 600, 6_000_000},
		{9_000_000_000_000_000, 380, 34_200_000_000_000},
	} {
		got := Fee(guitai.Fen(c.fen), c.rate)
		if got != guitai.Fen(c.want) {
			t.Errorf("fee of %d at %d is %v, want %d", c.fen, c.rate, got, c.want)
		}
	}
	if got := Fee(guitai.Money{Fen: 132, Currency: "HKD"}, 380); got.Currency != "HKD" {
		t.Errorf("in %q", got.Currency)
	}
}

// FuzzFee compares with exact arithmetic.
func FuzzFee(f *testing.F) {
	f.Add(int64(1250), int64(380))
	f.Add(int64(math.MaxInt64), int64(1000))
	f.Fuzz(func(t *testing.T, fen, rate int64) {
		if fen < 0 || rate < 0 || rate > rateUnit {
			t.Skip() // no such amount, and no wallet keeps more than all of it
		}
		n := new(big.Int).Mul(big.NewInt(fen), big.NewInt(rate))
		n.Add(n, big.NewInt(rateUnit/2)).Quo(n, big.NewInt(rateUnit))
		got := Fee(guitai.Fen(fen), rate)
		if n.Cmp(big.NewInt(got.Fen)) != 0 {
			t.Errorf("fee of %d at %d is %d, want %v", fen, rate, got.Fen, n)
		}
		if got.Fen > fen {
			t.Errorf("the fee of %d at %d is %d", fen, rate, got.Fen)
		}
	})
}

const recv = Account("receivable:acc-1")

// payment is a payment of 1250 fen at 0.38 % whose attempt took fen.
func payment(fen int64) guitai.Payment {
	return guitai.Payment{Amount: guitai.Fen(1250), Attempts: []guitai.Attempt{{N: 1, Account: "acc-1", FeeRate: 380, Charged: guitai.Fen(fen)}}}
}

func same(t *testing.T, what string, got, want []Line) {
	t.Helper()
	if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
	if err := Balanced(got); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

func TestChange(t *testing.T) {
	p := payment(1250)
	booked := []Line{{recv, guitai.Fen(1250)}, {Sales, guitai.Fen(-1250)}, {Fees, guitai.Fen(5)}, {recv, guitai.Fen(-5)}}
	same(t, "booked", OfChange(p, guitai.Change{Attempt: 1, Booked: guitai.Fen(1250)}), booked)
	same(t, "suspense", OfChange(p, guitai.Change{Attempt: 1, Suspense: guitai.Fen(100)}), []Line{{recv, guitai.Fen(100)}, {Suspense, guitai.Fen(-100)}})
	same(t, "no money", OfChange(p, guitai.Change{Attempt: 1, To: guitai.AttemptFailed}), nil)
	same(t, "no attempt", OfChange(p, guitai.Change{Attempt: 2, Booked: guitai.Fen(1250)}), nil)
	same(t, "attached", OfAttach(guitai.Fen(1250)), []Line{{Suspense, guitai.Fen(1250)}, {Sales, guitai.Fen(-1250)}})
}

func TestRefund(t *testing.T) {
	refund := func(kind guitai.RefundKind, fen int64) guitai.Refund {
		return guitai.Refund{Attempt: 1, Kind: kind, Amount: guitai.Fen(fen)}
	}
	part := func(fen, fee int64, from Account) []Line {
		lines := []Line{{from, guitai.Fen(fen)}, {recv, guitai.Fen(-fen)}}
		if fee > 0 {
			lines = append(lines, Line{recv, guitai.Fen(fee)}, Line{Fees, guitai.Fen(-fee)})
		}
		return lines
	}
	p := payment(1250) // fee 4.75: 5
	same(t, "whole", OfRefund(p, refund(guitai.RefundVoid, 1250)), part(1250, 5, Refunds))
	same(t, "a fen", OfRefund(p, refund(guitai.RefundPart, 1)), part(1, 0, Refunds))
	same(t, "half", OfRefund(p, refund(guitai.RefundPart, 625)), part(625, 3, Refunds)) // of 625 left: 2.375
	p.Refunded = 625
	same(t, "other half", OfRefund(p, refund(guitai.RefundPart, 625)), part(625, 2, Refunds))
	late := payment(777) // another amount than was asked; nothing of it counts for the payment
	same(t, "given back", OfRefund(late, refund(guitai.RefundGiveBack, 777)), part(777, 3, Suspense))
	same(t, "nothing", OfRefund(p, refund(guitai.RefundPart, 0)), nil)
	same(t, "no attempt", OfRefund(p, guitai.Refund{Attempt: 3, Amount: guitai.Fen(1)}), nil)
}

func TestBalanced(t *testing.T) {
	hkd := func(fen int64) guitai.Money { return guitai.Money{Fen: fen, Currency: "HKD"} }
	for _, c := range []struct {
		lines []Line
		ok    bool
	}{
		{nil, true},
		{[]Line{{Sales, guitai.Fen(-1)}, {Fees, guitai.Fen(1)}}, true},
		{[]Line{{Sales, guitai.Fen(-1)}, {Fees, guitai.Fen(2)}}, false},
		{[]Line{{Sales, guitai.Fen(-1)}, {Fees, hkd(1)}}, false},
		{[]Line{{Sales, guitai.Fen(-1)}, {Fees, hkd(1)}, {Sales, hkd(-1)}, {Fees, guitai.Fen(1)}}, true},
		{[]Line{{Sales, guitai.Fen(1)}}, false},
		{[]Line{{Sales, guitai.Fen(math.MaxInt64)}, {Sales, guitai.Fen(1)}, {Sales, guitai.Fen(math.MinInt64)}}, false}, // no sum wraps round
	} {
		if err := Balanced(c.lines); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrUnbalanced) {
			t.Errorf("%v: %v", c.lines, err)
		}
	}
}
