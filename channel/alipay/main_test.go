package alipay_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"guitai/sandbox"
)

// TestMain makes the keys of the street once: each test starts from a copy.
func TestMain(m *testing.M) {
	code := 1
	err := func() error {
		dir, err := os.MkdirTemp("", "alipay-keys-")
		if err != nil {
			return err
		}
		s, err := sandbox.Open(sandbox.Options{Dir: dir, Addr: "127.0.0.1:0", Now: time.Now, Rand: rand.Reader})
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
const keyDir = "GUITAI_TEST_ALIPAY_KEYS"

// streetDir is a folder with keys and an empty book.
func streetDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(os.Getenv(keyDir))); err != nil {
		t.Fatal(err)
	}
	return dir
}
