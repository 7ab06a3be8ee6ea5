package wechat

import (
	"maps"
	"strings"
	"testing"
)

func TestReadXML(t *testing.T) {
	good := map[string]map[string]string{
		`<xml><a>1</a><b><![CDATA[<2>]]></b></xml>`:                         {"a": "1", "b": "<2>"},
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml>\n<a/>\n</xml>\n": {"a": ""},
		`<xml><a>x &amp; y &#20013;</a><!-- nothing --></xml>`:              {"a": "x & y 中"},
		`<xml></xml>`:             {},
		`<xml><xml>1</xml></xml>`: {"xml": "1"},
	}
	for in, want := range good {
		if got, err := readXML([]byte(in)); err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %v %v, want %v", in, got, err, want)
		}
	}
	for what, in := range map[string]string{
		"empty":         "",
		"text":          "FAIL",
		"JSON":          `{"return_code":"SUCCESS"}`,
		"HTML":          "<!DOCTYPE html><html><body>502</body></html>",
		"DTD":           `<!DOCTYPE xml [<!ENTITY a "b">]><xml><a>&a;</a></xml>`,
		"XXE":           `<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><a>&a;</a></xml>`,
		"entity":        `<xml><a>&nbsp;</a></xml>`,
		"other root":    `<root><a>1</a></root>`,
		"two roots":     `<xml><a>1</a></xml><xml><a>2</a></xml>`,
		"text behind":   `<xml><a>1</a></xml>x`,
		"text between":  `<xml>x<a>1</a></xml>`,
		"nested":        `<xml><a><b>1</b></a></xml>`,
		"twice":         `<xml><a>1</a><a>2</a></xml>`,
		"attribute":     `<xml><a b="c">1</a></xml>`,
		"root attr":     `<xml b="c"><a>1</a></xml>`,
		"namespace":     `<xml><x:a>1</x:a></xml>`,
		"crossed":       `<xml><a>1</b></xml>`,
		"half":          `<xml><a>1</a><b>`,
		"half in CDATA": `<xml><a><![CDATA[1`,
		"not closed":    `<xml><a>1</a>`,
		"instruction":   `<xml><?php 1 ?><a>1</a></xml>`,
		"GBK":           "<?xml version=\"1.0\" encoding=\"GBK\"?><xml><a>\xd6\xd0</a></xml>",
		"NUL":           "<xml><a>\x00</a></xml>",
		"too many":      "<xml>" + many(600) + "</xml>",
		"too large":     "<xml><a>" + strings.Repeat("x", maxBody) + "</a></xml>",
	} {
		if got, err := readXML([]byte(in)); err == nil {
			t.Errorf("%s: taken as %v", what, got)
		}
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		name := "f" + strings.Repeat("x", i)
		b.WriteString("<" + name + ">1</" + name + ">")
	}
	return b.String()
}

func TestWriteXML(t *testing.T) {
	in := map[string]string{"body": `<茶> & "coffee" ]]>`, "a": "1", "none": ""}
	out := writeXML(in)
	if want := `<xml><a>1</a><body>&lt;茶&gt; &amp; &#34;coffee&#34; ]]&gt;</body></xml>`; string(out) != want {
		t.Errorf("%s, want %s", out, want)
	}
	delete(in, "none")
	if back, err := readXML(out); err != nil || !maps.Equal(back, in) {
		t.Errorf("read back %v %v, want %v", back, err, in)
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"茶 tea": "茶 tea", "a\nb\x00c": "a b c", "bad \xff byte": "bad   byte", "\ufffe": " ", strings.Repeat("茶", 200): strings.Repeat("茶", 127),
	} {
		if got := words(in, 127); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := cut("茶茶", 5); got != "茶" {
		t.Errorf("cut to 5 bytes: %q, want one character of three", got)
	}
}

func TestMask(t *testing.T) {
	got := maskFields(map[string]string{
		"auth_code": "134567890123456789", "sign": "ABC", "openid": "oUpF8", "total_fee": "1250", "out_trade_no": "GT1", "tomorrow": "?", "attach": "",
		"err_code_des": "付款码 134567890123456789 无效", "nonce_str": "n",
	})
	want := "attach= auth_code=*** err_code_des=付款码 *** 无效 nonce_str=*** openid=*** out_trade_no=GT1 sign=*** tomorrow=*** total_fee=1250"
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
	got = maskJSON([]byte(`{"amount":{"total":1250,"secret":7},"payer":{"openid":"oUpF8"},"trade_state":"SUCCESS","list":[{"code":"X","value":"134567890123456789"}],"ok":true}`))
	want = `{"amount":{"secret":"***","total":1250},"list":[{"code":"X","value":"***"}],"ok":true,"payer":{"openid":"***"},"trade_state":"SUCCESS"}`
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for in, want := range map[string]string{"": "", "<html>": "(6 bytes that cannot be read)", `{} {}`: "(5 bytes that cannot be read)", `"134567890123456789"`: `"***"`} {
		if got := maskJSON([]byte(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
