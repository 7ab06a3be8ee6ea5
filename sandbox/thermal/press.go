package thermal

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"guitai/qr"
)

// The measures of the head and its letters, in dots.
const (
	cellLatin   = 12
	cellChinese = 24
	glyphHigh   = 24
	lineSpacing = 30 // what ESC 2 sets
	headToCut   = 56 // paper between head and cutter: blank at the top of each slip
	tearBelow   = 24 // blank below what is still in the printer
	dots58      = 384
	dots80      = 576
)

const (
	slipsMost = 50
	slipMost  = 16_000 // dots: two metres, then it tears
	codeMost  = 7089   // characters of the largest QR code (ISO/IEC 18004)
	codesMost = 20     // QR codes on a slip
	spansMost = 200    // in a row: more only comes of moving back and forth
)

// size is how many times wider and higher than usual.
type size struct{ wide, high int }

// look is how the next characters look.
type look struct {
	latin, chinese size
	bold           bool
	underline      bool
	inverse        bool
}

// press is the part that moves paper. Its methods are called by one at a time.
type press struct {
	now   func() time.Time
	width int // mm

	kept []Slip // cut, oldest first
	slip Slip   // in the printer
	next int    // its ID
	kiln kiln

	look      look
	align     byte // 0 left, 1 centre, 2 right
	spacing   int
	twoBytes  bool // FS &: two bytes are one character
	line      []Span
	lineX     int
	codeText  string
	codeScale int
	codeLevel qr.Level
	code      Row // as last drawn; without Side: to be drawn anew
	codes     int // on the slip in the printer
}

func newPress(now func() time.Time) *press {
	p := &press{now: now, width: 80}
	p.reset(nil)
	p.begin()
	return p
}

// reset is ESC @: everything as after switching on. Paper stays.
func (p *press) reset([]byte) {
	one := size{1, 1}
	p.look = look{latin: one, chinese: one}
	p.align, p.spacing, p.twoBytes = 0, lineSpacing, true
	p.line, p.lineX = nil, 0
	p.codeText, p.codeScale, p.codeLevel, p.code = "", 3, qr.Low, Row{}
}

func (p *press) dots() int {
	if p.width == 58 {
		return dots58
	}
	return dots80
}

// begin puts a fresh slip below the cutter.
func (p *press) begin() {
	p.next++
	p.codes = 0
	p.slip = Slip{ID: p.next, WidthMM: p.width, WidthDots: p.dots(), HeightDots: headToCut, Rows: []Row{}}
}

// blank says that nothing is on the slip in the printer.
func (p *press) blank() bool { return len(p.slip.Rows) == 0 }

// cut ends the slip. White paper is let fall and not kept.
func (p *press) cut(how CutKind) {
	if p.blank() {
		p.slip.HeightDots = headToCut
		return
	}
	p.slip.Cut, p.slip.CutAt = how, p.now()
	p.kept = append(p.kept, p.slip.show(&p.kiln))
	if len(p.kept) > slipsMost {
		p.kept = p.kept[len(p.kept)-slipsMost:]
	}
	p.begin()
}

// clear throws all paper away.
func (p *press) clear() {
	p.kept, p.line, p.lineX = nil, nil, 0
	p.begin()
}

// setWidth puts another roll in.
func (p *press) setWidth(mm int) {
	if mm == p.width {
		return
	}
	p.cut(CutTorn)
	p.width = mm
	p.line, p.lineX = nil, 0
	p.slip.WidthMM, p.slip.WidthDots = mm, p.dots()
}

// advance moves the paper on.
func (p *press) advance(dots int) {
	p.slip.HeightDots += dots
	if p.slip.HeightDots >= slipMost {
		p.cut(CutTorn)
	}
}

// put prints a row here and moves past it, by at least most of its height.
func (p *press) put(r Row, advance int) {
	if p.blank() {
		p.slip.BegunAt = p.now()
	}
	r.Y = p.slip.HeightDots
	p.slip.Rows = append(p.slip.Rows, r)
	p.advance(advance)
}

// left is where something so wide begins.
func (p *press) left(wide int) int {
	free := max(p.dots()-wide, 0)
	switch p.align {
	case 1:
		return free / 2
	case 2:
		return free
	}
	return 0
}

