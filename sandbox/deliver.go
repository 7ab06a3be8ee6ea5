package sandbox

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
	"guitai/sandbox/wallet"
)

const (
	answerWithin = 5 * time.Second // "支付通知": a later answer counts as none
	deliverMost  = 32              // deliveries at once
	lookAtLeast  = time.Second     // the clock may jump: look again that often
)

// courier delivers notices; one notice is never delivered twice at once.
type courier struct {
	street *Street
	client *http.Client
	places chan struct{}
	mu     sync.Mutex
	out    map[string]struct{} // notices under way
	again  chan struct{}
}

// deliverAll does what the book has due until the street closes.
func (s *Street) deliverAll() {
	transport := &http.Transport{MaxIdleConnsPerHost: deliverMost}
	defer transport.CloseIdleConnections()
	c := &courier{
		street: s, places: make(chan struct{}, deliverMost), out: map[string]struct{}{}, again: make(chan struct{}, 1),
		client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	for s.ctx.Err() == nil {
		next := c.round()
		timer := time.NewTimer(next)
		select {
		case <-s.ctx.Done():
		case <-s.book.Wake():
		case <-c.again:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// round starts what is due and tells how long the next thing is away.
func (c *courier) round() time.Duration {
	s := c.street
	act, err := s.book.Due()
	if err != nil {
		s.log.Error("sandbox book", "error", err)
		return lookAtLeast
	}
	due, next, err := s.book.Owed()
	if err != nil {
		s.log.Error("sandbox book", "error", err)
		return lookAtLeast
	}
	for _, n := range due {
		if c.take(n.ID) {
			s.work.Go(func() { c.carry(n) })
		}
	}
	away := lookAtLeast
	for _, at := range []time.Time{act, next} {
		if !at.IsZero() {
			away = min(away, max(at.Sub(s.now()), time.Millisecond))
		}
	}
	return away
}

func (c *courier) take(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.out[id]; ok {
		return false
	}
	select {
	case c.places <- struct{}{}:
	default:
		return false
	}
	c.out[id] = struct{}{}
	return true
}

// carry makes one delivery of a notice as the faults want it.
func (c *courier) carry(n book.Notice) {
	defer func() {
		c.mu.Lock()
		delete(c.out, n.ID)
		c.mu.Unlock()
		<-c.places
		select {
		case c.again <- struct{}{}:
		default:
		}
	}()
	s := c.street
	p, ok := s.providers[n.Wallet]
	if !ok {
		return
	}
	plan := s.faults.Draw(string(n.Wallet), fault.OpNotice)
	for _, k := range []fault.Kind{fault.DelayNotice, fault.ReorderNotice} {
		// Only before its first delivery, or it would never arrive.
		if plan.Has(k) && n.NextAt.Equal(n.CreatedAt) {
			c.note(s.book.Postpone(n.ID, plan.Wait(k)))
			return
		}
	}
	end := book.Failed
	if !plan.Has(fault.DropNotice) && c.hand(p, n, plan) {
		end = book.Accepted
	}
	if s.ctx.Err() == nil {
		c.note(s.book.Tried(n.ID, end))
	}
}

func (c *courier) note(err error) {
	if err != nil {
		c.street.log.Error("sandbox book", "error", err)
	}
}

// hand gives the notice to the merchant, the false ones of the plan first.
func (c *courier) hand(p wallet.Provider, n book.Notice, plan fault.Plan) bool {
	lies := []fault.Kind{fault.ForgedNotice, fault.SignTestProbe}
	for _, k := range lies {
		if plan.Has(k) && c.post(p, n, fault.Only(k)) {
			c.street.log.Warn("sandbox: a false notice was accepted", "wallet", n.Wallet, "kind", k)
		}
	}
	plan = plan.Without(lies...)
	taken := c.post(p, n, plan)
	if plan.Has(fault.DuplicateNotice) {
		taken = c.post(p, n, plan) || taken
	}
	return taken
}

func (c *courier) post(p wallet.Provider, n book.Notice, plan fault.Plan) bool {
	ctx, done := context.WithTimeout(c.street.ctx, answerWithin)
	defer done()
	r, err := p.NoticeRequest(ctx, n, plan)
	if err != nil {
		c.street.log.Error("sandbox notice", "wallet", n.Wallet, "error", err)
		return false
	}
	answer, err := c.client.Do(r)
	if err != nil {
		c.street.log.Debug("sandbox notice not delivered", "wallet", n.Wallet, "error", err)
		return false
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	if cerr := answer.Body.Close(); err != nil || cerr != nil {
		return false
	}
	return p.NoticeTaken(answer.StatusCode, body)
}
