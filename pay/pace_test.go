package pay_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/channel/channeltest"
	"guitai/pay"
	"guitai/store"
)

// budget of the account in these tests, in calls a second.
const budget = 100

// TestSoakStuckPayments: while a wallet is silent 2,000 payments get
// stuck. When it speaks again, all are known within as many seconds as the
// account's budget goes into them, though their own time to be asked about would
// be minutes away; at no time do jobs make more calls than the budget allows; and
// who pays meanwhile waits for nothing.
func TestSoakStuckPayments(t *testing.T) {
	n := 200
	if soaking() {
		n = 2000
	}
	inShop(t, func(t *testing.T, s *shop) {
		s.rest()
		s.workers = 48
		s.Accounts[0].CallsPerS = budget
		s.work()
		s.wechat.SetFaults(channeltest.Faults{Silent: 0.5, Lost: 0.5})
		var tills sync.WaitGroup
		made := make([]guitai.PaymentID, n)
		for i := range n {
			r := s.scan(s.wechat, channeltest.Pays)
			made[i] = r.ID
			tills.Go(func() {
				time.Sleep(time.Duration(i) * 100 * time.Millisecond)
				s.take(r)
			})
		}
		tills.Wait()
		time.Sleep(10 * time.Minute)
		for _, id := range made {
			if p := s.get(id); p.State != guitai.PaymentUnknown {
				t.Fatalf("%s is %s under a silent wallet", id, p.State)
			}
		}
		if spent := pace(s.wechat); spent > budget {
			t.Errorf("%d calls in a second under a silent wallet", spent)
		}
		s.wechat.SetFaults(channeltest.Faults{})
		back := time.Now()
		for s.wechat.heardAt().Before(back) { // somebody asks now and then
			time.Sleep(100 * time.Millisecond)
			if time.Since(back) > 30*time.Second {
				t.Fatal("nobody noticed that the wallet is back")
			}
		}
		noticed := time.Since(back)
		fresh := s.paid(s.wechat) // a cashier waits for nobody
		// Calls that went out into the silence have their time, too.
		limit := s.Policy.CallTimeout + time.Duration(n)*time.Second/budget + 2*time.Second
		time.Sleep(limit)
		for _, id := range made {
			if p := s.get(id); !p.State.Final() {
				t.Fatalf("%s is %s %v after the wallet was heard; next %v", id, p.State, limit, s.Plan(&p, time.Now()))
			}
		}
		if took := fresh.PaidAt.Sub(fresh.CreatedAt); took > time.Second {
			t.Errorf("a payment of that time took %v", took)
		}
		if most := pace(s.wechat); most > budget {
			t.Errorf("%d calls of jobs within a second, with a budget of %d", most, budget)
		}
		s.jobsDone()
		t.Logf("%d stuck payments: heard %v after the end of silence, all known %v later; at most %d calls a second", n, noticed, limit, pace(s.wechat))
	})
}

// pace is how many calls jobs made in the fullest second.
func pace(c *counter) int {
	at := slices.Concat(c.when("ask"), c.when("end"))
	slices.SortFunc(at, time.Time.Compare)
	most, from := 0, 0
	for i, t := range at {
		for t.Sub(at[from]) >= time.Second {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// TestPaceGivesSlotsOnce: 300 payments fall due in one instant. Each is asked
// about once, 10 ms after the one before; what waits longer than a moment is put
// back once, and no more is written for it.
func TestPaceGivesSlotsOnce(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		const n = 300
		s.rest()
		for range n {
			r := s.show(s.wechat)
			r.ExpiresIn = time.Hour
			s.take(r)
		}
		time.Sleep(time.Minute)
		before := s.Store.Counts().Written
		s.workers = 48
		s.work()
		time.Sleep(n*time.Second/budget + time.Second)
		asks := s.wechat.when("ask")
		if len(asks) < n || len(asks) > n+budget {
			t.Errorf("%d questions about %d payments", len(asks), n)
		}
		if most := pace(s.wechat); most > budget {
			t.Errorf("%d calls within a second", most)
		}
		// A question is claimed, perhaps put back and claimed again, and stored.
		if wrote := s.Store.Counts().Written - before; wrote > 5*n {
			t.Errorf("%d transactions for %d questions", wrote, n)
		}
	})
}

// TestPaceOfNodes: nodes share a budget by their number, and one that starts again
// goes on behind the slots that it gave before.
func TestPaceOfNodes(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		const n = 100
		s.rest()
		s.Nodes, s.workers = 4, 48
		for range n {
			r := s.show(s.wechat)
			r.ExpiresIn = time.Hour
			s.take(r)
		}
		time.Sleep(2 * time.Minute)
		s.work()
		time.Sleep(time.Second)
		s.rest()
		again := &pay.Switch{Store: s.Store, Accounts: s.Accounts, Channels: s.Channels, Policy: s.Policy, Now: s.Now, Rand: s.Rand, Log: s.Log, Secret: s.Secret, Nodes: 4}
		s.Switch = again
		s.work()
		time.Sleep(n*time.Second*4/budget + 3*time.Second)
		if asks := len(s.wechat.when("ask")); asks < n {
			t.Errorf("%d of %d were asked about", asks, n)
		}
		// What fell due in the moment in which nobody worked comes at once.
		if most := pace(s.wechat); most > budget/4+5 {
			t.Errorf("%d calls within a second, with a quarter of %d", most, budget)
		}
	})
}

// TestPaceAfterAClockWasSetBack: slots that were given while the clock was ahead
// keep nobody waiting for days.
func TestPaceAfterAClockWasSetBack(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.ahead.Store(int64(48 * time.Hour))
		p := s.take(s.show(s.wechat))
		if _, err := s.Ask(t.Context(), shopkeeper, p.ID); err != nil {
			t.Fatal(err)
		}
		s.ahead.Store(0)
		for i := range 5 {
			r := s.show(s.wechat)
			r.ID = guitai.PaymentID(fmt.Sprint("back-", i))
			p := s.take(r)
			time.Sleep(10 * time.Second)
			if asks := s.wechat.when("ask"); len(asks) == 0 || time.Since(asks[len(asks)-1]) > 6*time.Second {
				t.Fatalf("nobody asked about %s", p.ID)
			}
		}
	})
}

// TestHurriedJobsKeepTheirBounds: a wallet that speaks again is asked at once, but
// nothing is reversed before its time.
func TestHurriedJobsKeepTheirBounds(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.wechat.SetFaults(channeltest.Faults{Silent: 1})
		last := s.take(s.scan(s.wechat, channeltest.Pays))
		s.wechat.SetFaults(channeltest.Faults{})
		err := s.Store.InTx(t.Context(), func(tx *store.Tx) error {
			return tx.HurryJobs("acc-wechat", []string{pay.JobPayment}, time.Now(), store.Slots{First: time.Now().Add(time.Second), Every: time.Second, N: 10})
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if asks := s.wechat.when("ask"); len(asks) == 0 || asks[0].Sub(last.CreatedAt) > 11*time.Second {
			t.Errorf("asked at %v", asks)
		}
		for _, at := range s.wechat.when("end") {
			if at.Before(last.CreatedAt.Add(s.Policy.SendWithin + s.Policy.CallTimeout + s.Policy.Lag)) {
				t.Errorf("reversed %v after its charge", at.Sub(last.CreatedAt))
			}
		}
		s.jobsDone()
	})
}
