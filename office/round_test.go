package office_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai"
	"guitai/internal/testkit"
	"guitai/office"
	"guitai/qr"
)

// hang issues a code and returns it with its text.
func (d *desk) hang(t *testing.T, m guitai.MerchantID, name string) (guitai.StaticCode, string) {
	t.Helper()
	c, err := d.IssueCode(t.Context(), office.NewCode{Merchant: m, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	text, err := d.CodeText(c)
	if err != nil {
		t.Fatal(err)
	}
	return c, text
}

// walk is a round under way.
type walk struct {
	*desk
	t *testing.T
	guitai.Round
}

func (d *desk) walk(t *testing.T, m guitai.MerchantID) walk {
	t.Helper()
	d.shift.Add(int64(time.Second)) // codes that are issued in the same instant are due
	r, err := d.StartRound(t.Context(), office.NewRound{Merchant: m, Staff: "stf_1"})
	if err != nil {
		t.Fatal(err)
	}
	return walk{d, t, r}
}

func (w walk) scan(text string) office.Seen {
	w.t.Helper()
	s, err := w.ScanCode(w.t.Context(), office.Scanned{Merchant: w.Merchant, Round: w.ID, Text: text, Staff: "stf_1"})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// TestVerdicts: everything that can hang in a shop, and what is told of it.
func TestVerdicts(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		o, m, other, _ := withCodes(t, dsn)
		_, door := o.hang(t, m, "门口")
		gone, torn := o.hang(t, m, "旧码")
		_, theirs := o.hang(t, other, "隔壁")
		if err := o.RevokeCode(t.Context(), m, gone.Token, ""); err != nil {
			t.Fatal(err)
		}
		own := strings.TrimPrefix(door, "https://pay.example/p/")
		never := qr.Own{Kind: qr.OwnStatic, Token: qr.Token{1}}.Write(qr.OwnKey([]byte("secret")))
		other1 := qr.Own{Kind: qr.OwnStatic, Token: qr.Token{1}}.Write(qr.OwnKey([]byte("other")))
		payment := qr.Own{Kind: qr.OwnPayment, Token: qr.Token{1}}.Write(qr.OwnKey([]byte("secret")))
		w := o.walk(t, m)
		for _, c := range []struct {
			text    string
			verdict guitai.Verdict
			kind    string
			host    string
		}{
			{" " + door + "\r\n", guitai.ScanOurs, "", ""},
			{door, guitai.ScanDoubled, "", ""},
			{torn, guitai.ScanRevoked, "", ""},
			{theirs, guitai.ScanForeign, "other_merchant", ""},
			{"https://pay.example/p/" + never, guitai.ScanForged, "unregistered", ""},
			{"https://pay.example/p/" + other1, guitai.ScanForged, "our_address", ""},
			{door + "A", guitai.ScanForged, "our_address", ""},
			{"https://pay.example/p/", guitai.ScanForged, "our_address", ""},
			{"http://pay.example/p/" + own, guitai.ScanForged, "our_address", "pay.example"},
			{"https://PAY.example/p/x", guitai.ScanForged, "our_address", "pay.example"},
			{"https://pay.example@evil.example/p/" + own, guitai.ScanForeign, "imitation", "evil.example"},
			{"https://pay.example.evil.example/p/x", guitai.ScanForeign, "address", "pay.example.evil.example"},
			{"https://pay.example/p/" + payment, guitai.ScanOther, "own_payment", ""},
			{"https://pay.example/till", guitai.ScanOther, "own_page", ""},
			{"wxp://f2f0abc", guitai.ScanForeign, "wechat", ""},
			{"HTTPS://QR.ALIPAY.COM/FKX1", guitai.ScanForeign, "alipay", "qr.alipay.com"},
			{"https://qr.95516.com/1", guitai.ScanForeign, "unionpay", "qr.95516.com"},
			{"000201010211", guitai.ScanForeign, "emv", ""},
			{"130000000000000000", guitai.ScanOther, "payer", ""},
			{"6901234567892", guitai.ScanOther, "goods", ""},
		} {
			s := w.scan(c.text).Scan
			if s.Verdict != c.verdict || s.Kind != c.kind || s.Host != c.host {
				t.Errorf("%q is %+v", c.text, s)
			}
			if keep := s.Verdict.Alarming(); keep != (s.Text != "") {
				t.Errorf("%q: kept %q", c.text, s.Text)
			}
		}
	})
}

// TestRound: what was not seen is named; the report stays as it was; the same
// calls again change nothing.
func TestRound(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		o, m, other, _ := withCodes(t, dsn)
		_, door := o.hang(t, m, "门口")
		table, _ := o.hang(t, m, "三号桌")
		w := o.walk(t, m)
		o.shift.Add(int64(time.Second))
		o.hang(t, m, "刚做的")
		w.scan(door)
		once := office.Scanned{Merchant: m, Round: w.ID, ID: "s1", Text: "wxp://f2f0"}
		a, err1 := o.ScanCode(t.Context(), once)
		b, err2 := o.ScanCode(t.Context(), once)
		if errors.Join(err1, err2) != nil || a.Scan != b.Scan {
			t.Errorf("%+v %+v %v %v", a, b, err1, err2)
		}
		r, err := o.Round(t.Context(), m, w.ID)
		if err != nil || len(r.Found) != 1 || len(r.Missing) != 1 || r.Missing[0].Code.Token != table.Token || len(r.Scans) != 2 || r.Clean() {
			t.Fatalf("%+v %v", r, err)
		}
		for range 2 {
			if err := o.EndRound(t.Context(), m, w.ID, "stf_2"); err != nil {
				t.Fatal(err)
			}
			o.shift.Add(int64(time.Hour))
		}
		if err := o.RevokeCode(t.Context(), m, table.Token, ""); err != nil {
			t.Fatal(err)
		}
		then, err := o.Round(t.Context(), m, w.ID)
		if err != nil || len(then.Missing) != 1 || then.Missing[0].Code.Token != table.Token || then.Round.EndedBy != "stf_2" ||
			then.Round.EndedAt.Sub(w.StartedAt) > time.Minute || then.Shop.Name != "一家店" {
			t.Errorf("%+v %v", then, err)
		}
		if again, err := o.ScanCode(t.Context(), once); err != nil || again.Scan != a.Scan {
			t.Errorf("the same scan after the end: %+v %v", again, err)
		}
		_, err = o.ScanCode(t.Context(), office.Scanned{Merchant: m, Round: w.ID, Text: door})
		wants(t, "a scan after the end", err, guitai.CodeRoundEnded)
		_, err = o.Round(t.Context(), other, w.ID)
		wants(t, "another's round", err, guitai.CodeRoundNotFound)
		wants(t, "another's end", o.EndRound(t.Context(), other, w.ID, ""), guitai.CodeRoundNotFound)
		_, err = o.ScanCode(t.Context(), office.Scanned{Merchant: other, Round: w.ID, Text: door})
		wants(t, "another's scan", err, guitai.CodeRoundNotFound)
		_, err = o.Round(t.Context(), m, "\x00")
		wants(t, "no name", err, guitai.CodeRoundNotFound)
	})
}

