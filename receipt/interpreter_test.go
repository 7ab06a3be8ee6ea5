package receipt_test

import (
	"fmt"
	"image"
	"image/color"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// printed is what a printer made of its bytes: rows as text, the commands that
// are not text, the texts of native QR codes and the strips of dots.
type printed struct {
	lines    []printedLine
	commands []string
	codes    []string
	dots     *image.Gray
	unknown  []string // bytes that are neither text nor a command we send
}

type printedLine struct {
	Align, Size, ChineseSize byte
	Text                     string
}

// machine is a receipt printer as far as Guitai's bytes need one. It is strict:
// whatever is not in its table is reported.
type machine struct {
	in   []byte
	out  printed
	row  []byte
	line printedLine
	code string
}

func interpret(in []byte) printed {
	m := machine{in: in}
	m.out.dots = image.NewGray(image.Rect(0, 0, 0, 0))
	for len(m.in) > 0 {
		m.step()
	}
	if len(m.row) > 0 {
		m.out.unknown = append(m.out.unknown, "text that no line feed ends")
	}
	return m.out
}

func (m *machine) step() {
	switch c := m.in[0]; {
	case c == '\n':
		text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(m.row)
		if err != nil {
			m.out.unknown = append(m.out.unknown, err.Error())
		}
		m.line.Text = string(text)
		m.out.lines = append(m.out.lines, m.line)
		m.row, m.in = nil, m.in[1:]
	case c == 0x1B || c == 0x1C || c == 0x1D:
		m.command()
	case c >= 0x81 && len(m.in) >= 2 && m.in[1] >= 0x40:
		m.row, m.in = append(m.row, m.in[:2]...), m.in[2:]
	case c >= 0x20 && c < 0x7F:
		m.row, m.in = append(m.row, c), m.in[1:]
	default:
		m.out.unknown = append(m.out.unknown, fmt.Sprintf("byte %#x", c))
		m.in = m.in[1:]
	}
}

// command takes one command. The table says how many bytes of parameters follow.
func (m *machine) command() {
	for start, parameters := range map[string]int{
		"\x1b@": 0, "\x1bR": 1, "\x1b2": 0, "\x1ba": 1, "\x1bd": 1, "\x1bp": 3,
		"\x1c&": 0, "\x1c!": 1, "\x1d!": 1, "\x1dVA": 1, "\x1dVB": 1,
	} {
		if strings.HasPrefix(string(m.in), start) && len(m.in) >= len(start)+parameters {
			m.plain(start, m.in[len(start):len(start)+parameters])
			m.in = m.in[len(start)+parameters:]
			return
		}
	}
	switch s := string(m.in[:min(3, len(m.in))]); {
	case s == "\x1dv0" && len(m.in) > 8:
		across, rows := int(m.in[4])|int(m.in[5])<<8, int(m.in[6])|int(m.in[7])<<8
		if end := 8 + across*rows; end <= len(m.in) {
			m.strip(across, rows, m.in[8:end])
			m.in = m.in[end:]
			return
		}
	case (s == "\x1d(k" || s == "\x1d(K") && len(m.in) > 5:
		if end := 5 + (int(m.in[3]) | int(m.in[4])<<8); end <= len(m.in) {
			m.extended(s, m.in[5:end])
			m.in = m.in[end:]
			return
		}
	}
	m.out.unknown = append(m.out.unknown, fmt.Sprintf("command %q", m.in[:min(4, len(m.in))]))
	m.in = m.in[1:]
}

func (m *machine) plain(start string, p []byte) {
	switch start {
	case "\x1ba":
		m.line.Align = p[0]
	case "\x1d!":
		m.line.Size = p[0]
	case "\x1c!":
		m.line.ChineseSize = p[0]
	default:
		m.out.commands = append(m.out.commands, fmt.Sprintf("%q % x", start, p))
	}
}

func (m *machine) extended(start string, p []byte) {
	switch {
	case start == "\x1d(k" && len(p) > 3 && string(p[:3]) == "1P0":
		m.code = string(p[3:])
	case start == "\x1d(k" && string(p) == "1Q0":
		m.out.codes = append(m.out.codes, m.code)
	default:
		m.out.commands = append(m.out.commands, fmt.Sprintf("%q % x", start, p))
	}
}

// strip prints dots below those that are there.
func (m *machine) strip(across, rows int, bits []byte) {
	old := m.out.dots
	top := old.Bounds().Dy()
	m.out.dots = image.NewGray(image.Rect(0, 0, across*8, top+rows))
	copy(m.out.dots.Pix, old.Pix)
	for y := range rows {
		for x := range across * 8 {
			if bits[y*across+x/8]&(0x80>>(x%8)) == 0 {
				m.out.dots.SetGray(x, top+y, color.Gray{Y: 0xFF})
			}
		}
	}
}
