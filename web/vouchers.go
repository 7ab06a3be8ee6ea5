package web

import (
	"context"
	"time"

	"guitai"
	"guitai/till"
)

// voucherRoutes are those of the house's vouchers, and of what is put aside for
// a tender.
func (s *Server) voucherRoutes(d *desk) {
	add(d, managers, "POST /v1/vouchers", "Issue a batch of vouchers", s.issueVouchers)
	add(d, managers, "GET /v1/vouchers", "Batches of vouchers, newest first", s.voucherBatches)
	add(d, managers, "GET /v1/vouchers/batches/{id}", "The vouchers of a batch", s.vouchersOf)
	add(d, members, "GET /v1/vouchers/bound", "The vouchers that only this till takes, for it to keep", s.boundVouchers)
	add(d, members, "GET /v1/vouchers/{code}", "A voucher, with what its money did", s.getVoucher)
	add(d, managers, "POST /v1/vouchers/{code}/cancel", "Take a voucher out of use for ever", s.cancelVoucher)
	add(d, members, "POST /v1/redemptions", "Put a voucher's money or points aside for a tender of a bill", s.redeem)
	add(d, members, "POST /v1/redemptions/{id}/release", "Let go what was put aside", s.releaseRedemption)
}

// VouchersIn issues vouchers.
type VouchersIn struct {
	ID        string `json:"id" maxLength:"64" doc:"the client's own name for the batch: the same is issued once" example:"vba-1"`
	Name      string `json:"name" maxLength:"60" example:"店庆十元券"`
	Kind      string `json:"kind" enum:"single,balance" doc:"single: once, what is left lapses; balance: until nothing is left"`
	AmountFen int64  `json:"amount_fen" example:"1000"`
	MinFen    int64  `json:"min_fen,omitempty" doc:"the bill comes to at least this"`
	From      stamp  `json:"from,omitempty" doc:"default: now"`
	Until     stamp  `json:"until" doc:"from then on it is expired"`
	Pieces    int    `json:"pieces" example:"10"`
	Till      string `json:"till,omitempty" maxLength:"64" doc:"only this till takes them, also without a line"`
	Member    string `json:"member,omitempty" maxLength:"64"`
}

// VoucherBatch is vouchers that were issued together.
type VoucherBatch struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Kind      string    `json:"kind" enum:"single,balance"`
	AmountFen int64     `json:"amount_fen"`
	MinFen    int64     `json:"min_fen,omitempty"`
	From      stamp     `json:"from"`
	Until     stamp     `json:"until"`
	Pieces    int       `json:"pieces"`
	Till      string    `json:"till,omitempty"`
	Member    string    `json:"member,omitempty"`
	LeftFen   int64     `json:"left_fen" doc:"of those that stand"`
	SpentFen  int64     `json:"spent_fen"`
	Cancelled int64     `json:"cancelled" doc:"pieces"`
	Vouchers  []Voucher `json:"vouchers,omitempty"`
	MadeAt    stamp     `json:"made_at"`
}

func batchOf(b till.Batch) VoucherBatch {
	return VoucherBatch{ID: b.ID, Name: b.Name, Kind: string(b.Kind), AmountFen: b.AmountFen, MinFen: b.MinFen, From: stampOf(b.From),
		Until: stampOf(b.Until), Pieces: b.Pieces, Till: string(b.Till), Member: string(b.Member), LeftFen: b.LeftFen, SpentFen: b.SpentFen,
		Cancelled: b.Cancelled, MadeAt: stampOf(b.MadeAt)}
}

// Voucher is one voucher.
type Voucher struct {
	Code      string         `json:"code" doc:"16 digits, the last of them a check digit"`
	Name      string         `json:"name"`
	Kind      string         `json:"kind" enum:"single,balance"`
	State     string         `json:"state" enum:"valid,early,expired,spent,cancelled"`
	AmountFen int64          `json:"amount_fen" doc:"as it was issued"`
	LeftFen   int64          `json:"left_fen" doc:"what can be spent now"`
	HeldFen   int64          `json:"held_fen" doc:"put aside for bills under way"`
	MinFen    int64          `json:"min_fen,omitempty"`
	From      stamp          `json:"from"`
	Until     stamp          `json:"until"`
	Till      string         `json:"till,omitempty" doc:"the only till that takes it"`
	Member    string         `json:"member,omitempty"`
	Entries   []VoucherEntry `json:"entries,omitempty"`
}

