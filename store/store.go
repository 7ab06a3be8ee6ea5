package store

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"guitai"
)

// Options say where the data lives and what the store is given from outside.
type Options struct {
	// DSN is "sqlite:PATH" (a file; its folder is made with mode 0700 when it
	// is missing) or a "postgres://…" address as pgx reads it.
	DSN string
	// Now is the clock. One reading is taken per transaction.
	Now func() time.Time
	// Rand spreads the waits before a serializable transaction is run again.
	// Only PostgreSQL asks for it.
	Rand io.Reader
	// Node names this process on the jobs it leases. One name per process.
	Node string
	// Conns is the size of the connection pool (PostgreSQL) or of the reader
	// pool beside the one writer (SQLite). 0 takes the default, 12 or 4.
	Conns int
}

// Store is one open database. It is safe for use by many goroutines.
type Store struct {
	engine  engine
	now     func() time.Time
	node    string
	signals *signals
	counts  *counts
	within  uintptr // see callMark
}

// engine is what differs between SQLite and PostgreSQL.
type engine interface {
	inTx(ctx context.Context, how isolation, fn func(*Tx) error) error
	read(ctx context.Context, fn func(*ReadTx) error) error
	// claimLock ends the inner SELECT of the claim.
	claimLock() string
	// clock is the database's time; the zero time when it has none of its own.
	clock(ctx context.Context) (time.Time, error)
	healthy(ctx context.Context) error
	close() error
}

// isolation says what a transaction may not notice of others. SQLite has one
// writer, so that there all are the same.
type isolation int

const (
	// snapshot: it reads one state of the database, and fails and runs again when
	// another changed a row that it changes. What it decides by a row it must
	// also write, by its version or under a constraint.
	snapshot isolation = iota
	// serial: it also fails when it decided by rows that others then added or
	// changed, as long as these were serial too.
	serial
	// claiming: each statement sees the latest, and locks what it takes.
	claiming
)

// counts are what the engines count for metrics and benchmarks.
type counts struct {
	commits, written, singly, again atomic.Int64
}

// Counts says how hard the store has worked since Open.
type Counts struct {
	Commits int64 // COMMITs that succeeded; on SQLite at most one fsync each
	Written int64 // InTx calls that they made durable
	Singly  int64 // functions run again on their own after a broken batch (SQLite)
	Again   int64 // functions run again after a conflict or a lost connection (PostgreSQL)
}

