package testkit

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

// folderVar names the variable that says where the folder of a package's tests is.
const folderVar = "GUITAI_TEST_FOLDER"

// RunWithFolder runs the tests of a package and returns their exit code, for
// TestMain. What is dear to make, such as keys, fill makes once; each test
// starts from a copy (CopyFolder).
func RunWithFolder(m *testing.M, fill func(dir string) error) int {
	code := 1
	err := func() error {
		dir, err := os.MkdirTemp("", "guitai-test-")
		if err != nil {
			return err
		}
		if err = fill(dir); err == nil {
			err = os.Setenv(folderVar, dir)
		}
		if err == nil {
			code = m.Run()
		}
		return errors.Join(err, os.RemoveAll(dir))
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// CopyFolder is a fresh folder of the test's own with what fill made.
func CopyFolder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(os.Getenv(folderVar))); err != nil {
		t.Fatal(err)
	}
	return dir
}
