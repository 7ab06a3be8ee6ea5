package wechat_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
	"guitai/channel/wechat"
)

const (
	paidPlain   = `{"mchid":"1600000000","appid":"wx0123456789abcdef","out_trade_no":"GT20251121000002","trade_state":"SUCCESS","transaction_id":"42","success_time":"2025-11-21T20:01:02+08:00","amount":{"total":1250,"payer_total":1250,"currency":"CNY"},"payer":{"openid":"oUpF8"}}`
	refundPlain = `{"mchid":"1600000000","out_trade_no":"GT20251121000002","out_refund_no":"RF20251121000001","refund_id":"50","refund_status":"SUCCESS","success_time":"2025-11-21T20:01:02+08:00","amount":{"total":1250,"refund":50,"payer_total":1250,"payer_refund":50}}`
)

// notice is a notice signed by one of the pairs.
func notice(signer int, at time.Time, event, plain string) channel.RawNotice {
	about := "transaction"
	if strings.HasPrefix(event, "REFUND") {
		about = "refund"
	}
	return signedNotice(signer, at, map[string]any{
		"id": "1", "create_time": "2025-11-21T20:01:02+08:00", "resource_type": "encrypt-resource", "event_type": event, "resource": seal([]byte(plain), about),
	})
}

func signedNotice(signer int, at time.Time, v any) channel.RawNotice {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	n := channel.RawNotice{Header: map[string][]string{}, Body: body}
	for name, value := range stamped(signer, at, body) {
		n.Header[name] = []string{value}
	}
	return n
}

func TestReadNotice(t *testing.T) {
	c := newTeller(t).opened(nil)
	n, err := c.ReadNotice(notice(public, time.Now(), "TRANSACTION.SUCCESS", paidPlain))
	if err != nil {
		t.Fatal(err)
	}
	if n.OrderNo != "GT20251121000002" || n.RefundNo != "" || n.Answer.Outcome != channel.Paid || n.Answer.Amount != guitai.Fen(1250) ||
		n.Answer.WalletNo != "42" || !n.Answer.PaidAt.Equal(time.Date(2025, 11, 21, 12, 1, 2, 0, time.UTC)) {
		t.Errorf("%+v", n)
	}
	if strings.Contains(n.Message.In, "oUpF8") || !strings.Contains(n.Message.In, `"trade_state":"SUCCESS"`) || n.Message.Op != "notice TRANSACTION.SUCCESS" {
		t.Errorf("message %+v", n.Message)
	}
	for status, outcome := range map[string]channel.RefundOutcome{
		"SUCCESS": channel.RefundDone, "ABNORMAL": channel.RefundStuck, "CLOSED": channel.RefundDeclined,
	} {
		plain := strings.Replace(refundPlain, `"SUCCESS"`, `"`+status+`"`, 1)
		n, err := c.ReadNotice(notice(public, time.Now(), "REFUND."+status, plain))
		if err != nil || n.RefundNo != "RF20251121000001" || n.OrderNo != "GT20251121000002" || n.Refund.Outcome != outcome || n.Refund.Amount != guitai.Fen(50) {
			t.Errorf("%s: %+v %v, want %s", status, n, err, outcome)
		}
	}
}

