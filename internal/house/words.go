package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// vague words hide what a thing does.
var vague = []string{
	"util", "utils", "utility", "common", "helper", "helpers", "manager", "managers", "model", "models", "misc",
}

// roles are vague in the name of a type or a file, and people everywhere else:
// a shop has a manager (店长).
var roles = []string{"manager", "managers"}

// standard are the last names of the packages of the standard library that a
// room could be mistaken for.
var standard = strings.Fields(`archive ast asn1 atomic bits bufio build builtin bytes cgo cgi cmp color constant
	context cookiejar cipher crypto debug des doc draw driver dsa ecdh ecdsa ed25519 elf elliptic embed encoding errors
	exec expvar filepath fips140 flag fmt fnv format fs fstest gif gob gzip hash heap hex hkdf hmac html http httptest
	httptrace httputil image importer io ioutil iotest iter jpeg json jsonrpc list log lzw mail maps maphash math md5
	metrics mime mlkem multipart net netip os palette parser path pbkdf2 pem pe pkix plugin png pprof printer quick
	quotedprintable race rand rc4 reflect regexp ring rpc rsa runtime scanner sha1 sha256 sha3 sha512 signal slices
	slog slogtest smtp sort sql strconv strings structs subtle suffixarray sync synctest syntax syscall syslog tabwriter
	tar template test testing textproto time tls token trace types unicode unique unsafe url user utf16 utf8 version weak x509 xml zip zlib`)

// parts splits a name in Go's spelling into lower-case words: HTTPManager is
// http, manager.
func parts(name string) []string {
	var words []string
	runes := []rune(name)
	start := 0
	for i := 1; i <= len(runes); i++ {
		cut := i == len(runes) || runes[i] == '_' ||
			unicode.IsUpper(runes[i]) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if cut {
			if word := strings.Trim(strings.ToLower(string(runes[start:i])), "_"); word != "" {
				words = append(words, word)
			}
			start = i
		}
	}
	return words
}

func vagueWord(words []string) string {
	for _, w := range words {
		if slices.Contains(vague, w) {
			return w
		}
	}
	return ""
}

func checkNames(t *Tree) []Finding {
	var found []Finding
	for _, p := range t.Packages {
		if p.Nested {
			continue
		}
		if w := vagueWord([]string{p.Name, path.Base(p.Dir)}); w != "" {
			found = append(found, Finding{Place: p.Files[0].Path + ":" + p.Name, Text: fmt.Sprintf("package %s has the name %s", p.Dir, w)})
		}
		if slices.Contains(standard, p.Name) {
			found = append(found, Finding{Place: p.Files[0].Path + ":" + p.Name, Text: fmt.Sprintf("the standard library has a package %s too", p.Name)})
		}
	}
	for _, f := range t.code() {
		stem := strings.TrimSuffix(path.Base(f.Path), ".go")
		if w := vagueWord(strings.Split(stem, "_")); w != "" {
			found = append(found, Finding{Place: f.Path, Text: fmt.Sprintf("the file has the word %s in its name", w)})
		}
		for _, id := range declared(f.Go) {
			if w := vagueWord(parts(id.Name)); w != "" && (t.isType(id) || !slices.Contains(roles, w)) {
				found = append(found, t.find(id, id.Name, fmt.Sprintf("%s has the word %s in its name", id.Name, w)))
			}
		}
	}
	return found
}

func (t *Tree) isType(id *ast.Ident) bool {
	_, ok := t.defs[id].(*types.TypeName)
	return ok
}

// declared lists the names that a file gives: types, functions, constants,
// package variables, fields and methods of interfaces.
func declared(file *ast.File) []*ast.Ident {
	var ids []*ast.Ident
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			ids = append(ids, d.Name)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					ids = append(ids, s.Names...)
				case *ast.TypeSpec:
					ids = append(ids, s.Name)
					ids = append(ids, fieldNames(s.Type)...)
				}
			}
		}
	}
	return ids
}

