package sheet

import (
	"bytes"
	"errors"

	"github.com/signintech/gopdf"
	"golang.org/x/image/font/gofont/goregular"

	"guitai"
	"guitai/qr"
	typeface "guitai/receipt/font"
)

// PDF is one sticker on a paper of its own size.
func PDF(s Sticker) ([]byte, error) {
	return document(func(t *types) ([]page, error) {
		p, err := single(t, s)
		return []page{p}, err
	})
}

// MostStickers is how many stickers go into one file.
const MostStickers = 20 * PerSheet

// SheetPDF is as many A4 sheets as the stickers need.
func SheetPDF(list []Sticker) ([]byte, error) {
	if len(list) == 0 || len(list) > MostStickers {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "ids")
	}
	return document(func(t *types) ([]page, error) {
		var pages []page
		for from := 0; from < len(list); from += PerSheet {
			p, err := grid(t, list[from:min(from+PerSheet, len(list))])
			if err != nil {
				return nil, err
			}
			pages = append(pages, p)
		}
		return pages, nil
	})
}

// TentPDF is an A4 to fold for the table.
func TentPDF(s Sticker) ([]byte, error) {
	return document(func(t *types) ([]page, error) {
		p, err := tent(t, s)
		return []page{p}, err
	})
}

func document(lay func(*types) ([]page, error)) ([]byte, error) {
	t, err := newTypes()
	if err != nil {
		return nil, err
	}
	pages, err := lay(t)
	if err != nil {
		return nil, err
	}
	w := &paper{types: t}
	b, err := w.write(pages)
	if err != nil {
		return nil, guitai.Fail(guitai.Internal, guitai.CodeInternal, err)
	}
	return b, nil
}

// The names of the typefaces within a document.
const (
	latinName   = "latin"
	chineseName = "chinese"
)

const pointsPerMM = 72 / 25.4

// paper writes pages as PDF. Codes are drawn as lines, not as pictures: they
// are sharp on every printer.
type paper struct {
	*types
	gopdf.GoPdf
}

func (w *paper) write(pages []page) ([]byte, error) {
	w.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	if err := errors.Join(w.AddTTFFontData(latinName, goregular.TTF), w.AddTTFFontData(chineseName, typeface.Chinese())); err != nil {
		return nil, err
	}
	for _, p := range pages {
		w.AddPageWithOption(gopdf.PageOption{PageSize: &gopdf.Rect{W: p.wide * pointsPerMM, H: p.high * pointsPerMM}})
		for _, m := range p.marks {
			if err := w.mark(m); err != nil {
				return nil, err
			}
		}
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (w *paper) mark(m mark) error {
	if m.turned { // around the middle of the tent's first panel
		w.Rotate(180, a4Wide/2*pointsPerMM, panelHigh/2*pointsPerMM)
		defer w.RotateReset()
	}
	switch {
	case m.code != nil:
		w.code(m)
	case m.text != "":
		return w.text(m)
	default:
		w.line(m)
	}
	return nil
}

func (w *paper) line(m mark) {
	w.SetLineWidth(0.3)
	w.SetLineType("")
	if m.dashed {
		w.SetLineType("dashed")
	}
	w.SetStrokeColor(uint8(m.tone), uint8(m.tone), uint8(m.tone))
	w.Line(m.x*pointsPerMM, m.y*pointsPerMM, m.x2*pointsPerMM, m.y2*pointsPerMM)
}

func (w *paper) code(m mark) {
	w.SetFillColor(0, 0, 0)
	n := m.code.Size()
	module := m.side * pointsPerMM / float64(n+2*qr.QuietZone)
	left, top := m.x*pointsPerMM+module*qr.QuietZone, m.y*pointsPerMM+module*qr.QuietZone
	for y := range n {
		for x := 0; x < n; {
			end := x
			for m.code.At(end, y) {
				end++
			}
			if end > x { // one bar per run of dark modules
				w.RectFromUpperLeftWithStyle(left+float64(x)*module, top+float64(y)*module, float64(end-x)*module,
					module+moduleOverlap*pointsPerMM, "F")
			}
			x = max(end, x+1)
		}
	}
}

func (w *paper) text(m mark) error {
	w.SetTextColor(uint8(m.tone), uint8(m.tone), uint8(m.tone))
	x := m.x - w.measure(m.text)*m.size/2
	for _, piece := range w.runs(m.text) {
		name := chineseName
		if piece.face == w.latin {
			name = latinName
		}
		if err := w.SetFont(name, "", m.size*pointsPerMM); err != nil {
			return err
		}
		w.SetXY(x*pointsPerMM, m.y*pointsPerMM)
		if err := w.Text(piece.text); err != nil {
			return err
		}
		x += w.measure(piece.text) * m.size
	}
	return nil
}
