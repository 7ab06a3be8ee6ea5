package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// exceptionLimit is how many lines exceptions.txt has. Lower it with each line
// that goes; it is never raised.
const exceptionLimit = 0

// TestHouse holds the whole repository to each rule.
func TestHouse(t *testing.T) {
	tree := load(t)
	text, err := os.ReadFile("exceptions.txt")
	if err != nil {
		t.Fatal(err)
	}
	exceptions, err := ParseExceptions(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(exceptions) != exceptionLimit {
		t.Errorf("exceptions.txt has %d lines and exceptionLimit is %d: the list may only shrink, and the limit with it",
			len(exceptions), exceptionLimit)
	}
	var all []Finding
	for _, rule := range Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			found := rule.Run(tree)
			all = append(all, found...)
			left, _ := Excuse(found, exceptions)
			for _, f := range left {
				t.Error(f)
			}
			if len(left) > 0 {
				t.Log("what to do: " + rule.Tell)
			}
		})
	}
	_, idle := Excuse(all, exceptions)
	for _, e := range idle {
		t.Errorf("the exception `%s | %s` is no longer needed: take it out and lower exceptionLimit", e.Rule, e.Place)
	}
}

// load reads every file that is committed, or would be by `git add .`.
func load(t *testing.T) *Tree {
	t.Helper()
	root := repository(t)
	// In CI the clone may belong to another user; git then asks for this word.
	git := exec.Command("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	git.Dir = root
	out, err := git.Output()
	if err != nil {
		t.Fatalf("the house tests ask git which files there are: %v", err)
	}
	var paths []string
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		if info, err := os.Lstat(filepath.Join(root, name)); err == nil && info.Mode().IsRegular() {
			paths = append(paths, name)
		}
	}
	tree, err := Load(os.DirFS(root), paths)
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Packages) == 0 {
		t.Fatal("no Go package found: the rules would hold for nothing")
	}
	modFileOf(t, tree, root, "modernc.org/sqlite")
	return tree
}

// modFileOf reads the go.mod of a library as the go command has it.
func modFileOf(t *testing.T, tree *Tree, root, module string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	at := module + "@" + requires(string(text))[module]
	list := exec.Command("go", "mod", "download", "-json", at)
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go mod download %s: %v\n%s", at, err, out)
	}
	_, rest, _ := strings.Cut(string(out), `"GoMod": "`)
	file, _, _ := strings.Cut(rest, `"`)
	mod, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tree.ModFiles[at] = string(mod)
}

// repository is the folder of the main module's go.mod.
func repository(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module guitai\n") {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod of guitai above the working directory")
		}
		dir = up
	}
}
