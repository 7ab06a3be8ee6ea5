package receipt

import "strings"

// Text draws the slip in Unicode text, each row at most Paper().Columns()
// columns with a Chinese character counted as two. Large rows are not larger;
// the QR code is shown as the text it holds.
func (s Slip) Text() string {
	width := s.paper.Columns()
	var b strings.Builder
	for _, r := range s.rows {
		for _, t := range s.textRows(r, width) {
			b.WriteString(strings.TrimRight(t, " "))
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// textRows draws one row in width columns.
func (s Slip) textRows(r row, width int) []string {
	switch r.kind {
	case rowRule:
		return []string{strings.Repeat("-", width)}
	case rowBlank:
		return []string{""}
	case rowDots:
		return nil // its words, if it has any, stand below it
	case rowCode:
		rows := wrap(s.codeText, width-5)
		for i, t := range rows {
			rows[i] = "[QR] " + t
		}
		return rows
	}
	return []string{r.line(width)}
}

// line draws a row of text or cells in width columns.
func (r row) line(width int) string {
	switch {
	case r.kind == rowCells:
		right := padLeft(r.cells[0], quantityColumns) + padLeft(r.cells[1], priceColumns) + padLeft(r.cells[2], amountColumns)
		return r.left + padLeft(right, width-columns(r.left))
	case r.right != "":
		return r.left + padLeft(r.right, width-columns(r.left))
	case r.align == alignCentre:
		return strings.Repeat(" ", (width-columns(r.left))/2) + r.left
	case r.align == alignRight:
		return padLeft(r.left, width)
	}
	return r.left
}
