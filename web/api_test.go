package web_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocument: the document is OpenAPI 3.1, has every route of the table, and
// says what a client must know of each.
func TestDocument(t *testing.T) {
	h := open(t)
	d := readDocument(t, h.url)
	if !strings.HasPrefix(d.OpenAPI, "3.1") {
		t.Errorf("openapi %q", d.OpenAPI)
	}
	source, err := os.ReadFile("routes.go")
	if err != nil {
		t.Fatal(err)
	}
	routes := regexp.MustCompile(`"(GET|POST|DELETE) (/v1/[^"]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(routes) < 24 {
		t.Fatalf("only %d routes found in the table", len(routes))
	}
	for _, r := range routes {
		if r[2] == "/v1/docs" {
			continue
		}
		op, ok := d.Paths[r[2]][strings.ToLower(r[1])]
		if !ok {
			t.Errorf("%s is not in the document", r[0])
			continue
		}
		if op.Summary == "" || op.ID == "" || len(op.Responses) < 3 {
			t.Errorf("%s is hardly described: %+v", r[0], op)
		}
		for code, resp := range op.Responses {
			if _, ok := resp.Content["application/problem+json"]; ok != (code[0] >= '4') {
				t.Errorf("%s: %s is described as %v", r[0], code, slices.Collect(maps.Keys(resp.Content)))
			}
		}
	}
	for _, name := range []string{"key", "session"} {
		if d.Components.SecuritySchemes[name] == nil {
			t.Errorf("no security scheme %s", name)
		}
	}
	for name := range d.Components.Schemas {
		if strings.HasPrefix(name, "Error") {
			t.Errorf("the document has %s, which is never sent", name)
		}
	}
}

// TestDocumentOfRequests: bodies are described by their real fields, closed, and
// each field has an example.
func TestDocumentOfRequests(t *testing.T) {
	h := open(t)
	d := readDocument(t, h.url)
	for path, want := range map[string]struct {
		schema   string
		required []string
		must     bool
	}{
		"/v1/payments":              {"PaymentIn", []string{"amount", "kind"}, true},
		"/v1/payments/{id}/refunds": {"RefundIn", []string{"amount"}, true},
		"/v1/payments/{id}/void":    {"VoidIn", nil, false},
		"/v1/payments/{id}/print":   {"PrintIn", nil, false},
		"/v1/sessions":              {"SignIn", []string{"till", "number", "pin"}, true},
	} {
		body := d.Paths[path]["post"].RequestBody
		if body == nil || body.Required != want.must {
			t.Errorf("%s: the body is %+v", path, body)
			continue
		}
		ref := body.Content["application/json"].Schema.Ref
		s := d.Components.Schemas[want.schema]
		if !strings.HasSuffix(ref, "/"+want.schema) || s == nil {
			t.Fatalf("%s takes %s", path, ref)
		}
		if s.More != false || !slices.Equal(s.Required, want.required) {
			t.Errorf("%s: additional %v, required %v", want.schema, s.More, s.Required)
		}
		for name, f := range s.Properties {
			if f.Ref == "" && len(f.Examples) == 0 && len(f.Enum) == 0 {
				t.Errorf("%s.%s has no example", want.schema, name)
			}
		}
	}
	for path, ops := range d.Paths {
		for method, op := range ops {
			open := path == "/v1/tills" || path == "/v1/errors" || path == "/v1/sessions" || path == "/v1/session" && method == "delete" ||
				strings.HasPrefix(path, "/v1/enrolments") || strings.HasSuffix(path, "/enrolment-codes")
			if open != (len(op.Security) == 0) {
				t.Errorf("%s %s: security %v", method, path, op.Security)
			}
		}
	}
	pay := d.Components.Schemas["PaymentIn"].Properties
	var names []string
	for name := range pay {
		names = append(names, name)
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "amount auth_code description expires_in id kind metadata sale shop tender till wallet" {
		t.Errorf("PaymentIn has %s", got)
	}
}

// TestExamplesAreTaken: what the document shows as an example is no nonsense.
func TestExamplesAreTaken(t *testing.T) {
	h := open(t)
	d := readDocument(t, h.url)
	body := map[string]any{"amount": money(1250)}
	for name, f := range d.Components.Schemas["PaymentIn"].Properties {
		if len(f.Examples) > 0 && name != "auth_code" && name != "shop" && name != "till" {
			body[name] = f.Examples[0]
		}
	}
	a := h.mine().do("POST", "/v1/payments", body).want(200)
	if a.get("state") != "waiting" || a.get("code.text") == "" {
		t.Errorf("the example gives %s", a.body)
	}
}

// TestNoSchemaKey: answers carry no $schema.
func TestNoSchemaKey(t *testing.T) {
	h := open(t)
	for _, path := range []string{"/v1/payments", "/v1/tills", "/v1/nothing", "/v1/goods", "/v1/errors"} {
		if a := h.mine().do("GET", path, nil); strings.Contains(a.body, "$schema") {
			t.Errorf("%s: %s", path, a.body)
		}
	}
}

// TestMismatches: the comparison that all tests here rely on finds what is wrong.
func TestMismatches(t *testing.T) {
	h := open(t)
	d := readDocument(t, h.url)
	good := h.mine().do("POST", "/v1/payments", show("wechat", 100)).want(200)
	s := &schema{Ref: "#/components/schemas/Payment"}
	if wrong := d.mismatches(s, good.value, ""); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	for name, change := range map[string]func(map[string]any){
		"unknown key":   func(m map[string]any) { m["more"] = 1.0 },
		"missing key":   func(m map[string]any) { delete(m, "state") },
		"other word":    func(m map[string]any) { m["state"] = "settled" },
		"other type":    func(m map[string]any) { m["receipt_no"] = 7.0 },
		"no time":       func(m map[string]any) { m["created_at"] = "yesterday" },
		"fraction":      func(m map[string]any) { m["amount"].(map[string]any)["value"] = 12.5 },
		"unknown below": func(m map[string]any) { m["amount"].(map[string]any)["fen"] = 1.0 },
	} {
		var v map[string]any
		if err := json.Unmarshal([]byte(good.body), &v); err != nil {
			t.Fatal(err)
		}
		change(v)
		if len(d.mismatches(s, v, "")) == 0 {
			t.Errorf("%s is not noticed", name)
		}
	}
}
