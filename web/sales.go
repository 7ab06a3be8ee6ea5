package web

import (
	"context"
	"strconv"
	"time"

	"guitai"
	"guitai/till"
)

// SaleHead is a sale in a list. Amounts are whole fen, as in docs/till-journal.md.
type SaleHead struct {
	ID        string `json:"id"`
	State     string `json:"state" enum:"done,cancelled,voided"`
	ReceiptNo string `json:"receipt_no,omitempty" doc:"left out for a bill that was cancelled"`
	Till      string `json:"till"`
	Shift     string `json:"shift"`
	Staff     string `json:"staff,omitempty"`
	Member    string `json:"member,omitempty"`
	TotalFen  int64  `json:"total_fen" doc:"below zero: it went to the customer"`
	Currency  string `json:"currency"`
	BeganAt   stamp  `json:"began_at"`
	At        stamp  `json:"at" doc:"when it was completed, by the till"`
}

func saleHead(s guitai.Sale) SaleHead {
	return SaleHead{ID: string(s.ID), State: string(s.State), ReceiptNo: s.ReceiptNo, Till: string(s.Till), Shift: string(s.Shift), Staff: string(s.Staff),
		Member: string(s.Member), TotalFen: s.TotalFen, Currency: string(s.Currency), BeganAt: stampOf(s.BeganAt), At: stampOf(s.At)}
}

// Discount is what was taken off a line or a bill.
type Discount struct {
	PercentMilli int64  `json:"percent_milli,omitempty" doc:"thousandths of a percent"`
	OffFen       int64  `json:"off_fen,omitempty"`
	Reason       string `json:"reason,omitempty"`
	Approval     string `json:"approval,omitempty"`
}

func discountOf(d guitai.Discount) *Discount {
	if d == (guitai.Discount{}) {
		return nil
	}
	return &Discount{d.PercentMilli, d.OffFen, d.Reason, d.Approval}
}

// LineBackOf names the line that came back.
type LineBackOf struct {
	Sale      string `json:"sale"`
	N         int    `json:"n"`
	ReceiptNo string `json:"receipt_no,omitempty"`
}

// SaleLine is one line of a bill, as the till wrote it, with what has come back
// of it and what may still.
type SaleLine struct {
	N              int         `json:"n"`
	Item           string      `json:"item,omitempty"`
	Barcode        string      `json:"barcode,omitempty"`
	Name           string      `json:"name"`
	Department     string      `json:"department,omitempty"`
	Unit           string      `json:"unit,omitempty"`
	CountMilli     int64       `json:"count_milli" doc:"thousandths; below zero it came back"`
	ListFen        int64       `json:"list_fen"`
	PriceFen       int64       `json:"price_fen"`
	Discount       *Discount   `json:"discount,omitempty"`
	TotalFen       int64       `json:"total_fen"`
	PriceReason    string      `json:"price_reason,omitempty"`
	Approval       string      `json:"approval,omitempty"`
	Back           *LineBackOf `json:"back,omitempty"`
	BackCountMilli int64       `json:"back_count_milli" doc:"has come back already, at all tills"`
	BackFen        int64       `json:"back_fen" doc:"was given for that"`
	LeftCountMilli int64       `json:"left_count_milli" doc:"may still come back"`
	LeftFen        int64       `json:"left_fen" doc:"may still be given for it: its share of the bill's discount is taken off"`
}

func lineOf(l guitai.SaleLine, b till.LineBack) SaleLine {
	out := SaleLine{N: l.N, Item: l.Item, Barcode: l.Barcode, Name: l.Name, Department: l.Department, Unit: l.Unit, CountMilli: l.CountMilli,
		ListFen: l.ListFen, PriceFen: l.PriceFen, Discount: discountOf(l.Discount), TotalFen: l.TotalFen, PriceReason: l.PriceReason,
		Approval: l.Approval, BackCountMilli: b.Back.CountMilli, BackFen: b.Back.Fen, LeftCountMilli: b.Left.CountMilli, LeftFen: b.Left.Fen}
	if l.Back != (guitai.BackOf{}) {
		out.Back = &LineBackOf{string(l.Back.Sale), l.Back.N, l.Back.ReceiptNo}
	}
	return out
}

// SaleTender is one part of what a bill was paid with, as the till wrote it.
type SaleTender struct {
	N         string `json:"n"`
	Kind      string `json:"kind" enum:"cash,wallet,cheque,voucher,points,card,account"`
	AmountFen int64  `json:"amount_fen" doc:"below zero: to the customer"`
	GivenFen  int64  `json:"given_fen,omitempty"`
	ChangeFen int64  `json:"change_fen,omitempty"`
	Payment   string `json:"payment,omitempty"`
	Refund    string `json:"refund,omitempty"`
	Wallet    string `json:"wallet,omitempty"`
	Offline   string `json:"offline,omitempty"`
	ChequeNo  string `json:"cheque_no,omitempty"`
	Voucher   string `json:"voucher,omitempty"`
	Points    int64  `json:"points,omitempty"`
	Member    string `json:"member,omitempty"`
	Approval  string `json:"approval,omitempty"`
	Unbooked  bool   `json:"unbooked,omitempty" doc:"its voucher or points were refused: this money is missing"`
}

