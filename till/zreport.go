package till

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"guitai"
	"guitai/store"
)

// figuresWire is how the figures of a Z report are kept: its names are those of
// the API.
type figuresWire struct {
	Sales          sumWire      `json:"sales"`
	Returns        sumWire      `json:"returns"`
	LineDiscounts  sumWire      `json:"line_discounts"`
	BillDiscounts  sumWire      `json:"bill_discounts"`
	CancelledLines sumWire      `json:"cancelled_lines"`
	CancelledBills sumWire      `json:"cancelled_bills"`
	Voids          sumWire      `json:"voids"`
	PayIns         sumWire      `json:"pay_ins"`
	PayOuts        sumWire      `json:"pay_outs"`
	Drawers        int64        `json:"drawers"`
	Tenders        []tenderWire `json:"tenders"`
	Departments    []sumWire    `json:"departments"`
	Cashiers       []sumWire    `json:"cashiers"`
	FloatFen       int64        `json:"float_fen"`
	Expected       []fenWire    `json:"expected"`
	Counted        []fenWire    `json:"counted"`
	Over           []fenWire    `json:"over"`
	MissingFen     int64        `json:"missing_fen"`
	FirstReceipt   string       `json:"first_receipt"`
	LastReceipt    string       `json:"last_receipt"`
}

type sumWire struct {
	Name  string `json:"name,omitempty"`
	Count int64  `json:"count"`
	Fen   int64  `json:"fen"`
}

type tenderWire struct {
	Tender string `json:"tender"`
	Count  int64  `json:"count"`
	InFen  int64  `json:"in_fen"`
	OutFen int64  `json:"out_fen"`
}

type fenWire struct {
	Tender string `json:"tender"`
	Fen    int64  `json:"fen"`
}

func figuresJSON(f guitai.Figures, s guitai.Shift) (string, error) {
	w := figuresWire{Sales: sumOf(f.Sales), Returns: sumOf(f.Returns), LineDiscounts: sumOf(f.LineDiscounts), BillDiscounts: sumOf(f.BillDiscounts),
		CancelledLines: sumOf(f.CancelledLines), CancelledBills: sumOf(f.CancelledBills), Voids: sumOf(f.Voids), PayIns: sumOf(f.PayIns),
		PayOuts: sumOf(f.PayOuts), Drawers: f.Drawers, Tenders: []tenderWire{}, Departments: sumsOf(f.Departments), Cashiers: sumsOf(f.Cashiers),
		FloatFen: s.FloatFen, Expected: fensOf(f.Expected), Counted: []fenWire{}, Over: fensOf(f.Over(s.Close.Counted)), MissingFen: f.MissingFen,
		FirstReceipt: f.FirstReceipt, LastReceipt: f.LastReceipt}
	for _, t := range f.Tenders {
		w.Tenders = append(w.Tenders, tenderWire{string(t.Tender), t.Count, t.InFen, t.OutFen})
	}
	for _, c := range s.Close.Counted {
		w.Counted = append(w.Counted, fenWire{string(c.Tender), c.Fen})
	}
	b, err := json.Marshal(w)
	return string(b), err
}

func sumOf(n guitai.NamedSum) sumWire { return sumWire{n.Name, n.Count, n.Fen} }

func sumsOf(list []guitai.NamedSum) []sumWire {
	out := make([]sumWire, 0, len(list))
	for _, n := range list {
		out = append(out, sumOf(n))
	}
	return out
}

func fensOf(list []guitai.TenderFen) []fenWire {
	out := make([]fenWire, 0, len(list))
	for _, n := range list {
		out = append(out, fenWire{string(n.Tender), n.Fen})
	}
	return out
}

// zNames are the words of a Z report for what is known by ID.
type zNames struct {
	shop guitai.Shop
	till guitai.Till
	zone *time.Location
	of   map[string]string // people by their ID
}

