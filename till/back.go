package till

import (
	"cmp"
	"errors"
	"slices"

	"guitai"
	"guitai/store"
)

// comeBack judges the lines of a sale that come back from others, all returns
// of all tills together. It is decided by sums, in a serial transaction.
func (c *judging) comeBack(s guitai.Sale) error {
	for _, of := range originals(s) {
		sold, err := c.tx.Sale(s.Merchant, of)
		if errors.Is(err, store.ErrNoRow) {
			for _, l := range s.Lines {
				if l.Back.Sale == of {
					c.ask(guitai.CodeBackUnknown, lineName(l.N))
				}
			}
			continue
		}
		if err != nil {
			return err
		}
		back, err := c.tx.ReturnedOf(s.Merchant, of, s.ID)
		if err != nil {
			return err
		}
		for _, l := range tooMuch(sold, s, back) {
			c.ask(guitai.CodeReturnedTooMuch, lineName(l))
		}
	}
	return nil
}

// originals lists the sales from which lines come back.
func originals(s guitai.Sale) []guitai.SaleID {
	var list []guitai.SaleID
	for _, l := range s.Lines {
		if l.Back.Sale != "" && !slices.Contains(list, l.Back.Sale) {
			list = append(list, l.Back.Sale)
		}
	}
	return list
}

// tooMuch lists the lines of a return of which more comes back than was sold,
// in count or in money, after what has come back before, and adds the return to
// that.
func tooMuch(sold, s guitai.Sale, before map[int]guitai.Returned) []int {
	worth := worths(sold)
	var list []int
	for _, l := range s.Lines {
		if l.Back.Sale != sold.ID {
			continue
		}
		sum := before[l.Back.N]
		sum.CountMilli, sum.Fen = sum.CountMilli-l.CountMilli, sum.Fen-l.TotalFen
		before[l.Back.N] = sum
		most, there := worth[l.Back.N]
		if !there || sum.CountMilli > most.CountMilli || sum.Fen > most.Fen {
			list = append(list, l.N)
		}
	}
	return list
}

// worths is what may come back of each line of a sale at most. Nothing of a
// sale that was voided or cancelled, and nothing that itself came back.
func worths(sold guitai.Sale) map[int]guitai.Returned {
	most := map[int]guitai.Returned{}
	if sold.State != guitai.SaleDone {
		return most
	}
	shares := sold.Shares()
	for i, l := range sold.Lines {
		if !l.ComesBack() {
			most[l.N] = guitai.Returned{CountMilli: l.CountMilli, Fen: l.TotalFen - shares[i]}
		}
	}
	return most
}

// arrived judges again what came back from a sale before the sale itself was
// here: in the order in which the returns came, each after those before it.
func (c *judging) arrived(sold guitai.Sale) error {
	asked, err := c.tx.BackUnknown(sold.Merchant, sold.ID)
	if err != nil || len(asked) == 0 {
		return err
	}
	slices.SortStableFunc(asked, func(a, b guitai.Query) int {
		return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), cmp.Compare(a.Till, b.Till), cmp.Compare(a.Book, b.Book), cmp.Compare(a.Seq, b.Seq))
	})
	back, err := c.tx.ReturnedOf(sold.Merchant, sold.ID, "")
	if err != nil {
		return err
	}
	var waiting []guitai.Sale
	for _, q := range asked {
		if slices.ContainsFunc(waiting, func(s guitai.Sale) bool { return s.ID == q.Sale }) {
			continue
		}
		s, err := c.tx.Sale(sold.Merchant, q.Sale)
		if err != nil {
			return err
		}
		waiting = append(waiting, s)
		for _, l := range s.Lines {
			if l.Back.Sale == sold.ID && s.State == guitai.SaleDone {
				sum := back[l.Back.N]
				back[l.Back.N] = guitai.Returned{CountMilli: sum.CountMilli + l.CountMilli, Fen: sum.Fen + l.TotalFen}
			}
		}
	}
	for _, s := range waiting {
		var over []int
		if s.State == guitai.SaleDone {
			over = tooMuch(sold, s, back)
		}
		if err := c.answered(asked, s, sold.ID, over); err != nil {
			return err
		}
	}
	return nil
}

// answered closes what was asked about the lines of a return from a sale, and
// asks about those of which too much came back.
func (c *judging) answered(asked []guitai.Query, s guitai.Sale, of guitai.SaleID, over []int) error {
	for _, l := range s.Lines {
		if l.Back.Sale != of {
			continue
		}
		for _, q := range asked {
			if q.Sale != s.ID || q.About != lineName(l.N) {
				continue
			}
			if err := answer(c.tx, q); err != nil {
				return err
			}
			if slices.Contains(over, l.N) {
				if err := askInstead(c.tx, q, guitai.CodeReturnedTooMuch); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// answer closes a query that answered itself.
func answer(tx *store.Tx, q guitai.Query) error {
	q.ClosedAt = tx.Now()
	return tx.CloseQuery(q)
}

// askInstead asks something else about the same thing.
func askInstead(tx *store.Tx, q guitai.Query, code guitai.Code) error {
	q.Code, q.OpenedAt = code, tx.Now()
	q.ID = queryName(q)
	return tx.InsertQuery(q)
}
