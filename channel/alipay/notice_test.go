package alipay

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
	fields := map[string]string{
		"notify_time": "2026-11-21 12:00:02", "notify_type": "trade_status_sync", "notify_id": "2026x", "app_id": "2021000000000001",
		"charset": "utf-8", "version": "1.0", "trade_no": "20261121", "out_trade_no": no, "seller_id": "2088000000000001",
		"trade_status": "TRADE_SUCCESS", "total_amount": "12.50", "buyer_logon_id": "138****0001", "buyer_id": "2088123",
		"gmt_payment": "2026-11-21 12:00:01", "subject": "早餐 & 牛奶=1+1%", "fund_bill_list": `[{"amount":"12.50","fundChannel":"ALIPAYACCOUNT"}]`,
	}
	for i := 0; i < len(pairs); i += 2 {
		fields[pairs[i]] = pairs[i+1]
	}
	sig, err := sign(alipayKey(), []byte(signText(fields)))
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"sign": {sig}, "sign_type": {"RSA2"}}
	for name, value := range fields {
		if value != "" {
			form.Set(name, value)
		}
	}
	return channel.RawNotice{Body: []byte(form.Encode())}
}

func TestReadNotice(t *testing.T) {
	c := open(t, options(t, "https://openapi.alipay.com/gateway.do"))
	n, err := c.ReadNotice(aNotice(t))
	if err != nil {
		t.Fatal(err)
	}
	a := n.Answer
	if n.OrderNo != no || n.RefundNo != "" || a.Outcome != channel.Paid || a.Amount != guitai.Fen(1250) || a.WalletNo != "20261121" ||
		a.Payer != "138****0001" || !a.PaidAt.Equal(noon().Add(time.Second)) || a.PaidAt.Location() != time.UTC {
		t.Errorf("notice %+v", n)
	}
	for status, want := range map[string]channel.Outcome{
		"TRADE_FINISHED": channel.Paid, "TRADE_CLOSED": channel.Closed, "WAIT_BUYER_PAY": channel.Waiting, "TRADE_TOMORROW": channel.Unknown, "": channel.Unknown,
	} {
		if n, err := c.ReadNotice(aNotice(t, "trade_status", status)); err != nil || n.Answer.Outcome != want {
			t.Errorf("%s: %s %v, want %s", status, n.Answer.Outcome, err, want)
		}
	}
	if n, err := c.ReadNotice(aNotice(t, "total_amount", "0.1.0")); err != nil || n.Answer.Outcome != channel.Unknown {
		t.Errorf("no amount: %s %v", n.Answer.Outcome, err)
	}
	// A refund's notice says that there is something to ask about, no more.
	for _, status := range []string{"TRADE_SUCCESS", "TRADE_CLOSED"} {
		n, err := c.ReadNotice(aNotice(t, "out_biz_no", "R1", "refund_fee", "3.00", "gmt_refund", "2026-11-21 12:00:02", "trade_status", status))
		if err != nil || n.RefundNo != "R1" || n.OrderNo != "" || n.Refund.Outcome != channel.RefundPending {
			t.Errorf("refund with %s: %+v %v", status, n, err)
		}
	}
	if n, err := c.ReadNotice(aNotice(t, "out_biz_no", no, "trade_status", "TRADE_CLOSED")); err != nil || n.OrderNo != no || n.Answer.Outcome != channel.Closed {
		t.Errorf("closed by a whole refund: %+v %v", n, err)
	}
}

func TestNoticeRefused(t *testing.T) {
	c := open(t, options(t, "https://openapi.alipay.com/gateway.do"))
	good := string(aNotice(t).Body)
	for name, body := range map[string]string{
		"another app":     string(aNotice(t, "app_id", "2021000000000002").Body),
		"another seller":  string(aNotice(t, "seller_id", "2088000000000002").Body),
		"another kind":    string(aNotice(t, "notify_type", "other").Body),
		"no order":        string(aNotice(t, "out_trade_no", "").Body),
		"twice":           good + "&total_amount=12.50",
		"added":           good + "&refund_fee=1.00",
		"RSA":             strings.Replace(good, "sign_type=RSA2", "sign_type=RSA", 1),
		"swapped amount":  strings.Replace(good, "total_amount=12.50", "total_amount=12.51", 1),
		"no signature":    strings.Replace(good, "sign=", "sing=", 1),
		"not a form":      "%zz=1",
		"empty":           "",
		"too large":       good + "&x=" + strings.Repeat("a", maxNotice),
		"too many fields": good + strings.Repeat("&", maxNoticeFields),
	} {
		n, err := c.ReadNotice(channel.RawNotice{Body: []byte(body)})
		if err == nil {
			t.Errorf("%s: taken as %+v", name, n)
			continue
		}
		var e *guitai.Error
		if !errors.As(err, &e) || c.Reply(err).Code != 400 || string(c.Reply(err).Body) == "success" {
			t.Errorf("%s: error %v is answered %d", name, err, c.Reply(err).Code)
		}
	}
	if r := c.Reply(nil); r.Code != 200 || string(r.Body) != "success" {
		t.Errorf("taken is answered %d %q", r.Code, r.Body)
	}
	if r := c.Reply(errors.New("disk full")); r.Code != 500 || string(r.Body) == "success" {
		t.Errorf("trouble is answered %d %q", r.Code, r.Body)
	}
}

func FuzzNotice(f *testing.F) {
	f.Add(aNotice(f).Body)
	f.Add([]byte("a=1&a=2"))
	f.Add([]byte("sign=%2B&sign_type=RSA2&app_id=x"))
	c := open(f, options(f, "https://openapi.alipay.com/gateway.do"))
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
	c := open(t, options(t, "https://openapi.alipay.com/gateway.do"))
	channeltest.Damage(t, c, aNotice(t), 5000)
	channeltest.Damage(t, c, aNotice(t, "out_biz_no", "R1", "refund_fee", "3.00", "gmt_refund", "2026-11-21 12:00:02"), 5000)
}
