package house

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Finding is one place where a rule is broken.
type Finding struct {
	Rule  string
	Place string // file, and the name in it; without line numbers, for exceptions.txt
	Line  int    // 0 when the whole file is meant
	Text  string // what is wrong there
}

// String is the finding on one line.
func (f Finding) String() string {
	file, _, _ := strings.Cut(f.Place, ":")
	if f.Line > 0 {
		file = fmt.Sprintf("%s:%d", file, f.Line)
	}
	return fmt.Sprintf("%s: %s [%s | %s]", file, f.Text, f.Rule, f.Place)
}

// Rule is one thing that the house asks of all its rooms.
type Rule struct {
	Name  string
	Tell  string // what to do when it is broken
	Check func(*Tree) []Finding
}

// Rules lists all of them.
func Rules() []Rule {
	list := []Rule{
		{"parse", "mend the syntax", func(t *Tree) []Finding { return t.Broken }},
		{"format", "run `make fmt`", checkFormat},
		{"rooms", "add a line to the table in internal/house/table.go and to docs/ARCHITECTURE.md, and say why in docs/decisions", checkRooms},
		{"imports", "move the code to the room that owns it, or hand the thing in through an interface that cmd wires", checkImports},
		{"modules", "let the room that owns the library do it; a new library needs a line in table.go and a reason in docs/decisions", checkModules},
		{"go-mod", "pin the version in go.mod without replace or exclude; modernc.org/libc follows modernc.org/sqlite", checkGoMod},
		{"init", "call it from where the value is made", checkInit},
		{"globals", "make it a field of a value that cmd makes, or a constant; a package variable is never written", checkGlobals},
		{"panic", "return an error", checkPanic},
		{"float", "reckon in int64 minor units (guitai.Money)", checkFloat},
		{"bool", "take a named type, a struct of options, or write two functions: a bare true says nothing where it is called", checkBool},
		{"params", "at most 5 parameters: gather what belongs together in a struct", checkParams},
		{"func-size", "at most 70 lines: lift a step out and give it a name of the trade", checkFuncSize},
		{"interface-size", "at most 7 methods: split it by who uses it", checkInterfaceSize},
		{"file-size", "at most 500 lines: split it by subject", checkFileSize},
		{"doc", "write doc.go: what the package does, what it never does, what it may import, where to start reading", checkDoc},
		{"comments", "say what it is for, with units, shapes and errors", checkComments},
		{"names", "find the word of the trade (docs/GLOSSARY.md) for what it does", checkNames},
		{"state", "say state; status belongs to HTTP and to the wallets' wire", checkState},
		{"tags", "keep the nouns free of JSON and SQL: give the wire its own struct", checkTags},
		{"channel-files", "split the channel as the others are: doc.go, channel.go, sign.go, wire.go, map.go", checkChannelFiles},
		{"tests", "check something, or remove the test", checkTests},
		{"marks", "do it now, or open an issue; the code carries no marks of unfinished work", checkMarks},
		{"paths", "use a folder that the test or the user gives (t.TempDir, a flag)", checkPaths},
		{"authors", "say what the code does; which tools helped to write it has no place in it", checkAuthors},
		{"links", "make the link point at a file that is there", checkLinks},
	}
	for _, name := range doorRules() {
		list = append(list, Rule{name, "see the message", func(t *Tree) []Finding { return checkDoors(t, name) }})
	}
	return list
}

// Run applies one rule and sorts what it finds.
func (r Rule) Run(t *Tree) []Finding {
	found := r.Check(t)
	for i := range found {
		found[i].Rule = r.Name
	}
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Line, b.Line))
	})
	return found
}

// Exception lets one finding off.
type Exception struct {
	Rule, Place, Reason string
}

// ParseExceptions reads exceptions.txt: lines `rule | place | reason`, # for
// comments. Each needs all three.
func ParseExceptions(text string) ([]Exception, error) {
	var list []Exception
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		part := strings.SplitN(line, "|", 3)
		if len(part) != 3 || strings.TrimSpace(part[2]) == "" {
			return nil, fmt.Errorf("exceptions.txt:%d: want `rule | place | reason`", i+1)
		}
		list = append(list, Exception{strings.TrimSpace(part[0]), strings.TrimSpace(part[1]), strings.TrimSpace(part[2])})
	}
	return list, nil
}

// Excuse takes out the findings that are let off and returns the exceptions
// that nothing needed.
func Excuse(found []Finding, list []Exception) (left []Finding, idle []Exception) {
	needed := map[int]bool{}
	for _, f := range found {
		at := slices.IndexFunc(list, func(e Exception) bool { return e.Rule == f.Rule && e.Place == f.Place })
		if at < 0 {
			left = append(left, f)
		} else {
			needed[at] = true
		}
	}
	for i, e := range list {
		if !needed[i] {
			idle = append(idle, e)
		}
	}
	return left, idle
}