// VoucherEntry is what a voucher's money did.
type VoucherEntry struct {
	Kind string `json:"kind" enum:"spend,lapse,give_back"`
	Fen  int64  `json:"fen"`
	Sale string `json:"sale"`
	At   stamp  `json:"at"`
}

func (s *Server) voucherOf(v guitai.Voucher) Voucher {
	out := Voucher{Code: v.Code, Name: v.Batch.Name, Kind: string(v.Batch.Kind), State: "valid", AmountFen: v.Batch.AmountFen, LeftFen: v.LeftFen,
		HeldFen: v.HeldFen, MinFen: v.Batch.MinFen, From: stampOf(v.Batch.From), Until: stampOf(v.Batch.Until), Till: string(v.Batch.Till),
		Member: string(v.Batch.Member)}
	switch why := v.Refusal(v.Batch.Till, s.Now(), -1); {
	case !v.CancelledAt.IsZero():
		out.State = "cancelled"
	case v.LeftFen+v.HeldFen == 0:
		out.State = "spent"
	case why == guitai.CodeVoucherEarly:
		out.State = "early"
	case why == guitai.CodeVoucherExpired:
		out.State = "expired"
	}
	return out
}

type issueRequest struct{ Asked body[VouchersIn] }

// issueVouchers is POST /v1/vouchers.
func (s *Server) issueVouchers(ctx context.Context, c caller, in *issueRequest) (*reply[VoucherBatch], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	from, err := timeIn(string(b.From), "from")
	if err != nil {
		return nil, err
	}
	until, err := timeIn(string(b.Until), "until")
	if err != nil {
		return nil, err
	}
	if from.IsZero() {
		from = s.Now().UTC().Truncate(time.Microsecond)
	}
	made, err := s.Club.Issue(ctx, guitai.VoucherBatch{ID: b.ID, Merchant: c.merchant, Name: b.Name, Kind: guitai.VoucherKind(b.Kind),
		AmountFen: b.AmountFen, MinFen: b.MinFen, From: from, Until: until, Pieces: b.Pieces, Till: guitai.TillID(b.Till),
		Member: guitai.MemberID(b.Member), Staff: c.session.Staff.ID})
	if err != nil {
		return nil, err
	}
	return s.wordBatch(ctx, c, made)
}

func (s *Server) wordBatch(ctx context.Context, c caller, b till.Batch) (*reply[VoucherBatch], error) {
	list, err := s.Club.VouchersOf(ctx, c.merchant, b.ID)
	if err != nil {
		return nil, err
	}
	out := batchOf(b)
	for _, v := range list {
		out.Vouchers = append(out.Vouchers, s.voucherOf(v))
	}
	return ok(out), nil
}

// voucherBatches is GET /v1/vouchers.
func (s *Server) voucherBatches(ctx context.Context, c caller, _ *nothing) (*reply[list[VoucherBatch]], error) {
	found, err := s.Club.Batches(ctx, c.merchant)
	if err != nil {
		return nil, err
	}
	return listOf(found, batchOf), nil
}

// BatchPath names a batch in the path.
type BatchPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *BatchPath) check() error { return named(in.ID, guitai.CodeVoucherNotFound) }

// vouchersOf is GET /v1/vouchers/batches/{id}.
func (s *Server) vouchersOf(ctx context.Context, c caller, in *BatchPath) (*reply[list[Voucher]], error) {
	found, err := s.Club.VouchersOf(ctx, c.merchant, in.ID)
	if err != nil {
		return nil, err
	}
	return listOf(found, s.voucherOf), nil
}

type boundRequest struct {
	Till string `query:"till" maxLength:"64" doc:"keys only; a person's is where the person signed in"`
}

// boundVouchers is GET /v1/vouchers/bound.
func (s *Server) boundVouchers(ctx context.Context, c caller, in *boundRequest) (*reply[list[Voucher]], error) {
	t, err := s.tillOf(ctx, c, in.Till)
	if err != nil {
		return nil, err
	}
	found, err := s.Club.VouchersAt(ctx, t)
	if err != nil {
		return nil, err
	}
	return listOf(found, s.voucherOf), nil
}

// VoucherPath names a voucher in the path.
type VoucherPath struct {
	Code string `path:"code" maxLength:"32"`
}

func (in *VoucherPath) check() error { return named(in.Code, guitai.CodeVoucherNotFound) }

