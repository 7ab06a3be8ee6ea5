package web_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"
)

func tea() order {
	return order{"code": "2001", "name": "桂花乌龙", "department": "drinks", "price_fen": 650, "unit": "杯", "barcodes": []string{"6901234567892"}}
}

func changed(a answer) int64 {
	n, _ := a.find("changed").(float64)
	return int64(n)
}

// bundle follows a till's bundle from a version to its end.
func (h *house) bundle(since float64) answer {
	h.t.Helper()
	return h.mine().do("GET", fmt.Sprintf("/v1/tills/%s/bundle?since=%.0f", h.tills[0].ID, since), nil).want(200)
}

// TestItems: made, found, changed, taken away; the same twice is one, an old
// number is a conflict, and a till is told each time.
func TestItems(t *testing.T) {
	h := open(t)
	me := h.mine()
	version, _ := h.bundle(0).find("version").(float64)
	made := me.do("POST", "/v1/items", tea()).want(200)
	if again := me.do("POST", "/v1/items", tea()).want(200); changed(again) != changed(made) || made.get("pinyin") != "gui hua wu long" {
		t.Errorf("%s, then %s", made.body, again.body)
	}
	me.do("POST", "/v1/items", tea().but("name", "另一种")).wantProblem(409, "item_taken", "")
	for _, q := range []string{"guihua", "ghwl", "2001", "6901234567892", "桂花", "gui%20long", "WULONG"} {
		if found := me.do("GET", "/v1/items?q="+q, nil).want(200).items(); len(found) != 1 || found[0].get("code") != "2001" {
			t.Errorf("%s finds %d", q, len(found))
		}
	}
	for _, q := range []string{"%25", "_", "nothing", "gui%20nothing"} {
		if found := me.do("GET", "/v1/items?q="+q, nil).want(200).items(); len(found) != 0 {
			t.Errorf("%s finds %d", q, len(found))
		}
	}
	dearer := tea().but("price_fen", 700).but("changed", changed(made))
	now := me.do("PUT", "/v1/items/2001", dearer).want(200)
	me.do("PUT", "/v1/items/2001", dearer).want(200) // its answer was lost
	me.do("PUT", "/v1/items/2001", dearer.but("price_fen", 800)).wantProblem(409, "changed_meanwhile", "")
	me.do("PUT", "/v1/items/2001", tea()).wantProblem(400, "field_missing", "changed")
	diff := h.bundle(version)
	rows, _ := diff.find("items").([]any)
	if diff.find("full") != false || len(rows) != 1 || rows[0].(map[string]any)["price_fen"] != 700.0 {
		t.Errorf("%s", diff.body)
	}
	h.as(h.otherKey).do("GET", "/v1/items/2001", nil).wantProblem(404, "item_not_found", "")
	h.as(h.otherKey).do("DELETE", "/v1/items/2001?changed=1", nil).wantProblem(404, "item_not_found", "")
	me.do("DELETE", "/v1/items/2001?changed=1", nil).wantProblem(409, "changed_meanwhile", "")
	me.do("DELETE", "/v1/items/2001", nil).wantProblem(400, "field_missing", "changed")
	away := fmt.Sprintf("/v1/items/2001?changed=%d", changed(now))
	me.do("DELETE", away, nil).want(204)
	me.do("DELETE", away, nil).want(204)
	me.do("GET", "/v1/items/2001", nil).wantProblem(404, "item_not_found", "")
	if diff := h.bundle(version); !strings.Contains(diff.body, `"code":"2001"`) || !strings.Contains(diff.body, `"gone":true`) {
		t.Errorf("%s", diff.body)
	}
	me.do("POST", "/v1/items", tea()).want(200) // it comes back, and so does its barcode
}

