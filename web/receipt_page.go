package web

import (
	"html/template"
	"net/http"
	"strings"

	"guitai"
	"guitai/office"
	"guitai/receipt"
	"guitai/till"
)

// receiptPolicy is that of the digital receipt: nothing is loaded, nothing runs,
// and its form goes to us.
const receiptPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// receiptWords is what the page says, in one language.
type receiptWords struct {
	Title, Invoice, InvoiceLine, BuyerTitle, BuyerHint, Tax, TaxHint, Contact, ContactHint, Ask, Asked, AskedLine, Print, Trouble string
}

func receiptWordsOf(l guitai.Lang) receiptWords {
	switch l {
	case guitai.ZhHant:
		return receiptWords{"電子收據", "申請發票", "填好後店家會開立並寄給你。", "抬頭", "公司全名，或你的姓名", "稅號", "公司必填，個人留空", "電郵或手機", "發票寄到這裡，只作此用途", "申請發票", "已收到發票申請", "店家開立後會寄到你留下的聯絡方式。", "要列印，請用瀏覽器的列印功能。", "打不開"}
	case guitai.En:
		return receiptWords{"Digital receipt", "Ask for an invoice", "The shop will issue it and send it to you.", "Name on the invoice", "the company's full name, or yours", "Tax number", "for companies; leave empty for a person", "Mail or mobile", "where the invoice is sent; used for nothing else", "Ask for an invoice", "Your request has arrived", "The shop will send the invoice to the address you left.", "To print, use your browser's print function.", "This cannot be shown"}
	}
	return receiptWords{"电子小票", "申请发票", "填好后店家会开票并发给你。", "抬头", "单位全称，或你的姓名", "税号", "单位必填，个人不填", "邮箱或手机", "发票发到这里，不作别用", "申请发票", "发票申请已收到", "店家开好后会发到你留的联系方式。", "要打印，请用浏览器的打印功能。", "打不开"}
}

// receiptView is what the template draws.
type receiptView struct {
	Lang    guitai.Lang
	Words   receiptWords
	Path    string
	Style   template.CSS
	Slip    template.HTML
	CanAsk  bool
	Asked   bool
	Wrong   *Trouble
	Problem *Trouble
	Filled  guitai.InvoiceRequest
	Tongues []tongueLink
}

type tongueLink struct {
	Lang guitai.Lang
	Name string
	Here bool
}

const receiptStyle = `*{box-sizing:border-box}body{margin:0;background:#eceff1;color:#111;font:16px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
nav{display:flex;gap:.25em;justify-content:center;padding:.5em}nav a{padding:.6em .9em;color:#333;border-radius:.5em;text-decoration:none}nav a[aria-current]{background:#fff;font-weight:600}
main{max-width:30.5em;margin:0 auto;padding:0 1em 2em}.paper{background:#fff;padding:.5em 0;border-radius:.25em}
section{background:#fff;margin-top:1em;padding:1em 1.25em;border-radius:.5em}h1{font-size:1.2em;margin:0 0 .25em}p{margin:.25em 0}
label{display:block;margin-top:.9em;font-weight:600}small{display:block;font-weight:400;color:#555}
input{width:100%;min-height:3em;font:inherit;padding:.5em .75em;border:1px solid #888;border-radius:.5em}
button{width:100%;min-height:3.2em;margin-top:1.2em;font:inherit;font-weight:600;color:#fff;background:#14539a;border:0;border-radius:.5em}
.good{border-left:.4em solid #1b7a3d}.bad{border-left:.4em solid #b3261e}.hint{text-align:center;color:#555}
@media print{body{background:#fff}nav,section,.hint{display:none}main{padding:0;margin:0;max-width:none}}`

