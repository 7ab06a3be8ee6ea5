package alipay_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai/internal/testkit"
	"guitai/sandbox"
	"guitai/sandbox/alipay"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// clock is the true time, put forward at will.
type clock struct {
	mu  sync.Mutex
	off time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.off)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += d
}

// shop is a merchant with a small client of its own.
type shop struct {
	t      *testing.T
	street *sandbox.Street
	clock  *clock
	c      alipay.Credentials
	key    *rsa.PrivateKey
	public *rsa.PublicKey
}

func openShop(t *testing.T, speed float64) *shop {
	t.Helper()
	dir := testkit.CopyFolder(t)
	s := &shop{t: t, clock: &clock{}}
	var err error
	s.street, err = sandbox.Open(sandbox.Options{Dir: dir, Addr: "127.0.0.1:0", Now: s.clock.now, Rand: rand.Reader, Speed: speed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.street.Close(); err != nil {
			t.Error(err)
		}
	})
	raw := s.must(os.ReadFile(filepath.Join(dir, "credentials.json")))
	var all struct{ Alipay alipay.Credentials }
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	s.c = all.Alipay
	block, _ := pem.Decode(s.must(os.ReadFile(filepath.Join(dir, s.c.AppPrivateKey))))
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	block, _ = pem.Decode(s.must(os.ReadFile(filepath.Join(dir, s.c.AlipayPublicKey))))
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	s.key, s.public = private.(*rsa.PrivateKey), public.(*rsa.PublicKey)
	return s
}

func (s *shop) must(b []byte, err error) []byte {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// params are the parameters of a call, signed.
func (s *shop) params(method string, biz map[string]string) map[string]string {
	s.t.Helper()
	p := map[string]string{
		"app_id": s.c.AppID, "method": method, "charset": "utf-8", "sign_type": "RSA2", "version": "1.0",
		"timestamp":   s.clock.now().In(time.FixedZone("", 8*3600)).Format(time.DateTime),
		"biz_content": string(s.must(json.Marshal(biz))),
	}
	return s.signed(p)
}

func (s *shop) signed(p map[string]string) map[string]string {
	s.t.Helper()
	delete(p, "sign")
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if p[name] != "" {
			parts = append(parts, name+"="+p[name])
		}
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "&")))
	p["sign"] = base64.StdEncoding.EncodeToString(s.must(rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])))
	return p
}

// answer is what came back; signed says that its signature fits its node.
type answer struct {
	body   []byte
	name   string
	node   map[string]any
	signed bool
	header http.Header
}

func (a answer) str(name string) string {
	v, _ := a.node[name].(string)
	return v
}

func (s *shop) send(r *http.Request) answer {
	s.t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	a := answer{body: s.must(io.ReadAll(resp.Body)), header: resp.Header}
	if resp.StatusCode != 200 {
		s.t.Fatalf("HTTP %d", resp.StatusCode)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(a.body, &raw); err != nil {
		s.t.Fatalf("%v: %s", err, a.body)
	}
	for name, text := range raw {
		if strings.HasSuffix(name, "_response") {
			a.name = name
			if err := json.Unmarshal(text, &a.node); err != nil {
				s.t.Fatal(err)
			}
			var sign string
			if raw["sign"] != nil {
				_ = json.Unmarshal(raw["sign"], &sign)
			}
			sig, err := base64.StdEncoding.DecodeString(sign)
			sum := sha256.Sum256(text)
			a.signed = err == nil && rsa.VerifyPKCS1v15(s.public, crypto.SHA256, sum[:], sig) == nil
		}
	}
	return a
}

func (s *shop) post(p map[string]string) answer {
	s.t.Helper()
	return s.send(s.request("POST", s.c.Gateway, form(p).Encode()))
}

func (s *shop) request(method, at, body string) *http.Request {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, at, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	return r
}

func form(p map[string]string) url.Values {
	f := url.Values{}
	for name, value := range p {
		f.Set(name, value)
	}
	return f
}

func (s *shop) call(method string, pairs ...string) answer {
	s.t.Helper()
	biz := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		biz[pairs[i]] = pairs[i+1]
	}
	a := s.post(s.params("alipay."+method, biz))
	if !a.signed {
		s.t.Fatalf("%s: not signed: %s", method, a.body)
	}
	return a
}

