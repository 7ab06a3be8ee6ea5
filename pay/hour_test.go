package pay_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/channeltest"
	"guitai/pay"
	"guitai/store"
)

// The trading hour: a shop with two nodes on one database, three tills and three
// wallets, one of them through two accounts, in virtual time. All of the money path is the production's own: the
// switch, the runner of jobs, the numberer of news, the store on a SQLite file.
// Only the wallets are fakes, and their book is the judge.
//
//	go test ./pay -run TestTradingHour -seeds 10000
//	go test ./pay -run TestTradingHour -seed 17 -v     one hour, with its history
var (
	seedsFlag = flag.Int("seeds", 0, "how many trading hours; 0: 100, with -short or under the race detector fewer")
	seedFlag  = flag.Uint64("seed", 0, "the first hour's seed; alone: this one only, with its history under -v")
)

const (
	merchant  = guitai.MerchantID("mer-hour")
	openFor   = time.Hour      // how long the shop trades
	quietFor  = 27 * time.Hour // the wallets' latest notices come a day late
	skewLimit = 2 * time.Second
)

func TestTradingHour(t *testing.T) {
	first, n := *seedFlag, *seedsFlag
	switch {
	case n > 0:
	case first > 0:
		n = 1
	case raceDetector: // ten times as slow, and another matter
		n = 3
	case testing.Short():
		n = 20
	default:
		n = 100
	}
	tradingHours(t, max(first, 1), n)
}

// soaking: `make soak` runs the tests of this name, without the race detector and
// at their full size.
func soaking() bool { return os.Getenv("GUITAI_SEEDS") != "" }

// TestSoakTradingHour is TestTradingHour for `make soak`: GUITAI_SEEDS says how
// many.
func TestSoakTradingHour(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("GUITAI_SEEDS"))
	if n < 1 {
		n = 1
	}
	tradingHours(t, max(*seedFlag, 1), n)
}

// tradingHours plays n hours, one on each processor at a time.
func tradingHours(t *testing.T, first uint64, n int) {
	var next atomic.Uint64
	next.Store(first)
	var sums sync.Map
	var wrong atomic.Bool
	began := time.Now()
	// Nothing of an hour lives long: collecting rarely saves a third.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	t.Run("hours", func(t *testing.T) {
		for w := range min(runtime.GOMAXPROCS(0), n) {
			t.Run(fmt.Sprint("counter", w), func(t *testing.T) {
				t.Parallel()
				defer func() { wrong.CompareAndSwap(false, t.Failed()) }() // a bubble that failed ends us
				for seed := next.Add(1) - 1; seed < first+uint64(n) && !wrong.Load(); seed = next.Add(1) - 1 {
					if end, ok := t.Deadline(); ok && time.Until(end) < time.Minute {
						t.Errorf("no time for hour %d of %d: give more with -timeout", seed-first+1, n)
						return
					}
					sums.Store(seed, play(t, seed))
				}
			})
		}
	})
	var all tally
	sums.Range(func(_, v any) bool { all.add(v.(tally)); return true })
	t.Logf("%d hours from seed %d in %v: %v", n, first, time.Since(began).Round(time.Millisecond), all)
	if n >= 50 && !t.Failed() {
		all.wantSpread(t)
	}
}

// blank is a database without a row. Making the tables anew for each hour would
// take as long as a tenth of it.
var blank = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "guitai-blank-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "hour.db")
	s, err := store.Open(context.Background(), store.Options{DSN: "sqlite:" + file, Now: time.Now, Node: "blank"})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// play plays one hour in a bubble of its own and judges it.
func play(t *testing.T, seed uint64) tally {
	var sum tally
	dir := fastDir(t)
	defer os.RemoveAll(dir)
	db, err := blank()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "hour.db"), db, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		h := newHour(t, seed, dir)
		h.trade()
		h.judge()
		sum = h.sum
		sum.hash = h.hash()
		if t.Failed() || testing.Verbose() && *seedFlag == seed && *seedsFlag <= 1 && os.Getenv("GUITAI_SEEDS") == "" {
			for _, l := range h.sorted() {
				t.Log(l)
			}
		}
		if t.Failed() {
			t.Logf("replay: go test ./pay -run TestTradingHour -v -seed %d", seed)
		}
	})
	return sum
}

