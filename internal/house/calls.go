package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

func doorRules() []string {
	var names []string
	for _, d := range doors {
		if !slices.Contains(names, d.Rule) {
			names = append(names, d.Rule)
		}
	}
	return names
}

// checkDoors finds the use of what only few rooms may touch. Code outside the
// table (a nested module) is left alone.
func checkDoors(t *Tree, rule string) []Finding {
	var found []Finding
	for p, f := range t.code() {
		if p.Nested {
			continue
		}
		for _, d := range doors {
			open := in(d.Rooms, p.Room) || f.Test && in(d.Tests, p.Room)
			if d.Rule != rule || open {
				continue
			}
			if len(d.Names) == 0 {
				for spec, imp := range importsOf(f) {
					if within(imp, d.Path) {
						found = append(found, t.find(spec, imp, imp+": "+d.Tell))
					}
				}
				continue
			}
			found = append(found, t.selectors(f, d)...)
		}
	}
	return found
}

// selectors finds the names behind a door, called or handed on as values.
func (t *Tree) selectors(f *File, d Door) []Finding {
	var found []Finding
	ast.Inspect(f.Go, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if ok && slices.Contains(d.Names, sel.Sel.Name) && t.imported(sel) == d.Path {
			name := d.Path + "." + sel.Sel.Name
			found = append(found, t.find(sel, name, name+": "+d.Tell))
		}
		return true
	})
	return found
}

// funcName names a function within its file: Take, or Till.Open for a method.
func funcName(fn *ast.FuncDecl) string {
	if typ := receiver(fn); typ != "" {
		return typ + "." + fn.Name.Name
	}
	return fn.Name.Name
}

// receiver is the name of the type that a method belongs to, or "".
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return ""
	}
	for expr := fn.Recv.List[0].Type; ; {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}

// funcs lists the functions of a file that have a name.
func funcs(f *File) []*ast.FuncDecl {
	var list []*ast.FuncDecl
	for _, d := range f.Go.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			list = append(list, fn)
		}
	}
	return list
}

func checkInit(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.code() {
		for _, fn := range funcs(f) {
			if fn.Recv == nil && fn.Name.Name == "init" {
				found = append(found, t.find(fn, "init", "an init function runs unasked, before anybody can hand it what it needs"))
			}
		}
	}
	return found
}

func checkPanic(t *Tree) []Finding {
	var found []Finding
	for p, f := range t.production() {
		if p.forTests() {
			continue
		}
		for _, fn := range funcs(f) {
			ast.Inspect(fn, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && t.panics(call) {
					found = append(found, t.find(call, funcName(fn), "a panic can end the program between two commits"))
				}
				return true
			})
		}
	}
	return found
}

// panics: panic(http.ErrAbortHandler) is let pass, being the way that net/http
// gives to drop a connection.
func (t *Tree) panics(call *ast.CallExpr) bool {
	id, ok := call.Fun.(*ast.Ident)
	if !ok || t.uses[id] != types.Universe.Lookup("panic") {
		return false
	}
	if len(call.Args) == 1 {
		if sel, ok := call.Args[0].(*ast.SelectorExpr); ok {
			return t.imported(sel) != "net/http" || sel.Sel.Name != "ErrAbortHandler"
		}
	}
	return true
}

// floatCalls of the standard library bring floating point in by the back door.
var floatCalls = []string{"strconv.ParseFloat", "strconv.FormatFloat", "math/big.NewFloat", "math.Round", "math.Floor", "math.Ceil"}

func checkFloat(t *Tree) []Finding {
	var found []Finding
	for p, f := range t.production() {
		if p.Nested || !in(moneyRooms, p.Room) {
			continue
		}
		ast.Inspect(f.Go, func(n ast.Node) bool {
			what := ""
			switch e := n.(type) {
			case *ast.Ident:
				if o := t.uses[e]; o != nil && (o == types.Universe.Lookup("float64") || o == types.Universe.Lookup("float32")) {
					what = e.Name
				}
			case *ast.BasicLit:
				if e.Kind == token.FLOAT {
					what = e.Value
				}
			case *ast.SelectorExpr:
				if name := t.imported(e) + "." + e.Sel.Name; slices.Contains(floatCalls, name) {
					what = name
				}
			}
			if what != "" {
				found = append(found, t.find(n, what, fmt.Sprintf("%s in %s, which reckons with money", what, p.Room.Path)))
			}
			return true
		})
	}
	return found
}
