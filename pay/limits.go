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
	days   map[dayOf]*day
	recent map[span][]happened // oldest first
}

// span is whose deeds are counted together, of one rule.
type span struct {
	merchant guitai.MerchantID
	rule     string
	of       string // shop or till; empty: the merchant
}

// dayOf is one day of a span, by its begin. More than one is remembered: a clock
// that is set back to yesterday finds what was taken then.
type dayOf struct {
	span
	begins time.Time
}

// keptDays is how far away from now a day is still remembered.
const keptDays = 3 * 24 * time.Hour

// day is what was done in one day of a shop.
type day struct {
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
	counted []dayOf
	what    happened
}

// keptRecent bounds what is remembered for one span.
const keptRecent = guitai.MostInCount + 1

// asked says which rules are asked about a deed.
type asked func(guitai.Rule) bool

// everyRule is for a deed that is judged once.
func everyRule(guitai.Rule) bool { return true }

// ofWallets are the rules that name a wallet. Of an offered payment they are asked
// when it is opened in one; the others were when it was made.
func ofWallets(r guitai.Rule) bool { return r.Wallet != "" }

// judge asks the rules of the merchant, and counts the deed unless it is
// refused. What does not happen after all is taken back by forget.
func (l *limits) judge(a guitai.Act, now time.Time, which asked) verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := verdict{Answer: guitai.Allow, what: happened{now, a.Amount.Fen}}
	for _, r := range l.rules[a.Merchant] {
		if !r.Covers(a) || !which(r) {
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
		if r.Covers(a) && which(r) {
			l.count(r, a, v.what)
			v.counted = append(v.counted, l.dayAt(r, a, now))
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
	at := l.dayAt(r, a, now)
	if d := l.days[at]; d != nil {
		t.DayFen, t.DayCount = d.fen, d.count
	}
	for _, h := range l.recent[at.span] {
		if h.at.After(now.Add(-r.Within)) && (!r.SameFen || h.fen == a.Amount.Fen) {
			t.Recent++
		}
	}
	return t
}

func (l *limits) count(r guitai.Rule, a guitai.Act, h happened) {
	at := l.dayAt(r, a, h.at)
	s := at.span
	switch {
	case countsDays(r):
		d := l.days[at]
		if d == nil {
			d = &day{}
			l.days[at] = d
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
	for _, at := range v.counted {
		l.recent[at.span], _ = drop(l.recent[at.span])
		d := l.days[at]
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

// dayAt is the day at an instant in which a rule counts a deed.
func (l *limits) dayAt(r guitai.Rule, a guitai.Act, at time.Time) dayOf {
	zone := l.zones[a.Shop]
	if zone == nil {
		zone = guitai.Beijing()
	}
	return dayOf{spanOf(r, a), guitai.DayBegins(zone, at).UTC()}
}

// RefreshLimits reads the rules and the sums of the shops' present days. It is
// called before the first payment is taken, and then every half minute or so.
func (s *Switch) RefreshLimits(ctx context.Context) error {
	begun := s.now()
	rules, err := s.loadRules(ctx)
	if err != nil {
		return err
	}
	got := sums{rules: rules}
	err = s.Store.Read(ctx, func(tx *store.ReadTx) error {
		got.zones, got.days, got.read = map[guitai.ShopID]*time.Location{}, map[dayOf]*day{}, map[time.Time]bool{}
		for m, list := range rules {
			if !slices.ContainsFunc(list, countsDays) {
				continue // nothing to add up
			}
			if err := s.loadDays(tx, m, list, begun, &got); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.limits.replace(got, begun)
	return nil
}

// sums is what RefreshLimits read.
type sums struct {
	rules map[guitai.MerchantID][]guitai.Rule
	zones map[guitai.ShopID]*time.Location
	days  map[dayOf]*day
	read  map[time.Time]bool // the days, by their begin, that were added up
}

// replace puts what was read in place, and adds what this node counted since
// the reading began. Something of both may be counted twice until the next
// refresh: never too little. Days that were not read stay as they were known.
func (l *limits) replace(got sums, begun time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.days
	l.rules, l.zones, l.days = got.rules, got.zones, got.days
	if l.recent == nil {
		l.recent = map[span][]happened{}
	}
	for at, was := range old {
		if !got.read[at.begins] {
			if at.begins.Sub(begun).Abs() < keptDays {
				l.days[at] = was
			}
			continue
		}
		for _, h := range was.fresh {
			if h.at.Before(begun) {
				continue
			}
			d := l.days[at]
			if d == nil {
				d = &day{}
				l.days[at] = d
			}
			d.fen, d.count, d.fresh = d.fen+h.fen, d.count+1, append(d.fresh, h)
		}
	}
}

// loadDays adds up what was done today, shop by shop, for the rules that count
// days.
func (s *Switch) loadDays(tx *store.ReadTx, m guitai.MerchantID, rules []guitai.Rule, now time.Time, got *sums) error {
	shops, err := tx.Shops(m)
	if err != nil {
		return err
	}
	begin := map[guitai.ShopID]time.Time{}
	for _, shop := range shops {
		if zone, ok := guitai.Zone(shop.Zone); ok {
			got.zones[shop.ID] = zone
			begin[shop.ID] = guitai.DayBegins(zone, now)
		}
	}
	beginOf := func(id guitai.ShopID) time.Time {
		if at, ok := begin[id]; ok {
			return at
		}
		return guitai.DayBegins(guitai.Beijing(), now)
	}
	begins := append(slices.Collect(maps.Values(begin)), guitai.DayBegins(guitai.Beijing(), now))
	slices.SortFunc(begins, time.Time.Compare)
	for _, at := range slices.CompactFunc(begins, time.Time.Equal) {
		list, err := tx.DaySums(m, at)
		if err != nil {
			return err
		}
		got.read[at.UTC()] = true
		for _, sum := range list {
			if beginOf(sum.Shop).Equal(at) {
				addDay(got.days, rules, sum, at.UTC())
			}
		}
	}
	return nil
}

// addDay adds a sum to each rule that counts it.
func addDay(days map[dayOf]*day, rules []guitai.Rule, sum store.DaySum, begins time.Time) {
	for _, r := range rules {
		if !countsDays(r) || !r.Covers(sum.Act) {
			continue
		}
		k := dayOf{spanOf(r, sum.Act), begins}
		if days[k] == nil {
			days[k] = &day{}
		}
		days[k].fen += sum.Fen
		days[k].count += sum.Count
	}
}
