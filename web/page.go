package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"guitai"
	"guitai/office"
	"guitai/pay"
	"guitai/qr"
)

// guest is a payer's browser at the pay page, and what its code leads to.
type guest struct {
	sw       *pay.Switch
	code     string // the last part of the address
	own      qr.Own
	p        guitai.Payment    // of a payment's code
	sticker  guitai.StaticCode // of a static code
	merchant guitai.MerchantID
	till     guitai.TillID
	where    guitai.Where
	app      guitai.Wallet // in whose app the page is open; empty: a plain browser
	acc      pay.Account   // the merchant's at that wallet; empty: it is not taken here
	phone    bool
	lang     guitai.Lang
	t        tongue
	now      time.Time
}

// shop is the name above the page.
func (g *guest) shop() string {
	if g.where.Shop.Name != "" {
		return g.where.Shop.Name
	}
	return g.where.Merchant.Name
}

func (g *guest) path() string { return "/p/" + g.code }

// pathOf is the address of a payment of its own code, which a payment by a
// static code has too.
func (g *guest) pathOf(p guitai.Payment) string {
	return strings.TrimPrefix(g.sw.OfferCode(&p), g.sw.PublicURL)
}

// after is where the payer sees how the payment stands.
func (g *guest) after(p guitai.Payment) string { return g.pathOf(p) + "?after=1" }

// asks reports whether the payer types the amount.
func (g *guest) asks() bool { return g.own.Kind == qr.OwnStatic && g.sticker.Open() }

// open reports whether there is something to begin.
func (g *guest) open() bool {
	return g.own.Kind == qr.OwnStatic || g.p.Offer.Open() && g.now.Before(g.p.ExpiresAt)
}

// appOf tells in whose app a browser runs, by what the apps say of themselves.
func appOf(agent string) guitai.Wallet {
	switch {
	case strings.Contains(agent, "MicroMessenger"):
		return guitai.WeChat
	case strings.Contains(agent, "AlipayClient"):
		return guitai.Alipay
	case strings.Contains(agent, "UnionPay"), strings.Contains(agent, "CloudPay"):
		return guitai.UnionPay
	}
	return ""
}

// pageHandler is a handler of the pay page.
type pageHandler func(http.ResponseWriter, *http.Request, *guest) error

// payPage finds what the code of the address leads to, and words errors as a
// page: a payer cannot read JSON.
func (s *Server) payPage(h pageHandler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := visitOf(r.Context())
		agent := r.UserAgent()
		g := &guest{sw: s.Pay, code: r.PathValue("code"), app: appOf(agent), lang: v.lang, t: tongueOf(v.lang), now: s.Now(),
			phone: strings.Contains(agent, "Mobile") || strings.Contains(agent, "Android") || strings.Contains(agent, "iPhone")}
		err := s.arrive(r.Context(), g)
		if err == nil {
			err = h(w, r, g)
		}
		if err != nil {
			s.pageTrouble(w, r, g, err)
		}
	}
}

// arrive reads the code. One that is not ours and one that leads nowhere are
// the same to the payer.
func (s *Server) arrive(ctx context.Context, g *guest) error {
	if !s.looks.allow(visitOf(ctx).ip, g.now) {
		return guitai.Fail(guitai.Limited, guitai.CodeTooManyTries)
	}
	var err error
	if qr.IsOffline(g.code) {
		if err = s.bringOffline(ctx, g); err != nil {
			return err
		}
	}
	if g.own, err = s.Pay.ReadCode(g.code); err != nil {
		return err
	}
	place := guitai.Payment{}
	if g.own.Kind == qr.OwnPayment {
		g.p, err = s.Pay.Offered(ctx, g.own.Token)
		place = g.p
	} else {
		g.sticker, err = s.Pay.Static(ctx, g.own.Token)
		place.Merchant, place.Shop, place.Till = g.sticker.Merchant, g.sticker.Shop, g.sticker.Till
	}
	if err != nil {
		return err
	}
	g.merchant, g.till = place.Merchant, place.Till
	if g.where, err = s.Office.WhereOf(ctx, place); err != nil {
		return err
	}
	for _, a := range s.Pay.Showing(g.merchant, g.till) {
		if a.Wallet == g.app {
			g.acc = a
		}
	}
	return nil
}

// errAgain: the page that was brought back is too old, or was another's. The
// payer begins again; nothing happened.
var errAgain = errors.New("web: the page is too old")

