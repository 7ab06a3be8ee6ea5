package sandbox_test

import (
	"crypto/tls"
	"net/http"
	"testing"
	"time"
)

func TestMicropayOutcomes(t *testing.T) {
	dir := newDir(t)
	s, m := openStreet(t, dir, 20), newMerchant(t, dir)
	for _, c := range []struct{ no, fen, behaviour, want, later string }{
		{"a1", "1250", "", "SUCCESS", "SUCCESS"},
		{"a2", "1250", "slow", "SUCCESS", "SUCCESS"},
		{"a3", "100001", "", "USERPAYING", "USERPAYING"},
		{"a4", "1250", "password_ok", "USERPAYING", "SUCCESS"},
		{"a5", "1250", "password_wrong", "USERPAYING", "PAYERROR"},
		{"a6", "1250", "refuse", "USERPAYING", "PAYERROR"},
		{"a7", "1250", "poor", "NOTENOUGH", "PAYERROR"},
		{"a8", "1250", "risk", "TRADE_ERROR", "PAYERROR"},
		{"a9", "1250", "expired", "AUTHCODEEXPIRE", "ORDERNOTEXIST"},
	} {
		out := m.micropay(c.no, c.fen, payerCode(t, s, c.behaviour))
		if got := out["err_code"] + out["trade_type"]; got != c.want && !(c.want == "SUCCESS" && got == "MICROPAY") {
			t.Errorf("%s %q: %v", c.no, c.behaviour, out)
		}
		if c.want == "SUCCESS" && (out["total_fee"] != c.fen || out["cash_fee"] != c.fen || len(out["transaction_id"]) != 28 || len(out["time_end"]) != 14 || out["openid"] == "") {
			t.Errorf("%s: %v", c.no, out)
		}
		soon(t, c.no+" becomes "+c.later, func() bool {
			q := m.v2("/pay/orderquery", map[string]string{"out_trade_no": c.no})
			return q["trade_state"] == c.later || q["err_code"] == c.later
		})
	}
}

func TestMicropayCodesAndRepeats(t *testing.T) {
	dir := newDir(t)
	s, m := openStreet(t, dir, 1), newMerchant(t, dir)
	used := payerCode(t, s, "")
	m.micropay("b1", "100", used)
	for _, c := range []struct{ what, no, fen, code, want string }{
		{"used code", "b2", "100", used, "AUTH_CODE_ERROR"},
		{"Alipay's code", "b2", "100", "281234567890123456", "AUTH_CODE_INVALID"},
		{"never issued", "b2", "100", "131234567890123456", "AUTHCODEEXPIRE"},
		{"malformed", "b2", "100", "13123", "AUTH_CODE_INVALID"},
		{"paid already", "b1", "100", payerCode(t, s, ""), "ORDERPAID"},
		{"other amount", "b1", "101", payerCode(t, s, ""), "OUT_TRADE_NO_USED"},
		{"zero", "b3", "0", payerCode(t, s, ""), "PARAM_ERROR"},
		{"negative", "b3", "-1", payerCode(t, s, ""), "PARAM_ERROR"},
		{"fraction", "b3", "1.5", payerCode(t, s, ""), "PARAM_ERROR"},
		{"no code", "b3", "1", "", "LACK_PARAMS"},
	} {
		if out := m.micropay(c.no, c.fen, c.code); out["err_code"] != c.want || out["result_code"] != "FAIL" {
			t.Errorf("%s: %v", c.what, out)
		}
	}
}

