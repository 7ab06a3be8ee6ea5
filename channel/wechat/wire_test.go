package wechat_test

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/wechat"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func scan() channel.Charge {
	return channel.Charge{
		Order:    channel.Order{No: "GT20251121000001", Kind: guitai.Scan, Amount: guitai.Fen(1250)},
		AuthCode: "134567890123456789", Description: "茶", Place: channel.Place{Shop: "S1", Till: "T1", IP: "127.0.0.1"},
	}
}

func shown() channel.Show {
	return channel.Show{Order: channel.Order{No: "GT20251121000002", Kind: guitai.Show, Amount: guitai.Fen(1250)}, Description: "茶", NotifyURL: "https://example.com/n"}
}

func paidXML() map[string]string {
	return map[string]string{
		"result_code": "SUCCESS", "out_trade_no": "GT20251121000001", "total_fee": "1250", "fee_type": "CNY",
		"transaction_id": "4200001234202511210000000001", "time_end": "20251121200102", "openid": "oUpF8", "trade_type": "MICROPAY",
	}
}

// want checks an outcome and that no message shows the payment code.
func want(t *testing.T, what string, a channel.Answer, outcome channel.Outcome) {
	t.Helper()
	if a.Outcome != outcome {
		t.Errorf("%s: %s (%s, %q), want %s: %+v", what, a.Outcome, a.Reason, a.WalletCode, outcome, a.Messages)
	}
	for _, m := range a.Messages {
		if strings.Contains(m.Out+m.In+m.Failure, "134567890123456789") {
			t.Errorf("%s: the payment code stands in a message", what)
		}
	}
}

func TestPaid(t *testing.T) {
	b := newTeller(t)
	b.tells(func(w http.ResponseWriter, _ *http.Request) { b.v2(w, paidXML()) })
	a := b.opened(nil).Charge(t.Context(), scan())
	want(t, "charge", a, channel.Paid)
	if at := time.Date(2025, 11, 21, 12, 1, 2, 0, time.UTC); a.Amount != guitai.Fen(1250) || !a.PaidAt.Equal(at) || a.WalletNo != "4200001234202511210000000001" {
		t.Errorf("%+v, want 12.50 at %v", a, at)
	}
	for name, value := range map[string]string{
		"out_trade_no": "GT20251121000009", "total_fee": "-5", "fee_type": "USD", "time_end": "yesterday", "transaction_id": "",
		"mch_id": "1600000009", "appid": "wx9", "result_code": "MAYBE", "return_code": "FAIL", "sign": "00",
	} {
		fields := paidXML()
		fields[name] = value
		b.tells(func(w http.ResponseWriter, _ *http.Request) { b.v2(w, fields) })
		want(t, "other "+name, b.opened(nil).Charge(t.Context(), scan()), channel.Unknown)
	}
}

const paidJSON = `{"mchid":"1600000000","appid":"wx0123456789abcdef","out_trade_no":"GT20251121000002","trade_state":"SUCCESS","transaction_id":"42","success_time":"2025-11-21T20:01:02+08:00","amount":{"total":1250,"currency":"CNY"}}`

// says answers with headers and a body of which one may be wrong.
func says(w http.ResponseWriter, headers map[string]string, body string) {
	for name, value := range headers {
		w.Header().Set(name, value)
	}
	_, _ = io.WriteString(w, body)
}

// badAnswers are answers that prove nothing.
func badAnswers(b *teller) map[string]http.HandlerFunc {
	signed := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { b.v3(w, code, body) }
	}
	bare := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code); _, _ = io.WriteString(w, body) }
	}
	return map[string]http.HandlerFunc{
		"hang":        func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() },
		"dropped":     func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"500":         bare(500, ""),
		"502 page":    bare(502, "<html>"),
		"500 signed":  signed(500, `{"code":"ORDER_CLOSED"}`),
		"202 signed":  signed(202, ""),
		"200 empty":   signed(200, ""),
		"200 {}":      signed(200, "{}"),
		"200 []":      signed(200, "[]"),
		"no code":     signed(400, `{"message":"?"}`),
		"unsigned":    bare(200, paidJSON),
		"unsigned no": bare(404, `{"code":"ORDER_NOT_EXIST"}`),
		"large":       signed(200, strings.Repeat(" ", 1<<20)+paidJSON),
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/pay/elsewhere", http.StatusTemporaryRedirect)
		},
		"half": func(w http.ResponseWriter, _ *http.Request) {
			says(w, map[string]string{"Content-Length": "500"}, paidJSON[:40])
			panic(http.ErrAbortHandler)
		},
		"tampered": func(w http.ResponseWriter, _ *http.Request) {
			says(w, stamped(public, time.Now(), []byte(paidJSON)), strings.Replace(paidJSON, "1250", "1251", 1))
		},
		"stranger": func(w http.ResponseWriter, _ *http.Request) {
			h := stamped(stranger, time.Now(), []byte(paidJSON))
			h["Wechatpay-Serial"] = publicID
			says(w, h, paidJSON)
		},
		"old": func(w http.ResponseWriter, _ *http.Request) {
			says(w, stamped(public, time.Now().Add(-301*time.Second), []byte(paidJSON)), paidJSON)
		},
	}
}

