package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	driver "modernc.org/sqlite"

	"guitai"
)

// sqlite is the engine of one file: one connection writes, a few read.
type sqlite struct {
	store   *Store
	writing *sql.DB
	reading *sql.DB
	names   map[string]string // what SQLite says of a unique violation → the name of it
	group   *group
	readers chan *liteConn
	broken  atomic.Pointer[error]
	once    sync.Once
	closed  error
}

const (
	liteReaders = 4
	textLimit   = 1000 // prepared statements kept per connection
)

// writerPragmas: synchronous=FULL makes each COMMIT one fsync of the log, which
// is what "durable" means here; temp_store keeps rows out of the temporary
// folder; the fullfsync pair is for macOS, where fsync alone does not reach the
// disk.
var writerPragmas = []string{
	"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "temp_store(MEMORY)",
	"fullfsync(1)", "checkpoint_fullfsync(1)", "journal_size_limit(67108864)", "trusted_schema(0)",
}

var readerPragmas = []string{
	"busy_timeout(5000)", "query_only(1)", "temp_store(MEMORY)", "trusted_schema(0)",
}

func openSQLite(ctx context.Context, path string, o Options, s *Store) (_ engine, err error) {
	path, err = privateFile(path)
	if err != nil {
		return nil, err
	}
	n := o.Conns
	if n <= 0 {
		n = liteReaders
	}
	l := &sqlite{store: s, readers: make(chan *liteConn, n)}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.shut())
		}
	}()
	if l.writing, err = openFile(path, writerPragmas, 1); err != nil {
		return nil, err
	}
	if err := migrate(ctx, l.writing, goose.DialectSQLite3); err != nil {
		return nil, err
	}
	writer, err := l.connect(ctx, l.writing)
	if err != nil {
		return nil, err
	}
	if l.names, err = uniqueNames(ctx, writer.conn); err != nil {
		return nil, err
	}
	if l.reading, err = openFile(path, readerPragmas, n); err != nil {
		return nil, err
	}
	for range n {
		c, err := l.connect(ctx, l.reading)
		if err != nil {
			return nil, err
		}
		l.readers <- c
	}
	l.group = startGroup(s, l, writer)
	return l, nil
}

// privateFile makes the folder (0700) and the file (0600) before SQLite does:
// SQLite gives its log and index the mode of the file. An existing folder is
// left as it is, it may not be ours alone.
func privateFile(path string) (string, error) {
	if path == "" || strings.HasPrefix(path, ":") {
		return "", errors.New("store: sqlite: needs the path of a file")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("store: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("store: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", fmt.Errorf("store: %w", err)
	}
	err = f.Chmod(0o600)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("store: %w", err)
	}
	// The folder is made durable too, or a power cut takes the file's name. Not
	// every system can sync a folder, so a refusal is no error.
	if dir, err := os.Open(filepath.Dir(path)); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
	return path, nil
}

