package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"guitai"
	"guitai/office"
	"guitai/pay"
)

// reply is an answer with a JSON body.
type reply[T any] struct{ Body T }

func ok[T any](v T) *reply[T] { return &reply[T]{Body: v} }

// list is an answer with many things.
type list[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor,omitempty" doc:"hand it back as cursor for the next page"`
}

type makePayment struct {
	Key  string `header:"Idempotency-Key" maxLength:"128" doc:"names the request when the body has no id"`
	Body body[PaymentIn]
}

// takePayment is POST /v1/payments.
func (s *Server) takePayment(ctx context.Context, in *makePayment) (*reply[Payment], error) {
	w, err := s.identify(ctx)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	b, err := in.Body.get()
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	req, err := s.request(ctx, w, b, in.Key)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	p, err := s.Pay.Take(ctx, req)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	return s.payment(ctx, p)
}

// request turns the API's shape into the switch's. A person takes money at the
// till where the person signed in, nowhere else.
func (s *Server) request(ctx context.Context, w who, b PaymentIn, key string) (pay.Request, error) {
	amount, err := b.Amount.money()
	if err != nil {
		return pay.Request{}, err
	}
	id, err := nameOf(b.ID, key, "pay")
	if err != nil {
		return pay.Request{}, err
	}
	r := pay.Request{ID: guitai.PaymentID(id), Merchant: w.merchant, Shop: guitai.ShopID(b.Shop), Till: guitai.TillID(b.Till),
		Amount: amount, Kind: guitai.PaymentKind(b.Kind), AuthCode: b.AuthCode, Wallet: guitai.Wallet(b.Wallet), Sale: b.Sale,
		Tender: b.Tender, Description: b.Description, ExpiresIn: time.Duration(b.ExpiresIn) * time.Second, Metadata: b.Metadata}
	if b.ExpiresIn < 0 || b.ExpiresIn > 1<<20 {
		return r, guitai.FailField(guitai.CodeExpiryInvalid, "expires_in")
	}
	if w.person() {
		r.Shop, r.Till, r.Staff = w.session.Shop.ID, w.session.Till.ID, w.session.Staff.ID
		r.Place = pay.Place{Operator: w.session.Staff.Number, Till: w.session.Till.Number}
	}
	if r.Till != "" && !w.person() {
		t, err := s.Office.TillOf(ctx, w.merchant, r.Till)
		if err != nil {
			return r, err
		}
		if r.Shop != "" && r.Shop != t.Shop {
			return r, guitai.FailField(guitai.CodeFieldInvalid, "shop")
		}
		r.Shop, r.Place.Till = t.Shop, t.Number
	}
	r.Place.Shop, r.Place.IP = cut(string(r.Shop), 32), visitOf(ctx).ip
	return r, nil
}

func cut(s string, n int) string { return s[:min(len(s), n)] }

// nameOf is the client's own name for what it asks: its id, else one made from
// the Idempotency-Key, so that both ways end in the same place.
func nameOf(id, key, prefix string) (string, error) {
	if id != "" || key == "" {
		return id, nil
	}
	if len(key) > 128 {
		return "", guitai.FailField(guitai.CodeIDMalformed, "Idempotency-Key")
	}
	sum := sha256.Sum256([]byte(key))
	return prefix + "_k" + guitai.Base32(sum[:16]), nil
}

// payment answers with a payment and all that belongs to it.
func (s *Server) payment(ctx context.Context, p guitai.Payment) (*reply[Payment], error) {
	w, err := s.Pay.GetWhole(ctx, p.Merchant, p.ID)
	if err != nil {
		// It was stored a moment ago. The answer to a stored payment is never
		// an error: say what is known.
		s.Log.Error("payment not read again", "payment", string(p.ID), "err", err)
		w = pay.Whole{Payment: p}
	}
	if p.State == guitai.PaymentUnknown && w.Payment.Version == p.Version {
		w.Payment.State = p.State
	}
	return ok(s.paymentOf(w, visitOf(ctx).lang)), nil
}

