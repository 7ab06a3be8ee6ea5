package qr_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"guitai"
	"guitai/qr"
)

// emvcoMPM is EMVCo's own example (QRCPS merchant-presented mode, annex).
const emvcoMPM = "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT6007BEIJING" +
	"64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME91320016A0112233449988770708123456786304A13A"

func TestMPMVector(t *testing.T) {
	m, err := qr.ParseMPM(" " + emvcoMPM + "\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"00": "01", "01": "12", "29.00": "D15600000000", "29.05": "A93FO3230Q", "31.03": "12345678", "52": "4111", "58": "CN",
		"59": "BEST TRANSPORT", "60": "BEIJING", "64.00": "ZH", "64.01": "最佳运输", "64.02": "北京", "54": "23.72", "53": "156", "55": "01",
		"62.03": "1234", "62.06": "***", "62.07": "A6008667", "62.09": "ME", "91.00": "A011223344998877", "91.07": "12345678",
	} {
		if got, ok := m.Value(strings.Split(path, ".")...); !ok || got != want {
			t.Errorf("%s = %q %t, want %q", path, got, ok, want)
		}
	}
	for _, path := range []string{"63", "02", "29", "62.01", "62.03.00", "99.00"} {
		if got, ok := m.Value(strings.Split(path, ".")...); ok {
			t.Errorf("%s = %q, want nothing", path, got)
		}
	}
	if a, ok := m.Amount(); !ok || a != guitai.Fen(2372) || m.Static() || len(m.Accounts()) != 2 {
		t.Errorf("amount %v %t, static %t, %d accounts", a, ok, m.Static(), len(m.Accounts()))
	}
	if _, ok := m.UnionPay(); ok {
		t.Error("a UnionPay account was found")
	}
	if text, err := m.Build(); err != nil || text != emvcoMPM {
		t.Errorf("built %q %v", text, err)
	}
}

// shop is a small code as a shop has it on its counter.
func shop() qr.MPM {
	return qr.MPM{Objects: []qr.Object{
		{ID: "00", Value: "01"}, {ID: "01", Value: "11"}, {ID: "15", Value: "3010123456789012345678901234567"}, {ID: "52", Value: "5411"},
		{ID: "53", Value: "156"}, {ID: "58", Value: "CN"}, {ID: "59", Value: "柜台小店"}, {ID: "60", Value: "BEIJING"},
		{ID: "62", Parts: []qr.Object{{ID: "07", Value: "00000001"}, {ID: "50", Parts: []qr.Object{{ID: "00", Value: "cn.guitai"}, {ID: "01", Value: "x"}}}}},
	}}
}

func TestMPMBuild(t *testing.T) {
	text, err := shop().Build()
	if err != nil {
		t.Fatal(err)
	}
	m, err := qr.ParseMPM(text)
	if err != nil || !reflect.DeepEqual(m, shop()) {
		t.Fatalf("%s: %+v %v", text, m, err)
	}
	if o, ok := m.UnionPay(); !ok || o.ID != "15" || !m.Static() {
		t.Errorf("%+v %t", o, ok)
	}
	if _, ok := m.Amount(); ok {
		t.Error("an amount where none is")
	}
	m.Objects[2] = qr.Object{ID: "26", Parts: []qr.Object{{ID: "00", Value: "a000000333010101"}, {ID: "01", Value: "1"}}}
	if o, ok := m.UnionPay(); !ok || o.ID != "26" {
		t.Errorf("by its identifier: %+v %t", o, ok)
	}
}

// flawOf finds the flaw and the field of an error.
func flawOf(t *testing.T, err error) (qr.Flaw, string) {
	t.Helper()
	var f qr.Flaw
	var e *guitai.Error
	if !errors.As(err, &f) || !errors.As(err, &e) || e.Kind != guitai.Invalid || e.Code != guitai.CodeCodeMalformed {
		t.Fatalf("error %v", err)
	}
	return f, e.Field
}

