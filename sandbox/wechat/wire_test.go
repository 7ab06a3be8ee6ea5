package wechat

import (
	"maps"
	"strings"
	"testing"
	"time"
)

// The published example of "签名算法" and its HMAC-SHA256 form.
func TestSign2Vector(t *testing.T) {
	fields := map[string]string{
		"appid": "wxd930ea5d5a258f4f", "body": "test", "device_info": "1000", "mch_id": "10000100",
		"nonce_str": "ibuaiVcKdpRxkhJA", "empty": "", "sign": "not part of it",
	}
	const key = "192006250b4c09247ec02edce69f6a2d"
	if got, err := sign2(fields, key); err != nil || got != "9A0A8659F005D6984697E2CA0A9CF3B7" {
		t.Errorf("MD5: %s %v", got, err)
	}
	// In the vector sign_type is not among the signed fields, so the digest is
	// checked on the text itself.
	if got := digest2("appid=wxd930ea5d5a258f4f&body=test&device_info=1000&mch_id=10000100&nonce_str=ibuaiVcKdpRxkhJA&key="+key, key); got != "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6" {
		t.Errorf("HMAC-SHA256: %s", got)
	}
	fields["sign_type"] = "SM3"
	if _, err := sign2(fields, key); err == nil {
		t.Error("unknown sign_type was signed")
	}
}

func TestParseXML(t *testing.T) {
	good, err := parseXML([]byte("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml>\n <a><![CDATA[茶 <&>]]></a><b>x &amp; y</b><c/></xml>\n"))
	if err != nil || !maps.Equal(good, map[string]string{"a": "茶 <&>", "b": "x & y", "c": ""}) {
		t.Errorf("%v %v", good, err)
	}
	for name, bad := range map[string]string{
		"document type": `<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><a>&e;</a></xml>`,
		"entity":        `<xml><a>&e;</a></xml>`,
		"other root":    `<xm><a>1</a></xm>`,
		"nested":        `<xml><a><b>1</b></a></xml>`,
		"twice":         `<xml><a>1</a><a>2</a></xml>`,
		"attribute":     `<xml><a b="1">1</a></xml>`,
		"second root":   `<xml></xml><xml></xml>`,
		"cut":           `<xml><a>1</a>`,
		"text outside":  `<xml>1</xml>`,
		"empty":         ``,
		"not UTF-8":     "<xml><a>\xff</a></xml>",
		"too many":      "<xml>" + strings.Repeat("<a></a>", 300) + "</xml>",
	} {
		if _, err := parseXML([]byte(bad)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestWriteXMLIsRead(t *testing.T) {
	want := map[string]string{"a": "x ]]> y & <z>", "b": "", "c": "茶"}
	if got, err := parseXML(writeXML(want)); err != nil || !maps.Equal(got, want) {
		t.Errorf("%v %v", got, err)
	}
}

func FuzzParseXML(f *testing.F) {
	f.Add([]byte("<xml><a><![CDATA[1]]></a></xml>"))
	f.Add([]byte(`<!DOCTYPE x [<!ENTITY e "e">]><xml><a>&e;</a></xml>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		fields, err := parseXML(body)
		if err != nil {
			return
		}
		if len(fields) > maxFields {
			t.Fatalf("%d fields", len(fields))
		}
		for name := range fields {
			if strings.ContainsAny(name, "<>&") {
				t.Fatalf("field name %q", name)
			}
		}
	})
}

func FuzzAuthFields(f *testing.F) {
	f.Add(`mchid="1",nonce_str="n",signature="a=="`)
	f.Fuzz(func(t *testing.T, s string) {
		for name, value := range authFields(s) {
			if !strings.Contains(s, name+`="`+value+`"`) {
				t.Fatalf("%q=%q is not in the header", name, value)
			}
		}
	})
}

func TestAuthFieldsAnyOrder(t *testing.T) {
	got := authFields(`signature="a+/=", mchid="1", timestamp="2",nonce_str="n",serial_no="S"`)
	want := map[string]string{"signature": "a+/=", "mchid": "1", "timestamp": "2", "nonce_str": "n", "serial_no": "S"}
	if !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestNoncesAreRememberedForTheWholeWindow(t *testing.T) {
	n := &nonces{young: map[string]struct{}{}, old: map[string]struct{}{}}
	at := time.Unix(1_800_000_000, 0)
	if !n.fresh("x", at) || n.fresh("x", at) || n.fresh("x", at.Add(2*clockSlip+time.Second)) {
		t.Error("a nonce was taken twice")
	}
	if !n.fresh("x", at.Add(10*clockSlip)) {
		t.Error("a nonce is remembered for ever")
	}
}

func TestNumbersHave28Digits(t *testing.T) {
	p := Policy()
	for _, s := range []string{p.Number("20260304", "0123456789012345"), p.RefundNumber("20260304", "0123456789012345")} {
		if len(s) != 28 || strings.Trim(s, "0123456789") != "" {
			t.Errorf("%s: %d characters", s, len(s))
		}
	}
}
