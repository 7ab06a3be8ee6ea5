package sandbox

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

// endDay calls the control.
func endDay(t *testing.T, s *Street, body string) (int, string, []walletDay) {
	t.Helper()
	r := httptest.NewRequest("POST", "/control/day-end", strings.NewReader(body))
	r.Host = "localhost"
	w := httptest.NewRecorder()
	s.routes().ServeHTTP(w, r)
	var out struct {
		Day, Code string
		Wallets   []walletDay
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatal(w.Body, err)
	}
	return w.Code, out.Day + out.Code, out.Wallets
}

// sell lets payers pay so many orders at a wallet.
func sell(t *testing.T, s *Street, w book.Wallet, no string, fens ...int64) {
	t.Helper()
	for i, fen := range fens {
		c, err := s.Book().PayerCode(w, "", book.Normal)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Book().Charge(book.Bill{Wallet: w, OrderNo: no + string(rune('A'+i)), AmountFen: fen}, c.Text); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDayEnd(t *testing.T) {
	s := open(t)
	today := time.Now().In(book.Beijing()).Format(time.DateOnly)
	for body, want := range map[string]string{
		`{"day":"2026-13-01"}`: "bad_day", `{"day":"20261101"}`: "bad_day", `{"dya":"x"}`: "bad_json", `{"day":"2126-01-01"}`: "day_ahead",
	} {
		if code, got, _ := endDay(t, s, body); code < 400 || got != want {
			t.Errorf("%s: %d %s, want %s", body, code, got, want)
		}
	}
	sell(t, s, book.WeChat, "DAY", 10_050, 300)
	code, day, wallets := endDay(t, s, `{}`)
	if code != 200 || day != today || len(wallets) != 3 {
		t.Fatalf("%d %s %+v", code, day, wallets)
	}
	sums := func(wallets []walletDay) walletDay {
		w := wallets[slices.IndexFunc(wallets, func(w walletDay) bool { return w.Wallet == book.WeChat })]
		if len(w.Rows) != w.Payments+w.Refunds {
			t.Errorf("%+v", w)
		}
		w.Rows = nil
		return w
	}
	if got := sums(wallets); got.Payments != 2 || got.PaidFen != 10_350 || got.FeeFen != 62 || got.RefundedFen != 0 {
		t.Errorf("%+v", got)
	}
	cut, ok := s.Book().BillReady(book.WeChat, today)
	if !ok {
		t.Fatal("the bill is not ready")
	}
	if _, _, _, err := s.Book().Refund(book.RefundAsk{Ref: book.Ref{Wallet: book.WeChat, OrderNo: "DAYB"}, RefundNo: "R1", AmountFen: 100}); err != nil {
		t.Fatal(err)
	}
	sell(t, s, book.WeChat, "LATER", 1)
	if again, _ := s.Book().BillReady(book.WeChat, today); !again.Equal(cut) {
		t.Error("the bill grows by itself")
	}
	_, _, wallets = endDay(t, s, `{"day":"`+today+`"}`)
	if got := sums(wallets); got.Payments != 3 || got.PaidFen != 10_351 {
		t.Errorf("corrected: %+v", got)
	}
}

// TestSpoiltBills: each way in which a bill can lie, told the same way again,
// until the day is ended anew; the book stays true.
func TestSpoiltBills(t *testing.T) {
	s := open(t)
	day := "2026-03-04"
	at := time.Date(2026, 3, 4, 4, 0, 0, 0, time.UTC)
	rows := []book.Row{}
	for i := range 3 {
		o := book.Order{Wallet: book.Alipay, OrderNo: "ORDER" + string(rune('A'+i)), Number: "2026", AmountFen: 1000, State: book.Success}
		rows = append(rows, book.Row{Kind: book.RowPaid, At: at.Add(time.Duration(i)), Order: o, AmountFen: 1000, FeeFen: 6})
	}
	spoil := s.spoiler.spoil(book.Alipay)
	tell := func(rows []book.Row) string {
		var out []string
		for _, r := range rows {
			out = append(out, string(r.Kind)+" "+r.Order.OrderNo)
		}
		return strings.Join(out, ", ")
	}
	truth := tell(rows)
	for _, c := range []struct {
		kind     fault.Kind
		want     string
		fen, fee int64
	}{
		{fault.BillMissing, "paid ORDERB, paid ORDERC", 2000, 12},
		{fault.BillDouble, "paid ORDERA, paid ORDERB, paid ORDERB, paid ORDERC", 4000, 24},
		{fault.BillAmount, truth, 3001, 18},
		{fault.BillFee, truth, 3000, 19},
		{fault.BillStranger, truth + ", paid NEVERWAS", 7242, 41},
		{fault.BillSwapped, "paid ORDERA, paid ORDERB, refunded ORDERC", 1000, 6},
		{fault.BillLate, "paid ORDERB, paid ORDERC", 2000, 12},
	} {
		if err := s.Faults().Add(fault.Rule{Provider: "alipay", Op: fault.OpBill, Kind: c.kind, Count: 1}); err != nil {
			t.Fatal(err)
		}
		if got := tell(s.spoiler.spoil(book.WeChat)(rows)); got != truth {
			t.Errorf("%s: another wallet tells %s", c.kind, got)
		}
		for range 2 {
			got := spoil(rows)
			var fen, fee int64
			for _, r := range got {
				fen, fee = fen+r.AmountFen, fee+r.FeeFen
			}
			if !strings.HasPrefix(tell(got), c.want) || fen != c.fen || fee != c.fee {
				t.Errorf("%s: %s, %d fen, fee %d; want %s, %d, %d", c.kind, tell(got), fen, fee, c.want, c.fen, c.fee)
			}
		}
		if c.kind == fault.BillLate {
			s.spoiler.ready(book.Alipay)("2026-03-05")
			if got := tell(spoil(nil)); got != "paid ORDERA" {
				t.Errorf("the next day tells %q", got)
			}
		}
		s.spoiler.fresh(book.Alipay, day)
		if got := tell(spoil(rows)); got != truth {
			t.Errorf("corrected after %s: %s", c.kind, got)
		}
	}
	if got := tell(rows); got != truth || rows[0].AmountFen != 1000 || rows[1].FeeFen != 6 {
		t.Errorf("the book was changed: %s", got)
	}
	if len(s.Faults().Rules()) != 0 {
		t.Errorf("rules stand: %v", s.Faults().Rules())
	}
}
