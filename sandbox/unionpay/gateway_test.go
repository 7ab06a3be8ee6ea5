package unionpay_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// secureKey is the shared key of the copied street.
func (s *shop) useSecureKey() {
	s.t.Helper()
	s.secure = strings.TrimSpace(string(s.must(os.ReadFile(filepath.Join(s.dir, s.c.SecureKey)))))
}

func TestGatewayRefuses(t *testing.T) {
	s := openShop(t, 1)
	good := func(pairs ...string) map[string]string {
		return s.message("01/06", "G20261121", append([]string{"txnAmt", "880", "termId", "00000001", "qrNo", "6200000000000000001"}, pairs...)...)
	}
	says(t, "a code that nobody has", s.call(good()), "88", "")
	for name, c := range map[string]struct{ field, value, code string }{
		"version":       {"version", "5.0.0", "10"},
		"encoding":      {"encoding", "GBK", "10"},
		"time":          {"txnTime", "2026-11-21", "10"},
		"yesterday":     {"txnTime", "20261120120000", "10"},
		"merchant":      {"merId", "777290000000000", "31"},
		"no merchant":   {"merId", "", "13"},
		"no such trade": {"txnSubType", "99", "32"},
		"short number":  {"orderId", "G1", "10"},
		"odd number":    {"orderId", "G2026-1121", "10"},
		"no number":     {"orderId", "", "13"},
		"yuan":          {"txnAmt", "8.80", "10"},
		"nothing":       {"txnAmt", "0", "10"},
		"less":          {"txnAmt", "-1", "10"},
		"13 digits":     {"txnAmt", "1000000000000", "10"},
		"dollars":       {"currencyCode", "840", "10"},
		"no address":    {"backUrl", "", "13"},
		"terminal":      {"termId", "1", "10"},
		"no terminal":   {"termId", "", "13"},
		"no code":       {"qrNo", "", "13"},
		"letters":       {"qrNo", "62abc", "10"},
		"someone's":     {"qrNo", "2812345678901234567", "88"},
	} {
		says(t, name, s.call(good(c.field, c.value)), c.code, "")
	}
	for name, spoil := range map[string]func(map[string]string){
		"changed":      func(f map[string]string) { f["txnAmt"] = "881" },
		"not base64":   func(f map[string]string) { f["signature"] = "!" },
		"another cert": func(f map[string]string) { f["certId"] = "1" },
		"another way":  func(f map[string]string) { f["signMethod"] = "11" },
		"unknown way":  func(f map[string]string) { f["signMethod"] = "12" },
	} {
		f := s.signed(good())
		spoil(f)
		says(t, name, split(s.send("/gateway/api/backTransReq.do", f)), "11", "")
	}
	key := s.key
	var err error
	if s.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	says(t, "a stranger's key", s.call(good()), "11", "")
	s.key = key
	says(t, "a query at the wrong address", split(s.send("/gateway/api/backTransReq.do", s.signed(s.message("00/00", "G20261121")))), "32", "")
	if r, err := http.Get(s.c.BaseURL + "/gateway/api/queryTrans.do"); err != nil || r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %v %v", r, err)
	} else if err := r.Body.Close(); err != nil {
		t.Error(err)
	}
}