func tenderOf(t guitai.SaleTender) SaleTender {
	return SaleTender{N: t.N, Kind: string(t.Kind), AmountFen: t.AmountFen, GivenFen: t.GivenFen, ChangeFen: t.ChangeFen, Payment: string(t.Payment),
		Refund: string(t.Refund), Wallet: string(t.Wallet), Offline: t.Offline, ChequeNo: t.ChequeNo, Voucher: t.Voucher, Points: t.Points,
		Member: string(t.Member), Approval: t.Approval, Unbooked: t.Unbooked}
}

// SaleVoid is how a sale was undone.
type SaleVoid struct {
	ID      string       `json:"id"`
	At      stamp        `json:"at"`
	Staff   string       `json:"staff,omitempty"`
	Reason  string       `json:"reason,omitempty"`
	Tenders []SaleTender `json:"tenders"`
}

// SalePayment is how a payment of a sale stands.
type SalePayment struct {
	ID          string `json:"id"`
	State       string `json:"state" enum:"created,waiting,unknown,held,paid,failed,closed"`
	Tender      string `json:"tender,omitempty"`
	Wallet      string `json:"wallet,omitempty"`
	AmountFen   int64  `json:"amount_fen"`
	RefundedFen int64  `json:"refunded_fen"`
	LeftFen     int64  `json:"left_fen" doc:"may still be refunded"`
	Named       bool   `json:"named" doc:"a tender of the sale names it; false: money that the sale does not count"`
}

// SaleRefund is how a refund of a sale's payment stands.
type SaleRefund struct {
	ID        string `json:"id"`
	Payment   string `json:"payment"`
	State     string `json:"state" enum:"created,asked,pending,unknown,done,failed,stuck"`
	AmountFen int64  `json:"amount_fen"`
}

// Sale is a sale with everything that belongs to it.
type Sale struct {
	SaleHead
	Lines     []SaleLine    `json:"lines"`
	Cancelled []SaleLine    `json:"cancelled,omitempty" doc:"rung up and taken off again"`
	Discount  *Discount     `json:"discount,omitempty"`
	Tenders   []SaleTender  `json:"tenders"`
	Approvals []string      `json:"approvals,omitempty"`
	Reason    string        `json:"reason,omitempty" doc:"why it was cancelled"`
	Void      *SaleVoid     `json:"void,omitempty"`
	Returns   []SaleHead    `json:"returns" doc:"the sales in which something of it came back"`
	Payments  []SalePayment `json:"payments"`
	Refunds   []SaleRefund  `json:"refunds"`
	Queries   []Query       `json:"queries" doc:"that are open"`
}

func wholeSale(w till.WholeSale, l guitai.Lang) Sale {
	s := w.Sale
	out := Sale{SaleHead: saleHead(s), Discount: discountOf(s.Discount), Tenders: listOf(s.Tenders, tenderOf).Body.Items, Approvals: s.Approvals,
		Reason: s.Reason, Lines: []SaleLine{}, Returns: listOf(w.Returns, saleHead).Body.Items, Payments: []SalePayment{},
		Queries: listOf(w.Queries, queryWords(l)).Body.Items}
	named := map[guitai.PaymentID]bool{}
	offline := map[string]bool{}
	for _, t := range s.Tenders {
		named[t.Payment] = true
		offline[t.N] = t.Payment == "" && t.Offline != ""
	}
	for i, line := range s.Lines {
		out.Lines = append(out.Lines, lineOf(line, w.Lines[i]))
	}
	for _, line := range s.Cancelled {
		out.Cancelled = append(out.Cancelled, lineOf(line, till.LineBack{}))
	}
	for _, p := range w.Payments {
		out.Payments = append(out.Payments, SalePayment{ID: string(p.ID), State: string(p.State), Tender: p.Tender, Wallet: string(p.Wallet),
			AmountFen: p.Amount.Fen, RefundedFen: p.Refunded, LeftFen: leftOf(p), Named: named[p.ID] || p.Sale == string(s.ID) && offline[p.Tender]})
	}
	out.Refunds = listOf(w.Refunds, func(r guitai.Refund) SaleRefund {
		return SaleRefund{string(r.ID), string(r.Payment), string(r.State), r.Amount.Fen}
	}).Body.Items
	if v := s.Void; v.ID != "" {
		out.Void = &SaleVoid{ID: v.ID, At: stampOf(s.VoidedAt), Staff: string(v.Staff), Reason: v.Reason, Tenders: listOf(v.Tenders, tenderOf).Body.Items}
	}
	return out
}

