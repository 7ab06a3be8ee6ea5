package pay

import (
	"context"
	"sync"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/store"
)

// JobWake asks about all that is open at an account whose wallet speaks again.
const JobWake = "wake"

const (
	// usualCalls is how many calls a second an account's jobs may make when its
	// settings do not say. Wallets let a merchant make 100 to 150.
	usualCalls = 100
	// hands is how many calls that nobody waits for one account may have under way
	// at a time, roughly: enough for the whole budget at the wallets' usual 0.2 s,
	// and a quarter of a server's workers, so that a wallet that keeps each of them
	// for seconds does not keep them all.
	hands = 24
	// margin keeps a second's calls within the budget though one is made a little
	// late and the next in time.
	margin = 20 * time.Millisecond
	// atOnce is how long a job waits for its call with a worker in hand. For longer
	// it is put back.
	atOnce = 50 * time.Millisecond
	// stale is how long after its slot a job may still take it. Later, after a time
	// in which nobody worked, all that was given slots would come at once: it is
	// given another one, but no more than once, or a server that has too much to do
	// would do nothing but give slots.
	stale = time.Second
	// wakeAtOnce is how many jobs are given their times in one transaction.
	wakeAtOnce = 2000
)

// pace keeps the calls that nobody waits for (those of jobs) below what a wallet
// lets a merchant make. Each account has a row of slots, so far apart that its
// budget is kept; a job takes the next one that is free, and is run then. What
// cashiers do is never kept waiting: it is counted, and while there is much of it
// the slots are further apart, down to a tenth of the budget, so that no job
// waits for ever.
//
// The slots that were given stand in the database, as the times of the jobs;
// where the row ends is this node's own knowledge. Nodes share an account by the
// simplest rule: each takes its part (Switch.Nodes), whatever the others do.
type pace struct {
	mu sync.Mutex
	of map[guitai.AccountID]*beat
}

// beat is how the calls of one account go.
type beat struct {
	next   time.Time // the first slot that is free
	looked time.Time // when the clock was last looked at
	known  bool      // the slots that an earlier life of this node gave are known
	took   time.Duration
	silent int       // calls in a row that brought no answer
	heard  time.Time // when an answer last came
	// Calls of cashiers, in the second that began at second, and in the one before.
	second time.Time
	now    int64
	before int64
}

// at is the account's beat, at the instant now. The caller holds the lock.
func (p *pace) at(id guitai.AccountID, now time.Time) *beat {
	b := p.of[id]
	if b == nil {
		b = &beat{}
		if p.of == nil {
			p.of = map[guitai.AccountID]*beat{}
		}
		p.of[id] = b
	}
	if now.Before(b.looked.Add(-maxSkew)) { // the clock was set back: what was ahead of it is days away
		b.next, b.second, b.heard = time.Time{}, time.Time{}, time.Time{}
	}
	b.looked = now
	switch gone := now.Sub(b.second); {
	case gone >= 2*time.Second:
		b.second, b.now, b.before = now, 0, 0
	case gone >= time.Second:
		b.second, b.now, b.before = b.second.Add(time.Second), 0, b.now
	}
	return b
}

// every is how far apart slots are just now.
func (b *beat) every(calls int64) time.Duration {
	left := max(calls-max(b.now, b.before), (calls+9)/10)
	return max((time.Second+margin)/time.Duration(left), b.took/hands)
}

// book takes n slots that follow each other, and says when the first is and how
// far apart they are.
func (p *pace) book(id guitai.AccountID, calls int64, n int, now time.Time) (first time.Time, every time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.at(id, now)
	every = b.every(calls).Truncate(time.Microsecond)
	first = latest(b.next, now)
	b.next = first.Add(time.Duration(n) * every)
	return first, every
}

// count takes note of a call that a cashier waits for.
func (p *pace) count(id guitai.AccountID, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at(id, now).now++
}

// felt takes note of how long a call took and whether an answer came. It reports
// whether this is the first answer after silence.
func (p *pace) felt(id guitai.AccountID, o channel.Outcome, took time.Duration, now time.Time) (again bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.at(id, now)
	if o == channel.Unknown || o == channel.Unavailable {
		if now.Add(-took).Before(b.heard) {
			return false // sent before the wallet was last heard
		}
		if b.silent++; b.silent >= silentMost {
			b.took = (3*b.took + took) / 4
		}
		return false
	}
	if again = b.silent >= silentMost; again {
		b.took, b.next = took, now
	}
	b.heard, b.silent, b.took = now, 0, (3*b.took+took)/4
	return again
}

// callsPerS is this node's part of what the jobs of an account may make of calls
// in a second: 1 at least.
func (s *Switch) callsPerS(id guitai.AccountID) int64 {
	acc, _ := s.accountByID(id)
	if acc.CallsPerS <= 0 {
		acc.CallsPerS = usualCalls
	}
	return max(acc.CallsPerS/int64(max(s.Nodes, 1)), 1)
}