// The answer is text, not an escaped form: what is inside must come through.
func TestAnswerText(t *testing.T) {
	s := openShop(t, 10)
	f, _ := s.consume("G20261121", book.Normal, "reqReserved", "早餐+1=2")
	text := s.send("/gateway/api/queryTrans.do", s.signed(s.message("00/00", "G20261121", "txnTime", f["txnTime"])))
	for _, want := range []string{"reqReserved=早餐+1=2", "&reserved={payCardIssueName=沙箱银行&payType=0001}&", "signPubKeyCert=-----BEGIN CERTIFICATE-----\r\n", "respMsg=成功[0000000]"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if i, j := strings.Index(text, "&signPubKeyCert="), strings.Index(text, "&signature="); i < 0 || j < i || strings.Contains(text[j+11:], "&") || strings.Contains(text, "%") {
		t.Errorf("certificate and signature are not last, or something is escaped: %s", text)
	}
}

func TestConsume(t *testing.T) {
	for _, secure := range []string{"", "yes"} {
		s := openShop(t, 10)
		if secure != "" {
			s.useSecureKey()
		}
		f, a := s.consume("GPAID0001", book.Normal)
		says(t, "accepted", a, "00", "")
		if len(a["queryId"]) != 21 || !strings.HasPrefix(a["queryId"], "20261121") {
			t.Errorf("queryId %q", a["queryId"])
		}
		q := s.ask(f)
		says(t, "query", q, "00", "00")
		if q["queryId"] != a["queryId"] || q["txnAmt"] != "880" || q["txnType"] != "01" || q["txnSubType"] != "06" || len(q["traceTime"]) != 10 ||
			q["settleDate"] != "1121" || !strings.HasPrefix(q["accNo"], "621626*********") {
			t.Errorf("query %v", q)
		}
		says(t, "another time", s.call(s.message("00/00", "GPAID0001", "txnTime", "20261121000000")), "34", "")
		says(t, "never was", s.call(s.message("00/00", "GNEVER001")), "34", "")
		says(t, "the number again", s.call(s.message("01/06", "GPAID0001", "txnAmt", "880", "termId", "00000001", "qrNo", s.payerCode(book.Normal))), "12", "")
		f["orderId"], f["txnTime"] = "GPAID0002", s.stamp()
		says(t, "the code again", s.call(f), "86", "")
		for no, c := range map[string]struct {
			how  book.Behaviour
			orig string
		}{"GPOOR0001": {book.Poor, "64"}, "GRISK0001": {book.Risk, "38"}, "GPASS0001": {book.AskPassword, "05"}} {
			f, a := s.consume(no, c.how)
			says(t, no, a, "00", "")
			says(t, no, s.ask(f), "00", c.orig)
		}
		_, a = s.consume("GOLD00001", book.Expired)
		says(t, "a code past its time", a, "86", "")
	}
}

func TestPayerEnds(t *testing.T) {
	s := openShop(t, 10)
	for no, c := range map[string]struct {
		do   func(no string)
		orig string
	}{
		"GTYPED001": {func(no string) { s.enter(no, book.Password) }, "00"},
		"GWRONG001": {func(no string) { s.enter(no, "1"); s.enter(no, "2"); s.enter(no, "3") }, "67"},
		"GLEFT0001": {func(no string) {
			if _, err := s.street.Book().Leave(book.Waiter{OrderNo: no}); err != nil {
				t.Error(err)
			}
		}, "01"},
		"GSLEEPS01": {func(string) { s.clock.pass(6 * time.Minute) }, "69"},
	} {
		f, _ := s.consume(no, book.AskPassword)
		says(t, no, s.ask(f), "00", "05")
		c.do(no)
		says(t, no, s.ask(f), "00", c.orig)
	}
}

func (s *shop) enter(no, password string) {
	s.t.Helper()
	_, err := s.street.Book().Enter(book.Waiter{OrderNo: no}, password)
	if (err == nil) != (password == book.Password) {
		s.t.Error(err)
	}
}

// A shown code: unknown until somebody scans it, failed tries in between, over
// after its payTimeout.
func TestApply(t *testing.T) {
	s := openShop(t, 10)
	show := func(no string, life time.Duration) map[string]string {
		return s.message("01/07", no, "txnAmt", "880", "payTimeout", s.clock.now().Add(life).In(time.FixedZone("", 8*3600)).Format("20060102150405"))
	}
	f := show("GSHOW0001", time.Minute)
	a := s.call(f)
	says(t, "apply", a, "00", "")
	if !strings.HasPrefix(a["qrCode"], "https://qr.95516.com/") {
		t.Fatalf("code %q", a["qrCode"])
	}
	says(t, "unscanned", s.ask(f), "34", "")
	if _, err := s.street.Book().Pay(a["qrCode"], "", book.Poor); err != book.BalanceShort {
		t.Fatal(err)
	}
	says(t, "a try that failed", s.ask(f), "00", "64")
	if _, err := s.street.Book().Pay(a["qrCode"], "", book.Normal); err != nil {
		t.Fatal(err)
	}
	says(t, "paid at last", s.ask(f), "00", "00")
	says(t, "a shown code is not reversed", s.call(s.message("99/01", "GSHOW0001", "txnTime", f["txnTime"])), "35", "")

	f = show("GSHOW0002", time.Minute)
	a = s.call(f)
	says(t, "again", s.call(f), "12", "")
	s.clock.pass(61 * time.Second)
	if _, err := s.street.Book().Pay(a["qrCode"], "", book.Normal); err == nil {
		t.Error("a code was paid after its payTimeout")
	}
	says(t, "over", s.ask(f), "34", "")
	says(t, "a payTimeout that is past", s.call(show("GSHOW0003", -time.Second)), "10", "")
}

func TestFaults(t *testing.T) {
	s := openShop(t, 10)
	f, _ := s.consume("GFAULT001", book.Normal)
	for kind, check := range map[fault.Kind]func(map[string]string) bool{
		fault.WrongAmount:  func(a map[string]string) bool { return a["txnAmt"] == "881" && s.fits(a) == nil },
		fault.BadSignature: func(a map[string]string) bool { return a["txnAmt"] == "880" && s.fits(a) != nil },
		fault.SystemError:  func(a map[string]string) bool { return a["respCode"] == "99" && s.fits(a) == nil },
	} {
		if err := s.street.Faults().Add(fault.Rule{Provider: "unionpay", Op: "query", Kind: kind, Count: 1}); err != nil {
			t.Fatal(err)
		}
		a := split(s.send("/gateway/api/queryTrans.do", s.signed(s.message("00/00", "GFAULT001", "txnTime", f["txnTime"]))))
		if !check(a) {
			t.Errorf("%s: %v", kind, a)
		}
	}
	r, err := http.Post(s.street.URL()+"/control/payer-code", "application/json", strings.NewReader(`{"wallet":"unionpay"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var c struct{ Code string }
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil || len(c.Code) != 19 || c.Code[:2] != "62" {
		t.Errorf("payer code of %d digits, %v", len(c.Code), err)
	}
}
