package till_test

import (
	"bytes"
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/pay"
	"guitai/receipt"
	"guitai/till"
)

// machine is a receipt printer at the other end of a pipe: it answers the
// questions of DLE EOT and keeps what it is sent.
type machine struct {
	answers map[byte]byte // to DLE EOT n; 0: none
	mu      sync.Mutex
	paper   bytes.Buffer
	asked   string // host:port
	done    sync.WaitGroup
}

func (m *machine) DialContext(_ context.Context, _, address string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	m.asked = address
	m.done.Go(func() { m.serve(theirs) })
	return ours, nil
}

func (m *machine) serve(c net.Conn) {
	defer c.Close()
	b := make([]byte, 1<<16)
	for {
		n, err := c.Read(b)
		if err != nil {
			return
		}
		if n == 3 && b[0] == 0x10 && b[1] == 0x04 {
			reply := m.answers[b[2]]
			if reply == 0 {
				return
			}
			if _, err := c.Write([]byte{reply}); err != nil {
				return
			}
			continue
		}
		m.mu.Lock()
		m.paper.Write(b[:n])
		m.mu.Unlock()
	}
}

func slipOf(t *testing.T) receipt.Document {
	t.Helper()
	d, err := (&till.Counter{Now: made}).Slip(pay.Whole{Payment: payment(guitai.PaymentPaid)}, where(), till.SlipOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestPrint: the bytes of the slip for the till's paper reach its printer.
func TestPrint(t *testing.T) {
	for paper, width := range map[int]receipt.Paper{58: receipt.Paper58, 80: receipt.Paper80, 0: receipt.Paper80} {
		m := &machine{answers: map[byte]byte{1: 0x12, 2: 0x12, 4: 0x12}}
		c := &till.Counter{Now: made, Dialer: m}
		if err := c.Print(t.Context(), guitai.Till{Printer: "printer.lan:9100", Paper: paper}, slipOf(t)); err != nil {
			t.Fatal(err)
		}
		m.done.Wait()
		s, err := receipt.Lay(slipOf(t), width)
		if err != nil {
			t.Fatal(err)
		}
		want, err := s.ESCPOS(receipt.Options{})
		if err != nil || !bytes.Equal(m.paper.Bytes(), want) || m.asked != "printer.lan:9100" {
			t.Errorf("paper %d: %d bytes came to %s, want %d (%v)", paper, m.paper.Len(), m.asked, len(want), err)
		}
	}
}

// TestPrinterTroubles: what a printer says has its code, and nothing came out.
func TestPrinterTroubles(t *testing.T) {
	for name, c := range map[string]struct {
		answers map[byte]byte
		code    guitai.Code
	}{
		"no paper": {map[byte]byte{1: 0x1A, 2: 0x32, 4: 0x72}, guitai.CodePrinterPaperOut},
		"open":     {map[byte]byte{1: 0x1A, 2: 0x16, 4: 0x12}, guitai.CodePrinterCoverOpen},
		"offline":  {map[byte]byte{1: 0x1A, 2: 0x12, 4: 0x12}, guitai.CodePrinterOffline},
		"silent":   {map[byte]byte{}, guitai.CodePrinterUnreachable},
		"nonsense": {map[byte]byte{1: 0xFF, 2: 0xFF, 4: 0xFF}, guitai.CodePrinterUnreachable},
	} {
		m := &machine{answers: c.answers}
		err := (&till.Counter{Now: made, Dialer: m}).Print(t.Context(), guitai.Till{Printer: "127.0.0.1:9100"}, slipOf(t))
		m.done.Wait()
		if e := guitai.AsError(err); e == nil || e.Code != c.code || e.Kind != guitai.Unavailable || m.paper.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, m.paper.Len())
		}
	}
	c := &till.Counter{Now: made}
	for _, printer := range []string{"", "printer", "a:b:c"} {
		err := c.Print(t.Context(), guitai.Till{Printer: printer}, slipOf(t))
		if e := guitai.AsError(err); e == nil || e.Code != guitai.CodePrinterNone || e.Kind != guitai.Unavailable {
			t.Errorf("printer %q: %v", printer, err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	l.Close()
	begun := time.Now()
	err = c.Print(t.Context(), guitai.Till{Printer: nobody}, slipOf(t))
	if e := guitai.AsError(err); e == nil || e.Code != guitai.CodePrinterUnreachable || time.Since(begun) > 5*time.Second {
		t.Errorf("nobody listens: %v", err)
	}
	if err := c.Print(t.Context(), guitai.Till{Printer: nobody}, receipt.Document{}); !guitai.Invalid.Is(err) {
		t.Errorf("a document of nothing: %v", err)
	}
}