// says fails the test unless the answer has that code and sub code.
func (a answer) says(t *testing.T, what, code, sub string) {
	t.Helper()
	if a.str("code") != code || a.str("sub_code") != sub {
		t.Errorf("%s: %s, want %s %s", what, a.body, code, sub)
	}
}

func (s *shop) payerCode(how book.Behaviour) string {
	s.t.Helper()
	c, err := s.street.Book().PayerCode(book.Alipay, "", how)
	if err != nil {
		s.t.Fatal(err)
	}
	return c.Text
}

func TestGatewayRefuses(t *testing.T) {
	s := openShop(t, 1)
	for _, c := range []struct {
		name      string
		change    func(map[string]string)
		again     bool // sign again after the change
		code, sub string
		node      string
		unsigned  bool
	}{
		{"no app", func(p map[string]string) { delete(p, "app_id") }, true, "40001", "isv.missing-app-id", "", true},
		{"another app", func(p map[string]string) { p["app_id"] = "2021" }, true, "40002", "isv.invalid-app-id", "", true},
		{"no method", func(p map[string]string) { delete(p, "method") }, true, "40001", "isv.missing-method", "error_response", false},
		{"unknown method", func(p map[string]string) { p["method"] = "alipay.x" }, true, "40002", "isv.invalid-method", "error_response", false},
		{"no signature", func(p map[string]string) { delete(p, "sign") }, false, "40001", "isv.missing-signature", "", false},
		{"wrong signature", func(p map[string]string) { p["biz_content"] += " " }, false, "40002", "isv.invalid-signature", "", false},
		{"not base64", func(p map[string]string) { p["sign"] = "!" }, false, "40002", "isv.invalid-signature", "", false},
		{"RSA", func(p map[string]string) { p["sign_type"] = "RSA" }, true, "40002", "isv.invalid-signature-type", "", false},
		{"no time", func(p map[string]string) { delete(p, "timestamp") }, true, "40001", "isv.missing-timestamp", "", false},
		{"no such time", func(p map[string]string) { p["timestamp"] = "yesterday" }, true, "40002", "isv.invalid-timestamp", "", false},
		{"old time", func(p map[string]string) { p["timestamp"] = "2020-01-01 00:00:00" }, true, "40002", "isv.invalid-timestamp", "", false},
		{"GBK", func(p map[string]string) { p["charset"] = "GBK" }, true, "40002", "isv.invalid-charset", "", false},
		{"version", func(p map[string]string) { p["version"] = "2.0" }, true, "40002", "isv.invalid-version", "", false},
		{"format", func(p map[string]string) { p["format"] = "XML" }, true, "40002", "isv.invalid-format", "", false},
		{"app certificate", func(p map[string]string) { p["app_cert_sn"] = "x" }, true, "40002", "isv.invalid-app-cert-sn", "", true},
		{"no content", func(p map[string]string) { p["biz_content"] = "{" }, true, "40002", "isv.invalid-parameter", "", false},
		{"no order", func(p map[string]string) { p["biz_content"] = "{}" }, true, "40004", "ACQ.INVALID_PARAMETER", "", false},
	} {
		p := s.params("alipay.trade.query", map[string]string{"out_trade_no": "N1"})
		c.change(p)
		if c.again {
			s.signed(p)
		}
		a := s.post(p)
		a.says(t, c.name, c.code, c.sub)
		if c.node == "" {
			c.node = "alipay_trade_query_response"
		}
		// With another app's certificate number the answer is by the certified key.
		if a.name != c.node || a.signed == c.unsigned {
			t.Errorf("%s: in %s, signed %t", c.name, a.name, a.signed)
		}
	}
}

