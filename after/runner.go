package after

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"guitai/store"
)

// Handler does one job. It finishes or delays the job itself, in its own
// transaction; when it returns an error the job is tried again later.
type Handler func(ctx context.Context, j store.Job) error

// Runner claims jobs whose time has come and hands them to their handlers. Its
// fields are set before Run.
type Runner struct {
	Store    *store.Store
	Handlers map[string]Handler
	Now      func() time.Time
	Log      *slog.Logger
	// Workers is how many jobs run at once.
	Workers int
	// Lease is how long a claimed job is left to its handler. It must be well
	// above the longest call of a handler.
	Lease time.Duration
	// Rest reports whether no job is to be begun just now: the clock is wrong, and
	// what is due cannot be told. It is asked again at every Poll. Nil: never.
	Rest func() bool
	// Poll is how often jobs of other nodes are looked for.
	Poll time.Duration
}

// Run runs jobs until ctx ends, then waits for those under way.
func (r *Runner) Run(ctx context.Context) {
	wake, stop := r.Store.Subscribe(store.TopicJobs)
	defer stop()
	free := make(chan struct{}, r.Workers)
	var running sync.WaitGroup
	defer running.Wait()
	kinds := make([]string, 0, len(r.Handlers))
	for k := range r.Handlers {
		kinds = append(kinds, k)
	}
	for ctx.Err() == nil {
		free <- struct{}{} // wait until one worker at least is free
		<-free
		if r.Rest != nil && r.Rest() {
			r.wait(ctx, time.Time{}, nil)
			continue
		}
		jobs, next, ok := r.claim(ctx, kinds, r.Workers-len(free))
		for _, j := range jobs {
			free <- struct{}{}
			running.Go(func() {
				r.do(ctx, j)
				<-free
			})
		}
		switch {
		case !ok:
			r.wait(ctx, time.Time{}, nil) // a store that takes no writes is not asked at every turn
		case len(jobs) == 0:
			r.wait(ctx, next, wake)
		}
	}
}

func (r *Runner) claim(ctx context.Context, kinds []string, room int) (jobs []store.Job, next time.Time, ok bool) {
	jobs, next, err := r.Store.ClaimOrNext(ctx, kinds, r.Now(), store.Lease{For: r.Lease, Most: room})
	if err != nil && ctx.Err() == nil {
		r.Log.Error("jobs not claimed", "err", err)
	}
	return jobs, next, err == nil
}

// wait sleeps until the next job is due, a job was stored, or it is time to
// look at what other nodes stored.
func (r *Runner) wait(ctx context.Context, next time.Time, wake <-chan struct{}) {
	sleep := r.Poll
	if !next.IsZero() {
		sleep = min(sleep, max(next.Sub(r.Now()), time.Millisecond))
	}
	t := time.NewTimer(sleep)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-t.C:
	}
}

// do runs one job. What fails is tried again, later each time.
func (r *Runner) do(ctx context.Context, j store.Job) {
	err := r.guarded(context.WithoutCancel(ctx), j)
	if err == nil || errors.Is(err, store.ErrLeaseLost) {
		return
	}
	r.Log.Error("job failed", "kind", j.Kind, "tries", j.Tries, "err", err)
	again := r.Now().Add(min(time.Second<<min(j.Tries, 6), time.Minute))
	err = r.Store.InTx(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.DelayJob(j, again) })
	if err != nil && !errors.Is(err, store.ErrLeaseLost) {
		r.Log.Error("job not delayed", "kind", j.Kind, "err", err)
	}
}

// guarded turns a panic of a handler into an error: one bad job must not stop
// the others.
func (r *Runner) guarded(ctx context.Context, j store.Job) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("after: a job of kind %q panicked: %v", j.Kind, v)
		}
	}()
	return r.Handlers[j.Kind](ctx, j)
}
