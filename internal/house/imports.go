package house

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func checkRooms(t *Tree) []Finding {
	found := checkTable(rooms)
	for _, p := range t.Packages {
		if p.Room == nil && !p.Nested {
			found = append(found, Finding{Place: p.Files[0].Path, Text: fmt.Sprintf("package %s has no line in the table of rooms", p.Dir)})
		}
	}
	return found
}

// checkTable holds the table to its own rule: a room names only rooms of lower
// floors, each of which has a line.
func checkTable(table []Room) []Finding {
	var found []Finding
	bad := func(r Room, format string, args ...any) {
		found = append(found, Finding{Place: "internal/house/table.go:" + r.Path, Text: fmt.Sprintf(format, args...)})
	}
	floor := map[string]int{}
	for _, r := range table {
		if _, twice := floor[r.Path]; twice {
			bad(r, "%s has two lines", r.Path)
		}
		floor[r.Path] = r.Floor
	}
	for _, r := range table {
		for _, name := range slices.Concat(r.May, r.MayTest) {
			if lower, ok := floor[name]; name != Everybody && !ok {
				bad(r, "%s may import %s, which has no line", r.Path, name)
			} else if name != Everybody && lower >= r.Floor && slices.Contains(r.May, name) {
				// A test, which stands in a package of its own, may look up.
				bad(r, "%s (floor %d) may import %s (floor %d): only lower floors are allowed", r.Path, r.Floor, name, lower)
			}
		}
	}
	return found
}

// importsOf lists the import specs of a file with their paths.
func importsOf(f *File) map[*ast.ImportSpec]string {
	specs := map[*ast.ImportSpec]string{}
	for _, spec := range f.Go.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			specs[spec] = p
		}
	}
	return specs
}

func checkImports(t *Tree) []Finding {
	var found []Finding
	for p, f := range t.code() {
		if p.Room == nil || p.Nested {
			continue
		}
		for spec, imp := range importsOf(f) {
			if !within(imp, t.Module) {
				continue
			}
			dir := strings.TrimPrefix(strings.TrimPrefix(imp, t.Module), "/")
			if other := roomOf(rooms, dir); other == nil {
				found = append(found, t.find(spec, imp, fmt.Sprintf("%s has no line in the table of rooms", imp)))
			} else if why := refuses(*p.Room, *other, f); why != "" {
				found = append(found, t.find(spec, imp, why))
			}
		}
	}
	return found
}

// refuses says why a file in room r must not import room other, or "".
func refuses(r, other Room, f *File) string {
	if r.Path == other.Path {
		return ""
	}
	if f.Test {
		if mayTest(r, other) {
			return ""
		}
		return fmt.Sprintf("tests of %s may not import %s", r.Path, other.Path)
	}
	if other.ForTests && !r.ForTests {
		return fmt.Sprintf("%s is only for tests", other.Path)
	}
	if in(r.May, &other) {
		return ""
	}
	if r.Floor == other.Floor {
		return fmt.Sprintf("%s and %s are on one floor and never import each other", r.Path, other.Path)
	}
	return fmt.Sprintf("%s may import only: %s", r.Path, strings.Join(append(slices.Clone(r.May), "the standard library"), ", "))
}

// mayTest: tests know all lower floors, the rooms made for tests, and the other
// side of the wire.
func mayTest(r, other Room) bool {
	if in(r.May, &other) || other.Path == "internal/testkit" {
		return true
	}
	if r.Alone {
		return false
	}
	return other.Floor < r.Floor || in(r.MayTest, &other) || other.Path == "sandbox" || other.Path == "channel/channeltest"
}

func checkModules(t *Tree) []Finding {
	var found []Finding
	for p, f := range t.code() {
		if p.Room == nil || p.Nested {
			continue
		}
		for spec, imp := range importsOf(f) {
			first, _, _ := strings.Cut(imp, "/")
			if within(imp, t.Module) || !strings.Contains(first, ".") {
				continue // the project or the standard library
			}
			m := moduleOf(imp)
			switch {
			case m == nil:
				found = append(found, t.find(spec, imp, imp+" has no line in the table of libraries"))
			case in(m.Rooms, p.Room) || f.Test && in(m.Tests, p.Room):
			case p.Room.Path == "root" && !f.Test:
				found = append(found, t.find(spec, imp, "the nouns use only the standard library"))
			default:
				found = append(found, t.find(spec, imp, fmt.Sprintf("%s belongs to %s", m.Path, strings.Join(m.Rooms, ", "))))
			}
		}
	}
	return found
}

func moduleOf(imp string) *Module {
	var found *Module
	for i := range modules {
		if m := &modules[i]; within(imp, m.Path) && (found == nil || len(m.Path) > len(found.Path)) {
			found = m
		}
	}
	return found
}

var requireLine = regexp.MustCompile(`(?m)^(?:require)?\s+([^\s()]+\.[^\s()]+)\s+(v[^\s]+)`)

// requires reads the versions that a go.mod asks for.
func requires(text string) map[string]string {
	want := map[string]string{}
	for _, m := range requireLine.FindAllStringSubmatch(text, -1) {
		want[m[1]] = m[2]
	}
	return want
}

var bannedDirective = regexp.MustCompile(`(?m)^(replace|exclude)\b`)

func checkGoMod(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if path.Base(f.Path) != "go.mod" {
			continue
		}
		// A nested module reaches the main one by a replace.
		if f.Path == "go.mod" && bannedDirective.MatchString(f.Text) {
			found = append(found, Finding{Place: f.Path, Text: "go.mod has a replace or an exclude"})
		}
		const libc, sqlite = "modernc.org/libc", "modernc.org/sqlite"
		have := requires(f.Text)
		want := requires(t.ModFiles[sqlite+"@"+have[sqlite]])[libc]
		if have[sqlite] != "" && have[libc] != want {
			found = append(found, Finding{Place: f.Path + ":" + libc, Text: fmt.Sprintf(
				"%s is at %q, and %s %s is tested with %q", libc, have[libc], sqlite, have[sqlite], want)})
		}
	}
	return found
}
