package web

import (
	"context"

	"guitai"
	"guitai/office"
	"guitai/pay"
	"guitai/qr"
	"guitai/receipt"
	"guitai/till"
)

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
func (s *Server) timeline(ctx context.Context, c caller, in *PaymentPath) (*reply[list[Step]], error) {
	rows, err := s.Pay.Timeline(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	return listOf(rows, func(r pay.TimelineRow) Step {
		return Step{At: stampOf(r.At), Kind: r.Kind, Attempt: r.Attempt, Refund: string(r.Refund), Op: r.Op, Out: r.Out, In: r.In,
			HTTP: r.HTTP, TookMS: r.Took.Milliseconds(), Failure: r.Failure, From: r.From, To: r.To}
	}), nil
}

// codeFile is a code as a picture.
type codeFile struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	Policy      string `header:"Content-Security-Policy" hidden:"true"`
	Body        []byte
}

func (*codeFile) media() []string { return []string{"image/svg+xml"} }

// slipFile is a slip in one of its formats.
type slipFile struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	Policy      string `header:"Content-Security-Policy" hidden:"true"`
	Body        []byte
}

func (*slipFile) media() []string {
	return []string{"text/html; charset=utf-8", "text/plain; charset=utf-8", "image/png", "application/octet-stream"}
}

// codeImage is GET /v1/payments/{id}/code.svg.
func (s *Server) codeImage(ctx context.Context, c caller, in *PaymentPath) (*codeFile, error) {
	p, err := s.Pay.Get(ctx, c.merchant, in.id())
	if err != nil {
		return nil, err
	}
	text := s.codeOf(&p, till.Told(&p))
	if text == "" {
		return nil, guitai.Fail(guitai.Conflict, guitai.CodePaymentNotOpen)
	}
	m, err := qr.Encode(text, qr.Medium)
	if err != nil {
		return nil, guitai.Fail(guitai.Internal, guitai.CodeInternal, err) // the wallet's own code does not fit
	}
	return &codeFile{ContentType: "image/svg+xml", Policy: codePolicy, Body: []byte(m.SVG(0))}, nil
}

type slipRequest struct {
	PaymentPath
	Format string  `query:"format" enum:"html,text,png,escpos" doc:"default html"`
	Width  integer `query:"width" doc:"58 or 80; default the till's paper"`
	Lang   string  `query:"lang" enum:"zh-Hans,zh-Hant,en" doc:"default Accept-Language"`
	Refund string  `query:"refund" maxLength:"64" doc:"the slip of this refund instead of the sale's"`
}

// slip is GET /v1/payments/{id}/receipt.
func (s *Server) slip(ctx context.Context, c caller, in *slipRequest) (*slipFile, error) {
	o := till.SlipOptions{Language: c.lang, Refund: guitai.RefundID(in.Refund)}
	if in.Lang != "" {
		o.Language = guitai.Lang(in.Lang)
	}
	if !o.Language.Known() {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "lang")
	}
	width, err := in.Width.number("width", 0)
	if err != nil {
		return nil, err
	}
	d, t, err := s.document(ctx, c, in.id(), o)
	if err != nil {
		return nil, err
	}
	paper := till.Paper(t)
	switch receipt.Paper(width) {
	case 0:
	case receipt.Paper58, receipt.Paper80:
		paper = receipt.Paper(width)
	default:
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "width")
	}
	return render(d, paper, in.Format)
}

func render(d receipt.Document, paper receipt.Paper, format string) (*slipFile, error) {
	slip, err := receipt.Lay(d, paper)
	if err != nil {
		return nil, guitai.Fail(guitai.Internal, guitai.CodeInternal, err) // what we stored cannot be laid out
	}
	f := &slipFile{Policy: slipPolicy}
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
	if err != nil {
		return nil, err
	}
	return f, nil
}

// document words the slip of a payment and finds the till that it was taken at.
func (s *Server) document(ctx context.Context, c caller, id guitai.PaymentID, o till.SlipOptions) (receipt.Document, guitai.Till, error) {
	w, err := s.Pay.GetWhole(ctx, c.merchant, id)
	if err != nil {
		return receipt.Document{}, guitai.Till{}, err
	}
	done := w.Payment // by whom: who sold it, or who gave it back
	for _, r := range w.Refunds {
		if r.ID == o.Refund {
			done.Staff = r.Staff
		}
	}
	at, err := s.Office.WhereOf(ctx, done)
	if err != nil {
		return receipt.Document{}, guitai.Till{}, err
	}
	o.Zone = office.Zone(at.Shop.Zone)
	d, err := s.Counter.Slip(w, at, o)
	return d, at.Till, err
}

// PrintIn asks for a slip on paper.
type PrintIn struct {
	Copy   bool   `json:"copy,omitempty" doc:"it was printed before: the slip says so, large" example:"false"`
	Refund string `json:"refund,omitempty" doc:"the slip of this refund" example:"ref-20261121-0001"`
}

// Printed says that the printer took the whole slip.
type Printed struct {
	State string `json:"state" enum:"printed"`
}

type printRequest struct {
	PaymentPath
	Asked maybe[PrintIn]
}

// print is POST /v1/payments/{id}/print. A person prints where the person
// stands, a program at the till that took the payment. A slip that is half out
// is not torn off because the browser was closed.
func (s *Server) print(ctx context.Context, c caller, in *printRequest) (*reply[Printed], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	o := till.SlipOptions{Language: c.lang, Refund: guitai.RefundID(b.Refund)}
	if b.Copy {
		o.Copy = receipt.Copy
	}
	d, t, err := s.document(ctx, c, in.id(), o)
	if err != nil {
		return nil, err
	}
	if c.person() {
		t = c.session.Till
	}
	if err := s.Counter.Print(context.WithoutCancel(ctx), t, d); err != nil {
		return nil, err
	}
	return ok(Printed{"printed"}), nil
}
