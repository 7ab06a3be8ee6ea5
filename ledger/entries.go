package ledger

import (
	"errors"

	"guitai"
)

// Account is where money stands. What a wallet owes us has one account per
// provider account.
type Account string

// The accounts. Debits are positive: assets and costs grow with them; sales
// and what we owe grow with credits.
const (
	Sales    Account = "sales"    // credit: what was sold and taken
	Refunds  Account = "refunds"  // debit: what was given back of sales
	Fees     Account = "fees"     // debit: what the wallets keep for their service
	Suspense Account = "suspense" // credit: money that belongs to no sale yet
	// Investigation (credit) is money out of suspense that a person looks into.
	Investigation Account = "investigation"
)

// Receivable is the account of what the wallet behind a provider account has
// taken for us and not paid out.
func Receivable(a guitai.AccountID) Account { return Account("receivable:" + a) }

// Line is one side of a booking. Debit positive, credit negative.
type Line struct {
	Account Account
	Money   guitai.Money
}

// rateUnit is what a fee rate is counted in: hundred-thousandths, so that the
// usual 0.38 % is 380.
const rateUnit = 100_000

// Fee is what a wallet keeps of an amount at a rate in hundred-thousandths,
// rounded half up to the fen as the wallets' bills do.
func Fee(m guitai.Money, rate int64) guitai.Money {
	whole, rest := m.Fen/rateUnit, m.Fen%rateUnit
	return guitai.Money{Fen: whole*rate + (rest*rate+rateUnit/2)/rateUnit, Currency: m.Currency}
}

// OfChange returns the lines for one change of a payment: money newly booked
// as a sale, or newly in suspense. It returns nothing when no money moved.
func OfChange(p guitai.Payment, c guitai.Change) []Line {
	at := p.Attempt(c.Attempt)
	switch {
	case at == nil:
		return nil
	case c.Booked.Positive():
		return taken(at, Sales, c.Booked)
	case c.Suspense.Positive():
		return taken(at, Suspense, c.Suspense)
	}
	return nil
}

// OfAttach returns the lines for money that leaves suspense and counts as a
// sale after all. What the wallet owes and keeps stays as it was.
func OfAttach(m guitai.Money) []Line {
	return []Line{{Suspense, m}, {Sales, neg(m)}}
}

// OfKeep returns the lines for money that leaves suspense to be looked into.
func OfKeep(m guitai.Money) []Line {
	return []Line{{Suspense, m}, {Investigation, neg(m)}}
}

// OfUnkeep returns the lines for money that comes back to suspense, on its way
// to the payer or to a sale.
func OfUnkeep(m guitai.Money) []Line {
	return []Line{{Investigation, m}, {Suspense, neg(m)}}
}

// OfDetach returns the lines for money that counted as a sale and turned out to
// belong to none.
func OfDetach(m guitai.Money) []Line {
	return []Line{{Sales, m}, {Suspense, neg(m)}}
}

// OfRefund returns the lines for a refund that was done. p is the payment as
// it was before the refund counted. The wallet gives its fee back with the
// money: the fee that is left is always the fee of what is left.
func OfRefund(p guitai.Payment, r guitai.Refund) []Line {
	at := p.Attempt(r.Attempt)
	if at == nil || !r.Amount.Positive() {
		return nil
	}
	from, left := Refunds, guitai.Money{Fen: at.Charged.Fen - p.Refunded, Currency: at.Charged.Currency}
	if r.Kind == guitai.RefundGiveBack {
		from, left = Suspense, at.Charged
	}
	after := guitai.Money{Fen: left.Fen - r.Amount.Fen, Currency: left.Currency}
	back := guitai.Money{Fen: Fee(left, at.FeeRate).Fen - Fee(after, at.FeeRate).Fen, Currency: left.Currency}
	recv := Receivable(at.Account)
	lines := []Line{{from, r.Amount}, {recv, neg(r.Amount)}}
	if back.Fen != 0 {
		lines = append(lines, Line{recv, back}, Line{Fees, neg(back)})
	}
	return lines
}

// taken books money that a wallet took into an account, and its fee.
func taken(at *guitai.Attempt, into Account, m guitai.Money) []Line {
	recv := Receivable(at.Account)
	lines := []Line{{recv, m}, {into, neg(m)}}
	if fee := Fee(m, at.FeeRate); fee.Fen != 0 {
		lines = append(lines, Line{Fees, fee}, Line{recv, neg(fee)})
	}
	return lines
}

func neg(m guitai.Money) guitai.Money { return guitai.Money{Fen: -m.Fen, Currency: m.Currency} }

// ErrUnbalanced means that lines do not sum to zero per currency. Such lines
// are never stored.
var ErrUnbalanced = errors.New("ledger: lines do not sum to zero")

// Balanced checks that the lines sum to zero in each currency.
func Balanced(lines []Line) error {
	sums := map[guitai.Currency]guitai.Money{}
	for _, l := range lines {
		sum, err := sums[l.Money.Currency].Add(l.Money)
		if err != nil {
			return errors.Join(ErrUnbalanced, err)
		}
		sums[l.Money.Currency] = sum
	}
	for _, s := range sums {
		if s.Fen != 0 {
			return ErrUnbalanced
		}
	}
	return nil
}
