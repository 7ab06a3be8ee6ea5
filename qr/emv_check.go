package qr

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// rule is what an object's value must be: from least to most characters, of one
// sort.
type rule struct {
	least, most int
	letters     letters
}

// letters names the characters of a value (QRCPS MPM 4.1): numeric, alphanumeric
// special (printable ASCII), or string (any that can be shown).
type letters int

const (
	numeric letters = iota
	special
	anyText
)

// ruleOf is the table of sizes (QRCPS MPM tables 3.2 to 3.8). Merchant name and
// city (59, 60) are special by the paper; in China they are also written in
// Chinese, which is let pass.
func ruleOf(path []string) rule {
	if len(path) > 1 {
		return partRule(path)
	}
	switch id := path[0]; id {
	case "00", "01", "55":
		return rule{2, 2, numeric}
	case "52":
		return rule{4, 4, numeric}
	case "53":
		return rule{3, 3, numeric}
	case "54", "56":
		return rule{1, 13, special}
	case "57":
		return rule{1, 5, special}
	case "58":
		return rule{2, 2, special}
	case "59":
		return rule{1, 25, anyText}
	case "60":
		return rule{1, 15, anyText}
	case "61":
		return rule{1, 10, special}
	default:
		if id <= "51" {
			return rule{1, maxMPMValue, special}
		}
		return rule{1, maxMPMValue, anyText}
	}
}

// partRule is the part of the table inside templates.
func partRule(path []string) rule {
	top, id := path[0], path[1]
	switch {
	case len(path) == 3 && path[2] == "00", id == "00" && (top >= "26" && top <= "51" || top >= "80"):
		return rule{1, 32, special}
	case top == "62" && id == "09":
		return rule{1, 3, special}
	case top == "62" && id >= "01" && id <= "08":
		return rule{1, 25, anyText}
	case top == "64" && id == "00":
		return rule{2, 2, special}
	case top == "64" && id == "01":
		return rule{1, 25, anyText}
	case top == "64" && id == "02":
		return rule{1, 15, anyText}
	}
	return rule{1, maxMPMValue, anyText}
}

// Check tells the first thing that is wrong with a code: what must be there and
// is not, and values that are not what they must be.
func (m MPM) Check() error {
	if len(m.Objects) == 0 || m.Objects[0].ID != "00" || m.Objects[0].Value != "01" {
		return flawed(FlawFirst, "00")
	}
	if err := checkObjects(m.Objects); err != nil {
		return err
	}
	for _, id := range []string{"52", "53", "58", "59", "60"} {
		if _, ok := m.Value(id); !ok {
			return flawed(FlawMissing, id)
		}
	}
	if len(m.Accounts()) == 0 {
		return flawed(FlawMissing, "02-51")
	}
	if v, ok := m.Value("01"); ok && v != "11" && v != "12" {
		return flawed(FlawValue, "01")
	}
	if v, ok := m.Value("54"); ok && !decimal(v) {
		return flawed(FlawValue, "54")
	}
	if v, ok := m.Value("58"); ok && strings.ToUpper(v) != v || strings.ContainsFunc(v, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		return flawed(FlawValue, "58")
	}
	if v, ok := m.Value("62", "09"); ok && !subset(v, "AME") {
		return flawed(FlawValue, "62", "09")
	}
	return m.checkTip()
}

// checkTip: 55 says how a tip is found, 02 by the fee in 56, 03 by the percent
// in 57, each there only then (QRCPS MPM 4.8).
func (m MPM) checkTip() error {
	how, _ := m.Value("55")
	fee, hasFee := m.Value("56")
	percent, hasPercent := m.Value("57")
	switch {
	case how != "" && how != "01" && how != "02" && how != "03":
		return flawed(FlawValue, "55")
	case how == "02" && !hasFee:
		return flawed(FlawMissing, "56")
	case how == "03" && !hasPercent:
		return flawed(FlawMissing, "57")
	case hasFee && (how != "02" || !decimal(fee) || zero(fee)):
		return flawed(FlawValue, "56")
	case hasPercent && (how != "03" || !decimal(percent) || zero(percent) || strings.HasPrefix(percent, "100")):
		return flawed(FlawValue, "57")
	}
	return nil
}

// checkObjects checks the form of every object, and what templates must hold.
func checkObjects(objects []Object, path ...string) error {
	seen := map[string]bool{}
	for _, o := range objects {
		at := append(path[:len(path):len(path)], o.ID)
		switch {
		case len(o.ID) != 2 || !allDigits(o.ID) || len(at) == 1 && o.ID == "63":
			return flawed(FlawID, at...)
		case seen[o.ID]:
			return flawed(FlawTwice, at...)
		case template(at) != (o.Parts != nil) || o.Parts != nil && o.Value != "":
			return flawed(FlawValue, at...)
		}
		seen[o.ID] = true
		var err error
		if o.Parts != nil {
			err = checkTemplate(o, at)
		} else {
			err = checkValue(o.Value, ruleOf(at), at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkTemplate: a network's template begins with its identifier, the language's
// has a language and a name.
func checkTemplate(o Object, at []string) error {
	if len(o.Parts) == 0 {
		return flawed(FlawSize, at...)
	}
	must := []string{"00"}
	switch {
	case len(at) == 1 && o.ID == "62":
		must = nil
	case len(at) == 1 && o.ID == "64":
		must = []string{"00", "01"}
	}
	for _, id := range must {
		if _, ok := object(o.Parts, id); !ok {
			return flawed(FlawMissing, append(at[:len(at):len(at)], id)...)
		}
	}
	return checkObjects(o.Parts, at...)
}

func checkValue(v string, r rule, at []string) error {
	n := utf8.RuneCountInString(v)
	switch {
	case n < r.least || n > r.most:
		return flawed(FlawSize, at...)
	case r.letters == numeric && !allDigits(v),
		r.letters == special && strings.ContainsFunc(v, func(c rune) bool { return c < ' ' || c > '~' }),
		!utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl):
		return flawed(FlawCharacter, at...)
	}
	return nil
}

// decimal reports whether v is digits with at most one point behind the first.
func decimal(v string) bool {
	whole, part, _ := strings.Cut(v, ".")
	return whole != "" && allDigits(whole) && allDigits(part)
}

func zero(v string) bool { return strings.Trim(v, "0.") == "" }

// subset reports whether v holds only letters of all, each once.
func subset(v, all string) bool {
	for i := range len(v) {
		if !strings.Contains(all, v[i:i+1]) || strings.Contains(v[:i], v[i:i+1]) {
			return false
		}
	}
	return v != ""
}
