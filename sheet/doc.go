// Package sheet puts static codes on paper: one sticker as PNG, SVG or PDF, an
// A4 sheet of stickers with cut marks, and a table tent that is folded from A4.
//
// A sticker says, in words and never with others' logos, which wallets it can
// be paid with. Below the code stand its short name and the end of its token,
// so that staff can tell stickers apart. What stands where is decided once, in
// lay.go; the renderers draw the same marks.
//
// It never makes or signs a code, never asks whether one is valid, and never
// reads a clock: the same sticker is the same bytes for ever.
//
// It may import the root package, qr and receipt/font. It owns, with books,
// github.com/signintech/gopdf. Start reading at sticker.go, then lay.go.
package sheet
