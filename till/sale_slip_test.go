package till_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"guitai"
	"guitai/receipt"
	"guitai/till"
)

// The sales of the golden file, by name. They have one of everything.
func salesToPrint() (names []string, list map[string]guitai.Sale) {
	sale := guitai.Sale{ID: "sal_06h01k0pbswvxf1wmf3y9ybamg", ReceiptNo: "1A-000042", At: made(), Currency: guitai.CNY, TotalFen: 7250, Member: "mem_06h01k0pbswvxf1wmf3y9ybamg",
		Lines: []guitai.SaleLine{
			{N: 1, Item: "1001", Name: "农夫山泉 550ml", Department: "drink", Unit: "瓶", CountMilli: 2000, ListFen: 200, PriceFen: 200, TotalFen: 400},
			{N: 2, Name: "手工现磨黑芝麻核桃燕麦营养早餐粉（无蔗糖）罐装 500g", Department: "food", Unit: "罐", CountMilli: 1000, ListFen: 6880, PriceFen: 6880, TotalFen: 5880, Discount: guitai.Discount{OffFen: 1000}},
			{N: 3, Name: "散装苹果", Department: "food", Unit: "kg", CountMilli: 735, ListFen: 1280, PriceFen: 1280, TotalFen: 941},
			{N: 4, Name: "塑料袋", CountMilli: 1000, ListFen: 30, PriceFen: 30, TotalFen: 30},
		},
		Discount: guitai.Discount{OffFen: 1},
		Tenders: []guitai.SaleTender{
			{N: "1", Kind: guitai.TenderWallet, AmountFen: 3000, Wallet: guitai.WeChat, Payment: "pay_06fh2r8k3xj9w5c7d1m4n6p8qs"},
			{N: "2", Kind: guitai.TenderVoucher, AmountFen: 1000, Voucher: "GC2026-0042-7788"},
			{N: "3", Kind: guitai.TenderPoints, AmountFen: 250, Points: 250},
			{N: "4", Kind: guitai.TenderCash, AmountFen: 3000, GivenFen: 5000, ChangeFen: 2000},
		}}
	back := guitai.Sale{ID: "sal_2", ReceiptNo: "1A-000043", At: made().Add(time.Hour), Currency: guitai.CNY, TotalFen: -200,
		Lines:   []guitai.SaleLine{{N: 1, Name: "农夫山泉 550ml", CountMilli: -1000, PriceFen: 200, TotalFen: -200, Back: guitai.BackOf{Sale: "sal_1", N: 1, ReceiptNo: "1A-000042"}}},
		Tenders: []guitai.SaleTender{{N: "1", Kind: guitai.TenderWallet, AmountFen: -200, Wallet: guitai.WeChat, Payment: "pay_06fh2r8k3xj9w5c7d1m4n6p8qs", Refund: "ref_06fh2r8k3xj9w5c7d1m4n6p8qs"}}}
	change := guitai.Sale{ID: "sal_3", ReceiptNo: "12B-1000044", At: made().Add(2 * time.Hour), Currency: guitai.CNY, TotalFen: 0,
		Lines: []guitai.SaleLine{
			{N: 1, Name: "桂花糕", CountMilli: -2000, PriceFen: 625, TotalFen: -1250, Back: guitai.BackOf{Sale: "sal_1", N: 1, ReceiptNo: "1A-000042"}},
			{N: 2, Name: "龙井茶", CountMilli: -1000, PriceFen: 50, TotalFen: -50, Back: guitai.BackOf{Sale: "sal_9", N: 1, ReceiptNo: "2A-000009"}},
			{N: 3, Name: "桂花糕 礼盒", CountMilli: 1000, PriceFen: 1300, TotalFen: 1300},
		}}
	offline := guitai.Sale{ID: "sal_4", ReceiptNo: "1A-000045", At: made(), Currency: guitai.CNY, TotalFen: 12345678900, State: guitai.SaleVoided,
		Lines: []guitai.SaleLine{{N: 1, Name: "金条", CountMilli: 9_999_999, PriceFen: 1234567890, TotalFen: 12345678900}},
		Tenders: []guitai.SaleTender{{N: "1", Kind: guitai.TenderWallet, AmountFen: 12345600000, Offline: "q7w8e9r0t1y2"},
			{N: "2", Kind: guitai.TenderCheque, AmountFen: 78900, ChequeNo: "31402213"}}}
	return []string{"sale", "return", "exchange", "voided, paid by an offline code"},
		map[string]guitai.Sale{"sale": sale, "return": back, "exchange": change, "voided, paid by an offline code": offline}
}

