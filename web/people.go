package web

import (
	"context"

	"guitai"
)

// SignIn is what a person types to work at a till.
type SignIn struct {
	Till   string `json:"till" example:"til_06c9s9k0s1w7r8z5v4q2m1n0aa"`
	Number string `json:"number" doc:"the staff number, 3 to 8 digits" example:"101"`
	PIN    string `json:"pin" doc:"six digits" example:"258036"`
	Away   bool   `json:"away,omitempty" example:"false" doc:"managers, on a phone of their own: the till only says which shop. Such a session looks and approves, and does nothing that a till does"`
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

// ShopName is a shop with its zone.
type ShopName struct {
	Named
	TimeZone string `json:"time_zone" doc:"IANA name; times on the till are shown in it" example:"Asia/Shanghai"`
}

// Session is a person signed in at a till.
type Session struct {
	Staff     Person   `json:"staff"`
	Till      Named    `json:"till"`
	Shop      ShopName `json:"shop"`
	Merchant  Named    `json:"merchant"`
	ExpiresAt stamp    `json:"expires_at"`
	Away      bool     `json:"away,omitempty" doc:"signed in at the office, away from any till"`
	Spoken    bool     `json:"spoken" doc:"amounts are spoken at this till"`
	Ways      []string `json:"ways" doc:"how a wallet's money can be taken here: scan, one (one code for all), or a wallet whose own code can be shown"`
}

func (s *Server) sessionOf(ses guitai.Session) Session {
	out := wordSession(ses)
	out.Ways = append(out.Ways, "scan")
	if s.Pay.PublicURL != "" {
		out.Ways = append(out.Ways, "one")
	}
	for _, a := range s.Pay.Showing(ses.Merchant.ID, ses.Till.ID) {
		out.Ways = append(out.Ways, string(a.Wallet))
	}
	return out
}

func wordSession(s guitai.Session) Session {
	return Session{
		Staff:    Person{Named{string(s.Staff.ID), s.Staff.Name, s.Staff.Number}, string(s.Staff.Role)},
		Till:     Named{string(s.Till.ID), s.Till.Name, s.Till.Number},
		Shop:     ShopName{Named{ID: string(s.Shop.ID), Name: s.Shop.Name}, s.Shop.Zone},
		Merchant: Named{ID: string(s.Merchant.ID), Name: s.Merchant.Name}, ExpiresAt: stampOf(s.ExpiresAt), Away: s.Away, Spoken: true}
}

type signInRequest struct{ Asked body[SignIn] }

type nothing struct{}

// signIn is POST /v1/sessions. A locked number is turned away before it counts
// as work for its address: who hammers on one number keeps nobody else out.
func (s *Server) signIn(ctx context.Context, c caller, in *signInRequest) (*reply[Session], error) {
	b, err := in.Asked.get()
	if err == nil && c.foreign {
		err = guitai.Fail(guitai.Forbidden, guitai.CodeForeignOrigin)
	}
	if err == nil {
		err = s.Office.MayTry(ctx, guitai.TillID(b.Till), b.Number)
	}
	if err == nil && !b.Away {
		_, err = s.Office.AtTill(ctx, guitai.TillID(b.Till), c.proof)
	}
	if err == nil && !s.guesses.allow(c.ip, s.Now()) {
		err = guitai.Fail(guitai.Limited, guitai.CodeTooManyTries)
	}
	if err != nil {
		return nil, err
	}
	enter := s.Office.SignIn
	if b.Away {
		enter = s.Office.SignInAway
	}
	ses, token, err := enter(ctx, guitai.TillID(b.Till), b.Number, b.PIN)
	if err != nil {
		return nil, err
	}
	s.setCookie(c.visit, token)
	return ok(s.sessionOf(ses)), nil
}

// session is GET /v1/session.
func (s *Server) session(_ context.Context, c caller, _ *nothing) (*reply[Session], error) {
	return ok(s.sessionOf(c.session)), nil
}

// signOut is DELETE /v1/session. Without a session there is nothing to do.
func (s *Server) signOut(ctx context.Context, c caller, _ *nothing) (*nothing, error) {
	if c.token == "" {
		return &nothing{}, nil
	}
	if !c.ours || c.foreign {
		return nil, guitai.Fail(guitai.Forbidden, guitai.CodeForeignOrigin)
	}
	if err := s.Office.SignOut(ctx, c.token); err != nil {
		return nil, err
	}
	s.setCookie(c.visit, "")
	return &nothing{}, nil
}

// Counter is a till as it is chosen before anybody signs in.
type Counter struct {
	Named
	Shop  Named `json:"shop"`
	Bound bool  `json:"bound,omitempty" doc:"only the browser that it is bound to may sign in there"`
}

// tills is GET /v1/tills.
func (s *Server) tills(ctx context.Context, _ caller, _ *nothing) (*reply[list[Counter]], error) {
	tills, shops, err := s.Office.Tills(ctx)
	if err != nil {
		return nil, err
	}
	bound, err := s.Office.BoundTills(ctx)
	if err != nil {
		return nil, err
	}
	return listOf(tills, func(t guitai.Till) Counter {
		return Counter{Named{string(t.ID), t.Name, t.Number}, Named{ID: string(t.Shop), Name: shops[t.Shop].Name}, bound[t.ID]}
	}), nil
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
	Barcode    string `json:"barcode" doc:"EAN-13, EAN-8 or empty"`
	Name       string `json:"name"`
	NameEn     string `json:"name_en,omitempty"`
	Department string `json:"department"`
	Price      Money  `json:"price"`
	Unit       string `json:"unit"`
}

// goods is GET /v1/goods.
func (s *Server) goods(ctx context.Context, c caller, _ *nothing) (*reply[Goods], error) {
	deps, items, err := s.Office.Goods(ctx, c.merchant)
	if err != nil {
		return nil, err
	}
	return ok(Goods{
		Departments: listOf(deps, func(d guitai.Department) Named { return Named{ID: d.ID, Name: d.Name} }).Body.Items,
		Items: listOf(items, func(i guitai.Item) Item {
			return Item{i.Code, i.Code, i.Barcode(), i.Name, i.NameEn, i.Department, moneyOf(i.Price), i.Unit}
		}).Body.Items,
	}), nil
}

// Wording is one code of the catalogue.
type Wording struct {
	Code       string `json:"code"`
	What       string `json:"what" doc:"what happened"`
	Todo       string `json:"todo" doc:"what to do now"`
	MoneyMoved string `json:"money_moved" enum:"no,yes,maybe"`
}

// wordings is GET /v1/errors.
func (s *Server) wordings(_ context.Context, c caller, _ *nothing) (*reply[list[Wording]], error) {
	return listOf(guitai.Codes(), func(code guitai.Code) Wording {
		t := code.Text(c.lang)
		return Wording{string(code), t.What, t.Todo, string(t.Moved)}
	}), nil
}