// TestWrongGoods: what cannot be sold is refused at its field, and nothing of it
// is stored.
func TestWrongGoods(t *testing.T) {
	h := open(t)
	me := h.mine()
	for _, w := range []wrong{
		{"no code", tea().but("code", ""), 400, "field_invalid", "code"},
		{"code with a blank", tea().but("code", "a b"), 400, "field_invalid", "code"},
		{"no name", tea().but("name", " "), 400, "field_missing", "name"},
		{"long name", tea().but("name", strings.Repeat("长", 101)), 400, "field_invalid", "name"},
		{"two lines", tea().but("name", "a\nb"), 400, "field_invalid", "name"},
		{"no unit", tea().but("unit", ""), 400, "field_invalid", "unit"},
		{"below nothing", tea().but("price_fen", -1), 400, "amount_negative", "price_fen"},
		{"too dear", tea().but("price_fen", 100_000_001), 400, "amount_too_large", "price_fen"},
		{"half a fen", tea().but("price_fen", 1.5), 400, "field_invalid", "price_fen"},
		{"no department", tea().but("department", "none"), 400, "department_not_found", "department"},
		{"wrong check digit", tea().but("barcodes", []string{"6901234567893"}), 400, "barcode_wrong", "barcodes"},
		{"letters", tea().but("barcodes", []string{"69012345678x2"}), 400, "barcode_wrong", "barcodes"},
		{"one twice", tea().but("barcodes", []string{"96385074", "96385074"}), 400, "barcode_wrong", "barcodes"},
		{"another's", tea().but("barcodes", []string{"2000000010014"}), 400, "barcode_taken", "barcodes"},
		{"weighed by nothing", tea().but("weighed", "length"), 400, "field_invalid", "weighed"},
		{"too long for a scale", tea().but("weighed", "weight").but("code", "200100"), 400, "field_invalid", "weighed"},
		{"points", tea().but("points_milli", -1), 400, "field_invalid", "points_milli"},
		{"place", tea().but("place", -1), 400, "field_invalid", "place"},
		{"unknown", tea().but("canary", 1), 400, "field_unknown", ""},
	} {
		t.Run(w.name, func(t *testing.T) {
			me.at(t).do("POST", "/v1/items", w.body).wantProblem(w.status, w.code, w.field)
		})
	}
	for _, good := range [][]string{{"96385074"}, {"036000291452"}, {"4006381333931", "40170725"}, {}} {
		code := fmt.Sprintf("g%d%v", len(good), len(strings.Join(good, "")))
		me.do("POST", "/v1/items", tea().but("barcodes", good).but("code", code)).want(200)
	}
	for _, q := range []string{"limit=0", "limit=201", "cursor=x", "department=%00", "q=a%20b%20c%20d%20e"} {
		me.do("GET", "/v1/items?"+q, nil).want(400)
	}
	if n := len(me.do("GET", "/v1/items", nil).want(200).items()); n != 5 {
		t.Errorf("%d items are stored", n)
	}
	first := me.do("GET", "/v1/items?limit=2", nil).want(200)
	second := me.do("GET", "/v1/items?limit=3&cursor="+first.get("next_cursor"), nil).want(200)
	if len(first.items()) != 2 || len(second.items()) != 3 || second.get("next_cursor") != "" {
		t.Errorf("%s %s", first.body, second.body)
	}
}

