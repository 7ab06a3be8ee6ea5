package sandbox_test

import (
	"strings"
	"testing"
	"time"
)

func TestNoticeOfPaymentAndRefund(t *testing.T) {
	dir := newDir(t)
	s, m, e := openStreet(t, dir, 20), newMerchant(t, dir), newEar(t)
	for _, serial := range []string{"", m.c.PublicKeyID} {
		m.serial = serial
		no := "order-" + map[string]string{"": "cert", m.c.PublicKeyID: "key"}[serial]
		code := m.shown(no, 1250, e.URL+"/pay")
		must200(t, s, "POST", "/control/pay", `{"code":"`+code+`"}`)
		h := e.next(t)
		event, text := noticeText(t, m, h)
		amount := text["amount"].(map[string]any)
		if event != "TRANSACTION.SUCCESS" || text["out_trade_no"] != no || text["trade_state"] != "SUCCESS" || amount["total"] != 1250.0 || amount["payer_total"] != 1250.0 {
			t.Errorf("%s %v", event, text)
		}
		want := m.certNo
		if serial != "" {
			want = serial
		}
		if got := h.header.Get("Wechatpay-Serial"); got != want {
			t.Errorf("signed by %s, want %s", got, want)
		}
		m.v3("POST", "/v3/refund/domestic/refunds", map[string]any{"out_trade_no": no, "out_refund_no": no + "-r", "notify_url": e.URL + "/refund",
			"amount": map[string]any{"refund": 50, "total": 1250, "currency": "CNY"}})
		event, text = noticeText(t, m, e.next(t))
		if event != "REFUND.SUCCESS" || text["refund_status"] != "SUCCESS" || text["out_refund_no"] != no+"-r" || text["amount"].(map[string]any)["refund"] != 50.0 {
			t.Errorf("%s %v", event, text)
		}
	}
	m.micropay("scan-1", "100", payerCode(t, s, ""))
	e.silent(t, 300*time.Millisecond) // code pay sends no notice, and nothing is told twice
}

func TestNoticeIsRepeatedBySchedule(t *testing.T) {
	dir := newDir(t)
	const speed = 50 // 15 s, 15 s, 30 s become 0.3, 0.3 and 0.6 s
	s, m, e := openStreet(t, dir, speed), newMerchant(t, dir), newEar(t)
	for _, code := range []int{500, 404, 302} {
		e.reply <- code
	}
	code := m.shown("order-0001", 1250, e.URL)
	must200(t, s, "POST", "/control/pay", `{"code":"`+code+`"}`)
	last := e.next(t)
	for i, gap := range []time.Duration{15 * time.Second, 15 * time.Second, 30 * time.Second} {
		h := e.next(t)
		want := gap / speed
		if got := h.at.Sub(last.at); got < want-20*time.Millisecond || got > want+2*time.Second {
			t.Errorf("gap %d: %v, want %v", i+1, got, want)
		}
		if string(h.body) == string(last.body) {
			t.Error("a delivery was not sealed anew")
		}
		last = h
	}
	e.silent(t, 400*time.Millisecond)
	notices := must200(t, s, "GET", "/control/notices?wallet=wechat", "")["notices"].([]any)
	if n := notices[0].(map[string]any); n["state"] != "taken" || n["tries"] != 4.0 {
		t.Errorf("%v", n)
	}
}

func TestNoticeOutlivesARestart(t *testing.T) {
	dir := newDir(t)
	s, m, e := openStreet(t, dir, 50), newMerchant(t, dir), newEar(t)
	e.reply <- 500
	code := m.shown("order-0001", 1250, e.URL)
	must200(t, s, "POST", "/control/pay", `{"code":"`+code+`"}`)
	e.next(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openStreet(t, dir, 50)
	if _, text := noticeText(t, newMerchant(t, dir), e.next(t)); text["out_trade_no"] != "order-0001" {
		t.Errorf("%v", text)
	}
}

func TestFaultsOfNotices(t *testing.T) {
	dir := newDir(t)
	s, m, e := openStreet(t, dir, 50), newMerchant(t, dir), newEar(t)
	pay := func(no string) {
		code := m.shown(no, 1250, e.URL)
		must200(t, s, "POST", "/control/pay", `{"code":"`+code+`"}`)
	}
	rule := func(kind, more string) {
		must200(t, s, "POST", "/control/faults", `{"provider":"wechat","op":"notice","kind":"`+kind+`","count":1`+more+`}`)
	}
	total := func(h heard) any { _, text := noticeText(t, m, h); return text["amount"].(map[string]any)["total"] }

	rule("duplicate_notice", "")
	pay("dup-01")
	if a, b := e.next(t), e.next(t); total(a) != 1250.0 || total(b) != 1250.0 {
		t.Error("duplicate differs")
	}
	rule("wrong_amount", "")
	pay("amount-01")
	if got := total(e.next(t)); got != 1251.0 {
		t.Errorf("wrong amount: %v", got)
	}
	rule("drop_notice", "")
	pay("drop-01")
	if got := total(e.next(t)); got != 1250.0 { // by the schedule
		t.Errorf("after the drop: %v", got)
	}
	for _, kind := range []string{"forged_notice", "signtest_probe"} {
		rule(kind, "")
		e.reply <- 401
		pay(kind)
		h := e.next(t)
		if m.verify(h.header, h.body) || kind == "signtest_probe" && !strings.HasPrefix(h.header.Get("Wechatpay-Signature"), "WECHATPAY/SIGNTEST/") {
			t.Errorf("%s: %v", kind, h.header)
		}
		if got := total(e.next(t)); got != 1250.0 {
			t.Errorf("%s: then %v", kind, got)
		}
	}
	rule("bad_signature", "")
	e.reply <- 401
	pay("badsig-01")
	if h := e.next(t); m.verify(h.header, h.body) {
		t.Error("bad signature verifies")
	}
	total(e.next(t))
	rule("reorder_notice", `,"delay_ms":400`)
	pay("first-01")
	time.Sleep(50 * time.Millisecond)
	pay("second-01")
	_, one := noticeText(t, m, e.next(t))
	_, two := noticeText(t, m, e.next(t))
	if one["out_trade_no"] != "second-01" || two["out_trade_no"] != "first-01" {
		t.Errorf("order: %v, %v", one["out_trade_no"], two["out_trade_no"])
	}
	e.silent(t, 300*time.Millisecond)
}
