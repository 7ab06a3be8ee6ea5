package pay_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"guitai"
	"guitai/after"
	"guitai/channel"
	"guitai/channel/channeltest"
	"guitai/pay"
	"guitai/store"
)

// node is one server of the shop. It is killed and started again; its clock is
// off by a little.
type node struct {
	hour   *hour
	name   string
	offset time.Duration
	lives  int

	mu   sync.Mutex
	life *life
}

// life is a node from one start to its kill. After the kill its goroutines go
// on for a while, as a wallet's answer goes on travelling, but whatever they
// bring is stored nowhere: the store is closed to them.
type life struct {
	node *node
	name string
	st   *store.Store
	sw   *pay.Switch
	dead atomic.Bool
	stop context.CancelFunc
	work sync.WaitGroup
}

// now is the node's clock. Right before a call, of all moments, the node may
// stand still: the intention is stored, and the time to send it runs out.
func (n *node) now() time.Time {
	if h := n.hour; h.chance.slow > 0 && !h.calm.Load() && aboutToSend() {
		if r := h.stream(fmt.Sprint("slow ", n.name, time.Now().UnixNano())); r.Float64() < h.chance.slow {
			longest := []time.Duration{10 * time.Second, 90 * time.Second}[r.IntN(2)]
			time.Sleep(time.Duration(r.Int64N(int64(longest))))
		}
	}
	return time.Now().Add(n.offset)
}

// aboutToSend reports whether the switch looks at its clock in order to send;
// not when it gives the call its deadline, after which nothing is checked any more.
func aboutToSend() bool {
	var pcs [8]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for range 3 {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, "(*Switch).deadline") {
			return false
		}
		if strings.HasSuffix(f.Function, "(*Switch).try") || strings.HasSuffix(f.Function, "(*Switch).sendRefund") {
			return true
		}
		if !more {
			break
		}
	}
	return false
}

// alive is the node's present life, or nil.
func (n *node) alive() *life {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.life
}

func (n *node) start() {
	h := n.hour
	n.lives++
	l := &life{node: n, name: fmt.Sprintf("%s.%d", n.name, n.lives), st: h.openStore(n.name, n.now)}
	log := slog.New(slogTo{alarm{h}, l})
	l.sw = &pay.Switch{Store: l.st, Policy: h.policy, Now: n.now, Log: log, Secret: []byte("hour"), PublicURL: "https://shop.invalid",
		Rand:     &dice{seed: h.seed ^ uint64(len(h.nodes)+1)<<48},
		Channels: map[guitai.AccountID]channel.Channel{}}
	for _, acc := range accounts() {
		l.sw.Accounts = append(l.sw.Accounts, pay.Account{ID: acc, Merchant: merchant, Wallet: h.fakes[acc].Wallet(),
			FeeRate: feeRate, NotifyURL: "notify"})
		l.sw.Channels[acc] = &line{Fake: h.fakes[acc], life: l}
	}
	poll := time.Minute
	if time.Now().After(h.closes) {
		poll = 20 * time.Minute
	}
	runner := &after.Runner{Store: l.st, Now: n.now, Log: log, Workers: 8, Lease: 30 * time.Second, Poll: poll,
		Handlers: map[string]after.Handler{
			pay.JobPayment:  l.own(l.sw.Advance),
			pay.JobRefund:   l.own(l.sw.AdvanceRefund),
			pay.JobConfirm:  l.own(l.sw.Confirm),
			pay.JobSuspense: l.own(l.sw.ReturnSuspense), pay.JobWake: l.own(l.sw.Wake),
		}}
	numberer := &after.Numberer{Store: l.st, Log: log, Poll: poll}
	ctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	l.work.Go(func() { runner.Run(ctx) })
	l.work.Go(func() { numberer.Run(ctx) })
	if err := l.sw.RefreshLimits(ctx); err != nil {
		h.t.Errorf("seed %d: rules: %v", h.seed, err)
	}
	r := h.stream("refresh " + l.name)
	l.work.Go(func() { l.refresh(ctx, r) })
	h.log("%s starts", l.name)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.life = l
}