// openPage is GET /p/{code}. It makes nothing: only the button does.
func (s *Server) openPage(w http.ResponseWriter, r *http.Request, g *guest) error {
	if g.own.Kind == qr.OwnPayment && (r.URL.Query().Has("after") || !g.open()) {
		return s.showState(w, r, g, g.p)
	}
	if g.app != "" && g.acc.ID == "" {
		v := view{Sign: "!", Title: fmt.Sprintf(g.t.NotHere, g.t.Wallets[g.app]), Lines: []string{fmt.Sprintf(g.t.OpenIn, g.names(s.Pay.Showing(g.merchant, g.till)))}}
		return s.show(w, g, v)
	}
	payer, away, err := s.meet(r, g)
	if err != nil {
		return err
	}
	if away != "" {
		http.Redirect(w, r, away, http.StatusFound)
		return nil
	}
	who := ""
	if payer.Name != "" {
		if who, err = s.sealPayer(g.code, payer); err != nil {
			return err
		}
	}
	v, err := s.formView(g, who, nil)
	if err != nil {
		return err
	}
	return s.show(w, g, v)
}

// meet learns who holds the phone: it sends the browser to the wallet, and reads
// what it comes back with. A wallet that tells nothing is not asked.
func (s *Server) meet(r *http.Request, g *guest) (payer pay.Payer, away string, err error) {
	if !s.named(g) {
		return payer, "", nil
	}
	q := r.URL.Query()
	if !q.Has("state") {
		return payer, s.Pay.Greet(g.acc, s.Pay.PublicURL+g.path(), s.ticket("state", g.code)), nil
	}
	if !s.admitted("state", g.code, q.Get("state")) {
		return payer, "", errAgain
	}
	if !s.presses.allow(visitOf(r.Context()).ip, g.now) {
		return payer, "", guitai.Fail(guitai.Limited, guitai.CodeTooManyTries)
	}
	payer, err = s.Pay.Meet(r.Context(), g.acc, q)
	return payer, "", err
}

// named reports whether the app's wallet names its payers to us.
func (s *Server) named(g *guest) bool {
	return g.app != "" && s.Pay.Greet(g.acc, s.Pay.PublicURL+g.path(), "") != ""
}

// pressed is POST /p/{code}: the payer pressed the button.
func (s *Server) pressed(w http.ResponseWriter, r *http.Request, g *guest) error {
	v := visitOf(r.Context())
	switch {
	case v.foreign:
		return guitai.Fail(guitai.Forbidden, guitai.CodeForeignOrigin)
	case !s.presses.allow(v.ip, g.now):
		return guitai.Fail(guitai.Limited, guitai.CodeTooManyTries)
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return errAgain
	}
	if !g.open() {
		return s.showState(w, r, g, g.p)
	}
	in, err := s.press(r, g)
	if err != nil {
		return err
	}
	var o pay.Opened
	if g.own.Kind == qr.OwnStatic {
		st, wrong, err := s.static(r, g, in)
		switch {
		case err != nil:
			return err
		case wrong != nil:
			return s.formAgain(w, g, in, wrong)
		}
		o, err = s.Pay.OpenStatic(r.Context(), st)
		if err != nil {
			return err
		}
	} else if o, err = s.Pay.Open(r.Context(), in); err != nil {
		return err
	}
	return s.hand(w, r, g, handed{o, in})
}

// press reads who pays, and in which wallet.
func (s *Server) press(r *http.Request, g *guest) (pay.OpenRequest, error) {
	in := pay.OpenRequest{Token: g.own.Token, Wallet: g.app, Place: pay.Place{Shop: string(g.where.Shop.ID), Till: g.where.Till.Number, IP: visitOf(r.Context()).ip}}
	if g.app == "" {
		in.Wallet = guitai.Wallet(r.PostForm.Get("wallet"))
		if in.Wallet != guitai.Alipay {
			return in, errAgain // no other wallet's code opens from a plain browser
		}
		return in, nil
	}
	if !s.named(g) {
		return in, nil
	}
	payer, ok := s.openPayer(g.code, r.PostForm.Get("who"))
	if !ok {
		return in, errAgain
	}
	in.Payer = payer
	return in, nil
}

// static reads what a static code leaves to the payer. The payment's ID is made
// of the page that was served and of what is paid: two taps are one payment,
// another amount is another.
func (s *Server) static(r *http.Request, g *guest, in pay.OpenRequest) (st pay.StaticRequest, wrong *notice, err error) {
	once := r.PostForm.Get("once")
	if !s.admitted("once", g.code, once) {
		return st, nil, errAgain
	}
	amount := g.sticker.Amount
	if g.asks() {
		typed := strings.TrimPrefix(strings.TrimSpace(r.PostForm.Get("amount")), "¥")
		if amount, err = guitai.ParseDecimal(typed, guitai.CNY); err != nil || !amount.Positive() {
			return st, &notice{g.t.AmountWrong, ""}, nil
		}
	}
	said := fmt.Sprintf("%s\x00%d\x00%s\x00%s", once, amount.Fen, in.Wallet, in.Payer.Name)
	id := guitai.PaymentID("pay_s" + guitai.Base32(s.stamp("payment", g.code, []byte(said))))
	return pay.StaticRequest{OpenRequest: in, ID: id, Amount: amount,
		Day: office.DayBegins(g.where.Shop.Zone, g.now)}, nil, nil
}

