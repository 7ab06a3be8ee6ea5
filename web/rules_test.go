package web_test

import (
	"strings"
	"testing"
)

func rule(id string, more map[string]any) map[string]any {
	out := map[string]any{"id": id, "name": "more than 10 yuan", "deed": "payment", "then": "ask_manager"}
	for k, v := range more {
		out[k] = v
	}
	return out
}

// TestRules: a rule puts payments under a manager, whose approval lets one of
// them pass, once, for this amount at this till.
func TestRules(t *testing.T) {
	h := open(t, staffed)
	key := h.mine()
	cashier := h.person("101", cashierPIN)
	rules := map[string]any{"rules": []any{rule("large", map[string]any{"above": money(1000)})}}
	cashier.do("PUT", "/v1/rules", rules).wantProblem(403, "role_forbidden", "")
	h.person("201", managerPIN).do("PUT", "/v1/rules", rules).wantProblem(403, "role_forbidden", "")
	key.do("PUT", "/v1/rules", rules).want(200)
	if got := cashier.do("GET", "/v1/rules", nil).want(200).items(); len(got) != 1 || got[0].get("then") != "ask_manager" ||
		got[0].fen("above") != 1000 {
		t.Fatalf("%v", got)
	}
	h.as(h.otherKey).do("POST", "/v1/payments", show("wechat", 1001)).want(200) // another merchant's
	cashier.do("POST", "/v1/payments", show("wechat", 1000)).want(200)
	refused := cashier.do("POST", "/v1/payments", show("wechat", 1001).but("id", "pay-large")).wantProblem(403, "manager_needed", "")
	if refused.get("rule") != "more than 10 yuan" {
		t.Errorf("%v", refused)
	}
	ask := map[string]any{"number": "201", "pin": managerPIN, "deed": "payment", "amount": money(1001)}
	cashier.do("POST", "/v1/approvals", map[string]any{"number": "201", "pin": "999999", "deed": "payment", "amount": money(1001)}).
		wantProblem(401, "pin_wrong", "")
	cashier.do("POST", "/v1/approvals", map[string]any{"number": "101", "pin": cashierPIN, "deed": "payment", "amount": money(1001)}).
		wantProblem(403, "role_forbidden", "")
	token := cashier.do("POST", "/v1/approvals", ask).want(200).get("token")
	with := cashier.with("Guitai-Approval", token)
	with.do("POST", "/v1/payments", show("wechat", 1002)).wantProblem(403, "approval_invalid", "")
	with.do("POST", "/v1/payments", show("wechat", 1001).but("id", "pay-large")).want(200)
	with.do("POST", "/v1/payments", show("wechat", 1001).but("id", "pay-large")).want(200) // the same once more
	with.do("POST", "/v1/payments", show("wechat", 1001)).wantProblem(403, "approval_invalid", "")
	h.person("201", managerPIN).do("POST", "/v1/payments", show("wechat", 1001)).want(200) // a manager at the till
	for name, wrong := range map[string]map[string]any{
		"limit":          {},
		"deed":           {"above": money(1), "deed": "theft"},
		"then":           {"above": money(1), "then": "laugh"},
		"within_seconds": {"in_count": 3},
		"name":           {"above": money(1), "name": ""},
	} {
		key.do("PUT", "/v1/rules", map[string]any{"rules": []any{rule("x", wrong)}}).wantProblem(400, "field_invalid", name)
	}
	if got := key.do("GET", "/v1/rules", nil).want(200).items(); len(got) != 1 {
		t.Errorf("a wrong list changed the rules: %v", got)
	}
	if log := h.log.String(); strings.Contains(log, token) || strings.Contains(log, managerPIN) {
		t.Error("a secret is in the log")
	}
}
