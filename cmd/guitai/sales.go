package main

import (
	"context"
	"encoding/json"

	"guitai"
	"guitai/office"
	"guitai/till"
)

// findSale finds a sale for its receipt: the till's journal knows what was sold,
// the office where and by whom.
func findSale(j *till.Journal, o *office.Office) func(context.Context, guitai.MerchantID, guitai.SaleID) (guitai.Sale, guitai.Where, error) {
	return func(ctx context.Context, m guitai.MerchantID, id guitai.SaleID) (guitai.Sale, guitai.Where, error) {
		w, err := j.Sale(ctx, m, id)
		if err != nil {
			return guitai.Sale{}, guitai.Where{}, err
		}
		at, err := o.WhereOf(ctx, guitai.Payment{Merchant: m, Shop: w.Sale.Shop, Till: w.Sale.Till, Staff: w.Sale.Staff})
		return w.Sale, at, err
	}
}

// paperOf is how a till's receipts look and where they come out, as the office
// has set it.
func paperOf(o *office.Office) func(context.Context, guitai.Till) (till.PaperSettings, error) {
	return func(ctx context.Context, t guitai.Till) (till.PaperSettings, error) {
		p, err := o.TillSettings(ctx, t.Merchant, t.ID)
		if err != nil {
			return till.PaperSettings{}, err
		}
		document, err := json.Marshal(p.Effective)
		if err != nil {
			return till.PaperSettings{}, err
		}
		return till.ReadPaper(document)
	}
}
