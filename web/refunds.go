package web

import (
	"context"

	"guitai"
	"guitai/office"
	"guitai/pay"
)

// RefundIn asks for money to go back.
type RefundIn struct {
	ID     string `json:"id,omitempty" maxLength:"64" doc:"the client's own name for it; the same request under the same id is done once" example:"ref-20261121-0001"`
	Amount *Money `json:"amount"`
	Reason string `json:"reason,omitempty" maxLength:"80" example:"cold soup"`
}

// VoidIn asks for a whole sale of the present day to be undone.
type VoidIn struct {
	ID     string `json:"id,omitempty" maxLength:"64" doc:"the client's own name for it" example:"void-20261121-0001"`
	Reason string `json:"reason,omitempty" maxLength:"80" example:"wrong table"`
}

type makeRefund struct {
	PaymentPath
	Key   string `header:"Idempotency-Key" maxLength:"128" doc:"names the request when the body has no id"`
	Leave string `header:"Guitai-Approval" maxLength:"100" doc:"token of a manager's approval, where a rule asks for one"`
	Asked body[RefundIn]
}

type makeVoid struct {
	PaymentPath
	Key   string `header:"Idempotency-Key" maxLength:"128" doc:"names the request when the body has no id"`
	Leave string `header:"Guitai-Approval" maxLength:"100" doc:"token of a manager's approval, where a rule asks for one"`
	Asked maybe[VoidIn]
}

// refundPayment is POST /v1/payments/{id}/refunds.
func (s *Server) refundPayment(ctx context.Context, c caller, in *makeRefund) (*reply[Refund], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	amount, err := b.Amount.money()
	if err != nil {
		return nil, err
	}
	id, err := nameOf(b.ID, in.Key, "ref")
	if err != nil {
		return nil, err
	}
	r, err := s.Pay.Refund(ctx, pay.RefundRequest{ID: guitai.RefundID(id), Merchant: c.merchant, Payment: in.id(),
		Amount: amount, Reason: b.Reason, Staff: c.session.Staff.ID, Leave: leave(c, in.Leave)})
	if err != nil {
		return nil, err
	}
	return ok(s.refundOf(r, c.lang)), nil
}

// voidPayment is POST /v1/payments/{id}/void. Which day it is, the clock of the
// shop where it was taken says.
func (s *Server) voidPayment(ctx context.Context, c caller, in *makeVoid) (*reply[Refund], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	id, err := nameOf(b.ID, in.Key, "ref")
	if err != nil {
		return nil, err
	}
	p, err := s.Pay.Get(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	at, err := s.Office.WhereOf(ctx, p)
	if err != nil {
		return nil, err
	}
	r, err := s.Pay.Void(ctx, pay.RefundRequest{ID: guitai.RefundID(id), Merchant: c.merchant, Payment: p.ID,
		Reason: b.Reason, Staff: c.session.Staff.ID, Day: office.DayBegins(at.Shop.Zone, s.Now()),
		Leave: leave(c, in.Leave)})
	if err != nil {
		return nil, err
	}
	return ok(s.refundOf(r, c.lang)), nil
}

// RefundPath names a refund in the path.
type RefundPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *RefundPath) check() error { return named(in.ID, guitai.CodeRefundNotFound) }

// getRefund is GET /v1/refunds/{id}.
func (s *Server) getRefund(ctx context.Context, c caller, in *RefundPath) (*reply[Refund], error) {
	r, err := s.Pay.GetRefund(ctx, c.merchant, guitai.RefundID(in.ID))
	if err != nil {
		return nil, err
	}
	return ok(s.refundOf(r, c.lang)), nil
}

// refundsOf is GET /v1/payments/{id}/refunds.
func (s *Server) refundsOf(ctx context.Context, c caller, in *PaymentPath) (*reply[list[Refund]], error) {
	w, err := s.Pay.GetWhole(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	return listOf(w.Refunds, func(r guitai.Refund) Refund { return s.refundOf(r, c.lang) }), nil
}

// suspense is GET /v1/suspense.
func (s *Server) suspense(ctx context.Context, c caller, _ *nothing) (*reply[list[Suspense]], error) {
	rows, err := s.Pay.Unresolved(ctx, c.merchant, largestPage)
	if err != nil {
		return nil, err
	}
	return listOf(rows, suspenseOf), nil
}

// SuspensePath names money in suspense in the path.
type SuspensePath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *SuspensePath) check() error { return named(in.ID, guitai.CodeSuspenseNotFound) }

// attach is POST /v1/suspense/{id}/attach.
func (s *Server) attach(ctx context.Context, c caller, in *SuspensePath) (*reply[Payment], error) {
	p, err := s.Pay.Attach(ctx, c.merchant, guitai.SuspenseID(in.ID))
	if err != nil {
		return nil, err
	}
	return s.whole(ctx, c, p), nil
}

// giveBack is POST /v1/suspense/{id}/return.
func (s *Server) giveBack(ctx context.Context, c caller, in *SuspensePath) (*reply[Refund], error) {
	r, err := s.Pay.GiveBack(ctx, c.merchant, guitai.SuspenseID(in.ID))
	if err != nil {
		return nil, err
	}
	return ok(s.refundOf(r, c.lang)), nil
}
