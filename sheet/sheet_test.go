package sheet_test

import (
	"bytes"
	"compress/zlib"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"guitai"
	"guitai/internal/testkit"
	"guitai/sheet"
)

func sticker(n int) sheet.Sticker {
	return sheet.Sticker{Text: fmt.Sprintf("https://pay.example.com/p/AgECAwQFBgcICQoAAAAAq83vASNFZ4mrze%02d", n),
		Shop: "桂花里便利店", Name: "门口右手边", Mark: "K7QX", Amount: guitai.Fen(int64(n) * 100)}
}

// TestPNG: the picture is read, and is not all code.
func TestPNG(t *testing.T) {
	for _, lang := range append(guitai.Langs(), "") {
		s := sticker(8)
		s.Language = lang
		b, err := sheet.PNG(s)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if got := testkit.ScanQR(t, img); got != s.Text {
			t.Errorf("%s: read %q", lang, got)
		}
		words := 0
		for y := img.Bounds().Dy() * 5 / 6; y < img.Bounds().Dy(); y++ {
			for x := range img.Bounds().Dx() {
				if r, _, _, _ := img.At(x, y).RGBA(); r < 0x8000 {
					words++
				}
			}
		}
		if words < 500 {
			t.Errorf("%s: %d dark dots below the code", lang, words)
		}
	}
}

// leaf is a page of a PDF as far as its codes go: what its filled rectangles
// darken, 4 dots to a point.
type leaf struct{ image.Image }

const dots = 4

// leaves draws the pages of a PDF: of its content streams the filled
// rectangles, under the last matrix that was set.
func leaves(t *testing.T, pdf []byte) []leaf {
	t.Helper()
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Fatal("not a PDF")
	}
	boxes := regexp.MustCompile(`/MediaBox \[ 0 0 ([0-9.]+) ([0-9.]+) \]`).FindAllSubmatch(pdf, -1)
	var list []leaf
	for rest := pdf; ; {
		from := bytes.Index(rest, []byte("stream\n"))
		if from < 0 {
			break
		}
		rest = rest[from+len("stream\n"):]
		z, err := zlib.NewReader(bytes.NewReader(rest))
		if err != nil {
			continue
		}
		content, err := io.ReadAll(z)
		if err != nil || !bytes.Contains(content, []byte(" re F")) && !bytes.Contains(content, []byte(" re f")) {
			continue
		}
		box := boxes[min(len(list), len(boxes)-1)]
		list = append(list, drawn(string(content), number(t, box[1]), number(t, box[2])))
	}
	if len(list) == 0 {
		t.Fatal("no page with a code")
	}
	return list
}

func number(t *testing.T, b []byte) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func drawn(content string, wide, high float64) leaf {
	img := image.NewGray(image.Rect(0, 0, int(wide*dots), int(high*dots)))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	var stack []float64
	turned := false // by half, around the middle of a tent's first panel
	var outer []bool
	const midX, midY = 105 * 72 / 25.4, 59 * 72 / 25.4
	for _, word := range strings.Fields(content) {
		if f, err := strconv.ParseFloat(word, 64); err == nil {
			stack = append(stack, f)
			continue
		}
		if n := len(stack); word == "cm" && n >= 6 && math.Abs(stack[n-6]+1) < 0.01 {
			turned = true
		}
		if n := len(stack); word == "re" && n >= 4 {
			x, y, w, h := stack[n-4], high-stack[n-3], stack[n-2], stack[n-1]
			if h > 0 {
				y -= h
			}
			x2, y2 := x+w, y+math.Abs(h)
			if turned {
				x, x2, y, y2 = 2*midX-x2, 2*midX-x, 2*midY-y2, 2*midY-y
			}
			dark := image.Rect(int(math.Round(x*dots)), int(math.Round(y*dots)), int(math.Round(x2*dots)), int(math.Round(y2*dots)))
			draw.Draw(img, dark, image.NewUniform(color.Gray{}), image.Point{}, draw.Src)
		}
		switch n := len(outer); {
		case word == "q":
			outer = append(outer, turned)
		case word == "Q" && n > 0:
			turned, outer = outer[n-1], outer[:n-1]
		}
		stack = stack[:0]
	}
	return leaf{img}
}

