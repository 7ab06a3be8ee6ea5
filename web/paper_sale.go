package web

import (
	"time"

	"guitai"
	"guitai/till"
)

// PaperSale is a sale as the till's journal has it (docs/till-journal.md), to be
// printed. It is not judged and not kept.
type PaperSale struct {
	Sale      string           `json:"sale" example:"sal_06c9s9k0s1w7r8z5v4q2m1n0aa"`
	ReceiptNo string           `json:"receipt_no" example:"1A-000042"`
	Shift     string           `json:"shift,omitempty"`
	Began     string           `json:"began,omitempty"`
	At        string           `json:"at,omitempty" doc:"when it was completed; default now" example:"2026-11-21T08:00:00.000Z"`
	Lines     []PaperSaleLine  `json:"lines"`
	Discount  *PaperDiscount   `json:"discount,omitempty"`
	TotalFen  int64            `json:"total_fen"`
	Tenders   []PaperTender    `json:"tenders"`
	Member    string           `json:"member,omitempty"`
	Cancelled *[]PaperSaleLine `json:"cancelled,omitempty"`
	Approvals []string         `json:"approvals,omitempty"`
}

// PaperSaleLine is a line of it.
type PaperSaleLine struct {
	N           int            `json:"n"`
	Item        string         `json:"item,omitempty"`
	Barcode     string         `json:"barcode,omitempty"`
	Name        string         `json:"name"`
	Department  string         `json:"department,omitempty"`
	Unit        string         `json:"unit,omitempty"`
	CountMilli  int64          `json:"count_milli"`
	ListFen     int64          `json:"list_fen"`
	PriceFen    int64          `json:"price_fen"`
	Discount    *PaperDiscount `json:"discount,omitempty"`
	TotalFen    int64          `json:"total_fen"`
	PriceReason string         `json:"price_reason,omitempty"`
	Approval    string         `json:"approval,omitempty"`
	Back        *PaperBack     `json:"back,omitempty"`
}

// PaperBack says of which line it is.
type PaperBack struct {
	Sale      string `json:"sale"`
	N         int    `json:"n"`
	ReceiptNo string `json:"receipt_no,omitempty"`
}

// PaperDiscount is what is taken off.
type PaperDiscount struct {
	PercentMilli int64  `json:"percent_milli,omitempty"`
	OffFen       int64  `json:"off_fen,omitempty"`
	Reason       string `json:"reason,omitempty"`
	Approval     string `json:"approval,omitempty"`
}

// PaperTender is one part of what it was paid with.
type PaperTender struct {
	N         string `json:"n"`
	Kind      string `json:"kind"`
	AmountFen int64  `json:"amount_fen"`
	GivenFen  int64  `json:"given_fen,omitempty"`
	ChangeFen int64  `json:"change_fen,omitempty"`
	Payment   string `json:"payment,omitempty"`
	Refund    string `json:"refund,omitempty"`
	Wallet    string `json:"wallet,omitempty"`
	Offline   string `json:"offline,omitempty"`
	ChequeNo  string `json:"cheque_no,omitempty"`
	Voucher   string `json:"voucher,omitempty"`
	Points    int64  `json:"points,omitempty"`
	Member    string `json:"member,omitempty"`
	Approval  string `json:"approval,omitempty"`
}

func (d *PaperDiscount) discount() guitai.Discount {
	if d == nil {
		return guitai.Discount{}
	}
	return guitai.Discount{PercentMilli: d.PercentMilli, OffFen: d.OffFen, Reason: d.Reason, Approval: d.Approval}
}

// most bounds what one receipt can hold.
const mostSaleLines, mostSaleTenders = 500, 30

// sale is it as the rest of the house knows it.
func (p *PaperSale) sale(now time.Time) (guitai.Sale, error) {
	out := guitai.Sale{ID: guitai.SaleID(p.Sale), ReceiptNo: p.ReceiptNo, At: now, Discount: p.Discount.discount(), TotalFen: p.TotalFen,
		Currency: guitai.CNY, Member: guitai.MemberID(p.Member)}
	if p.At != "" {
		at, err := time.Parse(time.RFC3339, p.At)
		if err != nil {
			return out, guitai.FailField(guitai.CodeFieldInvalid, "document.at")
		}
		out.At = at
	}
	if len(p.Lines) > mostSaleLines {
		return out, guitai.FailField(guitai.CodeFieldInvalid, "document.lines")
	}
	if len(p.Tenders) > mostSaleTenders {
		return out, guitai.FailField(guitai.CodeFieldInvalid, "document.tenders")
	}
	for _, n := range p.Lines {
		line := guitai.SaleLine{N: n.N, Item: n.Item, Barcode: n.Barcode, Name: n.Name, Department: n.Department, Unit: n.Unit, CountMilli: n.CountMilli,
			ListFen: n.ListFen, PriceFen: n.PriceFen, Discount: n.Discount.discount(), TotalFen: n.TotalFen}
		if n.Back != nil {
			line.Back = guitai.BackOf{Sale: guitai.SaleID(n.Back.Sale), N: n.Back.N, ReceiptNo: n.Back.ReceiptNo}
		}
		out.Lines = append(out.Lines, line)
	}
	for _, t := range p.Tenders {
		out.Tenders = append(out.Tenders, guitai.SaleTender{N: t.N, Kind: guitai.TenderKind(t.Kind), AmountFen: t.AmountFen, GivenFen: t.GivenFen, ChangeFen: t.ChangeFen,
			Payment: guitai.PaymentID(t.Payment), Refund: guitai.RefundID(t.Refund), Wallet: guitai.Wallet(t.Wallet), Offline: t.Offline, ChequeNo: t.ChequeNo,
			Voucher: t.Voucher, Points: t.Points, Member: guitai.MemberID(t.Member)})
	}
	return out, nil
}