// refresh reads the rules and the day's sums anew, as a server does.
func (l *life) refresh(ctx context.Context, r *rand.Rand) {
	for time.Now().Before(l.node.hour.closes) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(refreshEvery - time.Duration(r.Int64N(int64(time.Second)))):
		}
		if err := l.sw.RefreshLimits(ctx); err != nil && !l.dead.Load() {
			l.node.hour.t.Errorf("seed %d: rules: %v", l.node.hour.seed, err)
		}
	}
}

// kill ends the node's life in this very instant.
func (n *node) kill() {
	n.mu.Lock()
	l := n.life
	n.life = nil
	n.mu.Unlock()
	if l == nil {
		return
	}
	n.hour.log("%s is killed", l.name)
	l.dead.Store(true)
	l.stop()
	if err := l.st.Close(); err != nil {
		n.hour.t.Errorf("seed %d: close: %v", n.hour.seed, err)
	}
}

// fall kills the node, if this is still its life; somebody starts it again.
func (l *life) fall() {
	if !l.dead.Load() {
		l.node.kill()
	}
}

// own lets each job begin at an instant of its own, or those that are due at
// once would run in an order that no seed repeats.
func (l *life) own(do after.Handler) after.Handler {
	return func(ctx context.Context, j store.Job) error {
		r := l.node.hour.stream(fmt.Sprint("job", l.name, j.Kind, j.Key, j.RunAt.UnixMicro(), j.Tries))
		time.Sleep(time.Duration(1 + r.Int64N(int64(20*time.Millisecond))))
		return do(ctx, j)
	}
}

// slogTo is the handler of a node's log.
type slogTo struct {
	to   alarm
	life *life
}

func (s slogTo) Enabled(context.Context, slog.Level) bool { return true }
func (s slogTo) WithAttrs([]slog.Attr) slog.Handler       { return s }
func (s slogTo) WithGroup(string) slog.Handler            { return s }

func (s slogTo) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	r.Attrs(func(a slog.Attr) bool { fmt.Fprintf(&b, "%s ", a); return true })
	if !s.life.dead.Load() {
		s.to.write(r.Level, s.life.name+" "+r.Message, b.String())
	}
	return nil
}

// line is the wire between a node and a wallet. A node may stand still before
// a call and after it (a laptop that sleeps, a disk that hangs); a node that was
// killed sends nothing any more.
type line struct {
	*channeltest.Fake
	life *life
}

// pass lets one call through: how long it takes to the wire, and from there to
// whoever stores the answer. sent is false when the node died on the way.
func (l *line) pass(op, no string) (back time.Duration, sent bool) {
	h := l.life.node.hour
	name := op + " " + no
	h.mu.Lock()
	h.nth[name]++
	r := h.stream(fmt.Sprint("line ", name, h.nth[name]))
	h.mu.Unlock()
	stall, fall := h.chance.stall, h.chance.fall
	if h.calm.Load() {
		stall, fall = 0, 0
	}
	there := time.Duration(r.Int64N(int64(30 * time.Millisecond)))
	back = time.Duration(r.Int64N(int64(30 * time.Millisecond)))
	if r.Float64() < stall {
		there = time.Duration(r.Int64N(int64(40 * time.Second)))
	}
	if r.Float64() < stall {
		back = time.Duration(r.Int64N(int64(2 * time.Minute)))
	}
	time.Sleep(there)
	switch x := r.Float64(); {
	case x < fall/2: // the intention is stored, and nothing is sent
		l.life.fall()
	case x < fall: // the answer is there, and is not stored
		return fallen, !l.life.dead.Load()
	}
	return back, !l.life.dead.Load()
}

// fallen, for the time after a call: the node dies before it is over.
const fallen = -1

// rest is what is left of a call when its answer is there.
func (l *line) rest(back time.Duration) {
	if back == fallen {
		l.life.fall()
	}
	time.Sleep(back)
}

