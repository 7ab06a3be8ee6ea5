package house

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
)

// docSays are the four things that a doc.go tells.
var docSays = []struct {
	what string
	sign *regexp.Regexp
}{
	{"what it does (beginning with `Package name` or `Command name`)", regexp.MustCompile(`^(Package|Command) `)},
	{"what it never does (the word never)", regexp.MustCompile(`(?i)\bnever\b`)},
	{"what it may import (the word import)", regexp.MustCompile(`(?i)\bimports?\b`)},
	{"where to start reading (the words start reading)", regexp.MustCompile(`(?i)\bstart\s+reading\b`)},
}

func checkDoc(t *Tree) []Finding {
	var found []Finding
	for _, p := range t.Packages {
		place := path.Join(p.Dir, "doc.go")
		at := slices.IndexFunc(p.Files, func(f *File) bool { return f.Path == place })
		if at < 0 || p.Files[at].Go.Doc == nil {
			found = append(found, Finding{Place: place, Text: fmt.Sprintf("package %s has no doc.go with a package comment", p.Name)})
			continue
		}
		for _, say := range docSays {
			if text := p.Files[at].Go.Doc.Text(); !say.sign.MatchString(text) {
				found = append(found, Finding{Place: place, Line: 1, Text: "does not say " + say.what})
			}
		}
	}
	return found
}

// wellKnown are methods whose meaning is fixed by the standard library.
var wellKnown = []string{
	"Error", "Unwrap", "String", "MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText",
	"ServeHTTP", "Len", "Less", "Swap", "Scan", "Value", "LogValue",
}

// checkComments asks for a comment on each exported name outside of programs.
func checkComments(t *Tree) []Finding {
	var found []Finding
	bare := func(id *ast.Ident, name string) {
		found = append(found, t.find(id, name, name+" is exported and has no comment"))
	}
	for p, f := range t.production() {
		if p.Name == "main" || f.Made {
			continue
		}
		for _, d := range f.Go.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				recv := receiver(d)
				hidden := recv != "" && (!ast.IsExported(recv) || slices.Contains(wellKnown, d.Name.Name))
				if d.Name.IsExported() && d.Doc == nil && !hidden {
					bare(d.Name, funcName(d))
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					for _, id := range bareNames(d, s) {
						bare(id, id.Name)
					}
				}
			}
		}
	}
	return found
}

// bareNames lists the exported names of a declaration that nothing explains. A
// comment above a group of constants or variables speaks for all of them.
func bareNames(d *ast.GenDecl, s ast.Spec) []*ast.Ident {
	var bare []*ast.Ident
	switch s := s.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() && s.Doc == nil && s.Comment == nil && (d.Doc == nil || d.Lparen.IsValid()) {
			bare = append(bare, s.Name)
		}
		it, ok := s.Type.(*ast.InterfaceType)
		if !ok || !s.Name.IsExported() || it.Methods.NumFields() == 1 {
			break // the comment on an interface of one method speaks for both
		}
		for _, m := range it.Methods.List {
			if len(m.Names) == 1 && m.Names[0].IsExported() && m.Doc == nil && m.Comment == nil && !slices.Contains(wellKnown, m.Names[0].Name) {
				bare = append(bare, m.Names[0])
			}
		}
	case *ast.ValueSpec:
		if s.Doc != nil || s.Comment != nil || d.Doc != nil {
			break
		}
		for _, id := range s.Names {
			if id.IsExported() {
				bare = append(bare, id)
			}
		}
	}
	return bare
}

// channelFiles stand in each folder of a wallet or bank, so that who knows one
// knows all.
var channelFiles = []string{"doc.go", "channel.go", "sign.go", "wire.go", "map.go"}

func checkChannelFiles(t *Tree) []Finding {
	var found []Finding
	for _, p := range t.Packages {
		if path.Dir(p.Dir) != "channel" || p.Dir == "channel/channeltest" || p.Dir == "channel/wire" {
			continue
		}
		for _, name := range channelFiles {
			place := path.Join(p.Dir, name)
			if !slices.ContainsFunc(p.Files, func(f *File) bool { return f.Path == place }) {
				found = append(found, Finding{Place: place, Text: p.Dir + " has no " + name})
			}
		}
	}
	return found
}

// quiet are the methods of a test that check nothing.
var quiet = []string{"Parallel", "Helper", "Log", "Logf", "Name", "Setenv", "TempDir", "Chdir"}

// checkTests asks that each test can fail.
func checkTests(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.code() {
		for _, fn := range funcs(f) {
			if !f.Test || fn.Recv != nil || !testName.MatchString(fn.Name.Name) || fn.Type.Params.NumFields() != 1 {
				continue
			}
			params := fn.Type.Params.List[0]
			if len(params.Names) == 0 || !t.canFail(fn, params.Names[0]) {
				found = append(found, t.find(fn.Name, fn.Name.Name, fn.Name.Name+" cannot fail: it asserts nothing"))
			}
		}
	}
	return found
}

var testName = regexp.MustCompile(`^(Test|Fuzz)([A-Z0-9_]|$)`)

// canFail reports whether the test calls something on its t that may fail, or
// hands it on.
func (t *Tree) canFail(fn *ast.FuncDecl, param *ast.Ident) bool {
	if fn.Name.Name == "TestMain" {
		return true
	}
	calls, silent := 0, 0
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch e := n.(type) {
		case *ast.Ident:
			if t.uses[e] != nil && t.uses[e] == t.defs[param] {
				calls++
			}
		case *ast.SelectorExpr:
			id, ok := e.X.(*ast.Ident)
			if ok && t.uses[id] != nil && t.uses[id] == t.defs[param] && slices.Contains(quiet, e.Sel.Name) {
				silent++
			}
		}
		return true
	})
	return calls > silent
}

var mdLink = regexp.MustCompile(`\]\(<?([^()\s>]+)>?(?: "[^"]*")?\)`)

// checkLinks follows the relative links of the papers.
func checkLinks(t *Tree) []Finding {
	there := map[string]bool{".": true}
	for _, f := range t.Files {
		for p := f.Path; p != "."; p = path.Dir(p) {
			there[p] = true
		}
	}
	var found []Finding
	for _, f := range t.Files {
		if path.Ext(f.Path) != ".md" {
			continue
		}
		for i, line := range strings.Split(f.Text, "\n") {
			for _, m := range mdLink.FindAllStringSubmatch(line, -1) {
				to, _, _ := strings.Cut(m[1], "#")
				if to == "" || strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
					continue
				}
				target := path.Join(path.Dir(f.Path), to)
				if !there[target] {
					found = append(found, Finding{Place: f.Path + ":" + to, Line: i + 1, Text: "the link " + to + " leads nowhere"})
				}
			}
		}
	}
	return found
}
