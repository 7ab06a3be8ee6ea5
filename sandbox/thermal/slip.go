package thermal

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"time"
)

// CutKind is how a slip ended.
type CutKind string

// The endings of a slip.
const (
	Uncut      CutKind = ""        // it still hangs in the printer
	CutPartial CutKind = "partial" // all but a point
	CutFull    CutKind = "full"
	CutTorn    CutKind = "torn" // too long, or the paper was changed
)

// Slip is one piece of paper. Lengths are dots of the print head, 8 to a
// millimetre; Y counts from the top of the slip.
type Slip struct {
	ID         int       `json:"id"` // counts up from 1
	WidthMM    int       `json:"width_mm"`
	WidthDots  int       `json:"width_dots"` // what can be printed on
	HeightDots int       `json:"height_dots"`
	Cut        CutKind   `json:"cut"`
	BegunAt    time.Time `json:"begun_at"`
	CutAt      time.Time `json:"cut_at,omitzero"`
	Rows       []Row     `json:"rows"`
}

// RowKind is what stands in a row.
type RowKind string

// The kinds of row.
const (
	RowText    RowKind = "text"
	RowQR      RowKind = "qr"
	RowPicture RowKind = "picture"
)

// Row is something printed at a place of the slip.
type Row struct {
	Kind   RowKind `json:"kind"`
	X      int     `json:"x"`
	Y      int     `json:"y"`
	Width  int     `json:"width"`
	Height int     `json:"height"`
	Text   string  `json:"text,omitempty"`  // of the row, or inside the QR code
	Spans  []Span  `json:"spans,omitempty"` // of a text row
	Path   string  `json:"path,omitempty"`  // a QR code's dark modules as an SVG path, one unit each
	Side   int     `json:"side,omitempty"`  // modules on a side of the QR code
	PNG    []byte  `json:"png,omitempty"`   // a picture: dark on nothing

	dots *raster
}

// Span is text of one look. Every character takes Cell dots; a Chinese one
// takes twice what a Latin one does, and so stands in a span of its own.
type Span struct {
	Text      string `json:"text"`
	X         int    `json:"x"` // from the left edge of what can be printed on
	Cell      int    `json:"cell"`
	Wide      int    `json:"wide"` // 1 to 8 times
	High      int    `json:"high"` // 1 to 8 times
	Bold      bool   `json:"bold,omitempty"`
	Underline bool   `json:"underline,omitempty"`
	Inverse   bool   `json:"inverse,omitempty"`
}

// raster is a picture as the head printed it, one bit a dot.
type raster struct {
	across int // bytes a line
	wide   int // dots a line; what stands beyond is not printed
	bits   []byte
	scaleX int
	scaleY int
}

func (r *raster) lines() int { return len(r.bits) / r.across }

// png draws the picture dark on nothing, so that the paper shines through.
func (r *raster) png(again *kiln) []byte {
	img := image.NewPaletted(image.Rect(0, 0, r.wide, r.lines()), color.Palette{color.Transparent, color.Gray{Y: 0x22}})
	for y := range r.lines() {
		for x := range r.wide {
			if r.bits[y*r.across+x/8]&(0x80>>(x%8)) != 0 {
				img.Pix[y*img.Stride+x] = 1
			}
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: again}).Encode(&b, img); err != nil {
		return nil // only a picture without a size fails, and none is kept
	}
	return b.Bytes()
}

// kiln keeps what drawing a picture needs for the next one: it is most of the
// work of a small picture.
type kiln struct{ kept *png.EncoderBuffer }

// Get hands out what is kept.
func (k *kiln) Get() *png.EncoderBuffer {
	b := k.kept
	k.kept = nil
	return b
}

// Put keeps b.
func (k *kiln) Put(b *png.EncoderBuffer) { k.kept = b }

// show is the slip with its pictures drawn.
func (s Slip) show(again *kiln) Slip {
	rows := make([]Row, len(s.Rows))
	copy(rows, s.Rows)
	for i := range rows {
		if rows[i].dots != nil && rows[i].PNG == nil {
			rows[i].PNG, rows[i].dots = rows[i].dots.png(again), nil
		}
	}
	s.Rows = rows
	return s
}
