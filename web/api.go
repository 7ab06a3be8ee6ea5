package web

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"guitai"
)

// desk is where the operations of the API are registered. huma routes and
// documents them. It never finds anything wrong by itself, because its errors
// quote what came in: all parameters are texts, which it takes as they are, and
// bodies read themselves (body).
type desk struct {
	huma.API
	server *Server
}

// newDesk sets huma up: no $schema in answers, no page that loads from
// elsewhere.
func (s *Server) newDesk(mux *http.ServeMux) *desk {
	c := huma.DefaultConfig("Guitai", s.Version)
	c.CreateHooks = nil
	c.DocsPath, c.SchemasPath, c.OpenAPIPath = "", "", "/v1/openapi"
	c.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	c.Info.Description = "Amounts are integers in minor units (fen). The same request under the same id is done once; " +
		"without an id an Idempotency-Key header names it. " +
		"A stored payment answers 200 with its state, declined too; a 4xx means that nothing was stored. " +
		"Errors are RFC 9457 problems with a stable code, in the language of Accept-Language (zh-Hans, zh-Hant, en)."
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key":     {Type: "http", Scheme: "bearer", Description: "API key, sk_…"},
		"session": {Type: "apiKey", In: "cookie", Name: cookieName, Description: "a person at a till; changes also need the header X-Guitai: 1"},
	}
	return &desk{humago.New(mux, c), s}
}

// handler does one operation for a caller who has been let in.
type handler[I, O any] func(ctx context.Context, c caller, in *I) (*O, error)

// checked is an input that can be wrong before anything is looked up.
type checked interface{ check() error }

// add registers one operation: "METHOD /path".
func add[I, O any](d *desk, a access, route, summary string, h handler[I, O]) {
	o := d.operation(a, route, summary, reflect.TypeFor[O]())
	huma.Register(d.API, o, func(ctx context.Context, in *I) (*O, error) {
		c, err := d.server.admit(ctx, a)
		if ch, ok := any(in).(checked); ok && err == nil {
			err = ch.check()
		}
		var out *O
		if err == nil {
			out, err = h(ctx, c, in)
		}
		if err != nil {
			return nil, d.server.problem(visitOf(ctx), err)
		}
		return out, nil
	})
	d.describeBody(o.Method, o.Path, reflect.TypeFor[I]())
}

// operation describes one operation for the document.
func (d *desk) operation(a access, route, summary string, out reflect.Type) huma.Operation {
	method, path, _ := strings.Cut(route, " ")
	o := huma.Operation{OperationID: huma.GenerateOperationID(method, path, nothing{}), Method: method, Path: path, Summary: summary,
		SkipValidateBody: true, SkipValidateParams: true, DefaultStatus: http.StatusOK,
		Responses: d.problems(a, method, path), Security: security(a)}
	if method == http.MethodDelete {
		o.DefaultStatus = http.StatusNoContent
	}
	if f, ok := reflect.New(out).Interface().(interface{ media() []string }); ok {
		good := &huma.Response{Description: http.StatusText(http.StatusOK), Content: map[string]*huma.MediaType{}}
		for _, m := range f.media() {
			good.Content[m] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
		}
		o.Responses[strconv.Itoa(http.StatusOK)] = good
	}
	return o
}

func security(a access) []map[string][]string {
	key, session := map[string][]string{"key": {}}, map[string][]string{"session": {}}
	switch a {
	case anybody:
		return []map[string][]string{}
	case people:
		return []map[string][]string{session}
	}
	return []map[string][]string{key, session}
}

// describeBody documents the body that an input reads by itself. It comes after
// registering: a body that huma knew of it would read first.
func (d *desk) describeBody(method, path string, in reflect.Type) {
	at := d.OpenAPI().Paths[path]
	o := map[string]*huma.Operation{http.MethodPost: at.Post, http.MethodPut: at.Put, http.MethodPatch: at.Patch}[method]
	type described interface {
		describe(huma.Registry) *huma.RequestBody
	}
	for i := range in.NumField() {
		if b, ok := reflect.New(in.Field(i).Type).Interface().(described); ok {
			o.RequestBody = b.describe(d.OpenAPI().Components.Schemas)
		}
	}
}

// problems are the errors that an operation may answer with.
func (d *desk) problems(a access, method, path string) map[string]*huma.Response {
	codes := []int{http.StatusBadRequest, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable}
	if a != anybody || method != http.MethodGet {
		codes = append(codes, http.StatusUnauthorized, http.StatusForbidden)
	}
	// A file is made of what its query names, and settings are those of a till.
	ofNamed := strings.Contains(path, "{") || strings.HasSuffix(path, ".pdf") || strings.HasSuffix(path, "/settings")
	if ofNamed || method != http.MethodGet && method != http.MethodDelete {
		codes = append(codes, http.StatusNotFound, http.StatusConflict)
	}
	if method != http.MethodGet && method != http.MethodDelete {
		codes = append(codes, http.StatusRequestEntityTooLarge)
	}
	ref := d.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	out := map[string]*huma.Response{}
	for _, c := range codes {
		out[strconv.Itoa(c)] = &huma.Response{Description: http.StatusText(c),
			Content: map[string]*huma.MediaType{problemType: {Schema: ref}}}
	}
	return out
}

// describeEvents documents the one operation that huma does not serve.
func (d *desk) describeEvents() {
	method, path, _ := strings.Cut(eventsRoute, " ")
	schemas := d.OpenAPI().Components.Schemas
	news := schemas.Schema(reflect.TypeFor[News](), true, "News")
	o := &huma.Operation{OperationID: "get-v1-events", Method: method, Path: path, Summary: "Live events, resumable",
		Description: "Server-sent events. First a hello {n, now}, then one event per piece of news: its id is n, its name the " +
			"topic, its data News. A reader that comes back with Last-Event-ID misses nothing. Every 15 s a comment.",
		Security: []map[string][]string{{"key": {}}, {"session": {}}},
		Parameters: []*huma.Param{
			{Name: "Last-Event-ID", In: "header", Description: "the id of the last event that was read", Schema: wholeNumber()},
			{Name: "after", In: "query", Description: "the same, for readers that cannot set headers", Schema: wholeNumber()}},
		Responses: d.problems(members, method, path)}
	o.Responses["200"] = &huma.Response{Description: "a stream without an end", Content: map[string]*huma.MediaType{
		"text/event-stream": {Schema: news}}}
	d.OpenAPI().AddOperation(o)
}

func wholeNumber() *huma.Schema {
	least := 0.0
	return &huma.Schema{Type: huma.TypeInteger, Minimum: &least}
}

// finish takes huma's own error out of the document: it is never sent.
func (d *desk) finish() {
	schemas := d.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
}

// integer is a whole number in a query. It is taken as text, so that what is
// wrong with it is told in our words.
type integer string

// Schema documents it as what it is to hold.
func (integer) Schema(huma.Registry) *huma.Schema { return wholeNumber() }

// number reads it; empty is otherwise.
func (n integer) number(field string, otherwise int) (int, error) {
	if n == "" {
		return otherwise, nil
	}
	i, err := strconv.Atoi(string(n))
	if err != nil || i < 0 {
		return 0, guitai.FailField(guitai.CodeFieldInvalid, field)
	}
	return i, nil
}