func TestPasswordAtThePhone(t *testing.T) {
	dir := newDir(t)
	s, m := openStreet(t, dir, 1), newMerchant(t, dir)
	code := payerCode(t, s, "")
	if out := m.micropay("big", "200000", code); out["err_code"] != "USERPAYING" {
		t.Fatal(out)
	}
	act := func(body string) (int, map[string]any) { return control(t, s, "POST", "/control/payer-act", body) }
	if status, out := act(`{"code":"` + code + `","act":"password","password":"000000"}`); status != 409 || out["code"] != "password_wrong" {
		t.Errorf("wrong: %d %v", status, out)
	}
	if status, out := act(`{"code":"` + code + `","act":"password","password":"123456"}`); status != 200 || out["state"] != "success" {
		t.Errorf("right: %d %v", status, out)
	}
	if q := m.v2("/pay/orderquery", map[string]string{"out_trade_no": "big"}); q["trade_state"] != "SUCCESS" || q["total_fee"] != "200000" {
		t.Error(q)
	}
	m.micropay("no", "100", payerCode(t, s, "password"))
	if status, out := act(`{"order_no":"no","act":"cancel"}`); status != 200 || out["state"] != "payerror" {
		t.Errorf("cancel: %d %v", status, out)
	}
}

func TestReverse(t *testing.T) {
	dir := newDir(t)
	s, m := openStreet(t, dir, 1), newMerchant(t, dir)
	reverse := func(no string) map[string]string {
		return m.v2("/secapi/pay/reverse", map[string]string{"out_trade_no": no})
	}
	state := func(no string) string {
		return m.v2("/pay/orderquery", map[string]string{"out_trade_no": no})["trade_state"]
	}
	m.micropay("paid", "100", payerCode(t, s, ""))
	m.micropay("waits", "100", payerCode(t, s, "password"))
	for _, no := range []string{"paid", "waits", "paid"} {
		if out := reverse(no); out["result_code"] != "SUCCESS" || out["recall"] != "N" || state(no) != "REVOKED" {
			t.Errorf("%s: %v, then %s", no, out, state(no))
		}
	}
	o := must200(t, s, "GET", "/control/orders?order_no=paid", "")["orders"].([]any)[0].(map[string]any)
	if o["charged_fen"] != 100.0 || o["given_back_fen"] != 100.0 {
		t.Errorf("the judge: %v", o)
	}
	if out := reverse("nothing"); out["err_code"] != "ORDERNOTEXIST" {
		t.Error(out)
	}
	m.shown("native-1", 100, nowhere)
	if out := reverse("native-1"); out["result_code"] != "FAIL" || out["recall"] != "N" {
		t.Errorf("native: %v", out)
	}
	if out := m.micropay("paid", "100", payerCode(t, s, "")); out["err_code"] != "ORDERREVERSED" {
		t.Error(out)
	}
	m.micropay("refunded", "100", payerCode(t, s, ""))
	m.v2("/secapi/pay/refund", map[string]string{"out_trade_no": "refunded", "out_refund_no": "r", "total_fee": "100", "refund_fee": "1"})
	if out := reverse("refunded"); out["err_code"] != "TRADE_STATE_ERROR" {
		t.Error(out)
	}
	if a := m.v3("POST", "/v3/pay/transactions/out-trade-no/waits/close", map[string]string{"mchid": m.c.Mchid}); a.code != 400 {
		t.Errorf("close of code pay: %d %s", a.code, a.body)
	}
	if a := m.v3("GET", "/v3/pay/transactions/out-trade-no/waits?mchid="+m.c.Mchid, nil); a.str("trade_state") != "REVOKED" || a.str("trade_type") != "MICROPAY" {
		t.Errorf("v3 query: %s", a.body)
	}
}

