package book

import (
	"path/filepath"
	"testing"
)

func TestSetBalance(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "journal.jsonl"), newClock()
	b := open(t, path, c)
	before := b.Changes()
	p, err := b.SetBalance("wechat-chen", 700)
	if err != nil || p.BalanceFen != 700 || b.Changes() == before {
		t.Fatal(p, err, b.Changes())
	}
	if _, err := b.SetBalance("nobody", 1); err != PayerUnknown {
		t.Error(err)
	}
	if _, err := b.SetBalance("wechat-chen", -1); err != BalanceShort {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = open(t, path, c)
	if p, err := b.Payer("wechat-chen"); err != nil || p.BalanceFen != 700 {
		t.Error("the balance was lost over a restart", p, err)
	}
}

func TestOrdersOfOnePayerOrCode(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), "journal.jsonl"), newClock())
	for _, no := range []string{"a", "b"} {
		if _, err := b.Show(bill(no, 100)); err != nil {
			t.Fatal(err)
		}
	}
	a, err := b.Find(ref("a"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Pay(a.Code, "wechat-wang", Normal); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]Filter{"payer": {Payer: "wechat-wang"}, "code": {Code: a.Code}} {
		if list, err := b.Orders(f); err != nil || len(list) != 1 || list[0].OrderNo != "a" {
			t.Errorf("by %s: %+v %v", name, list, err)
		}
	}
}
