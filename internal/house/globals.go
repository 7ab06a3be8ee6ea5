package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// checkGlobals allows package variables whose value is there from the start and
// never changes: errors, tables, compiled patterns, embedded files.
func checkGlobals(t *Tree) []Finding {
	var found []Finding
	for p, f := range t.production() {
		for _, d := range f.Go.Decls {
			gen, ok := d.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR || p.forTests() {
				continue
			}
			for _, s := range gen.Specs {
				spec := s.(*ast.ValueSpec)
				if why := t.mayChange(gen, spec); why != "" {
					found = append(found, t.find(spec, spec.Names[0].Name, why))
				}
			}
		}
	}
	for p, f := range t.code() {
		found = append(found, t.writes(p, f)...)
	}
	return found
}

// mayChange says why the value of a package variable is not fixed, or "".
func (t *Tree) mayChange(gen *ast.GenDecl, spec *ast.ValueSpec) string {
	if embedded(gen.Doc) || embedded(spec.Doc) || spec.Names[0].Name == "_" {
		return ""
	}
	if len(spec.Values) == 0 {
		return "a package variable without a value is there to be written"
	}
	why := ""
	for _, n := range append([]ast.Expr{spec.Type}, spec.Values...) {
		if n == nil {
			continue
		}
		ast.Inspect(n, func(n ast.Node) bool {
			switch e := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ChanType:
				why = "a channel changes"
			case *ast.SelectorExpr:
				if p := t.imported(e); p == "sync" || p == "sync/atomic" {
					why = p + "." + e.Sel.Name + " is made to change"
				}
			case *ast.CallExpr:
				if name := t.changingCall(e); name != "" {
					why = fmt.Sprintf("%s may make a value that changes (if it never does, add it to makers in internal/house/table.go)", name)
				}
			}
			return why == ""
		})
	}
	return why
}

func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// changingCall names the called function unless its result is known to stay as
// it is: makers, functions of the project, conversions.
func (t *Tree) changingCall(call *ast.CallExpr) string {
	fun := ast.Unparen(call.Fun)
	switch e := fun.(type) {
	case *ast.IndexExpr:
		fun = e.X
	case *ast.IndexListExpr:
		fun = e.X
	}
	switch e := fun.(type) {
	case *ast.Ident:
		if _, builtin := t.uses[e].(*types.Builtin); builtin && (e.Name == "make" || e.Name == "new") {
			return e.Name
		}
	case *ast.SelectorExpr:
		p := t.imported(e)
		if name := p + "." + e.Sel.Name; p != "" && !within(p, t.Module) && !slices.Contains(makers, name) {
			return name
		}
	}
	return ""
}

// firstArgument lists calls that write what their first argument holds.
var firstArgument = []string{
	"delete", "clear", "copy", "maps.Copy", "slices.Sort", "slices.SortFunc", "slices.SortStableFunc", "slices.Reverse",
	"sort.Slice", "sort.SliceStable", "sort.Strings", "sort.Ints", "sort.Sort",
}

// writes finds what is written to package variables, of this package or another.
func (t *Tree) writes(p *Package, f *File) []Finding {
	var found []Finding
	check := func(at ast.Node, target ast.Expr) {
		if name := t.packageVar(p, f, target); name != "" {
			found = append(found, t.find(at, name, name+" is a package variable, and is written here"))
		}
	}
	ast.Inspect(f.Go, func(n ast.Node) bool {
		switch s := n.(type) {
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE {
				for _, target := range s.Lhs {
					check(s, target)
				}
			}
		case *ast.IncDecStmt:
			check(s, s.X)
		case *ast.RangeStmt:
			if s.Tok == token.ASSIGN {
				check(s, s.Key)
				check(s, s.Value)
			}
		case *ast.UnaryExpr:
			// An element of a table is only pointed at to save a copy.
			if _, plain := ast.Unparen(s.X).(*ast.Ident); s.Op == token.AND && plain {
				check(s, s.X)
			}
		case *ast.CallExpr:
			if len(s.Args) > 0 && slices.Contains(firstArgument, t.calleeName(s)) {
				check(s, s.Args[0])
			}
		}
		return true
	})
	return found
}

func (t *Tree) calleeName(call *ast.CallExpr) string {
	switch e := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		if _, ok := t.uses[e].(*types.Builtin); ok {
			return e.Name
		}
	case *ast.SelectorExpr:
		if p := t.imported(e); p != "" {
			return p + "." + e.Sel.Name
		}
	}
	return ""
}

// packageVar is the name of the package variable that target is, or lies in.
// Tests may write their own, and those of other people.
func (t *Tree) packageVar(p *Package, f *File, target ast.Expr) string {
	for {
		switch e := target.(type) {
		case *ast.ParenExpr:
			target = e.X
		case *ast.StarExpr:
			target = e.X
		case *ast.IndexExpr:
			target = e.X
		case *ast.SliceExpr:
			target = e.X
		case *ast.SelectorExpr:
			if imp := t.imported(e); imp != "" {
				if f.Test && !within(imp, t.Module) {
					return ""
				}
				return imp + "." + e.Sel.Name
			}
			target = e.X
		case *ast.Ident:
			v, ok := t.uses[e].(*types.Var)
			if !ok || p.scope == nil || v.Parent() != p.scope || strings.HasSuffix(t.fset.Position(v.Pos()).Filename, "_test.go") {
				return ""
			}
			return e.Name
		default:
			return ""
		}
	}
}
