package house

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// example is a small repository and the places where a rule must bite. An
// example without places shows what the rule lets pass.
type example struct {
	rule  string
	files map[string]string
	want  []string
}

// grow makes a tree out of texts.
func grow(t *testing.T, files map[string]string) *Tree {
	t.Helper()
	fsys := fstest.MapFS{}
	var paths []string
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		paths = append(paths, name)
	}
	tree, err := Load(fsys, paths)
	if err != nil {
		t.Fatal(err)
	}
	tree.ModFiles["modernc.org/sqlite@v1.2.3"] = "module modernc.org/sqlite\n\nrequire (\n\tmodernc.org/libc v1.5.0\n)\n"
	return tree
}

func examples() []example {
	var all []example
	for _, list := range [][]example{importExamples(), callExamples(), globalExamples(), sizeExamples(), docExamples(), wordExamples()} {
		all = append(all, list...)
	}
	return all
}

// TestRulesBite shows each rule a repository that breaks it.
func TestRulesBite(t *testing.T) {
	bitten, spared := map[string]bool{}, map[string]bool{}
	for i, e := range examples() {
		t.Run(fmt.Sprintf("%s/%d", e.rule, i), func(t *testing.T) {
			tree := grow(t, e.files)
			var got []string
			for _, rule := range Rules() {
				if rule.Name == e.rule {
					for _, f := range rule.Run(tree) {
						got = append(got, f.Place)
					}
				}
			}
			if strings.Join(got, "\n") != strings.Join(e.want, "\n") {
				t.Errorf("found\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(e.want, "\n  "))
			}
		})
		bitten[e.rule] = bitten[e.rule] || len(e.want) > 0
		spared[e.rule] = spared[e.rule] || len(e.want) == 0
	}
	for _, rule := range Rules() {
		if !bitten[rule.Name] {
			t.Errorf("no example shows that the rule %s bites", rule.Name)
		}
		if !spared[rule.Name] {
			t.Errorf("no example shows what the rule %s lets pass", rule.Name)
		}
		if rule.Tell == "" {
			t.Errorf("the rule %s does not say what to do", rule.Name)
		}
	}
}

// TestTable shows that the table of rooms is held to its own floors.
func TestTable(t *testing.T) {
	bad := []Room{
		{Path: "qr", Floor: 1, May: []string{"ledger"}},
		{Path: "ledger", Floor: 1, May: []string{"garage"}},
		{Path: "ledger", Floor: 1},
	}
	if got := len(checkTable(bad)); got != 3 {
		t.Errorf("%d findings in a table with three errors: %v", got, checkTable(bad))
	}
}

// TestExceptions: what is listed is let off, and what is not needed is seen.
func TestExceptions(t *testing.T) {
	list, err := ParseExceptions("# why\n\npanic | pay/take.go:Take | a reason | with a bar\npanic | pay/gone.go:Gone | old\n")
	if err != nil || len(list) != 2 || list[0].Reason != "a reason | with a bar" {
		t.Fatalf("%v, %v", list, err)
	}
	found := []Finding{{Rule: "panic", Place: "pay/take.go:Take"}, {Rule: "init", Place: "pay/take.go:Take"}}
	left, idle := Excuse(found, list)
	if len(left) != 1 || left[0].Rule != "init" {
		t.Errorf("left %v", left)
	}
	if len(idle) != 1 || idle[0].Place != "pay/gone.go:Gone" {
		t.Errorf("idle %v", idle)
	}
	for _, text := range []string{"panic | pay/take.go:Take", "panic | pay/take.go:Take | "} {
		if _, err := ParseExceptions(text); err == nil {
			t.Errorf("%q gives no reason and is taken", text)
		}
	}
}

// TestFindingText: a person must see where, what and which exception would fit.
func TestFindingText(t *testing.T) {
	f := Finding{Rule: "clock", Place: "pay/take.go:time.Now", Line: 7, Text: "time.Now: take a now"}
	if got, want := f.String(), "pay/take.go:7: time.Now: take a now [clock | pay/take.go:time.Now]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
