package testkit

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Edit changes one place of a source file: Old, which must stand there exactly
// once, becomes New.
type Edit struct {
	File     string // from the root of the module, with slashes
	Old, New string
}

// Edited builds with the edits in the sources, and with the new files, without
// touching them: "go build -overlay" reads the changed copies instead. So tests
// can reach into the program (to kill it between two lines, to plant a mistake
// in it) and what is shipped holds nothing of it. args are those of the go
// command; it runs in the folder of the test. An edit whose text is gone fails
// the test: whoever moved the line moves the edit with it.
func Edited(t *testing.T, edits []Edit, files map[string]string, args ...string) {
	t.Helper()
	dir, root := t.TempDir(), moduleRoot(t)
	texts := map[string]string{}
	for _, e := range edits {
		text, ok := texts[e.File]
		if !ok {
			b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(e.File)))
			if err != nil {
				t.Fatal(err)
			}
			text = strings.ReplaceAll(string(b), "\r\n", "\n")
		}
		if n := strings.Count(text, e.Old); n != 1 {
			t.Fatalf("this stands %d times in %s, not once: say in the test where it is now\n%s", n, e.File, e.Old)
		}
		texts[e.File] = strings.Replace(text, e.Old, e.New, 1)
	}
	for file, text := range files {
		texts[file] = text
	}
	replace := map[string]string{}
	for file, text := range texts {
		copied := filepath.Join(dir, strconv.Itoa(len(replace))+".go")
		if err := os.WriteFile(copied, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, filepath.FromSlash(file))] = copied
	}
	overlay := filepath.Join(dir, "overlay.json")
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err == nil {
		err = os.WriteFile(overlay, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", args[0], "-overlay", overlay)
	cmd.Args = append(cmd.Args, args[1:]...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}

// moduleRoot is the folder of go.mod, above the folder of the test.
func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	t.Fatalf("no go.mod above the test: %v", err)
	return ""
}
