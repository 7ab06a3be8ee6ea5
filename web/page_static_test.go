package web_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel/channeltest"
	"guitai/pay"
	"guitai/qr"
	"guitai/store"
)

// sticker puts a static code into the register and returns its path. 0 fen: the
// payer types the amount.
func (h *house) sticker(name string, fen int64, revoked time.Time) string {
	h.t.Helper()
	var token qr.Token
	copy(token[:], name)
	c := guitai.StaticCode{Token: guitai.CodeToken(token.String()), Merchant: h.merchant, Shop: h.tills[0].Shop, Till: h.tills[0].ID,
		Name: name, Amount: guitai.Fen(fen), Request: name, CreatedAt: h.now().UTC().Truncate(time.Microsecond), RevokedAt: revoked}
	if err := h.store.InTx(h.t.Context(), func(tx *store.Tx) error { return tx.InsertStaticCode(c) }); err != nil {
		h.t.Fatal(err)
	}
	return "/p/" + qr.Own{Kind: qr.OwnStatic, Token: token}.Write(qr.OwnKey(h.pay.Secret))
}

// payments counts the first merchant's payments.
func (h *house) payments() int {
	h.t.Helper()
	return len(h.mine().do("GET", "/v1/payments?limit=200", nil).items())
}

func TestStaticCodeWithAnOpenAmount(t *testing.T) {
	h := open(t)
	wallets := fakes(h)
	atPublicAddress(h)
	path := h.sticker("一号柜台", 0, time.Time{})
	anna := phone{h: h, t: t, agent: inWeChat, name: "anna"}
	page := anna.get(path)
	if !strings.Contains(page.body, `name="amount"`) || !strings.Contains(page.body, "500.00") || h.payments() != 0 {
		t.Fatalf("opened: %s", page.body)
	}
	for _, wrong := range []string{"x", "0", "-1", "1.234", "1e3", "99999999999"} {
		if s := anna.press(page, wrong); s.code != 400 || !strings.Contains(s.body, "正确的金额") {
			t.Errorf("amount %q: %d %s", wrong, s.code, s.body)
		}
	}
	action, fields := page.form()
	fields.Set("amount", "12.5")
	var codes []string
	for range 2 { // two taps
		_, code := anna.send("POST", action, fields).order()
		codes = append(codes, code)
	}
	if codes[0] != codes[1] || h.payments() != 1 {
		t.Fatalf("two taps: %d payments", h.payments())
	}
	if err := wallets[guitai.WeChat].PayInside(codes[0], "anna"); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, "paid", func() bool { return h.mine().do("GET", "/v1/payments", nil).items()[0].get("state") == "paid" })
	p := h.mine().do("GET", "/v1/payments", nil).items()[0]
	if p.fen("amount") != 1250 || p.get("till") != string(h.tills[0].ID) || p.get("source") == "" {
		t.Errorf("%v", p.value)
	}
	if s := anna.send("POST", action, fields); s.state() != "paid" || h.payments() != 1 {
		t.Errorf("tapped after it was paid: %s", s.body)
	}
	fields.Set("amount", "12.51") // another amount is another payment
	if _, code := anna.send("POST", action, fields).order(); code == codes[0] || h.payments() != 2 {
		t.Error("another amount got the same order")
	}
	h.pass(11 * time.Minute)
	if s := anna.send("POST", action, fields); s.code != 403 {
		t.Errorf("a page of long ago: %d", s.code)
	}
}

// TestStaticCodeHasADailyLimit: 500 yuan per payer and day of the shop, over
// both amounts that were paid and that still may be.
func TestStaticCodeHasADailyLimit(t *testing.T) {
	h := open(t)
	wallets := fakes(h)
	atPublicAddress(h)
	// Well before midnight in Shanghai.
	now := h.now().In(time.FixedZone("", 8*3600))
	h.pass(time.Duration((36-now.Hour())%24) * time.Hour)
	path := h.sticker("一号柜台", 0, time.Time{})
	pays := func(name, amount string) screen {
		p := phone{h: h, t: t, agent: inWeChat, name: name}
		return p.press(p.get(path), amount)
	}
	_, first := pays("anna", "300").order()
	if err := wallets[guitai.WeChat].PayInside(first, "anna"); err != nil {
		t.Fatal(err)
	}
	over := pays("anna", "200.01")
	if over.code != 429 && over.code != 403 || !strings.Contains(over.body, "限额") {
		t.Fatalf("over the limit: %d %s", over.code, over.body)
	}
	pays("anna", "200").order()
	if s := pays("anna", "0.01"); !strings.Contains(s.body, "限额") {
		t.Errorf("what may still be paid does not count: %s", s.body)
	}
	pays("ben", "500").order()
	if s := pays("cleo", "500.01"); !strings.Contains(s.body, "限额") {
		t.Errorf("more than the limit at once: %s", s.body)
	}
	nameless := phone{h: h, t: t, agent: onPhone}
	if s := nameless.press(nameless.get(path), "500.01"); !strings.Contains(s.body, "限额") {
		t.Errorf("a payer whom nobody names: %s", s.body)
	}
	before := h.payments()
	h.pass(24 * time.Hour)
	pays("anna", "500").order()
	if h.payments() != before+1 {
		t.Error("the next day is not a new day")
	}
}