// PaymentPath names a payment in the path.
type PaymentPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *PaymentPath) id() guitai.PaymentID { return guitai.PaymentID(in.ID) }

// getPayment is GET /v1/payments/{id}.
func (s *Server) getPayment(ctx context.Context, in *PaymentPath) (*reply[Payment], error) {
	return s.withPayment(ctx, in, s.Pay.Get)
}

// askPayment is POST /v1/payments/{id}/ask.
func (s *Server) askPayment(ctx context.Context, in *PaymentPath) (*reply[Payment], error) {
	return s.withPayment(ctx, in, s.Pay.Ask)
}

// closePayment is POST /v1/payments/{id}/close.
func (s *Server) closePayment(ctx context.Context, in *PaymentPath) (*reply[Payment], error) {
	return s.withPayment(ctx, in, s.Pay.Close)
}

func (s *Server) withPayment(ctx context.Context, in *PaymentPath,
	do func(context.Context, guitai.MerchantID, guitai.PaymentID) (guitai.Payment, error)) (*reply[Payment], error) {
	w, err := s.identify(ctx)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	p, err := do(ctx, w.merchant, in.id())
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	return s.payment(ctx, p)
}

type listPayments struct {
	From   string `query:"created_from" doc:"RFC 3339; payments made at or after"`
	To     string `query:"created_to" doc:"RFC 3339; payments made before"`
	State  string `query:"state" doc:"created, waiting, unknown, held, paid, failed or closed"`
	Till   string `query:"till"`
	Limit  int    `query:"limit" doc:"1 to 200; default 50"`
	Cursor string `query:"cursor"`
}

// payments is GET /v1/payments.
func (s *Server) payments(ctx context.Context, in *listPayments) (*reply[list[Payment]], error) {
	w, err := s.identify(ctx)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	f, err := in.filter(w.merchant)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	found, err := s.Pay.List(ctx, f)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	out := list[Payment]{Items: make([]Payment, 0, len(found))}
	for i, p := range found {
		if i == f.Limit-1 {
			out.NextCursor = cursorOf(found[i-1])
			break
		}
		out.Items = append(out.Items, s.paymentOf(pay.Whole{Payment: p}, visitOf(ctx).lang))
	}
	return ok(out), nil
}

const (
	pageSize    = 50
	largestPage = 200
)

// filter reads the query. One row more than the page is asked for, to see
// whether there is a next page.
func (in *listPayments) filter(m guitai.MerchantID) (pay.Filter, error) {
	f := pay.Filter{Merchant: m, State: guitai.PaymentState(in.State), Till: guitai.TillID(in.Till), Limit: in.Limit}
	if f.Limit == 0 {
		f.Limit = pageSize
	}
	if f.Limit < 1 || f.Limit > largestPage {
		return f, guitai.FailField(guitai.CodeFieldInvalid, "limit")
	}
	f.Limit++
	switch f.State {
	case "", guitai.PaymentCreated, guitai.PaymentWaiting, guitai.PaymentUnknown, guitai.PaymentHeld, guitai.PaymentPaid,
		guitai.PaymentFailed, guitai.PaymentClosed:
	default:
		return f, guitai.FailField(guitai.CodeFieldInvalid, "state")
	}
	for _, t := range []struct {
		text, field string
		into        *time.Time
	}{{in.From, "created_from", &f.From}, {in.To, "created_to", &f.To}} {
		if t.text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, t.text)
		if err != nil {
			return f, guitai.FailField(guitai.CodeFieldInvalid, t.field)
		}
		*t.into = at
	}
	return f, readCursor(in.Cursor, &f)
}

// A cursor is where a page ended: the time and the ID of its last payment.
func cursorOf(p guitai.Payment) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.CreatedAt.UnixMicro(), 10) + " " + string(p.ID)))
}

