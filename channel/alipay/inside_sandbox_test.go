package alipay_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/alipay"
	"guitai/channel/channeltest"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// greeted lets a payer's browser visit the page of Greet and returns the query
// with which it comes back.
func greeted(t *testing.T, ch *alipay.Channel, payer string) url.Values {
	t.Helper()
	const back = "http://127.0.0.1:1/p/abc?x=1"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ch.Greet(back, "st4te"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if payer != "" {
		req.Header.Set("X-Sandbox-Payer", payer)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	to, err := resp.Location()
	if err != nil || resp.StatusCode != http.StatusFound || !strings.HasPrefix(to.String(), "http://127.0.0.1:1/p/abc?") {
		t.Fatalf("%d %v %v", resp.StatusCode, to, err)
	}
	q := to.Query()
	if q.Get("state") != "st4te" || q.Get("x") != "1" || q.Get("auth_code") == "" {
		t.Fatalf("came back with %v", q)
	}
	return q
}

func insideOrder(no string) channel.Show {
	return channel.Show{
		Order:       channel.Order{No: no, Kind: guitai.Show, Amount: guitai.Fen(1250), Made: time.Now()},
		Description: "茶 a/b", Expires: time.Now().Add(10 * time.Minute), Place: channel.Place{Shop: "S1", Till: "T1"},
	}
}

// handOver is what the app does with the page's params.
func (h hall) handOver(t *testing.T, code, payer string) error {
	t.Helper()
	var params map[string]string
	if err := json.Unmarshal([]byte(code), &params); err != nil || len(params) != 1 || params["tradeNO"] == "" {
		t.Fatalf("%q %v", code, err)
	}
	o, err := h.street.Book().Find(book.Ref{Wallet: book.Alipay, Number: params["tradeNO"]})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.street.Book().Pay(o.Code, payer, book.Normal)
	return err
}

// A page inside the app: who is it, an order for this payer, paid, told, given
// back; by each way of being a merchant.
func TestInside(t *testing.T) {
	t.Parallel()
	h := openHall(t)
	for name, mode := range map[string]func(hall) alipay.Options{"plain": plain, "certified": certified, "provider": provided} {
		o := mode(h)
		ch := h.open(t, o)
		inbox, notify := mailbox(t, ch)
		q := greeted(t, ch, "alipay-wang")
		who := ch.Payer(t.Context(), q)
		if who.Outcome != channel.Waiting || who.Payer == "" {
			t.Fatalf("%s: payer: %s %s %+v", name, who.Outcome, who.Reason, who.Messages)
		}
		if again := ch.Payer(t.Context(), q); again.Outcome != channel.Declined || again.Payer != "" {
			t.Errorf("%s: the code again: %s %q", name, again.Outcome, again.Payer)
		}
		s := insideOrder("IN" + name)
		s.NotifyURL = notify
		a := ch.ShowInside(t.Context(), s, who.Payer)
		if a.Outcome != channel.Waiting || a.WalletNo == "" || a.CodeExpires.IsZero() || a.Code != `{"tradeNO":"`+a.WalletNo+`"}` {
			t.Fatalf("%s: %+v", name, a)
		}
		if again := ch.ShowInside(t.Context(), s, who.Payer); again.Code != a.Code {
			t.Errorf("%s: the same order again: %s %q", name, again.Outcome, again.Code)
		}
		for _, m := range append(who.Messages, a.Messages...) {
			if text := m.In + m.Out; strings.Contains(text, who.Payer) || strings.Contains(text, q.Get("auth_code")) ||
				o.AppAuthToken != "" && strings.Contains(text, o.AppAuthToken) || strings.Contains(text, "authbse") {
				t.Errorf("%s: the timeline tells too much: %s", name, text)
			}
		}
		if w := ch.Ask(t.Context(), s.Order); w.Outcome != channel.Waiting || w.WalletNo != a.WalletNo {
			t.Errorf("%s: before it is paid: %s", name, w.Outcome)
		}
		if err := h.handOver(t, a.Code, "alipay-zhang"); err == nil {
			t.Errorf("%s: somebody else paid it", name)
		}
		if err := h.handOver(t, a.Code, "alipay-wang"); err != nil {
			t.Fatal(err)
		}
		if p := ch.Ask(t.Context(), s.Order); p.Outcome != channel.Paid || p.Amount != s.Amount {
			t.Errorf("%s: after it is paid: %s", name, p.Outcome)
		}
		h.noticed(t, ch, inbox, s.No)
		h.givenBack(t, ch, s.Order)
	}
}

// noticed waits for the notice of a payment.
func (h hall) noticed(t *testing.T, ch *alipay.Channel, inbox *channeltest.Inbox, no string) {
	t.Helper()
	for range 100 {
		for _, raw := range inbox.All() {
			if n, err := ch.ReadNotice(raw); err == nil && n.OrderNo == no && n.Answer.Outcome == channel.Paid {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%s: no notice", no)
}

func (h hall) givenBack(t *testing.T, ch *alipay.Channel, o channel.Order) {
	t.Helper()
	r := channel.Refund{No: "R" + o.No, Order: o, Amount: guitai.Fen(250), Reason: "凉了"}
	if a := ch.Refund(t.Context(), r); a.Outcome != channel.RefundDone {
		t.Errorf("%s: refund %s", o.No, a.Outcome)
	}
	if a := ch.AskRefund(t.Context(), r); a.Outcome != channel.RefundDone || a.Amount != r.Amount {
		t.Errorf("%s: refund, asked: %s", o.No, a.Outcome)
	}
}

// Ending an order inside the app: it may not be cancelled, so it is closed;
// a paid one refuses, and doubt stays doubt.
func TestInsideEnds(t *testing.T) {
	t.Parallel()
	h := openHall(t)
	o := plain(h)
	for _, product := range []string{"JSAPI_PAY", "FACE_TO_FACE_PAYMENT"} {
		o.Product = product
		ch := h.open(t, o)
		who := ch.Payer(t.Context(), greeted(t, ch, ""))
		s := insideOrder("E1" + product)
		a := ch.ShowInside(t.Context(), s, who.Payer)
		if a.Outcome != channel.Waiting {
			t.Fatalf("%s: %+v", product, a)
		}
		for range 2 {
			if e := ch.End(t.Context(), s.Order); e.Outcome != channel.Closed {
				t.Errorf("%s: end: %s", product, e.Outcome)
			}
		}
		if err := h.handOver(t, a.Code, ""); err == nil {
			t.Errorf("%s: a closed order was paid", product)
		}
		if e := ch.Ask(t.Context(), s.Order); e.Outcome != channel.Closed {
			t.Errorf("%s: asked after the end: %s", product, e.Outcome)
		}
		never := channel.Order{No: "NEVER" + product, Kind: guitai.Show, Amount: s.Amount, Made: time.Now()}
		if e := ch.End(t.Context(), never); e.Outcome != channel.Closed && e.Outcome != channel.NotFound {
			t.Errorf("%s: end of nothing: %s", product, e.Outcome)
		}
	}
	o.Product = ""
	ch := h.open(t, o)
	who := ch.Payer(t.Context(), greeted(t, ch, ""))
	s := insideOrder("E2")
	a := ch.ShowInside(t.Context(), s, who.Payer)
	if err := h.street.Faults().Add(fault.Rule{Provider: "alipay", Op: "close", Kind: fault.HTTP500, Count: 1}); err != nil {
		t.Fatal(err)
	}
	if e := ch.End(t.Context(), s.Order); e.Outcome != channel.Unknown || len(e.Messages) != 2 {
		t.Errorf("close without an answer: %s with %d messages", e.Outcome, len(e.Messages))
	}
	if err := h.handOver(t, a.Code, ""); err != nil {
		t.Fatal(err)
	}
	if e := ch.End(t.Context(), s.Order); e.Outcome != channel.EndRefused {
		t.Errorf("end of a paid order: %s", e.Outcome)
	}
	if b := h.judge(t, s.No); b.BackFen != 0 || b.ChargedFen != 1250 {
		t.Errorf("the wallet's book: %+v", b)
	}
}

// What is refused, and what is not known.
func TestInsideRefused(t *testing.T) {
	t.Parallel()
	h := openHall(t)
	ch := h.open(t, plain(h))
	who := ch.Payer(t.Context(), greeted(t, ch, ""))
	s := insideOrder("IR1")
	if a := ch.ShowInside(t.Context(), s, who.Payer); a.Outcome != channel.Waiting {
		t.Fatal(a.Outcome)
	}
	other := ch.Payer(t.Context(), greeted(t, ch, "alipay-li"))
	for name, c := range map[string]struct {
		payer string
		do    func(*channel.Show)
		want  channel.Outcome
	}{
		"another payer":  {other.Payer, func(*channel.Show) {}, channel.Declined},
		"another amount": {who.Payer, func(s *channel.Show) { s.Amount = guitai.Fen(1) }, channel.Declined},
		"stranger":       {"2088000000000009", func(s *channel.Show) { s.No = "IR2" }, channel.Declined},
		"no payer":       {"", func(s *channel.Show) { s.No = "IR3" }, channel.Unavailable},
		"too late":       {who.Payer, func(s *channel.Show) { s.Expires = time.Now() }, channel.Unavailable},
		"no amount":      {who.Payer, func(s *channel.Show) { s.Amount = guitai.Fen(0) }, channel.Unavailable},
	} {
		x := s
		c.do(&x)
		if a := ch.ShowInside(t.Context(), x, c.payer); a.Outcome != c.want || a.Code != "" || a.Outcome == channel.Declined && a.Reason == "" {
			t.Errorf("%s: %s (%s, %s), want %s", name, a.Outcome, a.Reason, a.WalletCode, c.want)
		}
	}
	for kind, want := range map[fault.Kind]channel.Outcome{
		fault.HTTP500: channel.Unknown, fault.HalfBody: channel.Unknown, fault.BadSignature: channel.Unknown, fault.SystemErrorAfter: channel.Unknown,
	} {
		for _, op := range []string{"create", "oauth_token"} {
			if err := h.street.Faults().Add(fault.Rule{Provider: "alipay", Op: op, Kind: kind, Count: 1}); err != nil {
				t.Fatal(err)
			}
		}
		if a := ch.Payer(t.Context(), greeted(t, ch, "")); a.Outcome != want || a.Payer != "" {
			t.Errorf("%s: payer: %s %q", kind, a.Outcome, a.Payer)
		}
		x := insideOrder("IF" + strings.ReplaceAll(string(kind), "_", ""))
		if a := ch.ShowInside(t.Context(), x, who.Payer); a.Outcome != want || a.Code != "" {
			t.Errorf("%s: order: %s %q", kind, a.Outcome, a.Code)
		}
	}
	for name, q := range map[string]url.Values{
		"nothing": {}, "twice": {"auth_code": {"a", "b"}}, "another app": {"auth_code": {"a"}, "app_id": {"2021"}}, "strange": {"auth_code": {"a b"}},
		"invented": {"auth_code": {"0123456789abcdef0123456789abcdef"}},
	} {
		if a := ch.Payer(t.Context(), q); a.Outcome != channel.Declined || a.Payer != "" {
			t.Errorf("%s: %s %q", name, a.Outcome, a.Payer)
		}
	}
}

// A service provider's token that is not one, or another merchant's.
func TestProviderTokens(t *testing.T) {
	t.Parallel()
	h := openHall(t)
	good := provided(h)
	order := channel.Order{No: "ISV1", Kind: guitai.Scan, Amount: guitai.Fen(880), Made: time.Now()}
	charge := channel.Charge{Order: order, AuthCode: h.payerCode(t, channeltest.Pays), Description: "茶"}
	if a := h.open(t, good).Charge(t.Context(), charge); a.Outcome != channel.Paid {
		t.Fatalf("%s %s", a.Outcome, a.WalletCode)
	}
	first, wrong := good, good
	first.AppAuthToken, first.SellerID, first.AuthAppID = h.creds.ProviderToken1, h.creds.SellerID, h.creds.AppID
	wrong.AppAuthToken = "202611BBwrong"
	direct := plain(h)
	direct.AppAuthToken = h.creds.ProviderToken1
	for name, c := range map[string]struct {
		o    alipay.Options
		want channel.Outcome
		code string
	}{
		"another merchant": {first, channel.NotFound, "ACQ.TRADE_NOT_EXIST"},
		"no such token":    {wrong, channel.Unknown, "aop.invalid-app-auth-token"},
		"not a provider":   {direct, channel.Unknown, "aop.invalid-app-auth-token"},
	} {
		ch := h.open(t, c.o)
		if a := ch.Ask(t.Context(), order); a.Outcome != c.want || a.WalletCode != c.code {
			t.Errorf("%s: %s %s", name, a.Outcome, a.WalletCode)
		}
		charge.No, charge.AuthCode = "ISV2", h.payerCode(t, channeltest.Pays)
		if a := ch.Charge(t.Context(), charge); c.want == channel.Unknown && (a.Outcome != channel.Declined || a.Reason != guitai.CodeAccountTrouble) {
			t.Errorf("%s: charge: %s %s", name, a.Outcome, a.Reason)
		}
	}
	good.SellerID, good.AuthAppID = "", ""
	if _, err := alipay.Open(good); err == nil {
		t.Error("a provider's account that cannot tell its merchants apart was opened")
	}
}
