package store

import (
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
)

// TestInvoiceRequests: one open request a sale, listed newest first.
func TestInvoiceRequests(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		newStreet(t, s)
		m := guitai.MerchantID("mer-1")
		ask := func(id, sale string, state guitai.InvoiceState, at int) error {
			return s.InTx(t.Context(), func(tx *Tx) error {
				return tx.InsertInvoiceRequest(guitai.InvoiceRequest{ID: guitai.InvoiceRequestID(id), Merchant: m, Sale: guitai.SaleID(sale), Amount: guitai.Fen(1),
					Title: "x", Contact: "y", State: state, AskedAt: time.Unix(int64(at), 0)})
			})
		}
		for _, c := range []struct {
			id, sale string
			state    guitai.InvoiceState
		}{{"inv_1", "sal_1", guitai.InvoiceOpen}, {"inv_2", "sal_1", guitai.InvoiceDone}, {"inv_3", "sal_2", guitai.InvoiceOpen}} {
			if err := ask(c.id, c.sale, c.state, len(c.id)); err != nil {
				t.Fatal(err)
			}
		}
		if err := ask("inv_4", "sal_1", guitai.InvoiceOpen, 9); !Violates(err, "invoice_request_by_sale") {
			t.Errorf("a second open request: %v", err)
		}
		if err := ask("inv_5", "sal_3", "lost", 9); !Violates(err, "invoice_request_state") {
			t.Errorf("an unknown state: %v", err)
		}
		list := func(f InvoiceFilter, before InvoicePlace) (ids string) {
			if err := s.Read(t.Context(), func(tx *ReadTx) error {
				rows, err := tx.InvoiceRequests(m, f, before, 10)
				for _, r := range rows {
					ids += " " + string(r.ID)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return ids
		}
		if got := list(InvoiceFilter{}, InvoicePlace{}); got != " inv_3 inv_2 inv_1" {
			t.Error(got)
		}
		if got := list(InvoiceFilter{State: guitai.InvoiceOpen, Sale: "sal_1"}, InvoicePlace{}); got != " inv_1" {
			t.Error(got)
		}
		if got := list(InvoiceFilter{}, InvoicePlace{AskedAt: time.Unix(5, 0), ID: "inv_3"}); got != " inv_2 inv_1" {
			t.Error(got)
		}
	})
}
