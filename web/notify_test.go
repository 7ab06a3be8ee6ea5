package web_test

import (
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/pay"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// quietly is a house that never asks by itself: only notices tell it anything.
func quietly(t *testing.T) *house {
	return open(t, policy(func(p *pay.Policy) { p.AskEvery = time.Hour }))
}

// TestNotices: what the wallets tell arrives, after forged and probing ones that
// have no effect.
func TestNotices(t *testing.T) {
	h := quietly(t)
	for _, w := range []guitai.Wallet{guitai.WeChat, guitai.Alipay} {
		h.fault(w, fault.OpNotice, fault.ForgedNotice)
		if w == guitai.WeChat {
			h.fault(w, fault.OpNotice, fault.SignTestProbe)
		}
		shown := h.mine().do("POST", "/v1/payments", show(string(w), 1250)).want(200)
		h.payShown(shown.get("code.text"))
		within(t, 20*time.Second, "the notice of "+string(w), func() bool {
			return h.mine().do("GET", "/v1/payments/"+shown.get("id"), nil).want(200).get("state") == "paid"
		})
	}
	within(t, 10*time.Second, "the forged ones are logged", func() bool {
		return strings.Count(h.log.String(), "notice not taken") >= 2
	})
	id := h.paid(900)
	back := h.mine().do("POST", "/v1/payments/"+id+"/refunds", map[string]any{"amount": money(100)}).want(200)
	within(t, 20*time.Second, "the refund's notice", func() bool {
		return h.mine().do("GET", "/v1/refunds/"+back.get("id"), nil).want(200).get("state") == "done"
	})
}

// TestNoNotices: what is no notice of a wallet of ours.
func TestNoNotices(t *testing.T) {
	h := quietly(t)
	shown := h.mine().do("POST", "/v1/payments", show("wechat", 1250)).want(200)
	anybody := h.as("")
	for _, path := range []string{"/notify/wechat/acc_none", "/notify/alipay/" + string(account("wechat")), "/notify/purse/" + string(account("wechat")),
		"/notify/wechat/" + string(account("wechat")) + "/more"} {
		anybody.do("POST", path, strings.Repeat("x", 2<<20)).wantProblem(404, "page_not_found", "")
	}
	for _, w := range []guitai.Wallet{"wechat", "alipay"} {
		path := "/notify/" + string(w) + "/" + string(account(w))
		anybody.do("POST", path, strings.Repeat("x", 1<<20+1)).wantProblem(413, "body_too_large", "")
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			a := anybody.do(method, path, nil).wantProblem(405, "method_not_allowed", "")
			if a.header.Get("Allow") != "POST" {
				t.Errorf("%v", a.header)
			}
		}
	}
	for w, refusal := range map[guitai.Wallet]string{"wechat": `FAIL`, "alipay": "fail"} {
		for _, body := range []string{"", "{}", "canary=1&sign=x", `{"id":"x","event_type":"TRANSACTION.SUCCESS","resource_type":"encrypt-resource","resource":{"ciphertext":"canary"}}`,
			"out_trade_no=" + shown.get("order_no") + "&trade_status=TRADE_SUCCESS&total_amount=12.50&sign=AAAA&sign_type=RSA2"} {
			a := anybody.do("POST", "/notify/"+string(w)+"/"+string(account(w)), body)
			if a.code == 204 || a.body == "success" || !strings.Contains(a.body, refusal) && w == "alipay" || strings.Contains(a.body, "canary") {
				t.Errorf("%s: %q is answered %d %q", w, body, a.code, a.body)
			}
		}
	}
	if s := h.mine().do("GET", "/v1/payments/"+shown.get("id"), nil).want(200).get("state"); s != "waiting" {
		t.Errorf("a forged notice made it %s", s)
	}
	if strings.Contains(h.log.String(), "canary") {
		t.Error("the log tells what came in")
	}
}

// TestNoticeForAnothersAccount: a true notice at another account's path has no
// effect on a payment that did not go through it.
func TestNoticeForAnothersAccount(t *testing.T) {
	h := quietly(t)
	for i := range h.pay.Accounts {
		if a := &h.pay.Accounts[i]; a.Merchant == h.merchant {
			a.NotifyURL = h.url + "/notify/" + string(a.Wallet) + "/acc_theirs_" + string(a.Wallet)
		}
	}
	shown := h.mine().do("POST", "/v1/payments", show("wechat", 1250)).want(200)
	h.payShown(shown.get("code.text"))
	within(t, 20*time.Second, "the notice is refused", func() bool { return strings.Contains(h.log.String(), "notice not taken") })
	if s := h.mine().do("GET", "/v1/payments/"+shown.get("id"), nil).want(200).get("state"); s != "waiting" {
		t.Errorf("it is %s", s)
	}
	if o, err := h.street.Book().Orders(book.Filter{OrderNo: shown.get("order_no")}); err != nil || len(o) != 1 || o[0].State != book.Success {
		t.Errorf("the wallet's book: %+v %v", o, err)
	}
}
