package alipay

import (
	"encoding/json"
	"testing"
	"time"

	"guitai/channel"
)

// TestTerminalAndPlace looks at the bytes of each kind of charge: since the rules
// of 2021 each names the terminal and where it stands.
func TestTerminalAndPlace(t *testing.T) {
	at := channel.Place{Shop: "S1", Till: "T1", Operator: "7"}
	show := channel.Show{Order: anOrder(), Description: "早餐", Expires: noon().Add(time.Minute), Place: at}
	for method, do := range map[string]func(c *Channel) channel.Answer{
		"alipay.trade.pay":       func(c *Channel) channel.Answer { return c.Charge(t.Context(), aCharge()) },
		"alipay.trade.precreate": func(c *Channel) channel.Answer { return c.Show(t.Context(), show) },
		"alipay.trade.create":    func(c *Channel) channel.Answer { return c.ShowInside(t.Context(), show, "2088102146225135") },
	} {
		g := newGateway(t, func(method string) []byte { return signed(t, method, `{"code":"20000"}`) })
		do(open(t, options(t, g.URL)))
		var sent map[string]any
		if err := json.Unmarshal([]byte(g.last().Get("biz_content")), &sent); err != nil {
			t.Fatalf("%s: %v", method, err)
		}
		if g.last().Get("method") != method || sent["terminal_id"] != "T1" || sent["store_id"] != "S1" || sent["operator_id"] != "7" {
			t.Errorf("%s sent as %s: %v", method, g.last().Get("method"), sent)
		}
	}
}
