package web

import (
	"context"
	"encoding/base64"
	"sync"
	"time"

	"guitai"
	"guitai/office"
	"guitai/receipt"
	"guitai/till"
)

// SaleFinder reads a sale with where it was made; not found is
// receipt_no_sale. Whoever keeps the sales gives it to the Server.
type SaleFinder func(context.Context, guitai.MerchantID, guitai.SaleID) (guitai.Sale, guitai.Where, error)

// paperRoutes are receipts of sales, printers and the drawer.
func (s *Server) paperRoutes(d *desk) {
	add(d, members, "GET /v1/sales/{id}/receipt", "The receipt of a sale", s.saleReceipt)
	add(d, members, "POST /v1/receipts/preview", "How receipts look with these settings, before they are kept", s.preview)
	add(d, managers, "POST /v1/receipts/logo", "Make a picture fit to be printed: dots, no wider than the paper", s.makeLogo)
	add(d, members, "POST /v1/tills/{id}/print", "Print at a till, once", s.printAtTill)
	add(d, members, "GET /v1/tills/{id}/printers", "The printers of a till and how they are now", s.printers)
	add(d, members, "POST /v1/tills/{id}/drawer", "Open the cash drawer of a till", s.openDrawer)
	add(d, managers, "GET /v1/invoice-requests", "Who asked for an invoice, newest first", s.invoiceRequests)
}

// findSale reads a sale, where somebody keeps them.
func (s *Server) findSale(ctx context.Context, m guitai.MerchantID, id guitai.SaleID) (guitai.Sale, guitai.Where, error) {
	if s.Sales == nil || guitai.ValidID(string(id)) != nil {
		return guitai.Sale{}, guitai.Where{}, guitai.Fail(guitai.NotFound, guitai.CodeReceiptNoSale)
	}
	return s.Sales(ctx, m, id)
}

// designOf is how a till's receipts look.
func (s *Server) designOf(ctx context.Context, w guitai.Where, sale guitai.SaleID) (till.Design, error) {
	p, err := s.Counter.Printers(ctx, w.Till)
	if err != nil {
		return till.Design{}, err
	}
	d := p.Design
	d.On.Zone, d.On.PrintedAt = office.Zone(w.Shop.Zone), s.Now()
	d.On.Link = s.Office.ReceiptLink(w.Merchant.ID, sale)
	return d, nil
}

type saleReceiptRequest struct {
	SoldPath
	Format string  `query:"format" enum:"html,text,png,escpos" doc:"default html"`
	Width  integer `query:"width" doc:"58 or 80; default as designed"`
	Lang   string  `query:"lang" enum:"zh-Hans,zh-Hant,en" doc:"default as designed"`
	Copy   string  `query:"copy" enum:"0,1" doc:"1: it was printed before"`
	What   string  `query:"what" enum:"receipt,gift" doc:"gift: without prices"`
}

// saleReceipt is GET /v1/sales/{id}/receipt.
func (s *Server) saleReceipt(ctx context.Context, c caller, in *saleReceiptRequest) (*slipFile, error) {
	sale, w, err := s.findSale(ctx, c.merchant, guitai.SaleID(in.ID))
	if err != nil {
		return nil, err
	}
	d, err := s.designOf(ctx, w, sale.ID)
	if err != nil {
		return nil, err
	}
	if in.Lang != "" {
		if d.Language = guitai.Lang(in.Lang); !d.Language.Known() {
			return nil, guitai.FailField(guitai.CodeFieldInvalid, "lang")
		}
	}
	width, err := in.Width.number("width", int(d.Paper))
	if err != nil || width != int(receipt.Paper58) && width != int(receipt.Paper80) {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "width")
	}
	if in.Copy == "1" {
		d.On.Copy = receipt.Copy
	}
	d.On.Gift = in.What == "gift"
	return render(till.SaleSlip(sale, w, d), receipt.Paper(width), in.Format)
}

