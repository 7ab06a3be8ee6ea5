package receipt

import (
	"bytes"
	"image"

	"golang.org/x/text/encoding/simplifiedchinese"

	"guitai"
)

// Draw says what the printer draws itself and what is sent to it as dots.
type Draw string

// The three ways.
const (
	DrawText    Draw = ""        // text and QR code by the printer: fastest
	DrawCode    Draw = "code"    // the QR code as dots: for printers without GS ( k
	DrawPicture Draw = "picture" // the whole slip as dots: for printers without Chinese
)

// Cut says what happens behind the slip.
type Cut string

// The three ways to end a slip.
const (
	CutPartial Cut = ""     // leaves a point uncut, so that the slip does not fall
	CutFull    Cut = "full" // cuts it off
	CutNone    Cut = "none" // for printers with a tear bar
)

// Drawer names the pin of the printer's drawer connector that opens the drawer.
type Drawer string

// The two pins.
const (
	DrawerNone Drawer = ""
	DrawerPin2 Drawer = "pin_2" // nearly every drawer
	DrawerPin5 Drawer = "pin_5" // the second drawer
)

// Options are what shops set for their printer.
type Options struct {
	Draw    Draw
	Cut     Cut
	Drawer  Drawer // opened before the slip is printed
	Density int    // −6 (light) to 6 (dark); 0 leaves what is set on the printer
	Speed   int    // 1 (slow) to 9 (fast); 0 leaves what is set on the printer
}

// The commands are those of the ESC/POS command reference by Epson, which
// others copy. Named as there.
const (
	escInit        = "\x1b@"      // ESC @   initialise
	escInternation = "\x1bR\x00"  // ESC R 0 USA: with 15 (China) the byte of $ would print as ￥
	escLineSpacing = "\x1b2"      // ESC 2   default line spacing
	fsChinese      = "\x1c&"      // FS &    Chinese mode: two bytes are one character
	escAlign       = "\x1ba"      // ESC a n 0 left, 1 centre, 2 right
	gsSize         = "\x1d!"      // GS ! n  high nibble width − 1, low nibble height − 1
	fsSize         = "\x1c!"      // FS ! n  the same for Chinese on printers whose GS ! spares it: bit 2 wide, bit 3 high
	gsRaster       = "\x1dv0\x00" // GS v 0 m xL xH yL yH  a picture, one bit a dot
	gsCode         = "\x1d(k"     // GS ( k pL pH cn fn …  QR code
	gsControl      = "\x1d(K"     // GS ( K pL pH fn m     density, speed
	gsCutPartial   = "\x1dVB"     // GS V 66 n feed to the cutter and n more, cut but for a point
	gsCutFull      = "\x1dVA"     // GS V 65 n the same, cut through
	escFeed        = "\x1bd"      // ESC d n feed n rows
	escPulse       = "\x1bp"      // ESC p m t1 t2 pulse on the drawer connector
)

// bandDots is how high a strip of a picture is sent at once: cheap printers
// have room for little more.
const bandDots = 128

// KickDrawer is the pulse that opens a drawer: 50 ms on, 500 ms off. It is
// empty for DrawerNone.
func KickDrawer(pin Drawer) []byte {
	switch pin {
	case DrawerPin2:
		return []byte(escPulse + "\x00\x19\xfa")
	case DrawerPin5:
		return []byte(escPulse + "\x01\x19\xfa")
	}
	return nil
}

func (o Options) check() error {
	field := ""
	switch {
	case o.Draw != DrawText && o.Draw != DrawCode && o.Draw != DrawPicture:
		field = "draw"
	case o.Cut != CutPartial && o.Cut != CutFull && o.Cut != CutNone:
		field = "cut"
	case o.Drawer != DrawerNone && o.Drawer != DrawerPin2 && o.Drawer != DrawerPin5:
		field = "drawer"
	case o.Density < -6 || o.Density > 6:
		field = "density"
	case o.Speed < 0 || o.Speed > 9:
		field = "speed"
	}
	if field == "" {
		return nil
	}
	return guitai.FailField(guitai.CodeFieldInvalid, field)
}

// ESCPOS draws the slip as commands for a receipt printer with the paper it was
// laid out for. Text goes as GB18030 in its one- and two-byte codes; a
// character that only four bytes can say is printed as □, because most
// printers print such bytes as rubbish (DrawPicture prints it if the embedded
// font has it). It fails as Invalid when an option is out of range.
func (s Slip) ESCPOS(o Options) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(escInit + escInternation + escLineSpacing)
	if o.Density != 0 {
		b.WriteString(gsControl + "\x02\x00\x31" + string([]byte{byte(int8(o.Density))}))
	}
	if o.Speed != 0 {
		b.WriteString(gsControl + "\x02\x00\x32" + string([]byte{byte(o.Speed)}))
	}
	b.Write(KickDrawer(o.Drawer))
	if o.Draw == DrawPicture {
		img, err := s.picture()
		if err != nil {
			return nil, err
		}
		writeRaster(&b, img)
	} else {
		b.WriteString(fsChinese)
		for _, r := range s.rows {
			s.writeRow(&b, r, o.Draw)
		}
	}
	switch o.Cut {
	case CutNone:
		b.WriteString(escFeed + "\x04")
	case CutFull:
		b.WriteString(gsCutFull + "\x10")
	default:
		b.WriteString(gsCutPartial + "\x10")
	}
	return b.Bytes(), nil
}

