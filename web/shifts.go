package web

import (
	"context"
	"encoding/json"

	"guitai"
	"guitai/till"
)

// TenderFen is an amount of one kind of tender.
type TenderFen struct {
	Tender string `json:"tender" enum:"cash,wallet,cheque,voucher,points,card,account"`
	Fen    int64  `json:"fen"`
}

func tenderFen(t guitai.TenderFen) TenderFen { return TenderFen{string(t.Tender), t.Fen} }

// Notes are so many notes or coins of one worth.
type Notes struct {
	Fen int64 `json:"fen"`
	N   int64 `json:"n"`
}

func notesOf(n guitai.Notes) Notes { return Notes{n.Fen, n.N} }

// Counted is what was counted of one kind of tender.
type Counted struct {
	TenderFen
	Notes []Notes `json:"notes,omitempty"`
}

// ShiftHead is a shift in a list.
type ShiftHead struct {
	ID       string `json:"id"`
	State    string `json:"state" enum:"open,closed"`
	Till     string `json:"till"`
	Book     string `json:"book"`
	Staff    string `json:"staff,omitempty"`
	FloatFen int64  `json:"float_fen"`
	OpenedAt stamp  `json:"opened_at"`
	ClosedAt stamp  `json:"closed_at,omitempty"`
	ClosedBy string `json:"closed_by,omitempty"`
	Z        int64  `json:"z,omitempty" doc:"number of its Z report"`
}

func shiftHead(s guitai.Shift) ShiftHead {
	return ShiftHead{ID: string(s.ID), State: string(s.State), Till: string(s.Till), Book: string(s.Book), Staff: string(s.Staff), FloatFen: s.FloatFen,
		OpenedAt: stampOf(s.OpenedAt), ClosedAt: stampOf(s.Close.At), ClosedBy: string(s.Close.Staff), Z: s.Z}
}

// NamedSum is a number of things and what they came to.
type NamedSum struct {
	Name  string `json:"name,omitempty"`
	Count int64  `json:"count"`
	Fen   int64  `json:"fen"`
}

func namedSum(n guitai.NamedSum) NamedSum { return NamedSum{n.Name, n.Count, n.Fen} }

// TenderSum is what one kind of tender brought and took.
type TenderSum struct {
	Tender string `json:"tender" enum:"cash,wallet,cheque,voucher,points,card,account"`
	Count  int64  `json:"count"`
	InFen  int64  `json:"in_fen"`
	OutFen int64  `json:"out_fen"`
}

// Figures are the sums of a shift.
type Figures struct {
	Sales          NamedSum    `json:"sales" doc:"that stand, returns among them"`
	Returns        NamedSum    `json:"returns" doc:"lines that came back"`
	LineDiscounts  NamedSum    `json:"line_discounts"`
	BillDiscounts  NamedSum    `json:"bill_discounts"`
	CancelledLines NamedSum    `json:"cancelled_lines"`
	CancelledBills NamedSum    `json:"cancelled_bills"`
	Voids          NamedSum    `json:"voids"`
	PayIns         NamedSum    `json:"pay_ins"`
	PayOuts        NamedSum    `json:"pay_outs"`
	Drawers        int64       `json:"drawers" doc:"how often the drawer was opened without a sale"`
	Tenders        []TenderSum `json:"tenders"`
	Departments    []NamedSum  `json:"departments"`
	Cashiers       []NamedSum  `json:"cashiers" doc:"name is the person's ID"`
	Expected       []TenderFen `json:"expected" doc:"cash with its float"`
	MissingFen     int64       `json:"missing_fen" doc:"tenders that were refused"`
	FirstReceipt   string      `json:"first_receipt,omitempty"`
	LastReceipt    string      `json:"last_receipt,omitempty"`
}

func wireFigures(f guitai.Figures) Figures {
	return Figures{Sales: namedSum(f.Sales), Returns: namedSum(f.Returns), LineDiscounts: namedSum(f.LineDiscounts), BillDiscounts: namedSum(f.BillDiscounts),
		CancelledLines: namedSum(f.CancelledLines), CancelledBills: namedSum(f.CancelledBills), Voids: namedSum(f.Voids), PayIns: namedSum(f.PayIns),
		PayOuts: namedSum(f.PayOuts), Drawers: f.Drawers, Tenders: listOf(f.Tenders, func(t guitai.TenderSum) TenderSum {
			return TenderSum{string(t.Tender), t.Count, t.InFen, t.OutFen}
		}).Body.Items, Departments: listOf(f.Departments, namedSum).Body.Items, Cashiers: listOf(f.Cashiers, namedSum).Body.Items,
		Expected: listOf(f.Expected, tenderFen).Body.Items, MissingFen: f.MissingFen, FirstReceipt: f.FirstReceipt, LastReceipt: f.LastReceipt}
}