// formAgain is the form with what was wrong in it.
func (s *Server) formAgain(w http.ResponseWriter, g *guest, in pay.OpenRequest, n *notice) error {
	who, err := s.who(g.code, in)
	if err != nil {
		return err
	}
	v, err := s.formView(g, who, n)
	if err != nil {
		return err
	}
	v.code = http.StatusBadRequest
	return s.show(w, g, v)
}

func (s *Server) who(code string, in pay.OpenRequest) (string, error) {
	if in.Payer.Name == "" {
		return "", nil
	}
	return s.sealPayer(code, in.Payer)
}

// handed is what the button brought, and for whom.
type handed struct {
	pay.Opened
	in pay.OpenRequest
}

// hand gives the payer's phone what it is to do now.
func (s *Server) hand(w http.ResponseWriter, r *http.Request, g *guest, o handed) error {
	code := strings.TrimPrefix(g.pathOf(o.Payment), "/p/")
	var hidden []fact
	if who, err := s.who(code, o.in); err != nil {
		return err
	} else if who != "" {
		hidden = append(hidden, fact{"who", who})
	} else if g.app == "" {
		hidden = append(hidden, fact{"wallet", string(o.in.Wallet)})
	}
	switch o.Do {
	case pay.OpenReady:
		return s.order(w, r, g, o.Opened)
	case pay.OpenWait:
		return s.show(w, g, g.waitView(o.Payment, hidden))
	case pay.OpenRefused:
		v := g.waitView(o.Payment, hidden)
		v.State, v.Sign, v.Title, v.Lines = "failed", "×", g.t.Refused, []string{g.t.NotCharged}
		return s.show(w, g, v)
	}
	return s.showState(w, r, g, o.Payment)
}

// order hands the order to the app: by its script, by its own address, or as a
// picture where neither is.
func (s *Server) order(w http.ResponseWriter, r *http.Request, g *guest, o pay.Opened) error {
	code := o.Attempt.Code
	if strings.HasPrefix(code, "https://") {
		http.Redirect(w, r, code, http.StatusSeeOther)
		return nil
	}
	if !strings.HasPrefix(code, "{") {
		v, err := g.scanView(o)
		if err != nil {
			return err
		}
		return s.show(w, g, v)
	}
	out := &orderOut{Wallet: string(o.Attempt.Wallet)}
	if err := json.Unmarshal([]byte(code), &out.Params); err != nil {
		return guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	g.p = o.Payment
	return s.show(w, g, g.bill(view{Order: out, Next: g.after(o.Payment)}))
}

// pageTrouble words an error for a payer.
func (s *Server) pageTrouble(w http.ResponseWriter, r *http.Request, g *guest, err error) {
	v := view{Sign: "!", Title: g.t.Broken, Lines: []string{g.t.BrokenTodo}, Link: &linkOut{g.path(), g.t.TryAgain}}
	e := guitai.AsError(err)
	switch {
	case errors.Is(err, errAgain):
		v.Title, v.Lines, v.code = g.t.Stale, nil, http.StatusForbidden
	default:
		v.code = s.problem(visitOf(r.Context()), err).Status
		text := e.Code.Text(g.lang)
		switch e.Code {
		case guitai.CodeCodeForeign, guitai.CodeCodeRevoked, guitai.CodeOfflineUnknown, guitai.CodeOfflineRevoked, guitai.CodeOfflineExpired,
			guitai.CodeOfflineClock, guitai.CodeOfflineAmount, guitai.CodeOfflineSettled, guitai.CodeOfflineRounds, guitai.CodeSaleTaken:
			v.Title, v.Lines, v.Link = text.What, []string{text.Todo}, nil
		case guitai.CodeOtherPayer, guitai.CodePayerNotNamed, guitai.CodeLimitStatic:
			v.Title, v.Lines = text.What, []string{text.Todo}
		case guitai.CodeAmountTooLarge:
			v.Title, v.Lines = g.t.AmountWrong, nil
		case guitai.CodeTooManyTries:
			v.Title, v.Lines = g.t.TooMany, []string{g.t.TooManyTodo}
		}
		if e.Code == guitai.CodeCodeRevoked {
			v.code = http.StatusGone
		}
	}
	if err := s.show(w, g, v); err != nil {
		s.fail(w, r, err)
	}
}
