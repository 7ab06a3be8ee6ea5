package store

import (
	"time"

	"guitai"
)

// RuleRow is one rule of a merchant as it is stored.
type RuleRow struct {
	Merchant guitai.MerchantID
	ID       string
	Place    int
	Body     string
}

// TopicRules is changed whenever rules are.
const TopicRules = "rules"

// SetRules puts the rules of a merchant in the place of all earlier ones.
func (tx *Tx) SetRules(m guitai.MerchantID, rules []RuleRow) error {
	if _, err := tx.exec(`DELETE FROM rule WHERE merchant_id = $1`, values{m}); err != nil {
		return err
	}
	for _, r := range rules {
		_, err := tx.exec(`INSERT INTO rule (merchant_id, id, place, body, changed_us) VALUES ($1, $2, $3, $4, $5)`,
			values{m, r.ID, r.Place, r.Body, us(tx.Now())})
		if err != nil {
			return err
		}
	}
	tx.Changed(TopicRules)
	return nil
}

// Rules lists the rules of a merchant, or with "" of all, in their order.
func (tx *ReadTx) Rules(m guitai.MerchantID) ([]RuleRow, error) {
	return all(tx, `SELECT merchant_id, id, place, body FROM rule WHERE $1 = '' OR merchant_id = $1
		ORDER BY merchant_id, place, id`, values{m},
		func(row scanner) (RuleRow, error) {
			var r RuleRow
			return r, row.Scan(&r.Merchant, &r.ID, &r.Place, &r.Body)
		})
}

// DaySum is how much was done in a way, at a till, since a day began.
type DaySum struct {
	guitai.Act       // without Amount
	Fen        int64 // what did not fail and was not closed
	Count      int64
}

// longestDay is a day on which the clocks are turned back. What is later than that
// was made while a clock was ahead, and is of another day.
const longestDay = 25 * time.Hour

// DaySums adds up the payments and refunds of a merchant's shops on the day that
// began then.
func (tx *ReadTx) DaySums(m guitai.MerchantID, begins time.Time) ([]DaySum, error) {
	paid, err := tx.daySums(guitai.DeedPayment, `SELECT shop_id, till_id, kind, wallet, CAST(SUM(amount_fen) AS BIGINT), COUNT(*) FROM payment
		WHERE merchant_id = $1 AND created_us >= $2 AND created_us < $3 AND state NOT IN ('failed', 'closed')
		GROUP BY shop_id, till_id, kind, wallet`, values{m, us(begins), us(begins.Add(longestDay))})
	if err != nil {
		return nil, err
	}
	back, err := tx.daySums(guitai.DeedRefund, `SELECT p.shop_id, p.till_id, p.kind, p.wallet, CAST(SUM(r.amount_fen) AS BIGINT), COUNT(*)
		FROM refund r JOIN payment p ON p.merchant_id = r.merchant_id AND p.id = r.payment_id
		WHERE r.merchant_id = $1 AND r.created_us >= $2 AND r.created_us < $3 AND r.state <> 'failed' AND r.kind <> 'give_back'
		GROUP BY p.shop_id, p.till_id, p.kind, p.wallet`, values{m, us(begins), us(begins.Add(longestDay))})
	sums := append(paid, back...)
	for i := range sums {
		sums[i].Merchant = m
	}
	return sums, err
}

func (tx *ReadTx) daySums(d guitai.Deed, text string, v values) ([]DaySum, error) {
	return all(tx, text, v, func(row scanner) (DaySum, error) {
		s := DaySum{Act: guitai.Act{Deed: d}}
		return s, row.Scan(&s.Shop, &s.Till, &s.Kind, &s.Wallet, &s.Fen, &s.Count)
	})
}
