package web

import (
	"context"

	"guitai"
	"guitai/office"
)

// approvalRoutes are those by which managers allow what tills ask for.
func (s *Server) approvalRoutes(d *desk) {
	add(d, managers, "GET /v1/approvals", "Who allowed what, newest first", s.approvals)
	add(d, people, "POST /v1/approval-requests", "Ask the managers of this shop, on their phones", s.askLeave)
	add(d, managers, "GET /v1/approval-requests", "What waits in this shop for a manager", s.openAsks)
	add(d, people, "GET /v1/approval-requests/{id}", "What became of a request", s.getAsk)
	add(d, managers, "POST /v1/approval-requests/{id}/approve", "Allow it; for a manager in person", s.approveAsk)
	add(d, managers, "POST /v1/approval-requests/{id}/refuse", "Refuse it; for a manager in person", s.refuseAsk)
	add(d, people, "POST /v1/approval-requests/{id}/withdraw", "The till asks no more", s.withdrawAsk)
	add(d, managers, "POST /v1/approval-codes", "Six digits for one act of one amount at one till; for a manager in person", s.leaveCode)
	add(d, managers, "POST /v1/approval-digits", "Eight digits for a till without a line; for a manager in person", s.offlineLeave)
}

// ApprovalIn asks a manager's leave: by number and PIN, or by six digits that
// the manager made. It is for a deed (payment, refund) or for an act of the till.
type ApprovalIn struct {
	Number    string `json:"number,omitempty" maxLength:"8" example:"201"`
	PIN       string `json:"pin,omitempty" maxLength:"6"`
	Code      string `json:"code,omitempty" maxLength:"6" doc:"six digits, in the place of number and PIN"`
	Deed      string `json:"deed,omitempty" enum:"payment,refund"`
	Amount    *Money `json:"amount,omitempty" doc:"of the deed"`
	Act       string `json:"act,omitempty" enum:"void,return,return_without_receipt,discount,price_change,drawer,cancel_line,cancel_bill,pay_out,reprint"`
	AmountFen int64  `json:"amount_fen,omitempty" doc:"of the act"`
	Sale      string `json:"sale,omitempty" maxLength:"64"`
	About     string `json:"about,omitempty" maxLength:"200" doc:"what people read: which goods, why"`
}

// Approval lets one deed or act pass.
type Approval struct {
	Approval  string `json:"approval" doc:"apr_…: what the till's journal names"`
	Token     string `json:"token,omitempty" doc:"a deed's: to be sent as header Guitai-Approval with the deed"`
	Act       string `json:"act"`
	AmountFen int64  `json:"amount_fen"`
	By        string `json:"by,omitempty" doc:"the manager"`
	ExpiresAt stamp  `json:"expires_at"`
}

type approvalRequest struct{ Asked body[ApprovalIn] }

// approve is POST /v1/approvals.
func (s *Server) approve(ctx context.Context, c caller, in *approvalRequest) (*reply[Approval], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	if b.Code == "" {
		if err := s.Office.MayTry(ctx, c.session.Till.ID, b.Number); err != nil {
			return nil, err
		}
	}
	if !s.guesses.allow(c.ip, s.Now()) {
		return nil, guitai.Fail(guitai.Limited, guitai.CodeTooManyTries)
	}
	if b.Deed != "" {
		return s.approveDeed(ctx, c, b)
	}
	a := actAsked(c, b)
	var l office.Leave
	if b.Code != "" {
		l, err = s.Office.AllowByCode(ctx, a, b.Code)
	} else {
		l, err = s.Office.AllowByPIN(ctx, a, b.Number, b.PIN)
	}
	if err != nil {
		return nil, err
	}
	return ok(approvalOf(l)), nil
}

func approvalOf(l office.Leave) Approval {
	return Approval{Approval: l.ID, Act: string(l.Deed), AmountFen: l.Amount.Fen, By: string(l.Staff), ExpiresAt: stampOf(l.Expires)}
}