// TillPaperPath names a till in the path.
type TillPaperPath struct {
	ID string `path:"id" maxLength:"64"`
}

// atTill finds the till that is meant. A cashier prints where the cashier
// stands; managers and programs at any till of theirs.
func (s *Server) atTill(ctx context.Context, c caller, id string) (guitai.Where, error) {
	w := guitai.Where{Merchant: guitai.Merchant{ID: c.merchant}}
	if c.person() {
		w.Merchant, w.Shop, w.Till, w.Staff = c.session.Merchant, c.session.Shop, c.session.Till, c.session.Staff
		if string(w.Till.ID) == id {
			return w, nil
		}
		if !c.session.Staff.Role.AtLeast(guitai.Manager) {
			return w, guitai.Fail(guitai.Forbidden, guitai.CodeRoleForbidden)
		}
	}
	t, err := s.Office.TillOf(ctx, c.merchant, guitai.TillID(id))
	if err != nil {
		return w, err
	}
	found, err := s.Office.WhereOf(ctx, guitai.Payment{Merchant: c.merchant, Shop: t.Shop, Till: t.ID, Staff: w.Staff.ID})
	found.Till = t
	return found, err
}

// PaperJob asks for something on paper.
type PaperJob struct {
	ID       string       `json:"id,omitempty" maxLength:"64" doc:"the client's own name for this print: the same again is not printed again" example:"prt-1"`
	What     string       `json:"what" enum:"receipt,copy,gift,slip,x,z,test" doc:"slip: of a payment; x and z: a shift's report; test: to try a printer" example:"test"`
	Sale     string       `json:"sale,omitempty" maxLength:"64" doc:"receipt, copy and gift: a sale that the server has" example:"sal_06c9s9k0s1w7r8z5v4q2m1n0aa"`
	Payment  string       `json:"payment,omitempty" maxLength:"64" doc:"slip" example:"pay-20261121-0001"`
	Document *PaperSale   `json:"document,omitempty" doc:"receipt, copy and gift: the sale itself, as the journal has it, when the server may not have it yet"`
	Report   *PaperReport `json:"report,omitempty" doc:"x and z: what it says, worded by the till"`
	Training bool         `json:"training,omitempty" doc:"the paper says that it is training" example:"false"`
	Printer  string       `json:"printer,omitempty" maxLength:"64" doc:"default: the till's first" example:"p1"`
}

// PaperReport is an X or Z report.
type PaperReport struct {
	Number string       `json:"number,omitempty" maxLength:"64"`
	Fields []PaperField `json:"fields"`
}

// PaperField is one row of a report.
type PaperField struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
	Head  bool   `json:"head,omitempty" doc:"it begins a part"`
}

func (r *PaperReport) document(what string, w guitai.Where, d till.Design, now time.Time) (receipt.Document, error) {
	if r == nil {
		return receipt.Document{}, guitai.FailField(guitai.CodeFieldMissing, "report")
	}
	report := till.ShiftReport{Kind: receipt.Interim, Number: r.Number, Currency: guitai.CNY}
	if what == "z" {
		report.Kind, report.ClosedAt = receipt.Final, now
	}
	doc := till.ShiftSlip(report, w, d)
	doc.Fields = nil
	for _, f := range r.Fields {
		doc.Fields = append(doc.Fields, receipt.Field{Name: f.Name, Value: f.Value, Head: f.Head})
	}
	if len(doc.Fields) > 300 {
		return doc, guitai.FailField(guitai.CodeFieldInvalid, "report.fields")
	}
	return doc, nil
}

// PaperOut says where it came out.
type PaperOut struct {
	State   string       `json:"state" enum:"printed"`
	Printer string       `json:"printer" example:"p1"`
	Tried   []PaperTried `json:"tried" doc:"printers that did not print, for sure"`
}

// PaperTried is a printer that did not print.
type PaperTried struct {
	Printer string `json:"printer"`
	Trouble
}

