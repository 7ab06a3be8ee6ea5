package till

import (
	"errors"

	"guitai"
	"guitai/store"
)

// tender judges one tender of a sale and spends what it names; what comes of it
// is marked on the tender.
func (c *judging) tender(s guitai.Sale, t *guitai.SaleTender, of string) error {
	about := of + "tender " + t.N
	switch t.Kind {
	case guitai.TenderWallet:
		code, err := walletSays(&c.tx.ReadTx, s, *t)
		if code != "" {
			c.ask(code, about)
		}
		if err != nil || code != guitai.CodePaymentMissing {
			return err
		}
		return c.tx.Schedule(store.Job{Kind: JobJudge, Merchant: s.Merchant, Key: string(s.ID), RunAt: c.tx.Now().Add(judgeAgain)})
	case guitai.TenderVoucher, guitai.TenderPoints:
		do := spend
		if t.AmountFen < 0 {
			do = giveBackValue
		}
		code, err := do(c.tx, s, *t)
		if code != "" {
			t.Unbooked = true
			c.ask(code, about)
		}
		return err
	}
	return nil
}

// walletSays compares a wallet tender with the payment or refund it names; no
// code: it is right. payment_missing may still come right.
func walletSays(tx *store.ReadTx, s guitai.Sale, t guitai.SaleTender) (guitai.Code, error) {
	switch {
	case t.AmountFen < 0 || t.Refund != "":
		return refundSays(tx, s, t)
	case t.Payment == "" && t.Offline == "":
		return guitai.CodePaymentMissing, nil
	case t.Payment == "":
		return offlineSays(tx, s, t)
	}
	p, err := tx.Payment(s.Merchant, t.Payment)
	switch {
	case errors.Is(err, store.ErrNoRow):
		return guitai.CodePaymentMissing, nil
	case err != nil:
		return "", err
	case p.Amount.Fen != t.AmountFen || p.Sale != string(s.ID) || p.Tender != t.N:
		return guitai.CodePaymentDiffers, nil
	}
	uses, err := tx.TendersOfPayment(s.Merchant, t.Payment)
	if err != nil {
		return "", err
	}
	for _, u := range uses {
		if u.Fen > 0 && (u.Sale != s.ID || u.N != t.N) {
			return guitai.CodePaymentTwice, nil
		}
	}
	for _, other := range s.Tenders {
		if other.Payment == t.Payment && other.AmountFen > 0 && other.N != t.N {
			return guitai.CodePaymentTwice, nil
		}
	}
	if p.State != guitai.PaymentPaid {
		return guitai.CodePaymentMissing, nil
	}
	return "", nil
}

// offlineSays looks for the payment behind an offline code, by its bill and
// tender: the payer's phone may bring it later.
func offlineSays(tx *store.ReadTx, s guitai.Sale, t guitai.SaleTender) (guitai.Code, error) {
	list, err := tx.PaymentsOfSale(s.Merchant, s.ID)
	if err != nil {
		return "", err
	}
	for _, p := range list {
		if p.Tender != t.N || p.State != guitai.PaymentPaid {
			continue
		}
		if p.Amount.Fen != t.AmountFen {
			return guitai.CodePaymentDiffers, nil
		}
		return "", nil
	}
	return guitai.CodePaymentMissing, nil
}

// refundSays compares money that went back with the refund that it names. One
// that the wallet has accepted counts as gone.
func refundSays(tx *store.ReadTx, s guitai.Sale, t guitai.SaleTender) (guitai.Code, error) {
	if t.Refund == "" {
		return guitai.CodePaymentMissing, nil
	}
	r, err := tx.Refund(s.Merchant, t.Refund)
	switch {
	case errors.Is(err, store.ErrNoRow):
		return guitai.CodePaymentMissing, nil
	case err != nil:
		return "", err
	case r.Amount.Fen != -t.AmountFen || t.Payment != "" && r.Payment != t.Payment:
		return guitai.CodePaymentDiffers, nil
	}
	uses, err := tx.TendersOfPayment(s.Merchant, r.Payment)
	if err != nil {
		return "", err
	}
	for _, u := range uses {
		if u.Refund == t.Refund && (u.Sale != s.ID || u.N != t.N) {
			return guitai.CodePaymentTwice, nil
		}
	}
	if r.State != guitai.RefundDone && r.State != guitai.RefundPending {
		return guitai.CodePaymentMissing, nil
	}
	return "", nil
}
