package web

import (
	"context"
	"time"

	"guitai"
	"guitai/till"
)

// journalRoutes are those of tills' journals and of what follows from them.
func (s *Server) journalRoutes(d *desk) {
	add(d, people, "POST /v1/tills/{id}/books", "Open a book: the journal of this till in one browser", s.openBook)
	add(d, members, "GET /v1/tills/{id}/books", "The books of a till, the newest first", s.books)
	add(d, members, "GET /v1/tills/{id}/books/{book}", "How far a book has come", s.getBook)
	add(d, people, takeEntries, "Bring entries of a book, each taken once", s.takeEntries)
	add(d, members, "GET /v1/queries", "What people are asked about entries, newest first", s.queries)
	add(d, managers, "POST /v1/queries/{id}/close", "Close a query with a note on how it ended", s.closeQuery)
	add(d, members, "GET /v1/sales", "Find sales, newest first", s.sales)
	add(d, members, "GET /v1/sales/{id}", "A sale with what has come back and what may still", s.getSale)
	add(d, members, "POST /v1/sales/{id}/judge", "Look again for payments that were missing", s.judgeSale)
	add(d, members, "GET /v1/shifts", "Shifts, the latest first", s.shifts)
	add(d, members, "GET /v1/shifts/{id}", "A shift as it stands: the X report", s.getShift)
	add(d, members, "GET /v1/shifts/{id}/z", "The Z report of a shift, as it was fixed", s.zReport)
	add(d, members, "POST /v1/shifts/{id}/confirm", "Ask the wallets about every payment of a shift", s.confirmShift)
}

// takeEntries carries a whole batch: its body may be larger than others.
const (
	takeEntries = "POST /v1/tills/{id}/books/{book}/entries"
	maxEntries  = 1 << 20
)

// bodyLimit is how many bytes the body of an API request may have.
func bodyLimit(route string) int64 {
	if route == takeEntries {
		return maxEntries
	}
	return maxBody
}

// BookIn opens a book.
type BookIn struct {
	ID string `json:"id" maxLength:"64" doc:"made by the till's browser" example:"jrn_06c9s9k0s1w7r8z5v4q2m1n0aa"`
}

// Book is the journal of a till in one browser.
type Book struct {
	ID       string `json:"id"`
	Series   string `json:"series" doc:"stands in its receipt numbers: the till's number, the series, a hyphen, six digits or more"`
	Upto     int64  `json:"upto" doc:"the last number that is here; 0: none"`
	Hash     string `json:"hash" doc:"of that entry; 64 zeros: none"`
	Receipts int64  `json:"receipts" doc:"the last receipt number that is here"`
	Live     bool   `json:"live" doc:"false: another book was opened since"`
	OpenedAt stamp  `json:"opened_at"`
	SeenAt   stamp  `json:"seen_at" doc:"when it last brought something"`
	LeftAt   stamp  `json:"left_at,omitempty"`
	LeftUpto int64  `json:"left_upto,omitempty" doc:"how many of its entries had arrived when it was left; what it held beyond may lie in that browser still"`
}

func wireBook(b guitai.Book) Book {
	return Book{ID: string(b.ID), Series: b.Series, Upto: b.Upto, Hash: b.Hash, Receipts: b.Receipts, Live: b.Live(),
		OpenedAt: stampOf(b.OpenedAt), SeenAt: stampOf(b.SeenAt), LeftAt: stampOf(b.LeftAt), LeftUpto: b.LeftUpto}
}

// atOwnTill lets only who is signed in at a till write its journal.
func atOwnTill(c caller, id guitai.TillID) (guitai.Till, error) {
	if c.session.Till.ID != id {
		return guitai.Till{}, guitai.Fail(guitai.Forbidden, guitai.CodeOtherTill)
	}
	return c.session.Till, nil
}

type openBookRequest struct {
	TillPath
	Asked body[BookIn]
}

// openBook is POST /v1/tills/{id}/books.
func (s *Server) openBook(ctx context.Context, c caller, in *openBookRequest) (*reply[Book], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	t, err := atOwnTill(c, in.till())
	if err != nil {
		return nil, err
	}
	book, err := s.Journal.OpenBook(ctx, t, guitai.BookID(b.ID))
	if err != nil {
		return nil, err
	}
	return ok(wireBook(book)), nil
}

