package guitai

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

type journalVectors struct {
	Book    BookID
	Entries []struct {
		Seq                       int64
		ID, Kind, At, Staff, Body string
		Prev, Hash, Text          string
	}
}

func vectorEntries(t *testing.T) []Entry {
	v := readVectors[journalVectors](t, journalFile)
	var list []Entry
	for _, e := range v.Entries {
		sum := sha256.Sum256([]byte(e.Text))
		if hex.EncodeToString(sum[:]) != e.Hash {
			t.Errorf("entry %d: text and hash do not fit", e.Seq)
		}
		list = append(list, Entry{Book: v.Book, Seq: e.Seq, ID: JournalEntryID(e.ID), Kind: EntryKind(e.Kind), At: e.At,
			Staff: StaffID(e.Staff), Body: e.Body, Prev: e.Prev, Hash: e.Hash})
	}
	return list
}

func TestJournalChain(t *testing.T) {
	list := vectorEntries(t)
	if len(list) != 10 {
		t.Fatalf("%d entries", len(list))
	}
	prev := FirstPrev
	for _, e := range list {
		if e.Prev != prev || !e.Whole() {
			t.Errorf("entry %d does not stand: its hash should be %s", e.Seq, e.HashOf())
		}
		prev = e.Hash
	}
}

func TestEntryWhole(t *testing.T) {
	good := vectorEntries(t)[2]
	cases := []struct {
		name string
		do   func(*Entry)
	}{
		{"another body", func(e *Entry) { e.Body += " " }},
		{"another number", func(e *Entry) { e.Seq++ }},
		{"another book", func(e *Entry) { e.Book = "jrn_other" }},
		{"another person", func(e *Entry) { e.Staff = "" }},
		{"another time", func(e *Entry) { e.At = "2026-11-22T01:00:30.008Z" }},
		{"another entry before", func(e *Entry) { e.Prev = FirstPrev }},
		{"upper case", func(e *Entry) { e.Hash = "A" + e.Hash[1:] }},
	}
	for _, c := range cases {
		e := good
		c.do(&e)
		if e.Whole() {
			t.Errorf("%s: it stands", c.name)
		}
	}
	rehashed := []struct {
		name string
		do   func(*Entry)
	}{
		{"no number", func(e *Entry) { e.Seq = 0 }},
		{"a line feed in the ID", func(e *Entry) { e.ID = "jen_1\n2" }},
		{"a line feed in the kind", func(e *Entry) { e.Kind = "sale\n" }},
		{"a line feed in the person", func(e *Entry) { e.Staff = "s\nx" }},
		{"no time", func(e *Entry) { e.At = "yesterday" }},
		{"time of another zone", func(e *Entry) { e.At = "2026-11-22T09:00:30.007+08:00" }},
		{"seconds only", func(e *Entry) { e.At = "2026-11-22T01:00:30Z" }},
		{"too long a body", func(e *Entry) { e.Body = string(make([]byte, MostEntryBody+1)) }},
		{"no text", func(e *Entry) { e.Body = "{\"a\":\"\xff\"}" }},
	}
	for _, c := range rehashed {
		e := good
		c.do(&e)
		e.Hash = e.HashOf()
		if e.Whole() {
			t.Errorf("%s: it stands", c.name)
		}
	}
}

func TestSeriesAndReceiptNo(t *testing.T) {
	for n, want := range map[int]string{1: "A", 2: "B", 26: "Z", 27: "AA", 52: "AZ", 53: "BA", 702: "ZZ", 703: "AAA"} {
		if got := Series(n); got != want {
			t.Errorf("book %d has the series %s, not %s", n, got, want)
		}
	}
	for n, want := range map[int64]string{1: "1A-000001", 999_999: "1A-999999", 1_000_000: "1A-1000000"} {
		if got := ReceiptNo("1", "A", n); got != want {
			t.Errorf("number %d is %s, not %s", n, got, want)
		}
	}
}
