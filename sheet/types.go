package sheet

import (
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"guitai"
	typeface "guitai/receipt/font"
)

// types are the two typefaces. They are made for each piece of work: their
// buffer may not be shared between goroutines.
type types struct {
	chinese, latin *sfnt.Font
	buf            sfnt.Buffer
}

func newTypes() (*types, error) {
	chinese, err := sfnt.Parse(typeface.Chinese())
	if err != nil {
		return nil, guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	latin, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		return nil, guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	return &types{chinese: chinese, latin: latin}, nil
}

// unknown stands for a letter that neither typeface has, so that it is seen to
// be missing.
const unknown = '□'

// face is the typeface that has a letter; nil: none.
func (t *types) face(r rune) *sfnt.Font {
	for _, f := range []*sfnt.Font{t.latin, t.chinese} {
		if i, err := f.GlyphIndex(&t.buf, r); err == nil && i != 0 {
			return f
		}
	}
	return nil
}

// run is a piece of text in one typeface.
type run struct {
	face *sfnt.Font
	text string
}

// runs splits a text by typeface. Unknown letters are replaced.
func (t *types) runs(text string) []run {
	var list []run
	for _, r := range text {
		f := t.face(r)
		if f == nil {
			r = unknown
			f = t.chinese
		}
		if n := len(list); n > 0 && list[n-1].face == f {
			list[n-1].text += string(r)
		} else {
			list = append(list, run{f, string(r)})
		}
	}
	return list
}

// measure is how wide a text is when it is 1 mm high. Letters are set one after
// the other without kerning, as all renderers here do.
func (t *types) measure(text string) float64 {
	const em = 1000
	width := fixed.Int26_6(0)
	for _, piece := range t.runs(text) {
		for _, r := range piece.text {
			i, err := piece.face.GlyphIndex(&t.buf, r)
			if err != nil {
				continue
			}
			if a, err := piece.face.GlyphAdvance(&t.buf, i, fixed.I(em), font.HintingNone); err == nil {
				width += a
			}
		}
	}
	return float64(width) / 64 / em
}

// fit makes a text no wider than width: smaller at first, then shorter.
func (t *types) fit(text string, size, width float64) (string, float64) {
	w := t.measure(text)
	if w*size <= width {
		return text, size
	}
	if small := width / w; small >= size*smallest {
		return text, small
	}
	size *= smallest
	letters := []rune(text)
	for n := len(letters) - 1; n > 0; n-- {
		if cut := string(letters[:n]) + "…"; t.measure(cut)*size <= width {
			return cut, size
		}
	}
	return "", size
}
