package web_test

import (
	"testing"

	"guitai/internal/testkit"
)

// TestMembersAtTheDoor: who sees how much, and that another merchant sees
// nothing of members, vouchers and held bills.
func TestMembersAtTheDoor(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		h := open(t, staffed, on(dsn))
		key, other, cashier := h.mine(), h.as(h.otherKey), h.person("101", cashierPIN)
		wang := map[string]any{"id": "mem-1", "name": "王芳", "phone": "138 0013 8000", "birth_month": 11, "birth_day": 22}
		for range 2 {
			if got := cashier.do("POST", "/v1/members", wang).want(200); got.get("phone") != "138****8000" {
				t.Errorf("a cashier sees %v", got)
			}
		}
		cashier.do("POST", "/v1/members", and(wang, map[string]any{"name": "李雷"})).wantProblem(409, "id_taken", "")
		cashier.do("PUT", "/v1/members/mem-1", wang).wantProblem(403, "role_forbidden", "")
		cashier.do("GET", "/v1/members?q=", nil).wantProblem(403, "role_forbidden", "")
		cashier.do("POST", "/v1/members/mem-1/points", map[string]any{"id": "a", "points": 1, "note": "x"}).wantProblem(403, "role_forbidden", "")
		if got := cashier.do("GET", "/v1/members?phone=13800138000", nil).want(200).items(); len(got) != 1 || got[0].get("phone") != "138****8000" {
			t.Errorf("%v", got)
		}
		if got := key.do("GET", "/v1/members?q=王", nil).want(200).items(); len(got) != 1 || got[0].get("phone") != "138****8000" {
			t.Errorf("a list shows %v", got)
		}
		if got := key.do("GET", "/v1/members/mem-1", nil).want(200); got.get("phone") != "13800138000" {
			t.Errorf("%v", got)
		}
		key.do("POST", "/v1/members/mem-1/points", map[string]any{"id": "a", "points": 500, "note": "开业"}).want(200)
		key.do("POST", "/v1/members/mem-1/points", map[string]any{"id": "a", "points": 400, "note": "开业"}).wantProblem(409, "id_taken", "")
		other.do("GET", "/v1/members/mem-1", nil).wantProblem(404, "member_not_found", "")
		if got := other.do("GET", "/v1/members?phone=13800138000", nil).want(200).items(); len(got) != 0 {
			t.Errorf("another merchant finds %v", got)
		}
		batch := map[string]any{"id": "vba-1", "name": "券", "kind": "balance", "amount_fen": 1000, "pieces": 1, "until": "2099-01-01T00:00:00Z", "from": "2089-06-01T00:00:00Z"}
		key.do("POST", "/v1/vouchers", batch).want(200)
		code := key.do("GET", "/v1/vouchers/batches/vba-1", nil).want(200).items()[0].get("code")
		if got := key.do("GET", "/v1/vouchers/"+code, nil).want(200); got.get("state") != "early" {
			t.Errorf("%v", got)
		}
		other.do("GET", "/v1/vouchers/"+code, nil).wantProblem(404, "voucher_not_found", "")
		other.do("GET", "/v1/vouchers/batches/vba-1", nil).wantProblem(404, "voucher_not_found", "")
		points := map[string]any{"id": "rdm-1", "sale": "sal-1", "tender": "1", "kind": "points", "member": "mem-1", "points": 300}
		if got := cashier.do("POST", "/v1/redemptions", points).want(200); got.get("state") != "held" {
			t.Errorf("%v", got)
		}
		other.do("POST", "/v1/redemptions/rdm-1/release", nil).wantProblem(404, "redemption_not_found", "")
		cashier.do("POST", "/v1/redemptions/rdm-1/release", nil).want(200)
		hold := map[string]any{"sale": "sal-1", "total_fen": 200, "lines": []any{map[string]any{"n": 1, "name": "水", "count_milli": 1000, "list_fen": 200, "price_fen": 200, "total_fen": 200}}}
		cashier.do("PUT", "/v1/holds/hld-1", hold).want(200)
		cashier.do("PUT", "/v1/holds/hld-2", and(hold, map[string]any{"lines": []any{}})).wantProblem(400, "field_invalid", "lines")
		if got := cashier.do("GET", "/v1/holds", nil).want(200).items(); len(got) != 1 || got[0].get("id") != "hld-1" {
			t.Errorf("%v", got)
		}
		if got := other.do("GET", "/v1/holds?shop="+string(h.tills[0].Shop), nil).want(200).items(); len(got) != 0 {
			t.Errorf("another merchant sees %v", got)
		}
		cashier.do("POST", "/v1/holds/hld-1/take", nil).want(200)
		key.do("POST", "/v1/holds/hld-1/take", map[string]any{"till": string(h.tills[1].ID)}).wantProblem(409, "hold_taken", "")
		cashier.do("DELETE", "/v1/holds/hld-1", nil).want(204)
		preview := map[string]any{"lines": hold["lines"]}
		cashier.do("POST", "/v1/members/mem-1/points/preview", preview).want(200)
	})
}
