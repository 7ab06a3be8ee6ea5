package pay_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/channel/channeltest"
)

// TestSoakBlackHoles lets a wallet fall silent for a while, in each way in which it
// can, under 2,000 payments that begin meanwhile: each is answered at the
// counter in time, by its end or by a doubt, goes to no other order, and comes
// to its end by the wallet's own word once the wallet speaks again.
func TestSoakBlackHoles(t *testing.T) {
	n := 80
	if soaking() {
		n = 2000
	}
	ways := map[string]channeltest.Faults{
		"nothing is sent": {Unavailable: 1}, "lost on the way there": {Lost: 1}, "an error, and nothing done": {Broken: 1},
		"done, and silent": {Silent: 1}, "done, and garbled": {Garbled: 1}, "arrives late": {Late: 1},
		"answers slowly": {Slow: 1}, "a bit of everything": {Unavailable: 0.1, Lost: 0.2, Broken: 0.1, Silent: 0.2, Garbled: 0.1, Late: 0.2, Slow: 0.1},
	}
	for name, faults := range ways {
		t.Run(name, func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) { blackHole(t, s, faults, n/len(ways)) })
		})
	}
}

func blackHole(t *testing.T, s *shop, faults channeltest.Faults, n int) {
	const outage = 10 * time.Minute
	for _, w := range []*counter{s.wechat, s.alipay} {
		w.SetFaults(faults)
	}
	began := time.Now()
	var tills sync.WaitGroup
	made := make([]guitai.Payment, n)
	for i := range n {
		w := []*counter{s.wechat, s.alipay}[i%2]
		r := s.scan(w, channeltest.Pays)
		if i%3 == 2 {
			r = s.show(w)
			r.ID = guitai.PaymentID(fmt.Sprint("show-", i))
		}
		tills.Go(func() {
			time.Sleep(time.Duration(i) * 300 * time.Millisecond)
			asked := time.Now()
			made[i] = s.take(r)
			if took := time.Since(asked); took > 10*time.Second {
				t.Errorf("%s: the till waited %v", r.ID, took)
			}
			time.Sleep(45*time.Second - time.Since(asked))
			switch p := s.get(r.ID); p.State {
			case guitai.PaymentPaid, guitai.PaymentFailed, guitai.PaymentClosed, guitai.PaymentUnknown, guitai.PaymentWaiting:
				if len(p.Attempts) != 1 {
					t.Errorf("%s: %d orders while the first was in doubt", p.ID, len(p.Attempts))
				}
			default:
				t.Errorf("%s: neither an end nor a doubt after 45 s: %s", p.ID, p.State)
			}
		})
	}
	tills.Wait()
	time.Sleep(outage - time.Since(began))
	for _, w := range []*counter{s.wechat, s.alipay} {
		w.SetFaults(channeltest.Faults{})
	}
	stuck := 0
	for _, p := range made {
		if !s.get(p.ID).State.Final() {
			stuck++
		}
	}
	// The grid of asking is two minutes wide by now, and a reversal may follow.
	time.Sleep(5 * time.Minute)
	var paid, back int64
	for _, p := range made {
		p = s.get(p.ID)
		w := map[guitai.Wallet]*counter{guitai.WeChat: s.wechat, guitai.Alipay: s.alipay}[p.Wallet]
		b := w.Judge(p.Attempts[0].OrderNo)
		held := b.ChargedFen - b.BackFen
		switch {
		case p.State == guitai.PaymentPaid && held == p.Amount.Fen:
			paid++
		case (p.State == guitai.PaymentClosed || p.State == guitai.PaymentFailed) && held == 0:
			back++
		default:
			t.Errorf("%s is %s %s; the payer was charged %d and got %d back", p.ID, p.State, p.Reason, b.ChargedFen, b.BackFen)
		}
	}
	s.jobsDone()
	t.Logf("%d payments: %d paid, %d not; %d had no end when the wallet came back, none had none 5 min later", n, paid, back, stuck)
}
