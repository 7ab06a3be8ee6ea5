package web_test

import (
	"context"
	"encoding/json"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
)

// The apps by whose browsers the page is opened.
const (
	inWeChat  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50"
	inAlipay  = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Mobile Safari/537.36 AlipayClient/10.6.0"
	inUnion   = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Mobile Safari/537.36 com.unionpay.CloudPay"
	onPhone   = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
	onDesktop = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
)

// patient is the way to a Fake in real time: it may miss its own answer by a
// hair, and is then asked until it says what it did.
type patient struct {
	*channeltest.Fake
	lossy atomic.Bool // an answer that is lost stays lost
}

func (p *patient) ShowInside(ctx context.Context, s channel.Show, payer string) channel.Answer {
	a := p.Fake.ShowInside(ctx, s, payer)
	for a.Outcome == channel.Unknown && !p.lossy.Load() {
		a = p.Fake.ShowInside(ctx, s, payer)
	}
	return a
}

// fakes puts wallets in memory where the street's are, with payers who pay only
// when they are told to.
func fakes(h *house) map[guitai.Wallet]*patient {
	out := map[guitai.Wallet]*patient{}
	for w, like := range map[guitai.Wallet]func(channeltest.FakeOptions) channeltest.FakeOptions{
		guitai.WeChat: channeltest.LikeWeChat, guitai.Alipay: channeltest.LikeAlipay} {
		f := channeltest.NewFake(like(channeltest.FakeOptions{Rand: rand.New(rand.NewPCG(1, 2)), Now: time.Now, Latency: 8 * time.Millisecond,
			Notify: func(n channel.RawNotice) channel.NoticeReply {
				reply, err := h.pay.Notice(h.t.Context(), account(w), n)
				if err != nil {
					h.t.Logf("notice: %v", err)
				}
				return reply
			}}))
		h.t.Cleanup(f.Close)
		out[w] = &patient{Fake: f}
		h.pay.Channels[account(w)] = out[w]
	}
	return out
}

// atPublicAddress lets payers reach the house.
func atPublicAddress(h *house) { h.pay.PublicURL = h.url }

// phone is a payer's browser.
type phone struct {
	h     *house
	t     testing.TB
	agent string
	name  string // of the payer at the wallet; empty: an app that proves nothing
	lang  string
}

// screen is what the phone shows.
type screen struct {
	t      testing.TB
	code   int
	header http.Header
	body   string
	at     string // the address it came from
}

// get opens an address and follows it over the wallet's gate, as an app does.
func (p phone) get(address string) screen {
	p.t.Helper()
	s := p.send("GET", address, nil)
	if to := s.header.Get("Location"); s.code == http.StatusFound && strings.HasPrefix(to, "https://wallet.invalid/") {
		back, err := channeltest.Knock(to, p.name)
		if err != nil {
			p.t.Fatal(err)
		}
		return p.send("GET", strings.TrimPrefix(back, p.h.url), nil)
	}
	return s
}

