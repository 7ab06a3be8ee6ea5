package channeltest

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	"guitai"
	"guitai/channel"
)

// stream gives the random numbers of one thing, by its name.
func (f *Fake) stream(name string) *rand.Rand {
	h := fnv.New64a()
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], f.seed)
	h.Write(b[:])
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(f.seed, h.Sum64()))
}

// between draws a time from a to b.
func between(r *rand.Rand, a, b time.Duration) time.Duration {
	if b <= a {
		return a
	}
	return a + time.Duration(r.Int64N(int64(b-a)))
}

// draw picks one behaviour by weight; none gives the first of the empty word.
func draw(r *rand.Rand, ws []Weight) Behaviour {
	var sum float64
	for _, w := range ws {
		sum += w.Weight
	}
	x := r.Float64() * sum
	for _, w := range ws {
		if x -= w.Weight; x < 0 {
			return w.Behaviour
		}
	}
	return ""
}

// wake takes the instant d from now, moved by microseconds until no other actor
// of this wallet wakes in it. The lock is held.
func (f *Fake) wake(d time.Duration) time.Duration {
	now := f.opt.Now()
	at := now.Add(d).UnixMicro() + 1
	for f.wakes[at] {
		at++
	}
	if len(f.wakes) > 1<<14 {
		for old := range f.wakes {
			if old < now.UnixMicro() {
				delete(f.wakes, old)
			}
		}
	}
	f.wakes[at] = true
	return time.UnixMicro(at).Sub(now)
}

// later does work, under the lock, d from now, unless the wallet is closed
// before. The lock is held.
func (f *Fake) later(d time.Duration, work func()) {
	if f.closed {
		return
	}
	timer := time.NewTimer(f.wake(d))
	f.done.Go(func() {
		defer timer.Stop()
		select {
		case <-f.stop:
		case <-timer.C:
			f.mu.Lock()
			defer f.mu.Unlock()
			if !f.closed {
				work()
			}
		}
	})
}

// fate is how a call ends for the caller.
type fate int

const (
	answered fate = iota // by what the wallet says
	unknown              // by nothing that can be believed
	unsent               // nothing was sent
)

// plan says what becomes of one call.
type plan struct {
	fate   fate
	effect bool          // whether the wallet does it
	reach  time.Duration // from now until it does
	back   time.Duration // from then until the caller hears; < 0: never
	tell   Fault         // WrongAmount, or nothing
	say    string        // the wallet's code instead of any effect
	rand   *rand.Rand
}

// plan draws what becomes of a call. The lock is held.
func (f *Fake) plan(c Call, no string, left time.Duration) plan {
	name := fmt.Sprintf("%s/%s/%s", c.Op, c.Kind, no)
	f.asked[name]++
	r := f.stream(fmt.Sprintf("%s/%d", name, f.asked[name]))
	p := plan{effect: true, rand: r, reach: between(r, f.opt.Latency/8, f.opt.Latency), back: between(r, f.opt.Latency/8, f.opt.Latency)}
	dice, slow := r.Float64(), r.Float64()
	if said := f.said[c]; len(said) > 0 {
		f.said[c], p.say = said[1:], said[0]
		return p
	}
	if in := f.injected[c]; len(in) > 0 {
		f.injected[c] = in[1:]
		return p.inject(in[0])
	}
	x := f.faults
	hit := func(chance float64) bool { dice -= chance; return dice < 0 }
	switch {
	case hit(x.Unavailable):
		p.fate, p.effect = unsent, false
	case hit(x.Lost):
		p.fate, p.effect, p.back = unknown, false, -1
	case hit(x.Broken):
		p.fate, p.effect = unknown, false
	case hit(x.Silent):
		p.fate, p.back = unknown, -1
	case hit(x.Garbled):
		p.fate = unknown
	case hit(x.Late):
		p.reach = time.Duration(slow * float64(left+f.opt.Lag))
	case hit(x.Slow):
		p.back = time.Duration(slow * float64(left-p.reach))
	}
	return p
}

func (p plan) inject(x Fault) plan {
	switch x {
	case SilentBefore:
		p.fate, p.effect, p.back = unknown, false, -1
	case SilentAfter:
		p.fate, p.back = unknown, -1
	case ErrorBefore:
		p.fate, p.effect = unknown, false
	case ErrorAfter, HalfBody, BadSignature:
		p.fate = unknown
	case WrongAmount:
		p.tell = WrongAmount
	}
	return p
}

