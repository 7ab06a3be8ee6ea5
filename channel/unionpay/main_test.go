package unionpay_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"guitai/sandbox"
)

// TestMain makes the keys of the street once: each test starts from a copy.
func TestMain(m *testing.M) {
	code := 1
	err := func() error {
		dir, err := os.MkdirTemp("", "unionpay-keys-")
		if err != nil {
			return err
		}
		s, err := sandbox.Open(sandbox.Options{Dir: dir, Addr: "127.0.0.1:0", Now: newClock().now, Rand: rand.Reader})
		if err == nil {
			err = s.Close()
		}
		if err == nil {
			err = os.Remove(filepath.Join(dir, "journal.jsonl"))
		}
		if err == nil {
			err = os.Setenv(keyDir, dir)
			code = m.Run()
		}
		return errors.Join(err, os.RemoveAll(dir))
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// keyDir names the variable that says where the keys are.
const keyDir = "GUITAI_TEST_UNIONPAY_KEYS"

// streetDir is a folder with keys and an empty book.
func streetDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(os.Getenv(keyDir))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// clock goes on from a noon in Beijing, far from the end of a settlement day,
// and can be put forward.
type clock struct {
	mu   sync.Mutex
	from time.Time
	off  time.Duration
}

func newClock() *clock { return &clock{from: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC).Add(time.Since(c.from) + c.off)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += d
}
