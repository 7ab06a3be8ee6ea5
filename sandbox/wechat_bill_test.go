package sandbox_test

import (
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
	"guitai/sandbox/wallet"
	"guitai/sandbox/wechat"
)

// desk opens a second provider over a street's book and keys, with what the
// street would tell it of bills.
func desk(t *testing.T, dir string, d wallet.Desk) *merchant {
	t.Helper()
	d.Dir, d.Rand, d.Faults = filepath.Join(dir, "wechat"), rand.Reader, fault.New(fault.Options{})
	p := ok(wechat.Open(d))(t)
	server := httptest.NewServer(p.Doors()[0].Handler)
	t.Cleanup(server.Close)
	m := newMerchant(t, dir)
	m.now, m.c.BaseURL = d.Now, server.URL
	return m
}

func (m *merchant) download(t *testing.T, a answer3) (int, string) {
	t.Helper()
	u := ok(url.Parse(a.str("download_url")))(t)
	resp := ok(m.client.Do(m.request3("GET", u.RequestURI(), nil)))(t)
	defer resp.Body.Close()
	raw := new(strings.Builder)
	for b := make([]byte, 4096); ; {
		n, err := resp.Body.Read(b)
		raw.Write(b[:n])
		if err != nil {
			return resp.StatusCode, raw.String()
		}
	}
}

// TestBillOfADay: a day's bill counts up to the cut that the street says, the
// rest is in the next day's; it is fetched by a token that soon dies.
func TestBillOfADay(t *testing.T) {
	dir := newDir(t)
	s := openStreet(t, dir, 20)
	zone := time.FixedZone("", 8*3600)
	now := time.Now()
	today, tomorrow := now.In(zone).Format(time.DateOnly), now.In(zone).AddDate(0, 0, 1).Format(time.DateOnly)
	cuts := map[string]time.Time{}
	m := desk(t, dir, wallet.Desk{Book: s.Book(), Now: func() time.Time { return now }, BillReady: func(day string) (time.Time, bool) {
		cut, ok := cuts[day]
		return cut, ok
	}})
	pay := func(no string) {
		if _, err := s.Book().Pay(m.shown(no, 1000, nowhere), "", book.Normal); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(day string) answer3 { return m.v3("GET", "/v3/bill/tradebill?bill_date="+day, nil) }
	pay("bill-0001")
	if a := ask(today); a.code != 400 || a.str("code") != "STATEMENT_CREATING" {
		t.Errorf("before the cut: %d %s", a.code, a.body)
	}
	cuts[today] = time.Now()
	pay("bill-0002")
	a := ask(today)
	code, text := m.download(t, a)
	sum := sha1.Sum([]byte(text))
	if code != 200 || a.str("hash_value") != hex.EncodeToString(sum[:]) || !strings.Contains(text, ",`bill-0001,`") || strings.Contains(text, "bill-0002") || !strings.HasPrefix(text, "\ufeff交易时间,") {
		t.Errorf("%d %s", code, text)
	}
	now = now.Add(6 * time.Minute)
	if code, text := m.download(t, a); code != 400 || strings.Contains(text, "交易时间") {
		t.Errorf("an old token: %d %s", code, text)
	}
	now = now.AddDate(0, 0, 1)
	cuts[tomorrow] = now
	if _, text := m.download(t, ask(tomorrow)); !strings.Contains(text, ",`bill-0002,`") || strings.Contains(text, "bill-0001") {
		t.Errorf("the next day: %s", text)
	}
	for day, want := range map[string]string{"2020-01-01": "INVALID_REQUEST", "soon": "PARAM_ERROR", "2999-01-01": "INVALID_REQUEST"} {
		if a := ask(day); a.code != 400 || a.str("code") != want {
			t.Errorf("%s: %d %s", day, a.code, a.body)
		}
	}
}

// TestBillSpoilt: the street can make a bill lie, and its sums lie along.
func TestBillSpoilt(t *testing.T) {
	dir := newDir(t)
	s := openStreet(t, dir, 20)
	today := time.Now().In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
	m := desk(t, dir, wallet.Desk{Book: s.Book(), Now: time.Now,
		BillReady: func(day string) (time.Time, bool) { return time.Now(), day == today },
		SpoilBill: func(rows []book.Row) []book.Row {
			for i := range rows {
				rows[i].AmountFen += 5
			}
			return append(rows, rows...)
		}})
	if _, err := s.Book().Pay(m.shown("spoilt-0001", 1000, nowhere), "", book.Normal); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/v3/bill/tradebill?bill_date=" + today:                            "\n`2,`20.10,`0.00,`0.00,`0.12000,`20.10,`0.00\r\n",
		"/v3/bill/fundflowbill?bill_date=" + today + "&account_type=BASIC": "\n`4,`2,`20.10,`2,`0.12\r\n",
	} {
		if code, text := m.download(t, m.v3("GET", path, nil)); code != 200 || !strings.HasSuffix(text, want) {
			t.Errorf("%s: %d %s", path, code, text)
		}
	}
}