// part is a part of a page, in thousandths of its sides.
func (l leaf) part(x, y, x2, y2 int) image.Image {
	b := l.Bounds()
	r := image.Rect(b.Dx()*x/1000, b.Dy()*y/1000, b.Dx()*x2/1000, b.Dy()*y2/1000)
	return l.Image.(*image.Gray).SubImage(r)
}

// TestPDF: one sticker, read from the page.
func TestPDF(t *testing.T) {
	b, err := sheet.PDF(sticker(0))
	if err != nil {
		t.Fatal(err)
	}
	if got := testkit.ScanQR(t, leaves(t, b)[0]); got != sticker(0).Text {
		t.Errorf("read %q", got)
	}
	if len(b) > 100<<10 {
		t.Errorf("%d bytes: the typeface was not cut down", len(b))
	}
	again, err := sheet.PDF(sticker(0))
	if err != nil || !bytes.Equal(b, again) {
		t.Errorf("the same sticker is another file (%v)", err)
	}
}

// TestSheetPDF: every sticker of two sheets is read in its place.
func TestSheetPDF(t *testing.T) {
	var list []sheet.Sticker
	for n := range sheet.PerSheet + 2 {
		list = append(list, sticker(n))
	}
	b, err := sheet.SheetPDF(list)
	if err != nil {
		t.Fatal(err)
	}
	pages := leaves(t, b)
	if len(pages) != 2 {
		t.Fatalf("%d pages", len(pages))
	}
	for n, s := range list {
		in := n % sheet.PerSheet
		x, y := 50+in%3*300, 35+in/3*232
		if got := testkit.ScanQR(t, pages[n/sheet.PerSheet].part(x, y, x+300, y+232)); got != s.Text {
			t.Errorf("sticker %d reads as %q", n, got)
		}
	}
}

// TestTentPDF: both panels are read, and the first stands on its head.
func TestTentPDF(t *testing.T) {
	b, err := sheet.TentPDF(sticker(3))
	if err != nil {
		t.Fatal(err)
	}
	page := leaves(t, b)[0]
	for what, img := range map[string]image.Image{"turned": page.part(400, 0, 1000, 397), "upright": page.part(0, 397, 600, 794)} {
		if got := testkit.ScanQR(t, img); got != sticker(3).Text {
			t.Errorf("%s: read %q", what, got)
		}
	}
}

// TestSVG: it is well-formed whatever the names are, and says them.
func TestSVG(t *testing.T) {
	s := sticker(0)
	s.Shop, s.Name = `<script>"&'`, "门\u202e口\n\x00\xff"
	b, err := sheet.SVG(s)
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for d := xml.NewDecoder(bytes.NewReader(b)); ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			if e.Name.Local == "script" {
				t.Error("a name became an element")
			}
		case xml.CharData:
			said += string(e) + "|"
		}
	}
	for _, want := range []string{`<script>"&'`, "门口", "K7QX", "扫码后输入金额", "微信支付 / 支付宝 / 云闪付"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in %q", want, said)
		}
	}
	if strings.ContainsAny(said, "\u202e\n\x00") {
		t.Errorf("%q", said)
	}
}

// TestAwkward: what names can do to a sheet, and what is refused.
func TestAwkward(t *testing.T) {
	long := sticker(1)
	long.Shop, long.Name = strings.Repeat("很长的店名", 40), strings.Repeat("𠮷😀ש", 30)
	empty := sheet.Sticker{Text: "x"}
	b, err := sheet.SheetPDF([]sheet.Sticker{long, empty})
	if err != nil {
		t.Fatal(err)
	}
	if got := testkit.ScanQR(t, leaves(t, b)[0].part(50, 35, 350, 267)); got != long.Text {
		t.Errorf("read %q", got)
	}
	if _, err := sheet.PNG(long); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{
		"no text": second(sheet.PDF(sheet.Sticker{})), "line end": second(sheet.PNG(sheet.Sticker{Text: "a\nb"})),
		"none": second(sheet.SheetPDF(nil)), "too many": second(sheet.SheetPDF(make([]sheet.Sticker, sheet.MostStickers+1))),
	} {
		if !guitai.Invalid.Is(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
