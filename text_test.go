package guitai

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// group is one block of constants in a source file under its own comment.
type group struct {
	comment string
	values  []string
}

// constants reads the constants of one type out of a source file, in the
// groups that comments on lines of their own make.
func constants(t *testing.T, file, typ string) []group {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var groups []group
	for _, d := range f.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, s := range gen.Specs {
			spec := s.(*ast.ValueSpec)
			if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != typ {
				continue
			}
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			if doc := strings.TrimSpace(spec.Doc.Text()); doc != "" || len(groups) == 0 {
				groups = append(groups, group{comment: doc})
			}
			g := &groups[len(groups)-1]
			g.values = append(g.values, value)
		}
	}
	if len(groups) == 0 {
		t.Fatalf("%s has no constants of type %s", file, typ)
	}
	return groups
}

// flat puts all groups into one list.
func flat(groups []group) []string {
	var all []string
	for _, g := range groups {
		all = append(all, g.values...)
	}
	return all
}

func TestEachCodeHasItsText(t *testing.T) {
	want := flat(constants(t, "code.go", "Code"))
	var have []string
	for _, c := range Codes() {
		have = append(have, string(c))
	}
	if !slices.Equal(want, have) {
		t.Errorf("codes of code.go\n%v\ncodes with texts, in the same order\n%v", want, have)
	}
	sorted := slices.Sorted(slices.Values(have))
	if len(slices.Compact(sorted)) != len(have) {
		t.Error("a code has two texts")
	}
}

// TestMovedFollowsTheGroup ties what the texts say about money to the comment
// above the codes. A code that is an exception stands here by name.
func TestMovedFollowsTheGroup(t *testing.T) {
	byComment := map[string]Moved{
		"The request is wrong; nothing was stored.": MovedNo,
		"No such thing.":                      MovedNo,
		"The thing is in another state.":      MovedNo,
		"Not allowed.":                        MovedNo,
		"The wallet said no; no money moved.": MovedNo,
		"It ended without money.":             MovedNo,
		"The pay page.":                       MovedNo,
		"It did not happen.":                  MovedNo,
		"It may have happened.":               MovedMaybe,
		"Printers.":                           MovedNo,
		"Static codes and the rounds that look after them.":              MovedNo,
		"Enrolled tills, and codes that a till made without a line.":     MovedNo,
		"What tills keep: goods, prices, people, settings.":              MovedNo,
		"Webhooks and accounts; no money in it.":                         MovedNo,
		"Our fault.":                                                     MovedMaybe,
		"The till's journal: what stops a book.":                         MovedNo,
		"What is asked about an entry. The first two count for nothing.": MovedNo,
		"Sales, shifts and queries.":                                     MovedNo,
		"Paper: receipts, their pages, and who asks for an invoice.":     MovedNo,
		"Holds, members, points, vouchers and approvals.":                MovedNo,
	}
	except := map[Code]Moved{CodeAmountDiffers: MovedYes}
	seen := 0
	for _, g := range constants(t, "code.go", "Code") {
		want, ok := byComment[g.comment]
		if !ok {
			t.Errorf("code.go has a new group %q: say here whether its codes move money", g.comment)
			continue
		}
		seen++
		for _, v := range g.values {
			w := want
			if e, ok := except[Code(v)]; ok {
				w = e
			}
			if got := Code(v).Text(En).Moved; got != w {
				t.Errorf("%s: moved %q, want %q", v, got, w)
			}
		}
	}
	if seen != len(byComment) {
		t.Errorf("%d groups found, %d known here", seen, len(byComment))
	}
}

// limits of what fits on a till's screen in one and in two lines.
func limitsOf(l Lang) (what, todo int) {
	if l == En {
		return 90, 90
	}
	return 40, 40
}

