package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// event is one line of `go test -json` (go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
}

// readGo counts tests and sub-tests. It shows the closing line of each package,
// and all that a package with a failure printed about it.
func readGo(in io.Reader, out io.Writer) (count, error) {
	r := reader{out: out, packages: map[string]*pkg{}}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(out, lines.Text()) // the go command itself speaks
			continue
		}
		r.take(e)
	}
	// What never ended was killed.
	for name, p := range r.packages {
		if !p.ended {
			fmt.Fprintf(out, "FAIL\t%s\tdid not end\n%s", name, strings.Join(p.texts, ""))
			r.sum.failed++
		}
	}
	return r.sum, lines.Err()
}

type reader struct {
	out      io.Writer
	packages map[string]*pkg
	sum      count
}

// pkg gathers what a package prints until it ends.
type pkg struct {
	count
	texts []string            // of the package itself
	tests map[string][]string // of tests that have not passed
	order []string            // tests in the order in which they began
	ended bool
}

func (r *reader) take(e event) {
	switch {
	case e.Action == "build-output":
		fmt.Fprint(r.out, e.Output)
		return
	case e.Package == "":
		return
	}
	p := r.packages[e.Package]
	if p == nil {
		p = &pkg{tests: map[string][]string{}}
		r.packages[e.Package] = p
	}
	if e.Test == "" {
		r.takePackage(p, e)
		return
	}
	switch e.Action {
	case "run":
		p.order = append(p.order, e.Test)
	case "output":
		p.tests[e.Test] = append(p.tests[e.Test], e.Output)
	case "pass":
		p.passed++
		delete(p.tests, e.Test)
	case "fail":
		p.failed++
	case "skip":
		p.skipped++
	}
}

func (r *reader) takePackage(p *pkg, e event) {
	switch e.Action {
	case "output":
		p.texts = append(p.texts, e.Output)
	case "pass", "skip":
		p.ended = true
		r.show(p, false)
		r.sum = r.sum.add(p.count)
	case "fail":
		p.ended = true
		r.show(p, true)
		if p.failed == 0 {
			p.failed = 1 // it did not build, or died outside of a test
		}
		r.sum = r.sum.add(p.count)
	}
}

func (r *reader) show(p *pkg, failed bool) {
	for _, test := range p.order {
		text := strings.Join(p.tests[test], "")
		if failed || strings.Contains(text, "--- SKIP") {
			fmt.Fprint(r.out, text)
		}
	}
	for _, text := range p.texts {
		if failed || strings.HasPrefix(text, "ok ") {
			fmt.Fprint(r.out, text)
		}
	}
	p.tests, p.order, p.texts = nil, nil, nil
}
