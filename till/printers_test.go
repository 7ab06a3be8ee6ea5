package till_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/device"
	"guitai/receipt"
	"guitai/sandbox/thermal"
	"guitai/till"
)

func streetPrinter(t *testing.T) *thermal.Printer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := thermal.Start(l, time.Now)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func alter(t *testing.T, p *thermal.Printer, c thermal.Change) {
	t.Helper()
	if err := p.Set(c); err != nil {
		t.Fatal(err)
	}
}

// twoPrinters is a counter with a printer and the one that stands in for it.
func twoPrinters(t *testing.T) (c *till.Counter, main, backup *thermal.Printer) {
	t.Helper()
	main, backup = streetPrinter(t), streetPrinter(t)
	s := till.PaperSettings{Design: till.DefaultDesign(), Printers: []till.Printer{
		{ID: "b", Kind: till.PrinterNetwork, Address: backup.Addr(), Paper: receipt.Paper80, BackupOf: "a"},
		{ID: "usb", Kind: till.PrinterBrowser, BackupOf: "a"},
		{ID: "a", Kind: till.PrinterNetwork, Address: main.Addr(), Paper: receipt.Paper58, Drawer: true},
	}}
	return &till.Counter{Now: time.Now, Finish: time.Second, Timeout: 300 * time.Millisecond,
		Settings: func(context.Context, guitai.Till) (till.PaperSettings, error) { return s, nil }}, main, backup
}

func slipsOn(p *thermal.Printer) (whole, begun int) {
	for _, s := range p.View(0).Slips {
		begun++
		if s.Cut != thermal.Uncut {
			whole++
		}
	}
	return whole, begun
}

func saleDocument() receipt.Document {
	_, sales := salesToPrint()
	return till.SaleSlip(sales["sale"], where(), till.DefaultDesign())
}

// TestPrintBefore: what is wrong before anything was sent sends the slip to the
// second printer, and nothing comes out of the first, now or later.
func TestPrintBefore(t *testing.T) {
	slow := 2000
	for name, c := range map[string]thermal.Change{"paper out": {Paper: thermal.PaperOut}, "cover": {Cover: thermal.CoverOpen}, "offline": {Line: thermal.Offline},
		"power off": {Power: thermal.PowerOff}, "hung": {Power: thermal.PowerHung}, "slow": {DelayMS: &slow}} {
		t.Run(name, func(t *testing.T) {
			counter, main, backup := twoPrinters(t)
			alter(t, main, c)
			got, err := counter.PrintJob(t.Context(), guitai.Till{ID: "til_1"}, till.Job{ID: "1", Document: saleDocument()})
			if err != nil || got.Printer.ID != "b" || len(got.Tried) != 1 || got.Tried[0].Printer.ID != "a" {
				t.Fatalf("%+v %v", got, err)
			}
			now := 0
			alter(t, main, thermal.Change{Paper: "ok", Cover: thermal.CoverShut, Line: thermal.Online, Power: thermal.PowerOn, DelayMS: &now})
			if whole, _ := slipsOn(backup); whole != 1 {
				t.Errorf("%d slips at the second", whole)
			}
			if _, begun := slipsOn(main); begun != 0 {
				t.Errorf("%d slips at the first", begun)
			}
		})
	}
}

