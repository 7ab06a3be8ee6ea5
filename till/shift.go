package till

import (
	"errors"
	"slices"

	"guitai"
	"guitai/store"
)

// useShift asks when a shift is not open at this till.
func (c *judging) useShift(id guitai.ShiftID) error {
	s, err := c.shift(id)
	if err != nil {
		return err
	}
	_, code := s.State.Next(guitai.ShiftUsed)
	if code == "" && s.Till != c.till.ID {
		code = guitai.CodeShiftNotOpen
	}
	if code != "" {
		c.ask(code, "")
	}
	return nil
}

// shift reads a shift; one that is not known has the state ShiftNone.
func (c *judging) shift(id guitai.ShiftID) (guitai.Shift, error) {
	s, err := c.tx.Shift(c.till.Merchant, id)
	if errors.Is(err, store.ErrNoRow) {
		return guitai.Shift{}, nil
	}
	return s, err
}

// notes refuses what cannot lie in a drawer.
func notesFit(list []guitai.Notes) bool {
	for _, n := range list {
		if n.Fen <= 0 || n.Fen > guitai.MostPrice || n.N < 0 || n.N > guitai.MostCount {
			return false
		}
	}
	return len(list) <= 100
}

// shiftOpened opens a shift.
func (c *judging) shiftOpened(b shiftOpenBody) error {
	if err := named(string(b.Shift)); err != nil {
		return err
	}
	s := guitai.Shift{ID: b.Shift, Merchant: c.till.Merchant, Shop: c.till.Shop, Till: c.till.ID, Book: c.book.ID, Staff: c.entry.Staff,
		FloatFen: b.FloatFen, Notes: notesIn(b.Notes), OpenedAt: c.at}
	if s.FloatFen < 0 || s.FloatFen > guitai.MostFen || !notesFit(s.Notes) {
		return impossible("float_fen")
	}
	had, err := c.shift(s.ID)
	if err != nil {
		return err
	}
	if _, code := had.State.Next(guitai.ShiftOpens); code != "" {
		return refusal{code, "shift"}
	}
	return c.tx.InsertShift(s)
}

// cash books a movement of the drawer.
func (c *judging) cash(b cashBody) error {
	if err := named(b.Move, string(b.Shift)); err != nil {
		return err
	}
	known := b.What == guitai.PayIn || b.What == guitai.PayOut || b.What == guitai.Drawer && b.AmountFen == 0
	if !known || b.AmountFen < 0 || b.AmountFen > guitai.MostFen || !words(b.Reason) || !maybeIDs(b.Approval) {
		return impossible("what")
	}
	_, err := c.tx.CashMove(c.till.Merchant, b.Move)
	switch {
	case err == nil:
		return impossible("move twice")
	case !errors.Is(err, store.ErrNoRow):
		return err
	}
	if err := c.useShift(b.Shift); err != nil {
		return err
	}
	if b.What != guitai.PayIn {
		if err := c.deed(string(b.What), b.AmountFen, b.Approval); err != nil {
			return err
		}
	}
	return c.tx.InsertCashMove(guitai.CashMove{ID: b.Move, Merchant: c.till.Merchant, Shift: b.Shift, Till: c.till.ID, Staff: c.entry.Staff,
		Kind: b.What, AmountFen: b.AmountFen, Reason: b.Reason, Approval: b.Approval, At: c.at})
}

// shiftClosed closes a shift and fixes its Z report.
func (c *judging) shiftClosed(b shiftCloseBody) error {
	closing, err := c.closing(b)
	if err != nil {
		return err
	}
	s, err := c.shift(b.Shift)
	if err != nil {
		return err
	}
	_, code := s.State.Next(guitai.ShiftCloses)
	if code == guitai.CodeEntryImpossible {
		return refusal{code, "shift"}
	}
	if code != "" {
		c.ask(code, "")
		return nil
	}
	if s.Till != c.till.ID {
		return impossible("shift")
	}
	s.Close, s.State = closing, guitai.ShiftClosed
	loose, err := unsold(&c.tx.ReadTx, s, c.at)
	if err != nil {
		return err
	}
	for _, p := range loose {
		c.ask(guitai.CodeShiftPartPaid, string(p.ID))
	}
	if err := c.tx.CloseShift(s); err != nil {
		return err
	}
	return c.fixZ(s)
}

// closing reads what the till said when it closed a shift.
func (c *judging) closing(b shiftCloseBody) (guitai.ShiftClose, error) {
	out := guitai.ShiftClose{At: c.at, Staff: c.entry.Staff, Note: b.Note, Approval: b.Approval,
		Wallets: guitai.WalletsSaid{Agreed: b.Wallets.Agreed, Open: b.Wallets.Open, Differs: b.Wallets.Differ}}
	if err := named(string(b.Shift)); err != nil {
		return out, err
	}
	if b.Wallets.AskedAt != "" {
		at, err := guitai.ParseEntryTime(b.Wallets.AskedAt)
		if err != nil {
			return out, impossible("asked_at")
		}
		out.Wallets.AskedAt = at
	}
	w := out.Wallets
	if !words(b.Note) || !maybeIDs(b.Approval) || min(w.Agreed, w.Open, w.Differs) < 0 || len(b.Counted) > len(guitai.TenderKinds()) ||
		len(b.Expected) > len(guitai.TenderKinds()) {
		return out, impossible("shift")
	}
	for _, n := range b.Counted {
		one := guitai.Counted{Tender: n.Tender, Fen: n.Fen, Notes: notesIn(n.Notes)}
		twice := slices.ContainsFunc(out.Counted, func(h guitai.Counted) bool { return h.Tender == one.Tender })
		if twice || !one.Tender.Known() || one.Fen > guitai.MostFen || one.Fen < -guitai.MostFen || !notesFit(one.Notes) {
			return out, impossible("counted")
		}
		out.Counted = append(out.Counted, one)
	}
	for _, e := range b.Expected {
		if !e.Tender.Known() || e.Fen > guitai.MostFen || e.Fen < -guitai.MostFen {
			return out, impossible("expected")
		}
		out.Expected = append(out.Expected, guitai.TenderFen{Tender: e.Tender, Fen: e.Fen})
	}
	return out, nil
}

// fixZ makes the Z report of a shift that was just closed: the next number of
// its till, and its figures as they stand now, for ever.
func (c *judging) fixZ(s guitai.Shift) error {
	work, err := workOf(&c.tx.ReadTx, s)
	if err != nil {
		return err
	}
	last, err := c.tx.LastZ(c.till.ID)
	if err != nil {
		return err
	}
	names, err := c.namesOf(work)
	if err != nil {
		return err
	}
	z := guitai.ZReport{Shift: s.ID, Merchant: s.Merchant, Till: s.Till, N: last + 1, At: c.at}
	f := work.Figures()
	if z.Figures, err = figuresJSON(f, s); err != nil {
		return err
	}
	z.Text = zText(z, s, f, names)
	return c.tx.InsertZ(z)
}

// workOf reads all that was done in a shift.
func workOf(tx *store.ReadTx, s guitai.Shift) (guitai.ShiftWork, error) {
	w := guitai.ShiftWork{Shift: s}
	var err error
	if w.Sales, err = tx.SalesOfShift(s.Merchant, s.ID); err != nil {
		return w, err
	}
	w.Moves, err = tx.CashMoves(s.Merchant, s.ID)
	return w, err
}
