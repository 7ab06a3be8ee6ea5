package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"guitai"
	"guitai/internal/testkit"
)

// gather holds the writer until n more calls of InTx wait, so that they make
// one batch; it returns their errors in order.
func gather(t *testing.T, s *Store, fns ...func(*Tx) error) []error {
	t.Helper()
	g := s.engine.(*sqlite).group
	held, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	var once sync.Once // it may be run again
	wg.Go(func() {
		err := s.InTx(context.Background(), func(*Tx) error {
			once.Do(func() { close(held) })
			<-release
			return nil
		})
		if err != nil && !guitai.Unknown.Is(err) {
			t.Error(err)
		}
	})
	<-held
	errs := make([]error, len(fns))
	for i, fn := range fns {
		wg.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					errs[i] = fmt.Errorf("panic: %v", v)
				}
			}()
			errs[i] = s.InTx(context.Background(), fn)
		})
		for len(g.queue) <= i {
			time.Sleep(time.Millisecond)
		}
	}
	close(release)
	wg.Wait()
	return errs
}

func TestMembersShareACommit(t *testing.T) {
	s := notes(t, testkit.SQLite(t))
	var fns []func(*Tx) error
	for i := range 30 {
		fns = append(fns, func(tx *Tx) error { return addNote(tx, strconv.Itoa(i)) })
	}
	before := s.Counts()
	if err := errors.Join(gather(t, s, fns...)...); err != nil {
		t.Fatal(err)
	}
	after := s.Counts()
	if c, w := after.Commits-before.Commits, after.Written-before.Written; c != 1 || w != 31 {
		t.Errorf("%d commits for %d writers, want 1 for 31", c, w)
	}
}

func TestAMembersFailureLeavesTheOthers(t *testing.T) {
	s := notes(t, testkit.SQLite(t))
	mine := errors.New("no")
	before := s.Counts()
	errs := gather(t, s,
		func(tx *Tx) error { return addNote(tx, "a") },
		func(tx *Tx) error { return errors.Join(addNote(tx, "b"), mine) },
		func(tx *Tx) error { return addNote(tx, "a") },
		func(tx *Tx) error { return errors.Join(addNote(tx, "c"), panicked()) },
		func(tx *Tx) error { return addNote(tx, "d") },
	)
	if errs[0] != nil || !errors.Is(errs[1], mine) || !errors.Is(errs[2], ErrTaken) || errs[3].Error() != "panic: boom" || errs[4] != nil {
		t.Errorf("outcomes %v", errs)
	}
	if n := countNotes(t, s); n != 2 {
		t.Errorf("%d rows, want a and d", n)
	}
	if after := s.Counts(); after.Commits-before.Commits != 1 || after.Singly != 0 {
		t.Errorf("not one batch: %+v", after)
	}
}

func panicked() error { panic("boom") }

// A batch whose transaction SQLite has undone by itself is run again, one by
// one, and nothing that followed has committed on its own.
func TestBrokenSavepointRunsSingly(t *testing.T) {
	s := notes(t, testkit.SQLite(t))
	runs := make([]int, 4)
	plainNote := func(i int) func(*Tx) error {
		return func(tx *Tx) error { runs[i]++; return addNote(tx, strconv.Itoa(i)) }
	}
	breaker := func(tx *Tx) error {
		runs[1]++
		if runs[1] == 1 {
			if _, err := tx.exec(`ROLLBACK`, nil); err != nil {
				return err
			}
		}
		return addNote(tx, "1")
	}
	// The statement after ROLLBACK commits by itself; the second run must not
	// be hindered by it.
	if errs := gather(t, s, plainNote(0), breaker, plainNote(2), plainNote(3)); errs[0] != nil || !errors.Is(errs[1], ErrTaken) || errs[2] != nil || errs[3] != nil {
		t.Errorf("outcomes %v", errs)
	}
	if runs[0] != 2 || runs[1] != 2 || runs[2] != 1 {
		t.Errorf("runs %v: want the members before and at the break twice", runs)
	}
	if c := s.Counts(); c.Singly != 3 {
		t.Errorf("%d run singly, want the holder and two more", c.Singly)
	}
	if n := countNotes(t, s); n != 4 {
		t.Errorf("%d rows", n)
	}
	if err := s.Healthy(context.Background()); err != nil {
		t.Error(err)
	}
}

// A full database is met by a statement, before any commit.
func TestFullBeforeCommit(t *testing.T) {
	s := notes(t, testkit.SQLite(t))
	pages := func(text string) func(*Tx) error {
		return func(tx *Tx) error { return tx.query(text, nil, func(scanner) error { return nil }) }
	}
	if err := s.InTx(context.Background(), pages(`PRAGMA max_page_count = 1`)); err != nil {
		t.Fatal(err)
	}
	big := func(tx *Tx) error {
		err := addNote(tx, strings.Repeat("x", 100_000))
		if err != nil {
			err = fmt.Errorf("in other words") // must not hide what happened
		}
		return err
	}
	for _, err := range gather(t, s, big, big) {
		wantCode(t, err, guitai.Unavailable, codeFull)
	}
	if n := countNotes(t, s); n != 0 {
		t.Errorf("%d rows", n)
	}
	if err := s.InTx(context.Background(), pages(`PRAGMA max_page_count = 1000000`)); err != nil {
		t.Fatal(err)
	}
	if err := s.InTx(context.Background(), big); err != nil {
		t.Errorf("it did not recover: %v", err)
	}
}

