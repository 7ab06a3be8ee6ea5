package wechat_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/wechat"
	"guitai/sandbox/book"
)

var _ channel.Inside = (*wechat.Channel)(nil)

// visit is a browser inside the app: it goes to Greet's address and comes back
// with a query.
func visit(t *testing.T, to, payer string) url.Values {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	if payer != "" {
		r.Header.Set("X-Sandbox-Payer", payer)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	back, err := res.Location()
	if err != nil {
		body, _ := io.ReadAll(res.Body)
		t.Fatalf("%s: %d %s", to, res.StatusCode, body)
	}
	if back.Host != "shop.example" || back.Path != "/p/abc" {
		t.Fatalf("came back to %s", back)
	}
	return back.Query()
}

func inside(no, notify string) channel.Show {
	return channel.Show{
		Order: channel.Order{No: no, Kind: guitai.Show, Amount: guitai.Fen(1250)}, Description: "茶", NotifyURL: notify,
		Place: channel.Place{Shop: "S1", Till: "T1", IP: "127.0.0.1"},
	}
}

// TestInside: from the page inside the app to the money, over real sockets.
func TestInside(t *testing.T) {
	x := openStreet(t)
	c := open(t, x.options)
	to := c.Greet("https://shop.example/p/abc?x=1", "st&te")
	if !strings.HasSuffix(to, "#wechat_redirect") || !strings.HasPrefix(to, x.options.OAuthURL+"/connect/oauth2/authorize?appid="+x.options.AppID+"&redirect_uri=https%3A%2F%2F") {
		t.Fatalf("greet: %s", to)
	}
	q := visit(t, to, "wechat-wang")
	if q.Get("state") != "st&te" || q.Get("x") != "1" {
		t.Errorf("came back with %v", q)
	}
	who := c.Payer(t.Context(), q)
	want(t, "payer", who, channel.Waiting)
	for _, m := range who.Messages {
		if text := fmt.Sprint(m); strings.Contains(text, q.Get("code")) || strings.Contains(text, x.options.AppSecret) || strings.Contains(text, who.Payer) {
			t.Errorf("a secret stands in %s", text)
		}
	}
	want(t, "the code again", c.Payer(t.Context(), q), channel.Declined)
	want(t, "no code", c.Payer(t.Context(), url.Values{}), channel.Unavailable)
	wrong := x.options
	wrong.AppSecret = strings.Repeat("0", 32)
	a := open(t, wrong).Payer(t.Context(), visit(t, to, ""))
	if want(t, "other secret", a, channel.Declined); a.Reason != guitai.CodeAccountTrouble {
		t.Errorf("other secret: %s", a.Reason)
	}

	show := inside("INSIDE0001", x.notify)
	a = c.ShowInside(t.Context(), show, who.Payer)
	want(t, "show inside", a, channel.Waiting)
	if life := time.Until(a.CodeExpires); life < time.Hour || life > 2*time.Hour {
		t.Errorf("the code lives %v", life)
	}
	params := map[string]string{}
	if err := json.Unmarshal([]byte(a.Code), &params); err != nil || len(params) != 6 || params["appId"] != x.options.AppID {
		t.Fatalf("%s: %v", a.Code, err)
	}
	other := c.Payer(t.Context(), visit(t, to, "wechat-li"))
	want(t, "another payer under the number", c.ShowInside(t.Context(), show, other.Payer), channel.Unknown)
	again := c.ShowInside(t.Context(), show, who.Payer)
	want(t, "the same again", again, channel.Waiting)
	if err := json.Unmarshal([]byte(again.Code), &params); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Book().Pay(params["package"], "wechat-zhang", book.Normal); err != book.OpenedByOther {
		t.Errorf("another payer: %v", err)
	}
	if _, err := x.Book().Pay(params["package"], "wechat-wang", book.Normal); err != nil {
		t.Fatal(err)
	}
	a = c.Ask(t.Context(), show.Order)
	if want(t, "ask", a, channel.Paid); a.Payer != who.Payer || a.Amount != show.Amount {
		t.Errorf("paid %v by %q", a.Amount, a.Payer)
	}
	want(t, "a stranger", c.ShowInside(t.Context(), inside("INSIDE0002", x.notify), "oNobody"), channel.Declined)
	want(t, "nobody", c.ShowInside(t.Context(), inside("INSIDE0003", x.notify), ""), channel.Unavailable)
	show = inside("INSIDE0004", x.notify)
	want(t, "another", c.ShowInside(t.Context(), show, who.Payer), channel.Waiting)
	want(t, "end", c.End(t.Context(), show.Order), channel.Closed)
}

// TestPayerDoubts: what the token call may say besides.
func TestPayerDoubts(t *testing.T) {
	b := newTeller(t)
	c := b.opened(func(o *wechat.Options) { o.AppSecret, o.OAuthURL = "secret", b.URL })
	for body, outcome := range map[string]channel.Outcome{
		`{"openid":"oX"}`: channel.Waiting, `{"errcode":40029,"errmsg":"invalid code"}`: channel.Declined,
		`{"errcode":40163}`: channel.Declined, `{"errcode":40125}`: channel.Declined, `{"errcode":-1}`: channel.Unknown,
		`{"errcode":99999}`: channel.Unknown, `{}`: channel.Unknown, ``: channel.Unknown, `[]`: channel.Unknown,
		`{"openid":"` + strings.Repeat("x", 200) + `"}`: channel.Unknown,
	} {
		b.tells(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
		want(t, body, c.Payer(t.Context(), url.Values{"code": {"c"}}), outcome)
	}
	b.tells(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(500)
		_, _ = io.WriteString(w, `{"openid":"oX"}`)
	})
	want(t, "500", c.Payer(t.Context(), url.Values{"code": {"c"}}), channel.Unknown)
	if to := b.opened(nil).Greet("https://shop.example/", "s"); to != "" {
		t.Errorf("without a secret the browser is sent to %s", to)
	}
}

// TestHandOverForged: an answer whose prepay_id would break the signed lines is
// not handed to the app.
func TestHandOverForged(t *testing.T) {
	b := newTeller(t)
	c := b.opened(nil)
	for body, outcome := range map[string]channel.Outcome{
		`{"prepay_id":"wx1"}`: channel.Waiting, `{"prepay_id":""}`: channel.Unknown, `{"prepay_id":"a\nb"}`: channel.Unknown, `{}`: channel.Unknown,
	} {
		b.tells(func(w http.ResponseWriter, _ *http.Request) { b.v3(w, 200, body) })
		want(t, body, c.ShowInside(t.Context(), inside("INSIDE0001", ""), "oX"), outcome)
	}
}