// TestNoticeRefused: nothing but a genuine notice that is ours has an effect.
func TestNoticeRefused(t *testing.T) {
	b := newTeller(t)
	c := b.opened(nil)
	now := time.Now()
	good := notice(public, now, "TRANSACTION.SUCCESS", paidPlain)
	header := func(name string, values ...string) channel.RawNotice {
		h := maps.Clone(good.Header)
		h[name] = values
		return channel.RawNotice{Header: h, Body: good.Body}
	}
	swap := func(old, new string) channel.RawNotice {
		return channel.RawNotice{Header: good.Header, Body: []byte(strings.Replace(string(good.Body), old, new, 1))}
	}
	sig := good.Header["Wechatpay-Signature"][0]
	plainly := func(event, old, new string) channel.RawNotice {
		plain := paidPlain
		if strings.HasPrefix(event, "REFUND") {
			plain = refundPlain
		}
		return notice(public, now, event, strings.Replace(plain, old, new, 1))
	}
	for what, c2 := range map[string]struct {
		n    channel.RawNotice
		kind guitai.Kind
	}{
		"probe":              {header("Wechatpay-Signature", "WECHATPAY/SIGNTEST/"+sig), guitai.Forbidden},
		"signature changed":  {header("Wechatpay-Signature", "A"+sig[1:]), guitai.Forbidden},
		"no base64":          {header("Wechatpay-Signature", "***"), guitai.Forbidden},
		"no signature":       {header("Wechatpay-Signature"), guitai.Forbidden},
		"two signatures":     {header("Wechatpay-Signature", sig, sig), guitai.Forbidden},
		"nonce changed":      {header("Wechatpay-Nonce", "x"), guitai.Forbidden},
		"time changed":       {header("Wechatpay-Timestamp", "1763726400"), guitai.Forbidden},
		"serial of nobody":   {header("Wechatpay-Serial", "PUB_KEY_ID_9"), guitai.Forbidden},
		"serial is no hex":   {header("Wechatpay-Serial", "../../../etc"), guitai.Forbidden},
		"other key":          {forgedBy(stranger, now, good.Body), guitai.Forbidden},
		"replayed":           {notice(public, now.Add(-301*time.Second), "TRANSACTION.SUCCESS", paidPlain), guitai.Forbidden},
		"from tomorrow":      {notice(public, now.Add(310*time.Second), "TRANSACTION.SUCCESS", paidPlain), guitai.Forbidden},
		"body changed":       {swap("encrypt-resource", "encrypt-Resource"), guitai.Forbidden},
		"space behind":       {channel.RawNotice{Header: good.Header, Body: append(slices.Clone(good.Body), ' ')}, guitai.Forbidden},
		"other merchant":     {plainly("TRANSACTION.SUCCESS", "1600000000", "1600000001"), guitai.Forbidden},
		"other app":          {plainly("TRANSACTION.SUCCESS", "wx01", "wx02"), guitai.Forbidden},
		"refund elsewhere":   {plainly("REFUND.SUCCESS", "1600000000", "1600000001"), guitai.Forbidden},
		"no order":           {plainly("TRANSACTION.SUCCESS", "GT20251121000002", ""), guitai.Invalid},
		"not paid":           {plainly("TRANSACTION.SUCCESS", `"SUCCESS"`, `"NOTPAY"`), guitai.Invalid},
		"no amount":          {plainly("TRANSACTION.SUCCESS", "1250", "0"), guitai.Invalid},
		"not JSON inside":    {notice(public, now, "TRANSACTION.SUCCESS", "paid!"), guitai.Invalid},
		"another event":      {notice(public, now, "TRANSACTION.TOMORROW", paidPlain), guitai.Invalid},
		"events mixed up":    {notice(public, now, "REFUND.SUCCESS", paidPlain), guitai.Invalid},
		"state not event":    {plainly("REFUND.SUCCESS", `"SUCCESS"`, `"CLOSED"`), guitai.Invalid},
		"undocumented state": {plainly("REFUND.SUCCESS", `"SUCCESS"`, `"CHANGE"`), guitai.Invalid},
		"not sealed":         {signedNotice(public, now, map[string]any{"event_type": "TRANSACTION.SUCCESS", "resource_type": "plain", "resource": paidPlain}), guitai.Invalid},
		"signed nonsense":    {signedNotice(public, now, []string{"x"}), guitai.Invalid},
		"too large":          {channel.RawNotice{Header: good.Header, Body: make([]byte, 1<<20+1)}, guitai.Invalid},
	} {
		n, err := c.ReadNotice(c2.n)
		if !c2.kind.Is(err) || n.OrderNo != "" || n.RefundNo != "" {
			t.Errorf("%s: %+v %v, want an error of kind %s and nothing else", what, n, err, c2.kind)
		}
		if r := c.Reply(err); r.Code < 400 || !strings.Contains(string(r.Body), `"code":"FAIL"`) {
			t.Errorf("%s: replied %d %s", what, r.Code, r.Body)
		}
	}
	if _, err := c.ReadNotice(good); err != nil {
		t.Errorf("the good one: %v", err)
	}
	if r := c.Reply(nil); r.Code != http.StatusNoContent || len(r.Body) != 0 {
		t.Errorf("replied %d %q to a good one", r.Code, r.Body)
	}
}

func forgedBy(signer int, at time.Time, body []byte) channel.RawNotice {
	n := channel.RawNotice{Header: map[string][]string{}, Body: body}
	for name, value := range stamped(signer, at, body) {
		n.Header[name] = []string{value}
	}
	n.Header["Wechatpay-Serial"] = []string{publicID}
	return n
}