// put replaces or adds an object; value and parts make one to be put.
func put(o qr.Object) func(*qr.MPM) {
	return func(m *qr.MPM) {
		for i := range m.Objects {
			if m.Objects[i].ID == o.ID {
				m.Objects[i] = o
				return
			}
		}
		m.Objects = append(m.Objects, o)
	}
}

func value(id, v string) func(*qr.MPM) { return put(qr.Object{ID: id, Value: v}) }

func parts(id string, pairs ...string) func(*qr.MPM) {
	o := qr.Object{ID: id, Parts: []qr.Object{}}
	for i := 0; i < len(pairs); i += 2 {
		o.Parts = append(o.Parts, qr.Object{ID: pairs[i], Value: pairs[i+1]})
	}
	return put(o)
}

func drop(i int) func(*qr.MPM) {
	return func(m *qr.MPM) { m.Objects = append(m.Objects[:i:i], m.Objects[i+1:]...) }
}

// spoilt is one way to spoil a right code, and what Check must say.
type spoilt struct {
	spoil func(*qr.MPM)
	flaw  qr.Flaw
	field string
}

// spoils are the ways.
func spoils() map[string]spoilt {
	return map[string]spoilt{
		"nothing":           {func(m *qr.MPM) { m.Objects = nil }, qr.FlawFirst, "00"},
		"format not first":  {func(m *qr.MPM) { m.Objects[0], m.Objects[1] = m.Objects[1], m.Objects[0] }, qr.FlawFirst, "00"},
		"another format":    {value("00", "02"), qr.FlawFirst, "00"},
		"no account":        {drop(2), qr.FlawMissing, "02-51"},
		"no trade":          {drop(3), qr.FlawMissing, "52"},
		"no currency":       {drop(4), qr.FlawMissing, "53"},
		"no country":        {drop(5), qr.FlawMissing, "58"},
		"no name":           {drop(6), qr.FlawMissing, "59"},
		"no city":           {drop(7), qr.FlawMissing, "60"},
		"neither 11 nor 12": {value("01", "13"), qr.FlawValue, "01"},
		"sum by hand":       {value("63", "ABCD"), qr.FlawID, "63"},
		"odd id":            {value("6x", "1"), qr.FlawID, "6x"},
		"twice":             {func(m *qr.MPM) { m.Objects = append(m.Objects, m.Objects[4]) }, qr.FlawTwice, "53"},
		"trade of letters":  {value("52", "54a1"), qr.FlawCharacter, "52"},
		"trade too short":   {value("52", "541"), qr.FlawSize, "52"},
		"amount in words":   {value("54", "zwölf"), qr.FlawCharacter, "54"},
		"amount .5":         {value("54", ".5"), qr.FlawValue, "54"},
		"amount twice .":    {value("54", "1.2.3"), qr.FlawValue, "54"},
		"amount too long":   {value("54", "12345678901.23"), qr.FlawSize, "54"},
		"amount negative":   {value("54", "-1"), qr.FlawValue, "54"},
		"country of digits": {value("58", "86"), qr.FlawValue, "58"},
		"small country":     {value("58", "cn"), qr.FlawValue, "58"},
		"name too long":     {value("59", strings.Repeat("店", 26)), qr.FlawSize, "59"},
		"name with control": {value("59", "a\x1bb"), qr.FlawCharacter, "59"},
		"name not UTF-8":    {value("59", "a\xff"), qr.FlawCharacter, "59"},
		"name empty":        {value("59", ""), qr.FlawSize, "59"},
		"tip in 04":         {value("55", "04"), qr.FlawValue, "55"},
		"fee missing":       {value("55", "02"), qr.FlawMissing, "56"},
		"percent missing":   {value("55", "03"), qr.FlawMissing, "57"},
		"fee for nothing":   {value("56", "1.00"), qr.FlawValue, "56"},
		"percent of all":    {func(m *qr.MPM) { value("55", "03")(m); value("57", "100")(m) }, qr.FlawValue, "57"},
		"no fee":            {func(m *qr.MPM) { value("55", "02")(m); value("56", "0.00")(m) }, qr.FlawValue, "56"},
		"template as value": {value("62", "0708000000"), qr.FlawValue, "62"},
		"value as template": {parts("59", "00", "x"), qr.FlawValue, "59"},
		"empty template":    {parts("62"), qr.FlawSize, "62"},
		"no identifier":     {parts("26", "01", "x"), qr.FlawMissing, "26.00"},
		"identifier long":   {parts("26", "00", strings.Repeat("a", 33)), qr.FlawSize, "26.00"},
		"no language":       {parts("64", "01", "小店"), qr.FlawMissing, "64.00"},
		"no other name":     {parts("64", "00", "ZH"), qr.FlawMissing, "64.01"},
		"language long":     {parts("64", "00", "ZHO", "01", "小店"), qr.FlawSize, "64.00"},
		"store too long":    {parts("62", "03", strings.Repeat("1", 26)), qr.FlawSize, "62.03"},
		"asks for X":        {parts("62", "09", "AX"), qr.FlawValue, "62.09"},
		"asks twice":        {parts("62", "09", "MM"), qr.FlawValue, "62.09"},
		"part twice":        {parts("62", "03", "1", "03", "2"), qr.FlawTwice, "62.03"},
		"too much inside":   {parts("80", "00", "id", "01", strings.Repeat("1", 90)), qr.FlawSize, "80"},
	}
}

