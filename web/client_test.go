package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// client is somebody who calls the API.
type client struct {
	h      *house
	t      testing.TB
	header http.Header
}

// as is the holder of a key.
func (h *house) as(key string) client {
	c := client{h: h, t: h.t, header: http.Header{}}
	if key != "" {
		c.header.Set("Authorization", "Bearer "+key)
	}
	return c
}

// mine is the first merchant's key.
func (h *house) mine() client { return h.as(h.key) }

// with is the same client with one more header.
func (c client) with(name, value string) client {
	c.header = c.header.Clone()
	c.header.Set(name, value)
	return c
}

// at is the same client in a subtest.
func (c client) at(t testing.TB) client {
	c.t = t
	return c
}

// person signs in at the first till and is the page that does it.
func (h *house) person(number, pin string) client {
	h.t.Helper()
	a := h.as("").do("POST", "/v1/sessions", map[string]string{"till": string(h.tills[0].ID), "number": number, "pin": pin})
	a.want(200)
	return h.as("").with("Cookie", cookieOf(a)).with("X-Guitai", "1")
}

// cookieOf is the session of an answer, as a browser sends it back.
func cookieOf(a answer) string {
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == "guitai_session" {
			return c.Name + "=" + c.Value
		}
	}
	return ""
}

// answer is what came back.
type answer struct {
	t      testing.TB
	what   string
	code   int
	header http.Header
	body   string
	value  map[string]any // of a JSON object
}

// do makes one call. A string is sent as it is, anything else as JSON. Every
// answer is compared with the API's own document.
func (c client) do(method, path string, body any) answer {
	c.t.Helper()
	a, err := c.try(method, path, body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	if c.h.doc == nil && strings.HasPrefix(path, "/v1/") {
		c.h.doc = readDocument(c.h.t, c.h.url)
	}
	if c.h.doc != nil {
		c.h.doc.check(c.t, method, path, a)
	}
	return a
}

// try is do for calls at once, and for those that may break off.
func (c client) try(method, path string, body any) (answer, error) {
	var sent io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		sent = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return answer{}, err
		}
		sent = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, c.h.url+path, sent)
	if err != nil {
		return answer{}, err
	}
	for k, v := range c.header {
		req.Header[k] = v
	}
	resp, err := c.h.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	a := answer{t: c.t, what: method + " " + path, code: resp.StatusCode, header: resp.Header, body: string(text)}
	if strings.HasSuffix(resp.Header.Get("Content-Type"), "json") && err == nil {
		err = json.Unmarshal(text, &a.value)
	}
	return a, err
}

// want ends the test unless the answer has this status.
func (a answer) want(code int) answer {
	a.t.Helper()
	if a.code != code {
		a.t.Fatalf("%s: %d %s, want %d", a.what, a.code, a.body, code)
	}
	return a
}

// wantProblem ends the test unless the answer is this problem.
func (a answer) wantProblem(status int, code, field string) answer {
	a.t.Helper()
	if a.code != status || a.get("code") != code || a.get("field") != field {
		a.t.Fatalf("%s: %d %s, want %d %s field %q", a.what, a.code, a.body, status, code, field)
	}
	if ct := a.header.Get("Content-Type"); ct != "application/problem+json" {
		a.t.Fatalf("%s: the problem is %s", a.what, ct)
	}
	return a
}

// find walks into the answer: "error.code".
func (a answer) find(path string) any {
	var v any = a.value
	for key := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// get is find for texts; what is not there is "".
func (a answer) get(path string) string {
	s, _ := a.find(path).(string)
	return s
}

// fen is find for amounts.
func (a answer) fen(path string) int64 {
	a.t.Helper()
	n, ok := a.find(path + ".value").(float64)
	if !ok {
		a.t.Fatalf("%s: no amount %s in %s", a.what, path, a.body)
	}
	return int64(n)
}

// items are the members of a list.
func (a answer) items() []answer {
	a.t.Helper()
	all, ok := a.value["items"].([]any)
	if !ok {
		a.t.Fatalf("%s: no items in %s", a.what, a.body)
	}
	out := make([]answer, len(all))
	for i, v := range all {
		m, _ := v.(map[string]any)
		out[i] = answer{t: a.t, what: a.what, value: m}
	}
	return out
}

// order is the body of a request for a payment.
type order map[string]any

func money(fen int64) map[string]any { return map[string]any{"value": fen, "currency": "CNY"} }

// show asks for a code of a wallet.
func show(wallet string, fen int64) order {
	return order{"kind": "show", "wallet": wallet, "amount": money(fen)}
}

// scan charges a payer's code.
func scan(code string, fen int64) order {
	return order{"kind": "scan", "auth_code": code, "amount": money(fen)}
}

// but is the same order with one more key.
func (o order) but(key string, value any) order {
	out := order{key: value}
	for k, v := range o {
		if k != key {
			out[k] = v
		}
	}
	return out
}
