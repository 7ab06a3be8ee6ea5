package unionpay

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
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

// zm is a line of ZM with these cells by number; the rest is blank.
func zm(cells map[int]string) string {
	all := map[int]string{1: "S22", 5: "1121110000", 6: "621626*********0401", 7: "000000001250", 10: "202611210000000000001", 12: "G20261121000001",
		16: "D000000000005", 20: "01", 21: "06", 28: merID}
	maps.Copy(all, cells)
	var parts []string
	for i, width := range zmColumns() {
		parts = append(parts, fmt.Sprintf("%-*s", width, all[i+1]))
	}
	return strings.Join(parts, " ")
}

func refundLine() string {
	return zm(map[int]string{1: "S31", 5: "1120233000", 7: "000000000250", 10: "202611210000000000002", 12: "R20261121000001", 16: "C000000000001",
		20: "04", 21: "00", 27: "202611210000000000001", 41: "G20261121000001"})
}

func TestFetchBill(t *testing.T) {
	content := packed(t, "INN26112088ZM_"+merID, zm(nil)+"\r\n"+refundLine()+"\r\n", "INN26112088ZME_"+merID, "E22 \xd6\xd0\r\n", "other", "x\n")
	g := newGateway(t, func(asked url.Values) string {
		return raw(sealed(t, echo(asked, "respCode", "00", "settleDate", asked.Get("settleDate"), "fileName", "x.zip", "fileContent", content)))
	})
	c := open(t, options(g.URL))
	ask := channel.BillRequest{Kind: channel.TradeBill, Day: "2026-11-20"}
	var text bytes.Buffer
	a := c.FetchBill(t.Context(), ask, &text)
	if a.Outcome != channel.BillFetched || text.String() != zm(nil)+"\r\n"+refundLine()+"\r\nZME\r\nE22 \xd6\xd0\r\n" {
		t.Fatalf("%s %q", a.Outcome, text.String())
	}
	form, path := g.last()
	if path != "/" || form.Get("settleDate") != "1120" || form.Get("fileType") != "00" || form.Get("txnType")+form.Get("txnSubType") != "7601" ||
		form.Get("txnTime") != "20261121120000" || form.Has("orderId") || form.Has("channelType") {
		t.Errorf("asked %s at %s", form.Encode(), path)
	}
	if len(a.Messages) != 1 || strings.Contains(a.Messages[0].In, content[:40]) {
		t.Errorf("messages %+v", a.Messages)
	}
	var lines []channel.BillLine
	sum, err := c.ReadBill(ask, &text, func(l channel.BillLine) error { lines = append(lines, l); return nil })
	if err != nil || len(lines) != 3 {
		t.Fatalf("%v %+v", err, lines)
	}
	want := []channel.BillLine{
		{N: 1, Kind: channel.BillPayment, At: time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC), OrderNo: "G20261121000001", WalletNo: "202611210000000000001",
			Amount: guitai.Fen(1250), Fee: guitai.Fen(5), State: "S22", Payer: "621626*********0401", Balance: guitai.Fen(0)},
		{N: 2, Kind: channel.BillRefund, At: time.Date(2026, 11, 20, 15, 30, 0, 0, time.UTC), OrderNo: "G20261121000001", WalletNo: "202611210000000000001",
			RefundNo: "R20261121000001", BackNo: "202611210000000000002", Amount: guitai.Fen(-250), Fee: guitai.Fen(-1), State: "S31",
			Payer: "621626*********0401", Balance: guitai.Fen(0)},
		{N: 4, Kind: channel.BillOther, At: time.Date(2026, 11, 19, 16, 0, 0, 0, time.UTC), Amount: guitai.Fen(0), Fee: guitai.Fen(0), Balance: guitai.Fen(0), State: "ZME E22 ??"},
	}
	for i, w := range want {
		if lines[i] != w {
			t.Errorf("line %d:\n%+v, want\n%+v", i, lines[i], w)
		}
	}
	if sum != (channel.BillSum{Payments: 1, Refunds: 1, Paid: guitai.Fen(1250), Refunded: guitai.Fen(-250), Fee: guitai.Fen(4)}) {
		t.Errorf("%+v", sum)
	}
}

