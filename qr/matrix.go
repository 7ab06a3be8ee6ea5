package qr

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strconv"
	"strings"
	"unicode/utf8"

	rsc "rsc.io/qr"

	"guitai"
)

// MaxText is the longest text Encode takes, in bytes. A longer one would make a
// code that neither 58 mm paper nor a phone's screen shows well.
const MaxText = 1024

// QuietZone is the white border a reader needs around a code, in modules
// (ISO/IEC 18004 section 6.3.8).
const QuietZone = 4

// maxScale bounds the pixels per module of a PNG.
const maxScale = 64

// Level is how much of a code may be dirty or torn and still be read.
type Level int

// The four levels of ISO/IEC 18004: about 7, 15, 25 and 30 % may be lost.
const (
	Low      Level = iota // on a clean screen
	Medium                // on a receipt
	Quartile              // on a table or a stand
	High                  // on a sticker in the street
)

// Matrix is a QR code: Size modules on a side, without the quiet zone.
type Matrix struct {
	size int
	dark []bool
}

// Encode makes a QR code of text in UTF-8. Digits alone, or capitals and
// digits, make a smaller code. It fails with code_missing, code_too_long (more
// than MaxText bytes) or code_malformed (not UTF-8, or a control character:
// a printer's command must not travel in a code).
func Encode(text string, level Level) (Matrix, error) {
	switch {
	case text == "":
		return Matrix{}, guitai.FailField(guitai.CodeCodeMissing, "code")
	case len(text) > MaxText:
		return Matrix{}, guitai.FailField(guitai.CodeCodeTooLong, "code")
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7F }):
		return Matrix{}, guitai.FailField(guitai.CodeCodeMalformed, "code")
	case level < Low || level > High:
		return Matrix{}, guitai.FailField(guitai.CodeFieldInvalid, "level")
	}
	code, err := rsc.Encode(text, rsc.Level(level))
	if err != nil {
		return Matrix{}, guitai.Fail(guitai.Invalid, guitai.CodeCodeTooLong, err)
	}
	m := Matrix{size: code.Size, dark: make([]bool, code.Size*code.Size)}
	for y := range m.size {
		for x := range m.size {
			m.dark[y*m.size+x] = code.Black(x, y)
		}
	}
	return m, nil
}

// Size is the number of modules on a side, without the quiet zone.
func (m Matrix) Size() int { return m.size }

// At reports whether the module in column x and row y is dark. Outside of the
// code everything is light.
func (m Matrix) At(x, y int) bool {
	return x >= 0 && y >= 0 && x < m.size && y < m.size && m.dark[y*m.size+x]
}

// SVG draws the code with its quiet zone as two paths, white ground and dark
// modules, so that it stays readable on a dark page. modulePixels gives it a
// fixed size; 0 leaves the size to the page.
func (m Matrix) SVG(modulePixels int) string {
	side := m.size + 2*QuietZone
	n := strconv.Itoa(side)
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + n + " " + n + `" shape-rendering="crispEdges"`)
	if modulePixels > 0 {
		px := strconv.Itoa(side * modulePixels)
		b.WriteString(` width="` + px + `" height="` + px + `"`)
	}
	b.WriteString(`><path fill="#fff" d="M0 0h` + n + "v" + n + `H0z"/><path d="`)
	for y := range m.size {
		for x := 0; x < m.size; {
			run := x
			for m.At(run, y) {
				run++
			}
			if run > x { // one bar per run of dark modules
				w := strconv.Itoa(run - x)
				b.WriteString("M" + strconv.Itoa(x+QuietZone) + " " + strconv.Itoa(y+QuietZone) + "h" + w + "v1h-" + w + "z")
			}
			x = max(run, x+1)
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}

// PNG draws the code with its quiet zone, scale (1 to 64) pixels to a module,
// in one bit per pixel.
func (m Matrix) PNG(scale int) ([]byte, error) {
	if scale < 1 || scale > maxScale {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "scale")
	}
	side := (m.size + 2*QuietZone) * scale
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			if m.At(x/scale-QuietZone, y/scale-QuietZone) {
				img.Pix[y*img.Stride+x] = 1
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	return b.Bytes(), nil
}
