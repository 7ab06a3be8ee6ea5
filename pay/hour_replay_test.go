package pay_test

import "testing"

// TestTradingHourReplays: a seed gives the same history each time, to the
// nanosecond, or a failure that was found could not be looked at again.
func TestTradingHourReplays(t *testing.T) {
	seen := map[string]uint64{}
	for seed := uint64(1); seed <= 4; seed++ {
		first := play(t, seed)
		for range 2 {
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