// books is GET /v1/tills/{id}/books.
func (s *Server) books(ctx context.Context, c caller, in *TillPath) (*reply[list[Book]], error) {
	t, err := s.Office.TillOf(ctx, c.merchant, in.till())
	if err != nil {
		return nil, err
	}
	all, err := s.Journal.Books(ctx, t)
	if err != nil {
		return nil, err
	}
	return listOf(all, wireBook), nil
}

// BookPath names a book of a till in the path.
type BookPath struct {
	TillPath
	Book string `path:"book" maxLength:"64"`
}

// getBook is GET /v1/tills/{id}/books/{book}.
func (s *Server) getBook(ctx context.Context, c caller, in *BookPath) (*reply[Book], error) {
	t, err := s.Office.TillOf(ctx, c.merchant, in.till())
	if err != nil {
		return nil, err
	}
	b, err := s.Journal.Book(ctx, t, guitai.BookID(in.Book))
	if err != nil {
		return nil, err
	}
	return ok(wireBook(b)), nil
}

// EntryIn is one entry as the till wrote it.
type EntryIn struct {
	Seq   int64  `json:"seq" doc:"1, 2, 3 … within the book" example:"1"`
	ID    string `json:"id" maxLength:"64" doc:"made by the till" example:"jen_06c9s9k0s1w7r8z5v4q2m1n0aa"`
	Kind  string `json:"kind" enum:"sign_in,sign_off,lock,unlock,shift_open,cash,sale,sale_cancelled,sale_voided,held,resumed,printed,shift_close" example:"sign_in"`
	At    string `json:"at" format:"date-time" doc:"RFC 3339 in UTC with milliseconds" example:"2026-11-22T04:00:00.000Z"`
	Staff string `json:"staff" maxLength:"64" doc:"who was signed in; empty: nobody"`
	Body  string `json:"body" maxLength:"65536" doc:"a text that holds a JSON object, see docs/till-journal.md" example:"{}"`
	Prev  string `json:"prev" maxLength:"64" doc:"hash of the entry before; 64 zeros for the first"`
	Hash  string `json:"hash" maxLength:"64" doc:"SHA-256 over its lines, hex"`
}

// EntriesIn is a batch of entries.
type EntriesIn struct {
	Entries []EntryIn `json:"entries" doc:"in order, at most 200, the whole request at most 1 MiB"`
}

// Query is what a person is asked about an entry.
type Query struct {
	ID string `json:"id"`
	Trouble
	About    string `json:"about,omitempty" doc:"what of it: line 2, tender 1, a payment"`
	Open     bool   `json:"open"`
	Sale     string `json:"sale,omitempty"`
	Till     string `json:"till"`
	Book     string `json:"book"`
	Seq      int64  `json:"seq" doc:"the entry that it is about"`
	OpenedAt stamp  `json:"opened_at"`
	ClosedAt stamp  `json:"closed_at,omitempty"`
	ClosedBy string `json:"closed_by,omitempty" doc:"left out for one that answered itself"`
	Note     string `json:"note,omitempty"`
}

func queryWords(l guitai.Lang) func(guitai.Query) Query {
	return func(q guitai.Query) Query {
		return Query{ID: string(q.ID), Trouble: *trouble(q.Code, "", l), About: q.About, Open: q.Open(), Sale: string(q.Sale), Till: string(q.Till),
			Book: string(q.Book), Seq: q.Seq, OpenedAt: stampOf(q.OpenedAt), ClosedAt: stampOf(q.ClosedAt), ClosedBy: string(q.ClosedBy), Note: q.Note}
	}
}

// EntryResult is what became of one entry.
type EntryResult struct {
	Seq     int64   `json:"seq"`
	State   string  `json:"state" enum:"taken,queried,refused" doc:"queried: taken, and a person is asked; refused: kept, and counts for nothing"`
	Queries []Query `json:"queries"`
}

