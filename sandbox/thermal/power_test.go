package thermal_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"guitai/sandbox/thermal"
)

func change(t *testing.T, p *thermal.Printer, c thermal.Change) {
	t.Helper()
	if err := p.Set(c); err != nil {
		t.Fatal(err)
	}
}

// silent tells that no answer comes: the line is dropped, or nothing is heard
// for a while.
func silent(t *testing.T, c net.Conn) bool {
	t.Helper()
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	_, _ = c.Write([]byte("\x10\x04\x01")) // the line may be gone
	var b [1]byte
	_, err := io.ReadFull(c, b[:])
	return err != nil
}

// TestPower: off, hung, slow, and back.
func TestPower(t *testing.T) {
	p := start(t)
	c := dial(t, p)
	if b := ask(t, c, 1); b != 0x12 {
		t.Fatalf("%#x", b)
	}
	change(t, p, thermal.Change{Power: thermal.PowerOff})
	if !silent(t, c) || !silent(t, dial(t, p)) {
		t.Error("a printer without power answers")
	}
	change(t, p, thermal.Change{Power: thermal.PowerHung})
	if !silent(t, dial(t, p)) {
		t.Error("a hung printer answers")
	}
	slow := 300
	change(t, p, thermal.Change{Power: thermal.PowerOn, DelayMS: &slow, Paper: "ok"})
	began := time.Now()
	if b := ask(t, dial(t, p), 1); b != 0x12 || time.Since(began) < 300*time.Millisecond {
		t.Errorf("%#x after %v", b, time.Since(began))
	}
	tooSlow := 60_001
	for _, bad := range []thermal.Change{{Power: "perhaps"}, {DelayMS: &tooSlow}, {AfterBytes: -1}} {
		if err := p.Set(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

// TestPowerLostInTheMidst: half of the slip is on the paper, the rest is lost,
// and the next sender is understood.
func TestPowerLostInTheMidst(t *testing.T) {
	p := start(t)
	change(t, p, thermal.Change{Power: thermal.PowerOff, AfterBytes: 10})
	c := dial(t, p)
	send(t, c, "one\ntwo\nthree\nfour\n\x1dVA\x00")
	comes(t, func() bool { return p.View(0).Power == thermal.PowerOff })
	change(t, p, thermal.Change{Power: thermal.PowerOn})
	d := dial(t, p)
	send(t, d, "next\n\x1dVA\x00")
	comes(t, func() bool { v := p.View(0); return len(v.Slips) == 1 && v.Slips[0].Cut != thermal.Uncut })
	var text []string
	for _, r := range p.View(0).Slips[0].Rows {
		text = append(text, r.Text)
	}
	if got := strings.Join(text, " "); got != "one two next" {
		t.Errorf("on the paper: %q", got)
	}
}

func comes(t *testing.T, f func() bool) {
	t.Helper()
	for range 300 {
		if f() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it never came about")
}
