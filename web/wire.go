package web

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"guitai"
	"guitai/pay"
	"guitai/till"
)

// The shapes of the API. Domain types carry no JSON tags; these do.

// Money is an amount in minor units.
type Money struct {
	Value    int64  `json:"value" doc:"minor units (fen), never a fraction" example:"1250"`
	Currency string `json:"currency" doc:"ISO 4217" example:"CNY"`
}

func moneyOf(m guitai.Money) Money { return Money{m.Fen, string(m.Currency)} }

func (m *Money) money() (guitai.Money, error) {
	if m == nil {
		return guitai.Money{}, guitai.FailField(guitai.CodeFieldMissing, "amount")
	}
	return guitai.Money{Fen: m.Value, Currency: guitai.Currency(m.Currency)}, nil
}

// stamp is a time: RFC 3339, UTC, milliseconds.
type stamp string

// Schema documents it.
func (stamp) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Examples: []any{"2026-11-21T08:00:00.000Z"}}
}

func stampOf(t time.Time) stamp {
	if t.IsZero() {
		return ""
	}
	return stamp(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// PaymentIn asks for one payment.
type PaymentIn struct {
	ID          string            `json:"id,omitempty" maxLength:"64" doc:"the client's own name for it, unique per merchant: letters, digits and . _ : -; the same request under the same id is taken once" example:"pay-20261121-0001"`
	Amount      *Money            `json:"amount"`
	Kind        string            `json:"kind" enum:"scan,show,card" doc:"scan: the merchant scans the payer's code; show: the payer scans ours; card: not taken yet" example:"show"`
	AuthCode    string            `json:"auth_code,omitempty" doc:"scan: the payer's code; it is not stored" example:"130000000000000000"`
	Wallet      string            `json:"wallet,omitempty" enum:"wechat,alipay,unionpay" doc:"show: whose code; left out: one code for all wallets, where the server has a public address. scan: recognised from the code" example:"wechat"`
	Shop        string            `json:"shop,omitempty" doc:"keys only; a person takes money where the person signed in" example:"shp_06c9s9k0s1w7r8z5v4q2m1n0aa"`
	Till        string            `json:"till,omitempty" doc:"keys only; a person takes money where the person signed in" example:"til_06c9s9k0s1w7r8z5v4q2m1n0aa"`
	Sale        string            `json:"sale,omitempty" maxLength:"64" doc:"the bill; at most one live payment per bill and tender" example:"sale-42"`
	Tender      string            `json:"tender,omitempty" maxLength:"64" doc:"which of the bill's tenders" example:"1"`
	Description string            `json:"description,omitempty" maxLength:"127" doc:"what the payer reads" example:"桂花里便利店"`
	ExpiresIn   int               `json:"expires_in,omitempty" doc:"show: seconds the code lives, 5 to 7200; default 300" example:"300"`
	Metadata    map[string]string `json:"metadata,omitempty" doc:"at most 20 entries, keys to 64 characters, values to 500; item_1, item_2 and so on are goods lines that the pay page shows, nothing else of it leaves the shop" example:"{\"table\":\"7\"}"`
}

// Payment is a payment as it stands.
type Payment struct {
	ID          string            `json:"id" example:"pay-20261121-0001"`
	Kind        string            `json:"kind" enum:"scan,show,card"`
	Mode        string            `json:"mode,omitempty" enum:"sandbox" doc:"sandbox: made on a sandbox account, no real money"`
	State       string            `json:"state" enum:"created,waiting,unknown,held,paid,failed,closed"`
	Amount      Money             `json:"amount"`
	Refunded    Money             `json:"refunded" doc:"given back so far"`
	Refundable  Money             `json:"refundable" doc:"what may still be refunded"`
	Wallet      *string           `json:"wallet" enum:"wechat,alipay,unionpay"`
	Description string            `json:"description,omitempty"`
	Shop        string            `json:"shop,omitempty"`
	Till        string            `json:"till,omitempty"`
	Staff       string            `json:"staff,omitempty"`
	Sale        string            `json:"sale,omitempty"`
	Tender      string            `json:"tender,omitempty"`
	Source      string            `json:"source,omitempty" doc:"the static code that the payer scanned"`
	Metadata    map[string]string `json:"metadata,omitempty"`
	Code        *Code             `json:"code,omitempty" doc:"while a shown code can be scanned"`
	Next        *Next             `json:"next,omitempty" doc:"what Guitai does next by itself, and when"`
	Error       *Trouble          `json:"error,omitempty"`
	Suspense    []Suspense        `json:"suspense,omitempty" doc:"money that was taken and counts for nothing yet"`
	WalletNo    string            `json:"wallet_no,omitempty" doc:"the wallet's own number"`
	OrderNo     string            `json:"order_no,omitempty" doc:"our order number at the wallet"`
	ReceiptNo   string            `json:"receipt_no"`
	Payer       string            `json:"payer,omitempty" doc:"as the wallet names the payer, masked"`
	CreatedAt   stamp             `json:"created_at"`
	UpdatedAt   stamp             `json:"updated_at"`
	ExpiresAt   stamp             `json:"expires_at,omitempty"`
	PaidAt      stamp             `json:"paid_at,omitempty"`
}

// Code is a code for the payer to scan.
type Code struct {
	Text      string `json:"text"`
	ExpiresAt stamp  `json:"expires_at"`
	Image     string `json:"image" doc:"path of the code as SVG"`
}

// Next is what happens next without anybody's doing.
type Next struct {
	Action string `json:"action" enum:"ask,close,reverse,send,none"`
	At     stamp  `json:"at"`
}

// Trouble is why a payment or refund has no good end, in the caller's language.
type Trouble struct {
	Code       string `json:"code"`
	What       string `json:"what"`
	Todo       string `json:"todo"`
	MoneyMoved string `json:"money_moved" enum:"no,yes,maybe"`
	WalletCode string `json:"wallet_code,omitempty"`
}

// Suspense is money that was taken and counts for nothing yet.
type Suspense struct {
	ID       string `json:"id"`
	Payment  string `json:"payment"`
	Amount   Money  `json:"amount"`
	Reason   string `json:"reason" enum:"late,double,amount,settled"`
	State    string `json:"state" enum:"open,attached,returning,returned,kept"`
	ReturnAt stamp  `json:"return_at,omitempty" doc:"when it is given back by itself"`
	Note     string `json:"note,omitempty" doc:"why it is kept"`
}

// Refund is a refund as it stands.
type Refund struct {
	ID        string   `json:"id"`
	Payment   string   `json:"payment"`
	Kind      string   `json:"kind" enum:"refund,void,give_back"`
	State     string   `json:"state" enum:"created,asked,pending,unknown,done,failed,stuck"`
	Amount    Money    `json:"amount"`
	Reason    string   `json:"reason,omitempty"`
	RefundNo  string   `json:"refund_no" doc:"our refund number at the wallet"`
	Next      *Next    `json:"next,omitempty"`
	Error     *Trouble `json:"error,omitempty"`
	CreatedAt stamp    `json:"created_at"`
	UpdatedAt stamp    `json:"updated_at"`
	DoneAt    stamp    `json:"done_at,omitempty"`
}

func trouble(c guitai.Code, walletCode string, l guitai.Lang) *Trouble {
	t := c.Text(l)
	return &Trouble{Code: string(c), What: t.What, Todo: t.Todo, MoneyMoved: string(t.Moved), WalletCode: walletCode}
}

// paymentOf words a payment for a caller.
func (s *Server) paymentOf(w pay.Whole, l guitai.Lang) Payment {
	p := w.Payment
	out := Payment{ID: string(p.ID), Kind: string(p.Kind), State: string(p.State), Amount: moneyOf(p.Amount),
		Refunded:    Money{p.Refunded, string(p.Amount.Currency)},
		Refundable:  Money{p.Refundable(), string(p.Amount.Currency)},
		Description: p.Description, Shop: string(p.Shop), Till: string(p.Till), Staff: string(p.Staff), Sale: p.Sale,
		Tender: p.Tender, Source: p.Source, Metadata: p.Metadata, CreatedAt: stampOf(p.CreatedAt), UpdatedAt: stampOf(p.UpdatedAt),
		ExpiresAt: stampOf(p.ExpiresAt), PaidAt: stampOf(p.PaidAt)}
	if s.Pay.ModeOf(&p) == pay.Sandbox {
		out.Mode = string(pay.Sandbox)
	}
	if p.Wallet != "" {
		wallet := string(p.Wallet)
		out.Wallet = &wallet
	}
	a := till.Told(&p)
	out.WalletNo, out.OrderNo, out.ReceiptNo, out.Payer = a.WalletNo, a.OrderNo, a.OrderNo, a.Payer
	if text := s.codeOf(&p, a); text != "" {
		out.Code = &Code{Text: text, ExpiresAt: stampOf(p.ExpiresAt), Image: "/v1/payments/" + out.ID + "/code.svg"}
	}
	if next := s.Pay.Plan(&p, s.Now()); next.Action != pay.ActNone {
		out.Next = &Next{string(next.Action), stampOf(next.At)}
	}
	switch {
	case p.State == guitai.PaymentUnknown:
		out.Error = trouble(guitai.CodeOutcomeUnknown, a.WalletCode, l)
	case p.Reason != "":
		out.Error = trouble(p.Reason, a.WalletCode, l)
	}
	for _, sus := range w.Suspense {
		out.Suspense = append(out.Suspense, suspenseOf(sus))
	}
	return out
}

// codeOf is what the till shows for the payer to scan, while it can be: our own
// code, or the wallet's. What the wallet's app was handed is nobody else's.
func (s *Server) codeOf(p *guitai.Payment, a guitai.Attempt) string {
	switch {
	case p.State != guitai.PaymentWaiting:
		return ""
	case p.Offer.Open():
		return s.Pay.OfferCode(p)
	case p.Offer.State != guitai.OfferNone:
		return ""
	}
	return a.Code
}

func suspenseOf(s guitai.Suspense) Suspense {
	return Suspense{ID: string(s.ID), Payment: string(s.Payment), Amount: moneyOf(s.Amount), Reason: string(s.Why),
		State: string(s.State), ReturnAt: stampOf(s.ReturnAt), Note: s.Note}
}

func (s *Server) refundOf(r guitai.Refund, l guitai.Lang) Refund {
	out := Refund{ID: string(r.ID), Payment: string(r.Payment), Kind: string(r.Kind), State: string(r.State),
		Amount: moneyOf(r.Amount), Reason: r.Reason, RefundNo: r.RefundNo, CreatedAt: stampOf(r.CreatedAt),
		UpdatedAt: stampOf(r.UpdatedAt), DoneAt: stampOf(r.DoneAt)}
	if next := s.Pay.PlanRefund(&r, s.Now()); next.Action != pay.ActNone {
		out.Next = &Next{string(next.Action), stampOf(next.At)}
	}
	switch {
	case r.State == guitai.RefundUnknown:
		out.Error = trouble(guitai.CodeOutcomeUnknown, r.WalletCode, l)
	case r.Failure != "":
		out.Error = trouble(r.Failure, r.WalletCode, l)
	}
	return out
}