func openFile(path string, pragmas []string, conns int) (*sql.DB, error) {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/… of Windows
	}
	u := url.URL{Scheme: "file", Path: slashed, RawQuery: url.Values{"_pragma": pragmas}.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func (l *sqlite) connect(ctx context.Context, db *sql.DB) (*liteConn, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return &liteConn{lite: l, conn: conn, writes: db == l.writing, prepared: make(map[string]*sql.Stmt)}, nil
}

func (l *sqlite) inTx(ctx context.Context, _ isolation, fn func(*Tx) error) error {
	return l.group.inTx(ctx, fn)
}

// claimLock: the one writer needs no row locks.
func (l *sqlite) claimLock() string { return "" }

func (l *sqlite) clock(context.Context) (time.Time, error) { return time.Time{}, nil }

func (l *sqlite) healthy(context.Context) error {
	select {
	case <-l.group.closing:
		return closed()
	default:
		return l.refusal()
	}
}

// read takes a reader and runs fn in one transaction, which SQLite keeps on one
// snapshot from its first statement on.
func (l *sqlite) read(ctx context.Context, fn func(*ReadTx) error) error {
	var c *liteConn
	select {
	case <-l.group.closing:
		return closed()
	default:
	}
	select {
	case c = <-l.readers:
	case <-ctx.Done():
		return waitEnded(ctx)
	case <-l.group.closing:
		return closed()
	}
	defer func() { l.readers <- c }()
	if _, err := c.exec(context.Background(), "BEGIN", nil); err != nil {
		return err
	}
	tx := &ReadTx{ctx: inside(ctx), on: c, now: l.store.instant()}
	defer func() {
		tx.over = true
		// An interrupted statement may have ended it already. Whatever else is
		// wrong shows at the next BEGIN.
		_, _ = c.exec(context.Background(), "ROLLBACK", nil)
	}()
	return tx.result(call(func() error { return fn(tx) }))
}

// close waits for the committer and for every reader to come back.
func (l *sqlite) close() error {
	l.once.Do(func() {
		l.group.stop()
		l.closed = l.shut()
	})
	return l.closed
}

// shut closes the connections, the writer last: it then folds the log into the
// file.
func (l *sqlite) shut() error {
	var errs []error
	if l.group != nil {
		for range cap(l.readers) {
			c := <-l.readers
			errs = append(errs, c.close())
		}
		errs = append(errs, l.group.conn.close())
	}
	for _, db := range []*sql.DB{l.reading, l.writing} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// liteConn is one connection with its prepared statements.
type liteConn struct {
	lite     *sqlite
	conn     *sql.Conn
	writes   bool
	prepared map[string]*sql.Stmt
}

func (c *liteConn) stmt(ctx context.Context, text string) (*sql.Stmt, error) {
	if st := c.prepared[text]; st != nil {
		return st, nil
	}
	if len(c.prepared) >= textLimit {
		if err := c.forget(); err != nil {
			return nil, err
		}
	}
	st, err := c.conn.PrepareContext(ctx, text)
	if err == nil {
		c.prepared[text] = st
	}
	return st, err
}

func (c *liteConn) exec(ctx context.Context, text string, v []any) (int64, error) {
	st, err := c.stmt(ctx, text)
	if err != nil {
		return 0, c.explain(err)
	}
	res, err := st.ExecContext(ctx, v...)
	if err != nil {
		return 0, c.explain(err)
	}
	return res.RowsAffected()
}

func (c *liteConn) query(ctx context.Context, text string, v []any) (*sql.Rows, error) {
	st, err := c.stmt(ctx, text)
	if err != nil {
		return nil, c.explain(err)
	}
	rows, err := st.QueryContext(ctx, v...)
	if err != nil {
		return nil, c.explain(err)
	}
	return rows, nil
}

func (c *liteConn) forget() error {
	var errs []error
	for _, st := range c.prepared {
		errs = append(errs, st.Close())
	}
	clear(c.prepared)
	return errors.Join(errs...)
}

func (c *liteConn) close() error { return errors.Join(c.forget(), c.conn.Close()) }

// errNoTransaction: there was none to end.
var errNoTransaction = errors.New("store: no transaction is open")

// explain puts SQLite's result codes (sqlite.org/rescode.html) into our words.
func (c *liteConn) explain(err error) error {
	var e *driver.Error
	if !errors.As(err, &e) {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return guitai.Fail(guitai.Unavailable, codeWait, err)
		}
		return guitai.Fail(guitai.Internal, codeSQL, err)
	}
	switch code := e.Code(); code & 0xff {
	case 19: // SQLITE_CONSTRAINT
		return c.lite.violation(code, e.Error())
	case 13: // SQLITE_FULL
		return guitai.Fail(guitai.Unavailable, codeFull, err)
	case 5, 6: // SQLITE_BUSY, SQLITE_LOCKED
		return guitai.Fail(guitai.Unavailable, codeBusy, err)
	case 8, 3: // SQLITE_READONLY, SQLITE_PERM
		return guitai.Fail(guitai.Unavailable, codeLocked, err)
	case 10, 11, 26: // SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB
		if c.writes {
			c.lite.breakDown(err)
		}
		return guitai.Fail(guitai.Unavailable, codeFailed, err)
	case 7, 14, 15: // SQLITE_NOMEM, SQLITE_CANTOPEN (no file handles), SQLITE_PROTOCOL
		return guitai.Fail(guitai.Unavailable, codeFailed, err)
	case 9: // SQLITE_INTERRUPT
		return guitai.Fail(guitai.Unavailable, codeWait, err)
	}
	if strings.Contains(e.Error(), "no transaction is active") {
		return errNoTransaction
	}
	return guitai.Fail(guitai.Internal, codeSQL, err)
}

// violation reads SQLite's sentence, "… constraint failed: what (code)".
func (l *sqlite) violation(code int, text string) error {
	_, what, _ := strings.Cut(text, " constraint failed: ")
	if i := strings.LastIndex(what, " ("); i >= 0 {
		what = what[:i]
	}
	switch code {
	case 2067, 1555, 2579: // SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY, _ROWID
		if index, ok := strings.CutPrefix(what, "index '"); ok { // an index on an expression
			return &Violation{ErrTaken, strings.TrimSuffix(index, "'")}
		}
		if name, ok := l.names[what]; ok {
			what = name
		}
		return &Violation{ErrTaken, what}
	case 275, 1299: // SQLITE_CONSTRAINT_CHECK, _NOTNULL
		return &Violation{ErrCheck, what}
	case 787, 1811: // SQLITE_CONSTRAINT_FOREIGNKEY, _TRIGGER (ON DELETE RESTRICT)
		return &Violation{ErrNoParent, ""}
	}
	return guitai.Fail(guitai.Internal, codeSQL, errors.New(text))
}

// uniqueNames learns how SQLite will call each unique index when it is
// violated, "table.a, table.b", and maps it to the name PostgreSQL would give.
func uniqueNames(ctx context.Context, conn *sql.Conn) (map[string]string, error) {
	const text = `
		SELECT m.name, l.name, l.origin, group_concat(m.name || '.' || c.name, ', '), group_concat(c.name, '_')
		FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) c
		WHERE m.type = 'table' AND l."unique" = 1 AND c.name IS NOT NULL
		GROUP BY m.name, l.name, l.origin
		UNION ALL
		SELECT m.name, '', 'pk', m.name || '.' || c.name, ''
		FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.pk = 1 AND upper(c.type) = 'INTEGER'
		ORDER BY 1, 2`
	rows, err := conn.QueryContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	defer rows.Close()
	names := make(map[string]string)
	for rows.Next() {
		var table, index, origin, said, columns string
		if err := rows.Scan(&table, &index, &origin, &said, &columns); err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
		switch origin {
		case "pk":
			index = table + "_pkey"
		case "u":
			index = table + "_" + columns + "_key"
		}
		if other, ok := names[said]; ok && other != index {
			return nil, fmt.Errorf("store: %s and %s cover the same columns: SQLite cannot tell which was violated", other, index)
		}
		names[said] = index
	}
	return names, rows.Err()
}
