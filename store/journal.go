package store

import (
	"time"

	"guitai"
)

const bookColumns = `till_id, id, merchant_id, shop_id, series, place, upto, hash, receipts, opened_us, left_us, left_upto, seen_us`

func scanBook(r scanner) (guitai.Book, error) {
	var b guitai.Book
	var opened, left, seen int64
	err := r.Scan(&b.Till, &b.ID, &b.Merchant, &b.Shop, &b.Series, &b.Place, &b.Upto, &b.Hash, &b.Receipts, &opened, &left, &b.LeftUpto, &seen)
	b.OpenedAt, b.LeftAt, b.SeenAt = timeOf(opened), timeOf(left), timeOf(seen)
	return b, err
}

// InsertBook stores a new book. It violates "till_book_one_live" while its till
// has another live one, and "till_book_pkey" when the till has it already.
func (tx *Tx) InsertBook(b guitai.Book) error {
	_, err := tx.exec(`INSERT INTO till_book (`+bookColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		values{b.Till, b.ID, b.Merchant, b.Shop, b.Series, b.Place, b.Upto, b.Hash, b.Receipts, us(b.OpenedAt), us(b.LeftAt), b.LeftUpto, us(b.SeenAt)})
	return err
}

// Book reads one book of a till; ErrNoRow when there is none.
func (tx *ReadTx) Book(t guitai.TillID, id guitai.BookID) (guitai.Book, error) {
	return one(tx, `SELECT `+bookColumns+` FROM till_book WHERE till_id = $1 AND id = $2`, values{t, id}, scanBook)
}

// Books lists the books of a till, the newest first.
func (tx *ReadTx) Books(t guitai.TillID) ([]guitai.Book, error) {
	return all(tx, `SELECT `+bookColumns+` FROM till_book WHERE till_id = $1 ORDER BY place DESC LIMIT 1000`, values{t}, scanBook)
}

// LeaveBooks marks the live book of a till as left; none is no error.
func (tx *Tx) LeaveBooks(t guitai.TillID) error {
	_, err := tx.exec(`UPDATE till_book SET left_us = $2, left_upto = upto WHERE till_id = $1 AND left_us = 0`, values{t, us(tx.Now())})
	return err
}

// AdvanceBook stores how far a book has come. ErrNoRow when it had not come as
// far as was: somebody else was faster.
func (tx *Tx) AdvanceBook(b guitai.Book, was int64) error {
	return tx.execOne(`UPDATE till_book SET upto = $4, hash = $5, receipts = $6, seen_us = $7 WHERE till_id = $1 AND id = $2 AND upto = $3`,
		values{b.Till, b.ID, was, b.Upto, b.Hash, b.Receipts, us(b.SeenAt)})
}

const entryColumns = `book_id, seq, id, kind, at, staff_id, body, prev, hash, state`

// EntryRow is an entry that is here, with what became of it.
type EntryRow struct {
	Entry guitai.Entry
	State guitai.EntryState
}

func scanEntry(r scanner) (EntryRow, error) {
	var e EntryRow
	err := r.Scan(&e.Entry.Book, &e.Entry.Seq, &e.Entry.ID, &e.Entry.Kind, &e.Entry.At, &e.Entry.Staff, &e.Entry.Body, &e.Entry.Prev,
		&e.Entry.Hash, &e.State)
	return e, err
}

