package pay_test

import "testing"

// TestTradingHourReplays: a seed gives the same history each time, to the
// nanosecond, or a failure that was found could not be looked at again.
func TestTradingHourReplays(t *testing.T) {
	last, times := uint64(4), 2
	if raceDetector {
		last, times = 2, 1
	}
	seen := map[string]uint64{}
	for seed := uint64(1); seed <= last; seed++ {
		first := play(t, seed)
		for range times {
			if again := play(t, seed); again != first {
				t.Fatalf("seed %d: history %s (%v), then %s (%v)", seed, first.hash, first, again.hash, again)
			}
		}
		if other, ok := seen[first.hash]; ok {
			t.Errorf("seeds %d and %d have one history", seed, other)
		}
		seen[first.hash] = seed
	}
}
