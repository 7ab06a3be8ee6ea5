package channel_test

import (
	"testing"

	"guitai/channel"
)

func TestYuan(t *testing.T) {
	for text, want := range map[string]struct {
		units, fen int64
		ok         bool
	}{
		"0": {0, 0, true}, "0.01": {1000, 1, true}, "-0.01": {-1000, -1, true}, "12.5": {1_250_000, 1250, true},
		"0.005": {500, 1, true}, "0.00499": {499, 0, true}, "-0.005": {-500, -1, true}, "-0.00499": {-499, 0, true},
		"99999999999.99999": {9_999_999_999_999_999, 10_000_000_000_000, true},
		"":                  {}, "-": {}, ".5": {}, "1.": {}, "1.234567": {}, "100000000000": {}, "1e3": {}, "--1": {}, "+1": {}, "1,000": {}, "１": {},
	} {
		units, ok := channel.ParseYuan(text)
		if units != want.units || ok != want.ok || ok && channel.RoundFen(units).Fen != want.fen {
			t.Errorf("%q: %d (%v) %t", text, units, channel.RoundFen(units), ok)
		}
	}
}