func actAsked(c caller, b ApprovalIn) guitai.ActAsked {
	return guitai.ActAsked{Till: c.session.Till, Staff: c.session.Staff.ID, Act: guitai.TillAct(b.Act), AmountFen: b.AmountFen,
		Sale: guitai.SaleID(b.Sale), About: b.About}
}

func (s *Server) approveDeed(ctx context.Context, c caller, b ApprovalIn) (*reply[Approval], error) {
	amount, err := b.Amount.money()
	if err != nil {
		return nil, err
	}
	token, until, err := s.Office.Approve(ctx, office.ApprovalRequest{Till: c.session.Till.ID, Number: b.Number, PIN: b.PIN,
		Deed: guitai.Deed(b.Deed), Amount: amount, AskedBy: c.session.Staff.ID})
	if err != nil {
		return nil, err
	}
	return ok(Approval{Token: token, Act: b.Deed, AmountFen: amount.Fen, ExpiresAt: stampOf(until)}), nil
}

// ApprovalRow is what a manager allowed.
type ApprovalRow struct {
	ID        string `json:"id"`
	Act       string `json:"act" doc:"an act of the till, or payment, refund"`
	AmountFen int64  `json:"amount_fen"`
	By        Named  `json:"by"`
	AskedBy   *Named `json:"asked_by,omitempty" doc:"who was at the till"`
	Till      Named  `json:"till"`
	Sale      string `json:"sale,omitempty"`
	About     string `json:"about,omitempty"`
	How       string `json:"how" enum:"pin,phone,code,offline"`
	At        stamp  `json:"at"`
	ExpiresAt stamp  `json:"expires_at"`
	UsedAt    stamp  `json:"used_at,omitempty"`
	UsedFor   string `json:"used_for,omitempty"`
}

type listApprovals struct {
	Before stamp `query:"before" doc:"only what was allowed before"`
}

// names are the names of people and tills of a merchant.
type names struct {
	s      *Server
	c      caller
	staff  map[guitai.StaffID]Named
	tills  map[guitai.TillID]Named
	failed error
}

func (n *names) person(ctx context.Context, id guitai.StaffID) Named {
	if have, ok := n.staff[id]; ok {
		return have
	}
	w, err := n.s.Office.WhereOf(ctx, guitai.Payment{Merchant: n.c.merchant, Staff: id})
	if err != nil {
		n.failed = err
	}
	n.staff[id] = Named{string(id), w.Staff.Name, w.Staff.Number}
	return n.staff[id]
}

func (n *names) till(ctx context.Context, id guitai.TillID) Named {
	if have, ok := n.tills[id]; ok {
		return have
	}
	t, err := n.s.Office.TillOf(ctx, n.c.merchant, id)
	if err != nil && !guitai.NotFound.Is(err) {
		n.failed = err
	}
	n.tills[id] = Named{string(id), t.Name, t.Number}
	return n.tills[id]
}

func (s *Server) names(c caller) *names {
	return &names{s: s, c: c, staff: map[guitai.StaffID]Named{}, tills: map[guitai.TillID]Named{}}
}

// approvals is GET /v1/approvals.
func (s *Server) approvals(ctx context.Context, c caller, in *listApprovals) (*reply[list[ApprovalRow]], error) {
	before, err := timeIn(string(in.Before), "before")
	if err != nil {
		return nil, err
	}
	found, err := s.Office.Leaves(ctx, c.merchant, before)
	if err != nil {
		return nil, err
	}
	n := s.names(c)
	out := listOf(found, func(l office.Leave) ApprovalRow {
		row := ApprovalRow{ID: l.ID, Act: string(l.Deed), AmountFen: l.Amount.Fen, By: n.person(ctx, l.Staff), Till: n.till(ctx, l.Till),
			Sale: string(l.Sale), About: l.About, How: string(l.How), At: stampOf(l.MadeAt), ExpiresAt: stampOf(l.Expires),
			UsedAt: stampOf(l.UsedAt), UsedFor: l.UsedFor}
		if l.AskedBy != "" {
			row.AskedBy = new(n.person(ctx, l.AskedBy))
		}
		return row
	})
	return out, n.failed
}