// write adds a character to the row; a full row is printed first.
func (p *press) write(c rune, chinese bool) {
	cell, s := cellLatin, p.look.latin
	if chinese {
		cell, s = cellChinese, p.look.chinese
	}
	cell *= s.wide
	if p.lineX+cell > p.dots() || len(p.line) >= spansMost {
		p.feedLine(nil)
	}
	span := Span{X: p.lineX, Cell: cell, Wide: s.wide, High: s.high, Bold: p.look.bold, Underline: p.look.underline, Inverse: p.look.inverse}
	p.lineX += cell
	if n := len(p.line); n > 0 {
		last := &p.line[n-1]
		joined := *last
		joined.Text, joined.X = "", span.X
		if joined == span && last.X+utf8.RuneCountInString(last.Text)*cell == span.X {
			last.Text += string(c)
			return
		}
	}
	span.Text = string(c)
	p.line = append(p.line, span)
}

// feedLine is LF: it prints the row and moves to the next.
func (p *press) feedLine([]byte) {
	if len(p.line) == 0 {
		p.lineX = 0
		p.advance(p.spacing)
		return
	}
	high, from := 0, p.left(p.lineX)
	text := new(strings.Builder)
	for i := range p.line {
		high = max(high, p.line[i].High*glyphHigh)
		text.WriteString(p.line[i].Text)
		p.line[i].X += from
	}
	r := Row{Kind: RowText, X: from, Width: p.lineX, Height: high, Text: text.String(), Spans: p.line}
	p.line, p.lineX = nil, 0
	p.put(r, max(high, p.spacing))
}

// flush prints what stands in the row, if anything does.
func (p *press) flush() {
	if len(p.line) > 0 {
		p.feedLine(nil)
	}
}

// tab goes to the next eighth column, HT.
func (p *press) tab() {
	const stop = 8 * cellLatin
	p.moveTo((p.lineX/stop + 1) * stop)
}

// moveTo sets where the next character stands; beyond the paper it is ignored.
func (p *press) moveTo(x int) {
	if x >= 0 && x < p.dots() {
		p.lineX = x
	}
}

// storeCode keeps what the next QR code says: UTF-8, or else Chinese as the
// printer's text is.
func (p *press) storeCode(raw []byte) {
	if len(raw) > codeMost {
		return
	}
	p.codeText, p.code = string(raw), Row{}
	if !utf8.Valid(raw) {
		if text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw); err == nil {
			p.codeText = string(text)
		}
	}
}

// printCode prints the QR code that was stored. One that does not fit on the
// paper is not printed.
func (p *press) printCode() {
	if p.code.Side == 0 && p.codeText != "" {
		m, err := qr.Encode(p.codeText, p.codeLevel)
		if err != nil {
			p.codeText = "" // nor will it be the next time
			return
		}
		p.code = Row{Kind: RowQR, Text: p.codeText, Side: m.Size(), Path: modules(m)}
	}
	r := p.code
	side := r.Side * p.codeScale
	if side == 0 || side > p.dots() {
		return
	}
	p.flush()
	r.X, r.Width, r.Height = p.left(side), side, side
	if p.codes++; p.codes > codesMost {
		p.cut(CutTorn)
	}
	p.put(r, side)
}

// modules draws the dark modules of a code, one unit each.
func modules(m qr.Matrix) string {
	var b strings.Builder
	for y := range m.Size() {
		for x := 0; x < m.Size(); {
			end := x
			for m.At(end, y) {
				end++
			}
			if end > x {
				w := strconv.Itoa(end - x)
				b.WriteString("M" + strconv.Itoa(x) + " " + strconv.Itoa(y) + "h" + w + "v1h-" + w + "z")
			}
			x = max(end, x+1)
		}
	}
	return b.String()
}

// picture prints lines of dots. Strips of one picture come one after another
// and are kept as one.
func (p *press) picture(r *raster) {
	if r.wide == 0 || r.lines() == 0 {
		return
	}
	p.flush()
	wide, high := r.wide*r.scaleX, r.lines()*r.scaleY
	from := p.left(wide)
	if n := len(p.slip.Rows); n > 0 {
		last := &p.slip.Rows[n-1]
		if o := last.dots; o != nil && o.across == r.across && o.wide == r.wide && o.scaleX == r.scaleX && o.scaleY == r.scaleY &&
			last.X == from && last.Y+last.Height == p.slip.HeightDots {
			o.bits = append(o.bits, r.bits...)
			last.Height += high
			p.advance(high)
			return
		}
	}
	p.put(Row{Kind: RowPicture, X: from, Width: wide, Height: high, dots: r}, high)
}
