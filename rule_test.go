package guitai

import (
	"testing"
	"time"
)

func TestRuleJudges(t *testing.T) {
	act := Act{Deed: DeedPayment, Merchant: "m", Shop: "s", Till: "t", Kind: Scan, Wallet: WeChat, Amount: Fen(1000)}
	for name, c := range map[string]struct {
		rule   Rule
		before Tally
		want   Answer
	}{
		"at the limit":                {Rule{Deed: DeedPayment, Above: Fen(1000), Then: Refuse}, Tally{}, Allow},
		"one fen above":               {Rule{Deed: DeedPayment, Above: Fen(999), Then: Refuse}, Tally{}, Refuse},
		"another deed":                {Rule{Deed: DeedRefund, Above: Fen(1), Then: Refuse}, Tally{}, Allow},
		"another kind":                {Rule{Deed: DeedPayment, Kind: Show, Above: Fen(1), Then: Refuse}, Tally{}, Allow},
		"another wallet":              {Rule{Deed: DeedPayment, Wallet: Alipay, Above: Fen(1), Then: Refuse}, Tally{}, Allow},
		"another shop":                {Rule{Deed: DeedPayment, Shop: "x", Above: Fen(1), Then: Refuse}, Tally{}, Allow},
		"another till":                {Rule{Deed: DeedPayment, Till: "x", Above: Fen(1), Then: Refuse}, Tally{}, Allow},
		"all of its scope":            {Rule{Deed: DeedPayment, Kind: Scan, Wallet: WeChat, Shop: "s", Till: "t", Above: Fen(1), Then: AskManager}, Tally{}, AskManager},
		"the day fills up":            {Rule{Deed: DeedPayment, DayMost: Fen(5000), Then: Refuse}, Tally{DayFen: 4000}, Allow},
		"the day is full":             {Rule{Deed: DeedPayment, DayMost: Fen(5000), Then: Refuse}, Tally{DayFen: 4001}, Refuse},
		"a day past its limit":        {Rule{Deed: DeedPayment, DayMost: Fen(5000), Then: Refuse}, Tally{DayFen: 9000}, Refuse},
		"the last of the day's count": {Rule{Deed: DeedPayment, DayCount: 3, Then: Refuse}, Tally{DayCount: 2}, Allow},
		"one more than the day's":     {Rule{Deed: DeedPayment, DayCount: 3, Then: Refuse}, Tally{DayCount: 3}, Refuse},
		"fast":                        {Rule{Deed: DeedPayment, InCount: 3, Within: time.Minute, Then: AskManager}, Tally{Recent: 2}, Allow},
		"too fast":                    {Rule{Deed: DeedPayment, InCount: 3, Within: time.Minute, Then: AskManager}, Tally{Recent: 3}, AskManager},
	} {
		if got := c.rule.Judge(act, c.before); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestRuleIsChecked(t *testing.T) {
	good := Rule{ID: "big", Name: "more than 1,000 yuan", Deed: DeedPayment, Above: Fen(100_000), Then: AskManager}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Rule){
		"id":             func(r *Rule) { r.ID = "" },
		"name":           func(r *Rule) { r.Name = "" },
		"deed":           func(r *Rule) { r.Deed = "theft" },
		"kind":           func(r *Rule) { r.Kind = "card?" },
		"wallet":         func(r *Rule) { r.Wallet = "purse" },
		"limit":          func(r *Rule) { r.Above = Money{} },
		"limit ":         func(r *Rule) { r.DayCount = 3 },
		"limit  ":        func(r *Rule) { r.Above = Fen(-1) },
		"limit   ":       func(r *Rule) { r.Above.Currency = "HKD" },
		"within_seconds": func(r *Rule) { r.Within = time.Minute },
		"per":            func(r *Rule) { r.Per = "planet" },
		"then":           func(r *Rule) { r.Then = Allow },
	} {
		r := good
		spoil(&r)
		if err := r.Check(); !Invalid.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
