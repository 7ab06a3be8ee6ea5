package store

import "guitai"

const holdColumns = `merchant_id, id, shop_id, till_id, staff_id, sale_id, name, total_fen, lines, member_id, state, taken_by, made_us, taken_us`

func scanHold(r scanner) (guitai.Hold, error) {
	var h guitai.Hold
	var made, taken int64
	err := r.Scan(&h.Merchant, &h.ID, &h.Shop, &h.Till, &h.Staff, &h.Sale, &h.Name, &h.TotalFen, &h.Lines, &h.Member, &h.State,
		&h.TakenBy, &made, &taken)
	h.MadeAt, h.TakenAt = timeOf(made), timeOf(taken)
	return h, err
}

// SaveHold stores a hold, new or changed. A hold that a till has taken, or that
// is gone, stays as it is: ErrNoRow.
func (tx *Tx) SaveHold(h guitai.Hold) error {
	return tx.execOne(`INSERT INTO hold (`+holdColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (merchant_id, id) DO UPDATE SET staff_id = excluded.staff_id, sale_id = excluded.sale_id, name = excluded.name,
			total_fen = excluded.total_fen, lines = excluded.lines, member_id = excluded.member_id
		WHERE hold.state = 'waiting' AND hold.till_id = excluded.till_id`,
		values{h.Merchant, h.ID, h.Shop, h.Till, h.Staff, h.Sale, h.Name, h.TotalFen, h.Lines, h.Member, h.State, h.TakenBy,
			us(h.MadeAt), us(h.TakenAt)})
}

// Hold reads a hold of a merchant; ErrNoRow when there is none.
func (tx *ReadTx) Hold(m guitai.MerchantID, id guitai.HoldID) (guitai.Hold, error) {
	return one(tx, `SELECT `+holdColumns+` FROM hold WHERE merchant_id = $1 AND id = $2`, values{m, id}, scanHold)
}

// Holds lists the bills that wait in a shop, the oldest first.
func (tx *ReadTx) Holds(m guitai.MerchantID, shop guitai.ShopID, limit int) ([]guitai.Hold, error) {
	return all(tx, `SELECT `+holdColumns+` FROM hold WHERE merchant_id = $1 AND shop_id = $2 AND state = 'waiting'
		ORDER BY made_us, id LIMIT $3 + 0`, values{m, shop, limit}, scanHold)
}

// TakeHold gives a waiting hold to a till. ErrNoRow when it does not wait.
func (tx *Tx) TakeHold(m guitai.MerchantID, id guitai.HoldID, by guitai.TillID) error {
	return tx.execOne(`UPDATE hold SET state = 'taken', taken_by = $3, taken_us = $4
		WHERE merchant_id = $1 AND id = $2 AND state = 'waiting'`, values{m, id, by, us(tx.Now())})
}

// EndHold ends a hold for ever; one that was never stored is stored as ended.
func (tx *Tx) EndHold(h guitai.Hold) error {
	_, err := tx.exec(`INSERT INTO hold (`+holdColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'gone', '', $11, 0)
		ON CONFLICT (merchant_id, id) DO UPDATE SET state = 'gone'`,
		values{h.Merchant, h.ID, h.Shop, h.Till, h.Staff, h.Sale, h.Name, h.TotalFen, h.Lines, h.Member, us(tx.Now())})
	return err
}
