package sandbox_test

import (
	"fmt"
	"testing"
	"time"
)

// TestFaultsOfCalls shows for each kind whether an answer came and whether the
// effect happened.
func TestFaultsOfCalls(t *testing.T) {
	dir := newDir(t)
	s, m := openStreet(t, dir, 1), newMerchant(t, dir)
	m.client.Timeout = 500 * time.Millisecond
	for i, c := range []struct {
		kind   string
		http   int // 0: no answer
		signed bool
		effect bool
	}{
		{"silence_before", 0, false, false},
		{"silence_after", 0, false, true},
		{"http_500", 500, false, false},
		{"http_500_after", 500, false, true},
		{"http_202", 202, false, true},
		{"half_body", 0, false, true},
		{"bad_signature", 200, false, true},
		{"system_error", 500, true, false},
		{"system_error_after", 500, true, true},
	} {
		must200(t, s, "POST", "/control/faults", `{"provider":"wechat","op":"native","kind":"`+c.kind+`","count":1}`)
		no := fmt.Sprintf("order-%04d", i)
		a, err := m.do3(m.request3("POST", "/v3/pay/transactions/native", m.native(no, 100, nowhere)))
		if (err == nil) != (c.http != 0) || err == nil && (a.code != c.http || a.signed != c.signed) {
			t.Errorf("%s: %d, signed %v, %v", c.kind, a.code, a.signed, err)
		}
		q := m.v3("GET", "/v3/pay/transactions/out-trade-no/"+no+"?mchid="+m.c.Mchid, nil)
		if (q.code == 200) != c.effect {
			t.Errorf("%s: effect %v", c.kind, q.code == 200)
		}
	}
	if rules := must200(t, s, "GET", "/control/faults", "")["rules"].([]any); len(rules) != 0 {
		t.Errorf("used-up rules stand: %v", rules)
	}
}

func TestFaultsOfCodePay(t *testing.T) {
	dir := newDir(t)
	s, m := openStreet(t, dir, 1), newMerchant(t, dir)
	rule := func(op, kind, more string) {
		must200(t, s, "POST", "/control/faults", `{"op":"`+op+`","kind":"`+kind+`","count":1`+more+`}`)
	}
	rule("micropay", "wrong_amount", "")
	if out := m.micropay("a", "100", payerCode(t, s, "")); out["total_fee"] != "101" {
		t.Error(out)
	}
	rule("micropay", "system_error_after", "")
	if out := m.micropay("b", "100", payerCode(t, s, "")); out["err_code"] != "SYSTEMERROR" {
		t.Error(out)
	}
	if q := m.v2("/pay/orderquery", map[string]string{"out_trade_no": "b"}); q["trade_state"] != "SUCCESS" {
		t.Error(q)
	}
	rule("reverse", "system_error", "")
	if out := m.v2("/secapi/pay/reverse", map[string]string{"out_trade_no": "b"}); out["err_code"] != "SYSTEMERROR" || out["recall"] != "Y" {
		t.Error(out)
	}
	rule("orderquery", "bad_signature", "")
	if out := ok(m.try2(m.c.BaseURL, "/pay/orderquery", map[string]string{"out_trade_no": "b"}))(t); out["sign"] != "" || out["trade_state"] != "SUCCESS" {
		t.Error(out)
	}
	rule("orderquery", "delay", `,"delay_ms":300`)
	began := time.Now()
	m.v2("/pay/orderquery", map[string]string{"out_trade_no": "b"})
	if took := time.Since(began); took < 300*time.Millisecond {
		t.Errorf("delayed by %v", took)
	}
}

// TestADelayedCallHasItsEffectAfterTheCallerLeft is the case that hurts: asked
// about at once, the order does not exist yet.
func TestADelayedCallHasItsEffectAfterTheCallerLeft(t *testing.T) {
	dir := newDir(t)
	s, m := openStreet(t, dir, 1), newMerchant(t, dir)
	must200(t, s, "POST", "/control/faults", `{"op":"micropay","kind":"delay","delay_ms":400,"count":1}`)
	m.client.Timeout = 100 * time.Millisecond
	if out, err := m.try2(m.c.BaseURL, "/pay/micropay", map[string]string{"body": "茶", "out_trade_no": "late", "total_fee": "5",
		"spbill_create_ip": "127.0.0.1", "auth_code": payerCode(t, s, "")}); err == nil {
		t.Fatal(out)
	}
	m.client.Timeout = 5 * time.Second
	if q := m.v2("/pay/orderquery", map[string]string{"out_trade_no": "late"}); q["err_code"] != "ORDERNOTEXIST" {
		t.Error(q)
	}
	soon(t, "the late charge", func() bool {
		return m.v2("/pay/orderquery", map[string]string{"out_trade_no": "late"})["trade_state"] == "SUCCESS"
	})
}

func TestFaultsByProbabilityReplay(t *testing.T) {
	dir := newDir(t)
	s, m := openStreet(t, dir, 1), newMerchant(t, dir)
	run := func() (out string) {
		must200(t, s, "DELETE", "/control/faults", "")
		must200(t, s, "POST", "/control/faults", `{"seed":7,"rules":[{"provider":"wechat","op":"query","kind":"http_500","probability":0.5}]}`)
		for range 20 {
			a, err := m.do3(m.request3("GET", "/v3/pay/transactions/id/1?mchid="+m.c.Mchid, nil))
			if err != nil {
				t.Fatal(err)
			}
			out += fmt.Sprint(a.code, " ")
		}
		return out
	}
	if a, b := run(), run(); a != b {
		t.Errorf("the same seed gave\n%s\n%s", a, b)
	}
}

func TestCloseEndsHeldCalls(t *testing.T) {
	dir := newDir(t)
	s, m := openStreet(t, dir, 1), newMerchant(t, dir)
	must200(t, s, "POST", "/control/faults", `{"op":"native","kind":"silence_before","count":1}`)
	ended := make(chan error, 1)
	go func() {
		_, err := m.do3(m.request3("POST", "/v3/pay/transactions/native", m.native("order-0001", 100, nowhere)))
		ended <- err
	}()
	time.Sleep(100 * time.Millisecond)
	began := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("a silent call was answered")
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("closing took %v", took)
	}
}
