package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"guitai"
)

// ReadTx is one transaction that reads. The methods that read rows of the trade
// hang on it, so that Tx has them too. It is used by one goroutine and ends
// with the function it was given to.
type ReadTx struct {
	ctx  context.Context
	on   querier
	now  time.Time
	err  error // the first statement that failed: nothing runs after it
	busy bool  // rows are being read
	over bool
}

// Tx is one transaction that writes.
type Tx struct {
	ReadTx
	topics []string
}

// querier runs statements on one connection inside one transaction. Its errors
// are already in the words of errors.go.
type querier interface {
	exec(ctx context.Context, text string, values []any) (int64, error)
	query(ctx context.Context, text string, values []any) (*sql.Rows, error)
	explain(err error) error
}

// values are the parameters of a statement, $1 first: string, int64, int, or
// types made of them. Never bool or time.Time: storage knows TEXT, BIGINT and
// SMALLINT.
type values = []any

// scanner is one row.
type scanner interface{ Scan(dest ...any) error }

// Now is the time of this transaction: one reading of the clock, UTC, whole
// microseconds.
func (tx *ReadTx) Now() time.Time { return tx.now }

// Context is the context of this transaction. In InTx it cannot be cancelled.
func (tx *ReadTx) Context() context.Context { return tx.ctx }

// Changed says that this transaction changes something of the topic: whoever
// has subscribed is woken after the commit, and only then.
func (tx *Tx) Changed(topic string) {
	if !slices.Contains(tx.topics, topic) {
		tx.topics = append(tx.topics, topic)
	}
}

// exec runs a statement and returns the number of rows it touched.
func (tx *Tx) exec(text string, v values) (int64, error) {
	if err := tx.ready(); err != nil {
		return 0, err
	}
	n, err := tx.on.exec(tx.ctx, text, v)
	return n, tx.failed(err)
}

// execOne runs a statement that must touch exactly one row; ErrNoRow when it
// touched none. It is the way to write WHERE version = $n.
func (tx *Tx) execOne(text string, v values) error {
	n, err := tx.exec(text, v)
	switch {
	case err != nil:
		return err
	case n == 0:
		return ErrNoRow
	case n > 1:
		return tx.failed(guitai.Fail(guitai.Internal, codeSQL, errors.New("one row was meant and more were touched")))
	}
	return nil
}

// query hands every row to scan and closes the rows before it returns, so that
// the next statement finds the connection free. No statement may run inside
// scan. An error of scan ends the reading and is returned as it is.
func (tx *ReadTx) query(text string, v values, scan func(scanner) error) error {
	if err := tx.ready(); err != nil {
		return err
	}
	rows, err := tx.on.query(tx.ctx, text, v)
	if err != nil {
		return tx.failed(err)
	}
	tx.busy = true
	defer func() {
		rows.Close()
		tx.busy = false
	}()
	for rows.Next() {
		if err := scan(row{rows}); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return tx.failed(tx.on.explain(err))
	}
	if err := rows.Close(); err != nil {
		return tx.failed(tx.on.explain(err))
	}
	return nil
}

// row reads the first row into dest; ErrNoRow when there is none.
func (tx *ReadTx) row(text string, v values, dest ...any) error {
	found := false
	err := tx.query(text, v, func(r scanner) error {
		if found {
			return nil
		}
		found = true
		return r.Scan(dest...)
	})
	if err == nil && !found {
		return ErrNoRow
	}
	return err
}

// one reads the first row through scan; ErrNoRow when there is none.
func one[T any](tx *ReadTx, text string, v values, scan func(scanner) (T, error)) (T, error) {
	list, err := all(tx, text, v, scan)
	if err != nil || len(list) == 0 {
		var none T
		if err == nil {
			err = ErrNoRow
		}
		return none, err
	}
	return list[0], nil
}

// all reads every row through scan, in order. The text carries the LIMIT.
func all[T any](tx *ReadTx, text string, v values, scan func(scanner) (T, error)) ([]T, error) {
	var list []T
	err := tx.query(text, v, func(r scanner) error {
		t, err := scan(r)
		if err == nil {
			list = append(list, t)
		}
		return err
	})
	return list, err
}

// ready refuses a statement that would run where it must not: after the end,
// after a failure (SQLite may have undone the transaction by itself, and the
// statement would commit on its own), or while rows are open.
func (tx *ReadTx) ready() error {
	switch {
	case tx.over:
		return guitai.Fail(guitai.Internal, codeSQL, errors.New("the transaction is over"))
	case tx.err != nil:
		return tx.err
	case tx.busy:
		return tx.failed(guitai.Fail(guitai.Internal, codeSQL, errors.New("a statement was run while rows were read")))
	}
	return nil
}

func (tx *ReadTx) failed(err error) error {
	if err != nil && tx.err == nil {
		tx.err = err
	}
	return err
}

// result ends the transaction's use and gives the error that counts. What fn
// makes of a violated constraint is its own affair; any other failure of a
// statement stands, unless fn only added words to it.
func (tx *ReadTx) result(err error) error {
	tx.over = true
	if tx.err == nil {
		return err
	}
	var v *Violation
	if err != nil && (errors.As(tx.err, &v) || errors.Is(err, tx.err)) {
		return err
	}
	return tx.err
}

// row keeps values out of the errors of Scan: database/sql quotes them.
type row struct{ rows *sql.Rows }

func (r row) Scan(dest ...any) error {
	err := r.rows.Scan(dest...)
	if err == nil {
		return nil
	}
	text, _, found := strings.Cut(err.Error(), ": converting")
	if !found || !strings.HasPrefix(text, "sql: Scan error on column index") {
		text = "a row does not fit what it is read into"
	}
	return guitai.Fail(guitai.Internal, codeSQL, errors.New(text))
}
