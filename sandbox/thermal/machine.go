package thermal

import (
	"errors"
	"io"

	"golang.org/x/text/encoding/simplifiedchinese"

	"guitai/qr"
)

// The first bytes of commands.
const (
	dle = 0x10
	esc = 0x1B
	fs  = 0x1C
	gs  = 0x1D
)

// skipMost bounds what one command can say to come: more is nonsense.
const skipMost = 1 << 20

// errJobEnd says that the sender hung up. A command that it broke off is
// forgotten, so that the next sender is understood.
var errJobEnd = errors.New("thermal: the sender has gone")

// machine reads bytes and lets the printer do what they say.
type machine struct {
	in io.ByteReader
	on *Printer
}

// run obeys until the bytes end for good.
func (m machine) run() {
	for {
		if err := m.step(); err != nil && !errors.Is(err, errJobEnd) {
			return
		}
	}
}

// do changes paper and looks; nobody sees it half done.
func (m machine) do(f func(*press)) error {
	m.on.mu.Lock()
	defer m.on.mu.Unlock()
	f(m.on.press)
	m.on.version++
	return nil
}

// step takes one character or command.
func (m machine) step() error {
	c, err := m.in.ReadByte()
	if err != nil {
		return err
	}
	switch {
	case c == '\n':
		return m.do(func(p *press) { p.feedLine(nil) })
	case c == '\t':
		return m.do((*press).tab)
	case c == esc || c == gs || c == fs:
		return m.command(c)
	case c == dle: // obeyed on arrival: see realtime
		return m.passRealtime()
	case c >= 0x20 && c < 0x7F:
		return m.do(func(p *press) { p.write(rune(c), false) })
	case c > 0x80 && c < 0xFF:
		return m.chinese(c)
	}
	return nil // CR, CAN and the like mean nothing between rows
}