// TestDepartments: made, changed, in use, taken away.
func TestDepartments(t *testing.T) {
	h := open(t)
	me := h.mine()
	made := me.do("POST", "/v1/departments", order{"id": "tea", "name": "茶", "colour": "#1F6FEB", "place": 2, "tax_milli": 13000}).want(200)
	if made.get("colour") != "#1f6feb" || len(me.do("GET", "/v1/departments", nil).want(200).items()) != 2 {
		t.Errorf("%s", made.body)
	}
	me.do("POST", "/v1/departments", order{"id": "tea", "name": "酒"}).wantProblem(409, "department_taken", "")
	me.do("POST", "/v1/departments", order{"id": "x", "name": "酒", "colour": "blue"}).wantProblem(400, "field_invalid", "colour")
	me.do("POST", "/v1/departments", order{"id": "x"}).wantProblem(400, "field_missing", "name")
	me.do("POST", "/v1/departments", order{"id": "x", "name": "酒", "tax_milli": 100_001}).wantProblem(400, "field_invalid", "tax_milli")
	me.do("PUT", "/v1/departments/none", order{"name": "酒", "changed": 5}).wantProblem(404, "department_not_found", "")
	now := me.do("PUT", "/v1/departments/tea", order{"name": "茶叶", "changed": changed(made)}).want(200)
	me.do("PUT", "/v1/departments/tea", order{"name": "红茶", "changed": changed(made)}).wantProblem(409, "changed_meanwhile", "")
	me.do("POST", "/v1/items", tea().but("department", "tea")).want(200)
	away := fmt.Sprintf("/v1/departments/tea?changed=%d", changed(now))
	me.do("DELETE", away, nil).wantProblem(409, "department_in_use", "")
	i := me.do("GET", "/v1/items/2001", nil).want(200)
	n, _ := i.find("item.changed").(float64)
	me.do("DELETE", fmt.Sprintf("/v1/items/2001?changed=%.0f", n), nil).want(204)
	me.do("DELETE", away, nil).want(204)
	h.as(h.otherKey).do("PUT", "/v1/departments/drinks", order{"name": "x", "changed": 7}).wantProblem(409, "changed_meanwhile", "")
}

// TestPrices: for a time, with an end after its beginning, of an item there is.
func TestPrices(t *testing.T) {
	h := open(t)
	me := h.mine()
	at := func(d time.Duration) string { return h.now().Add(d).UTC().Format(time.RFC3339) }
	sale := order{"id": "sale-1", "item": "1001", "price_fen": 150, "from": at(-time.Hour), "until": at(time.Hour)}
	made := me.do("POST", "/v1/prices", sale).want(200)
	if again := me.do("POST", "/v1/prices", sale).want(200); changed(again) != changed(made) {
		t.Errorf("twice: %s", again.body)
	}
	me.do("POST", "/v1/prices", sale.but("price_fen", 160)).wantProblem(409, "id_taken", "")
	later := me.do("POST", "/v1/prices", order{"item": "1001", "price_fen": 140, "from": at(24 * 30 * time.Hour), "segment": "gold"}).want(200)
	for _, w := range []wrong{
		{"nothing", sale.but("id", "x").but("price_fen", 0), 400, "amount_zero", "price_fen"},
		{"below", sale.but("id", "x").but("price_fen", -1), 400, "amount_negative", "price_fen"},
		{"no item", sale.but("id", "x").but("item", "none"), 400, "item_not_found", "item"},
		{"backwards", sale.but("id", "x").but("until", at(-2*time.Hour)), 400, "price_ends_before", "until"},
		{"not a time", sale.but("id", "x").but("from", "tomorrow"), 400, "field_invalid", "from"},
		{"segment", sale.but("id", "x").but("segment", "a b"), 400, "field_invalid", "segment"},
		{"id", sale.but("id", "a b"), 400, "id_malformed", "id"},
	} {
		me.do("POST", "/v1/prices", w.body).wantProblem(w.status, w.code, w.field)
	}
	list := me.do("GET", "/v1/prices?limit=1", nil).want(200)
	next := me.do("GET", "/v1/prices?limit=1&cursor="+list.get("next_cursor"), nil).want(200)
	if l := list.items(); len(l) != 1 || l[0].get("price.id") != later.get("id") || l[0].find("in_force") != false || l[0].get("name") != "矿泉水" {
		t.Errorf("%s", list.body)
	}
	if l := next.items(); len(l) != 1 || l[0].find("in_force") != true || l[0].find("own_fen") != 200.0 {
		t.Errorf("%s", next.body)
	}
	if b := h.bundle(0); !strings.Contains(b.body, `"id":"sale-1"`) || !strings.Contains(b.body, `"segment":"gold"`) {
		t.Errorf("%s", b.body)
	}
	h.pass(2 * time.Hour)
	if b := h.bundle(0); strings.Contains(b.body, `"id":"sale-1"`) {
		t.Errorf("a price that has ended is told: %s", b.body)
	}
	if n := len(me.do("GET", "/v1/prices?ended=yes", nil).want(200).items()); n != 2 {
		t.Errorf("%d prices with those that ended", n)
	}
	me.do("PUT", "/v1/prices/"+later.get("id"), order{"item": "1001", "price_fen": 145, "from": later.get("from"), "changed": changed(later)}).want(200)
	h.as(h.otherKey).do("DELETE", "/v1/prices/sale-1?changed=1", nil).wantProblem(404, "price_not_found", "")
	me.do("DELETE", fmt.Sprintf("/v1/prices/sale-1?changed=%d", changed(made)), nil).want(204)
	me.do("DELETE", fmt.Sprintf("/v1/prices/sale-1?changed=%d", changed(made)), nil).want(204)
}

