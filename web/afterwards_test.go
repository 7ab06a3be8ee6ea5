package web_test

import (
	"bytes"
	"errors"
	"image"
	_ "image/png"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
	"guitai/store"
)

// TestRefunds: in parts, to the last fen, and seen from everywhere.
func TestRefunds(t *testing.T) {
	h := open(t, staffed)
	id := h.paid(1000)
	path := "/v1/payments/" + id
	cashier := h.person("101", cashierPIN)
	part := cashier.do("POST", path+"/refunds", map[string]any{"amount": money(300), "reason": "少一瓶"}).want(200)
	if part.get("kind") != "refund" || part.get("payment") != id || part.get("reason") != "少一瓶" || part.fen("amount") != 300 {
		t.Errorf("%s", part.body)
	}
	within(t, 20*time.Second, "the refund is done", func() bool {
		return h.mine().do("GET", "/v1/refunds/"+part.get("id"), nil).want(200).get("state") == "done"
	})
	p := h.mine().do("GET", path, nil).want(200)
	if p.fen("refunded") != 300 || p.fen("refundable") != 700 || p.get("state") != "paid" {
		t.Errorf("%s", p.body)
	}
	h.mine().do("POST", path+"/void", nil).wantProblem(409, "not_voidable", "")
	h.mine().do("POST", path+"/refunds", map[string]any{"amount": money(700)}).want(200)
	h.mine().do("POST", path+"/refunds", map[string]any{"amount": money(1)}).wantProblem(409, "refund_exceeds", "")
	all := h.mine().do("GET", path+"/refunds", nil).want(200).items()
	if len(all) != 2 || all[0].get("id") != part.get("id") {
		t.Errorf("%d refunds", len(all))
	}
}

// TestVoid: on the same day as a whole; on the next day no more.
func TestVoid(t *testing.T) {
	h := open(t)
	id := h.paid(1000)
	v := h.mine().do("POST", "/v1/payments/"+id+"/void", `{"reason":"wrong table"}`).want(200)
	if v.get("kind") != "void" || v.fen("amount") != 1000 || v.get("reason") != "wrong table" {
		t.Errorf("%s", v.body)
	}
	within(t, 20*time.Second, "the void is done", func() bool {
		return h.mine().do("GET", "/v1/payments/"+id, nil).want(200).fen("refunded") == 1000
	})
	h.mine().do("POST", "/v1/payments/"+id+"/refunds", map[string]any{"amount": money(1)}).wantProblem(409, "refund_exceeds", "")
	old := h.paid(500)
	h.pass(24 * time.Hour)
	h.mine().do("POST", "/v1/payments/"+old+"/void", nil).wantProblem(409, "not_voidable", "")
}

// TestTimeline: each message and change, masked.
func TestTimeline(t *testing.T) {
	h := open(t)
	id := h.paid(1000)
	steps := h.mine().do("GET", "/v1/payments/"+id+"/timeline", nil).want(200).items()
	var kinds []string
	for _, s := range steps {
		kinds = append(kinds, s.get("kind")+" "+s.get("op")+" "+s.get("from")+">"+s.get("to"))
	}
	told := strings.Join(kinds, "\n")
	if !strings.Contains(told, "message micropay >") || !strings.Contains(told, "state paid asked>paid") {
		t.Errorf("%s", told)
	}
	if s := steps[0]; s.get("out") == "" || s.get("in") == "" || s.value["http"] != 200.0 || s.get("at") == "" {
		t.Errorf("the first step: %v", s.value)
	}
}

// TestCodeImage: the picture says what the text says.
func TestCodeImage(t *testing.T) {
	h := open(t)
	for _, w := range []string{"wechat", "alipay"} {
		p := h.mine().do("POST", "/v1/payments", show(w, 100)).want(200)
		a := h.mine().do("GET", p.get("code.image"), nil).want(200)
		if a.header.Get("Content-Type") != "image/svg+xml" {
			t.Errorf("%v", a.header)
		}
		if got := scanSVG(t, a.body); got != p.get("code.text") {
			t.Errorf("%s: scanned %q, want %q", w, got, p.get("code.text"))
		}
	}
	scanned := h.paid(100)
	h.mine().do("GET", "/v1/payments/"+scanned+"/code.svg", nil).wantProblem(409, "payment_not_open", "")
}

// scanSVG draws the bars of a code's picture and reads them as a phone does.
func scanSVG(t *testing.T, svg string) string {
	t.Helper()
	return testkit.ScanQR(t, drawSVG(t, svg))
}