func receiptTemplate() *template.Template {
	return template.Must(template.New("receipt").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><title>{{.Words.Title}}</title>
<style>{{.Style}}</style></head><body>
<nav>{{range .Tongues}}<a href="?lang={{.Lang}}" lang="{{.Lang}}"{{if .Here}} aria-current="true"{{end}}>{{.Name}}</a>{{end}}</nav>
<main>{{with .Problem}}<section class="bad" role="alert"><h1>{{$.Words.Trouble}}</h1><p>{{.What}}</p><p>{{.Todo}}</p></section>{{else}}
<div class="paper">{{.Slip}}</div>
{{if .Asked}}<section class="good" role="status"><h1>✓ {{.Words.Asked}}</h1><p>{{.Words.AskedLine}}</p></section>
{{else if .CanAsk}}<section id="invoice"><h1>{{.Words.Invoice}}</h1><p>{{.Words.InvoiceLine}}</p>
{{with .Wrong}}<div class="bad" role="alert" style="padding-left:.75em"><p><b>{{.What}}</b></p><p>{{.Todo}}</p></div>{{end}}
<form method="post" action="{{.Path}}?lang={{.Lang}}#invoice">
<label>{{.Words.BuyerTitle}}<small>{{.Words.BuyerHint}}</small><input name="title" required maxlength="100" value="{{.Filled.Title}}"></label>
<label>{{.Words.Tax}}<small>{{.Words.TaxHint}}</small><input name="tax_number" maxlength="24" autocapitalize="characters" autocomplete="off" value="{{.Filled.TaxNumber}}"></label>
<label>{{.Words.Contact}}<small>{{.Words.ContactHint}}</small><input name="contact" required maxlength="100" value="{{.Filled.Contact}}"></label>
<button>{{.Words.Ask}}</button></form></section>{{end}}
<p class="hint">{{.Words.Print}}</p>{{end}}</main></body></html>
`))
}

// receiptPages are the digital receipt and the request for an invoice on it. No
// cookie is read or set.
func (s *Server) receiptPages(mux *http.ServeMux) {
	page := receiptTemplate()
	mux.HandleFunc("GET /r/{code}", func(w http.ResponseWriter, r *http.Request) { s.receiptPage(w, r, page) })
	mux.HandleFunc("POST /r/{code}", func(w http.ResponseWriter, r *http.Request) { s.receiptPage(w, r, page) })
}

func (s *Server) receiptPage(w http.ResponseWriter, r *http.Request, page *template.Template) {
	l := visitOf(r.Context()).lang
	if q := guitai.Lang(r.URL.Query().Get("lang")); q.Known() {
		l = q
	}
	v := receiptView{Lang: l, Words: receiptWordsOf(l), Path: "/r/" + r.PathValue("code"), Style: template.CSS(receipt.Style + receiptStyle)}
	for _, t := range []tongueLink{{guitai.ZhHans, "简体", false}, {guitai.ZhHant, "繁體", false}, {guitai.En, "English", false}} {
		t.Here = t.Lang == l
		v.Tongues = append(v.Tongues, t)
	}
	code := http.StatusOK
	if err := s.fillReceipt(r, &v); err != nil {
		e := guitai.AsError(err)
		if e.Kind == guitai.Internal {
			s.Log.Error("digital receipt", "request", visitOf(r.Context()).id, "err", err)
		}
		v.Problem, code = troubleOf(err, l), httpStatus(e)
	} else if v.Wrong != nil {
		code = http.StatusBadRequest
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", receiptPolicy)
	w.Header().Set("X-Robots-Tag", "noindex")
	w.WriteHeader(code)
	if err := page.Execute(w, v); err != nil {
		s.Log.Debug("digital receipt not written", "err", err)
	}
}

// fillReceipt finds the sale and takes a request for an invoice. Staff and
// member are left out: whoever finds the paper reads this page.
func (s *Server) fillReceipt(r *http.Request, v *receiptView) error {
	ctx := r.Context()
	if !s.looks.allow(visitOf(ctx).ip, s.Now()) {
		return guitai.Fail(guitai.Limited, guitai.CodeTooManyTries)
	}
	m, id, err := s.Office.ReadReceiptCode(r.PathValue("code"))
	if err != nil {
		return err
	}
	sale, w, err := s.findSale(ctx, m, id)
	if e := guitai.AsError(err); err != nil && e.Kind == guitai.NotFound {
		return guitai.Fail(guitai.NotFound, guitai.CodeReceiptNoSale)
	}
	if err != nil {
		return err
	}
	p, err := s.Counter.Printers(ctx, w.Till)
	if err != nil {
		return err
	}
	d := p.Design
	d.Language, d.Paper, d.Signature, d.On.Zone = v.Lang, receipt.Paper58, false, office.Zone(w.Shop.Zone)
	d.Show.Cashier, d.Show.Member = false, false
	slip, err := receipt.Lay(till.SaleSlip(sale, w, d), d.Paper)
	if err != nil {
		return err
	}
	v.Slip = template.HTML(slip.Fragment()) // the layout escapes what stands in it
	v.CanAsk = sale.TotalFen > 0 && sale.State != guitai.SaleVoided
	if r.Method == http.MethodPost {
		return s.takeInvoice(r, v, guitai.InvoiceRequest{Merchant: m, Shop: w.Shop.ID, Sale: sale.ID, ReceiptNo: sale.ReceiptNo,
			Amount: guitai.Money{Fen: sale.TotalFen, Currency: sale.Currency}})
	}
	return nil
}

// takeInvoice keeps what the buyer wrote, or says what is wrong with it.
func (s *Server) takeInvoice(r *http.Request, v *receiptView, ask guitai.InvoiceRequest) error {
	visit := visitOf(r.Context())
	switch {
	case visit.foreign:
		return guitai.Fail(guitai.Forbidden, guitai.CodeForeignOrigin)
	case !s.asks.allow(visit.ip, s.Now()):
		return guitai.Fail(guitai.Limited, guitai.CodeTooManyTries)
	case !v.CanAsk:
		return guitai.Fail(guitai.Conflict, guitai.CodeInvoiceNothing)
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return guitai.Fail(guitai.Invalid, guitai.CodeBodyMalformed)
	}
	field := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	ask.Title, ask.TaxNumber, ask.Contact = field("title"), field("tax_number"), field("contact")
	_, err := s.Office.AskInvoice(r.Context(), ask)
	e := guitai.AsError(err)
	switch {
	case err == nil:
		v.Asked = true
	case e.Kind == guitai.Invalid || e.Code == guitai.CodeInvoiceOpen:
		v.Wrong, v.Filled = troubleOf(err, v.Lang), ask
		return nil
	}
	return err
}
