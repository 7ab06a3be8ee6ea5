package web_test

import (
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"strconv"
	"strings"
	"testing"
)

// drawSVG draws the picture of a code: paths of bars (M x y h w v1 h-w z), one
// module four pixels wide.
func drawSVG(t *testing.T, svg string) image.Image {
	t.Helper()
	var doc struct {
		ViewBox string `xml:"viewBox,attr"`
		Paths   []struct {
			Fill string `xml:"fill,attr"`
			D    string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal([]byte(svg), &doc); err != nil {
		t.Fatal(err)
	}
	box := strings.Fields(doc.ViewBox)
	side, err := strconv.Atoi(box[len(box)-1])
	if err != nil || len(doc.Paths) != 2 || doc.Paths[0].Fill != "#fff" {
		t.Fatalf("the picture is %.200s", svg)
	}
	const px = 4
	img := image.NewGray(image.Rect(0, 0, side*px, side*px))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	for bar := range strings.SplitSeq(strings.TrimPrefix(doc.Paths[1].D, "M"), "M") {
		var x, y, w, back int
		if _, err := fmt.Sscanf(bar, "%d %dh%dv1h-%dz", &x, &y, &w, &back); err != nil || w != back {
			t.Fatalf("a bar is %q: %v", bar, err)
		}
		draw.Draw(img, image.Rect(x*px, y*px, (x+w)*px, (y+1)*px), image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	return img
}
