package qr_test

import (
	"bytes"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"guitai"
	"guitai/internal/testkit"
	"guitai/qr"
)

// draw encodes text and opens its PNG.
func draw(t *testing.T, text string, level qr.Level) (pixels []byte, img image.Image) {
	t.Helper()
	m, err := qr.Encode(text, level)
	if err != nil {
		t.Fatal(err)
	}
	pixels, err = m.PNG(4)
	if err != nil {
		t.Fatal(err)
	}
	img, err = png.Decode(bytes.NewReader(pixels))
	if err != nil {
		t.Fatal(err)
	}
	return pixels, img
}

var texts = []string{
	"1",
	"01234567890123456789",
	"HTTPS://EXAMPLE.COM/P/ABC123",
	"weixin://wxpay/bizpayurl?pr=AbCdEfG",
	"https://qr.alipay.com/bax00000000000000000000",
	"柜台收款 ￥12.50 聚合码",
	strings.Repeat("0123456789", 40),
	strings.Repeat("long text ", 60),
}

func TestPNGIsReadByGozxing(t *testing.T) {
	for _, text := range texts {
		for level := qr.Low; level <= qr.High; level++ {
			_, img := draw(t, text, level)
			if got := testkit.ScanQR(t, img); got != text {
				t.Errorf("level %d: got %q, want %q", level, got, text)
			}
		}
	}
}

func TestPNGIsReadByGozxingForChanceTexts(t *testing.T) {
	const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/?=&.:"
	chance := rand.New(rand.NewPCG(18004, 1))
	for range 100 {
		b := make([]byte, 1+chance.IntN(120))
		for i := range b {
			b[i] = alphabet[chance.IntN(len(alphabet))]
		}
		_, img := draw(t, string(b), qr.Level(chance.IntN(4)))
		if got := testkit.ScanQR(t, img); got != string(b) {
			t.Fatalf("got %q, want %q", got, b)
		}
	}
}

func TestPNGIsReadByZbar(t *testing.T) {
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		if os.Getenv("GUITAI_TEST_ALL") == "1" {
			t.Fatal("zbarimg is not installed (Debian package zbar-tools)")
		}
		t.Skip("zbarimg is not installed (Debian package zbar-tools)")
	}
	for i, text := range texts {
		pixels, _ := draw(t, text, qr.Medium)
		file := filepath.Join(t.TempDir(), strconv.Itoa(i)+".png")
		if err := os.WriteFile(file, pixels, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(zbar, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
		if got := strings.TrimRight(string(out), "\n"); err != nil || got != strings.TrimRight(text, "\n") {
			t.Errorf("zbarimg read %q (%v), want %q", got, err, text)
		}
	}
}

// The SVG is drawn again from its own path and must be the same modules.
func TestSVGHasTheSameModules(t *testing.T) {
	m, err := qr.Encode("https://example.com/p/abc", qr.Quartile)
	if err != nil {
		t.Fatal(err)
	}
	svg := m.SVG(3)
	side := m.Size() + 2*qr.QuietZone
	px := strconv.Itoa(3 * side)
	for _, want := range []string{`width="` + px + `" height="` + px + `"`, `shape-rendering="crispEdges"`, `viewBox="0 0 ` + strconv.Itoa(side) + " " + strconv.Itoa(side) + `"`} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in %s", want, svg[:160])
		}
	}
	drawn := make(map[[2]int]bool)
	for _, bar := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(svg, -1) {
		x, _ := strconv.Atoi(bar[1])
		y, _ := strconv.Atoi(bar[2])
		w, _ := strconv.Atoi(bar[3])
		for i := range w {
			drawn[[2]int{x + i, y}] = true
		}
	}
	for y := range side {
		for x := range side {
			if drawn[[2]int{x, y}] != m.At(x-qr.QuietZone, y-qr.QuietZone) {
				t.Fatalf("module %d,%d differs", x, y)
			}
		}
	}
	if free := m.SVG(0); strings.Contains(free, " width=") {
		t.Error("SVG(0) has a size of its own")
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		level      qr.Level
		want       guitai.Code
	}{
		{"empty", "", qr.Low, "code_missing"},
		{"too long", strings.Repeat("a", qr.MaxText+1), qr.Low, "code_too_long"},
		{"not utf-8", "a\xff", qr.Low, "code_malformed"},
		{"control", "a\x1b@", qr.Low, "code_malformed"},
		{"level", "a", 4, "field_invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := qr.Encode(c.text, c.level); !guitai.Invalid.Is(err) || guitai.AsError(err).Code != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, err := qr.Encode(strings.Repeat("中", qr.MaxText/3), qr.High); err != nil {
		t.Errorf("the longest text at the highest level: %v", err)
	}
	m, err := qr.Encode("1", qr.Low)
	if err != nil {
		t.Fatal(err)
	}
	for _, scale := range []int{0, -1, 65} {
		if _, err := m.PNG(scale); !guitai.Invalid.Is(err) {
			t.Errorf("scale %d: got %v", scale, err)
		}
	}
}

func FuzzEncode(f *testing.F) {
	for _, s := range texts {
		f.Add(s, 1)
	}
	f.Fuzz(func(t *testing.T, text string, level int) {
		m, err := qr.Encode(text, qr.Level(level))
		if err != nil {
			if !guitai.Invalid.Is(err) {
				t.Fatal(err)
			}
			return
		}
		if m.Size() < 21 || m.Size() > 177 || (m.Size()-21)%4 != 0 {
			t.Fatalf("size %d", m.Size())
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	for b.Loop() {
		if _, err := qr.Encode("https://example.com/p/0123456789abcdefghijklmnopqrstuvwxyz01", qr.Medium); err != nil {
			b.Fatal(err)
		}
	}
}
