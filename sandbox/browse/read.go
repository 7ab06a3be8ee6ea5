package browse

import (
	"html"
	"strings"
)

// page is what the walk wants to know of an HTML document.
type page struct {
	form  *form  // id "pay"
	order string // <script id="order">
	state string // <main data-state>
	text  string // what a person would read, cut short
}

type form struct {
	action string
	fields [][2]string // inputs and the first button with a name, in order
	amount bool        // the payer types the amount
}

// maxText bounds page.text, in bytes.
const maxText = 300

// read reads a document with tolerance: what it does not understand it skips.
func read(doc string) page {
	var p page
	var open *form // the form the reader is in
	var text strings.Builder
	for doc != "" {
		before, rest, found := strings.Cut(doc, "<")
		if say := strings.Join(strings.Fields(html.UnescapeString(before)), " "); say != "" && text.Len() < maxText {
			text.WriteString(say + " ")
		}
		if !found {
			break
		}
		if strings.HasPrefix(rest, "!--") {
			_, doc, _ = strings.Cut(rest[3:], "-->")
			continue
		}
		t, after := readTag(rest)
		doc = after
		switch t.name {
		case "script", "style", "title", "textarea":
			inside, behind := raw(doc, t.name)
			doc = behind
			if t.name == "script" && t.at["id"] == "order" {
				p.order = inside
			}
		case "main":
			p.state = t.at["data-state"]
			text.Reset()
		case "form":
			open = nil
			if t.at["id"] == "pay" {
				open = &form{action: t.at["action"]}
				p.form = open
			}
		case "/form":
			open = nil
		case "input", "button":
			open.add(t)
		}
	}
	p.text = cut(strings.TrimSpace(text.String()), maxText)
	return p
}

// add takes a field of the form.
func (f *form) add(t tag) {
	name := t.at["name"]
	if f == nil || name == "" || t.at["type"] == "checkbox" || t.at["type"] == "radio" {
		return
	}
	if name == "amount" && t.at["type"] != "hidden" {
		f.amount = true
		return
	}
	f.fields = append(f.fields, [2]string{name, t.at["value"]})
}

type tag struct {
	name string // in small letters; an end tag begins with /
	at   map[string]string
}

// readTag reads a tag behind its <, and what follows it.
func readTag(s string) (tag, string) {
	end := strings.IndexAny(s, " \t\r\n\f>")
	if end < 0 {
		return tag{}, ""
	}
	t := tag{name: strings.ToLower(strings.TrimSuffix(s[:end], "/")), at: map[string]string{}}
	for s = s[end:]; ; {
		s = strings.TrimLeft(s, " \t\r\n\f/")
		if s == "" || s[0] == '>' {
			return t, strings.TrimPrefix(s, ">")
		}
		end := strings.IndexAny(s[1:], " \t\r\n\f/>=") + 1
		if end == 0 {
			return t, ""
		}
		name := strings.ToLower(s[:end])
		s = strings.TrimLeft(s[end:], " \t\r\n\f")
		value := ""
		if strings.HasPrefix(s, "=") {
			value, s = attribute(strings.TrimLeft(s[1:], " \t\r\n\f"))
		}
		if _, twice := t.at[name]; !twice {
			t.at[name] = html.UnescapeString(value)
		}
	}
}

// attribute reads a value, in quotes or bare.
func attribute(s string) (value, rest string) {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		value, rest, _ = strings.Cut(s[1:], s[:1])
		return value, rest
	}
	end := strings.IndexAny(s, " \t\r\n\f>")
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}

// raw is the text of an element that holds no tags, and what follows its end.
func raw(s, name string) (inside, rest string) {
	for at := 0; ; {
		i := strings.Index(s[at:], "</")
		if i < 0 {
			return s, ""
		}
		at += i
		if after := s[at+2:]; len(after) >= len(name) && strings.EqualFold(after[:len(name)], name) {
			_, rest, _ = strings.Cut(after, ">")
			return s[:at], rest
		}
		at += 2
	}
}

// cut shortens text without cutting a character in two.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}
