package unionpay_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"guitai/internal/testkit"
	"guitai/sandbox"
)

// TestMain makes the keys of the street once: each test starts from a copy.
func TestMain(m *testing.M) { os.Exit(testkit.RunWithFolder(m, makeKeys)) }

// makeKeys leaves a street's keys and no book.
func makeKeys(dir string) error {
	s, err := sandbox.Open(sandbox.Options{Dir: dir, Addr: "127.0.0.1:0", Now: newClock().now, Rand: rand.Reader})
	if err == nil {
		err = s.Close()
	}
	if err == nil {
		err = os.Remove(filepath.Join(dir, "journal.jsonl"))
	}
	return err
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
