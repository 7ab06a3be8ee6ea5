package alipay

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"guitai"
	"guitai/channel"
)

const (
	columns25 = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）," +
		"支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
	columns29 = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）," +
		"支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号,服务费（元）,实收净额（元）,商户识别号,交易方式,备注,花呗分期手续费,花呗分期数"
	billTop = "#支付宝业务明细查询\n#账号：[20880000000000010156]\n#起始日期：[2026年11月20日 00:00:00]   终止日期：[2026年11月21日 00:00:00]\n" +
		"#-----------------------------------------业务明细列表----------------------------------------\n"
	billEnd = "#-----------------------------------------业务明细列表结束------------------------------------\n"
	paidRow = "2026112022001400001\t,G1\t,交易\t,茶\t,2026-11-20 09:00:00,2026-11-20 09:00:05,S1\t,\t,\t,T1\t,*伟(138****0001)\t,12.50,12.00,0.00,0.00,0.00,0.50,0.00,\t,0.00,0.00,\t,0.07,0.00,\t\n"
	backRow = "2026112022001400001\t,G1\t,退款\t,茶\t,2026-11-20 09:00:00,2026-11-20 18:00:00,S1\t,\t,\t,T1\t,*伟(138****0001)\t,-2.50,-2.50,0.00,0.00,0.00,0.00,0.00,\t,0.00,0.00,R1\t,-0.01,0.00,\t\n"
	feet    = "#交易合计：1笔，商家实收共12.00元，商家优惠共0.50元\n#退款合计：1笔，商家实收退款共-2.50元，商家优惠退款共0.00元\n#导出时间：[2026年11月21日 06:27:10]\n"
	funds   = "#支付宝账务明细查询\n#账号：[20880000000000010156]\n#-----账务明细列表-----\n" +
		"账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注\n" +
		"1\t,20\t,G1\t,茶\t,2026-11-20 09:00:05,*伟(138****0001)\t,12.50,0.00,112.50,支付宝\t,在线支付\t,\t\n" +
		"2\t,20\t,G1\t,茶\t,2026-11-20 09:00:05,\t,0.00,-0.07,112.43,支付宝\t,收费\t,\t\n" +
		"3\t,20\t,G1\t,茶\t,2026-11-20 18:00:00,\t,0.00,2.50,109.93,支付宝\t,交易退款\t,\t\n" +
		"4\t,\t,\t,提现\t,2026-11-20 19:00:00,\t,0.00,-100.00,9.93,支付宝\t,提现\t,\t\n" +
		"#----账务明细列表结束-----\n#支出合计：3笔，共-102.57元\n#收入合计：1笔，共12.50元\n"
)

