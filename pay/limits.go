package pay

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"guitai"
	"guitai/store"
)

// limits applies the merchants' rules. It works in memory: rules and the day's
// sums are read by RefreshLimits at the start and now and then, and what this
// node takes is counted as it happens, so that judging costs no query. Two nodes
// learn of each other's deeds at their next refresh; a limit can be passed by
// what the other took since.
type limits struct {
	mu     sync.Mutex
	rules  map[guitai.MerchantID][]guitai.Rule
	zones  map[guitai.ShopID]*time.Location
	days   map[span]*day
	recent map[span][]happened // oldest first
}

// span is whose deeds are counted together, of one rule.
type span struct {
	merchant guitai.MerchantID
	rule     string
	of       string // shop or till; empty: the merchant
}

// day is what was done in one day of a shop.
type day struct {
	begins     time.Time
	fen, count int64
	// fresh is what was counted here since the last refresh began: a refresh
	// may not have seen it yet.
	fresh []happened
}

type happened struct {
	at  time.Time
	fen int64
}

// verdict is what the rules say to one deed, and where it was counted.
type verdict struct {
	guitai.Answer
	rule    guitai.Rule // the one that spoke
	counted []span
	what    happened
}

// keptRecent bounds what is remembered for one span.
const keptRecent = guitai.MostInCount + 1

// judge asks all rules of the merchant, and counts the deed unless it is
// refused. What does not happen after all is taken back by forget.
func (l *limits) judge(a guitai.Act, now time.Time) verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := verdict{Answer: guitai.Allow, what: happened{now, a.Amount.Fen}}
	for _, r := range l.rules[a.Merchant] {
		if !r.Covers(a) {
			continue
		}
		if said := r.Judge(a, l.tally(r, a, now)); said.Stricter(v.Answer) {
			v.Answer, v.rule = said, r
		}
	}
	if v.Answer == guitai.Refuse {
		return v
	}
	for _, r := range l.rules[a.Merchant] {
		if r.Covers(a) {
			l.count(r, a, v.what)
			v.counted = append(v.counted, spanOf(r, a))
		}
	}
	return v
}

func spanOf(r guitai.Rule, a guitai.Act) span {
	s := span{merchant: a.Merchant, rule: r.ID, of: string(a.Till)}
	switch r.Per {
	case guitai.PerShop:
		s.of = string(a.Shop)
	case guitai.PerMerchant:
		s.of = ""
	}
	return s
}

func (l *limits) tally(r guitai.Rule, a guitai.Act, now time.Time) guitai.Tally {
	var t guitai.Tally
	s := spanOf(r, a)
	if d := l.days[s]; d != nil && d.begins.Equal(l.dayOf(a.Shop, now)) {
		t.DayFen, t.DayCount = d.fen, d.count
	}
	for _, h := range l.recent[s] {
		if h.at.After(now.Add(-r.Within)) && (!r.SameFen || h.fen == a.Amount.Fen) {
			t.Recent++
		}
	}
	return t
}

func (l *limits) count(r guitai.Rule, a guitai.Act, h happened) {
	s := spanOf(r, a)
	switch {
	case countsDays(r):
		begins := l.dayOf(a.Shop, h.at)
		d := l.days[s]
		if d == nil || !d.begins.Equal(begins) {
			d = &day{begins: begins}
			l.days[s] = d
		}
		d.fen, d.count, d.fresh = d.fen+h.fen, d.count+1, append(d.fresh, h)
	case r.InCount != 0:
		kept := slices.DeleteFunc(l.recent[s], func(old happened) bool { return !old.at.After(h.at.Add(-r.Within)) })
		if len(kept) >= keptRecent {
			kept = kept[1:]
		}
		l.recent[s] = append(kept, h)
	}
}

// forget takes back a deed that did not happen.
func (l *limits) forget(v verdict) {
	l.mu.Lock()
	defer l.mu.Unlock()
	drop := func(list []happened) ([]happened, bool) {
		if i := slices.Index(list, v.what); i >= 0 {
			return slices.Delete(list, i, i+1), true
		}
		return list, false
	}
	for _, s := range v.counted {
		l.recent[s], _ = drop(l.recent[s])
		d := l.days[s]
		if d == nil {
			continue
		}
		var was bool
		if d.fresh, was = drop(d.fresh); was {
			d.fen, d.count = d.fen-v.what.fen, d.count-1
		}
	}
}

