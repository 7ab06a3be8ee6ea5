package web

import (
	"bytes"
	"crypto/rand"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"guitai"
	"guitai/office"
	"guitai/pay"
	"guitai/qr"
	"guitai/till"
)

//go:embed page
var pageFiles embed.FS

// pages is what the pay page is made of: its templates with the script that
// hands an order to the app, and its style.
type pages struct {
	t     *template.Template
	style template.CSS
	err   error
}

func readPages() (p pages) {
	var script, style []byte
	if p.t, p.err = template.ParseFS(pageFiles, "page/pay.html"); p.err != nil {
		return p
	}
	if script, p.err = pageFiles.ReadFile("page/bridge.js"); p.err != nil {
		return p
	}
	if style, p.err = pageFiles.ReadFile("page/pay.css"); p.err != nil {
		return p
	}
	p.style = template.CSS(style)
	_, p.err = p.t.New("bridge").Parse(string(script))
	return p
}

// view is what one pay page shows. Which of State, Order and Form is set says
// which kind of page it is; with none it is a page of trouble.
type view struct {
	Lang, Nonce, Title, Sign, Shop, Amount, For, Foot string
	Style                                             template.CSS
	T                                                 tongue
	Goods, Lines                                      []string
	State                                             string // data-state: how the payment stands
	Next                                              string // where to go when it is paid
	Order                                             *orderOut
	Form                                              *formOut
	Facts                                             []fact
	Link                                              *linkOut
	Reload                                            *reload
	Notice                                            *notice
	Picture                                           template.HTML
	Confirm                                           *confirmOut // for a till without a line
	Hint                                              string

	code int // HTTP status; 0: 200
}

// orderOut is what the app's script is handed.
type orderOut struct {
	Wallet string            `json:"wallet"`
	Params map[string]string `json:"params"`
}

type formOut struct {
	Action, Button, Wallet, Amount string
	Hidden                         []fact
	AskAmount                      bool
}

type fact struct{ Name, Value string }

type linkOut struct{ To, Text string }

type reload struct {
	Seconds int
	To      string
}

type notice struct{ What, Todo string }

// show writes one page. Nothing on it comes from anywhere else, and only what
// carries this answer's nonce runs.
func (s *Server) show(w http.ResponseWriter, g *guest, v view) error {
	if s.pages.err != nil {
		return s.pages.err
	}
	v.Lang, v.Nonce, v.Style, v.T = string(g.lang), rand.Text(), s.pages.style, g.t
	if v.Shop == "" {
		v.Shop = g.shop()
	}
	if v.Title == "" {
		v.Title = v.Shop
	}
	var b bytes.Buffer
	if err := s.pages.t.ExecuteTemplate(&b, "page", v); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+v.Nonce+"'; script-src 'nonce-"+v.Nonce+
		"'; img-src data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https://qr.alipay.com https://qr.95516.com")
	// Without a referrer browsers call the origin of a form unknown.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Vary", "User-Agent, Accept-Language")
	if v.code != 0 {
		w.WriteHeader(v.code)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		s.Log.Debug("page not written", "err", err)
	}
	return nil
}

// bill fills in what is paid for.
func (g *guest) bill(v view) view {
	switch {
	case g.p.ID != "":
		v.Amount, v.For, v.Goods = g.p.Amount.Decimal(), g.p.Description, goodsOf(g.p.Metadata)
	case !g.sticker.Open():
		v.Amount = g.sticker.Amount.Decimal()
	}
	return v
}

