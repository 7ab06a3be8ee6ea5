package device_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/device"
)

// answers are the three bytes a printer gives to DLE EOT 1, 2 and 4.
type answers struct{ printer, offline, paper byte }

// fine is a printer with nothing to say. Bits 1 and 4 are fixed.
func fine() answers { return answers{0x12, 0x12, 0x12} }

// paperPrinter is a receipt printer on loopback that keeps what is printed and
// answers DLE EOT from its state.
type paperPrinter struct {
	listener net.Listener
	wait     sync.WaitGroup

	mu      sync.Mutex
	state   answers
	later   func(printed int) answers // state after so many printed bytes, if set
	before  []byte                    // sent ahead of each answer
	hangsUp int                       // closes the connection after so many printed bytes, if set
	mute    bool
	printed []byte
}

func newPaperPrinter(t *testing.T) *paperPrinter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &paperPrinter{listener: l, state: fine()}
	p.wait.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.serve(c) // one at a time, as real ones do
		}
	})
	t.Cleanup(func() { l.Close(); p.wait.Wait() })
	return p
}

func (p *paperPrinter) network() device.Network {
	return device.Network{Addr: p.listener.Addr().String(), Timeout: 2 * time.Second}
}

func (p *paperPrinter) paper() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.printed)
}

func (p *paperPrinter) serve(c net.Conn) {
	defer c.Close()
	var pending []byte
	buf := make([]byte, 1024)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		pending = append(pending, buf[:n]...)
		for len(pending) > 0 {
			if pending[0] == 0x10 {
				if len(pending) < 3 {
					break
				}
				p.answer(c, pending[2])
				pending = pending[3:]
				continue
			}
			p.mu.Lock()
			p.printed = append(p.printed, pending[0])
			gone := p.hangsUp > 0 && len(p.printed) >= p.hangsUp
			p.mu.Unlock()
			if gone {
				return
			}
			pending = pending[1:]
		}
	}
}

func (p *paperPrinter) answer(c net.Conn, n byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mute {
		return
	}
	s := p.state
	if p.later != nil {
		s = p.later(len(p.printed))
	}
	c.Write(append(bytes.Clone(p.before), map[byte]byte{1: s.printer, 2: s.offline, 4: s.paper}[n]))
}

func wants(t *testing.T, err error, kind guitai.Kind, code guitai.Code) {
	t.Helper()
	var e *guitai.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Code != code {
		t.Errorf("got %v, want %s %s", err, kind, code)
	}
}

func TestPrints(t *testing.T) {
	p := newPaperPrinter(t)
	p.before = []byte{0x13, 0x11} // XOFF, XON
	slip := bytes.Repeat([]byte("老街口\n"), 3000)
	for range 2 {
		if err := p.network().Print(t.Context(), slip); err != nil {
			t.Fatal(err)
		}
	}
	if got := p.paper(); !bytes.Equal(got, append(bytes.Clone(slip), slip...)) {
		t.Errorf("%d bytes on paper, want %d", len(got), 2*len(slip))
	}
}

func TestLook(t *testing.T) {
	good := device.Condition{Paper: device.PaperThere, Cover: device.CoverShut, Line: device.Online, Fault: device.NoFault, Drawer: device.DrawerLow}
	for _, c := range []struct {
		name   string
		state  answers
		change func(*device.Condition)
	}{
		{"fine", fine(), func(*device.Condition) {}},
		{"drawer contact", answers{0x16, 0x12, 0x12}, func(c *device.Condition) { c.Drawer = device.DrawerHigh }},
		{"offline", answers{0x1A, 0x12, 0x12}, func(c *device.Condition) { c.Line = device.Offline }},
		{"cover open", answers{0x1A, 0x16, 0x12}, func(c *device.Condition) { c.Line, c.Cover = device.Offline, device.CoverOpen }},
		{"jammed", answers{0x1A, 0x52, 0x12}, func(c *device.Condition) { c.Line, c.Fault = device.Offline, device.Faulty }},
		{"paper low", answers{0x12, 0x12, 0x1E}, func(c *device.Condition) { c.Paper = device.PaperLow }},
		{"paper out", answers{0x1A, 0x32, 0x7E}, func(c *device.Condition) { c.Line, c.Paper = device.Offline, device.PaperOut }},
		{"stopped at the end of paper", answers{0x12, 0x32, 0x12}, func(c *device.Condition) { c.Paper = device.PaperOut }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPaperPrinter(t)
			p.state = c.state
			got, err := p.network().Look(t.Context())
			want := good
			c.change(&want)
			if err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		})
	}
}

