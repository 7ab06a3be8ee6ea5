package after_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"guitai"
	"guitai/after"
	"guitai/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a store in virtual time with a runner on it.
type bench struct {
	t  *testing.T
	st *store.Store

	mu   sync.Mutex
	runs []run
	log  strings.Builder
}

// run is one run of a job.
type run struct {
	key   string
	at    time.Duration // since the beginning
	tries int
}

// Write takes the log.
func (b *bench) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.Write(p)
}

func (b *bench) logged() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.String()
}

// onBench plays a test in virtual time.
func onBench(t *testing.T, play func(*testing.T, *bench)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t}
		b.st = b.open(filepath.Join(dir, "after.db"), "a")
		play(t, b)
		if err := b.st.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (b *bench) open(path, node string) *store.Store {
	st, err := store.Open(context.Background(), store.Options{DSN: "sqlite:" + path, Now: time.Now, Node: node})
	if err != nil {
		b.t.Fatal(err)
	}
	return st
}

// start runs jobs with a handler until stop is called, which waits.
func (b *bench) start(workers int, do after.Handler) (stop func()) {
	began := time.Now()
	r := &after.Runner{Store: b.st, Now: time.Now, Log: slog.New(slog.NewTextHandler(b, nil)), Workers: workers, Lease: 30 * time.Second, Poll: time.Minute,
		Handlers: map[string]after.Handler{"tea": func(ctx context.Context, j store.Job) error {
			b.mu.Lock()
			b.runs = append(b.runs, run{j.Key, time.Since(began), j.Tries})
			b.mu.Unlock()
			return do(ctx, j)
		}}}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { r.Run(ctx) })
	return func() { cancel(); all.Wait() }
}

func (b *bench) schedule(in time.Duration, keys ...string) {
	b.t.Helper()
	err := b.st.InTx(context.Background(), func(tx *store.Tx) error {
		for _, key := range keys {
			if err := tx.Schedule(store.Job{Kind: "tea", Merchant: "m", Key: key, RunAt: time.Now().Add(in)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) finish(_ context.Context, j store.Job) error {
	return b.st.InTx(context.Background(), func(tx *store.Tx) error { return tx.FinishJob(j) })
}

func (b *bench) times() []run {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.runs)
}

func (b *bench) empty() {
	b.t.Helper()
	if at, found, err := b.st.NextJobAt(context.Background(), []string{"tea"}); found || err != nil {
		b.t.Errorf("a job is left for %v, %v", at, err)
	}
}

// TestJobsRunAtTheirTime: what was there before, what comes while it sleeps, and
// what is for later.
func TestJobsRunAtTheirTime(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.schedule(-time.Hour, "old")
		b.schedule(90*time.Second, "later")
		stop := b.start(2, b.finish)
		defer stop()
		time.Sleep(10 * time.Second)
		b.schedule(0, "now")
		b.schedule(5*time.Second, "soon")
		time.Sleep(5 * time.Minute)
		want := []run{{"old", 0, 1}, {"now", 10 * time.Second, 1}, {"soon", 15 * time.Second, 1}, {"later", 90 * time.Second, 1}}
		if got := b.times(); !slices.Equal(got, want) {
			t.Errorf("ran %v, want %v", got, want)
		}
		b.empty()
	})
}

// TestErrorsAreTriedLater: 2, 4, 8 … seconds later, a minute at most; and told
// to the log each time.
func TestErrorsAreTriedLater(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		left := 8
		b.schedule(0, "broken")
		stop := b.start(1, func(ctx context.Context, j store.Job) error {
			if left--; left >= 0 {
				return errors.New("no hot water")
			}
			return b.finish(ctx, j)
		})
		defer stop()
		time.Sleep(10 * time.Minute)
		var gaps []time.Duration
		runs := b.times()
		for i := range runs[1:] {
			gaps = append(gaps, runs[i+1].at-runs[i].at)
		}
		want := []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute, time.Minute}
		if !slices.Equal(gaps, want) {
			t.Errorf("tried again after %v, want %v", gaps, want)
		}
		if n := strings.Count(b.logged(), "no hot water"); n != 8 {
			t.Errorf("told %d times", n)
		}
		b.empty()
	})
}

