package web_test

import (
	"strings"
	"testing"
)

// TestStickerRound: staff scan what hangs in the shop; a stranger's code is
// named, what is missing is listed, and the report stays.
func TestStickerRound(t *testing.T) {
	h := open(t, staffed)
	door := h.mine().do("POST", "/v1/codes", order{"name": "门口"}).want(200)
	table := h.mine().do("POST", "/v1/codes", order{"name": "三号桌", "amount": money(1)}).want(200)
	cashier := h.person("101", cashierPIN)
	r := cashier.do("POST", "/v1/rounds", order{"id": "r1"}).want(200)
	if again := cashier.do("POST", "/v1/rounds", order{"id": "r1"}).want(200); again.get("id") != r.get("id") {
		t.Errorf("again: %s", again.body)
	}
	round := "/v1/rounds/" + r.get("id")
	if r.get("state") != "open" || r.get("staff") != "林小雨" || r.get("shop_name") != "桂花里便利店" || !strings.Contains(r.body, `"missing":[{`) {
		t.Errorf("%s", r.body)
	}
	scan := func(id, text string) answer {
		return cashier.do("POST", round+"/scans", order{"id": id, "text": text}).want(200)
	}
	if a := scan("s1", door.get("text")); a.get("verdict") != "ours" || a.get("code.name") != "门口" || a.find("misplaced") != false {
		t.Errorf("%s", a.body)
	}
	if a := scan("s1", door.get("text")); a.get("verdict") != "ours" {
		t.Errorf("the same scan: %s", a.body)
	}
	if a := scan("s2", door.get("text")); a.get("verdict") != "doubled" {
		t.Errorf("again: %s", a.body)
	}
	alien := "https://qr.alipay.com/fkx01" + strings.Repeat("x", 400)
	if a := scan("s3", alien); a.get("verdict") != "foreign" || a.get("kind") != "alipay" || a.get("host") != "qr.alipay.com" || len(a.get("text")) > 310 {
		t.Errorf("%s", a.body)
	}
	cashier.do("POST", round+"/scans", order{"text": ""}).wantProblem(400, "code_missing", "text")
	cashier.do("POST", round+"/scans", order{"text": strings.Repeat("a", 2049)}).wantProblem(400, "code_too_long", "text")
	cashier.do("POST", round+"/scans", order{"text": "x", "id": "a b"}).wantProblem(400, "id_malformed", "id")
	if a := h.mine().do("GET", round, nil).want(200); a.find("clean") != false || len(a.find("missing").([]any)) != 1 || len(a.find("scans").([]any)) != 3 {
		t.Errorf("%s", a.body)
	}
	theirs := h.as(h.otherKey)
	theirs.do("GET", round, nil).wantProblem(404, "round_not_found", "")
	theirs.do("POST", round+"/scans", order{"text": "x"}).wantProblem(404, "round_not_found", "")
	theirs.do("POST", round+"/end", nil).wantProblem(404, "round_not_found", "")
	end := cashier.do("POST", round+"/end", nil).want(200)
	again := cashier.do("POST", round+"/end", nil).want(200)
	if end.get("state") != "ended" || end.body != again.body {
		t.Errorf("%s\n%s", end.body, again.body)
	}
	h.mine().do("POST", "/v1/codes/"+table.get("id")+"/revoke", nil).want(200)
	if a := h.mine().do("GET", round, nil).want(200); a.body != end.body {
		t.Errorf("%s\n%s", a.body, end.body)
	}
	cashier.do("POST", round+"/scans", order{"text": "x"}).wantProblem(409, "round_ended", "")
	if l := cashier.do("GET", "/v1/rounds", nil).want(200).items(); len(l) != 1 || l[0].get("state") != "ended" ||
		l[0].find("due") != 2.0 || l[0].find("found") != 1.0 || l[0].find("alarms") != 1.0 || l[0].find("revoked") != 0.0 {
		t.Errorf("%d rounds", len(l))
	}
	for _, path := range []string{"/v1/rounds?limit=0", "/v1/rounds?cursor=x", "/v1/rounds?shop=%00"} {
		h.mine().do("GET", path, nil).want(400)
	}
	for _, payer := range []string{"130000000000000000", "289000000000000000"} {
		open := h.mine().do("POST", "/v1/rounds", nil).want(200)
		a := h.mine().do("POST", "/v1/rounds/"+open.get("id")+"/scans", order{"text": payer}).want(200)
		if a.get("verdict") != "other" || strings.Contains(h.mine().do("GET", "/v1/rounds/"+open.get("id"), nil).body, payer) {
			t.Errorf("a payer's code is kept: %s", a.body)
		}
	}
}
