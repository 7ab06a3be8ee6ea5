package web_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
	"guitai/pay"
	"guitai/sandbox/book"
)

// TestSameRequest: the same request under the same id is taken once, by
// whichever name; another request under it is a conflict.
func TestSameRequest(t *testing.T) {
	h := open(t)
	code := h.payerCode(guitai.WeChat, book.Normal)
	for name, c := range map[string]struct {
		who   client
		first order
		other order
	}{
		"id":  {h.mine(), scan(code, 800).but("id", "mine-1"), scan(code, 801).but("id", "mine-1")},
		"key": {h.mine().with("Idempotency-Key", "a key, any text"), show("alipay", 900), show("alipay", 901)},
		"id and key": {h.mine().with("Idempotency-Key", "another"), show("wechat", 900).but("id", "mine-2"),
			show("wechat", 900).but("id", "mine-2").but("description", "x")},
	} {
		t.Run(name, func(t *testing.T) {
			who := c.who.at(t)
			before := h.count()
			first := who.do("POST", "/v1/payments", c.first).want(200)
			again := who.do("POST", "/v1/payments", c.first).want(200)
			if first.get("id") != again.get("id") || first.get("order_no") != again.get("order_no") || first.get("created_at") != again.get("created_at") {
				t.Errorf("first %s\nagain %s", first.body, again.body)
			}
			who.do("POST", "/v1/payments", c.other).wantProblem(409, "id_taken", "")
			if n := h.count(); n != before+1 {
				t.Errorf("%d payments were stored", n-before)
			}
		})
	}
	if got := h.mine().do("GET", "/v1/payments/mine-2", nil).want(200); got.fen("amount") != 900 {
		t.Errorf("with id and key the id counts: %s", got.body)
	}
	// The same id of another merchant is another payment.
	h.as(h.otherKey).do("POST", "/v1/payments", show("wechat", 5).but("id", "mine-1")).want(200)
}

// TestSameRefund: likewise for refunds and voids.
func TestSameRefund(t *testing.T) {
	h := open(t)
	one, two := "/v1/payments/"+h.paid(1000), "/v1/payments/"+h.paid(1000)
	body := map[string]any{"amount": money(300), "id": "back-1"}
	first := h.mine().do("POST", one+"/refunds", body).want(200)
	if again := h.mine().do("POST", one+"/refunds", body).want(200); again.get("refund_no") != first.get("refund_no") {
		t.Errorf("%s\n%s", first.body, again.body)
	}
	h.mine().do("POST", one+"/refunds", map[string]any{"amount": money(301), "id": "back-1"}).wantProblem(409, "id_taken", "")
	h.mine().do("POST", two+"/refunds", body).wantProblem(409, "id_taken", "")
	h.mine().do("POST", two+"/void", map[string]any{"id": "back-1"}).wantProblem(409, "id_taken", "")
	keyed := h.mine().with("Idempotency-Key", "undo")
	void := keyed.do("POST", two+"/void", nil).want(200)
	if again := keyed.do("POST", two+"/void", nil).want(200); again.get("id") != void.get("id") || void.get("kind") != "void" {
		t.Errorf("%s\n%s", void.body, again.body)
	}
	keyed.do("POST", one+"/void", nil).wantProblem(409, "id_taken", "")
}

// TestThousandAtOnce: a thousand requests with one id at once are one payment,
// one charge, and the same answer to all (RELIABILITY R6).
func TestThousandAtOnce(t *testing.T) {
	for name, dsn := range map[string]string{"sqlite": testkit.SQLite(t), "postgres": ""} {
		t.Run(name, func(t *testing.T) {
			n := 1000
			if dsn == "" {
				dsn, n = testkit.Postgres(t), 100
			}
			h := open(t, on(dsn), policy(func(p *pay.Policy) { p.SendWithin = time.Minute })) // however slow the machine
			body := scan(h.payerCode(guitai.WeChat, book.Normal), 4200).but("id", "once")
			var mu sync.Mutex
			orders, codes := map[string]int{}, map[int]int{}
			var all sync.WaitGroup
			for range n {
				all.Go(func() {
					a, err := h.mine().try("POST", "/v1/payments", body)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					codes[a.code]++
					orders[a.get("id")+" "+a.get("order_no")]++
				})
			}
			all.Wait()
			if len(orders) != 1 || codes[200] != n {
				t.Fatalf("orders %v, answers %v", orders, codes)
			}
			var no string
			_, err := fmt.Sscanf(oneKey(orders), "once %s", &no)
			if err != nil {
				t.Fatal(err)
			}
			o, err := h.street.Book().Orders(book.Filter{OrderNo: no})
			if err != nil || len(o) != 1 || o[0].State != book.Success {
				t.Errorf("the wallet's book: %+v %v", o, err)
			}
			if n := h.count(); n != 1 {
				t.Errorf("%d payments", n)
			}
		})
	}
}

func oneKey(m map[string]int) string {
	for k := range m {
		return k
	}
	return ""
}

// TestPages: a list is walked through whole, newest first, without doubles,
// also while payments come in and at one instant.
func TestPages(t *testing.T) {
	h := open(t)
	var made []string
	for i := range 11 {
		made = append(made, h.mine().do("POST", "/v1/payments", show("wechat", int64(100+i))).want(200).get("id"))
	}
	var seen []string
	cursor, late := "", ""
	for page := 0; page == 0 || cursor != ""; page++ {
		a := h.mine().do("GET", "/v1/payments?limit=3&cursor="+cursor, nil).want(200)
		for _, p := range a.items() {
			seen = append(seen, p.get("id"))
		}
		cursor = a.get("next_cursor")
		if page == 1 {
			late = h.mine().do("POST", "/v1/payments", show("wechat", 7)).want(200).get("id")
		}
	}
	if len(seen) != len(made) {
		t.Fatalf("seen %d of %d", len(seen), len(made))
	}
	for i, id := range seen {
		if id != made[len(made)-1-i] || id == late {
			t.Errorf("at %d stands %s", i, id)
		}
	}
}

// TestFilters: by state, till and time.
func TestFilters(t *testing.T) {
	h := open(t)
	ids := func(query string) (out []string) {
		for _, p := range h.mine().do("GET", "/v1/payments?"+query, nil).want(200).items() {
			out = append(out, p.get("id"))
		}
		return out
	}
	paid := h.paid(100)
	second := h.mine().do("POST", "/v1/payments", show("wechat", 100).but("till", string(h.tills[1].ID))).want(200)
	third := h.mine().do("POST", "/v1/payments", show("alipay", 100)).want(200)
	for query, want := range map[string][]string{
		"":           {third.get("id"), second.get("id"), paid},
		"state=paid": {paid}, "state=failed": nil,
		"till=" + second.get("till"):                     {second.get("id")},
		"till=til_none":                                  nil,
		"created_from=" + second.get("created_at"):       {third.get("id"), second.get("id")},
		"created_to=" + second.get("created_at"):         {paid},
		"created_from=2000-01-01T00:00:00%2B08:00":       {third.get("id"), second.get("id"), paid},
		"created_from=" + second.get("created_at") + "&": {third.get("id"), second.get("id")},
		"created_from=2100-01-01T00:00:00Z":              nil,
		"limit=1":                                        {third.get("id")},
	} {
		if got := ids(query); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
}