func shanghaiZone() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

func designed(l guitai.Lang, p receipt.Paper) till.Design {
	d := till.DefaultDesign()
	d.Language, d.Paper, d.Header, d.Footer = l, p, []string{"天天平价"}, []string{"谢谢惠顾", "七日内凭小票退换"}
	d.On.Zone = shanghaiZone()
	return d
}

// laid is one print as text.
func laid(t *testing.T, d receipt.Document, p receipt.Paper) string {
	t.Helper()
	s, err := receipt.Lay(d, p)
	if err != nil {
		t.Fatal(err)
	}
	return s.Text()
}

// logo is a small picture as a shop uploads it.
func logo(t *testing.T) string {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 300, 90))
	for y := range 90 {
		for x := range 300 {
			img.SetGray(x, y, color.Gray{Y: uint8(x * 255 / 300)})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	url, err := receipt.MakeLogo(b.Bytes(), receipt.Paper58)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// saleSlips writes every receipt there can be, one after the other.
func saleSlips(t *testing.T) string {
	var out strings.Builder
	names, sales := salesToPrint()
	put := func(title string, d receipt.Document, p receipt.Paper) {
		fmt.Fprintf(&out, "##### %s, %d mm\n%s\n", title, p, laid(t, d, p))
	}
	for _, p := range []receipt.Paper{receipt.Paper58, receipt.Paper80} {
		for _, n := range names {
			put(n, till.SaleSlip(sales[n], where(), designed(guitai.ZhHans, p)), p)
		}
		for _, l := range guitai.Langs() {
			d := designed(l, p)
			d.On = till.Occasion{Copy: receipt.Copy, Mode: receipt.Training, PrintedAt: made().Add(24 * time.Hour), Zone: shanghaiZone(),
				Link: "https://till.example.cn/r/abc", TaxMilli: map[string]int64{"food": 9000, "drink": 13000}}
			d.Show.Tax, d.Signature, d.Logo = true, true, logo(t)
			put("everything, a copy in training, "+string(l), till.SaleSlip(sales["sale"], where(), d), p)
			d.On = till.Occasion{Gift: true, Zone: shanghaiZone()}
			put("gift, "+string(l), till.SaleSlip(sales["sale"], where(), d), p)
			put("X, "+string(l), till.ShiftSlip(report(receipt.Interim), where(), designed(l, p)), p)
			put("Z, "+string(l), till.ShiftSlip(report(receipt.Final), where(), designed(l, p)), p)
		}
		bare := designed(guitai.ZhHans, p)
		bare.Show, bare.Header, bare.Footer = till.Show{}, nil, nil
		bare.On.Link = "https://till.example.cn/r/abc"
		put("nothing chosen", till.SaleSlip(sales["sale"], where(), bare), p)
	}
	return out.String()
}

func report(k receipt.Kind) till.ShiftReport {
	counted, short := int64(182050), int64(99000)
	r := till.ShiftReport{Kind: k, OpenedAt: made().Add(-9 * time.Hour), Currency: guitai.CNY, FirstReceipt: "1A-000001", LastReceipt: "1A-000043",
		Sales: till.Tally{Count: 43, Fen: 523450}, Returns: till.Tally{Count: 1, Fen: -200}, DiscountFen: 1001, Bills: 2, DrawerOpened: 1, FloatFen: 50000,
		PayInFen: 1000, PayOutFen: 20000,
		Tenders:     []till.ShiftTender{{Kind: guitai.TenderCash, Count: 20, ExpectedFen: 182050}, {Kind: guitai.TenderWallet, Count: 23, ExpectedFen: 341200}},
		Departments: []till.ShiftPart{{Name: "饮料", Tally: till.Tally{Count: 60, Fen: 30000}}, {Name: "食品", Tally: till.Tally{Count: 30, Fen: 493250}}}}
	if k == receipt.Final {
		r.Number, r.ClosedAt, r.Note = "Z-17", made(), "少一张收据，已补"
		r.Tenders[0].CountedFen = &counted
		r.Tenders = append(r.Tenders, till.ShiftTender{Kind: guitai.TenderCheque, Count: 1, ExpectedFen: 100000, CountedFen: &short})
	}
	return r
}

// TestSaleSlips: every kind, language and field, as on paper.
func TestSaleSlips(t *testing.T) {
	const file = "testdata/sale_slips.txt"
	got := saleSlips(t)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (go test ./till -update, then look at it):\n%s", file, diff)
	}
}

// TestPaperVectors: the till's browser words a receipt as this room does. The
// file is read by ui/test/unit too.
func TestPaperVectors(t *testing.T) {
	type vector struct {
		Name     string
		Sale     map[string]any
		Language string
		Paper    int
		Copy     bool
		Training bool
		Gift     bool
		Text     string
	}
	var list []vector
	names, sales := salesToPrint()
	for _, p := range []receipt.Paper{receipt.Paper58, receipt.Paper80} {
		for _, l := range guitai.Langs() {
			for i, n := range append(names, "copy in training", "gift") {
				s, d := sales[n], designed(l, p)
				v := vector{Name: n, Language: string(l), Paper: int(p), Copy: i == len(names), Training: i == len(names), Gift: i > len(names)}
				if i >= len(names) {
					s = sales["sale"]
				}
				s.State = guitai.SaleDone // a till prints what it has just sold
				if v.Copy {
					d.On.Copy, d.On.Mode, d.On.PrintedAt = receipt.Copy, receipt.Training, made().Add(24*time.Hour)
				}
				d.On.Gift = v.Gift
				v.Sale, v.Text = bodyOf(s), laid(t, till.SaleSlip(s, where(), d), p)
				list = append(list, v)
			}
		}
	}
	got, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const file = "../ui/test/vectors/paper.json"
	if *update {
		if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("%s differs (go test ./till -update):\n%s", file, diff)
	}
}

// bodyOf is a sale as the journal has it, without what is empty.
func bodyOf(s guitai.Sale) map[string]any {
	lines, tenders := []map[string]any{}, []map[string]any{}
	for _, n := range s.Lines {
		m := map[string]any{"n": n.N, "name": n.Name, "count_milli": n.CountMilli, "list_fen": n.ListFen, "price_fen": n.PriceFen, "total_fen": n.TotalFen}
		if n.Unit != "" {
			m["unit"] = n.Unit
		}
		if n.Discount.OffFen != 0 {
			m["discount"] = map[string]any{"off_fen": n.Discount.OffFen}
		}
		if n.Back.Sale != "" {
			m["back"] = map[string]any{"sale": n.Back.Sale, "n": n.Back.N, "receipt_no": n.Back.ReceiptNo}
		}
		lines = append(lines, m)
	}
	for _, x := range s.Tenders {
		m := map[string]any{"n": x.N, "kind": x.Kind, "amount_fen": x.AmountFen}
		for k, v := range map[string]string{"payment": string(x.Payment), "refund": string(x.Refund), "wallet": string(x.Wallet), "offline": x.Offline, "cheque_no": x.ChequeNo, "voucher": x.Voucher} {
			if v != "" {
				m[k] = v
			}
		}
		for k, v := range map[string]int64{"given_fen": x.GivenFen, "change_fen": x.ChangeFen, "points": x.Points} {
			if v != 0 {
				m[k] = v
			}
		}
		tenders = append(tenders, m)
	}
	m := map[string]any{"sale": s.ID, "receipt_no": s.ReceiptNo, "shift": "sft_1", "began": s.At, "lines": lines, "tenders": tenders, "total_fen": s.TotalFen}
	if s.Discount.OffFen != 0 {
		m["discount"] = map[string]any{"off_fen": s.Discount.OffFen}
	}
	if s.Member != "" {
		m["member"] = s.Member
	}
	return m
}

// TestSaleSlipNeverWiderThanThePaper: whatever a sale holds.
func TestSaleSlipNeverWiderThanThePaper(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("桂花糕茶 aZ09-×￥é\x1b\n\t🍵退（）")), 0, 60, -1)
	fen := rapid.Int64Range(-99_999_999_999, 99_999_999_999)
	rapid.Check(t, func(r *rapid.T) {
		s := guitai.Sale{ReceiptNo: rapid.StringMatching(`[0-9]{1,3}[A-Z]{1,2}-[0-9]{6,8}`).Draw(r, "no"), At: made(), Currency: guitai.CNY, TotalFen: fen.Draw(r, "total")}
		for range rapid.IntRange(0, 6).Draw(r, "lines") {
			s.Lines = append(s.Lines, guitai.SaleLine{Name: text.Draw(r, "name"), Unit: text.Draw(r, "unit"), CountMilli: fen.Draw(r, "count"), PriceFen: fen.Draw(r, "price"),
				TotalFen: fen.Draw(r, "amount"), Discount: guitai.Discount{OffFen: fen.Draw(r, "off")}, Back: guitai.BackOf{ReceiptNo: text.Draw(r, "back")}})
		}
		for range rapid.IntRange(0, 4).Draw(r, "tenders") {
			s.Tenders = append(s.Tenders, guitai.SaleTender{Kind: guitai.TenderKind(rapid.SampledFrom([]string{"cash", "wallet", "cheque", "voucher", "other"}).Draw(r, "kind")),
				AmountFen: fen.Draw(r, "paid"), GivenFen: fen.Draw(r, "given"), Voucher: text.Draw(r, "voucher"), Payment: guitai.PaymentID(text.Draw(r, "payment"))})
		}
		d := till.DefaultDesign()
		d.Header, d.Footer = []string{text.Draw(r, "header")}, []string{text.Draw(r, "footer")}
		d.Paper = rapid.SampledFrom([]receipt.Paper{receipt.Paper58, receipt.Paper80}).Draw(r, "paper")
		slip, err := receipt.Lay(till.SaleSlip(s, where(), d), d.Paper)
		if err != nil {
			r.Fatal(err)
		}
		for line := range strings.Lines(slip.Text()) {
			if w := columnsOf(strings.TrimRight(line, "\n")); w > d.Paper.Columns() {
				r.Fatalf("%d columns: %q", w, line)
			}
		}
	})
}

