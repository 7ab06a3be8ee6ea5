package office

import (
	"time"

	"guitai"
)

// usualZone is the zone of a shop that names none.
const usualZone = "Asia/Shanghai"

// Zone reads the name of a zone. An unknown name, and every name on a machine
// that knows no zones, is China's fixed eight hours.
func Zone(name string) *time.Location {
	if loc, ok := zone(name); ok {
		return loc
	}
	return time.FixedZone(usualZone, 8*60*60)
}

// zone reads an IANA name. "Local" is none: it would be the machine's zone,
// not the shop's.
func zone(name string) (*time.Location, bool) {
	if name == "" || name == "Local" {
		return nil, false
	}
	loc, err := time.LoadLocation(name)
	return loc, err == nil
}

// DayBegins is the instant at which the day of now began in a shop's zone.
func DayBegins(zone string, now time.Time) time.Time { return guitai.DayBegins(Zone(zone), now) }