func fieldNames(typ ast.Expr) []*ast.Ident {
	var ids []*ast.Ident
	ast.Inspect(typ, func(n ast.Node) bool {
		switch e := n.(type) {
		case *ast.FuncType:
			return false
		case *ast.Field:
			ids = append(ids, e.Names...)
		}
		return true
	})
	return ids
}

var statusWord = regexp.MustCompile(`(?i)\bstatus\b`)

// checkState looks at the names that Go code declares and at the words of SQL.
func checkState(t *Tree) []Finding {
	var found []Finding
	for p, f := range t.production() {
		if p.Nested || !in(stateRooms, p.Room) {
			continue
		}
		for _, id := range declared(f.Go) {
			if slices.Contains(parts(id.Name), "status") {
				found = append(found, t.find(id, id.Name, id.Name+" says status"))
			}
		}
		if p.Room.Path != "store" {
			continue
		}
		ast.Inspect(f.Go, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && statusWord.MatchString(lit.Value) {
				found = append(found, t.find(lit, "status", "a text says status"))
			}
			return true
		})
	}
	for _, f := range t.Files {
		if path.Ext(f.Path) == ".sql" && statusWord.MatchString(f.Text) {
			found = append(found, Finding{Place: f.Path, Text: "the SQL says status"})
		}
	}
	return found
}

func checkTags(t *Tree) []Finding {
	var found []Finding
	for p, f := range t.production() {
		if p.Dir != "" {
			continue
		}
		ast.Inspect(f.Go, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil {
				found = append(found, t.find(field, field.Tag.Value, "a noun carries the tag "+field.Tag.Value))
			}
			return true
		})
	}
	return found
}

// The words are put together so that this file does not break its own rules.
var (
	markWords   = []string{"TO" + "DO", "FIX" + "ME", "HA" + "CK"}
	marks       = wholeWords(markWords)
	marksToo    = regexp.MustCompile(`\bX` + `XX\b`) // also the ISO 4217 code for no currency, so only in comments
	machineDirs = []string{"/" + "work/", "/" + "root/", "/" + "tmp/", "/" + "home/", "/" + "Users/"}
	machine     = regexp.MustCompile(`(?:^|[^A-Za-z0-9_.~$}/*-])(?:` + strings.Join(machineDirs, "|") + `)[A-Za-z0-9_.]`)
	authorWords = []string{"Cl" + "aude", "Chat" + "G" + "PT", "G" + "PT", "LL" + "M", "LL" + "Ms", "Anth" + "ropic", "Open" + "AI", "Co" + "pilot"}
	authors     = wholeWords(authorWords)
)

func wholeWords(words []string) *regexp.Regexp {
	return regexp.MustCompile(`\b(` + strings.Join(words, "|") + `)\b`)
}

// eachLine looks for a pattern in all texts that people write. Each match holds
// one of the words, which are quicker to look for.
func (t *Tree) eachLine(pattern *regexp.Regexp, words []string) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if built(f.Path) && !strings.Contains(f.Path, "testdata/") {
			continue
		}
		has := func(word string) bool { return strings.Contains(f.Text, word) }
		if !slices.ContainsFunc(words, has) {
			continue
		}
		for i, line := range strings.Split(f.Text, "\n") {
			if what := strings.Trim(pattern.FindString(line), "\"'`(=: "); what != "" {
				found = append(found, Finding{Place: f.Path + ":" + what, Line: i + 1, Text: fmt.Sprintf("the line has %q", what)})
			}
		}
	}
	return found
}

func checkMarks(t *Tree) []Finding {
	found := t.eachLine(marks, markWords)
	for _, f := range t.code() {
		for _, group := range f.Go.Comments {
			if what := marksToo.FindString(group.Text()); what != "" {
				found = append(found, t.find(group, what, fmt.Sprintf("the comment has %q", what)))
			}
		}
	}
	return found
}

func checkPaths(t *Tree) []Finding { return t.eachLine(machine, machineDirs) }

func checkAuthors(t *Tree) []Finding { return t.eachLine(authors, authorWords) }