func columnsOf(s string) int {
	n := 0
	for _, c := range s {
		n++
		if c >= 0x80 {
			n++
		}
	}
	return n
}

// TestSaleSlipTells what must be so, beside the golden file.
func TestSaleSlipTells(t *testing.T) {
	_, sales := salesToPrint()
	d := designed(guitai.ZhHans, receipt.Paper80)
	d.On.Link = "https://till.example.cn/r/abc"
	if got := till.SaleSlip(sales["sale"], where(), d); got.Barcode != "1A-000042" || got.Code != d.On.Link || got.Member == "" || strings.Contains(got.Member, "06h01k0") {
		t.Errorf("%+v", got)
	}
	d.Logo = "data:image/png;base64,broken"
	if got := till.SaleSlip(sales["sale"], where(), d); got.Logo.High != 0 || len(got.Lines) != 4 {
		t.Error("a broken logo stops a receipt")
	}
	d.Logo = logo(t)
	got := till.SaleSlip(sales["sale"], where(), d)
	if got.Logo.Wide != 288 || got.Logo.High == 0 { // three quarters of 58 mm paper
		t.Errorf("logo %d × %d", got.Logo.Wide, got.Logo.High)
	}
	if gift := laid(t, till.SaleSlip(sales["sale"], where(), func() till.Design { g := d; g.On.Gift = true; return g }()), receipt.Paper80); strings.Contains(gift, "72.50") || strings.Contains(gift, "4.00") {
		t.Errorf("a gift receipt tells the price:\n%s", gift)
	}
	if o := (till.Design{Density: 99, Speed: -1, Raster: true}).Options(); o.Density != 6 || o.Speed != 0 || o.Draw != receipt.DrawPicture {
		t.Errorf("%+v", o)
	}
}
