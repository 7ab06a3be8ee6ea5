package web_test

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/qr"
)

// slot is eight digits as the tablet keeps them.
type slot struct {
	Slot       int
	Salt, Hash string
}

// load takes one slot.
func (t *tablet) load() slot {
	t.h.t.Helper()
	a := t.do("POST", "/v1/offline/slots", map[string]any{"want": 1, "clock": t.h.now().UTC().Format(time.RFC3339Nano)}).want(200)
	var got struct{ Slots []slot }
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || len(got.Slots) != 1 {
		t.h.t.Fatal(a.body, err)
	}
	return got.Slots[0]
}

// knows reports whether the digits are those of a slot.
func (t *tablet) knows(s slot, digits string) bool {
	t.h.t.Helper()
	h := hmac.New(sha256.New, t.digits)
	h.Write(append(binary.BigEndian.AppendUint32(nil, uint32(s.Slot)), digits...))
	got, err := pbkdf2.Key(sha256.New, string(h.Sum(nil)), b64(t.h.t, s.Salt), 600_000, 32)
	if err != nil {
		t.h.t.Fatal(err)
	}
	return string(got) == string(b64(t.h.t, s.Hash))
}

// shows makes a code without a line, and the path that it leads to.
func (t *tablet) shows(sale string, fen int64, s slot) (qr.Offline, string) {
	t.h.t.Helper()
	sum := sha256.Sum256(t.point)
	o := qr.Offline{Key: qr.Token(sum[:10]), Amount: guitai.Fen(fen), Expires: t.h.now().Add(10 * time.Minute).Truncate(time.Second),
		Slot: uint32(s.Slot), Sale: sale, Tender: "1"}
	copy(o.Nonce[:], sale+"-nonce-0123456789")
	text, err := o.Write(t.code)
	if err != nil {
		t.h.t.Fatal(err)
	}
	return o, "/p/" + text
}

// TestOfflineCodeFromTillToTill: the code that a till made without a line is
// paid, and the page shows what the till believes.
func TestOfflineCodeFromTillToTill(t *testing.T) {
	h := open(t, staffed)
	wallets := fakes(h)
	atPublicAddress(h)
	b := h.tablet().bound().signIn()
	s := b.load()
	code, path := b.shows("sale-1", 1250, s)
	p := phone{h: h, t: t, agent: inWeChat, name: "anna"}
	page := p.get(path)
	if !strings.Contains(page.body, "12.50") || !strings.Contains(page.body, "桂花里便利店") || strings.Contains(page.body, "sale-1") {
		t.Fatalf("the page: %s", page.body)
	}
	_, order := p.press(page, "").order()
	if strings.Contains(p.get(path).body, "confirm\">") {
		t.Fatal("confirmed before it was paid")
	}
	if err := wallets[guitai.WeChat].PayInside(order, "anna"); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, "paid", func() bool { return p.get(path).state() == "paid" })
	first := p.get(path)
	digits := regexp.MustCompile(`class="digits">(\d{4}) (\d{4})<`).FindStringSubmatch(first.body)
	if digits == nil || !strings.Contains(first.body, "请把这个码给收银员扫") || !strings.Contains(first.body, "12.50") {
		t.Fatalf("paid: %s", first.body)
	}
	if !b.knows(s, digits[1]+digits[2]) || b.knows(s, "00000000") {
		t.Errorf("the till does not know %v", digits)
	}
	bill := b.do("GET", "/v1/offline/payments?sale=sale-1&tender=1", nil).want(200)
	if bill.get("payment.state") != "paid" || bill.find("settled") != false {
		t.Errorf("%s", bill.body)
	}
	paid, err := h.pay.Get(t.Context(), h.merchant, guitai.PaymentID(bill.get("payment.id")))
	if err != nil {
		t.Fatal(err)
	}
	c, is, err := h.office.Confirm(t.Context(), paid)
	if err != nil || !is {
		t.Fatal(is, err)
	}
	m, err := qr.Encode(c.QR, qr.Medium)
	if err != nil || !strings.Contains(first.body, m.SVG(0)) {
		t.Fatalf("the picture is another: %v", err)
	}
	got, err := qr.ReadConfirmation(c.QR, qr.Confirmation{Key: code.Key, Nonce: code.Nonce, Amount: code.Amount, Sale: "sale-1", Tender: "1"}, b.confirm)
	if err != nil || got.PaidAt.Sub(h.now()).Abs() > time.Minute {
		t.Errorf("%+v, %v", got, err)
	}
	h.pass(time.Hour) // the phone was dead; the code itself is long over
	if again := p.get(path); !strings.Contains(again.body, digits[0][len(`class="digits">`):]) {
		t.Errorf("later: %s", again.body)
	}
}

// TestOfflineCodeRefused: nothing of it is stored, and the payer reads why.
func TestOfflineCodeRefused(t *testing.T) {
	h := open(t, staffed)
	fakes(h)
	atPublicAddress(h)
	b := h.tablet().bound().signIn()
	p := phone{h: h, t: t, agent: inWeChat, name: "anna"}
	says := func(what, path, words string, status int) {
		t.Helper()
		if s := p.get(path); s.code != status || !strings.Contains(s.body, words) || strings.Contains(s.body, "<form") {
			t.Errorf("%s: %d %s", what, s.code, s.body)
		}
	}
	stranger := h.tablet()
	_, path := stranger.shows("sale-1", 100, slot{})
	says("an unknown key", path, "不是本店有效的收款码", 404)
	o, path := b.shows("sale-1", 100, slot{})
	says("a bent code", path[:len(path)-2]+"AA", "不是本店有效的收款码", 404)
	o.Amount.Fen = 1
	forged, err := o.Write(stranger.code)
	if err != nil {
		t.Fatal(err)
	}
	says("sealed by another", "/p/"+forged, "不是本店有效的收款码", 404)
	h.pass(13 * time.Minute)
	says("too late", path, "已过期", 409)
	_, ahead := b.shows("sale-1", 100, slot{})
	h.pass(-5 * time.Minute)
	says("a clock put forward", ahead, "时间不准", 409)
	if n := len(h.mine().do("GET", "/v1/payments", nil).want(200).items()); n != 0 {
		t.Errorf("%d payments were stored", n)
	}

	_, path = b.shows("sale-2", 100, slot{})
	if s := p.get(path); s.code != 200 {
		t.Fatalf("%s", s.body)
	}
	_, dearer := b.shows("sale-2", 200, slot{})
	says("another amount", dearer, "另一个金额", 409)
	settled := b.do("POST", "/v1/offline/settled", map[string]string{"sale": "sale-2", "tender": "1"}).want(200)
	if settled.get("payment.state") != "closed" || settled.find("settled") != true {
		t.Errorf("%s", settled.body)
	}
	says("settled otherwise", path, "已用别的方式付过", 409)
	b.do("POST", "/v1/offline/settled", map[string]string{"sale": "", "tender": "1"}).wantProblem(400, "id_malformed", "sale")
	h.as(h.otherKey).do("GET", "/v1/offline/payments?"+url.Values{"sale": {"sale-2"}, "tender": {"1"}}.Encode(), nil).want(200)
	h.mine().do("POST", "/v1/tills/"+string(h.tills[0].ID)+"/keys/"+b.name+"/revoke", nil).want(200)
	_, path = b.shows("sale-3", 100, slot{})
	says("a revoked key", path, "已停用", 409)
}
