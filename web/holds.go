package web

import (
	"context"
	"encoding/json"

	"guitai"
)

// memberRoutes are those of bills laid aside, members, points, vouchers and of
// what a manager allows.
func (s *Server) memberRoutes(d *desk) {
	s.clubRoutes(d)
	s.voucherRoutes(d)
	s.approvalRoutes(d)
	add(d, members, "GET /v1/holds", "Bills laid aside in a shop, the oldest first", s.holds)
	add(d, members, "PUT /v1/holds/{id}", "Lay a bill aside; the same again is fine", s.putHold)
	add(d, members, "POST /v1/holds/{id}/take", "Take a bill up: exactly one till gets it, and gets it again", s.takeHold)
	add(d, members, "DELETE /v1/holds/{id}", "A bill is over, or is not to be held any more", s.endHold)
}

// HeldDiscount is what is taken off a line.
type HeldDiscount struct {
	PercentMilli int64  `json:"percent_milli,omitempty"`
	OffFen       int64  `json:"off_fen,omitempty"`
	Reason       string `json:"reason,omitempty" maxLength:"200"`
	Approval     string `json:"approval,omitempty" maxLength:"64"`
}

// HeldBack names the line that comes back.
type HeldBack struct {
	Sale      string `json:"sale" maxLength:"64"`
	N         int    `json:"n"`
	ReceiptNo string `json:"receipt_no,omitempty" maxLength:"64"`
}

// HeldLine is a line of a bill as the till's journal has it.
type HeldLine struct {
	N           int           `json:"n"`
	Item        string        `json:"item,omitempty" maxLength:"64"`
	Barcode     string        `json:"barcode,omitempty" maxLength:"64"`
	Name        string        `json:"name" maxLength:"200"`
	Department  string        `json:"department,omitempty" maxLength:"64"`
	Unit        string        `json:"unit,omitempty" maxLength:"40"`
	CountMilli  int64         `json:"count_milli"`
	ListFen     int64         `json:"list_fen"`
	PriceFen    int64         `json:"price_fen"`
	Discount    *HeldDiscount `json:"discount,omitempty"`
	TotalFen    int64         `json:"total_fen"`
	PriceReason string        `json:"price_reason,omitempty" maxLength:"200"`
	Approval    string        `json:"approval,omitempty" maxLength:"64"`
	Back        *HeldBack     `json:"back,omitempty"`
}

// HoldIn lays a bill aside.
type HoldIn struct {
	Sale     string     `json:"sale" maxLength:"64" example:"sal-1"`
	Till     string     `json:"till,omitempty" maxLength:"64" doc:"keys only; a person's is where the person signed in"`
	Name     string     `json:"name,omitempty" maxLength:"60" doc:"by which it is found again" example:"the blue umbrella"`
	TotalFen int64      `json:"total_fen" example:"1250"`
	Lines    []HeldLine `json:"lines" doc:"as the till's journal has them, docs/till-journal.md"`
	Member   string     `json:"member,omitempty" maxLength:"64"`
}

// Hold is a bill laid aside.
type Hold struct {
	ID       string     `json:"id"`
	State    string     `json:"state" enum:"waiting,taken,gone"`
	Sale     string     `json:"sale"`
	Till     string     `json:"till" doc:"who laid it aside"`
	TakenBy  string     `json:"taken_by,omitempty" doc:"the till that has it"`
	Staff    string     `json:"staff,omitempty"`
	Name     string     `json:"name,omitempty"`
	TotalFen int64      `json:"total_fen"`
	Lines    []HeldLine `json:"lines"`
	Member   string     `json:"member,omitempty"`
	HeldAt   stamp      `json:"held_at"`
	TakenAt  stamp      `json:"taken_at,omitempty"`
}

