package till

import (
	"guitai"
	"guitai/store"
)

// Deed is an act of a till that may need a manager.
type Deed struct {
	Merchant  guitai.MerchantID
	Shop      guitai.ShopID
	Till      guitai.TillID
	Staff     guitai.StaffID
	Sale      guitai.SaleID
	Act       string // void, return, return_without_receipt, discount, price_change, drawer, cancel_line, cancel_bill, pay_out
	AmountFen int64  // never below zero
	Approvals []string
}

// needsApproval reports whether a deed lacks the approval that the till's
// settings want for it. Without settings (Journal.Approval) nothing does.
func (j *Journal) needsApproval(tx *store.Tx, d Deed) (bool, error) {
	if j.Approval == nil {
		return false, nil
	}
	ok, err := j.Approval(tx, d)
	return !ok, err
}

// unlikePrice reports whether a line was charged at another price than the
// list's and nobody approved it. Where settings judge changed prices themselves
// their answer stands.
func (j *Journal) unlikePrice(tx *store.Tx, s guitai.Sale, l guitai.SaleLine) (bool, error) {
	if j.Price != nil && l.Item != "" {
		if listed, err := j.Price(tx, s, l); err != nil || !listed {
			return err == nil, err
		}
	}
	return l.PriceFen != l.ListFen && l.Approval == "" && len(s.Approvals) == 0 && j.Approval == nil, nil
}

// deeds lists what a sale did that may need a manager, with the word by which a
// query names it.
func deeds(s guitai.Sale) (list []Deed, about []string) {
	add := func(act, of string, fen int64, approval string) {
		d := Deed{Merchant: s.Merchant, Shop: s.Shop, Till: s.Till, Staff: s.Staff, Sale: s.ID, Act: act, AmountFen: max(fen, -fen), Approvals: s.Approvals}
		if approval != "" {
			d.Approvals = append([]string{approval}, s.Approvals...)
		}
		list, about = append(list, d), append(about, act+" "+of)
	}
	for _, l := range s.Lines {
		name := lineName(l.N)
		if l.PriceFen != l.ListFen && l.Item != "" {
			add("price_change", name, l.PriceFen-l.ListFen, l.Approval)
		}
		switch {
		case l.ComesBack() && l.Back.Sale != "":
			add("return", name, l.TotalFen, l.Approval)
		case l.ComesBack():
			add("return_without_receipt", name, l.TotalFen, l.Approval)
		case l.Discount.OffFen != 0:
			add("discount", name, l.Discount.OffFen, l.Discount.Approval)
		}
	}
	if s.Discount.OffFen != 0 {
		add("discount", "bill", s.Discount.OffFen, s.Discount.Approval)
	}
	for _, l := range s.Cancelled {
		add("cancel_line", lineName(l.N), l.TotalFen, l.Approval)
	}
	return list, about
}
