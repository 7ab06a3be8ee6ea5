package house

import "strings"

func importExamples() []example {
	return []example{
		{"parse", map[string]string{"pay/a.go": "package pay\nfunc {"}, []string{"pay/a.go"}},
		{"parse", map[string]string{"pay/a.go": "package pay", "pay/testdata/a.go": "not Go"}, nil},

		{"format", map[string]string{"pay/a.go": "package pay\nvar  x = 1\n"}, []string{"pay/a.go"}},
		{"format", map[string]string{"pay/a.go": "package pay\n\nvar x = 1\n"}, nil},

		{"rooms", map[string]string{"garage/a.go": "package garage"}, []string{"garage/a.go"}},
		{"rooms", map[string]string{"a.go": "package guitai", "pay/sub/a.go": "package sub"}, nil},
		{"rooms", map[string]string{"x/go.mod": "module x", "x/y/a.go": "package y"}, nil},

		{"imports", map[string]string{"qr/a.go": "package qr\nimport _ \"guitai/ledger\""}, []string{"qr/a.go:guitai/ledger"}},
		{"imports", map[string]string{"a.go": "package guitai\nimport _ \"guitai/qr\""}, []string{"a.go:guitai/qr"}},
		{"imports", map[string]string{"sandbox/wallet/a.go": "package wallet\nimport _ \"guitai/channel/wechat\""}, []string{"sandbox/wallet/a.go:guitai/channel/wechat"}},
		{"imports", map[string]string{"sandbox/a_test.go": "package sandbox\nimport _ \"guitai/channel/wechat\""}, []string{"sandbox/a_test.go:guitai/channel/wechat"}},
		{"imports", map[string]string{"cmd/guitai/a.go": "package main\nimport _ \"guitai/internal/testkit\""}, []string{"cmd/guitai/a.go:guitai/internal/testkit"}},
		{"imports", map[string]string{"pay/a_test.go": "package pay\nimport _ \"guitai/web\""}, []string{"pay/a_test.go:guitai/web"}},
		{"imports", map[string]string{"pay/a.go": "package pay\nimport _ \"guitai/garage\""}, []string{"pay/a.go:guitai/garage"}},
		{"imports", map[string]string{
			"pay/a.go":                 "package pay\nimport (\n_ \"guitai\"\n_ \"guitai/store\"\n_ \"guitai/pay/sub\"\n_ \"fmt\")",
			"pay/a_test.go":            "package pay\nimport (\n_ \"guitai/channel/channeltest\"\n_ \"guitai/internal/testkit\")",
			"cmd/guitai/a.go":          "package main\nimport (\n_ \"guitai/web\"\n_ \"guitai/sandbox/wallet\")",
			"channel/wechat/a_test.go": "package wechat\nimport (\n_ \"guitai/qr\"\n_ \"guitai/sandbox\")",
		}, nil},

		{"modules", map[string]string{"pay/a.go": "package pay\nimport _ \"github.com/jackc/pgx/v5/stdlib\""}, []string{"pay/a.go:github.com/jackc/pgx/v5/stdlib"}},
		{"modules", map[string]string{"pay/a.go": "package pay\nimport _ \"example.com/di\""}, []string{"pay/a.go:example.com/di"}},
		{"modules", map[string]string{"a.go": "package guitai\nimport _ \"pgregory.net/rapid\""}, []string{"a.go:pgregory.net/rapid"}},
		{"modules", map[string]string{
			"store/a.go": "package store\nimport (\n_ \"net/url\"\n_ \"github.com/jackc/pgx/v5/stdlib\")",
			"a_test.go":  "package guitai\nimport _ \"pgregory.net/rapid\"",
			"web/a.go":   "package web\nimport _ \"github.com/prometheus/client_golang/prometheus/promhttp\"",
		}, nil},

		{"go-mod", map[string]string{"go.mod": "module guitai\nreplace a => b\n"}, []string{"go.mod"}},
		{"go-mod", map[string]string{"go.mod": "module guitai\nrequire (\n\tmodernc.org/sqlite v1.2.3\n\tmodernc.org/libc v1.6.0 // indirect\n)\n"}, []string{"go.mod:modernc.org/libc"}},
		{"go-mod", map[string]string{"go.mod": "module guitai\nrequire modernc.org/sqlite v1.2.3\n"}, []string{"go.mod:modernc.org/libc"}},
		{"go-mod", map[string]string{
			"go.mod":   "module guitai\nrequire modernc.org/sqlite v1.2.3\nrequire modernc.org/libc v1.5.0 // indirect\n",
			"x/go.mod": "module x\nreplace guitai => ../\n",
		}, nil},
	}
}

