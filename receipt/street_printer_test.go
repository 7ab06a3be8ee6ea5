package receipt_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/device"
	"guitai/receipt"
	"guitai/sandbox/thermal"
)

// TestStreetPrinter prints slips as a till does, over a real line, and reads
// what is on the paper of a printer that shares no code with this room.
func TestStreetPrinter(t *testing.T) {
	for _, draw := range []receipt.Draw{receipt.DrawText, receipt.DrawCode, receipt.DrawPicture} {
		t.Run("draw="+string(draw), func(t *testing.T) {
			p, network := street(t)
			if err := p.Set(thermal.Change{WidthMM: 58}); err != nil {
				t.Fatal(err)
			}
			slip, err := receipt.Lay(sale(), receipt.Paper58)
			if err != nil {
				t.Fatal(err)
			}
			commands, err := slip.ESCPOS(receipt.Options{Draw: draw, Drawer: receipt.DrawerPin2})
			if err != nil {
				t.Fatal(err)
			}
			if err := network.Print(t.Context(), commands); err != nil {
				t.Fatal(err)
			}
			paper := cutSlip(t, p)
			var text strings.Builder
			codes, pictures := 0, 0
			for _, r := range paper.Rows {
				text.WriteString(strings.Join(strings.Fields(r.Text), ""))
				switch r.Kind {
				case thermal.RowQR:
					if codes++; r.Text != sale().Code {
						t.Errorf("the code says %q", r.Text)
					}
				case thermal.RowPicture:
					pictures++
				}
			}
			want := map[receipt.Draw][2]int{receipt.DrawText: {1, 0}, receipt.DrawCode: {0, 1}, receipt.DrawPicture: {0, 1}}[draw]
			if [2]int{codes, pictures} != want {
				t.Errorf("%d codes and %d pictures, want %v", codes, pictures, want)
			}
			if draw != receipt.DrawPicture {
				for _, line := range strings.Split(slip.Text(), "\n") {
					line = strings.Join(strings.Fields(line), "")
					if !strings.HasPrefix(line, "[QR]") && !strings.Contains(text.String(), line) {
						t.Errorf("%q is not on the paper", line)
					}
				}
			}
			if p.View(0).Drawer != thermal.DrawerOpen {
				t.Error("the drawer is shut")
			}
		})
	}
}

// TestStreetPrinterSaysWhatIsWrong: what a till is told, and that nothing was
// printed.
func TestStreetPrinterSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		change thermal.Change
		code   guitai.Code
	}{
		{thermal.Change{Paper: thermal.PaperOut}, guitai.CodePrinterPaperOut},
		{thermal.Change{Cover: thermal.CoverOpen}, guitai.CodePrinterCoverOpen},
		{thermal.Change{Line: thermal.Offline}, guitai.CodePrinterOffline},
	} {
		p, network := street(t)
		if err := p.Set(c.change); err != nil {
			t.Fatal(err)
		}
		err := network.Print(t.Context(), []byte("x\n\x1dVA\x00"))
		var failed *guitai.Error
		if !errors.As(err, &failed) || failed.Code != c.code || failed.Kind != guitai.Unavailable {
			t.Errorf("%+v: %v", c.change, err)
		}
		if v := p.View(0); len(v.Slips) != 0 || v.WaitingBytes != 0 {
			t.Errorf("%+v: something was printed or kept", c.change)
		}
	}
	p, network := street(t)
	if err := p.Set(thermal.Change{Paper: thermal.PaperLow}); err != nil {
		t.Fatal(err)
	}
	if got, err := network.Look(context.Background()); err != nil || got.Paper != device.PaperLow || got.Line != device.Online {
		t.Errorf("%+v %v", got, err)
	}
}

func street(t *testing.T) (*thermal.Printer, device.Network) {
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
	return p, device.Network{Addr: p.Addr()}
}

func cutSlip(t *testing.T, p *thermal.Printer) thermal.Slip {
	t.Helper()
	for range 500 {
		if v := p.View(0); len(v.Slips) > 0 && v.Slips[0].Cut != thermal.Uncut {
			return v.Slips[0]
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("no slip was cut: %+v", p.View(0))
	return thermal.Slip{}
}