func TestFetchBillRefused(t *testing.T) {
	for name, c := range map[string]struct {
		pairs []string
		want  channel.BillOutcome
	}{
		"no file yet":  {[]string{"respCode", "98", "settleDate", "1121"}, channel.BillNotReady},
		"no right":     {[]string{"respCode", "32"}, channel.BillRefused},
		"refused":      {[]string{"respCode", "11"}, channel.BillUnknown},
		"another day":  {[]string{"respCode", "00", "settleDate", "1120", "fileContent", packed(t)}, channel.BillUnknown},
		"no content":   {[]string{"respCode", "00", "settleDate", "1121"}, channel.BillUnknown},
		"not base64":   {[]string{"respCode", "00", "settleDate", "1121", "fileContent", "!"}, channel.BillUnknown},
		"not zlib":     {[]string{"respCode", "00", "settleDate", "1121", "fileContent", "AAAA"}, channel.BillUnknown},
		"endless line": {[]string{"respCode", "00", "settleDate", "1121", "fileContent", packed(t, "aZM_", strings.Repeat("x", maxLine+1))}, channel.BillUnknown},
	} {
		var text bytes.Buffer
		a := saying(t, c.pairs...).FetchBill(t.Context(), channel.BillRequest{Kind: channel.TradeBill, Day: "2026-11-21"}, &text)
		if a.Outcome != c.want || text.Len() != 0 || len(a.Messages) != 1 {
			t.Errorf("%s: %s with %d bytes and %d messages, want %s", name, a.Outcome, text.Len(), len(a.Messages), c.want)
		}
	}
	o := options("https://gateway.95516.com")
	nobody := open(t, o)
	o.FileURL = ""
	for name, c := range map[string]struct {
		ch   *Channel
		ask  channel.BillRequest
		want channel.BillOutcome
	}{
		"without an address": {open(t, o), channel.BillRequest{Kind: channel.TradeBill, Day: "2026-11-20"}, channel.BillUnavailable},
		"funds":              {nobody, channel.BillRequest{Kind: channel.FundBill, Day: "2026-11-20"}, channel.BillRefused},
		"no day":             {nobody, channel.BillRequest{Kind: channel.TradeBill, Day: "1120"}, channel.BillRefused},
		"long ago":           {nobody, channel.BillRequest{Kind: channel.TradeBill, Day: "2025-11-20"}, channel.BillRefused},
		"to come":            {nobody, channel.BillRequest{Kind: channel.TradeBill, Day: "2026-11-23"}, channel.BillNotReady},
	} {
		if a := c.ch.FetchBill(t.Context(), c.ask, io.Discard); a.Outcome != c.want || len(a.Messages) != 0 {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if a := saying(t, "respCode", "98").FetchBill(t.Context(), channel.BillRequest{Kind: channel.TradeBill, Day: "2026-11-19"}, io.Discard); a.Outcome != channel.BillEmpty {
		t.Errorf("nothing happened: %+v", a)
	}
	// A bomb: 1 GiB of zeros in a megabyte.
	if _, err := unpack(packed(t, "a", strings.Repeat("\n", maxUnpacked+1))); err == nil {
		t.Error("a bomb was unpacked")
	}
}

func readBill(t testing.TB, text string) ([]channel.BillLine, channel.BillSum, error) {
	var lines []channel.BillLine
	c := &Channel{merID: merID}
	ask := channel.BillRequest{Kind: channel.TradeBill, Day: "2026-01-01"}
	sum, err := c.ReadBill(ask, strings.NewReader(text), func(l channel.BillLine) error { lines = append(lines, l); return nil })
	return lines, sum, err
}

func TestReadBill(t *testing.T) {
	for name, cells := range map[string]map[int]string{
		"no amount": {7: ""}, "letters": {7: "00000000125x"}, "no time": {5: "1121"}, "no such time": {5: "1332110000"}, "another merchant": {28: "777290000000002"},
		"a fee of nobody's": {16: "X000000000005"}, "half a fee": {16: "D5"}, "no names": {10: "", 12: ""}, "a name that is none": {12: "G2026'--"},
	} {
		if lines, _, err := readBill(t, zm(cells)); err == nil {
			t.Errorf("%s: %+v", name, lines)
		}
	}
	for name, text := range map[string]string{
		"too long": zm(nil) + " x", "shifted": " " + zm(nil), "short": "S22 1", "endless": strings.Repeat("a", maxLine+5),
	} {
		if lines, _, err := readBill(t, text); err == nil {
			t.Errorf("%s: %+v", name, lines)
		}
	}
	// Blanks at the end may be lost; a bill of New Year's Day begins on the evening
	// before; what is neither a payment nor a refund is for a person.
	lines, sum, err := readBill(t, strings.TrimRight(zm(map[int]string{5: "1231233000"}), " ")+"\n\n"+zm(map[int]string{20: "99"}))
	if err != nil || len(lines) != 2 || lines[0].At.Year() != 2025 || lines[1].Kind != channel.BillOther || lines[1].N != 3 || sum.Payments != 1 {
		t.Errorf("%v %+v %+v", err, lines, sum)
	}
	stop := errors.New("enough")
	c := &Channel{merID: merID}
	if _, err := c.ReadBill(channel.BillRequest{Kind: channel.TradeBill, Day: "2026-01-01"}, strings.NewReader(zm(nil)),
		func(channel.BillLine) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of each: %v", err)
	}
}

func FuzzReadBill(f *testing.F) {
	f.Add(zm(nil) + "\r\n" + refundLine() + "\r\nZME\r\nx")
	f.Add("ZME\n\xd6\xd0")
	f.Add(zm(map[int]string{16: "", 20: "31"}))
	f.Fuzz(func(t *testing.T, text string) {
		lines, sum, err := readBill(t, text)
		var paid, back, fee int64
		for _, l := range lines {
			fee += l.Fee.Fen
			switch l.Kind {
			case channel.BillPayment:
				paid += l.Amount.Fen
			case channel.BillRefund:
				back += l.Amount.Fen
				if l.Amount.Fen > 0 {
					t.Fatalf("a refund of %d", l.Amount.Fen)
				}
			}
		}
		if err == nil && (paid != sum.Paid.Fen || back != sum.Refunded.Fen || fee != sum.Fee.Fen) {
			t.Fatalf("%+v, lines %+v", sum, lines)
		}
	})
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
			for _, line := range m.lines {
				if len(line) == 0 || len(line) > maxLine || bytes.ContainsRune(line, '\n') {
					t.Fatalf("line %q", line)
				}
			}
		}
	})
}
