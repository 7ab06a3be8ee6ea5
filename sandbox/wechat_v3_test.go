package sandbox_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const nowhere = "http://127.0.0.1:1/notify"

func TestNativeFromOrderToRefund(t *testing.T) {
	dir := newDir(t)
	s, m := openStreet(t, dir, 20), newMerchant(t, dir)
	code := m.shown("order-0001", 1250, nowhere)
	at := "/v3/pay/transactions/out-trade-no/order-0001?mchid=" + m.c.Mchid
	if a := m.v3("GET", at, nil); a.str("trade_state") != "NOTPAY" || a.str("transaction_id") != "" {
		t.Errorf("before: %s", a.body)
	}
	must200(t, s, "POST", "/control/pay", `{"code":"`+code+`","payer":"wechat-wang"}`)
	a := m.v3("GET", at, nil)
	id := a.str("transaction_id")
	if a.str("trade_state") != "SUCCESS" || a.str("amount.total") != "1250" || a.str("amount.payer_total") != "1250" ||
		len(id) != 28 || a.str("payer.openid") == "" || a.str("trade_type") != "NATIVE" || a.str("success_time") == "" {
		t.Errorf("paid: %s", a.body)
	}
	if b := m.v3("GET", "/v3/pay/transactions/id/"+id+"?mchid="+m.c.Mchid, nil); b.str("out_trade_no") != "order-0001" {
		t.Errorf("by the wallet's number: %s", b.body)
	}
	if a := m.v3("POST", "/v3/pay/transactions/out-trade-no/order-0001/close", map[string]string{"mchid": m.c.Mchid}); a.code != 400 || a.str("code") != "ORDER_PAID" {
		t.Errorf("close of a paid order: %d %s", a.code, a.body)
	}
	ask := map[string]any{"out_trade_no": "order-0001", "out_refund_no": "r1", "reason": "退货",
		"amount": map[string]any{"refund": 250, "total": 1250, "currency": "CNY"}}
	for _, want := range []string{"PROCESSING", ""} { // the second is the same refund, as far as it is by then
		if a := m.v3("POST", "/v3/refund/domestic/refunds", ask); a.code != 200 || !strings.HasPrefix(a.str("status"), want) || a.str("amount.refund") != "250" {
			t.Errorf("refund: %d %s", a.code, a.body)
		}
	}
	ask["amount"] = map[string]any{"refund": 251, "total": 1250, "currency": "CNY"}
	if a := m.v3("POST", "/v3/refund/domestic/refunds", ask); a.code != 400 || a.str("code") != "INVALID_REQUEST" {
		t.Errorf("same number, other amount: %d %s", a.code, a.body)
	}
	soon(t, "refund done", func() bool {
		return m.v3("GET", "/v3/refund/domestic/refunds/r1", nil).str("status") == "SUCCESS"
	})
	if a := m.v3("GET", at, nil); a.str("trade_state") != "REFUND" {
		t.Errorf("after the refund: %s", a.body)
	}
	orders := must200(t, s, "GET", "/control/orders?order_no=order-0001", "")["orders"].([]any)
	o := orders[0].(map[string]any)
	if o["charged_fen"] != 1250.0 || o["given_back_fen"] != 250.0 {
		t.Errorf("the judge: %v", o)
	}
}

func TestNativeAgain(t *testing.T) {
	dir := newDir(t)
	_, m := openStreet(t, dir, 1), newMerchant(t, dir)
	first := m.shown("order-0001", 1250, nowhere)
	if second := m.shown("order-0001", 1250, nowhere); second == first {
		t.Error("a repeat gave the same code")
	}
	a := m.v3("POST", "/v3/pay/transactions/native", m.native("order-0001", 1300, nowhere))
	if a.code != 400 || !strings.HasSuffix(a.header.Get("Request-Id"), "-268498688") {
		t.Errorf("other amount: %d %s %s", a.code, a.body, a.header.Get("Request-Id"))
	}
	closing := "/v3/pay/transactions/out-trade-no/order-0001/close"
	for range 2 {
		if a := m.v3("POST", closing, map[string]string{"mchid": m.c.Mchid}); a.code != 204 || len(a.body) != 0 {
			t.Errorf("close: %d %s", a.code, a.body)
		}
	}
	if a := m.v3("POST", "/v3/pay/transactions/native", m.native("order-0001", 1250, nowhere)); a.str("code") != "ORDER_CLOSED" {
		t.Errorf("after close: %s", a.body)
	}
	if a := m.v3("POST", strings.Replace(closing, "0001", "0002", 1), map[string]string{"mchid": m.c.Mchid}); a.code != 404 || a.str("code") != "ORDER_NOT_EXIST" {
		t.Errorf("close of nothing: %d %s", a.code, a.body)
	}
}

