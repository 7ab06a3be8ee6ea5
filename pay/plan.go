package pay

import (
	"time"

	"guitai"
	"guitai/channel"
)

// Action is what the switch does next with a payment or a refund by itself.
type Action string

// The actions.
const (
	ActNone    Action = "none"
	ActAsk     Action = "ask"
	ActClose   Action = "close"
	ActReverse Action = "reverse"
	ActSend    Action = "send" // refunds only: send it again under its number
)

// Next is the next action and when it is due. With ActNone, At is zero.
type Next struct {
	Action Action
	At     time.Time
}

// Plan says what is next for a payment after the instant from. It is pure: the
// job that is due at t finds its action by planning from just before t.
func (s *Switch) Plan(p *guitai.Payment, from time.Time) Next {
	a := p.Live()
	if a == nil && p.Offer.Open() {
		return Next{ActClose, latest(p.ExpiresAt.Add(s.Policy.ShowGrace), from)}
	}
	if a == nil {
		return Next{Action: ActNone}
	}
	switch a.State {
	case guitai.AttemptAsked:
		// The call itself has its time; after it nobody is left to answer.
		return Next{ActAsk, latest(a.SendBy.Add(s.Policy.CallTimeout), from)}
	case guitai.AttemptWaiting, guitai.AttemptUnknown:
		ask := s.tick(a.AskedAt, from)
		end, action := s.endAt(p, a)
		if action == ActNone || ask.Before(end) {
			return Next{ActAsk, ask}
		}
		if end.After(from) {
			return Next{action, end}
		}
		return Next{action, ask} // overdue: at the pace of asking, never at once
	case guitai.AttemptClosing:
		action := ActClose
		if a.Ending == guitai.EndReverse {
			action = ActReverse
		}
		if from.Before(a.EndAt) {
			return Next{action, a.EndAt}
		}
		// Never while the first ending that was sent may still be answered. The
		// grid begins after it: whoever plans from just before a point of the
		// grid must find that point, or the job would run away from its time.
		return Next{action, s.tick(a.EndAt.Add(s.Policy.CallTimeout), from)}
	}
	return Next{Action: ActNone}
}

// endAt says when a payment that found no end is closed or reversed, and how.
func (s *Switch) endAt(p *guitai.Payment, a *guitai.Attempt) (time.Time, Action) {
	ender, ok := s.channelOf(a.Account).(channel.Ender)
	if a.NoEnd || !ok {
		return time.Time{}, ActNone
	}
	action := ActClose
	if ender.Ending(p.Kind) == guitai.EndReverse {
		action = ActReverse
	}
	if p.Kind == guitai.Show && a.State == guitai.AttemptWaiting && a.Code != "" {
		return p.ExpiresAt.Add(s.Policy.ShowGrace), action
	}
	if p.Kind == guitai.Show {
		// Nobody ever saw a code that got no answer: nothing to wait for, also
		// when the wallet, asked later, waits for somebody to scan it.
		return s.reversible(a, action), action
	}
	return latest(a.AskedAt.Add(s.Policy.ScanLimit), s.reversible(a, action)), action
}

// reversible is the first instant at which ending an attempt is right: a
// reversal must not overtake the charge that it undoes.
func (s *Switch) reversible(a *guitai.Attempt, action Action) time.Time {
	if action != ActReverse {
		return a.AskedAt
	}
	earliest := a.AskedAt.Add(s.Policy.ReverseAfter)
	if a.State == guitai.AttemptWaiting {
		return earliest // the wallet answered: nothing is on its way any more
	}
	return latest(earliest, a.BelieveAt)
}

// tick is the first instant after from on a grid that begins at base and gets
// wider: somebody waits at the counter at first, later only the books do. The
// grid needs no counter, so that a restart or another node goes on with it.
func (s *Switch) tick(base, from time.Time) time.Time {
	steps := []struct{ every, until time.Duration }{
		{s.Policy.AskEvery, time.Minute},
		{30 * time.Second, 10 * time.Minute},
		{2 * time.Minute, time.Hour},
		{10 * time.Minute, 24 * time.Hour},
		{time.Hour, 1 << 62},
	}
	gone := max(from.Sub(base), 0)
	for _, st := range steps {
		if next := (gone/st.every + 1) * st.every; next <= st.until {
			return base.Add(next)
		}
	}
	return from.Add(time.Hour)
}

// PlanRefund says what is next for a refund after the instant from.
func (s *Switch) PlanRefund(r *guitai.Refund, from time.Time) Next {
	switch r.State {
	case guitai.RefundCreated:
		return Next{ActSend, from}
	case guitai.RefundAsked:
		return Next{ActAsk, latest(r.SendBy.Add(s.Policy.CallTimeout), from)}
	case guitai.RefundUnknown, guitai.RefundPending:
		return Next{ActAsk, s.tick(r.CreatedAt, from)}
	case guitai.RefundStuck:
		// It may come to its end without us: by the wallet's own people.
		const day = 24 * time.Hour
		return Next{ActAsk, r.CreatedAt.Add((max(from.Sub(r.CreatedAt), 0)/day + 1) * day)}
	}
	return Next{Action: ActNone}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
