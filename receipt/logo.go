package receipt

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // logos come as JPEG too
	"image/png"
	"strings"

	"github.com/boombuler/barcode/code128"
	scale "golang.org/x/image/draw"

	"guitai"
)

// Bitmap is a picture of dots: row by row, eight dots a byte, the first dot in
// the highest bit, 1 is dark. The zero Bitmap is no picture.
type Bitmap struct {
	Wide, High int
	Bits       []byte
}

// Limits of a logo.
const (
	logoHigh      = 320      // dots: 4 cm of paper
	logoFileMost  = 2 << 20  // bytes of the file that is uploaded
	logoSideMost  = 6000     // pixels of it
	logoStoreMost = 32 << 10 // characters of the data URL that is kept
	pngURL        = "data:image/png;base64,"
	barcodeMost   = 24 // characters
	barcodeHigh   = 64 // dots: 8 mm
)

func (m Bitmap) across() int { return (m.Wide + 7) / 8 }

func (m Bitmap) check() error {
	if m.Wide < 0 || m.High < 0 || m.Wide > Paper80.Dots() || m.High > logoHigh || len(m.Bits) != m.across()*m.High {
		return guitai.FailField(guitai.CodeFieldInvalid, "logo")
	}
	return nil
}

func newBitmap(wide, high int) Bitmap {
	return Bitmap{Wide: wide, High: high, Bits: make([]byte, (wide+7)/8*high)}
}

func (m Bitmap) set(x, y int) { m.Bits[y*m.across()+x/8] |= 0x80 >> (x % 8) }

// at tells whether a dot is dark.
func (m Bitmap) at(x, y int) bool { return m.Bits[y*m.across()+x/8]&(0x80>>(x%8)) != 0 }

// drawOn draws it in the middle of a picture.
func (m Bitmap) drawOn(img *image.Gray, top int) {
	left := (img.Bounds().Dx() - m.Wide) / 2
	for y := range m.High {
		for x := range m.Wide {
			if m.at(x, y) {
				img.SetGray(left+x, top+y, color.Gray{})
			}
		}
	}
}

// PNG is the picture as a file of one bit a dot.
func (m Bitmap) PNG() []byte {
	img := image.NewPaletted(image.Rect(0, 0, m.Wide, m.High), color.Palette{color.White, color.Black})
	for y := range m.High {
		for x := range m.Wide {
			if m.at(x, y) {
				img.Pix[y*img.Stride+x] = 1
			}
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img); err != nil {
		return nil // only a picture without a size fails
	}
	return b.Bytes()
}

func (m Bitmap) dataURL() string { return pngURL + base64.StdEncoding.EncodeToString(m.PNG()) }

func logoInvalid() error { return guitai.FailField(guitai.CodeFieldInvalid, "logo") }

// MakeLogo turns a PNG or JPEG file into what a receipt printer can draw: no
// wider than the paper, dithered to dots. The answer is what settings keep: a
// data URL. It fails as Invalid when the file is too large or no picture.
func MakeLogo(file []byte, p Paper) (string, error) {
	if len(file) == 0 || len(file) > logoFileMost {
		return "", logoInvalid()
	}
	c, kind, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil || kind != "png" && kind != "jpeg" || c.Width < 1 || c.Height < 1 || c.Width > logoSideMost || c.Height > logoSideMost ||
		c.Width*c.Height > 12_000_000 {
		return "", logoInvalid()
	}
	src, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return "", logoInvalid()
	}
	wide, high := c.Width, c.Height
	if most := p.Dots() * 3 / 4; wide > most {
		wide, high = most, max(1, high*most/wide)
	}
	if high > logoHigh {
		wide, high = max(1, wide*logoHigh/high), logoHigh
	}
	grey := image.NewGray(image.Rect(0, 0, wide, high))
	draw.Draw(grey, grey.Bounds(), image.White, image.Point{}, draw.Src)
	scale.CatmullRom.Scale(grey, grey.Bounds(), src, src.Bounds(), scale.Over, nil)
	url := dither(grey).dataURL()
	if len(url) > logoStoreMost {
		return "", logoInvalid()
	}
	return url, nil
}

// dither spreads what a dot is too dark or too light over its neighbours
// (Floyd and Steinberg), so that greys look grey.
func dither(grey *image.Gray) Bitmap {
	wide, high := grey.Bounds().Dx(), grey.Bounds().Dy()
	out, rest := newBitmap(wide, high), make([]int, (wide+2)*(high+1))
	for y := range high {
		for x := range wide {
			at := y*(wide+2) + x + 1
			level := int(grey.Pix[y*grey.Stride+x]) + rest[at]/16
			off := level
			if level < 128 {
				out.set(x, y)
			} else {
				off = level - 255
			}
			rest[at+1] += off * 7
			rest[at+wide+1] += off * 3
			rest[at+wide+2] += off * 5
			rest[at+wide+3] += off
		}
	}
	return out
}

// ReadLogo reads a logo as settings keep it; "" is no logo.
func ReadLogo(url string) (Bitmap, error) {
	if url == "" {
		return Bitmap{}, nil
	}
	text, ok := strings.CutPrefix(url, pngURL)
	if !ok || len(url) > logoStoreMost {
		return Bitmap{}, logoInvalid()
	}
	file, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return Bitmap{}, logoInvalid()
	}
	c, err := png.DecodeConfig(bytes.NewReader(file))
	if err != nil || c.Width < 1 || c.Height < 1 || c.Width > Paper80.Dots() || c.Height > logoHigh {
		return Bitmap{}, logoInvalid()
	}
	img, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		return Bitmap{}, logoInvalid()
	}
	out, b := newBitmap(c.Width, c.Height), img.Bounds()
	for y := range c.Height {
		for x := range c.Width {
			at := img.At(b.Min.X+x, b.Min.Y+y)
			if _, _, _, a := at.RGBA(); a > 0x7FFF && color.GrayModel.Convert(at).(color.Gray).Y < 128 {
				out.set(x, y)
			}
		}
	}
	return out, nil
}

// code128Bars draws text as a bar code (ISO/IEC 15417) of two dots a module, or one
// where two do not fit the paper with its quiet zones.
func code128Bars(text string, dots int) (Bitmap, error) {
	for _, c := range []byte(text) {
		if c < 0x20 || c > 0x7E {
			return Bitmap{}, guitai.FailField(guitai.CodeFieldInvalid, "barcode")
		}
	}
	bars, err := code128.Encode(text)
	if err != nil {
		return Bitmap{}, guitai.FailField(guitai.CodeFieldInvalid, "barcode")
	}
	const quiet = 2 * 10
	modules := bars.Bounds().Dx()
	each := min(2, dots/(modules+quiet))
	if each < 1 {
		return Bitmap{}, guitai.FailField(guitai.CodeFieldInvalid, "barcode")
	}
	out := newBitmap(modules*each, barcodeHigh)
	for y := range barcodeHigh {
		for x := range modules * each {
			if color.GrayModel.Convert(bars.At(x/each, 0)).(color.Gray).Y < 128 {
				out.set(x, y)
			}
		}
	}
	return out, nil
}