// TestStaff: hired, promoted, given another PIN, gone; nobody reaches above
// oneself, and one owner stays.
func TestStaff(t *testing.T) {
	h := open(t, owned)
	owner, manager, cashier := h.person("301", ownerPIN), h.person("201", managerPIN), h.person("101", cashierPIN)
	cashier.do("GET", "/v1/staff", nil).wantProblem(403, "role_forbidden", "")
	cashier.do("POST", "/v1/items", tea()).wantProblem(403, "role_forbidden", "")
	cashier.do("PUT", "/v1/shops/"+string(h.tills[0].Shop)+"/settings", order{}).wantProblem(403, "role_forbidden", "")
	wang := order{"id": "stf-wang", "number": "102", "name": "王小明", "role": "cashier"}
	made := manager.do("POST", "/v1/staff", wang).want(200)
	pin := made.get("pin")
	if again := manager.do("POST", "/v1/staff", wang).want(200); again.get("pin") != "" || len(pin) != 6 {
		t.Errorf("%s, then %s", made.body, again.body)
	}
	hired := h.person("102", pin)
	for _, w := range []wrong{
		{"number of another", wang.but("id", "x").but("number", "201"), 400, "staff_number_taken", "number"},
		{"letters", wang.but("id", "x").but("number", "1a2"), 400, "field_invalid", "number"},
		{"no name", wang.but("id", "x").but("name", ""), 400, "field_missing", "name"},
		{"no role", wang.but("id", "x").but("role", "king"), 400, "field_invalid", "role"},
		{"weak", wang.but("id", "x").but("number", "103").but("pin", "123456"), 400, "pin_weak", "pin"},
		{"an owner by a manager", wang.but("id", "x").but("number", "103").but("role", "owner"), 403, "staff_above_you", ""},
		{"another under that id", wang.but("number", "103"), 409, "id_taken", ""},
		{"limits", wang.but("id", "x").but("limits", order{"discount_milli": 100_001, "refund_fen": 0, "price_change": false, "drawer": false, "void": false}), 400, "field_invalid", "limits.discount_milli"},
	} {
		t.Run(w.name, func(t *testing.T) {
			manager.at(t).do("POST", "/v1/staff", w.body).wantProblem(w.status, w.code, w.field)
		})
	}
	number := func(id string) int64 {
		for _, p := range owner.do("GET", "/v1/staff", nil).want(200).items() {
			if p.get("number") == id || p.get("id") == id {
				return changed(p)
			}
		}
		return 0
	}
	who := map[string]string{}
	for _, p := range owner.do("GET", "/v1/staff", nil).want(200).items() {
		who[p.get("number")] = p.get("id")
	}
	boss := order{"number": "301", "name": "桂芳", "role": "owner", "changed": number("301")}
	manager.do("PUT", "/v1/staff/"+who["301"], boss.but("name", "x")).wantProblem(403, "staff_above_you", "")
	manager.do("POST", "/v1/staff/"+who["301"]+"/pin", nil).wantProblem(403, "staff_above_you", "")
	h.mine().do("POST", "/v1/staff/"+who["301"]+"/pin", nil).wantProblem(403, "staff_above_you", "")
	h.as(h.otherKey).do("POST", "/v1/staff/"+who["101"]+"/pin", nil).wantProblem(404, "staff_not_found", "")
	owner.do("PUT", "/v1/staff/"+who["301"], boss.but("active", false)).wantProblem(409, "last_owner", "")
	owner.do("PUT", "/v1/staff/"+who["301"], boss.but("role", "manager")).wantProblem(409, "last_owner", "")
	more := order{"discount_milli": 20_000, "refund_fen": 20_000, "price_change": true, "drawer": true, "void": false}
	mine := order{"number": "201", "name": "陈建国", "role": "manager", "changed": number("201"), "limits": more}
	manager.do("PUT", "/v1/staff/"+who["201"], mine).wantProblem(403, "staff_above_you", "")
	wang = maps.Clone(wang)
	delete(wang, "id")
	now := manager.do("PUT", "/v1/staff/stf-wang", wang.but("limits", more).but("changed", number("102"))).want(200)
	if now.find("limits.discount_milli") != 20000.0 || now.find("own_limits") != true {
		t.Errorf("%s", now.body)
	}
	fresh := manager.do("POST", "/v1/staff/stf-wang/pin", nil).want(200).get("pin")
	hired.do("GET", "/v1/session", nil).want(401)
	h.try("102", pin).wantProblem(401, "pin_wrong", "")
	hired = h.person("102", fresh)
	manager.do("PUT", "/v1/staff/stf-wang", wang.but("active", false).but("changed", number("102"))).want(200)
	hired.do("GET", "/v1/session", nil).want(401)
	h.try("102", fresh).wantProblem(401, "pin_wrong", "")
	if b := h.bundle(0); strings.Contains(b.body, "王小明") || !strings.Contains(b.body, "林小雨") {
		t.Errorf("%s", b.body)
	}
}