// writeRow writes one row with its own size and place, and sets both back.
func (s Slip) writeRow(b *bytes.Buffer, r row, way Draw) {
	if r.kind == rowCode {
		b.WriteString(escAlign + "\x01")
		if way == DrawCode {
			img := image.NewGray(image.Rect(0, 0, s.paper.Dots(), r.dots(s.paper.Dots())))
			for i := range img.Pix {
				img.Pix[i] = 0xFF
			}
			r.drawCode(img, 0)
			writeRaster(b, img)
		} else {
			writeCode(b, s.codeText, r.codeScale(s.paper.Dots()))
		}
		b.WriteString(escAlign + "\x00")
		return
	}
	if r.kind == rowDots {
		img := image.NewGray(image.Rect(0, 0, s.paper.Dots(), r.dots(s.paper.Dots())))
		for i := range img.Pix {
			img.Pix[i] = 0xFF
		}
		r.image.drawOn(img, airDots/2)
		writeRaster(b, img)
		return
	}
	width := s.paper.Columns()
	switch r.size {
	case tall:
		b.WriteString(fsSize + "\x08" + gsSize + "\x01")
	case big:
		width /= 2
		b.WriteString(fsSize + "\x0c" + gsSize + "\x11")
	}
	// The printer centres by itself: it can do so to half a column.
	centre := r.kind == rowText && r.right == "" && r.align == alignCentre
	text := r.left
	if !centre {
		text = s.textRows(r, width)[0]
	}
	if centre {
		b.WriteString(escAlign + "\x01")
	}
	b.Write(gb18030(text))
	b.WriteByte('\n')
	if centre {
		b.WriteString(escAlign + "\x00")
	}
	if r.size != normal {
		b.WriteString(fsSize + "\x00" + gsSize + "\x00")
	}
}

// gb18030 encodes text in the one- and two-byte codes. No byte of a two-byte
// code is below 0x40, so none can be taken for a command.
func gb18030(text string) []byte {
	encoder := simplifiedchinese.GB18030.NewEncoder()
	out := make([]byte, 0, len(text))
	for _, c := range text {
		code, err := encoder.Bytes([]byte(string(c)))
		if err != nil || len(code) > 2 {
			code = []byte{0xA1, 0xF5} // □
		}
		out = append(out, code...)
	}
	return out
}

// writeCode lets the printer draw the QR code between two empty rows, because it
// sets no quiet zone itself: model 2, module size in dots,
// error correction M, the text, print (GS ( k functions 165, 167, 169, 180, 181).
func writeCode(b *bytes.Buffer, text string, moduleDots int) {
	n := len(text) + 3
	b.WriteByte('\n')
	b.WriteString(gsCode + "\x04\x00\x31\x41\x32\x00")
	b.WriteString(gsCode + "\x03\x00\x31\x43" + string([]byte{byte(moduleDots)}))
	b.WriteString(gsCode + "\x03\x00\x31\x45\x31")
	b.WriteString(gsCode + string([]byte{byte(n), byte(n >> 8)}) + "\x31\x50\x30" + text)
	b.WriteString(gsCode + "\x03\x00\x31\x51\x30")
	b.WriteByte('\n')
}

// writeRaster sends a picture in strips; what is darker than the threshold
// becomes a dot.
func writeRaster(b *bytes.Buffer, img *image.Gray) {
	const threshold = 0xA0 // thin strokes of grey would vanish at the middle
	wide, high := img.Bounds().Dx(), img.Bounds().Dy()
	across := (wide + 7) / 8
	for top := 0; top < high; top += bandDots {
		rows := min(bandDots, high-top)
		b.WriteString(gsRaster)
		b.Write([]byte{byte(across), byte(across >> 8), byte(rows), byte(rows >> 8)})
		strip := make([]byte, across*rows)
		for y := range rows {
			for x := range wide {
				if img.Pix[(top+y)*img.Stride+x] < threshold {
					strip[y*across+x/8] |= 0x80 >> (x % 8)
				}
			}
		}
		calm(strip)
		b.Write(strip)
	}
}

// calm makes one more dot dark wherever dots happen to spell a real-time
// command. A printer obeys those even inside a picture: DLE EOT answers, DLE
// ENQ recovers, DLE DC4 opens the drawer or clears its memory.
func calm(strip []byte) {
	for i := range len(strip) - 1 {
		if next := strip[i+1]; strip[i] == 0x10 && (next == 0x04 || next == 0x05 || next == 0x14) {
			strip[i+1] |= 0x02
		}
	}
}
