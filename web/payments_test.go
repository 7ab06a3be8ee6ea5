package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
	"guitai/pay"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// TestTakeBothWays: each wallet, scanned and shown, on both databases.
func TestTakeBothWays(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		h := open(t, on(dsn))
		for _, w := range []guitai.Wallet{guitai.WeChat, guitai.Alipay} {
			a := h.mine().at(t).do("POST", "/v1/payments", scan(h.payerCode(w, book.Normal), 1250)).want(200)
			if a.get("state") != "paid" || a.get("wallet") != string(w) || a.fen("amount") != 1250 || a.fen("refundable") != 1250 ||
				a.get("wallet_no") == "" || a.get("order_no") != a.get("receipt_no") || a.get("paid_at") == "" || a.find("next") != nil {
				t.Errorf("%s scanned: %s", w, a.body)
			}
			shown := h.mine().at(t).do("POST", "/v1/payments", show(string(w), 990)).want(200)
			if shown.get("state") != "waiting" || shown.get("code.text") == "" || shown.get("next.action") == "" ||
				shown.get("code.image") != "/v1/payments/"+shown.get("id")+"/code.svg" || shown.get("expires_at") == "" {
				t.Errorf("%s shown: %s", w, shown.body)
			}
			h.payShown(shown.get("code.text"))
			asked := h.mine().at(t).do("POST", "/v1/payments/"+shown.get("id")+"/ask", nil).want(200)
			if asked.get("state") != "paid" || asked.find("code") != nil {
				t.Errorf("%s shown and paid: %s", w, asked.body)
			}
		}
		if n := len(h.mine().at(t).do("GET", "/v1/payments?state=paid", nil).want(200).items()); n != 4 {
			t.Errorf("%d payments in the list", n)
		}
	})
}

// TestEnds: declined, unknown and waited-for payments are answers, not errors.
func TestEnds(t *testing.T) {
	h := open(t, policy(func(p *pay.Policy) { p.AskEvery = time.Second }))
	poor := h.mine().with("Accept-Language", "en").do("POST", "/v1/payments", scan(h.payerCode(guitai.WeChat, book.Poor), 700)).want(200)
	if poor.get("state") != "failed" || poor.get("error.code") != "balance_low" || poor.get("error.money_moved") != "no" ||
		!strings.HasSuffix(poor.get("error.what"), ".") || poor.fen("refundable") != 0 {
		t.Errorf("a poor payer: %s", poor.body)
	}
	typing := h.mine().do("POST", "/v1/payments", scan(h.payerCode(guitai.WeChat, book.PasswordOK), 700)).want(200)
	if typing.get("state") != "waiting" || typing.get("next.action") != "ask" || typing.find("code") != nil {
		t.Errorf("a payer who types: %s", typing.body)
	}
	h.fault(guitai.WeChat, "micropay", fault.HTTP500After) // whose code payments send no notices
	lost := h.mine().do("POST", "/v1/payments", scan(h.payerCode(guitai.WeChat, book.Normal), 700)).want(200)
	if lost.get("state") != "unknown" || lost.get("error.code") != "outcome_unknown" || lost.get("error.money_moved") != "maybe" ||
		lost.get("next.action") == "" || lost.get("next.at") == "" {
		t.Errorf("a lost answer: %s", lost.body)
	}
	for _, a := range []answer{typing, lost} {
		within(t, 10*time.Second, "the end of "+a.get("id"), func() bool {
			return h.mine().do("GET", "/v1/payments/"+a.get("id"), nil).want(200).get("state") == "paid"
		})
	}
}

// TestSilentWallet: the answer to a payment does not wait for a wallet that says
// nothing.
func TestSilentWallet(t *testing.T) {
	h := open(t, policy(func(p *pay.Policy) { p.CallTimeout = 500 * time.Millisecond }))
	for w, op := range map[guitai.Wallet]string{guitai.WeChat: "micropay", guitai.Alipay: "pay"} {
		h.fault(w, op, fault.SilenceBefore)
		begun := time.Now()
		a := h.mine().do("POST", "/v1/payments", scan(h.payerCode(w, book.Normal), 700)).want(200)
		if took := time.Since(begun); a.get("state") != "unknown" || took > 4*time.Second {
			t.Errorf("%s after %v: %s", w, took, a.body)
		}
	}
}

