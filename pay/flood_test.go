package pay_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
)

// TestSoakTenThousandNotices: each notice comes many times, at once, in any order,
// before the answer and a day late; each payment counts once. As many forgeries
// come between them, and none has any effect.
func TestSoakTenThousandNotices(t *testing.T) {
	payments, copies := 10, 50
	if soaking() {
		payments = 200
	}
	inShop(t, func(t *testing.T, s *shop) {
		r := rand.New(rand.NewPCG(5, 5))
		taken := &tape{counter: s.wechat, kept: map[string]channel.RawNotice{}}
		s.Channels["acc-wechat"] = taken
		var made []guitai.Payment
		for i := range payments {
			if i%2 == 0 {
				s.wechat.hang("show", 2*time.Second) // its notice comes first
			} else {
				s.wechat.hang("show", 0)
			}
			p := s.take(s.show(s.wechat))
			made = append(made, p)
			code := s.get(p.ID).Attempts[0].Code
			if err := s.wechat.Pay(code); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		seen := taken.notices()
		if len(seen) != payments {
			t.Fatalf("%d notices of %d payments", len(seen), payments)
		}
		var flood sync.WaitGroup
		var mu sync.Mutex
		good, bad := 0, 0
		for _, n := range seen {
			for i := range copies {
				wait := []time.Duration{0, time.Duration(r.Int64N(int64(time.Minute))), 24 * time.Hour}[i%3]
				forged := forge(r, n, seen)
				flood.Go(func() {
					time.Sleep(wait)
					_, err := s.Notice(t.Context(), "acc-wechat", n)
					_, never := s.Notice(t.Context(), "acc-wechat", forged)
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						good++
					}
					if never == nil {
						bad++
					}
				})
			}
		}
		flood.Wait()
		if good != payments*copies || bad != 0 {
			t.Errorf("%d of %d notices were taken, and %d forgeries", good, payments*copies, bad)
		}
		for _, p := range made {
			s.want(p.ID, guitai.PaymentPaid, "")
			s.wallet(s.wechat, p, p.Amount.Fen, 0)
		}
		fee := int64(payments) * 5
		s.ledger(map[string]int64{"fees": fee, "receivable:acc-wechat": int64(payments)*1250 - fee, "sales": -int64(payments) * 1250})
		t.Logf("%d notices of %d payments, and as many forgeries", good, payments)
	})
}

// forge changes a bit of a notice, puts another's signature to it, or cuts it.
func forge(r *rand.Rand, n channel.RawNotice, others []channel.RawNotice) channel.RawNotice {
	f := channel.RawNotice{Header: n.Header, Body: slices.Clone(n.Body)}
	switch r.IntN(3) {
	case 0:
		f.Body[r.IntN(len(f.Body))] ^= 1 << r.IntN(8)
	case 1:
		f.Body = f.Body[:r.IntN(len(f.Body))]
	default:
		if other := others[r.IntN(len(others))]; string(other.Body) != string(n.Body) {
			f.Header = other.Header
		} else {
			f.Body = append(f.Body, ' ')
		}
	}
	return f
}

// tape keeps the notices that come.
type tape struct {
	*counter
	mu   sync.Mutex
	kept map[string]channel.RawNotice
}

func (c *tape) ReadNotice(raw channel.RawNotice) (channel.Notice, error) {
	n, err := c.counter.ReadNotice(raw)
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.kept[n.OrderNo] = raw
	}
	return n, err
}

// notices lists them in the order of their orders.
func (c *tape) notices() []channel.RawNotice {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []channel.RawNotice
	for _, no := range slices.Sorted(maps.Keys(c.kept)) {
		list = append(list, c.kept[no])
	}
	return list
}
