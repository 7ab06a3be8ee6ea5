package web

import (
	"context"

	"guitai"
	"guitai/pay"
)

// NoteIn is a person's words on a case.
type NoteIn struct {
	Note string `json:"note" maxLength:"500" example:"the customer came back with the goods"`
}

type keepRequest struct {
	SuspensePath
	Asked body[NoteIn]
}

// keepSuspense is POST /v1/suspense/{id}/keep.
func (s *Server) keepSuspense(ctx context.Context, c caller, in *keepRequest) (*reply[Suspense], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	sus, err := s.Pay.Keep(ctx, pay.KeepRequest{Merchant: c.merchant, ID: guitai.SuspenseID(in.ID), Note: b.Note})
	if err != nil {
		return nil, err
	}
	return ok(suspenseOf(sus)), nil
}

// Incident is a case for a person.
type Incident struct {
	ID        string `json:"id"`
	Kind      string `json:"kind" enum:"refund_done_after_no,closed_after_paid,give_back_refused,refund_stuck,late_unconfirmed"`
	Payment   string `json:"payment"`
	Refund    string `json:"refund,omitempty"`
	Open      bool   `json:"open"`
	CreatedAt stamp  `json:"created_at"`
	ClosedAt  stamp  `json:"closed_at,omitempty"`
	Note      string `json:"note,omitempty"`
}

func incidentOf(i guitai.Incident) Incident {
	return Incident{ID: string(i.ID), Kind: string(i.Kind), Payment: string(i.Payment), Refund: string(i.Refund),
		Open: i.ClosedAt.IsZero(), CreatedAt: stampOf(i.CreatedAt), ClosedAt: stampOf(i.ClosedAt), Note: i.Note}
}

// IncidentsQuery chooses cases.
type IncidentsQuery struct {
	State   string  `query:"state" enum:"open" doc:"open: only those; empty: all"`
	Payment string  `query:"payment" maxLength:"64"`
	Cursor  string  `query:"cursor" maxLength:"64"`
	Limit   integer `query:"limit"`
}

// incidents is GET /v1/incidents.
func (s *Server) incidents(ctx context.Context, c caller, in *IncidentsQuery) (*reply[list[Incident]], error) {
	limit, err := in.Limit.number("limit", pageSize)
	if err != nil || limit < 1 || limit > largestPage {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "limit")
	}
	if in.State != "" && in.State != "open" {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "state")
	}
	rows, err := s.Pay.Incidents(ctx, pay.IncidentFilter{Merchant: c.merchant, Open: in.State == "open",
		Payment: guitai.PaymentID(in.Payment), Before: guitai.IncidentID(in.Cursor), Limit: limit})
	if err != nil {
		return nil, err
	}
	out := listOf(rows, incidentOf)
	if len(rows) == limit {
		out.Body.NextCursor = string(rows[limit-1].ID)
	}
	return out, nil
}

type closeIncident struct {
	ID    string `path:"id" maxLength:"64"`
	Asked body[NoteIn]
}

func (in *closeIncident) check() error { return named(in.ID, guitai.CodeIncidentNotFound) }

// closeIncident is POST /v1/incidents/{id}/close.
func (s *Server) closeIncident(ctx context.Context, c caller, in *closeIncident) (*reply[Incident], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	i, err := s.Pay.CloseIncident(ctx, pay.IncidentEnd{Merchant: c.merchant, ID: guitai.IncidentID(in.ID),
		Staff: c.session.Staff.ID, Note: b.Note})
	if err != nil {
		return nil, err
	}
	return ok(incidentOf(i)), nil
}
