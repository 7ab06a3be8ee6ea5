package unionpay

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"guitai"
)

// packed is fileContent of these members.
func packed(t testing.TB, members ...string) string {
	t.Helper()
	var zipped, out bytes.Buffer
	z := zip.NewWriter(&zipped)
	for i := 0; i < len(members); i += 2 {
		w, err := z.Create(members[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(members[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	d := zlib.NewWriter(&out)
	if _, err := d.Write(zipped.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

func TestBill(t *testing.T) {
	content := packed(t, "INN26112088ZM_"+merID, "S22 one\r\nS22 two\xd6\xd0\r\n", "INN26112088ZME_"+merID, "")
	g := newGateway(t, func(asked url.Values) string {
		return raw(sealed(t, echo(asked, "respCode", "00", "settleDate", asked.Get("settleDate"), "fileName", "x.zip", "fileContent", content)))
	})
	c := open(t, options(g.URL))
	b, err := c.Bill(t.Context(), time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	if b.Name != "x.zip" || len(b.Members) != 2 || len(b.Members[0].Lines) != 2 || string(b.Members[0].Lines[1]) != "S22 two\xd6\xd0" || len(b.Members[1].Lines) != 0 {
		t.Errorf("%+v", b)
	}
	form, path := g.last()
	if path != "/" || form.Get("settleDate") != "1120" || form.Get("fileType") != "00" || form.Get("txnType")+form.Get("txnSubType") != "7601" ||
		form.Get("txnTime") != "20261121120000" || form.Has("orderId") || form.Has("channelType") {
		t.Errorf("asked %s at %s", form.Encode(), path)
	}
	if len(b.Messages) != 1 || strings.Contains(b.Messages[0].In, content[:40]) {
		t.Errorf("messages %+v", b.Messages)
	}
}

func TestBillRefused(t *testing.T) {
	for name, c := range map[string]struct {
		pairs []string
		kind  guitai.Kind
	}{
		"no file":      {[]string{"respCode", "98", "settleDate", "1121"}, guitai.NotFound},
		"refused":      {[]string{"respCode", "11"}, guitai.Unknown},
		"another day":  {[]string{"respCode", "00", "settleDate", "1120", "fileContent", packed(t)}, guitai.Unknown},
		"no content":   {[]string{"respCode", "00", "settleDate", "1121"}, guitai.Unknown},
		"not base64":   {[]string{"respCode", "00", "settleDate", "1121", "fileContent", "!"}, guitai.Unknown},
		"not zlib":     {[]string{"respCode", "00", "settleDate", "1121", "fileContent", "AAAA"}, guitai.Unknown},
		"endless line": {[]string{"respCode", "00", "settleDate", "1121", "fileContent", packed(t, "a", strings.Repeat("x", maxLine+1))}, guitai.Unknown},
	} {
		b, err := saying(t, c.pairs...).Bill(t.Context(), noon())
		if !c.kind.Is(err) || len(b.Members) != 0 || len(b.Messages) != 1 {
			t.Errorf("%s: %v with %d members and %d messages", name, err, len(b.Members), len(b.Messages))
		}
		if got := errors.Is(err, ErrNoBill); got != (c.kind == guitai.NotFound) {
			t.Errorf("%s: ErrNoBill %t", name, got)
		}
	}
	o := options("https://gateway.95516.com")
	o.FileURL = ""
	if _, err := open(t, o).Bill(t.Context(), noon()); !guitai.Unavailable.Is(err) {
		t.Errorf("without an address: %v", err)
	}
	// A bomb: 1 GiB of zeros in a megabyte.
	if _, err := unpack(packed(t, "a", strings.Repeat("\n", maxUnpacked+1))); err == nil {
		t.Error("a bomb was unpacked")
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(packed(f, "a", "1\r\n2\n", "b", ""))
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, content string) {
		members, err := unpack(content)
		if err != nil {
			return
		}
		for _, m := range members {
			for _, line := range m.Lines {
				if len(line) == 0 || len(line) > maxLine || bytes.ContainsRune(line, '\n') {
					t.Fatalf("line %q", line)
				}
			}
		}
	})
}
