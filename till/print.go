package till

import (
	"context"
	"sync"
	"time"

	"guitai"
	"guitai/device"
	"guitai/receipt"
)

// Dialer reaches printers; it is the devices'.
type Dialer = device.Dialer

// Paper is the paper that a till prints on; 80 mm when it does not say.
func Paper(t guitai.Till) receipt.Paper { return paperOf(t.Paper) }

// printWithin bounds one print at one printer with all its questions.
const printWithin = 12 * time.Second

// Job is one thing to be printed, once.
type Job struct {
	ID       string // made by whoever asks: the same again is not printed again; empty: never asked again
	Till     guitai.TillID
	Document receipt.Document
	Design   Design // density, speed, copies
	Printer  string // the one that was chosen; empty: the till's first
}

// Printed says where a slip came out, and who was tried before.
type Printed struct {
	Printer Printer
	Tried   []Failed
}

// Failed is a printer that did not print, for sure.
type Failed struct {
	Printer Printer
	Err     error
}

// Printers are those of a till: the shop's list, else the one that stands with
// the till itself.
func (c *Counter) Printers(ctx context.Context, t guitai.Till) (PaperSettings, error) {
	s := PaperSettings{Design: DefaultDesign()}
	s.Design.Paper = Paper(t)
	if c.Settings != nil {
		var err error
		if s, err = c.Settings(ctx, t); err != nil {
			return s, err
		}
	}
	if len(s.Printers) == 0 && t.Printer != "" {
		s.Printers = []Printer{{ID: "till", Name: t.Name, Kind: PrinterNetwork, Address: t.Printer, Paper: Paper(t), Drawer: true}}
	}
	return s, nil
}

// Print prints a document at a till. A print that fails changes nothing about
// the money: it can be asked for again. Its errors have the codes of printers:
// Unavailable when nothing can have come out, Unknown when something may have.
func (c *Counter) Print(ctx context.Context, t guitai.Till, d receipt.Document) error {
	_, err := c.PrintJob(ctx, t, Job{Till: t.ID, Document: d})
	return err
}

// PrintJob prints once, as far as can be known. A printer that surely printed
// nothing is passed over for the one that stands in for it; as soon as something
// may have come out, nobody else is tried and the outcome is Unknown: it is for
// a person to look. The same job asked for again gets what came of it.
func (c *Counter) PrintJob(ctx context.Context, t guitai.Till, j Job) (Printed, error) {
	if j.ID == "" {
		return c.printOnce(ctx, t, j)
	}
	run, mine := c.jobs.begin(string(t.ID)+"/"+j.ID, c.Now())
	if mine {
		run.printed, run.err = c.printOnce(ctx, t, j)
		close(run.done)
	}
	select {
	case <-run.done:
		return run.printed, run.err
	case <-ctx.Done():
		return Printed{}, guitai.Fail(guitai.Unknown, guitai.CodePrinterMaybe, ctx.Err())
	}
}

func (c *Counter) printOnce(ctx context.Context, t guitai.Till, j Job) (Printed, error) {
	s, err := c.Printers(ctx, t)
	if err != nil {
		return Printed{}, err
	}
	var out Printed
	for _, p := range chain(s.Printers, j.Printer) {
		if err = c.printAt(ctx, p, j); err == nil {
			out.Printer = p
			return out, nil
		}
		if !guitai.Unavailable.Is(err) {
			out.Printer = p
			return out, err
		}
		out.Tried = append(out.Tried, Failed{p, err})
	}
	if len(out.Tried) > 0 { // the chosen printer's trouble is what a person can mend
		return out, out.Tried[0].Err
	}
	return out, guitai.Fail(guitai.Unavailable, guitai.CodePrinterNone)
}

// printAt prints at one printer, laid out for its paper.
func (c *Counter) printAt(ctx context.Context, p Printer, j Job) error {
	if err := c.reachable(p.Address); err != nil {
		return err
	}
	slip, err := receipt.Lay(j.Document, p.Paper)
	if err != nil {
		return err
	}
	o := j.Design.Options()
	if p.Raster {
		o.Draw = receipt.DrawPicture
	}
	one, err := slip.ESCPOS(o)
	if err != nil {
		return err
	}
	b := one
	for range min(max(j.Design.Copies, 1), maxCopies) - 1 {
		b = append(b, one...)
	}
	ctx, cancel := context.WithTimeout(ctx, printWithin)
	defer cancel()
	l := c.lines.of(p.Address)
	l.busy.Lock()
	defer l.busy.Unlock()
	defer l.forget()
	return doubt(c.network(p).Print(ctx, b))
}

// doubt words a line that was lost when something may be on paper already.
func doubt(err error) error {
	if e := guitai.AsError(err); err != nil && e.Kind == guitai.Unknown && e.Code == guitai.CodePrinterUnreachable {
		return guitai.Fail(guitai.Unknown, guitai.CodePrinterMaybe, err)
	}
	return err
}

// Kick opens the drawer of a till: at the first printer that has one and answers.
func (c *Counter) Kick(ctx context.Context, t guitai.Till) (Printer, error) {
	s, err := c.Printers(ctx, t)
	if err != nil {
		return Printer{}, err
	}
	err = guitai.Fail(guitai.Unavailable, guitai.CodePrinterNone)
	for _, p := range s.Printers {
		if !p.Drawer || p.Kind != PrinterNetwork || c.reachable(p.Address) != nil {
			continue
		}
		if err = c.kickAt(ctx, p); err == nil || !guitai.Unavailable.Is(err) {
			return p, err
		}
	}
	return Printer{}, err
}

func (c *Counter) kickAt(ctx context.Context, p Printer) error {
	ctx, cancel := context.WithTimeout(ctx, printWithin)
	defer cancel()
	l := c.lines.of(p.Address)
	l.busy.Lock()
	defer l.busy.Unlock()
	defer l.forget()
	return c.network(p).Kick(ctx, receipt.KickDrawer(receipt.DrawerPin2))
}

// TestSlip is printed to try a printer.
func (c *Counter) TestSlip(w guitai.Where, d Design) receipt.Document {
	return receipt.Document{Language: d.Language, Kind: receipt.Test, Shop: w.Shop.Name, Till: w.Till.Number, At: c.Now(), Zone: d.On.Zone, Header: d.Header,
		Lines: []receipt.Line{{Name: "ABCabc 0123456789", Quantity: "1", Amount: guitai.Fen(12345)}, {Name: "简体 繁體 ￥", Quantity: "2", Amount: guitai.Fen(1)}},
		Code:  "https://www.example.com/", CodeText: "QR", Barcode: "1A-000001", Footer: d.Footer}
}

// jobs remembers what came of prints, so that one asked for twice because its
// answer was lost is not printed twice.
type jobs struct {
	mu  sync.Mutex
	all map[string]*job
}

type job struct {
	begun   time.Time
	done    chan struct{}
	printed Printed
	err     error
}

// Bounds of what is remembered.
const (
	jobsMost = 2000
	jobsFor  = 30 * time.Minute
)

// begin says whether this call is the one that prints.
func (j *jobs) begin(name string, now time.Time) (run *job, mine bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if run := j.all[name]; run != nil && now.Sub(run.begun) < jobsFor {
		return run, false
	}
	if j.all == nil {
		j.all = map[string]*job{}
	}
	for k, old := range j.all {
		if len(j.all) >= jobsMost || now.Sub(old.begun) >= jobsFor {
			delete(j.all, k)
		}
	}
	run = &job{begun: now, done: make(chan struct{})}
	j.all[name] = run
	return run, true
}
