package pay

import (
	"context"
	"slices"
	"sync"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/store"
)

// health remembers which accounts did not answer of late. It is this node's own
// experience: nothing is stored.
type health struct {
	mu  sync.Mutex
	ill map[guitai.AccountID]illness
}

// illness is how long an account is tried last, and how often in a row it
// failed. Silent counts the answers that did not come.
type illness struct {
	until  time.Time
	failed int
	silent int
}

// The pauses of an account that fails: 10 s after the first time that nothing
// could be sent, or the third answer in a row that did not come, twice as long
// after each more, five minutes at most.
const (
	firstRest   = 10 * time.Second
	longestRest = 5 * time.Minute
	silentMost  = 3
)

// felt takes in how a call went.
func (h *health) felt(id guitai.AccountID, o channel.Outcome, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := h.ill[id]
	switch o {
	case channel.Unavailable:
		i.failed++
	case channel.Unknown:
		if i.silent++; i.silent >= silentMost {
			i.failed++
		}
	default:
		delete(h.ill, id)
		return
	}
	if i.failed > 0 {
		i.until = now.Add(min(firstRest<<min(i.failed-1, 10), longestRest))
	}
	if h.ill == nil {
		h.ill = map[guitai.AccountID]illness{}
	}
	h.ill[id] = i
}

// well reports whether an account is tried in its turn.
func (h *health) well(id guitai.AccountID, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !now.Before(h.ill[id].until)
}

// candidates lists the accounts that take a payment, those that answer first,
// in the order of their priority.
func (s *Switch) candidates(n need) []Account {
	var list []Account
	t := s.table()
	for _, a := range t.Accounts {
		if t.takes(a, n) {
			list = append(list, a)
		}
	}
	now := s.now()
	slices.SortStableFunc(list, func(x, y Account) int {
		switch a, b := s.health.well(x.ID, now), s.health.well(y.ID, now); {
		case a && !b:
			return -1
		case b && !a:
			return 1
		}
		return 0
	})
	return list
}

// account is the account that is tried first.
func (s *Switch) account(n need) (Account, error) {
	if list := s.candidates(n); len(list) > 0 {
		return list[0], nil
	}
	return Account{}, guitai.FailField(guitai.CodeWalletNotEnabled, "wallet")
}

// rerouteWithin is how old a payment may be when it is taken to another account:
// its last call must have its whole time before the cashier is answered.
const rerouteWithin = time.Second

// deliver sends a new payment, and sends it through another account of the same
// wallet where the first could be sent nothing. What may have been sent anywhere
// is sent nowhere else.
func (s *Switch) deliver(ctx context.Context, p guitai.Payment, r Request, acc Account) (guitai.Payment, error) {
	list := s.candidates(s.needOf(r.Merchant, r.Till, r.Kind, acc.Wallet))
	for {
		list = slices.DeleteFunc(list, func(a Account) bool { return a.ID == acc.ID })
		n := len(p.Attempts)
		ans := s.try(ctx, p.Attempts[n-1], func(call context.Context) channel.Answer { return s.call(call, p, r, acc) })
		if ans.Outcome != channel.Unavailable || len(list) == 0 || s.now().Sub(p.CreatedAt) > rerouteWithin {
			return s.told(ctx, ref(p, n), p, ans)
		}
		next, ok, err := s.reroute(context.WithoutCancel(ctx), ref(p, n), ans, list[0])
		if err != nil || !ok {
			return s.told(ctx, ref(p, n), p, ans)
		}
		p, acc = next, list[0]
	}
}

// reroute stores that nothing was sent, and the new attempt that takes the old
// one's place (transaction 2 of the old and 1 of the new).
func (s *Switch) reroute(ctx context.Context, at attemptRef, ans channel.Answer, acc Account) (p guitai.Payment, ok bool, err error) {
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		now := s.now()
		old, err := tx.Payment(at.merchant, at.payment)
		if err != nil {
			return err
		}
		a, err := s.newAttempt(acc, now)
		if err != nil {
			return err
		}
		e := eventOf(at.attempt, ans)
		next, c, may := old.Reroute(e, a, now)
		if ok = may; !ok {
			return nil
		}
		n := len(next.Attempts)
		next, sent := next.Apply(s.sending(n, now), now)
		c.After = sent.After
		rows := append(timelineOf(old, e, c, ans.Messages, now), store.TimelineRow{Merchant: at.merchant, Payment: at.payment,
			Attempt: n, At: now, Kind: "state", From: string(guitai.AttemptCreated), To: string(sent.To), Op: "reroute"})
		if err := s.keep(tx, rows, now); err != nil {
			return err
		}
		p, err = s.store(tx, old, next, c, now)
		return err
	})
	return p, ok, err
}
