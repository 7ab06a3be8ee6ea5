package wechat_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guitai"
	"guitai/channel"
	"guitai/channel/wechat"
	"guitai/sandbox/book"
	"guitai/sandbox/fault"
)

var _ channel.Biller = (*wechat.Channel)(nil)

// clock can be set forward.
type clock struct{ off atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.off.Load())) }
func (c *clock) forward(d time.Duration) { c.off.Add(int64(d)) }

// dayOf is a day as WeChat Pay counts them.
func dayOf(at time.Time) string { return at.In(time.FixedZone("", 8*3600)).Format(time.DateOnly) }

// trade makes an afternoon of payments at a street, and returns the day.
func trade(t *testing.T, x *street, c *wechat.Channel) string {
	t.Helper()
	pay := func(no string, fen int64, words string) channel.Order {
		q := channel.Show{Order: channel.Order{No: no, Kind: guitai.Show, Amount: guitai.Fen(fen)}, Description: words, NotifyURL: x.notify}
		a := c.Show(t.Context(), q)
		want(t, "show", a, channel.Waiting)
		if _, err := x.Book().Pay(a.Code, "", book.Normal); err != nil {
			t.Fatal(err)
		}
		return q.Order
	}
	first := pay("BILL000001", 125_000, "茶, 一壶,`半价`,`\"好\"")
	pay("BILL000002", 5, "糖")
	for i, end := range []bool{true, false} {
		q := channel.Charge{Order: channel.Order{No: fmt.Sprintf("BILL00010%d", i), Kind: guitai.Scan, Amount: guitai.Fen(800)}, Description: "饼", AuthCode: x.payerCode(t, "")}
		want(t, "charge", c.Charge(t.Context(), q), channel.Paid)
		if end {
			want(t, "reverse", c.End(t.Context(), q.Order), channel.Closed)
		}
	}
	back := channel.Refund{No: "BILLBACK01", Order: first, Amount: guitai.Fen(25_000), Made: time.Now()}
	c.Refund(t.Context(), back)
	for range 500 {
		if c.AskRefund(t.Context(), back).Outcome == channel.RefundDone {
			return dayOf(x.options.Now())
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the refund does not end")
	return ""
}

// noon sets a clock to noon in Beijing: a test must not run over midnight there.
func noon(c *clock) {
	at := c.now().In(time.FixedZone("", 8*3600))
	c.forward(time.Date(at.Year(), at.Month(), at.Day(), 12, 0, 0, 0, at.Location()).Sub(at))
}

func bill(t *testing.T, c *wechat.Channel, b channel.BillRequest) ([]channel.BillLine, channel.BillSum) {
	t.Helper()
	var file bytes.Buffer
	a := c.FetchBill(t.Context(), b, &file)
	if a.Outcome != channel.BillFetched {
		t.Fatalf("%v: %s %s %+v", b, a.Outcome, a.WalletCode, a.Messages)
	}
	for _, m := range a.Messages {
		if strings.Contains(m.Out+m.In+m.Failure, "token=") {
			t.Errorf("the key to the file stands in %+v", m)
		}
	}
	var lines []channel.BillLine
	sum, err := c.ReadBill(b, &file, func(l channel.BillLine) error { lines = append(lines, l); return nil })
	if err != nil {
		t.Fatalf("%v: %v", b, err)
	}
	return lines, sum
}

// TestBills: a day's bills against the judge, line by line.
func TestBills(t *testing.T) {
	at := new(clock)
	noon(at)
	x := openStreetAt(t, at.now)
	c := open(t, x.options)
	day := trade(t, x, c)
	trades := channel.BillRequest{Kind: channel.TradeBill, Day: day}
	if a := c.FetchBill(t.Context(), trades, new(bytes.Buffer)); a.Outcome != channel.BillNotReady {
		t.Errorf("today's: %s %s", a.Outcome, a.WalletCode)
	}
	at.forward(24 * time.Hour)
	rows, err := x.Book().Rows(book.WeChat, time.Time{}, at.now())
	if err != nil || len(rows) != 6 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	lines, sum := bill(t, c, trades)
	if len(lines) != len(rows) || sum.Payments != 4 || sum.Refunds != 2 || sum.Paid.Fen != 126_605 || sum.Refunded.Fen != -25_800 || !sum.Stated {
		t.Fatalf("%d lines, %+v", len(lines), sum)
	}
	fee := int64(0)
	for i, r := range rows {
		l := lines[i]
		kind, refund := channel.BillPayment, ""
		if r.Kind != book.RowPaid {
			kind, refund = channel.BillRefund, r.Refund.RefundNo
		}
		if l.N != i+2 || l.Kind != kind || l.OrderNo != r.Order.OrderNo || l.WalletNo != r.Order.Number || l.RefundNo != refund || l.BackNo != r.Refund.Number ||
			l.Amount.Fen != r.AmountFen || l.Fee.Fen != r.FeeFen || l.FeeRate != 600 || l.Payer == "" || r.At.Sub(l.At).Abs() > time.Second {
			t.Errorf("line %+v, judge %+v", l, r)
		}
		if (r.Kind == book.RowReversed) != (l.State == "REVOKED") {
			t.Errorf("%s is %s", r.Kind, l.State)
		}
		fee += r.FeeFen
	}
	if sum.Fee.Fen != fee {
		t.Errorf("fee %v, want %d", sum.Fee, fee)
	}
	lines, sum = bill(t, c, channel.BillRequest{Kind: channel.FundBill, Day: day})
	balance := int64(0)
	for _, l := range lines {
		if balance += l.Amount.Fen; l.Balance.Fen != balance {
			t.Errorf("balance %v after %+v, want %d", l.Balance, l, balance)
		}
		if l.Kind == channel.BillOther || l.Kind == channel.BillPayment && l.OrderNo == "" {
			t.Errorf("line %+v", l)
		}
	}
	if balance != 126_605-25_800-fee || sum.Fee.Fen != fee || sum.Payments != 4 || sum.Refunds != 2 {
		t.Errorf("balance %d, %+v", balance, sum)
	}
}

// TestBillOutcomes: what else may come of fetching one.
func TestBillOutcomes(t *testing.T) {
	at := new(clock)
	noon(at)
	x := openStreetAt(t, at.now)
	c := open(t, x.options)
	day := trade(t, x, c)
	at.forward(24 * time.Hour)
	fetch := func(c *wechat.Channel, kind channel.BillKind, day string) channel.BillAnswer {
		return c.FetchBill(t.Context(), channel.BillRequest{Kind: kind, Day: day}, new(bytes.Buffer))
	}
	for what, a := range map[string]struct {
		got  channel.BillAnswer
		want channel.BillOutcome
	}{
		"an empty day":       {fetch(c, channel.TradeBill, dayOf(at.now().Add(-48*time.Hour))), channel.BillEmpty},
		"an empty day funds": {fetch(c, channel.FundBill, dayOf(at.now().Add(-48*time.Hour))), channel.BillEmpty},
		"too long ago":       {fetch(c, channel.TradeBill, "2020-01-01"), channel.BillRefused},
		"no day":             {fetch(c, channel.TradeBill, "2020-01-01&x=1"), channel.BillUnavailable},
		"no kind":            {fetch(c, "coupons", day), channel.BillUnavailable},
	} {
		if a.got.Outcome != a.want {
			t.Errorf("%s: %s %s %+v", what, a.got.Outcome, a.got.WalletCode, a.got.Messages)
		}
	}
	shop := x.asShop[x.shops[0]]
	shop.Now = at.now
	if a := fetch(open(t, shop), channel.TradeBill, day); a.Outcome != channel.BillEmpty {
		t.Errorf("another merchant's day: %s", a.Outcome)
	}
	if a := fetch(open(t, shop), channel.FundBill, day); a.Outcome != channel.BillRefused {
		t.Errorf("a shop's account at its provider: %s", a.Outcome)
	}
	for _, f := range []struct {
		op   string
		kind fault.Kind
	}{{"tradebill", fault.WrongAmount}, {"tradebill", fault.BadSignature}, {"tradebill", fault.HTTP500}, {"billdownload", fault.HTTP500}, {"billdownload", fault.HalfBody}} {
		x.inject(t, f.op, f.kind)
		if a := fetch(c, channel.TradeBill, day); a.Outcome != channel.BillUnknown {
			t.Errorf("%s %s: %s", f.op, f.kind, a.Outcome)
		}
	}
	gone := x.options
	gone.BaseURL = "http://" + deadAddress(t)
	if a := fetch(open(t, gone), channel.TradeBill, day); a.Outcome != channel.BillUnavailable {
		t.Errorf("nowhere: %s", a.Outcome)
	}
}

// TestBillOfAShop: of a service provider's bill a shop gets its own part.
func TestBillOfAShop(t *testing.T) {
	at := new(clock)
	noon(at)
	x := openStreetAt(t, at.now)
	var shops []*wechat.Channel
	for i, shop := range x.shops {
		o := x.asShop[shop]
		o.Now = at.now
		shops = append(shops, open(t, o))
		q := inside(fmt.Sprintf("BILLSHOP%02d", i), x.notify)
		a := shops[i].Show(t.Context(), q)
		want(t, "show", a, channel.Waiting)
		if _, err := x.Book().Pay(a.Code, "", book.Normal); err != nil {
			t.Fatal(err)
		}
	}
	day := dayOf(at.now())
	at.forward(24 * time.Hour)
	for i, c := range shops {
		lines, sum := bill(t, c, channel.BillRequest{Kind: channel.TradeBill, Day: day})
		if len(lines) != 1 || lines[0].OrderNo != fmt.Sprintf("BILLSHOP%02d", i) || sum.Paid.Fen != 1250 {
			t.Errorf("shop %d: %+v", i, lines)
		}
	}
}

// TestBillElsewhere: neither our signature nor a bill goes to or comes from a
// host that is not WeChat Pay's or named in the settings.
func TestBillElsewhere(t *testing.T) {
	b := newTeller(t)
	var calls atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	t.Cleanup(other.Close)
	say := func(url string) {
		b.tells(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/moved") {
				w.Header().Set("Location", other.URL)
				w.WriteHeader(http.StatusFound)
				return
			}
			b.v3(w, 200, `{"hash_type":"SHA1","hash_value":"da39a3ee5e6b4b0d3255bfef95601890afd80709","download_url":"`+url+`"}`)
		})
	}
	fetch := func(c *wechat.Channel) channel.BillOutcome {
		return c.FetchBill(t.Context(), channel.BillRequest{Kind: channel.TradeBill, Day: "2025-11-21"}, new(bytes.Buffer)).Outcome
	}
	c := b.opened(nil)
	for _, url := range []string{
		other.URL + "/x", "file:///etc/passwd", "http://user@" + strings.TrimPrefix(b.URL, "http://") + "/x", "https" + strings.TrimPrefix(b.URL, "http") + "/x",
		b.URL + "/moved", b.URL + "/x#y", "", "//" + strings.TrimPrefix(b.URL, "http://"), strings.Replace(b.URL, "127.0.0.1", "127.0.0.1.example", 1),
	} {
		say(url)
		if got := fetch(c); got != channel.BillUnknown || calls.Load() != 0 {
			t.Errorf("%s: %s, %d calls elsewhere", url, got, calls.Load())
		}
	}
	say(other.URL + "/x")
	if got := fetch(b.opened(func(o *wechat.Options) { o.BillURL = other.URL })); got != channel.BillFetched || calls.Load() != 1 {
		t.Errorf("a host of the settings: %s, %d calls", got, calls.Load())
	}
}

