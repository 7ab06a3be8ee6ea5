package store

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"guitai"
	"guitai/internal/testkit"
)

func openAt(t testing.TB, dsn string) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{DSN: dsn, Now: time.Now, Rand: rand.Reader, Node: "node-a"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// notes gives a store with tables that hold one constraint of each sort.
func notes(t testing.TB, dsn string) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{DSN: dsn, Now: time.Now, Rand: rand.Reader, Node: "node-a"})
	if err != nil {
		t.Fatal(err)
	}
	err = s.InTx(context.Background(), func(tx *Tx) error {
		for _, text := range []string{
			`CREATE TABLE parent (id TEXT PRIMARY KEY)`,
			`CREATE TABLE note (
				merchant_id TEXT NOT NULL, id TEXT NOT NULL, slot TEXT NOT NULL DEFAULT '', serial TEXT UNIQUE, label TEXT,
				parent_id TEXT REFERENCES parent (id), amount_fen BIGINT NOT NULL DEFAULT 1,
				PRIMARY KEY (merchant_id, id), CONSTRAINT note_amount_positive CHECK (amount_fen > 0))`,
			`CREATE UNIQUE INDEX note_one_per_slot ON note (merchant_id, slot) WHERE slot <> ''`,
			`CREATE UNIQUE INDEX note_lower_label ON note (lower(label))`,
		} {
			if _, err := tx.exec(text, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return openAt(t, dsn) // the names of the indexes are learnt at Open
}

func addNote(tx *Tx, id string) error {
	_, err := tx.exec(`INSERT INTO note (merchant_id, id) VALUES ('m', $1)`, values{id})
	return err
}

func countNotes(t testing.TB, s *Store) int {
	t.Helper()
	var n int
	err := s.Read(context.Background(), func(tx *ReadTx) error {
		return tx.row(`SELECT COUNT(*) FROM note`, nil, &n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func wantCode(t testing.TB, err error, kind guitai.Kind, code guitai.Code) {
	t.Helper()
	var e *guitai.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Code != code {
		t.Errorf("got %v, want %s %s", err, kind, code)
	}
}

func TestCommitAndRollback(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s, ctx := notes(t, dsn), context.Background()
		if err := s.InTx(ctx, func(tx *Tx) error { return addNote(tx, "kept") }); err != nil {
			t.Fatal(err)
		}
		mine := errors.New("no")
		err := s.InTx(ctx, func(tx *Tx) error {
			return errors.Join(addNote(tx, "undone"), mine)
		})
		if !errors.Is(err, mine) {
			t.Errorf("got %v, want the function's error", err)
		}
		var ids []string
		err = s.Read(ctx, func(tx *ReadTx) (err error) {
			ids, err = all(tx, `SELECT id FROM note ORDER BY id`, nil, func(r scanner) (id string, err error) {
				return id, r.Scan(&id)
			})
			return err
		})
		if err != nil || len(ids) != 1 || ids[0] != "kept" {
			t.Errorf("stored %v, %v", ids, err)
		}
	})
}

func TestPanicUndoesAndGoesOn(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := notes(t, dsn)
		func() {
			defer func() {
				if v := recover(); v != "boom" {
					t.Errorf("recovered %v", v)
				}
			}()
			_ = s.InTx(context.Background(), func(tx *Tx) error {
				if err := addNote(tx, "a"); err != nil {
					t.Error(err)
				}
				panic("boom")
			})
		}()
		done := make(chan struct{})
		go func() { // what t.FailNow does
			defer close(done)
			_ = s.InTx(context.Background(), func(tx *Tx) error {
				if err := addNote(tx, "b"); err != nil {
					t.Error(err)
				}
				runtime.Goexit()
				return nil
			})
		}()
		<-done
		if err := s.InTx(context.Background(), func(tx *Tx) error { return addNote(tx, "c") }); err != nil {
			t.Fatal(err)
		}
		if n := countNotes(t, s); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	})
}

func TestNestingIsRefused(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s, ctx := openAt(t, dsn), context.Background()
		write := func(ctx context.Context) error { return s.InTx(ctx, func(*Tx) error { return nil }) }
		read := func(ctx context.Context) error { return s.Read(ctx, func(*ReadTx) error { return nil }) }
		for name, inner := range map[string]func(context.Context) error{"write": write, "read": read} {
			var own, outer error
			err := s.InTx(ctx, func(tx *Tx) error {
				own, outer = inner(tx.Context()), inner(ctx)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(name)
			wantCode(t, own, guitai.Internal, codeNested)
			wantCode(t, outer, guitai.Internal, codeNested)
			err = s.Read(ctx, func(tx *ReadTx) error {
				own, outer = inner(tx.Context()), inner(ctx)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			wantCode(t, own, guitai.Internal, codeNested)
			wantCode(t, outer, guitai.Internal, codeNested)
		}
		if err := write(ctx); err != nil {
			t.Error(err)
		}
	})
}

func TestContextInsideDoesNotEnd(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := notes(t, dsn)
		ctx, cancel := context.WithCancel(context.Background())
		err := s.InTx(ctx, func(tx *Tx) error {
			cancel()
			if tx.Context().Err() != nil {
				t.Error("the context inside ended")
			}
			return addNote(tx, "a")
		})
		if err != nil || countNotes(t, s) != 1 {
			t.Errorf("a started transaction was stopped: %v", err)
		}
		err = s.InTx(ctx, func(*Tx) error { t.Error("run although the caller had left"); return nil })
		wantCode(t, err, guitai.Unavailable, codeWait)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v is not context.Canceled", err)
		}
	})
}

func TestRules(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s, ctx := notes(t, dsn), context.Background()
		var escaped *Tx
		err := s.InTx(ctx, func(tx *Tx) error { escaped = tx; return addNote(tx, "a") })
		if err != nil {
			t.Fatal(err)
		}
		if err := addNote(escaped, "late"); !guitai.Internal.Is(err) {
			t.Errorf("a statement after the end: %v", err)
		}
		err = s.InTx(ctx, func(tx *Tx) error {
			return tx.query(`SELECT id FROM note`, nil, func(scanner) error { return addNote(tx, "while") })
		})
		wantCode(t, err, guitai.Internal, codeSQL)
		err = s.InTx(ctx, func(tx *Tx) error {
			if err := addNote(tx, "b"); err != nil {
				return err
			}
			if err := addNote(tx, "a"); !errors.Is(err, ErrTaken) {
				t.Errorf("got %v, want ErrTaken", err)
			}
			return nil // a failed statement ends the transaction all the same
		})
		if !errors.Is(err, ErrTaken) {
			t.Errorf("a failed statement was forgotten: %v", err)
		}
		err = s.InTx(ctx, func(tx *Tx) error {
			return tx.execOne(`UPDATE note SET slot = 'x' WHERE merchant_id = 'm' AND id = $1`, values{"nobody"})
		})
		if !errors.Is(err, ErrNoRow) {
			t.Errorf("got %v, want ErrNoRow", err)
		}
		if err := s.Read(ctx, func(tx *ReadTx) error { return badScan(tx) }); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("a value in the error of a scan: %v", err)
		}
		if n := countNotes(t, s); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	})
}

