package pay_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestOnlyTableKnowsAccounts: all others of this room ask the table, or they
// would miss an account that was added or exchanged since the start.
func TestOnlyTableKnowsAccounts(t *testing.T) {
	direct := regexp.MustCompile(`\bs\.(Channels|Accounts)\b`)
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "table.go" {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(b), "\n") {
			if direct.MatchString(line) {
				t.Errorf("%s:%d reads %s: ask s.channelOf(id), or range over s.table().Accounts and leave out those that are Off or of the other mode", name, i+1, strings.TrimSpace(line))
			}
		}
	}
}
