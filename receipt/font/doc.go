// Package font is the Chinese typeface that pictures of receipts and sheets of
// codes are drawn with. README.md says where it comes from and what was kept.
//
// It never draws anything itself. It may import nothing of the project. Start
// reading at README.md.
package font

import _ "embed"

//go:embed DroidSansFallback-GBK.ttf
var chinese []byte

// Chinese returns the typeface as a TrueType file. It is not to be written to.
func Chinese() []byte { return chinese }
