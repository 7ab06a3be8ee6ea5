package guitai

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// JournalEntryID names one entry of a book, made by the till. Prefix "jen".
type JournalEntryID string

// EntryKind is what an entry of a till's journal tells of.
type EntryKind string

// The kinds of entry, see docs/till-journal.md.
const (
	EntrySignIn        EntryKind = "sign_in"
	EntrySignOff       EntryKind = "sign_off"
	EntryLock          EntryKind = "lock"
	EntryUnlock        EntryKind = "unlock"
	EntryShiftOpen     EntryKind = "shift_open"
	EntryCash          EntryKind = "cash"
	EntrySale          EntryKind = "sale"
	EntrySaleCancelled EntryKind = "sale_cancelled"
	EntrySaleVoided    EntryKind = "sale_voided"
	EntryHeld          EntryKind = "held"
	EntryResumed       EntryKind = "resumed"
	EntryPrinted       EntryKind = "printed"
	EntryShiftClose    EntryKind = "shift_close"
)

// What an entry may hold.
const (
	MostEntryBody = 64 << 10 // bytes of its body
	mostEntryKind = 32
)

// Entry is one line of a till's journal. All of it is as the till wrote it: the
// hash is over these very texts.
type Entry struct {
	Book  BookID
	Seq   int64 // 1, 2, 3 … without a gap
	ID    JournalEntryID
	Kind  EntryKind
	At    string // RFC 3339, UTC, milliseconds, see Time
	Staff StaffID
	Body  string // a JSON object
	Prev  string // the hash of the entry before; FirstPrev for the first
	Hash  string
}

// FirstPrev is what the first entry of a book has for the hash of the one
// before.
var FirstPrev = strings.Repeat("0", 64)

// HashOf is the hash that the entry must have: SHA-256 in lower-case hex over
// its lines, each ended by a line feed.
func (e Entry) HashOf() string {
	body := sha256.Sum256([]byte(e.Body))
	lines := []string{"guitai-journal-1", string(e.Book), strconv.FormatInt(e.Seq, 10), string(e.ID), string(e.Kind), e.At,
		string(e.Staff), e.Prev, hex.EncodeToString(body[:])}
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n") + "\n"))
	return hex.EncodeToString(sum[:])
}

// entryTime is how an entry writes its time.
const entryTime = "2006-01-02T15:04:05.000Z"

// Time is when it was, by the till's clock as the server's had corrected it.
func (e Entry) Time() (time.Time, error) { return ParseEntryTime(e.At) }

// ParseEntryTime reads a time as entries write it, in that one way only.
func ParseEntryTime(s string) (time.Time, error) {
	t, err := time.Parse(entryTime, s)
	if err != nil || t.Format(entryTime) != s || t.Year() < 2000 {
		return time.Time{}, FailField(CodeFieldInvalid, "at")
	}
	return t, nil
}

// Whole reports whether the entry can stand in a book at all: its own parts are
// such as no line of the hash can be mistaken for another, and its hash is
// right. What its body says is another matter.
func (e Entry) Whole() bool {
	plain := ValidID(string(e.Book)) == nil && ValidID(string(e.ID)) == nil && (e.Staff == "" || ValidID(string(e.Staff)) == nil)
	kind := ValidID(string(e.Kind)) == nil && len(e.Kind) <= mostEntryKind
	_, err := e.Time()
	return plain && kind && err == nil && e.Seq > 0 && len(e.Body) <= MostEntryBody && utf8.ValidString(e.Body) && e.HashOf() == e.Hash
}

// Series is the letter or letters of the n-th book of a till, from 1: A, B, …
// Z, AA, AB …
func Series(n int) string {
	s := ""
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}

// ReceiptNo is the n-th number, from 1, of a till's book.
func ReceiptNo(till, series string, n int64) string {
	digits := strconv.FormatInt(n, 10)
	return till + series + "-" + strings.Repeat("0", max(0, 6-len(digits))) + digits
}

// EntryState is what became of an entry that the server has.
type EntryState string

// The states of an entry.
const (
	EntryTaken   EntryState = "taken"   // it is in the books
	EntryQueried EntryState = "queried" // it is in the books, and a person must look at it
	EntryRefused EntryState = "refused" // it is kept as evidence and counts for nothing
)

// Book is the journal of one till in one browser.
type Book struct {
	ID       BookID
	Merchant MerchantID
	Shop     ShopID
	Till     TillID
	Series   string
	Place    int    // 1 for the first book of the till
	Upto     int64  // the last number that the server has
	Hash     string // of that entry; FirstPrev when there is none
	Receipts int64  // the last receipt number that was taken
	OpenedAt time.Time
	LeftAt   time.Time // when another book of the till was opened; zero: it is live
	LeftUpto int64     // how many entries had arrived then
	SeenAt   time.Time // when it last brought something
}

// Live reports whether this is the book that the till writes.
func (b Book) Live() bool { return b.LeftAt.IsZero() }

// Query asks a person about something that has happened.
type Query struct {
	ID       QueryID
	Merchant MerchantID
	Shop     ShopID
	Till     TillID
	Book     BookID
	Seq      int64
	Sale     SaleID // the sale it is about, if it is about one
	Code     Code
	About    string // what of it: a line's or tender's number, a payment
	OpenedAt time.Time
	ClosedAt time.Time // zero: open
	ClosedBy StaffID   // empty with a ClosedAt: it answered itself, or a program closed it
	Note     string
}

// QueryID names a query. Prefix "qry".
type QueryID string

// Open reports whether a person has still to look.
func (q Query) Open() bool { return q.ClosedAt.IsZero() }