func readCursor(c string, f *pay.Filter) error {
	if c == "" {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(c)
	at, id, two := strings.Cut(string(b), " ")
	us, err2 := strconv.ParseInt(at, 10, 64)
	if err != nil || err2 != nil || !two || guitai.ValidID(id) != nil {
		return guitai.FailField(guitai.CodeFieldInvalid, "cursor")
	}
	f.Before.CreatedAt, f.Before.ID = time.UnixMicro(us).UTC(), guitai.PaymentID(id)
	return nil
}

// RefundIn asks for money to go back.
type RefundIn struct {
	ID     string `json:"id,omitempty" maxLength:"64"`
	Amount *Money `json:"amount"`
	Reason string `json:"reason,omitempty" maxLength:"80"`
}

// VoidIn asks for a whole sale of the present day to be undone.
type VoidIn struct {
	ID     string `json:"id,omitempty" maxLength:"64"`
	Reason string `json:"reason,omitempty" maxLength:"80"`
}

type makeRefund struct {
	PaymentPath
	Key  string `header:"Idempotency-Key" maxLength:"128"`
	Body body[RefundIn]
}

type makeVoid struct {
	PaymentPath
	Key  string `header:"Idempotency-Key" maxLength:"128"`
	Body *body[VoidIn]
}

// refundPayment is POST /v1/payments/{id}/refunds.
func (s *Server) refundPayment(ctx context.Context, in *makeRefund) (*reply[Refund], error) {
	w, err := s.identify(ctx)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	b, err := in.Body.get()
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	amount, err := b.Amount.money()
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	id, err := nameOf(b.ID, in.Key, "ref")
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	r, err := s.Pay.Refund(ctx, pay.RefundRequest{ID: guitai.RefundID(id), Merchant: w.merchant, Payment: in.id(),
		Amount: amount, Reason: b.Reason, Staff: w.session.Staff.ID})
	return s.refund(ctx, r, err)
}

// voidPayment is POST /v1/payments/{id}/void.
func (s *Server) voidPayment(ctx context.Context, in *makeVoid) (*reply[Refund], error) {
	w, err := s.identify(ctx)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	b, err := in.Body.optional()
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	id, err := nameOf(b.ID, in.Key, "ref")
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	p, err := s.Pay.Get(ctx, w.merchant, in.id())
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	place, err := s.Office.WhereOf(ctx, p)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	r, err := s.Pay.Void(ctx, pay.RefundRequest{ID: guitai.RefundID(id), Merchant: w.merchant, Payment: in.id(),
		Reason: b.Reason, Staff: w.session.Staff.ID, Day: office.DayBegins(place.Shop.Zone, s.Now())})
	return s.refund(ctx, r, err)
}

func (s *Server) refund(ctx context.Context, r guitai.Refund, err error) (*reply[Refund], error) {
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	return ok(s.refundOf(r, visitOf(ctx).lang)), nil
}

type oneRefund struct {
	ID string `path:"id" maxLength:"64"`
}

// getRefund is GET /v1/refunds/{id}.
func (s *Server) getRefund(ctx context.Context, in *oneRefund) (*reply[Refund], error) {
	w, err := s.identify(ctx)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	r, err := s.Pay.GetRefund(ctx, w.merchant, guitai.RefundID(in.ID))
	return s.refund(ctx, r, err)
}

// refundsOf is GET /v1/payments/{id}/refunds.
func (s *Server) refundsOf(ctx context.Context, in *PaymentPath) (*reply[list[Refund]], error) {
	w, err := s.identify(ctx)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	whole, err := s.Pay.GetWhole(ctx, w.merchant, in.id())
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	out := list[Refund]{Items: make([]Refund, 0, len(whole.Refunds))}
	for _, r := range whole.Refunds {
		out.Items = append(out.Items, s.refundOf(r, visitOf(ctx).lang))
	}
	return ok(out), nil
}

// worded makes an error into a problem in the caller's language.
func (s *Server) worded(ctx context.Context, err error) error {
	return s.problem(visitOf(ctx), err)
}