const (
	tradeTitles = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
	paidLine    = "`2021-01-28 17:07:11,`wx8,`1601,`0,`,`4200000925,`S2021,`ofy,`NATIVE,`SUCCESS,`OTHERS,`CNY,`10.00,`2.34,`0,`0,`0.00,`0.00,`,`,`茶,`,`0.07404,`0.60%,`12.34,`0.00,`"
	backLine    = "`2021-01-28 18:07:11,`wx8,`1601,`0,`,`4200000925,`S2021,`ofy,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030,`R1,`1.00,`0.00,`ORIGINAL,`PROCESSING,`茶,`,`-0.00600,`0.60%,`0.00,`1.23,`"
	sumTitles   = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
	goodSums    = "`2,`10.00,`1.00,`0.00,`0.06804,`12.34,`1.23"
)

func readTrades(text string) ([]channel.BillLine, channel.BillSum, error) {
	var lines []channel.BillLine
	sum, err := (*wechat.Channel)(nil).ReadBill(channel.BillRequest{Kind: channel.TradeBill}, strings.NewReader(text),
		func(l channel.BillLine) error { lines = append(lines, l); return nil })
	return lines, sum, err
}

// TestReadBill: shapes of files that merchants have shown, and files that must
// not be believed.
func TestReadBill(t *testing.T) {
	file := func(parts ...string) string { return strings.Join(parts, "\r\n") + "\r\n" }
	good := file(tradeTitles, paidLine, backLine, sumTitles, goodSums)
	lines, sum, err := readTrades("\ufeff" + good)
	if err != nil || len(lines) != 2 || sum.Paid.Fen != 1234 || sum.Refunded.Fen != -123 || sum.Fee.Fen != 7-1 {
		t.Fatalf("%+v %+v %v", lines, sum, err)
	}
	if l := lines[1]; l.State != "PROCESSING" || l.RefundNo != "R1" || l.BackNo != "5030" || l.Fee.Fen != -1 || l.N != 3 {
		t.Errorf("%+v", l)
	}
	old := file("交易时间,微信订单号,商户订单号,交易状态,货币种类,总金额,退款金额,手续费,费率",
		"`2014-11-10 16:33:45,`1001,`141564,`SUCCESS,`CNY,`0.01,`0,`0,`0.60%", "总交易单数,总交易额,总退款金额,手续费总金额", "`1.0,`0.01,`0.0,`0")
	for what, text := range map[string]string{
		"LF":            strings.ReplaceAll(good, "\r\n", "\n"),
		"no last break": strings.TrimRight(good, "\r\n"),
		"blank lines":   strings.ReplaceAll(good, "\r\n", "\r\n\r\n"),
		"no sums":       file(tradeTitles, paidLine),
		"nothing":       file(tradeTitles, sumTitles, "`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00"),
		"early":         old,
		"comma in name": strings.Replace(good, "`茶,`,", "`茶,`绿,`,`,", 1),
		"fee rounded":   strings.Replace(good, "0.06804", "0.06000", 1),
	} {
		if _, sum, err := readTrades(text); err != nil || sum.Stated == (what == "no sums") {
			t.Errorf("%s: %+v %v", what, sum, err)
		}
	}
	for what, text := range map[string]string{
		"empty":           "",
		"XML":             "<xml><return_code>FAIL</return_code></xml>",
		"no column":       strings.Replace(good, "商户订单号,", "别的,", 1),
		"cell too few":    strings.Replace(good, "`SUCCESS,", "", 1),
		"other state":     strings.Replace(good, "`SUCCESS,", "`MAYBE,", 1),
		"other money":     strings.Replace(good, "`CNY,", "`USD,", 1),
		"part of a fen":   strings.Replace(good, "`12.34,`0.00,`\r", "`12.345,`0.00,`\r", 1),
		"letters":         strings.Replace(good, "`12.34,", "`1x.34,", 1),
		"no time":         strings.Replace(good, "17:07:11", "17:07", 1),
		"line missing":    file(tradeTitles, paidLine, sumTitles, goodSums),
		"line twice":      file(tradeTitles, paidLine, paidLine, backLine, sumTitles, goodSums),
		"other sum":       strings.Replace(good, "`12.34,`1.23", "`12.35,`1.23", 1),
		"other fee":       strings.Replace(good, "0.06804", "0.16804", 1),
		"other count":     strings.Replace(good, "\r\n`2,", "\r\n`3,", 1),
		"sums cut":        file(tradeTitles, paidLine, backLine, sumTitles),
		"something after": good + paidLine,
		"sums of nothing": file(tradeTitles, paidLine, backLine, "别的", "`2"),
		"long line":       file(tradeTitles, "`"+strings.Repeat("x", 100_000)),
	} {
		if lines, sum, err := readTrades(text); err == nil {
			t.Errorf("%s: %d lines, %+v", what, len(lines), sum)
		}
	}
	stop := errors.New("stop")
	if _, err := (*wechat.Channel)(nil).ReadBill(channel.BillRequest{Kind: channel.TradeBill}, strings.NewReader(good),
		func(channel.BillLine) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of each: %v", err)
	}
}

