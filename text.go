package guitai

import "strings"

// Lang is a language that Guitai speaks, as a BCP 47 tag.
type Lang string

// The languages.
const (
	ZhHans Lang = "zh-Hans" // 简体中文, written first
	ZhHant Lang = "zh-Hant" // 繁體中文, in the words of Hong Kong and Taiwan tills
	En     Lang = "en"
)

// Langs lists the languages in the order in which they are offered.
func Langs() []Lang { return []Lang{ZhHans, ZhHant, En} }

// Known reports whether l is one of the languages.
func (l Lang) Known() bool { return l == ZhHans || l == ZhHant || l == En }

// Moved says whether money moved in the very step that the text is about. What
// earlier steps moved is told by the state of the payment, never by this.
type Moved string

// Whether money moved.
const (
	MovedNo    Moved = "no"
	MovedYes   Moved = "yes"
	MovedMaybe Moved = "maybe"
)

// Text says it in words. It speaks of one step only: "this step moved no
// money", because a receipt that is not printed says nothing about the payment
// that was taken before it.
func (m Moved) Text(l Lang) string {
	row := movedMaybe
	switch m {
	case MovedNo:
		row = movedNo
	case MovedYes:
		row = movedYes
	}
	switch l {
	case ZhHant:
		return row.hant.what
	case En:
		return row.en.what
	}
	return row.hans.what
}

// Text is what a person behind a till reads when something goes wrong.
type Text struct {
	What  string // what happened
	Todo  string // what to do now
	Moved Moved  // whether money moved in this step
}

// line is one text in one language.
type line struct{ what, todo string }

// words is one text in all languages.
type words struct {
	code  Code
	moved Moved
	hans  line
	hant  line
	en    line
}

func (w words) text(l Lang) Text {
	in := w.hans
	switch l {
	case ZhHant:
		in = w.hant
	case En:
		in = w.en
	}
	return Text{What: in.what, Todo: in.todo, Moved: w.moved}
}

// textGroups are the tables in the order of code.go.
func textGroups() [][]words {
	return [][]words{
		textsOfRequest,
		textsOfMissing,
		textsOfState,
		textsOfRight,
		textsOfRefusal,
		textsOfEnd,
		textsOfPage,
		textsOfOutage,
		textsOfDoubt,
		textsOfTill,
		textsOfPrinter,
		textsOfPaper,
		textsOfSticker,
		textsOfGoods,
		textsOfWebhook,
		textsOfSale,
		textsOfMember,
		textsOfHouse,
	}
}

// Codes lists all codes that have texts.
func Codes() []Code {
	var codes []Code
	for _, group := range textGroups() {
		for _, w := range group {
			codes = append(codes, w.code)
		}
	}
	return codes
}

// Text returns what to tell a person in the language; in a language that is
// not known it is 简体中文. A code without a text of its own gets the text of
// "internal", which does not claim that no money moved.
func (c Code) Text(l Lang) Text {
	for _, group := range textGroups() {
		for _, w := range group {
			if w.code == c {
				return w.text(l)
			}
		}
	}
	return textsOfHouse[0].text(l)
}

// What an Accept-Language may cost us: what stands behind is not read.
const (
	maxAcceptLanguage = 512 // bytes
	maxRanges         = 16
)

// ParseLang picks the language from an Accept-Language header (RFC 9110
// §12.5.4) or from one tag. The highest q wins, among equals the first. It
// never fails: where nothing is said it is 简体中文, and where only languages
// that Guitai does not speak are asked for it is English.
func ParseLang(acceptLanguage string) Lang {
	if len(acceptLanguage) > maxAcceptLanguage {
		acceptLanguage = acceptLanguage[:maxAcceptLanguage]
	}
	best, bestQ, foreign := ZhHans, 0, false
	for range maxRanges {
		one, rest, more := strings.Cut(acceptLanguage, ",")
		tag, params, _ := strings.Cut(one, ";")
		lang, known := langOf(strings.TrimSpace(tag))
		q := quality(params)
		switch {
		case known && q > bestQ:
			best, bestQ = lang, q
		case !known && q > 0 && strings.TrimSpace(tag) != "":
			foreign = true
		}
		if !more {
			break
		}
		acceptLanguage = rest
	}
	if bestQ == 0 && foreign {
		return En
	}
	return best
}

// langOf reads one language range. The script decides before the region: a
// zh-Hans-HK is written in simplified characters.
func langOf(tag string) (Lang, bool) {
	sub := strings.FieldsFunc(strings.ToLower(tag), func(r rune) bool { return r == '-' || r == '_' })
	if len(sub) == 0 {
		return "", false
	}
	switch sub[0] {
	case "*":
		return ZhHans, true
	case "en":
		return En, true
	case "zh", "cmn", "yue":
	default:
		return "", false
	}
	lang := ZhHans
	if sub[0] == "yue" {
		lang = ZhHant // Cantonese is mostly read in Hong Kong and Macao
	}
	for _, s := range sub[1:] {
		switch s {
		case "hans":
			return ZhHans, true
		case "hant":
			return ZhHant, true
		case "cn", "sg", "my":
			lang = ZhHans
		case "tw", "hk", "mo", "yue":
			lang = ZhHant
		}
	}
	return lang, true
}

// quality reads the weight of a range in thousandths (RFC 9110 §12.4.2). No
// weight is 1000; one that cannot be read is 0, as if the range were not there.
func quality(params string) int {
	name, value, _ := strings.Cut(strings.TrimSpace(params), "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if name == "" {
		return 1000
	}
	whole, frac, _ := strings.Cut(value, ".")
	if !strings.EqualFold(name, "q") || len(frac) > 3 || whole != "0" && whole != "1" {
		return 0
	}
	q := int(whole[0] - '0')
	for i := range 3 {
		digit := 0
		if i < len(frac) {
			if frac[i] < '0' || frac[i] > '9' {
				return 0
			}
			digit = int(frac[i] - '0')
		}
		q = q*10 + digit
	}
	if q > 1000 {
		return 0
	}
	return q
}