// The disk refuses the log at COMMIT: all members hear "unknown", and nothing
// is written until the store is opened again.
func TestFailedCommit(t *testing.T) {
	dsn := testkit.SQLite(t)
	s := notes(t, dsn)
	if err := s.InTx(context.Background(), func(tx *Tx) error { return addNote(tx, "first") }); err != nil {
		t.Fatal(err)
	}
	wake, stop := s.Subscribe("note")
	defer stop()
	replaceByFull(t, strings.TrimPrefix(dsn, "sqlite:")+"-wal")
	mine := errors.New("no")
	add := func(id string) func(*Tx) error {
		return func(tx *Tx) error { tx.Changed("note"); return addNote(tx, id) }
	}
	errs := gather(t, s, add("a"), add("b"), func(*Tx) error { return mine })
	wantCode(t, errs[0], guitai.Unknown, codeCommit)
	wantCode(t, errs[1], guitai.Unknown, codeCommit)
	wantCode(t, errs[2], guitai.Unavailable, codeBroken)
	select {
	case <-wake:
		t.Error("announced before commit")
	default:
	}
	err := s.InTx(context.Background(), func(*Tx) error { t.Error("run by a broken store"); return nil })
	wantCode(t, err, guitai.Unavailable, codeBroken)
	wantCode(t, s.Healthy(context.Background()), guitai.Unavailable, codeBroken)
	_ = s.Close()
	s = openAt(t, dsn)
	if n := countNotes(t, s); n != 1 {
		t.Errorf("%d rows after reopening, want 1", n)
	}
	if err := s.InTx(context.Background(), add("c")); err != nil {
		t.Error(err)
	}
}

// replaceByFull puts /dev/full in the place of this process's handles of a
// file: every write to them fails with ENOSPC from now on.
func replaceByFull(t *testing.T, path string) {
	t.Helper()
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	handles, _ := filepath.Glob("/proc/self/fd/*")
	n := 0
	for _, h := range handles {
		if to, _ := os.Readlink(h); to == path {
			fd, _ := strconv.Atoi(filepath.Base(h))
			if err := syscall.Dup3(int(full.Fd()), fd, syscall.O_CLOEXEC); err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
	if n == 0 {
		t.Skip("no /proc here")
	}
}

func TestLeavingTheQueue(t *testing.T) {
	s := notes(t, testkit.SQLite(t))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	held, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = s.InTx(context.Background(), func(*Tx) error { close(held); <-release; return nil })
	})
	<-held
	out := make(chan error)
	go func() { out <- s.InTx(ctx, func(tx *Tx) error { return addNote(tx, "left") }) }()
	for len(s.engine.(*sqlite).group.queue) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	err := <-out // before the writer is free
	wantCode(t, err, guitai.Unavailable, codeWait)
	close(release)
	wg.Wait()
	if err := s.InTx(context.Background(), func(tx *Tx) error { return addNote(tx, "kept") }); err != nil {
		t.Fatal(err)
	}
	if n := countNotes(t, s); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

// Close answers everybody: those whose turn has come with their outcome, the
// others with store_closed, and what is answered with nil is there.
func TestCloseAmidWriters(t *testing.T) {
	dsn := testkit.SQLite(t)
	s := notes(t, dsn)
	var wg sync.WaitGroup
	var mu sync.Mutex
	kept := 0
	for w := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				err := s.InTx(context.Background(), func(tx *Tx) error { return addNote(tx, fmt.Sprint(w, "-", i)) })
				if err != nil {
					wantCode(t, err, guitai.Unavailable, codeClosed)
					return
				}
				mu.Lock()
				kept++
				mu.Unlock()
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if n := countNotes(t, openAt(t, dsn)); n != kept {
		t.Errorf("%d rows for %d answers", n, kept)
	}
}

func TestVirtualTime(t *testing.T) {
	dsn := testkit.SQLite(t)
	notes(t, dsn)
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(context.Background(), Options{DSN: dsn, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				for j := range 5 {
					time.Sleep(time.Duration(i+1)*time.Minute + time.Duration(i))
					err := s.InTx(context.Background(), func(tx *Tx) error {
						tx.Changed("note")
						return addNote(tx, fmt.Sprint(i, "-", j))
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wake, stop := s.Subscribe("note")
		wg.Go(func() {
			<-wake
			if d := time.Since(began); d != time.Minute {
				t.Errorf("woken after %v", d)
			}
		})
		wg.Wait()
		stop()
		if d := time.Since(began); d != 100*time.Minute+95 {
			t.Errorf("the bubble's time went on by %v", d)
		}
		if n := countNotes(t, s); n != 100 {
			t.Errorf("%d rows", n)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