type paperRequest struct {
	TillPaperPath
	Asked body[PaperJob]
}

// printAtTill is POST /v1/tills/{id}/print. A slip that is half out is not torn
// off because the browser was closed.
func (s *Server) printAtTill(ctx context.Context, c caller, in *paperRequest) (*reply[PaperOut], error) {
	b, err := in.Asked.get()
	if err == nil && b.ID != "" && guitai.ValidID(b.ID) != nil {
		err = guitai.FailField(guitai.CodeIDMalformed, "id")
	}
	if err != nil {
		return nil, err
	}
	w, err := s.atTill(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	d, err := s.designOf(ctx, w, guitai.SaleID(b.Sale))
	if err != nil {
		return nil, err
	}
	doc, err := s.toPrint(ctx, c, b, paperPlace{w, d})
	if err != nil {
		return nil, err
	}
	if b.What != "receipt" {
		d.Copies = 1
	}
	done, err := s.Counter.PrintJob(context.WithoutCancel(ctx), w.Till, till.Job{ID: b.ID, Till: w.Till.ID, Document: doc, Design: d, Printer: b.Printer})
	if err != nil {
		return nil, err
	}
	out := PaperOut{State: "printed", Printer: done.Printer.ID, Tried: []PaperTried{}}
	for _, f := range done.Tried {
		out.Tried = append(out.Tried, PaperTried{f.Printer.ID, *troubleOf(f.Err, c.lang)})
	}
	return ok(out), nil
}

// paperPlace is a till with how its paper looks.
type paperPlace struct {
	guitai.Where
	design till.Design
}

// toPrint words what is asked for.
func (s *Server) toPrint(ctx context.Context, c caller, b PaperJob, w paperPlace) (receipt.Document, error) {
	none := receipt.Document{}
	d := w.design
	if b.Training {
		d.On.Mode = receipt.Training
	}
	switch b.What {
	case "test":
		return s.Counter.TestSlip(w.Where, d), nil
	case "slip":
		if err := named(b.Payment, guitai.CodePaymentNotFound); err != nil {
			return none, err
		}
		doc, _, err := s.document(ctx, c, guitai.PaymentID(b.Payment), till.SlipOptions{Language: c.lang})
		return doc, err
	case "x", "z":
		return b.Report.document(b.What, w.Where, d, s.Now())
	case "receipt":
	case "copy":
		d.On.Copy = receipt.Copy
	case "gift":
		d.On.Gift = true
	default:
		return none, guitai.FailField(guitai.CodeFieldInvalid, "what")
	}
	if b.Document != nil {
		sale, err := b.Document.sale(s.Now())
		d.On.Link = s.Office.ReceiptLink(w.Merchant.ID, sale.ID)
		return till.SaleSlip(sale, w.Where, d), err
	}
	sale, at, err := s.findSale(ctx, c.merchant, guitai.SaleID(b.Sale))
	if err != nil {
		return none, err
	}
	return till.SaleSlip(sale, at, d), nil
}

// troubleOf words an error for a list.
func troubleOf(err error, l guitai.Lang) *Trouble {
	e := guitai.AsError(err)
	t := e.Code.Text(l)
	return &Trouble{Code: string(e.Code), What: t.What, Todo: t.Todo, MoneyMoved: string(t.Moved)}
}

// PrinterOut is a printer as it is now.
type PrinterOut struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Kind     string   `json:"kind" enum:"network,device,browser,system"`
	Paper    int      `json:"paper" doc:"millimetres: 58 or 80"`
	Raster   bool     `json:"raster" doc:"everything goes to it as dots"`
	Drawer   bool     `json:"drawer" doc:"a cash drawer hangs on it"`
	BackupOf string   `json:"backup_of,omitempty"`
	State    string   `json:"state" enum:"ready,low,out,cover,offline,gone,local" doc:"low: the roll is nearly at its end; gone: it does not answer; local: only the till reaches it"`
	Contact  string   `json:"drawer_contact,omitempty" enum:"low,high" doc:"the level of the drawer's contact; which of them means open differs"`
	Trouble  *Trouble `json:"trouble,omitempty"`
}