// inTurn reports whether a job may make its call now. If not, the job has been
// given a time at which it may, and there is nothing more to do.
func (s *Switch) inTurn(ctx context.Context, j store.Job) (bool, error) {
	if j.Account == "" || j.Paced() && (j.Tries > 2 || s.now().Sub(j.RunAt) < stale) {
		return true, nil
	}
	if err := s.recallPace(ctx, j.Account); err != nil {
		return false, err
	}
	now := s.now()
	at, _ := s.pace.book(j.Account, s.callsPerS(j.Account), 1, now)
	if wait := at.Sub(now); wait <= atOnce {
		time.Sleep(wait)
		return true, nil
	}
	return false, s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.PaceJob(j, at) })
}

// recallPace finds where the row of slots ends that an earlier life of this node
// gave, once.
func (s *Switch) recallPace(ctx context.Context, id guitai.AccountID) error {
	now := s.now()
	known := func() bool {
		s.pace.mu.Lock()
		defer s.pace.mu.Unlock()
		return s.pace.at(id, now).known
	}
	if known() {
		return nil
	}
	var n int
	var last time.Time
	err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		n, last, err = tx.PacedJobs(id)
		return err
	})
	if err != nil || known() {
		return err
	}
	s.pace.mu.Lock()
	defer s.pace.mu.Unlock()
	b := s.pace.at(id, now)
	b.known = true
	// Never longer than the row can be: the clock may have been wrong then.
	every := b.every(s.callsPerS(id))
	if longest := now.Add(time.Duration(n) * every); last.After(longest) {
		last = longest
	}
	if n > 0 {
		b.next = latest(b.next, last.Add(every))
	}
	return nil
}

// felt takes in how a call to an account went. When a wallet speaks again, what
// is open there is asked about at once and not at its own time, which may be an
// hour away: all of it is known within as many seconds as the account's budget
// goes into it.
func (s *Switch) felt(ctx context.Context, id guitai.AccountID, o channel.Outcome, began time.Time) {
	now := s.now()
	if !s.pace.felt(id, o, min(max(now.Sub(began), 0), s.Policy.CallTimeout), now) {
		return
	}
	acc, _ := s.accountByID(id)
	err := s.Store.InTx(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		return tx.Schedule(store.Job{Kind: JobWake, Merchant: acc.Merchant, Key: string(id), RunAt: now})
	})
	if err != nil {
		s.logError("an account speaks again, and its payments wait for their time", "", err)
	}
}

// feltRefund is felt for a call about a refund.
func (s *Switch) feltRefund(ctx context.Context, id guitai.AccountID, o channel.RefundOutcome, began time.Time) {
	said := channel.Paid // anything that is an answer
	switch o {
	case channel.RefundUnknown:
		said = channel.Unknown
	case channel.RefundUnavailable:
		said = channel.Unavailable
	}
	s.felt(ctx, id, said, began)
}

// Wake gives all jobs of an account that speaks again their slots, those first
// that would have run first.
func (s *Switch) Wake(ctx context.Context, j store.Job) error {
	id := guitai.AccountID(j.Key)
	kinds := []string{JobPayment, JobRefund, JobConfirm}
	for {
		now := s.now()
		n := 0
		err := s.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
			n, err = tx.SlowJobs(id, kinds, now)
			return err
		})
		if err != nil {
			return err
		}
		n = min(n, wakeAtOnce)
		if n == 0 && j.Tries < 2 {
			// Calls that were under way when it spoke again may bring no answer yet.
			return s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.DelayJob(j, now.Add(s.Policy.CallTimeout)) })
		}
		if n == 0 {
			return s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.FinishJob(j) })
		}
		first, every := s.pace.book(id, s.callsPerS(id), n, now)
		err = s.Store.InTx(ctx, func(tx *store.Tx) error {
			return tx.HurryJobs(id, kinds, now, store.Slots{First: first.Add(every), Every: every, N: n})
		})
		if err != nil {
			return err
		}
	}
}

// nextOf is what a job is to do, and when. A job that was hurried does at once
// what its plan has for later, as soon as that is right at all.
func (s *Switch) nextOf(p *guitai.Payment, j store.Job) Next {
	if !j.Due.IsZero() {
		return s.Plan(p, j.Due.Add(-time.Microsecond))
	}
	now := s.now()
	next := s.Plan(p, time.Time{})
	if a := p.Live(); a != nil && !next.At.After(now) && a.State != guitai.AttemptClosing {
		if end, action := s.endAt(p, a); action != ActNone && a.State != guitai.AttemptAsked && !end.After(now) {
			next.Action = action
		}
	}
	return next
}