// TestPanicIsContained: it is an error like others; other jobs go on.
func TestPanicIsContained(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		var broken atomic.Bool
		broken.Store(true)
		b.schedule(0, "bad", "good1", "good2")
		stop := b.start(1, func(ctx context.Context, j store.Job) error {
			if j.Key == "bad" && broken.Load() {
				panic("the cup fell")
			}
			return b.finish(ctx, j)
		})
		defer stop()
		time.Sleep(time.Second)
		if got := b.times(); len(got) != 3 {
			t.Errorf("ran %v", got)
		}
		if !strings.Contains(b.logged(), "panicked") {
			t.Errorf("the log says %q", b.logged())
		}
		broken.Store(false)
		time.Sleep(time.Minute)
		b.empty()
	})
}

// TestLostLease: whoever stood still for longer than the lease writes nothing,
// and says nothing; the other node's work counts.
func TestLostLease(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.schedule(0, "slow")
		told := make(chan error, 1)
		stop := b.start(2, func(ctx context.Context, j store.Job) error {
			if j.Tries > 1 {
				time.Sleep(time.Minute) // still at it when the first wakes
				return nil
			}
			time.Sleep(40 * time.Second)
			said := b.finish(ctx, j)
			told <- said
			return said
		})
		time.Sleep(45 * time.Second)
		if said := <-told; !errors.Is(said, store.ErrLeaseLost) {
			t.Errorf("the sleeper was told %v", said)
		}
		if got := b.times(); len(got) != 2 || got[1].at != 30*time.Second || got[1].tries != 2 {
			t.Errorf("ran %v", got)
		}
		if strings.Contains(b.logged(), "failed") {
			t.Errorf("the log says %q", b.logged())
		}
		stop()
	})
}

// TestStopWaits: a job under way is let to its end, with a context that goes on;
// no other is begun.
func TestStopWaits(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.schedule(0, "one", "two")
		done := false
		stop := b.start(1, func(ctx context.Context, j store.Job) error {
			time.Sleep(10 * time.Second)
			done = ctx.Err() == nil
			return b.finish(ctx, j)
		})
		time.Sleep(time.Second)
		began := time.Now()
		stop()
		if !done || time.Since(began) != 9*time.Second {
			t.Errorf("done %t, stopped after %v", done, time.Since(began))
		}
		if got := b.times(); len(got) != 1 {
			t.Errorf("ran %v", got)
		}
	})
}

// TestWorkersAreBounded: never more at once than there are workers, and none of
// them idle while something is due.
func TestWorkersAreBounded(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		var keys []string
		for i := range 20 {
			keys = append(keys, string(rune('a'+i)))
		}
		b.schedule(0, keys...)
		var now, most atomic.Int64
		stop := b.start(4, func(ctx context.Context, j store.Job) error {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Second)
			now.Add(-1)
			return b.finish(ctx, j)
		})
		defer stop()
		time.Sleep(5*time.Second + time.Millisecond)
		if most.Load() != 4 {
			t.Errorf("%d at once", most.Load())
		}
		b.empty()
	})
}

// TestBrokenStoreIsNotHammered: when jobs cannot be claimed the runner looks
// again after a while, not at every turn.
func TestBrokenStoreIsNotHammered(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t}
		b.st = b.open(filepath.Join(dir, "after.db"), "a")
		b.schedule(0, "due")
		if err := b.st.Close(); err != nil {
			t.Fatal(err)
		}
		stop := b.start(1, b.finish)
		time.Sleep(10*time.Minute + time.Second)
		stop()
		if n := strings.Count(b.logged(), "jobs not claimed"); n != 11 {
			t.Errorf("complained %d times in ten minutes", n)
		}
	})
}