// AskIn asks the managers of a shop.
type AskIn struct {
	ID        string `json:"id" maxLength:"64" doc:"made by the till: the same again asks once" example:"apq-1"`
	Act       string `json:"act" enum:"void,return,return_without_receipt,discount,price_change,drawer,cancel_line,cancel_bill,pay_out,reprint"`
	AmountFen int64  `json:"amount_fen,omitempty"`
	Sale      string `json:"sale,omitempty" maxLength:"64"`
	About     string `json:"about,omitempty" maxLength:"200" doc:"what the manager reads: which goods, why"`
}

// Ask is a request that waits for a manager, or was answered.
type Ask struct {
	ID        string `json:"id"`
	State     string `json:"state" enum:"open,approved,refused,withdrawn,expired"`
	Act       string `json:"act"`
	AmountFen int64  `json:"amount_fen"`
	Till      Named  `json:"till"`
	Staff     Named  `json:"staff" doc:"who asks"`
	Sale      string `json:"sale,omitempty"`
	About     string `json:"about,omitempty"`
	By        *Named `json:"by,omitempty" doc:"who answered"`
	Approval  string `json:"approval,omitempty" doc:"apr_…: what the till's journal names"`
	At        stamp  `json:"at"`
	ExpiresAt stamp  `json:"expires_at"`
}

func (s *Server) askOf(ctx context.Context, n *names, a guitai.ApprovalAsk) Ask {
	out := Ask{ID: a.ID, State: string(a.State), Act: string(a.Act), AmountFen: a.AmountFen, Till: n.till(ctx, a.Till.ID),
		Staff: n.person(ctx, a.Staff), Sale: string(a.Sale), About: a.About, Approval: a.Approval, At: stampOf(a.MadeAt),
		ExpiresAt: stampOf(a.ExpiresAt)}
	if a.State == guitai.AskOpen && !s.Now().Before(a.ExpiresAt) {
		out.State = "expired"
	}
	if a.AnsweredBy != "" {
		out.By = new(n.person(ctx, a.AnsweredBy))
	}
	return out
}

func (s *Server) wordAsk(ctx context.Context, c caller, a guitai.ApprovalAsk, err error) (*reply[Ask], error) {
	if err != nil {
		return nil, err
	}
	n := s.names(c)
	out := s.askOf(ctx, n, a)
	return ok(out), n.failed
}

type askRequest struct{ Asked body[AskIn] }

// askLeave is POST /v1/approval-requests.
func (s *Server) askLeave(ctx context.Context, c caller, in *askRequest) (*reply[Ask], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	a, err := s.Office.AskLeave(ctx, b.ID, actAsked(c, ApprovalIn{Act: b.Act, AmountFen: b.AmountFen, Sale: b.Sale, About: b.About}))
	return s.wordAsk(ctx, c, a, err)
}

type listAsks struct {
	State string `query:"state" enum:"open"`
}

// openAsks is GET /v1/approval-requests.
func (s *Server) openAsks(ctx context.Context, c caller, in *listAsks) (*reply[list[Ask]], error) {
	if in.State != "" && in.State != "open" {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "state")
	}
	found, err := s.Office.Asks(ctx, c.merchant, c.session.Shop.ID)
	if err != nil {
		return nil, err
	}
	n := s.names(c)
	out := listOf(found, func(a guitai.ApprovalAsk) Ask { return s.askOf(ctx, n, a) })
	return out, n.failed
}

// AskPath names a request in the path.
type AskPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *AskPath) check() error { return named(in.ID, guitai.CodeRequestNotFound) }

// getAsk is GET /v1/approval-requests/{id}.
func (s *Server) getAsk(ctx context.Context, c caller, in *AskPath) (*reply[Ask], error) {
	a, err := s.Office.Ask(ctx, c.merchant, c.session.Shop.ID, in.ID)
	return s.wordAsk(ctx, c, a, err)
}

