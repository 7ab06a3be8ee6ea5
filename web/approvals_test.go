package web_test

import (
	"crypto/ecdh"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
	"guitai/store"
)

func act(name string, fen int64) map[string]any {
	return map[string]any{"act": name, "amount_fen": fen, "sale": "sal-1", "about": "矿泉水 × 1"}
}

func and(m map[string]any, more map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		out[k] = v
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}

// away signs a manager in on a phone of the manager's own.
func (h *house) away(number, pin string) client {
	h.t.Helper()
	a := h.as("").do("POST", "/v1/sessions", map[string]any{"till": string(h.tills[0].ID), "number": number, "pin": pin, "away": true})
	a.want(200)
	return h.as("").with("Cookie", cookieOf(a)).with("X-Guitai", "1")
}

// TestActByPIN: an act of the till by a manager's PIN, and who may not.
func TestActByPIN(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		h := open(t, staffed, on(dsn))
		cashier := h.person("101", cashierPIN)
		pin := map[string]any{"number": "201", "pin": managerPIN}
		got := cashier.do("POST", "/v1/approvals", and(act("return", 1250), pin)).want(200)
		if !strings.HasPrefix(got.get("approval"), "apr_") || got.get("act") != "return" {
			t.Errorf("%v", got)
		}
		cashier.do("POST", "/v1/approvals", and(act("return", 500_001), pin)).wantProblem(403, "limit_too_low", "")
		cashier.do("POST", "/v1/approvals", and(act("juggle", 1), pin)).wantProblem(400, "act_unknown", "act")
		cashier.do("POST", "/v1/approvals", and(act("void", 1), map[string]any{"number": "101", "pin": cashierPIN})).wantProblem(403, "role_forbidden", "")
		cashier.do("POST", "/v1/approvals", and(act("void", 1), map[string]any{"number": "201", "pin": "999999"})).wantProblem(401, "pin_wrong", "")
		cashier.do("GET", "/v1/approvals", nil).wantProblem(403, "role_forbidden", "")
		rows := h.mine().do("GET", "/v1/approvals", nil).want(200).items()
		if len(rows) != 1 || rows[0].get("how") != "pin" || rows[0].get("about") != "矿泉水 × 1" {
			t.Errorf("%v", rows)
		}
		if rows := h.as(h.otherKey).do("GET", "/v1/approvals", nil).want(200).items(); len(rows) != 0 {
			t.Errorf("another merchant sees %v", rows)
		}
		use := store.ActUse{Merchant: h.merchant, Till: h.tills[0].ID, Approval: got.get("approval"), Act: "return", AmountFen: 1250, Sale: "sal-1",
			At: h.now(), For: "sal-1/1"}
		for name, c := range map[string]struct {
			change func(*store.ActUse)
			right  int
		}{
			"another till":    {func(u *store.ActUse) { u.Till = h.tills[1].ID }, 0},
			"another act":     {func(u *store.ActUse) { u.Act = "void" }, 0},
			"more":            {func(u *store.ActUse) { u.AmountFen++ }, 0},
			"another sale":    {func(u *store.ActUse) { u.Sale = "sal-2" }, 0},
			"too late":        {func(u *store.ActUse) { u.At = u.At.Add(8 * time.Minute) }, 0},
			"before it":       {func(u *store.ActUse) { u.At = u.At.Add(-3 * time.Minute) }, 0},
			"another's":       {func(u *store.ActUse) { u.Merchant = h.other }, 0},
			"as it was asked": {func(*store.ActUse) {}, 2},
		} {
			if c.right == 0 {
				u := use
				c.change(&u)
				if err := h.use(u); err != store.ErrNoRow {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		for range 2 {
			if err := h.use(use); err != nil {
				t.Errorf("as it was asked: %v", err)
			}
		}
		use.For = "sal-1/2"
		if err := h.use(use); err != store.ErrNoRow {
			t.Errorf("used twice: %v", err)
		}
	})
}

func (h *house) use(u store.ActUse) error {
	return h.store.InTx(h.t.Context(), func(tx *store.Tx) error { return tx.UseAct(u) })
}

// TestActByPhone: a request is answered on a phone, once; the till learns.
func TestActByPhone(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		h := open(t, staffed, on(dsn))
		cashier, phone := h.person("101", cashierPIN), h.away("201", managerPIN)
		ask := and(act("discount", 300), map[string]any{"id": "apq-1"})
		for range 2 {
			if got := cashier.do("POST", "/v1/approval-requests", ask).want(200); got.get("state") != "open" {
				t.Errorf("%v", got)
			}
		}
		cashier.do("POST", "/v1/approval-requests", and(ask, map[string]any{"amount_fen": 301})).wantProblem(409, "id_taken", "")
		cashier.do("POST", "/v1/approval-requests/apq-1/approve", nil).wantProblem(403, "role_forbidden", "")
		h.mine().do("POST", "/v1/approval-requests/apq-1/approve", nil).wantProblem(401, "signed_out", "")
		if open := phone.do("GET", "/v1/approval-requests?state=open", nil).want(200).items(); len(open) != 1 || open[0].get("about") != "矿泉水 × 1" {
			t.Errorf("%v", open)
		}
		first := phone.do("POST", "/v1/approval-requests/apq-1/approve", nil).want(200)
		second := phone.do("POST", "/v1/approval-requests/apq-1/approve", nil).want(200)
		learnt := cashier.do("GET", "/v1/approval-requests/apq-1", nil).want(200)
		if first.get("approval") == "" || first.get("approval") != second.get("approval") || learnt.get("approval") != first.get("approval") {
			t.Errorf("%v %v %v", first, second, learnt)
		}
		phone.do("POST", "/v1/approval-requests/apq-1/refuse", nil).wantProblem(409, "approval_request_answered", "")
		if rows := phone.do("GET", "/v1/approvals", nil).want(200).items(); len(rows) != 1 || rows[0].get("how") != "phone" {
			t.Errorf("%v", rows)
		}
		cashier.do("POST", "/v1/approval-requests", and(act("void", 1), map[string]any{"id": "apq-2"})).want(200)
		if got := cashier.do("POST", "/v1/approval-requests/apq-2/withdraw", nil).want(200); got.get("state") != "withdrawn" {
			t.Errorf("%v", got)
		}
		phone.do("POST", "/v1/approval-requests/apq-2/approve", nil).wantProblem(409, "approval_request_answered", "")
		cashier.do("POST", "/v1/approval-requests", and(act("return", 500_001), map[string]any{"id": "apq-3"})).want(200)
		phone.do("POST", "/v1/approval-requests/apq-3/approve", nil).wantProblem(403, "limit_too_low", "")
		h.pass(5 * time.Minute)
		phone.do("POST", "/v1/approval-requests/apq-3/refuse", nil).wantProblem(409, "approval_request_answered", "")
		if got := cashier.do("GET", "/v1/approval-requests/apq-3", nil).want(200); got.get("state") != "expired" {
			t.Errorf("%v", got)
		}
	})
}

