package store

import (
	"context"
	"errors"

	"guitai"
)

// What the rooms above may meet from a statement. They become errors of the
// trade (not found, conflict) where the meaning is known, in this room.
var (
	// ErrNoRow: no row answers, or none has the version that was asked for.
	ErrNoRow = errors.New("store: no such row")
	// ErrTaken: a primary key or unique index holds such a row already.
	ErrTaken = errors.New("store: taken")
	// ErrCheck: a CHECK or NOT NULL refuses the row.
	ErrCheck = errors.New("store: refused by a check")
	// ErrNoParent: a reference points at no row, or a row is still pointed at.
	ErrNoParent = errors.New("store: no such parent row")
)

// Violation is a constraint that refused a row. It unwraps to ErrTaken,
// ErrCheck or ErrNoParent.
type Violation struct {
	Rule error
	// Name is the same on both engines: of a unique index the name it was
	// created with, of a primary key "table_pkey", of an unnamed UNIQUE
	// "table_column_key", of a CHECK its CONSTRAINT name, of NOT NULL
	// "table.column". Of a reference it is empty: SQLite does not tell.
	Name string
}

func (v *Violation) Error() string {
	if v.Name == "" {
		return v.Rule.Error()
	}
	return v.Rule.Error() + " (" + v.Name + ")"
}

func (v *Violation) Unwrap() error { return v.Rule }

// Violates reports whether err is a violation of the constraint with this name.
func Violates(err error, name string) bool {
	var v *Violation
	return errors.As(err, &v) && v.Name == name
}

// What the store itself can meet, in the codes that people meet. All
// Unavailable ones did not happen; the cause says more, for the log.
const (
	codeClosed  = guitai.CodeStopping      // Close was called
	codeWait    = guitai.CodeStoreBusy     // the caller's context ended before its turn
	codeFull    = guitai.CodeStoreFull     // the disk is full
	codeBusy    = guitai.CodeStoreBusy     // another program holds the database
	codeLocked  = guitai.CodeStoreBroken   // the file or its disk is read-only
	codeFailed  = guitai.CodeStoreBroken   // the disk or the database reports an error
	codeLost    = guitai.CodeStoreBusy     // no connection to the database
	codeCrowded = guitai.CodeStoreBusy     // it conflicted with others too often
	codeBroken  = guitai.CodeStoreBroken   // a commit failed; reopen before writing again
	codeCommit  = guitai.CodeCommitUnknown // the commit failed: it may have happened
	codeNested  = guitai.CodeInternal      // a transaction within a transaction
	codeSQL     = guitai.CodeInternal      // a statement is wrong
)

func waitEnded(ctx context.Context) error {
	return guitai.Fail(guitai.Unavailable, codeWait, ctx.Err())
}

func closed() error { return guitai.Fail(guitai.Unavailable, codeClosed) }

// commitUnknown is the answer to a COMMIT that did not say yes: the record may
// be on disk all the same, and come to light when the database is opened again.
func commitUnknown(cause error) error { return guitai.Fail(guitai.Unknown, codeCommit, cause) }