// printers is GET /v1/tills/{id}/printers. All are asked at once.
func (s *Server) printers(ctx context.Context, c caller, in *TillPaperPath) (*reply[list[PrinterOut]], error) {
	w, err := s.atTill(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.Counter.Printers(ctx, w.Till)
	if err != nil {
		return nil, err
	}
	out := make([]PrinterOut, len(p.Printers))
	var all sync.WaitGroup
	for i, one := range p.Printers {
		all.Go(func() { out[i] = s.printerOut(ctx, c, one) })
	}
	all.Wait()
	return listOf(out, func(o PrinterOut) PrinterOut { return o }), nil
}

func (s *Server) printerOut(ctx context.Context, c caller, p till.Printer) PrinterOut {
	out := PrinterOut{ID: p.ID, Name: p.Name, Kind: string(p.Kind), Paper: int(p.Paper), Raster: p.Raster, Drawer: p.Drawer, BackupOf: p.BackupOf, State: "local"}
	if p.Kind != till.PrinterNetwork {
		return out
	}
	now, err := s.Counter.Look(ctx, p)
	if err == nil {
		out.Contact = string(now.Drawer)
		err = now.Ready(guitai.Unavailable)
	}
	out.State = "ready"
	if now.Paper == "low" {
		out.State = "low"
	}
	if err != nil {
		out.Trouble = troubleOf(err, c.lang)
		out.State = map[guitai.Code]string{guitai.CodePrinterPaperOut: "out", guitai.CodePrinterCoverOpen: "cover",
			guitai.CodePrinterOffline: "offline"}[guitai.AsError(err).Code]
		if out.State == "" {
			out.State = "gone"
		}
	}
	return out
}

// DrawerOut says which printer had the pulse.
type DrawerOut struct {
	State   string `json:"state" enum:"kicked" doc:"the printer has the pulse; whether the drawer opened it cannot say"`
	Printer string `json:"printer"`
}

// openDrawer is POST /v1/tills/{id}/drawer. What it was opened for stands in the
// till's journal.
func (s *Server) openDrawer(ctx context.Context, c caller, in *TillPaperPath) (*reply[DrawerOut], error) {
	w, err := s.atTill(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.Counter.Kick(context.WithoutCancel(ctx), w.Till)
	if err != nil {
		return nil, err
	}
	return ok(DrawerOut{"kicked", p.ID}), nil
}

// LogoIn is a picture file.
type LogoIn struct {
	File  string `json:"file" doc:"PNG or JPEG, in base64; at most 45 KB" example:"iVBORw0KGgo="`
	Paper int    `json:"paper,omitempty" doc:"58 or 80; default 80" example:"80"`
}

// LogoOut is a logo as settings keep it.
type LogoOut struct {
	Logo string `json:"logo" doc:"a data URL"`
}

type logoRequest struct{ Asked body[LogoIn] }

// makeLogo is POST /v1/receipts/logo. It keeps nothing: settings do.
func (s *Server) makeLogo(_ context.Context, _ caller, in *logoRequest) (*reply[LogoOut], error) {
	b, err := in.Asked.get()
	if err != nil {
		return nil, err
	}
	file, err := base64.StdEncoding.DecodeString(b.File)
	if err != nil {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "file")
	}
	paper := receipt.Paper80
	if b.Paper == int(receipt.Paper58) {
		paper = receipt.Paper58
	}
	url, err := receipt.MakeLogo(file, paper)
	if err != nil {
		return nil, guitai.FailField(guitai.CodeFieldInvalid, "file")
	}
	return ok(LogoOut{url}), nil
}