// TestAwayLooksAndApproves: who signed in away from any till does no till's work.
func TestAwayLooksAndApproves(t *testing.T) {
	h := open(t, staffed)
	h.as("").do("POST", "/v1/sessions", map[string]any{"till": string(h.tills[0].ID), "number": "101", "pin": cashierPIN, "away": true}).
		wantProblem(403, "role_forbidden", "")
	phone := h.away("201", managerPIN)
	phone.do("GET", "/v1/payments", nil).want(200)
	phone.do("POST", "/v1/payments", show("wechat", 1000)).wantProblem(403, "office_only", "")
	phone.do("POST", "/v1/vouchers", map[string]any{"id": "x"}).wantProblem(403, "office_only", "")
	phone.do("POST", "/v1/approvals", and(act("void", 1), map[string]any{"number": "201", "pin": managerPIN})).wantProblem(403, "office_only", "")
	phone.do("DELETE", "/v1/session", nil).want(204)
	phone.do("GET", "/v1/payments", nil).wantProblem(401, "signed_out", "")
}

// TestActByCode: six digits for one act of one amount at one till, five tries.
func TestActByCode(t *testing.T) {
	h := open(t, staffed)
	cashier, phone := h.person("101", cashierPIN), h.away("201", managerPIN)
	leave := map[string]any{"till": string(h.tills[0].ID), "act": "price_change", "amount_fen": 200}
	code := phone.do("POST", "/v1/approval-codes", leave).want(200).get("code")
	try := func(act string, fen int64, code string) answer {
		return cashier.do("POST", "/v1/approvals", map[string]any{"act": act, "amount_fen": fen, "code": code})
	}
	try("price_change", 201, code).wantProblem(403, "approval_code_wrong", "")
	try("discount", 200, code).wantProblem(403, "approval_code_wrong", "")
	if got := try("price_change", 200, code).want(200); got.get("approval") == "" {
		t.Errorf("%v", got)
	}
	try("price_change", 200, code).wantProblem(403, "approval_code_wrong", "")
	code = phone.do("POST", "/v1/approval-codes", leave).want(200).get("code")
	for range 5 {
		try("price_change", 200, fmt.Sprintf("%06d", (int(code[0]-'0')+1)%10)).wantProblem(403, "approval_code_wrong", "")
	}
	try("price_change", 200, code).wantProblem(403, "approval_code_wrong", "")
	h.mine().do("POST", "/v1/approval-codes", leave).wantProblem(401, "signed_out", "")
	if log := h.log.String(); strings.Contains(log, code) {
		t.Error("a code is in the log")
	}
}

