package house

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"iter"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// File is one file that is, or will be, committed.
type File struct {
	Path string // from the root of the repository, with slashes
	Text string // empty for what is not text
	Go   *ast.File
	Test bool // its name ends in _test.go
	Made bool // written by a program
}

// Package is a folder of Go files.
type Package struct {
	Dir    string // "" is the root of the module
	Name   string
	Room   *Room // nil when the table has no line for it
	Nested bool  // in a module of its own: the table does not hold there
	Files  []*File
	scope  *types.Scope
}

// Tree is the repository as the rules see it.
type Tree struct {
	Module   string // path of the main module
	Files    []*File
	Packages []*Package
	ModFiles map[string]string // go.mod of a library by its path, for rules that compare versions
	Broken   []Finding         // files that are not Go

	fset *token.FileSet
	uses map[*ast.Ident]types.Object
	defs map[*ast.Ident]types.Object
}

var madeLine = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// Load reads the named files. Paths are slash paths under fsys; files that are
// not text keep only their path.
func Load(fsys fs.FS, paths []string) (*Tree, error) {
	t := &Tree{
		Module: "guitai", ModFiles: map[string]string{}, fset: token.NewFileSet(),
		uses: map[*ast.Ident]types.Object{}, defs: map[*ast.Ident]types.Object{},
	}
	for _, p := range slices.Sorted(slices.Values(paths)) {
		data, err := fs.ReadFile(fsys, p)
		if err != nil {
			return nil, err
		}
		if bytes.IndexByte(data, 0) >= 0 {
			data = nil
		}
		f := &File{Path: p, Text: string(data), Test: strings.HasSuffix(p, "_test.go")}
		t.Files = append(t.Files, f)
	}
	t.parse()
	for _, p := range t.Packages {
		t.resolve(p)
	}
	return t, nil
}

func (t *Tree) parse() {
	byDir := map[string]*Package{}
	for _, f := range t.Files {
		if !strings.HasSuffix(f.Path, ".go") || hiddenFromGo(f.Path) {
			continue
		}
		f.Made = madeLine.MatchString(f.Text)
		file, err := parser.ParseFile(t.fset, f.Path, f.Text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Broken = append(t.Broken, Finding{Rule: "parse", Place: f.Path, Text: err.Error()})
			continue
		}
		f.Go = file
		dir := dirOf(f.Path)
		p := byDir[dir]
		if p == nil {
			p = &Package{Dir: dir, Room: roomOf(rooms, dir), Nested: t.nested(dir)}
			byDir[dir] = p
			t.Packages = append(t.Packages, p)
		}
		p.Files = append(p.Files, f)
		if name := file.Name.Name; p.Name == "" || !f.Test {
			p.Name = strings.TrimSuffix(name, "_test")
		}
	}
	sort.Slice(t.Packages, func(i, j int) bool { return t.Packages[i].Dir < t.Packages[j].Dir })
}

func dirOf(file string) string {
	if dir := path.Dir(file); dir != "." {
		return dir
	}
	return ""
}

// hiddenFromGo follows the go command: testdata and names that begin with a
// point or an underscore hold no packages.
func hiddenFromGo(file string) bool {
	for part := range strings.SplitSeq(file, "/") {
		if part == "testdata" || part == "node_modules" || part[0] == '.' || part[0] == '_' {
			return true
		}
	}
	return false
}

// nested reports whether dir belongs to another module than the main one.
func (t *Tree) nested(dir string) bool {
	for _, f := range t.Files {
		if mod := dirOf(f.Path); path.Base(f.Path) == "go.mod" && mod != "" &&
			(dir == mod || strings.HasPrefix(dir, mod+"/")) {
			return true
		}
	}
	return false
}

// resolve finds out what each name in the package stands for. Imported packages
// are not read: their names resolve to the import, which is all the rules ask.
func (t *Tree) resolve(p *Package) {
	var inside, outside []*ast.File
	for _, f := range p.Files {
		if f.Test && strings.HasSuffix(f.Go.Name.Name, "_test") {
			outside = append(outside, f.Go)
		} else {
			inside = append(inside, f.Go)
		}
	}
	for _, files := range [][]*ast.File{inside, outside} {
		if len(files) == 0 {
			continue
		}
		conf := types.Config{Importer: emptyImporter{}, Error: func(error) {}, FakeImportC: true}
		info := &types.Info{Uses: t.uses, Defs: t.defs}
		// Errors are expected: what is imported is empty.
		pkg, _ := conf.Check(p.Dir, t.fset, files, info)
		if p.scope == nil && pkg != nil {
			p.scope = pkg.Scope()
		}
	}
}

type emptyImporter struct{}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// Import makes an empty package of the name that the path promises.
func (emptyImporter) Import(importPath string) (*types.Package, error) {
	name := path.Base(importPath)
	if majorVersion.MatchString(name) {
		name = path.Base(path.Dir(importPath))
	}
	name, _, _ = strings.Cut(name, ".")
	pkg := types.NewPackage(importPath, strings.ReplaceAll(name, "-", "_"))
	pkg.MarkComplete()
	return pkg, nil
}

// code walks the Go files of the whole repository.
func (t *Tree) code() iter.Seq2[*Package, *File] {
	return func(yield func(*Package, *File) bool) {
		for _, p := range t.Packages {
			for _, f := range p.Files {
				if !yield(p, f) {
					return
				}
			}
		}
	}
}

// production walks the Go files that are built into a program.
func (t *Tree) production() iter.Seq2[*Package, *File] {
	return func(yield func(*Package, *File) bool) {
		for p, f := range t.code() {
			if !f.Test && !yield(p, f) {
				return
			}
		}
	}
}

// forTests reports whether only tests import the package: what tests may do, it
// may do too.
func (p *Package) forTests() bool { return p.Room != nil && p.Room.ForTests }

// find makes a finding at a node; what names it within the file, so that the
// place stays the same when lines move.
func (t *Tree) find(at ast.Node, what, text string) Finding {
	pos := t.fset.Position(at.Pos())
	place := pos.Filename
	if what != "" {
		place += ":" + what
	}
	return Finding{Place: place, Line: pos.Line, Text: text}
}

// imported is the path of the package that a selector such as time.Now reaches
// into, or "".
func (t *Tree) imported(sel *ast.SelectorExpr) string {
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	if name, ok := t.uses[id].(*types.PkgName); ok {
		return name.Imported().Path()
	}
	return ""
}

func within(path, parent string) bool {
	return path == parent || strings.HasPrefix(path, parent+"/")
}

func in(list []string, room *Room) bool {
	return slices.Contains(list, Everybody) || room != nil && slices.Contains(list, room.Path)
}
