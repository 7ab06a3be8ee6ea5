package pay_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"guitai"
	"guitai/channel/channeltest"
	"guitai/internal/testkit"
	"guitai/pay"
	"guitai/store"
)

// TestClocks: a clock that stands still, is put back, jumps, or stands at the
// end of a year gives no name twice, and lets no day have more than its rule
// says. (It may let a day have less: what two readings of the clock cannot tell
// apart is counted twice until the next refresh.)
func TestClocks(t *testing.T) {
	newYear := time.Date(2026, 12, 31, 15, 59, 59, 999_000_000, time.UTC) // a moment before midnight in Beijing
	beijing := time.FixedZone("UTC+8", 8*3600)
	for name, now := range map[string]func(n int) time.Time{
		"frozen":                  func(int) time.Time { return newYear },
		"end of the year":         func(n int) time.Time { return newYear.Add(time.Duration(n/4) * time.Millisecond) },
		"put back over midnight":  func(n int) time.Time { return newYear.Add(time.Duration(1-n%2) * time.Millisecond) },
		"two days ahead and back": func(n int) time.Time { return newYear.Add(time.Duration(n%2) * 48 * time.Hour) },
		"drifting back":           func(n int) time.Time { return newYear.Add(-time.Duration(n) * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t, testkit.SQLite(t), time.Millisecond)
			defer s.close()
			n := 0
			s.Now = func() time.Time { return now(n) }
			rule := guitai.Rule{ID: "day", Name: "每日两笔", Deed: guitai.DeedPayment, DayCount: 2, Per: guitai.PerMerchant, Then: guitai.Refuse}
			if err := s.SetRules(t.Context(), shopkeeper, []guitai.Rule{rule}); err != nil {
				t.Fatal(err)
			}
			days, names := map[string]int{}, map[string]bool{}
			for n = range 8 {
				if err := s.RefreshLimits(t.Context()); err != nil {
					t.Fatal(err)
				}
				r := s.scan(s.wechat, channeltest.Pays)
				r.ID = ""
				p, err := s.Take(context.Background(), r)
				switch {
				case guitai.Limited.Is(err):
					continue
				case err != nil:
					t.Fatalf("payment %d at %v: %v", n, now(n), err)
				}
				days[now(n).In(beijing).Format(time.DateOnly)]++
				for _, id := range []string{string(p.ID), p.Attempts[0].OrderNo} {
					if names[id] {
						t.Fatalf("%s twice", id)
					}
					names[id] = true
				}
			}
			if len(days) == 0 {
				t.Error("nothing was taken")
			}
			for day, n := range days {
				if n > 2 {
					t.Errorf("%d on %s", n, day)
				}
			}
		})
	}
}

// TestClockNearlyRight: a node may be off by what two computers usually are.
func TestClockNearlyRight(t *testing.T) {
	dsn := testkit.Postgres(t)
	s := openShop(t, dsn, 2*time.Millisecond)
	defer s.close()
	for _, off := range []time.Duration{4 * time.Second, -4 * time.Second} {
		st, err := store.Open(t.Context(), store.Options{DSN: dsn, Now: func() time.Time { return time.Now().Add(off) }, Rand: rand.Reader, Node: "off"})
		if err != nil {
			t.Fatal(err)
		}
		near := &pay.Switch{Store: st, Accounts: s.Accounts, Channels: s.Channels, Policy: s.Policy, Now: s.Now, Rand: s.Rand, Log: s.Log, Secret: s.Secret}
		if err := near.CheckClock(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p, err := near.Take(t.Context(), s.scan(s.wechat, channeltest.Pays)); err != nil || p.State != guitai.PaymentPaid {
			t.Errorf("off by %v: %s %v", off, p.State, err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
}