// TestReceipts: each format, for the sale and for a refund of it.
func TestReceipts(t *testing.T) {
	h := open(t, staffed)
	c := h.person("101", cashierPIN)
	a := c.do("POST", "/v1/payments", scan(h.payerCode(guitai.Alipay, ""), 1250).but("description", "桂花糕 <b>")).want(200)
	path := "/v1/payments/" + a.get("id") + "/receipt"
	text := c.do("GET", path+"?format=text&lang=zh-Hans", nil).want(200)
	for _, word := range []string{"桂花里便利店", "消费", "12.50", "支付宝", "已支付", a.get("receipt_no"), "桂花糕", "101"} {
		if !strings.Contains(text.body, word) {
			t.Errorf("the slip lacks %s:\n%s", word, text.body)
		}
	}
	if en := c.do("GET", path+"?format=text&lang=en&width=58", nil).want(200).body; !strings.Contains(en, "SALE") || strings.Contains(en, "消费") {
		t.Errorf("%s", en)
	}
	html := c.do("GET", path, nil).want(200)
	if html.header.Get("Content-Type") != "text/html; charset=utf-8" || strings.Contains(html.body, "<b>") || !strings.Contains(html.body, "12.50") {
		t.Errorf("%s", html.body)
	}
	png := c.do("GET", path+"?format=png&width=80", nil).want(200)
	if img, _, err := image.Decode(strings.NewReader(png.body)); err != nil || img.Bounds().Dx() < 500 {
		t.Errorf("%v", err)
	}
	raw := c.do("GET", path+"?format=escpos", nil).want(200)
	if !strings.HasPrefix(raw.body, "\x1b@") || raw.header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%q", raw.body[:min(20, len(raw.body))])
	}
	back := h.person("201", managerPIN).do("POST", "/v1/payments/"+a.get("id")+"/refunds", map[string]any{"amount": money(250), "reason": "碎了"}).want(200)
	slip := c.do("GET", path+"?format=text&refund="+back.get("id"), nil).want(200).body
	for _, word := range []string{"退款", "2.50", "碎了", back.get("refund_no"), a.get("receipt_no"), "201"} {
		if !strings.Contains(slip, word) {
			t.Errorf("the refund's slip lacks %s:\n%s", word, slip)
		}
	}
}

// paperMachine is a receipt printer that keeps what it gets.
type paperMachine struct {
	net.Listener
	answer byte // to DLE EOT 4: 0x12 paper, 0x72 none
	mu     sync.Mutex
	paper  bytes.Buffer
}

func startPrinter(t *testing.T, answer byte) *paperMachine {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &paperMachine{Listener: l, answer: answer}
	var done sync.WaitGroup
	done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			m.serve(c)
		}
	})
	t.Cleanup(func() {
		l.Close()
		done.Wait()
	})
	return m
}

// serve answers the three questions and keeps everything else.
func (m *paperMachine) serve(c net.Conn) {
	defer c.Close()
	b := make([]byte, 1<<16)
	for {
		n, err := c.Read(b)
		m.mu.Lock()
		m.paper.Write(b[:n])
		m.mu.Unlock()
		if i := bytes.LastIndex(b[:n], []byte{0x10, 0x04}); i >= 0 && i+2 < n {
			reply := byte(0x12)
			if b[i+2] == 4 {
				reply = m.answer
			}
			if _, err := c.Write([]byte{reply}); err != nil {
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return
			}
			return
		}
	}
}

// TestPrint: where the person stands, where the program says, and what a
// printer may say.
func TestPrint(t *testing.T) {
	h := open(t, staffed)
	printer := startPrinter(t, 0x12)
	empty := startPrinter(t, 0x72)
	set := func(i int, at string) {
		if err := h.office.SetPrinter(t.Context(), h.tills[i].ID, at, h.tills[i].Paper); err != nil {
			t.Fatal(err)
		}
	}
	set(0, printer.Addr().String())
	set(1, empty.Addr().String())
	c := h.person("101", cashierPIN)
	id := c.do("POST", "/v1/payments", scan(h.payerCode(guitai.WeChat, ""), 1250)).want(200).get("id")
	if s := c.do("POST", "/v1/payments/"+id+"/print", map[string]bool{"copy": true}).want(200).get("state"); s != "printed" {
		t.Errorf("state %q", s)
	}
	printer.mu.Lock()
	if !bytes.Contains(printer.paper.Bytes(), []byte("\x1b@")) || printer.paper.Len() < 500 {
		t.Errorf("%d bytes came out", printer.paper.Len())
	}
	printer.mu.Unlock()
	other := h.mine().do("POST", "/v1/payments", show("wechat", 1).but("till", string(h.tills[1].ID))).want(200).get("id")
	a := h.mine().do("POST", "/v1/payments/"+other+"/print", nil).wantProblem(503, "printer_paper_out", "")
	if a.get("money_moved") != "no" {
		t.Errorf("%s", a.body)
	}
	nowhere := h.mine().do("POST", "/v1/payments", show("wechat", 1)).want(200).get("id")
	h.mine().do("POST", "/v1/payments/"+nowhere+"/print", nil).wantProblem(503, "printer_none", "")
	set(0, "127.0.0.1:1")
	c.do("POST", "/v1/payments/"+id+"/print", nil).wantProblem(503, "printer_unreachable", "")
	c.do("POST", "/v1/payments/"+id+"/print", map[string]string{"refund": "none"}).wantProblem(404, "refund_not_found", "")
	h.mine().do("GET", "/v1/payments/"+id, nil).want(200)
}