// leftOf is what may still be refunded of a payment that was read without its
// attempts.
func leftOf(p guitai.Payment) int64 {
	if p.State != guitai.PaymentPaid {
		return 0
	}
	return p.Amount.Fen - p.RefundHeld
}

type listSales struct {
	ReceiptNo string  `query:"receipt_no" maxLength:"40"`
	Till      string  `query:"till" maxLength:"64"`
	Shift     string  `query:"shift" maxLength:"64"`
	From      string  `query:"from" format:"date-time" doc:"completed at or after"`
	To        string  `query:"to" format:"date-time" doc:"completed before"`
	Amount    string  `query:"amount" maxLength:"16" doc:"total_fen; below zero for what went to customers"`
	Item      string  `query:"item" maxLength:"64" doc:"code or barcode of a line"`
	Text      string  `query:"q" maxLength:"100" doc:"a part of a line's name"`
	Limit     integer `query:"limit" doc:"1 to 200; default 50"`
	Cursor    string  `query:"cursor" doc:"next_cursor of the page before"`
}

func (in *listSales) filter(m guitai.MerchantID) (till.SaleFilter, error) {
	f := till.SaleFilter{Merchant: m, ReceiptNo: in.ReceiptNo, Till: guitai.TillID(in.Till), Shift: guitai.ShiftID(in.Shift), Item: in.Item, Text: in.Text}
	size, at, id, err := page(in.Limit, in.Cursor)
	if err != nil {
		return f, err
	}
	f.Limit, f.Before = size+1, till.SalePlace{At: at, ID: guitai.SaleID(id)}
	if f.From, f.To, err = span(in.From, in.To); err != nil {
		return f, err
	}
	for name, v := range map[string]string{"till": in.Till, "shift": in.Shift} {
		if v != "" && guitai.ValidID(v) != nil {
			return f, guitai.FailField(guitai.CodeFieldInvalid, name)
		}
	}
	for name, v := range map[string]string{"receipt_no": in.ReceiptNo, "item": in.Item, "q": in.Text} {
		if !plain(v) {
			return f, guitai.FailField(guitai.CodeFieldInvalid, name)
		}
	}
	if in.Amount != "" {
		n, err := strconv.ParseInt(in.Amount, 10, 64)
		if err != nil {
			return f, guitai.FailField(guitai.CodeFieldInvalid, "amount")
		}
		f.Amount = &n
	}
	return f, nil
}

// longestSearch bounds a text that is looked for.
const longestSearch = 100

// plain reports whether a text that is looked for can stand in the database.
func plain(s string) bool {
	for _, r := range s {
		if r < ' ' || r == '�' {
			return false
		}
	}
	return len(s) <= longestSearch
}

// span reads two times of a query; empty ones are none.
func span(from, to string) (a, b time.Time, err error) {
	for _, one := range []struct {
		name, text string
		into       *time.Time
	}{{"from", from, &a}, {"to", to, &b}} {
		if one.text == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, one.text)
		if err != nil {
			return a, b, guitai.FailField(guitai.CodeFieldInvalid, one.name)
		}
		*one.into = t
	}
	return a, b, nil
}

// sales is GET /v1/sales.
func (s *Server) sales(ctx context.Context, c caller, in *listSales) (*reply[list[SaleHead]], error) {
	f, err := in.filter(c.merchant)
	if err != nil {
		return nil, err
	}
	found, err := s.Journal.Sales(ctx, f)
	if err != nil {
		return nil, err
	}
	return pageOf(found, f.Limit-1, saleHead, func(s guitai.Sale) string { return cursorAt(s.At, string(s.ID)) }), nil
}

// SoldPath names a sale in the path.
type SoldPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *SoldPath) check() error { return named(in.ID, guitai.CodeSaleNotFound) }

// getSale is GET /v1/sales/{id}.
func (s *Server) getSale(ctx context.Context, c caller, in *SoldPath) (*reply[Sale], error) {
	w, err := s.Journal.Sale(ctx, c.merchant, guitai.SaleID(in.ID))
	if err != nil {
		return nil, err
	}
	return ok(wholeSale(w, c.lang)), nil
}

// judgeSale is POST /v1/sales/{id}/judge.
func (s *Server) judgeSale(ctx context.Context, c caller, in *SoldPath) (*reply[Sale], error) {
	if err := s.Journal.JudgeSale(ctx, c.merchant, guitai.SaleID(in.ID)); err != nil {
		return nil, err
	}
	return s.getSale(ctx, c, in)
}
