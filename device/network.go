package device

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"guitai"
)

// Dialer opens connections; *net.Dialer is one.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Network is a receipt printer on the network that takes raw bytes, nearly
// always on TCP port 9100. Such a printer serves one connection at a time, so
// one is made for each call and closed at its end.
type Network struct {
	Addr    string        // host:port
	Timeout time.Duration // for each of: connecting, one answer, sending 4 KiB; zero: 3 s
	Dialer  Dialer        // nil: &net.Dialer{}
	// Finish is how long the printer may take to say that all is on paper: GS r,
	// which it answers in its turn. Zero: it is not asked. Many printers do not
	// know the question; one that is ready and silent is then believed.
	Finish time.Duration
}

var _ Printer = Network{}

const (
	defaultTimeout = 3 * time.Second
	chunkBytes     = 4096 // a printer at work takes bytes only as fast as paper runs
)

// Print asks how the printer is, sends the slip, and asks again. The second
// question travels behind the slip, so its answer also says that the printer
// has taken all of it in; whether the last row is on paper yet no command tells.
func (n Network) Print(ctx context.Context, slip []byte) error {
	return n.with(ctx, func(c *conn) error {
		before, err := c.look()
		if err != nil {
			return unreachable(guitai.Unavailable, err)
		}
		if err := before.Ready(guitai.Unavailable); err != nil {
			return err
		}
		if err := c.send(slip); err != nil {
			return unreachable(guitai.Unknown, err)
		}
		if err := c.finish(n.Finish); err != nil {
			return err
		}
		after, err := c.look()
		if err != nil {
			return unreachable(guitai.Unknown, err)
		}
		return after.Ready(guitai.Unknown)
	})
}

// lookEvery is how often a printer at work is asked whether it still is.
const lookEvery = 150 * time.Millisecond

// finish asks GS r 1 behind the slip and waits for its answer, asking meanwhile
// out of turn whether the paper has run out or the cover was opened.
func (c *conn) finish(within time.Duration) error {
	if within <= 0 {
		return nil
	}
	c.asked = true
	if err := c.send([]byte{0x1D, 'r', 1}); err != nil {
		return unreachable(guitai.Unknown, err)
	}
	for waited := time.Duration(0); waited < within && !c.finished; waited += lookEvery {
		now, err := c.look()
		if err != nil {
			return unreachable(guitai.Unknown, err)
		}
		if err := now.Ready(guitai.Unknown); err != nil {
			return err
		}
		if c.finished {
			break
		}
		timer := time.NewTimer(lookEvery)
		select {
		case <-timer.C:
		case <-c.ctx.Done():
			timer.Stop()
			return unreachable(guitai.Unknown, c.ctx.Err())
		}
	}
	return nil
}

// Kick sends the pulse. It stands in the printer's queue like a slip: a printer
// that is offline, out of paper or open keeps it there until it is ready, so no
// error here means that the printer has the pulse, not that the drawer is open.
func (n Network) Kick(ctx context.Context, pulse []byte) error {
	return n.with(ctx, func(c *conn) error {
		if err := c.send(pulse); err != nil {
			return unreachable(guitai.Unknown, err)
		}
		// An answer shows that the printer has read as far as this.
		if _, err := c.look(); err != nil {
			return unreachable(guitai.Unknown, err)
		}
		return nil
	})
}

// Look asks the printer how it is.
func (n Network) Look(ctx context.Context) (Condition, error) {
	var condition Condition
	err := n.with(ctx, func(c *conn) error {
		var err error
		if condition, err = c.look(); err != nil {
			return unreachable(guitai.Unavailable, err)
		}
		return nil
	})
	return condition, err
}

// with connects, runs f and closes.
func (n Network) with(ctx context.Context, f func(*conn) error) error {
	dialer, timeout := n.Dialer, n.Timeout
	if dialer == nil {
		dialer = &net.Dialer{}
	}
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	connecting, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	wire, err := dialer.DialContext(connecting, "tcp", n.Addr)
	if err != nil {
		return unreachable(guitai.Unavailable, err)
	}
	defer wire.Close()
	return f(&conn{ctx: ctx, wire: wire, timeout: timeout})
}

func unreachable(kind guitai.Kind, cause error) error {
	return guitai.Fail(kind, guitai.CodePrinterUnreachable, cause)
}

// conn is one connection to a printer. It lives as long as one call, whose
// context it keeps.
type conn struct {
	ctx     context.Context
	wire    io.ReadWriteCloser
	timeout time.Duration

	asked    bool // GS r was sent
	finished bool // and answered
}

var errNonsense = errors.New("printer: not an answer to DLE EOT")

// within runs one read or write and cuts the connection when it takes longer
// than the timeout, or the call's context ends.
func (c *conn) within(f func() error) error {
	ctx, cancel := context.WithTimeout(c.ctx, c.timeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { c.wire.Close() })
	err := f()
	if !stop() { // it was cut; what f says of that is not the cause
		return errors.Join(ctx.Err(), err)
	}
	return err
}

func (c *conn) send(b []byte) error {
	for len(b) > 0 {
		part := b[:min(len(b), chunkBytes)]
		if err := c.within(func() error { _, err := c.wire.Write(part); return err }); err != nil {
			return err
		}
		b = b[len(part):]
	}
	return nil
}

// The questions of DLE EOT n (real-time status transmission, ESC/POS command
// reference by Epson).
const (
	askPrinter = 1 // bit 2 drawer contact high, bit 3 offline
	askOffline = 2 // bit 2 cover open, bit 5 stopped at the paper's end, bit 6 error
	askPaper   = 4 // bits 2 and 3 nearly at the end, bits 5 and 6 no paper
)

// look asks the three questions, one at a time.
func (c *conn) look() (Condition, error) {
	var answers [3]byte
	for i, n := range []byte{askPrinter, askOffline, askPaper} {
		answer, err := c.ask(n)
		if err != nil {
			return Condition{}, err
		}
		answers[i] = answer
	}
	return condition(answers[0], answers[1], answers[2]), nil
}

// ask sends DLE EOT n and reads its one byte. Flow control (XON, XOFF) may
// stand before it and is passed over; an answer has bits 1 and 4 set and bits
// 0 and 7 not, as the reference fixes them.
func (c *conn) ask(n byte) (byte, error) {
	if err := c.send([]byte{0x10, 0x04, n}); err != nil {
		return 0, err
	}
	var b [1]byte
	for range 8 {
		if err := c.within(func() error { _, err := io.ReadFull(c.wire, b[:]); return err }); err != nil {
			return 0, err
		}
		switch {
		case b[0] == 0x11 || b[0] == 0x13:
			continue
		case c.asked && b[0]&0x90 == 0: // GS r: bits 4 and 7 are fixed at 0
			c.finished = true
			continue
		case b[0]&0x93 == 0x12:
			return b[0], nil
		default:
			return 0, errNonsense
		}
	}
	return 0, errNonsense
}

// condition reads the three answers.
func condition(printer, offline, paper byte) Condition {
	c := Condition{Paper: PaperThere, Cover: CoverShut, Line: Online, Fault: NoFault, Drawer: DrawerLow}
	if printer&0x04 != 0 {
		c.Drawer = DrawerHigh
	}
	if printer&0x08 != 0 {
		c.Line = Offline
	}
	if offline&0x04 != 0 {
		c.Cover = CoverOpen
	}
	if offline&0x40 != 0 {
		c.Fault = Faulty
	}
	switch {
	case paper&0x60 != 0, offline&0x20 != 0:
		c.Paper = PaperOut
	case paper&0x0C != 0:
		c.Paper = PaperLow
	}
	return c
}
