package browse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"guitai/sandbox/book"
)

// The limits of a walk.
const (
	maxHops  = 8
	maxPage  = 1 << 20
	walkTime = 30 * time.Second
)

// HeaderPayer names who holds the phone, to the wallets of the street only.
const HeaderPayer = "X-Sandbox-Payer"

// Phone is who opens a page, and in which app.
type Phone struct {
	Wallet book.Wallet
	Payer  string                 // an id of the book; empty: the wallet's first
	Own    func(host string) bool // whether host:port is a wallet of this street
}

// Agent is how the browser of a wallet's app names itself.
func Agent(w book.Wallet) string {
	app := map[book.Wallet]string{
		book.WeChat: "MicroMessenger/8.0.50.2701(0x28003257) Process/tools WeChat/arm64 NetType/WIFI Language/zh_CN",
		book.Alipay: "AliApp(AP/10.6.20.8000) AlipayClient/10.6.20.8000 Language/zh-Hans", book.UnionPay: "UnionPay/1.0 CloudPay",
	}[w]
	return "Mozilla/5.0 (Linux; Android 14; sandbox) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36 " + app
}

// Hand is what a page hands to the app: the parameters of an order, or the
// address of a wallet's code.
type Hand struct {
	Wallet book.Wallet       `json:"wallet"`
	Params map[string]string `json:"params"`
	Code   string            `json:"-"`
}

// Stopped is a page that hands nothing over.
type Stopped struct {
	State string // the page's data-state; empty: it has none
	Why   string // ours, or what the page says
}

func (s Stopped) Error() string { return "browse: " + s.State + ": " + s.Why }

// Loopback reports whether a host, with or without a port, is this machine.
func Loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

// Local parses an address that may be opened: http or https on this machine.
func Local(address string) (*url.URL, bool) {
	u, err := url.Parse(address)
	ok := err == nil && (u.Scheme == "http" || u.Scheme == "https") && Loopback(u.Host) && u.User == nil
	return u, ok
}

// transport dials this machine only, whatever a name may resolve to.
func transport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, addr)
			if err == nil && !Loopback(c.RemoteAddr().String()) {
				return nil, errors.Join(errors.New("browse: not on this machine"), c.Close())
			}
			return c, err
		},
		MaxResponseHeaderBytes: 64 << 10, ResponseHeaderTimeout: 20 * time.Second, IdleConnTimeout: 20 * time.Second,
	}
}

// Walk opens a pay page as the app of the phone does, types the amount where the
// page asks for it (0: none is known), presses the button, and returns what the
// page hands over. Other errors than Stopped are of the way there.
func Walk(ctx context.Context, phone Phone, address string, amountFen int64) (Hand, error) {
	ctx, stop := context.WithTimeout(ctx, walkTime)
	defer stop()
	jar, err := cookiejar.New(nil)
	if err != nil {
		return Hand{}, err
	}
	t := transport()
	defer t.CloseIdleConnections()
	w := walker{phone: phone, client: &http.Client{Transport: t, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	p, err := w.open(ctx, http.MethodGet, address, nil)
	for pressed := false; err == nil && w.hand == nil; pressed = true {
		var order Hand
		switch {
		case p.order != "":
			if json.Unmarshal([]byte(p.order), &order) != nil || len(order.Params) == 0 {
				return order, Stopped{Why: "the page's order cannot be read"}
			}
			return order, nil
		case p.state != "" || p.form == nil || pressed:
			return order, Stopped{State: p.state, Why: p.text}
		}
		body, ferr := p.form.fill(amountFen)
		if ferr != nil {
			return order, ferr
		}
		to, uerr := w.at.Parse(p.form.action)
		if uerr != nil {
			return order, Stopped{Why: "the form's address cannot be read"}
		}
		p, err = w.open(ctx, http.MethodPost, to.String(), body)
	}
	if err != nil {
		return Hand{}, err
	}
	return *w.hand, nil
}

// fill makes the body of the form.
func (f *form) fill(amountFen int64) (url.Values, error) {
	if f.amount && amountFen <= 0 {
		return nil, Stopped{State: "amount", Why: "the payer types the amount: give amount_fen"}
	}
	if !f.amount && amountFen != 0 {
		return nil, Stopped{State: "amount", Why: "the page does not ask for an amount: leave amount_fen out"}
	}
	body := url.Values{}
	for _, field := range f.fields {
		body.Add(field[0], field[1])
	}
	if f.amount {
		body.Set("amount", fmt.Sprintf("%d.%02d", amountFen/100, amountFen%100))
	}
	return body, nil
}

type walker struct {
	phone  Phone
	client *http.Client
	at     *url.URL // where the page was found
	hops   int
	hand   *Hand // an address of a wallet was met
}

// open goes to an address and follows redirects on this machine. An address
// elsewhere is a wallet's code, which the app opens by itself.
func (w *walker) open(ctx context.Context, method, address string, body url.Values) (page, error) {
	for {
		u, ok := Local(address)
		if !ok && method == http.MethodGet && w.hops > 0 {
			w.hand = &Hand{Wallet: w.phone.Wallet, Code: address}
			return page{}, nil
		}
		if !ok {
			return page{}, Stopped{Why: "not an address on this machine"}
		}
		if w.hops++; w.hops > maxHops {
			return page{}, Stopped{Why: fmt.Sprintf("more than %d redirects", maxHops)}
		}
		from := w.at
		w.at = u
		answer, err := w.send(ctx, method, from, body)
		if err != nil {
			return page{}, err
		}
		if answer.code/100 != 3 {
			return w.arrive(answer)
		}
		to, err := u.Parse(answer.to)
		if err != nil || answer.to == "" || answer.code > 303 && method == http.MethodPost {
			return page{}, Stopped{Why: "a redirect that cannot be followed"}
		}
		address, method, body = to.String(), http.MethodGet, nil
	}
}

type answer struct {
	code int
	kind string // Content-Type
	to   string // Location
	body string
}

func (w *walker) send(ctx context.Context, method string, from *url.URL, form url.Values) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, w.at.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("User-Agent", Agent(w.phone.Wallet))
	r.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	r.Header.Set("Accept-Language", "zh-CN,zh;q=0.9")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", from.Scheme+"://"+from.Host)
	}
	if w.phone.Payer != "" && w.phone.Own(w.at.Host) {
		r.Header.Set(HeaderPayer, w.phone.Payer)
	}
	resp, err := w.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxPage+1))
	if err == nil && len(text) > maxPage {
		err = Stopped{Why: "the page is too large"}
	}
	return answer{resp.StatusCode, resp.Header.Get("Content-Type"), resp.Header.Get("Location"), string(text)}, err
}

// arrive reads a page.
func (w *walker) arrive(a answer) (page, error) {
	if !strings.HasPrefix(a.kind, "text/html") {
		return page{}, Stopped{Why: fmt.Sprintf("%d, %q: %s", a.code, a.kind, cut(strings.TrimSpace(a.body), maxText))}
	}
	p := read(a.body)
	if a.code != http.StatusOK && p.order == "" && p.state == "" {
		return p, Stopped{Why: fmt.Sprintf("%d: %s", a.code, p.text)}
	}
	return p, nil
}