func callExamples() []example {
	door := func(rule, room, imp, use, place string) example {
		text := "package p\nimport \"" + imp + "\"\nfunc f() { " + use + " }"
		return example{rule, map[string]string{room + "/a.go": text}, []string{room + "/a.go:" + place}}
	}
	open := func(rule, room, imp, use string) example {
		text := "package p\nimport \"" + imp + "\"\nfunc f() { " + use + " }"
		return example{rule, map[string]string{room + "/a.go": text}, nil}
	}
	return []example{
		door("http", "pay", "net/http", "http.Get(\"\")", "net/http"),
		door("http", "pay", "net/http/httputil", "_ = httputil.Dump", "net/http/httputil"),
		open("http", "sandbox/wallet", "net/http", "http.Get(\"\")"),
		door("sql", "pay", "database/sql", "sql.Open()", "database/sql"),
		open("sql", "store", "database/sql/driver", "_ = driver.Int32"),
		door("env", "pay", "flag", "flag.Parse()", "flag"),
		door("env", "web", "os", "os.Getenv(\"HOME\")", "os.Getenv"),
		open("env", "web", "os", "os.ReadFile(\"x\")"),
		door("clock", "pay", "time", "_ = time.Now", "time.Now"),
		{"clock", map[string]string{"pay/a.go": "package pay\nimport clock \"time\"\nvar _ = clock.Since"}, []string{"pay/a.go:time.Since"}},
		{"clock", map[string]string{
			"pay/a.go":        "package pay\ntype t struct{ Now int }\nfunc f(time t) int { return time.Now }",
			"pay/a_test.go":   "package pay\nimport \"time\"\nvar _ = time.Now()",
			"cmd/guitai/a.go": "package main\nimport \"time\"\nvar _ = time.Now",
		}, nil},
		door("rand", "pay", "math/rand/v2", "rand.Int()", "math/rand/v2"),
		open("rand", "sandbox", "math/rand/v2", "rand.Int()"),
		door("print", "pay", "fmt", "fmt.Println()", "fmt.Println"),
		door("print", "pay", "log", "log.Printf(\"\")", "log.Printf"),
		door("print", "pay", "os", "_ = os.Stderr", "os.Stderr"),
		open("print", "pay", "fmt", "fmt.Sprint()"),
		door("exit", "pay", "os", "os.Exit(1)", "os.Exit"),
		open("exit", "cmd/guitai", "os", "os.Exit(1)"),

		{"init", map[string]string{"pay/a.go": "package pay\nfunc init() {}"}, []string{"pay/a.go:init"}},
		{"init", map[string]string{"pay/a.go": "package pay\ntype t int\nfunc (t) init() {}"}, nil},

		{"panic", map[string]string{"pay/a.go": "package pay\ntype T int\nfunc (t *T) Take() { panic(1) }"}, []string{"pay/a.go:T.Take"}},
		{"panic", map[string]string{
			"pay/a.go":              "package pay\nfunc f(panic func()) { panic() }",
			"pay/a_test.go":         "package pay\nfunc g() { panic(1) }",
			"sandbox/a.go":          "package sandbox\nimport \"net/http\"\nfunc g() { panic(http.ErrAbortHandler) }",
			"internal/testkit/a.go": "package testkit\nfunc g() { panic(1) }",
		}, nil},

		{"float", map[string]string{"pay/a.go": "package pay\nimport \"strconv\"\nfunc f(x float64) { _ = 0.1; strconv.ParseFloat(\"\", 64) }"},
			[]string{"pay/a.go:0.1", "pay/a.go:float64", "pay/a.go:strconv.ParseFloat"}},
		{"float", map[string]string{"a.go": "package guitai\ntype rate float32"}, []string{"a.go:float32"}},
		{"float", map[string]string{"receipt/a.go": "package receipt\nvar x = 0.1", "pay/a_test.go": "package pay\nvar x float64"}, nil},
	}
}

