package till

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"guitai"
	"guitai/pay"
	"guitai/store"
)

// Journal takes in what tills wrote down, and judges it. Its fields are set
// once.
type Journal struct {
	Store *store.Store
	Pay   *pay.Switch // asks wallets at the end of a shift
	Now   func() time.Time
	// Approval reports whether a deed may stand: it needs no manager by the
	// till's settings, or an approval that was given for it is named. Nil: all
	// may.
	Approval func(*store.Tx, Deed) (bool, error)
	// Price reports whether the list price that a line names was the list's at
	// the time of the sale. Nil: it is believed.
	Price func(*store.Tx, guitai.Sale, guitai.SaleLine) (bool, error)

	mu     sync.Mutex
	asking map[guitai.ShiftID]bool // shifts whose wallets are being asked
}

// MostEntries is how many entries may come at once.
const MostEntries = 200

// BookError says how far a book had come when it was refused more.
type BookError struct {
	Upto int64 // the last number that is here
	Seq  int64 // the entry at fault
	err  error
}

func (e *BookError) Error() string { return e.err.Error() }
func (e *BookError) Unwrap() error { return e.err }

// Result is what became of one entry.
type Result struct {
	Seq     int64
	State   guitai.EntryState
	Queries []guitai.Query
}

// OpenBook opens a book for a till. The same again gets the book as it stands,
// also when it was left in the meantime. A till in training has none.
func (j *Journal) OpenBook(ctx context.Context, t guitai.Till, id guitai.BookID) (guitai.Book, error) {
	if guitai.ValidID(string(id)) != nil {
		return guitai.Book{}, guitai.FailField(guitai.CodeIDMalformed, "id")
	}
	var b guitai.Book
	err := j.Store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
		b, err = tx.Book(t.ID, id)
		if !errors.Is(err, store.ErrNoRow) {
			return err
		}
		if training, err := tx.Training(); err != nil {
			return err
		} else if slices.Contains(training, t.ID) {
			return guitai.Fail(guitai.Conflict, guitai.CodeTillTraining)
		}
		had, err := tx.Books(t.ID)
		if err != nil {
			return err
		}
		place := 1
		if len(had) > 0 {
			place = had[0].Place + 1
		}
		b = guitai.Book{ID: id, Merchant: t.Merchant, Shop: t.Shop, Till: t.ID, Series: guitai.Series(place), Place: place,
			Hash: guitai.FirstPrev, OpenedAt: tx.Now(), SeenAt: tx.Now()}
		if err := tx.LeaveBooks(t.ID); err != nil {
			return err
		}
		return tx.InsertBook(b)
	})
	return b, err
}

// Book tells how far a book has come.
func (j *Journal) Book(ctx context.Context, t guitai.Till, id guitai.BookID) (guitai.Book, error) {
	var b guitai.Book
	err := j.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		b, err = bookOf(tx, t, id)
		return err
	})
	return b, err
}

// Books lists the books of a till, the newest first.
func (j *Journal) Books(ctx context.Context, t guitai.Till) ([]guitai.Book, error) {
	var list []guitai.Book
	err := j.Store.Read(ctx, func(tx *store.ReadTx) (err error) {
		list, err = tx.Books(t.ID)
		return err
	})
	return list, err
}

func bookOf(tx *store.ReadTx, t guitai.Till, id guitai.BookID) (guitai.Book, error) {
	if guitai.ValidID(string(id)) != nil {
		return guitai.Book{}, guitai.Fail(guitai.NotFound, guitai.CodeBookNotFound)
	}
	b, err := tx.Book(t.ID, id)
	return b, found(err, guitai.CodeBookNotFound)
}

// found turns "no row" into a not_found error with a code.
func found(err error, code guitai.Code) error {
	if errors.Is(err, store.ErrNoRow) {
		return guitai.Fail(guitai.NotFound, code)
	}
	return err
}

// Take takes entries of a book in their order, each in a transaction of its own
// and each once. What stands before one that cannot be taken stays; the error
// then says how far the book came. Entries that are here already are answered
// from what was stored.
func (j *Journal) Take(ctx context.Context, t guitai.Till, id guitai.BookID, entries []guitai.Entry) (guitai.Book, []Result, error) {
	if len(entries) == 0 || len(entries) > MostEntries {
		return guitai.Book{}, nil, guitai.FailField(guitai.CodeFieldInvalid, "entries")
	}
	b, err := j.Book(ctx, t, id)
	if err != nil {
		return b, nil, err
	}
	if err := j.unforked(ctx, b, entries); err != nil {
		return b, nil, err
	}
	for _, e := range entries {
		if b, err = j.takeOne(ctx, t, id, e); err != nil {
			return b, nil, err
		}
	}
	results, err := j.results(ctx, b, entries)
	return b, results, err
}

