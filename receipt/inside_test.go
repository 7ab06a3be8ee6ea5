package receipt

import (
	"bytes"
	"image"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/encoding/simplifiedchinese"

	"guitai"
)

func TestEveryCaptionHasThreeLanguages(t *testing.T) {
	words := map[string]word{}
	for c := range captions {
		words["caption "+string(rune('a'+c))] = captionWord(c)
	}
	for _, k := range []Kind{Sale, Refund, Void, PreAuth, Completion, Test, Return, Exchange, Gift, Interim, Final} {
		words["kind "+string(k)] = kindWord(k)
	}
	for _, n := range []SumName{SumSubtotal, SumDiscount, SumTotal, SumPaid, SumRefund, SumRefunded, SumTendered, SumChange, SumTax} {
		words["sum "+string(n)] = sumWord(n)
	}
	for _, w := range []guitai.Wallet{guitai.WeChat, guitai.Alipay, guitai.UnionPay} {
		words["wallet "+string(w)] = walletWord(w)
	}
	for _, s := range []guitai.PaymentState{guitai.PaymentCreated, guitai.PaymentWaiting, guitai.PaymentUnknown, guitai.PaymentHeld, guitai.PaymentPaid, guitai.PaymentFailed, guitai.PaymentClosed} {
		w, _ := stateWord(string(s))
		if w.en == string(s) {
			t.Errorf("state %s has no word", s)
		}
		words["state "+string(s)] = w
	}
	for name, w := range words {
		v := reflect.ValueOf(w)
		for i := range v.NumField() {
			if v.Field(i).String() == "" {
				t.Errorf("%s: nothing in %s", name, v.Type().Field(i).Name)
			}
		}
		if w.en != strings.ToValidUTF8(w.en, "") || len(w.en) != utf8.RuneCountInString(w.en) && w.en == w.hans {
			t.Errorf("%s is not worded in guitai.En: %s", name, w.en)
		}
	}
}

// A picture must show every character of GB 2312's two levels and every
// traditional one of GBK that a printer's own font has.
func TestFontsHaveEveryChineseCharacterOfGBK(t *testing.T) {
	p, err := newPen()
	if err != nil {
		t.Fatal(err)
	}
	decoder := simplifiedchinese.GBK.NewDecoder()
	count := 0
	for lead := 0x81; lead <= 0xFE; lead++ {
		for trail := 0x40; trail <= 0xFE; trail++ {
			s, err := decoder.String(string([]byte{byte(lead), byte(trail)}))
			c, _ := utf8.DecodeRuneInString(s)
			if err != nil || c < 0x4E00 || c > 0x9FA5 {
				continue
			}
			count++
			if !p.has(p.cjk, c) {
				t.Errorf("%c %U is missing", c, c)
			}
		}
	}
	if count != 20902 { // the unified characters of GBK
		t.Errorf("%d characters looked at", count)
	}
	for _, c := range "￥，。、；：？！（）《》「」【】０９ＡＺ嘅咗" {
		if !p.has(p.cjk, c) {
			t.Errorf("%c %U is missing", c, c)
		}
	}
	for _, c := range "×·—…“”‘’€é°" {
		if !p.has(p.latin, c) {
			t.Errorf("%c %U is missing", c, c)
		}
	}
}

// Go Mono at 20 dots fills a column of 12 exactly, or figures would not stand
// below each other.
func TestLatinFitsTheGrid(t *testing.T) {
	f, err := sfnt.Parse(gomono.TTF)
	if err != nil {
		t.Fatal(err)
	}
	p := &pen{latin: f}
	for c := rune('!'); c <= '~'; c++ {
		if !p.has(f, c) {
			t.Errorf("%c is missing", c)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"  a \t\n b  ":           "a b",
		"a\u00a0b\u2003c":        "a b c",
		"a\u3000b":               "a\u3000b",
		"a\x00\x1b@\x7f\u0085b":  "a@ b",
		"¥5":                     "￥5",
		"e\u0301":                "é",
		"\u202eabc\u200b\ufe0f":  "abc",
		strings.Repeat("中", 201): strings.Repeat("中", 200) + "…",
		strings.Repeat("中", 200): strings.Repeat("中", 200),
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  []string
	}{
		{"", 8, nil},
		{"中文商品", 4, []string{"中文", "商品"}},
		{"中文，商品", 4, []string{"中", "文，", "商品"}},
		{"a中文", 4, []string{"a中", "文"}},
		{"green tea leaves", 10, []string{"green tea", "leaves"}},
		{"12345678901", 4, []string{"1234", "5678", "901"}},
		{"可口可乐 330ml", 12, []string{"可口可乐", "330ml"}},
	} {
		if got := wrap(c.in, c.width); !reflect.DeepEqual(got, c.want) {
			t.Errorf("wrap(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

func TestMoney(t *testing.T) {
	for m, want := range map[guitai.Money]string{
		guitai.Fen(1250):             "￥12.50",
		guitai.Fen(-5):               "-￥0.05",
		{Fen: 100, Currency: "HKD"}:  "HKD 1.00",
		{Fen: -100, Currency: "JPY"}: "JPY -100",
	} {
		if got := money(m); got != want {
			t.Errorf("%v: %q, want %q", m, got, want)
		}
	}
}

// Dots may not spell DLE EOT, DLE ENQ or DLE DC4.
func TestPictureHoldsNoRealTimeCommand(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 384, 3))
	for i := range img.Pix {
		img.Pix[i] = 0xFF
	}
	for y, second := range []int{0x04, 0x05, 0x14} {
		for x := range 16 {
			if (0x1000|second)&(0x8000>>x) != 0 {
				img.Pix[y*img.Stride+80+x] = 0
			}
		}
	}
	var b bytes.Buffer
	writeRaster(&b, img)
	for _, command := range []string{"\x10\x04", "\x10\x05", "\x10\x14"} {
		if strings.Contains(b.String(), command) {
			t.Errorf("%q is in the picture", command)
		}
	}
	if !strings.Contains(b.String(), "\x10\x06") {
		t.Error("the picture lost its dots")
	}
}

func FuzzWrapAndClean(f *testing.F) {
	f.Add("手工现磨黑芝麻（无蔗糖）500g", 21)
	f.Add("a\x1bp\x00 ¥5 \u202e", 2)
	f.Fuzz(func(t *testing.T, in string, width int) {
		width = 2 + (width&0x7FFFFFFF)%60
		s := clean(in)
		if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7F && r < 0xA0 }) {
			t.Fatalf("clean(%q) = %q", in, s)
		}
		joined := ""
		for _, row := range wrap(s, width) {
			if columns(row) > width || row == "" {
				t.Fatalf("row %q in %d columns", row, width)
			}
			joined += row
		}
		if strings.ReplaceAll(joined, " ", "") != strings.ReplaceAll(s, " ", "") {
			t.Fatalf("wrap lost something of %q: %q", s, joined)
		}
		for _, b := range gb18030(s) {
			if b < ' ' || b == 0x7F {
				t.Fatalf("control byte %#x for %q", b, s)
			}
		}
	})
}

func BenchmarkPNG(b *testing.B) {
	slip, err := Lay(Document{Kind: Sale, Shop: "老街口杂货铺", Lines: make([]Line, 20)}, Paper80)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := slip.PNG(); err != nil {
			b.Fatal(err)
		}
	}
}
