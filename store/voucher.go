package store

import (
	"guitai"
)

const batchColumns = `b.merchant_id, b.id, b.name, b.kind, b.amount_fen, b.min_fen, b.from_us, b.until_us, b.till_id, b.pieces, b.member_id, b.staff_id, b.made_us`

func batchDest(b *guitai.VoucherBatch, at *[3]int64) []any {
	return []any{&b.Merchant, &b.ID, &b.Name, &b.Kind, &b.AmountFen, &b.MinFen, &at[0], &at[1], &b.Till, &b.Pieces, &b.Member, &b.Staff, &at[2]}
}

func batchTimes(b *guitai.VoucherBatch, at [3]int64) {
	b.From, b.Until, b.MadeAt = timeOf(at[0]), timeOf(at[1]), timeOf(at[2])
}

// InsertVouchers stores a batch with its codes. It violates
// "voucher_batch_pkey" when there is one of that name, and "voucher_pkey" when
// a code is in use.
func (tx *Tx) InsertVouchers(b guitai.VoucherBatch, codes []string) error {
	_, err := tx.exec(`INSERT INTO voucher_batch (merchant_id, id, name, kind, amount_fen, min_fen, from_us, until_us, till_id, pieces, member_id, staff_id, made_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		values{b.Merchant, b.ID, b.Name, b.Kind, b.AmountFen, b.MinFen, us(b.From), us(b.Until), b.Till, b.Pieces, b.Member, b.Staff, us(b.MadeAt)})
	for _, code := range codes {
		if err != nil {
			return err
		}
		_, err = tx.exec(`INSERT INTO voucher (merchant_id, code, batch_id, left_fen, amount_fen, cancelled_us) VALUES ($1, $2, $3, $4, $4, 0)`,
			values{b.Merchant, code, b.ID, b.AmountFen})
	}
	return err
}

// Batch is a batch of vouchers with how they went.
type Batch struct {
	guitai.VoucherBatch
	LeftFen   int64 // of those that stand
	SpentFen  int64
	Cancelled int64 // pieces
}

// VoucherBatches lists the batches of a merchant, newest first.
func (tx *ReadTx) VoucherBatches(m guitai.MerchantID, limit int) ([]Batch, error) {
	return tx.batches(`WHERE b.merchant_id = $1 ORDER BY b.made_us DESC, b.id LIMIT $2 + 0`, values{m, limit})
}

// VoucherBatch reads one batch; ErrNoRow when there is none.
func (tx *ReadTx) VoucherBatch(m guitai.MerchantID, id string) (Batch, error) {
	list, err := tx.batches(`WHERE b.merchant_id = $1 AND b.id = $2`, values{m, id})
	if err == nil && len(list) == 0 {
		err = ErrNoRow
	}
	if err != nil {
		return Batch{}, err
	}
	return list[0], nil
}

func (tx *ReadTx) batches(where string, v values) ([]Batch, error) {
	return all(tx, `SELECT `+batchColumns+`,
			CAST(COALESCE((SELECT SUM(v.left_fen) FROM voucher v WHERE v.merchant_id = b.merchant_id AND v.batch_id = b.id AND v.cancelled_us = 0), 0) AS BIGINT),
			CAST(COALESCE((SELECT -SUM(e.fen) FROM voucher_entry e JOIN voucher v ON v.merchant_id = e.merchant_id AND v.code = e.code
				WHERE v.merchant_id = b.merchant_id AND v.batch_id = b.id AND e.kind <> 'lapse'), 0) AS BIGINT),
			(SELECT COUNT(*) FROM voucher v WHERE v.merchant_id = b.merchant_id AND v.batch_id = b.id AND v.cancelled_us > 0)
		FROM voucher_batch b `+where, v, func(r scanner) (Batch, error) {
		var b Batch
		var at [3]int64
		err := r.Scan(append(batchDest(&b.VoucherBatch, &at), &b.LeftFen, &b.SpentFen, &b.Cancelled)...)
		batchTimes(&b.VoucherBatch, at)
		return b, err
	})
}

const voucherColumns = `v.code, v.left_fen, v.cancelled_us,
	CAST(COALESCE((SELECT SUM(r.held_fen) FROM redemption r WHERE r.merchant_id = v.merchant_id AND r.voucher = v.code AND r.state = 'held'), 0) AS BIGINT), ` + batchColumns

const voucherFrom = ` FROM voucher v JOIN voucher_batch b ON b.merchant_id = v.merchant_id AND b.id = v.batch_id `

func scanVoucher(r scanner) (guitai.Voucher, error) {
	var v guitai.Voucher
	var at [3]int64
	var cancelled int64
	err := r.Scan(append([]any{&v.Code, &v.LeftFen, &cancelled, &v.HeldFen}, batchDest(&v.Batch, &at)...)...)
	batchTimes(&v.Batch, at)
	v.CancelledAt = timeOf(cancelled)
	return v, err
}

// Voucher reads a voucher of a merchant; ErrNoRow when there is none.
func (tx *ReadTx) Voucher(m guitai.MerchantID, code string) (guitai.Voucher, error) {
	return one(tx, `SELECT `+voucherColumns+voucherFrom+`WHERE v.merchant_id = $1 AND v.code = $2`, values{m, code}, scanVoucher)
}

// VouchersOf lists the vouchers of a batch by code.
func (tx *ReadTx) VouchersOf(m guitai.MerchantID, batch string, limit int) ([]guitai.Voucher, error) {
	return all(tx, `SELECT `+voucherColumns+voucherFrom+`WHERE v.merchant_id = $1 AND v.batch_id = $2 ORDER BY v.code LIMIT $3 + 0`,
		values{m, batch, limit}, scanVoucher)
}

// VouchersAt lists the vouchers that only one till takes and that can be spent
// there now: what it keeps to take them without a line.
func (tx *ReadTx) VouchersAt(m guitai.MerchantID, at guitai.TillID, limit int) ([]guitai.Voucher, error) {
	return all(tx, `SELECT `+voucherColumns+voucherFrom+`WHERE v.merchant_id = $1 AND b.till_id = $2 AND v.cancelled_us = 0 AND v.left_fen > 0
		AND b.until_us > $3 ORDER BY v.code LIMIT $4 + 0`, values{m, at, us(tx.Now()), limit}, scanVoucher)
}

// CancelVoucher takes a voucher out of use; ErrNoRow when it is already.
func (tx *Tx) CancelVoucher(m guitai.MerchantID, code string) error {
	return tx.execOne(`UPDATE voucher SET cancelled_us = $3 WHERE merchant_id = $1 AND code = $2 AND cancelled_us = 0`, values{m, code, us(tx.Now())})
}

// MoveVoucher puts so much more, or with less than zero less, at a voucher's
// disposal. ErrNoRow when it has not as much, or would have more than it was
// issued with.
func (tx *Tx) MoveVoucher(m guitai.MerchantID, code string, fen int64) error {
	return tx.execOne(`UPDATE voucher SET left_fen = left_fen + $3 WHERE merchant_id = $1 AND code = $2
		AND left_fen + $3 >= 0 AND left_fen + $3 <= amount_fen`, values{m, code, fen})
}

// VoucherEntry is what a voucher's money did.
type VoucherEntry struct {
	Merchant guitai.MerchantID
	Kind     string // spend, lapse, give_back
	Ref      string
	Code     string
	Fen      int64
	Sale     guitai.SaleID
	AtUS     int64
}

// AddVoucherEntry books what a voucher's money did; ErrNoRow when it was booked
// before.
func (tx *Tx) AddVoucherEntry(e VoucherEntry) error {
	return tx.execOne(`INSERT INTO voucher_entry (merchant_id, kind, ref, code, fen, sale_id, at_us) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (merchant_id, kind, ref) DO NOTHING`, values{e.Merchant, e.Kind, e.Ref, e.Code, e.Fen, e.Sale, us(tx.Now())})
}

// HasVoucherEntry reports whether something was booked for a thing.
func (tx *ReadTx) HasVoucherEntry(m guitai.MerchantID, kind, ref string) (bool, error) {
	var n int64
	err := tx.row(`SELECT COUNT(*) FROM voucher_entry WHERE merchant_id = $1 AND kind = $2 AND ref = $3`, values{m, kind, ref}, &n)
	return n > 0, err
}

// VoucherEntries lists what a voucher's money did, in order.
func (tx *ReadTx) VoucherEntries(m guitai.MerchantID, code string) ([]VoucherEntry, error) {
	return all(tx, `SELECT merchant_id, kind, ref, code, fen, sale_id, at_us FROM voucher_entry WHERE merchant_id = $1 AND code = $2
		ORDER BY at_us, kind, ref`, values{m, code}, func(r scanner) (VoucherEntry, error) {
		var e VoucherEntry
		return e, r.Scan(&e.Merchant, &e.Kind, &e.Ref, &e.Code, &e.Fen, &e.Sale, &e.AtUS)
	})
}

const redemptionColumns = `merchant_id, id, shop_id, till_id, staff_id, sale_id, tender, kind, voucher, member_id, purse_id, amount_fen, points, held_fen, state, made_us, expires_us, ended_us`

func scanRedemption(r scanner) (guitai.Redemption, error) {
	var o guitai.Redemption
	var made, expires, ended int64
	err := r.Scan(&o.Merchant, &o.ID, &o.Shop, &o.Till, &o.Staff, &o.Sale, &o.Tender, &o.Kind, &o.Voucher, &o.Member, &o.Purse, &o.AmountFen,
		&o.Points, &o.HeldFen, &o.State, &made, &expires, &ended)
	o.MadeAt, o.ExpiresAt, o.EndedAt = timeOf(made), timeOf(expires), timeOf(ended)
	return o, err
}

// InsertRedemption stores what is put aside. It violates "redemption_pkey" when
// there is one of that name, and "redemption_of_tender" when the tender has one.
func (tx *Tx) InsertRedemption(r guitai.Redemption) error {
	_, err := tx.exec(`INSERT INTO redemption (`+redemptionColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		values{r.Merchant, r.ID, r.Shop, r.Till, r.Staff, r.Sale, r.Tender, r.Kind, r.Voucher, r.Member, r.Purse, r.AmountFen, r.Points,
			r.HeldFen, r.State, us(r.MadeAt), us(r.ExpiresAt), us(r.EndedAt)})
	return err
}

// EndRedemption lets a held redemption go, or spends it; ErrNoRow when it is not
// held.
func (tx *Tx) EndRedemption(m guitai.MerchantID, id string, s guitai.RedemptionState) error {
	return tx.execOne(`UPDATE redemption SET state = $3, ended_us = $4 WHERE merchant_id = $1 AND id = $2 AND state = 'held'`,
		values{m, id, s, us(tx.Now())})
}

// Redemption reads what was put aside; ErrNoRow when there is none.
func (tx *ReadTx) Redemption(m guitai.MerchantID, id string) (guitai.Redemption, error) {
	return one(tx, `SELECT `+redemptionColumns+` FROM redemption WHERE merchant_id = $1 AND id = $2`, values{m, id}, scanRedemption)
}

// RedemptionOf reads what is put aside or was spent for a tender of a sale;
// ErrNoRow when there is nothing.
func (tx *ReadTx) RedemptionOf(m guitai.MerchantID, sale guitai.SaleID, tender string) (guitai.Redemption, error) {
	return one(tx, `SELECT `+redemptionColumns+` FROM redemption WHERE merchant_id = $1 AND sale_id = $2 AND tender = $3 AND state <> 'released'`,
		values{m, sale, tender}, scanRedemption)
}

// StaleRedemptions lists those of a voucher whose time is over.
func (tx *ReadTx) StaleRedemptions(m guitai.MerchantID, voucher string) ([]guitai.Redemption, error) {
	return all(tx, `SELECT `+redemptionColumns+` FROM redemption WHERE merchant_id = $1 AND voucher = $2 AND state = 'held' AND expires_us <= $3
		ORDER BY id LIMIT 100`, values{m, voucher, us(tx.Now())}, scanRedemption)
}
