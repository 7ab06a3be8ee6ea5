package sandbox

import (
	"errors"
	"net/http"
	"net/url"

	"guitai/sandbox/book"
	"guitai/sandbox/browse"
)

// payAsk is the body of /control/pay.
type payAsk struct {
	Code      string         `json:"code"`
	Payer     string         `json:"payer"`
	Behaviour book.Behaviour `json:"behaviour"`

	// Only for the address of a pay page.
	Wallet    book.Wallet `json:"wallet"` // whose app opens it; empty: WeChat
	AmountFen int64       `json:"amount_fen"`
}

// payPage is a payer whose app opens the page behind a code, and pays what the
// page hands over.
func (s *Street) payPage(r *http.Request, ask payAsk) (any, error) {
	if ask.Wallet == "" {
		ask.Wallet = book.WeChat
	}
	if _, ok := s.providers[ask.Wallet]; !ok {
		return nil, problem{"bad_wallet", "wallet: nobody on this street has that name"}
	}
	if ask.AmountFen < 0 || ask.AmountFen > maxBalanceFen {
		return nil, problem{"bad_amount", "amount_fen: of an open code, not negative"}
	}
	if ask.Payer != "" {
		if p, err := s.book.Payer(ask.Payer); err != nil || p.Wallet != ask.Wallet {
			return nil, book.PayerUnknown
		}
	}
	hand, err := browse.Walk(r.Context(), browse.Phone{Wallet: ask.Wallet, Payer: ask.Payer, Own: s.own}, ask.Code, ask.AmountFen)
	var stopped browse.Stopped
	switch {
	case errors.As(err, &stopped) && stopped.State == "":
		return nil, problem{"page_refused", "the page hands nothing over: " + stopped.Why}
	case errors.As(err, &stopped):
		return nil, problem{"page_" + stopped.State, "the page hands nothing over: " + stopped.Why}
	case err != nil:
		s.log.Debug("sandbox pay page", "error", err)
		return nil, problem{"page_unreachable", "the page cannot be opened"}
	}
	code := hand.Code
	if code == "" {
		if hand.Wallet != ask.Wallet {
			return nil, problem{"bad_order", "the page hands over an order of another wallet"}
		}
		if code, err = s.handedOver(hand); err != nil {
			return nil, err
		}
	}
	return found(s.book.Pay(code, ask.Payer, ask.Behaviour))
}

// own reports whether host:port is a wallet of this street.
func (s *Street) own(host string) bool {
	u := url.URL{Host: host}
	return browse.Loopback(host) && s.walletPorts[u.Port()]
}

// A provider may check what a page hands to its app, as the real app does, and
// may name the code by which the book knows the order.
type (
	handChecker interface {
		CheckHandOver(params map[string]string) error
	}
	handReader interface {
		CheckHandOver(params map[string]string) (code string, err error)
	}
)

// handedOver is the code of the order that a page handed to an app.
func (s *Street) handedOver(h browse.Hand) (string, error) {
	p, ok := s.providers[h.Wallet]
	if !ok {
		return "", problem{"bad_wallet", "wallet: nobody on this street has that name"}
	}
	bad := func(err error) (string, error) {
		var refused book.Refusal
		if errors.As(err, &refused) {
			return "", err
		}
		return "", problem{"bad_order", "the app refuses what the page hands over: " + err.Error()}
	}
	switch p := p.(type) {
	case handReader:
		code, err := p.CheckHandOver(h.Params)
		if err != nil {
			return bad(err)
		}
		return code, nil
	case handChecker:
		if err := p.CheckHandOver(h.Params); err != nil {
			return bad(err)
		}
	}
	if no := h.Params["tradeNO"]; no != "" {
		o, err := s.book.Find(book.Ref{Wallet: h.Wallet, Number: no})
		if err != nil || o.Code == "" {
			return bad(book.OrderUnknown)
		}
		return o.Code, nil
	}
	if h.Params["package"] == "" {
		return "", problem{"bad_order", "the app refuses what the page hands over: no order is named"}
	}
	return h.Params["package"], nil
}

// handOver is the phone that was handed an order by a page, and shows it to its
// payer.
func (s *Street) handOver(r *http.Request) (any, error) {
	h, err := read[browse.Hand](r)
	if err != nil {
		return nil, err
	}
	code, err := s.handedOver(h)
	if err != nil {
		return nil, err
	}
	list, err := s.book.Orders(book.Filter{Wallet: h.Wallet, Code: code})
	if err == nil && len(list) != 1 {
		err = book.CodeUnknown
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// offsetWindow is the port of the apps' browser after the street's own.
const offsetWindow = 7

// openWindow lets the browser of the wallets' apps listen, for the phone's page.
func (s *Street) openWindow() (string, error) {
	w := &browse.Window{
		Rand: s.random, Own: s.own, Log: s.log,
		Wallet: func(w book.Wallet) bool { _, ok := s.providers[w]; return ok },
		Street: func() string { return portOf(s.url) },
	}
	at, err := s.door(offsetWindow, nil, w)
	return "http://" + at, err
}

// portOf is the port of one of our own addresses.
func portOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Port()
}
