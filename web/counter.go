package web

import (
	"context"
	"time"

	"guitai"
	"guitai/office"
	"guitai/qr"
	"guitai/receipt"
	"guitai/till"
)

// SignIn is what a person types to work at a till.
type SignIn struct {
	Till   string `json:"till"`
	Number string `json:"number" doc:"the staff number, 3 to 8 digits"`
	PIN    string `json:"pin" doc:"six digits"`
}

// Named is a thing with a name, and a number where it has one.
type Named struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Number string `json:"number,omitempty"`
}

// Person is who is signed in.
type Person struct {
	Named
	Role string `json:"role" enum:"cashier,manager,owner"`
}

// Session is a person signed in at a till.
type Session struct {
	Staff     Person `json:"staff"`
	Till      Named  `json:"till"`
	Shop      Named  `json:"shop"`
	Merchant  Named  `json:"merchant"`
	ExpiresAt stamp  `json:"expires_at"`
	Spoken    bool   `json:"spoken" doc:"amounts are spoken at this till"`
}

func sessionOf(s guitai.Session) Session {
	return Session{
		Staff:    Person{Named{string(s.Staff.ID), s.Staff.Name, s.Staff.Number}, string(s.Staff.Role)},
		Till:     Named{string(s.Till.ID), s.Till.Name, s.Till.Number},
		Shop:     Named{ID: string(s.Shop.ID), Name: s.Shop.Name},
		Merchant: Named{ID: string(s.Merchant.ID), Name: s.Merchant.Name}, ExpiresAt: stampOf(s.ExpiresAt), Spoken: true}
}

type signInRequest struct{ Body body[SignIn] }

type nothing struct{}

// signIn is POST /v1/sessions.
func (s *Server) signIn(ctx context.Context, in *signInRequest) (*reply[Session], error) {
	v := visitOf(ctx)
	b, err := in.Body.get()
	if err == nil && !s.signIns.AllowN(s.Now(), 1) {
		err = guitai.Fail(guitai.Limited, guitai.CodeTooManyTries)
	}
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	ses, token, err := s.Office.SignIn(ctx, guitai.TillID(b.Till), b.Number, b.PIN)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	s.setCookie(v, token)
	return ok(sessionOf(ses)), nil
}

// session is GET /v1/session.
func (s *Server) session(ctx context.Context, _ *nothing) (*reply[Session], error) {
	w, err := s.identify(ctx)
	if err == nil && !w.person() {
		err = guitai.Fail(guitai.Forbidden, guitai.CodeSignedOut)
	}
	if guitai.AsError(err) != nil && guitai.AsError(err).Code == guitai.CodeKeyMissing {
		err = guitai.Fail(guitai.Forbidden, guitai.CodeSignedOut)
	}
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	return ok(sessionOf(w.session)), nil
}

// signOut is DELETE /v1/session.
func (s *Server) signOut(ctx context.Context, _ *nothing) (*nothing, error) {
	v := visitOf(ctx)
	if v.token != "" && !v.ours {
		return nil, s.worded(ctx, guitai.Fail(guitai.Forbidden, guitai.CodeForeignOrigin))
	}
	if err := s.Office.SignOut(ctx, v.token); err != nil {
		return nil, s.worded(ctx, err)
	}
	s.setCookie(v, "")
	return &nothing{}, nil
}

// Counter is a till as it is chosen before anybody signs in.
type Counter struct {
	Named
	Shop Named `json:"shop"`
}

// tills is GET /v1/tills.
func (s *Server) tills(ctx context.Context, _ *nothing) (*reply[list[Counter]], error) {
	tills, shops, err := s.Office.Tills(ctx)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	out := list[Counter]{Items: make([]Counter, 0, len(tills))}
	for _, t := range tills {
		out.Items = append(out.Items, Counter{Named{string(t.ID), t.Name, t.Number},
			Named{ID: string(t.Shop), Name: shops[t.Shop].Name}})
	}
	return ok(out), nil
}

// Goods is what a shop sells.
type Goods struct {
	Departments []Named `json:"departments"`
	Items       []Item  `json:"items"`
}

// Item is something that is sold.
type Item struct {
	ID         string `json:"id"`
	Code       string `json:"code"`
	Barcode    string `json:"barcode"`
	Name       string `json:"name"`
	NameEn     string `json:"name_en,omitempty"`
	Department string `json:"department"`
	Price      Money  `json:"price"`
	Unit       string `json:"unit"`
}

// goods is GET /v1/goods.
func (s *Server) goods(ctx context.Context, _ *nothing) (*reply[Goods], error) {
	w, err := s.identify(ctx)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	deps, items, err := s.Office.Goods(ctx, w.merchant)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	out := Goods{Departments: make([]Named, 0, len(deps)), Items: make([]Item, 0, len(items))}
	for _, d := range deps {
		out.Departments = append(out.Departments, Named{ID: d.ID, Name: d.Name})
	}
	for _, i := range items {
		out.Items = append(out.Items, Item{i.Code, i.Code, i.Barcode, i.Name, i.NameEn, i.Department, moneyOf(i.Price), i.Unit})
	}
	return ok(out), nil
}

