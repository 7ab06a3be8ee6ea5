package store

import (
	"encoding/hex"

	"guitai"
)

const refundColumns = `merchant_id, id, version, payment_id, attempt, suspense_id, kind, amount_fen, currency, reason,
	staff_id, request_mac, refund_no, state, wallet_no, wallet_code, failure, send_by_us, believe_us, created_us,
	updated_us, done_us`

func scanRefund(row scanner) (guitai.Refund, error) {
	var r guitai.Refund
	var mac string
	var sendBy, believe, created, updated, done int64
	err := row.Scan(&r.Merchant, &r.ID, &r.Version, &r.Payment, &r.Attempt, &r.Suspense, &r.Kind, &r.Amount.Fen,
		&r.Amount.Currency, &r.Reason, &r.Staff, &mac, &r.RefundNo, &r.State, &r.WalletNo, &r.WalletCode, &r.Failure,
		&sendBy, &believe, &created, &updated, &done)
	if err != nil {
		return r, err
	}
	r.SendBy, r.BelieveAt, r.CreatedAt = timeOf(sendBy), timeOf(believe), timeOf(created)
	r.UpdatedAt, r.DoneAt = timeOf(updated), timeOf(done)
	r.RequestMAC, err = hex.DecodeString(mac)
	return r, err
}

// InsertRefund stores a new refund. It violates "refund_pkey" when the ID is
// taken.
func (tx *Tx) InsertRefund(r guitai.Refund) error {
	_, err := tx.exec(`INSERT INTO refund (`+refundColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
		values{r.Merchant, r.ID, r.Version, r.Payment, r.Attempt, r.Suspense, r.Kind, r.Amount.Fen, r.Amount.Currency,
			r.Reason, r.Staff, hex.EncodeToString(r.RequestMAC), r.RefundNo, r.State, r.WalletNo, r.WalletCode, r.Failure,
			us(r.SendBy), us(r.BelieveAt), us(r.CreatedAt), us(r.UpdatedAt), us(r.DoneAt)})
	return err
}

// UpdateRefund stores what changed in a refund. ErrNoRow when its stored
// version is not was.
func (tx *Tx) UpdateRefund(r guitai.Refund, was int64) error {
	return tx.execOne(`UPDATE refund SET version = $4, state = $5, wallet_no = $6, wallet_code = $7, failure = $8,
			send_by_us = $9, believe_us = $10, updated_us = $11, done_us = $12
		WHERE merchant_id = $1 AND id = $2 AND version = $3`,
		values{r.Merchant, r.ID, was, r.Version, r.State, r.WalletNo, r.WalletCode, r.Failure, us(r.SendBy),
			us(r.BelieveAt), us(r.UpdatedAt), us(r.DoneAt)})
}

// Refund reads one refund; ErrNoRow when there is none.
func (tx *ReadTx) Refund(m guitai.MerchantID, id guitai.RefundID) (guitai.Refund, error) {
	return one(tx, `SELECT `+refundColumns+` FROM refund WHERE merchant_id = $1 AND id = $2`, values{m, id}, scanRefund)
}

// RefundByNo reads the refund with one of our refund numbers; ErrNoRow when
// there is none.
func (tx *ReadTx) RefundByNo(no string) (guitai.Refund, error) {
	return one(tx, `SELECT `+refundColumns+` FROM refund WHERE refund_no = $1`, values{no}, scanRefund)
}

// RefundsOf lists the refunds of a payment, oldest first.
func (tx *ReadTx) RefundsOf(m guitai.MerchantID, id guitai.PaymentID) ([]guitai.Refund, error) {
	return all(tx, `SELECT `+refundColumns+` FROM refund WHERE merchant_id = $1 AND payment_id = $2 ORDER BY created_us, id`,
		values{m, id}, scanRefund)
}

const suspenseColumns = `merchant_id, id, version, payment_id, attempt, amount_fen, currency, why, state, return_us,
	refund_id, created_us, resolved_us, refused, note`

func scanSuspense(row scanner) (guitai.Suspense, error) {
	var s guitai.Suspense
	var returns, created, resolved int64
	err := row.Scan(&s.Merchant, &s.ID, &s.Version, &s.Payment, &s.Attempt, &s.Amount.Fen, &s.Amount.Currency, &s.Why,
		&s.State, &returns, &s.Refund, &created, &resolved, &s.Refused, &s.Note)
	s.ReturnAt, s.CreatedAt, s.ResolvedAt = timeOf(returns), timeOf(created), timeOf(resolved)
	return s, err
}

// InsertSuspense stores money that came to suspense. It violates
// "suspense_by_attempt" when the attempt's money is there already.
func (tx *Tx) InsertSuspense(s guitai.Suspense) error {
	_, err := tx.exec(`INSERT INTO suspense (`+suspenseColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		values{s.Merchant, s.ID, s.Version, s.Payment, s.Attempt, s.Amount.Fen, s.Amount.Currency, s.Why, s.State,
			us(s.ReturnAt), s.Refund, us(s.CreatedAt), us(s.ResolvedAt), s.Refused, s.Note})
	return err
}

// UpdateSuspense stores what changed, over the version that s was read at.
// ErrNoRow when another was faster.
func (tx *Tx) UpdateSuspense(s guitai.Suspense) error {
	return tx.execOne(`UPDATE suspense SET version = version + 1, state = $4, return_us = $5, refund_id = $6, resolved_us = $7,
			refused = $8, note = $9
		WHERE merchant_id = $1 AND id = $2 AND version = $3`,
		values{s.Merchant, s.ID, s.Version, s.State, us(s.ReturnAt), s.Refund, us(s.ResolvedAt), s.Refused, s.Note})
}

// Suspense reads one amount in suspense; ErrNoRow when there is none.
func (tx *ReadTx) Suspense(m guitai.MerchantID, id guitai.SuspenseID) (guitai.Suspense, error) {
	return one(tx, `SELECT `+suspenseColumns+` FROM suspense WHERE merchant_id = $1 AND id = $2`, values{m, id}, scanSuspense)
}

// SuspenseOf lists what came to suspense for one payment.
func (tx *ReadTx) SuspenseOf(m guitai.MerchantID, id guitai.PaymentID) ([]guitai.Suspense, error) {
	return all(tx, `SELECT `+suspenseColumns+` FROM suspense WHERE merchant_id = $1 AND payment_id = $2 ORDER BY id`,
		values{m, id}, scanSuspense)
}

// SuspenseUnresolved lists what is in suspense now, oldest first.
func (tx *ReadTx) SuspenseUnresolved(m guitai.MerchantID, limit int) ([]guitai.Suspense, error) {
	return all(tx, `SELECT `+suspenseColumns+` FROM suspense WHERE merchant_id = $1 AND resolved_us = 0 ORDER BY id LIMIT $2 + 0`,
		values{m, limit}, scanSuspense)
}
