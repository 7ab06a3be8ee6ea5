package sheet

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"guitai"
	"guitai/qr"
)

// dotsPerMM is about 300 dpi, at which print shops ask for pictures.
const dotsPerMM = 12

// PNG is one sticker as a picture in greys.
func PNG(s Sticker) ([]byte, error) {
	t, err := newTypes()
	if err != nil {
		return nil, err
	}
	p, err := single(t, s)
	if err != nil {
		return nil, err
	}
	img := image.NewGray(image.Rect(0, 0, int(p.wide*dotsPerMM), int(p.high*dotsPerMM)))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	for _, m := range p.marks {
		if m.code != nil {
			dots(img, m)
		} else if err := t.write(img, m); err != nil {
			return nil, guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	return b.Bytes(), nil
}

// dots draws a code with a whole number of dots to each module, in the middle
// of its place.
func dots(img *image.Gray, m mark) {
	n := m.code.Size()
	scale := int(m.side*dotsPerMM) / (n + 2*qr.QuietZone)
	left := int((m.x+m.side/2)*dotsPerMM) - n*scale/2
	top := int((m.y+m.side/2)*dotsPerMM) - n*scale/2
	for y := range n * scale {
		for x := range n * scale {
			if m.code.At(x/scale, y/scale) {
				img.SetGray(left+x, top+y, color.Gray{})
			}
		}
	}
}

// write draws a text.
func (t *types) write(img *image.Gray, m mark) error {
	x := (m.x - t.measure(m.text)*m.size/2) * dotsPerMM
	for _, piece := range t.runs(m.text) {
		face, err := opentype.NewFace(piece.face, &opentype.FaceOptions{Size: m.size * dotsPerMM, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			return err
		}
		d := font.Drawer{Dst: img, Src: image.NewUniform(color.Gray{Y: uint8(m.tone)}), Face: face,
			Dot: fixed.Point26_6{X: fixed.Int26_6(x * 64), Y: fixed.Int26_6(m.y * dotsPerMM * 64)}}
		for _, r := range piece.text { // letter by letter: without kerning, as it was measured
			d.DrawString(string(r))
		}
		x = float64(d.Dot.X) / 64
		if err := face.Close(); err != nil {
			return err
		}
	}
	return nil
}
