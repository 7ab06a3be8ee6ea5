package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"guitai"
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

// listOf words many things.
func listOf[A, B any](in []A, word func(A) B) *reply[list[B]] {
	out := make([]B, 0, len(in))
	for _, a := range in {
		out = append(out, word(a))
	}
	return ok(list[B]{Items: out})
}

type makePayment struct {
	Key   string `header:"Idempotency-Key" maxLength:"128" doc:"names the request when the body has no id"`
	Asked body[PaymentIn]
}

// takePayment is POST /v1/payments.
func (s *Server) takePayment(ctx context.Context, c caller, in *makePayment) (*reply[Payment], error) {
	begun := s.Now()
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	req, err := s.request(ctx, c, b, in.Key)
	if err != nil {
		return nil, err
	}
	p, err := s.Pay.Take(ctx, req)
	if err != nil {
		return nil, err
	}
	s.traffic.answered(p, s.Now().Sub(begun))
	return s.whole(ctx, c, p), nil
}

// request turns the API's shape into the switch's. A person takes money at the
// till where the person signed in, nowhere else.
func (s *Server) request(ctx context.Context, c caller, b PaymentIn, key string) (pay.Request, error) {
	var r pay.Request
	amount, err := b.Amount.money()
	if err != nil {
		return r, err
	}
	if b.ExpiresIn < 0 || b.ExpiresIn > 1<<20 {
		return r, guitai.FailField(guitai.CodeExpiryInvalid, "expires_in")
	}
	id, err := nameOf(b.ID, key, "pay")
	if err != nil {
		return r, err
	}
	r = pay.Request{ID: guitai.PaymentID(id), Merchant: c.merchant, Shop: guitai.ShopID(b.Shop), Till: guitai.TillID(b.Till),
		Amount: amount, Kind: guitai.PaymentKind(b.Kind), AuthCode: b.AuthCode, Wallet: guitai.Wallet(b.Wallet), Sale: b.Sale,
		Tender: b.Tender, Description: b.Description, ExpiresIn: time.Duration(b.ExpiresIn) * time.Second, Metadata: b.Metadata}
	if c.person() {
		r.Shop, r.Till, r.Staff = c.session.Shop.ID, c.session.Till.ID, c.session.Staff.ID
		r.Place = pay.Place{Operator: c.session.Staff.Number, Till: c.session.Till.Number}
	} else if err := s.stand(ctx, &r); err != nil {
		return r, err
	}
	r.Place.Shop, r.Place.IP = string(r.Shop), c.ip
	return r, nil
}

// stand checks where a program says that it takes money.
func (s *Server) stand(ctx context.Context, r *pay.Request) error {
	if r.Till != "" {
		t, err := s.Office.TillOf(ctx, r.Merchant, r.Till)
		if err != nil {
			return err
		}
		if r.Shop != "" && r.Shop != t.Shop {
			return guitai.FailField(guitai.CodeFieldInvalid, "shop")
		}
		r.Shop, r.Place.Till = t.Shop, t.Number
		return nil
	}
	if r.Shop == "" {
		return nil
	}
	has, err := s.Office.HasShop(ctx, r.Merchant, r.Shop)
	if err == nil && !has {
		err = guitai.FailField(guitai.CodeFieldInvalid, "shop")
	}
	return err
}

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

// whole answers with a payment and all that belongs to it.
func (s *Server) whole(ctx context.Context, c caller, p guitai.Payment) *reply[Payment] {
	if alone(p) {
		return ok(s.paymentOf(pay.Whole{Payment: p}, c.lang))
	}
	w, err := s.Pay.GetWhole(context.WithoutCancel(ctx), p.Merchant, p.ID)
	if err != nil {
		// It was stored a moment ago. The answer to a stored payment is never
		// an error: say what is known.
		s.Log.Error("payment not read again", "request", c.id, "payment", string(p.ID), "err", err)
		w = pay.Whole{Payment: p}
	}
	if p.State == guitai.PaymentUnknown && w.Payment.Version == p.Version {
		w.Payment.State = p.State // its outcome was not stored: the switch knows more than the store
	}
	return ok(s.paymentOf(w, c.lang))
}

// alone reports whether nothing but its intention and one outcome was ever
// stored of a payment: no refund and no suspense, so that it need not be read
// again to be told whole.
func alone(p guitai.Payment) bool {
	inSuspense := func(a guitai.Attempt) bool { return a.Suspense != "" }
	return p.Version <= 2 && !slices.ContainsFunc(p.Attempts, inSuspense)
}

// PaymentPath names a payment in the path.
type PaymentPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in *PaymentPath) id() guitai.PaymentID { return guitai.PaymentID(in.ID) }

