package store

import (
	"time"

	"guitai"
)

const invoiceColumns = `id, merchant_id, shop_id, sale_id, receipt_no, amount_fen, currency, title, tax_number, contact, state, asked_us, closed_us, closed_by, note`

func scanInvoice(r scanner) (guitai.InvoiceRequest, error) {
	var o guitai.InvoiceRequest
	var asked, closed int64
	err := r.Scan(&o.ID, &o.Merchant, &o.Shop, &o.Sale, &o.ReceiptNo, &o.Amount.Fen, &o.Amount.Currency, &o.Title, &o.TaxNumber, &o.Contact, &o.State,
		&asked, &closed, &o.ClosedBy, &o.Note)
	o.AskedAt, o.ClosedAt = timeOf(asked), timeOf(closed)
	return o, err
}

// InsertInvoiceRequest stores a buyer's request. It violates
// "invoice_request_by_sale" when the sale has one that is open.
func (tx *Tx) InsertInvoiceRequest(r guitai.InvoiceRequest) error {
	_, err := tx.exec(`INSERT INTO invoice_request (`+invoiceColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		values{r.ID, r.Merchant, r.Shop, r.Sale, r.ReceiptNo, r.Amount.Fen, r.Amount.Currency, r.Title, r.TaxNumber, r.Contact, r.State,
			us(r.AskedAt), us(r.ClosedAt), r.ClosedBy, r.Note})
	return err
}

// InvoicePlace is where a page of requests ended.
type InvoicePlace struct {
	AskedAt time.Time
	ID      guitai.InvoiceRequestID
}

// InvoiceFilter says which requests are listed; what is empty is all.
type InvoiceFilter struct {
	State guitai.InvoiceState
	Sale  guitai.SaleID
}

// InvoiceRequests lists a merchant's requests, newest first.
func (tx *ReadTx) InvoiceRequests(m guitai.MerchantID, f InvoiceFilter, before InvoicePlace, limit int) ([]guitai.InvoiceRequest, error) {
	at := int64(1) << 62
	if !before.AskedAt.IsZero() {
		at = us(before.AskedAt)
	}
	return all(tx, `SELECT `+invoiceColumns+` FROM invoice_request
		WHERE merchant_id = $1 AND ($2 = '' OR state = $2) AND ($3 = '' OR sale_id = $3) AND (asked_us < $4 OR asked_us = $4 AND id < $5)
		ORDER BY asked_us DESC, id DESC LIMIT $6 + 0`, values{m, f.State, f.Sale, at, before.ID, limit}, scanInvoice)
}