func badScan(tx *ReadTx) error {
	var n int
	return tx.row(`SELECT 'sec' || 'ret' || id FROM note`, nil, &n)
}

func TestReadKeepsItsSnapshot(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s, ctx := notes(t, dsn), context.Background()
		looked, written := make(chan struct{}), make(chan error)
		go func() {
			<-looked
			written <- s.InTx(ctx, func(tx *Tx) error { return addNote(tx, "a") })
		}()
		var before, after int
		err := s.Read(ctx, func(tx *ReadTx) error {
			if err := tx.row(`SELECT COUNT(*) FROM note`, nil, &before); err != nil {
				return err
			}
			close(looked)
			if err := <-written; err != nil {
				return err
			}
			return tx.row(`SELECT COUNT(*) FROM note`, nil, &after)
		})
		if err != nil || before != 0 || after != 0 {
			t.Errorf("the snapshot moved: %d then %d, %v", before, after, err)
		}
		err = s.Read(ctx, func(tx *ReadTx) error {
			return tx.query(`INSERT INTO note (merchant_id, id) VALUES ('m', 'z') RETURNING id`, nil,
				func(scanner) error { return nil })
		})
		if err == nil || countNotes(t, s) != 1 {
			t.Errorf("a reader wrote: %v", err)
		}
	})
}

