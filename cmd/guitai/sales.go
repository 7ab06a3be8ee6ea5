package main

import (
	"context"

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