func TestTextsAreShortAndDiffer(t *testing.T) {
	for _, l := range Langs() {
		whats, wholes := map[string]Code{}, map[Text]Code{}
		for _, c := range Codes() {
			x := c.Text(l)
			maxWhat, maxTodo := limitsOf(l)
			if n := utf8.RuneCountInString(x.What); n == 0 || n > maxWhat {
				t.Errorf("%s %s: what happened has %d characters: %q", c, l, n, x.What)
			}
			if n := utf8.RuneCountInString(x.Todo); n == 0 || n > maxTodo {
				t.Errorf("%s %s: what to do has %d characters: %q", c, l, n, x.Todo)
			}
			if other, ok := whats[x.What]; ok {
				t.Errorf("%s and %s say the same in %s: %q", c, other, l, x.What)
			}
			if other, ok := wholes[x]; ok {
				t.Errorf("%s and %s are the same in %s", c, other, l)
			}
			whats[x.What], wholes[x] = c, c
			if x.Moved != c.Text(En).Moved {
				t.Errorf("%s: languages differ on whether money moved", c)
			}
		}
	}
}

// TestTextsAreWrittenInTheirScript looks for characters and words that give away
// a text that was converted, not written.
func TestTextsAreWrittenInTheirScript(t *testing.T) {
	const onlyHans = "钱码笔货币扫请输额数过开账单这会连脑备试级张让员台录刷别"
	const onlyHant = "錢碼筆貨幣掃請輸額數過開帳單這會連備試張讓員檯錄別"
	for _, c := range Codes() {
		hans, hant, en := c.Text(ZhHans), c.Text(ZhHant), c.Text(En)
		if s := hans.What + hans.Todo; strings.ContainsAny(s, strings.Map(drop(onlyHans), onlyHant)) {
			t.Errorf("%s: traditional characters in %q", c, s)
		}
		if s := hant.What + hant.Todo; strings.ContainsAny(s, strings.Map(drop(onlyHant+"台别"), onlyHans)) {
			t.Errorf("%s: simplified characters in %q", c, s)
		}
		for _, word := range []string{"程序", "打印", "刷新", "登錄", "服務器", "硬盤", "支持", "小票"} {
			if s := hant.What + hant.Todo; strings.Contains(s, word) {
				t.Errorf("%s: %q is not a word of tills in Hong Kong or Taiwan: %q", c, word, s)
			}
		}
		for _, s := range []string{hans.What, hans.Todo, hant.What, hant.Todo} {
			if strings.ContainsAny(s, ",;:!?()\"'") || strings.TrimSpace(s) != s || strings.HasSuffix(s, "。") {
				t.Errorf("%s: marks of Latin script, spaces at an end or a full stop in %q", c, s)
			}
			if !strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("%s: no Chinese in %q", c, s)
			}
		}
		for _, s := range []string{en.What, en.Todo} {
			if !strings.HasSuffix(s, ".") || strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
				t.Errorf("%s: English without a full stop or with other letters: %q", c, s)
			}
		}
	}
}

// drop returns a mapping that leaves out the characters of set.
func drop(set string) func(rune) rune {
	return func(r rune) rune {
		if strings.ContainsRune(set, r) {
			return -1
		}
		return r
	}
}

// TestDoubtWarnsFirst: where money may have moved, the cashier is told before
// all else not to take it again.
func TestDoubtWarnsFirst(t *testing.T) {
	for _, c := range Codes() {
		if c.Text(ZhHans).Moved == MovedNo {
			continue
		}
		for l, start := range map[Lang]string{ZhHans: "先别重", ZhHant: "先不要重", En: "Do not "} {
			if todo := c.Text(l).Todo; !strings.HasPrefix(todo, start) {
				t.Errorf("%s %s: %q does not begin with %q", c, l, todo, start)
			}
		}
	}
	for _, c := range Codes() {
		if strings.HasPrefix(string(c), "printer_") && !strings.HasPrefix(c.Text(En).Todo, "The payment stands.") {
			t.Errorf("%s does not say that the payment stands", c)
		}
	}
}

func TestUnknownCodeAndLanguage(t *testing.T) {
	for _, l := range Langs() {
		for _, c := range []Code{"", "no_such_code", "INTERNAL"} {
			if got, want := c.Text(l), CodeInternal.Text(l); got != want {
				t.Errorf("%q in %s: %+v, want the text of internal", c, l, got)
			}
		}
		if !l.Known() {
			t.Errorf("%s is offered and not known", l)
		}
	}
	if got, want := CodeBalanceLow.Text("fr"), CodeBalanceLow.Text(ZhHans); got != want || Lang("fr").Known() {
		t.Errorf("a language that is not known gives %+v", got)
	}
}

