package alipay

import (
	"net/url"
	"testing"
	"time"
)

func TestMerge(t *testing.T) {
	got, err := merge("a=1&c=x%20y", "b=2&c=x+y")
	if err != nil || len(got) != 3 || got["a"] != "1" || got["b"] != "2" || got["c"] != "x y" {
		t.Errorf("%v %v", got, err)
	}
	for _, pair := range [][2]string{{"a=1", "a=2"}, {"a=1&a=2", ""}, {"%zz", ""}, {"", "a=%"}, {"a=1;b=2", ""}} {
		if got, err := merge(pair[0], pair[1]); err == nil {
			t.Errorf("%q: %v", pair, got)
		}
	}
}

func FuzzMerge(f *testing.F) {
	f.Add("a=1&b=%E4%B8%AD", "biz_content={}")
	f.Add("charset=utf-8", "charset=utf-8&charset=utf-8")
	f.Fuzz(func(t *testing.T, query, body string) {
		got, err := merge(query, body)
		if err != nil {
			return
		}
		a, _ := url.ParseQuery(query)
		b, _ := url.ParseQuery(body)
		for name, value := range got {
			for _, v := range append(a[name], b[name]...) {
				if v != value {
					t.Fatalf("%s is %q and %q", name, v, value)
				}
			}
		}
	})
}

func TestSpan(t *testing.T) {
	now := time.Date(2026, 11, 21, 15, 0, 0, 0, time.UTC) // 23:00 in Beijing
	for s, want := range map[string]time.Duration{"1m": time.Minute, "90m": 90 * time.Minute, "2h": 2 * time.Hour, "15d": 360 * time.Hour, "1c": time.Hour} {
		if d, err := span(s, now); err != nil || d != want {
			t.Errorf("%s: %v %v", s, d, err)
		}
	}
	for _, s := range []string{"", "m", "0m", "16d", "1.5h", "1s", "-1m", "9999999m", "2c"} {
		if d, err := span(s, now); err == nil {
			t.Errorf("%q: %v", s, d)
		}
	}
}