func gbk(t testing.TB, s string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func tradesOf(day string) channel.BillRequest {
	return channel.BillRequest{Kind: channel.TradeBill, Day: day}
}

const aDay = "2026-11-20"

// readText reads a bill that is written here.
func readText(t testing.TB, kind channel.BillKind, text string) ([]channel.BillLine, channel.BillSum, error) {
	t.Helper()
	c := open(t, options(t, "http://127.0.0.1:1/gateway.do"))
	var lines []channel.BillLine
	sum, err := c.ReadBill(channel.BillRequest{Kind: kind, Day: aDay}, bytes.NewReader(gbk(t, text)), func(l channel.BillLine) error {
		lines = append(lines, l)
		return nil
	})
	return lines, sum, err
}

func TestReadTrades(t *testing.T) {
	wide := func(s string) string {
		return strings.Replace(s, ",0.00,\t\n", ",12.43,2088\t,支付宝\t,\t,0.00,\t\n", 1)
	}
	for name, text := range map[string]string{
		"25 columns":  billTop + columns25 + "\n" + paidRow + backRow + billEnd + feet,
		"29 columns":  billTop + columns29 + "\n" + wide(paidRow) + wide(backRow) + billEnd + feet,
		"crlf":        strings.ReplaceAll(billTop+columns25+"\n"+paidRow+backRow+billEnd+feet, "\n", "\r\n"),
		"narrow":      billTop + strings.NewReplacer("（", "(", "）", ")").Replace(columns25) + "\n" + paidRow + backRow + billEnd + feet,
		"commas":      billTop + columns25 + "\n" + strings.Replace(paidRow, "茶", "茶, 糕, 水", 1) + backRow + billEnd + feet,
		"fee's sign":  billTop + columns25 + "\n" + strings.Replace(paidRow, ",0.07,", ",-0.07,", 1) + strings.Replace(backRow, ",-0.01,", ",0.01,", 1) + billEnd + feet,
		"fee's parts": billTop + columns25 + "\n" + strings.Replace(paidRow, ",0.07,", ",0.065,", 1) + strings.Replace(backRow, ",-0.01,", ",-0.0149,", 1) + billEnd + feet,
	} {
		lines, sum, err := readText(t, channel.TradeBill, text)
		if err != nil || len(lines) != 2 {
			t.Errorf("%s: %d lines, %v", name, len(lines), err)
			continue
		}
		paid, back := lines[0], lines[1]
		at := time.Date(2026, 11, 20, 1, 0, 5, 0, time.UTC)
		if paid.Kind != channel.BillPayment || paid.N != 6 || !paid.At.Equal(at) || paid.OrderNo != "G1" || paid.WalletNo != "2026112022001400001" ||
			paid.Amount != guitai.Fen(1250) || paid.Fee != guitai.Fen(7) || paid.Payer != "*伟(138****0001)" || paid.State != "交易" {
			t.Errorf("%s: %+v", name, paid)
		}
		if back.Kind != channel.BillRefund || back.RefundNo != "R1" || back.Amount != guitai.Fen(-250) || back.Fee != guitai.Fen(-1) {
			t.Errorf("%s: %+v", name, back)
		}
		want := channel.BillSum{Payments: 1, Refunds: 1, Paid: guitai.Fen(1250), Refunded: guitai.Fen(-250), Fee: guitai.Fen(6), Stated: true}
		if sum != want {
			t.Errorf("%s: %+v, want %+v", name, sum, want)
		}
	}
}

func TestReadFunds(t *testing.T) {
	lines, sum, err := readText(t, channel.FundBill, funds)
	if err != nil || len(lines) != 4 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	kinds := []channel.BillLineKind{channel.BillPayment, channel.BillFee, channel.BillRefund, channel.BillOther}
	amounts, balances := []int64{1250, -7, -250, -10000}, []int64{11250, 11243, 10993, 993}
	for i, l := range lines {
		if l.Kind != kinds[i] || l.Amount.Fen != amounts[i] || l.Balance.Fen != balances[i] {
			t.Errorf("line %d: %+v", i, l)
		}
	}
	want := channel.BillSum{Payments: 1, Refunds: 1, Paid: guitai.Fen(1250), Refunded: guitai.Fen(-250), Fee: guitai.Fen(7), Stated: true}
	if sum != want || lines[1].Fee != guitai.Fen(7) {
		t.Errorf("%+v, want %+v; fee %v", sum, want, lines[1].Fee)
	}
}

// A bill that is not whole, or not ours, or does not add up is refused.
func TestReadRefused(t *testing.T) {
	good := billTop + columns25 + "\n" + paidRow + backRow + billEnd + feet
	change := func(old, now string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %q in the bill", old)
		}
		return strings.Replace(good, old, now, 1)
	}
	for name, text := range map[string]string{
		"nothing":           "",
		"cut off":           good[:strings.Index(good, billEnd)],
		"a line missing":    change(backRow, ""),
		"another amount":    change(",12.50,12.00,", ",12.50,11.00,"),
		"another account":   change("20880000000000010156", "20880000000000020156"),
		"another day":       change("[2026年11月20日", "[2026年11月19日"),
		"no column":         change("服务费（元）", "服务（元）"),
		"a column twice":    change("门店名称", "订单金额（元）"),
		"no amount":         change(",12.50,", ",12.5o,"),
		"exponent":          change(",12.50,", ",1e2,"),
		"no time":           change("2026-11-20 09:00:05", "2026-11-20"),
		"positive refund":   change("-2.50,-2.50", "2.50,2.50"),
		"negative payment":  change(",12.50,12.00,", ",-12.50,-12.00,"),
		"fewer cells":       change(",0.07,0.00,\t\n", ",0.07\n"),
		"behind the end":    good + paidRow,
		"too large":         change(",12.50,", ",99999999999999999999.00,"),
		"fee of nines":      change(",0.07,", ",0.0999999999999999,"),
		"fee of letters":    change(",0.07,", ",0.07x,"),
		"a line of letters": change(paidRow, strings.Repeat("x", maxBillLine+1)+"\n"),
	} {
		if _, sum, err := readText(t, channel.TradeBill, text); err == nil {
			t.Errorf("%s was taken: %+v", name, sum)
		}
	}
	if _, _, err := readText(t, channel.FundBill, good); err == nil {
		t.Error("trades were taken for the account")
	}
	stop := errors.New("stop")
	c := open(t, options(t, "http://127.0.0.1:1/gateway.do"))
	if _, err := c.ReadBill(tradesOf(aDay), bytes.NewReader(gbk(t, good)), func(channel.BillLine) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the caller's error came back as %v", err)
	}
	if _, err := c.ReadBill(tradesOf("yesterday"), bytes.NewReader(nil), nil); err == nil {
		t.Error("a bill of no day")
	}
}

