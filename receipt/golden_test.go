package receipt_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guitai/receipt"
)

var update = flag.Bool("update", false, "write testdata/golden anew")

// golden compares bytes with a file, or writes it.
func golden(t *testing.T, name string, got []byte, same func(got, want []byte) string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := same(got, want); diff != "" {
		t.Errorf("%s differs (go test ./receipt -update, then look at it):\n%s", file, diff)
	}
}

func sameText(got, want []byte) string { return cmp.Diff(string(want), string(got)) }

// sameSlip compares printer bytes, and shows what differs as the paper would.
func sameSlip(got, want []byte) string {
	if bytes.Equal(got, want) {
		return ""
	}
	g, w := interpret(got), interpret(want)
	return cmp.Diff(w.commands, g.commands) + cmp.Diff(w.lines, g.lines) + fmt.Sprintf("%d bytes, want %d", len(got), len(want))
}

// samePixels decodes both pictures. A grey may differ by one step of the
// sixteen: the rasteriser of x/image is in assembly on some machines and rounds
// otherwise.
func samePixels(got, want []byte) string {
	g, err := png.Decode(bytes.NewReader(got))
	if err != nil {
		return err.Error()
	}
	w, err := png.Decode(bytes.NewReader(want))
	if err != nil {
		return err.Error()
	}
	if g.Bounds() != w.Bounds() {
		return fmt.Sprintf("size %v, want %v", g.Bounds(), w.Bounds())
	}
	return firstDifference(g, w)
}

func firstDifference(g, w image.Image) string {
	b := g.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			a := int(color.GrayModel.Convert(g.At(x, y)).(color.Gray).Y)
			c := int(color.GrayModel.Convert(w.At(x, y)).(color.Gray).Y)
			if a-c > 0x11 || c-a > 0x11 {
				return fmt.Sprintf("pixel %d,%d is %d, want %d", x, y, a, c)
			}
		}
	}
	return ""
}

func TestGolden(t *testing.T) {
	for name, document := range map[string]receipt.Document{"sale": sale(), "refund": refund(), "unknown": unknown(), "counter": counter(t)} {
		for _, paper := range []receipt.Paper{receipt.Paper58, receipt.Paper80} {
			base := fmt.Sprintf("%s.%d", name, paper)
			t.Run(base, func(t *testing.T) {
				slip, err := receipt.Lay(document, paper)
				if err != nil {
					t.Fatal(err)
				}
				golden(t, base+".txt", []byte(slip.Text()), sameText)
				golden(t, base+".html", []byte(slip.HTML()), sameText)
				picture, err := slip.PNG()
				if err != nil {
					t.Fatal(err)
				}
				golden(t, base+".png", picture, samePixels)
				commands, err := slip.ESCPOS(receipt.Options{})
				if err != nil {
					t.Fatal(err)
				}
				golden(t, base+".escpos", commands, sameSlip)
			})
		}
	}
}