// example is the sale that the designer shows: one of everything.
func examplePaper(now time.Time) guitai.Sale {
	s := guitai.Sale{ID: "sal_06h01k0pbswvxf1wmf3y9ybamg", ReceiptNo: "1A-000042", At: now, Currency: guitai.CNY, TotalFen: 4370, Member: "mem_06h01k0pbswvxf1wmf3y9ybamg",
		Lines: []guitai.SaleLine{
			{N: 1, Name: "桂花糕 两盒装", Department: "food", Unit: "盒", CountMilli: 2000, ListFen: 1250, PriceFen: 1250, TotalFen: 2300, Discount: guitai.Discount{OffFen: 200}},
			{N: 2, Name: "红富士苹果", Department: "food", Unit: "kg", CountMilli: 735, ListFen: 1280, PriceFen: 1280, TotalFen: 941},
			{N: 3, Name: "龙井茶 50g", Department: "drink", Unit: "罐", CountMilli: 1000, ListFen: 1230, PriceFen: 1230, TotalFen: 1230},
		},
		Discount: guitai.Discount{OffFen: 101},
		Tenders: []guitai.SaleTender{
			{N: "1", Kind: guitai.TenderWallet, AmountFen: 3000, Wallet: guitai.WeChat, Payment: "pay_06fh2r8k3xj9w5c7d1m4n6p8qs"},
			{N: "2", Kind: guitai.TenderCash, AmountFen: 1370, GivenFen: 2000, ChangeFen: 630},
		}}
	return s
}

// PreviewIn is the receipt part of settings (docs/till-bundle.md), and what the
// paper is to show.
type PreviewIn struct {
	Receipt *PaperDesign `json:"receipt"`
	What    string       `json:"what,omitempty" enum:"receipt,copy,gift,training" doc:"default receipt"`
	Format  string       `json:"format,omitempty" enum:"png,html,text" doc:"default png"`
}

// PaperDesign is how receipts look.
type PaperDesign struct {
	Paper     int        `json:"paper" example:"80"`
	Logo      string     `json:"logo"`
	Header    []string   `json:"header"`
	Footer    []string   `json:"footer"`
	Show      *PaperShow `json:"show"`
	Copies    int        `json:"copies"`
	Density   int        `json:"density"`
	Speed     int        `json:"speed"`
	Language  string     `json:"language" example:"zh-CN"`
	Raster    bool       `json:"raster"`
	Signature bool       `json:"signature"`
}

// PaperShow says which fields a receipt has.
type PaperShow struct {
	Cashier     bool `json:"cashier"`
	Member      bool `json:"member"`
	Discount    bool `json:"discount"`
	WalletNo    bool `json:"wallet_no"`
	Tax         bool `json:"tax"`
	InvoiceCode bool `json:"invoice_code"`
	ReceiptCode bool `json:"receipt_code"`
}

func (p *PaperDesign) design() (till.Design, error) {
	d := till.DefaultDesign()
	if p == nil {
		return d, guitai.FailField(guitai.CodeFieldMissing, "receipt")
	}
	switch p.Paper {
	case 58, 80:
		d.Paper = till.Paper(guitai.Till{Paper: p.Paper})
	default:
		return d, guitai.FailField(guitai.CodeFieldInvalid, "receipt.paper")
	}
	d.Logo, d.Header, d.Footer, d.Signature = p.Logo, p.Header, p.Footer, p.Signature
	if p.Language != "" {
		d.Language = guitai.ParseLang(p.Language)
	}
	if w := p.Show; w != nil {
		d.Show = till.Show{Cashier: w.Cashier, Member: w.Member, Discount: w.Discount, WalletNo: w.WalletNo, Tax: w.Tax, InvoiceCode: w.InvoiceCode, ReceiptCode: w.ReceiptCode}
	}
	return d, nil
}