func holdOf(h guitai.Hold) (Hold, error) {
	out := Hold{ID: string(h.ID), State: string(h.State), Sale: string(h.Sale), Till: string(h.Till), TakenBy: string(h.TakenBy),
		Staff: string(h.Staff), Name: h.Name, TotalFen: h.TotalFen, Member: string(h.Member), HeldAt: stampOf(h.MadeAt),
		TakenAt: stampOf(h.TakenAt), Lines: []HeldLine{}}
	if err := json.Unmarshal([]byte(h.Lines), &out.Lines); err != nil {
		return out, guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	return out, nil
}

func wordHold(h guitai.Hold, err error) (*reply[Hold], error) {
	if err != nil {
		return nil, err
	}
	out, err := holdOf(h)
	if err != nil {
		return nil, err
	}
	return ok(out), nil
}

// tillOf is the till that a call is made at: a person's is where the person
// signed in, a program says which.
func (s *Server) tillOf(ctx context.Context, c caller, named string) (guitai.Till, error) {
	if c.person() {
		return c.session.Till, nil
	}
	if named == "" {
		return guitai.Till{}, guitai.FailField(guitai.CodeFieldMissing, "till")
	}
	return s.Office.TillOf(ctx, c.merchant, guitai.TillID(named))
}

type listHolds struct {
	Shop string `query:"shop" maxLength:"64" doc:"keys only; a person sees the own shop"`
}

// holds is GET /v1/holds.
func (s *Server) holds(ctx context.Context, c caller, in *listHolds) (*reply[list[Hold]], error) {
	shop := c.session.Shop.ID
	if !c.person() {
		shop = guitai.ShopID(in.Shop)
		switch {
		case shop == "":
			return nil, guitai.FailField(guitai.CodeFieldMissing, "shop")
		case guitai.ValidID(in.Shop) != nil:
			return nil, guitai.FailField(guitai.CodeFieldInvalid, "shop")
		}
	}
	found, err := s.Shelf.Waiting(ctx, c.merchant, shop)
	if err != nil {
		return nil, err
	}
	out := &reply[list[Hold]]{Body: list[Hold]{Items: []Hold{}}}
	for _, h := range found {
		one, err := holdOf(h)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

// HoldPath names a hold in the path.
type HoldPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *HoldPath) check() error { return named(in.ID, guitai.CodeHoldNotFound) }

type putHoldRequest struct {
	HoldPath
	Asked body[HoldIn]
}

// mostLines bounds the lines of a bill.
const mostLines = 500

// putHold is PUT /v1/holds/{id}.
func (s *Server) putHold(ctx context.Context, c caller, in *putHoldRequest) (*reply[Hold], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	if len(b.Lines) == 0 || len(b.Lines) > mostLines {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "lines")
	}
	t, err := s.tillOf(ctx, c, b.Till)
	if err != nil {
		return nil, err
	}
	lines, err := json.Marshal(b.Lines)
	if err != nil {
		return nil, guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	return wordHold(s.Shelf.Put(ctx, guitai.Hold{ID: guitai.HoldID(in.ID), Merchant: c.merchant, Shop: t.Shop, Till: t.ID,
		Staff: c.session.Staff.ID, Sale: guitai.SaleID(b.Sale), Name: b.Name, TotalFen: b.TotalFen, Lines: string(lines),
		Member: guitai.MemberID(b.Member)}))
}

// AtTill says at which till.
type AtTill struct {
	Till string `json:"till,omitempty" maxLength:"64" doc:"keys only; a person's is where the person signed in"`
}

type takeHoldRequest struct {
	HoldPath
	Asked maybe[AtTill]
}

// takeHold is POST /v1/holds/{id}/take.
func (s *Server) takeHold(ctx context.Context, c caller, in *takeHoldRequest) (*reply[Hold], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	t, err := s.tillOf(ctx, c, b.Till)
	if err != nil {
		return nil, err
	}
	return wordHold(s.Shelf.Take(ctx, c.merchant, guitai.HoldID(in.ID), t))
}

type endHoldRequest struct {
	HoldPath
	Till string `query:"till" maxLength:"64" doc:"keys only; a person's is where the person signed in"`
}

// endHold is DELETE /v1/holds/{id}.
func (s *Server) endHold(ctx context.Context, c caller, in *endHoldRequest) (*nothing, error) {
	t, err := s.tillOf(ctx, c, in.Till)
	if err != nil {
		return nil, err
	}
	return &nothing{}, s.Shelf.End(ctx, c.merchant, guitai.HoldID(in.ID), t)
}