// InsertJournalEntry stores an entry of a till's book. It violates
// "journal_entry_pkey" when the book has one of that number.
func (tx *Tx) InsertJournalEntry(t guitai.TillID, e EntryRow) error {
	_, err := tx.exec(`INSERT INTO journal_entry (`+entryColumns+`, till_id, taken_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		values{e.Entry.Book, e.Entry.Seq, e.Entry.ID, e.Entry.Kind, e.Entry.At, e.Entry.Staff, e.Entry.Body, e.Entry.Prev, e.Entry.Hash,
			e.State, t, us(tx.Now())})
	return err
}

// JournalEntry reads one entry; ErrNoRow when there is none.
func (tx *ReadTx) JournalEntry(t guitai.TillID, b guitai.BookID, seq int64) (EntryRow, error) {
	return one(tx, `SELECT `+entryColumns+` FROM journal_entry WHERE till_id = $1 AND book_id = $2 AND seq = $3`, values{t, b, seq}, scanEntry)
}

// JournalEntries lists entries of a book from a number on, in their order.
func (tx *ReadTx) JournalEntries(t guitai.TillID, b guitai.BookID, from int64, limit int) ([]EntryRow, error) {
	return all(tx, `SELECT `+entryColumns+` FROM journal_entry WHERE till_id = $1 AND book_id = $2 AND seq >= $3 ORDER BY seq LIMIT $4 + 0`,
		values{t, b, from, limit}, scanEntry)
}

const queryColumns = `merchant_id, id, shop_id, till_id, book_id, seq, sale_id, code, about, opened_us, closed_us, closed_by, note`

func scanQuery(r scanner) (guitai.Query, error) {
	var q guitai.Query
	var opened, closed int64
	err := r.Scan(&q.Merchant, &q.ID, &q.Shop, &q.Till, &q.Book, &q.Seq, &q.Sale, &q.Code, &q.About, &opened, &closed, &q.ClosedBy, &q.Note)
	q.OpenedAt, q.ClosedAt = timeOf(opened), timeOf(closed)
	return q, err
}

// InsertQuery stores what a person is asked; the same again changes nothing.
func (tx *Tx) InsertQuery(q guitai.Query) error {
	_, err := tx.exec(`INSERT INTO query (`+queryColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (merchant_id, id) DO NOTHING`,
		values{q.Merchant, q.ID, q.Shop, q.Till, q.Book, q.Seq, q.Sale, q.Code, q.About, us(q.OpenedAt), us(q.ClosedAt), q.ClosedBy, q.Note})
	return err
}

// CloseQuery closes an open query; ErrNoRow when it is none.
func (tx *Tx) CloseQuery(q guitai.Query) error {
	return tx.execOne(`UPDATE query SET closed_us = $3, closed_by = $4, note = $5 WHERE merchant_id = $1 AND id = $2 AND closed_us = 0`,
		values{q.Merchant, q.ID, us(q.ClosedAt), q.ClosedBy, q.Note})
}

// Query reads one query; ErrNoRow when there is none.
func (tx *ReadTx) Query(m guitai.MerchantID, id guitai.QueryID) (guitai.Query, error) {
	return one(tx, `SELECT `+queryColumns+` FROM query WHERE merchant_id = $1 AND id = $2`, values{m, id}, scanQuery)
}

// QueriesOfEntries lists what is and was asked about the entries of a book
// from one number to another, in their order.
func (tx *ReadTx) QueriesOfEntries(t guitai.TillID, b guitai.BookID, from, to int64) ([]guitai.Query, error) {
	return all(tx, `SELECT `+queryColumns+` FROM query WHERE till_id = $1 AND book_id = $2 AND seq >= $3 AND seq <= $4 ORDER BY seq, code, about, id`,
		values{t, b, from, to}, scanQuery)
}

// QueriesOfSale lists what is open about a sale.
func (tx *ReadTx) QueriesOfSale(m guitai.MerchantID, s guitai.SaleID) ([]guitai.Query, error) {
	return all(tx, `SELECT `+queryColumns+` FROM query WHERE merchant_id = $1 AND sale_id = $2 AND closed_us = 0 ORDER BY code, about, id`,
		values{m, s}, scanQuery)
}

// QueryFilter chooses queries of one merchant, newest first. Empty fields
// choose all.
type QueryFilter struct {
	Merchant guitai.MerchantID
	Till     guitai.TillID
	State    string // open, closed
	Before   QueryPlace
	Limit    int
}

// QueryPlace is where a page of queries ended.
type QueryPlace struct {
	OpenedAt time.Time
	ID       guitai.QueryID
}

// Queries lists queries.
func (tx *ReadTx) Queries(f QueryFilter) ([]guitai.Query, error) {
	return all(tx, `SELECT `+queryColumns+` FROM query
		WHERE merchant_id = $1 AND ($2 = '' OR till_id = $2) AND ($3 = '' OR $3 = 'open' AND closed_us = 0 OR $3 = 'closed' AND closed_us > 0)
		  AND (opened_us < $4 OR opened_us = $4 AND id < $5)
		ORDER BY opened_us DESC, id DESC LIMIT $6 + 0`,
		values{f.Merchant, f.Till, f.State, usOrEnd(f.Before.OpenedAt), f.Before.ID, f.Limit}, scanQuery)
}

// usOrEnd is a time as it is stored; the zero time is after all others.
func usOrEnd(t time.Time) int64 {
	if t.IsZero() {
		return 1 << 62
	}
	return us(t)
}

// BackUnknown lists the open queries about lines that come back from a sale
// that was not known.
func (tx *ReadTx) BackUnknown(m guitai.MerchantID, of guitai.SaleID) ([]guitai.Query, error) {
	return all(tx, `SELECT DISTINCT q.merchant_id, q.id, q.shop_id, q.till_id, q.book_id, q.seq, q.sale_id, q.code, q.about, q.opened_us,
			q.closed_us, q.closed_by, q.note
		FROM sale_line l JOIN query q ON q.merchant_id = l.merchant_id AND q.sale_id = l.sale_id
		WHERE l.merchant_id = $1 AND l.back_sale = $2 AND l.cancelled = 0 AND q.code = 'back_unknown' AND q.closed_us = 0
		ORDER BY q.id`, values{m, of}, scanQuery)
}