func TestNothingIsSentToAPrinterThatCannotPrint(t *testing.T) {
	for _, c := range []struct {
		name  string
		state answers
		want  guitai.Code
	}{
		{"paper out", answers{0x1A, 0x32, 0x7E}, guitai.CodePrinterPaperOut},
		{"cover open", answers{0x1A, 0x16, 0x7E}, guitai.CodePrinterCoverOpen},
		{"offline", answers{0x1A, 0x12, 0x12}, guitai.CodePrinterOffline},
		{"jammed", answers{0x12, 0x52, 0x12}, guitai.CodePrinterOffline},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPaperPrinter(t)
			p.state = c.state
			wants(t, p.network().Print(t.Context(), []byte("slip")), guitai.Unavailable, c.want)
			if got := p.paper(); len(got) > 0 {
				t.Errorf("sent %q", got)
			}
		})
	}
}

func TestPaperLowStillPrints(t *testing.T) {
	p := newPaperPrinter(t)
	p.state.paper = 0x1E
	if err := p.network().Print(t.Context(), []byte("slip")); err != nil || string(p.paper()) != "slip" {
		t.Errorf("%v, %q on paper", err, p.paper())
	}
}

func TestPaperThatRunsOutMeansUnknown(t *testing.T) {
	p := newPaperPrinter(t)
	p.later = func(printed int) answers {
		if printed > 2 {
			return answers{0x1A, 0x32, 0x7E}
		}
		return fine()
	}
	wants(t, p.network().Print(t.Context(), []byte("slip")), guitai.Unknown, guitai.CodePrinterPaperOut)
}

func TestPrinterThatDiesMeansUnknown(t *testing.T) {
	p := newPaperPrinter(t)
	p.hangsUp = 2
	wants(t, p.network().Print(t.Context(), []byte("slip")), guitai.Unknown, guitai.CodePrinterUnreachable)
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	gone := device.Network{Addr: l.Addr().String(), Timeout: time.Second}
	wants(t, gone.Print(t.Context(), []byte("slip")), guitai.Unavailable, guitai.CodePrinterUnreachable)
	wants(t, gone.Kick(t.Context(), []byte("pulse")), guitai.Unavailable, guitai.CodePrinterUnreachable)
	_, err = gone.Look(t.Context())
	wants(t, err, guitai.Unavailable, guitai.CodePrinterUnreachable)
}

func TestMutePrinterIsGivenUp(t *testing.T) {
	p := newPaperPrinter(t)
	p.mute = true
	n := p.network()
	n.Timeout = 50 * time.Millisecond
	wants(t, n.Print(t.Context(), []byte("slip")), guitai.Unavailable, guitai.CodePrinterUnreachable)
	if got := p.paper(); len(got) > 0 {
		t.Errorf("sent %q", got)
	}
	n.Timeout = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := n.Look(ctx)
	wants(t, err, guitai.Unavailable, guitai.CodePrinterUnreachable)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the cause is %v", err)
	}
}

func TestAnotherMachineOnThePort(t *testing.T) {
	p := newPaperPrinter(t)
	p.before = []byte("HTTP")
	wants(t, p.network().Print(t.Context(), []byte("slip")), guitai.Unavailable, guitai.CodePrinterUnreachable)
}

func TestDrawerOpensWithoutPaper(t *testing.T) {
	p := newPaperPrinter(t)
	p.state = answers{0x1A, 0x36, 0x7E}
	if err := p.network().Kick(t.Context(), []byte("\x1bp\x00\x19\xfa")); err != nil {
		t.Fatal(err)
	}
	if got := string(p.paper()); got != "\x1bp\x00\x19\xfa" {
		t.Errorf("sent %q", got)
	}
}

// pipe hands out one end of a pipe whose other end says what it is told.
type pipe []byte

func (p pipe) DialContext(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		question := make([]byte, 3)
		for _, b := range p {
			if b != 0x11 && b != 0x13 { // flow control comes unasked
				if _, err := theirs.Read(question); err != nil {
					return
				}
			}
			if _, err := theirs.Write([]byte{b}); err != nil {
				return
			}
		}
	}()
	return ours, nil
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte{0x12, 0x12, 0x12})
	f.Add([]byte{0x1A, 0x36, 0x7E})
	f.Add([]byte("HTTP/1.1"))
	f.Fuzz(func(t *testing.T, said []byte) {
		n := device.Network{Dialer: pipe(said), Timeout: 200 * time.Millisecond}
		got, err := n.Look(t.Context())
		switch {
		case err != nil && !guitai.Unavailable.Is(err):
			t.Fatalf("not a plain refusal: %v", err)
		case err == nil && (got.Paper == "" || got.Cover == "" || got.Line == "" || got.Fault == "" || got.Drawer == ""):
			t.Fatalf("half an answer: %+v", got)
		}
	})
}
