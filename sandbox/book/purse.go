package book

// SetBalance gives a payer exactly this much money, whatever was there before.
// It is the hand of fate, no payment: no order tells of it.
func (b *Book) SetBalance(id string, balanceFen int64) (Payer, error) {
	var p Payer
	err := b.do("balance", func(t *tx) error {
		var ok bool
		if p, ok = b.payers[id]; !ok {
			return PayerUnknown
		}
		if balanceFen < 0 {
			return BalanceShort
		}
		p.BalanceFen = balanceFen
		t.putPayer(p)
		return nil
	})
	return p, err
}

// Changes counts what was changed since the book was opened: whoever saw the
// same number has seen everything.
func (b *Book) Changes() uint64 { return b.journal.mark() }
