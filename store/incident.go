package store

import "guitai"

const incidentColumns = `merchant_id, id, kind, payment_id, refund_id, attempt, created_us, closed_us, staff_id, note`

func scanIncident(row scanner) (guitai.Incident, error) {
	var i guitai.Incident
	var created, closed int64
	err := row.Scan(&i.Merchant, &i.ID, &i.Kind, &i.Payment, &i.Refund, &i.Attempt, &created, &closed, &i.Staff, &i.Note)
	i.CreatedAt, i.ClosedAt = timeOf(created), timeOf(closed)
	return i, err
}

// OpenIncident stores a case for a person and reports whether it is new: the
// same oddity of the same order or refund is stored once.
func (tx *Tx) OpenIncident(i guitai.Incident) (fresh bool, err error) {
	n, err := tx.exec(`INSERT INTO incident (`+incidentColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT DO NOTHING`,
		values{i.Merchant, i.ID, i.Kind, i.Payment, i.Refund, i.Attempt, us(i.CreatedAt), us(i.ClosedAt), i.Staff, i.Note})
	return n > 0, err
}

// CloseIncident ends an open case; ErrNoRow when there is none.
func (tx *Tx) CloseIncident(m guitai.MerchantID, id guitai.IncidentID, by guitai.StaffID, note string) error {
	return tx.execOne(`UPDATE incident SET closed_us = $3, staff_id = $4, note = $5
		WHERE merchant_id = $1 AND id = $2 AND closed_us = 0`, values{m, id, us(tx.Now()), by, note})
}

// Incident reads one case; ErrNoRow when there is none.
func (tx *ReadTx) Incident(m guitai.MerchantID, id guitai.IncidentID) (guitai.Incident, error) {
	return one(tx, `SELECT `+incidentColumns+` FROM incident WHERE merchant_id = $1 AND id = $2`, values{m, id}, scanIncident)
}

// IncidentFilter chooses cases.
type IncidentFilter struct {
	Merchant guitai.MerchantID
	Open     bool              // only those
	Payment  guitai.PaymentID  // empty: of all payments
	Before   guitai.IncidentID // empty: from the newest
	Limit    int
}

// Incidents lists cases, newest first.
func (tx *ReadTx) Incidents(f IncidentFilter) ([]guitai.Incident, error) {
	return all(tx, `SELECT `+incidentColumns+` FROM incident
		WHERE merchant_id = $1 AND ($2 = 0 OR closed_us = 0) AND ($3 = '' OR payment_id = $3) AND ($4 = '' OR id < $4)
		ORDER BY id DESC LIMIT $5 + 0`, values{f.Merchant, flag(f.Open), f.Payment, f.Before, f.Limit}, scanIncident)
}
