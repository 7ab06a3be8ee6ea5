package unionpay

import (
	"net/url"
	"testing"

	"guitai/channel"
)

// TestTerminalAndPlace looks at the bytes of a charge: it names the terminal that
// is registered, with its place, since the rules of 2021. A till whose number is
// such a terminal goes by its own, any other by the account's.
func TestTerminalAndPlace(t *testing.T) {
	for till, want := range map[string]string{"": "00000001", "T1": "00000001", "TILL0007": "TILL0007", "till-007": "00000001", "123456789": "00000001"} {
		g := newGateway(t, func(asked url.Values) string { return raw(sealed(t, echo(asked, "respCode", "00"))) })
		ch := aCharge()
		ch.Place = channel.Place{Shop: "S1", Till: till}
		open(t, options(g.URL)).Charge(t.Context(), ch)
		var charged url.Values
		for _, f := range g.forms {
			if f.Get("txnType")+"/"+f.Get("txnSubType") == "01/06" {
				charged = f
			}
		}
		if got := charged.Get("termId"); got != want {
			t.Errorf("till %q: termId %q, want %q in %v", till, got, want, charged)
		}
	}
}
