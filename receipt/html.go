package receipt

import (
	"html"
	"strings"
)

// Style is the style sheet of Fragment and HTML, for pages that must serve or
// hash it on their own because their content policy forbids inline styles. A
// slip is 19 or 28.5 em wide, so that what fills a row of a printer fits in any
// system font; on paper that is what the printer prints (48 mm of 58, 72 of 80).
const Style = `.slip{box-sizing:content-box;width:19em;max-width:calc(100% - 1em);margin:0 auto;padding:1em .5em;background:#fff;color:#000;font:16px/1.4 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.slip.p80{width:28.5em}
.slip div{display:flex;justify-content:space-between;gap:.5em;min-height:1.4em}
.slip div.c{justify-content:center;text-align:center}
.slip div.r{justify-content:flex-end;text-align:right}
.slip div.tall{font-size:1.25em;font-weight:700}
.slip div.big{font-size:1.75em;font-weight:700;line-height:1.3}
.slip div.cells{display:grid;grid-template-columns:1fr 5em 5em 6em;gap:0;text-align:right}
.slip div.cells span:first-child{text-align:left}
.slip hr{border:0;border-top:1px dashed #000;margin:.4em 0}
.slip div.code svg{width:12em;height:12em}
.slip div.dots img{max-width:100%;image-rendering:pixelated}
@page{margin:0}
@media print{body{margin:0}.slip{font-size:2.526mm;padding:2mm 0;max-width:none}}
`

// HTML draws the slip as a page of its own that loads nothing from anywhere and
// prints on the paper it was laid out for.
func (s Slip) HTML() string {
	return `<!doctype html>
<html lang="` + string(s.language) + `">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>` + html.EscapeString(s.title) + `</title>
<style>
` + Style + `</style></head>
<body>
` + s.Fragment() + `</body>
</html>
`
}

// Fragment draws the slip as one <article> element, to stand in a page that has
// Style. It holds no scripts, inline styles or links.
func (s Slip) Fragment() string {
	class := "slip p58"
	if s.paper == Paper80 {
		class = "slip p80"
	}
	var b strings.Builder
	b.WriteString(`<article class="` + class + `" lang="` + string(s.language) + `">` + "\n")
	for _, r := range s.rows {
		b.WriteString(r.html())
		b.WriteByte('\n')
	}
	b.WriteString("</article>\n")
	return b.String()
}

func (r row) html() string {
	span := func(s string) string { return "<span>" + html.EscapeString(s) + "</span>" }
	switch r.kind {
	case rowRule:
		return "<hr>"
	case rowBlank:
		return "<div></div>"
	case rowCode:
		return `<div class="c code">` + r.code.SVG(0) + "</div>"
	case rowDots:
		return `<div class="c dots"><img alt="" src="` + r.image.dataURL() + `"></div>`
	case rowCells:
		return `<div class="cells">` + span(r.left) + span(r.cells[0]) + span(r.cells[1]) + span(r.cells[2]) + "</div>"
	}
	var classes []string
	switch {
	case r.right != "":
	case r.align == alignCentre:
		classes = append(classes, "c")
	case r.align == alignRight:
		classes = append(classes, "r")
	}
	switch r.size {
	case tall:
		classes = append(classes, "tall")
	case big:
		classes = append(classes, "big")
	}
	open := "<div>"
	if len(classes) > 0 {
		open = `<div class="` + strings.Join(classes, " ") + `">`
	}
	left := span(r.left)
	if text, indented := strings.CutPrefix(r.left, indent); indented {
		left = span("\u3000" + text) // HTML drops plain spaces at the edge
	}
	if r.right != "" {
		return open + left + span(r.right) + "</div>"
	}
	return open + left + "</div>"
}