// TestAnswers: what is not whole, signed and documented is unknown, whatever it
// looks like; and nothing that moves money is sent twice.
func TestAnswers(t *testing.T) {
	plain, secure := newTeller(t), newTLSTeller(t)
	calls := map[string]func(context.Context, *wechat.Channel) channel.Outcome{
		"charge":  func(ctx context.Context, c *wechat.Channel) channel.Outcome { return c.Charge(ctx, scan()).Outcome },
		"show":    func(ctx context.Context, c *wechat.Channel) channel.Outcome { return c.Show(ctx, shown()).Outcome },
		"ask":     func(ctx context.Context, c *wechat.Channel) channel.Outcome { return c.Ask(ctx, shown().Order).Outcome },
		"end":     func(ctx context.Context, c *wechat.Channel) channel.Outcome { return c.End(ctx, shown().Order).Outcome },
		"reverse": func(ctx context.Context, c *wechat.Channel) channel.Outcome { return c.End(ctx, scan().Order).Outcome },
	}
	for how, say := range badAnswers(plain) {
		plain.tells(say)
		secure.tells(say)
		c := plain.opened(func(o *wechat.Options) { o.TLSBaseURL = secure.URL; o.Timeout = 2 * time.Second })
		for what, call := range calls {
			before := plain.calls.Load() + secure.calls.Load()
			ctx, stop := context.WithCancel(t.Context())
			if how == "hang" {
				ctx, stop = context.WithTimeout(t.Context(), 200*time.Millisecond)
			}
			if got := call(ctx, c); got != channel.Unknown {
				t.Errorf("%s, %s: %s, want unknown", what, how, got)
			}
			stop()
			// A GET whose kept connection died is sent again by net/http: it asks only.
			if n := plain.calls.Load() + secure.calls.Load() - before; n != 1 && (how != "dropped" || what != "ask") {
				t.Errorf("%s, %s: sent %d times, want once", what, how, n)
			}
		}
	}
}

// TestIdentity: a rightly signed answer about something else is worth nothing.
func TestIdentity(t *testing.T) {
	b := newTeller(t)
	c := b.opened(nil)
	ask := func(body string) channel.Answer {
		b.tells(func(w http.ResponseWriter, _ *http.Request) { b.v3(w, 200, body) })
		return c.Ask(t.Context(), shown().Order)
	}
	want(t, "the order", ask(paidJSON), channel.Paid)
	for from, to := range map[string]string{
		"1600000000": "1600000009", "wx0123456789abcdef": "wx9", "GT20251121000002": "GT20251121000003", `"42"`: `""`, "2025-11-21T": "tomorrow",
		":1250": ":0", "CNY": "USD", `"SUCCESS"`: `"ALMOST"`,
	} {
		want(t, from+" is "+to, ask(strings.Replace(paidJSON, from, to, 1)), channel.Unknown)
	}
	if a := ask(strings.Replace(paidJSON, "1250", "1251", 1)); a.Outcome != channel.Paid || a.Amount != guitai.Fen(1251) {
		t.Errorf("another amount: %s %v, want paid and what was told", a.Outcome, a.Amount)
	}
	back := channel.Refund{No: "RF20251121000001", Order: shown().Order, Amount: guitai.Fen(50)}
	const done = `{"refund_id":"50","out_refund_no":"RF20251121000001","out_trade_no":"GT20251121000002","status":"SUCCESS","success_time":"2025-11-21T20:01:02+08:00","amount":{"refund":50,"currency":"CNY"}}`
	for body, want := range map[string]channel.RefundOutcome{
		done: channel.RefundDone,
		strings.Replace(done, "RF20251121000001", "RF20251121000002", 1): channel.RefundUnknown,
		strings.Replace(done, "GT20251121000002", "GT20251121000003", 1): channel.RefundUnknown,
		strings.Replace(done, "SUCCESS", "ABNORMAL", 1):                  channel.RefundStuck,
		strings.Replace(done, "SUCCESS", "CLOSED", 1):                    channel.RefundDeclined,
		strings.Replace(done, "SUCCESS", "PROCESSING", 1):                channel.RefundPending,
		strings.Replace(done, "SUCCESS", "", 1):                          channel.RefundUnknown,
		strings.Replace(done, ":50", ":0", 1):                            channel.RefundUnknown,
	} {
		b.tells(func(w http.ResponseWriter, _ *http.Request) { b.v3(w, 200, body) })
		for _, a := range []channel.RefundAnswer{c.Refund(t.Context(), back), c.AskRefund(t.Context(), back)} {
			if a.Outcome != want {
				t.Errorf("%s: %s, want %s", body, a.Outcome, want)
			}
		}
	}
}

