package receipt_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
	"guitai/receipt"
)

func lay(t *testing.T, d receipt.Document, p receipt.Paper) receipt.Slip {
	t.Helper()
	slip, err := receipt.Lay(d, p)
	if err != nil {
		t.Fatal(err)
	}
	return slip
}

func escpos(t *testing.T, s receipt.Slip, o receipt.Options) []byte {
	t.Helper()
	b, err := s.ESCPOS(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func picture(t *testing.T, s receipt.Slip) image.Image {
	t.Helper()
	b, err := s.PNG()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

var papers = []receipt.Paper{receipt.Paper58, receipt.Paper80}

func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x80 {
			n++
		}
	}
	return n
}

func TestNoRowIsWiderThanThePaper(t *testing.T) {
	for _, d := range []receipt.Document{sale(), refund(), unknown(), counter(t)} {
		for _, p := range papers {
			slip := lay(t, d, p)
			for line := range strings.Lines(slip.Text()) {
				if w := width(strings.TrimRight(line, "\n")); w > p.Columns() {
					t.Errorf("%d mm text: %d columns: %s", p, w, line)
				}
			}
			for _, line := range interpret(escpos(t, slip, receipt.Options{})).lines {
				if w := width(line.Text) * (1 + int(line.Size>>4)); w > p.Columns() {
					t.Errorf("%d mm printer: %d columns: %s", p, w, line.Text)
				}
			}
		}
	}
}

// The printer's rows and those of the text are the same words in the same
// order; so are the HTML's.
func TestFormatsAgree(t *testing.T) {
	words := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, "-", "")), "") }
	for _, d := range []receipt.Document{sale(), refund(), unknown(), counter(t)} {
		for _, p := range papers {
			slip := lay(t, d, p)
			var onPaper strings.Builder
			for _, l := range interpret(escpos(t, slip, receipt.Options{})).lines {
				onPaper.WriteString(l.Text + "\n")
			}
			var inText strings.Builder
			for line := range strings.Lines(slip.Text()) {
				if !strings.HasPrefix(line, "[QR]") {
					inText.WriteString(line)
				}
			}
			if got, want := words(onPaper.String()), words(inText.String()); got != want {
				t.Errorf("%d mm: printer and text differ:\n%s\n%s", p, got, want)
			}
			if got, want := words(visible(t, slip.Fragment())), words(inText.String()); got != want {
				t.Errorf("%d mm: HTML and text differ:\n%s\n%s", p, got, want)
			}
		}
	}
}

// tokens reads a piece of HTML as the well-formed text that it is but for
// elements without an end.
func tokens(t *testing.T, page string) []xml.Token {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var out []xml.Token
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, xml.CopyToken(token))
	}
}