// chinese takes the rest of a GB18030 character: two bytes, or four.
func (m machine) chinese(first byte) error {
	m.on.mu.Lock()
	on := m.on.press.twoBytes
	m.on.mu.Unlock()
	if !on {
		return nil // another code page: its letters are not on this street
	}
	second, err := m.in.ReadByte()
	if err != nil {
		return err
	}
	raw := []byte{first, second}
	if second >= '0' && second <= '9' {
		rest, err := m.take(2)
		if err != nil {
			return err
		}
		raw = append(raw, rest...)
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
	if err != nil {
		return nil // rubbish is printed as rubbish: here, as nothing
	}
	return m.do(func(p *press) {
		for _, c := range string(text) {
			p.write(c, true)
		}
	})
}

// take reads n bytes, at most skipMost.
func (m machine) take(n int) ([]byte, error) {
	if n > skipMost {
		return nil, m.skip(n)
	}
	out := make([]byte, 0, min(n, 4096))
	for range n {
		c, err := m.in.ReadByte()
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// skip passes over n bytes, or over none when that many cannot be meant.
func (m machine) skip(n int) error {
	if n > skipMost {
		return nil
	}
	for range n {
		if _, err := m.in.ReadByte(); err != nil {
			return err
		}
	}
	return nil
}

// passRealtime passes over what was obeyed when it arrived.
func (m machine) passRealtime() error {
	kind, err := m.in.ReadByte()
	if err != nil || !urgent(kind) {
		return err
	}
	n, err := m.in.ReadByte()
	if err != nil {
		return err
	}
	return m.skip(realtimeRest(kind, n))
}

// key is a command's first two bytes.
type key [2]byte

// fixed is a command with a known number of parameters.
type fixed struct {
	parameters int
	do         func(*press, []byte) // nil: understood, and without effect on this paper
}

// commands are those with a known number of parameters. All others are in vary.
func commands() map[key]fixed {
	return map[key]fixed{
		{esc, '@'}: {0, (*press).reset},
		{esc, '!'}: {1, printMode},
		{esc, 'E'}: {1, func(p *press, a []byte) { p.look.bold = a[0]&1 != 0 }},
		{esc, 'G'}: {1, func(p *press, a []byte) { p.look.bold = a[0]&1 != 0 }},
		{esc, '-'}: {1, func(p *press, a []byte) { p.look.underline = a[0]%'0' != 0 }},
		{esc, 'a'}: {1, func(p *press, a []byte) { p.align = a[0] % '0' }},
		{esc, 'd'}: {1, func(p *press, a []byte) { p.flush(); p.advance(int(a[0]) * p.spacing) }},
		{esc, 'J'}: {1, func(p *press, a []byte) { p.flush(); p.advance(int(a[0])) }},
		{esc, '2'}: {0, func(p *press, _ []byte) { p.spacing = lineSpacing }},
		{esc, '3'}: {1, func(p *press, a []byte) { p.spacing = int(a[0]) }},
		{esc, '$'}: {2, func(p *press, a []byte) { p.moveTo(int(a[0]) | int(a[1])<<8) }},
		{esc, '\\'}: {2, func(p *press, a []byte) {
			p.moveTo(p.lineX + int(int16(uint16(a[0])|uint16(a[1])<<8)))
		}},
		{esc, 'i'}: {0, func(p *press, _ []byte) { p.flush(); p.cut(CutPartial) }},
		{esc, 'm'}: {0, func(p *press, _ []byte) { p.flush(); p.cut(CutPartial) }},
		{esc, 'R'}: {1, nil}, {esc, 't'}: {1, nil}, {esc, 'M'}: {1, nil}, {esc, ' '}: {1, nil}, {esc, '{'}: {1, nil},
		{esc, '='}: {1, nil}, {esc, 'V'}: {1, nil}, {esc, 'r'}: {1, nil}, {esc, '%'}: {1, nil}, {esc, '?'}: {1, nil},
		{esc, 'c'}: {2, nil}, {esc, 'U'}: {1, nil}, {esc, 'T'}: {1, nil}, {esc, 'W'}: {8, nil}, {esc, 'B'}: {2, nil},
		{esc, 'L'}: {0, nil}, {esc, 'S'}: {0, nil}, {esc, 'v'}: {0, nil}, {esc, 'u'}: {1, nil},
		{gs, '!'}: {1, func(p *press, a []byte) {
			p.look.latin = size{int(a[0]>>4)%8 + 1, int(a[0])%8 + 1}
			p.look.chinese = p.look.latin
		}},
		{gs, 'B'}: {1, func(p *press, a []byte) { p.look.inverse = a[0]&1 != 0 }},
		{gs, 'h'}: {1, nil}, {gs, 'w'}: {1, nil}, {gs, 'H'}: {1, nil}, {gs, 'f'}: {1, nil}, {gs, 'a'}: {1, nil}, {gs, 'b'}: {1, nil},
		{gs, 'L'}: {2, nil}, {gs, 'W'}: {2, nil}, {gs, 'P'}: {2, nil}, {gs, '$'}: {2, nil}, {gs, '\\'}: {2, nil}, {gs, '/'}: {1, nil},
		{gs, 'T'}: {1, nil}, {gs, '^'}: {3, nil}, {gs, ':'}: {0, nil}, {gs, 'E'}: {1, nil}, {gs, 'I'}: {1, nil}, {gs, 'j'}: {1, nil},
		{fs, '&'}: {0, func(p *press, _ []byte) { p.twoBytes = true }},
		{fs, '.'}: {0, func(p *press, _ []byte) { p.twoBytes = false }},
		{fs, '!'}: {1, func(p *press, a []byte) {
			p.look.chinese = size{1 + int(a[0]>>2&1), 1 + int(a[0]>>3&1)}
			p.look.underline = a[0]&0x80 != 0
		}},
		{fs, 'W'}: {1, func(p *press, a []byte) { p.look.chinese = size{1 + int(a[0]&1), 1 + int(a[0]&1)} }},
		{fs, '-'}: {1, func(p *press, a []byte) { p.look.underline = a[0]%'0' != 0 }},
		{fs, 'S'}: {2, nil}, {fs, 'C'}: {1, nil}, {fs, 'p'}: {2, nil}, {fs, '?'}: {2, nil},
	}
}

// printMode is ESC !: bit 3 bold, 4 high, 5 wide, 7 underlined.
func printMode(p *press, a []byte) {
	p.look.bold, p.look.underline = a[0]&0x08 != 0, a[0]&0x80 != 0
	p.look.latin = size{1 + int(a[0]>>5&1), 1 + int(a[0]>>4&1)}
}

// command takes one that begins with lead.
func (m machine) command(lead byte) error {
	second, err := m.in.ReadByte()
	if err != nil {
		return err
	}
	c, ok := m.on.commands[key{lead, second}]
	if !ok {
		return m.vary(key{lead, second})
	}
	a, err := m.take(c.parameters)
	if err != nil || c.do == nil {
		return err
	}
	return m.do(func(p *press) { c.do(p, a) })
}

// vary takes the commands whose length stands in them. An unknown one ends
// after its second byte.
func (m machine) vary(k key) error {
	switch k {
	case key{esc, 'p'}:
		return m.pulse()
	case key{gs, 'v'}:
		return m.raster()
	case key{gs, 'V'}:
		return m.cut()
	case key{gs, '('}:
		return m.extended()
	case key{gs, 'r'}:
		return m.tell()
	case key{esc, '*'}:
		return m.bitImage()
	case key{esc, 'D'}:
		return m.skipPast(0)
	case key{gs, 'k'}:
		return m.barCode()
	case key{gs, '8'}:
		a, err := m.take(5) // GS 8 L p1 p2 p3 p4
		if err != nil {
			return err
		}
		return m.skip(int(a[1]) | int(a[2])<<8 | int(a[3])<<16 | int(a[4])<<24)
	case key{gs, '*'}:
		a, err := m.take(2)
		if err != nil {
			return err
		}
		return m.skip(int(a[0]) * int(a[1]) * 8)
	case key{esc, '('}, key{fs, '('}:
		a, err := m.take(3)
		if err != nil {
			return err
		}
		return m.skip(int(a[1]) | int(a[2])<<8)
	}
	return nil
}

// pulse is ESC p m t1 t2.
func (m machine) pulse() error {
	a, err := m.take(3)
	if err != nil {
		return err
	}
	if pin := a[0] % '0'; pin <= 1 {
		m.on.kick()
	}
	return nil
}

// cut is GS V m, or GS V m n which feeds to the cutter first.
func (m machine) cut() error {
	a, err := m.take(1)
	if err != nil {
		return err
	}
	feed := []byte{0}
	if a[0] >= 'A' {
		if feed, err = m.take(1); err != nil {
			return err
		}
	}
	how := CutPartial
	if a[0] == 0 || a[0] == '0' || a[0] == 'A' || a[0] == 'a' || a[0] == 'g' {
		how = CutFull
	}
	return m.do(func(p *press) {
		p.flush()
		p.advance(int(feed[0]) + tearBelow)
		p.cut(how)
	})
}

// extended is GS ( x pL pH …: of these, k is the QR code.
func (m machine) extended() error {
	head, err := m.take(3)
	if err != nil {
		return err
	}
	a, err := m.take(int(head[1]) | int(head[2])<<8)
	if err != nil || head[0] != 'k' || len(a) < 3 || a[0] != '1' {
		return err
	}
	return m.do(func(p *press) {
		switch a[1] {
		case 'C': // function 167: dots of a module
			p.codeScale = min(max(int(a[2]), 1), 16)
		case 'E': // function 169: how much may be lost
			p.codeLevel, p.code = qr.Level(min(max(int(a[2])-'0', 0), 3)), Row{}
		case 'P': // function 180: keep what it says
			p.storeCode(a[3:])
		case 'Q': // function 181: print it
			p.printCode()
		}
	})
}

// tell is GS r n: like DLE EOT, but in its turn.
func (m machine) tell() error {
	a, err := m.take(1)
	if err != nil {
		return err
	}
	m.on.tell(a[0] % '0')
	return nil
}

// raster is GS v 0 m xL xH yL yH and the dots.
func (m machine) raster() error {
	a, err := m.take(6)
	if err != nil {
		return err
	}
	mode, across, lines := int(a[1]%'0')%4, int(a[2])|int(a[3])<<8, int(a[4])|int(a[5])<<8
	m.on.mu.Lock()
	head := m.on.press.dots()
	m.on.mu.Unlock()
	r := &raster{scaleX: 1 + mode&1, scaleY: 1 + mode>>1}
	r.wide = min(across*8, head/r.scaleX)
	r.across = (r.wide + 7) / 8
	if across == 0 {
		return nil
	}
	for range lines {
		line, err := m.take(across)
		if err != nil {
			return err
		}
		if len(r.bits) < slipMost*r.across {
			r.bits = append(r.bits, line[:r.across]...)
		}
	}
	return m.do(func(p *press) { p.picture(r) })
}

// bitImage is ESC * m nL nH and columns of one or three bytes. Nobody on this
// street sends pictures so; it only must not be taken for text.
func (m machine) bitImage() error {
	a, err := m.take(3)
	if err != nil {
		return err
	}
	bytes := 1
	if a[0] >= 32 {
		bytes = 3
	}
	return m.skip((int(a[1]) | int(a[2])<<8) * bytes)
}

// barCode is GS k m …: up to a zero byte, or with its length.
func (m machine) barCode() error {
	a, err := m.take(1)
	if err != nil {
		return err
	}
	if a[0] <= 6 {
		return m.skipPast(0)
	}
	if a, err = m.take(1); err != nil {
		return err
	}
	return m.skip(int(a[0]))
}

// skipPast passes over everything up to and with end, at most 1 KiB.
func (m machine) skipPast(end byte) error {
	for range 1024 {
		if c, err := m.in.ReadByte(); err != nil || c == end {
			return err
		}
	}
	return nil
}
