package till

import (
	"context"
	"errors"
	"strings"
	"time"

	"guitai"
	"guitai/store"
)

// JobJudge looks again at the payments that a sale named and the server had
// not. It is keyed by the sale.
const JobJudge = "judge"

// A payment that is missing is looked for again after so long, then after twice
// as long each time, up to once an hour.
const (
	judgeAgain  = 5 * time.Second
	judgeSeldom = time.Hour
)

// JudgeAgain is the job: it goes on until every payment is there or a person
// has closed the question.
func (j *Journal) JudgeAgain(ctx context.Context, job store.Job) error {
	return j.Store.InSerialTx(ctx, func(tx *store.Tx) error {
		open, err := judgePayments(tx, job.Merchant, guitai.SaleID(job.Key))
		if err != nil {
			return err
		}
		if !open {
			return tx.FinishJob(job)
		}
		pause := judgeAgain << min(max(job.Tries, 1), 12)
		return tx.DelayJob(job, tx.Now().Add(min(pause, judgeSeldom)))
	})
}

// JudgeSale looks again now, for a person who asks.
func (j *Journal) JudgeSale(ctx context.Context, m guitai.MerchantID, id guitai.SaleID) error {
	return j.Store.InSerialTx(ctx, func(tx *store.Tx) error {
		_, err := judgePayments(tx, m, id)
		return err
	})
}

// judgePayments judges again what is asked about missing payments of a sale,
// and reports whether something is still missing.
func judgePayments(tx *store.Tx, m guitai.MerchantID, id guitai.SaleID) (open bool, err error) {
	asked, err := tx.QueriesOfSale(m, id)
	if err != nil {
		return false, err
	}
	s, err := tx.Sale(m, id)
	if errors.Is(err, store.ErrNoRow) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, q := range asked {
		t, ok := tenderNamed(s, q.About)
		if q.Code != guitai.CodePaymentMissing || !ok {
			continue
		}
		code, err := walletSays(&tx.ReadTx, s, t)
		switch {
		case err != nil:
			return false, err
		case code == guitai.CodePaymentMissing:
			open = true
			continue
		}
		if err := answer(tx, q); err != nil {
			return false, err
		}
		if code == "" {
			continue
		}
		if err := askInstead(tx, q, code); err != nil {
			return false, err
		}
	}
	return open, nil
}

// tenderNamed finds the tender that a query is about.
func tenderNamed(s guitai.Sale, about string) (guitai.SaleTender, bool) {
	list, n := s.Tenders, about
	if rest, ok := strings.CutPrefix(about, "void "); ok {
		list, n = s.Void.Tenders, rest
	}
	for _, t := range list {
		if "tender "+t.N == n {
			return t, true
		}
	}
	return guitai.SaleTender{}, false
}
