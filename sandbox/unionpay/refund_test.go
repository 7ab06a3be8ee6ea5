package unionpay_test

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/unionpay"
)

// done asks until origRespCode is no longer 05.
func (s *shop) done(f map[string]string) map[string]string {
	s.t.Helper()
	for range 100 {
		if a := s.ask(f); a["origRespCode"] != "05" {
			return a
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.t.Fatal("not done")
	return nil
}

func TestRefund(t *testing.T) {
	s := openShop(t, 100)
	f, a := s.consume("GREFUND01", book.Normal)
	refund := func(no, fen string, pairs ...string) map[string]string {
		return s.message("04/00", no, append([]string{"txnAmt", fen, "origQryId", a["queryId"]}, pairs...)...)
	}
	r := refund("RREFUND01", "300")
	ra := s.call(r)
	says(t, "refund", ra, "00", "")
	if q := s.done(r); q["origRespCode"] != "00" || q["txnAmt"] != "300" || q["queryId"] != ra["queryId"] || q["txnType"] != "04" || q["origQryId"] != a["queryId"] {
		t.Errorf("%v", q)
	}
	says(t, "the same again", s.call(r), "12", "")
	says(t, "its number, another amount", s.call(refund("RREFUND01", "301")), "12", "")
	says(t, "the order's number", s.call(refund("GREFUND01", "1")), "12", "")
	says(t, "too much", s.call(refund("RREFUND02", "581")), "36", "")
	says(t, "no such original", s.call(refund("RREFUND03", "1", "origQryId", "202611210000000000000")), "35", "")
	says(t, "no original", s.call(refund("RREFUND04", "1", "origQryId", "")), "13", "")
	says(t, "the rest, by the order's names", s.call(refund("RREFUND05", "580", "origQryId", "", "origOrderId", "GREFUND01", "origTxnTime", f["txnTime"])), "00", "")
	says(t, "more", s.call(refund("RREFUND06", "1")), "45", "")
	says(t, "a void after it", s.call(s.message("31/00", "VREFUND01", "txnAmt", "880", "origQryId", a["queryId"])), "45", "")
	says(t, "a reversal after it", s.call(s.message("99/01", "GREFUND01", "txnTime", f["txnTime"])), "45", "")

	_, a = s.consume("GGONE0001", book.RefundAbnormal)
	r = refund("RGONE0001", "880")
	says(t, "accepted", s.call(r), "00", "")
	if q := s.done(r); q["origRespCode"] != "63" {
		t.Errorf("an account that is gone: %v", q)
	}
	_, a = s.consume("GOLD00001", book.Normal)
	s.clock.pass(331 * 24 * time.Hour)
	says(t, "eleven months later", s.call(refund("ROLD00001", "1")), "39", "")
}

func TestVoidAndReverse(t *testing.T) {
	s := openShop(t, 100)
	_, a := s.consume("GVOID0001", book.Normal)
	void := func(no, fen string) map[string]string {
		return s.message("31/00", no, "txnAmt", fen, "origQryId", a["queryId"])
	}
	says(t, "a part", s.call(void("VVOID0001", "879")), "36", "")
	v := void("VVOID0002", "880")
	says(t, "void", s.call(v), "00", "")
	if q := s.done(v); q["origRespCode"] != "00" || q["txnType"] != "31" {
		t.Errorf("%v", q)
	}
	says(t, "again", s.call(void("VVOID0003", "880")), "45", "")

	f, _ := s.consume("GREV00001", book.Normal)
	reverse := func(f map[string]string) map[string]string {
		return s.call(s.message("99/01", f["orderId"], "txnTime", f["txnTime"]))
	}
	says(t, "reversal of a paid one", reverse(f), "00", "")
	says(t, "query", s.ask(f), "00", "46")
	says(t, "again", reverse(f), "46", "")
	o, err := s.street.Book().Find(book.Ref{Wallet: book.UnionPay, OrderNo: "GREV00001"})
	if err != nil || o.ChargedFen != 880 || o.GivenBackFen != 880 {
		t.Errorf("%+v %v", o, err)
	}
	f, _ = s.consume("GREV00002", book.AskPassword)
	says(t, "reversal of one under way", reverse(f), "00", "")
	says(t, "query", s.ask(f), "00", "46")
	f, _ = s.consume("GREV00003", book.Poor)
	says(t, "reversal of a failed one", reverse(f), "35", "")
	says(t, "reversal of none", reverse(s.message("", "GNEVER001")), "35", "")

	s.clock.pass(10*time.Hour + 59*time.Minute) // 22:59 in Beijing
	f, a = s.consume("GLATE0001", book.Normal)
	s.clock.pass(time.Minute)
	says(t, "void after 23:00", s.call(void("VLATE0001", "880")), "39", "")
	says(t, "reversal after 23:00", reverse(f), "39", "")
	says(t, "a refund still goes", s.call(s.message("04/00", "RLATE0001", "txnAmt", "880", "origQryId", a["queryId"])), "00", "")
}

func TestNoticeSchedule(t *testing.T) {
	gaps := unionpay.Policy().NoticeGaps
	if len(gaps) != 4 || gaps[0] != time.Minute || gaps[3] != 5*time.Minute {
		t.Errorf("gaps %v", gaps)
	}
	s := openShop(t, 10_000)
	for code, want := range map[int]int64{http.StatusInternalServerError: 5, http.StatusOK: 1, http.StatusFound: 1} {
		var n atomic.Int64
		came := make(chan url.Values, 8)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseForm(); err != nil {
				t.Error(err)
			}
			n.Add(1)
			came <- r.PostForm
			w.WriteHeader(code)
		}))
		t.Cleanup(server.Close)
		no := "GNOTICE" + http.StatusText(code)[:2]
		f, a := s.consume(no, book.Normal, "backUrl", server.URL, "reqReserved", "{a=1&b=2}")
		form := <-came
		told := map[string]string{}
		for name := range form {
			told[name] = form.Get(name)
		}
		if err := s.fits(told); err != nil {
			t.Errorf("%d: %v", code, err)
		}
		if told["orderId"] != no || told["txnTime"] != f["txnTime"] || told["queryId"] != a["queryId"] || told["txnAmt"] != "880" ||
			told["respCode"] != "00" || told["reqReserved"] != "{a=1&b=2}" || told["txnSubType"] != "06" {
			t.Errorf("%d: told %v", code, told)
		}
		for range 300 {
			list, err := s.street.Book().Notices(book.Ref{Wallet: book.UnionPay, OrderNo: no})
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			if list[0].State != book.NoticeDue {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if n.Load() != want {
			t.Errorf("%d: %d deliveries, want %d", code, n.Load(), want)
		}
	}
	// Failures are not told.
	s.consume("GPOOR0001", book.Poor, "backUrl", "http://127.0.0.1:1/")
	if list, err := s.street.Book().Notices(book.Ref{Wallet: book.UnionPay, OrderNo: "GPOOR0001"}); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
}

func TestFile(t *testing.T) {
	s := openShop(t, 1000)
	f, a := s.consume("GFILE0001", book.Normal)
	s.consume("GFILE0002", book.Poor)
	g, _ := s.consume("GFILE0003", book.Normal)
	says(t, "reversal", s.call(s.message("99/01", "GFILE0003", "txnTime", g["txnTime"])), "00", "")
	r := s.message("04/00", "RFILE0001", "txnAmt", "100", "origQryId", a["queryId"])
	says(t, "refund", s.call(r), "00", "")
	s.done(r)
	file := func(mmdd string) map[string]string {
		f := s.message("76/01", "", "settleDate", mmdd, "fileType", "00")
		return s.call(f)
	}
	says(t, "a day that is not over", file("1121"), "98", "")
	s.clock.pass(22 * time.Hour) // 10:00 of the next day
	b := file("1121")
	says(t, "file", b, "00", "")
	z, err := zlib.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(b["fileContent"])))
	if err != nil {
		t.Fatal(err)
	}
	packed := s.must(io.ReadAll(z))
	pack, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{}
	for _, m := range pack.File {
		r, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		text[m.Name] = string(s.must(io.ReadAll(r)))
	}
	lines := strings.Split(strings.TrimSuffix(text["INN26112188ZM_"+s.c.MerID], "\r\n"), "\r\n")
	if _, ok := text["INN26112188ZME_"+s.c.MerID]; !ok || len(lines) != 2 {
		t.Fatalf("%q", text)
	}
	cell := func(line string, width ...int) string { // from, to
		return strings.TrimSpace(line[width[0]:width[1]])
	}
	// Widths 3,11,11,6,10,19,12,4,2,21,2,32 with one blank between.
	if len(lines[0]) != 607 || cell(lines[0], 0, 3) != "S22" || cell(lines[0], 66, 78) != "000000000880" || cell(lines[0], 87, 108) != a["queryId"] ||
		cell(lines[0], 112, 144) != f["orderId"] {
		t.Errorf("%d bytes: %q", len(lines[0]), lines[0])
	}
	if cell(lines[1], 66, 78) != "000000000100" || cell(lines[1], 112, 144) != "RFILE0001" || !strings.Contains(lines[1], a["queryId"]) || !strings.Contains(lines[1], "GFILE0001") {
		t.Errorf("%q", lines[1])
	}
	says(t, "a day without trades", file("1120"), "00", "")
	says(t, "long ago", file("0101"), "98", "")
	says(t, "no day", file("1332"), "98", "")
	says(t, "not a day", file("x"), "10", "")
}