// TestReadFunds: the published example, with its wide brackets and counts with
// a decimal.
func TestReadFunds(t *testing.T) {
	text := "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额（元）,账户结余（元）,资金变更提交申请人,备注,业务凭证号\n" +
		"`2018-02-01 04:21:23,`50000305742018020103387128253,`1900009231201802015884652186,`退款,`退款,`支出,`0.02,`0.17,`system,`缺货,`REF42\n" +
		"`2018-02-01 05:00:00,`420001,`1,`提现,`提现,`支出,`0.10,`0.07,`system,`,`\n" +
		"资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n`2.0,`0.0,`0.00,`2.0,`0.12\n"
	var lines []channel.BillLine
	read := func(text string) (channel.BillSum, error) {
		lines = nil
		return (*wechat.Channel)(nil).ReadBill(channel.BillRequest{Kind: channel.FundBill}, strings.NewReader(text),
			func(l channel.BillLine) error { lines = append(lines, l); return nil })
	}
	sum, err := read(text)
	if err != nil || sum.Refunds != 1 || sum.Refunded.Fen != -2 || len(lines) != 2 || lines[0].BackNo != "50000305742018020103387128253" || lines[0].RefundNo != "REF42" ||
		lines[0].Balance.Fen != 17 || lines[1].Kind != channel.BillOther || lines[1].Amount.Fen != -10 {
		t.Errorf("%+v %+v %v", lines, sum, err)
	}
	for _, bad := range []string{strings.Replace(text, "`0.12\n", "`0.13\n", 1), strings.Replace(text, "`支出", "`转出", 1), strings.Replace(text, "`0.02", "`-0.02", 1), strings.Replace(text, "`2.0,`0.12", "`1.0,`0.12", 1)} {
		if _, err := read(bad); err == nil {
			t.Errorf("taken: %s", bad)
		}
	}
}