func (p phone) send(method, path string, form url.Values) screen {
	p.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, p.h.url+path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("User-Agent", p.agent)
	req.Header.Set("Accept-Language", p.lang)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	c := http.Client{Transport: p.h.http.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	s := screen{p.t, resp.StatusCode, resp.Header, string(b), path}
	s.sound()
	return s
}

// sound checks what holds for every page: small, nothing from elsewhere, nothing
// that runs without this answer's nonce.
func (s screen) sound() {
	s.t.Helper()
	if !strings.HasPrefix(s.header.Get("Content-Type"), "text/html") || s.code/100 == 3 {
		return
	}
	if len(s.body) >= 20<<10 {
		s.t.Errorf("%s: the page has %d bytes", s.at, len(s.body))
	}
	for _, m := range regexp.MustCompile(`(?:src|href|action|url)="?=?([^" >]+)`).FindAllStringSubmatch(s.body, -1) {
		if strings.Contains(m[1], "//") {
			s.t.Errorf("%s: the page reaches out to %s", s.at, m[1])
		}
	}
	policy := s.header.Get("Content-Security-Policy")
	nonce := regexp.MustCompile(`nonce-([A-Z2-7]{26})'`).FindStringSubmatch(policy)
	if nonce == nil || strings.Contains(policy, "unsafe") {
		s.t.Fatalf("%s: policy %q", s.at, policy)
	}
	for _, tag := range regexp.MustCompile(`<(script|style)[^>]*>`).FindAllString(s.body, -1) {
		if !strings.Contains(tag, `nonce="`+nonce[1]+`"`) && !strings.Contains(tag, `type="application/json"`) {
			s.t.Errorf("%s: %s has no nonce", s.at, tag)
		}
	}
	if strings.Contains(s.body, "ZgotmplZ") || s.header.Get("Set-Cookie") != "" {
		s.t.Errorf("%s: %q", s.at, s.body)
	}
}

// state is the data-state of the page.
func (s screen) state() string {
	if m := regexp.MustCompile(`<main data-state="([a-z]+)"`).FindStringSubmatch(s.body); m != nil {
		return m[1]
	}
	return ""
}

// form reads the form of the page.
func (s screen) form() (action string, fields url.Values) {
	s.t.Helper()
	m := regexp.MustCompile(`<form id="pay" method="post" action="([^"]+)"`).FindStringSubmatch(s.body)
	if m == nil {
		s.t.Fatalf("%s (%d): no form in %s", s.at, s.code, s.body)
	}
	fields = url.Values{}
	for _, in := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`).FindAllStringSubmatch(s.body, -1) {
		fields.Set(in[1], html.UnescapeString(in[2]))
	}
	return html.UnescapeString(m[1]), fields
}

// press presses the button; with an amount where the page asks for one.
func (p phone) press(s screen, amount string) screen {
	p.t.Helper()
	action, fields := s.form()
	if amount != "" {
		fields.Set("amount", amount)
	}
	return p.send("POST", action, fields)
}

// order is what the app's script is handed.
func (s screen) order() (wallet string, code string) {
	s.t.Helper()
	m := regexp.MustCompile(`(?s)<script id="order" type="application/json">(.*?)</script>`).FindStringSubmatch(s.body)
	if m == nil {
		s.t.Fatalf("%s (%d): no order in %s", s.at, s.code, s.body)
	}
	var out struct {
		Wallet string            `json:"wallet"`
		Params map[string]string `json:"params"`
	}
	if err := json.Unmarshal([]byte(m[1]), &out); err != nil {
		s.t.Fatal(err)
	}
	b, err := json.Marshal(out.Params)
	if err != nil {
		s.t.Fatal(err)
	}
	return out.Wallet, string(b)
}

// offered asks for our own code over the API and returns its path.
func (h *house) offered(fen int64) (id, path string) {
	h.t.Helper()
	a := h.mine().do("POST", "/v1/payments", order{"kind": "show", "amount": money(fen), "description": "豆浆与油条", "expires_in": 60,
		"metadata": map[string]string{"item_1": "豆浆 × 2  6.00", "item_2": "油条 <b> 6.50", "secret": "geheim"}})
	a.want(200)
	path, ok := strings.CutPrefix(a.get("code.text"), h.url)
	if a.get("state") != "waiting" || !ok || len(path) != len("/p/")+36 {
		h.t.Fatalf("offered: %s", a.body)
	}
	return a.get("id"), path
}

func TestPayPageFromCodeToPaid(t *testing.T) {
	h := open(t)
	wallets := fakes(h)
	atPublicAddress(h)
	for _, tt := range []struct {
		wallet guitai.Wallet
		agent  string
	}{{guitai.WeChat, inWeChat}, {guitai.Alipay, inAlipay}} {
		id, path := h.offered(1250)
		p := phone{h: h, t: t, agent: tt.agent, name: "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"}
		page := p.get(path)
		for _, want := range []string{"桂花里便利店", "12.50", "豆浆与油条", "豆浆 × 2  6.00", "油条 &lt;b&gt; 6.50"} {
			if !strings.Contains(page.body, want) {
				t.Errorf("the page does not say %q: %s", want, page.body)
			}
		}
		for _, no := range []string{"geheim", p.name, id} {
			if strings.Contains(page.body, no) {
				t.Errorf("the page says %q", no)
			}
		}
		ready := p.press(page, "")
		wallet, code := ready.order()
		if wallet != string(tt.wallet) {
			t.Fatalf("an order for %s", wallet)
		}
		if _, twice := p.press(page, "").order(); twice != code {
			t.Fatal("pressed twice: another order")
		}
		if s := p.get(path + "?after=1"); s.state() != "waiting" {
			t.Fatalf("before it is paid: %s", s.body)
		}
		if err := wallets[tt.wallet].PayInside(code, p.name); err != nil {
			t.Fatal(err)
		}
		within(t, 20*time.Second, "paid", func() bool { return h.mine().do("GET", "/v1/payments/"+id, nil).get("state") == "paid" })
		for _, address := range []string{path, path + "?after=1"} {
			if s := p.get(address); s.state() != "paid" || !strings.Contains(s.body, "付款成功") || !strings.Contains(s.body, "12.50") {
				t.Errorf("after it was paid: %s", s.body)
			}
		}
		if s := p.press(page, ""); s.state() != "paid" {
			t.Errorf("pressed after it was paid: %s", s.body)
		}
	}
}

// TestPayPageChangesHands: another payer waits until the first order is ended,
// then gets an order of his own.
func TestPayPageChangesHands(t *testing.T) {
	h := open(t)
	wallets := fakes(h)
	atPublicAddress(h)
	_, path := h.offered(1250)
	anna := phone{h: h, t: t, agent: inWeChat, name: "anna"}
	ben := phone{h: h, t: t, agent: inWeChat, name: "ben"}
	_, first := anna.press(anna.get(path), "").order()
	page := ben.press(ben.get(path), "")
	for page.state() == "waiting" { // the page presses its button by itself
		time.Sleep(100 * time.Millisecond)
		page = ben.press(page, "")
	}
	_, second := page.order()
	if second == first || wallets[guitai.WeChat].PayInside(first, "anna") == nil {
		t.Fatal("two orders at once")
	}
	if err := wallets[guitai.WeChat].PayInside(second, "ben"); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, "paid", func() bool { return ben.get(path).state() == "paid" })
}

func TestPayPageEnds(t *testing.T) {
	h := open(t)
	wallets := fakes(h)
	atPublicAddress(h)
	p := phone{h: h, t: t, agent: inWeChat, name: "anna"}

	t.Run("refused, then again", func(t *testing.T) {
		_, path := h.offered(1250)
		wallets[guitai.WeChat].Say(channeltest.Call{Op: channeltest.OpShow, Kind: guitai.Show}, string(guitai.CodeRiskRefused))
		no := p.press(p.get(path), "")
		if no.state() != "failed" || !strings.Contains(no.body, "可以再试") {
			t.Fatalf("refused: %s", no.body)
		}
		if _, code := p.press(no, "").order(); code == "" {
			t.Fatal("not again")
		}
	})
	t.Run("closed by the shop", func(t *testing.T) {
		id, path := h.offered(1250)
		h.mine().do("POST", "/v1/payments/"+id+"/close", nil).want(200)
		if s := p.get(path); s.state() != "closed" || !strings.Contains(s.body, "已取消") {
			t.Fatalf("closed: %s", s.body)
		}
	})
	t.Run("lapsed", func(t *testing.T) {
		_, path := h.offered(1250)
		page := p.get(path)
		h.pass(70 * time.Second)
		within(t, 10*time.Second, "closed", func() bool { return p.get(path).state() == "closed" })
		if s := p.press(page, ""); s.state() != "closed" || !strings.Contains(s.body, "过期") {
			t.Fatalf("pressed too late: %s", s.body)
		}
	})
}

// TestPayPageRefuses: codes that are not ours, pages that were brought back from
// elsewhere, and apps whose wallet is not taken.
func TestPayPageRefuses(t *testing.T) {
	h := open(t)
	fakes(h)
	atPublicAddress(h)
	_, path := h.offered(1250)
	_, other := h.offered(900)
	p := phone{h: h, t: t, agent: inWeChat, name: "anna"}
	action, fields := p.get(path).form()
	bent := []byte(path)
	bent[12] ^= 1
	for _, address := range []string{string(bent), "/p/x", "/p/" + strings.Repeat("A", 36), path + "A"} {
		if s := p.get(address); s.code != 404 || !strings.Contains(s.body, "不是本店的收款码") {
			t.Errorf("%s: %d %s", address, s.code, s.body)
		}
	}
	who := fields.Get("who")
	for name, s := range map[string]screen{
		"without the payer":        p.send("POST", action, url.Values{}),
		"a payer bent":             p.send("POST", action, url.Values{"who": {"A" + who[1:]}}),
		"a payer of another code":  p.send("POST", other, url.Values{"who": {who}}),
		"a state of another code":  p.send("GET", other+"?fake_payer=eve&state="+who, nil),
		"a state that nobody made": p.send("GET", path+"?fake_payer=eve&state=abc", nil),
		"a wallet it cannot open":  phone{h: h, t: t, agent: onPhone}.send("POST", action, url.Values{"wallet": {"wechat"}}),
	} {
		if s.code != 403 || strings.Contains(s.body, `id="order"`) {
			t.Errorf("%s: %d %s", name, s.code, s.body)
		}
	}
	if s := (phone{h: h, t: t, agent: inUnion}).get(path); s.code != 200 || !strings.Contains(s.body, "没有开通云闪付") || strings.Contains(s.body, "<form") {
		t.Errorf("in an app whose wallet is not taken: %s", s.body)
	}
	h.pass(11 * time.Minute)
	_, fresh := h.offered(1)
	if s := p.send("POST", fresh, url.Values{"who": {who}}); s.code != 403 {
		t.Errorf("a page of long ago: %d", s.code)
	}
}

// TestPayPageInPlainBrowsers: a desktop shows the code, a phone offers Alipay
// besides, by Alipay's own address.
func TestPayPageInPlainBrowsers(t *testing.T) {
	h := open(t)
	atPublicAddress(h) // over the street's wallets
	id, path := h.offered(1250)
	desk := phone{h: h, t: t, agent: onDesktop}.get(path)
	if !strings.Contains(desk.body, "<svg") || strings.Contains(desk.body, "<button") || !strings.Contains(desk.body, "微信、支付宝") && !strings.Contains(desk.body, "支付宝、微信") {
		t.Errorf("on a desktop: %s", desk.body)
	}
	p := phone{h: h, t: t, agent: onPhone}
	sent := p.press(p.get(path), "")
	to := sent.header.Get("Location")
	if sent.code != 303 || !strings.HasPrefix(to, "https://qr.alipay.com/") {
		t.Fatalf("on a phone: %d to %q: %s", sent.code, to, sent.body)
	}
	if again := p.press(p.get(path), ""); again.header.Get("Location") != to {
		t.Error("pressed again: another order")
	}
	h.payShown(to)
	within(t, 20*time.Second, "paid", func() bool { return h.mine().do("GET", "/v1/payments/"+id, nil).get("state") == "paid" })
}

// TestPayPageSpeaks: three languages, by Accept-Language.
func TestPayPageSpeaks(t *testing.T) {
	h := open(t)
	fakes(h)
	atPublicAddress(h)
	_, path := h.offered(1250)
	for lang, want := range map[string]string{"": "用微信付款", "zh-TW": "收款方均由", "en-GB": "Pay with WeChat"} {
		s := phone{h: h, t: t, agent: inWeChat, name: "anna", lang: lang}.get(path)
		if !strings.Contains(s.body, want) || strings.Contains(s.body, "%!") || strings.Contains(s.body, "%s") {
			t.Errorf("%q: %s", lang, s.body)
		}
	}
}

// TestPayPageLimits: one address cannot press without end.
func TestPayPageLimits(t *testing.T) {
	h := open(t)
	fakes(h)
	atPublicAddress(h)
	_, path := h.offered(1250)
	p := phone{h: h, t: t, agent: onDesktop}
	for range 200 {
		if s := p.send("POST", path, url.Values{}); s.code == 429 {
			if !strings.Contains(s.body, "太频繁") {
				t.Errorf("limited: %s", s.body)
			}
			return
		}
	}
	t.Error("nobody stopped 200 presses")
}
