package till

import (
	"context"

	"guitai"
	"guitai/store"
)

// SaleFilter chooses sales; it is the store's.
type SaleFilter = store.SaleFilter

// SalePlace is where a page of sales ended; it is the store's.
type SalePlace = store.SalePlace

// Sales lists sales, newest first, without their lines and tenders.
func (j *Journal) Sales(ctx context.Context, f SaleFilter) ([]guitai.Sale, error) {
	var list []guitai.Sale
	err := j.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.Sales(f)
		return err
	})
	return list, err
}

// LineBack is what has come back of a line, and what may still.
type LineBack struct {
	Back guitai.Returned
	Left guitai.Returned
}

// WholeSale is a sale with everything that belongs to it.
type WholeSale struct {
	Sale     guitai.Sale
	Lines    []LineBack // beside the sale's lines
	Returns  []guitai.Sale
	Payments []guitai.Payment // of its tenders, and others that were taken for it
	Refunds  []guitai.Refund  // of those payments
	Queries  []guitai.Query   // that are open
}

// Sale returns a sale with what has come back of it, and how its payments and
// refunds stand, all as of one instant.
func (j *Journal) Sale(ctx context.Context, m guitai.MerchantID, id guitai.SaleID) (WholeSale, error) {
	var w WholeSale
	err := j.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		w = WholeSale{}
		if w.Sale, err = tx.Sale(m, id); err != nil {
			return found(err, guitai.CodeSaleNotFound)
		}
		back, err := tx.ReturnedOf(m, id, "")
		if err != nil {
			return err
		}
		most := worths(w.Sale)
		for _, l := range w.Sale.Lines {
			one := LineBack{Back: back[l.N]}
			if may, ok := most[l.N]; ok {
				one.Left = guitai.Returned{CountMilli: max(0, may.CountMilli-one.Back.CountMilli), Fen: max(0, may.Fen-one.Back.Fen)}
			}
			w.Lines = append(w.Lines, one)
		}
		if w.Returns, err = tx.ReturnsOf(m, id); err != nil {
			return err
		}
		if w.Queries, err = tx.QueriesOfSale(m, id); err != nil {
			return err
		}
		return w.money(tx)
	})
	return w, err
}

// money reads the payments and refunds of a sale: those that its tenders name,
// and those that were made for it.
func (w *WholeSale) money(tx *store.ReadTx) error {
	list, err := tx.PaymentsOfSale(w.Sale.Merchant, w.Sale.ID)
	if err != nil {
		return err
	}
	had := map[guitai.PaymentID]bool{}
	for _, p := range list {
		had[p.ID] = true
	}
	tenders := append(append([]guitai.SaleTender(nil), w.Sale.Tenders...), w.Sale.Void.Tenders...)
	for _, t := range tenders {
		if t.Payment == "" || had[t.Payment] {
			continue
		}
		had[t.Payment] = true
		more, err := tx.PaymentsByID(w.Sale.Merchant, t.Payment)
		if err != nil {
			return err
		}
		list = append(list, more...)
	}
	w.Payments = list
	for _, p := range list {
		refunds, err := tx.RefundsOf(p.Merchant, p.ID)
		if err != nil {
			return err
		}
		w.Refunds = append(w.Refunds, refunds...)
	}
	return nil
}