// exchange carries one call to the wallet and its answer back. effect is done
// under the lock, at the instant the wallet gets the call, whether or not the
// caller still waits.
func exchange[T any](ctx context.Context, f *Fake, c Call, no string, effect func(plan) T) (T, fate, channel.Message) {
	var none T
	start := f.opt.Now()
	m := channel.Message{At: start.UTC(), Op: "fake." + string(c.Op), Out: no}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = start.Add(f.opt.CallTimeout)
	}
	ctx, stop := context.WithDeadline(ctx, deadline)
	defer stop()
	f.mu.Lock()
	if f.closed || ctx.Err() != nil {
		f.mu.Unlock()
		m.Failure = "not sent"
		return none, unsent, m
	}
	left := deadline.Sub(start)
	p := f.plan(c, no, left)
	answer := make(chan T, 1)
	if p.effect {
		f.later(min(p.reach, left+f.opt.Lag-time.Millisecond), func() {
			f.trace(fmt.Sprintf("%s %s %s", c.Op, c.Kind, no))
			answer <- effect(p)
		})
	}
	// An answer that would come with the deadline or after it never comes: the
	// caller must not have two reasons to wake in one instant.
	home := p.reach + p.back
	hangs := p.back < 0 || home >= left-time.Millisecond
	var timer <-chan time.Time
	if !hangs {
		timer = time.After(f.wake(home))
	}
	f.mu.Unlock()
	end := p.fate
	select {
	case <-ctx.Done():
		if end == answered {
			end = unknown
		}
	case <-timer:
	}
	m.Took = f.opt.Now().Sub(start)
	if end != answered {
		m.Failure = [...]string{unknown: "no answer that can be believed", unsent: "not sent"}[end]
		return none, end, m
	}
	a, came := arrived(ctx, f, answer)
	if !came { // the wallet was closed meanwhile
		m.Failure = "no answer"
		return none, unknown, m
	}
	m.HTTP = 200
	return a, answered, m
}

// arrived takes the answer whose time has come. In virtual time it is there; in
// true time a busy machine may be a hair late with it.
func arrived[T any](ctx context.Context, f *Fake, answer <-chan T) (a T, came bool) {
	select {
	case a = <-answer:
		return a, true
	default:
	}
	select {
	case a = <-answer:
		return a, true
	case <-ctx.Done():
	case <-f.stop:
	}
	return a, false
}

// refused is the answer to a code of Say.
func refused(code string) channel.Answer {
	if !slices.Contains(Refusals(), guitai.Code(code)) {
		return channel.Answer{Outcome: channel.Unknown, Reason: guitai.CodeOutcomeUnknown, WalletCode: code}
	}
	return channel.Answer{Outcome: channel.Declined, Reason: guitai.Code(code), WalletCode: code}
}

// call makes one call about an order.
func (f *Fake) call(ctx context.Context, c Call, no string, effect func(plan) channel.Answer) channel.Answer {
	a, end, m := exchange(ctx, f, c, no, func(p plan) channel.Answer {
		if p.say != "" {
			return refused(p.say)
		}
		a := effect(p)
		if p.tell == WrongAmount && a.Outcome == channel.Paid {
			a.Amount.Fen++
		}
		return a
	})
	switch end {
	case unknown:
		a = channel.Answer{Outcome: channel.Unknown, Reason: guitai.CodeOutcomeUnknown}
	case unsent:
		a = channel.Answer{Outcome: channel.Unavailable, Reason: guitai.CodeWalletUnreachable}
	}
	m.In = fmt.Sprintf("%s %s %s", a.Outcome, a.WalletCode, a.Amount)
	a.Messages = []channel.Message{m}
	return a
}

// refundCall makes one call about a refund.
func (f *Fake) refundCall(ctx context.Context, c Call, no string, effect func(plan) channel.RefundAnswer) channel.RefundAnswer {
	a, end, m := exchange(ctx, f, c, no, func(p plan) channel.RefundAnswer {
		if p.say == "" {
			return effect(p)
		}
		no := refused(p.say)
		out := channel.RefundUnknown
		if no.Outcome == channel.Declined {
			out = channel.RefundDeclined
		}
		return channel.RefundAnswer{Outcome: out, Reason: no.Reason, WalletCode: no.WalletCode}
	})
	switch end {
	case unknown:
		a = channel.RefundAnswer{Outcome: channel.RefundUnknown, Reason: guitai.CodeOutcomeUnknown}
	case unsent:
		a = channel.RefundAnswer{Outcome: channel.RefundUnavailable, Reason: guitai.CodeWalletUnreachable}
	}
	m.In = fmt.Sprintf("%s %s %s", a.Outcome, a.WalletCode, a.Amount)
	a.Messages = []channel.Message{m}
	return a
}
