//go:build unix

package main_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// TestUnionPay takes UnionPay's money through the whole house in both ways, and
// gives it back as a void and as a refund in part; the wallet's own book tells
// the same.
func TestUnionPay(t *testing.T) {
	t.Parallel()
	s := openStreet(t, "sqlite:guitai.db")
	s.up()
	until := func(what, path string, into any, good func() bool) {
		t.Helper()
		within(t, 15*time.Second, what, func() error {
			if code := s.call(t.Context(), http.MethodGet, path, nil, into); code != http.StatusOK || !good() {
				return fmt.Errorf("%d %+v", code, into)
			}
			return nil
		})
	}
	var scan, show paymentView
	body := map[string]any{"id": "pay_up_scan", "amount": moneyView{1234, "CNY"}, "kind": "scan", "auth_code": s.payerCode("unionpay", "")}
	if code := s.call(t.Context(), http.MethodPost, "/v1/payments", body, &scan); code != http.StatusOK || scan.Wallet != "unionpay" {
		t.Fatalf("scan: %d %+v", code, scan)
	}
	until("scan", "/v1/payments/pay_up_scan", &scan, func() bool { return scan.State == "paid" })
	body = map[string]any{"id": "pay_up_show", "amount": moneyView{5000, "CNY"}, "kind": "show", "wallet": "unionpay"}
	if code := s.call(t.Context(), http.MethodPost, "/v1/payments", body, &show); code != http.StatusOK || show.Code == nil {
		t.Fatalf("show: %d %+v", code, show)
	}
	if code := s.wallet(http.MethodPost, "/control/pay", map[string]any{"code": show.Code.Text}, nil); code != http.StatusOK {
		t.Fatalf("pay: %d", code)
	}
	until("show", "/v1/payments/pay_up_show", &show, func() bool { return show.State == "paid" })
	var void, refund refundView
	if code := s.call(t.Context(), http.MethodPost, "/v1/payments/pay_up_scan/void", map[string]any{"id": "ref_up_void"}, &void); code != http.StatusOK {
		t.Fatalf("void: %d", code)
	}
	part := map[string]any{"id": "ref_up_part", "amount": moneyView{2000, "CNY"}}
	if code := s.call(t.Context(), http.MethodPost, "/v1/payments/pay_up_show/refunds", part, &refund); code != http.StatusOK {
		t.Fatalf("refund: %d", code)
	}
	until("void", "/v1/refunds/ref_up_void", &void, func() bool { return void.State == "done" })
	until("refund", "/v1/refunds/ref_up_part", &refund, func() bool { return refund.State == "done" })
	var list struct {
		Orders []order `json:"orders"`
	}
	if code := s.wallet(http.MethodGet, "/control/orders", nil, &list); code != http.StatusOK {
		t.Fatalf("orders: %d", code)
	}
	back := map[string]int64{}
	for _, o := range list.Orders {
		back[o.OrderNo] = o.GivenBackFen
		if o.Wallet != "unionpay" {
			t.Errorf("an order of %s", o.Wallet)
		}
	}
	if len(back) != 2 || back[scan.OrderNo] != 1234 || back[show.OrderNo] != 2000 {
		t.Errorf("given back %v", back)
	}
	s.stop()
}
