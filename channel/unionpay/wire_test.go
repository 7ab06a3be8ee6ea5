package unionpay

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guitai/channel"
)

func TestParseAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want fields
	}{
		"plain":          {"a=1&b=2", fields{"a": "1", "b": "2"}},
		"empty values":   {"a=&b=", fields{"a": "", "b": ""}},
		"equals and so":  {"sig=a+b/c==&q=x=y", fields{"sig": "a+b/c==", "q": "x=y"}},
		"block":          {"r={a=1&b={c=2&d=3}}&z=9", fields{"r": "{a=1&b={c=2&d=3}}", "z": "9"}},
		"block last":     {"z=9&r={a=1&b=2}", fields{"z": "9", "r": "{a=1&b=2}"}},
		"brace inside":   {"m=a{b&c=d}", fields{"m": "a{b", "c": "d}"}},
		"certificate":    {"c=-----BEGIN-----\r\nA+/=\r\n-----END-----&s=1", fields{"c": "-----BEGIN-----\r\nA+/=\r\n-----END-----", "s": "1"}},
		"Chinese":        {"respMsg=成功[0000000]", fields{"respMsg": "成功[0000000]"}},
		"line end":       {"a=1&signature=eA==\r\n", fields{"a": "1", "signature": "eA=="}},
		"percent as is":  {"a=%41&signature=eA==", fields{"a": "%41", "signature": "eA=="}},
		"escaped":        {"a=%41+b&signature=eA%3D%3D", fields{"a": "A b", "signature": "eA=="}},
		"escaped blocks": {"a=%7Bx%26y%7D&signature=%2B", fields{"a": "{x&y}", "signature": "+"}},
	} {
		if f, err := parseAnswer([]byte(c.body)); err != nil || !maps.Equal(f, c.want) {
			t.Errorf("%s: %q %v", name, f, err)
		}
	}
	for _, body := range []string{
		"", "a", "=1", "a=1&", "&a=1", "a=1&&b=2", "a=1&a=2", "a={b=1", "a={b=1}c&d=2", "a-b=1", "<html>a=1", "名=1",
		strings.Repeat("n", 65) + "=1", "a=1&signature=%zz", "a=1&a=2&signature=%3D",
		func() string {
			var b strings.Builder
			for i := range maxFields + 1 {
				b.WriteString("f" + strings.Repeat("x", i%60) + string(rune('a'+i%26)) + string(rune('a'+i/26)) + "=1&")
			}
			return b.String() + "z=1"
		}(),
	} {
		if f, err := parseAnswer([]byte(body)); err == nil {
			t.Errorf("%.60q: %q", body, f)
		}
	}
}

func TestMasked(t *testing.T) {
	c := saying(t, "respCode", "88", "respMsg", "无此二维码 "+aCode, "accNo", "6216261234567890018", "customerInfo", "{name=somebody}", "tn", "s3cr3t")
	a := c.Charge(t.Context(), aCharge())
	if len(a.Messages) != 1 {
		t.Fatalf("%d messages", len(a.Messages))
	}
	m := a.Messages[0]
	for _, secret := range []string{aCode, "somebody", "s3cr3t", "6216261234567890018", "BEGIN"} {
		if strings.Contains(m.Out+m.In+m.Failure, secret) {
			t.Errorf("message holds %q: out %s in %s", secret, m.Out, m.In)
		}
	}
	for _, word := range []string{no, "62*****************", `"txnAmt":"1250"`} {
		if !strings.Contains(m.Out, word) {
			t.Errorf("out lacks %q: %s", word, m.Out)
		}
	}
	if m.Op != "consume" || m.HTTP != 200 || m.Failure != "" || !strings.Contains(m.In, "无此二维码 *") || !strings.Contains(m.In, "621626*********0018") {
		t.Errorf("message %+v", m)
	}
	for in, want := range map[string]string{"6216***********0018": "621626"[:4] + "**" + "*********0018", "": "", "abc": "", "cDg4jpD9tKxlI4si91lomXcSjQeOyOxEFLmMc9BLmsJr": ""} {
		if got := (fields{"accNo": in}).payer(); got != want {
			t.Errorf("payer of %q = %q, want %q", in, got, want)
		}
	}
}

