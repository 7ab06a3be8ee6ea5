package qr

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"guitai"
)

// The limits of a merchant-presented code (EMV QRCPS merchant-presented mode,
// section 3).
const (
	maxMPM      = 512 // characters, all of it
	maxMPMBytes = 4 * maxMPM
	maxMPMValue = 99 // characters of one value
)

// MPM is what a merchant-presented code says: its data objects in the order in
// which they stand, without the check sum (63), which Build adds.
type MPM struct {
	Objects []Object
}

// Object is one data object: two digits of ID, and a value or, for a template,
// the objects inside it. What is a template is fixed by the ID.
type Object struct {
	ID    string
	Value string   // of up to 99 characters; empty for a template
	Parts []Object // of a template
}

// Flaw is what is wrong with a code, as the cause of the error of ParseMPM,
// Build and Check: errors.As finds it. The error's Field is the object, such as
// "62.07".
type Flaw string

// The flaws.
const (
	FlawTooLong   Flaw = "too_long"  // more than 512 characters
	FlawText      Flaw = "text"      // not UTF-8, or a control character
	FlawLength    Flaw = "length"    // an object's length is no number or goes beyond the end
	FlawID        Flaw = "id"        // no two digits, or not to be used there
	FlawTwice     Flaw = "twice"     // an object stands twice
	FlawFirst     Flaw = "first"     // 00 is not first, or not 01
	FlawSum       Flaw = "sum"       // the check sum (63) is missing, not last, or wrong
	FlawMissing   Flaw = "missing"   // an object that must be there is not
	FlawSize      Flaw = "size"      // a value has not its size
	FlawCharacter Flaw = "character" // a value has characters that it must not have
	FlawValue     Flaw = "value"     // a value means nothing
)

func (f Flaw) Error() string { return string(f) }

// flawed makes the error for one object; path is its IDs.
func flawed(f Flaw, path ...string) error {
	return &guitai.Error{Kind: guitai.Invalid, Code: guitai.CodeCodeMalformed, Field: strings.Join(path, "."), Cause: f}
}

// ParseMPM reads a merchant-presented code and checks it whole: form, check sum
// and, as Check does, the values. White space around it is dropped.
func ParseMPM(text string) (MPM, error) {
	text = strings.TrimFunc(text, unicode.IsSpace)
	switch {
	case len(text) > maxMPMBytes || utf8.RuneCountInString(text) > maxMPM:
		return MPM{}, flawed(FlawTooLong)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return MPM{}, flawed(FlawText)
	}
	// The last object is the check sum over all before its value: 6304 and four
	// hex digits, each of one byte.
	cut := len(text) - 8
	if cut < 0 || text[cut:cut+4] != "6304" || text[cut+4:] != mpmSum(text[:cut+4]) {
		return MPM{}, flawed(FlawSum, "63")
	}
	objects, err := readObjects(text[:cut])
	if err != nil {
		return MPM{}, err
	}
	m := MPM{Objects: objects}
	return m, m.Check()
}

// Build writes the code, after checking it: the objects in their order, then the
// check sum.
func (m MPM) Build() (string, error) {
	if err := m.Check(); err != nil {
		return "", err
	}
	var b strings.Builder
	if err := writeObjects(&b, m.Objects); err != nil {
		return "", err
	}
	b.WriteString("6304")
	text := b.String() + mpmSum(b.String())
	if utf8.RuneCountInString(text) > maxMPM {
		return "", flawed(FlawTooLong)
	}
	return text, nil
}

// mpmSum is CRC-16/CCITT-FALSE over the bytes, as four capital hex digits:
// polynomial 1021, beginning with FFFF, nothing reflected (QRCPS MPM 4.7.3,
// ISO/IEC 13239).
func mpmSum(text string) string {
	sum := uint16(0xFFFF)
	for i := range len(text) {
		sum ^= uint16(text[i]) << 8
		for range 8 {
			if sum&0x8000 != 0 {
				sum = sum<<1 ^ 0x1021
			} else {
				sum <<= 1
			}
		}
	}
	return fmt.Sprintf("%04X", sum)
}

