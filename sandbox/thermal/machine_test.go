package thermal

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzMachine: nothing that is sent breaks the printer, and what comes out lies
// on the paper and can be shown.
func FuzzMachine(f *testing.F) {
	slips, err := filepath.Glob(filepath.Join("..", "..", "receipt", "testdata", "golden", "*.escpos"))
	if err != nil || len(slips) == 0 {
		f.Fatal("no slips to begin with", err)
	}
	for _, name := range slips {
		in, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(in)
	}
	for _, in := range []string{
		"\x1dv0\x03\x01\x00\x02\x00\xff\x81\x1d(k\x08\x001P0hello\x1d(k\x03\x001Q0\x1dVA\x00",
		"\x1b$\x00\x01a\x1b\\\xff\xffb\x09c\n\x1bJ\xff\x1bd\xff\x1d!\x77x\n\x1d8L\xff\xff\xff\xff",
		"\x10\x04\x01\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08\x81\x30\x81\x30\xff\x80",
	} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		p := switchedOn(func() time.Time { return time.Unix(0, 0) })
		machine{in: bytes.NewReader(in), on: p}.run()
		p.press.flush()
		p.press.cut(CutTorn)
		for _, s := range p.press.kept {
			y := 0
			for _, r := range s.Rows {
				if r.X < 0 || r.Width <= 0 || r.Height <= 0 || r.Y < y || r.X+r.Width > s.WidthDots || r.Y+r.Height > s.HeightDots {
					t.Fatalf("beside the paper of %d × %d dots: %+v", s.WidthDots, s.HeightDots, r)
				}
				if r.Kind == RowPicture && r.PNG == nil {
					t.Fatalf("a picture that cannot be seen: %+v", r)
				}
				for _, span := range r.Spans {
					if !utf8.ValidString(span.Text) || span.Text == "" {
						t.Fatalf("not text: %q", span.Text)
					}
				}
				y = r.Y
			}
		}
		if _, err := json.Marshal(p.press.kept); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzRealtime: every byte comes out again, once and in its order.
func FuzzRealtime(f *testing.F) {
	f.Add([]byte("a\x10\x04\x01b\x10\x10\x14\x01\x00\x01\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08\x10\x10c"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var r realtime
		var out []byte
		for _, c := range in {
			b, whole := r.see(c)
			if whole && (len(b) < 3 || b[0] != dle || !urgent(b[1])) {
				t.Fatalf("not a command: % x", b)
			}
			out = append(out, b...)
		}
		if out = append(out, r.held...); !bytes.Equal(in, out) {
			t.Errorf("% x became % x", in, out)
		}
	})
}
