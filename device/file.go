package device

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"guitai"
)

// File is a receipt printer that the operating system shows as a file: a USB
// printer (/dev/usb/lp0) or a serial line (/dev/ttyUSB0, COM3). Many of them
// never answer a question; one that is silent is printed on all the same, and
// then nothing is known but that it took the bytes.
type File struct {
	Path    string
	Timeout time.Duration // for one answer, and for sending 4 KiB; zero: 3 s
}

var _ Printer = File{}

// answerWithin is how long a printer by wire is waited for: those that answer do
// so at once.
const answerWithin = 500 * time.Millisecond

// Print asks how the printer is where it answers, and sends the slip.
func (f File) Print(ctx context.Context, slip []byte) error {
	before, answers, err := f.ask(ctx)
	if err != nil {
		return err
	}
	if answers {
		if err := before.Ready(guitai.Unavailable); err != nil {
			return err
		}
	}
	if err := f.write(ctx, slip); err != nil {
		return err
	}
	if !answers {
		return nil
	}
	after, answers, err := f.ask(ctx)
	if err != nil || !answers {
		return unreachable(guitai.Unknown, err)
	}
	return after.Ready(guitai.Unknown)
}

// Kick sends the pulse.
func (f File) Kick(ctx context.Context, pulse []byte) error { return f.write(ctx, pulse) }

// Look asks the printer how it is; one that does not answer is as ready as can
// be known.
func (f File) Look(ctx context.Context) (Condition, error) {
	c, _, err := f.ask(ctx)
	return c, err
}

func (f File) open() (*os.File, error) {
	file, err := os.OpenFile(f.Path, os.O_RDWR|nonBlocking, 0)
	if err != nil {
		return nil, unreachable(guitai.Unavailable, err)
	}
	return file, nil
}

// ask asks the three questions, on an opening of their own: a silent printer's
// file is closed to end the waiting.
func (f File) ask(ctx context.Context) (c Condition, answers bool, err error) {
	file, err := f.open()
	if err != nil {
		return Condition{}, false, err
	}
	defer file.Close()
	wait := answerWithin
	if f.Timeout > 0 {
		wait = min(wait, f.Timeout)
	}
	c, err = (&conn{ctx: ctx, wire: file, timeout: wait}).look()
	if err != nil {
		return Condition{Paper: PaperThere, Cover: CoverShut, Line: Online, Fault: NoFault, Drawer: DrawerLow}, false, nil
	}
	return c, true, nil
}

func (f File) write(ctx context.Context, b []byte) error {
	file, err := f.open()
	if err != nil {
		return err
	}
	timeout := f.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	err = (&conn{ctx: ctx, wire: patient{file}, timeout: timeout}).send(b)
	if err = errors.Join(err, file.Close()); err != nil {
		return unreachable(guitai.Unknown, err)
	}
	return nil
}

// patient writes all, or says how much is missing.
type patient struct{ *os.File }

func (p patient) Write(b []byte) (int, error) {
	n, err := p.File.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return n, err
}