// FuzzReadBill: whatever comes, the reader ends, and what it says about a bill
// that it takes is the sum of its lines.
func FuzzReadBill(f *testing.F) {
	f.Add([]byte(tradeTitles+"\r\n"+paidLine+"\r\n"+backLine+"\r\n"+sumTitles+"\r\n"+goodSums+"\r\n"), false)
	f.Add([]byte("记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额（元）,账户结余（元）,资金变更提交申请人,备注,业务凭证号\n`2018-02-01 04:21:23,`5,`1,`退款,`退款,`支出,`0.02,`0.17,`system,`缺货,`REF42\n"), true)
	f.Add([]byte("\ufeff"), false)
	f.Fuzz(func(t *testing.T, file []byte, funds bool) {
		b := channel.BillRequest{Kind: channel.TradeBill}
		if funds {
			b.Kind = channel.FundBill
		}
		var paid, back int64
		n := 0
		sum, err := (*wechat.Channel)(nil).ReadBill(b, bytes.NewReader(file), func(l channel.BillLine) error {
			switch l.Kind {
			case channel.BillPayment:
				paid += l.Amount.Fen
			case channel.BillRefund:
				back += l.Amount.Fen
			}
			if l.N <= n || l.At.IsZero() || l.Amount.Currency != guitai.CNY {
				t.Fatalf("line %+v after %d", l, n)
			}
			n = l.N
			return nil
		})
		if err == nil && (sum.Paid.Fen != paid || sum.Refunded.Fen != back) {
			t.Fatalf("%+v, lines make %d and %d", sum, paid, back)
		}
	})
}