// CashMove is cash that came or went without a sale.
type CashMove struct {
	ID        string `json:"id"`
	What      string `json:"what" enum:"pay_in,pay_out,drawer"`
	AmountFen int64  `json:"amount_fen"`
	Reason    string `json:"reason,omitempty"`
	Staff     string `json:"staff,omitempty"`
	At        stamp  `json:"at"`
}

// Unsold is a payment that no sale names.
type Unsold struct {
	Payment   string `json:"payment"`
	State     string `json:"state" enum:"created,waiting,unknown,held,paid"`
	Wallet    string `json:"wallet,omitempty"`
	Sale      string `json:"sale,omitempty" doc:"the bill it was taken for: part paid, or not here yet"`
	Tender    string `json:"tender,omitempty"`
	AmountFen int64  `json:"amount_fen"`
	At        stamp  `json:"at"`
}

func unsoldOf(p guitai.Payment) Unsold {
	return Unsold{string(p.ID), string(p.State), string(p.Wallet), p.Sale, p.Tender, p.Amount.Fen, stampOf(p.CreatedAt)}
}

// Confirmed is what a wallet said of one payment or refund.
type Confirmed struct {
	Payment string `json:"payment,omitempty" doc:"left out where the sale names none"`
	Refund  string `json:"refund,omitempty" doc:"money that went back"`
	Sale    string `json:"sale,omitempty" doc:"left out: money without a sale"`
	Tender  string `json:"tender,omitempty"`
	Wallet  string `json:"wallet,omitempty"`
	Amount  Money  `json:"amount" doc:"as the sale says it; below zero: to the customer"`
	Ours    string `json:"ours" doc:"our state of it"`
	Wallets string `json:"wallets" doc:"the wallet's word; empty: it was not asked"`
	Agrees  string `json:"agrees" enum:"yes,no,open"`
	AskedAt stamp  `json:"asked_at,omitempty"`
}

// Confirmation is what the wallets said of a shift.
type Confirmation struct {
	At        stamp       `json:"at"`
	Agreed    int         `json:"agreed"`
	Open      int         `json:"open" doc:"no answer yet: ask again"`
	Differ    int         `json:"differ"`
	AgreedFen int64       `json:"agreed_fen"`
	Unsold    int         `json:"unsold" doc:"how many of them belong to no sale"`
	Payments  []Confirmed `json:"payments"`
}

func wireConfirmation(c till.Confirmation) Confirmation {
	out := Confirmation{At: stampOf(c.At), Agreed: c.Agreed, Open: c.Open, Differ: c.Differ, AgreedFen: c.AgreedFen}
	out.Payments = listOf(c.List, func(o till.Confirmed) Confirmed {
		if o.Sale == "" {
			out.Unsold++
		}
		return Confirmed{Payment: string(o.Payment), Refund: string(o.Refund), Sale: string(o.Sale), Tender: o.Tender, Wallet: string(o.Wallet),
			Amount: moneyOf(guitai.Fen(o.AmountFen)), Ours: o.Ours, Wallets: o.Wallets, Agrees: string(o.Agrees), AskedAt: stampOf(o.AskedAt)}
	}).Body.Items
	return out
}

// Shift is a shift as it stands.
type Shift struct {
	ShiftHead
	AsOf     stamp         `json:"as_of"`
	Figures  Figures       `json:"figures"`
	Notes    []Notes       `json:"notes,omitempty" doc:"of the float"`
	Counted  []Counted     `json:"counted,omitempty" doc:"closed: what was counted"`
	Over     []TenderFen   `json:"over,omitempty" doc:"closed: counted less expected; below zero it is short"`
	Note     string        `json:"note,omitempty"`
	Moves    []CashMove    `json:"moves"`
	Unsold   []Unsold      `json:"unsold" doc:"payments of this till and time that no sale names: a sale is part paid, or not here yet; not to be closed over"`
	BookLive bool          `json:"book_live" doc:"false: the till writes another book now; what this one held may not be here"`
	SeenAt   stamp         `json:"seen_at" doc:"when the till last brought something: what it has not sent is not in these figures"`
	Confirm  *Confirmation `json:"confirm,omitempty" doc:"the wallets' answers, when they were asked"`
}

