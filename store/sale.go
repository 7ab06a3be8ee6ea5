package store

import (
	"encoding/json"
	"time"

	"guitai"
)

const saleColumns = `merchant_id, id, shop_id, till_id, book_id, seq, shift_id, staff_id, state, receipt_no, began_us, at_us,
	total_fen, currency, percent_milli, off_fen, discount_reason, discount_approval, member_id, approvals, reason,
	void_id, void_shift_id, void_staff_id, voided_us, void_reason, void_approval`

func scanSale(r scanner) (guitai.Sale, error) {
	var s guitai.Sale
	var began, at, voided int64
	var approvals string
	err := r.Scan(&s.Merchant, &s.ID, &s.Shop, &s.Till, &s.Book, &s.Seq, &s.Shift, &s.Staff, &s.State, &s.ReceiptNo, &began, &at,
		&s.TotalFen, &s.Currency, &s.Discount.PercentMilli, &s.Discount.OffFen, &s.Discount.Reason, &s.Discount.Approval, &s.Member,
		&approvals, &s.Reason, &s.Void.ID, &s.Void.Shift, &s.Void.Staff, &voided, &s.Void.Reason, &s.Void.Approval)
	s.BeganAt, s.At, s.VoidedAt = timeOf(began), timeOf(at), timeOf(voided)
	if err == nil && approvals != "" {
		err = json.Unmarshal([]byte(approvals), &s.Approvals)
	}
	return s, err
}

// ReceiptMark says whether the receipt number of a sale is the next of its
// book.
type ReceiptMark int

// The marks.
const (
	ReceiptNext ReceiptMark = iota
	ReceiptWrong
)

// InsertSale stores a sale with its lines and tenders. It violates "sale_pkey"
// when the merchant has one of that ID, and "sale_receipt_once" when the till
// gave that number before and it is not marked.
func (tx *Tx) InsertSale(s guitai.Sale, mark ReceiptMark) error {
	approvals := ""
	if len(s.Approvals) > 0 {
		b, err := json.Marshal(s.Approvals)
		if err != nil {
			return err
		}
		approvals = string(b)
	}
	_, err := tx.exec(`INSERT INTO sale (`+saleColumns+`, receipt_wrong)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)`,
		values{s.Merchant, s.ID, s.Shop, s.Till, s.Book, s.Seq, s.Shift, s.Staff, s.State, s.ReceiptNo, us(s.BeganAt), us(s.At),
			s.TotalFen, s.Currency, s.Discount.PercentMilli, s.Discount.OffFen, s.Discount.Reason, s.Discount.Approval, s.Member,
			approvals, s.Reason, s.Void.ID, s.Void.Shift, s.Void.Staff, us(s.VoidedAt), s.Void.Reason, s.Void.Approval, mark})
	if err != nil {
		return err
	}
	for i, l := range s.Lines {
		if err := tx.insertLine(s, l, 0, i); err != nil {
			return err
		}
	}
	for i, l := range s.Cancelled {
		if err := tx.insertLine(s, l, 1, i); err != nil {
			return err
		}
	}
	return tx.insertTenders(s, 0, s.Tenders)
}

const lineColumns = `sale_id, n, item, barcode, name, department, unit, count_milli, list_fen, price_fen, percent_milli, off_fen, discount_reason,
	discount_approval, total_fen, price_reason, approval, back_sale, back_n, back_receipt_no`

func (tx *Tx) insertLine(s guitai.Sale, l guitai.SaleLine, cancelled, place int) error {
	_, err := tx.exec(`INSERT INTO sale_line (`+lineColumns+`, merchant_id, cancelled, place)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`,
		values{s.ID, l.N, l.Item, l.Barcode, l.Name, l.Department, l.Unit, l.CountMilli, l.ListFen, l.PriceFen, l.Discount.PercentMilli,
			l.Discount.OffFen, l.Discount.Reason, l.Discount.Approval, l.TotalFen, l.PriceReason, l.Approval, l.Back.Sale, l.Back.N,
			l.Back.ReceiptNo, s.Merchant, cancelled, place})
	return err
}

// lineRow is a line with the sale it stands in.
type lineRow struct {
	sale      guitai.SaleID
	cancelled int
	line      guitai.SaleLine
}

