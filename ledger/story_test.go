package ledger

import (
	"testing"

	"pgregory.net/rapid"

	"guitai"
)

// TestStories: whatever is taken, attached, refunded in parts and given back,
// the books balance after each step, the wallet owes what was taken and not
// given back less the fee of just that, and all of the fee has come back with
// all of the money.
func TestStories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(1, 1_000_000_000).Draw(t, "amount")
		rate := rapid.Int64Range(0, 3000).Draw(t, "rate")
		late := rapid.Bool().Draw(t, "late")
		p := guitai.Payment{Amount: guitai.Fen(amount), Attempts: []guitai.Attempt{{N: 1, Account: "acc-1", FeeRate: rate, Charged: guitai.Fen(amount)}}}
		book := map[Account]int64{}
		post := func(lines []Line) {
			if err := Balanced(lines); err != nil {
				t.Fatalf("%v: %v", lines, err)
			}
			for _, l := range lines {
				book[l.Account] += l.Money.Fen
			}
		}
		c := guitai.Change{Attempt: 1, Booked: guitai.Fen(amount)}
		if late {
			c = guitai.Change{Attempt: 1, Suspense: guitai.Fen(amount)}
		}
		post(OfChange(p, c))
		left := amount
		if late && rapid.Bool().Draw(t, "given back") {
			post(OfRefund(p, guitai.Refund{Attempt: 1, Kind: guitai.RefundGiveBack, Amount: guitai.Fen(amount)}))
			left = 0
		} else if late {
			post(OfAttach(guitai.Fen(amount)))
		}
		for left > 0 && rapid.Bool().Draw(t, "more") {
			part := rapid.Int64Range(1, left).Draw(t, "part")
			if rapid.IntRange(0, 3).Draw(t, "rest") == 0 {
				part = left
			}
			post(OfRefund(p, guitai.Refund{Attempt: 1, Kind: guitai.RefundPart, Amount: guitai.Fen(part)}))
			p.Refunded += part
			left -= part
			if book[Fees] < 0 {
				t.Fatalf("the wallet pays us a fee: %v", book)
			}
		}
		fee := Fee(guitai.Fen(left), rate).Fen
		if book[Fees] != fee || book[Receivable("acc-1")] != left-fee {
			t.Fatalf("%d left at %d, and the books say %v", left, rate, book)
		}
		if sold := -book[Sales] - book[Refunds] - book[Suspense]; sold != left {
			t.Fatalf("%d left, and the books say %v", left, book)
		}
		if book[Suspense] != 0 {
			t.Fatalf("nothing is in suspense any more: %v", book)
		}
	})
}
