package unionpay

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
)

// aNotice is a signed notice; pairs change or add fields before it is signed.
func aNotice(t testing.TB, pairs ...string) channel.RawNotice {
	t.Helper()
	f := fields{"version": "5.1.0", "encoding": "UTF-8", "txnType": "01", "txnSubType": "06", "bizType": "000000", "accessType": "0", "merId": merID,
		"orderId": no, "txnTime": "20261121115959", "txnAmt": "1250", "currencyCode": "156", "queryId": "202611211200011234567", "traceNo": "123456",
		"traceTime": "1121120001", "settleAmt": "1250", "settleCurrencyCode": "156", "settleDate": "1121", "respCode": "00", "respMsg": "成功[0000000]",
		"accNo": "6216***********0018", "reqReserved": "{a=1&b=2}"}
	for i := 0; i < len(pairs); i += 2 {
		f[pairs[i]] = pairs[i+1]
	}
	form := url.Values{}
	for name, value := range sealed(t, f) {
		form.Set(name, value)
	}
	return channel.RawNotice{Body: []byte(form.Encode())}
}

func TestReadNotice(t *testing.T) {
	c := open(t, options("https://gateway.95516.com"))
	n, err := c.ReadNotice(aNotice(t))
	if err != nil {
		t.Fatal(err)
	}
	a := n.Answer
	if n.OrderNo != no || n.RefundNo != "" || a.Outcome != channel.Paid || a.Amount != guitai.Fen(1250) || a.WalletNo != "202611211200011234567" ||
		a.Payer != "6216***********0018" || !a.PaidAt.Equal(noon().Add(time.Second)) || a.PaidAt.Location() != time.UTC {
		t.Errorf("notice %+v", n)
	}
	for code, want := range map[string]channel.Outcome{"A6": channel.Paid, "05": channel.Unknown, "64": channel.Unknown, "": channel.Unknown, "Z9": channel.Unknown} {
		if n, err := c.ReadNotice(aNotice(t, "respCode", code)); err != nil || n.Answer.Outcome != want {
			t.Errorf("%s: %s %v, want %s", code, n.Answer.Outcome, err, want)
		}
	}
	n, err = c.ReadNotice(aNotice(t, "txnType", "04", "txnSubType", "00", "orderId", "R20261121000001", "txnAmt", "300", "origQryId", "2026"))
	if err != nil || n.RefundNo != "R20261121000001" || n.OrderNo != "" || n.Refund.Outcome != channel.RefundDone || n.Refund.Amount != guitai.Fen(300) || n.Refund.WalletNo == "" {
		t.Errorf("refund %+v %v", n, err)
	}
	if n, err := c.ReadNotice(aNotice(t, "txnType", "04", "respCode", "63")); err != nil || n.Refund.Outcome != channel.RefundUnknown {
		t.Errorf("a refund that failed: %s %v", n.Refund.Outcome, err)
	}
}

func TestNoticeRefused(t *testing.T) {
	c := open(t, options("https://gateway.95516.com"))
	good := string(aNotice(t).Body)
	for name, body := range map[string]string{
		"another merchant": string(aNotice(t, "merId", "777290000000002").Body),
		"a void":           string(aNotice(t, "txnType", "31").Body),
		"no order":         string(aNotice(t, "orderId", "").Body),
		"no time":          string(aNotice(t, "txnTime", "yesterday").Body),
		"twice":            good + "&txnAmt=1250",
		"added":            good + "&x=1",
		"swapped amount":   strings.Replace(good, "txnAmt=1250", "txnAmt=1251", 1),
		"no signature":     strings.Replace(good, "signature=", "signatur=", 1),
		"not a form":       "%zz=1",
		"empty":            "",
		"too large":        good + "&x=" + strings.Repeat("a", maxNotice),
		"too many fields":  good + strings.Repeat("&", maxFields),
	} {
		n, err := c.ReadNotice(channel.RawNotice{Body: []byte(body)})
		if err == nil {
			t.Errorf("%s: taken as %+v", name, n)
			continue
		}
		var e *guitai.Error
		if !errors.As(err, &e) || c.Reply(err).Code != 400 {
			t.Errorf("%s: error %v is answered %d", name, err, c.Reply(err).Code)
		}
	}
	if r := c.Reply(nil); r.Code != 200 || string(r.Body) != "ok" {
		t.Errorf("taken is answered %d %q", r.Code, r.Body)
	}
	if r := c.Reply(errors.New("disk full")); r.Code != 500 {
		t.Errorf("trouble is answered %d", r.Code)
	}
}

func FuzzNotice(f *testing.F) {
	f.Add(aNotice(f).Body)
	f.Add([]byte("a=1&a=2"))
	f.Add([]byte("signMethod=11&signature=%2B&merId=" + merID))
	c := open(f, options("https://gateway.95516.com"))
	good, err := c.ReadNotice(aNotice(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := c.ReadNotice(channel.RawNotice{Body: body})
		if err == nil && (n.OrderNo != good.OrderNo || n.Answer.Amount != good.Answer.Amount) {
			t.Fatalf("forged: %+v", n)
		}
	})
}

// TestDamagedNotices: ten thousand notices that are nearly genuine.
func TestDamagedNotices(t *testing.T) {
	c := open(t, options("https://gateway.95516.com"))
	channeltest.Damage(t, c, aNotice(t), 5000)
	channeltest.Damage(t, c, aNotice(t, "txnType", "04", "txnSubType", "00", "orderId", "R20261121000001", "txnAmt", "300", "origQryId", "2026"), 5000)
}