func wants(t *testing.T, what string, err error, code guitai.Code) {
	t.Helper()
	if e := guitai.AsError(err); e == nil || e.Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

// TestRoundWords: what cannot be scanned or begun.
func TestRoundWords(t *testing.T) {
	o, m, _, _ := withCodes(t, testkit.SQLite(t))
	w := o.walk(t, m)
	for text, code := range map[string]guitai.Code{"": guitai.CodeCodeMissing, " \n": guitai.CodeCodeMissing,
		strings.Repeat("a", 2049): guitai.CodeCodeTooLong} {
		_, err := o.ScanCode(t.Context(), office.Scanned{Merchant: m, Round: w.ID, Text: text})
		wants(t, fmt.Sprintf("%.10q", text), err, code)
	}
	_, err := o.ScanCode(t.Context(), office.Scanned{Merchant: m, Round: w.ID, ID: "a b", Text: "x"})
	wants(t, "name of a scan", err, guitai.CodeIDMalformed)
	_, err = o.StartRound(t.Context(), office.NewRound{Merchant: m, Request: "a b"})
	wants(t, "name of a round", err, guitai.CodeIDMalformed)
	_, err = o.StartRound(t.Context(), office.NewRound{Merchant: m, Shop: "shp_none"})
	wants(t, "no such shop", err, guitai.CodeFieldInvalid)
	if s := w.scan("https://evil.example/\x00\u202e\x1b"); strings.ContainsAny(s.Scan.Text, "\x00\u202e\x1b") {
		t.Errorf("%q is kept", s.Scan.Text)
	}
	one, err1 := o.StartRound(t.Context(), office.NewRound{Merchant: m, Request: "r1"})
	two, err2 := o.StartRound(t.Context(), office.NewRound{Merchant: m, Request: "r1"})
	if errors.Join(err1, err2) != nil || one.ID != two.ID {
		t.Errorf("%+v %+v", one, two)
	}
	list, err := o.Rounds(t.Context(), m, "", office.RoundPlace{}, 9)
	if err != nil || len(list) != 2 || list[0].Round.ID != one.ID {
		t.Errorf("%+v %v", list, err)
	}
}

// TestScansAtOnce: two people scan the same code at the same moment; it counts
// as ours once, and every scan has its place.
func TestScansAtOnce(t *testing.T) {
	testkit.Engines(t, func(t *testing.T, dsn string) {
		o, m, _, _ := withCodes(t, dsn)
		_, door := o.hang(t, m, "门口")
		w := o.walk(t, m)
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				_, err := o.ScanCode(t.Context(), office.Scanned{Merchant: m, Round: w.ID, ID: fmt.Sprint("s", i/2), Text: door})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		r, err := o.Round(t.Context(), m, w.ID)
		if err != nil || len(r.Scans) != 3 || len(r.Found) != 1 {
			t.Fatalf("%+v %v", r, err)
		}
		for i, s := range r.Scans {
			want := guitai.ScanDoubled
			if i == 0 {
				want = guitai.ScanOurs
			}
			if s.Scan.Place != i+1 || s.Scan.Verdict != want {
				t.Errorf("%+v", s.Scan)
			}
		}
	})
}
