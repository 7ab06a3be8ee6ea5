package receipt

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"guitai"
	typeface "guitai/receipt/font"
)

// Sizes of a picture in dots. Rows are as on a printer: a 24-dot font, and air.
const (
	letterDots = 2 * cellDots
	airDots    = 8
	ruleDots   = 16
	edgeDots   = 16 // above the first and below the last row
)

// PNG draws the slip as a picture in 16 greys, Paper().Dots() dots wide, sharp
// enough for a phone and for a 203 dpi printer.
func (s Slip) PNG() ([]byte, error) {
	img, err := s.picture()
	if err != nil {
		return nil, err
	}
	palette := make(color.Palette, 16)
	for i := range palette {
		palette[i] = color.Gray{Y: uint8(i * 0x11)}
	}
	sixteen := image.NewPaletted(img.Bounds(), palette)
	for i, grey := range img.Pix {
		sixteen.Pix[i] = uint8((int(grey) + 8) / 0x11)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, sixteen); err != nil {
		return nil, guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	return b.Bytes(), nil
}

// picture draws all rows.
func (s Slip) picture() (*image.Gray, error) {
	pen, err := newPen()
	if err != nil {
		return nil, guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	dots := s.paper.Dots()
	height := 2 * edgeDots
	for _, r := range s.rows {
		height += r.dots(dots)
	}
	img := image.NewGray(image.Rect(0, 0, dots, height))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	y := edgeDots
	for _, r := range s.rows {
		h := r.dots(dots)
		switch r.kind {
		case rowBlank:
		case rowRule:
			for x := range dots {
				if x%8 < 5 {
					img.SetGray(x, y+h/2-1, color.Gray{})
					img.SetGray(x, y+h/2, color.Gray{})
				}
			}
		case rowCode:
			r.drawCode(img, y)
		case rowDots:
			r.image.drawOn(img, y+airDots/2)
		default:
			pen.row(img, r, y+airDots/2)
		}
		y += h
	}
	return img, nil
}

// dots is the height of a row on a picture that is wide dots wide.
func (r row) dots(wide int) int {
	switch {
	case r.kind == rowRule:
		return ruleDots
	case r.kind == rowDots:
		return r.image.High + airDots
	case r.kind == rowCode:
		return r.codeScale(wide)*(r.code.Size()+2*4) + airDots
	case r.size != normal:
		return 2*letterDots + airDots
	}
	return letterDots + airDots
}

// codeScale is how many dots a module of the QR code gets: about 60 % of the
// paper for the whole code, never less than what fits, at most 8 (1 mm).
func (r row) codeScale(wide int) int {
	side := r.code.Size() + 2*4
	return max(1, min(8, wide/side, max(3, wide*6/10/side)))
}

// drawCode draws the QR code in the middle with its quiet zone.
func (r row) drawCode(img *image.Gray, y int) {
	scale, wide := r.codeScale(img.Bounds().Dx()), img.Bounds().Dx()
	n := r.code.Size()
	left, top := (wide-n*scale)/2, y+airDots/2+4*scale
	for j := range n * scale {
		for i := range n * scale {
			if r.code.At(i/scale, j/scale) {
				img.SetGray(left+i, top+j, color.Gray{})
			}
		}
	}
}

// pen holds the two typefaces in two sizes. It is made for each picture: a
// font.Face may not be shared between goroutines.
type pen struct {
	cjk, latin *sfnt.Font
	buf        sfnt.Buffer
	faces      map[faceKey]font.Face
}

type faceKey struct {
	font *sfnt.Font
	em   int
}

func newPen() (*pen, error) {
	cjk, err := sfnt.Parse(typeface.Chinese())
	if err != nil {
		return nil, err
	}
	latin, err := sfnt.Parse(gomono.TTF)
	if err != nil {
		return nil, err
	}
	p := &pen{cjk: cjk, latin: latin, faces: make(map[faceKey]font.Face)}
	for _, scale := range []int{1, 2} {
		// Go Mono is 0.6 em wide: 20 dots give exactly a column of 12.
		for _, k := range []faceKey{{cjk, 24 * scale}, {latin, 20 * scale}} {
			face, err := opentype.NewFace(k.font, &opentype.FaceOptions{Size: float64(k.em), DPI: 72, Hinting: font.HintingNone})
			if err != nil {
				return nil, err
			}
			p.faces[k] = face
		}
	}
	return p, nil
}

// row draws a row of text with its upper edge at y. Tall rows are drawn twice
// as wide too and then squeezed, so that strokes stay smooth.
func (p *pen) row(img *image.Gray, r row, y int) {
	wide := img.Bounds().Dx()
	switch r.size {
	case normal:
		p.text(img, r.line(wide/cellDots), image.Pt(0, y), 1)
	case big:
		p.text(img, r.line(wide/cellDots/2), image.Pt(0, y), 2)
	case tall:
		double := image.NewGray(image.Rect(0, 0, 2*wide, 2*letterDots+airDots))
		draw.Draw(double, double.Bounds(), image.White, image.Point{}, draw.Src)
		p.text(double, r.line(wide/cellDots), image.Point{}, 2)
		for j := range min(double.Bounds().Dy(), img.Bounds().Dy()-y) {
			for i := range wide {
				grey := (int(double.GrayAt(2*i, j).Y) + int(double.GrayAt(2*i+1, j).Y)) / 2
				img.SetGray(i, y+j, color.Gray{Y: uint8(grey)})
			}
		}
	}
}

// text draws one row of text on the printer's grid: each character in a cell of
// one or two columns.
func (p *pen) text(img *image.Gray, text string, at image.Point, scale int) {
	x := at.X
	for _, c := range text {
		width := runeColumns(c) * cellDots * scale
		if c != ' ' && c != '\u3000' {
			p.letter(img, c, image.Rect(x, at.Y, x+width, at.Y+letterDots*scale), scale)
		}
		x += width
	}
}

// letter draws a character in the middle of its cell. One that no typeface has
// is drawn as a box, so that it is seen to be missing.
func (p *pen) letter(img *image.Gray, c rune, cell image.Rectangle, scale int) {
	key := faceKey{p.latin, 20 * scale}
	if c >= 0x80 && p.has(p.cjk, c) {
		key = faceKey{p.cjk, 24 * scale}
	} else if !p.has(p.latin, c) {
		box(img, cell.Inset(2*scale), scale)
		return
	}
	face := p.faces[key]
	advance, _ := face.GlyphAdvance(c)
	d := font.Drawer{Dst: img, Src: image.Black, Face: face, Dot: fixed.Point26_6{
		X: fixed.I(cell.Min.X) + (fixed.I(cell.Dx())-advance)/2,
		Y: fixed.I(cell.Min.Y + 20*scale), // the baseline of both typefaces
	}}
	d.DrawString(string(c))
}

func (p *pen) has(f *sfnt.Font, c rune) bool {
	i, err := f.GlyphIndex(&p.buf, c)
	return err == nil && i != 0
}

func box(img *image.Gray, r image.Rectangle, thick int) {
	draw.Draw(img, r, image.Black, image.Point{}, draw.Src)
	draw.Draw(img, r.Inset(thick), image.White, image.Point{}, draw.Src)
}