func TestParametersTravel(t *testing.T) {
	s := openShop(t, 1)
	p := s.params("alipay.trade.query", map[string]string{"out_trade_no": "N1"})
	public := maps.Clone(p)
	delete(public, "biz_content")
	content := url.Values{"biz_content": {p["biz_content"]}}.Encode()
	for name, r := range map[string]*http.Request{
		"all in the body":  s.request("POST", s.c.Gateway, form(p).Encode()),
		"all in the URL":   s.request("GET", s.c.Gateway+"?"+form(p).Encode(), ""),
		"public in URL":    s.request("POST", s.c.Gateway+"?"+form(public).Encode(), content),
		"charset repeated": s.request("POST", s.c.Gateway+"?charset=utf-8", form(p).Encode()),
	} {
		s.send(r).says(t, name, "40004", "ACQ.TRADE_NOT_EXIST")
	}
	a := s.send(s.request("POST", s.c.Gateway+"?app_id=2", form(p).Encode()))
	a.says(t, "two values", "40002", "isv.invalid-parameter")
}

func TestAnswerBytes(t *testing.T) {
	s := openShop(t, 1)
	a := s.call("trade.precreate", "out_trade_no", "N1", "subject", "茶", "total_amount", "1.00")
	if !bytes.HasPrefix(a.body, []byte(`{"alipay_trade_precreate_response":{"code":"10000","msg":"Success",`)) ||
		!bytes.Contains(a.body, []byte(`"qr_code":"https:\/\/qr.alipay.com\/bax`)) || !bytes.HasSuffix(a.body, []byte(`"}`)) ||
		bytes.Count(a.body, []byte(`"sign"`)) != 1 || bytes.Contains(a.body, []byte(" ")) {
		t.Errorf("answer %s", a.body)
	}
	if len(a.header.Get("trace_id")) != 32 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Errorf("header %v", a.header)
	}
}

func TestPay(t *testing.T) {
	s := openShop(t, 100)
	pay := func(no, code string, more ...string) answer {
		return s.call("trade.pay", append([]string{"out_trade_no", no, "scene", "bar_code", "auth_code", code, "subject", "茶", "total_amount", "8.80"}, more...)...)
	}
	code := s.payerCode(book.Normal)
	if a := pay("P1", code); a.str("code") != "10000" || a.str("total_amount") != "8.80" || len(a.str("trade_no")) != 28 || a.str("gmt_payment") == "" {
		t.Errorf("%s", a.body)
	}
	pay("P1", code).says(t, "again", "40004", "ACQ.TRADE_HAS_SUCCESS")
	pay("P1", code, "total_amount", "8.81").says(t, "another amount", "40004", "ACQ.CONTEXT_INCONSISTENT")
	pay("P2", code).says(t, "used code", "40004", "ACQ.PAYMENT_AUTH_CODE_INVALID")
	pay("P2", "134567890123456789").says(t, "WeChat's code", "40004", "SOUNDWAVE_PARSER_FAIL")
	pay("P2", "28").says(t, "short code", "40004", "ACQ.PAYMENT_AUTH_CODE_INVALID")
	pay("P3", s.payerCode(book.Poor)).says(t, "poor", "40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH")
	pay("P4", s.payerCode(book.Risk)).says(t, "risk", "40004", "ACQ.PAYMENT_REQUEST_HAS_RISK")
	pay("P5", s.payerCode(book.Normal), "total_amount", "100000000.01").says(t, "too much", "40004", "ACQ.TOTAL_FEE_EXCEED")
	for _, bad := range [][]string{{"total_amount", "0"}, {"total_amount", "1.001"}, {"subject", ""}, {"scene", "nfc"}, {"out_trade_no", "a b"},
		{"seller_id", "2088"}, {"timeout_express", "1y"}, {"store_id", strings.Repeat("1", 33)}, {"time_expire", "2020-01-01 00:00:00"}} {
		pay("P6", s.payerCode(book.Normal), bad...).says(t, bad[0], "40004", "ACQ.INVALID_PARAMETER")
	}
	pay("P7", s.payerCode(book.AskPassword)).says(t, "password", "10003", "")
	pay("P7", s.payerCode(book.Normal)).says(t, "while he types", "10003", "")
	if a := s.call("trade.query", "out_trade_no", "P7"); a.str("trade_status") != "WAIT_BUYER_PAY" {
		t.Errorf("%s", a.body)
	}
	pay("P8", s.payerCode(book.Cancel)).says(t, "will cancel", "10003", "")
	time.Sleep(100 * time.Millisecond)
	if a := s.call("trade.query", "out_trade_no", "P8"); a.str("trade_status") != "TRADE_CLOSED" {
		t.Errorf("cancelled: %s", a.body)
	}
	pay("P8", s.payerCode(book.Normal)).says(t, "after he cancelled", "40004", "ACQ.TRADE_HAS_CLOSE")
	// Who could not pay may come back to the same trade.
	if a := s.call("trade.query", "out_trade_no", "P3"); a.str("trade_status") != "WAIT_BUYER_PAY" {
		t.Errorf("poor: %s", a.body)
	}
	pay("P3", s.payerCode(book.Normal)).says(t, "with money", "10000", "")
}