// unforked compares the entries that are here already with what was stored,
// before anything of the batch is.
func (j *Journal) unforked(ctx context.Context, b guitai.Book, entries []guitai.Entry) error {
	return j.Store.Read(ctx, func(tx *store.ReadTx) error {
		had, err := tx.JournalEntries(b.Till, b.ID, entries[0].Seq, len(entries))
		if err != nil {
			return err
		}
		stored := make(map[int64]string, len(had))
		for _, h := range had {
			stored[h.Entry.Seq] = h.Entry.Hash
		}
		for _, e := range entries {
			if hash, ok := stored[e.Seq]; ok && hash != e.Hash {
				return forked(b, e)
			}
		}
		return nil
	})
}

func forked(b guitai.Book, e guitai.Entry) error {
	return &BookError{Upto: b.Upto, Seq: e.Seq, err: guitai.Fail(guitai.Conflict, guitai.CodeJournalForked)}
}

// takeOne takes one entry: it is stored with all that follows from it, or
// nothing is.
func (j *Journal) takeOne(ctx context.Context, t guitai.Till, id guitai.BookID, e guitai.Entry) (guitai.Book, error) {
	var b guitai.Book
	err := j.Store.InSerialTx(ctx, func(tx *store.Tx) (err error) {
		if b, err = bookOf(&tx.ReadTx, t, id); err != nil {
			return err
		}
		if e.Seq <= b.Upto {
			return here(&tx.ReadTx, b, e)
		}
		switch {
		case e.Seq > b.Upto+1:
			return &BookError{Upto: b.Upto, Seq: e.Seq, err: guitai.Fail(guitai.Conflict, guitai.CodeJournalGap)}
		case !e.Whole() || e.Prev != b.Hash:
			return &BookError{Upto: b.Upto, Seq: e.Seq, err: guitai.Fail(guitai.Conflict, guitai.CodeJournalBroken)}
		}
		c := &judging{Journal: j, tx: tx, till: t, book: &b, entry: e}
		if c.at, err = e.Time(); err != nil {
			return err
		}
		state, err := c.judge()
		if err != nil {
			return err
		}
		if err := tx.InsertJournalEntry(t.ID, store.EntryRow{Entry: e, State: state}); err != nil {
			return err
		}
		for _, q := range c.queries {
			if err := tx.InsertQuery(q); err != nil {
				return err
			}
		}
		was := b.Upto
		b.Upto, b.Hash, b.SeenAt = e.Seq, e.Hash, tx.Now()
		return tx.AdvanceBook(b, was)
	})
	return b, err
}

// here compares an entry that came again with what was stored.
func here(tx *store.ReadTx, b guitai.Book, e guitai.Entry) error {
	had, err := tx.JournalEntry(b.Till, b.ID, e.Seq)
	if errors.Is(err, store.ErrNoRow) { // a number below 1
		return &BookError{Upto: b.Upto, Seq: e.Seq, err: guitai.Fail(guitai.Conflict, guitai.CodeJournalBroken)}
	}
	if err == nil && had.Entry.Hash != e.Hash {
		err = forked(b, e)
	}
	return err
}

// results reads what became of entries.
func (j *Journal) results(ctx context.Context, b guitai.Book, entries []guitai.Entry) ([]Result, error) {
	var list []Result
	err := j.Store.Read(ctx, func(tx *store.ReadTx) error {
		from, to := entries[0].Seq, entries[len(entries)-1].Seq
		had, err := tx.JournalEntries(b.Till, b.ID, from, len(entries))
		if err != nil {
			return err
		}
		queries, err := tx.QueriesOfEntries(b.Till, b.ID, from, to)
		list = make([]Result, 0, len(had))
		for _, h := range had {
			r := Result{Seq: h.Entry.Seq, State: h.State}
			for _, q := range queries {
				if q.Seq == r.Seq {
					r.Queries = append(r.Queries, q)
				}
			}
			list = append(list, r)
		}
		return err
	})
	return list, err
}

// judging is one entry on its way into the books.
type judging struct {
	*Journal
	tx      *store.Tx
	till    guitai.Till
	book    *guitai.Book
	entry   guitai.Entry
	at      time.Time
	sale    guitai.SaleID // that it is about
	queries []guitai.Query
}