func TestReadIsStopped(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		const endless = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n`
		var n int
		err := s.Read(ctx, func(tx *ReadTx) error { return tx.row(endless, nil, &n) })
		if !guitai.Unavailable.Is(err) {
			t.Errorf("got %v", err)
		}
		for range 2 * liteReaders { // every reader is still good
			err := s.Read(context.Background(), func(tx *ReadTx) error { return tx.row(`SELECT 1`, nil, &n) })
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestSignalAfterCommitOnly(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s, ctx := notes(t, dsn), context.Background()
		wake, stop := s.Subscribe("note")
		other, stopOther := s.Subscribe("other")
		defer stopOther()
		_ = s.InTx(ctx, func(tx *Tx) error { tx.Changed("note"); return errors.New("no") })
		select {
		case <-wake:
			t.Error("woken by a rollback")
		default:
		}
		for i := range 3 {
			err := s.InTx(ctx, func(tx *Tx) error {
				tx.Changed("note")
				return addNote(tx, strconv.Itoa(i))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		<-wake
		select {
		case <-wake:
			t.Error("three changes are more than one wake-up")
		case <-other:
			t.Error("woken by another topic")
		default:
		}
		stop()
		stop()
		if err := s.InTx(ctx, func(tx *Tx) error { tx.Changed("note"); return nil }); err != nil {
			t.Fatal(err)
		}
		select {
		case <-wake:
			t.Error("woken after stop")
		default:
		}
	})
}

func TestConcurrentWriters(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s, ctx := notes(t, dsn), context.Background()
		if err := s.InTx(ctx, func(tx *Tx) error { return addNote(tx, "sum") }); err != nil {
			t.Fatal(err)
		}
		const writers, each = 8, 10
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					err := s.InTx(ctx, func(tx *Tx) error {
						var n int
						if err := tx.row(`SELECT amount_fen FROM note WHERE id = 'sum'`, nil, &n); err != nil {
							return err
						}
						if err := addNote(tx, strconv.Itoa(w*each+i)); err != nil {
							return err
						}
						return tx.execOne(`UPDATE note SET amount_fen = $1 WHERE id = 'sum'`, values{n + 1})
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		var sum int
		err := s.Read(ctx, func(tx *ReadTx) error {
			return tx.row(`SELECT amount_fen FROM note WHERE id = 'sum'`, nil, &sum)
		})
		if err != nil || sum != 1+writers*each || countNotes(t, s) != 1+writers*each {
			t.Errorf("sum %d of %d, %v", sum, 1+writers*each, err)
		}
		t.Logf("%+v", s.Counts())
	})
}

func TestCloseLeavesNothing(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		before := goleak.IgnoreCurrent()
		s, err := Open(context.Background(), Options{DSN: dsn, Now: time.Now, Rand: rand.Reader})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Healthy(context.Background()); err != nil {
			t.Error(err)
		}
		if d, err := s.Skew(context.Background()); err != nil || d.Abs() > time.Second {
			t.Errorf("skew %v, %v", d, err)
		}
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Error(err)
		}
		wantCode(t, s.InTx(context.Background(), func(*Tx) error { return nil }), guitai.Unavailable, codeClosed)
		wantCode(t, s.Read(context.Background(), func(*ReadTx) error { return nil }), guitai.Unavailable, codeClosed)
		wantCode(t, s.Healthy(context.Background()), guitai.Unavailable, codeClosed)
		goleak.VerifyNone(t, before)
	})
}

func TestSkewIsOursMinusTheirs(t *testing.T) {
	s, err := Open(context.Background(), Options{
		DSN: testkit.Postgres(t), Rand: rand.Reader,
		Now: func() time.Time { return time.Now().Add(time.Minute) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d, err := s.Skew(context.Background())
	if err != nil || (d-time.Minute).Abs() > 5*time.Second {
		t.Errorf("skew %v, %v", d, err)
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		s := openAt(t, dsn)
		err := s.InTx(context.Background(), func(tx *Tx) error {
			_, err := tx.exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, $1)`, values{true})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		again, err := Open(context.Background(), Options{DSN: dsn, Now: time.Now, Rand: rand.Reader})
		if err == nil {
			again.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "newer program") {
			t.Errorf("got %v", err)
		}
	})
}

func TestPrivateFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "odd ?#% name", "guitai.db")
	s := notes(t, "sqlite:"+path)
	if err := s.InTx(context.Background(), func(tx *Tx) error { return addNote(tx, "a") }); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{
		path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600, filepath.Dir(path): 0o700, filepath.Dir(filepath.Dir(path)): 0o700,
	} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", name, info, err, want)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, o := range []Options{
		{DSN: "sqlite:/data/x"},
		{DSN: "sqlite:", Now: time.Now}, {DSN: "sqlite::memory:", Now: time.Now},
		{DSN: "mysql://x", Now: time.Now}, {DSN: "", Now: time.Now},
		{DSN: "postgres://u:secret@h/d", Now: time.Now}, {DSN: "postgres://u:secret@h:port/d", Now: time.Now, Rand: rand.Reader},
	} {
		s, err := Open(context.Background(), o)
		if err == nil {
			s.Close()
			t.Errorf("%+v was taken", o.DSN)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is in the error: %v", err)
		}
	}
}