// visible is the text of a piece of HTML.
func visible(t *testing.T, fragment string) string {
	var b strings.Builder
	for _, token := range tokens(t, fragment) {
		if text, ok := token.(xml.CharData); ok {
			b.Write(text)
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func TestPrinterBytes(t *testing.T) {
	slip := lay(t, sale(), receipt.Paper58)
	out := interpret(escpos(t, slip, receipt.Options{Drawer: receipt.DrawerPin2, Density: -3, Speed: 4, Cut: receipt.CutFull}))
	if len(out.unknown) > 0 {
		t.Errorf("bytes that no printer knows: %q", out.unknown)
	}
	want := []string{`"\x1b@" `, `"\x1bR" 00`, `"\x1b2" `, `"\x1d(K" 31 fd`, `"\x1d(K" 32 04`, `"\x1bp" 00 19 fa`, `"\x1c&" `, `"\x1d(k" 31 41 32 00`, `"\x1d(k" 31 43 06`, `"\x1d(k" 31 45 31`, `"\x1dVA" 10`}
	if got := strings.Join(out.commands, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("commands:\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	if len(out.codes) != 1 || out.codes[0] != sale().Code {
		t.Errorf("codes %q", out.codes)
	}
	for _, want := range []printedLine{
		{Align: 1, Size: 0x11, ChineseSize: 0x0C, Text: "老街口杂货铺"},
		{Align: 1, Size: 0x11, ChineseSize: 0x0C, Text: "消费"},
		{Align: 0, Size: 0x11, ChineseSize: 0x0C, Text: "合计     ￥72.50"},
		{Align: 1, Text: "谢谢惠顾"},
	} {
		found := false
		for _, l := range out.lines {
			found = found || l == want
		}
		if !found {
			t.Errorf("no row %+v in %+v", want, out.lines)
		}
	}
	last := out.lines[len(out.lines)-1]
	if last.Size != 0 || last.ChineseSize != 0 {
		t.Errorf("size is not set back: %+v", last)
	}
	if none := interpret(escpos(t, slip, receipt.Options{Cut: receipt.CutNone})); !strings.Contains(strings.Join(none.commands, "\n"), `"\x1bd" 04`) || strings.Contains(strings.Join(none.commands, "\n"), "V") {
		t.Errorf("without a cutter: %q", none.commands)
	}
}

func TestYenSign(t *testing.T) {
	d := sale()
	d.Footer = []string{"满¥100减￥5"}
	slip := lay(t, d, receipt.Paper58)
	if strings.Contains(slip.Text(), "¥") {
		t.Error("U+00A5 is left in the text")
	}
	b := escpos(t, slip, receipt.Options{})
	if n := bytes.Count(b, []byte{0xA3, 0xA4}); n < 4 {
		t.Errorf("%d signs ￥ in GB18030", n)
	}
	if bytes.Contains(b, []byte{0x81, 0x30, 0x84, 0x36}) {
		t.Error("the four bytes of U+00A5 are sent")
	}
}

// A name from outside must not command the printer, whatever bytes it has.
func TestTextCannotCommandThePrinter(t *testing.T) {
	evil := "茶\x1bp\x00\x19\xfa\x1dV\x00\x1c.\x10\x14\x01\x00\x05\n\r\x0c\x7f\u009b1m\u202e倒\u2028\u200b\xff\xfe叶"
	d := sale()
	fields := []*string{
		&d.Shop, &d.Merchant, &d.Address, &d.Phone, &d.MerchantNumber, &d.Number, &d.OriginalNumber, &d.Till, &d.Cashier, &d.Reason, &d.CodeText,
		&d.Lines[0].Name, &d.Lines[0].Quantity, &d.Tenders[0].OrderNumber, &d.Tenders[0].WalletNumber, &d.Tenders[0].State, &d.Tenders[0].Payer, &d.Footer[0],
	}
	for _, f := range fields {
		*f = evil
	}
	d.Header = []string{evil}
	d.Tenders[0].Wallet, d.Tenders[0].PaymentID = guitai.Wallet(evil), guitai.PaymentID(evil)
	d.Sums[0].Name = receipt.SumName(evil)
	d.Sums[0].Amount.Currency = guitai.Currency(evil)
	d.Tenders = append(d.Tenders, receipt.Tender{Name: evil, Amount: guitai.Fen(1)})
	for _, p := range papers {
		slip := lay(t, d, p)
		plain, bad := interpret(escpos(t, lay(t, sale(), p), receipt.Options{})), interpret(escpos(t, slip, receipt.Options{}))
		if len(bad.unknown) > 0 {
			t.Errorf("%d mm: %q", p, bad.unknown)
		}
		if got, want := strings.Join(bad.commands, ";"), strings.Join(plain.commands, ";"); got != want {
			t.Errorf("%d mm: commands %s, want %s", p, got, want)
		}
		for _, r := range slip.Text() + visible(t, slip.HTML()) {
			if r != '\n' && (r < ' ' || r >= 0x7F && r < 0xA0 || r == '\u202e' || r == '\u2028') {
				t.Errorf("%d mm: %U is left in the text", p, r)
			}
		}
	}
	d.Code = "https://example.cn/\x1bp\x00"
	if _, err := receipt.Lay(d, receipt.Paper58); !guitai.Invalid.Is(err) {
		t.Errorf("a code with a command in it: %v", err)
	}
}

func TestHTMLIsEscapedAndSelfContained(t *testing.T) {
	d := sale()
	d.Shop = `<script src="//evil.example/x.js"></script>`
	d.Number = `"><img src=x onerror=alert(1)>`
	d.Lines[0].Name = `</span><b>x`
	allowed := map[string]bool{"html": true, "head": true, "meta": true, "title": true, "style": true, "body": true, "article": true, "div": true, "span": true, "hr": true, "svg": true, "path": true}
	articles := 0
	for _, token := range tokens(t, lay(t, d, receipt.Paper80).HTML()) {
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !allowed[element.Name.Local] {
			t.Errorf("element <%s>", element.Name.Local)
		}
		if element.Name.Local == "article" {
			articles++
		}
		for _, a := range element.Attr {
			if k := a.Name.Local; k == "src" || k == "href" || k == "style" || strings.HasPrefix(k, "on") {
				t.Errorf("attribute %s in <%s>", k, element.Name.Local)
			}
		}
	}
	if articles != 1 {
		t.Errorf("%d slips on the page", articles)
	}
	if strings.Contains(receipt.Style, "url(") || strings.Contains(receipt.Style, "@import") {
		t.Error("the style sheet loads something")
	}
}

func TestCodeIsReadOffEveryFormat(t *testing.T) {
	for _, d := range []receipt.Document{sale(), unknown()} {
		for _, p := range papers {
			slip := lay(t, d, p)
			if got := testkit.ScanQR(t, picture(t, slip)); got != d.Code {
				t.Errorf("%d mm picture: %q", p, got)
			}
			for _, way := range []receipt.Draw{receipt.DrawCode, receipt.DrawPicture} {
				out := interpret(escpos(t, slip, receipt.Options{Draw: way}))
				if got := testkit.ScanQR(t, out.dots); got != d.Code || len(out.unknown) > 0 || len(out.codes) > 0 {
					t.Errorf("%d mm, draw %q: %q, unknown %q", p, way, got, out.unknown)
				}
			}
		}
	}
}

func TestWholeSlipAsDotsIsThePicture(t *testing.T) {
	for _, p := range papers {
		slip := lay(t, sale(), p)
		out := interpret(escpos(t, slip, receipt.Options{Draw: receipt.DrawPicture}))
		if got, want := out.dots.Bounds(), picture(t, slip).Bounds(); got != want || got.Dx() != p.Dots() {
			t.Errorf("%v dots, picture %v", got, want)
		}
		if len(out.lines) > 0 {
			t.Errorf("text beside the picture: %q", out.lines)
		}
	}
}

// A character that no font has is drawn and printed as a box.
func TestMissingCharacterIsABox(t *testing.T) {
	d := receipt.Document{Kind: receipt.Test, Shop: "x", Header: []string{"🍜𠮷"}}
	slip := lay(t, d, receipt.Paper58)
	found := false
	for _, l := range interpret(escpos(t, slip, receipt.Options{})).lines {
		found = found || l.Text == "□□"
	}
	if !found {
		t.Error("no boxes on paper")
	}
	d.Header = []string{"\u3000\u3000"}
	if firstDifference(picture(t, slip), picture(t, lay(t, receipt.Document{Kind: receipt.Test, Shop: "x", Header: []string{"国国"}}, receipt.Paper58))) == "" {
		t.Error("the boxes look like other characters")
	}
	dark := 0
	img := picture(t, slip)
	for y := 72; y < 104; y++ { // the row below the shop's name
		for x := range img.Bounds().Dx() {
			if r, _, _, _ := img.At(x, y).RGBA(); r < 0x4000 {
				dark++
			}
		}
	}
	if dark < 100 {
		t.Errorf("%d dark dots where two boxes should be", dark)
	}
}

func TestUnsettledStateStandsLarge(t *testing.T) {
	for state, size := range map[string]byte{"paid": 0, "done": 0, "held": 0, "unknown": 0x11, "waiting": 0x11, "failed": 0x11, "closed": 0x11, "a state never heard of": 0x01} {
		d := sale()
		d.Tenders[0].State = state
		found := false
		for _, l := range interpret(escpos(t, lay(t, d, receipt.Paper80), receipt.Options{})).lines {
			if strings.HasPrefix(l.Text, "状态") {
				found = true
				if l.Size != size {
					t.Errorf("%s: size %#x, want %#x", state, l.Size, size)
				}
			}
		}
		if !found {
			t.Errorf("%s: no state on the slip", state)
		}
	}
}

func TestTimesAreTheShops(t *testing.T) {
	d := sale()
	d.Zone = time.FixedZone("Asia/Urumqi", 6*3600)
	if text := lay(t, d, receipt.Paper58).Text(); !strings.Contains(text, "2026-11-21 16:08:30") {
		t.Error(text)
	}
	d.Zone = nil
	if text := lay(t, d, receipt.Paper58).Text(); !strings.Contains(text, "2026-11-21 10:08:30") {
		t.Error(text)
	}
}

func TestRefuses(t *testing.T) {
	for name, change := range map[string]func(*receipt.Document){
		"language": func(d *receipt.Document) { d.Language = "fr" },
		"kind":     func(d *receipt.Document) { d.Kind = "" },
		"lines":    func(d *receipt.Document) { d.Lines = make([]receipt.Line, 501) },
		"header":   func(d *receipt.Document) { d.Header = make([]string, 41) },
		"footer":   func(d *receipt.Document) { d.Footer = make([]string, 41) },
		"sums":     func(d *receipt.Document) { d.Sums = make([]receipt.Sum, 41) },
		"tenders":  func(d *receipt.Document) { d.Tenders = make([]receipt.Tender, 41) },
		"code":     func(d *receipt.Document) { d.Code = strings.Repeat("x", 2000) },
	} {
		d := sale()
		change(&d)
		if _, err := receipt.Lay(d, receipt.Paper58); !guitai.Invalid.Is(err) || guitai.AsError(err).Field != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := receipt.Lay(sale(), 76); !guitai.Invalid.Is(err) {
		t.Errorf("paper: %v", err)
	}
	slip := lay(t, sale(), receipt.Paper58)
	for _, o := range []receipt.Options{{Draw: "x"}, {Cut: "x"}, {Drawer: "x"}, {Density: 7}, {Density: -7}, {Speed: 10}, {Speed: -1}} {
		if _, err := slip.ESCPOS(o); !guitai.Invalid.Is(err) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