// TestOtherNodesJobs: what another node stored is found by looking now and then.
func TestOtherNodesJobs(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(dir, "after.db")
		b, other := &bench{t: t}, &bench{t: t}
		b.st, other.st = b.open(path, "a"), b.open(path, "b")
		stop := b.start(1, b.finish)
		time.Sleep(10 * time.Second)
		other.schedule(0, "theirs")
		time.Sleep(2 * time.Minute)
		if got := b.times(); len(got) != 1 || got[0].at != time.Minute {
			t.Errorf("ran %v", got)
		}
		stop()
		for _, st := range []*store.Store{b.st, other.st} {
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestNumberer: news get their numbers at once, others' news soon; looking
// when there is nothing writes nothing.
func TestNumberer(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(dir, "after.db")
		b := &bench{t: t}
		b.st = b.open(path, "a")
		other := b.open(path, "b")
		n := &after.Numberer{Store: b.st, Log: slog.New(slog.NewTextHandler(b, nil)), Poll: time.Minute}
		ctx, cancel := context.WithCancel(context.Background())
		var all sync.WaitGroup
		all.Go(func() { n.Run(ctx) })
		tell := func(st *store.Store, ids ...guitai.EventID) {
			err := st.InTx(context.Background(), func(tx *store.Tx) error {
				for _, id := range ids {
					if err := tx.InsertNews(guitai.News{ID: id, Merchant: "m", Topic: "payment.paid", At: tx.Now()}); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		last := func() (n int64) {
			err := b.st.Read(context.Background(), func(tx *store.ReadTx) (err error) { n, err = tx.LastNews("m"); return err })
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		wake, stop := b.st.Subscribe(store.TopicNumbered)
		defer stop()
		tell(b.st, "evt-1", "evt-2")
		time.Sleep(time.Millisecond)
		if got := last(); got != 2 {
			t.Errorf("numbered up to %d", got)
		}
		select {
		case <-wake:
		default:
			t.Error("nobody was woken")
		}
		tell(other, "evt-3")
		time.Sleep(time.Millisecond)
		if got := last(); got != 2 {
			t.Errorf("heard of another node's news at once: %d", got)
		}
		time.Sleep(time.Minute)
		if got := last(); got != 3 {
			t.Errorf("numbered up to %d", got)
		}
		written := b.st.Counts().Commits
		time.Sleep(time.Hour)
		if got := b.st.Counts().Commits; got != written {
			t.Errorf("%d commits for nothing", got-written)
		}
		cancel()
		all.Wait()
		if b.logged() != "" {
			t.Errorf("the log says %q", b.logged())
		}
		for _, st := range []*store.Store{b.st, other} {
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestRest: while it is to rest a runner begins nothing, and soon after it goes on.
func TestRest(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		var rest atomic.Bool
		rest.Store(true)
		ran := make(chan time.Time, 1)
		r := &after.Runner{Store: b.st, Now: time.Now, Log: slog.New(slog.NewTextHandler(b, nil)), Workers: 2, Lease: 30 * time.Second, Poll: time.Second,
			Rest: rest.Load, Handlers: map[string]after.Handler{"tea": func(_ context.Context, j store.Job) error {
				ran <- time.Now()
				return b.st.InTx(context.Background(), func(tx *store.Tx) error { return tx.FinishJob(j) })
			}}}
		ctx, stop := context.WithCancel(context.Background())
		var work sync.WaitGroup
		work.Go(func() { r.Run(ctx) })
		err := b.st.InTx(ctx, func(tx *store.Tx) error {
			return tx.Schedule(store.Job{Kind: "tea", Merchant: "m", Key: "k", RunAt: time.Now()})
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if len(ran) != 0 {
			t.Error("it was begun")
		}
		rest.Store(false)
		began := time.Now()
		if took := (<-ran).Sub(began); took > 2*time.Second {
			t.Errorf("begun %v later", took)
		}
		stop()
		work.Wait()
	})
}
