package pay_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"guitai"
	"guitai/pay"
)

// trade lets everybody at the shop do their work for an hour, then lets the
// faults stop and time go on until all is quiet.
func (h *hour) trade() {
	var all, tills sync.WaitGroup
	for i := range 3 {
		c := &cashier{hour: h, n: i, r: h.stream(fmt.Sprint("cashier", i))}
		tills.Go(c.work)
	}
	for i := range 2 {
		r := h.stream(fmt.Sprint("manager", i))
		all.Go(func() { h.tidy(r) })
	}
	ears := h.stream("ears")
	all.Go(func() { h.listen(ears) })
	cheat := h.stream("cheat")
	all.Go(func() { h.cheat(cheat) })
	storm, fate, wake := h.stream("storm"), h.stream("fate"), h.stream("wake")
	all.Go(func() { h.storm(storm) })
	all.Go(func() { h.fate(fate) })
	all.Go(func() { h.wake(wake) })
	tills.Wait()
	h.payers.Wait()
	all.Wait()
	if left := time.Until(h.closes.Add(10 * time.Minute)); left > 0 {
		time.Sleep(left)
	}
	h.log("faults stop")
	h.calm.Store(true)
	for _, acc := range accounts() {
		f := h.chance.faults
		f.Unavailable, f.Lost, f.Broken, f.Silent, f.Garbled, f.Late, f.Slow, f.Recall = 0, 0, 0, 0, 0, 0, 0, 0
		f.Refund.Stuck, f.Refund.FundsLow, f.Notice.Dropped = 0, 0, 0
		h.fakes[acc].SetFaults(f)
	}
	for i, n := range h.nodes {
		n.kill()
		if i == 0 {
			n.start() // now looking for others' jobs once in a while only
		}
	}
	if h.t.Failed() {
		return // what is found is found: a day of jobs that cannot be done takes minutes
	}
	time.Sleep(quietFor)
}

// cashier is one till with its person and its payers.
type cashier struct {
	hour *hour
	n    int
	r    *rand.Rand
	made int
	slip bool // the request was also sent with a mistake in it
}

func (c *cashier) between(a, b time.Duration) time.Duration {
	return a + time.Duration(c.r.Int64N(int64(b-a)))
}

func (c *cashier) chance(p float64) bool { return c.r.Float64() < p }

func (c *cashier) work() {
	for {
		time.Sleep(c.between(5*time.Second, 8*time.Minute))
		if time.Now().After(c.hour.closes) || c.hour.t.Failed() {
			return
		}
		c.sell()
	}
}

// sell takes one payment, or tries to, and what comes after it.
func (c *cashier) sell() {
	h := c.hour
	c.made++
	c.slip = false
	r := c.request()
	var twice sync.WaitGroup
	if c.chance(0.15) { // an impatient thumb, or another till with the same bill on its screen
		again, wait, at := r, c.between(0, 3*time.Second), c.r.IntN(2)
		if c.chance(0.3) {
			again.Amount.Fen++ // and a mistake in it
			c.slip = true
		}
		twice.Go(func() {
			time.Sleep(wait)
			h.again(again, at)
		})
	}
	p, ok := c.take(r)
	twice.Wait()
	if !ok {
		return
	}
	if p.Offer.Open() {
		shown := p // the till looks at it again meanwhile
		for i := range 1 + c.r.IntN(2) {
			r := h.stream(fmt.Sprint("phone ", p.ID, i))
			twice.Go(func() { h.phone(shown, r) })
		}
		defer twice.Wait()
	}
	for i := 0; i < 40 && !p.State.Final(); i++ {
		time.Sleep(c.between(time.Second, 10*time.Second))
		p = c.look(p)
	}
	if p.State == guitai.PaymentPaid {
		c.regret(p)
	}
}

