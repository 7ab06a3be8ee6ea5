package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"guitai"
)

// body is the JSON body of a request. It reads itself, strictly: a key that is
// unknown, doubled or written in other case is refused, and so is anything
// after the object. What is wrong is kept until the handler asks, because the
// error must carry our code and not the value.
//
// The field that holds it must not be named Body: huma would read that one in
// its own way.
type body[T any] struct {
	value T
	err   error
	given bool
}

// Resolve reads the body; huma calls it before the handler. It is always
// content, see get.
func (b *body[T]) Resolve(ctx huma.Context) []error {
	data, err := io.ReadAll(ctx.BodyReader())
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		b.err = guitai.Fail(guitai.Invalid, guitai.CodeBodyTooLarge)
	case err != nil:
		b.err = guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	case len(data) > 0:
		b.given = true
		b.value, b.err = decode[T](data)
	}
	return nil
}

// get returns the decoded body, or what is wrong with it.
func (b *body[T]) get() (T, error) {
	if b.err == nil && !b.given {
		return b.value, guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	return b.value, b.err
}

// describe documents the body.
func (b *body[T]) describe(r huma.Registry) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json": {Schema: r.Schema(reflect.TypeFor[T](), true, "")}}}
}

// maybe is a body that may be left out.
type maybe[T any] struct{ body[T] }

func (m *maybe[T]) get() (T, error) { return m.value, m.err }

func (m *maybe[T]) describe(r huma.Registry) *huma.RequestBody {
	d := m.body.describe(r)
	d.Required = false
	return d
}

// decode reads one JSON object of exactly the shape of T.
func decode[T any](data []byte) (T, error) {
	var v T
	if !utf8.Valid(data) {
		return v, guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	if err := exact(data, reflect.TypeFor[T]()); err != nil {
		return v, err
	}
	if err := json.Unmarshal(data, &v); err != nil {
		var none T
		return none, misfit(err)
	}
	return v, nil
}

// misfit says which field has the wrong type. Amounts have codes of their own,
// because a till that sends 12.5 has a bug that costs money.
func misfit(err error) error {
	var t *json.UnmarshalTypeError
	if !errors.As(err, &t) || t.Field == "" {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	if number, ok := strings.CutPrefix(t.Value, "number "); ok && t.Field == "amount.value" {
		switch {
		case strings.ContainsAny(number, ".eE"):
			return guitai.FailField(guitai.CodeAmountNotWhole, t.Field)
		case strings.HasPrefix(number, "-"):
			return guitai.FailField(guitai.CodeAmountNegative, t.Field)
		}
		return guitai.FailField(guitai.CodeAmountTooLarge, t.Field)
	}
	return guitai.FailField(guitai.CodeFieldInvalid, t.Field)
}

const maxDepth = 8

// exact walks over a JSON text and checks its keys against a type: each known,
// spelt exactly so, and given once.
func exact(data []byte, t reflect.Type) error {
	w := walk{json.NewDecoder(bytes.NewReader(data))}
	w.UseNumber()
	tok, err := w.Token()
	if err != nil || tok != json.Delim('{') {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	if err := w.object(place{of: t}); err != nil {
		return err
	}
	if _, err := w.Token(); !errors.Is(err, io.EOF) {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	return nil
}

// place is where in the text the walk is.
type place struct {
	of    reflect.Type // what belongs here; nil: nothing known, json says so
	path  string       // of declared fields only, never of keys from outside
	depth int
}

// walk reads a JSON text token by token.
type walk struct{ *json.Decoder }

func (w walk) value(at place) error {
	tok, err := w.Token()
	if err != nil || at.depth > maxDepth {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	switch tok {
	case json.Delim('{'):
		return w.object(at)
	case json.Delim('['):
		return w.array(at)
	}
	return nil
}

func (w walk) array(at place) error {
	in := place{path: at.path, depth: at.depth + 1}
	if at.of != nil && at.of.Kind() == reflect.Slice {
		in.of = at.of.Elem()
	}
	for w.More() {
		if err := w.value(in); err != nil {
			return err
		}
	}
	return w.closed()
}

func (w walk) object(at place) error {
	seen := map[string]bool{}
	for w.More() {
		tok, err := w.Token()
		key, ok := tok.(string)
		if err != nil || !ok {
			return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
		}
		in, known := at.under(key)
		if !known || seen[key] {
			// The key came from outside: only the place is named.
			return guitai.FailField(guitai.CodeFieldUnknown, at.path)
		}
		seen[key] = true
		if err := w.value(in); err != nil {
			return err
		}
	}
	return w.closed()
}

func (w walk) closed() error {
	if _, err := w.Token(); err != nil {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	return nil
}

// under is the place of a key: in a struct the field of that JSON name, in a
// map its element.
func (at place) under(key string) (place, bool) {
	in := place{path: at.path, depth: at.depth + 1}
	t := at.of
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == nil:
		return in, true
	case t.Kind() == reflect.Map:
		in.of = t.Elem()
		return in, true
	case t.Kind() != reflect.Struct:
		return in, true
	}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == key && name != "" && name != "-" {
			in.of, in.path = t.Field(i).Type, strings.TrimPrefix(at.path+"."+key, ".")
			return in, true
		}
	}
	return in, false
}
