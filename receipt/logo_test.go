package receipt_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"

	"guitai"
	"guitai/receipt"
)

// ramp is a picture from dark to light.
func ramp(wide, high int) image.Image {
	img := image.NewGray(image.Rect(0, 0, wide, high))
	for y := range high {
		for x := range wide {
			img.SetGray(x, y, color.Gray{Y: uint8(x * 255 / wide)})
		}
	}
	return img
}

func pngFile(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// counter is the receipt of a till: logo, bars, a return, an exchange of tenders.
func counter(t testing.TB) receipt.Document {
	t.Helper()
	url, err := receipt.MakeLogo(pngFile(t, ramp(400, 120)), receipt.Paper58)
	if err != nil {
		t.Fatal(err)
	}
	logo, err := receipt.ReadLogo(url)
	if err != nil {
		t.Fatal(err)
	}
	return receipt.Document{Language: guitai.ZhHans, Kind: receipt.Exchange, Mode: receipt.Training, Copy: receipt.Copy, Logo: logo, Shop: "老街口杂货铺",
		Number: "1A-000042", Barcode: "1A-000042", Member: "mem_****bamg", At: time.Date(2026, 11, 21, 10, 8, 30, 0, time.UTC), Zone: shanghai(),
		Lines: []receipt.Line{{Name: "退 桂花糕", Quantity: "-1", Price: guitai.Fen(625), Amount: guitai.Fen(-625), Note: "原小票 1A-000007"}},
		Sums:  []receipt.Sum{{Name: receipt.SumTotal, Amount: guitai.Fen(-625)}},
		Tenders: []receipt.Tender{{Name: "现金", Amount: guitai.Fen(-600), Facts: []receipt.Fact{{Name: "编号", Value: "x"}}},
			{Wallet: guitai.Alipay, Amount: guitai.Fen(-25)}},
		Fields: []receipt.Field{{Head: true, Name: "部门"}, {Name: "食品", Value: "-6.25"}, {Head: true, Name: "净额", Value: "-6.25"}}}
}

// TestMakeLogo: what is taken, and how large it becomes.
func TestMakeLogo(t *testing.T) {
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, ramp(1000, 500), nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name       string
		file       []byte
		paper      receipt.Paper
		wide, high int
	}{
		{"small png", pngFile(t, ramp(100, 40)), receipt.Paper58, 100, 40},
		{"wide png", pngFile(t, ramp(2000, 200)), receipt.Paper58, 288, 28},
		{"jpeg", photo.Bytes(), receipt.Paper80, 432, 216},
		{"high png", pngFile(t, ramp(100, 3000)), receipt.Paper80, 10, 320},
		{"clear png", pngFile(t, image.NewNRGBA(image.Rect(0, 0, 20, 20))), receipt.Paper80, 20, 20},
	} {
		url, err := receipt.MakeLogo(c.file, c.paper)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		m, err := receipt.ReadLogo(url)
		if err != nil || m.Wide != c.wide || m.High != c.high {
			t.Errorf("%s: %d × %d, %v", c.name, m.Wide, m.High, err)
		}
		if c.name == "clear png" && strings.Trim(string(m.Bits), "\x00") != "" {
			t.Error("what is clear was printed dark")
		}
	}
	for name, file := range map[string][]byte{"nothing": nil, "text": []byte("hello"), "half a png": pngFile(t, ramp(100, 40))[:60], "gif": []byte("GIF89a\x01\x00\x01\x00")} {
		if url, err := receipt.MakeLogo(file, receipt.Paper80); err == nil {
			t.Errorf("%s was taken: %s", name, url)
		}
	}
	// Grey on average: as many dots as the picture is dark.
	m, err := receipt.ReadLogo(mustLogo(t, ramp(256, 64)))
	if err != nil {
		t.Fatal(err)
	}
	dark := 0
	for _, b := range m.Bits {
		for ; b != 0; b &= b - 1 {
			dark++
		}
	}
	if all := 256 * 64; dark < all*45/100 || dark > all*55/100 {
		t.Errorf("%d of %d dots are dark", dark, all)
	}
}

func mustLogo(t *testing.T, img image.Image) string {
	t.Helper()
	url, err := receipt.MakeLogo(pngFile(t, img), receipt.Paper80)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// TestBarcodeCanBeRead by a stranger's reader, from the paper's picture.
func TestBarcodeCanBeRead(t *testing.T) {
	for _, p := range papers {
		for _, number := range []string{"1A-000001", "12AB-12345678", "999ZZ-99999999"} {
			d := receipt.Document{Kind: receipt.Sale, Barcode: number}
			bitmap, err := gozxing.NewBinaryBitmapFromImage(picture(t, lay(t, d, p)))
			if err != nil {
				t.Fatal(err)
			}
			got, err := oned.NewCode128Reader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
			if err != nil || got.GetText() != number {
				t.Errorf("%d mm, %s: %v %v", p, number, got, err)
			}
		}
	}
	for _, bad := range []string{"中", "\x1b@", strings.Repeat("9a", 13)} {
		if _, err := receipt.Lay(receipt.Document{Kind: receipt.Sale, Barcode: bad}, receipt.Paper58); err == nil {
			t.Errorf("%q became bars", bad)
		}
	}
}

// FuzzLogo: whatever is uploaded or stands in settings, what comes out fits the
// paper.
func FuzzLogo(f *testing.F) {
	f.Add(pngFile(f, ramp(30, 20)))
	f.Add([]byte("data:image/png;base64,AAAA"))
	f.Fuzz(func(t *testing.T, in []byte) {
		url, err := receipt.MakeLogo(in, receipt.Paper58)
		if err != nil {
			url = string(in)
		}
		m, err := receipt.ReadLogo(url)
		if err != nil {
			return
		}
		if _, err := receipt.Lay(receipt.Document{Kind: receipt.Sale, Logo: m}, receipt.Paper80); err != nil {
			t.Errorf("%d × %d: %v", m.Wide, m.High, err)
		}
	})
}