// late puts money into suspense: a shown code that we hold for closed is paid,
// and the wallet's notice tells of it.
func (h *house) late(fen int64) (payment, suspense string) {
	h.t.Helper()
	shown := h.mine().do("POST", "/v1/payments", show("wechat", fen)).want(200)
	err := h.store.InTx(h.t.Context(), func(tx *store.Tx) error {
		p, err := tx.Payment(h.merchant, guitai.PaymentID(shown.get("id")))
		if err != nil {
			return err
		}
		then := tx.Now().Add(-time.Minute)
		next, _ := p.Apply(guitai.Event{Attempt: 1, Kind: guitai.EventClose, Reason: guitai.CodeClosedByMerchant}, then)
		next, _ = next.Apply(guitai.Event{Attempt: 1, Kind: guitai.EventClosed}, then)
		next.Version = p.Version + 1
		return tx.UpdatePayment(next, p.Version)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.payShown(shown.get("code.text"))
	within(h.t, 20*time.Second, "late money is noticed", func() bool {
		all := h.mine().do("GET", "/v1/suspense", nil).want(200).items()
		for _, s := range all {
			if s.get("payment") == shown.get("id") {
				suspense = s.get("id")
			}
		}
		return suspense != ""
	})
	return shown.get("id"), suspense
}

// TestSuspense: late money is seen, and a manager decides about it.
func TestSuspense(t *testing.T) {
	h := open(t, staffed)
	id, sus := h.late(700)
	p := h.mine().do("GET", "/v1/payments/"+id, nil).want(200)
	if p.get("state") != "closed" || !strings.Contains(p.body, sus) || !strings.Contains(p.body, `"reason":"late"`) {
		t.Errorf("%s", p.body)
	}
	cashier, manager := h.person("101", cashierPIN), h.person("201", managerPIN)
	list := cashier.do("GET", "/v1/suspense", nil).want(200).items()
	if len(list) != 1 || list[0].get("id") != sus || list[0].get("payment") != id || list[0].fen("amount") != 700 || list[0].get("return_at") == "" {
		t.Fatalf("%v", list)
	}
	if n := len(h.as(h.otherKey).do("GET", "/v1/suspense", nil).want(200).items()); n != 0 {
		t.Errorf("another merchant sees %d", n)
	}
	for _, act := range []string{"/attach", "/return"} {
		cashier.do("POST", "/v1/suspense/"+sus+act, nil).wantProblem(403, "role_forbidden", "")
		h.as(h.otherKey).do("POST", "/v1/suspense/"+sus+act, nil).wantProblem(404, "suspense_not_found", "")
		manager.do("POST", "/v1/suspense/none"+act, nil).wantProblem(404, "suspense_not_found", "")
	}
	got := manager.do("POST", "/v1/suspense/"+sus+"/attach", nil).want(200)
	if got.get("state") != "paid" || got.fen("refundable") != 700 {
		t.Errorf("%s", got.body)
	}
	manager.do("POST", "/v1/suspense/"+sus+"/attach", nil).wantProblem(409, "not_attachable", "")
	manager.do("POST", "/v1/suspense/"+sus+"/return", nil).wantProblem(409, "not_attachable", "")
	_, second := h.late(300)
	back := h.mine().do("POST", "/v1/suspense/"+second+"/return", nil).want(200)
	if back.get("kind") != "give_back" || back.fen("amount") != 300 {
		t.Errorf("%s", back.body)
	}
	again := h.mine().do("POST", "/v1/suspense/"+second+"/return", nil).want(200)
	if again.get("id") != back.get("id") {
		t.Errorf("given back twice: %s %s", back.body, again.body)
	}
}
