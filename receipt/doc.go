// Package receipt turns a Document (what the slip says) into a Slip (which text
// stands on which row of which paper) and that into text, HTML, a picture or
// ESC/POS bytes for a receipt printer.
//
// Lay is the only place that decides what stands where; the four renderers draw
// the same rows, so that what a payer sees on the phone is what the paper says.
//
// It never talks to a printer (device does), never reads a clock, never formats
// a time in another zone than the document's, and never lets text from outside
// command a printer: control characters are stripped before anything is laid out.
//
// It may import the root package and qr, and owns golang.org/x/image and
// golang.org/x/text (GB18030, normal forms).
//
// Start reading at document.go (what may be said), then layout.go. words.go has
// the captions in three languages, clean.go what is stripped and how wide
// characters are, font/README.md where the letters of pictures come from.
package receipt
