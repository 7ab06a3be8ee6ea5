package till

import (
	"errors"
	"strconv"
	"strings"

	"guitai"
	"guitai/store"
)

// sold books a sale.
func (c *judging) sold(b saleBody) error {
	began, err := guitai.ParseEntryTime(b.Began)
	if err != nil {
		return impossible("began")
	}
	s := guitai.Sale{ID: b.Sale, Shift: b.Shift, ReceiptNo: b.ReceiptNo, BeganAt: began, Lines: saleLines(b.Lines), Cancelled: saleLines(b.Cancelled),
		Discount: b.Discount.discount(), TotalFen: b.TotalFen, Tenders: saleTenders(b.Tenders), Member: b.Member, Approvals: b.Approvals,
		State: guitai.SaleDone}
	c.place(&s)
	if err := c.standing(s); err != nil {
		return err
	}
	if about := s.Wrong(); about != "" {
		c.ask(guitai.CodeSumWrong, about)
	}
	mark := c.receipt(s.ReceiptNo)
	if err := c.useShift(s.Shift); err != nil {
		return err
	}
	if err := c.prices(s); err != nil {
		return err
	}
	if err := c.comeBack(s); err != nil {
		return err
	}
	for i := range s.Tenders {
		if err := c.tender(s, &s.Tenders[i], ""); err != nil {
			return err
		}
	}
	if err := c.tx.InsertSale(s, mark); err != nil {
		return err
	}
	if err := earn(c.tx, s); err != nil {
		return err
	}
	return c.arrived(s)
}

// place says where and by whom a bill was made.
func (c *judging) place(s *guitai.Sale) {
	s.Merchant, s.Shop, s.Till, s.Staff, s.At = c.till.Merchant, c.till.Shop, c.till.ID, c.entry.Staff, c.at
	s.Book, s.Seq, s.Currency = c.book.ID, c.entry.Seq, guitai.CNY
	if guitai.ValidID(string(s.ID)) == nil {
		c.sale = s.ID
	}
}

// mostReceiptNo bounds a receipt number.
const mostReceiptNo = 40

// standing refuses a bill that names what cannot be.
func (c *judging) standing(s guitai.Sale) error {
	if err := named(string(s.ID), string(s.Shift)); err != nil {
		return err
	}
	if !s.Within() && s.State != guitai.SaleCancelled || !maybeIDs(string(s.Member), s.Discount.Approval) || !maybeIDs(s.Approvals...) ||
		len(s.Approvals) > guitai.MostLines || len(s.ReceiptNo) > mostReceiptNo || !words(s.ReceiptNo, s.Discount.Reason, s.Reason) {
		return impossible("sale")
	}
	for _, l := range s.Lines {
		if !possible(l) || l.Back.Sale == s.ID {
			return impossible(lineName(l.N))
		}
	}
	for _, l := range s.Cancelled {
		if !possible(l) {
			return impossible("cancelled " + lineName(l.N))
		}
	}
	for _, t := range s.Tenders {
		if !possibleTender(t) {
			return impossible("tender")
		}
	}
	_, err := c.tx.Sale(s.Merchant, s.ID)
	switch {
	case err == nil:
		c.sale = "" // the other entry's sale is not this one's
		return impossible("sale twice")
	case !errors.Is(err, store.ErrNoRow):
		return err
	}
	return nil
}

// receipt compares a receipt number with the next of the book, and counts it.
func (c *judging) receipt(no string) store.ReceiptMark {
	next := c.book.Receipts + 1
	if no == guitai.ReceiptNo(c.till.Number, c.book.Series, next) {
		c.book.Receipts = next
		return store.ReceiptNext
	}
	c.ask(guitai.CodeReceiptNoWrong, "")
	digits, ours := strings.CutPrefix(no, c.till.Number+c.book.Series+"-")
	n, err := strconv.ParseInt(digits, 10, 64)
	if ours && err == nil && n > next && n < next+mostJump && no == guitai.ReceiptNo(c.till.Number, c.book.Series, n) {
		c.book.Receipts = n // numbers are missing; those after it may be right again
	}
	return store.ReceiptWrong
}

// mostJump is how many receipt numbers may be missing at once before a number
// is taken for nonsense.
const mostJump = 100_000

