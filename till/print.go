package till

import (
	"context"
	"net"
	"time"

	"guitai"
	"guitai/device"
	"guitai/receipt"
)

// Dialer reaches printers; it is the devices'.
type Dialer = device.Dialer

// Paper is the paper that a till prints on; 80 mm when it does not say.
func Paper(t guitai.Till) receipt.Paper {
	if t.Paper == int(receipt.Paper58) {
		return receipt.Paper58
	}
	return receipt.Paper80
}

// printWithin bounds one print with all its questions to the printer.
const printWithin = 8 * time.Second

// Print prints a document at a till. A print that fails changes nothing about
// the money: it can be asked for again. Its errors have the codes of printers:
// Unavailable when nothing can have come out, Unknown when something may have.
func (c *Counter) Print(ctx context.Context, t guitai.Till, d receipt.Document) error {
	if _, _, err := net.SplitHostPort(t.Printer); err != nil {
		return guitai.Fail(guitai.Unavailable, guitai.CodePrinterNone)
	}
	slip, err := receipt.Lay(d, Paper(t))
	if err != nil {
		return err
	}
	b, err := slip.ESCPOS(receipt.Options{})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, printWithin)
	defer cancel()
	return device.Network{Addr: t.Printer, Dialer: c.Dialer}.Print(ctx, b)
}