// A code is dead after its own timeout, after time_expire, and after two hours.
func TestCodeDies(t *testing.T) {
	s := openShop(t, 1)
	for i, c := range []struct {
		field, value string
		lives        time.Duration
	}{
		{"qr_code_timeout_express", "1m", time.Minute},
		{"timeout_express", "5m", 2 * time.Hour},
		{"qr_code_timeout_express", "1d", 2 * time.Hour},
		{"time_expire", "", 30 * time.Minute},
	} {
		no := "D" + string(rune('0'+i))
		if c.field == "time_expire" {
			c.value = s.clock.now().Add(c.lives + time.Second).In(time.FixedZone("", 8*3600)).Format(time.DateTime)
		}
		a := s.call("trade.precreate", "out_trade_no", no, "subject", "茶", "total_amount", "1.00", c.field, c.value)
		code := a.str("qr_code")
		s.clock.pass(c.lives - 10*time.Second)
		if _, err := s.street.Book().Pay(code, "", book.AskPassword); err != nil {
			t.Errorf("%s %s: not payable before its end: %v", c.field, c.value, err)
		}
		a = s.call("trade.precreate", "out_trade_no", no+"B", "subject", "茶", "total_amount", "1.00", "qr_code_timeout_express", "1m")
		s.clock.pass(time.Minute + 10*time.Second)
		if _, err := s.street.Book().Pay(a.str("qr_code"), "", book.Normal); err == nil {
			t.Error("a dead code was paid")
		}
		s.call("trade.query", "out_trade_no", no+"B").says(t, "never scanned", "40004", "ACQ.TRADE_NOT_EXIST")
	}
	// Scanned in time, the trade lives on by timeout_express.
	a := s.call("trade.precreate", "out_trade_no", "E1", "subject", "茶", "total_amount", "1.00", "qr_code_timeout_express", "1m", "timeout_express", "5m")
	if _, err := s.street.Book().Pay(a.str("qr_code"), "", book.AskPassword); err != nil {
		t.Fatal(err)
	}
	s.clock.pass(4 * time.Minute)
	if a := s.call("trade.query", "out_trade_no", "E1"); a.str("trade_status") != "WAIT_BUYER_PAY" {
		t.Errorf("after 4 minutes: %s", a.body)
	}
	s.clock.pass(2 * time.Minute)
	if a := s.call("trade.query", "out_trade_no", "E1"); a.str("trade_status") != "TRADE_CLOSED" {
		t.Errorf("after 6 minutes: %s", a.body)
	}
}