// TestCertificates: certificate mode downloads what it needs, follows a change
// of certificates, and asks for unknown ones only once in a while.
func TestCertificates(t *testing.T) {
	b := newTeller(t)
	clock := time.Now()
	b.now = func() time.Time { return clock }
	b.signer.Store(platform)
	b.tells(func(w http.ResponseWriter, r *http.Request) {
		if s := r.Header.Get("Wechatpay-Serial"); s != "" {
			t.Errorf("Wechatpay-Serial %q was sent in certificate mode", s)
		}
		b.v3(w, 404, `{"code":"ORDER_NOT_EXIST"}`)
	})
	c := b.opened(func(o *wechat.Options) { o.Mode, o.PublicKey, o.PublicKeyID = wechat.ModeCertificate, nil, "" })
	ask := func(what string, outcome channel.Outcome, downloads int) {
		t.Helper()
		want(t, what, c.Ask(t.Context(), shown().Order), outcome)
		if b.asked != downloads {
			t.Fatalf("%s: %d downloads, want %d", what, b.asked, downloads)
		}
	}
	ask("first", channel.NotFound, 1)
	ask("again", channel.NotFound, 1)
	b.signer.Store(platform2)
	ask("an unknown one, too soon", channel.Unknown, 1)
	clock = clock.Add(time.Minute)
	ask("an unknown one that is not listed", channel.Unknown, 2)
	ask("the same, too soon", channel.Unknown, 2)
	b.certs = []int{platform, platform2}
	clock = clock.Add(time.Minute)
	ask("changed", channel.NotFound, 3)
	b.signer.Store(platform)
	ask("the former is still listed", channel.NotFound, 3)
	if n, err := c.ReadNotice(notice(platform2, clock, "TRANSACTION.SUCCESS", paidPlain)); err != nil || n.Answer.Outcome != channel.Paid {
		t.Errorf("notice: %+v %v", n, err)
	}
	clock = clock.Add(48 * time.Hour)
	ask("run out", channel.Unknown, 4)
}

// TestBothKinds: in public-key mode an answer that names a certificate is
// checked with that certificate.
func TestBothKinds(t *testing.T) {
	b := newTeller(t)
	b.tells(func(w http.ResponseWriter, _ *http.Request) { b.v3(w, 404, `{"code":"ORDER_NOT_EXIST"}`) })
	c := b.opened(nil)
	for _, signer := range []int{public, platform, public, platform} {
		b.signer.Store(int64(signer))
		want(t, serialOf(signer), c.Ask(t.Context(), shown().Order), channel.NotFound)
	}
	if b.asked != 1 {
		t.Errorf("%d downloads, want 1", b.asked)
	}
}

// TestFalseCertificates: a list that is not sealed under our key, or that
// nobody in it signed, is not taken over.
func TestFalseCertificates(t *testing.T) {
	for what, spoil := range map[string]func(*teller, *wechat.Options){
		"other APIv3 key": func(_ *teller, o *wechat.Options) { o.APIv3Key = strings.ToLower(v3Key) },
		"other signer":    func(b *teller, _ *wechat.Options) { b.signer.Store(stranger) },
		"empty":           func(b *teller, _ *wechat.Options) { b.certs = nil },
	} {
		b := newTeller(t)
		b.signer.Store(platform)
		b.tells(func(w http.ResponseWriter, _ *http.Request) { b.v3(w, 404, `{"code":"ORDER_NOT_EXIST"}`) })
		c := b.opened(func(o *wechat.Options) {
			o.Mode, o.PublicKey, o.PublicKeyID = wechat.ModeCertificate, nil, ""
			spoil(b, o)
		})
		a := c.Ask(t.Context(), shown().Order)
		want(t, what, a, channel.Unknown)
		if len(a.Messages) != 2 || a.Messages[1].Op != "certificates" || a.Messages[1].Failure == "" {
			t.Errorf("%s: messages %+v, want the download and why it failed", what, a.Messages)
		}
		n := notice(platform, time.Now(), "TRANSACTION.SUCCESS", paidPlain)
		var e *guitai.Error
		if _, err := c.ReadNotice(n); !errors.As(err, &e) || e.Kind == guitai.Invalid {
			t.Errorf("%s: notice: %v, want it refused", what, err)
		}
	}
}

// TestDamagedNotices: ten thousand notices that are nearly genuine.
func TestDamagedNotices(t *testing.T) {
	c := newTeller(t).opened(nil)
	channeltest.Damage(t, c, notice(public, time.Now(), "TRANSACTION.SUCCESS", paidPlain), 5000)
	channeltest.Damage(t, c, notice(public, time.Now(), "REFUND.SUCCESS", refundPlain), 5000)
}
