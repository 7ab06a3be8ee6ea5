package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"mime"
	"net/http"
	"path"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"guitai"
)

// routes is the table of all routes.
func (s *Server) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.html("index.html"))
	mux.HandleFunc("GET /till", s.html("till.html"))
	mux.HandleFunc("GET /screen", s.html("screen.html"))
	mux.HandleFunc("GET /assets/", s.page(s.assets))
	mux.HandleFunc("GET /links", s.page(s.links))
	mux.HandleFunc("GET /healthz", s.page(s.health))
	mux.Handle("GET /metrics", metrics(s.Metrics))
	mux.HandleFunc("POST /notify/{wallet}/{account}", s.page(s.notify))
	mux.HandleFunc("GET /v1/events", s.page(s.events))
	mux.HandleFunc("GET /v1/docs", s.page(s.docs))
	mux.HandleFunc("/", s.page(s.missing))

	api := s.api(mux)
	add(api, post, "/v1/payments", "Take a payment", s.takePayment)
	add(api, get, "/v1/payments", "List payments, newest first", s.payments)
	add(api, get, "/v1/payments/{id}", "A payment as it stands", s.getPayment)
	add(api, post, "/v1/payments/{id}/ask", "Ask the wallet now", s.askPayment)
	add(api, post, "/v1/payments/{id}/close", "Close or reverse a payment that was not taken", s.closePayment)
	add(api, post, "/v1/payments/{id}/void", "Undo a payment of the present day", s.voidPayment)
	add(api, post, "/v1/payments/{id}/refunds", "Give a part or all back", s.refundPayment)
	add(api, get, "/v1/payments/{id}/refunds", "Refunds of a payment", s.refundsOf)
	add(api, get, "/v1/payments/{id}/timeline", "Every message on the wire, masked, and every change of state", s.timeline)
	add(api, get, "/v1/payments/{id}/code.svg", "The code to scan, as a picture", s.codeImage)
	add(api, get, "/v1/payments/{id}/receipt", "The slip", s.slip)
	add(api, post, "/v1/payments/{id}/print", "Print the slip at the till", s.print)
	add(api, get, "/v1/refunds/{id}", "A refund as it stands", s.getRefund)
	add(api, get, "/v1/suspense", "Money that was taken and counts for nothing yet", s.suspense)
	add(api, post, "/v1/suspense/{id}/attach", "Count it for its payment after all", s.attach)
	add(api, post, "/v1/suspense/{id}/return", "Give it back", s.giveBack)
	add(api, post, "/v1/sessions", "Sign in at a till", s.signIn)
	add(api, get, "/v1/session", "Who is signed in", s.session)
	add(api, del, "/v1/session", "Sign off", s.signOut)
	add(api, get, "/v1/tills", "The tills to choose from", s.tills)
	add(api, get, "/v1/goods", "Departments and goods", s.goods)
	add(api, get, "/v1/errors", "Every error code in words", s.wordings)
}

const (
	get  = http.MethodGet
	post = http.MethodPost
	del  = http.MethodDelete
)

// api sets huma up: strict bodies, our problems, no $schema in answers, no page
// that loads from elsewhere.
func (s *Server) api(mux *http.ServeMux) huma.API {
	humaErrors()
	c := huma.DefaultConfig("Guitai", s.Version)
	c.CreateHooks = nil
	c.DocsPath, c.SchemasPath, c.OpenAPIPath = "", "", "/v1/openapi"
	c.Formats = map[string]huma.Format{"application/json": strictJSON(), "json": strictJSON()}
	c.Info.Description = "Amounts are integers in minor units (fen). The same request under the same id is done once. " +
		"A stored payment answers 200 with its state, declined too; a 4xx means that nothing was stored. " +
		"Errors are RFC 9457 problems with a stable code, in the language of Accept-Language."
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key":     {Type: "http", Scheme: "bearer", Description: "API key, sk_…"},
		"session": {Type: "apiKey", In: "cookie", Name: cookieName, Description: "a person at a till; changes also need X-Guitai: 1"},
	}
	c.Security = []map[string][]string{{"key": {}}, {"session": {}}}
	api := humago.New(mux, c)
	api.OpenAPI().AddOperation(&huma.Operation{OperationID: "get-v1-events", Method: get, Path: "/v1/events",
		Summary: "Live events (text/event-stream), resumable by Last-Event-ID",
		Responses: map[string]*huma.Response{"200": {Description: "a stream of events; data is News",
			Content: map[string]*huma.MediaType{"text/event-stream": {}}}}})
	return api
}

// add registers one operation of the API.
func add[I, O any](api huma.API, method, path, summary string, h func(context.Context, *I) (*O, error)) {
	o := huma.Operation{OperationID: huma.GenerateOperationID(method, path, (*O)(nil)), Method: method, Path: path,
		Summary: summary, MaxBodyBytes: maxBody, SkipValidateBody: true, SkipValidateParams: true,
		Errors: []int{400, 401, 403, 404, 409, 413, 429, 500, 503}}
	if method == del {
		o.DefaultStatus = http.StatusNoContent
	} else {
		o.DefaultStatus = http.StatusOK
	}
	huma.Register(api, o, h)
}

// docs is GET /v1/docs: the OpenAPI document as a page of our own.
func (s *Server) docs(w http.ResponseWriter, r *http.Request) error {
	s.html("docs.html")(w, r)
	return nil
}

func etag(b []byte) string {
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

func contentType(name string) string {
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func writeJSON(w http.ResponseWriter, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write(b)
	return err
}
