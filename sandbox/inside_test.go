package sandbox

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"guitai/sandbox/book"
	"guitai/sandbox/browse"
	"guitai/sandbox/wallet"
)

// shopPage is a merchant's server with pay pages that follow the protocol.
type shopPage struct {
	*httptest.Server
	t *testing.T
	s *Street
	n int
}

func openShopPage(t *testing.T, s *Street) *shopPage {
	p := &shopPage{t: t, s: s}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /p/{code}", p.show)
	mux.HandleFunc("POST /p/{code}", p.pressed)
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("back")+"?proof="+r.Header.Get(browse.HeaderPayer), http.StatusFound)
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *shopPage) show(w http.ResponseWriter, r *http.Request) {
	switch code := r.PathValue("code"); code {
	case "loop":
		http.Redirect(w, r, "/p/loop", http.StatusFound)
		return
	case "away":
		http.Redirect(w, r, "http://192.0.2.1/p/x", http.StatusFound)
		return
	case "large":
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(strings.Repeat("<p>", 1<<20)))
		return
	case "json":
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"code":"nothing_here"}`))
		return
	case "paid", "closed":
		p.write(w, `<main data-state="`+code+`"><h1>已经付过了</h1><form id="pay" method="post"><button>再看</button></form></main>`)
		return
	}
	if r.PathValue("code") != "open" && !r.URL.Query().Has("proof") {
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes"})
		http.Redirect(w, r, "/hello?back=/p/"+r.PathValue("code"), http.StatusFound)
		return
	}
	amount := ""
	if r.PathValue("code") == "open" {
		amount = `<input name="amount">`
	}
	p.write(w, `<main data-state=""><form id="pay" method="post" action="?"><input type="hidden" name="token" value="a&amp;b">`+amount+`<button>付款</button></form></main>`)
}

func (p *shopPage) write(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	w.Header().Set("X-Frame-Options", "DENY")
	_, _ = fmt.Fprintf(w, "<!doctype html><html><head><title>x</title></head><body>%s</body></html>", body)
}

// pressed makes the order at the wallet of the app, as a merchant's server would.
func (p *shopPage) pressed(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.PostForm.Get("token") != "a&b" || r.Header.Get("Origin") != p.URL {
		p.t.Errorf("form %v from %q: %v", r.PostForm, r.Header.Get("Origin"), err)
	}
	fen := int64(1200)
	if r.PathValue("code") == "open" {
		if r.PostForm.Get("amount") != "34.05" {
			p.t.Errorf("amount %q", r.PostForm.Get("amount"))
		}
		fen = 3405
	}
	p.n++
	bill := book.Bill{OrderNo: fmt.Sprintf("PAGE%04d", p.n), AmountFen: fen, Subject: "茶"}
	agent := r.UserAgent()
	for app, w := range map[string]book.Wallet{"MicroMessenger": book.WeChat, "AlipayClient": book.Alipay, "CloudPay": book.UnionPay} {
		if strings.Contains(agent, app) {
			bill.Wallet = w
		}
	}
	o, err := p.s.Book().Show(bill)
	if err != nil {
		p.t.Error(err)
		return
	}
	params := map[string]string{"package": o.Code}
	switch bill.Wallet {
	case book.UnionPay:
		http.Redirect(w, r, o.Code, http.StatusSeeOther)
		return
	case book.Alipay:
		params = map[string]string{"tradeNO": o.Number}
	}
	text, err := json.Marshal(map[string]any{"wallet": bill.Wallet, "params": params})
	if err != nil {
		p.t.Error(err)
	}
	p.write(w, `<main><p>`+html.EscapeString("正在交给钱包")+`</p><script id="order" type="application/json">`+string(text)+`</script></main>`)
}

func payPage(t *testing.T, s *Street, body map[string]any) (int, map[string]any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(s.URL()+"/control/pay", "application/json", strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	out := map[string]any{}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, out
}

// TestPayerOpensAPage: a robot payer pays what a page hands to the app, in each
// wallet, and tells clearly what the page said where it hands over nothing.
func TestPayerOpensAPage(t *testing.T) {
	s := open(t)
	// Providers check what is handed over; here the way is tested.
	for name, p := range s.providers {
		s.providers[name] = unchecked{p}
	}
	shop := openShopPage(t, s)
	at := func(code string) string { return shop.URL + "/p/" + code }
	for name, c := range map[string]struct {
		ask    map[string]any
		wallet string
		fen    float64
	}{
		"WeChat, left out": {map[string]any{"code": at("a")}, "wechat", 1200},
		"Alipay":           {map[string]any{"code": at("b"), "wallet": "alipay", "payer": "alipay-li"}, "alipay", 1200},
		"UnionPay":         {map[string]any{"code": at("c"), "wallet": "unionpay"}, "unionpay", 1200},
		"an open code":     {map[string]any{"code": at("open"), "amount_fen": 3405}, "wechat", 3405},
	} {
		code, o := payPage(t, s, c.ask)
		if code != 200 || o["wallet"] != c.wallet || o["amount_fen"] != c.fen || o["state"] != "success" || c.ask["payer"] != nil && o["payer"] != c.ask["payer"] {
			t.Errorf("%s: %d %v", name, code, o)
		}
	}
	for name, c := range map[string]struct {
		ask  map[string]any
		code string
	}{
		"paid":         {map[string]any{"code": at("paid")}, "page_paid"},
		"closed":       {map[string]any{"code": at("closed")}, "page_closed"},
		"no such page": {map[string]any{"code": shop.URL + "/q"}, "page_refused"},
		"JSON":         {map[string]any{"code": at("json")}, "page_refused"},
		"too large":    {map[string]any{"code": at("large")}, "page_refused"},
		"in circles":   {map[string]any{"code": at("loop")}, "page_refused"},
		"off to China": {map[string]any{"code": at("away")}, "code_unknown"},
		"no amount":    {map[string]any{"code": at("open")}, "page_amount"},
		"an amount":    {map[string]any{"code": at("d"), "amount_fen": 5}, "page_amount"},
		"less than 0":  {map[string]any{"code": at("d"), "amount_fen": -5}, "bad_amount"},
		"a piggy":      {map[string]any{"code": at("d"), "wallet": "piggy"}, "bad_wallet"},
		"a stranger":   {map[string]any{"code": at("d"), "payer": "alipay-li"}, "payer_unknown"},
		"nobody there": {map[string]any{"code": "http://127.0.0.1:1/p/x"}, "page_unreachable"},
		"elsewhere":    {map[string]any{"code": "http://192.0.2.1/p/x"}, "code_unknown"},
		"no page":      {map[string]any{"code": "weixin://x", "amount_fen": 5}, "bad_code"},
	} {
		if code, o := payPage(t, s, c.ask); code < 400 || o["code"] != c.code {
			t.Errorf("%s: %d %v, want %s", name, code, o, c.code)
		}
	}
}

// TestPayerHeader: only the wallets of the street learn who holds the phone.
func TestPayerHeader(t *testing.T) {
	s := open(t)
	seen := map[string]string{}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen["shop"] = r.Header.Get(browse.HeaderPayer)
		w.Header().Set("Content-Type", "text/html")
	}))
	defer elsewhere.Close()
	account := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen["wallet"] = r.Header.Get(browse.HeaderPayer)
		http.Redirect(w, r, elsewhere.URL, http.StatusFound)
	}))
	defer account.Close()
	own := func(host string) bool { return strings.HasSuffix(account.URL, host) }
	_, err := browse.Walk(t.Context(), browse.Phone{Wallet: book.WeChat, Payer: "wechat-li", Own: own}, account.URL, 0)
	if err == nil || seen["wallet"] != "wechat-li" || seen["shop"] != "" {
		t.Errorf("%v %v", seen, err)
	}
	for host, want := range map[string]bool{strings.TrimPrefix(s.URL(), "http://"): false, "192.0.2.1:1": false, "127.0.0.1": false} {
		if s.own(host) != want {
			t.Errorf("own(%s) is %t", host, !want)
		}
	}
	for port := range s.walletPorts {
		if !s.own("localhost:"+port) || s.own("192.0.2.1:"+port) {
			t.Errorf("port %s", port)
		}
	}
}

// unchecked is a provider whose app believes whatever a page hands to it.
type unchecked struct{ wallet.Provider }