// countsDays reports whether a rule is about the sums of a shop's day.
func countsDays(r guitai.Rule) bool { return r.DayMost.Fen != 0 || r.DayCount != 0 }

// beijing is where the wallets' day begins, and that of a shop that has no zone.
func beijing() *time.Location { return time.FixedZone("UTC+8", 8*3600) }

func (l *limits) dayOf(shop guitai.ShopID, at time.Time) time.Time {
	zone := l.zones[shop]
	if zone == nil {
		zone = beijing()
	}
	return guitai.DayBegins(zone, at)
}

// RefreshLimits reads the rules and the sums of the shops' present days. It is
// called before the first payment is taken, and then every half minute or so.
func (s *Switch) RefreshLimits(ctx context.Context) error {
	begun := s.now()
	rules, err := s.loadRules(ctx)
	if err != nil {
		return err
	}
	zones := map[guitai.ShopID]*time.Location{}
	days := map[span]*day{}
	err = s.Store.Read(ctx, func(tx *store.ReadTx) error {
		clear(zones)
		clear(days)
		for m, list := range rules {
			if !slices.ContainsFunc(list, countsDays) {
				continue // nothing to add up
			}
			if err := s.loadDays(tx, m, list, zones, days); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.limits.replace(rules, zones, days, begun)
	return nil
}

// replace puts what was read in place, and adds what this node counted since
// the reading began. Something of both may be counted twice until the next
// refresh: never too little.
func (l *limits) replace(rules map[guitai.MerchantID][]guitai.Rule, zones map[guitai.ShopID]*time.Location, days map[span]*day, begun time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.days
	l.rules, l.zones, l.days = rules, zones, days
	if l.recent == nil {
		l.recent = map[span][]happened{}
	}
	for s, was := range old {
		for _, h := range was.fresh {
			if h.at.Before(begun) {
				continue
			}
			d := days[s]
			if d == nil {
				d = &day{begins: was.begins}
				days[s] = d
			}
			if d.begins.Equal(was.begins) {
				d.fen, d.count, d.fresh = d.fen+h.fen, d.count+1, append(d.fresh, h)
			}
		}
	}
}

// loadDays adds up what was done today, shop by shop, for the rules that count
// days.
func (s *Switch) loadDays(tx *store.ReadTx, m guitai.MerchantID, rules []guitai.Rule, zones map[guitai.ShopID]*time.Location, days map[span]*day) error {
	shops, err := tx.Shops(m)
	if err != nil {
		return err
	}
	now := s.now()
	begin := map[guitai.ShopID]time.Time{}
	for _, shop := range shops {
		if zone, err := time.LoadLocation(shop.Zone); err == nil && shop.Zone != "" {
			zones[shop.ID] = zone
			begin[shop.ID] = guitai.DayBegins(zone, now)
		}
	}
	beginOf := func(id guitai.ShopID) time.Time {
		if at, ok := begin[id]; ok {
			return at
		}
		return guitai.DayBegins(beijing(), now)
	}
	begins := append(slices.Collect(maps.Values(begin)), guitai.DayBegins(beijing(), now))
	slices.SortFunc(begins, time.Time.Compare)
	for _, at := range slices.CompactFunc(begins, time.Time.Equal) {
		sums, err := tx.DaySums(m, at)
		if err != nil {
			return err
		}
		for _, sum := range sums {
			if beginOf(sum.Shop).Equal(at) {
				addDay(days, rules, sum, at)
			}
		}
	}
	return nil
}

// addDay adds a sum to each rule that counts it.
func addDay(days map[span]*day, rules []guitai.Rule, sum store.DaySum, begins time.Time) {
	for _, r := range rules {
		if !countsDays(r) || !r.Covers(sum.Act) {
			continue
		}
		k := spanOf(r, sum.Act)
		if days[k] == nil {
			days[k] = &day{begins: begins}
		}
		days[k].fen += sum.Fen
		days[k].count += sum.Count
	}
}