// TestReverse: SUCCESS with recall=N is the only confirmation.
func TestReverse(t *testing.T) {
	b := newTLSTeller(t)
	c := b.opened(nil)
	for _, x := range []struct {
		result, recall, code string
		want                 channel.Outcome
	}{
		{"SUCCESS", "N", "", channel.Closed}, {"SUCCESS", "Y", "", channel.Unknown}, {"SUCCESS", "", "", channel.Unknown},
		{"FAIL", "Y", "SYSTEMERROR", channel.Unknown}, {"FAIL", "Y", "REVERSE_EXPIRE", channel.Unknown}, {"FAIL", "N", "REVERSE_EXPIRE", channel.EndRefused},
		{"FAIL", "N", "ORDERNOTEXIST", channel.NotFound}, {"FAIL", "N", "", channel.Unknown}, {"", "N", "", channel.Unknown},
	} {
		b.tells(func(w http.ResponseWriter, r *http.Request) {
			if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
				t.Error("reverse came without the client certificate")
			}
			b.v2(w, map[string]string{"result_code": x.result, "recall": x.recall, "err_code": x.code})
		})
		want(t, x.result+" "+x.recall+" "+x.code, c.End(t.Context(), scan().Order), x.want)
	}
}

// TestNothingSent: a request that could not leave is unavailable, not unknown.
func TestNothingSent(t *testing.T) {
	b := newTLSTeller(t)
	b.tells(func(w http.ResponseWriter, _ *http.Request) { b.v2(w, paidXML()) })
	t.Run("the handshake fails", func(t *testing.T) {
		c := b.opened(func(o *wechat.Options) { o.TLSCA = pairs()[stranger].pem })
		want(t, "charge", c.Charge(t.Context(), scan()), channel.Unavailable)
		want(t, "reverse", c.End(t.Context(), scan().Order), channel.Unavailable)
	})
	t.Run("nobody listens", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		at := l.Addr().String()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		c := b.opened(func(o *wechat.Options) { o.BaseURL = "http://" + at })
		a := c.Charge(t.Context(), scan())
		want(t, "charge", a, channel.Unavailable)
		if len(a.Messages) != 1 || !strings.HasPrefix(a.Messages[0].Failure, "not sent") {
			t.Errorf("messages %+v, want one that was not sent", a.Messages)
		}
	})
	t.Run("no randomness", func(t *testing.T) {
		c := b.opened(func(o *wechat.Options) { o.Rand = strings.NewReader("short") })
		want(t, "charge", c.Charge(t.Context(), scan()), channel.Unavailable)
		want(t, "show", c.Show(t.Context(), shown()), channel.Unavailable)
	})
	t.Run("the order cannot be asked", func(t *testing.T) {
		c := b.opened(nil)
		for what, change := range map[string]func(*channel.Charge){
			"no number": func(q *channel.Charge) { q.No = "" }, "a path": func(q *channel.Charge) { q.No = "../../x" },
			"long number": func(q *channel.Charge) { q.No = strings.Repeat("1", 33) }, "no amount": func(q *channel.Charge) { q.Amount.Fen = 0 },
			"dollars": func(q *channel.Charge) { q.Amount.Currency = "USD" }, "no code": func(q *channel.Charge) { q.AuthCode = "" },
			"no kind": func(q *channel.Charge) { q.Kind = "" },
		} {
			q := scan()
			change(&q)
			want(t, what, c.Charge(t.Context(), q), channel.Unavailable)
			if what != "no code" {
				want(t, "ask, "+what, c.Ask(t.Context(), q.Order), channel.Unavailable)
			}
		}
	})
	if n := b.calls.Load(); n != 0 {
		t.Errorf("%d requests came, want none", n)
	}
}

