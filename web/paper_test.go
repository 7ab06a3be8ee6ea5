package web_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/png"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guitai"
	"guitai/receipt"
	"guitai/sandbox/thermal"
	"guitai/till"
)

const soldID = "sal_06h01k0pbswvxf1wmf3y9ybamg"

// withSales lets the door find one sale of the first merchant, and one return.
func withSales(h *house) {
	h.door.Sales = func(_ context.Context, m guitai.MerchantID, id guitai.SaleID) (guitai.Sale, guitai.Where, error) {
		s := guitai.Sale{ID: id, Merchant: m, ReceiptNo: "1A-000042", At: time.Now(), Currency: guitai.CNY, TotalFen: 1250, Member: "mem_06h01k0pbswvxf1wmf3y9ybamg",
			Lines:   []guitai.SaleLine{{N: 1, Name: "桂花糕 <b>", CountMilli: 1000, PriceFen: 1250, TotalFen: 1250}},
			Tenders: []guitai.SaleTender{{N: "1", Kind: guitai.TenderCash, AmountFen: 1250}}}
		w := guitai.Where{Merchant: guitai.Merchant{ID: m, Name: "桂花里"}, Shop: guitai.Shop{Name: "桂花里便利店", Zone: "Asia/Shanghai"}, Till: h.tills[0], Staff: guitai.Staff{Number: "101"}}
		if m != h.merchant || id != soldID {
			return s, w, guitai.Fail(guitai.NotFound, guitai.CodeReceiptNoSale)
		}
		return s, w, nil
	}
}

// withPrinters gives the tills two of the street's printers.
func withPrinters(t *testing.T, main, backup *thermal.Printer) option {
	return func(h *house) {
		s := till.PaperSettings{Design: till.DefaultDesign(), Printers: []till.Printer{
			{ID: "a", Name: "前台", Kind: till.PrinterNetwork, Address: main.Addr(), Paper: receipt.Paper80, Drawer: true},
			{ID: "b", Kind: till.PrinterNetwork, Address: backup.Addr(), Paper: receipt.Paper58, BackupOf: "a"},
			{ID: "c", Kind: till.PrinterDevice}}}
		h.door.Counter = &till.Counter{Now: h.now, Timeout: 500 * time.Millisecond, Finish: time.Second,
			Settings: func(context.Context, guitai.Till) (till.PaperSettings, error) { return s, nil }}
	}
}

func thermalPrinter(t *testing.T) *thermal.Printer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := thermal.Start(l, time.Now)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (o order) with(k string, v any) order {
	out := order{k: v}
	for a, b := range o {
		if a != k {
			out[a] = b
		}
	}
	return out
}

