package book

import (
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"
)

// A day that was ended stays ended after a kill, and is whole by itself from
// 10:00 of the next day on.
func TestDayEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	c := newClock() // 13:06:07 in Beijing
	b := open(t, path, c)
	const today = "2026-03-04"
	if _, ok := b.BillReady(WeChat, today); ok {
		t.Error("today is ready before its end")
	}
	for day, want := range map[string]Refusal{"2026-02-30": DayUnknown, "20260304": DayUnknown, "2026-03-05": DayAhead} {
		if _, err := b.EndDay(day); err != want {
			t.Errorf("%s: %v, want %s", day, err, want)
		}
	}
	end := must(b.EndDay(""))(t)
	if end.Day != today || !end.Cut.After(c.at) {
		t.Errorf("%+v", end)
	}
	again := func(at time.Time) *Book {
		c.at = at
		b, err := Open(Options{Path: path, Now: c.now, Rand: seeded{rand.New(rand.NewPCG(3, 4))},
			Policies: map[Wallet]Policy{WeChat: {}, UnionPay: {DayEnds: time.Hour}}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		return b
	}
	b = again(c.at.Add(time.Hour))
	if cut, ok := b.BillReady(WeChat, today); !ok || !cut.Equal(end.Cut) {
		t.Errorf("after a kill: %v %t", cut, ok)
	}
	if _, ok := b.BillReady(WeChat, "2026-03-03"); !ok {
		t.Error("yesterday is not ready at noon")
	}
	c.at = time.Date(2026, 3, 5, 1, 59, 59, 0, time.UTC)
	if cut, _ := b.BillReady(WeChat, today); !cut.Equal(end.Cut) {
		t.Errorf("before 10:00: %v", cut)
	}
	c.at = c.at.Add(time.Second)
	if cut, ok := b.BillReady(WeChat, today); !ok || !cut.Equal(time.Date(2026, 3, 4, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("at 10:00: %v %t", cut, ok)
	}
	if from, to, ok := b.Day(UnionPay, today); !ok || !from.Equal(time.Date(2026, 3, 3, 15, 0, 0, 0, time.UTC)) || to.Sub(from) != 24*time.Hour {
		t.Errorf("UnionPay's day: %v to %v", from, to)
	}
	if got := b.DayOf(UnionPay, time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)); got != "2026-03-05" {
		t.Errorf("23:00 belongs to %s", got)
	}
}