// request makes up what is to be paid, with the ID that the till keeps.
func (c *cashier) request() pay.Request {
	h := c.hour
	r := pay.Request{ID: guitai.PaymentID(fmt.Sprintf("pay-%d-%d", c.n, c.made)), Merchant: merchant, Shop: "shp", Till: guitai.TillID(fmt.Sprint("til-", c.n)),
		Amount: guitai.Fen(1 + c.r.Int64N(50000)), Description: "茶叶"}
	acc := accounts()[c.r.IntN(3)]
	if c.chance(0.55) {
		r.Kind, r.AuthCode = guitai.Scan, h.fakes[acc].PayerCode("")
		if acc == accountW {
			h.fakes[accountV].Accept(r.AuthCode, h.fakes[acc])
		}
	} else {
		r.Kind, r.Wallet, r.ExpiresIn = guitai.Show, h.fakes[acc].Wallet(), c.between(20*time.Second, 2*time.Minute).Truncate(time.Second)
	}
	if r.Kind == guitai.Show && c.chance(0.5) {
		r.Wallet = "" // whichever the payer opens it in
	}
	if c.chance(0.4) {
		h.mu.Lock()
		defer h.mu.Unlock()
		r.Sale, r.Tender = fmt.Sprintf("sale-%d-%d", c.n, c.made), "1"
		if n := len(h.sales); n > 0 && c.chance(0.4) {
			r.Sale = h.sales[max(0, n-1-c.r.IntN(3))] // the bill of another till
		}
		h.sales = append(h.sales, r.Sale)
	}
	return r
}

// take sends the request until somebody answers it.
func (c *cashier) take(r pay.Request) (guitai.Payment, bool) {
	for range 6 {
		var p guitai.Payment
		err := c.call("take "+string(r.ID), func(l *life) (err error) {
			c.hour.asks(r.ID, l)
			p, err = l.sw.Take(context.Background(), r)
			return err
		})
		switch {
		case err == nil:
			c.hour.tell(r, p)
			return p, true
		case guitai.Conflict.Is(err) && guitai.AsError(err).Code == guitai.CodeSaleTaken:
			return p, false
		case guitai.Conflict.Is(err) && guitai.AsError(err).Code == guitai.CodeIDTaken && c.slip:
			return p, false // the one with the mistake was first
		case guitai.Limited.Is(err):
			c.hour.mu.Lock()
			defer c.hour.mu.Unlock()
			c.hour.sum.refused++
			return p, false
		case guitai.Unavailable.Is(err), guitai.Unknown.Is(err), errors.Is(err, errDown):
			if c.chance(0.3) {
				return p, false // the payer has gone, or the till's battery has
			}
		default:
			c.hour.t.Errorf("seed %d: take %s: %v", c.hour.seed, r.ID, err)
			return p, false
		}
		time.Sleep(c.between(time.Second, 20*time.Second))
	}
	return guitai.Payment{}, false
}

// call is one request of a till to a node. The node may be down, may be killed
// before it answers, and its answer may get lost.
func (c *cashier) call(what string, do func(*life) error) error {
	h := c.hour
	l := h.reach(c.r.IntN(2))
	lost := c.chance(h.chance.lost)
	if l == nil {
		h.log("till %d: %s: %v", c.n, what, errDown)
		return errDown
	}
	err := do(l)
	if l.dead.Load() || lost {
		h.log("till %d: %s at %s: no answer", c.n, what, l.name)
		return errDown
	}
	h.log("till %d: %s at %s: %v", c.n, what, l.name, err)
	return err
}

// again repeats a request beside the first, or sends another under its ID.
func (h *hour) again(r pay.Request, at int) {
	l := h.reach(at)
	if l == nil {
		return
	}
	h.asks(r.ID, l)
	p, err := l.sw.Take(context.Background(), r)
	h.log("again %s at %s: %s %v", r.ID, l.name, p.State, err)
	if l.dead.Load() || err != nil {
		return
	}
	h.tell(r, p)
}

// look is what a cashier does while a payment has no end.
func (c *cashier) look(p guitai.Payment) guitai.Payment {
	next, x := p, c.r.Float64()
	err := c.call("look at "+string(p.ID), func(l *life) (err error) {
		switch {
		case x < c.hour.chance.cancel:
			next, err = l.sw.Close(context.Background(), merchant, p.ID)
		case x < 0.3:
			next, err = l.sw.Ask(context.Background(), merchant, p.ID)
		default:
			next, err = l.sw.Get(context.Background(), merchant, p.ID)
		}
		return err
	})
	switch {
	case err == nil:
		c.hour.tell(pay.Request{ID: p.ID, Amount: p.Amount}, next)
		return next
	case guitai.Conflict.Is(err), guitai.Unavailable.Is(err), guitai.Unknown.Is(err), errors.Is(err, errDown):
	default:
		c.hour.t.Errorf("seed %d: look at %s: %v", c.hour.seed, p.ID, err)
	}
	return p
}