// Open opens the database, brings its tables up to this program's version and
// starts the writer. It refuses a database that a newer program has changed.
// Close must be called.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		return nil, errors.New("store: Options.Now is needed")
	}
	s := &Store{now: o.Now, node: o.Node, signals: newSignals(), counts: new(counts), within: callMark()}
	var err error
	if path, ok := strings.CutPrefix(o.DSN, "sqlite:"); ok {
		s.engine, err = openSQLite(ctx, path, o, s)
	} else if strings.HasPrefix(o.DSN, "postgres://") || strings.HasPrefix(o.DSN, "postgresql://") {
		s.engine, err = openPostgres(ctx, o, s)
	} else {
		err = errors.New("store: the DSN begins with neither sqlite: nor postgres://")
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Close waits for the transactions that have started, turns the others away
// with Unavailable "stopping", and closes the database.
func (s *Store) Close() error { return s.engine.close() }

// InTx runs fn in one transaction and returns nil only after it is durable. It
// reads one state of the database, and runs again when another transaction
// changed a row that it changes: what decides must be written too, by its
// version, or be guarded by a constraint (docs/decisions/0010). If fn returns an error nothing of it stays. fn may be run more
// than once, and by the time it is run the end of ctx no longer stops it: a
// caller whose ctx ends while it waits for its turn leaves with that error
// (kind Unavailable), a caller whose fn has started gets the outcome.
//
// A statement that failed in fn, other than by finding no row, ends the
// transaction whatever fn returns, as PostgreSQL has it: use ON CONFLICT where
// a conflict is expected. A panic in fn undoes its transaction and goes on in
// the caller. InTx and Read must not be called from within fn, nor waited for:
// that is answered with Internal where it can be seen.
func (s *Store) InTx(ctx context.Context, fn func(tx *Tx) error) error {
	if err := s.mayStart(ctx); err != nil {
		return err
	}
	return s.engine.inTx(ctx, snapshot, fn)
}

// InSerialTx is InTx for what is decided by a sum, or by what is not there. It
// costs more on PostgreSQL, and holds only against others that are run so.
func (s *Store) InSerialTx(ctx context.Context, fn func(tx *Tx) error) error {
	if err := s.mayStart(ctx); err != nil {
		return err
	}
	return s.engine.inTx(ctx, serial, fn)
}

// Read runs fn on one snapshot of the committed data, beside the writers. fn
// may be run again. The end of ctx ends it.
func (s *Store) Read(ctx context.Context, fn func(tx *ReadTx) error) error {
	if err := s.mayStart(ctx); err != nil {
		return err
	}
	return s.engine.read(ctx, fn)
}

// Healthy is nil when the store can take writes now.
func (s *Store) Healthy(ctx context.Context) error { return s.engine.healthy(ctx) }

// Skew is our clock minus the database's clock: 0 for SQLite, which has none.
// It is exact to half the way there and back.
func (s *Store) Skew(ctx context.Context) (time.Duration, error) {
	before := s.now()
	theirs, err := s.engine.clock(ctx)
	if err != nil || theirs.IsZero() {
		return 0, err
	}
	after := s.now()
	return before.Add(after.Sub(before) / 2).Sub(theirs), nil
}

// Counts returns the counters as they stand.
func (s *Store) Counts() Counts {
	c := s.counts
	return Counts{Commits: c.commits.Load(), Written: c.written.Load(), Singly: c.singly.Load(), Again: c.again.Load()}
}

// committed wakes the subscribers of what tx has changed. It is called after
// the COMMIT has succeeded, never before.
func (s *Store) committed(tx *Tx) {
	for _, topic := range tx.topics {
		s.signals.send(topic)
	}
}

// instant is one reading of the clock, as fine as storage keeps it.
func (s *Store) instant() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// insideKey marks the context of a running transaction.
type insideKey struct{}

func inside(ctx context.Context) context.Context {
	return context.WithValue(ctx, insideKey{}, true)
}

// mayStart refuses to nest. The context shows it when the function passes on
// tx.Context(); a function that passes the context of its caller is found on
// the stack. Without this check the writer would wait for itself for ever.
func (s *Store) mayStart(ctx context.Context) error {
	if ctx.Value(insideKey{}) != nil || s.onStack() {
		return guitai.Fail(guitai.Internal, codeNested, errors.New("a transaction was started within a transaction"))
	}
	if ctx.Err() != nil {
		return waitEnded(ctx)
	}
	return nil
}

// call runs a transaction's function. It is never inlined, so that the place
// to which the function returns is the same on every stack.
//
//go:noinline
func call(fn func() error) error { return fn() }

// callMark is that place. It is found once, because to name every function on
// a stack for each transaction costs more than some of its statements.
func callMark() uintptr {
	var mark [1]uintptr
	_ = call(func() error {
		runtime.Callers(2, mark[:])
		return nil
	})
	return mark[0]
}

func (s *Store) onStack() bool {
	var pcs [96]uintptr
	return slices.Contains(pcs[:runtime.Callers(3, pcs[:])], s.within)
}

// signals wakes goroutines that wait for a change. A wake-up says "look
// again", no more: several changes may come as one.
type signals struct {
	mu      sync.Mutex
	waiting map[string]map[chan struct{}]bool
}

func newSignals() *signals {
	return &signals{waiting: make(map[string]map[chan struct{}]bool)}
}

// Subscribe gives a channel that receives after commits of this process that
// said tx.Changed(topic). Wake-ups that nobody has taken yet become one. What
// another node commits is not heard here: a subscriber looks by itself now and
// then. stop must be called; it may be called twice.
func (s *Store) Subscribe(topic string) (wake <-chan struct{}, stop func()) {
	g, c := s.signals, make(chan struct{}, 1)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting[topic] == nil {
		g.waiting[topic] = make(map[chan struct{}]bool)
	}
	g.waiting[topic][c] = true
	return c, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.waiting[topic], c)
		if len(g.waiting[topic]) == 0 {
			delete(g.waiting, topic)
		}
	}
}

func (g *signals) send(topic string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.waiting[topic] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