// Wording is one code of the catalogue.
type Wording struct {
	Code       string `json:"code"`
	What       string `json:"what" doc:"what happened"`
	Todo       string `json:"todo" doc:"what to do now"`
	MoneyMoved string `json:"money_moved" enum:"no,yes,maybe"`
}

// wordings is GET /v1/errors.
func (s *Server) wordings(ctx context.Context, _ *nothing) (*reply[list[Wording]], error) {
	codes := guitai.Codes()
	out := list[Wording]{Items: make([]Wording, 0, len(codes))}
	for _, c := range codes {
		t := c.Text(visitOf(ctx).lang)
		out.Items = append(out.Items, Wording{string(c), t.What, t.Todo, string(t.Moved)})
	}
	return ok(out), nil
}

// Step is one thing that happened to a payment.
type Step struct {
	At      stamp  `json:"at"`
	Kind    string `json:"kind" enum:"message,state"`
	Attempt int    `json:"attempt,omitempty"`
	Refund  string `json:"refund,omitempty"`
	Op      string `json:"op,omitempty" doc:"message: the provider's name of the call; state: the event"`
	Out     string `json:"out,omitempty" doc:"what was sent, masked"`
	In      string `json:"in,omitempty" doc:"what came back, masked"`
	HTTP    int    `json:"http,omitempty"`
	TookMS  int64  `json:"took_ms,omitempty"`
	Failure string `json:"failure,omitempty"`
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
}

// timeline is GET /v1/payments/{id}/timeline.
func (s *Server) timeline(ctx context.Context, in *PaymentPath) (*reply[list[Step]], error) {
	w, err := s.identify(ctx)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	rows, err := s.Pay.Timeline(ctx, w.merchant, in.id())
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	out := list[Step]{Items: make([]Step, 0, len(rows))}
	for _, r := range rows {
		out.Items = append(out.Items, Step{stampOf(r.At), r.Kind, r.Attempt, string(r.Refund), r.Op, r.Out, r.In, r.HTTP,
			r.Took.Milliseconds(), r.Failure, r.From, r.To})
	}
	return ok(out), nil
}

// suspense is GET /v1/suspense.
func (s *Server) suspense(ctx context.Context, _ *nothing) (*reply[list[Suspense]], error) {
	w, err := s.identify(ctx)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	rows, err := s.Pay.Unresolved(ctx, w.merchant, largestPage)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	out := list[Suspense]{Items: make([]Suspense, 0, len(rows))}
	for _, r := range rows {
		out.Items = append(out.Items, suspenseOf(r))
	}
	return ok(out), nil
}

type oneSuspense struct {
	ID string `path:"id" maxLength:"64"`
}

// attach is POST /v1/suspense/{id}/attach.
func (s *Server) attach(ctx context.Context, in *oneSuspense) (*reply[Payment], error) {
	w, err := s.atLeast(ctx, guitai.Manager)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	p, err := s.Pay.Attach(ctx, w.merchant, guitai.SuspenseID(in.ID))
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	return s.payment(ctx, p)
}

// giveBack is POST /v1/suspense/{id}/return.
func (s *Server) giveBack(ctx context.Context, in *oneSuspense) (*reply[Refund], error) {
	w, err := s.atLeast(ctx, guitai.Manager)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	r, err := s.Pay.GiveBack(ctx, w.merchant, guitai.SuspenseID(in.ID))
	return s.refund(ctx, r, err)
}

// file is an answer that is not JSON.
type file struct {
	ContentType string `header:"Content-Type"`
	Cache       string `header:"Cache-Control"`
	Policy      string `header:"Content-Security-Policy"`
	Body        []byte
}

// codeImage is GET /v1/payments/{id}/code.svg.
func (s *Server) codeImage(ctx context.Context, in *PaymentPath) (*file, error) {
	w, err := s.identify(ctx)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	p, err := s.Pay.Get(ctx, w.merchant, in.id())
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	a := told(&p)
	if p.State != guitai.PaymentWaiting || a.Code == "" {
		return nil, s.worded(ctx, guitai.Fail(guitai.Conflict, guitai.CodePaymentNotOpen))
	}
	m, err := qr.Encode(a.Code, qr.Medium)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	return &file{ContentType: "image/svg+xml", Cache: "no-store", Policy: "default-src 'none'; style-src 'unsafe-inline'",
		Body: []byte(m.SVG(0))}, nil
}

type slipRequest struct {
	PaymentPath
	Format string `query:"format" doc:"html (default), text, png or escpos"`
	Width  int    `query:"width" doc:"58 or 80; default the till's paper"`
	Lang   string `query:"lang" doc:"zh-Hans, zh-Hant or en; default Accept-Language"`
	Refund string `query:"refund" doc:"the slip of this refund instead of the sale's"`
}