func wireShift(r till.Report) Shift {
	s := r.Shift
	out := Shift{ShiftHead: shiftHead(s), AsOf: stampOf(r.AsOf), Figures: wireFigures(r.Figures), Notes: listOf(s.Notes, notesOf).Body.Items,
		Over: listOf(r.Figures.Over(s.Close.Counted), tenderFen).Body.Items, Note: s.Close.Note, Unsold: listOf(r.Unsold, unsoldOf).Body.Items,
		BookLive: r.Book.Live(), SeenAt: stampOf(r.Book.SeenAt)}
	for _, c := range s.Close.Counted {
		out.Counted = append(out.Counted, Counted{TenderFen{string(c.Tender), c.Fen}, listOf(c.Notes, notesOf).Body.Items})
	}
	out.Moves = listOf(r.Moves, func(m guitai.CashMove) CashMove {
		return CashMove{m.ID, string(m.Kind), m.AmountFen, m.Reason, string(m.Staff), stampOf(m.At)}
	}).Body.Items
	if r.Confirm != nil {
		c := wireConfirmation(*r.Confirm)
		out.Confirm = &c
	}
	return out
}

type listShifts struct {
	Till   string  `query:"till" maxLength:"64"`
	State  string  `query:"state" enum:"open,closed" doc:"empty: all"`
	From   string  `query:"from" format:"date-time" doc:"opened at or after"`
	To     string  `query:"to" format:"date-time" doc:"opened before"`
	Limit  integer `query:"limit" doc:"1 to 200; default 50"`
	Cursor string  `query:"cursor" doc:"next_cursor of the page before"`
}

// shifts is GET /v1/shifts.
func (s *Server) shifts(ctx context.Context, c caller, in *listShifts) (*reply[list[ShiftHead]], error) {
	size, at, id, err := page(in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	f := till.ShiftFilter{Merchant: c.merchant, Till: guitai.TillID(in.Till), State: guitai.ShiftState(in.State),
		Before: till.ShiftPlace{OpenedAt: at, ID: guitai.ShiftID(id)}, Limit: size + 1}
	if in.Till != "" && guitai.ValidID(in.Till) != nil {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "till")
	}
	if in.State != "" && in.State != "open" && in.State != "closed" {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "state")
	}
	if f.From, f.To, err = span(in.From, in.To); err != nil {
		return nil, err
	}
	found, err := s.Journal.Shifts(ctx, f)
	if err != nil {
		return nil, err
	}
	return pageOf(found, size, shiftHead, func(s guitai.Shift) string { return cursorAt(s.OpenedAt, string(s.ID)) }), nil
}

// ShiftPath names a shift in the path.
type ShiftPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *ShiftPath) id() guitai.ShiftID { return guitai.ShiftID(in.ID) }

func (in *ShiftPath) check() error { return named(in.ID, guitai.CodeShiftNotFound) }

// getShift is GET /v1/shifts/{id}.
func (s *Server) getShift(ctx context.Context, c caller, in *ShiftPath) (*reply[Shift], error) {
	r, err := s.Journal.Report(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	return ok(wireShift(r)), nil
}

// ZFigures are the figures of a Z report.
type ZFigures struct {
	Figures
	FloatFen int64       `json:"float_fen"`
	Counted  []TenderFen `json:"counted"`
	Over     []TenderFen `json:"over" doc:"counted less expected; below zero it is short"`
}

// ZReport is the report of a closed shift, fixed when it was closed.
type ZReport struct {
	Shift   string   `json:"shift"`
	Till    string   `json:"till"`
	Z       int64    `json:"z" doc:"1, 2, 3 … per till, without a gap"`
	Number  string   `json:"number" doc:"the same as it is printed" example:"Z000001"`
	At      stamp    `json:"at"`
	Text    string   `json:"text" doc:"to read and to print, in 简体中文"`
	Figures ZFigures `json:"figures"`
}

// zReport is GET /v1/shifts/{id}/z.
func (s *Server) zReport(ctx context.Context, c caller, in *ShiftPath) (*reply[ZReport], error) {
	z, err := s.Journal.Z(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	out := ZReport{Shift: string(z.Shift), Till: string(z.Till), Z: z.N, Number: z.Number(), At: stampOf(z.At), Text: z.Text}
	if err := json.Unmarshal([]byte(z.Figures), &out.Figures); err != nil {
		return nil, err
	}
	return ok(out), nil
}

// confirmShift is POST /v1/shifts/{id}/confirm.
func (s *Server) confirmShift(ctx context.Context, c caller, in *ShiftPath) (*reply[Confirmation], error) {
	done, err := s.Journal.Confirm(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	return ok(wireConfirmation(done)), nil
}