// inPerson lets nobody but a signed-in person allow something: a program has no
// name that an approval could bear.
func inPerson(c caller) error {
	if !c.person() {
		return guitai.Fail(guitai.Forbidden, guitai.CodeSignedOut)
	}
	return nil
}

func (s *Server) answer(ctx context.Context, c caller, in *AskPath, to guitai.AskState) (*reply[Ask], error) {
	if err := inPerson(c); err != nil {
		return nil, err
	}
	a, err := s.Office.AnswerAsk(ctx, c.merchant, c.session.Staff, in.ID, to)
	return s.wordAsk(ctx, c, a, err)
}

// approveAsk is POST /v1/approval-requests/{id}/approve.
func (s *Server) approveAsk(ctx context.Context, c caller, in *AskPath) (*reply[Ask], error) {
	return s.answer(ctx, c, in, guitai.AskApproved)
}

// refuseAsk is POST /v1/approval-requests/{id}/refuse.
func (s *Server) refuseAsk(ctx context.Context, c caller, in *AskPath) (*reply[Ask], error) {
	return s.answer(ctx, c, in, guitai.AskRefused)
}

// withdrawAsk is POST /v1/approval-requests/{id}/withdraw.
func (s *Server) withdrawAsk(ctx context.Context, c caller, in *AskPath) (*reply[Ask], error) {
	return s.answer(ctx, c, in, guitai.AskWithdrawn)
}

// LeaveIn is what a manager allows from a phone.
type LeaveIn struct {
	Till      string `json:"till" maxLength:"64" doc:"of the own shop"`
	Act       string `json:"act" enum:"void,return,return_without_receipt,discount,price_change,drawer,cancel_line,cancel_bill,pay_out,reprint"`
	AmountFen int64  `json:"amount_fen,omitempty"`
	Challenge string `json:"challenge,omitempty" maxLength:"13" doc:"digits only: the thirteen that the till shows"`
	About     string `json:"about,omitempty" maxLength:"200"`
}

// LeaveOut is what a manager reads out.
type LeaveOut struct {
	Code      string `json:"code" doc:"six digits to be typed at the till, or eight where it has no line"`
	Approval  string `json:"approval,omitempty"`
	ExpiresAt stamp  `json:"expires_at"`
}

type leaveRequest struct{ Asked body[LeaveIn] }

// allowed reads what a manager in person allows at a till of the own shop.
func (s *Server) allowed(ctx context.Context, c caller, in *leaveRequest) (LeaveIn, guitai.ActAsked, error) {
	b, err := in.Asked.get()
	if err == nil {
		err = inPerson(c)
	}
	if err != nil {
		return b, guitai.ActAsked{}, err
	}
	t, err := s.Office.TillOf(ctx, c.merchant, guitai.TillID(b.Till))
	if err == nil && t.Shop != c.session.Shop.ID {
		err = guitai.Fail(guitai.NotFound, guitai.CodeTillNotFound)
	}
	return b, guitai.ActAsked{Till: t, Act: guitai.TillAct(b.Act), AmountFen: b.AmountFen, About: b.About}, err
}

// leaveCode is POST /v1/approval-codes.
func (s *Server) leaveCode(ctx context.Context, c caller, in *leaveRequest) (*reply[LeaveOut], error) {
	_, a, err := s.allowed(ctx, c, in)
	if err != nil {
		return nil, err
	}
	code, until, err := s.Office.LeaveCode(ctx, c.session.Staff, a)
	if err != nil {
		return nil, err
	}
	return ok(LeaveOut{Code: code, ExpiresAt: stampOf(until)}), nil
}

// offlineLeave is POST /v1/approval-digits.
func (s *Server) offlineLeave(ctx context.Context, c caller, in *leaveRequest) (*reply[LeaveOut], error) {
	b, a, err := s.allowed(ctx, c, in)
	if err != nil {
		return nil, err
	}
	out, err := s.Office.AllowOffline(ctx, c.session.Staff, a, b.Challenge)
	if err != nil {
		return nil, err
	}
	return ok(LeaveOut{Code: out.Digits, Approval: out.ID, ExpiresAt: stampOf(out.Expires)}), nil
}