func globalExamples() []example {
	bad := func(decl, name string) example {
		return example{"globals", map[string]string{"pay/a.go": "package pay\nimport (\"sync\"; \"sync/atomic\"; \"bytes\"; \"errors\")\n" + decl}, []string{"pay/a.go:" + name}}
	}
	return []example{
		bad("var count int", "count"),
		bad("var mu = sync.Mutex{}", "mu"),
		bad("var n = &atomic.Int64{}", "n"),
		bad("var seen = make(map[string]bool)", "seen"),
		bad("var queue = bytes.NewBuffer(nil)", "queue"),
		bad("var table = map[string]int{}\nfunc f() { table[\"a\"] = 1 }", "table"),
		bad("var table = []int{1}\nfunc f() { table = append(table, 2) }", "table"),
		bad("var table = []int{1}\nfunc f() { for i := range table { table[i]++ } }", "table"),
		bad("var table = map[int]int{1: 2}\nfunc f() { delete(table, 1) }", "table"),
		bad("var limit = 5\nfunc f() *int { return &limit }", "limit"),
		bad("func f() { errors.ErrUnsupported = nil }", "errors.ErrUnsupported"),
		{"globals", map[string]string{
			"pay/a.go":      "package pay\nvar limit = 5",
			"pay/a_test.go": "package pay\nfunc f() { limit = 6 }",
		}, []string{"pay/a_test.go:limit"}},
		{"globals", map[string]string{
			"pay/a.go": `package pay
import ("errors"; "regexp"; "embed")
var errGone = errors.New("gone")
var digits = regexp.MustCompile("[0-9]")
var table = map[string][]int{"a": {1}}
var squares = build()
var _ error = (*fault)(nil)
//go:embed x
var files embed.FS
func build() []int { table := []int{}; table = append(table, 1); return table }
func first() *int { return &table["a"][0] }
`,
			"pay/a_test.go":         "package pay\nvar update bool\nfunc f() { update = true }",
			"internal/testkit/a.go": "package testkit\nimport \"sync\"\nvar once sync.Once",
		}, nil},
	}
}

func sizeExamples() []example {
	body := func(n int) string { return strings.Repeat("_ = 0\n", n) }
	return []example{
		{"func-size", map[string]string{"pay/a.go": "package pay\nfunc f() {\n" + body(69) + "}"}, []string{"pay/a.go:f"}},
		{"func-size", map[string]string{"pay/a_test.go": "package pay\nvar g = func() {\n" + body(69) + "}"}, []string{"pay/a_test.go:func"}},
		{"func-size", map[string]string{"pay/a.go": "package pay\n// a\n// b\nfunc f() {\n" + body(68) + "}"}, nil},

		{"file-size", map[string]string{"pay/a_test.go": "package pay\n" + strings.Repeat("\n", 500)}, []string{"pay/a_test.go"}},
		{"file-size", map[string]string{"ui/src/a.svelte": strings.Repeat("\n", 501)}, []string{"ui/src/a.svelte"}},
		{"file-size", map[string]string{
			"pay/a.go": "package pay\n" + strings.Repeat("\n", 499), "ui/dist/a.js": strings.Repeat("\n", 900), "a.md": strings.Repeat("\n", 900),
		}, nil},

		{"interface-size", map[string]string{"pay/a.go": "package pay\ntype I interface { A(); B(); C(); D(); E(); F(); G(); H() }"}, []string{"pay/a.go:I"}},
		{"interface-size", map[string]string{"pay/a.go": "package pay\ntype I interface { A(); B(); C(); D(); E(); F(); G() }"}, nil},

		{"params", map[string]string{"pay/a.go": "package pay\nfunc f(a, b, c int, d, e, f string) {}\ntype i interface { M(int, int, int, int, int, int) }"},
			[]string{"pay/a.go:M", "pay/a.go:f"}},
		{"params", map[string]string{"pay/a.go": "package pay\nfunc f(a, b, c int, d, e string) {}"}, nil},

		{"bool", map[string]string{"pay/a.go": "package pay\nfunc Take(force bool) {}\ntype I interface { Ask(bool) }"}, []string{"pay/a.go:I.Ask", "pay/a.go:Take"}},
		{"bool", map[string]string{
			"pay/a.go":      "package pay\ntype Force bool\nfunc Take(f Force) bool { return take(true) }\nfunc take(b bool) bool { return b }",
			"pay/a_test.go": "package pay\nfunc Check(b bool) {}",
		}, nil},
	}
}