func TestNativeRefusesBadParameters(t *testing.T) {
	dir := newDir(t)
	_, m := openStreet(t, dir, 1), newMerchant(t, dir)
	for name, c := range map[string]struct {
		spoil func(map[string]any)
		want  string
	}{
		"amount zero":     {func(b map[string]any) { b["amount"] = map[string]any{"total": 0} }, "PARAM_ERROR"},
		"amount fraction": {func(b map[string]any) { b["amount"] = map[string]any{"total": 1.5} }, "PARAM_ERROR"},
		"currency":        {func(b map[string]any) { b["amount"] = map[string]any{"total": 1, "currency": "USD"} }, "PARAM_ERROR"},
		"short number":    {func(b map[string]any) { b["out_trade_no"] = "12345" }, "PARAM_ERROR"},
		"number alphabet": {func(b map[string]any) { b["out_trade_no"] = "123456/7" }, "PARAM_ERROR"},
		"no description":  {func(b map[string]any) { delete(b, "description") }, "PARAM_ERROR"},
		"notify query":    {func(b map[string]any) { b["notify_url"] = "http://127.0.0.1/?a=1" }, "PARAM_ERROR"},
		"expired":         {func(b map[string]any) { b["time_expire"] = "2020-01-01T00:00:00+08:00" }, "PARAM_ERROR"},
		"unknown field":   {func(b map[string]any) { b["colour"] = "red" }, "PARAM_ERROR"},
		"other appid":     {func(b map[string]any) { b["appid"] = "wx0" }, "APPID_MCHID_NOT_MATCH"},
		"other mchid":     {func(b map[string]any) { b["mchid"] = "1" }, "MCH_NOT_EXISTS"},
	} {
		body := m.native("order-0001", 100, nowhere)
		c.spoil(body)
		if a := m.v3("POST", "/v3/pay/transactions/native", body); a.code != 400 || a.str("code") != c.want {
			t.Errorf("%s: %d %s", name, a.code, a.body)
		}
	}
	if a := m.v3("GET", "/v3/pay/transactions/out-trade-no/order-0001?mchid="+m.c.Mchid, nil); a.code != 404 {
		t.Errorf("something was stored: %s", a.body)
	}
}

func TestRequestSignatureIsChecked(t *testing.T) {
	dir := newDir(t)
	openStreet(t, dir, 1)
	stranger := ok(rsa.GenerateKey(rand.Reader, 2048))(t)
	for name, spoil := range map[string]func(*merchant, *http.Request) *http.Request{
		"no header":     func(_ *merchant, r *http.Request) *http.Request { r.Header.Del("Authorization"); return r },
		"other scheme":  func(_ *merchant, r *http.Request) *http.Request { return edit(r, "WECHATPAY2-SHA256-RSA2048", "BASIC") },
		"lacks a field": func(_ *merchant, r *http.Request) *http.Request { return edit(r, "nonce_str=", "nonce=") },
		"other serial":  func(_ *merchant, r *http.Request) *http.Request { return edit(r, `serial_no="`, `serial_no="0`) },
		"other mchid":   func(_ *merchant, r *http.Request) *http.Request { return edit(r, `mchid="`, `mchid="0`) },
		"other query":   func(_ *merchant, r *http.Request) *http.Request { r.URL.RawQuery += "&a=b"; return r },
		"stranger": func(m *merchant, _ *http.Request) *http.Request {
			m.key = stranger
			return m.request3("GET", "/v3/certificates?algorithm_type=RSA", nil)
		},
		"too old": func(m *merchant, _ *http.Request) *http.Request {
			m.now = func() time.Time { return time.Now().Add(-6 * time.Minute) }
			return m.request3("GET", "/v3/certificates?algorithm_type=RSA", nil)
		},
		"too new": func(m *merchant, _ *http.Request) *http.Request {
			m.now = func() time.Time { return time.Now().Add(6 * time.Minute) }
			return m.request3("GET", "/v3/certificates?algorithm_type=RSA", nil)
		},
	} {
		m := newMerchant(t, dir)
		r := spoil(m, m.request3("GET", "/v3/certificates?algorithm_type=RSA", nil))
		if a := ok(m.do3(r))(t); a.code != 401 || a.str("code") != "SIGN_ERROR" || !a.signed {
			t.Errorf("%s: %d %s, signed %v", name, a.code, a.body, a.signed)
		}
	}
	m := newMerchant(t, dir)
	m.now = func() time.Time { return time.Now().Add(4 * time.Minute) }
	m.nonce = rand.Text()
	if a := m.v3("GET", "/v3/certificates", nil); a.code != 200 {
		t.Errorf("four minutes off: %d %s", a.code, a.body)
	}
	if a := m.v3("GET", "/v3/certificates", nil); a.code != 401 {
		t.Errorf("nonce used again: %d %s", a.code, a.body)
	}
}

func edit(r *http.Request, old, now string) *http.Request {
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, now, 1))
	return r
}

