package web_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"net/url"
	"strings"
	"testing"

	"guitai/internal/testkit"
)

// TestStaticCodes: issued once, listed, printed, revoked; and another merchant
// sees nothing of it.
func TestStaticCodes(t *testing.T) {
	h := open(t)
	in := order{"id": "door", "name": "门口", "till": string(h.tills[0].ID), "amount": money(800)}
	a := h.mine().do("POST", "/v1/codes", in).want(200)
	id, text := a.get("id"), a.get("text")
	if a.get("state") != "valid" || a.fen("amount") != 800 || a.get("till.number") != "1" || a.get("shop.name") != "桂花里便利店" ||
		!strings.HasSuffix(id, a.get("mark")) || !strings.HasPrefix(text, "https://pay.example.com/p/") {
		t.Errorf("%s", a.body)
	}
	if again := h.mine().do("POST", "/v1/codes", in).want(200); again.get("id") != id {
		t.Errorf("again: %s", again.body)
	}
	h.mine().do("POST", "/v1/codes", in.but("name", "里间")).wantProblem(409, "id_taken", "")
	table := order{"name": "三号桌"}
	one := h.mine().with("Idempotency-Key", "k").do("POST", "/v1/codes", table).want(200)
	two := h.mine().with("Idempotency-Key", "k").do("POST", "/v1/codes", table).want(200)
	if one.get("id") != two.get("id") || one.find("amount") != nil || one.find("till") != nil {
		t.Errorf("%s %s", one.body, two.body)
	}
	page := h.mine().do("GET", "/v1/codes?limit=1", nil).want(200)
	next := h.mine().do("GET", "/v1/codes?limit=1&cursor="+page.get("next_cursor"), nil).want(200)
	if page.items()[0].get("id") != one.get("id") || next.items()[0].get("id") != id || next.get("next_cursor") != "" {
		t.Errorf("%s %s", page.body, next.body)
	}
	h.readPicture(id, text)
	theirs := h.as(h.otherKey)
	for _, path := range []string{"", "/picture"} {
		theirs.do("GET", "/v1/codes/"+id+path, nil).wantProblem(404, "sticker_not_found", "")
	}
	theirs.do("POST", "/v1/codes/"+id+"/revoke", nil).wantProblem(404, "sticker_not_found", "")
	theirs.do("POST", "/v1/codes/"+id+"/print", nil).wantProblem(404, "sticker_not_found", "")
	theirs.do("GET", "/v1/codes/sheet.pdf?ids="+id, nil).wantProblem(404, "sticker_not_found", "")
	if n := len(theirs.do("GET", "/v1/codes", nil).want(200).items()); n != 0 {
		t.Errorf("another merchant sees %d codes", n)
	}
	first := h.mine().do("POST", "/v1/codes/"+id+"/revoke", nil).want(200)
	second := h.mine().do("POST", "/v1/codes/"+id+"/revoke", nil).want(200)
	if first.get("state") != "revoked" || first.get("revoked_at") == "" || second.get("revoked_at") != first.get("revoked_at") || first.get("text") != "" {
		t.Errorf("%s %s", first.body, second.body)
	}
	h.mine().do("GET", "/v1/codes/"+id+"/picture", nil).wantProblem(409, "sticker_revoked", "")
	h.mine().do("GET", "/v1/codes/sheet.pdf?ids="+one.get("id")+","+id, nil).wantProblem(409, "sticker_revoked", "")
	if l := h.mine().do("GET", "/v1/codes?state=valid", nil).want(200).items(); len(l) != 1 || l[0].get("id") != one.get("id") {
		t.Errorf("valid: %d", len(l))
	}
	if l := h.mine().do("GET", "/v1/codes?state=revoked", nil).want(200).items(); len(l) != 1 || l[0].get("id") != id {
		t.Errorf("revoked: %d", len(l))
	}
}

