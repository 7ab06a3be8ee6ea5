package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"guitai"
)

const (
	pgConns       = 12
	attemptLimit  = 10 * time.Second // one run of a function with its commit
	againLimit    = 10 * time.Second // all runs together
	againTries    = 100
	lostTries     = 3
	firstWait     = 2 * time.Millisecond
	longestWait   = 200 * time.Millisecond
	connectWithin = 5 * time.Second
)

// postgres is the engine of a PostgreSQL database that several nodes share.
type postgres struct {
	store  *Store
	db     *sql.DB
	randMu sync.Mutex
	rand   io.Reader
	ending context.Context // ends at Close, and the waits between two runs with it
	end    context.CancelFunc
	open   sync.WaitGroup
	gate   sync.RWMutex // Close against the start of a transaction
}

func openPostgres(ctx context.Context, o Options, s *Store) (engine, error) {
	if o.Rand == nil {
		return nil, errors.New("store: Options.Rand is needed for PostgreSQL")
	}
	config, err := pgx.ParseConfig(o.DSN)
	if err != nil {
		return nil, errors.New("store: the PostgreSQL address cannot be read") // its text may hold the password
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectWithin
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "guitai"
	}
	n := o.Conns
	if n <= 0 {
		n = pgConns
	}
	p := &postgres{store: s, db: stdlib.OpenDB(*config), rand: o.Rand}
	p.db.SetMaxOpenConns(n)
	p.db.SetMaxIdleConns(n)
	p.ending, p.end = context.WithCancel(context.Background())
	// Two nodes that start at once migrate one after the other.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
	if err == nil {
		err = migrate(ctx, p.db, goose.DialectPostgres, goose.WithSessionLocker(locker))
	}
	if err != nil {
		p.end()
		return nil, errors.Join(err, p.db.Close())
	}
	return p, nil
}

// inTx runs the claim of jobs at READ COMMITTED: one statement that locks what
// it takes needs no more, and it then never makes a money transaction fail by
// merely having read the same index page (serializable counts that as a
// conflict).
func (p *postgres) inTx(ctx context.Context, how isolation, fn func(*Tx) error) error {
	level := map[isolation]sql.IsolationLevel{snapshot: sql.LevelRepeatableRead, serial: sql.LevelSerializable,
		claiming: sql.LevelReadCommitted}[how]
	return p.write(ctx, level, fn)
}

func (p *postgres) claimLock() string { return " FOR UPDATE SKIP LOCKED" }

// enter counts a transaction in, so that Close can wait for it.
func (p *postgres) enter() error {
	p.gate.RLock()
	defer p.gate.RUnlock()
	if p.ending.Err() != nil {
		return closed()
	}
	p.open.Add(1)
	return nil
}

// write runs fn until it commits, fails by itself, or has conflicted for too
// long.
func (p *postgres) write(ctx context.Context, level sql.IsolationLevel, fn func(*Tx) error) error {
	if err := p.enter(); err != nil {
		return err
	}
	defer p.open.Done()
	began, lost := p.store.now(), 0
	for try := 0; ; try++ {
		err := p.once(ctx, level, fn)
		var a *again
		if !errors.As(err, &a) {
			return err
		}
		if a.lost {
			lost++
		}
		tired := lost >= lostTries || try >= againTries || p.store.now().Sub(began) > againLimit
		if tired || !p.pause(ctx, try) {
			return a.giveUp()
		}
		p.store.counts.again.Add(1)
	}
}

// once is one run in one transaction.
func (p *postgres) once(ctx context.Context, level sql.IsolationLevel, fn func(*Tx) error) error {
	conn, err := p.db.Conn(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return waitEnded(ctx)
		}
		return lostConnection(err)
	}
	defer conn.Close()
	inner, cancel := context.WithTimeout(inside(context.WithoutCancel(ctx)), attemptLimit)
	defer cancel()
	t, err := conn.BeginTx(inner, &sql.TxOptions{Isolation: level})
	if err != nil {
		return explainPG(err)
	}
	committing := false
	tx := &Tx{ReadTx: ReadTx{ctx: inner, on: pgTx{t}, now: p.store.instant()}}
	defer func() {
		tx.over = true
		if !committing {
			_ = t.Rollback() // also when fn panics; a lost connection has rolled back by itself
		}
	}()
	if err := tx.result(call(func() error { return fn(tx) })); err != nil {
		return err
	}
	committing = true
	if err := t.Commit(); err != nil {
		return explainCommit(err)
	}
	p.store.counts.commits.Add(1)
	p.store.counts.written.Add(1)
	p.store.committed(tx)
	return nil
}

// read runs fn on one snapshot. REPEATABLE READ is never aborted for others'
// sake when it only reads.
func (p *postgres) read(ctx context.Context, fn func(*ReadTx) error) error {
	if err := p.enter(); err != nil {
		return err
	}
	defer p.open.Done()
	for try := 0; ; try++ {
		err := p.readOnce(ctx, fn)
		var a *again
		if !errors.As(err, &a) {
			return err
		}
		if try >= lostTries || !p.pause(ctx, try) {
			return a.giveUp()
		}
	}
}

