package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// document is the API's own description, as a client gets it.
type document struct {
	OpenAPI    string                          `json:"openapi"`
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas         map[string]*schema        `json:"schemas"`
		SecuritySchemes map[string]map[string]any `json:"securitySchemes"`
	} `json:"components"`
}

type operation struct {
	ID          string                `json:"operationId"`
	Summary     string                `json:"summary"`
	Security    []map[string][]string `json:"security"`
	Parameters  []parameter           `json:"parameters"`
	RequestBody *content              `json:"requestBody"`
	Responses   map[string]content    `json:"responses"`
}

type parameter struct {
	Name   string  `json:"name"`
	In     string  `json:"in"`
	Schema *schema `json:"schema"`
}

type content struct {
	Required bool `json:"required"`
	Content  map[string]struct {
		Schema *schema `json:"schema"`
	} `json:"content"`
}

// schema is the part of JSON Schema 2020-12 that the document uses.
type schema struct {
	Ref        string             `json:"$ref"`
	Type       any                `json:"type"`
	Format     string             `json:"format"`
	Enum       []any              `json:"enum"`
	Examples   []any              `json:"examples"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Items      *schema            `json:"items"`
	More       any                `json:"additionalProperties"`
	MaxLength  *int               `json:"maxLength"`
	Minimum    *float64           `json:"minimum"`
}

func readDocument(t testing.TB, url string) *document {
	t.Helper()
	resp, err := http.Get(url + "/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	d := new(document)
	if err := json.NewDecoder(resp.Body).Decode(d); err != nil {
		t.Fatal(err)
	}
	return d
}

// find is the operation that a request is for, the one with the fewest
// parameters where several fit, as the router has it; false: none.
func (d *document) find(method, path string) (found operation, ok bool) {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	fewest := len(parts) + 1
	for template, ops := range d.Paths {
		want := strings.Split(template, "/")
		open := strings.Count(template, "{")
		same := len(want) == len(parts) && open < fewest
		for i := 0; same && i < len(want); i++ {
			same = want[i] == parts[i] || strings.HasPrefix(want[i], "{")
		}
		if op, has := ops[strings.ToLower(method)]; has && same {
			found, ok, fewest = op, true, open
		}
	}
	return found, ok
}

// check compares an answer with what the document says of it.
func (d *document) check(t testing.TB, method, path string, a answer) {
	t.Helper()
	op, ok := d.find(method, path)
	if !ok {
		return
	}
	r, ok := op.Responses[fmt.Sprint(a.code)]
	if !ok {
		t.Errorf("%s: %d is not documented: %s", a.what, a.code, a.body)
		return
	}
	if len(r.Content) == 0 {
		return
	}
	kind := a.header.Get("Content-Type")
	c, ok := r.Content[kind]
	if !ok {
		t.Errorf("%s: %d as %s is not documented", a.what, a.code, kind)
		return
	}
	if !strings.HasSuffix(kind, "json") {
		return
	}
	for _, wrong := range d.mismatches(c.Schema, a.value, "") {
		t.Errorf("%s: %d%s in %s", a.what, a.code, wrong, a.body)
	}
}

// mismatches lists where a value is not as its schema says.
func (d *document) mismatches(s *schema, v any, at string) []string {
	if s.Ref != "" {
		return d.mismatches(d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")], v, at)
	}
	var wrong []string
	miss := func(format string, args ...any) { wrong = append(wrong, at+" "+fmt.Sprintf(format, args...)) }
	types := []any{s.Type}
	if many, ok := s.Type.([]any); ok {
		types = many
	}
	if !slices.Contains(types, any(typeOf(v))) && !(slices.Contains(types, any("integer")) && typeOf(v) == "number") {
		miss("is a %s, not %v", typeOf(v), s.Type)
		return wrong
	}
	if len(s.Enum) > 0 && v != nil && !slices.Contains(s.Enum, v) {
		miss("is none of %v", s.Enum)
	}
	switch v := v.(type) {
	case float64:
		if slices.Contains(types, any("integer")) && v != float64(int64(v)) {
			miss("is no whole number")
		}
	case string:
		if s.Format == "date-time" {
			if _, err := time.Parse("2006-01-02T15:04:05.000Z", v); err != nil {
				miss("is no time: %s", v)
			}
		}
	case []any:
		for _, e := range v {
			wrong = append(wrong, d.mismatches(s.Items, e, at+"[]")...)
		}
	case map[string]any:
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				miss("lacks %s", name)
			}
		}
		for name, inner := range v {
			of, ok := s.Properties[name]
			if more, is := s.More.(map[string]any); !ok && is {
				of, ok = &schema{Type: more["type"]}, true
			}
			if !ok {
				miss("has %s, which is not documented", name)
				continue
			}
			wrong = append(wrong, d.mismatches(of, inner, at+"."+name)...)
		}
	}
	return wrong
}

func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "boolean"
	case []any:
		return "array"
	}
	return "object"
}