func (in *PaymentPath) check() error { return named(in.ID, guitai.CodePaymentNotFound) }

// named refuses a name that nothing can have.
func named(id string, code guitai.Code) error {
	if guitai.ValidID(id) != nil {
		return guitai.Fail(guitai.NotFound, code)
	}
	return nil
}

// getPayment is GET /v1/payments/{id}.
func (s *Server) getPayment(ctx context.Context, c caller, in *PaymentPath) (*reply[Payment], error) {
	w, err := s.Pay.GetWhole(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	return ok(s.paymentOf(w, c.lang)), nil
}

// askPayment is POST /v1/payments/{id}/ask.
func (s *Server) askPayment(ctx context.Context, c caller, in *PaymentPath) (*reply[Payment], error) {
	p, err := s.Pay.Ask(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	return s.whole(ctx, c, p), nil
}

// closePayment is POST /v1/payments/{id}/close.
func (s *Server) closePayment(ctx context.Context, c caller, in *PaymentPath) (*reply[Payment], error) {
	p, err := s.Pay.Close(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	return s.whole(ctx, c, p), nil
}

type listPayments struct {
	From   string  `query:"created_from" format:"date-time" doc:"payments made at or after"`
	To     string  `query:"created_to" format:"date-time" doc:"payments made before"`
	State  string  `query:"state" enum:"created,waiting,unknown,held,paid,failed,closed"`
	Till   string  `query:"till" maxLength:"64"`
	Limit  integer `query:"limit" doc:"1 to 200; default 50"`
	Cursor string  `query:"cursor" doc:"next_cursor of the page before"`
}

// payments is GET /v1/payments.
func (s *Server) payments(ctx context.Context, c caller, in *listPayments) (*reply[list[Payment]], error) {
	f, err := in.filter(c.merchant)
	if err != nil {
		return nil, err
	}
	page := f.Limit
	f.Limit++ // one more, to see whether there is a next page
	found, err := s.Pay.List(ctx, f)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) > page {
		found = found[:page]
		next = cursorOf(found[page-1])
	}
	out := listOf(found, func(p guitai.Payment) Payment { return s.paymentOf(pay.Whole{Payment: p}, c.lang) })
	out.Body.NextCursor = next
	return out, nil
}

const (
	pageSize    = 50
	largestPage = 200
)

// filter reads the query.
func (in *listPayments) filter(m guitai.MerchantID) (pay.Filter, error) {
	f := pay.Filter{Merchant: m, State: guitai.PaymentState(in.State), Till: guitai.TillID(in.Till)}
	var err error
	if f.Limit, err = in.Limit.number("limit", pageSize); err != nil || f.Limit < 1 || f.Limit > largestPage {
		return f, guitai.FailField(guitai.CodeFieldInvalid, "limit")
	}
	switch f.State {
	case "", guitai.PaymentCreated, guitai.PaymentWaiting, guitai.PaymentUnknown, guitai.PaymentHeld, guitai.PaymentPaid,
		guitai.PaymentFailed, guitai.PaymentClosed:
	default:
		return f, guitai.FailField(guitai.CodeFieldInvalid, "state")
	}
	if in.Till != "" && guitai.ValidID(in.Till) != nil {
		return f, guitai.FailField(guitai.CodeFieldInvalid, "till")
	}
	if f.From, err = timeIn(in.From, "created_from"); err != nil {
		return f, err
	}
	if f.To, err = timeIn(in.To, "created_to"); err != nil {
		return f, err
	}
	f.Before.CreatedAt, f.Before.ID, err = readCursor(in.Cursor)
	return f, err
}

// timeIn reads a time of a query; empty is the zero time.
func timeIn(text, field string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, guitai.FailField(guitai.CodeFieldInvalid, field)
	}
	return t, nil
}

// A cursor is where a page ended: the time and the ID of its last payment.
func cursorOf(p guitai.Payment) string { return cursorAt(p.CreatedAt, string(p.ID)) }

func cursorAt(at time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at.UnixMicro(), 10) + " " + id))
}

func readCursor(c string) (time.Time, guitai.PaymentID, error) {
	if c == "" {
		return time.Time{}, "", nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(c)
	at, id, two := strings.Cut(string(b), " ")
	us, err2 := strconv.ParseInt(at, 10, 64)
	if err != nil || err2 != nil || !two || us <= 0 || guitai.ValidID(id) != nil {
		return time.Time{}, "", guitai.FailField(guitai.CodeFieldInvalid, "cursor")
	}
	return time.UnixMicro(us).UTC(), guitai.PaymentID(id), nil
}
