package thermal_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"guitai/sandbox/thermal"
)

func start(t *testing.T) *thermal.Printer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := thermal.Start(l, time.Now)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func dial(t *testing.T, p *thermal.Printer) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // most tests have closed it
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

// ask sends DLE EOT n and reads the answer.
func ask(t *testing.T, c net.Conn, n byte) byte {
	t.Helper()
	send(t, c, "\x10\x04"+string(n))
	var b [1]byte
	if _, err := c.Read(b[:]); err != nil {
		t.Fatal(err)
	}
	return b[0]
}

// print sends bytes on a line of their own and waits for so many cut slips.
func print(t *testing.T, p *thermal.Printer, slips int, text string) []thermal.Slip {
	t.Helper()
	c := dial(t, p)
	send(t, c, text)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return wait(t, p, slips)
}

func wait(t *testing.T, p *thermal.Printer, slips int) []thermal.Slip {
	t.Helper()
	for range 500 {
		v := p.View(0)
		if n := len(v.Slips); n >= slips && (n == 0 || v.Slips[slips-1].Cut != thermal.Uncut) {
			return v.Slips
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%d slips were not cut: %+v", slips, p.View(0))
	return nil
}

func gb(t *testing.T, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func texts(s thermal.Slip) []string {
	var out []string
	for _, r := range s.Rows {
		if r.Kind == thermal.RowText {
			out = append(out, strings.TrimRight(r.Text, " "))
		}
	}
	return out
}

func set(t *testing.T, p *thermal.Printer, c thermal.Change) {
	t.Helper()
	if err := p.Set(c); err != nil {
		t.Fatal(err)
	}
}

func TestText(t *testing.T) {
	p := start(t)
	set(t, p, thermal.Change{WidthMM: 58})
	slip := print(t, p, 1, "\x1b@\x1c&"+
		"\x1ba\x01"+gb(t, "茶铺")+"\n\x1ba\x00"+
		gb(t, "龙井 x2")+"\n"+
		"\x1c!\x0c\x1d!\x11"+gb(t, "合计")+"12\n\x1c!\x00\x1d!\x00"+
		"\x1bE\x01bold\x1bE\x00\n"+
		"\x1ba\x02right\n"+
		gb(t, "𠮷")+"\n"+ // four bytes
		"\x1dVB\x10")[0]
	if got := strings.Join(texts(slip), "|"); got != "茶铺|龙井 x2|合计12|bold|right|𠮷" {
		t.Fatalf("rows %q", got)
	}
	if slip.WidthDots != 384 || slip.WidthMM != 58 || slip.Cut != thermal.CutPartial || slip.CutAt.IsZero() {
		t.Errorf("%+v", slip)
	}
	r := slip.Rows
	if r[0].X != (384-48)/2 || r[0].Width != 48 || r[0].Spans[0].X != r[0].X || r[0].Spans[0].Cell != 24 {
		t.Errorf("centred: %+v", r[0])
	}
	if len(r[1].Spans) != 2 || r[1].Spans[1].X != 48 || r[1].Spans[1].Cell != 12 || r[1].Spans[1].Text != " x2" {
		t.Errorf("Chinese and Latin: %+v", r[1])
	}
	if s := r[2].Spans; r[2].Height != 48 || s[0].Cell != 48 || s[0].High != 2 || s[1].Cell != 24 || s[1].X != 96 {
		t.Errorf("double: %+v", r[2])
	}
	if !r[3].Spans[0].Bold || r[4].X != 384-60 || r[4].Spans[0].Bold {
		t.Errorf("bold or right: %+v %+v", r[3], r[4])
	}
	for i := 1; i < len(r); i++ {
		if r[i].Y < r[i-1].Y+r[i-1].Height {
			t.Errorf("row %d is printed over row %d", i, i-1)
		}
	}
}

func TestALongRowIsWrapped(t *testing.T) {
	p := start(t)
	set(t, p, thermal.Change{WidthMM: 58})
	slip := print(t, p, 1, strings.Repeat("x", 31)+gb(t, "中")+"\n\x1dVA\x00")[0]
	if got := texts(slip); len(got) != 2 || len(got[0]) != 31 || got[1] != "中" || slip.Cut != thermal.CutFull {
		t.Errorf("%q %s", got, slip.Cut)
	}
}

func TestCode(t *testing.T) {
	p := start(t)
	const text = "https://example.com/p/7K2M9Q"
	n := len(text) + 3
	slip := print(t, p, 1, "\x1ba\x01\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x06\x1d(k\x03\x001E1"+
		"\x1d(k"+string([]byte{byte(n), 0})+"1P0"+text+"\x1d(k\x03\x001Q0\x1dVB\x00")[0]
	r := slip.Rows[0]
	if len(slip.Rows) != 1 || r.Kind != thermal.RowQR || r.Text != text || r.Width != r.Side*6 || r.X != (576-r.Width)/2 {
		t.Fatalf("%+v", slip.Rows)
	}
	if got := zbar(t, drawn(slip)); got != "QR-Code:"+text {
		t.Errorf("the code reads %q", got)
	}
}

// TestSlipsOfTheShop prints the bytes that the shop's receipts are held to, in
// each of the ways it may draw them.
func TestSlipsOfTheShop(t *testing.T) {
	for _, name := range []string{"sale.58", "sale.80", "refund.58", "unknown.80"} {
		t.Run(name, func(t *testing.T) {
			files := filepath.Join("..", "..", "receipt", "testdata", "golden", name)
			in, err := os.ReadFile(files + ".escpos")
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(files + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			p := start(t)
			if strings.HasSuffix(name, ".58") {
				set(t, p, thermal.Change{WidthMM: 58})
			}
			slip := print(t, p, 1, string(in))[0]
			// Large rows have other spaces than in the text; the code is a row there.
			var words []string
			for _, line := range strings.Split(string(want), "\n") {
				if line = strings.Join(strings.Fields(line), ""); line != "" && !strings.HasPrefix(line, "[QR]") {
					words = append(words, line)
				}
			}
			var got []string
			for _, line := range texts(slip) {
				if line = strings.Join(strings.Fields(line), ""); line != "" {
					got = append(got, line)
				}
			}
			if strings.Join(got, "\n") != strings.Join(words, "\n") {
				t.Errorf("printed:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(words, "\n"))
			}
			for _, r := range slip.Rows {
				if r.X+r.Width > slip.WidthDots || r.Y+r.Height > slip.HeightDots {
					t.Errorf("beside the paper: %+v", r)
				}
			}
		})
	}
}

func TestPicture(t *testing.T) {
	p := start(t)
	// Two strips of 8 × 2 dots, and one that is wider than the paper.
	slip := print(t, p, 1, "\x1dv0\x00\x01\x00\x02\x00\xff\x81\x1dv0\x00\x01\x00\x02\x00\x81\xff"+
		"\x1dv0\x03\x64\x00\x01\x00"+strings.Repeat("\xaa", 100)+"\x1dVA\x00")[0]
	if len(slip.Rows) != 2 {
		t.Fatalf("%+v", slip.Rows)
	}
	img, err := png.Decode(bytes.NewReader(slip.Rows[0].PNG))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for y := range 4 {
		for x := range 8 {
			_, _, _, a := img.At(x, y).RGBA()
			got += string(".#"[a>>15])
		}
		got += "|"
	}
	if img.Bounds() != image.Rect(0, 0, 8, 4) || got != "########|#......#|#......#|########|" {
		t.Errorf("%v %s", img.Bounds(), got)
	}
	if r := slip.Rows[1]; r.Width != 576 || r.Height != 2 || r.X != 0 {
		t.Errorf("doubled: %+v", r)
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		change thermal.Change
		want   [4]byte // to DLE EOT 1 to 4
	}{
		{thermal.Change{}, [4]byte{0x12, 0x12, 0x12, 0x12}},
		{thermal.Change{Paper: thermal.PaperLow}, [4]byte{0x12, 0x12, 0x12, 0x1E}},
		{thermal.Change{Paper: thermal.PaperOut}, [4]byte{0x1A, 0x32, 0x12, 0x7E}},
		{thermal.Change{Cover: thermal.CoverOpen}, [4]byte{0x1A, 0x16, 0x12, 0x12}},
		{thermal.Change{Line: thermal.Offline}, [4]byte{0x1A, 0x12, 0x12, 0x12}},
	} {
		p := start(t)
		set(t, p, c.change)
		line := dial(t, p)
		for i, want := range c.want {
			if got := ask(t, line, byte(i+1)); got != want {
				t.Errorf("%+v: DLE EOT %d gives %#x, want %#x", c.change, i+1, got, want)
			}
		}
		if n := p.View(0).WaitingBytes; n != 0 {
			t.Errorf("%d bytes of questions are kept", n)
		}
	}
}

// TestPaperOut: the printer answers at once, keeps the slip, and prints it when
// there is paper again.
func TestPaperOut(t *testing.T) {
	p := start(t)
	set(t, p, thermal.Change{Paper: thermal.PaperOut})
	line := dial(t, p)
	send(t, line, "late\n\x1dVA\x00")
	if got := ask(t, line, 4); got != 0x7E {
		t.Errorf("%#x", got)
	}
	if err := line.Close(); err != nil {
		t.Fatal(err)
	}
	if v := p.View(0); len(v.Slips) != 0 || v.WaitingBytes == 0 {
		t.Errorf("printed without paper: %+v", v)
	}
	set(t, p, thermal.Change{Paper: thermal.PaperThere})
	if got := texts(wait(t, p, 1)[0]); len(got) != 1 || got[0] != "late" {
		t.Errorf("%q", got)
	}
}

// TestTheSenderWaitsWhenTheMemoryIsFull: flow control, not loss.
func TestTheSenderWaitsWhenTheMemoryIsFull(t *testing.T) {
	p := start(t)
	set(t, p, thermal.Change{Cover: thermal.CoverOpen})
	line := dial(t, p)
	if err := line.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	const rows = 100_000
	sent := make(chan error, 1)
	go func() {
		_, err := line.Write([]byte(strings.Repeat(strings.Repeat("x", 47)+"\n", rows) + "\x1dVA\x00"))
		sent <- err
	}()
	select {
	case err := <-sent:
		t.Fatalf("5 MB were taken by a printer that cannot print: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	// It takes what it has room for in its own time, and no more.
	for end := time.Now().Add(20 * time.Second); p.View(0).WaitingBytes < 128<<10 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	if n := p.View(0).WaitingBytes; n != 128<<10 {
		t.Errorf("%d bytes in memory", n)
	}
	set(t, p, thermal.Change{Cover: thermal.CoverShut})
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if s := wait(t, p, 50); s[0].Cut != thermal.CutTorn || s[0].HeightDots < 16_000 {
		t.Errorf("a slip without end: %s, %d dots", s[0].Cut, s[0].HeightDots)
	}
}

func TestDrawer(t *testing.T) {
	p := start(t)
	line := dial(t, p)
	send(t, line, "\x1bp\x00\x19\xfa")
	for range 500 {
		if p.View(0).Drawer == thermal.DrawerOpen {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := ask(t, line, 1); got != 0x16 {
		t.Errorf("an open drawer reads %#x", got)
	}
	set(t, p, thermal.Change{Drawer: thermal.DrawerShut, Paper: thermal.PaperOut})
	send(t, line, "\x1bp\x00\x19\xfa")
	if got := ask(t, line, 1); got != 0x1A {
		t.Errorf("ESC p opened the drawer of a stopped printer: %#x", got)
	}
	send(t, line, "\x10\x14\x01\x00\x01")
	if got := ask(t, line, 1); got != 0x1E {
		t.Errorf("DLE DC4 did not open the drawer of a stopped printer: %#x", got)
	}
}

func TestABrokenOffCommandDoesNotSwallowTheNextSlip(t *testing.T) {
	p := start(t)
	c := dial(t, p)
	send(t, c, "\x1dv0\x00\x48\x00\xff\xff half a picture")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if got := texts(print(t, p, 1, "\x1b@next\n\x1dVA\x00")[0]); len(got) != 1 || got[0] != "next" {
		t.Errorf("%q", got)
	}
}

func TestUnknownCommandsAreSkipped(t *testing.T) {
	p := start(t)
	got := texts(print(t, p, 1, "\x1bR\x00\x1b2\x1d(K\x02\x001\x06\x1bD\x08\x10\x00\x1dkI\x03abc\x1dk\x04ABC\x00\x1b*\x01\x02\x00ab"+
		"\x1d*\x01\x01abcdefgh\x1d8L\x03\x00\x00\x00abc\x1c(A\x01\x00a\x1d\x07\x10\x05\x01\x10\xff\x00ok\n\x1dVA\x00")[0])
	if len(got) != 1 || got[0] != "ok" {
		t.Errorf("%q", got)
	}
}

func TestSetRefuses(t *testing.T) {
	p := start(t)
	for field, c := range map[string]thermal.Change{
		"paper": {Paper: "wet"}, "cover": {Cover: "ajar"}, "line": {Line: "busy"}, "drawer": {Drawer: thermal.DrawerOpen}, "width": {WidthMM: 76},
	} {
		before := p.View(0).State
		if err := p.Set(c); err == nil || !strings.HasPrefix(err.Error(), field) || p.View(0).State != before {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestClearAndFrom(t *testing.T) {
	p := start(t)
	print(t, p, 1, "one\n\x1dVA\x00two\n\x1dVA\x00three\n")
	for range 500 {
		if len(p.View(0).Slips) == 3 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if v := p.View(2); len(v.Slips) != 2 || v.Slips[0].ID != 2 || v.Slips[1].Cut != thermal.Uncut {
		t.Errorf("%+v", v.Slips)
	}
	before := p.Version()
	p.Clear()
	if v := p.View(0); len(v.Slips) != 0 || p.Version() == before {
		t.Errorf("%+v", v.Slips)
	}
}

// drawn is a slip as the page draws it, without its letters.
func drawn(s thermal.Slip) image.Image {
	const margin = 40
	img := image.NewGray(image.Rect(0, 0, s.WidthDots+2*margin, s.HeightDots+2*margin))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	for _, r := range s.Rows {
		if r.Kind != thermal.RowQR {
			continue
		}
		scale := r.Width / r.Side
		for _, bar := range strings.Split(strings.TrimSuffix(r.Path, "z"), "z") {
			x, y, w := 0, 0, 0
			bar, _, _ = strings.Cut(strings.NewReplacer("M", "", "h", " ").Replace(bar), "v")
			for i, field := range strings.Fields(bar) {
				n := 0
				for _, d := range field {
					n = n*10 + int(d-'0')
				}
				*[]*int{&x, &y, &w}[i] = n
			}
			at := image.Rect(x, y, x+w, y+1)
			at = image.Rect(at.Min.X*scale, at.Min.Y*scale, at.Max.X*scale, at.Max.Y*scale).Add(image.Pt(r.X+margin, r.Y+margin))
			draw.Draw(img, at, image.NewUniform(color.Gray{}), image.Point{}, draw.Src)
		}
	}
	return img
}

// zbar reads the code in a picture with zbarimg, a program by others.
func zbar(t *testing.T, img image.Image) string {
	t.Helper()
	program, err := exec.LookPath("zbarimg")
	if err != nil {
		if os.Getenv("GUITAI_TEST_ALL") != "" {
			t.Fatal("zbarimg is not installed (apt-get install zbar-tools)")
		}
		t.Skip("zbarimg is not installed (apt-get install zbar-tools)")
	}
	file := filepath.Join(t.TempDir(), "code.png")
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, "-q", file).Output()
	if err != nil {
		t.Fatalf("zbarimg: %v", err)
	}
	return strings.TrimSpace(string(out))
}
