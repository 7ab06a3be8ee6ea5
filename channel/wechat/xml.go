package wechat

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxFields bounds a v2 message.
const maxFields = 500

var errXML = errors.New("not the XML of a v2 message")

// writeXML writes fields under the root "xml", by name.
func writeXML(fields map[string]string) []byte {
	var b bytes.Buffer
	b.WriteString("<xml>")
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if fields[name] == "" {
			continue
		}
		b.WriteString("<" + name + ">")
		xml.EscapeText(&b, []byte(fields[name])) // a bytes.Buffer does not fail
		b.WriteString("</" + name + ">")
	}
	b.WriteString("</xml>")
	return b.Bytes()
}

// readXML reads one root "xml" with one element per field and text in it. It
// refuses what could make one message mean two things or more than it weighs:
// document types and with them entities, elements in elements, a field twice,
// attributes, processing instructions other than the XML declaration.
func readXML(body []byte) (map[string]string, error) {
	if len(body) > maxBody || !utf8.Valid(body) {
		return nil, errXML
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	d.Entity = nil
	fields := map[string]string{}
	depth, field, text, ended := 0, "", strings.Builder{}, false
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || ended && !blank(token) {
			return nil, errXML
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			root := depth == 1 && t.Name.Local == "xml"
			_, twice := fields[t.Name.Local]
			if len(t.Attr) > 0 || t.Name.Space != "" || !root && (depth != 2 || twice || len(fields) >= maxFields) {
				return nil, errXML
			}
			field = t.Name.Local
			text.Reset()
		case xml.EndElement:
			if depth == 2 && t.Name.Local == field {
				fields[field] = text.String()
			} else if depth != 1 || t.Name.Local != "xml" {
				return nil, errXML
			}
			depth--
			ended = depth == 0
		case xml.CharData:
			if depth == 2 {
				text.Write(t)
			} else if !blank(token) {
				return nil, errXML
			}
		case xml.ProcInst:
			if t.Target != "xml" || depth != 0 || d.InputOffset() > 200 {
				return nil, errXML
			}
		case xml.Comment:
		default: // a directive: DOCTYPE and the like
			return nil, errXML
		}
	}
	if !ended {
		return nil, errXML
	}
	return fields, nil
}

// blank reports whether a token says nothing.
func blank(t xml.Token) bool {
	switch t := t.(type) {
	case xml.CharData:
		return len(bytes.TrimSpace(t)) == 0
	case xml.Comment:
		return true
	}
	return false
}
