package alipay

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/internal/testkit"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
	"guitai/sandbox/wallet"
)

// openDesk is a provider by itself, without a street.
func openDesk(t *testing.T, change func(*wallet.Desk)) (*Provider, string) {
	t.Helper()
	dir := testkit.CopyFolder(t)
	keys := filepath.Join(dir, "alipay")
	b, err := book.Open(book.Options{
		Path: filepath.Join(dir, "journal.jsonl"), Now: time.Now, Rand: rand.Reader, Speed: 1,
		Policies: map[book.Wallet]book.Policy{book.Alipay: Policy()},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	d := wallet.Desk{Dir: keys, Book: b, Faults: fault.New(fault.Options{}), Now: time.Now, Rand: rand.Reader}
	if change != nil {
		change(&d)
	}
	p, err := Open(d)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(p.Doors()[0].Handler)
	t.Cleanup(s.Close)
	return p, s.URL
}

func TestCheckHandOver(t *testing.T) {
	p, _ := openDesk(t, nil)
	who, err := p.holder("")
	if err != nil {
		t.Fatal(err)
	}
	own, err := p.book.Show(book.Bill{Wallet: book.Alipay, OrderNo: "H1", AmountFen: 100, Subject: "x", For: who.OpenID})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := p.book.Show(book.Bill{Wallet: book.Alipay, OrderNo: "H2", AmountFen: 100, Subject: "x"})
	if err != nil {
		t.Fatal(err)
	}
	for name, params := range map[string]map[string]string{
		"nothing": nil, "no trade": {"tradeNO": strings.Repeat("1", 28)}, "letters": {"tradeNO": "x"},
		"another's name": {"tradeNo": own.Number}, "a shown code": {"tradeNO": shown.Number},
	} {
		if code, err := p.CheckHandOver(params); err == nil {
			t.Errorf("%s: %q", name, code)
		}
	}
	code, err := p.CheckHandOver(map[string]string{"tradeNO": own.Number})
	if err != nil || code != own.Code || !strings.HasPrefix(code, "tradeNO=") {
		t.Fatalf("%q %v, want %q", code, err, own.Code)
	}
	if _, err := p.book.Pay(code, "alipay-li", book.Normal); err != book.OpenedByOther {
		t.Errorf("somebody else: %v", err)
	}
	if o, err := p.book.Pay(code, "", book.Normal); err != nil || o.State != book.Success {
		t.Errorf("%s %v", o.State, err)
	}
}

// The authorisation page sends nobody anywhere but to a whole address, and
// knows the payers of this wallet only.
func TestAuthorize(t *testing.T) {
	p, at := openDesk(t, nil)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	good := url.Values{"app_id": {p.keys.AppID}, "scope": {"auth_base"}, "redirect_uri": {"https://shop.example/p/1"}, "state": {"s"}}
	for _, c := range []struct{ name, field, value, payer string }{
		{name: "good"},
		{name: "good, by name", payer: "alipay-li"},
		{name: "app", field: "app_id", value: "2021"},
		{name: "scope", field: "scope", value: "auth_user"},
		{name: "script", field: "redirect_uri", value: "javascript:alert(1)"},
		{name: "path", field: "redirect_uri", value: "//shop.example/p"},
		{name: "fragment", field: "redirect_uri", value: "https://shop.example/#x"},
		{name: "state", field: "state", value: strings.Repeat("x", 101)},
		{name: "payer", payer: "wechat-li"},
	} {
		q := url.Values{}
		for name, v := range good {
			q[name] = v
		}
		if c.field != "" {
			q.Set(c.field, c.value)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at+"/oauth2/publicAppAuthorize.htm?"+q.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.payer != "" {
			r.Header.Set(PayerHeader, c.payer)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		want := http.StatusBadRequest
		if strings.HasPrefix(c.name, "good") {
			want = http.StatusFound
		}
		if resp.StatusCode != want || want == http.StatusFound && !strings.HasPrefix(resp.Header.Get("Location"), "https://shop.example/p/1?") {
			t.Errorf("%s: %d %s", c.name, resp.StatusCode, resp.Header.Get("Location"))
		}
	}
}

func TestSlips(t *testing.T) {
	var s slips[string]
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	name, err := s.give(rand.Reader, "a", at, at.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.look(name, at.Add(time.Minute)); ok {
		t.Error("a slip counts after its time")
	}
	if what, ok := s.look(name, at); !ok || what != "a" {
		t.Error("a slip does not count")
	}
	if what, ok := s.take(name, at); !ok || what != "a" {
		t.Error("a slip cannot be taken")
	}
	if _, ok := s.take(name, at); ok {
		t.Error("a slip was taken twice")
	}
	for range maxSlips + 5 {
		if _, err := s.give(rand.Reader, "b", at, at.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.kept) > maxSlips {
		t.Errorf("%d slips are out", len(s.kept))
	}
}

// The street says when a bill is ready and up to when it counts, and may have
// it spoilt.
func TestBillDays(t *testing.T) {
	var cut time.Time
	drop := false
	p, _ := openDesk(t, func(d *wallet.Desk) {
		d.BillReady = func(day string) (time.Time, bool) {
			return cut, !cut.IsZero() && day == cut.In(beijing()).Format(time.DateOnly)
		}
		d.SpoilBill = func(rows []book.Row) []book.Row {
			if drop {
				return rows[1:]
			}
			return rows
		}
	})
	for _, no := range []string{"D1", "D2"} {
		o, err := p.book.Show(book.Bill{Wallet: book.Alipay, OrderNo: no, AmountFen: 1000, Subject: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.book.Pay(o.Code, "", book.Normal); err != nil {
			t.Fatal(err)
		}
	}
	now := p.now().In(beijing())
	day := now.Format(time.DateOnly)
	ask := func(day string) (billSlip, error) {
		_, err := p.billQuery(&call{shop: merchant{sellerID: p.keys.SellerID}, host: "h",
			biz: []byte(`{"bill_type":"trade","bill_date":"` + day + `"}`)})
		for _, s := range p.bills.kept {
			if s.what.day == day {
				return s.what, err
			}
		}
		return billSlip{}, err
	}
	if _, err := ask(day); err == nil {
		t.Error("a bill before the street said so")
	}
	rows, err := p.book.Rows(book.Alipay, time.Time{}, p.now().Add(time.Hour))
	if err != nil || len(rows) != 2 {
		t.Fatal(len(rows), err)
	}
	cut = rows[1].At
	s, err := ask(day)
	if err != nil || !s.to.Equal(cut) {
		t.Fatalf("%+v %v", s, err)
	}
	if got, err := p.billRows(s); err != nil || len(got) != 1 || got[0].Order.OrderNo != "D1" {
		t.Errorf("up to the cut: %d rows, %v", len(got), err)
	}
	drop = true
	if got, err := p.billRows(billSlip{seller: p.keys.SellerID, to: p.now().Add(time.Hour)}); err != nil || len(got) != 1 || got[0].Order.OrderNo != "D2" {
		t.Errorf("spoilt: %d rows, %v", len(got), err)
	}
	if _, err := ask(now.AddDate(0, 0, 2).Format(time.DateOnly)); err == nil || !strings.Contains(err.Error(), "INVAILID_ARGUMENTS") {
		t.Errorf("a day to come: %v", err)
	}
}