// getVoucher is GET /v1/vouchers/{code}. Guessing is slowed down.
func (s *Server) getVoucher(ctx context.Context, c caller, in *VoucherPath) (*reply[Voucher], error) {
	if err := s.mayGuess(c); err != nil {
		return nil, err
	}
	v, did, err := s.Club.Voucher(ctx, c.merchant, in.Code)
	if err != nil {
		return nil, err
	}
	out := s.voucherOf(v)
	for _, e := range did {
		out.Entries = append(out.Entries, VoucherEntry{e.Kind, e.Fen, string(e.Sale), stampOf(time.UnixMicro(e.AtUS))})
	}
	return ok(out), nil
}

// cancelVoucher is POST /v1/vouchers/{code}/cancel.
func (s *Server) cancelVoucher(ctx context.Context, c caller, in *VoucherPath) (*reply[Voucher], error) {
	if err := s.Club.Cancel(ctx, c.merchant, in.Code); err != nil {
		return nil, err
	}
	return s.getVoucher(ctx, c, in)
}

// RedemptionIn puts a voucher's money or points aside.
type RedemptionIn struct {
	ID        string `json:"id" maxLength:"64" doc:"made by the till: the same again gets what was put aside" example:"rdm-1"`
	Till      string `json:"till,omitempty" maxLength:"64" doc:"keys only; a person's is where the person signed in"`
	Sale      string `json:"sale" maxLength:"64"`
	Tender    string `json:"tender" maxLength:"64" doc:"of the sale"`
	Kind      string `json:"kind" enum:"voucher,points"`
	Voucher   string `json:"voucher,omitempty" maxLength:"64" doc:"as it was typed or scanned"`
	Member    string `json:"member,omitempty" maxLength:"64"`
	AmountFen int64  `json:"amount_fen,omitempty" doc:"left out: all that the voucher holds, or that the points are worth"`
	Points    int64  `json:"points,omitempty" doc:"left out: as many as the amount takes"`
	BillFen   *int64 `json:"bill_fen,omitempty" doc:"what the bill comes to; a voucher with a minimum needs it, and nothing above it is put aside"`
}

// Redemption is what is put aside for a tender.
type Redemption struct {
	ID        string `json:"id"`
	State     string `json:"state" enum:"held,spent,released"`
	Kind      string `json:"kind" enum:"voucher,points"`
	Sale      string `json:"sale"`
	Tender    string `json:"tender"`
	Voucher   string `json:"voucher,omitempty"`
	Member    string `json:"member,omitempty"`
	AmountFen int64  `json:"amount_fen"`
	Points    int64  `json:"points,omitempty"`
	ExpiresAt stamp  `json:"expires_at" doc:"then it is free again, unless its sale has come"`
}

func redemptionOf(r guitai.Redemption) Redemption {
	return Redemption{r.ID, string(r.State), string(r.Kind), string(r.Sale), r.Tender, r.Voucher, string(r.Member), r.AmountFen, r.Points,
		stampOf(r.ExpiresAt)}
}

type redeemRequest struct{ Asked body[RedemptionIn] }

// redeem is POST /v1/redemptions.
func (s *Server) redeem(ctx context.Context, c caller, in *redeemRequest) (*reply[Redemption], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	if err := s.mayGuess(c); err != nil {
		return nil, err
	}
	t, err := s.tillOf(ctx, c, b.Till)
	if err != nil {
		return nil, err
	}
	a := till.Asked{BillFen: -1, Redemption: guitai.Redemption{ID: b.ID, Merchant: c.merchant, Shop: t.Shop, Till: t.ID,
		Staff: c.session.Staff.ID, Sale: guitai.SaleID(b.Sale), Tender: b.Tender, Kind: guitai.RedemptionKind(b.Kind), Voucher: b.Voucher,
		Member: guitai.MemberID(b.Member), AmountFen: b.AmountFen, Points: b.Points}}
	if b.BillFen != nil {
		a.BillFen = max(0, *b.BillFen)
	}
	r, err := s.Club.Redeem(ctx, a)
	if err != nil {
		return nil, err
	}
	return ok(redemptionOf(r)), nil
}

// RedemptionPath names a redemption in the path.
type RedemptionPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *RedemptionPath) check() error { return named(in.ID, guitai.CodeRedemptionMissing) }

// releaseRedemption is POST /v1/redemptions/{id}/release.
func (s *Server) releaseRedemption(ctx context.Context, c caller, in *RedemptionPath) (*reply[Redemption], error) {
	r, err := s.Club.Release(ctx, c.merchant, in.ID)
	if err != nil {
		return nil, err
	}
	return ok(redemptionOf(r)), nil
}
