package sheet

import (
	"fmt"
	"html"
	"strings"

	"guitai/qr"
)

// SVG is one sticker as a drawing, to be put into a design of one's own. Its
// letters are text in the typefaces of the machine that shows it.
func SVG(s Sticker) ([]byte, error) {
	t, err := newTypes()
	if err != nil {
		return nil, err
	}
	p, err := single(t, s)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]gmm" height="%[2]gmm" viewBox="0 0 %[1]g %[2]g">`, p.wide, p.high)
	fmt.Fprintf(&b, `<path fill="#fff" d="M0 0h%gv%gH0z"/>`, p.wide, p.high)
	b.WriteString(`<g font-family="'Noto Sans SC','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif" text-anchor="middle">`)
	for _, m := range p.marks {
		if m.code != nil {
			bars(&b, m)
			continue
		}
		// The length that was measured, whatever typeface is there.
		fmt.Fprintf(&b, `<text x="%.2f" y="%.2f" font-size="%.3f" textLength="%.2f" lengthAdjust="spacingAndGlyphs" fill="#%02[5]x%02[5]x%02[5]x">%[6]s</text>`,
			m.x, m.y, m.size, t.measure(m.text)*m.size, uint8(m.tone), html.EscapeString(m.text))
	}
	b.WriteString(`</g></svg>`)
	return []byte(b.String()), nil
}

func bars(b *strings.Builder, m mark) {
	n := m.code.Size()
	fmt.Fprintf(b, `<path shape-rendering="crispEdges" transform="translate(%.3f %.3f) scale(%.5f)" d="`, m.x, m.y,
		m.side/float64(n+2*qr.QuietZone))
	for y := range n {
		for x := 0; x < n; {
			end := x
			for m.code.At(end, y) {
				end++
			}
			if end > x {
				fmt.Fprintf(b, "M%d %dh%dv1h-%dz", x+qr.QuietZone, y+qr.QuietZone, end-x, end-x)
			}
			x = max(end, x+1)
		}
	}
	b.WriteString(`"/>`)
}
