package guitai

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var updatePage = flag.Bool("update", false, "write docs/errors.md anew")

// TestErrorPage keeps docs/errors.md what the code says:
//
//	go test . -run TestErrorPage -update
func TestErrorPage(t *testing.T) {
	const path = "docs/errors.md"
	want := errorPage()
	if *updatePage {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s is not what the code says (%v): run go test . -run TestErrorPage -update", path, err)
	}
}

func errorPage() string {
	var b strings.Builder
	b.WriteString(`# Error codes

Made from the code by ` + "`go test . -run TestErrorPage -update`" + `; ` + "`GET /v1/errors`" + ` tells the same in the language of
Accept-Language. A code is stable: it is never given another meaning. "Money" says whether money moved in
the step that failed; what earlier steps moved is told by the payment's state.
`)
	for _, l := range []struct {
		lang                     Lang
		title, what, todo, moved string
	}{
		{ZhHans, "简体中文", "发生了什么", "怎么办", "钱动了吗"},
		{ZhHant, "繁體中文", "發生了什麼", "怎麼辦", "錢動了嗎"},
		{En, "English", "what happened", "what to do", "money"},
	} {
		fmt.Fprintf(&b, "\n## %s\n\n| code | %s | %s | %s |\n|---|---|---|---|\n", l.title, l.what, l.todo, l.moved)
		for _, c := range Codes() {
			w := c.Text(l.lang)
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c, w.What, w.Todo, w.Moved.Text(l.lang))
		}
	}
	return b.String()
}
