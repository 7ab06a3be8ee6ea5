package book

// RefundToMerchant sends a refund that is stuck to the merchant's bank account;
// the merchant pays the payer by other means. Asked for again it is the same one
// again. A refund that is not stuck is of the WrongKind.
func (b *Book) RefundToMerchant(w Wallet, refundNo string) (Order, Refund, error) {
	var o Order
	var r Refund
	err := b.do("refund_to_merchant", func(t *tx) (err error) {
		k, ok := b.refunds[b.refundKey(Ref{Wallet: w}, refundNo)]
		if !ok {
			return RefundUnknown
		}
		if o, err = t.settled(Ref{Wallet: w, OrderNo: k.orderNo}); err != nil {
			return err
		}
		for i := range o.Refunds {
			if o.Refunds[i].RefundNo != refundNo {
				continue
			}
			r = o.Refunds[i]
			if r.ToMerchant {
				return nil
			}
			if r.State != RefundStuck {
				return WrongKind
			}
			r.State, r.ToMerchant, r.DueAt = RefundProcessing, true, t.now.Add(b.Delay(b.policies[w].RefundDelay))
			o.Refunds[i] = r
		}
		t.put(o)
		return nil
	})
	return o, r, err
}