// slip is GET /v1/payments/{id}/receipt.
func (s *Server) slip(ctx context.Context, in *slipRequest) (*file, error) {
	w, err := s.identify(ctx)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	lang := visitOf(ctx).lang
	if in.Lang != "" {
		lang = guitai.Lang(in.Lang)
	}
	d, t, err := s.document(ctx, w, in.id(), till.SlipOptions{Language: lang, Refund: guitai.RefundID(in.Refund)})
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	paper := till.Paper(t)
	switch in.Width {
	case 0:
	case int(receipt.Paper58), int(receipt.Paper80):
		paper = receipt.Paper(in.Width)
	default:
		return nil, s.worded(ctx, guitai.FailField(guitai.CodeFieldInvalid, "width"))
	}
	f, err := render(d, paper, in.Format)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	return f, nil
}

func render(d receipt.Document, paper receipt.Paper, format string) (*file, error) {
	slip, err := receipt.Lay(d, paper)
	if err != nil {
		return nil, err
	}
	f := &file{Cache: "no-store", Policy: "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"}
	switch format {
	case "", "html":
		f.ContentType, f.Body = "text/html; charset=utf-8", []byte(slip.HTML())
	case "text":
		f.ContentType, f.Body = "text/plain; charset=utf-8", []byte(slip.Text())
	case "png":
		f.ContentType = "image/png"
		f.Body, err = slip.PNG()
	case "escpos":
		f.ContentType = "application/octet-stream"
		f.Body, err = slip.ESCPOS(receipt.Options{})
	default:
		err = guitai.FailField(guitai.CodeFieldInvalid, "format")
	}
	return f, err
}

// document words the slip of a payment and finds the till that it was taken at.
func (s *Server) document(ctx context.Context, w who, id guitai.PaymentID, o till.SlipOptions) (receipt.Document, guitai.Till, error) {
	whole, err := s.Pay.GetWhole(ctx, w.merchant, id)
	if err != nil {
		return receipt.Document{}, guitai.Till{}, err
	}
	at, err := s.Office.WhereOf(ctx, whole.Payment)
	if err != nil {
		return receipt.Document{}, guitai.Till{}, err
	}
	o.Zone = office.Zone(at.Shop.Zone)
	d, err := s.Counter.Slip(whole, at, o)
	return d, at.Till, err
}

// PrintIn asks for a slip on paper.
type PrintIn struct {
	Copy   bool   `json:"copy,omitempty" doc:"it was printed before: the slip says so, large"`
	Refund string `json:"refund,omitempty" doc:"the slip of this refund"`
}

// Printed says that the printer took the whole slip.
type Printed struct {
	State string `json:"state" enum:"printed"`
}

type printRequest struct {
	PaymentPath
	Body *body[PrintIn]
}

// print is POST /v1/payments/{id}/print. A person prints where the person
// stands, a program at the till that took the payment.
func (s *Server) print(ctx context.Context, in *printRequest) (*reply[Printed], error) {
	w, err := s.identify(ctx)
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	b, err := in.Body.optional()
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	o := till.SlipOptions{Language: visitOf(ctx).lang, Refund: guitai.RefundID(b.Refund)}
	if b.Copy {
		o.Copy = receipt.Copy
	}
	d, t, err := s.document(ctx, w, in.id(), o)
	if err == nil {
		if w.person() {
			t = w.session.Till
		}
		err = s.Counter.Print(context.WithoutCancel(ctx), t, d)
	}
	if err != nil {
		return nil, s.worded(ctx, err)
	}
	return ok(Printed{"printed"}), nil
}

// Alive is the answer of the health page.
type Alive struct {
	State   string `json:"state" enum:"ok"`
	Version string `json:"version"`
	Now     stamp  `json:"now"`
}

// healthy says whether this server can take money.
func (s *Server) healthy(ctx context.Context) (Alive, error) {
	if s.stopping.Load() {
		return Alive{}, guitai.Fail(guitai.Unavailable, guitai.CodeStopping)
	}
	if err := s.Pay.Ready(ctx); err != nil {
		return Alive{}, err
	}
	return Alive{"ok", s.Version, stampOf(s.Now())}, nil
}

// News is one thing that happened, as the live stream tells it.
type News struct {
	N       int64    `json:"n"`
	Topic   string   `json:"topic"`
	At      stamp    `json:"at"`
	Shop    string   `json:"shop,omitempty"`
	Till    string   `json:"till,omitempty"`
	Payment *Payment `json:"payment,omitempty"`
	Refund  *Refund  `json:"refund,omitempty"`
}

// newsOf fills news with the things it is about, as they stand now.
func (s *Server) newsOf(ctx context.Context, n guitai.News, l guitai.Lang) News {
	out := News{N: n.N, Topic: string(n.Topic), At: stampOf(n.At), Shop: string(n.Shop), Till: string(n.Till)}
	if w, err := s.Pay.GetWhole(ctx, n.Merchant, n.Payment); err == nil {
		p := s.paymentOf(w, l)
		out.Payment = &p
		for _, r := range w.Refunds {
			if r.ID == n.Refund {
				ref := s.refundOf(r, l)
				out.Refund = &ref
			}
		}
	}
	return out
}

// quiet is how often a stream says that it is still there.
const quiet = 15 * time.Second