// TestActOffline: eight digits for an enrolled till, the same for the same
// challenge; the approval is booked when it is made.
func TestActOffline(t *testing.T) {
	h := open(t, staffed)
	phone := h.away("201", managerPIN)
	leave := map[string]any{"till": string(h.tills[0].ID), "act": "drawer", "challenge": "0123456789012"}
	phone.do("POST", "/v1/approval-digits", leave).wantProblem(409, "till_key_not_found", "")
	private, err := ecdh.P256().GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	err = h.store.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.InsertTillKey(guitai.TillKey{ID: "tky_1", Merchant: h.merchant, Till: h.tills[0].ID, Public: private.PublicKey().Bytes(), BoundAt: h.now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	first := phone.do("POST", "/v1/approval-digits", leave).want(200)
	second := phone.do("POST", "/v1/approval-digits", leave).want(200)
	if len(first.get("code")) != 8 || first.get("code") != second.get("code") || first.get("approval") != second.get("approval") {
		t.Errorf("%v %v", first, second)
	}
	phone.do("POST", "/v1/approval-digits", and(leave, map[string]any{"act": "void"})).wantProblem(409, "id_taken", "")
	for _, wrong := range []string{"", "123", "9999999999999", "01234567890ab"} {
		phone.do("POST", "/v1/approval-digits", and(leave, map[string]any{"challenge": wrong})).wantProblem(400, "field_invalid", "challenge")
	}
	if rows := phone.do("GET", "/v1/approvals", nil).want(200).items(); len(rows) != 1 || rows[0].get("how") != "offline" {
		t.Errorf("%v", rows)
	}
}

// TestAskRace: two phones answer one request at once: one answer stands.
func TestAskRace(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		h := open(t, staffed, on(dsn))
		cashier, phone := h.person("101", cashierPIN), h.away("201", managerPIN)
		cashier.do("POST", "/v1/approval-requests", and(act("void", 100), map[string]any{"id": "apq-r"})).want(200)
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() { phone.do("POST", "/v1/approval-requests/apq-r/"+[]string{"approve", "refuse"}[i%2], nil) })
		}
		wg.Wait()
		state := cashier.do("GET", "/v1/approval-requests/apq-r", nil).want(200).get("state")
		rows := h.mine().do("GET", "/v1/approvals", nil).want(200).items()
		if want := map[string]int{"approved": 1, "refused": 0}[state]; len(rows) != want {
			t.Errorf("%s with %d approvals", state, len(rows))
		}
	})
}