// fastDir gives a folder in memory where there is one: what a fsync costs is
// not what is examined here.
func fastDir(t *testing.T) string {
	if dir, err := os.MkdirTemp(filepath.Join(string(filepath.Separator), "dev", "shm"), "guitai-hour-"); err == nil {
		return dir
	}
	return t.TempDir()
}

// hour is one trading hour.
type hour struct {
	t      *testing.T
	seed   uint64
	dir    string
	policy pay.Policy
	fakes  map[guitai.AccountID]*channeltest.Fake
	nodes  []*node
	chance chances
	closes time.Time // when the shop closes

	mu       sync.Mutex
	lines    []string
	nth      map[string]int  // how often each call passed a line
	answered map[string]bool // orders that the wallet has answered
	calm     atomic.Bool     // nothing goes wrong any more
	lied     map[string]bool // orders that it only said it had closed
	told     map[guitai.PaymentID][]guitai.PaymentState
	takers   map[guitai.PaymentID][]string // which lives of nodes were asked to take it
	sales    []string
	payers   sync.WaitGroup // at the pages of codes for all wallets
	sum      tally
}

// chances are what this hour's weather is like.
type chances struct {
	faults channeltest.Faults
	stall  float64 // that a node stands still around a call
	lost   float64 // that the answer to the till gets lost
	lie    float64 // that a wallet confirms an ending that it then forgets
	fall   float64 // that a node dies just before a call, or between its answer and the store
	cancel float64 // that a cashier gives up a payment while looking at it
	kills  int     // how often a node dies at any other time
	slow   float64 // that a node stands still between the intention and the call
}

const (
	accountW = guitai.AccountID("acc-w")
	accountV = guitai.AccountID("acc-v") // the same wallet as W, and tried after it
	accountA = guitai.AccountID("acc-a")
	accountU = guitai.AccountID("acc-u")
	feeRate  = 380 // 0.38 %
)

// accounts are all accounts in order of priority.
func accounts() []guitai.AccountID {
	return []guitai.AccountID{accountW, accountA, accountU, accountV}
}

func newHour(t *testing.T, seed uint64, dir string) *hour {
	r := rand.New(rand.NewPCG(seed, 0x6b75697461))
	h := &hour{t: t, seed: seed, dir: dir, policy: pay.Default(), closes: time.Now().Add(openFor),
		fakes: map[guitai.AccountID]*channeltest.Fake{}, nth: map[string]int{}, answered: map[string]bool{}, lied: map[string]bool{},
		told: map[guitai.PaymentID][]guitai.PaymentState{}, takers: map[guitai.PaymentID][]string{}}
	h.chance = weather(r)
	payers := channeltest.Payers{
		Codes: []channeltest.Weight{{Behaviour: channeltest.Pays, Weight: 12}, {Behaviour: channeltest.Types, Weight: 5},
			{Behaviour: channeltest.Cancels, Weight: 1}, {Behaviour: channeltest.Ignores, Weight: 1},
			{Behaviour: channeltest.Poor, Weight: 1}, {Behaviour: channeltest.AtEnd, Weight: 3}},
		Shown: []channeltest.Weight{{Behaviour: channeltest.Pays, Weight: 12}, {Behaviour: channeltest.Dawdles, Weight: 4},
			{Behaviour: channeltest.Leaves, Weight: 2}, {Behaviour: channeltest.AtEnd, Weight: 3}},
		Within: 25 * time.Second,
	}
	window := time.Duration(0)
	if r.Float64() < 0.4 {
		window = 5 * time.Minute
	}
	for _, acc := range accounts() {
		o := channeltest.FakeOptions{Rand: r, Now: time.Now, Payers: payers, Faults: h.chance.faults, EndWindow: window,
			Notify: func(n channel.RawNotice) channel.NoticeReply { return h.notice(acc, n) },
			Trace:  func(_ time.Time, line string) { h.log("%s: %s", acc, line) }}
		like := channeltest.LikeWeChat
		switch acc {
		case accountA:
			like = channeltest.LikeAlipay
			if seed%2 == 0 {
				o.Unborn = channeltest.Always
			}
		case accountU:
			like = channeltest.LikeUnionPay
		}
		h.fakes[acc] = channeltest.NewFake(like(o))
	}
	for i, off := range []time.Duration{0, time.Duration(r.Int64N(int64(2*skewLimit))) - skewLimit} {
		n := &node{hour: h, name: fmt.Sprint("node", i), offset: off}
		h.nodes = append(h.nodes, n)
		n.start()
	}
	for _, n := range h.nodes { // the other node's next refresh would be later
		if err := n.alive().sw.SetRules(context.Background(), merchant, hourRules()); err != nil {
			t.Fatalf("seed %d: rules: %v", seed, err)
		}
	}
	return h
}