// regret voids some payments and gives parts of others back, each perhaps
// twice, and perhaps more than there is.
func (c *cashier) regret(p guitai.Payment) {
	void, times := c.chance(0.15), 0
	if c.chance(0.35) {
		times = 1 + c.r.IntN(3)
	}
	for i := range times + 1 {
		if i == times && !void {
			return
		}
		time.Sleep(c.between(time.Second, time.Minute))
		r := pay.RefundRequest{ID: guitai.RefundID(fmt.Sprintf("ref-%d-%d-%d", c.n, c.made, i)), Merchant: merchant, Payment: p.ID, Reason: "退货"}
		if i < times {
			r.Amount = guitai.Fen(1 + c.r.Int64N(p.Amount.Fen))
		}
		c.giveBack(r, i == times)
		if c.chance(0.3) {
			time.Sleep(c.between(0, 5*time.Second))
			c.giveBack(r, i == times)
		}
	}
}

func (c *cashier) giveBack(r pay.RefundRequest, void bool) {
	for range 4 {
		err := c.call("refund "+string(r.ID), func(l *life) (err error) {
			if void {
				_, err = l.sw.Void(context.Background(), r)
			} else {
				_, err = l.sw.Refund(context.Background(), r)
			}
			return err
		})
		switch {
		case err == nil, guitai.Conflict.Is(err):
			return
		case guitai.Unavailable.Is(err), guitai.Unknown.Is(err), errors.Is(err, errDown):
		default:
			c.hour.t.Errorf("seed %d: refund %s: %v", c.hour.seed, r.ID, err)
			return
		}
		time.Sleep(c.between(time.Second, 20*time.Second))
	}
}

// tidy is a manager who attaches money in suspense or gives it back.
func (h *hour) tidy(r *rand.Rand) {
	for time.Now().Before(h.closes) {
		time.Sleep(time.Minute + time.Duration(r.Int64N(int64(8*time.Minute))))
		l := h.reach(r.IntN(2))
		if l == nil {
			continue
		}
		list, err := l.sw.Unresolved(context.Background(), merchant, 100)
		if err != nil && !l.dead.Load() {
			h.t.Errorf("seed %d: unresolved: %v", h.seed, err)
		}
		for _, sus := range list {
			x := r.Float64()
			time.Sleep(time.Duration(r.Int64N(int64(time.Second))))
			switch {
			case x < 0.4:
				_, err = l.sw.Attach(context.Background(), merchant, sus.ID)
			case x < 0.6:
				err = h.bothHands(l, sus.ID, r)
			case x < 0.75:
				_, err = l.sw.Keep(context.Background(), pay.KeepRequest{Merchant: merchant, ID: sus.ID, Note: "看看"})
			default:
				continue
			}
			h.log("suspense of %s: %.1f %v", sus.Payment, x, err)
			if err != nil && !l.dead.Load() && !guitai.Conflict.Is(err) {
				h.t.Errorf("seed %d: suspense %s: %v", h.seed, sus.ID, err)
			}
		}
	}
}

// bothHands gives money back while another manager counts it for its payment:
// one of the two is refused.
func (h *hour) bothHands(l *life, id guitai.SuspenseID, r *rand.Rand) error {
	var other sync.WaitGroup
	if wait := time.Duration(1 + r.Int64N(int64(time.Second))); r.Float64() < 0.5 {
		other.Go(func() {
			time.Sleep(wait)
			_, err := l.sw.Attach(context.Background(), merchant, id)
			h.log("another hand on suspense: %v", err)
			if err != nil && !l.dead.Load() && !guitai.Conflict.Is(err) {
				h.t.Errorf("seed %d: suspense %s: %v", h.seed, id, err)
			}
		})
	}
	_, err := l.sw.GiveBack(context.Background(), merchant, id)
	other.Wait()
	return err
}

// tell notes what a till was told of the payment that it asked for.
func (h *hour) tell(r pay.Request, p guitai.Payment) {
	if p.ID != r.ID || p.Amount != r.Amount {
		h.t.Errorf("seed %d: asked for %s over %v, told of %s over %v", h.seed, r.ID, r.Amount, p.ID, p.Amount)
	}
	h.log("told: %s %s %s", p.ID, p.State, p.Reason)
	var open []string
	if p.State == guitai.PaymentClosed || p.State == guitai.PaymentFailed {
		open = h.open(p) // not under our lock: the wallet logs under its own
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, no := range open {
		if !h.lied[no] {
			h.t.Errorf("seed %d: the till is told that %s is %s, and its order can still be paid", h.seed, p.ID, p.State)
		}
	}
	h.told[p.ID] = append(h.told[p.ID], p.State)
}