// goodsOf are the goods lines that a till left in the metadata: item_1, item_2
// and so on. Nothing else of it is the payer's business.
func goodsOf(meta map[string]string) []string {
	var lines []string
	for i := range len(meta) {
		if l := meta[fmt.Sprintf("item_%d", i+1)]; l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

// names lists wallets in words.
func (g *guest) names(of []pay.Account) string {
	var list []string
	for _, a := range of {
		list = append(list, g.t.Wallets[a.Wallet])
	}
	return strings.Join(list, g.t.NoWord)
}

// formView is the page with the button. In a plain browser there is a picture of
// the code for another phone, and on a phone Alipay's own way besides.
func (s *Server) formView(g *guest, payer string, n *notice) (view, error) {
	v := g.bill(view{Notice: n, Foot: g.t.Foot})
	f := &formOut{Action: g.path(), AskAmount: g.asks(), Wallet: string(g.app)}
	v.Form = f
	if g.asks() {
		v.Hint = fmt.Sprintf(g.t.Limit, guitai.Fen(s.Pay.Policy.StaticDayFen).Decimal())
	}
	if g.own.Kind == qr.OwnStatic {
		f.Hidden = append(f.Hidden, fact{"once", s.ticket("once", g.code)})
	}
	if g.app != "" {
		f.Button = fmt.Sprintf(g.t.PayWith, g.t.Wallets[g.app])
		if payer != "" {
			f.Hidden = append(f.Hidden, fact{"who", payer})
		}
		return v, nil
	}
	all := s.Pay.Showing(g.merchant, g.till)
	alipay := slices.ContainsFunc(all, func(a pay.Account) bool { return a.Wallet == guitai.Alipay })
	if g.phone && alipay {
		f.Button, f.Wallet = fmt.Sprintf(g.t.PayWith, g.t.Wallets[guitai.Alipay]), string(guitai.Alipay)
		f.Hidden = append(f.Hidden, fact{"wallet", string(guitai.Alipay)})
	} else {
		f.AskAmount, v.Hint = false, ""
	}
	g.t.Scan = fmt.Sprintf(g.t.Scan, g.names(all))
	var err error
	v.Picture, err = picture(s.Pay.PublicURL + g.path())
	return v, err
}

// picture is a code to be scanned from this screen.
func picture(text string) (template.HTML, error) {
	m, err := qr.Encode(text, qr.Medium)
	if err != nil {
		return "", guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	return template.HTML(m.SVG(0)), nil // made of numbers only
}

// stateView is how a payment stands, for who pays it.
func (g *guest) stateView(p guitai.Payment) view {
	v := view{State: string(p.State), Amount: p.Amount.Decimal(), For: p.Description}
	a := till.Told(&p)
	number := fact{g.t.Number, a.OrderNo}
	if number.Value == "" {
		number.Value = string(p.ID)
	}
	again := &reload{3, g.after(p)}
	switch p.State {
	case guitai.PaymentPaid:
		v.Sign, v.Title = "✓", g.t.Paid
		v.Facts = []fact{{g.t.Way, g.t.Wallets[p.Wallet]}, {g.t.When, p.PaidAt.In(office.Zone(g.where.Shop.Zone)).Format("2006-01-02 15:04:05")}, number}
	case guitai.PaymentFailed, guitai.PaymentClosed:
		v.Sign, v.Title = "×", g.t.Closed
		switch {
		case p.State == guitai.PaymentFailed:
			v.Title = g.t.Failed
		case p.Reason == guitai.CodeCodeLapsed:
			v.Title = g.t.Lapsed
		}
		v.Lines, v.Facts = []string{g.t.NotCharged, g.t.AskStaff}, []fact{number}
	case guitai.PaymentUnknown:
		v.Sign, v.Title, v.Lines, v.Facts, v.Reload = "…", g.t.Unknown, []string{g.t.UnknownLine, g.t.UnknownTodo}, []fact{number}, again
	default:
		v.State, v.Sign, v.Title, v.Lines, v.Reload = "waiting", "…", g.t.Waiting, []string{g.t.WaitLine}, again
		if p.Startable(g.now) || p.Live() != nil {
			v.Link = &linkOut{g.pathOf(p), g.t.PayAgain}
		}
	}
	return v
}

// scanView is a wallet's own code that no browser can open: another phone scans
// it from this screen.
func (g *guest) scanView(o pay.Opened) (view, error) {
	v := g.stateView(o.Payment)
	v.Title = fmt.Sprintf(g.t.Scan, g.t.Wallets[o.Attempt.Wallet])
	var err error
	v.Picture, err = picture(o.Attempt.Code)
	return v, err
}

// waitView asks the payer for a moment and presses the button again by itself.
func (g *guest) waitView(p guitai.Payment, hidden []fact) view {
	v := view{State: "waiting", Sign: "…", Title: g.t.Wait, Amount: p.Amount.Decimal(), Lines: []string{g.t.WaitOrder}}
	v.Form = &formOut{Action: g.pathOf(p), Button: g.t.TryAgain, Hidden: hidden}
	return v
}