// TestKeptConnections: a server that closes kept connections makes net/http
// send nothing twice, and makes us call unknown only what may have left.
func TestKeptConnections(t *testing.T) {
	b := newTeller(t)
	var served atomic.Int64
	b.tells(func(w http.ResponseWriter, _ *http.Request) { served.Add(1); b.v2(w, paidXML()) })
	c := b.opened(nil)
	const n = 200
	var paid, unknown, unavailable int64
	for i := range n {
		if i%2 == 1 {
			b.CloseClientConnections()
		}
		switch a := c.Charge(t.Context(), scan()); a.Outcome {
		case channel.Paid:
			paid++
		case channel.Unknown:
			unknown++
		case channel.Unavailable:
			unavailable++
		default:
			t.Fatalf("charge: %s", a.Outcome)
		}
	}
	if got := served.Load(); got < paid || got > paid+unknown {
		t.Errorf("%d charges were served; %d were told paid, %d unknown, %d unavailable", got, paid, unknown, unavailable)
	}
	if paid < n/2 {
		t.Errorf("only %d of %d charges were paid", paid, n)
	}
}

// TestClosesOnRequest: a server that takes the request and closes the kept
// connection without an answer has perhaps worked on it: it is not sent again.
func TestClosesOnRequest(t *testing.T) {
	b := newTeller(t)
	var served atomic.Int64
	b.tells(func(w http.ResponseWriter, _ *http.Request) {
		if served.Add(1)%2 == 0 {
			panic(http.ErrAbortHandler)
		}
		b.v2(w, paidXML())
	})
	c := b.opened(nil)
	for i := range 20 {
		outcome := channel.Paid
		if i%2 == 1 {
			outcome = channel.Unknown
		}
		want(t, "charge", c.Charge(t.Context(), scan()), outcome)
	}
	if got := served.Load(); got != 20 {
		t.Errorf("20 charges were served %d times", got)
	}
}

// TestClockOff: with a clock that is ten minutes off, nothing that is signed
// with a time is believed, neither a yes nor a no.
func TestClockOff(t *testing.T) {
	b := newTeller(t)
	for _, off := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		c := b.opened(func(o *wechat.Options) { o.Now = func() time.Time { return time.Now().Add(off) } })
		b.tells(func(w http.ResponseWriter, _ *http.Request) { b.v3(w, 200, paidJSON) })
		want(t, "ask, told paid", c.Ask(t.Context(), shown().Order), channel.Unknown)
		b.tells(func(w http.ResponseWriter, _ *http.Request) { b.v3(w, 401, `{"code":"SIGN_ERROR"}`) })
		want(t, "show, refused", c.Show(t.Context(), shown()), channel.Unknown)
		b.tells(func(w http.ResponseWriter, _ *http.Request) { b.v3(w, 204, "") })
		want(t, "close, told closed", c.End(t.Context(), shown().Order), channel.Unknown)
		if _, err := c.ReadNotice(notice(public, time.Now(), "TRANSACTION.SUCCESS", paidPlain)); !guitai.Forbidden.Is(err) {
			t.Errorf("notice: %v, want it refused", err)
		}
	}
}

// TestNoProxy: a proxy in the environment is not used for money.
func TestNoProxy(t *testing.T) {
	var asked atomic.Int64
	b := newTeller(t)
	b.tells(func(w http.ResponseWriter, _ *http.Request) { asked.Add(1); b.v2(w, paidXML()) })
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	want(t, "charge", b.opened(nil).Charge(t.Context(), scan()), channel.Paid)
}

