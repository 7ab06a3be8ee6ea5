//go:build unix

package main_test

import (
	"fmt"
	"net/http"
	"testing"
)

// TestPasswordAboveAThousand: of each wallet, 1,000 yuan go without the payer's
// password, and one fen more waits for it. The wallet decides that; the till hears
// it.
func TestPasswordAboveAThousand(t *testing.T) {
	t.Parallel()
	s := openStreet(t, "sqlite:guitai.db")
	s.up()
	for _, wallet := range []string{"wechat", "alipay", "unionpay"} {
		for _, c := range []struct {
			fen   int64
			waits bool
		}{{100, false}, {100_000, false}, {100_001, true}} {
			var p paymentView
			id := fmt.Sprintf("pay_%s_%d", wallet, c.fen)
			body := map[string]any{"id": id, "amount": moneyView{c.fen, "CNY"}, "kind": "scan", "auth_code": s.payerCode(wallet, "")}
			if code := s.call(t.Context(), http.MethodPost, "/v1/payments", body, &p); code != http.StatusOK {
				t.Fatalf("%s: %d", id, code)
			}
			// Who must type something has nothing charged until then; who need not is charged at once.
			var list struct {
				Orders []order `json:"orders"`
			}
			s.wallet(http.MethodGet, "/control/orders", nil, &list)
			charged := int64(-1)
			for _, o := range list.Orders {
				if o.OrderNo == p.OrderNo {
					charged = o.ChargedFen
				}
			}
			if want := map[bool]int64{false: c.fen}[c.waits]; charged != want {
				t.Errorf("%s: %d were charged (%s), want %d", id, charged, p.State, want)
			}
			if p.State == "paid" && c.waits || p.State == "failed" {
				t.Errorf("%s: %s", id, p.State)
			}
		}
	}
	s.stop()
}
