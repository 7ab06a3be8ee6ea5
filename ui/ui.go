package ui

import (
	"embed"
	"io/fs"
)

//go:embed dist
var dist embed.FS

// Dist returns the built screens: index.html, till.html, office.html,
// screen.html and docs.html at the root and everything they load under assets/.
// File names are stable, so answers should be revalidated (ETag) rather than kept for ever.
func Dist() (fs.FS, error) { return fs.Sub(dist, "dist") }