// An odd kind of line is told, and counts for nothing.
func TestReadOther(t *testing.T) {
	odd := strings.Replace(backRow, "退款\t", "分账\t", 1)
	text := billTop + columns25 + "\n" + paidRow + odd + billEnd + "#交易合计：1笔，商家实收共12.00元，商家优惠共0.50元\n"
	lines, sum, err := readText(t, channel.TradeBill, text)
	if err != nil || len(lines) != 2 || lines[1].Kind != channel.BillOther || sum.Stated || sum.Refunds != 0 {
		t.Errorf("%v %+v %+v", err, sum, lines)
	}
}

type inPack struct {
	name string
	text []byte
}

func packed(t testing.TB, members ...inPack) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		w, err := z.CreateHeader(&zip.FileHeader{Name: string(gbk(t, m.name)), NonUTF8: true, Method: zip.Deflate})
		if err == nil {
			_, err = w.Write(m.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnpack(t *testing.T) {
	text := gbk(t, billTop)
	detail, all := inPack{"1_20261120_业务明细.csv", text}, inPack{"1_20261120_业务明细(汇总).csv", []byte("sum")}
	good := packed(t, all, detail)
	for name, pack := range map[string][]byte{"summary first": good, "details first": packed(t, detail, all), "folder": packed(t, inPack{"../x/" + detail.name, text})} {
		var out bytes.Buffer
		if n, err := unpack(pack, "业务明细", &out); err != nil || n != int64(len(text)) || !bytes.Equal(out.Bytes(), text) {
			t.Errorf("%s: %d %v", name, n, err)
		}
	}
	damaged := bytes.Clone(good)
	damaged[bytes.LastIndex(damaged[:len(damaged)/2], []byte("PK"))+60]++
	many := make([]inPack, maxMembers+1)
	for i := range many {
		many[i] = inPack{string(rune('a' + i)), nil}
	}
	for name, pack := range map[string][]byte{
		"no zip": []byte("x"), "half": good[:len(good)/2], "damaged": damaged, "only a summary": packed(t, all),
		"two": packed(t, detail, inPack{"2_业务明细.csv", text}), "many": packed(t, many...), "nothing": packed(t),
		"bomb": packed(t, inPack{detail.name, nil}, inPack{"x", nil}), "other kind": packed(t, inPack{"1_账务明细.csv", text}),
	} {
		if name == "bomb" {
			pack = lying(t, pack)
		}
		if _, err := unpack(pack, "业务明细", io.Discard); err == nil {
			t.Errorf("%s was unpacked", name)
		}
	}
}

// lying makes the directory of a ZIP promise more than a bill may have.
func lying(t testing.TB, pack []byte) []byte {
	t.Helper()
	at := bytes.Index(pack, []byte("PK\x01\x02"))
	if at < 0 {
		t.Fatal("no directory")
	}
	copy(pack[at+24:], []byte{0, 0, 0, 0x7f})
	return pack
}

// The bill is fetched only from where bills may lie.
func TestBillAddress(t *testing.T) {
	o := options(t, "https://openapi.alipay.com/gateway.do")
	c := open(t, o)
	for raw, want := range map[string]string{
		"http://dwbillcenter.alipay.com/downloadBillFile.resource?a=b": "https://dwbillcenter.alipay.com/downloadBillFile.resource?a=b",
		"https://DWBILLCENTER.alipay.com/x":                            "https://DWBILLCENTER.alipay.com/x",
		"https://openapi.alipay.com/x":                                 "https://openapi.alipay.com/x",
		"http://127.0.0.1/x":                                           "",
		"http://169.254.169.254/latest/meta-data":                      "",
		"https://dwbillcenter.alipay.com.example/x":                    "",
		"https://dwbillcenter.alipay.com@example.com/x":                "",
		"https://user@dwbillcenter.alipay.com/x":                       "",
		"https://dwbillcenter.alipay.com:8443/x":                       "",
		"ftp://dwbillcenter.alipay.com/x":                              "",
		"file:///etc/passwd":                                           "",
		"//dwbillcenter.alipay.com/x":                                  "",
		"":                                                             "",
	} {
		u, err := c.billAddress(raw)
		if (err == nil) != (want != "") || err == nil && u.String() != want {
			t.Errorf("%q: %v %v, want %q", raw, u, err, want)
		}
	}
}

// What a refusal of the question means depends on the day.
func TestFetchBillAnswers(t *testing.T) {
	refusedBy := func(sub string) string { return `{"code":"40004","msg":"Business Failed","sub_code":"` + sub + `"}` }
	for _, c := range []struct {
		name, day, text string
		want            channel.BillOutcome
	}{
		{"today", "2026-11-21", refusedBy("BILL_NOT_EXIST"), channel.BillNotReady},
		{"today, otherwise said", "2026-11-21", refusedBy("INVAILID_ARGUMENTS"), channel.BillNotReady},
		{"yesterday, at noon", "2026-11-20", refusedBy("BILL_NOT_EXIST"), channel.BillNotReady},
		{"the day before", "2026-11-19", refusedBy("BILL_NOT_EXIST"), channel.BillEmpty},
		{"the day before, otherwise said", "2026-11-19", refusedBy("INVAILID_ARGUMENTS"), channel.BillRefused},
		{"unknown", "2026-11-19", refusedBy("UNKNOW_ERROR"), channel.BillUnknown},
		{"permission", "2026-11-19", `{"code":"40006","msg":"x","sub_code":"isv.insufficient-isv-permissions"}`, channel.BillRefused},
		{"token", "2026-11-19", `{"code":"20001","msg":"x","sub_code":"aop.invalid-app-auth-token"}`, channel.BillRefused},
		{"often", "2026-11-19", `{"code":"40005","msg":"x","sub_code":"isv.app-call-limited"}`, channel.BillUnknown},
		{"strange host", "2026-11-19", `{"code":"10000","msg":"Success","bill_download_url":"http://169.254.169.254/x"}`, channel.BillUnknown},
		{"no address", "2026-11-19", `{"code":"10000","msg":"Success"}`, channel.BillUnknown},
		{"no day", "2026-13-19", "", channel.BillRefused},
	} {
		a := saying(t, c.text).FetchBill(t.Context(), tradesOf(c.day), io.Discard)
		if a.Outcome != c.want {
			t.Errorf("%s: %s, want %s", c.name, a.Outcome, c.want)
		}
	}
	c := open(t, options(t, "http://127.0.0.1:1/gateway.do"))
	if a := c.FetchBill(t.Context(), tradesOf(aDay), io.Discard); a.Outcome != channel.BillUnavailable {
		t.Errorf("nobody there: %s", a.Outcome)
	}
}

// The address leads to a host that is configured, and a redirect is not followed.
func TestFetchBillAway(t *testing.T) {
	text := gbk(t, billTop)
	var at string
	away := false
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
			return
		}
		_, _ = w.Write(packed(t, inPack{"1_业务明细.csv", text}))
	}))
	t.Cleanup(files.Close)
	g := newGateway(t, func(m string) []byte {
		return signed(t, m, `{"code":"10000","msg":"Success","bill_download_url":"`+at+`\/f?fileId=geheim"}`)
	})
	at = files.URL
	o := options(t, g.URL)
	fetch := func(o Options) (channel.BillAnswer, string) {
		var out bytes.Buffer
		a := open(t, o).FetchBill(t.Context(), tradesOf(aDay), &out)
		return a, out.String()
	}
	if a, out := fetch(o); a.Outcome != channel.BillUnknown || out != "" {
		t.Errorf("another port is another host: %s", a.Outcome)
	}
	o.BillHost = strings.TrimPrefix(files.URL, "http://")
	a, out := fetch(o)
	if a.Outcome != channel.BillFetched || out != string(text) {
		t.Errorf("%s %+v", a.Outcome, a.Messages)
	}
	for _, m := range a.Messages {
		if strings.Contains(m.Out+m.In, "geheim") {
			t.Errorf("the timeline tells the address: %+v", m)
		}
	}
	away = true
	if a, _ := fetch(o); a.Outcome != channel.BillUnknown || a.Messages[len(a.Messages)-1].HTTP != http.StatusFound {
		t.Errorf("redirected: %s", a.Outcome)
	}
}