func TestMovedText(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range []Moved{MovedNo, MovedYes, MovedMaybe} {
		for _, l := range Langs() {
			s := m.Text(l)
			if s == "" || seen[s] {
				t.Errorf("%s in %s: %q is empty or said twice", m, l, s)
			}
			seen[s] = true
		}
	}
	if Moved("").Text(En) != MovedMaybe.Text(En) {
		t.Error("what is not known to be no or yes must read as maybe")
	}
}

func TestParseLang(t *testing.T) {
	for in, want := range map[string]Lang{
		"":                                ZhHans,
		"   ":                             ZhHans,
		"*":                               ZhHans,
		"zh":                              ZhHans,
		"zh-CN":                           ZhHans,
		"zh_CN":                           ZhHans,
		"ZH-cn":                           ZhHans,
		"zh-SG":                           ZhHans,
		"zh-Hans":                         ZhHans,
		"zh-Hans-HK":                      ZhHans,
		"cmn-Hans-CN":                     ZhHans,
		"zh-TW":                           ZhHant,
		"zh-HK":                           ZhHant,
		"zh-MO":                           ZhHant,
		"zh-Hant":                         ZhHant,
		"zh-Hant-CN":                      ZhHant,
		"zh-HK-Hans":                      ZhHans,
		"zh-yue":                          ZhHant,
		"yue":                             ZhHant,
		"yue-CN":                          ZhHans,
		"en":                              En,
		"en-GB":                           En,
		"fr":                              En,
		"fr-FR, de;q=0.5":                 En,
		"fr, *;q=0.1":                     ZhHans,
		"fr, zh-TW;q=0.2":                 ZhHant,
		"en;q=0.8, zh-CN":                 ZhHans,
		"en;q=0.8, zh-CN;q=0.9":           ZhHans,
		"zh-TW;q=0.9,en-US;q=0.9":         ZhHant,
		"en-US,en;q=0.9,zh-CN;q=0.8":      En,
		"zh-HK, zh-TW;q=0.9, zh;q=0.8":    ZhHant,
		"en;q=0, zh-HK;q=0.1":             ZhHant,
		"en;q=0":                          ZhHans,
		"en;q=1.5, zh-TW;q=0.1":           ZhHant,
		"en;q=1.001, zh-TW;q=0.1":         ZhHant,
		"en;q=x, zh-TW;q=0.1":             ZhHant,
		"en;q=0.1234, zh-TW;q=0.1":        ZhHant,
		"en; q = 0.3 , zh-TW ; q=0.2":     En,
		"en;Q=1.000,zh":                   En,
		"en;level=1, zh-TW;q=0.1":         ZhHant,
		",,,en":                           En,
		";q=1,en;q=0.5":                   En,
		"english":                         En,
		"zhx":                             En,
		"-,_":                             En,
		"\x00\xff":                        En,
		strings.Repeat("fr,", 16) + "zh":  En,
		strings.Repeat("fr,", 15) + "zh":  ZhHans,
		strings.Repeat("x", 512) + ",zh":  En,
		strings.Repeat(" ", 600) + "en":   ZhHans,
		"zh-" + strings.Repeat("a", 1000): ZhHans,
	} {
		if got := ParseLang(in); got != want {
			t.Errorf("ParseLang(%q) = %s, want %s", in, got, want)
		}
	}
}

func FuzzParseLang(f *testing.F) {
	for _, s := range []string{"", "zh-TW;q=0.9,en-US;q=0.9", "en;q=1.000, *;q=0", "zh-Hant-HK", ";;=,", "en;q=-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l := ParseLang(s)
		if !l.Known() {
			t.Fatalf("ParseLang(%q) = %q", s, l)
		}
		if len(s) < maxAcceptLanguage-20 && strings.Count(s, ",") < maxRanges-1 {
			// What is asked for most beats all that stands behind it.
			if got := ParseLang("zh-Hant;q=1," + s); got != ZhHant {
				t.Fatalf("zh-Hant before %q gave %s", s, got)
			}
		}
	})
}
