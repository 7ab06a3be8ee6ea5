package web_test

import (
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/sandbox/fault"
)

// TestConfirmShift: a wallet that does not answer leaves its payment open, the
// next question brings the answer; money that went back is confirmed too, and
// what a sale says otherwise than the wallet differs.
func TestConfirmShift(t *testing.T) {
	h := open(t, staffed)
	cashier := h.person("101", cashierPIN)
	p := h.bookPen(cashier, "jrn-1")
	p.add(guitai.EntryShiftOpen, `{"shift":"shf-1","float_fen":50000}`)
	p.send(0).want(200)
	p.at = h.now()
	paid, less := h.paidFor(cashier, "sal-1", "1", 1100), h.paidFor(cashier, "sal-2", "1", 900)
	refund := cashier.do("POST", "/v1/payments/"+paid+"/refunds", order{"id": "ref-1", "amount": money(1100)}).want(200).get("id")
	within(t, 10*time.Second, "the refund to be done", func() bool {
		return cashier.do("GET", "/v1/refunds/"+refund, nil).want(200).get("state") == "done"
	})
	tender := func(id string) string {
		return `[{"n":"1","kind":"wallet","amount_fen":1100,"payment":"` + id + `","wallet":"wechat"}]`
	}
	p.add(guitai.EntrySale, soldBody("sal-1", "1A-000001", tender(paid)))
	p.add(guitai.EntrySaleVoided, `{"void":"vod-1","sale":"sal-1","receipt_no":"1A-000001","shift":"shf-1","reason":"收错","tenders":[{"n":"2","kind":"wallet","amount_fen":-1100,"payment":"`+paid+`","refund":"`+refund+`"}]}`)
	p.add(guitai.EntrySale, soldBody("sal-2", "1A-000002", tender(less)))
	if a := p.send(1).want(200); strings.Count(a.body, `"queried"`) != 1 || !strings.Contains(a.body, "payment_differs") {
		t.Errorf("%s", a.body)
	}
	h.fault(guitai.WeChat, "orderquery", fault.HTTP500)
	a := cashier.do("POST", "/v1/shifts/shf-1/confirm", nil).want(200)
	if a.find("open") != 1.0 {
		t.Errorf("the question that was not answered: %s", a.body)
	}
	h.street.Faults().Clear()
	a = cashier.do("POST", "/v1/shifts/shf-1/confirm", nil).want(200)
	if a.find("agreed") != 2.0 || a.find("differ") != 1.0 || a.find("open") != 0.0 {
		t.Errorf("%s", a.body)
	}
}