func TestMPMCheck(t *testing.T) {
	for name, c := range spoils() {
		m := shop()
		c.spoil(&m)
		_, err := m.Build()
		if err == nil {
			t.Errorf("%s: built", name)
			continue
		}
		if flaw, field := flawOf(t, err); flaw != c.flaw || field != c.field {
			t.Errorf("%s: %s at %s, want %s at %s", name, flaw, field, c.flaw, c.field)
		}
	}
	big := shop()
	for i := 65; i < 72; i++ {
		big.Objects = append(big.Objects, qr.Object{ID: fmt.Sprint(i), Value: strings.Repeat("x", 99)})
	}
	if _, err := big.Build(); err == nil {
		t.Error("a code of more than 512 characters was built")
	} else if flaw, _ := flawOf(t, err); flaw != qr.FlawTooLong {
		t.Error(err)
	}
	for _, tip := range [][2]string{{"02", "56"}, {"03", "57"}} {
		m := shop()
		value("55", tip[0])(&m)
		value(tip[1], "1.5")(&m)
		if _, err := m.Build(); err != nil {
			t.Error(err)
		}
	}
}

func TestMPMParseRefuses(t *testing.T) {
	sum := func(body string) string { // with its right check sum, by trying them all
		for i := range 0x10000 {
			text := body + fmt.Sprintf("6304%04X", i)
			if _, err := qr.ParseMPM(text); err == nil {
				return text
			} else if flaw, _ := flawOf(t, err); flaw != qr.FlawSum {
				return text
			}
		}
		t.Fatalf("no sum for %q", body)
		return ""
	}
	for _, c := range []struct {
		text  string
		flaw  qr.Flaw
		field string
	}{
		{"", qr.FlawSum, "63"},
		{"6304", qr.FlawSum, "63"},
		{strings.Replace(emvcoMPM, "A13A", "A13B", 1), qr.FlawSum, "63"},
		{strings.Replace(emvcoMPM, "A13A", "a13a", 1), qr.FlawSum, "63"},
		{strings.Replace(emvcoMPM, "23.72", "23.73", 1), qr.FlawSum, "63"},
		{emvcoMPM + "0102", qr.FlawSum, "63"},
		{"00\x01", qr.FlawText, ""}, {"\xff", qr.FlawText, ""},
		{strings.Repeat("0", 513), qr.FlawTooLong, ""},
		{sum("000201x"), qr.FlawID, ""}, {sum("000201xx0212"), qr.FlawID, ""}, {sum("00020101"), qr.FlawLength, "01"}, {sum("0002010102"), qr.FlawLength, "01"},
		{sum("00020101x21"), qr.FlawLength, "01"}, {sum("0002010100"), qr.FlawLength, "01"}, {sum("00020101021"), qr.FlawLength, "01"},
		{sum("000201000201"), qr.FlawTwice, "00"}, {sum("00020162050309x"), qr.FlawLength, "62.03"}, {sum("010211"), qr.FlawFirst, "00"},
		{sum("0002016206500201x0"), qr.FlawLength, "62.50.01"},
	} {
		m, err := qr.ParseMPM(c.text)
		if err == nil {
			t.Errorf("%.40q: %+v", c.text, m)
			continue
		}
		if flaw, field := flawOf(t, err); flaw != c.flaw || field != c.field {
			t.Errorf("%.40q: %s at %q, want %s at %q", c.text, flaw, field, c.flaw, c.field)
		}
	}
	// Any one character changed is found.
	runes := []rune(emvcoMPM)
	for i := range runes {
		changed := append([]rune{}, runes...)
		changed[i] ^= 1
		if _, err := qr.ParseMPM(string(changed)); err == nil {
			t.Errorf("character %d changed: taken", i)
		}
	}
}

