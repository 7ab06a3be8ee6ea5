package browse

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		doc  string
		want page
	}{
		"a form": {
			`<!doctype html><title>x</title><style>p{content:"<form id=pay>"}</style><main><p class=a>桂花里 &amp; 店<form id="pay" method=post action="/p/x?a=1&amp;b=2">
			<!-- <input name=no value=1> --><input type=hidden name='t' value="a&quot;b>c"><INPUT NAME=u VALUE=1><input name="amount" inputmode=decimal required>
			<input type=checkbox name=c value=1><button name=go value=1>付款</button></form><input name=outside></main>`,
			page{text: "桂花里 & 店 付款", form: &form{action: "/p/x?a=1&b=2", amount: true, fields: [][2]string{{"t", `a"b>c`}, {"u", "1"}, {"go", "1"}}}},
		},
		"an order": {
			`<main data-state=""><script>if (1<2) "<main data-state=paid>"</script><script id="order" type="application/json">{"a":"<b>"}</SCRIPT >`,
			page{order: `{"a":"<b>"}`},
		},
		"a state":     {`<MAIN data-state='paid'><h1>已付款</h1></MAIN>`, page{state: "paid", text: "已付款"}},
		"other form":  {`<form id=search action=/s><input name=q></form>`, page{}},
		"hidden sum":  {`<form id=pay><input type=hidden name=amount value=1.00>`, page{form: &form{fields: [][2]string{{"amount", "1.00"}}}}},
		"cut off":     {`<main data-state=paid><form id=pay action="x`, page{state: "paid", form: &form{action: "x"}}},
		"never ended": {`<script id=order>{"a`, page{order: `{"a`}},
		"no HTML":     {`just < text`, page{text: "just"}},
	} {
		if got := read(c.doc); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n%+v %+v, want\n%+v %+v", name, got, got.form, c.want, c.want.form)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`<main data-state=a><form id=pay action="/x"><input name=a value='1'></form><script id=order>{}</script>`)
	f.Add("<a =\"<!--\x00-->'İ<script></SCRİPT")
	f.Fuzz(func(t *testing.T, doc string) {
		p := read(doc)
		if len(p.text) > maxText || utf8.ValidString(doc) && !utf8.ValidString(p.text) || len(p.order) > len(doc) {
			t.Fatalf("%+v", p)
		}
		if p.form != nil && strings.Contains(p.form.action, "\x00") && !strings.Contains(doc, "\x00") && !strings.Contains(doc, "&") {
			t.Fatalf("%+v", p.form)
		}
	})
}