// TestStoreGone: without its store the server takes nothing and says so.
func TestStoreGone(t *testing.T) {
	h := open(t)
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	for path, method := range map[string]string{"/healthz": "GET", "/v1/payments": "POST", "/v1/tills": "GET", "/v1/events": "GET"} {
		a := h.mine().do(method, path, show("wechat", 100)).want(503)
		if a.get("kind") != "unavailable" || a.get("money_moved") != "no" || a.header.Get("Retry-After") == "" {
			t.Errorf("%s %s: %s", method, path, a.body)
		}
	}
}

// TestClose: a shown code is closed; a closed payment stays closed; a paid one
// is a conflict.
func TestClose(t *testing.T) {
	h := open(t)
	a := h.mine().do("POST", "/v1/payments", show("wechat", 300)).want(200)
	path := "/v1/payments/" + a.get("id")
	for range 2 {
		c := h.mine().do("POST", path+"/close", nil).want(200)
		if c.get("state") != "closed" || c.get("error.code") != "closed_by_merchant" || c.find("code") != nil {
			t.Errorf("closed: %s", c.body)
		}
	}
	if _, err := h.street.Book().Pay(a.get("code.text"), "", book.Normal); err == nil {
		t.Error("a closed code can be paid")
	}
	h.mine().do("GET", path+"/code.svg", nil).wantProblem(409, "payment_not_open", "")
	paid := h.paid(300)
	h.mine().do("POST", "/v1/payments/"+paid+"/close", nil).wantProblem(409, "payment_not_open", "")
	if s := h.mine().do("POST", "/v1/payments/"+paid+"/ask", nil).want(200).get("state"); s != "paid" {
		t.Errorf("asked about a paid one: %s", s)
	}
}

// paid takes a payment and returns its ID.
func (h *house) paid(fen int64) string {
	h.t.Helper()
	a := h.mine().do("POST", "/v1/payments", scan(h.payerCode(guitai.WeChat, book.Normal), fen)).want(200)
	if a.get("state") != "paid" {
		h.t.Fatalf("not paid: %s", a.body)
	}
	return a.get("id")
}

// TestWhere: a person takes money at the till of the session, a key where it
// says, within its own shop.
func TestWhere(t *testing.T) {
	h := open(t, staffed)
	first, second := string(h.tills[0].ID), string(h.tills[1].ID)
	a := h.person("101", cashierPIN).do("POST", "/v1/payments", show("wechat", 100).but("till", second)).want(200)
	if a.get("till") != first || a.get("shop") != string(h.tills[0].Shop) || a.get("staff") == "" {
		t.Errorf("a person: %s", a.body)
	}
	b := h.mine().do("POST", "/v1/payments", show("wechat", 100).but("till", second)).want(200)
	if b.get("till") != second || b.get("shop") != string(h.tills[1].Shop) || b.get("staff") != "" {
		t.Errorf("a key: %s", b.body)
	}
	if got := h.mine().do("GET", "/v1/payments?till="+second, nil).want(200).items(); len(got) != 1 || got[0].get("id") != b.get("id") {
		t.Errorf("the list of a till: %v", got)
	}
	c := h.mine().do("POST", "/v1/payments", show("wechat", 100).but("shop", string(h.tills[0].Shop))).want(200)
	if c.get("shop") != string(h.tills[0].Shop) || c.get("till") != "" {
		t.Errorf("a shop without a till: %s", c.body)
	}
}

// TestOtherFields: what is told with a payment comes back.
func TestOtherFields(t *testing.T) {
	h := open(t)
	o := show("alipay", 4200).but("sale", "sale-9").but("tender", "1").but("description", "桂花糕 两盒").but("expires_in", 60).
		but("metadata", map[string]string{"table": "7", "客": "人"}).but("id", "my:own.id_1-2")
	a := h.mine().do("POST", "/v1/payments", o).want(200)
	if a.get("id") != "my:own.id_1-2" || a.get("sale") != "sale-9" || a.get("tender") != "1" || a.get("description") != "桂花糕 两盒" ||
		fmt.Sprint(a.find("metadata")) != "map[table:7 客:人]" {
		t.Errorf("%s", a.body)
	}
	made, err1 := time.Parse(time.RFC3339, a.get("created_at"))
	ends, err2 := time.Parse(time.RFC3339, a.get("code.expires_at"))
	if err1 != nil || err2 != nil || ends.Sub(made) != time.Minute {
		t.Errorf("it lives from %s to %s", a.get("created_at"), a.get("code.expires_at"))
	}
	h.mine().do("POST", "/v1/payments", o.but("id", "another")).wantProblem(409, "sale_taken", "")
	h.mine().do("POST", "/v1/payments", o.but("id", "another").but("tender", "2")).want(200)
}
