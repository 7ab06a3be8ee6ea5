package book

import "time"

// DayEnd is a day whose bills were made by hand, up to an instant.
type DayEnd struct {
	Day string    `json:"day"` // 2006-01-02, in Beijing
	Cut time.Time `json:"cut"`
}

// The refusals of EndDay.
const (
	DayUnknown Refusal = "day_unknown" // not a day of the calendar
	DayAhead   Refusal = "day_ahead"   // it has not begun
)

// billHour is when the bills of a day are there by themselves: hours after its
// midnight in Beijing.
const billHour = 10 * time.Hour

// Beijing is the zone in which wallets count days.
func Beijing() *time.Location { return time.FixedZone("CST", 8*3600) }

// Day is the span of a wallet's day, from (inclusive) to (exclusive); ok is
// false for what is no day.
func (b *Book) Day(w Wallet, day string) (from, to time.Time, ok bool) {
	at, err := time.ParseInLocation(time.DateOnly, day, Beijing())
	if err != nil || at.Format(time.DateOnly) != day {
		return from, to, false
	}
	from = at.Add(-b.policies[w].DayEnds)
	return from, from.Add(24 * time.Hour), true
}

// DayOf is the wallet's day to which an instant belongs.
func (b *Book) DayOf(w Wallet, at time.Time) string {
	return at.Add(b.policies[w].DayEnds).In(Beijing()).Format(time.DateOnly)
}

// EndDay makes the bills of a day with all that happened by now; again, it makes
// corrected ones with what came later. An empty day is today in Beijing.
func (b *Book) EndDay(day string) (DayEnd, error) {
	var end DayEnd
	err := b.do("day_end", func(t *tx) error {
		if day == "" {
			day = t.now.In(Beijing()).Format(time.DateOnly)
		}
		from, _, ok := b.Day("", day)
		switch {
		case !ok:
			return DayUnknown
		case t.now.Before(from):
			return DayAhead
		}
		end = DayEnd{Day: day, Cut: t.now.Add(1)} // what happened at this very instant too
		t.line.Days = append(t.line.Days, end)
		return nil
	})
	return end, err
}

// BillReady says whether a wallet's bill of a day lies ready, and up to when it
// counts: up to the cut of EndDay, and to the day's end from 10:00 of the next
// day on.
func (b *Book) BillReady(w Wallet, day string) (cut time.Time, ok bool) {
	_, to, ok := b.Day(w, day)
	if !ok {
		return cut, false
	}
	_, midnight, _ := b.Day("", day)
	if !b.now().Before(midnight.Add(billHour)) {
		return to, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if cut, ok = b.days[day]; cut.After(to) {
		cut = to
	}
	return cut, ok
}
