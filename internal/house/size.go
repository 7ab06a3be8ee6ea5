package house

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/types"
	"path"
	"slices"
	"strings"
)

const (
	maxFuncLines = 70
	maxFileLines = 500
	maxMethods   = 7
	maxParams    = 5
)

func (t *Tree) lines(n ast.Node) int {
	return t.fset.Position(n.End()).Line - t.fset.Position(n.Pos()).Line + 1
}

// funcLines counts from the word func to the last brace, without the comment above.
func (t *Tree) funcLines(fn *ast.FuncDecl) int {
	return t.fset.Position(fn.End()).Line - t.fset.Position(fn.Type.Func).Line + 1
}

func checkFuncSize(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.code() {
		if f.Made {
			continue
		}
		for _, d := range f.Go.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				if n := t.funcLines(fn); n > maxFuncLines {
					found = append(found, t.find(fn.Name, funcName(fn), fmt.Sprintf("%s has %d lines", funcName(fn), n)))
				}
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				if lit, ok := n.(*ast.FuncLit); ok && t.lines(lit) > maxFuncLines {
					found = append(found, t.find(lit, "func", fmt.Sprintf("a function without a name has %d lines", t.lines(lit))))
				}
				return true
			})
		}
	}
	return found
}

var sized = []string{".go", ".ts", ".js", ".mjs", ".svelte", ".css", ".html", ".sql", ".sh"}

func checkFileSize(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if f.Made || built(f.Path) || !slices.Contains(sized, path.Ext(f.Path)) {
			continue
		}
		if n := strings.Count(strings.TrimSuffix(f.Text, "\n"), "\n") + 1; n > maxFileLines {
			found = append(found, Finding{Place: f.Path, Text: fmt.Sprintf("the file has %d lines", n)})
		}
	}
	return found
}

// built reports whether a file is the product of a tool, or data for tests.
func built(file string) bool {
	return strings.HasPrefix(file, "ui/dist/") || strings.Contains("/"+file, "/testdata/") ||
		path.Base(file) == "package-lock.json" || path.Base(file) == "go.sum"
}

func checkInterfaceSize(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.code() {
		ast.Inspect(f.Go, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if it, ok := spec.Type.(*ast.InterfaceType); ok && it.Methods.NumFields() > maxMethods {
				found = append(found, t.find(spec, spec.Name.Name, fmt.Sprintf("interface %s has %d methods", spec.Name.Name, it.Methods.NumFields())))
			}
			return true
		})
	}
	return found
}

func checkParams(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.code() {
		ast.Inspect(f.Go, func(n ast.Node) bool {
			name, typ := "", (*ast.FuncType)(nil)
			switch fn := n.(type) {
			case *ast.FuncDecl:
				name, typ = funcName(fn), fn.Type
			case *ast.FuncLit:
				name, typ = "func", fn.Type
			case *ast.Field:
				if ft, ok := fn.Type.(*ast.FuncType); ok && len(fn.Names) == 1 {
					name, typ = fn.Names[0].Name, ft
				}
			}
			if typ != nil && typ.Params.NumFields() > maxParams {
				found = append(found, t.find(n, name, fmt.Sprintf("%s takes %d parameters", name, typ.Params.NumFields())))
			}
			return true
		})
	}
	return found
}

// checkBool looks at what others call: exported functions, methods, and the
// methods of exported interfaces.
func checkBool(t *Tree) []Finding {
	var found []Finding
	check := func(at ast.Node, name string, typ *ast.FuncType) {
		for _, field := range typ.Params.List {
			id, ok := field.Type.(*ast.Ident)
			if ok && t.uses[id] == types.Universe.Lookup("bool") {
				found = append(found, t.find(at, name, name+" takes a naked bool"))
			}
		}
	}
	for _, f := range t.production() {
		for _, d := range f.Go.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.IsExported() {
				check(fn.Name, funcName(fn), fn.Type)
			}
		}
		for _, spec := range typeSpecs(f) {
			it, ok := spec.Type.(*ast.InterfaceType)
			if !ok || !spec.Name.IsExported() {
				continue
			}
			for _, m := range it.Methods.List {
				if typ, ok := m.Type.(*ast.FuncType); ok && len(m.Names) == 1 && m.Names[0].IsExported() {
					check(m, spec.Name.Name+"."+m.Names[0].Name, typ)
				}
			}
		}
	}
	return found
}

func checkFormat(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.code() {
		text, err := format.Source([]byte(f.Text))
		if err != nil || string(text) != f.Text {
			found = append(found, Finding{Place: f.Path, Text: "the file is not formatted by gofmt"})
		}
	}
	return found
}

// typeSpecs lists the types that a file declares at its top level.
func typeSpecs(f *File) []*ast.TypeSpec {
	var list []*ast.TypeSpec
	for _, d := range f.Go.Decls {
		if gen, ok := d.(*ast.GenDecl); ok {
			for _, s := range gen.Specs {
				if spec, ok := s.(*ast.TypeSpec); ok {
					list = append(list, spec)
				}
			}
		}
	}
	return list
}