// readPicture reads a code off the pictures of its sticker.
func (h *house) readPicture(id, text string) {
	h.t.Helper()
	a := h.mine().do("GET", "/v1/codes/"+id+"/picture", nil).want(200)
	img, err := png.Decode(strings.NewReader(a.body))
	if err != nil {
		h.t.Fatal(err)
	}
	if got := testkit.ScanQR(h.t, img); got != text {
		h.t.Errorf("the picture reads as %q", got)
	}
	svg := h.mine().do("GET", "/v1/codes/"+id+"/picture?format=svg&lang=en", nil).want(200)
	for d := xml.NewDecoder(strings.NewReader(svg.body)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			h.t.Fatal(err)
		}
	}
	for _, path := range []string{"/v1/codes/" + id + "/picture?format=pdf", "/v1/codes/" + id + "/picture?format=tent",
		"/v1/codes/sheet.pdf?copies=12&ids=" + id} {
		a := h.mine().do("GET", path, nil).want(200)
		if !bytes.HasPrefix([]byte(a.body), []byte("%PDF-")) || !strings.Contains(a.header.Get("Content-Disposition"), ".pdf") {
			h.t.Errorf("%s: %.20q %v", path, a.body, a.header)
		}
	}
}

// TestWhoMakesCodes: a cashier reads and prints them; a manager makes and
// revokes them, in the own shop when none is named.
func TestWhoMakesCodes(t *testing.T) {
	h := open(t, staffed)
	cashier, manager := h.person("101", cashierPIN), h.person("201", managerPIN)
	cashier.do("POST", "/v1/codes", order{"name": "门口"}).wantProblem(403, "role_forbidden", "")
	a := manager.do("POST", "/v1/codes", order{"name": "门口"}).want(200)
	if a.get("shop.name") != "桂花里便利店" {
		t.Errorf("%s", a.body)
	}
	code := "/v1/codes/" + a.get("id")
	cashier.do("GET", code, nil).want(200)
	cashier.do("GET", code+"/picture", nil).want(200)
	cashier.do("POST", code+"/revoke", nil).wantProblem(403, "role_forbidden", "")
	cashier.do("POST", code+"/print", nil).wantProblem(503, "printer_none", "")
	manager.do("POST", code+"/revoke", nil).want(200)
	for _, path := range []string{"/v1/codes", code, code + "/picture"} {
		h.as("").do("GET", path, nil).wantProblem(401, "key_missing", "")
	}
}

// TestWrongCodeRequests: what cannot be is said by its field.
func TestWrongCodeRequests(t *testing.T) {
	h := open(t)
	good := order{"name": "门口"}
	for _, c := range []struct {
		body        any
		status      int
		code, field string
	}{
		{order{}, 400, "field_missing", "name"},
		{good.but("name", strings.Repeat("长", 41)), 400, "field_invalid", "name"},
		{good.but("name", "a\u0000b"), 400, "field_invalid", "name"},
		{good.but("id", "a b"), 400, "id_malformed", "id"},
		{good.but("amount", money(-1)), 400, "amount_negative", "amount.value"},
		{good.but("amount", money(5_000_001)), 400, "amount_too_large", "amount.value"},
		{good.but("amount", map[string]any{"value": 1.5, "currency": "CNY"}), 400, "amount_not_whole", "amount.value"},
		{good.but("amount", map[string]any{"value": 1, "currency": "USD"}), 400, "currency_unknown", "amount.currency"},
		{good.but("till", "til_none"), 404, "till_not_found", ""},
		{good.but("shop", "shp_none"), 400, "field_invalid", "shop"},
		{good.but("canary", 1), 400, "field_unknown", ""},
		{"", 400, "body_malformed", ""},
	} {
		h.mine().do("POST", "/v1/codes", c.body).wantProblem(c.status, c.code, c.field)
	}
	id := h.mine().do("POST", "/v1/codes", good).want(200).get("id")
	for path, field := range map[string]string{
		"/v1/codes?limit=0": "limit", "/v1/codes?state=torn": "state", "/v1/codes?cursor=x": "cursor", "/v1/codes?shop=a/b": "shop",
		"/v1/codes/" + id + "/picture?format=gif": "format", "/v1/codes/" + id + "/picture?lang=fr": "lang",
		"/v1/codes/sheet.pdf?copies=13&ids=" + id: "copies", "/v1/codes/sheet.pdf?ids=" + strings.Repeat(id+",", 240) + id: "ids",
	} {
		h.mine().do("GET", path, nil).wantProblem(400, "field_invalid", field)
	}
	h.mine().do("GET", "/v1/codes/sheet.pdf", nil).wantProblem(400, "field_missing", "ids")
	for _, bad := range []string{"NONE", "%00", "a%20b", url.PathEscape("门")} {
		h.mine().do("GET", "/v1/codes/"+bad, nil).wantProblem(404, "sticker_not_found", "")
	}
}