// prices asks about prices that are not the list's and deeds without approval.
func (c *judging) prices(s guitai.Sale) error {
	for _, l := range s.Lines {
		if l.ComesBack() || l.Item == "" {
			continue
		}
		unlike, err := c.unlikePrice(c.tx, s, l)
		if err != nil {
			return err
		}
		if unlike {
			c.ask(guitai.CodePriceUnlike, lineName(l.N))
		}
	}
	list, about := deeds(s)
	for i, d := range list {
		if err := c.approved(d, about[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *judging) approved(d Deed, about string) error {
	lacks, err := c.needsApproval(c.tx, d)
	if lacks {
		c.ask(guitai.CodeApprovalMissing, about)
	}
	return err
}

// deed is one that is no part of a sale's lines.
func (c *judging) deed(act string, fen int64, approval string) error {
	d := Deed{Merchant: c.till.Merchant, Shop: c.till.Shop, Till: c.till.ID, Staff: c.entry.Staff, Sale: c.sale, Act: act, AmountFen: max(fen, -fen)}
	if approval != "" {
		d.Approvals = []string{approval}
	}
	return c.approved(d, act)
}

// cancelled books a bill that came to nothing.
func (c *judging) cancelled(b cancelledBody) error {
	began, err := guitai.ParseEntryTime(b.Began)
	if err != nil {
		return impossible("began")
	}
	s := guitai.Sale{ID: b.Sale, Shift: b.Shift, BeganAt: began, Lines: saleLines(b.Lines), TotalFen: b.TotalFen, Reason: b.Reason, State: guitai.SaleCancelled}
	c.place(&s)
	if len(s.Lines) > guitai.MostLines || s.TotalFen > guitai.MostFen || s.TotalFen < -guitai.MostFen || !maybeIDs(b.Approval) {
		return impossible("sale")
	}
	if b.Approval != "" {
		s.Approvals = []string{b.Approval}
	}
	if err := c.standing(s); err != nil {
		return err
	}
	if err := c.useShift(s.Shift); err != nil {
		return err
	}
	if err := c.deed("cancel_bill", s.TotalFen, b.Approval); err != nil {
		return err
	}
	taken, err := c.tx.PaymentsOfSale(s.Merchant, s.ID)
	if err != nil {
		return err
	}
	for _, p := range taken {
		if p.State != guitai.PaymentFailed && p.State != guitai.PaymentClosed && p.RefundHeld < p.Amount.Fen {
			c.ask(guitai.CodePaymentDiffers, string(p.ID))
		}
	}
	return c.tx.InsertSale(s, store.ReceiptNext)
}

// voided books that the whole of a sale was undone.
func (c *judging) voided(b voidedBody) error {
	if err := named(b.Void, string(b.Sale), string(b.Shift)); err != nil {
		return err
	}
	tenders := saleTenders(b.Tenders)
	if len(tenders) > guitai.MostLines || !words(b.Reason, b.ReceiptNo) || !maybeIDs(b.Approval) {
		return impossible("void")
	}
	for _, t := range tenders {
		if !possibleTender(t) {
			return impossible("tender")
		}
	}
	s, err := c.tx.Sale(c.till.Merchant, b.Sale)
	switch {
	case errors.Is(err, store.ErrNoRow), err == nil && (s.Till != c.till.ID || s.State != guitai.SaleDone):
		return impossible("sale")
	case err != nil:
		return err
	}
	c.sale = s.ID
	s.Void = guitai.Void{ID: b.Void, Shift: b.Shift, Staff: c.entry.Staff, Reason: b.Reason, Approval: b.Approval, Tenders: tenders}
	s.VoidedAt = c.at
	if s.ReceiptNo != b.ReceiptNo {
		c.ask(guitai.CodeReceiptNoWrong, "")
	}
	if s.Shift != b.Shift {
		c.ask(guitai.CodeShiftNotOpen, "")
	}
	if err := c.useShift(b.Shift); err != nil {
		return err
	}
	if err := c.deed("void", s.TotalFen, b.Approval); err != nil {
		return err
	}
	back, err := c.tx.ReturnedOf(s.Merchant, s.ID, "")
	if err != nil {
		return err
	}
	if len(back) > 0 {
		c.ask(guitai.CodeReturnedTooMuch, "void")
	}
	return c.undo(s)
}

// undo gives back what a voided sale took, and marks it.
func (c *judging) undo(s guitai.Sale) error {
	var took, gave int64
	for _, t := range s.Tenders {
		if !t.Unbooked {
			took += t.AmountFen
		}
	}
	for i := range s.Void.Tenders {
		t := &s.Void.Tenders[i]
		gave += t.AmountFen
		if t.Kind == guitai.TenderCash && t.GivenFen-t.ChangeFen != t.AmountFen {
			c.ask(guitai.CodeSumWrong, "void tender "+t.N)
		}
		if err := c.tender(s, t, "void "); err != nil {
			return err
		}
	}
	if took+gave != 0 {
		c.ask(guitai.CodeSumWrong, "void")
	}
	if err := c.tx.VoidSale(s); err != nil {
		return err
	}
	s.State = guitai.SaleVoided
	return earn(c.tx, s)
}