// TestPaperAtTheTill: printing over the API, its failures, its substitutes.
func TestPaperAtTheTill(t *testing.T) {
	main, backup := thermalPrinter(t), thermalPrinter(t)
	h := open(t, staffed, withSales, withPrinters(t, main, backup))
	at := "/v1/tills/" + string(h.tills[0].ID)
	cashier := h.person("101", cashierPIN)
	document := order{"sale": soldID, "receipt_no": "1A-000043", "lines": []order{{"n": 1, "name": "茶", "count_milli": 1000, "list_fen": 5, "price_fen": 5, "total_fen": 5}},
		"total_fen": 5, "tenders": []order{{"n": "1", "kind": "cash", "amount_fen": 5}}}
	for i, b := range []order{{"what": "test"}, {"what": "receipt", "sale": soldID}, {"what": "copy", "sale": soldID}, {"what": "gift", "sale": soldID}, {"what": "z", "report": order{"number": "Z-1", "fields": []order{{"name": "现金", "value": "1.00"}}}},
		{"what": "receipt", "document": document, "training": true}} {
		if a := cashier.do("POST", at+"/print", b.with("id", "p"+string(rune('0'+i)))).want(200); a.get("printer") != "a" {
			t.Errorf("%v: %s", b, a.body)
		}
	}
	if a := cashier.do("POST", at+"/print", order{"what": "test", "id": "p0"}).want(200); a.get("state") != "printed" || len(main.View(0).Slips) != 6 {
		t.Errorf("%d slips; %s", len(main.View(0).Slips), a.body)
	}
	if err := main.Set(thermal.Change{Cover: thermal.CoverOpen}); err != nil {
		t.Fatal(err)
	}
	a := cashier.do("POST", at+"/print", order{"what": "receipt", "sale": soldID}).want(200)
	if a.get("printer") != "b" || !strings.Contains(a.body, `"code":"printer_cover_open"`) {
		t.Errorf("%s", a.body)
	}
	if err := backup.Set(thermal.Change{Power: thermal.PowerOff, AfterBytes: 100}); err != nil {
		t.Fatal(err)
	}
	if a := cashier.do("POST", at+"/print", order{"what": "receipt", "sale": soldID}); a.code != 503 || a.get("code") != "printer_maybe" || a.get("kind") != "unknown" {
		t.Errorf("%d %s", a.code, a.body)
	}
	h.pass(3 * time.Second)
	list := cashier.do("GET", at+"/printers", nil).want(200).items()
	if len(list) != 3 || list[0].get("state") != "cover" || list[0].get("trouble.code") != "printer_cover_open" || list[1].get("state") != "gone" || list[2].get("state") != "local" {
		t.Errorf("%v", list)
	}
	if a := cashier.do("POST", at+"/drawer", nil).want(200); a.get("printer") != "a" {
		t.Errorf("%s", a.body)
	}
	for _, c := range []struct {
		b           order
		code        int
		name, field string
	}{{order{"what": "receipt", "sale": "sal_x"}, 404, "receipt_no_sale", ""}, {order{"what": "z"}, 400, "field_missing", "report"}, {order{"what": "q"}, 400, "field_invalid", "what"},
		{order{"what": "slip", "payment": "pay_x"}, 404, "payment_not_found", ""}, {order{"what": "test", "id": "a b"}, 400, "id_malformed", "id"},
		{order{"what": "test", "printer": "nobody"}, 503, "printer_none", ""},
		{order{"what": "receipt", "document": document.with("at", "noon")}, 400, "field_invalid", "document.at"},
		{order{"what": "receipt", "document": document.with("colour", "red")}, 400, "field_unknown", "document"}} {
		cashier.do("POST", at+"/print", c.b).wantProblem(c.code, c.name, c.field)
	}
	cashier.do("GET", "/v1/tills/"+string(h.tills[1].ID)+"/printers", nil).wantProblem(403, "role_forbidden", "")
	h.mine().do("GET", "/v1/tills/"+string(h.tills[1].ID)+"/printers", nil).want(200)
	h.as(h.otherKey).do("GET", at+"/printers", nil).wantProblem(404, "till_not_found", "")
}

// TestSaleReceipt in its forms.
func TestSaleReceipt(t *testing.T) {
	h := open(t, withSales)
	at := "/v1/sales/" + soldID + "/receipt"
	for q, want := range map[string]string{"?format=text&copy=1": "副本 COPY", "?format=text&lang=en": "SALE", "?format=text&what=gift": "礼品小票", "?format=html": "桂花糕 &lt;b&gt;", "?format=escpos": "\x1b@", "?format=png": "PNG"} {
		if a := h.mine().do("GET", at+q, nil).want(200); !strings.Contains(a.body, want) {
			t.Errorf("%s: %.300s", q, a.body)
		}
	}
	h.mine().do("GET", at+"?width=70", nil).wantProblem(400, "field_invalid", "width")
	h.mine().do("GET", at+"?format=pdf", nil).wantProblem(400, "field_invalid", "format")
	h.mine().do("GET", "/v1/sales/nothing/receipt", nil).wantProblem(404, "receipt_no_sale", "")
	h.as(h.otherKey).do("GET", at, nil).wantProblem(404, "receipt_no_sale", "")
}

// TestPreviewAndLogo: the designer's paper.
func TestPreviewAndLogo(t *testing.T) {
	h := open(t)
	design := order{"paper": 58, "logo": "", "header": []string{"天天平价"}, "footer": []string{}, "show": order{"cashier": true}, "copies": 1, "density": 0, "speed": 0, "language": "zh-CN", "raster": false, "signature": false}
	if a := h.mine().do("POST", "/v1/receipts/preview", order{"receipt": design, "format": "text"}).want(200); !strings.Contains(a.body, "天天平价") || strings.Contains(a.body, "mem_") {
		t.Errorf("%s", a.body)
	}
	if a := h.mine().do("POST", "/v1/receipts/preview", order{"receipt": design, "what": "training"}).want(200); a.header.Get("Content-Type") != "image/png" {
		t.Error("no picture")
	}
	h.mine().do("POST", "/v1/receipts/preview", order{"receipt": design.with("paper", 70)}).wantProblem(400, "field_invalid", "receipt.paper")
	h.mine().do("POST", "/v1/receipts/preview", order{"receipt": design, "what": "x"}).wantProblem(400, "field_invalid", "what")
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 200, 100))); err != nil {
		t.Fatal(err)
	}
	a := h.mine().do("POST", "/v1/receipts/logo", order{"file": base64.StdEncoding.EncodeToString(b.Bytes()), "paper": 58}).want(200)
	if !strings.HasPrefix(a.get("logo"), "data:image/png;base64,") {
		t.Errorf("%s", a.body)
	}
	h.mine().do("POST", "/v1/receipts/preview", order{"receipt": design.with("logo", a.get("logo"))}).want(200)
	h.mine().do("POST", "/v1/receipts/logo", order{"file": "%%"}).wantProblem(400, "field_invalid", "file")
	h.mine().do("POST", "/v1/receipts/logo", order{"file": "aGVsbG8="}).wantProblem(400, "field_invalid", "file")
}

