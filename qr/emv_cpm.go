package qr

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"

	"guitai"
)

// More tags of EMV CPM (EMV QRCPS consumer-presented mode, tables 3.2 to 3.4).
const (
	tagShared            = 0x62 // common data template
	tagTransparent       = 0x63 // application specific transparent template, inside 61
	tagSharedTransparent = 0x64 // common data transparent template, inside 62
)

// CPM is what a payer's EMV code says. It holds the payer's card: printing or
// logging it shows nothing of that.
type CPM struct {
	Applications []Template // at least one
	Shared       *Template  // data that all applications share
}

// Template is one application of a payer's code, or the common data.
type Template struct {
	Data        []Datum
	Transparent []Datum // for the terminal to pass on as it is: cryptogram, counter
}

// Datum is one BER-TLV object: a tag of up to three bytes and its value.
type Datum struct {
	Tag   uint32
	Value []byte
}

// Tags of a Template that are asked for by name.
const (
	TagAID        uint32 = tagAID // application identifier
	TagLabel      uint32 = 0x50
	TagTrack2     uint32 = 0x57 // track 2 equivalent data
	TagPAN        uint32 = 0x5A
	TagCardholder uint32 = 0x5F20
	TagLanguage   uint32 = 0x5F2D
	TagIssuerData uint32 = 0x9F10
	TagCryptogram uint32 = 0x9F26
	TagCounter    uint32 = 0x9F36
	TagRandom     uint32 = 0x9F37
)

// String tells how many applications there are, and nothing of the card.
func (c CPM) String() string { return fmt.Sprintf("EMV CPM of %d applications", len(c.Applications)) }

// GoString is String, so that %#v does not show the card either.
func (c CPM) GoString() string { return c.String() }

// LogValue is String for structured logs.
func (c CPM) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Value returns the first value with that tag.
func (t Template) Value(tag uint32) ([]byte, bool) {
	for _, list := range [][]Datum{t.Data, t.Transparent} {
		for _, d := range list {
			if d.Tag == tag {
				return d.Value, true
			}
		}
	}
	return nil, false
}

// ParseCPM reads a payer's EMV code: base64 of 85 "CPV01", one 61 or more, and
// at most one 62. Objects that the papers do not know at the top are refused.
// The error never holds the code.
func ParseCPM(code string) (CPM, error) {
	if len(code) > maxCPM {
		return CPM{}, malformed()
	}
	raw, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(code, "="))
	if err != nil {
		return CPM{}, malformed()
	}
	objects, err := readTLV(raw)
	if err != nil || len(objects) < 2 || objects[0].tag != tagFormat || string(objects[0].value) != "CPV01" {
		return CPM{}, malformed()
	}
	var c CPM
	for _, o := range objects[1:] {
		switch {
		case o.tag == tagApplication:
			t, err := readTemplate(o.value, tagTransparent)
			if err != nil {
				return CPM{}, malformed()
			}
			c.Applications = append(c.Applications, t)
		case o.tag == tagShared && c.Shared == nil:
			t, err := readTemplate(o.value, tagSharedTransparent)
			if err != nil {
				return CPM{}, malformed()
			}
			c.Shared = &t
		default:
			return CPM{}, malformed()
		}
	}
	if err := c.check(); err != nil {
		return CPM{}, err
	}
	return c, nil
}

// readTemplate splits a template; transparent is the tag of the one inside it.
func readTemplate(b []byte, transparent uint32) (Template, error) {
	objects, err := readTLV(b)
	if err != nil {
		return Template{}, err
	}
	var t Template
	for _, o := range objects {
		if o.tag != transparent {
			t.Data = append(t.Data, Datum{o.tag, o.value})
			continue
		}
		inner, err := readTLV(o.value)
		if err != nil || len(inner) == 0 || t.Transparent != nil {
			return Template{}, errTLV
		}
		for _, p := range inner {
			t.Transparent = append(t.Transparent, Datum{p.tag, p.value})
		}
	}
	return t, nil
}

// check: an application has its identifier of 5 to 16 bytes (ISO/IEC 7816-5), no
// tag stands twice in one template, and what is built must be read again.
func (c CPM) check() error {
	if len(c.Applications) == 0 {
		return malformed()
	}
	all := c.Applications
	if c.Shared != nil {
		all = append(all[:len(all):len(all)], *c.Shared)
	}
	for i, t := range all {
		if aid, _ := t.Value(TagAID); i < len(c.Applications) && (len(aid) < 5 || len(aid) > 16) {
			return malformed()
		}
		for _, list := range [][]Datum{t.Data, t.Transparent} {
			seen := map[uint32]bool{}
			for _, d := range list {
				if seen[d.Tag] || !validTag(d.Tag) || d.Tag == tagTransparent || d.Tag == tagSharedTransparent {
					return malformed()
				}
				seen[d.Tag] = true
			}
		}
	}
	return nil
}

// validTag reports whether a tag is written as ISO/IEC 8825-1 8.1.2 has it: the
// first byte tells of more, and each of those but the last of another.
func validTag(tag uint32) bool {
	switch {
	case tag <= 0xFF:
		return tag != 0 && tag&0x1F != 0x1F
	case tag <= 0xFFFF:
		return tag>>8&0x1F == 0x1F && tag&0x80 == 0
	case tag <= 0xFFFFFF:
		return tag>>16&0x1F == 0x1F && tag&0x8000 != 0 && tag&0x80 == 0
	}
	return false
}

// Build writes the code, after checking it. It fails with code_malformed or
// code_too_long (more than 512 characters).
func (c CPM) Build() (string, error) {
	if err := c.check(); err != nil {
		return "", err
	}
	raw := writeTLV(nil, tagFormat, []byte("CPV01"))
	for _, t := range c.Applications {
		raw = writeTLV(raw, tagApplication, writeTemplate(t, tagTransparent))
	}
	if c.Shared != nil {
		raw = writeTLV(raw, tagShared, writeTemplate(*c.Shared, tagSharedTransparent))
	}
	code := base64.StdEncoding.EncodeToString(raw)
	if len(code) > maxCPM {
		return "", guitai.FailField(guitai.CodeCodeTooLong, "auth_code")
	}
	return code, nil
}

func writeTemplate(t Template, transparent uint32) []byte {
	var out []byte
	for _, d := range t.Data {
		out = writeTLV(out, d.Tag, d.Value)
	}
	if len(t.Transparent) > 0 {
		var inner []byte
		for _, d := range t.Transparent {
			inner = writeTLV(inner, d.Tag, d.Value)
		}
		out = writeTLV(out, transparent, inner)
	}
	return out
}

// writeTLV appends one object with the shortest form of its length.
func writeTLV(out []byte, tag uint32, value []byte) []byte {
	for _, shift := range []int{16, 8, 0} {
		if b := tag >> shift; b != 0 {
			out = append(out, byte(b))
		}
	}
	switch n := len(value); {
	case n < 0x80:
		out = append(out, byte(n))
	case n <= 0xFF:
		out = append(out, 0x81, byte(n))
	default:
		out = append(out, 0x82, byte(n>>8), byte(n))
	}
	return append(out, value...)
}