// TestPrintDuring: what happens in the midst of a slip leaves a doubt, and the
// slip is not sent to anybody else, nor again under the same name.
func TestPrintDuring(t *testing.T) {
	for _, c := range []struct {
		name   string
		change thermal.Change
		code   guitai.Code
	}{
		{"power", thermal.Change{Power: thermal.PowerOff}, guitai.CodePrinterMaybe},
		{"hung", thermal.Change{Power: thermal.PowerHung}, guitai.CodePrinterMaybe},
		{"paper", thermal.Change{Paper: thermal.PaperOut}, guitai.CodePrinterPaperOut},
		{"cover", thermal.Change{Cover: thermal.CoverOpen}, guitai.CodePrinterCoverOpen},
		{"line", thermal.Change{Line: thermal.Offline}, guitai.CodePrinterOffline},
	} {
		for _, after := range []int{1, 300, 700} {
			counter, main, backup := twoPrinters(t)
			c.change.AfterBytes = after
			alter(t, main, c.change)
			job := till.Job{ID: "1", Document: saleDocument()}
			for range 2 {
				got, err := counter.PrintJob(t.Context(), guitai.Till{ID: "til_1"}, job)
				if e := guitai.AsError(err); err == nil || e.Kind != guitai.Unknown || e.Code != c.code || got.Printer.ID != "a" {
					t.Errorf("%s after %d: %+v %v", c.name, after, got, err)
				}
			}
			if _, begun := slipsOn(backup); begun != 0 {
				t.Errorf("%s after %d: the second printed too", c.name, after)
			}
			if c.change.Power != "" {
				continue // its memory is lost, or it never goes on
			}
			alter(t, main, thermal.Change{Paper: "ok", Cover: thermal.CoverShut, Line: thermal.Online})
			for range 100 {
				if whole, _ := slipsOn(main); whole > 0 {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if whole, begun := slipsOn(main); whole != 1 || begun != 1 {
				t.Errorf("%s after %d: %d of %d slips came out when it was mended", c.name, after, whole, begun)
			}
		}
	}
}

// TestPrintOnce: the same job, at once and later, is one slip.
func TestPrintOnce(t *testing.T) {
	counter, main, _ := twoPrinters(t)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if _, err := counter.PrintJob(t.Context(), guitai.Till{ID: "til_1"}, till.Job{ID: "same", Document: saleDocument()}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if whole, begun := slipsOn(main); whole != 1 || begun != 1 {
		t.Errorf("%d of %d slips", whole, begun)
	}
	two := till.DefaultDesign()
	two.Copies = 2
	if _, err := counter.PrintJob(t.Context(), guitai.Till{ID: "til_1"}, till.Job{ID: "other", Document: saleDocument(), Design: two}); err != nil {
		t.Error(err)
	}
	if whole, _ := slipsOn(main); whole != 3 {
		t.Errorf("%d slips", whole)
	}
}

// TestPrintNowhere: nobody prints; the first one's trouble is told.
func TestPrintNowhere(t *testing.T) {
	counter, main, backup := twoPrinters(t)
	alter(t, main, thermal.Change{Cover: thermal.CoverOpen})
	alter(t, backup, thermal.Change{Paper: thermal.PaperOut})
	_, err := counter.PrintJob(t.Context(), guitai.Till{}, till.Job{Document: saleDocument()})
	if e := guitai.AsError(err); err == nil || e.Code != guitai.CodePrinterCoverOpen || e.Kind != guitai.Unavailable {
		t.Errorf("%v", err)
	}
	for _, none := range []string{"usb", "nobody"} {
		_, err := counter.PrintJob(t.Context(), guitai.Till{}, till.Job{Document: saleDocument(), Printer: none})
		if e := guitai.AsError(err); err == nil || e.Code != guitai.CodePrinterNone {
			t.Errorf("%s: %v", none, err)
		}
	}
	for _, address := range []string{"", "printer", ":9100", "http://x:1", "a b:1"} {
		if err := (&till.Counter{Now: time.Now}).Print(t.Context(), guitai.Till{Printer: address}, saleDocument()); err == nil || guitai.AsError(err).Code != guitai.CodePrinterNone {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// TestLookAndKick: how a printer is, and its drawer.
func TestLookAndKick(t *testing.T) {
	counter, main, _ := twoPrinters(t)
	s, err := counter.Printers(t.Context(), guitai.Till{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := counter.Look(t.Context(), s.Printers[2]); err != nil || got.Paper != device.PaperThere {
		t.Errorf("%+v %v", got, err)
	}
	alter(t, main, thermal.Change{Paper: thermal.PaperLow})
	if p, err := counter.Kick(t.Context(), guitai.Till{}); err != nil || p.ID != "a" {
		t.Errorf("%+v %v", p, err)
	}
	if v := main.View(0); v.Drawer != thermal.DrawerOpen {
		t.Error("the drawer is shut")
	}
	if got, err := counter.Look(t.Context(), s.Printers[2]); err != nil || got.Paper != device.PaperLow || got.Drawer != device.DrawerHigh {
		t.Errorf("%+v %v", got, err)
	}
}

// TestReadPaper reads the settings of docs/till-bundle.md.
func TestReadPaper(t *testing.T) {
	s, err := till.ReadPaper([]byte(`{"blind_count":true,"receipt":{"paper":58,"logo":"","header":["a"],"footer":["b"],"show":{"cashier":true,"wallet_no":true},
		"copies":9,"density":2,"speed":3,"language":"zh-HK","raster":true,"signature":true},
		"printers":[{"id":"p1","name":"前台","kind":"network","address":"10.0.0.9:9100","paper":58,"codepage":"raster","drawer":true},{"id":"p2","kind":"device","backup_of":"p1"}]}`))
	if err != nil || s.Design.Paper != receipt.Paper58 || s.Design.Language != guitai.ZhHant || s.Design.Copies != 5 || !s.Design.Show.WalletNo || s.Design.Show.Member ||
		len(s.Printers) != 2 || !s.Printers[0].Raster || s.Printers[1].BackupOf != "p1" || s.Printers[1].Paper != receipt.Paper80 {
		t.Errorf("%+v %v", s, err)
	}
	if s, err := till.ReadPaper([]byte(`{}`)); err != nil || s.Design.Paper != receipt.Paper80 || !s.Design.Show.ReceiptCode {
		t.Errorf("%+v %v", s, err)
	}
	for _, bad := range []string{"", "[]", `{"receipt":1}`, `{"printers":[` + strings.Repeat(`{},`, 20) + `{}]}`} {
		if _, err := till.ReadPaper([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
