package web

import (
	"context"

	"guitai"
	"guitai/pay"
)

// OfflineBill is how a tender of a bill stands for which a till showed codes
// without a line.
type OfflineBill struct {
	Sale    string   `json:"sale"`
	Tender  string   `json:"tender"`
	Settled bool     `json:"settled" doc:"it was settled otherwise: no code of it opens any more"`
	Payment *Payment `json:"payment,omitempty" doc:"the payment that its codes led to; none: nobody opened one"`
}

func (s *Server) offlineBillOf(sale, tender string, b pay.OfflineBill, l guitai.Lang) OfflineBill {
	out := OfflineBill{Sale: sale, Tender: tender, Settled: b.Settled}
	if b.Whole.Payment.ID != "" {
		p := s.paymentOf(b.Whole, l)
		out.Payment = &p
	}
	return out
}

type offlineQuery struct {
	Sale   string `query:"sale" maxLength:"64" doc:"the bill"`
	Tender string `query:"tender" maxLength:"64" doc:"which of its tenders"`
}

// offlineBill is GET /v1/offline/payments.
func (s *Server) offlineBill(ctx context.Context, c caller, in *offlineQuery) (*reply[OfflineBill], error) {
	b, err := s.Pay.OfflineOf(ctx, c.merchant, in.Sale, in.Tender)
	if err != nil {
		return nil, err
	}
	return ok(s.offlineBillOf(in.Sale, in.Tender, b, c.lang)), nil
}

// Settled says that a tender was settled without the code that was shown for it.
type Settled struct {
	Sale   string `json:"sale" maxLength:"64" example:"sal_06c9s9k0s1w7r8z5v4q2m1n0aa"`
	Tender string `json:"tender" maxLength:"64" example:"1"`
}

type settledRequest struct{ Asked body[Settled] }

// settledOtherwise is POST /v1/offline/settled.
func (s *Server) settledOtherwise(ctx context.Context, c caller, in *settledRequest) (*reply[OfflineBill], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	bill, err := s.Pay.SettledOtherwise(ctx, guitai.SettledOtherwise{Merchant: c.merchant, Sale: b.Sale, Tender: b.Tender,
		Till: c.session.Till.ID, Staff: c.session.Staff.ID})
	if err != nil {
		return nil, err
	}
	return ok(s.offlineBillOf(b.Sale, b.Tender, bill, c.lang)), nil
}