// TestReceiptPage: the digital receipt, in three languages, without what is
// personal, and the request for an invoice on it.
func TestReceiptPage(t *testing.T) {
	h := open(t, withSales)
	link, err := url.Parse(h.office.ReceiptLink(h.merchant, soldID))
	if err != nil || !strings.HasPrefix(link.Path, "/r/") {
		t.Fatal(link, err)
	}
	for lang, want := range map[string]string{"zh-Hans": "电子小票", "zh-Hant": "電子收據", "en": "Digital receipt"} {
		a := h.as("").do("GET", link.Path+"?lang="+lang, nil).want(200)
		if !strings.Contains(a.body, want) || !strings.Contains(a.body, "桂花糕 &lt;b&gt;") || strings.Contains(a.body, "bamg") || strings.Contains(a.body, ">101<") {
			t.Errorf("%s:\n%s", lang, a.body)
		}
		if a.header.Get("Set-Cookie") != "" || !strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%v", a.header)
		}
	}
	ask := func(path, title, tax, contact string) answer {
		form := url.Values{"title": {title}, "tax_number": {tax}, "contact": {contact}}
		return h.as("").with("Content-Type", "application/x-www-form-urlencoded").do("POST", path, form.Encode())
	}
	if a := ask(link.Path, "<i>甲公司", "91350100M000100Y44", "a@example.cn"); a.code != 400 || !strings.Contains(a.body, "税号不对") || !strings.Contains(a.body, "&lt;i&gt;甲公司") {
		t.Errorf("%d %s", a.code, a.body)
	}
	if a := ask(link.Path, "甲公司", "91350100m000100y43", "a@example.cn").want(200); !strings.Contains(a.body, "发票申请已收到") {
		t.Errorf("%s", a.body)
	}
	if a := ask(link.Path, "乙公司", "", "13800138000"); a.code != 400 || !strings.Contains(a.body, "已经申请过") {
		t.Errorf("%d %s", a.code, a.body)
	}
	list := h.mine().do("GET", "/v1/invoice-requests?state=open", nil).want(200).items()
	if len(list) != 1 || list[0].get("title") != "甲公司" || list[0].get("tax_number") != "91350100M000100Y43" || list[0].get("receipt_no") != "1A-000042" || list[0].find("amount.value") != 1250.0 {
		t.Errorf("%v", list)
	}
	if l := h.as(h.otherKey).do("GET", "/v1/invoice-requests", nil).want(200).items(); len(l) != 0 {
		t.Errorf("%v", l)
	}
	h.mine().do("GET", "/v1/invoice-requests?state=x", nil).wantProblem(400, "field_invalid", "state")
	back, err := url.Parse(h.office.ReceiptLink(h.merchant, "sal_06h01k0pbswvxf1wmf3y9ybacw"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/r/nothing", link.Path[:len(link.Path)-1] + "A", back.Path} {
		if a := h.as("").do("GET", path, nil); a.code != 404 || !strings.Contains(a.body, `role="alert"`) {
			t.Errorf("%s: %d %s", path, a.code, a.body)
		}
	}
	if a := h.as("").with("Sec-Fetch-Site", "cross-site").with("Content-Type", "application/x-www-form-urlencoded").do("POST", link.Path, "title=x"); a.code != http.StatusForbidden {
		t.Errorf("another site's form: %d", a.code)
	}
	limited := false
	for range 15 {
		limited = limited || ask(link.Path, "甲", "", "13800138000").code == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("requests are not limited")
	}
	if none := open(t); none.as("").do("GET", link.Path, nil).code != 404 {
		t.Error("a receipt without sales")
	}
}