// TestRoles: the limits of a role are those of its people, until they have
// their own.
func TestRoles(t *testing.T) {
	h := open(t, owned)
	owner, manager := h.person("301", ownerPIN), h.person("201", managerPIN)
	version, _ := h.bundle(0).find("version").(float64)
	limits := order{"discount_milli": 12_000, "refund_fen": 3_000, "price_change": false, "drawer": true, "void": false}
	set := manager.do("PUT", "/v1/roles/cashier", order{"limits": limits, "changed": 0}).want(200)
	manager.do("PUT", "/v1/roles/cashier", order{"limits": limits.but("void", true), "changed": 0}).wantProblem(409, "changed_meanwhile", "")
	manager.do("PUT", "/v1/roles/manager", order{"limits": limits, "changed": 0}).wantProblem(403, "staff_above_you", "")
	manager.do("PUT", "/v1/roles/king", order{"limits": limits, "changed": 0}).wantProblem(400, "field_invalid", "role")
	owner.do("PUT", "/v1/roles/manager", order{"limits": limits, "changed": 0}).want(200)
	if roles := manager.do("GET", "/v1/roles", nil).want(200).items(); len(roles) != 3 || changed(roles[0]) != changed(set) {
		t.Errorf("%v", roles)
	}
	diff := h.bundle(version)
	rows, _ := diff.find("staff").([]any)
	if len(rows) != 2 || strings.Count(diff.body, `"discount_milli":12000`) != 2 {
		t.Errorf("%s", diff.body)
	}
}

