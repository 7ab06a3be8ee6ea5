package till

import (
	"context"
	"encoding/json"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"guitai"
	"guitai/device"
	"guitai/receipt"
)

// PrinterKind says who brings the bytes to a printer.
type PrinterKind string

// The kinds of printer, as docs/till-bundle.md names them.
const (
	PrinterNetwork PrinterKind = "network" // the server
	PrinterDevice  PrinterKind = "device"  // `guitai device` beside the till's browser
	PrinterBrowser PrinterKind = "browser" // the browser: WebUSB, Web Serial
	PrinterSystem  PrinterKind = "system"  // the browser's own print
)

// Printer is one line of a shop's list of printers.
type Printer struct {
	ID       string
	Name     string
	Kind     PrinterKind
	Address  string // host:port of a network printer
	Paper    receipt.Paper
	Raster   bool // it has no Chinese
	Drawer   bool // a cash drawer hangs on it
	BackupOf string
}

// PaperSettings is what of a shop's settings is about paper.
type PaperSettings struct {
	Design   Design
	Printers []Printer
}

// paperDocument is the part of a settings document that this room reads.
type paperDocument struct {
	Receipt *struct {
		Paper   int      `json:"paper"`
		Logo    string   `json:"logo"`
		Header  []string `json:"header"`
		Footer  []string `json:"footer"`
		Show    *Show    `json:"show"`
		Copies  int      `json:"copies"`
		Density int      `json:"density"`
		Speed   int      `json:"speed"`
		// Language is a browser's name of one: zh-CN, zh-HK, en.
		Language  string `json:"language"`
		Raster    bool   `json:"raster"`
		Signature bool   `json:"signature"`
	} `json:"receipt"`
	Printers []struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Kind     string `json:"kind"`
		Address  string `json:"address"`
		Paper    int    `json:"paper"`
		Codepage string `json:"codepage"`
		Drawer   bool   `json:"drawer"`
		BackupOf string `json:"backup_of"`
	} `json:"printers"`
}

// UnmarshalJSON reads the names of docs/till-bundle.md.
func (s *Show) UnmarshalJSON(b []byte) error {
	var m map[string]bool
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	*s = Show{Cashier: m["cashier"], Member: m["member"], Discount: m["discount"], WalletNo: m["wallet_no"], Tax: m["tax"],
		InvoiceCode: m["invoice_code"], ReceiptCode: m["receipt_code"]}
	return nil
}

// Limits of what settings may hold about paper.
const (
	maxPrinters = 20
	maxCopies   = 5
)

// ReadPaper reads a settings document (docs/till-bundle.md). What it does not
// say is as in DefaultDesign.
func ReadPaper(document []byte) (PaperSettings, error) {
	var in paperDocument
	if err := json.Unmarshal(document, &in); err != nil {
		return PaperSettings{}, guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	out := PaperSettings{Design: DefaultDesign()}
	if r := in.Receipt; r != nil {
		d := &out.Design
		d.Logo, d.Header, d.Footer, d.Density, d.Speed, d.Raster, d.Signature = r.Logo, r.Header, r.Footer, r.Density, r.Speed, r.Raster, r.Signature
		d.Paper, d.Copies = paperOf(r.Paper), min(max(r.Copies, 1), maxCopies)
		if r.Language != "" {
			d.Language = guitai.ParseLang(r.Language)
		}
		if r.Show != nil {
			d.Show = *r.Show
		}
	}
	if len(in.Printers) > maxPrinters {
		return PaperSettings{}, guitai.FailField(guitai.CodeFieldInvalid, "printers")
	}
	for _, p := range in.Printers {
		out.Printers = append(out.Printers, Printer{ID: p.ID, Name: p.Name, Kind: PrinterKind(p.Kind), Address: p.Address, Paper: paperOf(p.Paper),
			Raster: p.Codepage == "raster", Drawer: p.Drawer, BackupOf: p.BackupOf})
	}
	return out, nil
}

func paperOf(mm int) receipt.Paper {
	if mm == int(receipt.Paper58) {
		return receipt.Paper58
	}
	return receipt.Paper80
}

// chain is the order in which printers are tried: the one asked for (else the
// first that is nobody's substitute), then who stands in for it, and so on.
// Only what the server reaches counts.
func chain(all []Printer, first string) []Printer {
	at := slices.IndexFunc(all, func(p Printer) bool {
		return p.ID == first || first == "" && p.Kind == PrinterNetwork && p.BackupOf == ""
	})
	if at < 0 && first == "" {
		at = slices.IndexFunc(all, func(p Printer) bool { return p.Kind == PrinterNetwork })
	}
	if at < 0 {
		return nil
	}
	var out []Printer
	seen := map[string]bool{}
	for next := []Printer{all[at]}; len(next) > 0; next = next[1:] {
		p := next[0]
		if seen[p.ID] {
			continue
		}
		seen[p.ID] = true
		if p.Kind == PrinterNetwork {
			out = append(out, p)
		}
		for _, b := range all {
			if b.BackupOf != "" && b.BackupOf == p.ID {
				next = append(next, b)
			}
		}
	}
	return out
}

// line is the one connection that a network printer serves at a time, and what
// was last heard on it.
type line struct {
	busy   sync.Mutex
	heard  sync.Mutex // guards what follows; held only to read or write it
	last   device.Condition
	err    error
	lastAt time.Time
}

// lines are those of all printers, by address.
type lines struct {
	mu  sync.Mutex
	all map[string]*line
}

func (l *lines) of(address string) *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[string]*line{}
	}
	if l.all[address] == nil {
		l.all[address] = &line{}
	}
	return l.all[address]
}

// freshFor is how long an answer about a printer counts as live: many screens
// ask, and a printer serves one of them at a time.
const freshFor = 2 * time.Second

// Look asks a printer how it is. While a slip is being printed there, or another
// has just asked, the last answer is given.
func (c *Counter) Look(ctx context.Context, p Printer) (device.Condition, error) {
	if err := c.reachable(p.Address); err != nil {
		return device.Condition{}, err
	}
	l := c.lines.of(p.Address)
	l.heard.Lock()
	last, err, at := l.last, l.err, l.lastAt
	l.heard.Unlock()
	if fresh := !at.IsZero() && c.Now().Sub(at) < freshFor; fresh || !l.busy.TryLock() {
		if at.IsZero() { // the first slip is just being printed
			return device.Condition{Paper: device.PaperThere, Cover: device.CoverShut, Line: device.Online, Fault: device.NoFault}, nil
		}
		return last, err
	}
	defer l.busy.Unlock()
	last, err = c.network(p).Look(ctx)
	l.heard.Lock()
	defer l.heard.Unlock()
	l.last, l.err, l.lastAt = last, err, c.Now()
	return last, err
}

// forget makes the next Look ask anew: a print has just changed what is known.
func (l *line) forget() {
	l.heard.Lock()
	defer l.heard.Unlock()
	l.lastAt = time.Time{}
}

func (c *Counter) network(p Printer) device.Network {
	return device.Network{Addr: p.Address, Dialer: c.Dialer, Timeout: c.Timeout, Finish: c.Finish}
}

// reachable refuses what is no address of a printer.
func (c *Counter) reachable(address string) error {
	if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" || strings.ContainsAny(host, "/@ ") {
		return guitai.Fail(guitai.Unavailable, guitai.CodePrinterNone)
	}
	return nil
}
