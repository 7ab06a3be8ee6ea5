package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"guitai"
)

// body is the JSON body of a request. It is decoded strictly: a key that is
// unknown, doubled or written in other case is refused, and so is anything
// after the object. What is wrong is kept until the handler asks, because the
// error must carry our code and not the value.
type body[T any] struct {
	value T
	err   error
	given bool
}

// get returns the decoded body, or what is wrong with it.
func (b *body[T]) get() (T, error) {
	if b.err == nil && !b.given {
		return b.value, guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	return b.value, b.err
}

// optional is get for requests that may have no body at all.
func (b *body[T]) optional() (T, error) {
	if b == nil {
		var none T
		return none, nil
	}
	return b.value, b.err
}

func (b *body[T]) take(data []byte) {
	b.given = true
	if err := exact(data, reflect.TypeFor[T]()); err != nil {
		b.err = err
		return
	}
	if err := json.Unmarshal(data, &b.value); err != nil {
		b.err = misfit(err)
	}
}

// Schema documents the body as its content.
func (b body[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

// taker is what the JSON format hands request bodies to.
type taker interface{ take(data []byte) }

// strictJSON is the one format of the API.
func strictJSON() huma.Format {
	f := huma.DefaultJSONFormat
	f.Unmarshal = func(data []byte, v any) error {
		if t, ok := v.(taker); ok {
			t.take(data)
			return nil
		}
		return errors.New("web: a request body must be declared as body[T]")
	}
	return f
}

// misfit says which field has the wrong type. Amounts have codes of their own,
// because a till that sends 12.5 has a bug that costs money.
func misfit(err error) error {
	var t *json.UnmarshalTypeError
	if !errors.As(err, &t) {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	if number, ok := strings.CutPrefix(t.Value, "number "); ok && strings.HasSuffix(t.Field, "value") {
		if strings.ContainsAny(number, ".eE") {
			return guitai.FailField(guitai.CodeAmountNotWhole, t.Field)
		}
		if strings.HasPrefix(number, "-") {
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
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := exactValue(d, t, "", 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	return nil
}

func exactValue(d *json.Decoder, t reflect.Type, path string, depth int) error {
	tok, err := d.Token()
	if err != nil || depth > maxDepth {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch tok {
	case json.Delim('{'):
		return exactObject(d, t, path, depth)
	case json.Delim('['):
		var elem reflect.Type
		if t != nil && t.Kind() == reflect.Slice {
			elem = t.Elem()
		}
		for d.More() {
			if err := exactValue(d, elem, path, depth+1); err != nil {
				return err
			}
		}
		return closing(d)
	}
	if depth == 0 {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	return nil
}

func exactObject(d *json.Decoder, t reflect.Type, path string, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		tok, err := d.Token()
		key, ok := tok.(string)
		if err != nil || !ok {
			return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
		}
		next, known := fieldType(t, key)
		if !known || seen[key] {
			// The key itself came from outside: only the place is named.
			return guitai.FailField(guitai.CodeFieldUnknown, strings.TrimSuffix(path, "."))
		}
		seen[key] = true
		if err := exactValue(d, next, path+key+".", depth+1); err != nil {
			return err
		}
	}
	return closing(d)
}

func closing(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	return nil
}

// fieldType finds the type of a key: of a struct by its JSON name, of a map
// its element's.
func fieldType(t reflect.Type, key string) (reflect.Type, bool) {
	if t == nil {
		return nil, true // the value does not fit anyway; json says so
	}
	switch t.Kind() {
	case reflect.Map:
		return t.Elem(), true
	case reflect.Struct:
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if name == key {
				return t.Field(i).Type, true
			}
		}
		return nil, false
	}
	return nil, true
}
