package office

import (
	"testing"
	"time"
)

// TestDayBegins: by the shop's clock, also where the clocks are turned at
// midnight (IANA time zone database).
func TestDayBegins(t *testing.T) {
	for _, c := range []struct{ name, zone, now, want string }{
		{"Shanghai, morning", "Asia/Shanghai", "2026-11-21T01:00:00Z", "2026-11-20T16:00:00Z"},
		{"Shanghai, last moment", "Asia/Shanghai", "2026-11-21T15:59:59.999999Z", "2026-11-20T16:00:00Z"},
		{"Shanghai, midnight", "Asia/Shanghai", "2026-11-21T16:00:00Z", "2026-11-21T16:00:00Z"},
		{"UTC", "UTC", "2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z"},
		{"nowhere is Shanghai", "Moon/Sea", "2026-11-21T01:00:00Z", "2026-11-20T16:00:00Z"},
		{"no name is Shanghai", "", "2026-11-21T01:00:00Z", "2026-11-20T16:00:00Z"},
		{"the machine's zone is no shop's", "Local", "2026-11-21T01:00:00Z", "2026-11-20T16:00:00Z"},
		{"Kathmandu, odd minutes", "Asia/Kathmandu", "2026-06-01T12:00:00Z", "2026-05-31T18:15:00Z"},
		{"New York, day of 23 hours", "America/New_York", "2026-03-08T20:00:00Z", "2026-03-08T05:00:00Z"},
		{"New York, day of 25 hours", "America/New_York", "2026-11-01T20:00:00Z", "2026-11-01T04:00:00Z"},
		{"Havana: no midnight in spring", "America/Havana", "2026-03-08T20:00:00Z", "2026-03-08T05:00:00Z"},
		{"Havana: first minute of that day", "America/Havana", "2026-03-08T05:00:00Z", "2026-03-08T05:00:00Z"},
		{"Havana: last minute before it", "America/Havana", "2026-03-08T04:59:59Z", "2026-03-07T05:00:00Z"},
		{"Havana: two midnights in autumn", "America/Havana", "2026-11-01T20:00:00Z", "2026-11-01T04:00:00Z"},
		{"Havana: between the two", "America/Havana", "2026-11-01T04:30:00Z", "2026-11-01T04:00:00Z"},
		{"Havana: the second", "America/Havana", "2026-11-01T05:00:00Z", "2026-11-01T04:00:00Z"},
		{"Beirut: no midnight in spring", "Asia/Beirut", "2026-03-29T12:00:00Z", "2026-03-28T22:00:00Z"},
		{"Sao Paulo 2018: no midnight", "America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z"},
		{"Sao Paulo 2018: 23:00 twice", "America/Sao_Paulo", "2018-02-18T12:00:00Z", "2018-02-18T03:00:00Z"},
		{"Lord Howe: half an hour", "Australia/Lord_Howe", "2026-04-05T12:00:00Z", "2026-04-04T13:00:00Z"},
		{"Apia 2011: behind the day that was left out", "Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T10:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, c.now)
			if err != nil {
				t.Fatal(err)
			}
			got := DayBegins(c.zone, now)
			if s := got.UTC().Format(time.RFC3339); s != c.want {
				t.Errorf("%s, want %s", s, c.want)
			}
			y, m, d := now.In(Zone(c.zone)).Date()
			if y2, m2, d2 := got.In(Zone(c.zone)).Date(); y != y2 || m != m2 || d != d2 || got.After(now) {
				t.Errorf("%v is not of the day of %v", got, now)
			}
			if before := got.Add(-time.Nanosecond).In(Zone(c.zone)); before.Day() == d && before.Month() == m {
				t.Errorf("the day had begun before: %v", before)
			}
		})
	}
}

// TestDaysOfAYear: throughout a year the day begins at its first
// instant.
func TestDaysOfAYear(t *testing.T) {
	for _, zone := range []string{"Asia/Shanghai", "America/Havana", "Asia/Beirut", "Africa/Cairo", "Asia/Tehran", "Australia/Lord_Howe", "Asia/Gaza"} {
		loc := Zone(zone)
		for now := time.Date(2025, 12, 31, 0, 30, 0, 0, time.UTC); now.Year() < 2027; now = now.Add(3 * time.Hour) {
			got := DayBegins(zone, now)
			y, m, d := now.In(loc).Date()
			y2, m2, d2 := got.Date()
			before := got.Add(-time.Second)
			if y != y2 || m != m2 || d != d2 || got.After(now) || before.Day() == d {
				t.Fatalf("%s: at %v the day began at %v", zone, now.In(loc), got)
			}
		}
	}
}