func TestRefundsOfCodePay(t *testing.T) {
	dir := newDir(t)
	s, m := openStreet(t, dir, 1000), newMerchant(t, dir)
	id := m.micropay("c1", "1000", payerCode(t, s, ""))["transaction_id"]
	ask := map[string]string{"transaction_id": id, "out_refund_no": "r1", "total_fee": "1000", "refund_fee": "300", "refund_desc": "退货"}
	for range 2 {
		if out := m.v2("/secapi/pay/refund", ask); out["result_code"] != "SUCCESS" || out["refund_fee"] != "300" {
			t.Error(out)
		}
	}
	v3 := map[string]any{"transaction_id": id, "out_refund_no": "r2", "amount": map[string]any{"refund": 700, "total": 1000, "currency": "CNY"}}
	if a := m.v3("POST", "/v3/refund/domestic/refunds", v3); a.code != 200 {
		t.Errorf("v3 refund of code pay: %d %s", a.code, a.body)
	}
	ask["out_refund_no"], ask["refund_fee"] = "r3", "1"
	if out := m.v2("/secapi/pay/refund", ask); out["err_code"] != "INVALID_REQUEST" {
		t.Error(out)
	}
	soon(t, "both done", func() bool {
		out := m.v2("/pay/refundquery", map[string]string{"transaction_id": id})
		return out["refund_count"] == "2" && out["refund_status_0"] == "SUCCESS" && out["refund_status_1"] == "SUCCESS" && out["refund_fee_1"] == "700"
	})
	if out := m.v2("/pay/refundquery", map[string]string{"out_refund_no": "r1"}); out["refund_count"] != "1" || out["refund_fee_0"] != "300" {
		t.Error(out)
	}
	if out := m.v2("/pay/refundquery", map[string]string{"out_refund_no": "r9"}); out["err_code"] != "REFUNDNOTEXIST" {
		t.Error(out)
	}
}

func TestV2Signatures(t *testing.T) {
	dir := newDir(t)
	_, m := openStreet(t, dir, 1), newMerchant(t, dir)
	for _, kind := range []string{"", "MD5", "HMAC-SHA256"} {
		out := m.v2("/pay/orderquery", map[string]string{"out_trade_no": "none", "sign_type": kind})
		if want := map[string]int{"": 32, "MD5": 32, "HMAC-SHA256": 64}[kind]; out["err_code"] != "ORDERNOTEXIST" || len(out["sign"]) != want {
			t.Errorf("%q: %v", kind, out)
		}
	}
	for name, fields := range map[string]map[string]string{
		"wrong":        {"out_trade_no": "x", "sign": "9A0A8659F005D6984697E2CA0A9CF3B7"},
		"unknown kind": {"out_trade_no": "x", "sign_type": "SM3", "sign": "1"},
		"other mch_id": {"out_trade_no": "x", "mch_id": "1"},
	} {
		out := ok(m.try2(m.c.BaseURL, "/pay/orderquery", fields))(t)
		if out["return_code"] != "FAIL" || out["sign"] != "" || out["result_code"] != "" {
			t.Errorf("%s: %v", name, out)
		}
	}
	if out := m.v2("/pay/orderquery", map[string]string{"out_trade_no": "x", "appid": "wx0"}); out["err_code"] != "APPID_MCHID_NOT_MATCH" {
		t.Error(out)
	}
}

func TestSecapiNeedsTheClientCertificate(t *testing.T) {
	dir := newDir(t)
	_, m := openStreet(t, dir, 1), newMerchant(t, dir)
	for _, path := range []string{"/secapi/pay/reverse", "/secapi/pay/refund"} {
		if out := ok(m.try2(m.c.BaseURL, path, map[string]string{"out_trade_no": "x"}))(t); out["return_code"] != "FAIL" {
			t.Errorf("%s without TLS: %v", path, out)
		}
	}
	transport := m.client.Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.Certificates = nil
	defer transport.CloseIdleConnections()
	m.client = &http.Client{Transport: transport, Timeout: 5 * time.Second}
	if out, err := m.try2(m.c.TLSBaseURL, "/secapi/pay/reverse", map[string]string{"out_trade_no": "x"}); err == nil {
		t.Errorf("without a certificate: %v", out)
	}
	stranger := newMerchant(t, newStrangerDir(t))
	own := stranger.client.Transport.(*http.Transport).TLSClientConfig.Certificates
	transport = transport.Clone()
	transport.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own[0], nil }
	m.client = &http.Client{Transport: transport, Timeout: 5 * time.Second}
	if out, err := m.try2(m.c.TLSBaseURL, "/secapi/pay/reverse", map[string]string{"out_trade_no": "x"}); err == nil {
		t.Errorf("with a stranger's certificate: %v", out)
	}
}

// newStrangerDir is another street with keys of its own.
func newStrangerDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	openStreet(t, dir, 1)
	return dir
}
