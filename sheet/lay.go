package sheet

import (
	"guitai/qr"
)

// page is what stands on one piece of paper. Every length is in millimetres,
// from the upper left corner.
type page struct {
	wide, high float64
	marks      []mark
}

// tone is how dark a mark is.
type tone uint8

const (
	black tone = 0
	grey  tone = 90
	pale  tone = 170
)

// mark is one thing on a page: a text, a code, or a line.
type mark struct {
	text   string // cut and cleaned; every letter is in a typeface
	size   float64
	code   *qr.Matrix
	side   float64 // of the code with its quiet zone
	dashed bool
	tone   tone
	x, y   float64 // text: the middle of its baseline; code: upper left; line: one end
	x2, y2 float64 // line: the other end
	turned bool    // stands on its head, for paper that is folded over
}

// box is a part of a page.
type box struct{ x, y, wide, high float64 }

// The papers.
const (
	a4Wide, a4High         = 210.0, 297.0
	stickerWide            = 80.0
	stickerHigh            = 88.0
	cutMark                = 5.0 // length
	panelHigh              = 118.0
	columns, rows          = 3, 4
	cellWide               = 63.0
	cellHigh               = 69.0
	leftEdge, upperEdge    = (a4Wide - columns*cellWide) / 2, (a4High - rows*cellHigh) / 2
	PerSheet               = columns * rows // stickers on one A4
	smallest               = 0.62           // of its size, to which a text is shrunk before it is cut
	moduleOverlap          = 0.03           // mm by which rows of modules overlap, so that no viewer shows seams
	qrShare, qrTop, qrWide = 0.66, 0.12, 0.92
)

// upright lays a sticker into a box that is higher than wide.
func (p *page) upright(t *types, s Sticker, m qr.Matrix, in box) {
	h := in.high
	middle, width := in.x+in.wide/2, in.wide*0.88
	side := min(in.wide*qrWide, h*qrShare)
	p.line(t, textAt{s.Shop, middle, in.y + h*0.11, h * 0.068, width, black})
	p.marks = append(p.marks, mark{code: &m, side: side, x: middle - side/2, y: in.y + h*qrTop})
	p.line(t, textAt{s.amount(), middle, in.y + h*0.82, h * 0.066, width, black})
	p.line(t, textAt{s.wallets(), middle, in.y + h*0.885, h * 0.042, width, black})
	p.line(t, textAt{s.foot(), middle, in.y + h*0.952, h * 0.036, width, grey})
}

// across lays a sticker into a box that is wider than high: the code on the
// left, the words beside it.
func (p *page) across(t *types, s Sticker, m qr.Matrix, in box) {
	side := in.high * 0.86
	p.marks = append(p.marks, mark{code: &m, side: side, x: in.x + in.high*0.05, y: in.y + in.high*0.07})
	left := in.x + in.high*0.05 + side
	middle, width := (left+in.x+in.wide)/2-in.high*0.02, in.x+in.wide-left-in.high*0.08
	p.line(t, textAt{s.Shop, middle, in.y + in.high*0.23, in.high * 0.095, width, black})
	p.line(t, textAt{s.scan(), middle, in.y + in.high*0.42, in.high * 0.12, width, black})
	p.line(t, textAt{s.amount(), middle, in.y + in.high*0.58, in.high * 0.09, width, black})
	p.line(t, textAt{s.wallets(), middle, in.y + in.high*0.71, in.high * 0.05, width, black})
	p.line(t, textAt{s.foot(), middle, in.y + in.high*0.90, in.high * 0.04, width, grey})
}

// textAt is a text to be fitted around a middle.
type textAt struct {
	text                      string
	middle, base, size, width float64
	tone                      tone
}

// line adds a text: shrunk to its width, and cut where that makes it too small
// to read.
func (p *page) line(t *types, a textAt) {
	text, size := t.fit(a.text, a.size, a.width)
	if text == "" {
		return
	}
	p.marks = append(p.marks, mark{text: text, size: size, x: a.middle, y: a.base, tone: a.tone})
}

func (p *page) rule(x, y, x2, y2 float64) {
	p.marks = append(p.marks, mark{x: x, y: y, x2: x2, y2: y2, tone: pale})
}

// single is one sticker alone.
func single(t *types, s Sticker) (page, error) {
	s, m, err := s.ready()
	if err != nil {
		return page{}, err
	}
	p := page{wide: stickerWide, high: stickerHigh}
	p.upright(t, s, m, box{0, 0, p.wide, p.high})
	return p, nil
}

// grid is an A4 of at most PerSheet stickers, with marks to cut along.
func grid(t *types, list []Sticker) (page, error) {
	p := page{wide: a4Wide, high: a4High}
	for i, s := range list {
		s, m, err := s.ready()
		if err != nil {
			return page{}, err
		}
		p.upright(t, s, m, box{leftEdge + float64(i%columns)*cellWide, upperEdge + float64(i/columns)*cellHigh, cellWide, cellHigh})
	}
	for i := range columns + 1 {
		x := leftEdge + float64(i)*cellWide
		p.rule(x, upperEdge-cutMark-1, x, upperEdge-1)
		p.rule(x, a4High-upperEdge+1, x, a4High-upperEdge+cutMark+1)
		for j := 1; j < rows; j++ { // crosses inside
			y := upperEdge + float64(j)*cellHigh
			p.rule(x, y-cutMark/4, x, y+cutMark/4)
		}
	}
	for j := range rows + 1 {
		y := upperEdge + float64(j)*cellHigh
		p.rule(leftEdge-cutMark-1, y, leftEdge-1, y)
		p.rule(a4Wide-leftEdge+1, y, a4Wide-leftEdge+cutMark+1, y)
		for i := 1; i < columns; i++ {
			x := leftEdge + float64(i)*cellWide
			p.rule(x-cutMark/4, y, x+cutMark/4, y)
		}
	}
	return p, nil
}

// tent is an A4 that is folded twice: two panels back to back, each upright
// when it stands on the table, and a foot to glue under the first.
func tent(t *types, s Sticker) (page, error) {
	s, m, err := s.ready()
	if err != nil {
		return page{}, err
	}
	p := page{wide: a4Wide, high: a4High}
	p.across(t, s, m, box{0, 0, a4Wide, panelHigh})
	for i := range p.marks {
		p.marks[i].turned = true
	}
	p.across(t, s, m, box{0, panelHigh, a4Wide, panelHigh})
	for _, y := range []float64{panelHigh, 2 * panelHigh} {
		p.marks = append(p.marks, mark{x: 0, y: y, x2: a4Wide, y2: y, dashed: true, tone: pale})
	}
	fold := word{"沿虚线折叠，底边粘在背面", "沿虛線摺疊，底邊黏在背面", "Fold along the dashed lines; glue the foot to the back"}
	p.line(t, textAt{fold.in(s.Language), a4Wide / 2, 2*panelHigh + 30, 5, a4Wide * 0.8, pale})
	return p, nil
}
