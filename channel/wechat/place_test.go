package wechat_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"guitai/channel"
	"guitai/channel/wechat"
)

// TestTerminalAndPlace looks at the bytes of each kind of charge: since the rules
// of 2021 each names the terminal and where it stands.
func TestTerminalAndPlace(t *testing.T) {
	at := channel.Place{Shop: "S1", Till: "T1", IP: "203.0.113.7"}
	charge := func(c *wechat.Channel) channel.Answer {
		q := scan()
		q.Place = at
		return c.Charge(t.Context(), q)
	}
	v3 := []string{`"device_id":"T1"`, `"id":"S1"`, `"payer_client_ip":"203.0.113.7"`}
	for name, c := range map[string]struct {
		change func(*wechat.Options)
		do     func(c *wechat.Channel) channel.Answer
		has    []string
	}{
		"v2 code pay": {nil, charge, []string{"<device_info>T1</device_info>", "store_info", "S1", "<spbill_create_ip>203.0.113.7</spbill_create_ip>"}},
		"v3 code pay": {func(o *wechat.Options) { o.CodePay = wechat.CodePayV3 }, charge, []string{`"device_id":"T1"`, `"out_id":"S1"`, `"device_ip":"203.0.113.7"`}},
		"shown code": {nil, func(c *wechat.Channel) channel.Answer {
			s := shown()
			s.Place, s.Expires = at, time.Now().Add(time.Minute)
			return c.Show(t.Context(), s)
		}, v3},
		"inside the app": {nil, func(c *wechat.Channel) channel.Answer {
			s := shown()
			s.Place, s.Expires = at, time.Now().Add(time.Minute)
			return c.ShowInside(t.Context(), s, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
		}, v3},
	} {
		t.Run(name, func(t *testing.T) {
			b := newTeller(t)
			sent := ""
			b.tells(func(_ http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				sent += string(body)
			})
			c.do(b.opened(c.change))
			for _, part := range c.has {
				if !strings.Contains(sent, part) {
					t.Errorf("%s is not in %q", part, sent)
				}
			}
		})
	}
}