// TestSettings: a till's lie over its shop's, and these over the usual ones;
// what is set where is told.
func TestSettings(t *testing.T) {
	h := open(t, owned)
	manager, cashier := h.person("201", managerPIN), h.person("101", cashierPIN)
	usual := cashier.do("GET", "/v1/settings", nil).want(200)
	if usual.find("settings.lock_after_s") != 300.0 || usual.get("settings.approvals.void") != "limit" || usual.find("shop.changed") != 0.0 {
		t.Errorf("%s", usual.body)
	}
	shop, till := "/v1/shops/"+string(h.tills[0].Shop)+"/settings", "/v1/tills/"+string(h.tills[0].ID)+"/settings"
	said := order{"lock_after_s": 60, "approvals": order{"void": "manager"}, "tenders": []string{"cash"}}
	set := manager.do("PUT", shop, order{"settings": said, "changed": 0}).want(200)
	manager.do("PUT", shop, order{"settings": said, "changed": 0}).want(200)
	manager.do("PUT", shop, order{"settings": order{}, "changed": 0}).wantProblem(409, "changed_meanwhile", "")
	at := manager.do("PUT", till, order{"settings": order{"lock_after_s": 0, "shortcuts": order{"pay": "F11"}}, "changed": 0}).want(200)
	for field, want := range map[string]any{"settings.lock_after_s": 0.0, "settings.approvals.void": "manager", "settings.approvals.return": "limit",
		"settings.shortcuts.pay": "F11", "settings.shortcuts.help": "F1", "where.lock_after_s": "till", "where.tenders": "shop", "where.voice": nil} {
		if at.find(field) != want {
			t.Errorf("%s is %v, want %v", field, at.find(field), want)
		}
	}
	if at.value["where"].(map[string]any)["approvals.void"] != "shop" || at.value["where"].(map[string]any)["shortcuts.pay"] != "till" {
		t.Errorf("%s", at.body)
	}
	if b := h.bundle(0); b.find("settings.lock_after_s") != 0.0 {
		t.Errorf("%s", b.body)
	}
	n, _ := set.find("shop.changed").(float64)
	for _, w := range []wrong{
		{"unknown", order{"settings": order{"canary": 1}, "changed": n}, 400, "field_unknown", "settings"},
		{"no number", order{"settings": order{}}, 400, "field_missing", "changed"},
		{"nothing", order{"changed": n}, 400, "field_missing", "settings"},
		{"act", order{"settings": order{"approvals": order{"dance": "free"}}, "changed": n}, 400, "field_invalid", "settings.approvals"},
		{"how", order{"settings": order{"approvals": order{"void": "never"}}, "changed": n}, 400, "field_invalid", "settings.approvals"},
		{"pad", order{"settings": order{"number_pad": "abacus"}, "changed": n}, 400, "field_invalid", "settings.number_pad"},
		{"tender", order{"settings": order{"tenders": []string{"shells"}}, "changed": n}, 400, "field_invalid", "settings.tenders"},
		{"prefix", order{"settings": order{"weighed": []order{{"prefix": "69", "holds": "weight"}}}, "changed": n}, 400, "field_invalid", "settings.weighed"},
		{"float", order{"settings": order{"float_fen": -1}, "changed": n}, 400, "field_invalid", "settings.float_fen"},
		{"keys", order{"settings": order{"shortcuts": order{"pay": "F1"}}, "changed": n}, 400, "shortcut_twice", "settings.shortcuts"},
		{"printer", order{"settings": order{"printers": []order{{"id": "a", "name": "a", "kind": "psychic", "paper": 80, "codepage": "raster", "drawer": true}}}, "changed": n}, 400, "field_invalid", "settings.printers"},
		{"backup of nobody", order{"settings": order{"printers": []order{{"id": "a", "name": "a", "kind": "system", "paper": 80, "codepage": "raster", "drawer": true, "backup_of": "b"}}}, "changed": n}, 400, "field_invalid", "settings.printers"},
	} {
		t.Run(w.name, func(t *testing.T) { manager.at(t).do("PUT", shop, w.body).wantProblem(w.status, w.code, w.field) })
	}
	h.as(h.otherKey).do("PUT", shop, order{"settings": order{}, "changed": 0}).wantProblem(404, "shop_not_found", "")
	h.as(h.otherKey).do("PUT", till, order{"settings": order{}, "changed": 0}).wantProblem(404, "till_not_found", "")
	h.as(h.otherKey).do("GET", "/v1/settings?till="+string(h.tills[0].ID), nil).wantProblem(404, "till_not_found", "")
	h.as(h.otherKey).do("GET", "/v1/tills/"+string(h.tills[0].ID)+"/bundle", nil).wantProblem(404, "till_not_found", "")
	h.as("").do("GET", "/v1/tills/"+string(h.tills[0].ID)+"/bundle", nil).want(401)
}