// template reports whether the object at this path holds objects itself: the
// merchant's accounts with an identifier (26 to 51), the additional data (62)
// with the payment systems' own (50 to 99 in it), the language (64), and what is
// not reserved (80 to 99).
func template(path []string) bool {
	id := path[len(path)-1]
	switch len(path) {
	case 1:
		return id >= "26" && id <= "51" || id == "62" || id == "64" || id >= "80"
	case 2:
		return path[0] == "62" && id >= "50"
	}
	return false
}

// readObjects splits text: two digits of ID, two of length, value. A length
// counts characters, not bytes.
func readObjects(text string, path ...string) ([]Object, error) {
	var out []Object
	seen := map[string]bool{}
	for text != "" {
		if len(text) < 2 || !allDigits(text[:2]) {
			return nil, flawed(FlawID, path...)
		}
		at := append(path[:len(path):len(path)], text[:2])
		if seen[text[:2]] {
			return nil, flawed(FlawTwice, at...)
		}
		seen[text[:2]] = true
		if len(text) < 4 || !allDigits(text[2:4]) {
			return nil, flawed(FlawLength, at...)
		}
		size, err := strconv.Atoi(text[2:4])
		if err != nil || size == 0 {
			return nil, flawed(FlawLength, at...)
		}
		text = text[4:]
		end := 0
		for range size {
			_, n := utf8.DecodeRuneInString(text[end:])
			if n == 0 {
				return nil, flawed(FlawLength, at...)
			}
			end += n
		}
		o := Object{ID: at[len(at)-1], Value: text[:end]}
		text = text[end:]
		if template(at) {
			if o.Parts, err = readObjects(o.Value, at...); err != nil {
				return nil, err
			}
			o.Value = ""
		}
		out = append(out, o)
	}
	return out, nil
}

// writeObjects writes what readObjects reads.
func writeObjects(b *strings.Builder, objects []Object, path ...string) error {
	for _, o := range objects {
		at := append(path[:len(path):len(path)], o.ID)
		value := o.Value
		if template(at) {
			var inner strings.Builder
			if err := writeObjects(&inner, o.Parts, at...); err != nil {
				return err
			}
			value = inner.String()
		}
		n := utf8.RuneCountInString(value)
		if n < 1 || n > maxMPMValue {
			return flawed(FlawSize, at...)
		}
		fmt.Fprintf(b, "%s%02d%s", o.ID, n, value)
	}
	return nil
}

// Value returns the value at a path of IDs, such as "62", "07".
func (m MPM) Value(path ...string) (string, bool) {
	objects := m.Objects
	for i, id := range path {
		o, ok := object(objects, id)
		if !ok {
			return "", false
		}
		if i == len(path)-1 {
			return o.Value, o.Parts == nil
		}
		objects = o.Parts
	}
	return "", false
}

func object(objects []Object, id string) (Object, bool) {
	for _, o := range objects {
		if o.ID == id {
			return o, true
		}
	}
	return Object{}, false
}

// Static reports whether the code may be paid more than once (01 is 11, or not
// there).
func (m MPM) Static() bool {
	v, ok := m.Value("01")
	return !ok || v == "11"
}

// Amount is the amount that the code asks for (54), in renminbi. It is false
// where the payer types it, where it is another currency, and where it is not a
// number of whole fen.
func (m MPM) Amount() (guitai.Money, bool) {
	text, ok := m.Value("54")
	if currency, _ := m.Value("53"); !ok || currency != "156" {
		return guitai.Money{}, false
	}
	text = strings.TrimSuffix(text, ".")
	amount, err := guitai.ParseDecimal(text, guitai.CNY)
	return amount, err == nil
}

// Accounts are the merchant's accounts (02 to 51), one a network.
func (m MPM) Accounts() []Object {
	var out []Object
	for _, o := range m.Objects {
		if o.ID >= "02" && o.ID <= "51" {
			out = append(out, o)
		}
	}
	return out
}

// UnionPay returns the merchant's account at UnionPay: the value of 15 or 16, or
// the template whose identifier (00) is one of UnionPay's.
func (m MPM) UnionPay() (Object, bool) {
	for _, o := range m.Accounts() {
		id, _ := object(o.Parts, "00")
		if o.ID == "15" || o.ID == "16" || strings.HasPrefix(strings.ToUpper(id.Value), "A000000333") {
			return o, true
		}
	}
	return Object{}, false
}