func (c *judging) namesOf(w guitai.ShiftWork) (zNames, error) {
	n := zNames{till: c.till, zone: time.UTC, of: map[string]string{}}
	var err error
	if n.shop, err = c.tx.Shop(c.till.Merchant, c.till.Shop); err != nil {
		return n, err
	}
	if zone, err := time.LoadLocation(n.shop.Zone); err == nil {
		n.zone = zone
	}
	people := []guitai.StaffID{w.Shift.Staff, w.Shift.Close.Staff}
	for _, s := range w.Sales {
		people = append(people, s.Staff)
	}
	for _, id := range people {
		if _, had := n.of[string(id)]; had || id == "" {
			continue
		}
		n.of[string(id)] = string(id)
		f, err := c.tx.Staff(c.till.Merchant, id)
		switch {
		case err == nil:
			n.of[string(id)] = f.Number + " " + f.Name
		case !errors.Is(err, store.ErrNoRow):
			return n, err
		}
	}
	return n, nil
}

// zText writes a Z report for people to read, one fact a line.
func zText(z guitai.ZReport, s guitai.Shift, f guitai.Figures, n zNames) string {
	var b strings.Builder
	line := func(format string, a ...any) { fmt.Fprintf(&b, format+"\n", a...) }
	fen := func(v int64) string { return guitai.Fen(v).Decimal() }
	at := func(t time.Time) string { return t.In(n.zone).Format("2006-01-02 15:04:05") }
	sum := func(word string, v guitai.NamedSum) {
		if v.Count != 0 {
			line("%s %d 笔 %s", word, v.Count, fen(v.Fen))
		}
	}
	line("%s", n.shop.Name)
	line("交班报表 %s", z.Number())
	line("收银机 %s %s", n.till.Number, n.till.Name)
	line("开班 %s %s", at(s.OpenedAt), n.of[string(s.Staff)])
	line("交班 %s %s", at(z.At), n.of[string(s.Close.Staff)])
	if f.FirstReceipt != "" {
		line("小票 %s 至 %s", f.FirstReceipt, f.LastReceipt)
	}
	line("销售 %d 笔 %s", f.Sales.Count, fen(f.Sales.Fen))
	sum("其中退货", f.Returns)
	sum("单品折扣", f.LineDiscounts)
	sum("整单折扣", f.BillDiscounts)
	sum("取消商品", f.CancelledLines)
	sum("取消整单", f.CancelledBills)
	sum("作废", f.Voids)
	sum("存入现金", f.PayIns)
	sum("取出现金", f.PayOuts)
	if f.Drawers > 0 {
		line("无销售开钱箱 %d 次", f.Drawers)
	}
	for _, t := range f.Tenders {
		line("%s %d 笔 收 %s 退 %s", tenderWord(t.Tender, guitai.ZhHans), t.Count, fen(t.InFen), fen(t.OutFen))
	}
	if f.MissingFen != 0 {
		line("被拒未收 %s", fen(f.MissingFen))
	}
	for _, d := range f.Departments {
		line("部门 %s %s", cmpOr(d.Name, "未分"), fen(d.Fen))
	}
	for _, p := range f.Cashiers {
		line("收银员 %s %d 笔 %s", cmpOr(n.of[p.Name], "无"), p.Count, fen(p.Fen))
	}
	line("备用金 %s", fen(s.FloatFen))
	for _, e := range f.Expected {
		line("应有%s %s", tenderWord(e.Tender, guitai.ZhHans), fen(e.Fen))
	}
	for _, o := range f.Over(s.Close.Counted) {
		switch {
		case o.Fen > 0:
			line("%s 多 %s", tenderWord(o.Tender, guitai.ZhHans), fen(o.Fen))
		case o.Fen < 0:
			line("%s 少 %s", tenderWord(o.Tender, guitai.ZhHans), fen(-o.Fen))
		default:
			line("%s 相符", tenderWord(o.Tender, guitai.ZhHans))
		}
	}
	if s.Close.Note != "" {
		line("备注 %s", s.Close.Note)
	}
	return b.String()
}

func cmpOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
