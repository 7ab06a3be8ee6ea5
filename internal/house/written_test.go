package house

func docExamples() []example {
	const good = "// Package pay takes money. It never speaks SQL. It may import store.\n// Start reading at take.go.\npackage pay\n"
	return []example{
		{"doc", map[string]string{"pay/a.go": "package pay"}, []string{"pay/doc.go"}},
		{"doc", map[string]string{"pay/doc.go": "package pay"}, []string{"pay/doc.go"}},
		{"doc", map[string]string{"pay/doc.go": "// Pay is nice.\npackage pay"}, []string{"pay/doc.go", "pay/doc.go", "pay/doc.go", "pay/doc.go"}},
		{"doc", map[string]string{"pay/doc.go": good, "pay/a.go": "package pay"}, nil},

		{"comments", map[string]string{"pay/a.go": "package pay\nfunc Take() {}\ntype T struct{}\nfunc (T) Void() {}\nconst C = 1\n// I is.\ntype I interface { Ask(); Close() }"},
			[]string{"pay/a.go:Ask", "pay/a.go:C", "pay/a.go:Close", "pay/a.go:T", "pay/a.go:T.Void", "pay/a.go:Take"}},
		{"comments", map[string]string{
			"pay/a.go": `package pay
// Take takes.
func Take() {}
type t struct{}
func (t) Void() {}
// E is an error.
type E struct{}
func (E) Error() string { return "" }
// The kinds.
const ( A = 1; B = 2 )
const C = 3 // three
// Asker asks.
type Asker interface { Ask() }
`,
			"pay/a_test.go":   "package pay\nfunc Open() {}",
			"cmd/guitai/a.go": "package main\ntype Demo struct{}",
		}, nil},

		{"channel-files", map[string]string{"channel/wechat/doc.go": "package wechat", "channel/wechat/sign.go": "package wechat"},
			[]string{"channel/wechat/channel.go", "channel/wechat/map.go", "channel/wechat/wire.go"}},
		{"channel-files", map[string]string{"channel/channel.go": "package channel", "channel/channeltest/a.go": "package channeltest"}, nil},

		{"tests", map[string]string{"pay/a_test.go": "package pay\nimport \"testing\"\nfunc TestA(t *testing.T) { t.Parallel(); t.Log(1) }\nfunc TestB(*testing.T) {}"},
			[]string{"pay/a_test.go:TestA", "pay/a_test.go:TestB"}},
		{"tests", map[string]string{"pay/a_test.go": `package pay
import "testing"
func TestA(t *testing.T) { t.Fatal() }
func TestB(t *testing.T) { check(t) }
func FuzzC(f *testing.F) { f.Fuzz(nil) }
func TestMain(m *testing.M) {}
func Testify(t *testing.T) {}
`}, nil},

		{"links", map[string]string{"docs/a.md": "[x](b.md) [y](../pay/c.md#z)"}, []string{"docs/a.md:../pay/c.md", "docs/a.md:b.md"}},
		{"links", map[string]string{
			"docs/a.md": "[x](b.md#one) [y](../pay) [z](https://example.com/x) [w](#here)", "docs/b.md": "", "pay/a.go": "package pay",
		}, nil},
	}
}

func wordExamples() []example {
	mark, late, person := "TO"+"DO", "X"+"XX", "Chat"+"G"+"PT"
	return []example{
		{"names", map[string]string{"pay/util/a.go": "package util"}, []string{"pay/util/a.go:util"}},
		{"names", map[string]string{"pay/time/a.go": "package time"}, []string{"pay/time/a.go:time"}},
		{"names", map[string]string{"pay/http_helper.go": "package pay\ntype PayManager struct { commonPart int }"},
			[]string{"pay/http_helper.go", "pay/http_helper.go:PayManager", "pay/http_helper.go:commonPart"}},
		{"names", map[string]string{"pay/a.go": "package pay\nimport \"testing\"\nfunc commonly(t *testing.T) { t.Helper() }\nconst Manager = 1\ntype Limits struct { ManagerPIN int }"}, nil},

		{"state", map[string]string{
			"pay/a.go":    "package pay\ntype Payment struct { OrderStatus int }",
			"store/a.go":  "package store\nconst q = `select status from payment`",
			"store/a.sql": "create table x (\n  STATUS text)",
		}, []string{"pay/a.go:OrderStatus", "store/a.go:status", "store/a.sql"}},
		{"state", map[string]string{
			"pay/a.go": "package pay\ntype Payment struct { State int }", "channel/wechat/a.go": "package wechat\ntype answer struct { TradeStatus int }",
		}, nil},

		{"tags", map[string]string{"a.go": "package guitai\ntype T struct { A int `json:\"a\"` }"}, []string{"a.go:`json:\"a\"`"}},
		{"tags", map[string]string{"web/a.go": "package web\ntype T struct { A int `json:\"a\"` }", "a.go": "package guitai\ntype T struct { A int }"}, nil},

		{"marks", map[string]string{"ui/src/a.ts": "// " + mark + ": later", "pay/a.go": "package pay\n// " + late + " odd\n"}, []string{"pay/a.go:" + late, "ui/src/a.ts:" + mark}},
		{"marks", map[string]string{"pay/a_test.go": "package pay\nconst unknown = \"" + late + "\"", "tools/a.sh": "mktemp x.XXXXXX", "ui/dist/a.js": "// " + mark}, nil},

		{"paths", map[string]string{"pay/a_test.go": "package pay\nconst dir = \"/" + "tmp/guitai\"", "a.md": "see /" + "work/main"}, []string{"a.md:/" + "work/m", "pay/a_test.go:/" + "tmp/g"}},
		{"paths", map[string]string{"pay/a.go": "package pay\nconst url = \"https://example.com/tmp/x /usr/lib\""}, nil},

		{"authors", map[string]string{"README.md": "with " + person}, []string{"README.md:" + person}},
		{"authors", map[string]string{"README.md": "with gpt partitions"}, nil},
	}
}