// Taken is what became of a batch.
type Taken struct {
	Upto    int64         `json:"upto" doc:"the last number that is here"`
	Hash    string        `json:"hash"`
	Results []EntryResult `json:"results"`
}

type takeEntriesRequest struct {
	BookPath
	Asked body[EntriesIn]
}

// takeEntries is POST /v1/tills/{id}/books/{book}/entries.
func (s *Server) takeEntries(ctx context.Context, c caller, in *takeEntriesRequest) (*reply[Taken], error) {
	asked, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	t, err := atOwnTill(c, in.till())
	if err != nil {
		return nil, err
	}
	entries := make([]guitai.Entry, 0, len(asked.Entries))
	for _, e := range asked.Entries {
		entries = append(entries, guitai.Entry{Book: guitai.BookID(in.Book), Seq: e.Seq, ID: guitai.JournalEntryID(e.ID), Kind: guitai.EntryKind(e.Kind),
			At: e.At, Staff: guitai.StaffID(e.Staff), Body: e.Body, Prev: e.Prev, Hash: e.Hash})
	}
	b, results, err := s.Journal.Take(ctx, t, guitai.BookID(in.Book), entries)
	if err != nil {
		return nil, err
	}
	return ok(Taken{Upto: b.Upto, Hash: b.Hash, Results: listOf(results, func(r till.Result) EntryResult {
		return EntryResult{Seq: r.Seq, State: string(r.State), Queries: listOf(r.Queries, queryWords(c.lang)).Body.Items}
	}).Body.Items}), nil
}

type listQueries struct {
	State  string  `query:"state" enum:"open,closed" doc:"empty: all"`
	Till   string  `query:"till" maxLength:"64"`
	Limit  integer `query:"limit" doc:"1 to 200; default 50"`
	Cursor string  `query:"cursor" doc:"next_cursor of the page before"`
}

// page reads what every list has: its size and where it goes on.
func page(limit integer, cursor string) (size int, at time.Time, id string, err error) {
	size, err = limit.number("limit", pageSize)
	if err != nil || size < 1 || size > largestPage {
		return 0, at, "", guitai.FailField(guitai.CodeFieldInvalid, "limit")
	}
	at, before, err := readCursor(cursor)
	return size, at, string(before), err
}

// pageOf words the first things of a list that was read one longer than the
// page, and says where the next page begins.
func pageOf[A, B any](in []A, size int, word func(A) B, place func(A) string) *reply[list[B]] {
	next := ""
	if len(in) > size {
		in = in[:size]
		next = place(in[size-1])
	}
	out := listOf(in, word)
	out.Body.NextCursor = next
	return out
}

// queries is GET /v1/queries.
func (s *Server) queries(ctx context.Context, c caller, in *listQueries) (*reply[list[Query]], error) {
	size, at, id, err := page(in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	if in.State != "" && in.State != "open" && in.State != "closed" {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "state")
	}
	if in.Till != "" && guitai.ValidID(in.Till) != nil {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "till")
	}
	found, err := s.Journal.Queries(ctx, till.QueryFilter{Merchant: c.merchant, Till: guitai.TillID(in.Till), State: in.State,
		Before: till.QueryPlace{OpenedAt: at, ID: guitai.QueryID(id)}, Limit: size + 1})
	if err != nil {
		return nil, err
	}
	return pageOf(found, size, queryWords(c.lang), func(q guitai.Query) string { return cursorAt(q.OpenedAt, string(q.ID)) }), nil
}

type closeQueryRequest struct {
	ID    string `path:"id" maxLength:"64"`
	Asked body[NoteIn]
}

func (in *closeQueryRequest) check() error { return named(in.ID, guitai.CodeQueryNotFound) }

// closeQuery is POST /v1/queries/{id}/close.
func (s *Server) closeQuery(ctx context.Context, c caller, in *closeQueryRequest) (*reply[Query], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	q, err := s.Journal.CloseQuery(ctx, till.QueryEnd{Merchant: c.merchant, ID: guitai.QueryID(in.ID), Staff: c.session.Staff.ID, Note: b.Note})
	if err != nil {
		return nil, err
	}
	return ok(queryWords(c.lang)(q)), nil
}
