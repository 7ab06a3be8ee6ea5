package guitai

import "time"

// DayBegins is the instant at which the day of now began in a zone.
// Where the clocks are turned at midnight a day may begin at 01:00, or have two
// midnights, of which the first counts.
func DayBegins(loc *time.Location, now time.Time) time.Time {
	y, m, d := now.In(loc).Date()
	begin := time.Date(y, m, d, 0, 0, 0, 0, loc)
	if begin.Day() != d {
		_, begin = begin.ZoneBounds() // midnight was left out, and we are before the gap
		return begin
	}
	turned, _ := begin.ZoneBounds()
	if begin.Hour() != 0 || begin.Minute() != 0 {
		return turned // midnight was left out, and we are behind the gap
	}
	if turned.IsZero() {
		return begin
	}
	// Before the clocks were turned the same day may have begun already.
	_, offset := turned.Add(-time.Nanosecond).Zone()
	first := time.Date(y, m, d, 0, 0, 0, 0, time.FixedZone("", offset))
	if first.Before(turned) && first.Before(begin) {
		return first.In(loc)
	}
	return begin
}

// Zone reads an IANA name of a zone. "Local" is none: it would be the machine's
// zone, not the shop's.
func Zone(name string) (*time.Location, bool) {
	if name == "" || name == "Local" {
		return nil, false
	}
	loc, err := time.LoadLocation(name)
	return loc, err == nil
}

// Beijing is where the wallets' day begins, and that of a shop that has no zone.
func Beijing() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }
