package device

import (
	"context"

	"guitai"
)

// Printer is a receipt printer with its drawer connector. Its errors are
// *guitai.Error with the codes printer_unreachable, printer_offline,
// printer_cover_open and printer_paper_out. Their kind says whether anything
// can have come out: Unavailable when nothing was sent, Unknown when something
// was.
type Printer interface {
	// Print sends one slip and waits until the printer has taken it all.
	Print(ctx context.Context, slip []byte) error
	// Kick sends the pulse that opens the drawer (receipt.KickDrawer). A printer
	// that is not ready keeps it until it is.
	Kick(ctx context.Context, pulse []byte) error
	// Look asks the printer how it is.
	Look(ctx context.Context) (Condition, error)
}

// Condition is what a printer says of itself.
type Condition struct {
	Paper  Paper
	Cover  Cover
	Line   Line
	Fault  Fault
	Drawer Drawer
}

// Paper is how much paper there is.
type Paper string

// The three answers about paper.
const (
	PaperThere Paper = "there"
	PaperLow   Paper = "low" // the roll is nearly at its end
	PaperOut   Paper = "out"
)

// Cover says whether the paper door is shut.
type Cover string

// The two answers about the cover.
const (
	CoverShut Cover = "shut"
	CoverOpen Cover = "open"
)

// Line says whether the printer takes slips.
type Line string

// The two answers about the line.
const (
	Online  Line = "online"
	Offline Line = "offline"
)

// Fault says whether the printer reports an error of its own (cutter jammed,
// head too hot).
type Fault string

// The two answers about faults.
const (
	NoFault Fault = "none"
	Faulty  Fault = "faulty"
)

// Drawer is the level of the drawer's contact. Which level means open differs
// from drawer to drawer.
type Drawer string

// The two levels of pin 3 of the drawer connector.
const (
	DrawerLow  Drawer = "low"
	DrawerHigh Drawer = "high"
)

// Ready tells what keeps the printer from printing: nil, or an error of the
// given kind. The nearest cause is named: an open cover also reads as offline,
// and often as paper out.
func (c Condition) Ready(kind guitai.Kind) error {
	switch {
	case c.Cover == CoverOpen:
		return guitai.Fail(kind, guitai.CodePrinterCoverOpen)
	case c.Paper == PaperOut:
		return guitai.Fail(kind, guitai.CodePrinterPaperOut)
	case c.Line == Offline, c.Fault == Faulty:
		return guitai.Fail(kind, guitai.CodePrinterOffline)
	}
	return nil
}