// ask asks a person about the entry.
func (c *judging) ask(code guitai.Code, about string) {
	q := guitai.Query{Merchant: c.till.Merchant, Shop: c.till.Shop, Till: c.till.ID, Book: c.book.ID, Seq: c.entry.Seq, Sale: c.sale,
		Code: code, About: about, OpenedAt: c.tx.Now()}
	q.ID = queryName(q)
	if !slices.ContainsFunc(c.queries, func(had guitai.Query) bool { return had.ID == q.ID }) {
		c.queries = append(c.queries, q)
	}
}

// queryName is made of what is asked, so that it is asked once.
func queryName(q guitai.Query) guitai.QueryID {
	sum := sha256.Sum256([]byte(strings.Join([]string{string(q.Till), string(q.Book), strconv.FormatInt(q.Seq, 10), string(q.Code), q.About}, "\n")))
	return guitai.QueryID("qry_" + guitai.Base32(sum[:16]))
}

// refusal is why an entry counts for nothing.
type refusal struct {
	code  guitai.Code
	about string
}

func (r refusal) Error() string { return string(r.code) + " " + r.about }

func impossible(about string) error { return refusal{guitai.CodeEntryImpossible, about} }

// clockWithin is how far a till's time may be from the server's.
const clockWithin = 24 * time.Hour

// judge books the entry and says what became of it.
func (c *judging) judge() (guitai.EntryState, error) {
	if c.at.After(c.tx.Now().Add(clockWithin)) {
		c.ask(guitai.CodeClockOff, "")
	} else if c.entry.Seq > 1 {
		before, err := c.tx.JournalEntry(c.till.ID, c.book.ID, c.entry.Seq-1)
		if err != nil {
			return "", err
		}
		if was, err := before.Entry.Time(); err == nil && c.at.Before(was.Add(-clockWithin)) {
			c.ask(guitai.CodeClockOff, "")
		}
	}
	err := c.booked()
	var no refusal
	switch {
	case errors.As(err, &no):
		c.ask(no.code, no.about)
		return guitai.EntryRefused, nil
	case err != nil:
		return "", err
	case len(c.queries) > 0:
		return guitai.EntryQueried, nil
	}
	return guitai.EntryTaken, nil
}

// booked does what an entry of its kind does. A refusal must come before
// anything is written.
func (c *judging) booked() error {
	switch c.entry.Kind {
	case guitai.EntrySignIn, guitai.EntrySignOff, guitai.EntryLock, guitai.EntryUnlock:
		_, err := read[noBody](c)
		return err
	case guitai.EntryShiftOpen:
		return with(c, c.shiftOpened)
	case guitai.EntryCash:
		return with(c, c.cash)
	case guitai.EntrySale:
		return with(c, c.sold)
	case guitai.EntrySaleCancelled:
		return with(c, c.cancelled)
	case guitai.EntrySaleVoided:
		return with(c, c.voided)
	case guitai.EntryHeld:
		return with(c, c.held)
	case guitai.EntryResumed:
		return with(c, func(b resumedBody) error { return named(string(b.Hold), string(b.Sale)) })
	case guitai.EntryPrinted:
		return with(c, printed)
	case guitai.EntryShiftClose:
		return with(c, c.shiftClosed)
	}
	return refusal{guitai.CodeEntryUnreadable, "kind"}
}

// read reads the body of the entry.
func read[T any](c *judging) (T, error) {
	v, err := readBody[T](c.entry.Body)
	if err != nil {
		err = refusal{guitai.CodeEntryUnreadable, "body"}
	}
	return v, err
}

func with[T any](c *judging, do func(T) error) error {
	v, err := read[T](c)
	if err != nil {
		return err
	}
	return do(v)
}

func named(list ...string) error {
	if !ids(list...) {
		return impossible("id")
	}
	return nil
}

// held is kept as it came: what is laid aside lies in the holds.
func (c *judging) held(b heldBody) error {
	for _, l := range saleLines(b.Lines) {
		if !possible(l) {
			return impossible(lineName(l.N))
		}
	}
	return named(string(b.Hold), string(b.Sale))
}

func printed(b printedBody) error {
	known := slices.Contains([]string{"receipt", "copy", "gift", "slip", "z"}, b.What)
	if !known || !words(b.Printer, b.Problem) || !maybeIDs(b.Sale) {
		return impossible("what")
	}
	return nil
}

func lineName(n int) string { return "line " + strconv.Itoa(n) }
