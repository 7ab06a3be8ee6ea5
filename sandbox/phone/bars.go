package phone

import (
	"strconv"
	"strings"
)

// patterns are the symbols of Code 128 (ISO/IEC 15417, table 1): six widths
// each, bar and space in turn; the last one, stop, has seven.
const patterns = "" +
	"212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 " +
	"221312 231212 112232 122132 122231 113222 123122 123221 223211 221132 " +
	"221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 " +
	"212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 " +
	"231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 " +
	"231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 " +
	"314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 " +
	"112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 " +
	"111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 " +
	"214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 " +
	"114131 311141 411131 211412 211214 211232 2331112"

// The symbols that are no characters.
const (
	codeC  = 99 // from here on in pairs of digits
	startB = 104
	startC = 105
	stop   = 106
)

// bars encodes 6 to 32 digits: two to a symbol, and a first odd one by itself.
// The widths are modules, bar and space in turn.
func bars(digits string) (widths []int, ok bool) {
	if len(digits) < 6 || len(digits) > 32 || strings.Trim(digits, "0123456789") != "" {
		return nil, false
	}
	symbols := []int{startC}
	if len(digits)%2 == 1 {
		symbols = []int{startB, int(digits[0] - ' '), codeC}
		digits = digits[1:]
	}
	for i := 0; i < len(digits); i += 2 {
		symbols = append(symbols, int(digits[i]-'0')*10+int(digits[i+1]-'0'))
	}
	check := symbols[0]
	for i, s := range symbols[1:] {
		check += (i + 1) * s
	}
	table := strings.Fields(patterns)
	for _, s := range append(symbols, check%103, stop) {
		for _, w := range table[s] {
			widths = append(widths, int(w-'0'))
		}
	}
	return widths, true
}

// quiet is the white that a reader needs beside the bars, in modules.
const quiet = 10

// barsSVG draws the bars a hundred units high; the page stretches them.
func barsSVG(widths []int) string {
	var path strings.Builder
	x := quiet
	for i, w := range widths {
		if i%2 == 0 {
			path.WriteString("M" + strconv.Itoa(x) + " 0h" + strconv.Itoa(w) + "v100h-" + strconv.Itoa(w) + "z")
		}
		x += w
	}
	wide := strconv.Itoa(x + quiet)
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + wide + ` 100" preserveAspectRatio="none" shape-rendering="crispEdges">` +
		`<path fill="#fff" d="M0 0h` + wide + `v100H0z"/><path d="` + path.String() + `"/></svg>`
}
