package receipt

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// clean makes text from outside fit to print: no control characters (an ESC in
// a goods name would command the printer), no invisible or direction-changing
// ones (they let a name show as another), every kind of space a plain one, and
// at most maxTextLen characters.
func clean(s string) string {
	if len(s) > 16*maxTextLen { // before any work is done on it
		s = s[:16*maxTextLen]
	}
	var b strings.Builder
	n, gap := 0, false
	for _, r := range norm.NFC.String(s) {
		switch {
		case unicode.IsSpace(r) && r != '\u3000':
			gap = n > 0
			continue
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r >= 0xFE00 && r <= 0xFE0F:
			continue // C0, C1, joiners, bidi marks, variation selectors
		case r == '¥':
			r = '￥' // U+00A5 is four bytes in GB18030, which printers print as rubbish
		}
		if n == maxTextLen {
			return b.String() + "…"
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// runeColumns is how many columns a character takes on a printer in Chinese
// mode: what is one byte in GB18030 (ASCII) takes one, all else two. That is
// also so for × and é, which a terminal would show narrow.
func runeColumns(r rune) int {
	if r < 0x80 {
		return 1
	}
	return 2
}

func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// notAtStart are the marks that must not begin a row.
const notAtStart = "，。、；：？！）》」』】”’…,.;:?!)%℃"

// wrap breaks text into rows of at most width columns: at a space, or before or
// behind a Chinese character, and inside a word only when it is longer than a row.
func wrap(s string, width int) []string {
	var rows []string
	rest := []rune(s)
	for len(rest) > 0 {
		n, used := 0, 0
		for n < len(rest) && used+runeColumns(rest[n]) <= width {
			used += runeColumns(rest[n])
			n++
		}
		if n < len(rest) {
			n = breakBefore(rest, n)
		}
		rows = append(rows, strings.TrimRight(string(rest[:n]), " "))
		rest = rest[n:]
		for len(rest) > 0 && rest[0] == ' ' {
			rest = rest[1:]
		}
	}
	return rows
}

// breakBefore finds the last place at or before n where a row may end, or n.
func breakBefore(r []rune, n int) int {
	for i := n; i >= max(1, n/2); i-- {
		before, after := r[i-1], r[i]
		if strings.ContainsRune(notAtStart, after) {
			continue
		}
		if before == ' ' || after == ' ' || runeColumns(before) == 2 || runeColumns(after) == 2 {
			return i
		}
	}
	return max(n, 1)
}

// padLeft moves s to the right edge of width columns.
func padLeft(s string, width int) string {
	return strings.Repeat(" ", max(0, width-columns(s))) + s
}
