package phone

import (
	"bytes"
	"encoding/xml"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestPage: every file that the page names is served, and no other.
func TestPage(t *testing.T) {
	names, err := fs.ReadDir(files, "page")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != len(table()) {
		t.Errorf("%d files, %d served", len(names), len(table()))
	}
	server := httptest.NewServer(Handler("8097"))
	defer server.Close()
	wanted := regexp.MustCompile(`(?:src|href)="(/[^"]*)"|from '\./([^']*)'`)
	for name, kind := range table() {
		path := "/" + name
		if name == "index.html" {
			path = "/"
		}
		answer, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		h := answer.Header
		if answer.StatusCode != 200 || h.Get("Content-Type") != kind || h.Get("Content-Security-Policy") != policy("8097") || len(body) == 0 {
			t.Errorf("%s: %d %v", path, answer.StatusCode, h)
		}
		for _, m := range wanted.FindAllStringSubmatch(string(body), -1) {
			if _, ok := table()[strings.TrimPrefix(m[1]+m[2], "/")]; !ok {
				t.Errorf("%s wants %s%s, which is not served", name, m[1], m[2])
			}
		}
		outside := strings.NewReplacer("http://www.w3.org/2000/svg", "").Replace(string(body))
		if strings.Contains(outside, "http://") || strings.Contains(outside, "https://") || strings.Contains(outside, "style=") {
			t.Errorf("%s goes outside, or has a style that its policy forbids", name)
		}
	}
	if answer, err := http.Get(server.URL + "/page_test.go"); err != nil || answer.StatusCode != 404 {
		t.Error(answer, err)
	}
}

// TestWords: all that the page says is there, in three languages.
func TestWords(t *testing.T) {
	read := func(name string) string {
		body, err := files.ReadFile("page/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	known := map[string]bool{}
	line := regexp.MustCompile(`(?m)^  (\w+): \[('.*')\],$`)
	three := regexp.MustCompile(`^'[^']+', '[^']+', '[^']+'$`)
	for _, m := range line.FindAllStringSubmatch(read("words.js"), -1) {
		if known[m[1]] || !three.MatchString(m[2]) {
			t.Errorf("%s is said twice, or not in three languages: %s", m[1], m[2])
		}
		known[m[1]] = true
	}
	said := map[string]bool{}
	use, stem := regexp.MustCompile(`\bt\('(\w+)'[,)]`), regexp.MustCompile(`'(\w+_)' \+`)
	for name := range table() {
		if !strings.HasSuffix(name, ".js") {
			continue
		}
		text := read(name)
		for _, m := range use.FindAllStringSubmatch(text, -1) {
			if said[m[1]] = true; !known[m[1]] {
				t.Errorf("%s says %s, for which there are no words", name, m[1])
			}
		}
		for _, m := range stem.FindAllStringSubmatch(text, -1) {
			for word := range known {
				if strings.HasPrefix(word, m[1]) {
					said[word] = true
				}
			}
		}
		for word := range known { // keys that are passed on
			if strings.Contains(text, "'"+word+"'") {
				said[word] = true
			}
		}
	}
	for word := range known {
		if !said[word] && word != "unionpay" && word != "wechat" && word != "alipay" {
			t.Errorf("nobody says %s", word)
		}
	}
	if len(known) < 100 {
		t.Errorf("only %d words were found", len(known))
	}
}

func TestDraw(t *testing.T) {
	p, err := Draw("130112345678901234")
	if err != nil {
		t.Fatal(err)
	}
	for name, picture := range map[string]string{"qr": p.QR, "bars": p.Bars} {
		if err := xml.Unmarshal([]byte(picture), new(struct{ XMLName xml.Name })); err != nil || !strings.HasPrefix(picture, "<svg ") {
			t.Errorf("%s is no SVG: %v", name, err)
		}
	}
	if p, err := Draw("weixin://wxpay/bizpayurl?pr=x"); err != nil || p.Bars != "" {
		t.Error("bars for what is no number", err)
	}
	if _, err := Draw("a\nb"); err == nil {
		t.Error("a control character was drawn")
	}
}

// TestBars reads bars with zbarimg, a program by others: each pair of digits,
// and codes of odd length.
func TestBars(t *testing.T) {
	program, err := exec.LookPath("zbarimg")
	if err != nil {
		if os.Getenv("GUITAI_TEST_ALL") != "" {
			t.Fatal("zbarimg is not installed (apt-get install zbar-tools)")
		}
		t.Skip("zbarimg is not installed (apt-get install zbar-tools)")
	}
	var texts []string
	for from := 0; from < 100; from += 10 { // all pairs
		text := ""
		for n := from; n < from+10; n++ {
			text += strconv.Itoa(n/10) + strconv.Itoa(n%10)
		}
		texts = append(texts, text)
	}
	random := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{6, 7, 17, 18, 19, 24, 31, 32} {
		text := ""
		for range n {
			text += strconv.Itoa(random.IntN(10))
		}
		texts = append(texts, text)
	}
	dir := t.TempDir()
	for i, text := range texts {
		widths, ok := bars(text)
		if !ok {
			t.Fatalf("%s was refused", text)
		}
		file := filepath.Join(dir, strconv.Itoa(i)+".png")
		writeBars(t, file, widths)
		out, err := exec.Command(program, "-q", "-Sdisable", "-Scode128.enable", file).Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != "CODE-128:"+text {
			t.Errorf("%s reads %q: %v", text, got, err)
		}
	}
	for _, text := range []string{"12345", strings.Repeat("1", 33), "12345x", "１２３４５６"} {
		if _, ok := bars(text); ok {
			t.Errorf("%q was drawn", text)
		}
	}
}

func writeBars(t *testing.T, file string, widths []int) {
	t.Helper()
	const module, high = 3, 60
	total := 2 * quiet
	for _, w := range widths {
		total += w
	}
	img := image.NewGray(image.Rect(0, 0, total*module, high))
	for i := range img.Pix {
		img.Pix[i] = 0xFF
	}
	x := quiet * module
	for i, w := range widths {
		for dx := range w * module {
			for y := range high {
				if i%2 == 0 {
					img.SetGray(x+dx, y, color.Gray{})
				}
			}
		}
		x += w * module
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