func (l *line) order(op string, o channel.Order, call func() channel.Answer) channel.Answer {
	back, sent := l.pass(op, o.No)
	if !sent {
		return channel.Answer{Outcome: channel.Unknown}
	}
	a := call()
	if op != "end" && a.Outcome != channel.Unknown && a.Outcome != channel.Unavailable && a.Outcome != channel.NotFound {
		h := l.life.node.hour
		h.mu.Lock()
		h.answered[o.No] = true
		h.mu.Unlock()
	}
	l.life.node.hour.log("%s %s %s: %s %s", l.life.name, op, o.No, a.Outcome, a.WalletCode)
	if a.WalletCode != lie { // else its notice could come before its word
		l.rest(back)
	}
	return a
}

// lie is the word of a wallet that says closed and takes money afterwards.
const lie = "a lie"

// inTime checks that nobody sends an order after its send_by.
// A call whose time is over sends nothing: the exam of every channel wants that.
func (l *line) inTime(ctx context.Context, o channel.Order) {
	h := l.life.node.hour
	if ctx.Err() != nil {
		return
	}
	if late := l.life.node.now().Sub(o.Made) - h.policy.SendWithin; late > 0 {
		h.t.Errorf("seed %d: order %s was sent %v after its send_by", h.seed, o.No, late)
	}
}

func (l *line) Charge(ctx context.Context, c channel.Charge) channel.Answer {
	l.inTime(ctx, c.Order)
	return l.order("charge", c.Order, func() channel.Answer { return l.Fake.Charge(ctx, c) })
}

func (l *line) Show(ctx context.Context, s channel.Show) channel.Answer {
	l.inTime(ctx, s.Order)
	return l.order("show", s.Order, func() channel.Answer { return l.Fake.Show(ctx, s) })
}

func (l *line) ShowInside(ctx context.Context, s channel.Show, payer string) channel.Answer {
	l.inTime(ctx, s.Order)
	return l.order("inside", s.Order, func() channel.Answer { return l.Fake.ShowInside(ctx, s, payer) })
}

func (l *line) Ask(ctx context.Context, o channel.Order) channel.Answer {
	return l.order("ask", o, func() channel.Answer { return l.Fake.Ask(ctx, o) })
}

// End checks that no reversal overtakes its charge: none within ReverseAfter,
// and none of an order without any answer before it must have arrived.
func (l *line) End(ctx context.Context, o channel.Order) channel.Answer {
	h := l.life.node.hour
	if l.Ending(o.Kind) == guitai.EndReverse {
		least := h.policy.ReverseAfter
		h.mu.Lock()
		if !h.answered[o.No] {
			least = h.policy.SendWithin + h.policy.CallTimeout + h.policy.Lag
		}
		h.mu.Unlock()
		if age := l.life.node.now().Sub(o.Made); age < least-skewLimit {
			h.t.Errorf("seed %d: order %s was reversed after %v, want %v", h.seed, o.No, age, least)
		}
	}
	return l.order("end", o, func() channel.Answer {
		if o.Kind == guitai.Show && l.Judge(o.No).Charges == 0 && h.draw(h.chance.lie, "lie "+o.No) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.lied[o.No] = true
			return channel.Answer{Outcome: channel.Closed, WalletCode: lie}
		}
		return l.Fake.End(ctx, o)
	})
}

func (l *line) refund(op string, r channel.Refund, call func() channel.RefundAnswer) channel.RefundAnswer {
	back, sent := l.pass(op, r.No)
	if !sent {
		return channel.RefundAnswer{Outcome: channel.RefundUnknown}
	}
	a := call()
	h := l.life.node.hour
	h.log("%s %s %s: %s %s", l.life.name, op, r.No, a.Outcome, a.WalletCode)
	if no := h.stream("no " + op + r.No); a.Outcome == channel.RefundDeclined && back != fallen && h.chance.stall > 0 && !h.calm.Load() && no.Float64() < 0.4 {
		// A no that comes when the refund may have been sent again, and taken.
		back = 25*time.Second + time.Duration(no.Int64N(int64(90*time.Second)))
	}
	l.rest(back)
	return a
}