// TestRequests looks at what is sent.
func TestRequests(t *testing.T) {
	b := newTeller(t)
	var body, auth, serial string
	b.tells(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		body, auth, serial = string(raw), r.Header.Get("Authorization"), r.Header.Get("Wechatpay-Serial")
		b.v3(w, 200, `{"code_url":"weixin://wxpay/bizpayurl?pr=x"}`)
	})
	q := shown()
	q.Expires = time.Now().Add(5 * time.Minute).Truncate(time.Second)
	q.Description = strings.Repeat("茶", 200) + "\x00"
	q.Place = channel.Place{Shop: "S1", Till: "T1"}
	a := b.opened(nil).Show(t.Context(), q)
	want(t, "show", a, channel.Waiting)
	if a.Code != "weixin://wxpay/bizpayurl?pr=x" || !a.CodeExpires.Equal(q.Expires) {
		t.Errorf("code %q until %v, want until %v", a.Code, a.CodeExpires, q.Expires)
	}
	for _, part := range []string{
		`"time_expire":"` + q.Expires.In(time.FixedZone("", 8*3600)).Format(time.RFC3339) + `"`, `"description":"` + strings.Repeat("茶", 127) + `"`,
		`"total":1250,"currency":"CNY"`, `"device_id":"T1"`, `"store_info":{"id":"S1"}`, `"payer_client_ip":"127.0.0.1"`, `"notify_url":"https://example.com/n"`,
	} {
		if !strings.Contains(body, part) {
			t.Errorf("body %s lacks %s", body, part)
		}
	}
	if !strings.Contains(auth, `serial_no="`+pairs()[merchant].serial+`"`) || serial != publicID {
		t.Errorf("Authorization %s, Wechatpay-Serial %s", auth, serial)
	}
	if err := authorized(auth, "POST\n/v3/pay/transactions/native\n%s\n%s\n"+body+"\n"); err != nil {
		t.Errorf("Authorization %s: %v", auth, err)
	}
	q.Expires = time.Time{}
	if a := b.opened(nil).Show(t.Context(), q); time.Until(a.CodeExpires).Round(time.Minute) != 2*time.Hour {
		t.Errorf("a code without an end expires %v, want in two hours", a.CodeExpires)
	}
}

func TestOpen(t *testing.T) {
	b := newTeller(t)
	for what, change := range map[string]func(*wechat.Options){
		"http elsewhere":  func(o *wechat.Options) { o.BaseURL = "http://api.mch.weixin.qq.com" },
		"no base":         func(o *wechat.Options) { o.BaseURL = "" },
		"TLS elsewhere":   func(o *wechat.Options) { o.TLSBaseURL = "ftp://x" },
		"no mchid":        func(o *wechat.Options) { o.MchID = "" },
		"short v3 key":    func(o *wechat.Options) { o.APIv3Key = "short" },
		"short v2 key":    func(o *wechat.Options) { o.APIv2Key = "" },
		"other serial":    func(o *wechat.Options) { o.SerialNo = "1234567890" },
		"other key":       func(o *wechat.Options) { o.PrivateKey = pairs()[stranger].keyPEM() },
		"no key":          func(o *wechat.Options) { o.PrivateKey = []byte("x") },
		"no certificate":  func(o *wechat.Options) { o.Certificate = nil },
		"bad authority":   func(o *wechat.Options) { o.TLSCA = []byte("x") },
		"no mode":         func(o *wechat.Options) { o.Mode = "" },
		"no public key":   func(o *wechat.Options) { o.PublicKey = nil },
		"other public id": func(o *wechat.Options) { o.PublicKeyID = "AB" },
		"sign type":       func(o *wechat.Options) { o.SignType = "SHA1" },
		"no clock":        func(o *wechat.Options) { o.Now = nil },
		"no randomness":   func(o *wechat.Options) { o.Rand = nil },
	} {
		o := b.options()
		change(&o)
		c, err := wechat.Open(o)
		if err == nil || c != nil || !guitai.Invalid.Is(err) {
			t.Errorf("%s: %v %v, want an error of kind invalid", what, c, err)
		} else if strings.Contains(err.Error(), v3Key) || strings.Contains(err.Error(), v2Key) {
			t.Errorf("%s: the error tells a key: %v", what, err)
		}
	}
	if _, err := wechat.Open(b.options()); err != nil {
		t.Error(err)
	}
}