func TestFaults(t *testing.T) {
	s := openShop(t, 1)
	add := func(op string, k fault.Kind) {
		t.Helper()
		if err := s.street.Faults().Add(fault.Rule{Provider: "alipay", Op: op, Kind: k, Count: 1}); err != nil {
			t.Fatal(err)
		}
	}
	pay := func(no string) answer {
		return s.post(s.params("alipay.trade.pay", map[string]string{
			"out_trade_no": no, "scene": "bar_code", "auth_code": s.payerCode(book.Normal), "subject": "茶", "total_amount": "8.80"}))
	}
	charged := func(no string) int64 {
		o, err := s.street.Book().Find(book.Ref{Wallet: book.Alipay, OrderNo: no})
		if err != nil && err != book.OrderUnknown {
			t.Fatal(err)
		}
		return o.ChargedFen - o.GivenBackFen
	}
	add(alipay.OpPay, fault.SystemError)
	pay("F1").says(t, "before", "40004", "ACQ.SYSTEM_ERROR")
	add(alipay.OpPay, fault.SystemErrorAfter)
	pay("F2").says(t, "after", "40004", "ACQ.SYSTEM_ERROR")
	add(alipay.OpPay, fault.BadSignature)
	if a := pay("F3"); a.signed || a.str("code") != "10000" {
		t.Errorf("bad signature: %s", a.body)
	}
	add(alipay.OpPay, fault.WrongAmount)
	if a := pay("F4"); !a.signed || a.str("total_amount") != "8.81" {
		t.Errorf("wrong amount: %s", a.body)
	}
	for no, want := range map[string]int64{"F1": 0, "F2": 880, "F3": 880, "F4": 880} {
		if got := charged(no); got != want {
			t.Errorf("%s: %d fen, want %d", no, got, want)
		}
	}
	add(alipay.OpCancel, fault.SystemErrorAfter)
	if a := s.call("trade.cancel", "out_trade_no", "F2"); a.str("retry_flag") != "Y" || charged("F2") != 0 {
		t.Errorf("cancel: %s", a.body)
	}
	if a := s.call("trade.cancel", "out_trade_no", "F2"); a.str("retry_flag") != "N" || a.str("action") != "refund" {
		t.Errorf("cancel again: %s", a.body)
	}
}

// A trade cannot be cancelled once a part was refunded, nor a day later; then
// refunds are left, for a year.
func TestTooLate(t *testing.T) {
	s := openShop(t, 1)
	pay := func(no string) {
		s.call("trade.pay", "out_trade_no", no, "scene", "bar_code", "auth_code", s.payerCode(book.Normal), "subject", "茶", "total_amount", "8.80").
			says(t, no, "10000", "")
	}
	back := func(no, refundNo, amount string) answer {
		return s.call("trade.refund", "out_trade_no", no, "refund_amount", amount, "out_request_no", refundNo)
	}
	pay("L1")
	back("L1", "", "1.00").says(t, "a part without a number", "40004", "ACQ.INVALID_PARAMETER")
	back("L1", "R1", "1.00").says(t, "a part", "10000", "")
	back("L1", "R2", "7.81").says(t, "too much", "40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
	s.call("trade.cancel", "out_trade_no", "L1").says(t, "cancel after a refund", "40004", "ACQ.REASON_TRADE_REFUND_FEE_ERR")
	pay("L2")
	s.clock.pass(25 * time.Hour)
	s.call("trade.cancel", "out_trade_no", "L2").says(t, "cancel a day later", "40004", "ACQ.TRADE_CANCEL_TIME_OUT")
	if a := back("L2", "", "8.80"); a.str("fund_change") != "Y" || a.str("refund_fee") != "8.80" {
		t.Errorf("whole refund without a number: %s", a.body)
	}
	if a := s.call("trade.fastpay.refund.query", "out_trade_no", "L2", "out_request_no", "L2"); a.str("refund_status") != "REFUND_SUCCESS" {
		t.Errorf("its number is the trade's: %s", a.body)
	}
	s.clock.pass(366 * 24 * time.Hour)
	if a := s.call("trade.query", "out_trade_no", "L1"); a.str("trade_status") != "TRADE_FINISHED" {
		t.Errorf("a year later: %s", a.body)
	}
	back("L1", "R3", "1.00").says(t, "refund a year later", "40004", "ACQ.TRADE_HAS_FINISHED")
	s.call("trade.cancel", "out_trade_no", "NONE").says(t, "cancel of nothing", "10000", "")
	s.call("trade.refund", "out_trade_no", "NONE", "refund_amount", "1.00").says(t, "refund of nothing", "40004", "ACQ.TRADE_NOT_EXIST")
}
