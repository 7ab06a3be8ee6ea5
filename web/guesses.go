package web

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// guesses bounds how much work one address can cause by signing in: a PIN costs
// memory and time to check, right or wrong. It is not what guards a PIN (each
// number has a lock of its own, in office) and it stops nobody at another
// address.
type guesses struct {
	mu    sync.Mutex
	of    map[string]*rate.Limiter
	times int // how many times as much as for signing in; 0: once
	// pace and burst are what one address may do instead, when burst is set.
	pace  rate.Limit
	burst int
}

const (
	guessesPerSec = 5
	guessBurst    = 40
	bindBurst     = 5 // tries at an enrolment code, and then one a minute
	bindEvery     = time.Minute
	maxAddresses  = 10_000 // remembered at once
)

// allow takes one guess from what an address may still do.
func (g *guesses) allow(ip string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.of == nil {
		g.of = map[string]*rate.Limiter{}
	}
	l := g.of[ip]
	if l == nil {
		if len(g.of) >= maxAddresses {
			g.forget(now)
		}
		l = rate.NewLimiter(g.limits())
		g.of[ip] = l
	}
	return l.AllowN(now, 1)
}

func (g *guesses) limits() (rate.Limit, int) {
	if g.burst == 0 {
		n := max(1, g.times)
		return rate.Limit(n * guessesPerSec), n * guessBurst
	}
	return g.pace, g.burst
}

// forget drops the addresses that have been quiet; if none has, all of them:
// their numbers stay locked.
func (g *guesses) forget(now time.Time) {
	for ip, l := range g.of {
		if l.TokensAt(now) >= float64(l.Burst()) {
			delete(g.of, ip)
		}
	}
	if len(g.of) >= maxAddresses {
		clear(g.of)
	}
}