// chanceMPM makes a right code.
func chanceMPM(r *rand.Rand) qr.MPM {
	text := func(most int, alphabet string) string {
		a := []rune(alphabet)
		b := make([]rune, 1+r.IntN(most))
		for i := range b {
			b[i] = a[r.IntN(len(a))]
		}
		return string(b)
	}
	const ascii, all = "ABCxyz019 .*-/&=", "ABC 小店最佳é€😀019"
	m := qr.MPM{Objects: []qr.Object{{ID: "00", Value: "01"}, {ID: "01", Value: []string{"11", "12"}[r.IntN(2)]}}}
	add := func(o qr.Object) { m.Objects = append(m.Objects, o) }
	add(qr.Object{ID: fmt.Sprintf("%02d", 2+r.IntN(24)), Value: text(40, ascii)})
	add(qr.Object{ID: fmt.Sprint(26 + r.IntN(26)), Parts: []qr.Object{{ID: "00", Value: text(32, ascii)}, {ID: "05", Value: text(40, all)}}})
	add(qr.Object{ID: "52", Value: fmt.Sprintf("%04d", r.IntN(10_000))})
	add(qr.Object{ID: "53", Value: "156"})
	if r.IntN(2) == 0 {
		add(qr.Object{ID: "54", Value: fmt.Sprintf("%d.%02d", r.IntN(100_000), r.IntN(100))})
	}
	add(qr.Object{ID: "58", Value: "CN"})
	add(qr.Object{ID: "59", Value: text(25, all)})
	add(qr.Object{ID: "60", Value: text(15, all)})
	if r.IntN(2) == 0 {
		add(qr.Object{ID: "62", Parts: []qr.Object{{ID: "01", Value: text(25, all)}, {ID: "09", Value: "AE"},
			{ID: fmt.Sprint(50 + r.IntN(50)), Parts: []qr.Object{{ID: "00", Value: text(20, ascii)}}}}})
	}
	if r.IntN(2) == 0 {
		add(qr.Object{ID: "64", Parts: []qr.Object{{ID: "00", Value: "ZH"}, {ID: "01", Value: text(25, all)}}})
	}
	r.Shuffle(len(m.Objects)-1, func(i, j int) { m.Objects[i+1], m.Objects[j+1] = m.Objects[j+1], m.Objects[i+1] })
	return m
}

func TestMPMRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(18004, 6304))
	for range 3000 {
		m := chanceMPM(r)
		text, err := m.Build()
		if err != nil {
			t.Fatalf("%+v: %v", m, err)
		}
		got, err := qr.ParseMPM(text)
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Fatalf("%s: %+v %v", text, got, err)
		}
	}
}

func FuzzParseMPM(f *testing.F) {
	f.Add(emvcoMPM)
	text, err := shop().Build()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add("0002016304")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := qr.ParseMPM(text)
		if err != nil {
			flawOf(t, err)
			return
		}
		again, err := m.Build()
		if err != nil || again != strings.TrimSpace(text) || !utf8.ValidString(again) {
			t.Fatalf("%q was read and written as %q (%v)", text, again, err)
		}
	})
}
