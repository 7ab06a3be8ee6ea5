package fault

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		rule Rule
		bad  string // a word of the complaint; empty: good
	}{
		{Rule{Kind: Delay, Count: 1}, ""},
		{Rule{Kind: Delay, Probability: 1}, ""},
		{Rule{Kind: DropNotice, Op: OpNotice, Count: 1}, ""},
		{Rule{Kind: WrongAmount, Op: OpNotice, Count: 1}, ""},
		{Rule{Kind: "gremlin", Count: 1}, "kind"},
		{Rule{Kind: SilenceAfter, Op: OpNotice, Count: 1}, "kind"},
		{Rule{Kind: DropNotice, Op: "native", Count: 1}, "kind"},
		{Rule{Kind: Delay}, "count"},
		{Rule{Kind: Delay, Count: -1}, "count"},
		{Rule{Kind: Delay, Probability: 1.1}, "probability"},
		{Rule{Kind: Delay, Count: 1, DelayMS: 3_600_001}, "delay_ms"},
	} {
		err := c.rule.Check()
		if (err == nil) != (c.bad == "") || err != nil && !strings.Contains(err.Error(), c.bad) {
			t.Errorf("%+v: %v", c.rule, err)
		}
	}
}

func TestDraw(t *testing.T) {
	s := New(Options{Seed: 1})
	if err := s.Add(Rule{Provider: "wechat", Kind: SilenceAfter, Count: 2}, Rule{Kind: DropNotice, Count: 1}); err != nil {
		t.Fatal(err)
	}
	if p := s.Draw("alipay", "pay"); p.Has(SilenceAfter) || p.Has(DropNotice) {
		t.Error("a rule of another provider or op was used")
	}
	for i, want := range []bool{true, true, false} {
		if got := s.Draw("wechat", "native").Has(SilenceAfter); got != want {
			t.Errorf("draw %d: %v", i, got)
		}
	}
	if p := s.Draw("wechat", OpNotice); !p.Has(DropNotice) || p.Wait(DropNotice) == 0 || p.Without(DropNotice).Has(DropNotice) {
		t.Error("the notice's rule was lost on calls")
	}
	if len(s.Rules()) != 0 {
		t.Errorf("used-up rules stand: %v", s.Rules())
	}
	if err := s.Add(Rule{Kind: Delay, Probability: 0.25}); err != nil {
		t.Fatal(err)
	}
	hits := 0
	for range 4000 {
		if s.Draw("wechat", "native").Has(Delay) {
			hits++
		}
	}
	if hits < 850 || hits > 1150 {
		t.Errorf("%d of 4000 at probability 0.25", hits)
	}
	s.Clear()
	if s.Draw("wechat", "native").Has(Delay) {
		t.Error("a cleared rule was used")
	}
}

func TestAddIsAllOrNothing(t *testing.T) {
	s := New(Options{})
	if err := s.Add(Rule{Kind: Delay, Count: 1}, Rule{Kind: Delay}); err == nil || len(s.Rules()) != 0 {
		t.Errorf("%v %v", err, s.Rules())
	}
}