func TestHappened(t *testing.T) {
	for _, c := range []struct{ asked, trace, want string }{
		{"20261121115959", "1121120001", "2026-11-21T04:00:01Z"},
		{"20261231235959", "0101000003", "2026-12-31T16:00:03Z"},
		{"20270101000001", "1231235959", "2026-12-31T15:59:59Z"}, // clocks differ
		{"20280229120000", "0229120001", "2028-02-29T04:00:01Z"},
		{"20261121115959", "1121", ""}, {"2026", "1121120001", ""}, {"20261121115959", "1321120001", ""},
	} {
		got := fields{"txnTime": c.asked, "traceTime": c.trace}.happened()
		if c.want == "" && !got.IsZero() || c.want != "" && got.Format(time.RFC3339) != c.want {
			t.Errorf("%s traced %s: %v, want %s", c.asked, c.trace, got, c.want)
		}
	}
}

// Whatever does not come from UnionPay, rightly signed and about this trade, is
// not believed.
func TestNotBelieved(t *testing.T) {
	paid := []string{"respCode", "00", "origRespCode", "00", "txnType", "01", "txnAmt", "1250", "queryId", "202611211200011234567", "traceTime", "1121120001"}
	for name, c := range map[string]struct {
		say  func(f fields) string
		want channel.Outcome
	}{
		"as it should be": {func(f fields) string { return raw(sealed(t, f)) }, channel.Paid},
		"escaped": {func(f fields) string {
			v := url.Values{}
			for name, value := range sealed(t, f) {
				v.Set(name, value)
			}
			return v.Encode()
		}, channel.Paid},
		"amount changed":  {func(f fields) string { return strings.Replace(raw(sealed(t, f)), "txnAmt=1250", "txnAmt=1251", 1) }, channel.Unknown},
		"field added":     {func(f fields) string { return raw(sealed(t, f)) + "&x=1" }, channel.Unknown},
		"field lost":      {func(f fields) string { return strings.Replace(raw(sealed(t, f)), "&version=5.1.0", "", 1) }, channel.Unknown},
		"not signed":      {func(f fields) string { return raw(f) }, channel.Unknown},
		"other merchant":  {func(f fields) string { f["merId"] = "777290000000002"; return raw(sealed(t, f)) }, channel.Unknown},
		"other order":     {func(f fields) string { f["orderId"] = no + "1"; return raw(sealed(t, f)) }, channel.Unknown},
		"other time":      {func(f fields) string { f["txnTime"] = "20261121115958"; return raw(sealed(t, f)) }, channel.Unknown},
		"a refund":        {func(f fields) string { f["txnType"] = "04"; return raw(sealed(t, f)) }, channel.Unknown},
		"other currency":  {func(f fields) string { f["currencyCode"] = "840"; return raw(sealed(t, f)) }, channel.Unknown},
		"no queryId":      {func(f fields) string { f["queryId"] = ""; return raw(sealed(t, f)) }, channel.Unknown},
		"no amount":       {func(f fields) string { f["txnAmt"] = ""; return raw(sealed(t, f)) }, channel.Unknown},
		"nothing":         {func(f fields) string { f["txnAmt"] = "0"; return raw(sealed(t, f)) }, channel.Unknown},
		"a signed amount": {func(f fields) string { f["txnAmt"] = "+1250"; return raw(sealed(t, f)) }, channel.Unknown},
		"html":            {func(fields) string { return "<html>respCode=00</html>" }, channel.Unknown},
		"empty":           {func(fields) string { return "" }, channel.Unknown},
		"too large":       {func(f fields) string { f["x"] = strings.Repeat("x", maxAnswer); return raw(sealed(t, f)) }, channel.Unknown},
		"shared key": {func(f fields) string {
			f["signMethod"] = "11"
			f["signature"] = hexSum(signText(f) + "&" + hexSum(""))
			return raw(f)
		}, channel.Unknown},
	} {
		g := newGateway(t, func(asked url.Values) string { return c.say(echo(asked, paid...)) })
		a := open(t, options(g.URL)).Ask(t.Context(), anOrder("scan"))
		if a.Outcome != c.want {
			t.Errorf("%s: %s (%s), want %s", name, a.Outcome, a.Messages[0].Failure, c.want)
		}
		if a.Outcome == channel.Paid && (a.Amount.Fen != 1250 || a.WalletNo != "202611211200011234567" || a.PaidAt.Format(time.RFC3339) != "2026-11-21T04:00:01Z") {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// A call is sent once: a connection that dies, a redirect and a 5xx bring no
// second message.
func TestSentOnce(t *testing.T) {
	var n atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		switch n.Add(1) {
		case 1:
			panic(http.ErrAbortHandler)
		case 2:
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		default:
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	t.Cleanup(server.Close)
	c := open(t, options(server.URL))
	for i := range 3 {
		if a := c.Charge(t.Context(), aCharge()); a.Outcome != channel.Unknown || int(n.Load()) != i+1 {
			t.Errorf("call %d: %s after %d messages", i+1, a.Outcome, n.Load())
		}
	}
	gone, stop := context.WithCancel(t.Context())
	stop()
	if a := c.Charge(gone, aCharge()); a.Outcome != channel.Unavailable || n.Load() != 3 {
		t.Errorf("cancelled before: %s after %d messages", a.Outcome, n.Load())
	}
}

func TestNothingSent(t *testing.T) {
	c := saying(t, "respCode", "00")
	for name, spoil := range map[string]func(*channel.Charge){
		"short number":    func(ch *channel.Charge) { ch.No = "G1" },
		"long number":     func(ch *channel.Charge) { ch.No = strings.Repeat("a", 41) },
		"odd number":      func(ch *channel.Charge) { ch.No = "G2026_1121" },
		"no time":         func(ch *channel.Charge) { ch.Made = time.Time{} },
		"nothing":         func(ch *channel.Charge) { ch.Amount.Fen = 0 },
		"less":            func(ch *channel.Charge) { ch.Amount.Fen = -1 },
		"too much":        func(ch *channel.Charge) { ch.Amount.Fen = maxFen + 1 },
		"other money":     func(ch *channel.Charge) { ch.Amount.Currency = "USD" },
		"no code":         func(ch *channel.Charge) { ch.AuthCode = "" },
		"letters in code": func(ch *channel.Charge) { ch.AuthCode = "62abcdefghijklmnopq" },
	} {
		ch := aCharge()
		spoil(&ch)
		if a := c.Charge(t.Context(), ch); a.Outcome != channel.Unavailable || len(a.Messages) != 0 || a.Reason == "" {
			t.Errorf("%s: %s %q, %d messages", name, a.Outcome, a.Reason, len(a.Messages))
		}
	}
	r := aRefund()
	r.Made = time.Time{}
	if a := c.Refund(t.Context(), r); a.Outcome != channel.RefundUnavailable || len(a.Messages) != 0 {
		t.Errorf("a refund without its time: %s", a.Outcome)
	}
	if a := c.Show(t.Context(), channel.Show{Order: anOrder("show"), Expires: noon()}); a.Outcome != channel.Unavailable {
		t.Errorf("a code that is over: %s", a.Outcome)
	}
}

func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte("a=1&r={x=1&y={z=2}}&signPubKeyCert=-----BEGIN\r\nA+/==\r\n&signature=eA=="))
	f.Add([]byte("a=%E4%B8%AD&signature=%2B%3D"))
	f.Add([]byte("a={{}&b=}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := parseAnswer(body)
		if err != nil {
			return
		}
		if len(got) == 0 || len(got) > maxFields+1 || len(got.masked("")) > 4096 {
			t.Fatalf("%d fields", len(got))
		}
		for name := range got {
			if !alphanumeric(name) || name == "" {
				t.Fatalf("name %q", name)
			}
		}
	})
}
