package office

import (
	"context"
	"strings"

	"guitai"
	"guitai/qr"
	"guitai/store"
)

// receiptPath is where digital receipts stand on our own address.
const receiptPath = "/r/"

// ReceiptLink is the address of a sale's digital receipt; empty when this server
// has no public address, or the names are not of our making.
func (o *Office) ReceiptLink(m guitai.MerchantID, s guitai.SaleID) string {
	merchant, ok1 := rawID(string(m), "mer_")
	sale, ok2 := rawID(string(s), "sal_")
	if !ok1 || !ok2 || o.Own.Address == "" || len(o.Own.Key) == 0 {
		return ""
	}
	return strings.TrimSuffix(o.Own.Address, "/") + receiptPath + qr.Receipt{Merchant: merchant, Sale: sale}.Write(o.Own.Key)
}

// ReadReceiptCode reads the last part of such an address.
func (o *Office) ReadReceiptCode(code string) (guitai.MerchantID, guitai.SaleID, error) {
	if len(o.Own.Key) == 0 {
		return "", "", guitai.Fail(guitai.NotFound, guitai.CodeReceiptCode)
	}
	r, err := qr.ReadReceipt(code, o.Own.Key)
	if err != nil {
		return "", "", guitai.Fail(guitai.NotFound, guitai.CodeReceiptCode, err)
	}
	return guitai.MerchantID("mer_" + guitai.Base32(r.Merchant[:])), guitai.SaleID("sal_" + guitai.Base32(r.Sale[:])), nil
}

// rawID takes the 16 bytes out of a name of our making; only the one way to
// write them is taken.
func rawID(id, prefix string) (raw [16]byte, ok bool) {
	text, ok := strings.CutPrefix(id, prefix)
	if !ok || len(text) != 26 {
		return raw, false
	}
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	var acc, bits uint
	at := 0
	for i := range len(text) {
		v := strings.IndexByte(alphabet, text[i])
		if v < 0 {
			return raw, false
		}
		acc, bits = acc<<5|uint(v), bits+5
		if bits >= 8 && at < len(raw) {
			bits -= 8
			raw[at] = byte(acc >> bits)
			at++
		}
	}
	return raw, guitai.Base32(raw[:]) == text
}

// AskInvoice keeps a buyer's request for an invoice. A sale has at most one that
// is open: the same buyer asking twice, or somebody who found the receipt, gets
// a conflict.
func (o *Office) AskInvoice(ctx context.Context, r guitai.InvoiceRequest) (guitai.InvoiceRequest, error) {
	if err := r.Check(); err != nil {
		return r, err
	}
	if r.Amount.Fen <= 0 {
		return r, guitai.Fail(guitai.Conflict, guitai.CodeInvoiceNothing)
	}
	id, err := guitai.NewID[guitai.InvoiceRequestID]("inv", o.now(), o.rand)
	if err != nil {
		return r, err
	}
	r.ID, r.State = id, guitai.InvoiceOpen
	err = o.store.InTx(ctx, func(tx *store.Tx) error {
		r.AskedAt = tx.Now()
		return tx.InsertInvoiceRequest(r)
	})
	if store.Violates(err, "invoice_request_by_sale") {
		err = guitai.Fail(guitai.Conflict, guitai.CodeInvoiceOpen)
	}
	return r, err
}

// InvoicePlace is where a page of requests ended; it is the store's.
type InvoicePlace = store.InvoicePlace

// InvoiceFilter says which requests are listed; it is the store's.
type InvoiceFilter = store.InvoiceFilter

// InvoiceRequests lists the requests of a merchant, newest first.
func (o *Office) InvoiceRequests(ctx context.Context, m guitai.MerchantID, f InvoiceFilter, before InvoicePlace, limit int) ([]guitai.InvoiceRequest, error) {
	var list []guitai.InvoiceRequest
	err := o.store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.InvoiceRequests(m, f, before, limit)
		return err
	})
	return list, err
}
