package store

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestLimits: SQLite looks at a bare parameter behind LIMIT when it plans, and
// compiles the statement anew each time the parameter is bound, which costs more than
// most statements do. `LIMIT $n + 0` is not looked at.
func TestLimits(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	bare := regexp.MustCompile(`LIMIT \$[0-9]+(?: \+ 0)?`)
	found := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range bare.FindAllString(string(text), -1) {
			if found++; m[len(m)-1] != '0' || m[len(m)-2] != ' ' {
				t.Errorf("%s: %q is compiled anew at each use; say %q", f, m, m+" + 0")
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d limits found: is the pattern still right?", found)
	}
}