func TestAnswersAreSignedByTheKeyThatWasNamed(t *testing.T) {
	dir := newDir(t)
	openStreet(t, dir, 1)
	m := newMerchant(t, dir)
	for _, c := range []struct{ named, want string }{{"", m.certNo}, {m.certNo, m.certNo}, {m.c.PublicKeyID, m.c.PublicKeyID}} {
		m.serial = c.named
		for _, a := range []answer3{
			m.v3("POST", "/v3/pay/transactions/native", m.native("order-0001", 100, nowhere)),
			m.v3("GET", "/v3/pay/transactions/id/1?mchid="+m.c.Mchid, nil),
			m.v3("GET", "/v3/nothing/here", nil),
		} {
			if got := a.header.Get("Wechatpay-Serial"); got != c.want || !strings.Contains(a.header.Get("Request-Id"), "-") {
				t.Errorf("named %q: %d signed by %q, Request-Id %q", c.named, a.code, got, a.header.Get("Request-Id"))
			}
		}
	}
	m.serial = "PUB_KEY_ID_0"
	if a := m.v3("GET", "/v3/certificates", nil); a.code != 400 {
		t.Errorf("unknown key named: %d %s", a.code, a.body)
	}
}

func TestCertificates(t *testing.T) {
	dir := newDir(t)
	openStreet(t, dir, 1)
	m := newMerchant(t, dir)
	a := m.v3("GET", "/v3/certificates", nil)
	item := a.fields["data"].([]any)[0].(map[string]any)
	b, _ := pem.Decode(m.open(item["encrypt_certificate"].(map[string]any)))
	cert := ok(x509.ParseCertificate(b.Bytes))(t)
	if got := fmt.Sprintf("%X", cert.SerialNumber); got != item["serial_no"] || got != m.certNo || len(got) != 40 {
		t.Errorf("serial %s, listed %v, of the file %s", got, item["serial_no"], m.certNo)
	}
	if years := cert.NotAfter.Sub(cert.NotBefore).Hours() / 24 / 365; years < 4.9 || years > 5.1 {
		t.Errorf("lasts %.2f years", years)
	}
}

func TestRefundRules(t *testing.T) {
	dir := newDir(t)
	s, m := openStreet(t, dir, 1000), newMerchant(t, dir)
	code := m.shown("order-0001", 1000, nowhere)
	refund := func(no string, fen, total int64, more map[string]any) answer3 {
		ask := map[string]any{"out_trade_no": "order-0001", "out_refund_no": no,
			"amount": map[string]any{"refund": fen, "total": total, "currency": "CNY"}}
		for name, v := range more {
			ask[name] = v
		}
		return m.v3("POST", "/v3/refund/domestic/refunds", ask)
	}
	if a := refund("r", 1, 1000, nil); a.str("code") != "INVALID_REQUEST" {
		t.Errorf("unpaid: %s", a.body)
	}
	must200(t, s, "POST", "/control/pay", `{"code":"`+code+`","behaviour":"refund_abnormal"}`)
	for _, c := range []struct {
		what string
		a    answer3
		want string
	}{
		{"other total", refund("r", 1, 999, nil), "INVALID_REQUEST"},
		{"more than total", refund("r", 1001, 1000, nil), "PARAM_ERROR"},
		{"zero", refund("r", 0, 1000, nil), "PARAM_ERROR"},
		{"two names", refund("r", 1, 1000, map[string]any{"transaction_id": "1"}), "PARAM_ERROR"},
		{"bad number", refund("r r", 1, 1000, nil), "PARAM_ERROR"},
		{"no such order", refund("r", 1, 1000, map[string]any{"out_trade_no": "order-0009"}), "RESOURCE_NOT_EXISTS"},
	} {
		if c.a.str("code") != c.want {
			t.Errorf("%s: %s", c.what, c.a.body)
		}
	}
	if a := refund("r", 600, 1000, nil); a.code != 200 {
		t.Errorf("good: %s", a.body)
	}
	if a := refund("r2", 401, 1000, nil); a.str("code") != "INVALID_REQUEST" {
		t.Errorf("beyond the rest: %s", a.body)
	}
	soon(t, "abnormal", func() bool {
		return m.v3("GET", "/v3/refund/domestic/refunds/r", nil).str("status") == "ABNORMAL"
	})
	if a := m.v3("GET", "/v3/refund/domestic/refunds/none", nil); a.code != 404 || a.str("code") != "RESOURCE_NOT_EXISTS" {
		t.Errorf("unknown refund: %d %s", a.code, a.body)
	}
}

func noticeText(t *testing.T, m *merchant, h heard) (event string, text map[string]any) {
	t.Helper()
	if !m.verify(h.header, h.body) {
		t.Fatalf("the notice is badly signed")
	}
	var body struct {
		EventType string         `json:"event_type"`
		Resource  map[string]any `json:"resource"`
	}
	if err := json.Unmarshal(h.body, &body); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(m.open(body.Resource), &text); err != nil {
		t.Fatal(err)
	}
	return body.EventType, text
}