func FuzzReadBill(f *testing.F) {
	good := billTop + columns25 + "\n" + paidRow + backRow + billEnd + feet
	f.Add(gbk(f, good), false)
	f.Add(gbk(f, billTop+columns29+"\n"+billEnd), false)
	f.Add(gbk(f, funds), true)
	f.Add([]byte("#\xff\x81,\t\"\r\n"), true)
	c := open(f, options(f, "http://127.0.0.1:1/gateway.do"))
	f.Fuzz(func(t *testing.T, text []byte, fund bool) {
		b := tradesOf(aDay)
		if fund {
			b.Kind = channel.FundBill
		}
		var sum channel.BillSum
		sum.Paid, sum.Refunded, sum.Fee = guitai.Fen(0), guitai.Fen(0), guitai.Fen(0)
		got, err := c.ReadBill(b, bytes.NewReader(text), func(l channel.BillLine) error {
			switch l.Kind {
			case channel.BillPayment:
				sum.Payments++
				sum.Paid.Fen += l.Amount.Fen
			case channel.BillRefund:
				sum.Refunds++
				sum.Refunded.Fen += l.Amount.Fen
			}
			sum.Fee.Fen += l.Fee.Fen
			if l.At.IsZero() || l.N < 1 || l.Kind == channel.BillPayment && l.Amount.Fen < 0 || l.Kind == channel.BillRefund && l.Amount.Fen > 0 {
				t.Fatalf("%+v", l)
			}
			return nil
		})
		if sum.Stated = got.Stated; err == nil && got != sum {
			t.Fatalf("%+v, its lines are %+v", got, sum)
		}
	})
}

func FuzzUnpack(f *testing.F) {
	f.Add(packed(f, inPack{"1_业务明细.csv", []byte("x")}))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, pack []byte) {
		var out bytes.Buffer
		if n, err := unpack(pack, "业务明细", &out); err == nil && n != int64(out.Len()) {
			t.Fatalf("%d bytes, %d written", n, out.Len())
		}
	})
}