// TestStaticCodeIsRefused: revoked, a stranger's, or a payment of somebody else.
func TestStaticCodeIsRefused(t *testing.T) {
	h := open(t)
	fakes(h)
	atPublicAddress(h)
	anna := phone{h: h, t: t, agent: inWeChat, name: "anna"}
	gone := h.sticker("旧的", 0, h.now().UTC().Truncate(time.Microsecond).Add(time.Second))
	for method, form := range map[string]url.Values{"GET": nil, "POST": {"amount": {"1"}}} {
		if s := anna.send(method, gone, form); s.code != 410 || !strings.Contains(s.body, "已停用") {
			t.Errorf("%s a revoked code: %d %s", method, s.code, s.body)
		}
	}
	stranger := "/p/" + qr.Own{Kind: qr.OwnStatic, Token: qr.Token{1}}.Write(qr.OwnKey(h.pay.Secret))
	if s := anna.send("GET", stranger, nil); s.code != 404 {
		t.Errorf("a code that was never issued: %d", s.code)
	}
	fixed := h.sticker("咖啡", 1800, time.Time{})
	page := anna.get(fixed)
	if !strings.Contains(page.body, "18.00") || strings.Contains(page.body, `name="amount"`) {
		t.Fatalf("a fixed amount: %s", page.body)
	}
	action, fields := page.form()
	fields.Set("amount", "0.01") // nobody asked
	ready := anna.send("POST", action, fields)
	ready.order()
	if p := h.mine().do("GET", "/v1/payments", nil).items()[0]; p.fen("amount") != 1800 {
		t.Errorf("the payer made the price: %v", p.value)
	}
	// The payment is anna's: who has its address cannot pay in her place.
	next := ready.body[strings.Index(ready.body, `data-next="`)+len(`data-next="`):]
	next = next[:strings.Index(next, "?")]
	ben := phone{h: h, t: t, agent: inWeChat, name: "ben"}
	if s := ben.press(ben.get(next), ""); s.code != 403 || !strings.Contains(s.body, "另一位顾客") {
		t.Errorf("another payer: %d %s", s.code, s.body)
	}
	anna.press(anna.get(next), "").order()
}

// TestPageCodeCanBeRead: the code on the till's screen is what the API says.
func TestPageCodeCanBeRead(t *testing.T) {
	h := open(t)
	atPublicAddress(h)
	h.pay.PublicURL = "https://pay.a-rather-long-name-of-a-shop.example.com"
	a := h.mine().do("POST", "/v1/payments", order{"kind": "show", "amount": money(1250)})
	svg := h.mine().do("GET", "/v1/payments/"+a.get("id")+"/code.svg", nil).want(200)
	if text := a.get("code.text"); !strings.HasPrefix(text, h.pay.PublicURL+"/p/") {
		t.Fatalf("the code says %q", text)
	}
	if got := scanSVG(t, svg.body); got != a.get("code.text") {
		t.Errorf("the picture says %q", got)
	}
}

// TestPayPageAfterALostAnswer: the wallet's answer got lost; the payer waits, and
// gets another order when that one is ended.
func TestPayPageAfterALostAnswer(t *testing.T) {
	h := open(t, policy(func(p *pay.Policy) {
		p.AskEvery, p.CallTimeout, p.Lag = 200*time.Millisecond, time.Second, 0
	}))
	wallets := fakes(h)
	atPublicAddress(h)
	_, path := h.offered(1250)
	p := phone{h: h, t: t, agent: inWeChat, name: "anna"}
	wallets[guitai.WeChat].lossy.Store(true)
	wallets[guitai.WeChat].Inject(channeltest.Call{Op: channeltest.OpShow, Kind: guitai.Show}, channeltest.ErrorAfter)
	page := p.press(p.get(path), "")
	if page.state() != "waiting" {
		t.Fatalf("no answer: %s", page.body)
	}
	for range 200 {
		if page.state() != "waiting" {
			break
		}
		time.Sleep(50 * time.Millisecond)
		page = p.press(page, "")
		wallets[guitai.WeChat].lossy.Store(false)
	}
	if _, code := page.order(); code == "" {
		t.Error(fmt.Sprint("still no order: ", page.body))
	}
}
