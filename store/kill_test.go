package store

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
)

const childDSN = "GUITAI_TEST_CHILD_DSN"

// TestMain is the child of TestKilledWhileCommitting when it is told a DSN:
// eight writers commit and then print what they have committed, for ever.
func TestMain(m *testing.M) {
	dsn := os.Getenv(childDSN)
	if dsn == "" {
		os.Exit(m.Run())
	}
	s, err := Open(context.Background(), Options{DSN: dsn, Now: time.Now, Rand: rand.Reader})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%d-%d-%d", os.Getpid(), w, i)
				if err := s.InTx(context.Background(), func(tx *Tx) error { return addNote(tx, id) }); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				mu.Lock()
				fmt.Println(id)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestKilledWhileCommitting(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		notes(t, dsn)
		said := make(map[string]bool)
		for round := range 4 {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), childDSN+"="+dsn)
			cmd.Stderr = os.Stderr
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewReader(out)
			for n := 0; ; n++ {
				line, err := lines.ReadString('\n')
				if err != nil {
					break // a line without an end was not said
				}
				said[strings.TrimSpace(line)] = true
				if n == 40+round*37 {
					if err := cmd.Process.Kill(); err != nil { // SIGKILL
						t.Fatal(err)
					}
				}
			}
			if err := cmd.Wait(); err == nil {
				t.Fatal("the child was not killed")
			}
			began := time.Now()
			s := openAt(t, dsn)
			t.Logf("%d said so far, open again after %v", len(said), time.Since(began))
			stored := make(map[string]bool)
			err = s.Read(context.Background(), func(tx *ReadTx) error {
				return tx.query(`SELECT id FROM note`, nil, func(r scanner) error {
					var id string
					err := r.Scan(&id)
					stored[id] = true
					return err
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			for id := range said {
				if !stored[id] {
					t.Errorf("%s was said and is lost", id)
				}
			}
		}
	})
}

// cutter stands between us and PostgreSQL and, when armed, breaks the
// connection at a commit: before it is sent on, or after it has been done.
type cutter struct {
	before, after atomic.Bool
}

func (c *cutter) serve(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	real := filepath.Join(q.Get("host"), ".s.PGSQL."+q.Get("port"))
	dir, err := os.MkdirTemp("", "cut") // the names of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("unix", real)
			if err != nil {
				client.Close()
				return
			}
			var cut atomic.Bool
			wg.Go(func() { c.pass(server, client, &cut) })
			wg.Go(func() { c.back(client, server, &cut) })
		}
	})
	q.Set("host", dir)
	u.RawQuery = q.Encode()
	return u.String()
}

func (c *cutter) pass(server, client net.Conn, cut *atomic.Bool) {
	defer server.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if strings.Contains(string(buf[:n]), "commit") {
			if c.before.CompareAndSwap(true, false) {
				client.Close()
				return
			}
			cut.Store(c.after.CompareAndSwap(true, false))
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (c *cutter) back(client, server net.Conn, cut *atomic.Bool) {
	defer client.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil || cut.Load() {
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

func TestCommitCutOff(t *testing.T) {
	dsn := testkit.Postgres(t)
	truth := notes(t, dsn)
	c := &cutter{}
	s := openAt(t, c.serve(t, dsn))
	add := func(id string) error {
		return s.InTx(context.Background(), func(tx *Tx) error { return addNote(tx, id) })
	}
	c.after.Store(true)
	wantCode(t, add("done"), guitai.Unknown, codeCommit)
	if n := countNotes(t, truth); n != 1 {
		t.Errorf("%d rows, want the one whose answer was lost", n)
	}
	c.before.Store(true)
	wantCode(t, add("not done"), guitai.Unknown, codeCommit)
	if n := countNotes(t, truth); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
	if err := add("next"); err != nil {
		t.Errorf("it did not recover: %v", err)
	}
}

// A connection that breaks before the commit is no harm: nothing happened, and
// the function is run again on another.
func TestConnectionLostBeforeCommit(t *testing.T) {
	s := notes(t, testkit.Postgres(t))
	runs := 0
	err := s.InTx(context.Background(), func(tx *Tx) error {
		runs++
		if err := addNote(tx, "a"); err != nil || runs > 1 {
			return err
		}
		return tx.query(`SELECT pg_terminate_backend(pg_backend_pid())`, nil, func(scanner) error { return nil })
	})
	if err != nil || runs != 2 || countNotes(t, s) != 1 {
		t.Errorf("%d runs, %v", runs, err)
	}
}
