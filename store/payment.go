package store

import (
	"encoding/hex"
	"encoding/json"
	"time"

	"guitai"
)

// us is a time as it is stored; the zero time is 0.
func us(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func timeOf(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// flag is a boolean as it is stored.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

const paymentColumns = `merchant_id, id, version, shop_id, till_id, staff_id, kind, wallet, amount_fen, currency,
	sale, tender, description, metadata, request_mac, state, reason, refunded_fen, refund_held_fen,
	created_us, updated_us, expires_us, paid_us, offer_token, offer, offer_reason, source, payer_mac`

func scanPayment(r scanner) (guitai.Payment, error) {
	var p guitai.Payment
	var meta, mac string
	var created, updated, expires, paid int64
	err := r.Scan(&p.Merchant, &p.ID, &p.Version, &p.Shop, &p.Till, &p.Staff, &p.Kind, &p.Wallet, &p.Amount.Fen,
		&p.Amount.Currency, &p.Sale, &p.Tender, &p.Description, &meta, &mac, &p.State, &p.Reason, &p.Refunded,
		&p.RefundHeld, &created, &updated, &expires, &paid, &p.Offer.Token, &p.Offer.State, &p.Offer.Reason, &p.Source,
		&p.PayerMAC)
	if err != nil {
		return p, err
	}
	if meta != "" {
		if err := json.Unmarshal([]byte(meta), &p.Metadata); err != nil {
			return p, err
		}
	}
	p.CreatedAt, p.UpdatedAt, p.ExpiresAt, p.PaidAt = timeOf(created), timeOf(updated), timeOf(expires), timeOf(paid)
	p.RequestMAC, err = hex.DecodeString(mac)
	return p, err
}

// InsertPayment stores a new payment with its attempts, if it has any yet. It
// violates "payment_pkey" when the ID is taken, and "payment_one_live_per_tender" when
// another live payment collects the same tender of the same bill.
func (tx *Tx) InsertPayment(p guitai.Payment) error {
	meta := ""
	if len(p.Metadata) > 0 {
		b, err := json.Marshal(p.Metadata)
		if err != nil {
			return err
		}
		meta = string(b)
	}
	_, err := tx.exec(`INSERT INTO payment (`+paymentColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
			$24, $25, $26, $27, $28)`,
		values{p.Merchant, p.ID, p.Version, p.Shop, p.Till, p.Staff, p.Kind, p.Wallet, p.Amount.Fen, p.Amount.Currency,
			p.Sale, p.Tender, p.Description, meta, hex.EncodeToString(p.RequestMAC), p.State, p.Reason, p.Refunded,
			p.RefundHeld, us(p.CreatedAt), us(p.UpdatedAt), us(p.ExpiresAt), us(p.PaidAt), p.Offer.Token, p.Offer.State,
			p.Offer.Reason, p.Source, p.PayerMAC})
	if err != nil {
		return err
	}
	for _, a := range p.Attempts {
		if err := tx.insertAttempt(p, a); err != nil {
			return err
		}
	}
	return nil
}

// UpdatePayment stores what changed in a payment and its attempts. ErrNoRow
// when its stored version is not was. It violates "payment_refund_within" when
// more would be refunded than was taken.
func (tx *Tx) UpdatePayment(p guitai.Payment, was int64) error {
	err := tx.execOne(`UPDATE payment SET version = $4, wallet = $5, state = $6, reason = $7, refunded_fen = $8,
			refund_held_fen = $9, updated_us = $10, expires_us = $11, paid_us = $12, offer = $13, offer_reason = $14
		WHERE merchant_id = $1 AND id = $2 AND version = $3`,
		values{p.Merchant, p.ID, was, p.Version, p.Wallet, p.State, p.Reason, p.Refunded, p.RefundHeld,
			us(p.UpdatedAt), us(p.ExpiresAt), us(p.PaidAt), p.Offer.State, p.Offer.Reason})
	if err != nil {
		return err
	}
	for _, a := range p.Attempts {
		if err := tx.saveAttempt(p, a); err != nil {
			return err
		}
	}
	return nil
}

// Payment reads one payment with its attempts; ErrNoRow when there is none.
func (tx *ReadTx) Payment(m guitai.MerchantID, id guitai.PaymentID) (guitai.Payment, error) {
	p, err := one(tx, `SELECT `+paymentColumns+` FROM payment WHERE merchant_id = $1 AND id = $2`, values{m, id}, scanPayment)
	if err != nil {
		return p, err
	}
	p.Attempts, err = all(tx, `SELECT `+attemptColumns+` FROM attempt WHERE merchant_id = $1 AND payment_id = $2 ORDER BY n`,
		values{m, id}, scanAttempt)
	return p, err
}

// PaymentByOffer finds the payment behind the token of our own code, whosever it
// is; ErrNoRow when there is none.
func (tx *ReadTx) PaymentByOffer(token string) (guitai.Payment, error) {
	var m guitai.MerchantID
	var id guitai.PaymentID
	err := tx.row(`SELECT merchant_id, id FROM payment WHERE offer_token = $1 AND offer_token <> ''`, values{token}, &m, &id)
	if err != nil {
		return guitai.Payment{}, err
	}
	return tx.Payment(m, id)
}

// FenOfPayer sums what a payer paid a merchant, or may still pay, from an
// instant on; the payer is named by a print, never empty.
func (tx *ReadTx) FenOfPayer(m guitai.MerchantID, payerMAC string, from time.Time) (int64, error) {
	var fen int64
	err := tx.row(`SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM payment
		WHERE merchant_id = $1 AND payer_mac = $2 AND payer_mac <> '' AND created_us >= $3
		  AND state <> 'failed' AND state <> 'closed'`, values{m, payerMAC, us(from)}, &fen)
	return fen, err
}

// PaymentFilter chooses payments of one merchant. Empty fields choose all.
type PaymentFilter struct {
	Merchant guitai.MerchantID
	Till     guitai.TillID
	State    guitai.PaymentState
	From     time.Time // created at or after
	To       time.Time // created before
	Before   PaymentPlace
	Limit    int
}

// PaymentPlace is where a page of payments ended.
type PaymentPlace struct {
	CreatedAt time.Time
	ID        guitai.PaymentID
}

// Payments lists payments with their attempts, newest first.
func (tx *ReadTx) Payments(f PaymentFilter) ([]guitai.Payment, error) {
	to := int64(1) << 62
	if !f.To.IsZero() {
		to = us(f.To)
	}
	before, id := to, ""
	if !f.Before.CreatedAt.IsZero() {
		before, id = us(f.Before.CreatedAt), string(f.Before.ID)
	}
	list, err := all(tx, `SELECT `+paymentColumns+` FROM payment
		WHERE merchant_id = $1 AND ($2 = '' OR till_id = $2) AND ($3 = '' OR state = $3)
		  AND created_us >= $4 AND created_us < $5 AND (created_us < $6 OR created_us = $6 AND id < $7)
		ORDER BY created_us DESC, id DESC LIMIT $8 + 0`,
		values{f.Merchant, f.Till, f.State, us(f.From), to, before, id, f.Limit}, scanPayment)
	if err != nil {
		return nil, err
	}
	for i := range list {
		p := &list[i]
		p.Attempts, err = all(tx, `SELECT `+attemptColumns+` FROM attempt WHERE merchant_id = $1 AND payment_id = $2 ORDER BY n`,
			values{p.Merchant, p.ID}, scanAttempt)
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

const attemptColumns = `order_no, n, account_id, wallet, state, ending, no_end, fee_rate, send_by_us, believe_us,
	asked_us, end_us, code, code_expires_us, wallet_no, payer, charged_fen, charged_currency, booked, suspense,
	paid_us, reason, wallet_code, payer_mac`

func scanAttempt(r scanner) (guitai.Attempt, error) {
	var a guitai.Attempt
	var noEnd, booked int
	var sendBy, believe, asked, end, codeExpires, paid int64
	err := r.Scan(&a.OrderNo, &a.N, &a.Account, &a.Wallet, &a.State, &a.Ending, &noEnd, &a.FeeRate, &sendBy, &believe,
		&asked, &end, &a.Code, &codeExpires, &a.WalletNo, &a.Payer, &a.Charged.Fen, &a.Charged.Currency, &booked,
		&a.Suspense, &paid, &a.Reason, &a.WalletCode, &a.PayerMAC)
	a.NoEnd, a.Booked = noEnd != 0, booked != 0
	a.SendBy, a.BelieveAt, a.AskedAt, a.EndAt = timeOf(sendBy), timeOf(believe), timeOf(asked), timeOf(end)
	a.CodeExpires, a.PaidAt = timeOf(codeExpires), timeOf(paid)
	return a, err
}

// changing are the columns of an attempt that change, in the order of
// attemptColumns from state to wallet_code.
func changing(a guitai.Attempt) values {
	return values{a.State, a.Ending, flag(a.NoEnd), a.FeeRate, us(a.SendBy), us(a.BelieveAt), us(a.AskedAt), us(a.EndAt),
		a.Code, us(a.CodeExpires), a.WalletNo, a.Payer, a.Charged.Fen, a.Charged.Currency, flag(a.Booked), a.Suspense,
		us(a.PaidAt), a.Reason, a.WalletCode}
}

func (tx *Tx) insertAttempt(p guitai.Payment, a guitai.Attempt) error {
	v := append(values{a.OrderNo, a.N, a.Account, a.Wallet}, changing(a)...)
	_, err := tx.exec(`INSERT INTO attempt (`+attemptColumns+`, merchant_id, payment_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)`,
		append(v, a.PayerMAC, p.Merchant, p.ID))
	return err
}

// saveAttempt updates an attempt, or inserts it when the payment has a new one.
func (tx *Tx) saveAttempt(p guitai.Payment, a guitai.Attempt) error {
	n, err := tx.exec(`UPDATE attempt SET state = $2, ending = $3, no_end = $4, fee_rate = $5, send_by_us = $6,
			believe_us = $7, asked_us = $8, end_us = $9, code = $10, code_expires_us = $11, wallet_no = $12, payer = $13,
			charged_fen = $14, charged_currency = $15, booked = $16, suspense = $17, paid_us = $18, reason = $19,
			wallet_code = $20
		WHERE order_no = $1`, append(values{a.OrderNo}, changing(a)...))
	if err == nil && n == 0 {
		err = tx.insertAttempt(p, a)
	}
	return err
}

// OrderPlace is where an order number leads.
type OrderPlace struct {
	Merchant guitai.MerchantID
	Payment  guitai.PaymentID
	Attempt  int
	Account  guitai.AccountID
}

// OrderByNo finds the attempt behind one of our order numbers; ErrNoRow when
// there is none.
func (tx *ReadTx) OrderByNo(no string) (OrderPlace, error) {
	var o OrderPlace
	err := tx.row(`SELECT merchant_id, payment_id, n, account_id FROM attempt WHERE order_no = $1`, values{no},
		&o.Merchant, &o.Payment, &o.Attempt, &o.Account)
	return o, err
}