// weather draws how bad the hour is: faults at 1 to 20 %.
func weather(r *rand.Rand) chances {
	f := channeltest.Faults{Recall: 0.2 * r.Float64()}
	all := 0.01 + 0.19*r.Float64()
	share := make([]float64, 7)
	var sum float64
	for i := range share {
		share[i] = r.Float64()
		sum += share[i]
	}
	for i, to := range []*float64{&f.Unavailable, &f.Lost, &f.Broken, &f.Silent, &f.Garbled, &f.Late, &f.Slow} {
		*to = all * share[i] / sum
	}
	f.Refund = channeltest.RefundFaults{Pending: all, Stuck: all / 4, FundsLow: all / 2}
	f.Notice = channeltest.NoticeFaults{Dropped: all, Duplicated: 2 * all, Late: all}
	c := chances{faults: f, stall: all / 3 * r.Float64(), lost: all / 2, fall: 0.02 * r.Float64(), cancel: 0.02 + 0.1*r.Float64(), kills: r.IntN(4), slow: all / 4}
	if r.Float64() < 0.3 {
		c.faults.Odd = 0.05
	}
	if r.Float64() < 0.5 {
		// Only a notice can tell of money for an order that was confirmed to be
		// ended, or the next day's bill, which is not examined here.
		c.lie, c.faults.Notice.Dropped = 0.9, 0
	}
	return c
}

// draw says whether something happens to a thing, by a name of its own.
func (h *hour) draw(chance float64, name string) bool {
	return chance > 0 && h.stream(name).Float64() < chance
}

// log writes a line of history.
func (h *hour) log(format string, args ...any) {
	line := time.Now().Format("02 15:04:05.000000000 ") + fmt.Sprintf(format, args...)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, line)
}

// sorted is the history; what happens in one instant is in no order.
func (h *hour) sorted() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(slices.Values(h.lines))
}

func (h *hour) hash() string {
	sum := sha256.Sum256([]byte(strings.Join(h.sorted(), "\n")))
	return hex.EncodeToString(sum[:8])
}

// stream gives the random numbers of one thing, by its name: they do not depend
// on what else happens.
func (h *hour) stream(name string) *rand.Rand {
	f := fnv.New64a()
	io.WriteString(f, name)
	return rand.New(rand.NewPCG(h.seed, f.Sum64()))
}

// dice makes the names of things: random, the same in each replay, whoever asks
// first in another instant.
type dice struct {
	seed uint64
	mu   sync.Mutex
	at   int64
	k    uint64
}

func (d *dice) Read(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now().UnixNano()
	if now != d.at {
		d.at, d.k = now, 0
	}
	d.k++
	r := rand.New(rand.NewPCG(d.seed+d.k<<32, uint64(now)))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return len(b), nil
}

// alarm is a log that nobody reads unless the house itself is at fault.
type alarm struct{ h *hour }

func (a alarm) write(level slog.Level, msg string, attrs string) {
	if strings.Contains(attrs, "panicked") || strings.Contains(attrs, "internal: ") || strings.Contains(attrs, "store: no such row") ||
		strings.Contains(attrs, "store: refused by a check") {
		a.h.t.Errorf("seed %d: %v %s %s", a.h.seed, level, msg, attrs)
	}
	a.h.log("log: %s %s", msg, attrs)
}

// open lists the orders of a payment that can still be paid, by the wallet's
// own book. A code that never reached us can be paid by nobody.
func (h *hour) open(p guitai.Payment) (nos []string) {
	for _, a := range p.Attempts {
		if p.Kind == guitai.Show && a.Code == "" {
			continue
		}
		for _, r := range h.fakes[a.Account].Records() {
			if r.OrderNo == a.OrderNo && r.Open {
				nos = append(nos, r.OrderNo)
			}
		}
	}
	return nos
}

func (h *hour) openStore(name string, now func() time.Time) *store.Store {
	s, err := store.Open(h.t.Context(), store.Options{DSN: "sqlite:" + filepath.Join(h.dir, "hour.db"), Now: now, Node: name, Conns: 1})
	if err != nil {
		h.t.Fatalf("seed %d: open: %v", h.seed, err)
	}
	return s
}