func (p *postgres) readOnce(ctx context.Context, fn func(*ReadTx) error) error {
	inner := inside(ctx)
	t, err := p.db.BeginTx(inner, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		if ctx.Err() != nil {
			return waitEnded(ctx)
		}
		return explainPG(err)
	}
	tx := &ReadTx{ctx: inner, on: pgTx{t}, now: p.store.instant()}
	defer func() {
		tx.over = true
		_ = t.Rollback() // nothing was written
	}()
	return tx.result(call(func() error { return fn(tx) }))
}

// pause waits a random while, longer from try to try. It is false when the
// caller's patience or the store ends first.
func (p *postgres) pause(ctx context.Context, try int) bool {
	top := min(firstWait<<min(try, 10), longestWait)
	var b [8]byte
	p.randMu.Lock()
	_, err := io.ReadFull(p.rand, b[:])
	p.randMu.Unlock()
	if err != nil {
		return false
	}
	t := time.NewTimer(time.Duration(binary.LittleEndian.Uint64(b[:]) % uint64(top)))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	case <-p.ending.Done():
		return false
	}
}

func (p *postgres) clock(ctx context.Context) (time.Time, error) {
	var us int64
	err := p.db.QueryRowContext(ctx, `SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT`).Scan(&us)
	if err != nil {
		return time.Time{}, plain(explainPG(err))
	}
	return time.UnixMicro(us).UTC(), nil
}

func (p *postgres) healthy(ctx context.Context) error {
	if p.ending.Err() != nil {
		return closed()
	}
	if err := p.db.PingContext(ctx); err != nil {
		return plain(explainPG(err))
	}
	return nil
}

func (p *postgres) close() error {
	p.gate.Lock()
	p.end()
	p.gate.Unlock()
	p.open.Wait()
	return p.db.Close()
}

// pgTx runs statements in a transaction; pgx prepares each text once per
// connection by itself.
type pgTx struct{ t *sql.Tx }

func (q pgTx) exec(ctx context.Context, text string, v []any) (int64, error) {
	res, err := q.t.ExecContext(ctx, text, v...)
	if err != nil {
		return 0, explainPG(err)
	}
	return res.RowsAffected()
}

func (q pgTx) query(ctx context.Context, text string, v []any) (*sql.Rows, error) {
	rows, err := q.t.QueryContext(ctx, text, v...)
	if err != nil {
		return nil, explainPG(err)
	}
	return rows, nil
}

func (q pgTx) explain(err error) error { return explainPG(err) }

// again says that nothing was committed and that the function may be run anew.
type again struct {
	cause error
	lost  bool // the connection, not a conflict
}

func (a *again) Error() string { return "store: to be run again: " + a.cause.Error() }
func (a *again) Unwrap() error { return a.cause }

func (a *again) giveUp() error {
	if a.lost {
		return guitai.Fail(guitai.Unavailable, codeLost, a.cause)
	}
	return guitai.Fail(guitai.Unavailable, codeCrowded, a.cause)
}

// plain gives up at once.
func plain(err error) error {
	var a *again
	if errors.As(err, &a) {
		return a.giveUp()
	}
	return err
}

func lostConnection(cause error) error { return &again{cause: cause, lost: true} }

// explainPG puts PostgreSQL's SQLSTATEs (appendix A of its manual) into our
// words. Only code and message are kept: the details of an error quote values.
func explainPG(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		switch {
		case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, sql.ErrTxDone):
			return guitai.Fail(guitai.Unavailable, codeWait, err)
		case strings.HasPrefix(err.Error(), "sql: "), strings.HasPrefix(err.Error(), "failed to encode"),
			strings.HasPrefix(err.Error(), "expected "):
			return guitai.Fail(guitai.Internal, codeSQL, errors.New("a parameter does not fit its statement"))
		}
		return lostConnection(err)
	}
	cause := fmt.Errorf("postgres %s: %s", e.Code, e.Message)
	switch e.Code {
	case "40001", "40P01", "53200": // serialization failure, deadlock, out of memory
		return &again{cause: cause}
	case "23505":
		return &Violation{ErrTaken, e.ConstraintName}
	case "23514":
		return &Violation{ErrCheck, e.ConstraintName}
	case "23502":
		return &Violation{ErrCheck, e.TableName + "." + e.ColumnName}
	case "23503", "23001":
		return &Violation{ErrNoParent, ""}
	case "53100": // disk full
		return guitai.Fail(guitai.Unavailable, codeFull, cause)
	case "25006": // read-only transaction: a standby
		return guitai.Fail(guitai.Unavailable, codeLocked, cause)
	case "55P03", "57014": // lock not available, cancelled
		return guitai.Fail(guitai.Unavailable, codeBusy, cause)
	}
	switch e.Code[:min(2, len(e.Code))] {
	case "08", "57": // connection exception, operator intervention (shutdown)
		return lostConnection(cause)
	case "53", "58", "XX": // out of resources, system error, internal error
		return guitai.Fail(guitai.Unavailable, codeFailed, cause)
	}
	return guitai.Fail(guitai.Internal, codeSQL, cause)
}

// explainCommit: the server's own refusal is a refusal. Everything else, above
// all a connection that broke while the answer was on its way, may have
// happened.
func explainCommit(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return commitUnknown(err)
	}
	switch e.Code[:min(2, len(e.Code))] {
	case "23":
		return explainPG(err)
	case "40":
		if e.Code != "40003" { // statement completion unknown
			return explainPG(err)
		}
	}
	return commitUnknown(fmt.Errorf("postgres %s: %s", e.Code, e.Message))
}
