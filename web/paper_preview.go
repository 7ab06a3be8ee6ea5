package web

import (
	"context"

	"guitai"
	"guitai/office"
	"guitai/receipt"
	"guitai/till"
)

type previewRequest struct{ Asked body[PreviewIn] }

// preview is POST /v1/receipts/preview: a made-up sale on the paper that the
// settings would make. It keeps nothing and prints nothing.
func (s *Server) preview(_ context.Context, c caller, in *previewRequest) (*slipFile, error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	d, err := b.Receipt.design()
	if err != nil {
		return nil, err
	}
	w := guitai.Where{Merchant: guitai.Merchant{Name: "桂花里商贸有限公司"}, Shop: guitai.Shop{Name: "桂花里便利店", Address: "桂花里路 18 号", Phone: "021-5555 0118", Zone: "Asia/Shanghai"},
		Till: guitai.Till{Number: "1"}, Staff: guitai.Staff{Number: "101"}}
	if c.person() {
		w.Merchant, w.Shop, w.Till, w.Staff = c.session.Merchant, c.session.Shop, c.session.Till, c.session.Staff
	}
	d.On = till.Occasion{Zone: office.Zone(w.Shop.Zone), PrintedAt: s.Now(), TaxMilli: map[string]int64{"food": 9000, "drink": 13000}, Link: "https://shop.example.com/r/example"}
	switch b.What {
	case "", "receipt":
	case "copy":
		d.On.Copy = receipt.Copy
	case "gift":
		d.On.Gift = true
	case "training":
		d.On.Mode = receipt.Training
	default:
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "what")
	}
	if len(d.Header) > 10 || len(d.Footer) > 10 {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "receipt")
	}
	if b.Format == "" {
		b.Format = "png"
	}
	if b.Format == "escpos" {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "format")
	}
	return render(till.SaleSlip(examplePaper(s.Now()), w, d), d.Paper, b.Format)
}

// InvoiceOut is a buyer's request for an invoice.
type InvoiceOut struct {
	ID        string `json:"id"`
	Sale      string `json:"sale"`
	ReceiptNo string `json:"receipt_no"`
	Shop      string `json:"shop"`
	Amount    Money  `json:"amount"`
	Title     string `json:"title" doc:"whom the invoice is for"`
	TaxNumber string `json:"tax_number,omitempty" doc:"left out: a person"`
	Contact   string `json:"contact" doc:"a mail address or a telephone number"`
	State     string `json:"state" enum:"open,done,refused"`
	AskedAt   stamp  `json:"asked_at"`
}

func invoiceOf(r guitai.InvoiceRequest) InvoiceOut {
	return InvoiceOut{string(r.ID), string(r.Sale), r.ReceiptNo, string(r.Shop), moneyOf(r.Amount), r.Title, r.TaxNumber, r.Contact, string(r.State), stampOf(r.AskedAt)}
}

type listInvoices struct {
	State  string  `query:"state" enum:"open,done,refused" doc:"default all"`
	Limit  integer `query:"limit" doc:"1 to 200; default 50"`
	Cursor string  `query:"cursor" doc:"next_cursor of the page before"`
}

// invoiceRequests is GET /v1/invoice-requests.
func (s *Server) invoiceRequests(ctx context.Context, c caller, in *listInvoices) (*reply[list[InvoiceOut]], error) {
	page, err := in.Limit.number("limit", pageSize)
	if err != nil || page < 1 || page > largestPage {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "limit")
	}
	switch guitai.InvoiceState(in.State) {
	case "", guitai.InvoiceOpen, guitai.InvoiceDone, guitai.InvoiceRefused:
	default:
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "state")
	}
	at, id, err := readCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := s.Office.InvoiceRequests(ctx, c.merchant, office.InvoiceFilter{State: guitai.InvoiceState(in.State)},
		office.InvoicePlace{AskedAt: at, ID: guitai.InvoiceRequestID(id)}, page+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) > page {
		found = found[:page]
		next = cursorAt(found[page-1].AskedAt, string(found[page-1].ID))
	}
	out := listOf(found, invoiceOf)
	out.Body.NextCursor = next
	return out, nil
}
