package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"guitai"
)

// fieldsOf lists the paths of the fields of a type: the only places that an
// error may name.
func fieldsOf(t reflect.Type, at string) []string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	list := []string{at}
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			list = append(list, fieldsOf(t.Field(i).Type, strings.TrimPrefix(at+"."+name, "."))...)
		}
	}
	return list
}

// keysExact walks over what encoding/json made of a text and reports whether
// each key is that of a field, spelt so.
func keysExact(v any, t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	m, ok := v.(map[string]any)
	if !ok || t.Kind() != reflect.Struct {
		return true
	}
	for key, inner := range m {
		found := false
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if name == key {
				found = keysExact(inner, t.Field(i).Type)
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// FuzzBody: the decoder never panics, takes only what encoding/json takes too
// and as the same value, only with exact keys, and its errors name declared
// fields and nothing else.
func FuzzBody(f *testing.F) {
	for _, s := range []string{
		`{"amount":{"value":1250,"currency":"CNY"},"kind":"show","wallet":"wechat"}`, `{"amount":{"value":12.5}}`, `{"amount":null}`,
		`{"kind":"scan","auth_code":"130000000000000000","metadata":{"a":"b","A":"c"}}`, `{"Kind":"scan"}`, `{"kind":"a","kind":"b"}`,
		`{"metadata":{"x":{"y":1,"y":2}}}`, `{"expires_in":1e3}`, `[]`, `{}{}`, "{\"kind\":\"\xff\"}", `{"kind":"\ud800"}`, ` {} `,
		strings.Repeat(`{"amount":`, 20), `{"metadata":{"a":[[[[[[[[[[1]]]]]]]]]]}}`, `{"":1}`, `{"-":1}`, `null`, "\ufeff{}",
	} {
		f.Add([]byte(s))
	}
	shape := reflect.TypeFor[PaymentIn]()
	places := map[string]bool{}
	for _, p := range fieldsOf(shape, "") {
		places[p] = true
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := decode[PaymentIn](data)
		if err != nil {
			var e *guitai.Error
			if !errors.As(err, &e) || e.Kind != guitai.Invalid || !places[e.Field] || e.Cause != nil {
				t.Fatalf("%q: %#v", data, err)
			}
			return
		}
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		var want PaymentIn
		if err := d.Decode(&want); err != nil {
			t.Fatalf("%q is taken, but: %v", data, err)
		}
		if _, err := d.Token(); err != io.EOF || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %+v, json says %+v", data, got, want)
		}
		var any map[string]any
		if err := json.Unmarshal(data, &any); err != nil || !keysExact(any, shape) {
			t.Fatalf("%q is taken: %v", data, err)
		}
	})
}

// FuzzCursor: a cursor that is taken is one that we make.
func FuzzCursor(f *testing.F) {
	f.Add(cursorOf(guitai.Payment{ID: "pay_1", CreatedAt: time.UnixMicro(1_795_000_000_000_000)}))
	f.Add("MSBh")
	f.Add("LTEgYQ")
	f.Add("!")
	f.Fuzz(func(t *testing.T, c string) {
		at, id, err := readCursor(c)
		if err != nil || c == "" {
			return
		}
		if guitai.ValidID(string(id)) != nil || at.UnixMicro() <= 0 {
			t.Fatalf("%q is %v %q", c, at, id)
		}
		at2, id2, err := readCursor(cursorOf(guitai.Payment{ID: id, CreatedAt: at}))
		if err != nil || !at2.Equal(at) || id2 != id {
			t.Fatalf("%q is %v %q, and again %v %q %v", c, at, id, at2, id2, err)
		}
	})
}

// FuzzLastEventID: digits that fit are taken, nothing else.
func FuzzLastEventID(f *testing.F) {
	for _, s := range []string{"", "0", "17", "-1", "+1", "9223372036854775807", "9223372036854775808", "1_000", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := lastEvent(s)
		switch {
		case s == "" && (n != -1 || err != nil):
			t.Fatalf("none is %d %v", n, err)
		case s != "" && err == nil && (n < 0 || strings.Trim(s, "0123456789") != ""):
			t.Fatalf("%q is %d", s, n)
		}
	})
}

// TestNameOf: an id wins over a key; a key always gives the same valid name.
func TestNameOf(t *testing.T) {
	for _, c := range []struct{ id, key string }{{"mine", ""}, {"mine", "key"}, {"", ""}} {
		if got, err := nameOf(c.id, c.key, "pay"); err != nil || got != c.id {
			t.Errorf("%q %q: %q %v", c.id, c.key, got, err)
		}
	}
	a, err1 := nameOf("", "any text, 任何", "pay")
	b, err2 := nameOf("", "any text, 任何", "pay")
	c, err3 := nameOf("", "any text, 任何", "ref")
	if a != b || a[4:] != c[4:] || guitai.ValidID(a) != nil || errors.Join(err1, err2, err3) != nil {
		t.Errorf("%q %q %q", a, b, c)
	}
}
