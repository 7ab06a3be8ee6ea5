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
	if loc, ok := guitai.Zone(name); ok {
		return loc
	}
	return guitai.Beijing()
}

// DayBegins is the instant at which the day of now began in a shop's zone.
func DayBegins(zone string, now time.Time) time.Time { return guitai.DayBegins(Zone(zone), now) }
