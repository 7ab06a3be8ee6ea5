package qr_test

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"guitai"
	"guitai/qr"
)

// The published examples of payer codes.
const (
	cpmOne = "hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8="
	cpmTwo = "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw=="
)

func TestCPMVectors(t *testing.T) {
	one, err := qr.ParseCPM(cpmOne)
	if err != nil {
		t.Fatal(err)
	}
	two, err := qr.ParseCPM(cpmTwo)
	if err != nil {
		t.Fatal(err)
	}
	if len(one.Applications) != 1 || one.Shared != nil || len(two.Applications) != 2 || two.Shared == nil {
		t.Fatalf("%v, %v", one, two)
	}
	for _, c := range []struct {
		in   qr.Template
		tag  uint32
		want string
	}{
		{one.Applications[0], qr.TagAID, "a0000000555555"}, {one.Applications[0], qr.TagTrack2, "1234567890123458d191220112345f"},
		{two.Applications[0], qr.TagAID, "a0000000555555"}, {two.Applications[0], qr.TagLabel, hex.EncodeToString([]byte("Product1"))},
		{two.Applications[1], qr.TagAID, "a0000000666666"}, {two.Applications[1], qr.TagLabel, hex.EncodeToString([]byte("Product2"))},
		{*two.Shared, qr.TagPAN, "1234567890123458"}, {*two.Shared, qr.TagCardholder, hex.EncodeToString([]byte("CARDHOLDER/EMV"))},
		{*two.Shared, qr.TagLanguage, hex.EncodeToString([]byte("ruesdeen"))}, {*two.Shared, qr.TagIssuerData, "06010a03000000"},
		{*two.Shared, qr.TagCryptogram, "584fd385fa234bcc"}, {*two.Shared, qr.TagCounter, "0001"}, {*two.Shared, qr.TagRandom, "6d58ef13"},
	} {
		if got, ok := c.in.Value(c.tag); !ok || hex.EncodeToString(got) != c.want {
			t.Errorf("%X = %x %t, want %s", c.tag, got, ok, c.want)
		}
	}
	if _, ok := two.Shared.Value(qr.TagAID); ok || len(two.Shared.Transparent) != 4 {
		t.Errorf("%d transparent objects", len(two.Shared.Transparent))
	}
	for code, c := range map[string]qr.CPM{cpmOne: one, cpmTwo: two} {
		if got, err := c.Build(); err != nil || got != code {
			t.Errorf("built %s %v", got, err)
		}
	}
	if _, err := qr.ParseCPM(strings.TrimRight(cpmOne, "=")); err != nil {
		t.Errorf("without padding: %v", err)
	}
	for _, shown := range []string{one.String(), fmt.Sprintf("%v %+v %#v", one, one, one), one.LogValue().String()} {
		if strings.Contains(shown, "12345678") || strings.Contains(shown, "[18 52") {
			t.Errorf("shows the card: %s", shown)
		}
	}
}

// cpm is a code of UnionPay's with some more data.
func cpm(aid string, more ...qr.Datum) qr.CPM {
	id, err := hex.DecodeString(aid)
	if err != nil {
		panic(err)
	}
	return qr.CPM{Applications: []qr.Template{{Data: append([]qr.Datum{{Tag: qr.TagAID, Value: id}}, more...)}}}
}

func TestCPMBuild(t *testing.T) {
	c := cpm("a000000333010101", qr.Datum{Tag: qr.TagPAN, Value: []byte{0x62, 0x16}}, qr.Datum{Tag: 0x9F19, Value: make([]byte, 200)})
	code, err := c.Build()
	if err != nil {
		t.Fatal(err)
	}
	got, err := qr.ParseCPM(code)
	if err != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("%v %v", got, err)
	}
	if p, err := qr.Recognise(code); err != nil || p.Wallet != guitai.UnionPay || p.Form != qr.EMVCPM {
		t.Errorf("recognised as %v %v", p, err)
	}
	for name, c := range map[string]qr.CPM{
		"no application":     {},
		"no identifier":      {Applications: []qr.Template{{Data: []qr.Datum{{Tag: qr.TagPAN, Value: []byte{1}}}}}},
		"short identifier":   cpm("a0000003"),
		"long identifier":    cpm("a0000003330101010000000000000000ff"),
		"tag twice":          cpm("a000000333010101", qr.Datum{Tag: qr.TagPAN}, qr.Datum{Tag: qr.TagPAN}),
		"tag 0":              cpm("a000000333010101", qr.Datum{Tag: 0}),
		"tag without an end": cpm("a000000333010101", qr.Datum{Tag: 0x5F}),
		"tag of more":        cpm("a000000333010101", qr.Datum{Tag: 0x5F81}),
		"tag of three":       cpm("a000000333010101", qr.Datum{Tag: 0x5F2081}),
		"tag of four":        cpm("a000000333010101", qr.Datum{Tag: 0x5F818101}),
		"template by hand":   cpm("a000000333010101", qr.Datum{Tag: 0x63}),
		"too long":           cpm("a000000333010101", qr.Datum{Tag: qr.TagIssuerData, Value: make([]byte, 400)}),
	} {
		if code, err := c.Build(); err == nil {
			t.Errorf("%s: built %s", name, code)
		}
	}
}

func TestCPMRefuses(t *testing.T) {
	for name, code := range map[string]string{
		"empty": "", "not base64": "hQVDUFYwM!", "cut": cpmOne[:20], "another version": strings.Replace(cpmOne, "hQVDUFYwMW", "hQVDUFYwMm", 1),
		"too long": cpmOne + strings.Repeat("A", 512), "MPM": emvcoMPM, "only the format": "hQVDUFYwMQ==",
	} {
		_, err := qr.ParseCPM(code)
		if !guitai.Invalid.Is(err) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(code) > 20 && strings.Contains(err.Error(), code[10:20]) {
			t.Errorf("%s: the error holds the code", name)
		}
	}
}

func TestCPMRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(7816, 5))
	tags := []uint32{0x50, 0x57, 0x5A, 0x5F20, 0x5F2D, 0x5F50, 0x9F08, 0x9F19, 0x9F24, 0x9F25, 0x9F8101}
	data := func() []qr.Datum {
		var out []qr.Datum
		for _, tag := range tags {
			if r.IntN(3) == 0 {
				b := make([]byte, r.IntN(20))
				for i := range b {
					b[i] = byte(r.IntN(256))
				}
				out = append(out, qr.Datum{Tag: tag, Value: b})
			}
		}
		return out
	}
	for range 2000 {
		c := cpm("a000000333010101", data()...)
		c.Applications[0].Transparent = data()
		if r.IntN(2) == 0 {
			c.Shared = &qr.Template{Data: data(), Transparent: data()}
		}
		code, err := c.Build()
		if err != nil {
			continue // too long
		}
		got, err := qr.ParseCPM(code)
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Fatalf("%v %v", got, err)
		}
	}
}

func FuzzParseCPM(f *testing.F) {
	f.Add(cpmOne)
	f.Add(cpmTwo)
	f.Fuzz(func(t *testing.T, code string) {
		c, err := qr.ParseCPM(code)
		if err != nil {
			return
		}
		again, err := c.Build()
		if err != nil {
			t.Fatalf("read and not written: %v", err)
		}
		got, err := qr.ParseCPM(again)
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Fatalf("written and read as another: %v", err)
		}
	})
}