func scanLine(r scanner) (lineRow, error) {
	var o lineRow
	l := &o.line
	err := r.Scan(&o.sale, &l.N, &l.Item, &l.Barcode, &l.Name, &l.Department, &l.Unit, &l.CountMilli, &l.ListFen, &l.PriceFen,
		&l.Discount.PercentMilli, &l.Discount.OffFen, &l.Discount.Reason, &l.Discount.Approval, &l.TotalFen, &l.PriceReason, &l.Approval,
		&l.Back.Sale, &l.Back.N, &l.Back.ReceiptNo, &o.cancelled)
	return o, err
}

const tenderColumns = `sale_id, voids, n, kind, amount_fen, given_fen, change_fen, payment_id, refund_id, wallet, offline, cheque_no, voucher,
	points, member_id, approval, unbooked`

func (tx *Tx) insertTenders(s guitai.Sale, voids int, list []guitai.SaleTender) error {
	for i, t := range list {
		_, err := tx.exec(`INSERT INTO sale_tender (`+tenderColumns+`, merchant_id, place)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
			values{s.ID, voids, t.N, t.Kind, t.AmountFen, t.GivenFen, t.ChangeFen, t.Payment, t.Refund, t.Wallet, t.Offline, t.ChequeNo,
				t.Voucher, t.Points, t.Member, t.Approval, flag(t.Unbooked), s.Merchant, i})
		if err != nil {
			return err
		}
	}
	return nil
}

// tenderRow is a tender with the sale it stands in.
type tenderRow struct {
	sale   guitai.SaleID
	voids  int
	tender guitai.SaleTender
}

func scanTender(r scanner) (tenderRow, error) {
	var o tenderRow
	var unbooked int
	t := &o.tender
	err := r.Scan(&o.sale, &o.voids, &t.N, &t.Kind, &t.AmountFen, &t.GivenFen, &t.ChangeFen, &t.Payment, &t.Refund, &t.Wallet, &t.Offline,
		&t.ChequeNo, &t.Voucher, &t.Points, &t.Member, &t.Approval, &unbooked)
	t.Unbooked = unbooked != 0
	return o, err
}

// VoidSale marks a sale as voided, with what gave its money back. ErrNoRow when
// it is none that stands.
func (tx *Tx) VoidSale(s guitai.Sale) error {
	v := s.Void
	err := tx.execOne(`UPDATE sale SET state = 'voided', void_id = $3, void_shift_id = $4, void_staff_id = $5, voided_us = $6, void_reason = $7,
			void_approval = $8 WHERE merchant_id = $1 AND id = $2 AND state = 'done'`,
		values{s.Merchant, s.ID, v.ID, v.Shift, v.Staff, us(s.VoidedAt), v.Reason, v.Approval})
	if err != nil {
		return err
	}
	return tx.insertTenders(s, 1, v.Tenders)
}

// Sale reads a sale with its lines and tenders; ErrNoRow when there is none.
func (tx *ReadTx) Sale(m guitai.MerchantID, id guitai.SaleID) (guitai.Sale, error) {
	s, err := one(tx, `SELECT `+saleColumns+` FROM sale WHERE merchant_id = $1 AND id = $2`, values{m, id}, scanSale)
	if err != nil {
		return s, err
	}
	list := []guitai.Sale{s}
	err = tx.fill(list, `SELECT id FROM sale WHERE merchant_id = $1 AND id = $2`, values{m, id})
	return list[0], err
}

// fill reads the lines and tenders of sales that a statement chooses.
func (tx *ReadTx) fill(list []guitai.Sale, which string, v values) error {
	place := make(map[guitai.SaleID]*guitai.Sale, len(list))
	for i := range list {
		place[list[i].ID] = &list[i]
	}
	err := tx.query(`SELECT `+lineColumns+`, cancelled FROM sale_line WHERE merchant_id = $1 AND sale_id IN (`+which+`)
		ORDER BY sale_id, cancelled, place`, v, func(r scanner) error {
		o, err := scanLine(r)
		if s := place[o.sale]; s != nil && o.cancelled == 1 {
			s.Cancelled = append(s.Cancelled, o.line)
		} else if s != nil {
			s.Lines = append(s.Lines, o.line)
		}
		return err
	})
	if err != nil {
		return err
	}
	return tx.query(`SELECT `+tenderColumns+` FROM sale_tender WHERE merchant_id = $1 AND sale_id IN (`+which+`)
		ORDER BY sale_id, voids, place`, v, func(r scanner) error {
		o, err := scanTender(r)
		if s := place[o.sale]; s != nil && o.voids == 1 {
			s.Void.Tenders = append(s.Void.Tenders, o.tender)
		} else if s != nil {
			s.Tenders = append(s.Tenders, o.tender)
		}
		return err
	})
}

// SalesOfShift lists the sales of a shift with their lines and tenders, in the
// order of their books.
func (tx *ReadTx) SalesOfShift(m guitai.MerchantID, id guitai.ShiftID) ([]guitai.Sale, error) {
	v := values{m, id}
	list, err := all(tx, `SELECT `+saleColumns+` FROM sale WHERE merchant_id = $1 AND shift_id = $2 ORDER BY till_id, book_id, seq`, v, scanSale)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list, tx.fill(list, `SELECT id FROM sale WHERE merchant_id = $1 AND shift_id = $2`, v)
}

// SaleFilter chooses sales of one merchant, newest first. Empty fields choose
// all.
type SaleFilter struct {
	Merchant  guitai.MerchantID
	ReceiptNo string
	Till      guitai.TillID
	Shift     guitai.ShiftID
	From, To  time.Time // completed from, and before
	Amount    *int64
	Item      string // the code or barcode of a line
	Text      string // a part of a line's name
	Before    SalePlace
	Limit     int
}

// SalePlace is where a page of sales ended.
type SalePlace struct {
	At time.Time
	ID guitai.SaleID
}

// Sales lists sales without their lines and tenders.
func (tx *ReadTx) Sales(f SaleFilter) ([]guitai.Sale, error) {
	var amount int64
	if f.Amount != nil {
		amount = *f.Amount
	}
	return all(tx, `SELECT `+saleColumns+` FROM sale s
		WHERE merchant_id = $1 AND ($2 = '' OR receipt_no = $2) AND ($3 = '' OR till_id = $3) AND ($4 = '' OR shift_id = $4)
		  AND at_us >= $5 AND at_us < $6 AND ($7 = 0 OR total_fen = $8)
		  AND ($9 = '' OR EXISTS (SELECT 1 FROM sale_line l WHERE l.merchant_id = s.merchant_id AND l.sale_id = s.id AND l.cancelled = 0
		      AND (l.item = $9 OR l.barcode = $9)))
		  AND ($10 = '' OR EXISTS (SELECT 1 FROM sale_line l WHERE l.merchant_id = s.merchant_id AND l.sale_id = s.id AND l.cancelled = 0
		      AND l.name LIKE $10 ESCAPE '\'))
		  AND (at_us < $11 OR at_us = $11 AND id < $12)
		ORDER BY at_us DESC, id DESC LIMIT $13 + 0`,
		values{f.Merchant, f.ReceiptNo, f.Till, f.Shift, us(f.From), usOrEnd(f.To), flag(f.Amount != nil), amount, f.Item, likeText(f.Text),
			usOrEnd(f.Before.At), f.Before.ID, f.Limit}, scanSale)
}

// likeText is a pattern that finds a text anywhere.
func likeText(s string) string {
	if s == "" {
		return ""
	}
	out := []rune{'%'}
	for _, r := range s {
		if r == '%' || r == '_' || r == '\\' {
			out = append(out, '\\')
		}
		out = append(out, r)
	}
	return string(append(out, '%'))
}

// ReturnedOf sums what has come back of the lines of a sale, all returns of all
// tills, but those of one sale; voided returns do not count.
func (tx *ReadTx) ReturnedOf(m guitai.MerchantID, of, but guitai.SaleID) (map[int]guitai.Returned, error) {
	sums := map[int]guitai.Returned{}
	err := tx.query(`SELECT l.back_n, CAST(SUM(-l.count_milli) AS BIGINT), CAST(SUM(-l.total_fen) AS BIGINT)
		FROM sale_line l JOIN sale s ON s.merchant_id = l.merchant_id AND s.id = l.sale_id
		WHERE l.merchant_id = $1 AND l.back_sale = $2 AND l.back_sale <> '' AND l.cancelled = 0 AND l.sale_id <> $3 AND s.state = 'done'
		GROUP BY l.back_n`, values{m, of, but}, func(r scanner) error {
		var n int
		var sum guitai.Returned
		err := r.Scan(&n, &sum.CountMilli, &sum.Fen)
		sums[n] = sum
		return err
	})
	return sums, err
}

// ReturnsOf lists the sales in which lines of a sale came back, oldest first,
// without their lines.
func (tx *ReadTx) ReturnsOf(m guitai.MerchantID, of guitai.SaleID) ([]guitai.Sale, error) {
	return all(tx, `SELECT `+saleColumns+` FROM sale WHERE merchant_id = $1 AND id IN (SELECT sale_id FROM sale_line
			WHERE merchant_id = $1 AND back_sale = $2 AND back_sale <> '' AND cancelled = 0) ORDER BY at_us, id LIMIT 1000`, values{m, of}, scanSale)
}

// TenderUse is a tender that names a payment.
type TenderUse struct {
	Sale   guitai.SaleID
	N      string
	Refund guitai.RefundID
	Fen    int64
}

// TendersOfPayment lists the tenders that name a payment, of all sales.
func (tx *ReadTx) TendersOfPayment(m guitai.MerchantID, id guitai.PaymentID) ([]TenderUse, error) {
	return all(tx, `SELECT sale_id, n, refund_id, amount_fen FROM sale_tender WHERE merchant_id = $1 AND payment_id = $2 AND payment_id <> ''
		ORDER BY sale_id, voids, place`, values{m, id}, func(r scanner) (TenderUse, error) {
		var u TenderUse
		return u, r.Scan(&u.Sale, &u.N, &u.Refund, &u.Fen)
	})
}

// PaymentsOfSale lists the payments that were taken or tried for a sale, oldest
// first, without their attempts.
func (tx *ReadTx) PaymentsOfSale(m guitai.MerchantID, sale guitai.SaleID) ([]guitai.Payment, error) {
	return all(tx, `SELECT `+paymentColumns+` FROM payment WHERE merchant_id = $1 AND sale = $2 AND sale <> '' ORDER BY created_us, id`,
		values{m, sale}, scanPayment)
}

// UnsoldFilter chooses payments of a till that no sale names.
type UnsoldFilter struct {
	Merchant guitai.MerchantID
	Till     guitai.TillID
	From, To time.Time // created from, and before
	Limit    int
}

// UnsoldPayments lists the payments that a till took, or may have taken, and
// that no sale names, oldest first, without their attempts. A payment whose
// sale named an offline code for its tender is named.
func (tx *ReadTx) UnsoldPayments(f UnsoldFilter) ([]guitai.Payment, error) {
	return all(tx, `SELECT `+paymentColumns+` FROM payment p
		WHERE p.merchant_id = $1 AND p.till_id = $2 AND p.created_us >= $3 AND p.created_us < $4
		  AND p.state <> 'failed' AND p.state <> 'closed' AND p.refund_held_fen < p.amount_fen
		  AND NOT EXISTS (SELECT 1 FROM sale_tender t WHERE t.merchant_id = p.merchant_id AND t.payment_id = p.id AND t.amount_fen > 0)
		  AND NOT EXISTS (SELECT 1 FROM sale_tender t WHERE t.merchant_id = p.merchant_id AND t.sale_id = p.sale AND p.sale <> ''
		      AND t.n = p.tender AND t.voids = 0 AND t.payment_id = '' AND t.offline <> '')
		ORDER BY p.created_us, p.id LIMIT $5 + 0`,
		values{f.Merchant, f.Till, us(f.From), usOrEnd(f.To), f.Limit}, scanPayment)
}

// PaymentsByID is the payment of that name without its attempts, or none.
func (tx *ReadTx) PaymentsByID(m guitai.MerchantID, id guitai.PaymentID) ([]guitai.Payment, error) {
	return all(tx, `SELECT `+paymentColumns+` FROM payment WHERE merchant_id = $1 AND id = $2`, values{m, id}, scanPayment)
}