func (l *line) Refund(ctx context.Context, r channel.Refund) channel.RefundAnswer {
	return l.refund("refund", r, func() channel.RefundAnswer { return l.Fake.Refund(ctx, r) })
}

func (l *line) AskRefund(ctx context.Context, r channel.Refund) channel.RefundAnswer {
	return l.refund("ask refund", r, func() channel.RefundAnswer { return l.Fake.AskRefund(ctx, r) })
}

var errDown = errors.New("hour: connection refused")

// reach finds a node that answers: the one asked for, else another.
func (h *hour) reach(first int) *life {
	for i := range h.nodes {
		if l := h.nodes[(first+i)%len(h.nodes)].alive(); l != nil {
			return l
		}
	}
	return nil
}

// notice brings a notice to one of the nodes.
func (h *hour) notice(acc guitai.AccountID, n channel.RawNotice) channel.NoticeReply {
	r := h.stream("notice " + string(n.Body) + fmt.Sprint(time.Now().UnixNano()))
	l := h.reach(r.IntN(2))
	if l == nil {
		return channel.NoticeReply{Code: 502}
	}
	if r.Float64() < 0.1 {
		forged := channel.RawNotice{Header: n.Header, Body: slices.Clone(n.Body)}
		forged.Body[r.IntN(len(forged.Body))] ^= 1 << r.IntN(8)
		if _, err := l.sw.Notice(context.Background(), acc, forged); err == nil {
			h.t.Errorf("seed %d: a notice with a flipped bit was taken: %s", h.seed, forged.Body)
		}
	}
	reply, err := l.sw.Notice(context.Background(), acc, n)
	if err != nil {
		h.log("%s notice refused: %v", l.name, err)
	}
	if l.dead.Load() {
		return channel.NoticeReply{Code: 502}
	}
	return reply
}

// fate kills nodes at random instants, one or both at once.
func (h *hour) fate(r *rand.Rand) {
	for range h.chance.kills {
		time.Sleep(time.Duration(r.Int64N(int64(openFor) / int64(h.chance.kills))))
		n := h.nodes[r.IntN(len(h.nodes))]
		n.kill()
		if r.Float64() < 0.3 {
			for _, other := range h.nodes {
				other.kill()
			}
		}
	}
}

// wake is who starts dead nodes again, after a while.
func (h *hour) wake(r *rand.Rand) {
	for time.Now().Before(h.closes) {
		time.Sleep(time.Second + time.Duration(r.Int64N(int64(2*time.Minute))))
		for _, n := range h.nodes {
			if n.alive() == nil {
				n.start()
			}
		}
	}
}

// storm makes one wallet answer nothing at all for some minutes, or nothing
// that can be believed, or cuts it off.
func (h *hour) storm(r *rand.Rand) {
	if r.Float64() < 0.5 {
		return
	}
	acc := []guitai.AccountID{accountW, accountW, accountA, accountU}[r.IntN(4)]
	time.Sleep(time.Duration(r.Int64N(int64(openFor * 3 / 4))))
	f := h.chance.faults
	f.Unavailable, f.Broken, f.Garbled, f.Late, f.Slow = 0, 0, 0, 0, 0
	f.Silent = r.Float64()
	f.Lost = 1 - f.Silent
	switch r.IntN(3) {
	case 0: // it cannot even be reached
		f.Unavailable, f.Silent, f.Lost = 1, 0, 0
	case 1: // it does all that it is told, and talks nonsense
		f.Garbled, f.Silent, f.Lost = 0.7, 0.2*f.Silent, 0.2*f.Lost
	}
	h.log("%s falls silent", acc)
	h.fakes[acc].SetFaults(f)
	time.Sleep(time.Duration(r.Int64N(int64(10 * time.Minute))))
	h.fakes[acc].SetFaults(h.chance.faults)
	h.log("%s speaks again", acc)
}
