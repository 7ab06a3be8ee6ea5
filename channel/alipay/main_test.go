package alipay_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"guitai/internal/testkit"
	"guitai/sandbox"
)

// TestMain makes the keys of the street once: each test starts from a copy.
func TestMain(m *testing.M) { os.Exit(testkit.RunWithFolder(m, makeKeys)) }

// makeKeys leaves a street's keys and no book.
func makeKeys(dir string) error {
	s, err := sandbox.Open(sandbox.Options{Dir: dir, Addr: "127.0.0.1:0", Now: time.Now, Rand: rand.Reader})
	if err == nil {
		err = s.Close()
	}
	if err == nil {
		err = os.Remove(filepath.Join(dir, "journal.jsonl"))
	}
	return err
}
